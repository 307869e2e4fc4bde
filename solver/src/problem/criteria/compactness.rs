//! Compactness: accounts close to the anchors of their buckets, as the mean of distances or of their squares, in which
//! coarse places count less.

use super::scope::{Read, Scope, check_level_weight, positive_weight};
use crate::finding::{Code, Finding, Place};
use crate::index::{Keyed, NodeIndex};
use crate::problem::facts::Facts;
use crate::problem::tree::{Node, Tree};

/// Reads what each node counts; without places it is always 0, and that is said.
pub(super) fn read(
    (distance, weight, level_weights): (bool, Option<f64>, &[f64]),
    path: &str,
    scope: &Scope,
    findings: &mut Vec<Finding>,
) -> Read<Keyed<NodeIndex, f64>> {
    let weight = positive_weight(weight, &format!("{path}.compactness.weight"), findings);
    if !scope.places {
        findings.push(Finding::new(
            Code::CompactnessWithoutPlaces,
            Place::Plan(path.to_string()),
            "compactness is asked for, but no account has a place; the criterion is always 0",
        ));
    }
    let name = if distance { "compactness distance" } else { "compactness squared distance" };
    let weights = node_weights(level_weights, &format!("{path}.compactness"), scope.tree, findings);
    Read { name: name.into(), weight, holds: weights }
}

/// What the distance to each node's anchor counts.
fn node_weights(levels: &[f64], path: &str, tree: &Tree, findings: &mut Vec<Finding>) -> Keyed<NodeIndex, f64> {
    let depth = tree.depth();
    for (i, &weight) in levels.iter().enumerate() {
        check_level_weight(weight, &|| format!("{path}.level_weights[{i}]"), findings);
    }
    let mut fault = |code, path: String, message: String| findings.push(Finding::new(code, Place::Plan(path), message));
    if levels.len() > depth {
        let message = format!("{} levels are weighted; the tree has {depth}", levels.len());
        fault(Code::LevelsTooMany, format!("{path}.level_weights"), message);
    } else if !levels.is_empty() && levels.iter().all(|w| *w == 0.0) {
        let message = "every level has weight 0; give one a weight above 0, or leave the criterion out".into();
        fault(Code::WeightInvalid, format!("{path}.level_weights"), message);
    }
    let levels = match (levels.is_empty(), tree.stages.len()) {
        (true, 0) => vec![],
        (true, stages) => vec![1.0 / stages as f64; depth],
        (false, _) => levels.to_vec(),
    };
    let weight = |node: &Node| match (node.level.checked_sub(1), node.children.is_empty()) {
        (None, _) => 0.0,
        // Nobody lives in a pool.
        _ if node.is_pool => 0.0,
        (Some(_), leaf) if levels.is_empty() => f64::from(u8::from(leaf)),
        (Some(level), true) => levels.iter().skip(level).sum(),
        (Some(level), false) => levels.get(level).copied().unwrap_or(0.0),
    };
    tree.nodes.map(weight)
}

/// Sets a part's node weights, whose nodes stand for `origin` of the whole. Where no distance counts to the part's
/// leaves, those to them stand in for those to the leaves below. Gives what part of what all places count is in the part.
pub(super) fn fraction_in_part(
    part: &Facts,
    whole: &Facts,
    origin: &Keyed<NodeIndex, NodeIndex>,
    weights: &mut Keyed<NodeIndex, f64>,
) -> f64 {
    *weights = origin.map(|&n| weights[n]);
    weights[NodeIndex::ROOT] = 0.0;
    let leaves = &part.tree.leaves;
    if leaves.iter().all(|&leaf| weights[leaf] == 0.0) {
        let near = leaves.iter().filter(|&&leaf| !part.tree.nodes[leaf].is_pool);
        near.for_each(|&leaf| weights[leaf] = 1.0);
    }
    let all = whole.located_weight();
    if all > 0.0 { part.located_weight() / all } else { 0.0 }
}
