//! Derived measures: what an expression gives for each account, as whole numbers of 10^-decimals.

use super::effort::Effort;
use super::faulty::Faulty;
use super::faulty::shown;
use super::field::Fields;
use super::formula::{Fault, Formula, Term, Unread};
use crate::amount::Amount;
use crate::finding::{Code, Finding, Place};

/// The amounts of the measure `name` that `expression` gives, rounded to `decimals`, halves away from 0. `None` after a
/// finding at `path`.
pub(crate) fn amounts(
    (name, expression): (&str, &str),
    decimals: u8,
    (fields, effort): (&Fields, &Effort),
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<Vec<i64>> {
    let book = fields.book;
    let mut fault = |code, message: String| findings.push(Finding::new(code, Place::Plan(path.to_string()), message));
    let (formula, term) = match read(expression, fields, effort) {
        Ok(read) => read,
        Err(Some((code, message))) => {
            fault(code, message);
            return None;
        }
        Err(None) => {
            findings.extend(effort.told(path));
            return None;
        }
    };
    let mut amounts = Vec::with_capacity(book.account_ids.len());
    let (mut by_zero, mut too_large) = (Faulty::default(), Faulty::default());
    let steps = formula.steps(term.needs_cel());
    let asked = formula.each(book.account_ids.len(), |at| {
        if !effort.spend(steps) {
            return Err(None);
        }
        let amount = term.at(at).and_then(|number| {
            number.rounded(decimals).and_then(|whole| i64::try_from(whole).ok()).ok_or(Fault::TooLarge)
        });
        match amount {
            Err(Fault::ByZero) => by_zero.push(book, at.account(), String::new),
            Err(Fault::TooLarge) => too_large.push(book, at.account(), String::new),
            Err(Fault::Cel(what)) => {
                return Err(Some(format!("{what} (account {})", shown(&book.account_ids[at.account()]))));
            }
            Ok(_) => {}
        }
        amounts.push(amount.unwrap_or(0));
        Ok(())
    });
    match asked {
        Ok(()) => {}
        Err(Some(what)) => {
            fault(Code::ExpressionType, format!("{expression:?} {what}"));
            return None;
        }
        Err(None) => {
            findings.extend(effort.told(path));
            return None;
        }
    }
    if by_zero.count > 0 {
        let advice = "say what it is there, as in lead_volume == 0 ? 0 : open_pipeline / lead_volume";
        fault(Code::NumberNotFinite, format!("{name} divides by 0 at {}; {advice}", by_zero.words(book)));
    }
    if too_large.count > 0 {
        let most = Amount::new(i64::MAX, decimals);
        let message = format!(
            "{name} is not between -{most} and {most}, or a number on the way has more than 38 digits, at {}; use fewer decimals or a larger unit (divide by 1000)",
            too_large.words(book)
        );
        fault(Code::AmountTooLarge, message);
    }
    (by_zero.count + too_large.count == 0).then_some(amounts)
}

/// An expression that gives a number.
///
/// # Errors
/// What is wrong with it; `None`: reading has ended.
fn read<'a>(
    expression: &str,
    fields: &Fields<'a>,
    effort: &Effort,
) -> Result<(Formula<'a>, Term), Option<(Code, String)>> {
    let formula = Formula::read(expression, fields, effort).map_err(|unread| match unread {
        Unread::Stopped => None,
        Unread::Syntax(message) => Some((Code::ExpressionSyntax, message)),
        Unread::TooLarge(message) => Some((Code::FormulaTooLarge, message)),
        Unread::Unknown(message) => Some((Code::ExpressionType, message)),
    })?;
    let no_number = |why| Some((Code::ExpressionType, format!("{expression:?} must give a number: {why}")));
    let term = formula.term().map_err(no_number)?;
    Ok((formula, term))
}
