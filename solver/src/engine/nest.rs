//! Two plans that know one level at a time, as starts for the joint one and to hold it against.
//!
//! Top down: every split drawn by itself, from the whole book on. Leaf first: all leaves drawn side by side, then
//! joined level by level, at the least distance to the centres of what is joined (exactly, for few leaves).

use super::anchors::recentred;
use super::clock::Clock;
use super::draw::{STARTS_PART, draw};
use super::first::settle;
use super::join::places;
use super::ladder::climb;
use super::state::{Model, State, slack};
use crate::costs::Costs;
use crate::plan::{StartMethod, StartResult};
use crate::problem::Problem;
use crate::problem::part::{Cut, Limits};
use crate::space::{Direction, Point};
use rayon::prelude::*;

/// Part of the time that each of the two may take.
const PART: f64 = 0.08;

/// Values are alike that differ by no more than this many times what comparisons forgive.
const ALIKE: f64 = 1e3;

/// A whole plan with anchors at its centres.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    pub method: StartMethod,
    /// Leaf of each unit.
    pub leaf_of: Vec<usize>,
    pub anchors: Vec<Option<Point>>,
    /// How far hard rules are broken, then the value of each tier.
    pub values: Vec<f64>,
}

impl Sketch {
    fn of(problem: &Problem, method: StartMethod, leaf_of: Vec<usize>) -> Sketch {
        let given: Vec<Option<Point>> = problem.tree.nodes.iter().map(|n| n.anchor).collect();
        let anchors = recentred(problem, &leaf_of, &given);
        let values = values(problem, &Costs::of(problem, &anchors), &leaf_of);
        Sketch { method, leaf_of, anchors, values }
    }

    pub fn result(&self) -> StartResult {
        StartResult { method: self.method, values: self.values[1..].to_vec() }
    }
}

/// Whether `a` is lexicographically better than `b`, each how far hard rules are broken and then the value of each
/// tier. What a tier gives back is no loss.
fn is_better(problem: &Problem, a: &[f64], b: &[f64]) -> bool {
    for (t, (a, b)) in a.iter().zip(b).enumerate() {
        let limit = t.checked_sub(1).map_or(*a, |t| problem.tiers[t].limit(*a));
        if *b > limit + ALIKE * slack(limit) {
            return true;
        }
        if *a > b + ALIKE * slack(*b) {
            return false;
        }
    }
    false
}

/// The lexicographically best of the sketches that is better than `values`, if one is.
pub(crate) fn better<'a>(problem: &Problem, sketches: &'a [Sketch], values: &[f64]) -> Option<&'a Sketch> {
    let best = sketches.iter().reduce(|a, b| if is_better(problem, &b.values, &a.values) { b } else { a })?;
    is_better(problem, &best.values, values).then_some(best)
}

/// How far hard rules are broken by a plan, then the value of each tier.
pub(crate) fn values(problem: &Problem, costs: &Costs, leaf_of: &[usize]) -> Vec<f64> {
    let model = Model::new(problem, costs);
    let state = State::new(&model, leaf_of.to_vec());
    let tiers = (0..problem.tiers.len()).map(|t| state.value(&model, t));
    std::iter::once(state.broken(&model)).chain(tiers).collect()
}

/// Whether there are levels to know, and distances to draw by.
pub(crate) fn is_nested(problem: &Problem) -> bool {
    problem.tree.depth() > 1 && (0..problem.tree.nodes.len()).any(|n| problem.counts_distance(n))
}

/// Both plans; those that were not finished in time are left out.
pub(crate) fn sketches(problem: &Problem, clock: &Clock) -> Vec<Sketch> {
    let all: Vec<usize> = (0..problem.units.count()).collect();
    let part = clock.part(PART);
    let top = top_down(problem, 0, all.clone(), &part);
    clock.absorb(&part);
    let part = clock.part(PART);
    let first = leaf_first(problem, &all, &part);
    clock.absorb(&part);
    let top = top.map(|leaf_of| Sketch::of(problem, StartMethod::TopDown, leaf_of));
    let first = first.map(|leaf_of| Sketch::of(problem, StartMethod::LeafFirst, leaf_of));
    top.into_iter().chain(first).collect()
}

/// The leaf of every unit of `problem`, of which only `units` are meant, by splitting from `node` down.
fn top_down(problem: &Problem, node: usize, units: Vec<usize>, clock: &Clock) -> Option<Vec<usize>> {
    let mut leaf_of = vec![0; problem.units.count()];
    let mut level = vec![(node, units)];
    let depth = problem.tree.depth() - problem.tree.nodes[node].level;
    for step in 0..depth {
        let splits = level.iter().filter(|(n, _)| !problem.tree.nodes[*n].children.is_empty()).count().max(1);
        let clocks: Vec<Clock> = level.iter().map(|_| clock.part(1.0 / ((depth - step) * splits) as f64)).collect();
        let split = |((node, units), clock): (&(usize, Vec<usize>), &Clock)| {
            let node = *node;
            if problem.tree.nodes[node].children.is_empty() {
                return Some(vec![(node, units.clone())]);
            }
            let cut = Cut::flat(&problem.tree, node, 1);
            let part = problem.part(&cut, units, Limits::Whole);
            let to = plan(&part, clock)?;
            let mut held: Vec<(usize, Vec<usize>)> = cut.ends().into_iter().map(|n| (n, Vec::new())).collect();
            units.iter().zip(to).for_each(|(&unit, leaf)| held[leaf].1.push(unit));
            Some(held)
        };
        let next: Vec<Option<Vec<_>>> = level.par_iter().zip(&clocks).map(split).collect();
        clocks.iter().for_each(|part| clock.absorb(part));
        level = next.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    }
    for (node, units) in level {
        let leaf = problem.tree.nodes[node].leaves.start;
        units.into_iter().for_each(|u| leaf_of[u] = leaf);
    }
    Some(leaf_of)
}

/// A quick plan of a part: the leaf of each of its units.
fn plan(part: &Problem, clock: &Clock) -> Option<Vec<usize>> {
    let anchors = draw(part, STARTS_PART, clock);
    let start = settle(part, anchors, clock, &());
    climb(part, start, clock, &(), &|_| {}).ok().map(|reached| reached.leaf_of)
}

/// All leaves side by side, then joined.
fn leaf_first(problem: &Problem, units: &[usize], clock: &Clock) -> Option<Vec<usize>> {
    let tree = &problem.tree;
    let part = problem.part(&Cut::flat(tree, 0, tree.depth()), units, Limits::Whole);
    let to = plan(&part, clock)?;
    let mut held = vec![(Direction::default(), 0.0); tree.leaves.len()];
    for (&unit, &leaf) in units.iter().zip(&to) {
        for place in problem.units.members(unit).iter().filter_map(|&a| problem.accounts.places[a]) {
            held[leaf].0.add(place, 1.0);
            held[leaf].1 += 1.0;
        }
    }
    let place_of = places(problem, &held);
    Some(to.into_iter().map(|leaf| place_of[leaf]).collect())
}
