//! Formulas in CEL over the fields of an account, with exact numbers: amounts are what people write, decimals of 10 have no
//! binary remainder, and what does not fit into 128 bits is a fault rather than a rounded number. What is no arithmetic and
//! no comparison of numbers is left to the CEL crate. With `filter` the door to it.

mod calls;

mod size;

mod quick;

mod exact;

use super::effort::Effort;
use super::field::{Field, Fields};
use super::naming::{Plain, without_backquotes, written};
use super::number::Number;
use crate::amount::Written;
use crate::limits::FILTER_BYTES_MAX;
use crate::nearest::nearest;
use calls::{called, holds, one_line};
use cel::ParseErrors;
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo, operators};
use cel::parser::{Expression, Parser};
pub(crate) use exact::{At, Fault, Operator, Term, Truth};
pub(crate) use quick::Quick;
use std::cell::OnceCell;
use std::cmp::Ordering;

/// Steps that reading a byte of a formula takes: CEL reads some 200,000 bytes a second.
const READ_STEPS: u64 = 2_000;
/// Steps of CEL for one of a comparison done here.
const CEL_STEPS: u64 = 20;

/// A text that CEL has read.
pub(crate) struct Parsed {
    root: Expression,
    source: SourceInfo,
    /// What CEL read, and which fields its names stand for.
    pub plain: Plain,
}

/// Why a text is not read.
pub(crate) enum Unparsed {
    /// It is too long, nests too deep, or there are too many.
    TooLarge(String),
    /// It is no CEL.
    Malformed(Plain, ParseErrors),
    /// Reading has ended.
    Stopped,
}

/// A formula whose fields are known.
pub(crate) struct Formula<'a> {
    parsed: Parsed,
    fields: Vec<(String, Field<'a>)>,
    /// Steps of it at one account.
    steps: u64,
}

/// Why a text is no formula.
pub(crate) enum Unread {
    /// It is no CEL.
    Syntax(String),
    /// It is too long, too deep, or costs too much.
    TooLarge(String),
    /// It names what no account has.
    Unknown(String),
    /// Reading has ended.
    Stopped,
}

impl Parsed {
    /// Reads a text that is not too large.
    pub fn of(text: &str, effort: &Effort) -> Result<Parsed, Unparsed> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(Unparsed::TooLarge(format!("has {} bytes; at most {FILTER_BYTES_MAX}", text.len())));
        }
        if let Some(why) = size::too_deep(text) {
            return Err(Unparsed::TooLarge(why));
        }
        if !effort.spend(READ_STEPS * text.len() as u64) {
            return Err(Unparsed::Stopped);
        }
        let plain = Plain::of(text);
        match Parser::default().parse_with_source_info(&plain.text) {
            Ok((root, source)) => Ok(Parsed { root, source, plain }),
            Err(errors) => Err(Unparsed::Malformed(plain, errors)),
        }
    }

    /// The variables that it names, in the order of their letters; [`Plain`] has the fields that they stand for.
    pub fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = self.root.references().variables().into_iter().map(String::from).collect();
        names.sort_unstable();
        names
    }
}

impl<'a> Formula<'a> {
    /// Reads a text over the fields of the book's accounts.
    pub fn read(text: &str, known: &Fields<'a>, effort: &Effort) -> Result<Formula<'a>, Unread> {
        let quoted = || {
            let known = known.names().collect::<Vec<_>>();
            let (_, name) = without_backquotes(text, &known)?;
            Some(format!("{text}: this field is written in backquotes, as its name is no plain word: {name}"))
        };
        let parsed = Parsed::of(text, effort).map_err(|unparsed| match unparsed {
            Unparsed::Stopped => Unread::Stopped,
            Unparsed::TooLarge(why) => Unread::TooLarge(format!("the formula {why}")),
            Unparsed::Malformed(_, errors) => {
                let other = || format!("{text} is not well-formed CEL: {}", one_line(&errors.to_string()));
                Unread::Syntax(quoted().unwrap_or_else(other))
            }
        })?;
        let mut fields = Vec::new();
        for variable in parsed.variables() {
            let name = parsed.plain.name(&variable);
            let other = || format!("{text} names {}, which no account has; {}", written(name), advice(name, known));
            let unknown = || Unread::Unknown(quoted().unwrap_or_else(other));
            let field = known.find(name).ok_or_else(unknown)?;
            fields.push((variable, field));
        }
        Formula::over(parsed, fields).map_err(|why| Unread::TooLarge(format!("{text} {why}")))
    }

    /// What was read, over the fields that its variables stand for.
    ///
    /// # Errors
    /// When it costs too much at an account.
    pub fn over(parsed: Parsed, fields: Vec<(String, Field<'a>)>) -> Result<Formula<'a>, String> {
        let longest: Vec<(&str, OnceCell<u64>)> =
            fields.iter().map(|(name, _)| (name.as_str(), OnceCell::new())).collect();
        let longest = |name: &str| {
            let known = longest.iter().zip(&fields).find(|((known, _), _)| *known == name);
            known.map_or(0, |((_, bytes), (_, field))| *bytes.get_or_init(|| field.longest() as u64))
        };
        let steps = size::steps(&parsed.root, &longest)?;
        Ok(Formula { parsed, fields, steps })
    }

    /// Steps at one account; those of CEL count for more.
    pub fn steps(&self, with_cel: bool) -> u64 {
        self.steps * if with_cel { CEL_STEPS } else { 1 }
    }

    /// Calls `ask` at each of the first `accounts` accounts until it fails. Values for CEL are made where it is asked.
    pub fn each<E>(&self, accounts: usize, mut ask: impl FnMut(&At<'_, 'a, '_>) -> Result<(), E>) -> Result<(), E> {
        let root = OnceCell::new();
        for account in 0..accounts {
            ask(&At::new(&self.parsed.root, &self.fields, account, &root))?;
        }
        Ok(())
    }

    /// The formula without CEL, where it is comparisons of text and whole amounts alone.
    pub fn quick(&self) -> Option<Quick<'a>> {
        Quick::of(&self.parsed.root, &self.fields)
    }

    /// The formula as true or false. Comparisons in which an amount with decimals takes part are exact; all else keeps to
    /// CEL's own numbers.
    pub fn truth(&self) -> Truth {
        self.as_truth(&self.parsed.root, false)
    }

    /// The formula as a number.
    ///
    /// # Errors
    /// What in it is no number.
    pub fn term(&self) -> Result<Term, String> {
        self.as_term(&self.parsed.root)
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
                place.map(Term::Field).ok_or_else(|| format!("{} is no measure", written(self.parsed.plain.name(name))))
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
        let token = self.parsed.source.offset_for(id).map(|(start, stop)| {
            let length = (stop as usize + 1).saturating_sub(start as usize);
            self.parsed.source.source.chars().skip(start as usize).take(length).collect::<String>()
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

fn whole(value: impl Into<i128>) -> Result<Number, String> {
    Number::decimal(value, 0).ok_or_else(|| "a number has too many digits".into())
}

/// What a name that no account has may have been.
fn advice(name: &str, known: &Fields) -> String {
    match nearest(name, known.names()) {
        Some(near) => format!("did you mean {}?", written(near)),
        None => {
            let known: Vec<String> = known.names().take(FIELDS_SHOWN).map(written).collect();
            format!("known are {}", known.join(", "))
        }
    }
}

/// Known fields that a message names.
const FIELDS_SHOWN: usize = 28;
