//! Prices of a tier's rows, budgets and earlier limits, and what keeps units to some leaves.

use crate::index::{BudgetIndex, Keyed, LeafSet, Number, RowIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Weighted};
use crate::problem::rows::Group;
use crate::proof::cuts::Cuts;
use std::sync::Arc;

/// Multipliers of a tier's rows, budgets and earlier limits. Prices are in the tier's unit per whole of what the
/// row counts (the load's total; a budget's whole).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Prices {
    pub rows: Keyed<RowIndex, f64>,
    pub budgets: Keyed<BudgetIndex, f64>,
    /// For each earlier tier and step, 0 or more. Where all that count a group are at 0, its rows are held to its cap one by
    /// one.
    pub tiers: Keyed<TierIndex, f64>,
    pub cuts: CutPrices,
}

/// Multipliers of cuts, 0 or less, per whole of what the cut's row counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CutPrices {
    pub of: Arc<Cuts>,
    /// One for each cut.
    pub prices: Vec<f64>,
}

impl CutPrices {
    /// The cuts that have a price, by their place in the list.
    pub fn priced(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.prices.iter().copied().enumerate().filter(|(_, price)| *price != 0.0)
    }

    /// What each row's cuts give for a whole of its excess, in the unit of prices of rows.
    pub fn on_excess(&self, problem: &Problem) -> Keyed<RowIndex, f64> {
        let mut given = problem.rows.rows.map(|_| 0.0);
        let soft = self.priced().filter(|(at, _)| self.of.list[*at].soft);
        soft.for_each(|(at, price)| given[self.of.list[at].row] += price.abs());
        given
    }
}

/// Part of a charge that is never taken, so that rounding takes no more than all of it.
const CHARGED_LESS: f64 = 1e-13;

/// A restriction of one unit to some leaves.
pub(crate) type Restriction = (UnitIndex, LeafSet);

impl Prices {
    /// No prices: each unit alone, and the floors, give the bound.
    pub fn none(problem: &Problem, tier: TierIndex) -> Prices {
        Prices {
            rows: problem.rows.rows.map(|_| 0.0),
            budgets: problem.rows.budgets.map(|_| 0.0),
            tiers: Keyed::filled(tier.get(), 0.0),
            cuts: CutPrices::default(),
        }
    }

    /// The nearest prices that prove something for tier `tier`: signs fit the rows' limits, and no group's prices
    /// outweigh what its excess costs.
    pub fn repaired(&self, problem: &Problem, tier: TierIndex) -> Prices {
        let rows = &problem.rows;
        let mut prices = self.clone();
        for (price, row) in prices.rows.iter_mut().zip(&rows.rows) {
            let later = row.group.is_some_and(|g| rows.groups[g].tier > tier);
            let open =
                (*price > 0.0 && row.limits.lo().is_infinite()) || (*price < 0.0 && row.limits.hi().is_infinite());
            if later || open || !price.is_finite() {
                *price = 0.0;
            }
        }
        prices.budgets.iter_mut().for_each(|p| *p = if p.is_finite() { p.min(0.0) } else { 0.0 });
        prices.tiers.iter_mut().for_each(|p| *p = if p.is_finite() { p.max(0.0) } else { 0.0 });
        prices.cuts.prices.iter_mut().for_each(|p| *p = if p.is_finite() { p.min(0.0) } else { 0.0 });
        // A step's excesses have the caps that the first step leaves them.
        for group in rows.groups.iter().filter(|g| g.tier == tier) {
            let pull = pull(problem, &prices.on_excess(problem), group);
            if pull > group.weight {
                let scale = group.weight / pull * (1.0 - 1e-13);
                prices.rows[group.rows].iter_mut().for_each(|price| *price *= scale);
            }
        }
        prices
    }

    /// Prices of rows alone that say about the same: for searches, which know of no cuts.
    pub fn without_cuts(mut self) -> Prices {
        let cuts = std::mem::take(&mut self.cuts);
        for (at, price) in cuts.priced() {
            self.rows[cuts.of.list[at].row] += price * cuts.of.facts[at].slope;
        }
        self
    }

    /// What prices of each row and of its cuts give for a whole of its excess, in the unit of prices of rows.
    pub(super) fn on_excess(&self, problem: &Problem) -> Keyed<RowIndex, f64> {
        let cuts = self.cuts.on_excess(problem);
        self.rows.iter().zip(&cuts).map(|(price, cuts)| price.abs() + cuts).collect()
    }

