//! Accounts that nobody has sold to and nobody works on.

use super::column::{LAST_ACTIVITY, find as column};
use super::seen::{Odd, Rows, Seen, first_of, odd};
use crate::counting::{has, many};
use crate::finding::{Code, Concerned, Finding, Place};
use crate::input::Book;
use crate::problem::accounts::shown;
use crate::problem::date::{Date, Order};
use std::sync::Arc;

/// What a sale or a chance of one is counted in.
const WORTH: [&str; 2] = ["closed_won", "open_pipeline"];

/// Accounts with nothing sold, nothing open, and no activity since the day that was asked for.
pub(super) fn find(seen: &Seen<'_>) -> Option<Odd> {
    let before = seen.stale_before?;
    let book = seen.book;
    let Some((heading, activities)) = column(book, LAST_ACTIVITY) else {
        return Some(cannot_tell(before));
    };
    let worth: Vec<&[i64]> = WORTH.iter().filter_map(|name| amounts(book, name)).collect();
    let order = Order::of(activities.iter().map(String::as_str));
    let (mut rows, mut never, mut unreadable): (Rows, usize, usize) = (Vec::new(), 0, 0);
    for (account, text) in activities.iter().enumerate() {
        if worth.iter().any(|amounts| amounts[account] != 0) {
            continue;
        }
        match (text.trim(), order.latest(text)) {
            ("", _) => {
                never += 1;
                rows.push((account, Arc::from("")));
            }
            (_, Some(day)) if day < before => rows.push((account, Arc::from(text.as_str()))),
            (_, Some(_)) => {}
            (_, None) => unreadable += 1,
        }
    }
    let first = first_of(rows.iter().map(|(account, _)| shown(&book.account_ids[*account])));
    let counted = match worth.len() {
        2 => "no closed_won, no open_pipeline and ",
        1 if amounts(book, WORTH[0]).is_some() => "no closed_won (open_pipeline is not in the book) and ",
        1 => "no open_pipeline (closed_won is not in the book) and ",
        _ => "",
    };
    let ambiguous =
        if order == Order::Either { ", day and month told apart by none, so that the later day holds" } else { "" };
    let message = format!(
        "{} of {} {} {counted}no activity since {before} (first: {first}); {never} of them {} none at all, and {unreadable} more {} of {heading} {}{ambiguous}",
        rows.len(),
        many(activities.len(), "account"),
        has(rows.len()),
        has(never),
        if unreadable == 1 { "value" } else { "values" },
        if unreadable == 1 { "is no date" } else { "are no dates" },
    );
    odd(Code::AccountStale, heading, rows, message, "leave them out of the book, or work on them")
}

fn amounts<'a>(book: &'a Book, name: &str) -> Option<&'a [i64]> {
    let column = book.measures.iter().find(|column| column.name == name)?;
    Some(&column.amounts)
}

fn cannot_tell(before: Date) -> Odd {
    let what_to_do = "add the column last_activity_date, or ask for no stale accounts";
    let message = format!(
        "accounts without an activity since {before} were asked for, and no column says when the last one was; {what_to_do}"
    );
    let place = Place::Plan("options.stale_before".into());
    Odd {
        finding: Finding::new(Code::ActivityMissing, place, message),
        concerned: Concerned { code: Code::ActivityMissing, rows: Vec::new(), what_to_do },
    }
}
