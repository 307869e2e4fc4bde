//! Found anchors, tried elsewhere: one of them at accounts that are far from their own, or all drawn anew; each settled by
//! relaxations of the whole book. What a relaxation is worth is a bound: where it is not below the best plan's value,
//! nothing better is to be had at those anchors.

use crate::engine::clock::Clock;
use crate::engine::starts::anchors::{find, is_given};
use crate::engine::starts::draw::{Drawn, settled_within};
use crate::engine::starts::matching::rematched;
use crate::index::{Keyed, TierIndex};
use crate::problem::Problem;
use crate::problem::tree::Anchors;
use crate::proof::costs::Costs;
use crate::space::Point;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Units of a book whose anchors are tried elsewhere: those of larger ones have the time they need for their plan.
const UNITS_MAX: usize = 3_000;
/// Anchors tried side by side; fixed, so that threads do not change the result.
const SIDE_BY_SIDE: usize = 4;
/// Every so many rounds all anchors are drawn anew.
const ANEW_EVERY: u64 = 3;
/// Rounds without a gain after which nothing more is expected.
pub(crate) const TIRED: usize = 30;
/// Part of the time left in which a plan at other anchors may show its worth.
pub(crate) const PART: f64 = 0.25;
/// Part of the time left for settling one candidate.
const SETTLE_PART: f64 = 0.1;
/// Fraction of the value that a relaxation must be below it to be worth a plan.
const PROMISING: f64 = 1e-4;
/// What tells the salts of these draws from those of the first starts.
const SALT: u64 = 64;

/// Whether anchors were found that may be elsewhere.
pub(crate) fn is_open(problem: &Problem) -> bool {
    let leaves = problem.tree.leaves.len();
    !is_given(problem) && leaves > 1 && problem.tree.stages.len() <= 1 && problem.units.count() <= UNITS_MAX
}

/// Anchors elsewhere, with the names that keep most accounts with their owners, at which the relaxation of tier `tier` is worth less than `value`, the most promising first. Tiers
/// before it keep to `limits`.
pub(crate) fn candidates(
    problem: &Problem,
    anchors: &Anchors,
    tier: TierIndex,
    limits: &Keyed<TierIndex, f64>,
    value: f64,
    round: u64,
    clock: &Clock,
) -> Vec<Anchors> {
    let clocks: Vec<Clock> = (0..SIDE_BY_SIDE).map(|_| clock.slice(SETTLE_PART)).collect();
    let settle = |(lane, clock): (usize, &Clock)| {
        let number = round * SIDE_BY_SIDE as u64 + lane as u64;
        let start = match (round + 1).is_multiple_of(ANEW_EVERY) {
            true => find(problem, SALT + number),
            false => moved(problem, anchors, number),
        };
        settled_within(problem, start, (tier, limits), clock)
    };
    let mut settled: Vec<Drawn> = clocks.par_iter().enumerate().map(settle).collect();
    clocks.iter().for_each(|part| clock.absorb(part));
    settled.retain(|drawn| drawn.value < value * (1.0 - PROMISING));
    settled.sort_by(|a, b| a.value.total_cmp(&b.value));
    let named = |Drawn { anchors, leaf_of, .. }: Drawn| {
        let costs = Costs::of(problem, &anchors);
        let found = leaf_of.and_then(|leaf_of| rematched(problem, &costs, &leaf_of, &anchors));
        found.map_or(anchors, |(_, anchors, _)| anchors)
    };
    settled.into_iter().map(named).collect()
}

/// The anchors with one of a leaf moved to an account, the likelier the farther that is from all of them.
fn moved(problem: &Problem, anchors: &Anchors, number: u64) -> Anchors {
    let mut rng = ChaCha8Rng::seed_from_u64(problem.options.seed ^ (SALT + number) << 32);
    let tree = &problem.tree;
    let free: Vec<_> = tree.leaves.iter().copied().filter(|&n| tree.nodes[n].anchor.is_none()).collect();
    let mut moved = anchors.clone();
    if free.is_empty() {
        return moved;
    }
    let node = free[rng.random_range(0..free.len())];
    let others: Vec<Point> = tree.leaves.iter().filter(|n| **n != node).filter_map(|&n| anchors[n]).collect();
    let far = |(place, counts): (Point, f64)| {
        let near = others.iter().map(|&other| place.distance_km(other)).fold(f64::INFINITY, f64::min);
        (place, if near.is_finite() { counts * near * near } else { counts })
    };
    let accounts = problem.accounts.ids.keys().iter();
    let places: Vec<(Point, f64)> = accounts.filter_map(|account| problem.accounts.located(account)).map(far).collect();
    let mut left = rng.random_range(0.0..1.0) * places.iter().map(|p| p.1).sum::<f64>();
    let drawn = places.iter().find(|(_, far)| {
        left -= far;
        left <= 0.0
    });
    if let Some((place, _)) = drawn.or(places.last()) {
        moved[node] = Some(*place);
    }
    moved
}
