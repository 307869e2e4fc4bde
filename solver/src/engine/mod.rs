//! The engine: anchors, a first plan, then tier by tier.
//!
//! One model for every shape: units go to leaves, and each node of the tree has its rows, so a plan of today's
//! territories already respects the bands of every level and stage below.

mod clock;

mod anchors;

mod draw;

mod state;

mod start;

mod first;

mod keep;

mod matching;

mod search;

mod lp;

mod price;

mod simplex;

mod branch;

mod anneal;

mod relaxed;

mod mip;

mod parts;

mod tier;

mod ladder;

mod nest;

mod join;

mod wide;

pub(crate) mod answer;

use crate::plan::Plan;
use crate::problem::Problem;
use crate::space::Point;
use answer::Outcome;
use clock::Clock;
use first::{Start, settle};
use ladder::{Reached, climb};
use matching::matched;
use nest::Sketch;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

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

/// What one pass over a book goes through; each account has some of its own.
fn cells(problem: &Problem) -> usize {
    problem.units.count() * (problem.tree.leaves.len() + problem.rows.loads.len() + 10)
}

/// Part of the time in which every stage is drawn by itself, when that is asked for.
const NESTING_PART: f64 = 0.3;

/// Carves the book: the best plan found until the deadline, with bounds, checked.
///
/// With a work limit, the same problem and seed give the same plan whatever the threads, provided the deadline is
/// not reached first.
pub fn carve(problem: &Problem, control: &Control, observer: &dyn Observer) -> Plan {
    let clock = Clock::new(control.deadline, control.stop, problem.options.work_limit, cells(problem));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(problem.options.threads).build();
    let solve = || {
        if !problem.options.price_of_nesting || problem.tree.stages.is_empty() {
            return solve(problem, &clock, observer);
        }
        let part = clock.part(1.0 - NESTING_PART);
        let mut plan = solve(problem, &part, observer);
        clock.absorb(&part);
        nest::prices_of_nesting(problem, &mut plan, &clock);
        plan.solve_time = clock.elapsed();
        plan
    };
    let mut plan = match pool {
        Ok(pool) => pool.install(solve),
        // No threads to be had: the caller's own does.
        Err(_) => solve(),
    };
    plan.relaxations = clock.relaxations().total();
    plan
}

fn solve(problem: &Problem, clock: &Clock, observer: &dyn Observer) -> Plan {
    let report = |phase| observer.progress(&Progress { phase, tier: 0, best: None, bound: None });
    if !problem.conflicts.is_empty() {
        return answer::conflict(problem, clock.elapsed());
    }
    report(Phase::Anchors);
    let wide = problem.tree.leaves.len() > wide::JOINT_LEAVES;
    let sketches = if nest::is_nested(problem) && !wide { nest::sketches(problem, clock) } else { Vec::new() };
    report(Phase::Start);
    let outcome = |at: &Reached, limit| Outcome {
        leaf_of: account_leaves(problem, &at.leaf_of),
        anchors: at.anchors.clone(),
        proved: at.proved(problem),
        limit,
        elapsed: clock.elapsed(),
        starts: sketches.iter().map(Sketch::result).collect(),
    };
    let told = |at: &Reached| observer.improved(&|| answer::build(problem, &at.costs, &outcome(at, clock.limit())));
    let reached = match wide {
        true => wide::carve_wide(problem, clock),
        false => climb(problem, matched(problem, begin(problem, &sketches, clock, observer)), clock, observer, &told),
    };
    match reached {
        Ok(at) => {
            report(Phase::Check);
            let at = at.or_better(problem, &sketches).rematched(problem);
            answer::build(problem, &at.costs, &outcome(&at, clock.limit().or(at.ended)))
        }
        Err(nothing) => answer::nothing(problem, nothing, clock.limit(), clock.elapsed()),
    }
}

/// Anchors and a quick plan: the anchors at which the relaxation is worth least, and the best plan there.
fn begin(problem: &Problem, sketches: &[Sketch], clock: &Clock, observer: &dyn Observer) -> Start {
    let starts = if sketches.is_empty() { draw::STARTS } else { draw::STARTS_BESIDE };
    let drawn = draw::draw(problem, starts, clock);
    if sketches.is_empty() {
        return settle(problem, drawn, clock, observer);
    }
    let mut candidates: Vec<&Vec<Option<Point>>> = vec![&drawn];
    candidates.extend(sketches.iter().map(|s| &s.anchors));
    let worth = draw::worth(problem, &candidates, clock);
    let best = (0..worth.len()).fold(0, |best, i| if worth[i] < worth[best] { i } else { best });
    let mut start = settle(problem, candidates[best].clone(), clock, observer);
    let here = |leaf_of: &[usize]| nest::values(problem, &start.costs, leaf_of);
    let moved: Vec<Sketch> = sketches.iter().map(|s| Sketch { values: here(&s.leaf_of), ..s.clone() }).collect();
    if let Some(better) = nest::better(problem, &moved, &here(&start.leaf_of)) {
        start.leaf_of.clone_from(&better.leaf_of);
    }
    start
}

fn account_leaves(problem: &Problem, leaf_of_unit: &[usize]) -> Vec<usize> {
    problem.units.of.iter().map(|&unit| leaf_of_unit[unit]).collect()
}

/// Scores and checks a plan that someone else made: `leaf_of` gives each account's leaf, `anchors` an anchor for
/// each node (`None`: the given one, else the centre of its accounts). Accounts that must move together but do not
/// are faults of the check, and values count each account where it is.
pub fn evaluate(problem: &Problem, leaf_of: &[usize], anchors: &[Option<Point>]) -> Plan {
    let started = Instant::now();
    answer::evaluate(problem, leaf_of, anchors, || started.elapsed())
}
