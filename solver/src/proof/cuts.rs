//! Cuts: what a row's limit says of whole units beyond what it says of parts of them.
//!
//! Of the row sum a_u y_u <= limit, with y_u = 1 where unit u is at the row's node and 0 elsewhere, some units are counted by
//! their absence: with b = limit less their amounts, the row is sum a_u y_u + sum (-a_u) (1 - y_u) <= b, the first sum over
//! the others, the second over them. For a divisor d and r = b mod d, mixed-integer rounding (Nemhauser and Wolsey 1990,
//! Marchand and Wolsey 2001) makes of it
//!
//!   sum g(a_u) y_u + sum g(-a_u) (1 - y_u) <= floor(b / d) (d - r),   g(a) = floor(a / d) (d - r) + max(0, a mod d - r)
//!
//! which every whole y within the row obeys. A lower limit is the upper one of -a. Of a soft row the right side has the excess
//! in addition, as the row itself has. All of it is in whole numbers.

use crate::index::{Keyed, LeafIndex, RowIndex, Span, UnitIndex};
use crate::problem::Problem;
use crate::problem::rows::Load;
use crate::problem::whole::WholeLimits;

/// Which limit of a row is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limited {
    Least,
    Most,
}

/// How a cut comes from its row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cut {
    pub row: RowIndex,
    pub limited: Limited,
    /// What the row is taken to hold at most, or at least: no tighter than it does.
    pub limit: i64,
    /// 1 or more.
    pub divisor: i64,
    /// The limit is the row's own, and its excess is beyond it; else it is what the caps leave the row, or a hard row's.
    pub soft: bool,
    /// Units that are counted by their absence.
    pub absent: Vec<UnitIndex>,
}

impl Cut {
    /// The row's amounts and limit as an upper one.
    fn sign(&self) -> i128 {
        match self.limited {
            Limited::Most => 1,
            Limited::Least => -1,
        }
    }

    /// What each unit adds where it is at the node, and what all of them add at most.
    fn rounded(&self, amounts: &Keyed<UnitIndex, i64>) -> Rounded {
        let mut absent = amounts.map(|_| false);
        self.absent.iter().for_each(|&unit| absent[unit] = true);
        let signed = |amount: i64| self.sign() * i128::from(amount);
        let gone: i128 = amounts.zip(&absent).filter(|(_, absent)| **absent).map(|(a, _)| signed(*a)).sum();
        let divisor = i128::from(self.divisor.max(1));
        let side = self.sign() * i128::from(self.limit) - gone;
        let rest = side.rem_euclid(divisor);
        let round =
            |amount: i128| amount.div_euclid(divisor) * (divisor - rest) + (amount.rem_euclid(divisor) - rest).max(0);
        let mut most = side.div_euclid(divisor) * (divisor - rest);
        let one = |(amount, absent): (&i64, &bool)| match absent {
            true => {
                let by = round(-signed(*amount));
                most -= by;
                -by
            }
            false => round(signed(*amount)),
        };
        let coefficients = amounts.zip(&absent).map(one).collect();
        let slope = self.sign() as f64 * ((divisor - rest) as f64 / divisor as f64);
        Rounded { coefficients, most, slope }
    }

    /// Whether the limits of the row are as tight as the cut takes them to be. Where it has no excess in addition, they are
    /// those of multiples of what divides all amounts.
    pub fn fits(&self, limits: &WholeLimits, load: &Load) -> bool {
        let tightest = self.limited.of(limits, if self.soft { 1 } else { load.step });
        match self.limited {
            Limited::Most => tightest.is_some_and(|most| most <= self.limit),
            Limited::Least => tightest.is_some_and(|least| least >= self.limit),
        }
    }
}

/// A cut worked out.
#[derive(Debug, PartialEq)]
struct Rounded {
    coefficients: Keyed<UnitIndex, i128>,
    most: i128,
    slope: f64,
}

impl Limited {
    /// The limit, taken to the nearest multiple of `step` inside; `None`: there is none.
    pub fn of(self, limits: &WholeLimits, step: i64) -> Option<i64> {
        let step = i128::from(step.max(1));
        let limit = match self {
            Limited::Most => (limits.most < i64::MAX).then(|| i128::from(limits.most).div_euclid(step) * step),
            Limited::Least => (limits.least > i64::MIN).then(|| -(-i128::from(limits.least)).div_euclid(step) * step),
        };
        limit.and_then(|limit| i64::try_from(limit).ok())
    }
}

/// What is needed of a cut in sums.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facts {
    /// The leaves below the row's node.
    pub leaves: Span<LeafIndex>,
    /// The right side, in the unit of the row's load.
    pub most: f64,
    /// What the load adds up to: prices are for each whole of it.
    pub total: f64,
    /// Sum of the coefficients by size.
    pub size: f64,
    /// What a coefficient is of its amount, about; below 0 where the lower limit is cut.
    pub slope: f64,
}

/// Cuts with their coefficients.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cuts {
    pub list: Vec<Cut>,
    pub facts: Vec<Facts>,
    /// For each unit the cuts that count it, by their place in the list, and what it adds to each where it is at the node.
    of_unit: Keyed<UnitIndex, Vec<(u32, f64)>>,
}

impl Cuts {
    /// Cuts of this problem's rows and units.
    pub fn of(problem: &Problem, list: Vec<Cut>) -> Cuts {
        let mut of_unit = problem.units.class.map(|_| Vec::new());
        let mut facts = Vec::with_capacity(list.len());
        for (at, cut) in list.iter().enumerate() {
            let row = &problem.rows.rows[cut.row];
            let load = &problem.rows.loads[row.load];
            let Rounded { coefficients, most, slope } = cut.rounded(&load.amounts);
            let mut size = 0.0;
            for (unit, &coefficient) in coefficients.pairs().filter(|(_, k)| **k != 0) {
                of_unit[unit].push((at as u32, coefficient as f64));
                size += (coefficient as f64).abs();
            }
            let beyond = if cut.soft && Some(cut.limit) == cut.limited.of(&row.limits, 1) {
                match cut.limited {
                    Limited::Most => row.limits.most_slack,
                    Limited::Least => row.limits.least_slack,
                }
            } else {
                0.0
            };
            facts.push(Facts {
                leaves: problem.tree.nodes[row.node].leaves,
                most: most as f64 + beyond,
                total: (load.total as f64).max(1.0),
                size,
                slope,
            });
        }
        Cuts { list, facts, of_unit }
    }

    /// What a unit adds to each cut that counts it, where it is at the node.
    pub fn of_unit(&self, unit: UnitIndex) -> &[(u32, f64)] {
        self.of_unit.get(unit).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests;
