//! What the duals prove of the true costs, and whether an edge without end proves that nothing is feasible.

use super::{At, Basic, ROUNDED, Simplex};

/// An edge proves that nothing is feasible when what it gains is more than this part of all that is added up for it.
const PROVES: f64 = 1e-10;

/// What an optimum's cost and its duals' value may differ by, as part of them.
const MEETS: f64 = 1e-8;
/// What is as good as nothing, as part of what all units usually cost.
const UNSEEN: f64 = 0.1;

/// A sum, and the sum of its terms' sizes.
#[derive(Default)]
struct Added {
    sum: f64,
    size: f64,
}

impl Added {
    fn add(&mut self, x: f64) {
        self.sum += x;
        self.size += x.abs();
    }
}

impl Simplex<'_> {
    /// What the duals prove, in the tier's unit, but for rounding: any duals prove something.
    pub fn bound(&self) -> f64 {
        if self.shifts.is_none() {
            return self.lp.constant + self.least(&self.duals, &self.reduced, 1.0).sum;
        }
        self.bound_at(&self.duals)
    }

    /// The same of other duals.
    pub(super) fn bound_at(&self, duals: &[f64]) -> f64 {
        let mut reduced = vec![0.0; self.reduced.len()];
        Simplex::weigh(self.lp, duals, &mut reduced);
        reduced.iter_mut().zip(&self.lp.cost).for_each(|(q, cost)| *q = cost - *q);
        self.lp.constant + self.least(duals, &reduced, 1.0).sum
    }

    /// What the basic solution costs.
    pub fn cost_of_basis(&self) -> f64 {
        let lp = self.lp;
        let at = |u: usize, l: u32| lp.cost[u * lp.leaves + l as usize];
        let mut sum = Added::default();
        (0..lp.units.len()).for_each(|u| sum.add(at(u, self.key[u])));
        for (j, column) in lp.columns.iter().enumerate().filter(|(_, c)| c.cost != 0.0) {
            match self.excess_at[j] {
                At::Lo => sum.add(column.cost * column.lo),
                At::Hi => sum.add(column.cost * column.hi),
                At::Basic => {}
            }
        }
        for (b, value) in self.basic.iter().zip(&self.value) {
            match *b {
                Basic::Part(u, l) => sum.add((at(u as usize, l) - at(u as usize, self.key[u as usize])) * value),
                Basic::Excess(j) => sum.add(lp.columns[j as usize].cost * value),
                Basic::Line(_) => {}
            }
        }
        lp.constant + sum.sum
    }

    /// Whether the duals prove what the basic solution costs. They may prove more: its rows are met but for tolerances.
    pub(super) fn meets(&self) -> bool {
        let (cost, bound) = (self.cost_of_basis(), self.bound());
        let units = self.lp.units.len() as f64;
        cost.is_finite() && cost - bound <= MEETS * (cost.abs().max(bound.abs()) + UNSEEN * units * self.lp.usual)
    }

    /// Whether a unit has no leaf left.
    pub(super) fn is_shut(&self) -> bool {
        let costs = |u: usize| self.lp.cost[u * self.lp.leaves..(u + 1) * self.lp.leaves].iter().enumerate();
        let shut = |u: usize| costs(u).all(|(l, cost)| cost.is_infinite() || !self.is_open(u, l as u32));
        self.narrowed.iter().any(|&u| shut(u as usize))
    }

    /// The value that steps raise: of the basis, at the costs as they are shifted.
    pub(super) fn raised(&self) -> f64 {
        let lp = self.lp;
        let keys: f64 = (0..lp.units.len()).map(|u| self.reduced[u * lp.leaves + self.key[u] as usize]).sum();
        let side = |cost: f64, lo: f64, hi: f64| {
            let limit = if cost > 0.0 { lo } else { hi };
            if cost == 0.0 || limit.is_infinite() { 0.0 } else { cost * limit }
        };
        let lines: f64 = (lp.lines.iter().enumerate()).map(|(r, line)| side(self.line_cost(r), line.lo, line.hi)).sum();
        let columns: f64 = (lp.columns.iter().enumerate()).map(|(j, c)| side(self.column_cost(j), c.lo, c.hi)).sum();
        lp.constant + keys + lines + columns
    }

    /// Whether following `edge` for ever gains for ever; `change` is what it changes at each unit and leaf. Sides
    /// without a limit cannot be held: what little the edge says there is rounding.
    pub(super) fn is_endless(&self, edge: &mut [f64], change: &mut [f64]) -> bool {
        let largest = edge.iter().fold(0.0, |most: f64, e| most.max(e.abs()));
        let mut cleaned = false;
        for (e, line) in edge.iter_mut().zip(&self.lp.lines) {
            let open = (*e > 0.0 && line.lo.is_infinite()) || (*e < 0.0 && line.hi.is_infinite());
            if open && e.abs() <= ROUNDED * largest {
                *e = 0.0;
                cleaned = true;
            }
        }
        if cleaned {
            Simplex::weigh(self.lp, edge, change);
        }
        let mut reduced: Vec<f64> = change.iter().map(|c| -c).collect();
        reduced.iter_mut().zip(&self.lp.cost).filter(|(_, c)| c.is_infinite()).for_each(|(q, _)| *q = f64::INFINITY);
        let gains = self.least(edge, &reduced, 0.0);
        gains.sum > PROVES * gains.size
    }

    /// The least that units, lines and columns can add to `duals`' value, costs counting `costs` times.
    fn least(&self, duals: &[f64], reduced: &[f64], costs: f64) -> Added {
        let lp = self.lp;
        let mut added = Added::default();
        for (unit, row) in reduced.chunks_exact(lp.leaves).enumerate() {
            let open = row.iter().enumerate().filter(|(l, _)| self.is_open(unit, *l as u32));
            added.add(open.fold(f64::INFINITY, |least, (_, &q)| least.min(q)));
        }
        // Nothing holds an open side, and what little a price says there is rounding.
        let none = ROUNDED * (costs * lp.usual + duals.iter().fold(0.0, |most: f64, d| d.abs().max(most)));
        let mut limited = |d: f64, lo: f64, hi: f64| {
            let limit = if d > 0.0 { lo } else { hi };
            if d != 0.0 && (limit.is_finite() || d.abs() > none) {
                added.add(d * limit);
            }
        };
        lp.lines.iter().zip(duals).for_each(|(line, &d)| limited(d, line.lo, line.hi));
        for column in &lp.columns {
            let d = costs * column.cost - column.terms.iter().map(|(r, k)| k * duals[*r]).sum::<f64>();
            limited(d, column.lo, column.hi);
        }
        added
    }
}
