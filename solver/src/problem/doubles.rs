//! Ids that several accounts have, as lists of opportunities or contacts have them.

use super::faulty::shown;
use crate::amount::grouped;
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Number};
use crate::input::Book;
use std::collections::BTreeMap;

/// Ids and columns that the finding names before it only counts.
const NAMED_MAX: usize = 3;
/// Words of headings that lists of something else than accounts have, in lower case, and what they list.
const LISTS: &[(&str, &str)] = &[
    ("opportunity", "opportunities"),
    ("deal ", "deals"),
    ("close date", "opportunities"),
    ("stage", "opportunities"),
    ("contact name", "contacts"),
    ("contact id", "contacts"),
    ("first name", "contacts"),
    ("order number", "orders"),
    ("invoice", "invoices"),
    ("product", "products"),
];

/// One finding for all ids that several accounts have; `doubled` has the further accounts of each first one.
pub(crate) fn say(book: &Book, doubled: &BTreeMap<AccountIndex, Vec<usize>>, findings: &mut Vec<Finding>) {
    let count: usize = doubled.values().map(Vec::len).sum();
    let mut further: Vec<usize> = doubled.values().flatten().copied().take(count).collect();
    further.sort_unstable();
    let Some((first, also)) = further.split_first() else { return };
    let times = |(first, further): (&AccountIndex, &Vec<usize>)| {
        format!("{} {} times", shown(&book.account_ids[first.get()]), further.len() + 1)
    };
    let named: Vec<String> = doubled.iter().take(NAMED_MAX).map(times).collect();
    let more = doubled.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {} more ids", grouped(more as u64)) } else { String::new() };
    let message = format!(
        "{} of {} accounts have the account_id of one before them: {}{more}; ids must differ{}",
        grouped(count as u64),
        grouped(book.account_ids.len() as u64),
        named.join(", "),
        advice(book, count)
    );
    let place = Place::Account(*first, "account_id".to_owned());
    findings
        .push(Finding::new(Code::AccountIdDuplicate, place, message).with_also(&also[..also.len().min(NAMED_MAX - 1)]));
}

/// What to do: a list of something else than accounts is to be exported anew.
fn advice(book: &Book, doubled: usize) -> String {
    let headings = book.columns.iter().map(|column| column.heading.as_str());
    let of = |heading: &str| {
        let lower = heading.to_lowercase();
        LISTS.iter().find(|(word, _)| lower.contains(word)).map(|(_, listed)| *listed)
    };
    let found: Vec<(&str, &str)> = headings.filter_map(|heading| Some((heading, of(heading)?))).collect();
    if let Some((_, listed)) = found.first() {
        let named: Vec<String> = found.iter().take(NAMED_MAX).map(|(heading, _)| shown(heading)).collect();
        return format!(
            "; this looks like a list of {listed} (it has {}), with a row for each of them: export accounts instead, such as a Salesforce report of the type Accounts or a view of companies, with amounts summed up by account",
            named.join(", ")
        );
    }
    match doubled * 5 >= book.account_ids.len() {
        true => {
            ", so keep one row of each; a file with a row for each opportunity, contact or order is no list of accounts: export accounts instead".to_owned()
        }
        false => ", so keep one row of each, or give the others ids of their own".to_owned(),
    }
}
