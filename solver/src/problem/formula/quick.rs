//! Formulas that need no CEL: comparisons of text with text that is written out and of whole amounts with whole numbers, joined
//! by and, or and not. They mean what CEL means and cannot fail, and are asked some hundred times as fast.

use super::calls::{called, holds};
use crate::problem::field::Field;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::parser::Expression;
use std::cmp::Ordering;

/// Something true or false of every account.
#[derive(Debug)]
pub(crate) enum Quick<'a> {
    And(Box<[Quick<'a>; 2]>),
    Or(Box<[Quick<'a>; 2]>),
    Not(Box<Quick<'a>>),
    Amounts(fn(Ordering) -> bool, Whole<'a>, Whole<'a>),
    /// Whether a text stands so to the one that is written out.
    Text(&'a [String], fn(&str, &str) -> bool, String),
    /// Whether a text is one of those written out, which are in the order of their bytes.
    OneOf(&'a [String], Vec<String>),
    Flag(Field<'a>),
    Always(bool),
}

/// A whole amount.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whole<'a> {
    Written(i64),
    Column(&'a [i64]),
    /// Of every account.
    One,
}

impl<'a> Quick<'a> {
    /// `None` where something in it is left to CEL.
    pub(super) fn of(at: &Expression, fields: &[(String, Field<'a>)]) -> Option<Quick<'a>> {
        match &at.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => return Some(Quick::Always(*value.inner())),
            Expr::Ident(name) => {
                let field = field(name, fields).filter(|field| matches!(field, Field::HasPlace(_)))?;
                return Some(Quick::Flag(field));
            }
            Expr::Call(CallExpr { func_name, target: Some(target), args }) => {
                return part(func_name, target, args, fields);
            }
            _ => {}
        }
        let call = called(at)?;
        let quick = |argument: usize| Quick::of(&call.args[argument], fields);
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [_, _]) => Some(Quick::And(Box::new([quick(0)?, quick(1)?]))),
            (operators::LOGICAL_OR, [_, _]) => Some(Quick::Or(Box::new([quick(0)?, quick(1)?]))),
            (operators::LOGICAL_NOT, [_]) => Some(Quick::Not(Box::new(quick(0)?))),
            (operators::IN, [item, list]) => {
                let Expr::List(list) = &list.expr else { return None };
                let mut texts: Vec<String> = list.elements.iter().map(written).collect::<Option<_>>()?;
                texts.sort_unstable();
                Some(Quick::OneOf(text(item, fields)?, texts))
            }
            (operator, [a, b]) => {
                let holds = holds(operator)?;
                if let (Some(a), Some(b)) = (Whole::of(a, fields), Whole::of(b, fields)) {
                    return Some(Quick::Amounts(holds, a, b));
                }
                let same: fn(&str, &str) -> bool = match operator {
                    operators::EQUALS => |a, b| a == b,
                    operators::NOT_EQUALS => |a, b| a != b,
                    _ => return None,
                };
                let one_way = |a, b| Some(Quick::Text(text(a, fields)?, same, written(b)?));
                one_way(a, b).or_else(|| one_way(b, a))
            }
            _ => None,
        }
    }

    /// Whether it holds.
    pub fn at(&self, account: usize) -> bool {
        match self {
            Quick::And(both) => both.iter().all(|quick| quick.at(account)),
            Quick::Or(both) => both.iter().any(|quick| quick.at(account)),
            Quick::Not(inner) => !inner.at(account),
            Quick::Amounts(holds, a, b) => holds(a.at(account).cmp(&b.at(account))),
            Quick::Text(values, stands, written) => stands(&values[account], written),
            Quick::OneOf(values, written) => written.binary_search(&values[account]).is_ok(),
            Quick::Flag(field) => field.has_place(account),
            Quick::Always(value) => *value,
        }
    }

    /// Steps at one account.
    pub fn steps(&self) -> u64 {
        match self {
            Quick::And(both) | Quick::Or(both) => both.iter().map(Quick::steps).sum(),
            Quick::Not(inner) => inner.steps(),
            Quick::OneOf(_, written) => 1 + u64::from(written.len().max(1).ilog2()),
            Quick::Amounts(..) | Quick::Text(..) | Quick::Flag(_) | Quick::Always(_) => 1,
        }
    }
}

impl<'a> Whole<'a> {
    fn of(at: &Expression, fields: &[(String, Field<'a>)]) -> Option<Whole<'a>> {
        match &at.expr {
            Expr::Literal(LiteralValue::Int(value)) => Some(Whole::Written(*value.inner())),
            Expr::Ident(name) => match field(name, fields)? {
                Field::Amounts(amounts, 0) => Some(Whole::Column(amounts)),
                Field::One => Some(Whole::One),
                Field::Amounts(..) | Field::Text(_) | Field::Place(..) | Field::HasPlace(_) => None,
            },
            _ => None,
        }
    }

    fn at(self, account: usize) -> i64 {
        match self {
            Whole::Written(value) => value,
            Whole::Column(amounts) => amounts[account],
            Whole::One => 1,
        }
    }
}

/// A look into a text for one that is written out.
fn part<'a>(
    function: &str,
    target: &Expression,
    arguments: &[Expression],
    fields: &[(String, Field<'a>)],
) -> Option<Quick<'a>> {
    let stands: fn(&str, &str) -> bool = match function {
        "contains" => |text, part| text.contains(part),
        "startsWith" => |text, part| text.starts_with(part),
        "endsWith" => |text, part| text.ends_with(part),
        _ => return None,
    };
    let [argument] = arguments else { return None };
    Some(Quick::Text(text(target, fields)?, stands, written(argument)?))
}

fn field<'a>(name: &str, fields: &[(String, Field<'a>)]) -> Option<Field<'a>> {
    fields.iter().find(|(known, _)| known == name).map(|(_, field)| *field)
}

/// The values of a field of text.
fn text<'a>(at: &Expression, fields: &[(String, Field<'a>)]) -> Option<&'a [String]> {
    match &at.expr {
        Expr::Ident(name) => match field(name, fields)? {
            Field::Text(values) => Some(values),
            Field::Amounts(..) | Field::Place(..) | Field::HasPlace(_) | Field::One => None,
        },
        _ => None,
    }
}

/// A text that is written out.
fn written(at: &Expression) -> Option<String> {
    match &at.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}
