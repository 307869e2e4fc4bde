//! Fix-and-optimise: free some units, solve that part exactly, search around the result.

use crate::engine::context::Context;
use crate::engine::search::mip::{Goal, Task, solve};
use crate::index::{Keyed, LeafIndex, Number, RowIndex, UnitIndex};
use crate::problem::rows::Group;
use crate::score::State;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// Longest solve of one sub-problem.
const SOLVE_LIMIT: Duration = Duration::from_secs(2);
/// Units times leaves of a book that is freed whole now and then.
const WHOLE_CELLS: usize = 2_000;
/// Every so many sub-problems of such a book are all of it.
const WHOLE_EVERY: u64 = 4;
/// How many times as long as the one before each of those is solved, at most.
const WHOLE_GROWTH: f64 = 1.5;
/// How many times as long as a sub-problem it is solved at most.
const WHOLE_MOST: f64 = 10.0;
/// Branch-and-bound nodes of a sub-problem when work is counted.
const SOLVE_NODES: i32 = 300;
/// The least of them, however little work is left.
const SOLVE_NODES_MIN: f64 = 10.0;
/// Work units of such a node, about, times the sub-problems that are solved side by side.
const NODE_WORK: f64 = 8_000.0;

/// Frees about `size` units, solves that part, and searches around the result. Tells whether the part was solved to
/// its optimum. `reduced` are price-corrected costs, units × leaves.
pub(crate) fn free_and_solve(
    context: &Context,
    reduced: &[f64],
    state: &State,
    size: usize,
    number: u64,
) -> (Option<State>, bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(context.seed(100 + number));
    let cells = context.model.units * context.model.leaves;
    let whole = cells <= WHOLE_CELLS && number.is_multiple_of(WHOLE_EVERY);
    let free = if whole { everything(context) } else { choose(context, reduced, state, size, &mut rng) };
    if free.is_empty() {
        // No unit may change between the leaves drawn: as it stands that part is the best there is.
        return (None, true);
    }
    let times = if whole { WHOLE_GROWTH.powf((number / WHOLE_EVERY) as f64).min(WHOLE_MOST) } else { 1.0 };
    // What is left does for so many nodes: a call cannot be ended by what it has counted.
    let most = (context.clock.left_work() as f64 / NODE_WORK).max(SOLVE_NODES_MIN);
    let nodes = context.clock.is_counted().then_some((f64::from(SOLVE_NODES) * times).min(most) as i32);
    let left = context.clock.left();
    let limit = if context.clock.is_counted() { left } else { SOLVE_LIMIT.mul_f64(times).min(left) };
    let task = Task { goal: Goal::Tier(context.tier), limits: context.limits, free: &free, limit, nodes, gap: 1e-6 };
    let Some(answer) = solve(context.model, state, &task, context.clock) else { return (None, false) };
    let next = answer.leaves.map(|leaves| {
        let mut leaf_of = state.leaf_of.clone();
        free.iter().zip(leaves).for_each(|((unit, _), leaf)| leaf_of[*unit] = leaf);
        State::new(context.model, leaf_of)
    });
    let next = next
        .filter(|n| n.leaf_of != state.leaf_of)
        .map(|n| if n.is_within(context.model, context.limits) { context.search(n, reduced, number) } else { n });
    (next, answer.optimal)
}

/// Every unit, with all leaves it may go to.
fn everything(context: &Context) -> Vec<(UnitIndex, Vec<LeafIndex>)> {
    let model = context.model;
    let to = |unit| model.all_leaves().iter().filter(|&leaf| context.problem().units.allows(unit, leaf)).collect();
    model.all_units().iter().map(|unit| (unit, to(unit))).collect()
}

/// Candidate leaves kept for a freed unit.
const LEAVES_KEPT: usize = 4;

