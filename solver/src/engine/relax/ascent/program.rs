//! A relaxation as an ascent has it: units at slots, and lines over them.
//!
//! Amounts are scaled so that a unit's are 1 on average, costs so that the second cheapest leaf of a unit costs 1 more
//! than the cheapest on average: temperatures and prices then mean the same in every book. Plain numbers inside: units,
//! slots, leaves and loads of the program.

use super::offers::Offers;
use crate::engine::relax::lp::Price;
use crate::index::{LeafIndex, LoadIndex, Number, RowIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Weighted};
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::prices::Prices;
use rayon::prelude::*;
use std::ops::Range;

/// Units that a thread handles at once.
const CHUNK: usize = 1_024;

/// The rows that a program has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    All,
    /// Those of the load that is most evenly spread over units: of a sample the others say little.
    Smoothest,
}

/// What a line adds up.
#[derive(Debug)]
pub(super) enum Sums {
    /// One load over the leaves of a node.
    Load { load: usize, leaves: Range<usize> },
    /// One load, times a factor for each leaf.
    Weighted { load: usize, factors: Vec<f64> },
    /// Coefficients of their own, by slot.
    Slots(Vec<f64>),
}

/// A limit on a sum, from both sides: where there is only one, the other is what no plan passes.
#[derive(Debug)]
pub(super) struct Line {
    pub sums: Sums,
    pub lo: f64,
    pub hi: f64,
    price: Price,
    /// The problem's price for 1 of the line's.
    worth: f64,
}

pub(super) struct Program {
    pub offers: Offers,
    pub units: usize,
    pub leaves: usize,
    pub loads: usize,
    /// By slot.
    pub cost: Vec<f64>,
    /// Units × loads.
    pub amounts: Vec<f64>,
    pub lines: Vec<Line>,
    /// What a cost of 1 is in the tier's unit.
    pub usual: f64,
}

impl Program {
    pub fn of(problem: &Problem, costs: &Costs, frame: &Frame, offers: Offers, rows: Counted) -> Program {
        let (units, leaves) = (problem.units.count(), problem.tree.leaves.len());
        let cost = by_slot(&offers, |unit, leaf| costs.at(frame.tier, unit, leaf));
        let usual = usual(&offers, &cost);
        let mut program = Program {
            cost: cost.iter().map(|c| c / usual).collect(),
            amounts: Vec::new(),
            lines: Vec::new(),
            loads: 0,
            usual,
            units,
            leaves,
            offers,
        };
        let mut used: Vec<LoadIndex> = Vec::new();
        program.push_rows(problem, frame, rows, &mut used);
        program.push_tiers(problem, costs, frame);
        program.push_budgets(problem, &mut used);
        program.write_amounts(problem, &used);
        program
    }

    /// Rows within what earlier tiers leave them. Rows that follow from those of the nodes below are left out.
    fn push_rows(&mut self, problem: &Problem, frame: &Frame, counted: Counted, used: &mut Vec<LoadIndex>) {
        let rows = &problem.rows;
        let only = if counted == Counted::Smoothest { smoothest(problem) } else { None };
        let counts = |row: RowIndex| {
            let row = &rows.rows[row];
            row.group.is_none_or(|g| rows.groups[g].tier < frame.tier) && only.is_none_or(|only| row.load == only)
        };
        for (r, row) in rows.rows.pairs().filter(|(r, _)| counts(*r)) {
            let ((lo, hi), load) = (frame.rows[r], &rows.loads[row.load]);
            let (least, most) = (lo.max(0.0), hi.min(load.total as f64));
            if (lo <= 0.0 && hi >= load.total as f64) || follows(problem, frame, r, &counts) {
                continue;
            }
            let scale = self.units as f64 / (load.total as f64).max(1.0);
            let sums = Sums::Load { load: at(used, row.load), leaves: problem.tree.nodes[row.node].leaves.places() };
            let worth = self.usual * self.units as f64;
            self.lines.push(Line { sums, lo: least * scale, hi: most.max(least) * scale, price: Price::Row(r), worth });
        }
    }

    /// Limits of earlier tiers that are costs alone.
    fn push_tiers(&mut self, problem: &Problem, costs: &Costs, frame: &Frame) {
        for (s, &limit) in frame.limits.pairs() {
            if !costs.has(s) || problem.rows.groups.iter().any(|group| problem.counts(s, group)) {
                continue;
            }
            let coefficients = by_slot(&self.offers, |unit, leaf| costs.at(s, unit, leaf));
            let usual = self.usual;
            let price = |scale: f64| (Price::Tier(s), -usual * scale);
            self.push_slots(coefficients, limit, price);
        }
    }

    fn push_budgets(&mut self, problem: &Problem, used: &mut Vec<LoadIndex>) {
        for (b, budget) in problem.rows.budgets.pairs() {
            match &budget.adds {
                Adds::Moves(moves) => {
                    let coefficients = by_slot(&self.offers, |unit, leaf| moves.amount(unit, leaf) as f64);
                    let usual = self.usual;
                    let price = |scale: f64| (Price::Budget(b), usual * scale * budget.whole);
                    self.push_slots(coefficients, budget.most as f64, price);
                }
                Adds::Weighted(Weighted { load, amounts, factors }) => {
                    let total = (problem.rows.loads[*load].total as f64).max(1.0);
                    let largest = factors.iter().map(|f| f.abs()).max().unwrap_or(1).max(1) as f64;
                    let least = factors.iter().copied().min().unwrap_or(0) as f64;
                    let sum: f64 = amounts.iter().map(|&a| a as f64).sum();
                    let scale = self.units as f64 / total / largest;
                    let hi = budget.most as f64 * scale;
                    let lo = (sum * least * scale).min(hi);
                    let sums = Sums::Weighted {
                        load: at(used, *load),
                        factors: factors.iter().map(|&f| f as f64 / largest).collect(),
                    };
                    let worth = self.usual * scale * budget.whole;
                    self.lines.push(Line { sums, lo, hi, price: Price::Budget(b), worth });
                }
            }
        }
    }

