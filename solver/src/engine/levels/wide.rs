//! Trees with too many leaves for one model: upper splits first, with room to spare for those below; then every
//! subtree that fits one model jointly, siblings in parallel.
//!
//! The bound is for the whole tree all the same. Prices come from the bottom up: of each subtree among the units it
//! was given, then of the splits above, where a unit costs at each child what it costs at its cheapest leaf there
//! after the prices below. Any prices prove a bound, so together they are evidence like any other.

use crate::answer::Nothing;
use crate::answer::Proved;
use crate::engine::clock::Clock;
use crate::engine::context::given_up;
use crate::engine::levels::nest::{is_better, top_down, values};
use crate::engine::relax::price::price;
use crate::engine::starts::anchors::{find, recentred};
use crate::engine::starts::first::{any_plan, broken_rules};
use crate::engine::starts::greedy::{as_given, at_owners};
use crate::engine::tiers::Reached;
use crate::index::{Keyed, LeafIndex, NodeIndex, Number, RowIndex, Span, TierIndex, UnitIndex};
use crate::plan::Limit;
use crate::problem::Problem;
use crate::problem::origin::Origin;
use crate::problem::part::{Cut, Limits};
use crate::problem::tree::Anchors;
use crate::proof::bound::{Frame, Pricer};
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::proof::prices::Prices;
use crate::score::{Model, State};
use rayon::prelude::*;
use std::collections::HashMap;

/// Leaves that one model may have, whatever the book.
const JOINT_LEAVES: usize = 64;
/// Leaves that the model of a book that is not large may have: a basis has a column for every row, and its inverse is full.
const JOINT_LEAVES_MAX: usize = 320;
/// Units times leaves of such a book, at most.
const JOINT_CELLS_MAX: usize = 4_000_000;
/// Part of the time for the plan; the rest is for the bound.
const PLAN_PART: f64 = 0.75;
/// Parts of the prices that are tried: what is right for each subtree by itself may be too much for all.
const TAKEN: [f64; 4] = [1.0, 0.5, 0.25, 0.0];

/// Whether a tree has too many leaves for one model of its book.
pub(crate) fn is_wide(problem: &Problem) -> bool {
    let leaves = problem.tree.leaves.len();
    let small = leaves <= JOINT_LEAVES_MAX && problem.units.count().saturating_mul(leaves) <= JOINT_CELLS_MAX;
    leaves > JOINT_LEAVES && !small
}

/// A plan from the top down, with a bound for each tier.
///
/// # Errors
/// When none is found that meets the hard rules; none is proved not to exist.
pub(crate) fn carve_wide(problem: &Problem, clock: &Clock) -> Result<Reached, Nothing> {
    let all: Vec<UnitIndex> = problem.units.all().iter().collect();
    let part = clock.slice(PLAN_PART);
    let found = top_down(problem, NodeIndex::ROOT, all, JOINT_LEAVES, &part);
    clock.absorb(&part);
    let leaf_of = best_of(problem, found, clock)?;
    let anchors = recentred(problem, &leaf_of, &find(problem, 0));
    let costs = Costs::of(problem, &anchors);
    let model = Model::new(problem, &costs);
    let state = State::new(&model, leaf_of);
    let values: Keyed<TierIndex, f64> = problem.tiers.keys().iter().map(|t| state.value(&model, t)).collect();
    let leaf_of = state.leaf_of;
    let (mut proved, mut limits) = (Keyed::new(), Keyed::new());
    for (t, &value) in values.pairs() {
        let frame = Frame::of(problem, &costs, t, &limits);
        let floor = frame.floor(problem);
        let (mut bound, mut evidence) = (floor, Evidence::none(problem, t));
        if costs.has(t) && !clock.is_over() {
            let held = PlanToPrice { problem, costs: &costs, anchors: &anchors, leaf_of: &leaf_of, tier: t, clock };
            let prices = held.prices();
            for part in TAKEN {
                let priced = Evidence::of(prices.scaled(part).repaired(problem, t));
                let proves = given_up(priced.prove(problem, &costs, &frame));
                if proves > bound {
                    (bound, evidence) = (proves, priced);
                }
            }
        }
        let bound = bound.min(value.max(floor));
        proved.push(Proved { bound, decided: value, evidence, frame, steps: Vec::new() });
        limits.push(problem.tiers[t].limit(value));
    }
    Ok(Reached { anchors, costs, leaf_of, proved, limits, ended: Some(Limit::Stalled) })
}

/// The better of the plan found and of nobody moving, each at its own centres, of those that meet the hard rules; where
/// neither does, any plan that does.
fn best_of(
    problem: &Problem,
    found: Option<Keyed<UnitIndex, LeafIndex>>,
    clock: &Clock,
) -> Result<Keyed<UnitIndex, LeafIndex>, Nothing> {
    let valued = |leaf_of: Keyed<UnitIndex, LeafIndex>| {
        let costs = Costs::of(problem, &recentred(problem, &leaf_of, &find(problem, 0)));
        (values(problem, &costs, &leaf_of), leaf_of)
    };
    let plans = found.into_iter().chain(as_given(problem)).chain([at_owners(problem)]).map(valued);
    let best = plans.reduce(|a, b| if is_better(problem, &b.0, &a.0) { b } else { a });
    match best {
        Some((values, leaf_of)) if values[0] == [0.0] => Ok(leaf_of),
        Some((_, leaf_of)) => {
            let costs = Costs::none(problem);
            let state = State::new(&Model::new(problem, &costs), leaf_of);
            any_plan(problem, broken_rules(problem, &state), clock)
        }
        None => any_plan(problem, Vec::new(), clock),
    }
}

