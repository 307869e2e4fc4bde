//! `assignments.csv`: a row for each account. The one door to the `csv` crate here.

use crate::atomic::Output;
use crate::text::neutralise;
use carve_solver::Plan;
use carve_solver::plan::{Assignment, MoveReason};
use std::io::{self, Write};

/// Where each account goes.
pub(crate) const OUTPUT: Output = Output { name: "assignments.csv", write: |plan, _, out| assignments_csv(plan, out) };

/// Writes where each account goes, in the order of the book. Columns:
///
/// - `account_id`
/// - `node_id`: its territory today
/// - `level_1`, `level_2` …: the nodes that hold the territory, from below the root down; empty for territories that
///   lie higher than others
/// - `current_owner`: empty for nobody
/// - `moved`: `true` or `false`
/// - `stage_4`, `stage_8` …: its territory in each stage after today's, by the stage's count
/// - `reason`: why it leaves its owner, as `code: detail`; empty for those that stay or had none
///
/// Text is neutralised, see [`crate::neutralise`].
///
/// # Errors
/// When `out` fails.
pub fn assignments_csv(plan: &Plan, out: impl Write) -> io::Result<()> {
    let levels = ancestor_levels(plan);
    let stages = later_stages(plan);
    let mut csv = csv::Writer::from_writer(out);
    csv.write_field("account_id")?;
    csv.write_field("node_id")?;
    for level in 1..=levels {
        csv.write_field(format!("level_{level}"))?;
    }
    csv.write_field("current_owner")?;
    csv.write_field("moved")?;
    for (count, _) in &stages {
        csv.write_field(format!("stage_{count}"))?;
    }
    csv.write_field("reason")?;
    csv.write_record(None::<&[u8]>)?;
    for assignment in &plan.assignments {
        let mut text = |value: &str| csv.write_field(neutralise(value).as_bytes());
        text(&assignment.account_id)?;
        text(&plan.nodes[assignment.territory].node_id)?;
        let above = plan.nodes[assignment.territory].level.saturating_sub(1);
        for level in 1..=levels {
            text(if level <= above { node_at(plan, assignment, level) } else { "" })?;
        }
        text(&assignment.current_owner)?;
        text(if assignment.moved { "true" } else { "false" })?;
        for (_, level) in &stages {
            text(node_at(plan, assignment, *level))?;
        }
        text(&assignment.move_reason.as_ref().map_or(String::new(), reason))?;
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
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
