//! The cheapest repair: what else has to move when something is asked for that the plan does not have.
//!
//! Of the assignments that free units can reach, the one that meets the hard rules; in which each tier, in order, is as little
//! worse than in the plan as it can be; and which then moves as few other accounts as can be. Each of these is a small exact
//! solve (`engine/search/mip`), and what earlier ones reached holds in later ones. In small books all units are free, and then
//! it is the least there is.

use super::change::{self, TierChange};
use crate::engine::clock::Clock;
use crate::engine::search::mip::{Answer, Goal, Task, solve};
use crate::index::{AccountIndex, Keyed, LeafIndex, Number, TierIndex, UnitIndex};
use crate::score::{Model, State, slack};
use std::time::Duration;

/// Units times leaves of a book whose units are all free.
const WHOLE_CELLS: usize = 400;
/// Units that are freed at first in larger books, and then where these do not suffice.
const FREED: [usize; 2] = [40, 120];
/// Leaves that a freed unit may go to, besides its own and those that are asked about.
const LEAVES_KEPT: usize = 3;
/// Part of the time left that one solve may take.
const SOLVE_PART: f64 = 0.5;
/// Longest solve of one.
const SOLVE_MOST: Duration = Duration::from_secs(10);
/// Value that a solve may stop short of, as a part of it.
const GAP: f64 = 1e-9;

/// What else moves, and what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    /// The accounts that move besides those that were asked about: id, and the territories they leave and go to.
    pub moves: Vec<RepairMove>,
    /// Every tier, before and after.
    pub tiers: Vec<TierChange>,
    /// Accounts that were free to move.
    pub free_accounts: usize,
    /// Whether nothing cheaper exists: all accounts were free, and every solve ended at its optimum.
    pub is_least: bool,
}

/// One account that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairMove {
    /// The account.
    pub account_id: String,
    /// The territory it is at in the plan.
    pub from_node_id: String,
    /// The territory it goes to.
    pub to_node_id: String,
}

/// What a repair starts from.
pub(super) struct Repairer<'a, 'b> {
    pub model: &'a Model<'b>,
    /// The plan.
    pub plan: &'a State,
    /// The value of each tier in the plan.
    pub values: &'a Keyed<TierIndex, f64>,
    /// Price-corrected costs, units × leaves; empty: there are none.
    pub reduced: &'a [f64],
    pub clock: &'a Clock<'a>,
}

impl Repairer<'_, '_> {
    /// The cheapest repair of `start`, in which the units `fixed` stay where they are. `centre` are the leaves that it is about.
    pub fn repair(&self, start: &State, fixed: &[UnitIndex], centre: &[LeafIndex]) -> Option<(State, Repair)> {
        let model = self.model;
        if model.units * model.leaves <= WHOLE_CELLS {
            return self.among(start, &self.everything(fixed), true);
        }
        let mut best: Option<(State, Repair)> = None;
        for size in FREED {
            let found = self.among(start, &self.chosen(start, fixed, centre, size), false);
            best = found.or(best);
            let is_enough = |(state, _): &(State, Repair)| self.is_no_worse(state);
            if best.as_ref().is_some_and(is_enough) || self.clock.is_over() {
                break;
            }
        }
        best
    }

    /// Whether the first tier is as good as in the plan: more free units would only lower later tiers.
    fn is_no_worse(&self, state: &State) -> bool {
        let first = TierIndex::FIRST;
        self.values.get(first).is_none_or(|value| state.value(self.model, first) <= value + slack(*value))
    }

    fn among(&self, start: &State, free: &[(UnitIndex, Vec<LeafIndex>)], whole: bool) -> Option<(State, Repair)> {
        let (model, problem) = (self.model, self.model.problem);
        let mut state = start.clone();
        let mut is_optimal = true;
        // 1. The hard rules.
        if state.broken(model) > 0.0 {
            let (next, optimal) = self.solved(&state, free, Goal::Hard, &Keyed::new());
            is_optimal &= optimal;
            state = next.filter(|next| next.broken(model) == 0.0)?;
        }
        // 2. Tier by tier as little worse as can be.
        let mut held: Keyed<TierIndex, f64> = Keyed::new();
        for t in problem.tiers.keys() {
            let before = self.values[t];
            if state.value(model, t) > before + slack(before) {
                let (next, optimal) = self.solved(&state, free, Goal::Tier(t), &held);
                is_optimal &= optimal;
                let value = |state: &State| state.value(model, t);
                if let Some(next) = next.filter(|next| next.is_within(model, &held) && value(next) < value(&state)) {
                    state = next;
                }
            }
            held.push(state.value(model, t).max(before));
        }
        // 3. As few moves as can be.
        let (next, optimal) = self.solved(&state, free, Goal::Stay(&self.plan.leaf_of), &held);
        is_optimal &= optimal;
        let moved = |state: &State| self.moved(state).count();
        if let Some(next) = next.filter(|next| next.is_within(model, &held) && moved(next) < moved(&state)) {
            state = next;
        }
        let repair = self.told(&state, free, whole && is_optimal);
        Some((state, repair))
    }

