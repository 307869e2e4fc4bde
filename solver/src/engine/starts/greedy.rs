//! A first plan, always in hand: largest units first, each to the leaf that is emptiest and nearest.

use crate::index::{AccountIndex, Keyed, LeafIndex, LoadIndex, MeasureIndex, NodeIndex, Number, UnitIndex};
use crate::problem::Problem;
use crate::score::{Model, State};

/// Weight of fullness beside the guide.
const FULLNESS: f64 = 4.0;

/// Greedy in descending size (longest processing time first, Graham 1969), with fullness measured over all balanced
/// loads. `guide` is units × leaves or empty.
pub(crate) fn greedy(model: &Model, guide: &[f64]) -> State {
    let problem = model.problem;
    let loads = balanced_loads(model);
    let share = |unit: UnitIndex, load: LoadIndex| {
        model.amount(unit, load) as f64 / (problem.rows.loads[load].total as f64).max(1.0)
    };
    let size = |unit: UnitIndex| loads.iter().map(|&l| share(unit, l)).fold(0.0, f64::max);
    let mut order: Vec<UnitIndex> = model.all_units().iter().collect();
    let sizes: Keyed<UnitIndex, f64> = order.iter().map(|&u| size(u)).collect();
    order.sort_by(|&a, &b| sizes[b].total_cmp(&sizes[a]).then(a.cmp(&b)));
    let tree = &problem.tree;
    let parts = tree.leaves.map(|&node| tree.nodes[node].share as f64 / tree.whole_share() as f64);
    let mean = guide.iter().filter(|c| c.is_finite()).map(|c| c.abs()).sum::<f64>() / guide.len().max(1) as f64;
    let mut filled = vec![0.0; model.leaves * loads.len()];
    let mut leaf_of = sizes.map(|_| LeafIndex::new(0));
    for unit in order {
        let mut best = (f64::INFINITY, LeafIndex::new(0));
        for leaf in model.all_leaves().iter().filter(|&l| problem.units.allows(unit, l)) {
            let fullness: f64 = (loads.iter().enumerate())
                .map(|(i, &load)| (filled[leaf.get() * loads.len() + i] + share(unit, load)) / parts[leaf])
                .fold(0.0, f64::max);
            // Who may go elsewhere starts there; rules fill a pool later.
            let fullness = if tree.nodes[tree.leaves[leaf]].is_pool { f64::MAX.sqrt() / FULLNESS } else { fullness };
            let near = if mean > 0.0 { guide[unit.get() * model.leaves + leaf.get()] / mean } else { 0.0 };
            let score = FULLNESS * fullness.powi(2) + near;
            if score < best.0 {
                best = (score, leaf);
            }
        }
        leaf_of[unit] = best.1;
        for (i, &load) in loads.iter().enumerate() {
            filled[best.1.get() * loads.len() + i] += share(unit, load);
        }
    }
    State::new(model, leaf_of)
}

/// Loads with a soft row, or the count of accounts when there is none.
fn balanced_loads(model: &Model) -> Vec<LoadIndex> {
    let rows = &model.problem.rows;
    let mut loads: Vec<LoadIndex> = rows.groups.iter().map(|g| g.load).collect();
    loads.sort_unstable();
    loads.dedup();
    if loads.is_empty() { vec![rows.load_of(MeasureIndex::ACCOUNT_COUNT)] } else { loads }
}

/// Nobody moves: each unit where its first owned account is.
pub(crate) fn at_owners(problem: &Problem) -> Keyed<UnitIndex, LeafIndex> {
    placed(problem, |account| problem.accounts.owners[account])
}

/// The plan that the request starts from, if it has one; who is not in it is where nobody moves.
pub(crate) fn as_given(problem: &Problem) -> Option<Keyed<UnitIndex, LeafIndex>> {
    let start = |account: AccountIndex| problem.starts[account].or(problem.accounts.owners[account]);
    (!problem.starts.is_empty()).then(|| placed(problem, start))
}

/// Each unit below the node of its first account that has one, as far as rules over where units go allow it; the others go
/// where the fewest are for the leaf's share.
fn placed(problem: &Problem, node: impl Fn(AccountIndex) -> Option<NodeIndex>) -> Keyed<UnitIndex, LeafIndex> {
    let tree = &problem.tree;
    let allows = |unit, leaf: &LeafIndex| problem.units.allows(unit, *leaf);
    let home = |unit: UnitIndex| {
        let nodes = problem.units.members(unit).iter().filter_map(|&account| node(account));
        nodes.flat_map(|node| tree.nodes[node].leaves).find(|leaf| allows(unit, leaf))
    };
    let homes: Keyed<UnitIndex, Option<LeafIndex>> = problem.units.all().iter().map(home).collect();
    let mut held = tree.leaves.map(|_| 0.0);
    homes.iter().flatten().for_each(|&leaf| held[leaf] += 1.0);
    let emptiest = |unit: UnitIndex, held: &Keyed<LeafIndex, f64>| {
        let open = tree.leaves.keys().iter().filter(|leaf| allows(unit, leaf));
        let fullness = |leaf: LeafIndex| held[leaf] / (tree.nodes[tree.leaves[leaf]].share as f64).max(1.0);
        open.min_by(|&a, &b| fullness(a).total_cmp(&fullness(b))).unwrap_or(LeafIndex::new(0))
    };
    let mut leaf_of = Keyed::new();
    for (unit, home) in homes.pairs() {
        leaf_of.push(home.unwrap_or_else(|| {
            let leaf = emptiest(unit, &held);
            held[leaf] += 1.0;
            leaf
        }));
    }
    leaf_of
}
