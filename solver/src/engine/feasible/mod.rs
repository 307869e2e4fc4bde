//! Whether any plan meets the hard rules: a plan, or the evidence that there is none.
//!
//! Branch and bound, depth first. A node shuts leaves line by line (`proof::infeasible`), then tries multipliers: those
//! that proved other nodes, those of totals, and the prices of the least breach of the rules as a linear program. Where
//! none proves it, the program's plan is looked at, and a unit that it splits is sent to one of its leaves first, to
//! the others after that. What closes a node is exact, so that a tree with every node closed is a proof.

mod totals;

mod multipliers;

mod program;

pub(crate) mod lazily;

pub(crate) mod conflict;

use crate::engine::clock::Clock;
use crate::engine::relax::lp::Lp;
use crate::engine::relax::simplex::Basis;
use crate::engine::search::local::{Aim, improve};
use crate::engine::search::mip::{self, Goal, Task};
use crate::index::{Keyed, LeafIndex, LeafSet, Number, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::costs::Costs;
use crate::proof::evidence::{Evidence, Fork};
use crate::proof::lines::{Hard, Open};
use crate::proof::prices::{Prices, Restriction};
use crate::score::{Model, State};
use program::{Program, Relaxed};
use std::rc::Rc;

/// Leaves of trees that local search mends plans of: it tries every unit at every leaf.
const LEAVES_MAX: usize = 64;
/// Units times leaves up to which the linear program is written: three numbers of eight bytes for each.
const CELLS_MAX: usize = 10_000_000;
/// Outer nodes of a proof, at most.
const OUTER_MAX: usize = 20_000;
/// Units times lines and leaves that the proof of all outer nodes may go through: a check takes seconds, not minutes.
const PROOF_CELLS: usize = 4_000_000_000;
/// Multipliers of earlier nodes that are tried on a node.
const TRIED_AGAIN: usize = 4;
/// Nodes between two local searches from the program's plan.
const SEARCHED_EVERY: usize = 16;
/// Part of the time left for one local search.
const SEARCH_PART: f64 = 0.05;
/// Units from which a local search does not pay.
const SEARCHED_UNITS_MAX: usize = 20_000;
/// A least breach above this, in relative units, is none of rounding: amounts are whole.
const LEAST_BREACH: f64 = 1e-7;
/// Part of the time left for the first step of [`decide`], the search by branches.
const SEARCH_FIRST: f64 = 0.3;
/// Part of the time then left for the general solver.
const GENERAL_SOLVER: f64 = 0.5;

/// What a search came to.
pub(crate) enum Found {
    /// Leaf of each unit.
    Plan(Keyed<UnitIndex, LeafIndex>),
    /// No plan, with the evidence.
    Refuted(Evidence),
    /// Neither in time.
    Open,
}

/// A search for a plan that meets the hard rules of a problem; it goes on from where it was stopped.
pub(crate) struct Search<'a> {
    problem: &'a Problem,
    costs: Costs,
    hard: Hard<'a>,
    /// The leaves open to each unit at the root; `None`: there is no plan.
    root: Option<Open>,
    lp: Option<Lp>,
    /// Nodes to look at, the next one last.
    stack: Vec<Node>,
    evidence: Evidence,
    looked_at: usize,
    outer_max: usize,
}

/// A node of the tree.
struct Node {
    restrictions: Vec<Restriction>,
    /// Where its parent's program was solved.
    basis: Option<Rc<Basis>>,
}

/// Decides whether any plan meets the hard rules of a problem, with the general solver's help to find one. `near` is
/// a plan to start from.
pub(crate) fn decide(problem: &Problem, near: Option<&Keyed<UnitIndex, LeafIndex>>, clock: &Clock) -> Found {
    let mut search = Search::new(problem);
    if let Some(evidence) = search.refuted_at_once() {
        return Found::Refuted(evidence);
    }
    if let Some(leaf_of) = near.and_then(|near| search.repaired(near, clock)) {
        return Found::Plan(leaf_of);
    }
    for part in [SEARCH_FIRST, 1.0] {
        let slice = clock.slice(part);
        let found = search.run(&slice);
        clock.absorb(&slice);
        if !matches!(found, Found::Open) || part == 1.0 {
            return found;
        }
        let slice = clock.slice(GENERAL_SOLVER);
        let (found, _) = search.by_general_solver(near, &slice);
        clock.absorb(&slice);
        if let Some(leaf_of) = found {
            return Found::Plan(leaf_of);
        }
    }
    Found::Open
}

