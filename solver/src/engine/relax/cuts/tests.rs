//! Programs with cuts, held to what HiGHS says of the same program and to what their prices prove.

use super::strengthened;
use crate::engine::clock::Clock;
use crate::engine::relax::linear::{Relaxed, relax};
use crate::engine::relax::lp::Lp;
use crate::engine::relax::simplex::tests::books;
use crate::engine::relax::simplex::{End, Simplex};
use crate::engine::starts::anchors;
use crate::index::{Keyed, Number};
use crate::problem::Problem;
use crate::proof::bound::{self, Frame};
use crate::proof::costs::Costs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const BOOKS: u64 = 300;
const ITERATIONS: usize = 20_000;
const LONG: Duration = Duration::from_secs(60);

/// Programs with cuts, those with cuts that have an excess beside them, and those whose bound rose.
#[derive(Debug, Default)]
struct Seen {
    cut: usize,
    soft: usize,
    raised: usize,
}

#[test]
fn programs_with_cuts_reach_what_highs_reaches_and_prove_it() {
    let mut seen = Seen::default();
    for seed in 0..BOOKS {
        let Ok(problem) = Problem::of(books::random(seed)) else { continue };
        if !problem.units.is_any_shut_out() {
            go_through(&problem, seed, &mut seen);
        }
    }
    assert!(seen.cut >= 12 && seen.soft >= 8 && seen.raised >= 10, "too few to tell: {seen:?}");
}

/// Every tier with costs, the tiers before it held to a little more than the optimum of their relaxation.
fn go_through(problem: &Problem, seed: u64, seen: &mut Seen) {
    let costs = Costs::of(problem, &anchors::find(problem, 0));
    let mut limits = Keyed::new();
    for tier in problem.tiers.keys() {
        let frame = Frame::of(problem, &costs, tier, &limits);
        let lp = Arc::new(Lp::whole(problem, &costs, &frame));
        let mut simplex = Simplex::new(&lp);
        if simplex.solve(f64::INFINITY, ITERATIONS) != End::Optimal {
            return;
        }
        let root = simplex.bound();
        if costs.has(tier) {
            let what = format!("seed {seed}, tier {}", tier.get());
            cut(problem, &costs, &frame, (&lp, &simplex), &what, seen);
        }
        limits.push(problem.tiers[tier].limit(root.max(0.0) * 1.01 + 0.01 * lp.usual));
    }
}

fn cut(problem: &Problem, costs: &Costs, frame: &Frame, (lp, root): (&Arc<Lp>, &Simplex), what: &str, seen: &mut Seen) {
    let stop = AtomicBool::new(false);
    let clock = Clock::new(Instant::now() + LONG, &stop, Some(u64::MAX), 0);
    let value = root.bound() + 5.0 * lp.usual;
    let Some((lp, basis)) = strengthened(problem, frame, (lp, &root.basis()), value, &clock) else { return };
    let mut simplex = Simplex::new(&lp);
    simplex.load(&basis, &[]);
    assert_eq!(simplex.solve(f64::INFINITY, ITERATIONS), End::Optimal, "{what}");
    let near = 1e-6 * simplex.bound().abs() + 1e-9 * lp.units.len() as f64 * lp.usual + 1e-9;
    if let Some(said) = relax(&lp, LONG) {
        let Relaxed::Optimal { value, .. } = said else { panic!("{what}: HiGHS says {said:?}") };
        assert!((simplex.bound() - value).abs() <= near, "{what}: {}, HiGHS has {value}", simplex.bound());
    }
    let prices = lp.prices(problem, frame.tier, simplex.duals()).repaired(problem, frame.tier);
    let proved = frame.prove(problem, costs, &prices);
    let priced = prices.tiers.iter().zip(&frame.limits);
    let forgiven: f64 = priced.map(|(price, limit)| 2.0 * price * bound::slack(*limit)).sum();
    assert!(proved >= simplex.bound() - near - forgiven, "{what}: proves {proved} of {}", simplex.bound());
    seen.cut += 1;
    seen.soft += usize::from(lp.cuts.list.iter().any(|cut| cut.soft));
    seen.raised += usize::from(simplex.bound() > root.bound() + near);
}
