//! What everything that works on one tier shares, and what the best plan so far leaves it.

use super::branch::Branching;
use super::clock::Clock;
use super::observe::{Observer, Phase, Progress};
use super::relax::price::Priced;
use super::search::caps::{by_rank, caps};
use super::search::local::{Aim, Allowed, improve};
use crate::index::{Keyed, Number, RowIndex, TierIndex};
use crate::plan::Limit;
use crate::problem::Problem;
use crate::proof::bound::{Frame, slack};
use crate::proof::evidence::Evidence;
use crate::proof::whales;
use crate::score::{Model, Pairs, State};

/// Units that local search goes through one by one. A pass over swaps takes the square of the units: at 5,000 about a
/// second. In larger books only units that are nearly tied are looked at.
pub(crate) const SEARCHED_UNITS_MAX: usize = 5_000;
/// Fraction of a tier's time that one local search may take.
const SEARCH_FRACTION: f64 = 0.04;
/// Fraction of the gap target that branches close: the proof of what they found loses its last digits.
const BRANCHED_GAP: f64 = 0.999;
/// Fraction of what values of a tier are apart that branches leave open.
const WITHIN_MULTIPLE: f64 = 0.999;
/// Fraction of a bound that is given up: distances differ in their last bits between machines.
const MACHINES: f64 = 1e-12;

/// Everything the search of one tier shares.
pub(crate) struct Context<'a, 'b> {
    pub model: &'a Model<'b>,
    pub pairs: &'a Pairs,
    /// What this tier may take.
    pub clock: &'a Clock<'a>,
    pub observer: &'a dyn Observer,
    pub tier: TierIndex,
    /// What each earlier tier is held to.
    pub limits: &'a Keyed<TierIndex, f64>,
    /// Of this tier.
    pub frame: &'a Frame,
    /// A plan within the limits.
    pub start: Option<&'a State>,
    /// The gap, as part of the value, at which work on the tier ends for now though it is not proved.
    pub near: f64,
    /// The bound that is known before any search, because units are whole.
    pub floor: f64,
}

/// What a tier reached.
pub(crate) struct TierReached {
    pub state: State,
    pub bound: f64,
    pub evidence: Evidence,
    /// What ended the search before value and bound met.
    pub limit: Option<Limit>,
    /// Whether there was time to round the relaxation and mend that.
    pub rounded: bool,
    /// The tier's relaxation, where it was solved.
    pub priced: Option<Priced>,
    /// Its branches, where some were made.
    pub branching: Option<Branching>,
}

impl Context<'_, '_> {
    pub fn problem(&self) -> &Problem {
        self.model.problem
    }

    pub fn value(&self, state: &State) -> f64 {
        state.value(self.model, self.tier)
    }

    /// Whether value and bound are within the gap target.
    pub fn is_proved(&self, value: f64, bound: f64) -> bool {
        value - bound <= (self.problem().options.gap_target * value.abs()).max(slack(value)).max(self.less_than_next())
    }

    pub fn report(&self, phase: Phase, state: &State, bound: f64) {
        self.observer.progress(&Progress {
            phase,
            tier: self.problem().number(self.tier),
            // A step's are none of its tier's.
            best: (!self.problem().is_step(self.tier)).then(|| self.value(state)),
            bound: (!self.problem().is_step(self.tier)).then_some(bound),
            bands_met: state.meets_bands(self.problem()),
        });
    }

    /// Local search toward this tier from `state`, which is within limits.
    pub fn search(&self, state: State, guide: &[f64], salt: u64) -> State {
        self.search_under(&state.clone(), state, guide, salt)
    }

    /// Local search from `state`, with no earlier tier worse than what `best` leaves it, for a fraction of the time.
    pub fn search_under(&self, best: &State, state: State, guide: &[f64], salt: u64) -> State {
        if self.model.units > SEARCHED_UNITS_MAX {
            return state;
        }
        let (caps, cost_limits) = caps(self.model, best, self.limits);
        let aim = Aim {
            tier: self.tier,
            limits: self.limits,
            caps: &caps,
            cost_limits: &cost_limits,
            enough: self.floor,
            guide,
        };
        let clock = self.clock.slice(SEARCH_FRACTION);
        let state = improve(self.model, self.pairs, &aim, state, self.seed(salt), &clock);
        self.clock.absorb(&clock);
        state
    }

