//! Accounts that a column says to be deleted, archived or inactive.

use super::assemble::{Parts, interned};
use super::cell::nothing::{is_nothing, truth};
use super::excerpt::{count, is, listed, many};
use super::fill::Fill;
use super::heading::Known;
use super::intern::TextColumn;
use super::log::Log;
use carve_solver::finding::Code;

/// Rows that a finding names.
const ROWS_NAMED_MAX: usize = 3;
/// Values of a status that say that an account is no longer active, in lower case.
const INACTIVE: [&str; 8] =
    ["inactive", "deactivated", "disabled", "inaktiv", "deaktiviert", "inactif", "inactivo", "desactivado"];

/// Last words of headings, in lower case, whose no says so.
const ACTIVE: [&str; 4] = ["active", "aktiv", "actif", "activo"];

/// Which accounts are deleted, and by which column. None: no column says so of any.
pub(crate) fn deleted(parts: &Parts, fills: &[Fill], log: &mut Log) -> Option<(usize, Vec<bool>)> {
    let (at, _) = parts.known(|known| known == Known::Deleted)?;
    let column = interned(&fills[at])?;
    let truths: Option<Vec<bool>> = column.texts().iter().map(|text| said(text)).collect();
    // A column with days or remarks is no column of yes and no.
    let truths = truths?;
    let gone: Vec<bool> = column.codes().iter().map(|&code| truths[code as usize]).collect();
    let rows = rows(&gone);
    let first = *rows.first()?;
    let total = rows.len() as u64;
    let heading = &parts.targets[at].heading;
    let message = format!(
        "{} of {} {} deleted by \"{heading}\" ({}), and {} left out; to carve them too, take that column out",
        many(total, "account"),
        count(parts.accounts as u64),
        is(total),
        log.lines(&rows[..rows.len().min(ROWS_NAMED_MAX)], total),
        is(total)
    );
    log.of_cells(Code::AccountsDeleted, at, heading, first, message);
    Some((at, gone))
}

fn said(text: &str) -> Option<bool> {
    if is_nothing(text.trim()) { Some(false) } else { truth(text) }
}

/// Says which accounts are inactive, and how to leave them out.
pub(crate) fn say_inactive(parts: &Parts, fills: &[Fill], log: &mut Log) {
    let Some((at, _)) = parts.known(|known| known == Known::Status) else { return };
    let Some(column) = interned(&fills[at]) else { return };
    let heading = &parts.targets[at].heading;
    let inactive: Vec<bool> = column.texts().iter().map(|text| is_inactive(heading, text)).collect();
    let gone: Vec<bool> = column.codes().iter().map(|&code| inactive[code as usize]).collect();
    let rows = rows(&gone);
    let Some(&first) = rows.first() else { return };
    let total = rows.len() as u64;
    let message = format!(
        "{} of {} {} not active by \"{heading}\" ({}; {}), and {} carved like the others: leave {} out of the export by a filter on that column, if nobody is to work {}",
        many(total, "account"),
        count(parts.accounts as u64),
        is(total),
        listed(values(column, &inactive), ROWS_NAMED_MAX),
        log.lines(&rows[..rows.len().min(ROWS_NAMED_MAX)], total),
        is(total),
        if total == 1 { "it" } else { "them" },
        if total == 1 { "it" } else { "them" }
    );
    log.of_cells(Code::AccountsInactive, at, heading, first, message);
}

fn is_inactive(heading: &str, text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let heading = heading.trim().to_lowercase();
    INACTIVE.contains(&lower.as_str())
        || ACTIVE.iter().any(|word| heading.ends_with(word)) && truth(text) == Some(false)
        || heading == "statecode" && lower == "1"
}

fn values<'a>(column: &'a TextColumn, inactive: &'a [bool]) -> impl Iterator<Item = &'a str> {
    column.texts().iter().zip(inactive).filter(|(_, inactive)| **inactive).map(|(text, _)| text.as_str())
}

fn rows(gone: &[bool]) -> Vec<usize> {
    gone.iter().enumerate().filter(|(_, gone)| **gone).map(|(row, _)| row).collect()
}
