//! Amounts below 0: counted as 0 where the request says so, refused where they are added up.

use super::faulty::Faulty;
use crate::amount::Amount;
use crate::finding::{Code, Finding, Place};
use crate::input::{Book, MeasureColumn};

/// Counts amounts below 0 as 0, and says so at `place`, which is told the first account with one.
pub(crate) fn count_as_zero(
    column: &mut MeasureColumn,
    book: &Book,
    place: impl FnOnce(usize) -> Place,
    findings: &mut Vec<Finding>,
) {
    let (mut faulty, mut sum) = (Faulty::default(), 0_i128);
    let Some(first) = column.amounts.iter().position(|amount| *amount < 0) else { return };
    for (account, amount) in column.amounts.iter_mut().enumerate().filter(|(_, amount)| **amount < 0) {
        sum += i128::from(*amount);
        faulty.push(book, account, || Amount::new(*amount, column.decimals).to_string());
        *amount = 0;
    }
    let message = format!(
        "{} is below 0 at {}, {} in all; the plan says to count these as 0",
        column.name,
        faulty.words(book),
        Amount::new(sum, column.decimals)
    );
    findings.push(Finding::new(Code::NegativesZeroed, place(first), message));
}

/// One finding at `place`, which is told the first account, for all amounts below 0, if there are any.
pub(crate) fn reject(
    column: &MeasureColumn,
    book: &Book,
    place: impl FnOnce(usize) -> Place,
    findings: &mut Vec<Finding>,
) {
    let mut faulty = Faulty::default();
    let below = || column.amounts.iter().enumerate().filter(|(_, amount)| **amount < 0);
    let Some((first, _)) = below().next() else { return };
    for (account, amount) in below() {
        faulty.push(book, account, || Amount::new(*amount, column.decimals).to_string());
    }
    let message = format!(
        "{name} is below 0 at {}; amounts must be 0 or more: correct them, or write measures: [{{measure: {name}, negatives: ZERO}}] into the plan file (--plan), by which they count as 0",
        faulty.words(book),
        name = column.name,
    );
    findings.push(Finding::new(Code::AmountNegative, place(first), message));
}