    /// A seed for a stream of random numbers: each tier and salt has one of its own.
    pub fn seed(&self, salt: u64) -> u64 {
        let tier = self.tier.get() as u64;
        self.problem().options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (tier << 48) ^ salt
    }

    /// Whether nothing is left to do for what was reached, at least for now.
    pub fn is_done(&self, reached: &TierReached) -> bool {
        let value = self.value(&reached.state);
        self.is_proved(value, reached.bound) || self.is_near(value, reached.bound) || self.clock.is_over()
    }

    /// Whether value and bound are as near as they are to be for now.
    pub fn is_near(&self, value: f64, bound: f64) -> bool {
        value - bound <= self.near * value.abs()
    }

    /// Above this bound a branch holds nothing worth looking for.
    pub fn cut_off(&self, value: f64) -> f64 {
        let near = (self.problem().options.gap_target * value.abs() * BRANCHED_GAP).max(slack(value));
        value - near.max(self.less_than_next())
    }

    /// A little less than what values of the tier are apart: a bound that near is raised to the value when it is proved.
    fn less_than_next(&self) -> f64 {
        self.frame.multiple * WITHIN_MULTIPLE
    }

    /// Takes the candidate if it is better.
    pub fn take(&self, reached: &mut TierReached, candidate: State) -> bool {
        let better = self.better(&candidate, &reached.state);
        if better {
            reached.state = candidate;
        }
        better
    }

    /// Takes the evidence if it proves more.
    pub fn claim(&self, reached: &mut TierReached, evidence: Evidence) {
        let proved = evidence.prove(self.problem(), self.model.costs, self.frame);
        let bound = given_up(proved).max(self.floor);
        if bound > reached.bound {
            (reached.bound, reached.evidence) = (bound, evidence);
        }
    }

    /// What rows may hold around `best`.
    pub fn allowed(&self, best: &State) -> Keyed<RowIndex, Allowed> {
        match best.is_within(self.model, self.limits) {
            true => Allowed::of(self.model, self.tier, &caps(self.model, best, self.limits).0),
            false => {
                let rows = &self.problem().rows.rows;
                let steps = self.limits.keys().iter().any(|s| self.problem().bands_of(s).1 > 1);
                let caps = match self.start.filter(|_| steps) {
                    Some(start) => by_rank(self.model, start, best, self.limits),
                    None => rows.map(|row| row.group.map_or(f64::INFINITY, |g| self.frame.caps[g])),
                };
                Allowed::of(self.model, self.tier, &caps)
            }
        }
    }

    /// What the costs of earlier tiers may be around `best`.
    pub fn cost_limits(&self, best: &State) -> Keyed<TierIndex, f64> {
        match best.is_within(self.model, self.limits) {
            true => caps(self.model, best, self.limits).1,
            false => self.limits.clone(),
        }
    }

    /// Whether a candidate is within limits and has a lower value.
    fn better(&self, candidate: &State, best: &State) -> bool {
        candidate.is_within(self.model, self.limits)
            && self.value(candidate) < self.value(best) - slack(self.value(best))
    }
}

/// A bound without the little that other machines' distances may take from it.
pub(crate) fn given_up(bound: f64) -> f64 {
    bound - MACHINES * bound.abs()
}

/// Local search alone toward `tier`, for a first plan.
pub(crate) fn quick(
    model: &Model,
    pairs: &Pairs,
    state: State,
    tier: TierIndex,
    limits: &Keyed<TierIndex, f64>,
    guide: &[f64],
    clock: &Clock,
) -> State {
    let (caps, cost_limits) = caps(model, &state, limits);
    let enough = whales::floor(model.problem, tier);
    let aim = Aim { tier, limits, caps: &caps, cost_limits: &cost_limits, enough, guide };
    improve(model, pairs, &aim, state, model.problem.options.seed ^ tier.get() as u64, clock)
}