    /// What a unit's amounts are worth at each leaf: leaves × loads, prices of the leaf's path and of budgets over the
    /// load added up.
    pub(super) fn by_leaf(&self, problem: &Problem) -> Vec<f64> {
        let rows = &problem.rows;
        let loads = rows.loads.len();
        let mut worth = vec![0.0; problem.tree.leaves.len() * loads];
        for (price, row) in self.rows.zip(&rows.rows).filter(|(p, _)| **p != 0.0) {
            let total = (rows.loads[row.load].total as f64).max(1.0);
            for leaf in problem.tree.nodes[row.node].leaves {
                worth[leaf.get() * loads + row.load.get()] += price / total;
            }
        }
        for (price, budget) in self.budgets.zip(&rows.budgets).filter(|(p, _)| **p != 0.0) {
            let Adds::Weighted(Weighted { load, factors, .. }) = &budget.adds else { continue };
            for (leaf, &factor) in factors.pairs().filter(|(_, f)| **f != 0) {
                worth[leaf.get() * loads + load.get()] += price / budget.whole * factor as f64;
            }
        }
        worth
    }
}

/// What the excesses of a group cost, and what its rows' prices give for them.
pub(super) struct Levels {
    /// What the first so many excesses that rise together cost more than they give, from none to all; the largest first.
    /// Sums of so many excesses are cheapest where some rows have all the same, and the others none.
    beyond: Vec<f64>,
    /// What those numbers may have lost.
    lost: f64,
}

impl Levels {
    /// `given` is what prices give for the excess of each row ([`Prices::on_excess`]); `costs` says of each tier or step that
    /// counts the group what a whole of its value costs, and how many excesses it adds up.
    pub fn of(problem: &Problem, given: &Keyed<RowIndex, f64>, group: &Group, costs: &[(f64, usize)]) -> Levels {
        let rows = &problem.rows;
        let total = rows.loads[group.load].total as f64;
        let mut gives: Vec<f64> = group.rows.iter().map(|r| given[r] * rows.rows[r].target / total).collect();
        gives.sort_by(|a, b| b.total_cmp(a));
        let cost = |count: usize| -> f64 { costs.iter().map(|(cost, most)| cost * count.min(*most) as f64).sum() };
        let mut beyond = vec![0.0];
        let mut given = 0.0;
        for (count, gives) in (1..).zip(&gives) {
            given += gives;
            beyond.push(cost(count) - given);
        }
        let lost = (cost(gives.len()) + given) * (gives.len() + costs.len() + 4) as f64 * f64::EPSILON;
        Levels { beyond, lost }
    }

    /// The least that excesses of up to `cap` cost beyond what prices give, the largest at least `floor`; rounded down.
    pub fn least(&self, floor: f64, cap: f64) -> f64 {
        let any = self.beyond[1..].iter().copied().fold(f64::INFINITY, f64::min);
        let least = any.min(0.0);
        let above = if least < 0.0 { (cap - floor) * least } else { 0.0 };
        let below = if floor > 0.0 { floor * any } else { 0.0 };
        let lost = if cap.is_finite() { cap * self.lost } else { floor * self.lost };
        (above + below) - lost
    }
}

/// What excesses of a group are charged, and what was taken of it: so many rows never take more together than so many
/// excesses are charged.
pub(super) struct Charged<'a> {
    costs: &'a [(f64, usize)],
    /// The largest first.
    taken: Vec<f64>,
}

impl<'a> Charged<'a> {
    pub fn new(costs: &'a [(f64, usize)]) -> Charged<'a> {
        Charged { costs, taken: Vec::new() }
    }

    /// So much is taken for certain.
    pub fn hold(&mut self, given: f64) {
        let at = self.taken.partition_point(|&taken| taken > given);
        self.taken.insert(at, given);
    }

    /// The most of `gives` that a row may take beside the others, where so much is held of it.
    pub fn take_beside(&mut self, held: f64, gives: f64) -> f64 {
        if held > 0.0
            && let Some(at) = self.taken.iter().position(|&taken| taken == held)
        {
            self.taken.remove(at);
            let most = self.most(held + gives).max(held);
            self.hold(most);
            return most - held;
        }
        let most = self.most(gives);
        self.hold(most);
        most
    }

    /// The most of `gives` that one more row may take.
    fn most(&self, gives: f64) -> f64 {
        let charge =
            |count: usize| -> f64 { self.costs.iter().map(|(cost, most)| cost * count.min(*most) as f64).sum() };
        let mut others = 0.0;
        let mut most = gives;
        for count in 0..=self.taken.len() {
            most = most.min(charge(count + 1) * (1.0 - CHARGED_LESS) - others);
            others += self.taken.get(count).copied().unwrap_or(0.0);
        }
        most.max(0.0)
    }
}

/// Sum of what is given for the excess of a group's rows, in the tier's unit per whole of excess.
pub(super) fn pull(problem: &Problem, given: &Keyed<RowIndex, f64>, group: &Group) -> f64 {
    let rows = &problem.rows;
    let total = rows.loads[group.load].total as f64;
    group.rows.iter().map(|r| given[r] * rows.rows[r].target / total).sum()
}
