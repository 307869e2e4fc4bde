//! Fix-and-optimise: free some units, solve that part exactly, search around the result.

use super::mip::{Goal, Task, solve};
use super::state::State;
use super::tier::Work;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// Longest solve of one part.
const PART_LIMIT: Duration = Duration::from_secs(2);
/// Branch-and-bound nodes of a part when work is counted.
const PART_NODES: i32 = 300;

/// Frees about `size` units, solves that part, and searches around the result. Tells whether the part was solved to
/// its optimum. `reduced` are price-corrected costs, units × leaves.
pub(crate) fn part(work: &Work, reduced: &[f64], state: &State, size: usize, number: u64) -> (Option<State>, bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(work.seed(100 + number));
    let free = choose(work, reduced, state, size, &mut rng);
    if free.is_empty() {
        // No unit may change between the leaves drawn: as it stands that part is the best there is.
        return (None, true);
    }
    let nodes = work.clock.is_counted().then_some(PART_NODES);
    let left = work.clock.left();
    let limit = if work.clock.is_counted() { left } else { PART_LIMIT.min(left) };
    let task = Task { goal: Goal::Tier(work.tier), limits: work.limits, free: &free, limit, nodes, gap: 1e-6 };
    let Some(answer) = solve(work.model, state, &task, work.clock) else { return (None, false) };
    let next = answer.leaves.map(|leaves| {
        let mut leaf_of = state.leaf_of.clone();
        free.iter().zip(leaves).for_each(|((unit, _), leaf)| leaf_of[*unit] = leaf);
        State::new(work.model, leaf_of)
    });
    let next = next
        .filter(|n| n.leaf_of != state.leaf_of)
        .map(|n| if n.is_within(work.model, work.limits) { work.search(n, reduced, number) } else { n });
    (next, answer.optimal)
}

/// Candidate leaves kept for a freed unit.
const LEAVES_KEPT: usize = 4;

/// Units to free, with the leaves they may take: near-tied ones everywhere, or all kinds between a few leaves.
fn choose(work: &Work, reduced: &[f64], state: &State, size: usize, rng: &mut ChaCha8Rng) -> Vec<(usize, Vec<usize>)> {
    let leaves = work.model.leaves;
    let everywhere = work.model.costs.has(work.tier) && (leaves <= 2 || rng.random_bool(0.5));
    let among: Vec<usize> = if everywhere { (0..leaves).collect() } else { few_leaves(work, reduced, state, rng) };
    let mut tied: Vec<(f64, usize)> = Vec::new();
    for unit in (0..work.model.units).filter(|&u| among.contains(&state.leaf_of[u])) {
        let row = &reduced[unit * leaves..(unit + 1) * leaves];
        let stays = state.leaf_of[unit];
        let next = among.iter().filter(|&&l| l != stays).map(|&l| row[l]).fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            tied.push((next - row[stays], unit));
        }
    }
    // Least regret first; among the nearest few times `size`, chance decides.
    tied.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let pool = if work.model.costs.has(work.tier) { size * (1 + rng.random_range(0..3_usize)) } else { tied.len() };
    tied.truncate(pool.max(size));
    tied.shuffle(rng);
    tied.truncate(size);
    let mut free: Vec<(usize, Vec<usize>)> = (tied.into_iter())
        .map(|(_, unit)| {
            let row = &reduced[unit * leaves..(unit + 1) * leaves];
            let mut to: Vec<usize> = among.iter().copied().filter(|&l| row[l].is_finite()).collect();
            to.sort_by(|&a, &b| row[a].total_cmp(&row[b]).then(a.cmp(&b)));
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
fn few_leaves(work: &Work, reduced: &[f64], state: &State, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let problem = work.problem();
    let worst = (problem.rows.groups.iter().filter(|g| g.tier == work.tier))
        .flat_map(|g| g.rows.clone())
        .map(|r| (super::state::excess(problem, r, state.rows[r]), r))
        .filter(|(e, _)| *e > 0.0)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let one = match worst {
        Some((_, row)) => rng.random_range(problem.tree.nodes[problem.rows.rows[row].node].leaves.clone()),
        None => rng.random_range(0..work.model.leaves),
    };
    let mut others: Vec<usize> = (0..work.model.leaves).filter(|&l| l != one).collect();
    others.shuffle(rng);
    if work.model.costs.has(work.tier) {
        let far: Vec<f64> = (0..work.model.leaves).map(|l| regret_between(work, reduced, state, one, l)).collect();
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
fn regret_between(work: &Work, reduced: &[f64], state: &State, a: usize, b: usize) -> f64 {
    let leaves = work.model.leaves;
    let mut regrets: Vec<f64> = (state.leaf_of.iter().enumerate())
        .filter(|(_, l)| **l == a || **l == b)
        .map(|(u, &l)| reduced[u * leaves + if l == a { b } else { a }] - reduced[u * leaves + l])
        .collect();
    regrets.sort_by(f64::total_cmp);
    regrets.iter().take(NEAREST).sum()
}
