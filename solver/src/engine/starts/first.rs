//! The first plan: always in hand, before anything is proved.

use crate::answer::Nothing;
use crate::engine::clock::Clock;
use crate::engine::context::{self, Context};
use crate::engine::feasible::conflict::conflict;
use crate::engine::feasible::{Found, Search};
use crate::engine::observe::Observer;
use crate::engine::relax::ascent;
use crate::engine::relax::price::{By, Ended, Priced, price};
use crate::engine::starts::anchors;
use crate::engine::starts::greedy::greedy;
use crate::engine::starts::keep;
use crate::engine::tier::{repair, repair_large};
use crate::index::{Keyed, LeafIndex, Number, Span, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::tiers::Tier;
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::proof::pricer::Pricer;
use crate::score::{Model, Pairs, State};

/// Units of books whose plan moves found anchors once more; in larger ones samples tell enough.
const RECENTRED_MAX: usize = 16_000;
/// Part of the time that a quick plan may take where no relaxation was made whole.
const SETTLE_PART: f64 = 0.04;
/// Part of the time left for branch and bound before the general solver looks for a plan.
const PROOF_FIRST: f64 = 0.2;
/// Part of the time left for the general solver to look for one.
const GENERAL_SOLVER: f64 = 0.6;
/// Part of the time left for branch and bound after it; the rest is for seeing what conflicts.
const PROOF_LAST: f64 = 0.8;
/// Units times limits of hard rules that are looked at before anything else: a tenth of a second.
const LOOKED_AT_MAX: usize = 50_000_000;
/// Part of the time left for a start that an ascent is rounded to.
const LARGE_PART: f64 = 0.5;
/// The same where a simplex prices a book that is no larger than [`RECENTRED_MAX`]: hundreds of leaves can take it all.
const PRICED_PART: f64 = 0.25;
/// Books up to this size start greedily.
const SMALL: usize = 300;
/// The same where leaves are many, as a relaxation of many rows takes longer than that.
const SMALL_WIDE: usize = 2_000;
/// Leaves that are not many in that.
const FEW_LEAVES: usize = 32;

/// The costs that guide a tier without any: those of the next tier that has some.
pub(crate) fn guide<'a>(problem: &Problem, costs: &'a Costs, tier: TierIndex) -> &'a [f64] {
    let rest = Span { start: tier, end: problem.tiers.keys().end.max(tier) };
    rest.iter().find(|&t| costs.has(t)).map_or(&[], |t| costs.matrix(t))
}

/// Whether found anchors may move to the centres of a plan made for tier `tier`: the first that counts distances.
pub(crate) fn moves_anchors(problem: &Problem, tier: TierIndex) -> bool {
    let small = problem.units.count() <= RECENTRED_MAX;
    (small || ascent::is_due(problem)) && compact(problem) == Some(tier) && !anchors::is_given(problem)
}

/// The first tier that counts distances.
pub(crate) fn compact(problem: &Problem) -> Option<TierIndex> {
    let counts = |tier: &Tier| tier.criteria.iter().any(|c| c.kind.compactness().is_some());
    problem.tiers.pairs().find(|(_, tier)| counts(tier)).map(|(t, _)| t)
}

/// A first plan, with what was found on the way.
pub(crate) struct Start {
    pub anchors: Anchors,
    pub costs: Costs,
    pub leaf_of: Keyed<UnitIndex, LeafIndex>,
    /// The relaxation of the first tier with costs, with every earlier tier at its floor.
    pub priced: Option<FirstPrices>,
}

/// A relaxation and what it holds for.
pub(crate) struct FirstPrices {
    pub tier: TierIndex,
    pub limits: Keyed<TierIndex, f64>,
    pub priced: Priced,
}

