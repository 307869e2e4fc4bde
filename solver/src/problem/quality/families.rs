//! Families whose accounts have several owners today.

use super::seen::{Odd, Rows, Seen, first_of, odd};
use crate::counting::{has, many};
use crate::finding::Code;
use crate::problem::accounts::shown;

/// Accounts of families that are split across owners, where families move whole.
pub(super) fn find(seen: &Seen<'_>) -> Option<Odd> {
    let Seen { book, parents, .. } = seen;
    if !seen.families_whole || parents.iter().all(Option::is_none) {
        return None;
    }
    let tops = tops(parents);
    let mut members: Vec<(usize, usize)> = tops.iter().enumerate().map(|(account, &top)| (top, account)).collect();
    members.sort_unstable();
    let owner = |account: usize| book.current_owners[account].as_str();
    let mut split: Vec<&[(usize, usize)]> = Vec::new();
    for family in members.chunk_by(|a, b| a.0 == b.0) {
        let mut owners = family.iter().map(|&(_, account)| owner(account)).filter(|owner| !owner.is_empty());
        let first = owners.next();
        if owners.any(|other| Some(other) != first) {
            split.push(family);
        }
    }
    let id = |account: usize| shown(&book.account_ids[account]);
    let first = first_of(
        split.iter().map(|family| format!("that of {} with {}", id(family[0].0), many(family.len(), "account"))),
    );
    let accounts = split.iter().flat_map(|family| family.iter().map(|&(_, account)| account));
    let mut rows: Rows = accounts.map(|account| (account, owner(account).into())).collect();
    rows.sort_unstable_by_key(|(account, _)| *account);
    let message = format!(
        "{}, {} in all, {} more than one owner today ({first}); a family moves as one, so some of its accounts must change owner",
        many(split.len(), "family"),
        many(rows.len(), "account"),
        has(split.len())
    );
    let what_to_do = "nothing if they are to be joined, else set families: SEPARATE in the plan";
    odd(Code::FamilySplit, "parent_account_id", rows, message, what_to_do)
}

/// The topmost account above each; of a circle, which is an error of its own, any of its accounts.
fn tops(parents: &[Option<usize>]) -> Vec<usize> {
    /// What stands where the way up is still to be walked.
    const UNKNOWN: usize = usize::MAX;
    let mut tops = vec![UNKNOWN; parents.len()];
    let mut way = Vec::new();
    for start in 0..parents.len() {
        let mut at = start;
        while tops[at] == UNKNOWN {
            // Until the top is known an account is its own, which ends a circle.
            tops[at] = at;
            way.push(at);
            match parents[at] {
                Some(parent) => at = parent,
                None => break,
            }
        }
        let top = tops[at];
        way.drain(..).for_each(|account| tops[account] = top);
    }
    tops
}
