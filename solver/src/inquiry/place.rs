//! Where a unit may be: the territories, their leaves, and the best leaf of each.

use crate::index::{Keyed, LeafIndex, LeafSet, NodeIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::score::{Model, Pairs, State, slack};

/// The territories, with their leaves.
pub(super) fn territories(problem: &Problem) -> Vec<(NodeIndex, Vec<LeafIndex>)> {
    let leaves = |node: NodeIndex| problem.tree.nodes[node].leaves.iter().collect();
    problem.tree.territories().into_iter().map(|node| (node, leaves(node))).collect()
}

/// Leaves as a set.
pub(super) fn set(leaves: &[LeafIndex]) -> LeafSet {
    LeafSet::from_iter(leaves.iter().copied())
}

/// The state with the unit at the best of some leaves, nothing else changed: the one where rules break least, then tiers in
/// their order.
pub(super) fn at_best_leaf(
    model: &Model,
    pairs: &Pairs,
    state: &State,
    unit: UnitIndex,
    leaves: &[LeafIndex],
) -> State {
    let shifted = leaves.iter().map(|&leaf| {
        let mut shifted = state.clone();
        shifted.shift(model, pairs, unit, leaf);
        let tiers: Keyed<TierIndex, f64> = model.problem.tiers.keys().iter().map(|t| shifted.value(model, t)).collect();
        (shifted.broken(model), tiers, shifted)
    });
    let best = shifted.reduce(|best, next| {
        let ahead = (next.0 < best.0) || (next.0 == best.0 && is_ahead(&next.1, &best.1));
        if ahead { next } else { best }
    });
    best.map_or_else(|| state.clone(), |best| best.2)
}

/// Whether the first tier that differs by more than rounding is better.
fn is_ahead(ours: &Keyed<TierIndex, f64>, theirs: &Keyed<TierIndex, f64>) -> bool {
    ours.zip(theirs).find(|(a, b)| (*a - *b).abs() > slack(**b)).is_some_and(|(a, b)| a < b)
}

impl Problem {
    /// The ids of all territories, in tree order.
    pub fn territory_ids(&self) -> impl Iterator<Item = &str> {
        self.tree.territories().into_iter().map(|node| self.tree.nodes[node].id.as_str())
    }
}
