//! Parents that are not in the book.

use super::seen::{Odd, Seen, by_text, first_of, odd, rows};
use crate::finding::Code;
use crate::problem::accounts::shown;

/// Accounts that name a parent which the book does not have.
pub(super) fn find(seen: &Seen<'_>) -> Option<Odd> {
    let named = seen.book.parents.iter().enumerate().map(|(account, parent)| (account, parent.as_str()));
    let unknown = by_text(named.filter(|(_, parent)| !parent.is_empty() && seen.by_id.get(parent).is_none()));
    let first = first_of(unknown.iter().map(|(parent, by)| format!("{} named by {}", shown(parent), by.len())));
    let rows = rows(&unknown);
    let message = format!(
        "{} accounts name {} parents that are not in the book ({first}) and stand by themselves",
        rows.len(),
        unknown.len()
    );
    odd(Code::ParentUnknown, "parent_account_id", rows, message, "add the parents to the book, or clear the field")
}
