//! The steps of a tier after its first: the two largest excesses of every group, the three largest, and so on, each with
//! the steps before held at what they were decided at.

use crate::answer::{Proved, worked_on};
use crate::engine::clock::Clock;
use crate::engine::context::Context;
use crate::engine::observe::Observer;
use crate::engine::starts::first::guide;
use crate::engine::tier::{Known, solve_tier};
use crate::index::{Keyed, LeafIndex, Number, TierIndex, UnitIndex};
use crate::plan::Limit;
use crate::problem::Problem;
use crate::problem::steps::Steps;
use crate::proof::bound::{Frame, slack};
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::proof::whales;
use crate::score::{Model, State};
use std::borrow::Cow;

/// Units of a book that is looked at for that before any search; in larger ones steps have what is left.
const LOOKED_AT_MAX: usize = 50_000;
/// Units of a book whose steps are gone through whatever they come to.
const SMALL: usize = 100;
/// Part of the time left for all steps of a tier that one of them may take.
const STEP_PART: f64 = 0.3;
/// Part of the time that all steps of a tier after its first may take: of what the first may take where that is known to
/// leave some, and of what is left after it.
pub(super) const STEPS_PART: f64 = 0.25;

/// A problem with the steps that are known of it as tiers.
pub(super) struct Stepped<'a> {
    whole: &'a Problem,
    with: Option<Problem>,
    pub steps: Steps,
}

impl<'a> Stepped<'a> {
    pub fn new(whole: &'a Problem, steps: Steps) -> Stepped<'a> {
        let with = (!steps.is_none()).then(|| whole.with_steps(&steps));
        Stepped { whole, with, steps }
    }

    /// Of the tiers that are decided.
    pub fn of(whole: &'a Problem, proved: &Keyed<TierIndex, Proved>) -> Stepped<'a> {
        Stepped::new(whole, worked_on(proved, whole.tiers.len()))
    }

    pub fn problem(&self) -> &Problem {
        self.with.as_ref().unwrap_or(self.whole)
    }

    /// The costs of the whole, of this.
    pub fn costs<'b>(&self, costs: &'b Costs) -> Cow<'b, Costs> {
        if self.with.is_some() { Cow::Owned(costs.with_steps(&self.steps)) } else { Cow::Borrowed(costs) }
    }

    /// What tiers and steps before a tier after so many steps are held to: steps of its own at what they were decided at,
    /// others at what their tier gives back, too.
    pub fn limits(&self, proved: &Keyed<TierIndex, Proved>, at: (TierIndex, usize)) -> Keyed<TierIndex, f64> {
        let limit = |(t, step): (TierIndex, usize)| {
            let decided = if step == 0 { proved[t].decided } else { proved[t].steps[step - 1].decided };
            if t == at.0 { decided } else { self.whole.tiers[t].limit_of(decided, step + 1) }
        };
        self.steps.order().take_while(|&before| before != at).map(limit).collect()
    }
}

/// Whether a tier will have steps for certain, so that time is to be kept for them.
pub(super) fn are_due(problem: &Problem, tier: TierIndex) -> bool {
    problem.units.count() <= LOOKED_AT_MAX && problem.steps_max(tier) > 0 && whales::floor(problem, tier) > 0.0
}

/// What steps start from, and leave better.
pub(super) struct Climb<'a> {
    pub costs: &'a Costs,
    pub leaf_of: &'a mut Keyed<UnitIndex, LeafIndex>,
    /// Of the tiers up to the one whose steps these are.
    pub proved: &'a mut Keyed<TierIndex, Proved>,
    /// What ended the search of one before value and bound met.
    pub ended: &'a mut Option<Limit>,
}

/// Works on the steps of a tier whose first is decided, until nothing is outside its band beside what they add up. In a book
/// that is not small, steps that leave more than half of the buckets outside are taken back: they would hold every bucket to
/// one amount, and later tiers to next to nothing.
pub(super) fn climb(problem: &Problem, mut at: Climb, t: TierIndex, clock: &Clock, observer: &dyn Observer) {
    if problem.steps_max(t) == 0 || at.proved[t].decided == 0.0 {
        return;
    }
    let mut state = state_of(problem, &at);
    let (before, ended) = (at.leaf_of.clone(), *at.ended);
    let most = most_outside(problem, t);
    loop {
        let step = at.proved[t].steps.len() + 1;
        let mut counts: Vec<usize> = at.proved.iter().map(|proved| proved.steps.len()).collect();
        counts[t.get()] = step;
        counts.resize(problem.tiers.len(), 0);
        if state.steps(problem, t) < step {
            return;
        }
        if step >= most {
            at.proved[t].steps.clear();
            (*at.leaf_of, *at.ended) = (before, ended);
            return;
        }
        let stepped = Stepped::new(problem, Steps::of(counts));
        // More excesses are no less than fewer.
        let first = &at.proved[t];
        let floor = whales::floor(stepped.problem(), stepped.steps.at(t, step));
        let least = first.steps.last().map_or(first.bound, |before| before.bound).max(floor);
        let value = state.step(problem, t, step + 1);
        let near = (problem.options.gap_target * value).max(slack(value));
        let proved = if value - least <= near || clock.is_over() {
            if value - least > near {
                *at.ended = at.ended.or(clock.limit());
            }
            let evidence = Evidence::none(stepped.problem(), stepped.steps.at(t, step));
            Proved { bound: least, decided: value, evidence, frame: first.frame.clone(), steps: Vec::new() }
        } else {
            let slice = clock.slice(STEP_PART);
            let proved = one(&stepped, &mut at, (t, step), least, &slice, observer);
            clock.absorb(&slice);
            state = state_of(problem, &at);
            proved
        };
        at.proved[t].steps.push(proved);
    }
}

/// How many buckets of a level may stay outside their bands for steps to be worth it.
fn most_outside(problem: &Problem, tier: TierIndex) -> usize {
    if problem.units.count() <= SMALL {
        return usize::MAX;
    }
    let groups = problem.rows.groups.iter().filter(|group| group.tier == tier);
    groups.map(|group| group.rows.len()).max().unwrap_or(0).div_ceil(2)
}

fn state_of(problem: &Problem, at: &Climb) -> State {
    State::new(&Model::new(problem, at.costs), at.leaf_of.clone())
}

/// Works on one step, and leaves the plan where it is best.
fn one(
    stepped: &Stepped,
    at: &mut Climb,
    (t, step): (TierIndex, usize),
    least: f64,
    clock: &Clock,
    observer: &dyn Observer,
) -> Proved {
    let (problem, tier) = (stepped.problem(), stepped.steps.at(t, step));
    let (reached, value, frame) = {
        let costs = stepped.costs(at.costs);
        let model = Model::new(problem, &costs);
        let limits = stepped.limits(at.proved, (t, step));
        let frame = Frame::of(problem, &costs, tier, &limits);
        let (pairs, floor) = (model.pairs(), frame.floor(problem).max(least));
        let (limits, frame_of) = (&limits, &frame);
        let within = State::new(&model, at.leaf_of.clone());
        let context = Context {
            model: &model,
            pairs: &pairs,
            clock,
            observer,
            tier,
            limits,
            floor,
            frame: frame_of,
            start: Some(&within),
            near: 0.0,
        };
        let reached = solve_tier(&context, within.clone(), guide(problem, &costs, tier), Known::default());
        let value = reached.state.value(&model, tier);
        (reached, value, frame)
    };
    *at.ended = at.ended.or(reached.limit);
    *at.leaf_of = reached.state.leaf_of;
    Proved { bound: reached.bound, decided: value, evidence: reached.evidence, frame, steps: Vec::new() }
}
