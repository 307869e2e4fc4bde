//! `moves.csv`: a row for each account that leaves its owner.

use crate::answer::{Answer, display_name, waits};
use crate::output::Output;
use crate::table::Table;
use carve_solver::Amount;
use carve_solver::plan::{Assignment, NodeResult, SeatResult};
use std::borrow::Cow;
use std::io::{self, Write};

/// Who loses which account to whom, and why.
pub(crate) const OUTPUT: Output = Output::file("moves.csv", crate::Format::Csv, |answer, out| moves_csv(answer, out));

/// What moves.csv says before the amounts; after them comes [`LAST`].
const FIRST: [&str; 12] = [
    "account_id",
    "name",
    "from",
    "from_name",
    "from_user_id",
    "to",
    "to_name",
    "to_user_id",
    "covered_by",
    "effective_date",
    "reason",
    "reason_text",
];

/// Writes, in the order of the book, every account that leaves an owner: its id and name, the seat it leaves and the one
/// it goes to with their names and user ids (empty where they are not known), who covers until when (empty: from now
/// on), the reason as a code and in words, and what it holds of each measure but account_count, which is 1. Text is neutralised, see
/// [`crate::neutralise`].
///
/// # Errors
/// When `out` fails.
pub fn moves_csv(answer: &Answer<'_>, out: impl Write) -> io::Result<()> {
    let mut table = Table::neutral(out);
    let measures = answer.measures.iter().skip(1).map(|amounts| amounts.measure);
    table.row(FIRST.into_iter().chain(measures))?;
    for (account, assignment) in moved(answer) {
        let amounts = answer
            .measures
            .iter()
            .skip(1)
            .map(|of| Cow::from(Amount::new(of.amounts[account], of.decimals).to_string()));
        table.row(row(answer, account, assignment).into_iter().chain(amounts))?;
    }
    table.end()
}

/// The accounts that leave an owner, by their place in the book.
pub(crate) fn moved<'a>(answer: &Answer<'a>) -> impl Iterator<Item = (usize, &'a Assignment)> {
    answer.plan.assignments.iter().enumerate().filter(|(_, assignment)| assignment.moved)
}

/// The headings of [`row`].
pub(crate) fn headings() -> [&'static str; 12] {
    FIRST
}

/// What is said of an account that moves, but for its amounts.
pub(crate) fn row<'a>(answer: &Answer<'a>, account: usize, assignment: &'a Assignment) -> [Cow<'a, str>; 12] {
    let plan = answer.plan;
    let from = answer.owner(assignment).map(|node| &plan.nodes[node]);
    let to = &plan.nodes[assignment.territory];
    let seat = |text: fn(&SeatResult) -> &String| match &to.seat {
        Some(seat) if waits(to) => text(seat).as_str(),
        _ => "",
    };
    let reason = assignment.move_reason.as_ref();
    [
        assignment.account_id.as_str(),
        answer.name(account),
        &*assignment.current_owner,
        from.map_or("", display_name),
        from.map_or("", user_id),
        &to.node_id,
        display_name(to),
        user_id(to),
        seat(|seat| &seat.covering_seat_id),
        seat(|seat| &seat.start_date),
        reason.map_or("", |reason| reason.code.as_str()),
        reason.map_or("", |reason| &reason.detail),
    ]
    .map(Cow::from)
}

fn user_id(node: &NodeResult) -> &str {
    node.seat.as_ref().map_or("", |seat| &seat.external_ids.user_id)
}
