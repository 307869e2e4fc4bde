//! What seats hold while they cover others.

use crate::index::{Keyed, NodeIndex};
use crate::plan::{CoverResult, MeasureResult, NodeResult};
use crate::problem::Problem;

/// One for each seat that covers another, in tree order.
pub(super) fn results(problem: &Problem, nodes: &Keyed<NodeIndex, NodeResult>) -> Vec<CoverResult> {
    let covers = problem.tree.covers().into_iter().map(|cover| {
        let measure = |(m, own): (usize, &MeasureResult)| {
            let covered: i64 = cover.covered.iter().map(|&n| nodes[n].measures[m].amount).sum();
            let amount = own.amount + covered;
            let deviation = if own.target > 0.0 { (amount as f64 - own.target) / own.target } else { 0.0 };
            MeasureResult { amount, deviation, ..own.clone() }
        };
        CoverResult {
            seat_id: nodes[cover.seat].node_id.clone(),
            covered_seat_ids: cover.covered.iter().map(|&n| nodes[n].node_id.clone()).collect(),
            measures: nodes[cover.seat].measures.iter().enumerate().map(measure).collect(),
        }
    });
    covers.collect()
}
