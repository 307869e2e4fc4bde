//! Two plans that know one level at a time, as starts for the joint one and to hold it against.
//!
//! Top down: every split drawn by itself, from the whole book on. Leaf first: all leaves drawn side by side, then
//! joined level by level, at the least distance to the centres of what is joined (exactly, for few leaves).

use crate::answer::Proved;
use crate::engine::clock::Clock;
use crate::engine::context::{SEARCHED_UNITS_MAX, given_up};
use crate::engine::levels::join::places;
use crate::engine::starts::anchors::{find, recentred};
use crate::engine::starts::draw::{STARTS, STARTS_PART, draw};
use crate::engine::starts::first::{compact, settle};
use crate::engine::tiers::{Reached, solve_tiers};
use crate::index::{Keyed, LeafIndex, NodeIndex, Number, TierIndex, UnitIndex};
use crate::plan::{Assignment, Nesting, Plan, StartMethod, StartResult};
use crate::problem::Problem;
use crate::problem::criteria::Criterion;
use crate::problem::part::{Cut, Limits};
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::score::{Model, State, slack};
use crate::space::Direction;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Part of the bands that splits above joint subtrees keep to.
const ROOM: f64 = 0.5;
/// Gap at which a part of such a plan is good enough.
const GAP: f64 = 1e-3;
/// Part of the time that each of the two may take.
const PART: f64 = 0.08;

/// Values are alike that differ by no more than this many times what comparisons forgive.
const ALIKE: f64 = 1e3;

/// How far hard rules are broken, then the values of each tier: of its first step, and of all that it can have.
pub(super) type Values = Vec<Vec<f64>>;

/// A whole plan with anchors at its centres.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    pub method: StartMethod,
    /// Leaf of each unit.
    pub leaf_of: Keyed<UnitIndex, LeafIndex>,
    pub anchors: Anchors,
    /// How far hard rules are broken, then the value of each tier.
    pub values: Values,
}

impl Sketch {
    pub fn of(problem: &Problem, method: StartMethod, leaf_of: Keyed<UnitIndex, LeafIndex>) -> Sketch {
        let anchors = recentred(problem, &leaf_of, &find(problem, 0));
        let values = values(problem, &Costs::of(problem, &anchors), &leaf_of);
        Sketch { method, leaf_of, anchors, values }
    }

    pub fn result(&self) -> StartResult {
        StartResult { method: self.method, values: self.values[1..].iter().map(|steps| steps[0]).collect() }
    }
}

/// Whether `a` is lexicographically better than `b`, each how far hard rules are broken and then the values of each tier.
/// What a tier gives back is no loss.
pub(super) fn is_better(problem: &Problem, a: &Values, b: &Values) -> bool {
    for (t, (a, b)) in a.iter().zip(b).enumerate() {
        let tier = t.checked_sub(1).map(|t| &problem.tiers[TierIndex::new(t)]);
        for (largest, (&a, &b)) in (1..).zip(a.iter().zip(b)) {
            let limit = tier.map_or(a, |tier| tier.limit_of(a, largest));
            if b > limit + ALIKE * slack(limit) {
                return true;
            }
            if a > b + ALIKE * slack(b) {
                return false;
            }
        }
    }
    false
}

/// Whether what was reached is worse than something else that was.
pub(crate) fn is_behind(problem: &Problem, reached: &Reached, other: &Reached) -> bool {
    let of = |at: &Reached| values(problem, &at.costs, &at.leaf_of);
    is_better(problem, &of(other), &of(reached))
}

/// The lexicographically best of the sketches that is better than `values`, if one is.
pub(crate) fn better<'a>(problem: &Problem, sketches: &'a [Sketch], values: &Values) -> Option<&'a Sketch> {
    let best = sketches.iter().reduce(|a, b| if is_better(problem, &b.values, &a.values) { b } else { a })?;
    is_better(problem, &best.values, values).then_some(best)
}

