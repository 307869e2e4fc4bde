//! What incumbents keep on the day their territory is split.

use crate::index::{Keyed, NodeIndex, Number};
use crate::plan::{MeasureKept, NodeResult, SplitDay};
use crate::problem::Problem;

/// The splits that lead to a level, in tree order.
pub(super) fn days(problem: &Problem, level: usize, nodes: &Keyed<NodeIndex, NodeResult>) -> Vec<SplitDay> {
    let splits = problem.tree.planned_splits().into_iter().filter(|&n| problem.tree.nodes[n].level + 1 == level);
    splits.map(|n| day(problem, n, nodes)).collect()
}

fn day(problem: &Problem, node: NodeIndex, nodes: &Keyed<NodeIndex, NodeResult>) -> SplitDay {
    let children = &problem.tree.nodes[node].children;
    let kept = match problem.kept_by() {
        None => children[0],
        Some(m) => {
            let amount = |n: NodeIndex| nodes[n].measures[m.get()].amount;
            children.iter().fold(children[0], |most, &n| if amount(n) > amount(most) { n } else { most })
        }
    };
    let measure = |(all, part): (&crate::plan::MeasureResult, &crate::plan::MeasureResult)| MeasureKept {
        measure: part.measure.clone(),
        amount: part.amount,
        share: if all.amount > 0 { part.amount as f64 / all.amount as f64 } else { 0.0 },
    };
    SplitDay {
        node_id: nodes[node].node_id.clone(),
        kept_node_id: nodes[kept].node_id.clone(),
        measures: nodes[node].measures.iter().zip(&nodes[kept].measures).map(measure).collect(),
    }
}
