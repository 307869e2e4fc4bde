//! What is looked at, and what a kind of oddity says of it.

use crate::finding::{Code, Concerned, Finding, Place};
use crate::hash::QuickMap;
use crate::index::NodeIndex;
use crate::input::Book;
use crate::problem::by_id::ById;
use crate::problem::date::Date;
use std::sync::Arc;

/// Accounts named in a finding; the rest is counted.
const NAMED_MAX: usize = 3;

/// What is looked at: the book, and what was read of it.
pub(in crate::problem) struct Seen<'a> {
    pub book: &'a Book,
    /// Accounts by id.
    pub by_id: &'a ById<'a>,
    /// Parent of each account, if it is in the book; by its place there, as all that a book says of accounts.
    pub parents: Vec<Option<usize>>,
    /// The territory that owns each account, if one does.
    pub owners: &'a [Option<NodeIndex>],
    /// Whether families move whole.
    pub families_whole: bool,
    /// Accounts without an activity since this day may be stale; `None`: nobody asks.
    pub stale_before: Option<Date>,
}

/// A finding with the accounts that it is about.
#[derive(Debug)]
pub(in crate::problem) struct Odd {
    pub finding: Finding,
    pub concerned: Concerned,
}

/// The accounts of one kind of oddity, each with the value that is odd; in the order of the book.
pub(super) type Rows = Vec<(usize, Arc<str>)>;

/// A finding about a field of accounts; `None` when there are none.
pub(super) fn odd(code: Code, field: &str, rows: Rows, message: String, what_to_do: &'static str) -> Option<Odd> {
    let first = rows.first()?.0;
    let finding = Finding::new(code, Place::Account(first, field.to_owned()), format!("{message}; {what_to_do}"));
    Some(Odd { finding, concerned: Concerned { code, rows, what_to_do } })
}

/// The first few of many, with `, ` between them.
pub(super) fn first_of(named: impl Iterator<Item = String>) -> String {
    named.take(NAMED_MAX).collect::<Vec<String>>().join(", ")
}

/// Texts that stand at accounts, each once with the accounts that have it: in the order in which they first stand.
pub(super) fn by_text<'a>(texts: impl Iterator<Item = (usize, &'a str)>) -> Vec<(Arc<str>, Vec<usize>)> {
    let mut found: Vec<(Arc<str>, Vec<usize>)> = Vec::new();
    let mut at: QuickMap<&str, usize> = QuickMap::default();
    for (account, text) in texts {
        let at = *at.entry(text).or_insert_with(|| {
            found.push((text.into(), Vec::new()));
            found.len() - 1
        });
        found[at].1.push(account);
    }
    found
}

/// A row for each account, in the order of the book.
pub(super) fn rows(by_text: &[(Arc<str>, Vec<usize>)]) -> Rows {
    let rows = by_text.iter().flat_map(|(text, accounts)| accounts.iter().map(|&a| (a, Arc::clone(text))));
    let mut rows: Rows = rows.collect();
    rows.sort_unstable_by_key(|(account, _)| *account);
    rows
}
