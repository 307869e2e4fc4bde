//! The first plan: always in hand, before anything is proved.

use crate::answer::Nothing;
use crate::engine::clock::Clock;
use crate::engine::context::{self, Context};
use crate::engine::observe::Observer;
use crate::engine::relax::price::{Ended, Priced, price};
use crate::engine::search::mip::{self, Goal, Task};
use crate::engine::starts::anchors;
use crate::engine::starts::greedy::greedy;
use crate::engine::starts::keep;
use crate::engine::tier::repair;
use crate::problem::Problem;
use crate::proof::bound::{Frame, Pricer};
use crate::proof::costs::Costs;
use crate::score::{Model, Pairs, State};
use crate::space::Point;

/// Units of books whose plan moves found anchors once more; in larger ones samples tell enough.
const RECENTRED_MAX: usize = 16_000;
/// Part of the time that a quick plan may take where no relaxation was made whole.
const SETTLE_PART: f64 = 0.04;
/// Books up to this size start greedily.
const SMALL: usize = 2_000;

/// The costs that guide a tier without any: those of the next tier that has some.
pub(crate) fn guide<'a>(problem: &Problem, costs: &'a Costs, tier: usize) -> &'a [f64] {
    (tier..problem.tiers.len()).find(|&t| costs.has(t)).map_or(&[], |t| costs.matrix(t))
}

/// Whether found anchors may move to the centres of a plan made for tier `tier`: the first that counts distances.
pub(crate) fn moves_anchors(problem: &Problem, tier: usize) -> bool {
    let small = problem.units.count() <= RECENTRED_MAX;
    small && compact(problem) == Some(tier) && !anchors::is_given(problem)
}

/// The first tier that counts distances.
pub(crate) fn compact(problem: &Problem) -> Option<usize> {
    problem.tiers.iter().position(|t| t.criteria.iter().any(|c| c.kind.compactness().is_some()))
}

/// A first plan, with what was found on the way.
pub(crate) struct Start {
    pub anchors: Vec<Option<Point>>,
    pub costs: Costs,
    pub leaf_of: Vec<usize>,
    /// The relaxation of the first tier with costs, with every earlier tier at its floor.
    pub priced: Option<FirstPrices>,
}

/// A relaxation and what it holds for.
pub(crate) struct FirstPrices {
    pub tier: usize,
    pub limits: Vec<f64>,
    pub priced: Priced,
}

/// A quick plan at `anchors`.
pub(crate) fn settle(problem: &Problem, anchors: Vec<Option<Point>>, clock: &Clock, observer: &dyn Observer) -> Start {
    let costs = Costs::of(problem, &anchors);
    let last = compact(problem).unwrap_or(0);
    let (leaf_of, priced) = {
        let model = Model::new(problem, &costs);
        let pairs = model.pairs();
        let (mut state, priced, within) = match priced_start(&model, &pairs, clock, observer) {
            Some((state, priced, within)) => (state, Some(priced), within),
            None => (greedy(&model, guide(problem, &costs, 0)), None, false),
        };
        if !within {
            let part = clock.slice(SETTLE_PART);
            state = quick(&model, &pairs, state, last, &part);
            clock.absorb(&part);
        }
        (state.leaf_of, priced)
    };
    Start { anchors, costs, leaf_of, priced }
}

/// Large books: the relaxation of the first tier with costs, every earlier tier at its floor, made whole. Also tells
/// whether the plan is within all that.
fn priced_start(
    model: &Model,
    pairs: &Pairs,
    clock: &Clock,
    observer: &dyn Observer,
) -> Option<(State, FirstPrices, bool)> {
    let (problem, costs) = (model.problem, model.costs);
    let frame = Frame::at_floors(problem, costs).filter(|_| model.units > SMALL)?;
    let (tier, limits) = (frame.tier, frame.limits.clone());
    let priced = price(problem, costs, &frame, clock);
    if priced.ended == Ended::Failed {
        return None;
    }
    let floor = frame.floor(problem);
    let context = Context { model, pairs, clock, observer, tier, limits: &limits, frame: &frame, floor };
    let rounded = State::new(model, priced.leaf_of.clone());
    let reduced = Pricer::new(problem, costs, tier, &priced.prices).matrix();
    let state = repair(&context, &rounded, &reduced, &priced.prices);
    let within = state.is_within(model, &limits);
    Some((state, FirstPrices { tier, limits, priced }, within))
}

/// Local search through the tiers up to `last`, without proof.
fn quick(model: &Model, pairs: &Pairs, mut state: State, last: usize, clock: &Clock) -> State {
    let mut limits = Vec::new();
    for tier in 0..=last.min(model.problem.tiers.len().saturating_sub(1)) {
        state = context::quick(model, pairs, state, tier, &limits, guide(model.problem, model.costs, tier), clock);
        limits.push(model.problem.tiers.get(tier).map_or(0.0, |t| t.limit(state.value(model, tier))));
    }
    state
}

/// A plan that meets the hard rules, from one that does not; or that there is none.
pub(crate) fn first_plan(model: &Model, pairs: &Pairs, state: State, clock: &Clock) -> Result<State, Nothing> {
    let problem = model.problem;
    let allowed = |u: usize| (0..model.leaves).filter(|&l| problem.units.allows(u, l)).collect();
    let free: Vec<(usize, Vec<usize>)> = (0..model.units).map(|u| (u, allowed(u))).collect();
    let nodes = clock.is_counted().then_some(mip::HARD_NODES);
    let limit = clock.left().mul_f64(0.7);
    let task = Task { goal: Goal::Hard, limits: &[], free: &free, limit, nodes, gap: 1e-6 };
    let answer = mip::solve(model, &state, &task, clock);
    let found = answer.as_ref().and_then(|a| a.leaves.clone()).map(|leaves| State::new(model, leaves));
    if let Some(found) = found.as_ref().filter(|f| f.broken(model) == 0.0) {
        let quick = quick(model, pairs, found.clone(), 0, clock);
        return Ok(if quick.broken(model) == 0.0 { quick } else { found.clone() });
    }
    // The least breach is in relative units; amounts are whole, so a real breach is far above HiGHS's tolerance.
    let proved = answer.is_some_and(|a| a.bound > 1e-7);
    let nearest = [Some(&state), found.as_ref()];
    let broken = keep::broken(problem, nearest.into_iter().flatten());
    let reaches = keep::reaches(model, found.as_ref().unwrap_or(&state), &broken, &free, clock);
    let mut rules = broken_rules(problem, &state);
    rules.extend(reaches.iter().map(|r| r.rule.clone()));
    rules.sort();
    rules.dedup();
    Err(Nothing { proved, rules, keeps: reaches.into_iter().map(|r| r.sentence).collect() })
}

/// The rules that a plan breaks, by id.
pub(crate) fn broken_rules(problem: &Problem, state: &State) -> Vec<String> {
    let hard = problem
        .rows
        .rows
        .iter()
        .zip(&state.rows)
        .filter(|(r, a)| r.group.is_none() && !r.limits.hold(**a))
        .map(|(r, _)| r.origin);
    let budgets =
        problem.rows.budgets.iter().zip(&state.budgets).filter(|(b, used)| **used > b.most).map(|(b, _)| b.origin);
    let ids = hard.chain(budgets).filter_map(|origin| problem.rule_id(origin));
    let mut rules: Vec<String> = ids.map(String::from).collect();
    rules.sort();
    rules.dedup();
    rules
}