/// Units to free, with the leaves they may take: near-tied ones everywhere, or all kinds between a few leaves.
fn choose(
    context: &Context,
    reduced: &[f64],
    state: &State,
    size: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<(UnitIndex, Vec<LeafIndex>)> {
    let leaves = context.model.leaves;
    let everywhere = context.model.costs.has(context.tier) && (leaves <= 2 || rng.random_bool(0.5));
    let among: Vec<LeafIndex> = match everywhere {
        true => context.model.all_leaves().iter().collect(),
        false => few_leaves(context, reduced, state, rng),
    };
    let mut tied: Vec<(f64, UnitIndex)> = Vec::new();
    for unit in context.model.all_units().iter().filter(|&u| among.contains(&state.leaf_of[u])) {
        let row = &reduced[unit.get() * leaves..][..leaves];
        let stays = state.leaf_of[unit];
        let next = among.iter().filter(|&&l| l != stays).map(|&l| row[l.get()]).fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            tied.push((next - row[stays.get()], unit));
        }
    }
    // Least regret first; among the nearest few times `size`, chance decides.
    tied.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let pool =
        if context.model.costs.has(context.tier) { size * (1 + rng.random_range(0..3_usize)) } else { tied.len() };
    tied.truncate(pool.max(size));
    tied.shuffle(rng);
    tied.truncate(size);
    let mut free: Vec<(UnitIndex, Vec<LeafIndex>)> = (tied.into_iter())
        .map(|(_, unit)| {
            let row = &reduced[unit.get() * leaves..][..leaves];
            let mut to: Vec<LeafIndex> = among.iter().copied().filter(|&l| row[l.get()].is_finite()).collect();
            to.sort_by(|&a, &b| row[a.get()].total_cmp(&row[b.get()]).then(a.cmp(&b)));
            to.truncate(LEAVES_KEPT);
            if !to.contains(&state.leaf_of[unit]) {
                to.push(state.leaf_of[unit]);
            }
            to.sort_unstable();
            (unit, to)
        })
        .collect();
    free.sort_unstable();
    free
}

/// Leaves that a leaf's neighbours are drawn from: the nearest in price.
const NEIGHBOURS: usize = 5;
/// Cheapest exchanges that tell how near two leaves are.
const NEAREST: usize = 8;

/// Two to four neighbouring leaves; for a balance tier one of them holds a worst excess.
fn few_leaves(context: &Context, reduced: &[f64], state: &State, rng: &mut ChaCha8Rng) -> Vec<LeafIndex> {
    let problem = context.problem();
    let (of, largest) = problem.bands_of(context.tier);
    let of_group = |g: &Group| {
        let outside = g.rows.iter().map(|r| (crate::score::excess(problem, r, state.rows[r]), r));
        let mut outside: Vec<(f64, RowIndex)> = outside.filter(|(e, _)| *e > 0.0).collect();
        outside.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        // What the steps before add up is held.
        outside.into_iter().nth(largest - 1)
    };
    let groups = problem.rows.groups.iter().filter(|g| g.tier == of);
    let worst = groups.filter_map(of_group).max_by(|a, b| a.0.total_cmp(&b.0));
    let one = match worst {
        Some((_, row)) => problem.tree.nodes[problem.rows.rows[row].node].leaves,
        None => context.model.all_leaves(),
    };
    let one = LeafIndex::new(rng.random_range(one.places()));
    let mut others: Vec<LeafIndex> = context.model.all_leaves().iter().filter(|&l| l != one).collect();
    others.shuffle(rng);
    if context.model.costs.has(context.tier) {
        let far = |l| regret_between(context, reduced, state, one, l);
        let far: Keyed<LeafIndex, f64> = context.model.all_leaves().iter().map(far).collect();
        others.sort_by(|&a, &b| far[a].total_cmp(&far[b]));
        others.truncate(NEIGHBOURS);
        others.shuffle(rng);
    }
    others.truncate(rng.random_range(1..=3_usize));
    others.push(one);
    others.sort_unstable();
    others
}

/// Sum of the least regrets of units that would change between two leaves.
fn regret_between(context: &Context, reduced: &[f64], state: &State, a: LeafIndex, b: LeafIndex) -> f64 {
    let leaves = context.model.leaves;
    let mut regrets: Vec<f64> = (state.leaf_of.pairs())
        .filter(|(_, l)| **l == a || **l == b)
        .map(|(u, &l)| {
            reduced[u.get() * leaves + if l == a { b } else { a }.get()] - reduced[u.get() * leaves + l.get()]
        })
        .collect();
    regrets.sort_by(f64::total_cmp);
    regrets.iter().take(NEAREST).sum()
}
