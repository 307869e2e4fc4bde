//! Accounts that share a fault: one finding counts them and names the first.

use crate::counting::many;
use crate::finding::{Code, Finding, Place};
use crate::input::Book;

/// Accounts that a finding names; the rest is counted.
const NAMED_MAX: usize = 3;

/// Text short enough to be shown.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

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

    /// `3 of 1,204 accounts (first: "a", "b", "c")`
    pub fn words(&self, book: &Book) -> String {
        let all = many(book.account_ids.len(), "account");
        format!("{} of {all} (first: {})", self.count, self.named.join(", "))
    }
}

/// Faults of accounts as they are found: one finding for each kind and field, however many accounts have it.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    kinds: Vec<Kind>,
}

/// Accounts with a fault of one kind in one field.
#[derive(Debug)]
struct Kind {
    code: Code,
    field: String,
    first: usize,
    also: Vec<usize>,
    faulty: Faulty,
}

impl Gathered {
    /// One more, with what is wrong with it.
    pub fn push(&mut self, book: &Book, code: Code, account: usize, field: &str, what: impl FnOnce() -> String) {
        let known = self.kinds.iter().position(|kind| kind.code == code && kind.field == field);
        let at = known.unwrap_or_else(|| {
            let kind =
                Kind { code, field: field.to_owned(), first: account, also: Vec::new(), faulty: Faulty::default() };
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        let kind = &mut self.kinds[at];
        if known.is_some() && kind.also.len() + 1 < NAMED_MAX {
            kind.also.push(account);
        }
        kind.faulty.push(book, account, what);
    }

    /// The findings; `say` makes the message of a code and field from the words that count and name the accounts.
    pub fn findings(self, book: &Book, say: impl Fn(Code, &str, &str) -> String) -> impl Iterator<Item = Finding> {
        self.kinds.into_iter().map(move |Kind { code, field, first, also, faulty }| {
            let message = say(code, &field, &faulty.words(book));
            Finding::new(code, Place::Account(first, field), message).with_also(&also)
        })
    }
}
