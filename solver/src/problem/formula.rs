//! Formulas in CEL over the fields of an account, with exact numbers: amounts are what people write, decimals of 10 have no
//! binary remainder, and what does not fit into 128 bits is a fault rather than a rounded number. What is no arithmetic and
//! no comparison of numbers is left to the CEL crate. With `filter` the door to it.

use super::field::Field;
use super::naming::{Plain, without_backquotes, written};
use super::number::Number;
use crate::amount::Written;
use crate::input::Book;
use crate::limits::FILTER_BYTES_MAX;
use crate::nearest::nearest;
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo, operators};
use cel::parser::{Expression, Parser};
use cel::{Context, Value};
use std::cmp::Ordering;

/// A formula whose fields are known.
pub(crate) struct Formula<'a> {
    root: Expression,
    source: SourceInfo,
    /// What CEL read, and which fields its names stand for.
    plain: Plain,
    fields: Vec<(String, Field<'a>)>,
}

/// Why a text is no formula.
pub(crate) enum Unread {
    /// It is no CEL, or too long.
    Syntax(String),
    /// It names what no account has.
    Unknown(String),
}

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
    formula: &'b Formula<'a>,
    account: usize,
    /// Values of all fields for what is left to CEL, if something is.
    scope: Option<Context<'b, 'v>>,
}

impl<'a> Formula<'a> {
    /// Reads a text over the fields of the book's accounts.
    pub fn read(text: &str, book: &'a Book) -> Result<Formula<'a>, Unread> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(Unread::Syntax(format!("the formula has {} bytes; at most {FILTER_BYTES_MAX}", text.len())));
        }
        let plain = Plain::of(text);
        let quoted = || {
            let known = Field::names(book).collect::<Vec<_>>();
            let (_, name) = without_backquotes(text, &known)?;
            Some(format!("{text}: this field is written in backquotes, as its name is no plain word: {name}"))
        };
        let (root, source) = Parser::default().parse_with_source_info(&plain.text).map_err(|e| {
            let other = || format!("{text} is not well-formed CEL: {}", one_line(&e.to_string()));
            Unread::Syntax(quoted().unwrap_or_else(other))
        })?;
        let mut fields = Vec::new();
        let mut names: Vec<String> = root.references().variables().into_iter().map(String::from).collect();
        names.sort_unstable();
        for variable in names {
            let name = plain.name(&variable);
            let other = || format!("{text} names {}, which no account has; {}", written(name), advice(name, book));
            let unknown = || Unread::Unknown(quoted().unwrap_or_else(other));
            let field = Field::find(name, book).ok_or_else(unknown)?;
            fields.push((variable, field));
        }
        Ok(Formula { root, source, plain, fields })
    }

    /// The formula as true or false. Comparisons in which an amount with decimals takes part are exact; all else keeps to
    /// CEL's own numbers.
    pub fn truth(&self) -> Truth {
        self.as_truth(&self.root, false)
    }

    /// The formula as a number.
    ///
    /// # Errors
    /// What in it is no number.
    pub fn term(&self) -> Result<Term, String> {
        self.as_term(&self.root)
    }

    /// Calls `ask` at each of the first `accounts` accounts until it fails. `with_cel`: whether something is left to CEL.
    pub fn each<E>(
        &self,
        accounts: usize,
        with_cel: bool,
        mut ask: impl FnMut(&At<'_, 'a, '_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let root = Context::default();
        for account in 0..accounts {
            let scope = with_cel.then(|| {
                let mut scope = root.new_inner_scope();
                for (name, field) in &self.fields {
                    scope.add_variable_from_value(name.as_str(), value(field, account));
                }
                scope
            });
            ask(&At { formula: self, account, scope })?;
        }
        Ok(())
    }

    /// `exact`: every comparison of numbers is; else only those in which an amount with decimals takes part.
    fn as_truth(&self, at: &Expression, exact: bool) -> Truth {
        let other = || Truth::Other(at.clone());
        let Some(call) = called(at) else { return other() };
        let truth = |argument: usize| self.as_truth(&call.args[argument], exact);
        let read = match (call.func_name.as_str(), call.args.len()) {
            (operators::LOGICAL_AND, 2) => Truth::And(Box::new(truth(0)), Box::new(truth(1))),
            (operators::LOGICAL_OR, 2) => Truth::Or(Box::new(truth(0)), Box::new(truth(1))),
            (operators::LOGICAL_NOT, 1) => Truth::Not(Box::new(truth(0))),
            (operators::CONDITIONAL, 3) => Truth::Choice(Box::new([truth(0), truth(1), truth(2)])),
            (operator, 2) => match (holds(operator), self.as_term(&call.args[0]), self.as_term(&call.args[1])) {
                (Some(holds), Ok(a), Ok(b)) if exact || self.has_decimals(&a) || self.has_decimals(&b) => {
                    Truth::Compare(holds, a, b)
                }
                _ => return other(),
            },
            _ => return other(),
        };
        // Where nothing is exact, CEL knows best.
        if read.is_exact() { read } else { other() }
    }

    fn as_term(&self, at: &Expression) -> Result<Term, String> {
        match &at.expr {
            Expr::Literal(LiteralValue::Int(value)) => Ok(Term::Number(whole(*value.inner())?)),
            Expr::Literal(LiteralValue::UInt(value)) => Ok(Term::Number(whole(*value.inner())?)),
            Expr::Literal(LiteralValue::Double(value)) => self.decimal(at.id, *value.inner()).map(Term::Number),
            Expr::Ident(name) => {
                let place = self.fields.iter().position(|(known, field)| known == name && field.is_amount());
                place.map(Term::Field).ok_or_else(|| format!("{} is no measure", written(self.plain.name(name))))
            }
            Expr::Call(call) if call.target.is_none() => self.call(call),
            _ => Err("it holds something that is no number".into()),
        }
    }

    fn call(&self, call: &CallExpr) -> Result<Term, String> {
        let term = |argument: usize| self.as_term(&call.args[argument]);
        let operator = match call.func_name.as_str() {
            operators::ADD => Some(Operator::Plus),
            operators::SUBSTRACT => Some(Operator::Minus),
            operators::MULTIPLY => Some(Operator::Times),
            operators::DIVIDE => Some(Operator::Over),
            _ => None,
        };
        match (call.func_name.as_str(), operator, call.args.len()) {
            (_, Some(operator), 2) => Ok(Term::Arithmetic(operator, Box::new([term(0)?, term(1)?]))),
            (operators::NEGATE, _, 1) => Ok(Term::Negated(Box::new(term(0)?))),
            // Every number here has decimals already.
            ("double", _, 1) => term(0),
            ("int", _, 1) => Ok(Term::Truncated(Box::new(term(0)?))),
            ("max" | "min", _, 1..) => {
                let order = if call.func_name == "max" { Ordering::Greater } else { Ordering::Less };
                let terms: Result<Vec<Term>, String> =
                    call.args.iter().map(|argument| self.as_term(argument)).collect();
                Ok(Term::Extreme(order, terms?))
            }
            (operators::CONDITIONAL, _, 3) => {
                let condition = Box::new(self.as_truth(&call.args[0], true));
                Ok(Term::Choice(condition, Box::new([term(1)?, term(2)?])))
            }
            (name, ..) => Err(format!(
                "{:?} gives no number here; numbers are made by + - * /, max, min, int, double and condition ? this : that",
                name.trim_matches('_')
            )),
        }
    }

    /// A literal with decimals as it is written.
    fn decimal(&self, id: u64, value: f64) -> Result<Number, String> {
        let token = self.source.offset_for(id).map(|(start, stop)| {
            let length = (stop as usize + 1).saturating_sub(start as usize);
            self.source.source.chars().skip(start as usize).take(length).collect::<String>()
        });
        // The text that stands for this very number, else the shortest one that does.
        let same = |text: &String| text.parse().is_ok_and(|written: f64| written == value.abs());
        let text = token.filter(same).unwrap_or_else(|| format!("{:e}", value.abs()));
        let number = Written::of(&text).and_then(|written| Number::written(&written.digits, written.places));
        let number = number.and_then(|number| if value < 0.0 { number.negated() } else { Some(number) });
        number.ok_or_else(|| format!("{value} has too many digits"))
    }

    fn has_decimals(&self, term: &Term) -> bool {
        match term {
            Term::Number(_) => false,
            Term::Field(field) => self.fields[*field].1.has_decimals(),
            Term::Arithmetic(_, both) | Term::Choice(_, both) => both.iter().any(|term| self.has_decimals(term)),
            Term::Negated(term) | Term::Truncated(term) => self.has_decimals(term),
            Term::Extreme(_, terms) => terms.iter().any(|term| self.has_decimals(term)),
        }
    }
}

