//! Tier by tier: each one's optimum, plus what it gives back, limits the next.

use crate::answer::Nothing;
use crate::answer::Proved;
use crate::engine::clock::Clock;
use crate::engine::context::Context;
use crate::engine::observe::Observer;
use crate::engine::starts::anchors;
use crate::engine::starts::first::{Start, compact, first_plan, guide, moves_anchors};
use crate::engine::starts::matching::rematched;
use crate::engine::tier::solve_tier;
use crate::index::{Keyed, LeafIndex, Number, TierIndex, UnitIndex};
use crate::plan::Limit;
use crate::problem::Problem;
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::score::{Model, State};

/// Part of the time left that a tier may take when others follow.
const TIER_PART: f64 = 0.35;
/// How often found anchors move to the centres of a plan, at most.
const MOVES_MAX: usize = 2;
/// Fraction of the tier's time that a plan may take after which anchors move: the last plan needs most of it.
const MOVE_PART: f64 = 0.25;
/// Fraction of the value that moving anchors must gain to be kept.
const MOVE_GAIN: f64 = 1e-3;

/// How far a problem's tiers have been worked on.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    pub anchors: Anchors,
    pub costs: Costs,
    /// Leaf of each unit.
    pub leaf_of: Keyed<UnitIndex, LeafIndex>,
    /// What is proved of each tier so far.
    pub proved: Keyed<TierIndex, Proved>,
    /// What each of them is held to.
    pub limits: Keyed<TierIndex, f64>,
    /// What ended the search of a tier before value and bound met.
    pub ended: Option<Limit>,
}

impl Reached {
    /// What is proved of every tier: of those that have not been worked on, their floor.
    pub fn proved(&self, problem: &Problem) -> Keyed<TierIndex, Proved> {
        let mut all = self.proved.clone();
        for t in problem.tiers.keys().iter().skip(all.len()) {
            let limits = self.limits.clone().resized(t, f64::INFINITY);
            let frame = Frame::of(problem, &self.costs, t, &limits);
            let evidence = Evidence::none(problem, t);
            all.push(Proved { bound: frame.floor(problem), decided: f64::INFINITY, evidence, frame });
        }
        all
    }

    /// With leaves that nothing tells apart at the seats that own most of what they hold. What is proved of compactness
    /// holds for the anchors where they are; only without it may leaves still change names.
    pub fn rematched(mut self, problem: &Problem) -> Reached {
        let compact = compact(problem).is_some();
        if let Some((leaf_of, anchors, costs)) =
            (!compact).then(|| rematched(problem, &self.costs, &self.leaf_of, &self.anchors)).flatten()
        {
            (self.leaf_of, self.anchors, self.costs) = (leaf_of, anchors, costs);
        }
        self
    }
}

/// Works on all tiers from `start`. `told` hears of every better plan.
///
/// # Errors
/// When no plan meets the hard rules, or none is found.
pub(crate) fn solve_tiers(
    problem: &Problem,
    start: Start,
    clock: &Clock,
    observer: &dyn Observer,
    told: &dyn Fn(&Reached),
) -> Result<Reached, Nothing> {
    let Start { anchors, costs, leaf_of, mut priced } = start;
    let leaf_of = {
        let model = Model::new(problem, &costs);
        let state = State::new(&model, leaf_of);
        match state.broken(&model) > 0.0 {
            true => first_plan(&model, &model.pairs(), state, clock)?.leaf_of,
            false => state.leaf_of,
        }
    };
    let mut at = Reached { anchors, costs, leaf_of, proved: Keyed::new(), limits: Keyed::new(), ended: None };
    for t in problem.tiers.keys() {
        let last = t.get() + 1 == problem.tiers.len();
        let tier_clock = clock.slice(if last { 1.0 } else { TIER_PART });
        let mut moves = if moves_anchors(problem, t) { MOVES_MAX } else { 0 };
        loop {
            told(&at);
            let trial = tier_clock.slice(if moves > 0 { MOVE_PART } else { 1.0 });
            let known = priced.take_if(|p| p.tier == t && p.limits == at.limits).map(|p| p.priced);
            let model = Model::new(problem, &at.costs);
            let frame = Frame::of(problem, &at.costs, t, &at.limits);
            let (pairs, floor) = (model.pairs(), frame.floor(problem));
            let (limits, clock) = (&at.limits, &trial);
            let context =
                Context { model: &model, pairs: &pairs, clock, observer, tier: t, limits, floor, frame: &frame };
            let reached = solve_tier(&context, State::new(&model, at.leaf_of), guide(problem, &at.costs, t), known);
            let value = reached.state.value(&model, t);
            tier_clock.absorb(&trial);
            at.leaf_of = reached.state.leaf_of;
            if moves == 0 {
                at.ended = at.ended.or(reached.limit);
                at.proved.push(Proved { bound: reached.bound, decided: value, evidence: reached.evidence, frame });
                at.limits.push(problem.tiers[t].limit(value));
                break;
            }
            moves = if move_anchors(problem, &mut at, t) { moves - 1 } else { 0 };
        }
        clock.absorb(&tier_clock);
    }
    Ok(at)
}

/// Moves found anchors to the centres of the plan; tells whether that is worth it.
fn move_anchors(problem: &Problem, at: &mut Reached, tier: TierIndex) -> bool {
    let next = anchors::recentred(problem, &at.leaf_of, &at.anchors);
    let moved = Costs::of(problem, &next);
    let cost = |costs: &Costs| -> f64 { at.leaf_of.pairs().map(|(u, &l)| costs.at(tier, u, l)).sum() };
    let gains = cost(&moved) < cost(&at.costs) * (1.0 - MOVE_GAIN);
    if gains {
        (at.anchors, at.costs) = (next, moved);
    }
    gains
}
