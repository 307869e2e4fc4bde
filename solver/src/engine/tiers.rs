//! Tier by tier: each one's optimum, plus what it gives back, limits the next.

use crate::answer::Nothing;
use crate::answer::Proved;
use crate::engine::clock::Clock;
use crate::engine::context::{Context, quick};
use crate::engine::observe::Observer;
use crate::engine::relax::ascent;
use crate::engine::starts::first::{FirstPrices, Start, compact, first_plan, guide, moves_anchors};
use crate::engine::starts::greedy::{at_owners, greedy};
use crate::engine::starts::matching::rematched;
use crate::engine::starts::{anchors, elsewhere};
use crate::engine::steps::{Climb, STEPS_PART, Stepped, are_due, climb};
use crate::engine::tier::{Known, RETURNS_WORK, solve_tier};
use crate::index::{Keyed, LeafIndex, Number, TierIndex, UnitIndex};
use crate::plan::Limit;
use crate::problem::Problem;
use crate::problem::steps::Steps;
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::proof::whales;
use crate::score::{Model, State, slack};
use std::collections::HashMap;

/// Part of the time in which all tiers are gone through once.
const FIRST_PASS: f64 = 0.35;
/// The same, at least, of what is left: what the relaxations of some thousand units take, in seconds and work units.
const FIRST_LEAST: (f64, f64) = (1.2, 1_200_000.0);
/// The same where little time is left, at most.
const FIRST_PASS_MAX: f64 = 0.9;
/// The gap, as part of the value, at which a tier leaves the rest of that time to the next ones.
const FIRST_NEAR: f64 = 0.01;
/// Gaps that tiers' parts of the second time are measured by: smaller ones count as the first, larger ones as the second.
const GAPS: (f64, f64) = (0.03, 0.2);
/// Part of the second time left that a tier whose gap is larger than the first of those has at least.
const OPEN_PART: f64 = 0.6;
/// Part of all the time that the first tier has alone where it is open after the first time.
const FIRST_OF_ALL: f64 = 0.5;
/// Units of a book that is gone through twice: in larger ones a relaxation takes most of the time.
const TWICE_MAX: usize = 50_000;
/// Units times leaves of a book for which a plan for the first tier alone is made.
const ALONE_CELLS_MAX: usize = 4_000_000;
/// Part of the time in which a plan for the first tier alone is made.
const ALONE_PART: f64 = 0.04;
/// Part of the time left that a tier may take when others follow and nothing is known of what each needs: with what the start
/// takes about half of all, so as to be no worse than alone in half the time.
const TIER_PART: f64 = 0.6;
/// How often found anchors move to the centres of a plan, at most.
const MOVES_MAX: usize = 2;
/// Fraction of the tier's time that a plan may take after which anchors move: the last plan needs most of it.
const MOVE_PART: f64 = 0.25;
/// Fraction of the value that moving anchors must gain to be kept.
const MOVE_GAIN: f64 = 1e-3;
/// Fraction of a value that anchors elsewhere must gain to be kept.
const ELSEWHERE_GAIN: f64 = 1e-6;

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
            // It holds under any limits.
            let frame = Frame::of(problem, &self.costs, t, &Keyed::filled(t.get(), f64::INFINITY));
            let evidence = {
                let stepped = Stepped::of(problem, &all);
                Evidence::none(stepped.problem(), stepped.steps.at(t, 0))
            };
            let bound = frame.floor(problem);
            all.push(Proved { bound, decided: f64::INFINITY, evidence, frame, steps: Vec::new() });
        }
        all
    }

    /// The plan at other anchors, with what is known of the tiers before `tier`.
    fn up_to(&self, problem: &Problem, tier: TierIndex, anchors: Anchors) -> Reached {
        let costs = Costs::of(problem, &anchors);
        let proved = self.proved.iter().take(tier.get()).cloned().collect();
        let limits = self.limits.iter().take(tier.get()).copied().collect();
        Reached { anchors, costs, leaf_of: self.leaf_of.clone(), proved, limits, ended: None }
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

/// What works on the first tier alone, with nothing to start from, and gives its plan.
pub(crate) type Alone<'a> = &'a dyn Fn(&Clock) -> Option<Keyed<UnitIndex, LeafIndex>>;

/// Works on all tiers from `start`, and on the first one `alone` where it stays open. `told` hears of every better plan.
///
/// # Errors
/// When no plan meets the hard rules, or none is found.
pub(crate) fn solve_tiers(
    problem: &Problem,
    start: Start,
    alone: Option<Alone>,
    clock: &Clock,
    observer: &dyn Observer,
    told: &dyn Fn(&Reached),
) -> Result<Reached, Nothing> {
    let Start { anchors, costs, leaf_of, priced } = start;
    let leaf_of = {
        let model = Model::new(problem, &costs);
        let state = State::new(&model, leaf_of);
        let owners = || Some(State::new(&model, at_owners(problem))).filter(|state| state.broken(&model) == 0.0);
        let state = match state.broken(&model) > 0.0 {
            true => owners().map_or_else(|| first_plan(&model, &model.pairs(), state, clock), Ok)?,
            false => state,
        };
        quick_alone(&model, state, clock).leaf_of
    };
    let start = Reached { anchors, costs, leaf_of, proved: Keyed::new(), limits: Keyed::new(), ended: None };
    let mut seen = Seen { tiers: HashMap::new(), first: priced };
    if problem.tiers.len() == 1 || problem.units.count() > TWICE_MAX || ascent::is_due(problem) {
        let mut at = start;
        let alone = alone.filter(|_| {
            let model = Model::new(problem, &at.costs);
            is_first_open(&model, &State::new(&model, at.leaf_of.clone()))
        });
        at.leaf_of = alone.and_then(|alone| ahead(problem, &at, alone, clock)).unwrap_or(at.leaf_of);
        seen.go_on(problem, &mut at, &Slices::blind(), clock, observer, told);
        return Ok(at);
    }
    // 1. Through all tiers once, in a small part of the time.
    let mut once = start;
    let part = clock.slice(first_pass(clock));
    seen.go_on(problem, &mut once, &Slices::even(problem), &part, observer, told);
    clock.absorb(&part);
    told(&once);
    if once.ended.is_none() || clock.is_over() {
        return Ok(once);
    }
    // 2. The first tier alone where it is open, with half of all, so that it is no worse than alone with that.
    let alone = alone.filter(|_| is_open(problem, &once.proved[TierIndex::FIRST]));
    let ahead = alone.and_then(|alone| ahead(problem, &once, alone, clock));
    let is_ahead = ahead.is_some();
    // 3. Again with the time that is left, each tier from its own plan of the first time.
    let mut again = Reached { proved: Keyed::new(), limits: Keyed::new(), ended: None, ..once.clone() };
    again.leaf_of = ahead.unwrap_or(again.leaf_of);
    let slices = Slices::by_gaps(&once.proved, alone.is_some());
    let whole = seen.go_on(problem, &mut again, &slices, clock, observer, &|_| {});
    Ok(if whole || is_ahead { again } else { once })
}

/// What the first tier comes to alone, with half of all, where that is better in it.
fn ahead(problem: &Problem, at: &Reached, alone: Alone, clock: &Clock) -> Option<Keyed<UnitIndex, LeafIndex>> {
    let part = clock.slice(clock.of_all(FIRST_OF_ALL));
    let found = alone(&part);
    clock.absorb(&part);
    found.filter(|leaf_of| is_ahead_in_first(problem, at, leaf_of))
}

/// Whether something may be left to gain in the first tier of a plan, in a book that it is worked on alone.
fn is_first_open(model: &Model, state: &State) -> bool {
    let (problem, tier) = (model.problem, TierIndex::FIRST);
    let floor = whales::floor(problem, tier);
    let bands = problem.tiers.len() > 1 && !model.costs.has(tier);
    bands && model.units * model.leaves <= ALONE_CELLS_MAX && state.value(model, tier) > floor + slack(floor)
}

/// Whether the value of a tier, or of one of its steps, is above its bound by more than the gap target.
fn is_open(problem: &Problem, proved: &Proved) -> bool {
    let near = |decided: f64| (problem.options.gap_target * decided.abs()).max(slack(decided));
    let open = |proved: &Proved| proved.decided - proved.bound > near(proved.decided);
    open(proved) || proved.steps.iter().any(open)
}

/// Whether a plan is better in the first tier, its first step first.
fn is_ahead_in_first(problem: &Problem, at: &Reached, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> bool {
    let model = Model::new(problem, &at.costs);
    let (ours, theirs) = (State::new(&model, leaf_of.clone()), State::new(&model, at.leaf_of.clone()));
    let first = TierIndex::FIRST;
    let value = |state: &State, step: usize| match step {
        0 => state.value(&model, first),
        _ => state.step(problem, first, step + 1),
    };
    let pairs = (0..=problem.steps_max(first)).map(|step| (value(&ours, step), value(&theirs, step)));
    let apart = pairs.into_iter().find(|(ours, theirs)| (ours - theirs).abs() > slack(*theirs));
    ours.broken(&model) == 0.0 && apart.is_some_and(|(ours, theirs)| ours < theirs)
}

/// A plan made for the first tier alone, where that is better in it; else `state`. What later tiers ask for may lead a start
/// far from where the first one is at its best.
fn quick_alone(model: &Model, state: State, clock: &Clock) -> State {
    if !is_first_open(model, &state) {
        return state;
    }
    let tier = TierIndex::FIRST;
    let value = |state: &State| state.value(model, tier);
    let part = clock.slice(ALONE_PART);
    let alone = quick(model, &model.pairs(), greedy(model, &[]), tier, &Keyed::new(), &[], &part);
    clock.absorb(&part);
    let better = alone.broken(model) == 0.0 && value(&alone) < value(&state) - slack(value(&state));
    if better { alone } else { state }
}

/// The part of a clock in which all tiers are gone through once.
fn first_pass(clock: &Clock) -> f64 {
    let least = match clock.is_counted() {
        true => FIRST_LEAST.1 / clock.left_work() as f64,
        false => FIRST_LEAST.0 / clock.left().as_secs_f64(),
    };
    FIRST_PASS.max(least.min(FIRST_PASS_MAX))
}

/// How a clock is shared out among tiers.
struct Slices {
    /// What each weighs beside those after it; empty: [`TIER_PART`] of what is left for each but the last.
    weights: Keyed<TierIndex, f64>,
    /// How often found anchors move, at most.
    moves: usize,
    /// The gap, as part of the value, at which work on a tier ends for now.
    near: f64,
}

impl Slices {
    /// As much for each.
    fn even(problem: &Problem) -> Slices {
        Slices { weights: problem.tiers.map(|_| 1.0), moves: 0, near: FIRST_NEAR }
    }

    /// The same part of what is left for each, whatever it needs.
    fn blind() -> Slices {
        Slices { weights: Keyed::new(), moves: MOVES_MAX, near: 0.0 }
    }

    /// More for those whose value, or that of a step, is farther from its bound; not for the first, where it was worked on
    /// `alone`.
    fn by_gaps(proved: &Keyed<TierIndex, Proved>, alone: bool) -> Slices {
        let gap = |proved: &Proved| (proved.decided - proved.bound) / proved.decided.abs().max(f64::MIN_POSITIVE);
        let weight = |proved: &Proved| {
            let steps = proved.steps.iter().map(gap).fold(0.0, f64::max);
            gap(proved).max(steps).clamp(GAPS.0, GAPS.1)
        };
        let mut weights = proved.map(weight);
        if alone {
            weights[TierIndex::FIRST] = GAPS.0;
        }
        Slices { weights, moves: MOVES_MAX, near: 0.0 }
    }

    /// The part of what is left for tier `t` of so many.
    fn part(&self, t: TierIndex, count: usize) -> f64 {
        match self.weights.get(t) {
            _ if t.get() + 1 == count => 1.0,
            None => TIER_PART,
            Some(weight) => {
                let share = weight / self.weights.iter().skip(t.get()).sum::<f64>();
                if *weight > GAPS.0 { share.max(OPEN_PART) } else { share }
            }
        }
    }
}

/// What work on the tiers came to so far.
#[derive(Default)]
struct Seen {
    tiers: HashMap<TierIndex, SeenTier>,
    /// Of the first tier with costs, from before.
    first: Option<FirstPrices>,
}

/// What work on one tier came to, under the limits and at the anchors that held then.
struct SeenTier {
    steps: Steps,
    limits: Keyed<TierIndex, f64>,
    anchors: Anchors,
    leaf_of: Keyed<UnitIndex, LeafIndex>,
    known: Known,
}

/// How work on one tier ended.
struct Ended {
    /// What ended the search before value and bound met.
    limit: Option<Limit>,
    /// Whether there was time to round the relaxation and mend that.
    rounded: bool,
}

impl Seen {
    /// Works on the tiers that have not been worked on yet; tells whether time was left when the last one's turn came.
    fn go_on(
        &mut self,
        problem: &Problem,
        at: &mut Reached,
        slices: &Slices,
        clock: &Clock,
        observer: &dyn Observer,
        told: &dyn Fn(&Reached),
    ) -> bool {
        let mut in_time = true;
        for t in problem.tiers.keys().iter().skip(at.limits.len()) {
            in_time = !clock.is_over();
            let share = slices.part(t, problem.tiers.len());
            let part = clock.slice(share);
            let kept = if are_due(problem, t) { STEPS_PART } else { 0.0 };
            let mut moves = if moves_anchors(problem, t) { slices.moves } else { 0 };
            loop {
                told(at);
                let trial = part.slice(if moves > 0 { MOVE_PART } else { 1.0 - kept });
                let (proved, reached) = self.solve(problem, at, (t, slices.near), &trial, observer);
                part.absorb(&trial);
                if moves == 0 {
                    // Where time is kept for steps, what is left is no sign that all is done.
                    let open = kept > 0.0 && proved.bound < proved.decided;
                    at.ended = at.ended.or(reached.limit).or(trial.limit().filter(|_| open));
                    at.limits.push(problem.tiers[t].limit(proved.decided));
                    at.proved.push(proved);
                    break;
                }
                // A plan that was cut short says little of where centres are.
                moves = if reached.rounded && move_anchors(problem, at, t) { moves - 1 } else { 0 };
            }
            clock.absorb(&part);
            let part = clock.slice(share);
            let Reached { costs, leaf_of, proved, ended, .. } = &mut *at;
            climb(problem, Climb { costs, leaf_of, proved, ended }, t, &part, observer);
            clock.absorb(&part);
            if let Some(seen) = self.tiers.get_mut(&t) {
                seen.leaf_of.clone_from(&at.leaf_of);
            }
        }
        in_time
    }

    /// Works on one tier, from the plan at hand or from what was seen of the tier before, if that is better.
    fn solve(
        &mut self,
        problem: &Problem,
        at: &mut Reached,
        (t, near): (TierIndex, f64),
        clock: &Clock,
        observer: &dyn Observer,
    ) -> (Proved, Ended) {
        let stepped = Stepped::of(problem, &at.proved);
        let (costs, limits) = (stepped.costs(&at.costs), stepped.limits(&at.proved, (t, 0)));
        let (problem, tier) = (stepped.problem(), stepped.steps.at(t, 0));
        let model = Model::new(problem, &costs);
        let frame = Frame::of(problem, &costs, tier, &limits);
        let (pairs, floor) = (model.pairs(), frame.floor(problem));
        let within = State::new(&model, at.leaf_of.clone());
        let context = Context {
            model: &model,
            pairs: &pairs,
            clock,
            observer,
            tier,
            limits: &limits,
            floor,
            frame: &frame,
            start: Some(&within),
            near,
        };
        let mut start = within.clone();
        let mut known = Known::default();
        if let Some(seen) = self.tiers.get_mut(&t) {
            let other = State::new(&model, seen.leaf_of.clone());
            if other.is_within(&model, &limits) && other.value(&model, tier) < start.value(&model, tier) {
                start = other;
            }
            if seen.steps == stepped.steps && seen.limits == limits && seen.anchors == at.anchors {
                known = std::mem::take(&mut seen.known);
            }
        }
        // What is known from before is of the problem without steps.
        let same = |p: &mut FirstPrices| stepped.steps.is_none() && p.tier == t && p.limits == limits;
        let first = self.first.take_if(same);
        known.priced = known.priced.or(first.map(|p| p.priced));
        let reached = solve_tier(&context, start, guide(problem, &costs, tier), known);
        let value = reached.state.value(&model, tier);
        let seen = SeenTier {
            steps: stepped.steps.clone(),
            limits: limits.clone(),
            anchors: at.anchors.clone(),
            leaf_of: reached.state.leaf_of.clone(),
            known: Known {
                priced: reached.priced,
                evidence: Some(reached.evidence.clone()),
                branching: reached.branching.filter(|_| reached.rounded),
            },
        };
        self.tiers.insert(t, seen);
        let ended = Ended { limit: reached.limit, rounded: reached.rounded };
        let (bound, evidence, leaf_of) = (reached.bound, reached.evidence, reached.state.leaf_of);
        drop(costs);
        at.leaf_of = leaf_of;
        (Proved { bound, decided: value, evidence, frame, steps: Vec::new() }, ended)
    }
}

/// The plan with anchors elsewhere, as long as that gains and there is time: an anchor is moved to accounts that are far
/// from theirs, or all are drawn anew, and the tiers from the first that counts distances on are worked on again. Tiers
/// before that one know of no anchors: what is proved of them stands.
pub(crate) fn from_elsewhere(
    problem: &Problem,
    mut best: Reached,
    clock: &Clock,
    observer: &dyn Observer,
    told: &dyn Fn(&Reached),
) -> Reached {
    let Some(tier) = compact(problem).filter(|_| elsewhere::is_open(problem)) else { return best };
    let (mut failed, mut gained) = (0, clock.used());
    for round in 0.. {
        let little = (clock.used() - gained) as f64 > gained as f64 * RETURNS_WORK;
        if failed >= elsewhere::TIRED || clock.is_over() || problem.options.by_returns && little {
            break;
        }
        let value = values(problem, &best)[tier];
        failed += 1;
        let held = best.limits.clone().resized(tier, f64::INFINITY);
        for anchors in elsewhere::candidates(problem, &best.anchors, tier, &held, value, round, clock) {
            let part = clock.slice(elsewhere::PART);
            let mut at = best.up_to(problem, tier, anchors);
            let mut seen = Seen::default();
            seen.go_on(problem, &mut at, &Slices::blind(), &part, observer, &|_| {});
            clock.absorb(&part);
            if is_ahead(&values(problem, &at), &values(problem, &best), tier) {
                at.ended = at.ended.map(|_| Limit::Stalled).or(best.ended);
                best = at;
                (failed, gained) = (0, clock.used());
                told(&best);
                break;
            }
        }
    }
    best
}

/// The value of each tier.
fn values(problem: &Problem, at: &Reached) -> Keyed<TierIndex, f64> {
    let model = Model::new(problem, &at.costs);
    let state = State::new(&model, at.leaf_of.clone());
    problem.tiers.keys().iter().map(|t| state.value(&model, t)).collect()
}

/// Whether values are better than others from tier `from` on.
fn is_ahead(ours: &Keyed<TierIndex, f64>, theirs: &Keyed<TierIndex, f64>, from: TierIndex) -> bool {
    let apart = |(a, b): (&f64, &f64)| (a - b).abs() > ELSEWHERE_GAIN * b.abs();
    ours.iter().zip(theirs).skip(from.get()).find(|&pair| apart(pair)).is_some_and(|(a, b)| a < b)
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
