//! Which seat gets which territory: leaves that nothing tells apart are matched to seats by who owns the accounts. The
//! one door to `pathfinding`.
//!
//! Such leaves have one share and level, no given anchor, no rule that names one and not another, and neither cover
//! nor are covered. Putting each other's name on them changes no row, no distance and no bound, but it changes who keeps
//! what. The exact assignment (Kuhn-Munkres) of seats to what the leaves hold now keeps most of the measure of the
//! first continuity criterion, else most accounts.

use crate::engine::starts::first::Start;
use crate::index::{Keyed, LeafIndex, LoadIndex, MeasureIndex, NodeIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::tree::Anchors;
use crate::proof::costs::Costs;
use crate::score::{Model, State, slack};
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use std::collections::{BTreeMap, HashSet};

/// Leaves of different parents that are matched at once, at most; more are matched below each parent.
const LEAVES_MATCHED_MAX: usize = 256;

/// A start whose leaves go to the seats that own most of what they hold, if that makes no tier worse.
pub(crate) fn matched(problem: &Problem, start: Start) -> Start {
    let Start { anchors, costs, leaf_of, priced } = start;
    match rematched(problem, &costs, &leaf_of, &anchors) {
        // What was priced holds for the leaves as they were.
        Some((leaf_of, anchors, costs)) => Start { anchors, costs, leaf_of, priced: None },
        None => Start { anchors, costs, leaf_of, priced },
    }
}

/// Leaves of units, anchors and costs after the matching; `None` when owners keep no more by it, or a tier or hard
/// rule would be worse.
pub(crate) fn rematched(
    problem: &Problem,
    costs: &Costs,
    leaf_of: &Keyed<UnitIndex, LeafIndex>,
    anchors: &Anchors,
) -> Option<(Keyed<UnitIndex, LeafIndex>, Anchors, Costs)> {
    [true, false].into_iter().find_map(|across| {
        let to = relabelling(problem, leaf_of, across)?;
        let new_leaf_of = leaf_of.map(|&leaf| to[leaf]);
        let mut new_anchors = anchors.clone();
        let at = |leaf: LeafIndex| problem.tree.leaves[leaf];
        to.pairs().for_each(|(old, &new)| new_anchors[at(new)] = anchors[at(old)]);
        let new_costs = Costs::of(problem, &new_anchors);
        let allowed = new_leaf_of.pairs().all(|(unit, &leaf)| problem.units.allows(unit, leaf));
        let worse = || {
            let (before, after) = (Model::new(problem, costs), Model::new(problem, &new_costs));
            let old = State::new(&before, leaf_of.clone());
            let new = State::new(&after, new_leaf_of.clone());
            let rises = |t: TierIndex| new.value(&after, t) > old.value(&before, t) + slack(old.value(&before, t));
            // Names across parents change what inner nodes hold: the largest excesses of a tier of bands, too.
            let steps_rise = |t: TierIndex| {
                let of = |state: &State, step: usize| state.step(problem, t, step + 1);
                (1..=problem.steps_max(t)).any(|step| of(&new, step) > of(&old, step) + slack(of(&old, step)))
            };
            let any = |rises: &dyn Fn(TierIndex) -> bool| problem.tiers.keys().iter().any(rises);
            new.broken(&after) > old.broken(&before) || any(&rises) || any(&steps_rise)
        };
        (allowed && !worse()).then_some((new_leaf_of, new_anchors, new_costs))
    })
}

/// The new leaf of each leaf; `None` when owners keep no more by any.
fn relabelling(
    problem: &Problem,
    leaf_of: &Keyed<UnitIndex, LeafIndex>,
    across: bool,
) -> Option<Keyed<LeafIndex, LeafIndex>> {
    let classes = interchangeable(problem, across);
    let mut place: Keyed<LeafIndex, Option<(usize, usize)>> = problem.tree.leaves.map(|_| None);
    for (class, leaves) in classes.iter().enumerate() {
        leaves.iter().enumerate().for_each(|(i, &leaf)| place[leaf] = Some((class, i)));
    }
    let mut held: Vec<Matrix<i128>> = classes.iter().map(|leaves| Matrix::new_square(leaves.len(), 0)).collect();
    let amounts = &problem.measures[measure(problem)].amounts;
    for (account, &unit) in problem.units.of.pairs() {
        let owner = problem.accounts.owners[account].map(|node| problem.tree.nodes[node].leaves.start);
        if let (Some((class, at)), Some((same, by))) = (place[leaf_of[unit]], owner.and_then(|leaf| place[leaf]))
            && class == same
        {
            held[class][(at, by)] += i128::from(amounts[account]);
        }
    }
    let mut to: Keyed<LeafIndex, LeafIndex> = place.keys().iter().collect();
    for (leaves, held) in classes.iter().zip(held) {
        // Of assignments that keep as much, the one that changes fewest names.
        let scale = leaves.len() as i128 + 1;
        let mut weights = held.map(|amount| amount * scale);
        (0..leaves.len()).for_each(|i| weights[(i, i)] += 1);
        let (_, chosen) = kuhn_munkres(&weights);
        leaves.iter().zip(chosen).for_each(|(&leaf, seat)| to[leaf] = leaves[seat]);
    }
    let changes = to.pairs().any(|(leaf, &new)| leaf != new);
    changes.then_some(to)
}

/// The measure that owners are to keep.
fn measure(problem: &Problem) -> MeasureIndex {
    let mut criteria = problem.tiers.iter().flat_map(|tier| &tier.criteria);
    criteria.find_map(|criterion| criterion.kind.continuity()).unwrap_or(MeasureIndex::ACCOUNT_COUNT)
}

/// Sets of leaves that nothing tells apart, of two or more; of one parent unless `across`.
fn interchangeable(problem: &Problem, across: bool) -> Vec<Vec<LeafIndex>> {
    let tree = &problem.tree;
    let covers: HashSet<&str> =
        tree.nodes.iter().filter_map(|n| n.seat.as_ref()).map(|seat| seat.covering_seat_id.as_str()).collect();
    let free = |leaf: LeafIndex| {
        let node = &tree.nodes[tree.leaves[leaf]];
        let covered = node.seat.as_ref().is_some_and(|seat| !seat.covering_seat_id.is_empty());
        tree.territory_of_leaf[leaf] == tree.leaves[leaf]
            && node.anchor.is_none()
            && !node.is_pool
            && !covered
            && !covers.contains(node.id.as_str())
    };
    let mut rules_at: Keyed<NodeIndex, Vec<(LoadIndex, i64, i64)>> = tree.nodes.map(|_| Vec::new());
    for row in problem.rows.rows.iter().filter(|row| row.group.is_none()) {
        rules_at[row.node].push((row.load, row.limits.least, row.limits.most));
    }
    let mut classes = BTreeMap::new();
    for leaf in tree.leaves.keys().iter().filter(|&leaf| free(leaf)) {
        let node = &tree.nodes[tree.leaves[leaf]];
        let allows: Vec<bool> = problem.units.classes.iter().map(|leaves| leaves[leaf]).collect();
        let parent = if across { None } else { node.parent };
        let key = (node.share, node.level, parent, allows, &rules_at[tree.leaves[leaf]]);
        classes.entry(key).or_insert_with(Vec::new).push(leaf);
    }
    let size = |leaves: &Vec<LeafIndex>| leaves.len() > 1 && (!across || leaves.len() <= LEAVES_MATCHED_MAX);
    classes.into_values().filter(size).collect()
}
