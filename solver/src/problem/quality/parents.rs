//! Parents that are not in the book.

use super::seen::{Odd, Seen, by_text, first_of, odd, rows};
use crate::counting::{does, is, many};
use crate::finding::Code;
use crate::problem::accounts::shown;

/// Accounts that name a parent which the book does not have.
pub(super) fn find(seen: &Seen<'_>) -> Option<Odd> {
    let named = seen.book.parents.iter().enumerate().map(|(account, parent)| (account, parent.as_str()));
    let unknown = by_text(named.filter(|(_, parent)| !parent.is_empty() && seen.by_id.get(parent).is_none()));
    let first = first_of(unknown.iter().map(|(parent, by)| format!("{} named by {}", shown(parent), by.len())));
    let rows = rows(&unknown);
    let message = format!(
        "{} {} {} that {} not in the book ({first}) and {} by {}",
        many(rows.len(), "account"),
        does(rows.len(), "name"),
        many(unknown.len(), "parent"),
        is(unknown.len()),
        does(rows.len(), "stand"),
        if rows.len() == 1 { "itself" } else { "themselves" }
    );
    odd(Code::ParentUnknown, "parent_account_id", rows, message, "add the parents to the book, or clear the field")
}
