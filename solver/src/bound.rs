//! The bound that prices prove, as written out in `certificate.proto`: any prices give a valid one.

use crate::costs::Costs;
use crate::problem::Problem;

/// Multipliers of a tier's rows, budgets and earlier limits. Prices are in the tier's unit per whole of what the
/// row counts (the load's total; for budgets all that is owned).
#[derive(Debug, Clone, Default)]
pub(crate) struct Prices {
    pub rows: Vec<f64>,
    pub budgets: Vec<f64>,
    /// For each earlier tier, 0 or more.
    pub tiers: Vec<f64>,
}

impl Prices {
    /// No prices: each unit alone gives the bound.
    pub fn none(problem: &Problem, tier: usize) -> Prices {
        Prices {
            rows: vec![0.0; problem.rows.rows.len()],
            budgets: vec![0.0; problem.rows.budgets.len()],
            tiers: vec![0.0; tier],
        }
    }

    /// The nearest prices that prove something for tier `tier`: signs fit the rows' limits, and no group's prices
    /// outweigh what its excess costs.
    pub fn repaired(&self, problem: &Problem, tier: usize) -> Prices {
        let rows = &problem.rows;
        let mut prices = self.clone();
        for (price, row) in prices.rows.iter_mut().zip(&rows.rows) {
            let later = row.group.is_some_and(|g| rows.groups[g].tier > tier);
            let open = (*price > 0.0 && row.lo.is_infinite()) || (*price < 0.0 && row.hi.is_infinite());
            if later || open || !price.is_finite() {
                *price = 0.0;
            }
        }
        prices.budgets.iter_mut().for_each(|p| *p = if p.is_finite() { p.min(0.0) } else { 0.0 });
        prices.tiers.iter_mut().for_each(|p| *p = if p.is_finite() { p.max(0.0) } else { 0.0 });
        for group in rows.groups.iter().filter(|g| g.tier <= tier) {
            let total = rows.loads[group.measure].total as f64;
            let pull: f64 = group.rows.clone().map(|r| prices.rows[r].abs() * rows.rows[r].target / total).sum();
            if group.tier < tier {
                prices.tiers[group.tier] = prices.tiers[group.tier].max(pull / group.weight);
            } else if pull > group.weight {
                let scale = group.weight / pull;
                group.rows.clone().for_each(|r| prices.rows[r] *= scale);
            }
        }
        prices
    }

    /// What a unit's amounts are worth at each leaf: leaves × loads, prices of the leaf's path added up.
    pub fn by_leaf(&self, problem: &Problem) -> Vec<f64> {
        let rows = &problem.rows;
        let loads = rows.loads.len();
        let mut worth = vec![0.0; problem.tree.leaves.len() * loads];
        for (price, row) in self.rows.iter().zip(&rows.rows).filter(|(p, _)| **p != 0.0) {
            let total = (rows.loads[row.load].total as f64).max(1.0);
            for leaf in problem.tree.nodes[row.node].leaves.clone() {
                worth[leaf * loads + row.load] += price / total;
            }
        }
        worth
    }
}

/// Price-corrected costs of tier `tier`: units × leaves, infinite where a unit may not go. `prices` are repaired.
pub(crate) fn reduced_costs(problem: &Problem, costs: &Costs, tier: usize, prices: &Prices) -> Vec<f64> {
    let (units, leaves, loads) = (problem.units.count(), problem.tree.leaves.len(), problem.rows.loads.len());
    let worth = prices.by_leaf(problem);
    let mut reduced = vec![f64::INFINITY; units * leaves];
    for unit in 0..units {
        let amounts: Vec<(usize, f64)> =
            (0..loads).map(|l| (l, problem.rows.loads[l].amounts[unit] as f64)).filter(|(_, a)| *a != 0.0).collect();
        for leaf in (0..leaves).filter(|&l| problem.units.allows(unit, l)) {
            let mut cost = costs.at(tier, unit, leaf);
            for (s, price) in prices.tiers.iter().enumerate().filter(|(_, p)| **p != 0.0) {
                cost += price * costs.at(s, unit, leaf);
            }
            for &(load, amount) in &amounts {
                cost -= worth[leaf * loads + load] * amount;
            }
            for (price, budget) in prices.budgets.iter().zip(&problem.rows.budgets).filter(|(p, _)| **p != 0.0) {
                let moved = budget.moves.amount(unit, problem.tree.territory_of_leaf[leaf]);
                cost -= price * moved as f64 / budget.moves.total as f64;
            }
            reduced[unit * leaves + leaf] = cost;
        }
    }
    reduced
}

/// The bound of tier `tier` that repaired prices prove, with each earlier tier held to `limits`.
pub(crate) fn prove(problem: &Problem, costs: &Costs, tier: usize, prices: &Prices, limits: &[f64]) -> f64 {
    let leaves = problem.tree.leaves.len();
    let reduced = reduced_costs(problem, costs, tier, prices);
    let least = |row: &[f64]| row.iter().copied().fold(f64::INFINITY, f64::min);
    let mut bound: f64 = reduced.chunks(leaves).map(least).sum();
    for (price, row) in prices.rows.iter().zip(&problem.rows.rows).filter(|(p, _)| **p != 0.0) {
        let total = (problem.rows.loads[row.load].total as f64).max(1.0);
        bound += price * if *price > 0.0 { row.lo } else { row.hi } / total;
    }
    for (price, budget) in prices.budgets.iter().zip(&problem.rows.budgets) {
        bound += price * budget.most as f64 / budget.moves.total as f64;
    }
    bound - prices.tiers.iter().zip(limits).map(|(p, l)| p * l).sum::<f64>()
}