/// A quick plan at `anchors`.
pub(crate) fn settle(problem: &Problem, anchors: Anchors, clock: &Clock, observer: &dyn Observer) -> Start {
    let costs = Costs::of(problem, &anchors);
    let last = compact(problem).unwrap_or(TierIndex::FIRST);
    let (leaf_of, priced) = {
        let model = Model::new(problem, &costs);
        let pairs = model.pairs();
        let by_ascent = ascent::is_due(problem);
        let part = clock.slice(match by_ascent {
            true => LARGE_PART,
            false if problem.units.count() <= RECENTRED_MAX => PRICED_PART,
            false => 1.0,
        });
        let priced = priced_start(&model, &pairs, &part, observer);
        clock.absorb(&part);
        let (rounded, priced, within) = match priced {
            Some((state, priced, within)) => (Some(state), Some(priced), within),
            None => (None, None, false),
        };
        let quickly = || greedy(&model, guide(problem, &costs, TierIndex::FIRST));
        let first = |state: &State| (state.broken(&model), state.value(&model, TierIndex::FIRST));
        let mut state = match rounded {
            // A rounding that was not made to fit may be worse than a plan that knows of no distances.
            Some(rounded) if !within && by_ascent => {
                let other = quickly();
                if first(&other) < first(&rounded) { other } else { rounded }
            }
            Some(rounded) => rounded,
            None => quickly(),
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
    let few = if model.leaves <= FEW_LEAVES { SMALL } else { SMALL_WIDE };
    let frame = Frame::at_floors(problem, costs).filter(|_| model.units > few)?;
    let (tier, limits) = (frame.tier, frame.limits.clone());
    let priced = price(problem, costs, &frame, clock);
    if priced.ended == Ended::Failed {
        return None;
    }
    let floor = frame.floor(problem);
    let context =
        Context { model, pairs, clock, observer, tier, limits: &limits, frame: &frame, floor, start: None, near: 0.0 };
    let rounded = State::new(model, priced.leaf_of.clone());
    let state = match &priced.by {
        By::Ascent(ascent) => repair_large(&context, &rounded, ascent, &priced.prices),
        By::Simplex(..) => {
            let reduced = Pricer::new(problem, costs, tier, &priced.prices).matrix();
            repair(&context, &rounded, &reduced, &priced.prices)
        }
    };
    let within = state.is_within(model, &limits);
    Some((state, FirstPrices { tier, limits, priced }, within))
}

/// Local search through the tiers up to `last`, without proof.
fn quick(model: &Model, pairs: &Pairs, mut state: State, last: TierIndex, clock: &Clock) -> State {
    let mut limits = Keyed::new();
    // Of a problem without tiers the first, in which nothing counts.
    let count = (last.get() + 1).min(model.problem.tiers.len().max(1));
    for tier in Span::first(count) {
        state = context::quick(model, pairs, state, tier, &limits, guide(model.problem, model.costs, tier), clock);
        limits.push(model.problem.tiers.get(tier).map_or(0.0, |t| t.limit(state.value(model, tier))));
    }
    state
}

/// A plan that meets the hard rules, from one that does not; or that there is none.
pub(crate) fn first_plan(model: &Model, pairs: &Pairs, state: State, clock: &Clock) -> Result<State, Nothing> {
    let problem = model.problem;
    let hard_rules = problem.hard_rules();
    let mut search = Search::new(&hard_rules);
    let quick = |leaf_of: Keyed<UnitIndex, LeafIndex>| {
        let found = State::new(model, leaf_of);
        let quick = quick(model, pairs, found.clone(), TierIndex::FIRST, clock);
        if quick.broken(model) == 0.0 { quick } else { found }
    };
    let mut says_none = false;
    for (part, general) in [(PROOF_FIRST, false), (GENERAL_SOLVER, true), (PROOF_LAST, false)] {
        let slice = clock.slice(part);
        let found = match general {
            false => search.run(&slice),
            true => {
                let (found, none) = search.by_general_solver(Some(&state.leaf_of), &slice);
                says_none = none;
                found.map_or(Found::Open, Found::Plan)
            }
        };
        clock.absorb(&slice);
        match found {
            Found::Plan(leaf_of) => return Ok(quick(leaf_of)),
            Found::Refuted(evidence) => return Err(refuted(model, &state, Some(evidence), clock)),
            Found::Open => {}
        }
    }
    Err(Nothing { general_solver_says_none: says_none, ..refuted(model, &state, None, clock) })
}

/// What there is to say where no plan meets the hard rules, or none was found: what conflicts, by the evidence, and what
/// keep rules can reach.
fn refuted(model: &Model, state: &State, evidence: Option<Evidence>, clock: &Clock) -> Nothing {
    let problem = model.problem;
    if problem.rules.is_empty() {
        // A part of a problem has no rules of its own that could be named.
        return nothing();
    }
    let near = problem.units.of.map(|&unit| state.leaf_of[unit]);
    let (refuted, remedied) = evidence.map(|evidence| conflict(problem, evidence, &near, clock)).unzip();
    let allowed = |u: UnitIndex| model.all_leaves().iter().filter(|&l| problem.units.allows(u, l)).collect();
    let free: Vec<(UnitIndex, Vec<LeafIndex>)> = model.all_units().iter().map(|u| (u, allowed(u))).collect();
    let broken = keep::broken(problem, std::iter::once(state));
    let reaches = keep::reaches(model, state, &broken, &free, clock);
    Nothing {
        refuted,
        remedied: remedied.flatten(),
        general_solver_says_none: false,
        broken: broken_rules(problem, state),
        keeps: reaches.into_iter().map(|r| r.sentence).collect(),
    }
}

/// What conflicts where a look at the book shows that there is no plan: rules leave some unit no leaf, or totals do not fit.
/// Books that are too large to look at so, and have leaves for all units, are left for the search.
pub(crate) fn refuted_at_once(problem: &Problem, clock: &Clock) -> Option<Nothing> {
    let limits = problem.rows.rows.iter().filter(|row| row.group.is_none()).count() + problem.rows.budgets.len();
    let few = problem.units.count() * limits <= LOOKED_AT_MAX;
    if problem.rules.is_empty() || !(few || problem.units.is_any_shut_out()) {
        return None;
    }
    let evidence = Search::new(&problem.hard_rules()).refuted_at_once()?;
    Some(refuted_by(problem, evidence, clock))
}

/// A plan that meets the hard rules, whatever tiers say of it; or what conflicts, where that can be proved. `broken` are the
/// rules that the nearest plan so far breaks.
pub(crate) fn any_plan(
    problem: &Problem,
    broken: Vec<String>,
    clock: &Clock,
) -> Result<Keyed<UnitIndex, LeafIndex>, Nothing> {
    let hard_rules = problem.hard_rules();
    let slice = clock.slice(PROOF_LAST);
    let found = Search::new(&hard_rules).run(&slice);
    clock.absorb(&slice);
    match found {
        Found::Plan(leaf_of) => Ok(leaf_of),
        Found::Refuted(evidence) => Err(refuted_by(problem, evidence, clock)),
        Found::Open => Err(Nothing { broken, ..nothing() }),
    }
}

/// What there is to say of a book that nobody has made a plan of.
fn refuted_by(problem: &Problem, evidence: Evidence, clock: &Clock) -> Nothing {
    let hard_rules = problem.hard_rules();
    let costs = Costs::none(&hard_rules);
    let model = Model::new(&hard_rules, &costs);
    refuted(&model, &greedy(&model, &[]), Some(evidence), clock)
}

fn nothing() -> Nothing {
    Nothing { refuted: None, remedied: None, general_solver_says_none: false, broken: Vec::new(), keeps: Vec::new() }
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
