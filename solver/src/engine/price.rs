//! Prices for books of any size: exact relaxations of growing samples, each over the units that are near-tied at the
//! prices before.
//!
//! Only units whose two cheapest leaves are close can change sides when prices move a little, and the larger a
//! sample, the less they move: a core of the order of the square root of the units is enough. A core is solved to
//! its optimum from the basis of the one before; on the last sample, which is everything, units left out that would
//! go elsewhere at the new prices join it until none is left that matters.

use super::clock::Clock;
use super::lp::{Lp, Sample};
use super::simplex::{Basis, Simplex};
use crate::bound::{Frame, Pricer, Prices};
use crate::costs::Costs;
use crate::problem::Problem;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Units of the first sample, and how samples grow.
const FIRST: usize = 2_000;
const GROWTH: usize = 8;
/// Books up to this size are solved as they are.
const WHOLE: usize = 5_000;
/// Units in a core, times the square root of what the prices rest on, as part of the sample.
const CORE: f64 = 10.0;
/// Least units in a core.
const CORE_MIN: usize = 2_000;
/// Rounds of growing the last core.
const ROUNDS: usize = 8;
/// Iterations of one core.
const ITERATIONS: usize = 20_000;
/// What the core's value may be above the bound, as part of it.
const NEAR: f64 = 1e-7;

/// A relaxation, solved or nearly so.
pub(crate) struct Priced {
    /// Repaired.
    pub prices: Prices,
    /// The last core, with where it was solved.
    pub lp: Lp,
    pub basis: Basis,
    /// Leaf of every unit: the largest part of those that are split.
    pub leaf_of: Vec<usize>,
}

/// Solves the relaxation of the frame's tier.
pub(crate) fn price(problem: &Problem, costs: &Costs, frame: &Frame, clock: &Clock) -> Priced {
    let count = problem.units.count();
    if count <= WHOLE {
        let lp = Lp::whole(problem, costs, frame);
        let (duals, basis, rounded) = solve(&lp, None, clock);
        let prices = lp.prices(problem, frame.tier, &duals).repaired(problem, frame.tier);
        return Priced { prices, lp, basis, leaf_of: rounded };
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(problem.options.seed));
    let mut size = FIRST;
    let first = Sample { units: order[..size].to_vec(), leaf_of: vec![0; count] };
    let mut lp = Lp::of(problem, costs, frame, first.units.clone(), &first);
    let (mut duals, mut basis, _) = solve(&lp, None, clock);
    let mut sample = first;
    loop {
        let before = size;
        size = if size * GROWTH * 2 > count { count } else { size * GROWTH };
        let last = size == count;
        sample.units = if last { (0..count).collect() } else { order[..size].to_vec() };
        let mut core_size = ((size as f64 * (CORE / (before as f64).sqrt()).min(1.0)) as usize).max(CORE_MIN);
        let mut core: Vec<usize> = Vec::new();
        for round in 0..if last { ROUNDS } else { 1 } {
            let prices = lp.prices(problem, frame.tier, &duals).repaired(problem, frame.tier);
            let pricer = Pricer::new(problem, costs, frame.tier, &prices);
            let ties = ties(&pricer, problem, &sample.units);
            clock.work((size * problem.tree.leaves.len() / 50) as u64);
            if round > 0 {
                // What moved though it was left out shows how far prices still go.
                let changed = ties.iter().zip(&sample.units).filter(|(t, u)| t.leaf as usize != sample.leaf_of[**u]);
                let joins: Vec<usize> = changed.map(|(_, &u)| u).collect();
                let value = value_of(&lp, &basis, &duals);
                let bound = frame.prove(problem, costs, &prices);
                if value - bound <= NEAR * value.abs() || clock.is_over() {
                    break;
                }
                core_size = core_size / 2 + 4 * joins.len();
                core.extend(joins);
            }
            for (tie, &unit) in ties.iter().zip(&sample.units) {
                sample.leaf_of[unit] = tie.leaf as usize;
            }
            core.extend(nearest(&ties, &sample.units, core_size));
            core.extend(basis.units().map(|u| lp.units[u]));
            core.sort_unstable();
            core.dedup();
            eprintln!("{:?} stage {size} round {round} core {} iterations so far", clock.elapsed(), core.len());
            let next = Lp::of(problem, costs, frame, core.clone(), &sample);
            let from = basis.moved(|u| next.units.binary_search(&lp.units[u]).expect("basic units are in the core"));
            let (next_duals, next_basis, rounded) = solve(&next, Some(&from), clock);
            (duals, basis) = (next_duals, next_basis);
            for (&unit, leaf) in next.units.iter().zip(rounded) {
                sample.leaf_of[unit] = leaf;
            }
            lp = next;
        }
        if last || clock.is_over() {
            break;
        }
    }
    let prices = lp.prices(problem, frame.tier, &duals).repaired(problem, frame.tier);
    if size < count {
        let pricer = Pricer::new(problem, costs, frame.tier, &prices);
        let all: Vec<usize> = (0..count).collect();
        sample.leaf_of = ties(&pricer, problem, &all).into_iter().map(|t| t.leaf as usize).collect();
    }
    Priced { prices, lp, basis, leaf_of: sample.leaf_of }
}

fn value_of(lp: &Lp, basis: &Basis, duals: &[f64]) -> f64 {
    let _ = duals;
    let mut simplex = Simplex::new(lp);
    simplex.load(basis, &[]);
    simplex.bound()
}

fn solve(lp: &Lp, from: Option<&Basis>, clock: &Clock) -> (Vec<f64>, Basis, Vec<usize>) {
    let mut simplex = Simplex::new(lp);
    if let Some(basis) = from {
        simplex.load(basis, &[]);
    }
    eprintln!("{:?} solve {} units", clock.elapsed(), lp.units.len());
    while simplex.iterations < ITERATIONS as u64 && !clock.is_over() {
        let before = simplex.iterations;
        let end = simplex.solve(f64::INFINITY, 50);
        clock.work(((simplex.iterations - before) as f64 * lp.effort()) as u64 + 1);
        if end != super::simplex::End::Limit {
            break;
        }
    }
    eprintln!("{:?} solved {} it value {}", clock.elapsed(), simplex.iterations, simplex.bound());
    (simplex.duals().to_vec(), simplex.basis(), simplex.rounded())
}

/// A unit's cheapest leaf, and how much more its second cheapest costs.
#[derive(Debug, Clone, Copy)]
struct Tie {
    leaf: u32,
    regret: f32,
}

fn ties(pricer: &Pricer, problem: &Problem, units: &[usize]) -> Vec<Tie> {
    let leaves = problem.tree.leaves.len();
    let tie = |row: &mut Vec<f64>, &unit: &usize| {
        pricer.reduced(unit, row);
        let (mut first, mut second) = ((f64::INFINITY, 0), f64::INFINITY);
        for (l, &q) in row.iter().enumerate() {
            if q < first.0 {
                second = first.0;
                first = (q, l);
            } else if q < second {
                second = q;
            }
        }
        Tie { leaf: first.1 as u32, regret: (second - first.0) as f32 }
    };
    units.par_iter().map_init(|| vec![0.0; leaves], tie).collect()
}

/// The `count` units with the least regret.
fn nearest(ties: &[Tie], units: &[usize], count: usize) -> Vec<usize> {
    let mut by: Vec<(f32, usize)> = ties.iter().zip(units).map(|(t, &u)| (t.regret, u)).collect();
    by.retain(|t| t.0.is_finite());
    if count < by.len() {
        by.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        by.truncate(count);
    }
    by.into_iter().map(|t| t.1).collect()
}
