//! The engine: anchors, a first plan, then tier by tier.
//!
//! One model for every shape: units go to leaves, and each node of the tree has its rows, so a plan of today's
//! territories already respects the bands of every level and stage below.

mod observe;

pub(crate) mod clock;

mod relax;

pub(crate) mod search;

pub(crate) mod context;

pub(crate) mod feasible;

mod branch;

pub(crate) mod tier;

pub(crate) mod starts;

mod tiers;

mod steps;

mod levels;

mod returned;

pub use observe::{Control, Observer, Phase, Progress};

use crate::answer::{self, Outcome};
use crate::check::check;
use crate::index::{AccountIndex, Keyed, LeafIndex, UnitIndex};
use crate::plan::{Plan, StartMethod};
use crate::problem::Problem;
use crate::problem::tree::Anchors;
use clock::Clock;
use levels::nest::{self, Sketch};
use levels::wide;
use returned::returned;
use starts::draw;
use starts::first::{Start, refuted_at_once, settle};
use starts::greedy::as_given;
use starts::matching::matched;
use tiers::{Reached, from_elsewhere, solve_tiers};

/// Fraction of the time in which every stage is drawn by itself, when that is asked for.
const NESTING_FRACTION: f64 = 0.3;

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
        let slice = clock.slice(1.0 - NESTING_FRACTION);
        let mut plan = solve(problem, &slice, observer);
        clock.absorb(&slice);
        nest::prices_of_nesting(problem, &mut plan, &clock);
        plan.solve_time = clock.elapsed();
        plan.check = check(problem, &plan);
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

/// Leaves that count in what packing an answer takes, at most: 100,000 accounts in 1,000 leaves take no more than in 64.
const PACKED_LEAVES: usize = 64;

/// What one pass over a book goes through: units times the leaves and loads each is tried with, and the accounts of
/// each.
fn cells(problem: &Problem) -> usize {
    problem.units.count() * (problem.tree.leaves.len().min(PACKED_LEAVES) + problem.rows.loads.len() + 10)
}

/// The whole way from a problem to a checked plan.
fn solve(problem: &Problem, clock: &Clock, observer: &dyn Observer) -> Plan {
    let report = |phase| observer.progress(&Progress { phase, tier: 0, best: None, bound: None, bands_met: false });
    if let Some(nothing) = refuted_at_once(problem, clock) {
        return answer::nothing(problem, nothing, clock.limit(), clock.elapsed());
    }
    // 1. Plans that know one level at a time, for nested stages.
    report(Phase::Anchors);
    let wide = wide::is_wide(problem);
    let mut sketches = if nest::is_nested(problem) && !wide { nest::sketches(problem, clock) } else { Vec::new() };
    sketches.extend(as_given(problem).map(|leaf_of| Sketch::of(problem, StartMethod::Given, leaf_of)));
    let outcome = |at: &Reached, limit| Outcome {
        leaf_of: account_leaves(problem, &at.leaf_of),
        anchors: at.anchors.clone(),
        proved: at.proved(problem),
        limit,
        elapsed: clock.elapsed(),
        starts: sketches.iter().map(Sketch::result).collect(),
    };
    // Whoever is told of a plan may have to keep it, so it is never worse than one that was there before the search.
    let told = |at: &Reached| {
        observer.improved(&|| {
            let better = nest::or_better(at, problem, &sketches);
            let at = better.as_ref().unwrap_or(at);
            answer::build(problem, &at.costs, &outcome(at, clock.limit()))
        });
    };
    if let Some(first) = nest::first(problem, &sketches) {
        told(&first);
    }
    // 2. A start, matched to the seats, part by part where the tree is wide; and every tier from there.
    report(Phase::Start);
    let start = match wide {
        true => wide::start_wide(problem, clock),
        false => Ok(matched(problem, begin(problem, &sketches, clock, observer))),
    };
    let alone = |clock: &Clock| first_alone(&problem.first_tier()?, clock, observer);
    let reached = start.and_then(|start| {
        let reached = solve_tiers(problem, start, Some(&alone), clock, observer, &told);
        reached.map(|at| from_elsewhere(problem, at, clock, observer, &told))
    });
    // 3. The answer, checked.
    match reached {
        Ok(at) => {
            report(Phase::Check);
            let mut at = or_better(problem, at, &sketches, clock, observer, &told).rematched(problem);
            at.leaf_of = returned(problem, &at.costs, &at.leaf_of);
            answer::build(problem, &at.costs, &outcome(&at, clock.limit().or(at.ended)))
        }
        Err(nothing) => answer::nothing(problem, nothing, clock.limit(), clock.elapsed()),
    }
}

/// What a problem whose tiers are cut to the first comes to.
fn first_alone(first: &Problem, clock: &Clock, observer: &dyn Observer) -> Option<Keyed<UnitIndex, LeafIndex>> {
    let start = matched(first, begin(first, &[], clock, observer));
    solve_tiers(first, start, None, clock, observer, &|_| {}).ok().map(|reached| reached.leaf_of)
}

/// Anchors and a quick plan: the anchors at which the relaxation is worth least, and the best plan there.
fn begin(problem: &Problem, sketches: &[Sketch], clock: &Clock, observer: &dyn Observer) -> Start {
    let starts = if sketches.is_empty() { draw::STARTS } else { draw::STARTS_BESIDE };
    let drawn = draw::draw(problem, starts, clock);
    if sketches.is_empty() {
        return settle(problem, drawn, clock, observer);
    }
    let mut candidates: Vec<&Anchors> = vec![&drawn];
    candidates.extend(sketches.iter().map(|s| &s.anchors));
    let worth = draw::worth(problem, &candidates, clock);
    let best = (0..worth.len()).fold(0, |best, i| if worth[i] < worth[best] { i } else { best });
    let mut start = settle(problem, candidates[best].clone(), clock, observer);
    let here = |leaf_of: &Keyed<UnitIndex, LeafIndex>| nest::values(problem, &start.costs, leaf_of);
    let moved: Vec<Sketch> = sketches.iter().map(|s| Sketch { values: here(&s.leaf_of), ..s.clone() }).collect();
    if let Some(better) = nest::better(problem, &moved, &here(&start.leaf_of)) {
        start.leaf_of.clone_from(&better.leaf_of);
    }
    start
}

/// What was reached, or the best of the sketches where that is better: then the tiers go on from there for the time left.
fn or_better(
    problem: &Problem,
    at: Reached,
    sketches: &[Sketch],
    clock: &Clock,
    observer: &dyn Observer,
    told: &dyn Fn(&Reached),
) -> Reached {
    let Some(better) = nest::or_better(&at, problem, sketches) else { return at };
    if clock.is_over() {
        return better;
    }
    let Reached { anchors, costs, leaf_of, .. } = better.clone();
    match solve_tiers(problem, Start { anchors, costs, leaf_of, priced: None }, None, clock, observer, told) {
        Ok(on) if !nest::is_behind(problem, &on, &better) => on,
        _ => better,
    }
}

fn account_leaves(problem: &Problem, leaf_of_unit: &Keyed<UnitIndex, LeafIndex>) -> Keyed<AccountIndex, LeafIndex> {
    problem.units.of.map(|&unit| leaf_of_unit[unit])
}