/// The best of the sketches that break no hard rule, as something that was reached itself; nothing is proved of it yet.
pub(crate) fn first(problem: &Problem, sketches: &[Sketch]) -> Option<Reached> {
    let plans = sketches.iter().filter(|sketch| sketch.values[0].iter().all(|broken| *broken <= 0.0));
    let best = plans.reduce(|a, b| if is_better(problem, &b.values, &a.values) { b } else { a })?;
    Some(Reached {
        anchors: best.anchors.clone(),
        costs: Costs::of(problem, &best.anchors),
        leaf_of: best.leaf_of.clone(),
        proved: Keyed::new(),
        limits: Keyed::new(),
        ended: None,
    })
}

/// The best of the sketches where it is better than what was reached, as something that was reached itself.
///
/// Any prices prove a bound, at any anchors: the evidence found so far is proved anew for the sketch.
pub(crate) fn or_better(reached: &Reached, problem: &Problem, sketches: &[Sketch]) -> Option<Reached> {
    let values = values(problem, &reached.costs, &reached.leaf_of);
    let better = better(problem, sketches, &values)?;
    let costs = Costs::of(problem, &better.anchors);
    let (mut proved, mut limits): (Keyed<TierIndex, Proved>, _) = (Keyed::new(), Keyed::new());
    // Prices of steps say nothing where there are none.
    let stepped = reached.proved.iter().any(|proved| !proved.steps.is_empty());
    for (t, old) in reached.proved.pairs() {
        let decided = better.values[t.get() + 1][0];
        let frame = Frame::of(problem, &costs, t, &limits);
        let evidence = if stepped { Evidence::none(problem, t) } else { old.evidence.clone() };
        let bound = given_up(evidence.prove(problem, &costs, &frame)).max(frame.floor(problem)).min(decided);
        proved.push(Proved { bound, decided, evidence, frame, steps: Vec::new() });
        limits.push(problem.tiers[t].limit(decided));
    }
    Some(Reached {
        anchors: better.anchors.clone(),
        leaf_of: better.leaf_of.clone(),
        costs,
        proved,
        limits,
        ended: reached.ended,
    })
}

