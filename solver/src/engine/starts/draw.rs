//! Anchors found: seeded starts, each priced and re-centred in turn on a sample of the book; the best goes on with a
//! larger one.
//!
//! A round solves the relaxation for the anchors at hand and moves every anchor to the centre of what its node then
//! holds (Lloyd 1982, with the assignment step of a balanced clustering; Brieden, Gritzmann & Klemm 2017). Unlike
//! k-means it knows every band of every level, so anchors settle where balanced territories are.

use crate::engine::clock::Clock;
use crate::engine::relax::ascent;
use crate::engine::relax::price::{Ended, price};
use crate::engine::starts::anchors::{find, is_given, leaves_are_given, recentred};
use crate::engine::starts::draw_large::draw_large;
use crate::engine::starts::first::compact;
use crate::engine::starts::sample::Sample;
use crate::index::{Keyed, LeafIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use rayon::prelude::*;

/// Starts drawn for a whole book.
pub(crate) const STARTS: u64 = 8;
/// Starts drawn for a whole book that has other plans to start from.
pub(crate) const STARTS_BESIDE: u64 = 2;
/// Starts drawn for a part of a book: there are many parts.
pub(crate) const STARTS_PART: u64 = 1;
/// Units of the sample that starts are tried on.
const FIRST: usize = 1_000;
/// Units of the sample that the best one goes on with.
const SECOND: usize = 8_000;
/// Rounds in which a start's anchors move, at most.
const ROUNDS: usize = 12;
/// The same where there is one start only, as for a part of a book.
const ROUNDS_PART: usize = 4;
/// Fraction of the value that a round must gain for another one to follow.
const GAIN: f64 = 1e-3;
/// Part of the time for all starts.
const STARTS_PART_OF_TIME: f64 = 0.1;
/// Part of the time for the second sample.
const PART: f64 = 0.06;

/// What a relaxation is worth, and where it puts the units.
type Relaxed = (f64, Keyed<UnitIndex, LeafIndex>);

/// Anchors of nodes, and what the relaxation of the first tier that counts distances is worth at them.
pub(super) struct Drawn {
    pub value: f64,
    pub anchors: Anchors,
    /// Where the relaxation puts the units; `None`: none was solved.
    pub leaf_of: Option<Keyed<UnitIndex, LeafIndex>>,
}

/// An anchor for each node but the root: the given one, else the best found from so many starts; `None` for all when
/// no account has a place.
pub(crate) fn draw(problem: &Problem, starts: u64, clock: &Clock) -> Anchors {
    let first = find(problem, 0);
    if leaves_are_given(problem) || is_given(problem) || compact(problem).is_none() || first.iter().all(Option::is_none)
    {
        return first;
    }
    let rounds = if starts > 1 { ROUNDS } else { ROUNDS_PART };
    if ascent::is_due(problem) {
        return draw_large(problem, first, clock);
    }
    let part = Sample::of(problem, FIRST, &first, clock);
    // Where time counts, as many run side by side as there are threads.
    let alone =
        if clock.is_counted() { starts as f64 } else { (starts as f64 / problem.options.threads as f64).max(1.0) };
    let clocks: Vec<Clock> = (0..starts).map(|_| clock.slice(STARTS_PART_OF_TIME / alone)).collect();
    let start = |(salt, clock): (usize, &Clock)| {
        let anchors = if salt == 0 { first.clone() } else { find(problem, salt as u64) };
        settled_on(&part, anchors, rounds, clock)
    };
    let drawn: Vec<Drawn> = clocks.par_iter().enumerate().map(start).collect();
    clocks.iter().for_each(|part| clock.absorb(part));
    let best = drawn.into_iter().reduce(|a, b| if b.value < a.value { b } else { a });
    let anchors = best.map_or(first, |b| b.anchors);
    if problem.units.count() <= FIRST {
        return anchors;
    }
    let second = clock.slice(PART);
    let drawn = settled_on(&Sample::of(problem, SECOND, &anchors, &second), anchors, rounds, &second);
    clock.absorb(&second);
    drawn.anchors
}

/// What the relaxation of the first tier that counts distances is worth at each of these anchors, on a sample; infinite where
/// it was not solved in time.
pub(crate) fn worth(problem: &Problem, candidates: &[&Anchors], clock: &Clock) -> Vec<f64> {
    let Some(first) = candidates.first() else { return Vec::new() };
    let part = Sample::of(problem, SECOND, first, clock);
    let clock_of = |_| clock.slice(PART);
    let clocks: Vec<Clock> = candidates.iter().map(clock_of).collect();
    let worth = |(anchors, clock): (&&Anchors, &Clock)| {
        relaxed_on(&part, anchors, clock).map_or(f64::INFINITY, |(value, _)| value)
    };
    let worth = candidates.par_iter().zip(&clocks).map(worth).collect();
    clocks.iter().for_each(|part| clock.absorb(part));
    worth
}

/// Prices and re-centres in turn while that gains.
fn settled_on(sample: &Sample, anchors: Anchors, rounds: usize, clock: &Clock) -> Drawn {
    settle_by(&sample.part, anchors, rounds, clock, &|anchors| relaxed_on(sample, anchors, clock))
}

/// What the relaxation of the tier is worth on a sample, and where it puts the units. `None` where the relaxation failed or has
/// no solution there, or the clock ran out.
fn relaxed_on(sample: &Sample, anchors: &Anchors, clock: &Clock) -> Option<Relaxed> {
    let costs = Costs::of(&sample.part, anchors);
    relaxed_in(&sample.part, &costs, &Frame::of(&sample.part, &costs, sample.tier, &sample.limits), clock)
}

/// The same of the whole book, with the tiers before `tier` within `limits`.
pub(super) fn settled_within(
    problem: &Problem,
    anchors: Anchors,
    (tier, limits): (TierIndex, &Keyed<TierIndex, f64>),
    clock: &Clock,
) -> Drawn {
    let relaxed = |anchors: &Anchors| {
        let costs = Costs::of(problem, anchors);
        relaxed_in(problem, &costs, &Frame::of(problem, &costs, tier, limits), clock)
    };
    settle_by(problem, anchors, ROUNDS, clock, &relaxed)
}

fn settle_by(
    problem: &Problem,
    anchors: Anchors,
    rounds: usize,
    clock: &Clock,
    relaxed: &dyn Fn(&Anchors) -> Option<Relaxed>,
) -> Drawn {
    let mut best = Drawn { value: f64::INFINITY, anchors: anchors.clone(), leaf_of: None };
    let mut anchors = anchors;
    for _ in 0..rounds {
        let Some((value, leaf_of)) = relaxed(&anchors) else { break };
        let gains = value < best.value * (1.0 - GAIN);
        if value < best.value {
            best = Drawn { value, anchors: anchors.clone(), leaf_of: Some(leaf_of.clone()) };
        }
        if !gains || clock.is_over() {
            break;
        }
        anchors = recentred(problem, &leaf_of, &anchors);
    }
    best
}

/// What the relaxation of the frame's tier is worth, and where it puts the units. `None` where the relaxation failed or has
/// no solution, or the clock ran out.
fn relaxed_in(problem: &Problem, costs: &Costs, frame: &Frame, clock: &Clock) -> Option<Relaxed> {
    let priced = price(problem, costs, frame, clock);
    let value = frame.prove(problem, costs, &priced.prices);
    (value.is_finite() && priced.ended != Ended::Failed && !clock.is_over()).then_some((value, priced.leaf_of))
}
