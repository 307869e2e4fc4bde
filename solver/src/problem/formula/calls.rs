//! What formulas are made of, as CEL reads them.

use cel::common::ast::{CallExpr, Expr, operators};
use cel::parser::Expression;
use std::cmp::Ordering;

/// A call of a function or an operator, but of none of a value's own.
pub(super) fn called(at: &Expression) -> Option<&CallExpr> {
    match &at.expr {
        Expr::Call(call) if call.target.is_none() => Some(call),
        _ => None,
    }
}

/// What an operator that compares asks of two values; `None`: it is another.
pub(super) fn holds(operator: &str) -> Option<fn(Ordering) -> bool> {
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

/// An error in one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