/// A plan of the whole tree, to price around.
struct PlanToPrice<'a> {
    problem: &'a Problem,
    costs: &'a Costs,
    anchors: &'a Anchors,
    leaf_of: &'a Keyed<UnitIndex, LeafIndex>,
    tier: TierIndex,
    clock: &'a Clock<'a>,
}

impl PlanToPrice<'_> {
    fn prices(&self) -> Prices {
        let problem = self.problem;
        let row_at: HashMap<(Origin, NodeIndex), RowIndex> =
            problem.rows.rows.pairs().map(|(r, row)| ((row.origin, row.node), r)).collect();
        let mut prices = Prices::none(problem, self.tier);
        let take = |prices: &mut Prices, (part, cut, found): (&Problem, &Cut, &Prices)| {
            for (row, price) in part.rows.rows.zip(&found.rows).filter(|(_, p)| **p != 0.0) {
                let whole =
                    problem.rows.loads[row.load].total as f64 / (part.rows.loads[row.load].total as f64).max(1.0);
                let at = row_at[&(row.origin, cut.origin(row.node))];
                prices.rows[at] = price * whole;
            }
        };
        let tree = &problem.tree;
        let fits = |n: NodeIndex| tree.nodes[n].leaves.len() <= JOINT_LEAVES;
        let inner = |n: &NodeIndex| !tree.nodes[*n].children.is_empty();
        let joint: Vec<NodeIndex> = (tree.nodes.keys().iter().skip(1))
            .filter(inner)
            .filter(|&n| fits(n) && tree.nodes[n].parent.is_some_and(|p| !fits(p)))
            .collect();
        let solve = |&node: &NodeIndex| {
            let cut = Cut::below(tree, node);
            let part = problem.part(&cut, &self.units(node), Limits::Whole);
            let anchors: Anchors = tree.subtree(node).iter().map(|n| self.anchors[n]).collect();
            let costs = Costs::of(&part, &anchors);
            let found = self.relax(&part, &costs, &cut);
            (part, cut, found)
        };
        for (part, cut, found) in joint.par_iter().map(solve).collect::<Vec<_>>() {
            take(&mut prices, (&part, &cut, &found));
        }
        let mut upper: Vec<NodeIndex> = tree.nodes.keys().iter().filter(inner).filter(|&n| !fits(n)).collect();
        upper.sort_by_key(|&n| std::cmp::Reverse((tree.nodes[n].level, n)));
        for node in upper {
            let (cut, units) = (Cut::flat(tree, node, 1), self.units(node));
            let part = problem.part(&cut, &units, Limits::Whole);
            let costs = Costs::given(&part, self.tier, self.cheapest_below(&cut, &units, &prices));
            let found = self.relax(&part, &costs, &cut);
            take(&mut prices, (&part, &cut, &found));
        }
        prices
    }

    /// Units that the plan has below `node`.
    fn units(&self, node: NodeIndex) -> Vec<UnitIndex> {
        let leaves = self.problem.tree.nodes[node].leaves;
        self.leaf_of.pairs().filter(|(_, leaf)| leaves.contains(**leaf)).map(|(unit, _)| unit).collect()
    }

    /// Prices of the part's relaxation, earlier tiers held to what the plan has there.
    fn relax(&self, part: &Problem, costs: &Costs, cut: &Cut) -> Prices {
        let model = Model::new(part, costs);
        let ends = cut.ends();
        let place = |leaf: LeafIndex| {
            let mut places = ends.pairs().filter(|(_, n)| self.problem.tree.nodes[**n].leaves.contains(leaf));
            places.next().map_or(LeafIndex::new(0), |(place, _)| place)
        };
        let first = self.problem.tree.nodes[cut.origin(NodeIndex::ROOT)].leaves;
        let leaf_of = self.leaf_of.iter().filter(|l| first.contains(**l)).map(|&l| place(l)).collect();
        let state = State::new(&model, leaf_of);
        let before = Span { start: TierIndex::FIRST, end: self.tier };
        let limits = before.iter().map(|t| part.tiers[t].limit(state.value(&model, t))).collect();
        let frame = Frame::of(part, costs, self.tier, &limits);
        price(part, costs, &frame, self.clock).prices
    }

    /// What each unit costs at its cheapest leaf below each of the cut's leaves, after the prices there.
    fn cheapest_below(&self, cut: &Cut, units: &[UnitIndex], prices: &Prices) -> Vec<f64> {
        let problem = self.problem;
        let pricer = Pricer::new(problem, self.costs, self.tier, prices);
        let below: Vec<_> = cut.ends().iter().map(|&n| problem.tree.nodes[n].leaves.places()).collect();
        let mut matrix = vec![0.0; units.len() * below.len()];
        matrix.par_chunks_mut(below.len()).zip(units).for_each_init(
            || vec![0.0; problem.tree.leaves.len()],
            |row, (out, &unit)| {
                pricer.reduced(unit, row);
                for (cell, leaves) in out.iter_mut().zip(&below) {
                    *cell = row[leaves.clone()].iter().copied().fold(f64::INFINITY, f64::min);
                }
            },
        );
        matrix
    }
}
