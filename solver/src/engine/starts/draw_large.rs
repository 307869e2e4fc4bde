//! Anchors found for books whose relaxations are solved by ascent: prices and centres in turn, hot at first and on a
//! sample, then on all units.
//!
//! A round begins at the prices of the one before, and while territories still wander it is not worth more than a few
//! steps: a hot relaxation is nearly balanced, and where it is not the next one mends it.

use crate::engine::clock::Clock;
use crate::engine::relax::ascent::{self, Ascended, Counted, Rise};
use crate::engine::starts::anchors::recentred;
use crate::engine::starts::sample::Sample;
use crate::index::UnitIndex;
use crate::problem::Problem;
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::prices::Prices;

/// Units of the sample for each leaf.
const UNITS_A_LEAF: usize = 30;
/// Units of a sample, at least and at most.
const SAMPLES: (usize, usize) = (8_000, 40_000);
/// Stages: whether on all units and by all rows, the last temperature, rounds at most, and the part of the time left. Of a
/// sample only the smoothest rows are true: the others' few large amounts would pull territories apart.
const STAGES: [(bool, f64, usize, f64); 2] = [(false, 0.15, 24, 0.12), (true, 0.15, 4, 0.15)];
/// Part of what units cost that a round must gain for another one to follow.
const GAIN: f64 = 2e-3;

/// Anchors where prices and centres settle, from `anchors` on.
pub(super) fn draw_large(problem: &Problem, mut anchors: Anchors, clock: &Clock) -> Anchors {
    let units = (UNITS_A_LEAF * problem.tree.leaves.len()).clamp(SAMPLES.0, SAMPLES.1);
    let mut prices: Option<Prices> = None;
    for (all, cold, rounds, part) in STAGES {
        let slice = clock.slice(part);
        let count = if all { problem.units.count() } else { units };
        let sample = Sample::of(problem, count, &anchors, &slice);
        settle(&sample, &mut anchors, &mut prices, (all, cold, rounds), &slice);
        clock.absorb(&slice);
    }
    anchors
}

/// Prices and re-centres in turn while that gains.
fn settle(
    sample: &Sample,
    anchors: &mut Anchors,
    prices: &mut Option<Prices>,
    (all, cold, rounds): (bool, f64, usize),
    clock: &Clock,
) {
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let costs = Costs::looked_up(&sample.part, anchors);
        let frame = Frame::of(&sample.part, &costs, sample.tier, &sample.limits);
        let counted = if all { Counted::All } else { Counted::Smoothest };
        let rise = Rise { from: prices.as_ref().map(|prices| (prices, cold)), cold, all: false, counted };
        let Ascended { prices: next, leaf_of, in_time, .. } = ascent::ascend(&sample.part, &costs, &frame, rise, clock);
        if !in_time {
            break;
        }
        *anchors = recentred(&sample.part, &leaf_of, anchors);
        *prices = Some(next);
        let there = |(unit, leaf): (UnitIndex, &_)| costs.at(sample.tier, unit, *leaf);
        let value: f64 = leaf_of.pairs().map(there).sum();
        if value > best * (1.0 - GAIN) {
            break;
        }
        best = value;
    }
}
