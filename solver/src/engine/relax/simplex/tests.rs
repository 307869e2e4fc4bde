//! Roots and nodes of hundreds of random books of every shape, held to what HiGHS says of the same program.

pub(in crate::engine) mod books;

use super::{End, Simplex};
use crate::engine::clock::Clock;
use crate::engine::relax::linear::{Relaxed, relax};
use crate::engine::relax::lp::Lp;
use crate::engine::relax::price::{Ended, price};
use crate::engine::starts::anchors;
use crate::index::{Keyed, LeafIndex, LeafSet, Number};
use crate::problem::Problem;
use crate::proof::bound::{self, Frame};
use crate::proof::costs::Costs;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const BOOKS: u64 = 400;
/// Nodes below each root.
const NODES: usize = 2;
const ITERATIONS: usize = 20_000;
/// What values may differ by, as part of them; and what is as good as nothing beside what all units usually cost.
const SAME: f64 = 1e-6;
const UNSEEN: f64 = 1e-9;
/// The last bits of a sum of parts.
const NOTHING: f64 = 1e-9;
const LONG: Duration = Duration::from_secs(60);

/// What was seen.
#[derive(Debug, Default)]
struct Seen {
    roots: usize,
    infeasible_roots: usize,
    nodes: usize,
    infeasible_nodes: usize,
    /// Programs that HiGHS could not tell about.
    unsaid: usize,
}

#[test]
fn relaxations_reach_what_highs_reaches() {
    let mut seen = Seen::default();
    for seed in 0..BOOKS {
        let Ok(problem) = Problem::of(books::random(seed)) else { continue };
        if !problem.units.is_any_shut_out() {
            go_through(&problem, seed, &mut seen);
        }
    }
    assert!(seen.unsaid <= 5, "HiGHS told too little: {seen:?}");
    assert!(seen.roots >= 500 && seen.infeasible_roots >= 30, "too few to tell: {seen:?}");
    assert!(seen.nodes >= 500 && seen.infeasible_nodes >= 30, "too few to tell: {seen:?}");
}

/// Every tier, with the tiers before it held to the optimum of their relaxation and more; now and then to less.
fn go_through(problem: &Problem, seed: u64, seen: &mut Seen) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let costs = Costs::of(problem, &anchors::find(problem, 0));
    let mut limits = Keyed::new();
    for tier in problem.tiers.keys() {
        let what = format!("seed {seed}, tier {}", tier.get());
        let frame = Frame::of(problem, &costs, tier, &limits);
        let lp = Arc::new(Lp::whole(problem, &costs, &frame));
        let value = root(problem, &costs, &frame, &lp, &what, seen);
        nodes(&lp, &mut rng, &what, seen);
        let Some(value) = value else { return };
        let given = [0.0, 1e-6, 0.1][rng.random_range(0..3_usize)];
        limits.push(match rng.random_range(0..10_u32) {
            0 => problem.tiers[tier].limit(value * 0.9 - 1e-4),
            _ => problem.tiers[tier].limit(value.max(0.0) * (1.0 + given + 1e-5) + given * lp.usual),
        });
    }
}

fn root(problem: &Problem, costs: &Costs, frame: &Frame, lp: &Arc<Lp>, what: &str, seen: &mut Seen) -> Option<f64> {
    let stop = AtomicBool::new(false);
    let clock = Clock::new(Instant::now() + LONG, &stop, Some(u64::MAX), 0);
    let priced = price(problem, costs, frame, &clock);
    let counts = clock.relaxations().total();
    assert_eq!((counts.solved, counts.failed, counts.by_highs), (1, 0, 0), "{what}: the simplex failed");
    let proved = frame.prove(problem, costs, &priced.prices);
    seen.roots += 1;
    let Some(said) = relax(lp, LONG) else {
        seen.unsaid += 1;
        return None;
    };
    match said {
        Relaxed::Infeasible => {
            seen.infeasible_roots += 1;
            assert_eq!(priced.ended, Ended::Infeasible, "{what}: HiGHS says that it is infeasible");
            None
        }
        Relaxed::Optimal { value, .. } => {
            assert_eq!(priced.ended, Ended::Solved, "{what}: HiGHS has {value}");
            let mut simplex = Simplex::new(lp);
            assert_eq!(simplex.solve(f64::INFINITY, ITERATIONS), End::Optimal, "{what}");
            assert_same(lp, simplex.bound(), value, what);
            assert_same(lp, simplex.cost_of_basis(), value, what);
            // What the proof forgives limits, at their prices.
            let priced = priced.prices.tiers.iter().zip(&frame.limits);
            let forgiven: f64 = priced.map(|(price, limit)| 2.0 * price * bound::slack(*limit)).sum();
            assert!(proved >= value - near(lp, value) - forgiven, "{what}: proves {proved} of {value}");
            Some(value)
        }
    }
}

/// Units narrowed to some of their leaves, one after the other.
fn nodes(lp: &Arc<Lp>, rng: &mut ChaCha8Rng, what: &str, seen: &mut Seen) {
    let mut parent = Simplex::new(lp);
    if parent.solve(f64::INFINITY, ITERATIONS) != End::Optimal {
        return;
    }
    let mut closed: Vec<(usize, LeafSet)> = Vec::new();
    for node in 0..NODES {
        let fractions = parent.fractions();
        let (unit, leaf) = match fractions.get(rng.random_range(0..fractions.len().max(1))) {
            Some((unit, parts)) => (*unit, parts[rng.random_range(0..parts.len())].0),
            None => (rng.random_range(0..lp.units.len()) as u32, rng.random_range(0..lp.leaves) as u32),
        };
        let one: LeafSet = std::iter::once(LeafIndex::new(leaf as usize)).collect();
        let open = if rng.random_bool(0.5) { one } else { one.complement() };
        closed.push((unit as usize, open.complement()));
        let mut child = Simplex::new(lp);
        child.go_to(&parent);
        child.narrow(unit, &open);
        let end = child.solve(f64::INFINITY, ITERATIONS);
        seen.nodes += 1;
        let Some(said) = relax(&Arc::new(narrowed(lp, &closed)), LONG) else {
            seen.unsaid += 1;
            return;
        };
        match said {
            Relaxed::Infeasible => {
                seen.infeasible_nodes += 1;
                assert_eq!(end, End::Cut, "{what}, node {node}: HiGHS says that it is infeasible");
                return;
            }
            Relaxed::Optimal { value, .. } => {
                assert_eq!(end, End::Optimal, "{what}, node {node}: HiGHS has {value}");
                assert_same(lp, child.bound(), value, &format!("{what}, node {node}"));
            }
        }
        parent = child;
    }
}

/// The program without the leaves that are closed to units.
fn narrowed(lp: &Lp, closed: &[(usize, LeafSet)]) -> Lp {
    let mut lp = lp.clone();
    for (unit, leaves) in closed {
        for leaf in (0..lp.leaves).filter(|l| leaves.contains(LeafIndex::new(*l))) {
            lp.cost[unit * lp.leaves + leaf] = f64::INFINITY;
        }
    }
    lp
}

fn near(lp: &Lp, value: f64) -> f64 {
    SAME * value.abs() + UNSEEN * lp.units.len() as f64 * lp.usual + NOTHING
}

fn assert_same(lp: &Lp, reached: f64, value: f64, what: &str) {
    assert!((reached - value).abs() <= near(lp, value), "{what}: {reached}, HiGHS has {value}");
}
