//! What it costs that some moves of an earlier answer stand, or do not: the plan made around them beside that answer, both
//! valued by the same tiers.

use crate::cli::ShapeArgs;
use crate::files::{self, Loaded};
use crate::json;
use carve_proto::v1 as proto;
use carve_solver::inquiry::beside;
use carve_solver::space::Point;
use carve_solver::{Plan, Problem, evaluate};
use std::path::Path;

/// A sentence; `None`: nothing was accepted or rejected, or there is no earlier answer whose plan.json fits the book.
pub fn told(loaded: &Loaded, plan: &Plan, shape: &ShapeArgs) -> Option<String> {
    let wishes = &shape.wishes;
    if wishes.accept.is_none() && wishes.reject.is_none() || !plan.has_assignments() {
        return None;
    }
    let free = free(&loaded.problem, wishes.previous.as_deref()?)?;
    let values = |plan: &Plan| -> Vec<f64> { plan.tiers.iter().map(|tier| tier.value).collect() };
    let changes = beside(&loaded.problem, &values(&free), &values(plan));
    let words: Vec<String> = changes.into_iter().map(|tier| tier.words).filter(|words| !words.is_empty()).collect();
    Some(match words.is_empty() {
        true => "Beside the plan that the moves were picked from: no tier changes.".into(),
        false => format!("Beside the plan that the moves were picked from: {}.", words.join("; ")),
    })
}

/// The earlier plan, valued by the tiers of now.
fn free(problem: &Problem, dir: &Path) -> Option<Plan> {
    let bytes = files::read_bytes(&dir.join("plan.json")).ok()?;
    let plan = json::read_plan(std::str::from_utf8(&bytes).ok()?).ok()?;
    let mut leaf_of = vec![None; problem.account_count()];
    for assignment in &plan.assignments {
        let id = if assignment.leaf_node_id.is_empty() { &assignment.node_id } else { &assignment.leaf_node_id };
        leaf_of[problem.account(&assignment.account_id)?] = problem.leaf(id);
    }
    let leaf_of: Vec<usize> = leaf_of.into_iter().collect::<Option<_>>()?;
    let mut anchors = vec![None; problem.node_count()];
    for node in &plan.nodes {
        anchors[problem.node(&node.node_id)?] = node.anchor.as_ref().and_then(point);
    }
    Some(evaluate(problem, &leaf_of, &anchors))
}

fn point(place: &proto::Place) -> Option<Point> {
    Point::new(place.latitude, place.longitude)
}
