//! Costs that differ a little from the program's: perturbed against ties, shifted where the basis does not fit them.
//!
//! Where many units cost the same everywhere but at home, edges have no length: the dual simplex then turns around on
//! the spot. Costs that differ a little, each by another amount, give every edge a length (Wolfe 1963; for the dual
//! simplex, Koberstein 2005). Once that optimum is reached the true costs come back, and what no longer fits is mended.

use super::shifts::FITS;
use super::{At, Basic, Simplex};
use crate::engine::relax::lp::irregular;

/// Costs are perturbed by up to this part of a usual one.
const PERTURBED: f64 = 1e-5;

impl Simplex<'_> {
    pub(super) fn perturb(&mut self) {
        self.shifts.perturbed = PERTURBED * self.lp.usual;
    }

    /// The cost of a unit's leaf.
    pub(super) fn cost(&self, unit: usize, leaf: usize) -> f64 {
        let at = unit * self.lp.leaves + leaf;
        let own = |s: &&(u32, u32, f64)| s.0 as usize == unit && s.1 as usize == leaf;
        let shift: f64 = self.shifts.leaves.iter().filter(own).map(|s| s.2).sum();
        self.lp.cost[at] + self.shifts.perturbed * irregular(at) + shift
    }

    /// Shifts costs up to where the basis fits them. A unit without parts has its key at its cheapest leaf, and a variable
    /// with two limits is at the one that fits: nothing is to be done about them.
    pub(super) fn shift(&mut self) {
        let (lp, fits) = (self.lp, FITS * self.lp.usual);
        let mut split: Vec<u32> =
            (self.basic.iter()).filter_map(|b| if let Basic::Part(u, _) = b { Some(*u) } else { None }).collect();
        split.sort_unstable();
        split.dedup();
        for unit in split.into_iter().map(|u| u as usize) {
            let key = self.reduced(unit)[self.key[unit] as usize];
            for leaf in 0..lp.leaves {
                let under = key - self.reduced(unit)[leaf];
                if under > 0.0 && self.is_open(unit, leaf as u32) {
                    self.reduced[unit * lp.leaves + leaf] = key;
                    let basic = self.basic.contains(&Basic::Part(unit as u32, leaf as u32));
                    if under > fits && !basic {
                        self.shifts.leaves.push((unit as u32, leaf as u32, under));
                        self.shifts.any = true;
                    }
                }
            }
        }
        for r in 0..lp.lines.len() {
            let cost = self.line_cost(r);
            let wrong = match self.line_at[r] {
                At::Basic => false,
                At::Lo => cost < 0.0,
                At::Hi => cost > 0.0,
            };
            if wrong && lp.lines[r].lo < lp.lines[r].hi {
                self.shifts.lines[r] -= cost;
                self.shifts.any |= cost.abs() > fits;
            }
        }
        for j in 0..lp.columns.len() {
            let cost = self.column_cost(j);
            let wrong = match self.excess_at[j] {
                At::Basic => false,
                At::Lo => cost < 0.0,
                At::Hi => cost > 0.0,
            };
            if wrong && lp.columns[j].lo < lp.columns[j].hi {
                self.shifts.columns[j] -= cost;
                self.shifts.any |= cost.abs() > fits;
            }
        }
    }

    /// What being at a limit costs a line's sum, after prices.
    pub(super) fn line_cost(&self, r: usize) -> f64 {
        self.duals[r] + self.shifts.lines[r]
    }

    pub(super) fn column_cost(&self, j: usize) -> f64 {
        let column = &self.lp.columns[j];
        column.cost + self.shifts.columns[j] - column.terms.iter().map(|(r, k)| k * self.duals[*r]).sum::<f64>()
    }
}