    /// A limit from above on coefficients of their own.
    fn push_slots(&mut self, mut coefficients: Vec<f64>, limit: f64, price: impl Fn(f64) -> (Price, f64)) {
        let (sum, count) = coefficients.iter().filter(|c| **c != 0.0).fold((0.0, 0), |(s, n), c| (s + c.abs(), n + 1));
        let scale = if count > 0 { f64::from(count) / sum } else { 1.0 };
        coefficients.iter_mut().for_each(|c| *c *= scale);
        let least = |unit| self.offers.slots(unit).map(|s| coefficients[s]).fold(f64::INFINITY, f64::min);
        let lo: f64 = (0..self.units).map(least).sum();
        let (price, worth) = price(scale);
        let hi = limit * scale;
        self.lines.push(Line { sums: Sums::Slots(coefficients), lo: lo.min(hi), hi, price, worth });
    }

    fn write_amounts(&mut self, problem: &Problem, used: &[LoadIndex]) {
        self.loads = used.len();
        self.amounts = vec![0.0; self.units * used.len()];
        for (m, &load) in used.iter().enumerate() {
            let load = &problem.rows.loads[load];
            let scale = self.units as f64 / (load.total as f64).max(1.0);
            for (unit, &amount) in load.amounts.pairs() {
                self.amounts[unit.get() * used.len() + m] = amount as f64 * scale;
            }
        }
    }

    /// The problem's prices; not repaired.
    pub fn prices(&self, problem: &Problem, tier: TierIndex, of: &[f64]) -> Prices {
        let mut prices = Prices::none(problem, tier);
        for (line, price) in self.lines.iter().zip(of) {
            let price = price * line.worth;
            match line.price {
                Price::Row(r) => prices.rows[r] += price,
                Price::Budget(b) => prices.budgets[b] += price,
                Price::Tier(s) => prices.tiers[s] += price,
                Price::Cut(_) => {}
            }
        }
        prices
    }
}

impl Program {
    /// Prices of the lines that come from the problem's, as far as they do.
    pub fn from(&self, prices: &Prices) -> Vec<f64> {
        let of = |line: &Line| {
            let price = match line.price {
                Price::Row(r) => prices.rows[r],
                Price::Budget(b) => prices.budgets[b],
                Price::Tier(s) => prices.tiers[s],
                // An ascent has none.
                Price::Cut(_) => 0.0,
            };
            if line.worth == 0.0 { 0.0 } else { price / line.worth }
        };
        self.lines.iter().map(of).collect()
    }
}

/// Whether a row's limits hold wherever those of the nodes right below hold.
fn follows(problem: &Problem, frame: &Frame, row: RowIndex, counts: &dyn Fn(RowIndex) -> bool) -> bool {
    let rows = &problem.rows.rows;
    let children = &problem.tree.nodes[rows[row].node].children;
    let (lo, hi) = frame.rows[row];
    let (mut least, mut most) = (0.0, 0.0);
    for &child in children {
        let own = rows.pairs().filter(|(r, other)| other.node == child && other.load == rows[row].load && counts(*r));
        let limits = own.map(|(r, _)| frame.rows[r]).reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)));
        let Some((low, high)) = limits else { return false };
        least += low;
        most += high;
    }
    !children.is_empty() && least >= lo && most <= hi
}

/// The load of soft rows whose amounts differ least.
fn smoothest(problem: &Problem) -> Option<LoadIndex> {
    let spread = |load: LoadIndex| {
        let load = &problem.rows.loads[load];
        let total = (load.total as f64).max(1.0);
        load.amounts.iter().map(|&a| (a as f64 / total).powi(2)).sum::<f64>()
    };
    let loads = problem.rows.groups.iter().map(|group| group.load);
    loads.map(|load| (spread(load), load)).reduce(|a, b| if b.0 < a.0 { b } else { a }).map(|best| best.1)
}

/// The place of a load among those that lines speak of.
fn at(used: &mut Vec<LoadIndex>, load: LoadIndex) -> usize {
    used.iter().position(|&other| other == load).unwrap_or_else(|| {
        used.push(load);
        used.len() - 1
    })
}

/// What `of` says of every slot.
pub(super) fn by_slot(offers: &Offers, of: impl Fn(UnitIndex, LeafIndex) -> f64 + Sync) -> Vec<f64> {
    let units = offers.first.len() - 1;
    let own = |unit: usize| {
        let of = &of;
        offers.leaf[offers.slots(unit)].iter().map(move |&leaf| of(UnitIndex::new(unit), LeafIndex::new(leaf as usize)))
    };
    let blocks: Vec<Vec<f64>> = (0..units.div_ceil(CHUNK))
        .into_par_iter()
        .map(|block| (block * CHUNK..units.min((block + 1) * CHUNK)).flat_map(own).collect())
        .collect();
    blocks.concat()
}

/// How much more the second cheapest leaf of a unit costs on average.
pub(super) fn usual(offers: &Offers, cost: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for unit in 0..offers.first.len() - 1 {
        let (mut first, mut second) = (f64::INFINITY, f64::INFINITY);
        for &c in &cost[offers.slots(unit)] {
            (first, second) = if c < first { (c, first) } else { (first, second.min(c)) };
        }
        if second.is_finite() {
            sum += second - first;
            count += 1;
        }
    }
    if sum > 0.0 { sum / count as f64 } else { 1.0 }
}