/// How far hard rules are broken by a plan, then the value of each tier.
pub(crate) fn values(problem: &Problem, costs: &Costs, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> Values {
    let model = Model::new(problem, costs);
    let state = State::new(&model, leaf_of.clone());
    let steps = |t: TierIndex| {
        let further = (1..=problem.steps_max(t)).map(|step| state.step(problem, t, step + 1));
        std::iter::once(state.value(&model, t)).chain(further).collect()
    };
    std::iter::once(vec![state.broken(&model)]).chain(problem.tiers.keys().iter().map(steps)).collect()
}

/// Whether there are stages to nest, and distances to draw by.
pub(crate) fn is_nested(problem: &Problem) -> bool {
    problem.tree.stages.len() > 1 && compact(problem).is_some()
}

/// Both plans; those that were not finished in time are left out.
pub(crate) fn sketches(problem: &Problem, clock: &Clock) -> Vec<Sketch> {
    let all: Vec<UnitIndex> = problem.units.all().iter().collect();
    let part = clock.slice(PART);
    let top = top_down(problem, NodeIndex::ROOT, all.clone(), 1, &part);
    clock.absorb(&part);
    let part = clock.slice(PART);
    let first = leaf_first(problem, &all, &part);
    clock.absorb(&part);
    let top = top.map(|leaf_of| Sketch::of(problem, StartMethod::TopDown, leaf_of));
    let first = first.map(|leaf_of| Sketch::of(problem, StartMethod::LeafFirst, leaf_of));
    top.into_iter().chain(first).collect()
}

/// What nesting costs each stage: beside the best plan found for it alone in its part of the time.
pub(crate) fn prices_of_nesting(problem: &Problem, plan: &mut Plan, clock: &Clock) {
    let Some(tier) = compact(problem) else { return };
    let distances = |c: &Criterion| c.kind.compactness().map(|(distance, _)| distance);
    let Some(distance) = problem.tiers[tier].criteria.iter().find_map(distances) else { return };
    let all: Vec<UnitIndex> = problem.units.all().iter().collect();
    let stages = plan.stages.len();
    for (i, stage) in plan.stages.iter_mut().enumerate() {
        let nested = if distance { stage.mean_distance_km } else { stage.mean_squared_distance_km2 };
        let cut = Cut::flat(&problem.tree, NodeIndex::ROOT, stage.level);
        let part = problem.part(&cut, &all, Limits::Whole);
        let time = clock.slice(1.0 / (stages - i) as f64);
        let anchors = draw(&part, STARTS, &time);
        let start = settle(&part, anchors, &time, &());
        let reached = solve_tiers(&part, start, None, &time, &(), &|_| {});
        clock.absorb(&time);
        let Ok(mut reached) = reached else { continue };
        // The nested plan is one of those that the stage may have alone: a search that had too little time may end above it.
        if let Some(own) = of_stage(problem, &plan.assignments, &cut, &part) {
            let here = |leaf_of| Sketch::of(&part, StartMethod::Given, leaf_of);
            let (nested, alone) = (here(own), here(reached.leaf_of.clone()));
            if is_better(&part, &nested.values, &alone.values) {
                reached.leaf_of = nested.leaf_of;
            }
        }
        let anchors = recentred(&part, &reached.leaf_of, &reached.anchors);
        let independent = mean_distance(&part, &reached.leaf_of, &anchors, distance);
        // What is proved of a tier of several criteria is none of the distance alone.
        let alone = match part.tiers[tier].criteria.as_slice() {
            [alone] => alone.kind.compactness().map(|(_, weights)| alone.weight * weights[NodeIndex::new(1)]),
            _ => None,
        };
        let proved = alone.zip(reached.proved.get(tier));
        let bound = proved.map_or(0.0, |(weight, proved)| proved.bound.max(0.0) / weight);
        let over = |by: f64| if by > 0.0 { nested / by } else { 0.0 };
        stage.nesting = Some(Nesting {
            independent,
            independent_bound: bound.min(independent),
            price: over(independent),
            price_against_bound: over(bound.min(independent)),
        });
    }
}

/// Where the whole's plan has each unit, as a leaf of a cut of it.
fn of_stage(
    problem: &Problem,
    assignments: &[Assignment],
    cut: &Cut,
    part: &Problem,
) -> Option<Keyed<UnitIndex, LeafIndex>> {
    let ends: HashMap<usize, LeafIndex> = cut.ends().pairs().map(|(leaf, node)| (node.get(), leaf)).collect();
    let leaf = |unit: UnitIndex| {
        let account = problem.units.members(unit).first()?;
        assignments.get(account.get())?.path.iter().find_map(|node| ends.get(node).copied())
    };
    let leaf_of: Option<Keyed<UnitIndex, LeafIndex>> = problem.units.all().iter().map(leaf).collect();
    leaf_of.filter(|leaf_of| leaf_of.len() == part.units.count())
}

/// Mean distance of accounts to the anchor of their leaf, km, or of its square.
fn mean_distance(problem: &Problem, leaf_of: &Keyed<UnitIndex, LeafIndex>, anchors: &Anchors, distance: bool) -> f64 {
    let (mut sum, mut located) = (0.0, 0.0);
    for (unit, &leaf) in leaf_of.pairs() {
        let Some(anchor) = anchors[problem.tree.leaves[leaf]] else { continue };
        for (place, counts) in problem.units.members(unit).iter().filter_map(|&a| problem.accounts.located(a)) {
            let km = place.distance_km(anchor);
            sum += counts * if distance { km } else { km * km };
            located += counts;
        }
    }
    if located > 0.0 { sum / located } else { 0.0 }
}

/// The leaf of every unit, by splitting from `node` down; subtrees of up to `joint` leaves are drawn in one. Splits
/// above such subtrees leave room in their bands for the splits below.
pub(crate) fn top_down(
    problem: &Problem,
    node: NodeIndex,
    units: Vec<UnitIndex>,
    joint: usize,
    clock: &Clock,
) -> Option<Keyed<UnitIndex, LeafIndex>> {
    let tree = &problem.tree;
    let mut leaf_of = problem.units.class.map(|_| LeafIndex::new(0));
    let mut open = vec![(node, units)];
    let mut steps = tree.depth() - tree.nodes[node].level;
    while !open.is_empty() {
        // One more than there are, so that the last is not left with what the others ran over.
        let waiting = AtomicUsize::new(open.len() + problem.options.threads);
        let split = |(node, units): &(NodeIndex, Vec<UnitIndex>)| {
            let share = match clock.is_counted() {
                true => 1.0 / open.len() as f64,
                // As many run side by side as there are threads.
                false => problem.options.threads as f64 / waiting.fetch_sub(1, Ordering::Relaxed) as f64,
            };
            let part = clock.slice(share.min(1.0) / steps.max(1) as f64);
            let held = split_one(problem, *node, units, joint, &part);
            (held, part)
        };
        let next: Vec<_> = open.par_iter().map(split).collect();
        next.iter().for_each(|(_, part)| clock.absorb(part));
        open.clear();
        for (held, _) in next {
            for (node, units) in held? {
                let children = &tree.nodes[node].children;
                match children.is_empty() {
                    true => units.into_iter().for_each(|u| leaf_of[u] = tree.nodes[node].leaves.start),
                    false => open.push((node, units)),
                }
            }
        }
        steps = steps.saturating_sub(1);
    }
    Some(leaf_of)
}

/// The nodes that one split, or one subtree of up to `joint` leaves, sends its units to.
fn split_one(
    problem: &Problem,
    node: NodeIndex,
    units: &[UnitIndex],
    joint: usize,
    clock: &Clock,
) -> Option<Keyed<LeafIndex, (NodeIndex, Vec<UnitIndex>)>> {
    let tree = &problem.tree;
    let fits = tree.nodes[node].leaves.len() <= joint;
    let cut = if fits { Cut::below(tree, node) } else { Cut::flat(tree, node, 1) };
    let mut part = problem.part(&cut, units, Limits::Whole);
    if !fits && joint > 1 {
        part.narrow(ROOM);
    }
    let to = if joint > 1 { plan(&part, false, clock) } else { sketch(part, clock) }?;
    let mut held = cut.ends().map(|&n| (n, Vec::new()));
    units.iter().zip(to).for_each(|(&unit, leaf)| held[leaf].1.push(unit));
    Some(held)
}

/// A plan of a part: the leaf of each of its units. With `short`, in a large part just the relaxation made whole.
fn plan(part: &Problem, short: bool, clock: &Clock) -> Option<Keyed<UnitIndex, LeafIndex>> {
    let anchors = draw(part, STARTS_PART, clock);
    let start = settle(part, anchors, clock, &());
    if short && part.units.count() > SEARCHED_UNITS_MAX && values(part, &start.costs, &start.leaf_of)[0] == [0.0] {
        return Some(start.leaf_of);
    }
    solve_tiers(part, start, None, clock, &(), &|_| {}).ok().map(|reached| reached.leaf_of)
}

/// A quick plan of a part, to start from.
fn sketch(mut part: Problem, clock: &Clock) -> Option<Keyed<UnitIndex, LeafIndex>> {
    part.options.gap_target = part.options.gap_target.max(GAP);
    plan(&part, true, clock)
}

/// All leaves side by side, then joined.
fn leaf_first(problem: &Problem, units: &[UnitIndex], clock: &Clock) -> Option<Keyed<UnitIndex, LeafIndex>> {
    let tree = &problem.tree;
    let part = problem.part(&Cut::flat(tree, NodeIndex::ROOT, tree.depth()), units, Limits::Whole);
    let to = sketch(part, clock)?;
    let mut held = tree.leaves.map(|_| (Direction::default(), 0.0));
    for (&unit, &leaf) in units.iter().zip(&to) {
        for (place, counts) in problem.units.members(unit).iter().filter_map(|&a| problem.accounts.located(a)) {
            held[leaf].0.add(place, counts);
            held[leaf].1 += counts;
        }
    }
    let place_of = places(problem, &held);
    Some(to.into_iter().map(|leaf| place_of[leaf]).collect())
}
