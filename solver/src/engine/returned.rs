//! Moves that nothing asks for are taken back: what may go back to its owner without making any tier worse, does.
//!
//! The search tells plans apart by the values of tiers, as far as numbers of 53 bits do. Plans that are equal there may
//! differ by accounts that move for nothing, and no seller should be told to hand over such an account.

use crate::index::{GroupIndex, Keyed, LeafIndex, RowIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::costs::Costs;
use crate::score::{Model, State, excess};

/// Passes over all units, at most: a unit that goes back may make room for another.
const PASSES_MAX: usize = 3;

/// The assignment with such units back at their owners. Hard rules and the value of each tier hold as before, or better.
pub(super) fn returned(
    problem: &Problem,
    costs: &Costs,
    leaf_of: &Keyed<UnitIndex, LeafIndex>,
) -> Keyed<UnitIndex, LeafIndex> {
    if !problem.accounts.ids.keys().iter().any(|account| problem.accounts.has_owner(account)) {
        return leaf_of.clone();
    }
    let model = Model::new(problem, costs);
    let mut home = Home { state: State::new(&model, leaf_of.clone()), worst: Keyed::new(), model: &model };
    if home.state.broken(&model) > 0.0 {
        return leaf_of.clone();
    }
    home.worst = home.state.excess(&model);
    for _ in 0..PASSES_MAX {
        let back: usize = problem.units.all().iter().filter(|&unit| home.goes_back(unit)).count();
        if back == 0 {
            break;
        }
    }
    home.state.leaf_of
}

/// Who goes where, with the worst excess of each group.
struct Home<'a> {
    model: &'a Model<'a>,
    state: State,
    worst: Keyed<GroupIndex, f64>,
}

impl Home<'_> {
    /// Sends a unit back where that costs nothing; tells whether it did.
    fn goes_back(&mut self, unit: UnitIndex) -> bool {
        let problem = self.model.problem;
        let moved = |leaf| moved_at(problem, unit, leaf);
        let here = moved(self.state.leaf_of[unit]);
        if here == (0, 0) {
            return false;
        }
        let owners = problem.units.members(unit).iter().filter_map(|&account| problem.accounts.owners[account]);
        let leaves = owners.flat_map(|owner| problem.tree.nodes[owner].leaves);
        let open = leaves.filter(|&leaf| problem.units.allows(unit, leaf) && moved(leaf) < here);
        let Some(leaf) = open.min_by_key(|&leaf| (moved(leaf), leaf)).filter(|&leaf| self.costs_nothing(unit, leaf))
        else {
            return false;
        };
        for (row, amount) in self.changed(unit, leaf) {
            self.state.rows[row] = amount;
        }
        let from = std::mem::replace(&mut self.state.leaf_of[unit], leaf);
        for (used, budget) in self.state.budgets.iter_mut().zip(&problem.rows.budgets) {
            *used += budget.amount(unit, leaf) - budget.amount(unit, from);
        }
        true
    }

    /// Whether no tier and no hard rule is worse with the unit at a leaf.
    fn costs_nothing(&self, unit: UnitIndex, leaf: LeafIndex) -> bool {
        let (model, from) = (self.model, self.state.leaf_of[unit]);
        let problem = model.problem;
        let tiers = problem.tiers.keys().iter().filter(|&t| model.costs.has(t));
        tiers.into_iter().all(|t| model.costs.at(t, unit, leaf) <= model.costs.at(t, unit, from))
            && self.changed(unit, leaf).iter().all(|&(row, amount)| {
                let has = excess(problem, row, self.state.rows[row]);
                // Where steps tell plans apart, no excess may rise.
                let most = problem.rows.rows[row].group.map_or(0.0, |group| {
                    let stepped = problem.steps_max(problem.rows.groups[group].tier) > 0;
                    if stepped { has } else { self.worst[group] }
                });
                excess(problem, row, amount) <= most
            })
            && self.state.budgets.pairs().all(|(b, &used)| {
                let budget = &problem.rows.budgets[b];
                used + budget.amount(unit, leaf) - budget.amount(unit, from) <= budget.most
            })
    }

    /// The rows that change when the unit goes to a leaf, with what they would hold.
    fn changed(&self, unit: UnitIndex, leaf: LeafIndex) -> Vec<(RowIndex, i64)> {
        let rows = self.model.rows_between(self.state.leaf_of[unit], leaf);
        let after = |(row, enters): (RowIndex, bool)| {
            let amount = self.model.amount(unit, self.model.problem.rows.rows[row].load);
            (row, self.state.rows[row] + if enters { amount } else { -amount })
        };
        rows.map(after).collect()
    }
}

/// What leaves its owner when the unit is at a leaf: by the measure of the moves, and by accounts.
fn moved_at(problem: &Problem, unit: UnitIndex, leaf: LeafIndex) -> (i64, usize) {
    let territory = problem.tree.territory_of_leaf[leaf];
    let members = problem.units.members(unit).iter();
    let moved = members.filter(|&&account| problem.is_moved(account, territory));
    let amounts = &problem.moved_measure().amounts;
    moved.fold((0, 0), |(amount, count), &account| (amount + amounts[account], count + 1))
}
