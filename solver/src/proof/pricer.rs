//! Costs after prices.

use crate::index::{BudgetIndex, LeafIndex, LoadIndex, Number, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Moves};
use crate::proof::costs::Costs;
use crate::proof::cuts::{Cuts, Facts};
use crate::proof::lines::Open;
use crate::proof::prices::{Prices, Restriction};
use rayon::prelude::*;
use std::sync::Arc;

/// Units in a block of a pass; fixed, so that sums do not depend on threads.
const BLOCK: usize = 4096;
/// Half a unit in the last place of 1.
pub(super) const ROUNDING: f64 = f64::EPSILON / 2.0;

/// Price-corrected costs, unit by unit.
pub(crate) struct Pricer<'a> {
    problem: &'a Problem,
    costs: &'a Costs,
    tier: TierIndex,
    /// Loads that have a price somewhere, and their worth by leaf: loads × leaves.
    loads: Vec<LoadIndex>,
    worth: Vec<f64>,
    tiers: Vec<(TierIndex, f64)>,
    /// Budgets with their price per amount.
    budgets: Vec<(BudgetIndex, f64)>,
    /// Those of them that are no part of `worth`.
    moves: Vec<(&'a Moves, f64)>,
    cuts: Arc<Cuts>,
    /// What a whole of each cut is worth; empty where none has a price.
    worth_of_cuts: Vec<f64>,
    leaves: usize,
    /// The leaves open to each unit, where there are fewer than rules over where units go allow.
    open: Option<&'a Open>,
}

