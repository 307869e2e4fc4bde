//! What formulas are worth at an account: truths and numbers, exactly, and what CEL says of the rest.

use super::calls::one_line;
use crate::problem::field::Field;
use crate::problem::number::Number;
use cel::parser::Expression;
use cel::{Context, ResolveResult, Value};
use std::cell::OnceCell;
use std::cmp::Ordering;

/// Something true or false.
pub(crate) enum Truth {
    Compare(fn(Ordering) -> bool, Term, Term),
    And(Box<Truth>, Box<Truth>),
    Or(Box<Truth>, Box<Truth>),
    Not(Box<Truth>),
    Choice(Box<[Truth; 3]>),
    /// Left to CEL.
    Other(Expression),
}

/// A number.
pub(crate) enum Term {
    Number(Number),
    /// By its place among the formula's fields.
    Field(usize),
    Arithmetic(Operator, Box<[Term; 2]>),
    Negated(Box<Term>),
    Truncated(Box<Term>),
    /// The one that stands so to all others: the greatest or the least.
    Extreme(Ordering, Vec<Term>),
    Choice(Box<Truth>, Box<[Term; 2]>),
}

/// What joins two numbers to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

/// Why a formula has no value for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It divides by 0.
    ByZero,
    /// A number on the way does not fit into 128 bits.
    TooLarge,
    /// CEL says why, or what it gives instead.
    Cel(String),
}

/// Where a formula is asked: at one account.
pub(crate) struct At<'b, 'a, 'v> {
    formula: &'b Expression,
    fields: &'b [(String, Field<'a>)],
    account: usize,
    root: &'b OnceCell<Context<'b, 'v>>,
    /// Values of all fields for what is left to CEL, once something is.
    scope: OnceCell<Context<'b, 'v>>,
}

impl Truth {
    /// Whether it compares exact numbers somewhere.
    pub fn is_exact(&self) -> bool {
        match self {
            Truth::Compare(..) => true,
            Truth::And(a, b) | Truth::Or(a, b) => a.is_exact() || b.is_exact(),
            Truth::Not(inner) => inner.is_exact(),
            Truth::Choice(parts) => parts.iter().any(Truth::is_exact),
            Truth::Other(_) => false,
        }
    }

    /// Whether something in it is left to CEL.
    pub fn needs_cel(&self) -> bool {
        match self {
            Truth::Compare(_, a, b) => a.needs_cel() || b.needs_cel(),
            Truth::And(a, b) | Truth::Or(a, b) => a.needs_cel() || b.needs_cel(),
            Truth::Not(inner) => inner.needs_cel(),
            Truth::Choice(parts) => parts.iter().any(Truth::needs_cel),
            Truth::Other(_) => true,
        }
    }

    /// Whether it holds. As in CEL, a side that decides "and" or "or" alone does so whatever is wrong with the other.
    pub fn at(&self, at: &At) -> Result<bool, Fault> {
        match self {
            Truth::Compare(holds, a, b) => Ok(holds(a.at(at)?.compare(b.at(at)?))),
            Truth::And(a, b) => either(a.at(at), || b.at(at), false),
            Truth::Or(a, b) => either(a.at(at), || b.at(at), true),
            Truth::Not(inner) => inner.at(at).map(|truth| !truth),
            Truth::Choice(parts) => {
                let [condition, then, otherwise] = &**parts;
                if condition.at(at)? { then.at(at) } else { otherwise.at(at) }
            }
            Truth::Other(expression) => at.cel(expression),
        }
    }
}

/// Two truths of which one that is `decides` decides alone.
fn either(
    first: Result<bool, Fault>,
    second: impl FnOnce() -> Result<bool, Fault>,
    decides: bool,
) -> Result<bool, Fault> {
    match first {
        Ok(truth) if truth == decides => Ok(truth),
        Ok(_) => second(),
        Err(fault) => match second() {
            Ok(truth) if truth == decides => Ok(truth),
            _ => Err(fault),
        },
    }
}

