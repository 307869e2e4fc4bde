//! Owners that are no territory of the plan.

use super::seen::{Odd, Seen, by_text, first_of, odd, rows};
use crate::counting::{has, is, many, they};
use crate::finding::Code;
use crate::problem::accounts::shown;

/// Accounts whose owner the plan does not know.
pub(super) fn find(seen: &Seen<'_>) -> Option<Odd> {
    let owned = seen.book.current_owners.iter().enumerate().map(|(account, owner)| (account, owner.as_str()));
    let unknown = by_text(owned.filter(|(account, owner)| !owner.is_empty() && seen.owners[*account].is_none()));
    let first = first_of(unknown.iter().map(|(owner, has)| format!("{} with {}", shown(owner), has.len())));
    let rows = rows(&unknown);
    let message = format!(
        "{} {} a current_owner that is no territory of this plan, {} in all ({first}); {} {} free to move",
        many(rows.len(), "account"),
        has(rows.len()),
        many(unknown.len(), "owner"),
        they(rows.len()),
        is(rows.len())
    );
    odd(
        Code::OwnerUnknown,
        "current_owner",
        rows,
        message,
        "give the owner a seat, or correct the name, unless the owner has left",
    )
}