impl<'a> Search<'a> {
    /// `problem` has no tiers.
    pub fn new(problem: &'a Problem) -> Search<'a> {
        let hard = Hard::of(problem);
        let root = hard.open();
        let cells = problem.units.count() * (hard.lines.len() + problem.tree.leaves.len());
        Search {
            problem,
            costs: Costs::none(problem),
            root,
            lp: None,
            stack: vec![Node { restrictions: Vec::new(), basis: None }],
            evidence: Evidence::none(problem, TierIndex::FIRST),
            looked_at: 0,
            outer_max: (PROOF_CELLS / cells.max(1)).clamp(1, OUTER_MAX),
            hard,
        }
    }

    /// The evidence that there is no plan, where shut leaves or totals show it. Takes no more time than a look at the book.
    pub fn refuted_at_once(&self) -> Option<Evidence> {
        let Some(open) = &self.root else { return Some(Evidence::none(self.problem, TierIndex::FIRST)) };
        totals::refutation(self.problem, &self.hard, open).map(Evidence::of)
    }

    /// A plan that meets the rules, from one that nearly does; a unit at a leaf that is shut to it goes to its first.
    fn repaired(&self, near: &Keyed<UnitIndex, LeafIndex>, clock: &Clock) -> Option<Keyed<UnitIndex, LeafIndex>> {
        let open = self.root.as_ref()?;
        let moved = |(unit, &leaf): (UnitIndex, &LeafIndex)| {
            if open.has(unit, leaf) { Some(leaf) } else { open.leaves(unit).next() }
        };
        let near: Keyed<UnitIndex, LeafIndex> = near.pairs().map(moved).collect::<Option<_>>()?;
        if self.hard.holds(&near) { Some(near) } else { self.improved(near, clock) }
    }

    /// Goes on until there is a plan or a proof, or the time is over.
    pub fn run(&mut self, clock: &Clock) -> Found {
        let Some(root) = self.root.take() else {
            return Found::Refuted(Evidence::none(self.problem, TierIndex::FIRST));
        };
        let lp = self.program();
        let found = self.explore(&root, lp.as_ref(), clock);
        (self.root, self.lp) = (Some(root), lp);
        found
    }

    /// The program of the least breach, where it is not too large.
    fn program(&mut self) -> Option<Lp> {
        let cells = self.problem.units.count() * self.problem.tree.leaves.len();
        let lp = self.lp.take();
        lp.or_else(|| (cells <= CELLS_MAX).then(|| Lp::least_breach(self.problem, &self.costs)))
    }

    fn explore(&mut self, root: &Open, lp: Option<&Lp>, clock: &Clock) -> Found {
        let mut program = lp.map(Program::new);
        while let Some(node) = self.stack.pop() {
            if (clock.is_over() && self.looked_at > 0) || self.evidence.forks.len() >= 2 * self.outer_max {
                self.stack.push(node);
                return Found::Open;
            }
            self.looked_at += 1;
            clock.count((self.problem.units.count() * self.hard.lines.len() / 500) as u64 + 1);
            let Some(open) = self.hard.open_under(root, &node.restrictions) else {
                self.evidence.forks.push(Fork::Outer(0));
                continue;
            };
            if let Some(set) = self.known_refutation(&open) {
                self.evidence.forks.push(Fork::Outer(set));
                continue;
            }
            let relaxed = program.as_mut().map(|p| p.solve(self.problem, &open, node.basis.as_deref(), clock));
            let priced = relaxed.as_ref().map(|r| multipliers::whole(self.problem, &self.hard, &r.prices));
            if let Some(prices) = priced.into_iter().flatten().find(|prices| self.hard.refutes(prices, &open)) {
                let set = self.keep(prices);
                self.evidence.forks.push(Fork::Outer(set));
                continue;
            }
            if let Some(leaf_of) = relaxed.as_ref().and_then(|r| self.plan_near(&r.rounded, clock)) {
                return Found::Plan(leaf_of);
            }
            match self.split(&node, &open, relaxed.as_ref()) {
                Some(Split::Plan(leaf_of)) => return Found::Plan(leaf_of),
                Some(Split::Children(fork, children)) => {
                    self.evidence.forks.push(fork);
                    self.stack.extend(children);
                }
                None => {
                    self.stack.push(node);
                    return Found::Open;
                }
            }
        }
        // A tree of one outer node is none.
        if let [Fork::Outer(set)] = self.evidence.forks[..] {
            self.evidence = Evidence::of(self.evidence.sets[set].clone());
        }
        Found::Refuted(self.evidence.clone())
    }

    /// The set of multipliers that proves a node: one of the last, or of totals.
    fn known_refutation(&mut self, open: &Open) -> Option<usize> {
        let sets = self.evidence.sets.len();
        let mut last = (1..sets).rev().take(TRIED_AGAIN);
        if let Some(set) = last.find(|&set| self.hard.refutes(&self.evidence.sets[set], open)) {
            return Some(set);
        }
        let prices = totals::refutation(self.problem, &self.hard, open)?;
        Some(self.keep(prices))
    }

    fn keep(&mut self, prices: Prices) -> usize {
        self.evidence.sets.push(prices);
        self.evidence.sets.len() - 1
    }

    /// The program's plan, or one near it, where it meets the rules.
    fn plan_near(&self, rounded: &Keyed<UnitIndex, LeafIndex>, clock: &Clock) -> Option<Keyed<UnitIndex, LeafIndex>> {
        if self.hard.holds(rounded) {
            return Some(rounded.clone());
        }
        if self.looked_at % SEARCHED_EVERY != 1 {
            return None;
        }
        self.improved(rounded.clone(), clock)
    }

    /// A plan that meets the rules, by local search from one that does not.
    fn improved(&self, leaf_of: Keyed<UnitIndex, LeafIndex>, clock: &Clock) -> Option<Keyed<UnitIndex, LeafIndex>> {
        let (problem, leaves) = (self.problem, self.problem.tree.leaves.len());
        if problem.units.count() > SEARCHED_UNITS_MAX || leaves > LEAVES_MAX {
            return None;
        }
        let model = Model::new(problem, &self.costs);
        let aim = Aim {
            tier: TierIndex::FIRST,
            limits: &Keyed::new(),
            caps: &Keyed::new(),
            cost_limits: &Keyed::new(),
            enough: 0.0,
            guide: &[],
        };
        let slice = clock.slice(SEARCH_PART);
        let state = State::new(&model, leaf_of);
        let found = improve(&model, &model.pairs(), &aim, state, problem.options.seed, &slice);
        clock.absorb(&slice);
        self.hard.holds(&found.leaf_of).then_some(found.leaf_of)
    }

    /// A plan by the general solver; and whether it says that there is none.
    pub fn by_general_solver(
        &self,
        near: Option<&Keyed<UnitIndex, LeafIndex>>,
        clock: &Clock,
    ) -> (Option<Keyed<UnitIndex, LeafIndex>>, bool) {
        let problem = self.problem;
        let model = Model::new(problem, &self.costs);
        let allowed = |u: UnitIndex| model.all_leaves().iter().filter(|&l| problem.units.allows(u, l)).collect();
        let free: Vec<(UnitIndex, Vec<LeafIndex>)> = model.all_units().iter().map(|u| (u, allowed(u))).collect();
        let first = |(_, leaves): &(UnitIndex, Vec<LeafIndex>)| leaves.first().copied().unwrap_or(LeafIndex::new(0));
        let start = near.cloned().unwrap_or_else(|| free.iter().map(first).collect());
        let nodes = clock.is_counted().then_some(mip::HARD_NODES);
        let task = Task { goal: Goal::Hard, limits: &Keyed::new(), free: &free, limit: clock.left(), nodes, gap: 1e-6 };
        let Some(answer) = mip::solve(&model, &State::new(&model, start), &task, clock) else { return (None, false) };
        (answer.leaves.map(Keyed::from).filter(|leaf_of| self.hard.holds(leaf_of)), answer.bound > LEAST_BREACH)
    }

    /// Splits a node at the unit that the program splits, else at the largest that may go to several leaves; the plan,
    /// where each unit has one leaf; `None` where no split can be told.
    fn split(&self, node: &Node, open: &Open, relaxed: Option<&Relaxed>) -> Option<Split> {
        let problem = self.problem;
        let several = |unit: UnitIndex| open.count(unit) > 1;
        let larger = |a: &UnitIndex, b: &UnitIndex| self.size(*a).total_cmp(&self.size(*b)).then(b.cmp(a));
        let split_up = relaxed.into_iter().flat_map(|r| &r.fractions).filter(|(unit, _)| several(*unit));
        let most = |parts: &[(LeafIndex, f64)]| parts.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|part| part.0);
        let (unit, leaf) = match split_up.max_by(|a, b| larger(&a.0, &b.0)) {
            Some((unit, parts)) => (*unit, most(parts)),
            None => match problem.units.all().iter().filter(|&u| several(u)).max_by(larger) {
                Some(unit) => (unit, relaxed.map(|r| r.rounded[unit])),
                None => {
                    return Some(Split::Plan(
                        problem.units.all().iter().filter_map(|u| open.leaves(u).next()).collect(),
                    ));
                }
            },
        };
        let leaf = leaf.filter(|&leaf| open.has(unit, leaf)).or_else(|| open.leaves(unit).next())?;
        let leaves = LeafSet::from_iter([leaf]);
        let child = |leaves: &LeafSet| {
            let mut restrictions = node.restrictions.clone();
            match restrictions.iter_mut().find(|(u, _)| *u == unit) {
                Some((_, kept)) => kept.keep(leaves),
                None => restrictions.push((unit, leaves.clone())),
            }
            Node { restrictions, basis: relaxed.map(|r| Rc::clone(&r.basis)) }
        };
        let children = [child(&leaves.complement()), child(&leaves)];
        Some(Split::Children(Fork::Split { unit, leaves }, children))
    }

    /// How large a unit is: its parts of all loads added up.
    fn size(&self, unit: UnitIndex) -> f64 {
        let part = |load: &crate::problem::rows::Load| load.amounts[unit] as f64 / (load.total as f64).max(1.0);
        self.problem.rows.loads.iter().map(part).sum()
    }
}

/// What a node that nothing closes becomes.
enum Split {
    /// Every unit has one leaf, and all lines hold.
    Plan(Keyed<UnitIndex, LeafIndex>),
    /// The second child comes first in the stack, so that it is looked at last.
    Children(Fork, [Node; 2]),
}

#[cfg(test)]
mod tests;
