//! A sample of a book, to find anchors on.

use crate::engine::clock::Clock;
use crate::engine::relax::ascent;
use crate::engine::relax::price::price;
use crate::engine::starts::first::compact;
use crate::index::{Keyed, NodeIndex, Span, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::part::{Cut, Limits};
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Part of the time for what the tiers before the first that counts distances are worth on it.
const PART: f64 = 0.06;

/// Units that stand for all.
pub(super) struct Sample {
    pub part: Problem,
    /// The first tier that counts distances.
    pub tier: TierIndex,
    /// What the tiers before it are held to: their floors, and what relaxations of their costs are worth, which know of no
    /// anchors.
    pub limits: Keyed<TierIndex, f64>,
}

impl Sample {
    pub fn of(problem: &Problem, size: usize, anchors: &Anchors, clock: &Clock) -> Sample {
        let mut units: Vec<UnitIndex> = problem.units.all().iter().collect();
        units.shuffle(&mut ChaCha8Rng::seed_from_u64(problem.options.seed));
        units.truncate(size);
        units.sort_unstable();
        let part = problem.part(&Cut::below(&problem.tree, NodeIndex::ROOT), &units, Limits::Proportional);
        let tier = compact(&part).unwrap_or(TierIndex::FIRST);
        let by_ascent = ascent::is_due(problem);
        let costs = if by_ascent { Costs::looked_up(&part, anchors) } else { Costs::of(&part, anchors) };
        let mut limits = Keyed::new();
        let slice = clock.slice(PART);
        for t in (Span { start: TierIndex::FIRST, end: tier }) {
            let frame = Frame::of(&part, &costs, t, &limits);
            let floor = frame.floor(&part);
            let worth = if costs.has(t) && !by_ascent {
                frame.prove(&part, &costs, &price(&part, &costs, &frame, &slice).prices).max(floor)
            } else {
                floor
            };
            limits.push(part.tiers[t].limit(worth));
        }
        clock.absorb(&slice);
        Sample { part, tier, limits }
    }
}
