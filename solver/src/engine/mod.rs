//! The engine: anchors, a first plan, then tier by tier.
//!
//! One model for every shape: units go to leaves, and each node of the tree has its rows, so a plan of today's
//! territories already respects the bands of every level and stage below.

mod clock;

mod anchors;

mod state;

mod start;

mod first;

mod matching;

mod search;

mod lp;

mod price;

mod simplex;

mod branch;

mod anneal;

mod mip;

mod parts;

mod tier;

pub(crate) mod answer;

use crate::bound::Frame;
use crate::costs::Costs;
use crate::evidence::Evidence;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::problem::tiers::Kind;
use crate::space::Point;
use answer::{Outcome, Proved};
use clock::Clock;
use first::{Start, first_plan, guide, settle};
use matching::{matched, rematched};
use state::{Model, State};
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use tier::{Work, reach};

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub struct Control<'a> {
    /// The plan is back by then.
    pub deadline: Instant,
    /// Set to end early with the best plan.
    pub stop: &'a AtomicBool,
}

/// What the engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Anchors are being found.
    Anchors,
    /// A first plan is being built.
    Start,
    /// Bounds are being proved.
    Bound,
    /// The plan is being improved.
    Improve,
    /// The plan is being checked.
    Check,
}

/// How far the engine is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What it does.
    pub phase: Phase,
    /// The tier it works on, 0-based.
    pub tier: usize,
    /// The best value of that tier so far, if a plan is there.
    pub best: Option<f64>,
    /// The proved bound of that tier so far.
    pub bound: Option<f64>,
}

/// Who watches.
pub trait Observer: Sync {
    /// Called now and then, from any thread; must return quickly.
    fn progress(&self, _progress: &Progress) {}
    /// Called when a better plan is there; calling `plan` builds the checked answer as of now.
    fn improved(&self, _plan: &dyn Fn() -> Plan) {}
}

impl Observer for () {}

/// Part of the time left that a tier may take when others follow.
const TIER_PART: f64 = 0.35;

/// Carves the book: the best plan found until the deadline, with bounds, checked.
///
/// With a work limit, the same problem and seed give the same plan whatever the threads, provided the deadline is
/// not reached first.
pub fn carve(problem: &Problem, control: &Control, observer: &dyn Observer) -> Plan {
    let clock = Clock::new(control.deadline, control.stop, problem.options.work_limit);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(problem.options.threads).build();
    let solve = || solve(problem, &clock, observer);
    match pool {
        Ok(pool) => pool.install(solve),
        // No threads to be had: the caller's own does.
        Err(_) => solve(),
    }
}

fn solve(problem: &Problem, clock: &Clock, observer: &dyn Observer) -> Plan {
    let report = |phase| observer.progress(&Progress { phase, tier: 0, best: None, bound: None });
    if !problem.conflicts.is_empty() {
        return answer::conflict(problem, clock.elapsed());
    }
    report(Phase::Anchors);
    let found = anchors::find(problem);
    report(Phase::Start);
    let start = matched(problem, settle(problem, found, clock, observer));
    let Start { mut anchors, costs, leaf_of, mut priced } = start;
    let model = Model::new(problem, &costs);
    let pairs = model.pairs();
    let mut state = State::new(&model, leaf_of);
    if state.broken(&model) > 0.0 {
        match first_plan(&model, &pairs, state, clock) {
            Ok(found) => state = found,
            Err(nothing) => {
                return answer::nothing(problem, nothing.proved, nothing.rules, clock.limit(), clock.elapsed());
            }
        }
    }
    let outcome = |state: &State, anchors: &[Option<Point>], proved: &[Proved], limit| Outcome {
        leaf_of: account_leaves(problem, &state.leaf_of),
        anchors: anchors.to_vec(),
        proved: proved.to_vec(),
        limit,
        elapsed: clock.elapsed(),
    };
    let mut proved: Vec<Proved> = Vec::new();
    let mut limits: Vec<f64> = Vec::new();
    let mut ended = None;
    for t in 0..problem.tiers.len() {
        observer.improved(&|| {
            let proved = pad(problem, &costs, &proved, &limits);
            answer::build(problem, &costs, &outcome(&state, &anchors, &proved, clock.limit()))
        });
        let last = t + 1 == problem.tiers.len();
        let tier_clock = clock.part(if last { 1.0 } else { TIER_PART });
        let frame = Frame::of(problem, &costs, t, &limits);
        let work = Work {
            model: &model,
            pairs: &pairs,
            clock: &tier_clock,
            observer,
            tier: t,
            limits: &limits,
            floor: frame.floor(problem),
            frame: &frame,
        };
        let known = priced.take_if(|p| p.tier == t && p.limits == limits).map(|p| p.priced);
        let reached = reach(&work, state, guide(problem, &costs, t), known);
        clock.absorb(&tier_clock);
        state = reached.state;
        ended = ended.or(reached.limit);
        proved.push(Proved {
            bound: reached.bound,
            decided: state.value(&model, t),
            evidence: reached.evidence,
            frame,
        });
        limits.push(problem.tiers[t].limit(state.value(&model, t)));
    }
    report(Phase::Check);
    // What is proved of compactness holds for the anchors where they are; without it leaves may still change names.
    if !compact(problem)
        && let Some((leaf_of, moved, _)) = rematched(problem, &costs, &state.leaf_of, &anchors)
    {
        (state, anchors) = (State::new(&model, leaf_of), moved);
    }
    let limit = clock.limit().or(ended);
    answer::build(problem, &costs, &outcome(&state, &anchors, &proved, limit))
}

/// Whether some tier depends on anchors.
fn compact(problem: &Problem) -> bool {
    let mut criteria = problem.tiers.iter().flat_map(|tier| &tier.criteria);
    criteria.any(|c| matches!(c.kind, Kind::Compactness { .. }))
}

/// What is proved of tiers that have not been worked on: their floor.
fn pad(problem: &Problem, costs: &Costs, proved: &[Proved], limits: &[f64]) -> Vec<Proved> {
    let mut all = proved.to_vec();
    for t in proved.len()..problem.tiers.len() {
        let mut limits = limits.to_vec();
        limits.resize(t, f64::INFINITY);
        let frame = Frame::of(problem, costs, t, &limits);
        let evidence = Evidence::none(problem, t);
        all.push(Proved { bound: frame.floor(problem), decided: f64::INFINITY, evidence, frame });
    }
    all
}

fn account_leaves(problem: &Problem, leaf_of_unit: &[usize]) -> Vec<usize> {
    problem.units.of.iter().map(|&unit| leaf_of_unit[unit]).collect()
}

/// Scores and checks a plan that someone else made: `leaf_of` gives each account's leaf, `anchors` an anchor for
/// each leaf (`None`: the given one, else the centre of its accounts). Accounts that must move together but do not
/// are faults of the check, and values count each account where it is.
pub fn evaluate(problem: &Problem, leaf_of: &[usize], anchors: &[Option<Point>]) -> Plan {
    let started = Instant::now();
    answer::evaluate(problem, leaf_of, anchors, || started.elapsed())
}
