//! `assignments.csv`: a row for each account.

use crate::answer::Answer;
use crate::chosen::ChosenColumns;
use crate::output::{Format, Output};
use crate::table::Table;
use carve_solver::Plan;
use carve_solver::plan::{Assignment, MoveReason};
use std::borrow::Cow;
use std::io::{self, Write};

/// Where each account goes.
pub(crate) const OUTPUT: Output = Output::file("assignments.csv", Format::Csv, |answer, out| match answer.columns {
    [] => assignments_csv(answer.plan, out),
    chosen => chosen_csv(answer, chosen, out),
});

/// The columns of `assignments.csv` for a plan:
///
/// - `account_id`
/// - `node_id`: its territory today
/// - `level_1`, `level_2` …: the nodes that hold the territory, from below the root down; empty for territories that
///   lie higher than others
/// - `current_owner`: empty for nobody
/// - `moved`: `true` or `false`
/// - `stage_4`, `stage_8` …: its territory in each stage after today's, by the stage's count
/// - `reason`: why it leaves its owner, as `code: detail`; empty for those that stay or had none
#[derive(Debug)]
pub struct AssignmentColumns<'a> {
    plan: &'a Plan,
    levels: usize,
    /// Count and level of each stage after today's.
    stages: Vec<(usize, usize)>,
}

impl<'a> AssignmentColumns<'a> {
    /// Those of a plan whose assignments speak of nodes that it has.
    pub fn of(plan: &'a Plan) -> AssignmentColumns<'a> {
        AssignmentColumns { plan, levels: ancestor_levels(plan), stages: later_stages(plan) }
    }

    /// The headings, in order.
    pub fn headings(&self) -> Vec<String> {
        let levels = (1..=self.levels).map(|level| format!("level_{level}"));
        let stages = self.stages.iter().map(|(count, _)| format!("stage_{count}"));
        let fixed = |names: &'static [&'static str]| names.iter().map(|name| (*name).to_owned());
        let first = fixed(&["account_id", "node_id"]).chain(levels);
        first.chain(fixed(&["current_owner", "moved"])).chain(stages).chain(fixed(&["reason"])).collect()
    }

    /// What stands in each column for an account; text as it is, not neutralised.
    pub fn row(&self, assignment: &'a Assignment) -> Vec<Cow<'a, str>> {
        let plan = self.plan;
        let territory = &plan.nodes[assignment.territory];
        let above = territory.level.saturating_sub(1);
        let at = |level: usize| if level <= above { node_at(plan, assignment, level) } else { "" };
        let mut row: Vec<Cow<str>> = vec![assignment.account_id.as_str().into(), territory.node_id.as_str().into()];
        row.extend((1..=self.levels).map(|level| Cow::from(at(level))));
        row.push(Cow::from(&*assignment.current_owner));
        row.push(if assignment.moved { "true" } else { "false" }.into());
        row.extend(self.stages.iter().map(|(_, level)| Cow::from(node_at(plan, assignment, *level))));
        row.push(assignment.move_reason.as_ref().map_or(Cow::from(""), |given| reason(given).into()));
        row
    }
}

/// Writes where each account goes, in the order of the book, with the columns of [`AssignmentColumns`]. Text is
/// neutralised, see [`crate::neutralise`].
///
/// # Errors
/// When `out` fails.
pub fn assignments_csv(plan: &Plan, out: impl Write) -> io::Result<()> {
    let columns = AssignmentColumns::of(plan);
    let mut table = Table::neutral(out);
    table.row(columns.headings())?;
    plan.assignments.iter().try_for_each(|assignment| table.row(columns.row(assignment)))?;
    table.end()
}

/// As [`assignments_csv`], with the columns that were chosen.
fn chosen_csv(answer: &Answer<'_>, headings: &[String], out: impl Write) -> io::Result<()> {
    let unknown = |heading: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{heading:?} is no column"));
    let columns = ChosenColumns::of(answer, headings).map_err(unknown)?;
    let mut table = Table::neutral(out);
    table.row(headings)?;
    let mut assignments = answer.plan.assignments.iter().enumerate();
    assignments.try_for_each(|(account, assignment)| table.row(columns.row(account, assignment)))?;
    table.end()
}

fn reason(given: &MoveReason) -> String {
    match given.detail.as_str() {
        "" => given.code.as_str().into(),
        detail => format!("{}: {detail}", given.code.as_str()),
    }
}

/// Levels that lie between the root and the lowest territory.
fn ancestor_levels(plan: &Plan) -> usize {
    let territories = plan.nodes.iter().filter(|node| node.territory);
    territories.map(|node| node.level.saturating_sub(1)).max().unwrap_or(0)
}

/// Count and level of each stage after today's.
fn later_stages(plan: &Plan) -> Vec<(usize, usize)> {
    let current = plan.stages.iter().find(|stage| stage.current);
    let later = |level| current.is_some_and(|current| level > current.level);
    let stages = plan.stages.iter().filter(|stage| later(stage.level));
    stages.map(|stage| (stage.count, stage.level)).collect()
}

/// The id of the account's node at a level; empty when its leaf lies higher.
fn node_at<'a>(plan: &'a Plan, assignment: &Assignment, level: usize) -> &'a str {
    let node = assignment.path.get(level - 1);
    node.map_or("", |node| &plan.nodes[*node].node_id)
}
