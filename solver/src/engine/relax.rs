//! The relaxation of a tier: prices for the bound and for the search, by column generation over few leaves a unit.

use super::clock::Clock;
use super::mip::{Goal, Task, solve};
use super::state::{Model, State};
use crate::bound::{Prices, prove, reduced_costs};
use std::time::Duration;

/// Columns of one linear program, at most; beyond it the bound rests on units alone.
const COLUMNS_MAX: usize = 120_000;
/// Leaves a unit starts with.
const LEAVES_FIRST: usize = 6;
/// Rounds of adding columns that the prices ask for.
const ROUNDS_MAX: usize = 6;

/// What the relaxation gives.
pub(crate) struct Relaxation {
    /// Repaired; prove the bound.
    pub prices: Prices,
    pub bound: f64,
    /// Leaf with the largest part for each unit; `None` when HiGHS had no answer.
    pub rounded: Option<Vec<usize>>,
    /// Price-corrected costs, units × leaves.
    pub reduced: Vec<f64>,
}

/// Solves the relaxation of `tier` with the earlier tiers held to `limits`.
pub(crate) fn relax(
    model: &Model,
    state: &State,
    tier: usize,
    limits: &[f64],
    limit: Duration,
    clock: &Clock,
) -> Relaxation {
    let problem = model.problem;
    let mut best = without_prices(model, tier, limits);
    let mut free = first_leaves(model, state, tier);
    for _ in 0..ROUNDS_MAX {
        let columns: usize = free.iter().map(|(_, l)| l.len()).sum();
        if columns > COLUMNS_MAX || clock.is_over() {
            break;
        }
        let task = Task { goal: Goal::Tier(tier), limits, free: &free, relaxed: true, limit, nodes: None, gap: 0.0 };
        let Some(answer) = solve(model, state, &task, clock) else { break };
        let Some(prices) = answer.prices else { break };
        let prices = prices.repaired(problem, tier);
        let bound = prove(problem, model.costs, tier, &prices, limits);
        let reduced = reduced_costs(problem, model.costs, tier, &prices);
        let missing = add_missing(model, &reduced, &mut free);
        if bound > best.bound || best.rounded.is_none() {
            best = Relaxation { prices, bound: bound.max(best.bound), rounded: answer.leaves, reduced };
        }
        if missing == 0 {
            break;
        }
    }
    best
}

fn without_prices(model: &Model, tier: usize, limits: &[f64]) -> Relaxation {
    let prices = Prices::none(model.problem, tier);
    let bound = prove(model.problem, model.costs, tier, &prices, limits);
    let reduced = reduced_costs(model.problem, model.costs, tier, &prices);
    Relaxation { prices, bound, rounded: None, reduced }
}

/// The cheapest leaves of each unit and where it is now; all leaves when the tier has no cost to tell them apart.
fn first_leaves(model: &Model, state: &State, tier: usize) -> Vec<(usize, Vec<usize>)> {
    (0..model.units)
        .map(|unit| {
            let mut leaves: Vec<usize> = (0..model.leaves).filter(|&l| model.problem.units.allows(unit, l)).collect();
            if model.costs.has(tier) {
                leaves.sort_by(|&a, &b| {
                    model.costs.at(tier, unit, a).total_cmp(&model.costs.at(tier, unit, b)).then(a.cmp(&b))
                });
                leaves.truncate(LEAVES_FIRST);
                if !leaves.contains(&state.leaf_of[unit]) {
                    leaves.push(state.leaf_of[unit]);
                }
                leaves.sort_unstable();
            }
            (unit, leaves)
        })
        .collect()
}

/// Adds, for each unit, the leaves that are cheaper at these prices than all it has. Returns how many.
fn add_missing(model: &Model, reduced: &[f64], free: &mut [(usize, Vec<usize>)]) -> usize {
    let mut added = 0;
    for (unit, leaves) in free {
        let row = &reduced[*unit * model.leaves..(*unit + 1) * model.leaves];
        let has = leaves.iter().map(|&l| row[l]).fold(f64::INFINITY, f64::min);
        let missing: Vec<usize> =
            (0..model.leaves).filter(|l| row[*l] < has - 1e-9 * has.abs() && !leaves.contains(l)).collect();
        added += missing.len();
        leaves.extend(missing);
        leaves.sort_unstable();
    }
    added
}
