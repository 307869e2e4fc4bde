//! Accounts that share a fault: one finding counts them and names the first.

use super::accounts::shown;
use crate::input::Book;

/// Accounts that a finding names; the rest is counted.
const NAMED_MAX: usize = 3;

/// Accounts that have one fault, the first few by name.
#[derive(Debug, Default)]
pub(crate) struct Faulty {
    pub count: usize,
    named: Vec<String>,
}

impl Faulty {
    /// One more, with what is wrong with it; empty where all have the same.
    pub fn push(&mut self, book: &Book, account: usize, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.named.len() < NAMED_MAX {
            let (id, what) = (shown(&book.account_ids[account]), what());
            self.named.push(if what.is_empty() { id } else { format!("{id} with {what}") });
        }
    }

    /// `3 of 1204 accounts (first: "a", "b", "c")`
    pub fn words(&self, book: &Book) -> String {
        format!("{} of {} accounts (first: {})", self.count, book.account_ids.len(), self.named.join(", "))
    }
}