fn called(at: &Expression) -> Option<&CallExpr> {
    match &at.expr {
        Expr::Call(call) if call.target.is_none() => Some(call),
        _ => None,
    }
}

fn holds(operator: &str) -> Option<fn(Ordering) -> bool> {
    Some(match operator {
        operators::EQUALS => Ordering::is_eq,
        operators::NOT_EQUALS => Ordering::is_ne,
        operators::LESS => Ordering::is_lt,
        operators::LESS_EQUALS => Ordering::is_le,
        operators::GREATER => Ordering::is_gt,
        operators::GREATER_EQUALS => Ordering::is_ge,
        _ => return None,
    })
}

fn whole(value: impl Into<i128>) -> Result<Number, String> {
    Number::decimal(value, 0).ok_or_else(|| "a number has too many digits".into())
}

/// What CEL sees: amounts are whole numbers (int) where they have no decimals, else the nearest double.
pub(super) fn value(field: &Field, account: usize) -> Value {
    match field {
        Field::Text(values) => Value::from(values[account].as_str()),
        Field::Amounts(amounts, 0) => Value::from(amounts[account]),
        Field::Amounts(amounts, decimals) => Value::from(amounts[account] as f64 / 10.0_f64.powi(i32::from(*decimals))),
        Field::Place(book, part) => Value::from(book.places[account].map_or(0.0, |p| part(p.latitude, p.longitude))),
        Field::HasPlace(book) => Value::from(book.places[account].is_some()),
        Field::One => Value::from(1_i64),
    }
}

/// What a name that no account has may have been.
fn advice(name: &str, book: &Book) -> String {
    match nearest(name, Field::names(book)) {
        Some(near) => format!("did you mean {}?", written(near)),
        None => {
            let known: Vec<String> = Field::names(book).take(FIELDS_SHOWN).map(written).collect();
            format!("known are {}", known.join(", "))
        }
    }
}

/// Known fields that a message names.
const FIELDS_SHOWN: usize = 28;

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
            Term::Field(field) => at.formula.fields[*field].1.number(at.account).ok_or(Fault::TooLarge),
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

impl At<'_, '_, '_> {
    /// The account.
    pub fn account(&self) -> usize {
        self.account
    }

    fn cel(&self, expression: &Expression) -> Result<bool, Fault> {
        let scope = self.scope.as_ref().ok_or_else(|| Fault::Cel("has no values".into()))?;
        match Value::resolve(expression, scope) {
            Ok(Value::Bool(truth)) => Ok(truth),
            Ok(other) => Err(Fault::Cel(format!("gives {other:?}, where true or false must be"))),
            Err(error) => Err(Fault::Cel(format!("fails: {}", one_line(&error.to_string())))),
        }
    }
}
