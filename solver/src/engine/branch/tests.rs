//! Branches that are cut short, held to branches that are not.

use super::{BATCH, Branching};
use crate::engine::clock::Clock;
use crate::engine::relax::lp::Lp;
use crate::engine::relax::simplex::tests::books;
use crate::engine::relax::simplex::{End, Simplex};
use crate::engine::starts::anchors;
use crate::index::{Keyed, TierIndex};
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const BOOKS: u64 = 120;
/// Trees larger than this are left: they say nothing that small ones do not.
const SLICES_MAX: usize = 400;

/// Explores to the end in slices of this many iterations; gives the bound, if it came to an end.
fn explored(lp: &Arc<Lp>, iterations: f64) -> Option<f64> {
    let mut simplex = Simplex::new(lp);
    if simplex.solve(f64::INFINITY, 20_000) != End::Optimal {
        return None;
    }
    let mut branching = Branching::new(lp, &simplex.basis(), Vec::new());
    let stop = AtomicBool::new(false);
    let work = (lp.effort() * iterations).ceil() as u64;
    for _ in 0..SLICES_MAX {
        if branching.is_over() {
            return Some(branching.bound());
        }
        let clock = Clock::new(Instant::now() + Duration::from_secs(600), &stop, Some(u64::MAX), 0);
        branching.explore(f64::INFINITY, &clock, work, || false);
        // A batch counts each node's last iteration in full.
        let most = work + BATCH as u64 * (lp.effort().ceil() as u64 + 1);
        assert!(clock.used() <= most, "{} of {work} work units", clock.used());
    }
    None
}

#[test]
fn slices_keep_to_their_work_and_reach_the_same_bound() {
    let (mut same, mut splits) = (0, 0);
    for seed in 0..BOOKS {
        let Ok(problem) = Problem::of(books::random(seed)) else { continue };
        if problem.units.is_any_shut_out() || problem.units.count() > 10 {
            continue;
        }
        let costs = Costs::of(&problem, &anchors::find(&problem, 0));
        let frame = Frame::of(&problem, &costs, TierIndex::FIRST, &Keyed::new());
        let lp = Arc::new(Lp::whole(&problem, &costs, &frame));
        let (Some(long), Some(short)) = (explored(&lp, 1e6), explored(&lp, 25.0)) else { continue };
        let near = 1e-6 * long.abs() + 1e-9 * lp.units.len() as f64 * lp.usual + 1e-9;
        assert!((long - short).abs() <= near, "seed {seed}: {long} at once, {short} in slices");
        same += 1;
        let mut root = Simplex::new(&lp);
        root.solve(f64::INFINITY, 20_000);
        splits += usize::from(long > root.bound() + near);
    }
    assert!(same >= 15 && splits >= 5, "too few to tell: {same} trees, {splits} of them raised the bound");
}