impl<'a> Pricer<'a> {
    /// `prices` are repaired.
    pub fn new(problem: &'a Problem, costs: &'a Costs, tier: TierIndex, prices: &Prices) -> Pricer<'a> {
        let (leaves, all) = (problem.tree.leaves.len(), problem.rows.loads.len());
        let by_leaf = prices.by_leaf(problem);
        let priced = |m: &LoadIndex| (0..leaves).any(|l| by_leaf[l * all + m.get()] != 0.0);
        let loads: Vec<LoadIndex> = problem.rows.loads.keys().iter().filter(priced).collect();
        let worth = loads.iter().flat_map(|m| (0..leaves).map(|l| by_leaf[l * all + m.get()]));
        let worth = worth.collect();
        let tiers = prices.tiers.pairs().map(|(s, p)| (s, *p)).filter(|&(s, p)| p != 0.0 && costs.has(s)).collect();
        let budgets: Vec<(BudgetIndex, f64)> = (prices.budgets.pairs().zip(&problem.rows.budgets))
            .filter(|((_, p), _)| **p != 0.0)
            .map(|((b, p), budget)| (b, p / budget.whole))
            .collect();
        let moves = |&(b, price): &(BudgetIndex, f64)| match &problem.rows.budgets[b].adds {
            Adds::Moves(moves) => Some((moves, price)),
            Adds::Weighted(_) => None,
        };
        let moves = budgets.iter().filter_map(moves).collect();
        let cuts = Arc::clone(&prices.cuts.of);
        let worth_of_cut = |(price, facts): (&f64, &Facts)| price / facts.total;
        let worth_of_cuts = match prices.cuts.priced().next() {
            Some(_) => prices.cuts.prices.iter().zip(&cuts.facts).map(worth_of_cut).collect(),
            None => Vec::new(),
        };
        Pricer { problem, costs, tier, loads, worth, tiers, budgets, moves, cuts, worth_of_cuts, leaves, open: None }
    }

    /// The same with only these leaves open.
    pub(super) fn within(self, open: Option<&'a Open>) -> Pricer<'a> {
        Pricer { open, ..self }
    }

    /// Writes the price-corrected costs of `unit` at every leaf; infinite where it may not go.
    pub fn reduced(&self, unit: UnitIndex, out: &mut [f64]) {
        let (problem, leaves) = (self.problem, self.leaves);
        self.costs.copy(self.tier, unit, out);
        for &(s, price) in &self.tiers {
            out.iter_mut().enumerate().for_each(|(l, q)| *q += price * self.costs.at(s, unit, LeafIndex::new(l)));
        }
        for (i, &load) in self.loads.iter().enumerate() {
            let amount = problem.rows.loads[load].amounts[unit];
            if amount != 0 {
                let amount = amount as f64;
                out.iter_mut().zip(&self.worth[i * leaves..]).for_each(|(q, w)| *q -= w * amount);
            }
        }
        for (moves, price) in &self.moves {
            out.iter_mut().enumerate().for_each(|(l, q)| *q -= price * moves.amount(unit, LeafIndex::new(l)) as f64);
        }
        if !self.worth_of_cuts.is_empty() {
            for &(at, coefficient) in self.cuts.of_unit(unit) {
                let by = self.worth_of_cuts[at as usize] * coefficient;
                if by != 0.0 {
                    out[self.cuts.facts[at as usize].leaves.places()].iter_mut().for_each(|q| *q -= by);
                }
            }
        }
        let class = problem.units.class[unit];
        if class != 0 {
            let allowed = &problem.units.classes[class];
            out.iter_mut().zip(allowed).filter(|(_, a)| !**a).for_each(|(q, _)| *q = f64::INFINITY);
        }
        if let Some(open) = self.open {
            let shut = out.iter_mut().enumerate().filter(|(l, _)| !open.has(unit, LeafIndex::new(*l)));
            shut.for_each(|(_, q)| *q = f64::INFINITY);
        }
    }

    /// The whole matrix, units × leaves.
    pub fn matrix(&self) -> Vec<f64> {
        let mut matrix = vec![0.0; self.problem.units.count() * self.leaves];
        matrix.par_chunks_mut(BLOCK * self.leaves).enumerate().for_each(|(block, rows)| {
            for (i, row) in rows.chunks_mut(self.leaves).enumerate() {
                self.reduced(UnitIndex::new(block * BLOCK + i), row);
            }
        });
        matrix
    }

    /// Sum over units of the least price-corrected cost, and of its size; unit by unit under `restricted`.
    pub(super) fn least(&self) -> (f64, f64) {
        let units = self.problem.units.count();
        let blocks: Vec<(f64, f64)> = (0..units.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut row = vec![0.0; self.leaves];
                let (mut sum, mut size) = (Sum::default(), 0.0);
                for unit in block * BLOCK..units.min((block + 1) * BLOCK) {
                    self.reduced(UnitIndex::new(unit), &mut row);
                    let least = row.iter().copied().fold(f64::INFINITY, f64::min);
                    sum.add(least);
                    size += least.abs();
                }
                (sum.total(), size)
            })
            .collect();
        let mut sum = Sum::default();
        blocks.iter().for_each(|b| sum.add(b.0));
        (sum.total(), blocks.iter().map(|b| b.1).sum())
    }

    /// What [`Pricer::least`] gains when units keep to their leaves; infinite when one has none left, and minus infinity
    /// when prices are too large to tell.
    pub(super) fn restricted(&self, restrictions: &[Restriction]) -> (f64, f64) {
        let mut row = vec![0.0; self.leaves];
        let (mut gain, mut size) = (0.0, 0.0);
        for (unit, leaves) in restrictions {
            let unit = *unit;
            self.reduced(unit, &mut row);
            let all = row.iter().copied().fold(f64::INFINITY, f64::min);
            let all_leaves = self.problem.tree.leaves.keys().iter();
            let allows =
                |l: LeafIndex| self.problem.units.allows(unit, l) && self.open.is_none_or(|open| open.has(unit, l));
            let kept = all_leaves.filter(|l| leaves.contains(*l) && allows(*l));
            let Some(kept) = kept.map(|l| row[l.get()]).reduce(f64::min) else { return (f64::INFINITY, 0.0) };
            gain += kept - all;
            size += kept.abs() + all.abs();
        }
        if gain.is_finite() { (gain, size) } else { (f64::NEG_INFINITY, size) }
    }

    /// Largest sum that the rounding of one unit's terms can lose, over all units, per unit in the last place.
    pub(super) fn slack(&self, least: f64) -> f64 {
        let priced = self.loads.len() + self.tiers.len() + self.budgets.len() + self.worth_of_cuts.len();
        let terms = 2 * priced + 16;
        let rows = &self.problem.rows;
        let mut size = least;
        for (i, &load) in self.loads.iter().enumerate() {
            let most = self.worth[i * self.leaves..(i + 1) * self.leaves].iter().fold(0.0_f64, |m, w| m.max(w.abs()));
            size += 2.0 * most * rows.loads[load].amounts.iter().map(|a| a.abs() as f64).sum::<f64>();
        }
        for &(b, price) in &self.budgets {
            size += 2.0 * price.abs() * rows.budgets[b].largest();
        }
        for (worth, facts) in self.worth_of_cuts.iter().zip(&self.cuts.facts) {
            size += 2.0 * worth.abs() * facts.size;
        }
        size * terms as f64 * ROUNDING
    }
}

/// A sum that keeps what rounding loses (Neumaier 1974).
#[derive(Default)]
pub(super) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub fn add(&mut self, x: f64) {
        let next = self.sum + x;
        if next.is_finite() {
            self.lost += if self.sum.abs() >= x.abs() { (self.sum - next) + x } else { (x - next) + self.sum };
        }
        self.sum = next;
    }

    pub fn total(&self) -> f64 {
        self.sum + self.lost
    }
}