    /// A small exact solve from a state; and whether it ended at its optimum.
    fn solved(
        &self,
        state: &State,
        free: &[(UnitIndex, Vec<LeafIndex>)],
        goal: Goal,
        limits: &Keyed<TierIndex, f64>,
    ) -> (Option<State>, bool) {
        let limit = self.clock.left().mul_f64(SOLVE_PART).min(SOLVE_MOST);
        let task = Task { goal, limits, free, limit, nodes: None, gap: GAP };
        let Some(Answer { leaves, optimal, .. }) = solve(self.model, state, &task, self.clock) else {
            return (None, false);
        };
        let next = leaves.map(|leaves| {
            let mut leaf_of = state.leaf_of.clone();
            free.iter().zip(leaves).for_each(|((unit, _), leaf)| leaf_of[*unit] = leaf);
            State::new(self.model, leaf_of)
        });
        (next, optimal)
    }

    /// The accounts that are elsewhere than in the plan.
    fn moved<'s>(&'s self, state: &'s State) -> impl Iterator<Item = (AccountIndex, LeafIndex, LeafIndex)> + 's {
        let all = state.leaf_of.pairs().map(|(unit, &leaf)| (unit, self.plan.leaf_of[unit], leaf));
        let moved = all.filter(|(_, from, to)| from != to);
        let units = &self.model.problem.units;
        moved.flat_map(move |(unit, from, to)| units.members(unit).iter().map(move |&account| (account, from, to)))
    }

    fn told(&self, state: &State, free: &[(UnitIndex, Vec<LeafIndex>)], is_least: bool) -> Repair {
        let problem = self.model.problem;
        let territory = |leaf: LeafIndex| problem.tree.nodes[problem.tree.territory_of_leaf[leaf]].id.clone();
        let one = |(account, from, to): (AccountIndex, LeafIndex, LeafIndex)| RepairMove {
            account_id: problem.accounts.ids[account].clone(),
            from_node_id: territory(from),
            to_node_id: territory(to),
        };
        Repair {
            moves: self.moved(state).map(one).collect(),
            tiers: change::tiers(problem, self.values, self.model, state),
            free_accounts: free.iter().map(|(unit, _)| problem.units.members(*unit).len()).sum(),
            is_least,
        }
    }

    fn allowed(&self, unit: UnitIndex) -> Vec<LeafIndex> {
        self.model.all_leaves().iter().filter(|&leaf| self.model.problem.units.allows(unit, leaf)).collect()
    }

    fn everything(&self, fixed: &[UnitIndex]) -> Vec<(UnitIndex, Vec<LeafIndex>)> {
        let free = self.model.all_units().iter().filter(|unit| !fixed.contains(unit));
        free.map(|unit| (unit, self.allowed(unit))).collect()
    }

    /// What it takes for a unit to go from its leaf to another, by prices; 0 where there are none.
    fn regret(&self, unit: UnitIndex, from: LeafIndex, to: LeafIndex) -> f64 {
        let leaves = self.model.leaves;
        let at = |leaf: LeafIndex| self.reduced.get(unit.get() * leaves + leaf.get()).copied().unwrap_or(0.0);
        at(to) - at(from)
    }

    /// The units that change most cheaply between the leaves that it is about and others: half of them from those leaves.
    fn chosen(
        &self,
        start: &State,
        fixed: &[UnitIndex],
        centre: &[LeafIndex],
        size: usize,
    ) -> Vec<(UnitIndex, Vec<LeafIndex>)> {
        let model = self.model;
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for unit in model.all_units().iter().filter(|unit| !fixed.contains(unit)) {
            let stays = start.leaf_of[unit];
            let is_inside = centre.contains(&stays);
            let open = self.allowed(unit);
            let away = open.iter().filter(|&&leaf| leaf != stays && (is_inside || centre.contains(&leaf)));
            let least = away.map(|&leaf| self.regret(unit, stays, leaf)).fold(f64::INFINITY, f64::min);
            if least.is_finite() {
                if is_inside { &mut inside } else { &mut outside }.push((least, unit));
            }
        }
        let mut chosen: Vec<(UnitIndex, Vec<LeafIndex>)> = Vec::new();
        for list in [&mut inside, &mut outside] {
            list.sort_by(|a: &(f64, UnitIndex), b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            list.truncate(size / 2);
            for &(_, unit) in list.iter() {
                let stays = start.leaf_of[unit];
                let mut to = self.allowed(unit);
                to.sort_by(|&a, &b| {
                    self.regret(unit, stays, a).total_cmp(&self.regret(unit, stays, b)).then(a.cmp(&b))
                });
                let near: Vec<LeafIndex> = to.iter().copied().take(LEAVES_KEPT).collect();
                to.retain(|leaf| near.contains(leaf) || centre.contains(leaf) || *leaf == stays);
                to.sort_unstable();
                chosen.push((unit, to));
            }
        }
        chosen.sort_unstable();
        chosen
    }
}