impl Term {
    /// Whether something in it is left to CEL.
    pub fn needs_cel(&self) -> bool {
        match self {
            Term::Number(_) | Term::Field(_) => false,
            Term::Arithmetic(_, both) => both.iter().any(Term::needs_cel),
            Term::Negated(inner) | Term::Truncated(inner) => inner.needs_cel(),
            Term::Extreme(_, terms) => terms.iter().any(Term::needs_cel),
            Term::Choice(condition, both) => condition.needs_cel() || both.iter().any(Term::needs_cel),
        }
    }

    /// The number at an account.
    pub fn at(&self, at: &At) -> Result<Number, Fault> {
        match self {
            Term::Number(number) => Ok(*number),
            Term::Field(field) => at.fields[*field].1.number(at.account).ok_or(Fault::TooLarge),
            Term::Arithmetic(operator, both) => {
                let (a, b) = (both[0].at(at)?, both[1].at(at)?);
                let result = match operator {
                    Operator::Plus => a.plus(b),
                    Operator::Minus => a.minus(b),
                    Operator::Times => a.times(b),
                    Operator::Over if b.is_zero() => return Err(Fault::ByZero),
                    Operator::Over => a.over(b),
                };
                result.ok_or(Fault::TooLarge)
            }
            Term::Negated(inner) => inner.at(at)?.negated().ok_or(Fault::TooLarge),
            Term::Truncated(inner) => Ok(inner.at(at)?.truncated()),
            Term::Extreme(order, terms) => {
                let mut best: Option<Number> = None;
                for term in terms {
                    let next = term.at(at)?;
                    best = best.filter(|best| next.compare(*best) != *order).or(Some(next));
                }
                best.ok_or(Fault::TooLarge)
            }
            Term::Choice(condition, both) => both[usize::from(!condition.at(at)?)].at(at),
        }
    }
}

impl<'b, 'a, 'v> At<'b, 'a, 'v> {
    /// Of a formula at an account; what all accounts share is made once.
    pub fn new(
        formula: &'b Expression,
        fields: &'b [(String, Field<'a>)],
        account: usize,
        root: &'b OnceCell<Context<'b, 'v>>,
    ) -> At<'b, 'a, 'v> {
        At { formula, fields, account, root, scope: OnceCell::new() }
    }

    /// The account.
    pub fn account(&self) -> usize {
        self.account
    }

    /// What CEL gives for the whole formula.
    pub fn value(&self) -> ResolveResult {
        Value::resolve(self.formula, self.scope())
    }

    /// Values of all fields, for CEL.
    fn scope(&self) -> &Context<'b, 'v> {
        self.scope.get_or_init(|| {
            let mut scope = self.root.get_or_init(Context::default).new_inner_scope();
            for (name, field) in self.fields {
                scope.add_variable_from_value(name.as_str(), value(field, self.account));
            }
            scope
        })
    }

    fn cel(&self, expression: &Expression) -> Result<bool, Fault> {
        match Value::resolve(expression, self.scope()) {
            Ok(Value::Bool(truth)) => Ok(truth),
            Ok(other) => Err(Fault::Cel(format!("gives {}, where true or false must be", told(&other)))),
            Err(error) => Err(Fault::Cel(format!("fails: {}", one_line(&error.to_string())))),
        }
    }
}

/// What CEL sees: amounts are whole numbers (int) where they have no decimals, else the nearest double.
fn value(field: &Field, account: usize) -> Value {
    match field {
        Field::Text(values) => Value::from(values[account].as_str()),
        Field::Amounts(amounts, 0) => Value::from(amounts[account]),
        Field::Amounts(amounts, decimals) => Value::from(amounts[account] as f64 / 10.0_f64.powi(i32::from(*decimals))),
        Field::Place(book, part) => Value::from(book.places[account].map_or(0.0, |p| part(p.latitude, p.longitude))),
        Field::HasPlace(book) => Value::from(book.places[account].is_some()),
        Field::One => Value::from(1_i64),
    }
}

/// A value that is to be told, short.
fn told(value: &Value) -> String {
    let text = format!("{value:?}");
    let end = text.floor_char_boundary(TOLD_BYTES);
    if end < text.len() { format!("{}…", &text[..end]) } else { text }
}

/// Bytes of a value that is told.
const TOLD_BYTES: usize = 200;
