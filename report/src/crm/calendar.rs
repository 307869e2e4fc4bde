//! On which day who holds which territory. The plan speaks of today; a seat that is still to be filled is covered until
//! it starts.

use crate::answer::{Answer, waits};
use carve_solver::plan::{Assignment, NodeResult};
use std::collections::BTreeSet;

/// The folder of what is to be loaded now.
const NOW: &str = "now";
/// The folder of what is to be loaded when a seat without a start date is filled.
const UNDATED: &str = "start-not-known";

/// A day on which something is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    /// The name of its folder.
    pub folder: String,
    /// By node: the seat that holds a territory from this day on; `None`: nobody whom the plan names, so its accounts
    /// stay with whom they are, and nodes that are no territory.
    pub holders: Vec<Option<usize>>,
}

/// Every day, the first one now.
pub(super) fn days(answer: &Answer<'_>) -> Vec<Day> {
    let nodes = &answer.plan.nodes;
    let waiting = || answer.nodes_in_force().map(|(_, node)| node).filter(|node| waits(node));
    let starts: BTreeSet<&str> = waiting().map(start_date).filter(|date| !date.is_empty()).collect();
    let undated = waiting().any(|node| start_date(node).is_empty());
    let dates = starts.iter().map(|&date| (date, Some(date)));
    // A day after all dates, on which every seat is filled.
    let days = [(NOW, Some(""))].into_iter().chain(dates).chain(undated.then_some((UNDATED, None)));
    days.map(|(folder, date)| {
        let works = |node: &NodeResult| match date {
            Some(date) => !waits(node) || (!start_date(node).is_empty() && start_date(node) <= date),
            None => true,
        };
        let mut holders = vec![None; nodes.len()];
        for (index, _) in answer.nodes_in_force() {
            holders[index] = holder(answer, index, &works);
        }
        Day { folder: folder.to_owned(), holders }
    })
    .collect()
}

/// ISO 8601, so that dates are in order as text.
fn start_date(node: &NodeResult) -> &str {
    node.seat.as_ref().map_or("", |seat| &seat.start_date)
}

/// Who holds a territory: its own seat if it works, else the first that does among those who cover it and each other.
fn holder(answer: &Answer<'_>, territory: usize, works: &impl Fn(&NodeResult) -> bool) -> Option<usize> {
    let mut at = territory;
    // As many steps as there are nodes end in a circle of seats that cover each other.
    for _ in 0..answer.plan.nodes.len() {
        let node = &answer.plan.nodes[at];
        if works(node) {
            return Some(at);
        }
        at = answer.territory(&node.seat.as_ref()?.covering_seat_id)?;
    }
    None
}

/// The seats that an account leaves and comes to on a day, by node; `None`: it stays. Who owns it before is `None` where
/// the plan does not know the owner.
pub(super) fn change(
    answer: &Answer<'_>,
    days: &[Day],
    day: usize,
    assignment: &Assignment,
) -> Option<(Option<usize>, usize)> {
    let holder = |day: &Day| day.holders[assignment.territory];
    let after = holder(&days[day])?;
    let before = days[..day].iter().rev().find_map(holder).or_else(|| answer.holder_in_book(assignment));
    (before != Some(after)).then_some((before, after))
}
