//! Incumbent: planned splits that leave much with the seller who holds the territory today, as the part of a measure
//! that goes to others.

use super::scope::{Read, Scope, name_of_keeping, positive_weight};
use crate::finding::{Code, Finding, Place};
use crate::index::{Keyed, LeafIndex, MeasureIndex};
use crate::problem::facts::Facts;
use crate::problem::measures::{self, Measure};
use crate::problem::tree::Tree;

/// Reads it; without planned splits it is always 0, and that is said.
pub(super) fn read(
    (measure, weight): (&str, Option<f64>),
    path: &str,
    scope: &Scope,
    all: &Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Read<MeasureIndex>> {
    let found = measures::find(measure, &format!("{path}.incumbent.measure"), all, scope.input, findings);
    let weight = positive_weight(weight, &format!("{path}.incumbent.weight"), findings);
    if scope.tree.planned_splits().is_empty() {
        findings.push(Finding::new(
            Code::IncumbentWithoutSplits,
            Place::Plan(path.to_string()),
            "what incumbents keep is asked for, but no later stage splits a territory; the criterion is always 0",
        ));
    }
    let measure = found?;
    Some(Read { name: name_of_keeping("incumbent", &all[measure]), weight, holds: measure })
}

/// By leaf, how many planned splits on the way to it lead away from the incumbent, whose child is the first.
pub(crate) fn departures(tree: &Tree) -> Keyed<LeafIndex, usize> {
    let mut of_node = tree.nodes.map(|_| 0);
    for node in tree.planned_splits() {
        for &child in &tree.nodes[node].children[1..] {
            of_node[child] = 1;
        }
    }
    // Every node comes before its children.
    for n in tree.nodes.keys().iter().skip(1) {
        of_node[n] += tree.nodes[n].parent.map_or(0, |parent| of_node[parent]);
    }
    tree.leaves.map(|&n| of_node[n])
}

/// Of the whole's amount, how much is in the part.
pub(super) fn fraction_in_part(part: &Facts, whole: &Facts, measure: MeasureIndex) -> f64 {
    let total = |facts: &Facts| facts.measures[measure].total as f64;
    total(part) / total(whole).max(1.0)
}
