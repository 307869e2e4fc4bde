//! Depth: how many territories a market supports, when each is to hold at least so much of a measure. What whole units allow
//! by themselves is arithmetic; what rules forbid beyond it only a search can prove.
//!
//! Let a(u) be what unit u holds, in whole units; every a(u) is a multiple of their greatest common divisor g, so a territory
//! that holds the minimum holds at least m, the least multiple of g that is no less. A territory that holds m still does when
//! each of its units counts as min(a(u), m). So n territories need n·m <= sum of min(a(u), m), which is no more than the total:
//! what large units have above m is lost to the others.

use crate::index::{LeafIndex, UnitIndex};
use crate::problem::Problem;

/// What there is of a measure for territories that are to hold at least so much of it. Amounts are whole numbers of
/// 10^-decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// What all units hold that may go to a territory of the balance.
    pub total: i64,
    /// The same where none counts for more than `least`.
    pub counted: i64,
    /// The least that a territory with the minimum can hold: a multiple of what divides all amounts.
    pub least: i64,
    /// How many units hold more than `least`.
    pub large: usize,
}

impl Supply {
    /// No more territories than this can all hold the minimum, whatever the plan; every number can where nothing is asked.
    pub fn most(self) -> usize {
        if self.least <= 0 { usize::MAX } else { usize::try_from(self.counted / self.least).unwrap_or(usize::MAX) }
    }

    /// The same by the total alone.
    pub fn most_by_total(self) -> usize {
        if self.least <= 0 { usize::MAX } else { usize::try_from(self.total / self.least).unwrap_or(usize::MAX) }
    }
}

impl Problem {
    /// What there is of a measure for territories that are to hold at least `minimum` of it; `None`: there is no such measure.
    pub fn supply(&self, measure: &str, minimum: i64) -> Option<Supply> {
        let (index, _) = self.reported_measures().find(|(_, m)| m.name == measure)?;
        let load = &self.rows.loads[self.rows.load_of(index)];
        let in_balance = |leaf: LeafIndex| !self.tree.nodes[self.tree.leaves[leaf]].is_pool;
        let may = |unit: UnitIndex| {
            self.tree.leaves.keys().iter().any(|leaf| in_balance(leaf) && self.units.allows(unit, leaf))
        };
        let amounts: Vec<i64> =
            load.amounts.pairs().filter(|(unit, _)| may(*unit)).map(|(_, &amount)| amount).collect();
        let step = amounts.iter().fold(0, |step, &amount| divisor(step, amount));
        let minimum = minimum.max(0);
        let least = match step {
            0 => minimum,
            step => {
                i64::try_from(i128::from(minimum.div_euclid(step) + i64::from(minimum % step > 0)) * i128::from(step))
                    .unwrap_or(i64::MAX)
            }
        };
        Some(Supply {
            total: amounts.iter().sum(),
            counted: amounts.iter().map(|&amount| amount.min(least)).sum(),
            least,
            large: amounts.iter().filter(|&&amount| amount > least).count(),
        })
    }
}

/// The greatest number that divides both; 0 divides nothing.
fn divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_large_units_have_above_the_minimum_is_lost() {
        let supply = Supply { total: 1_000, counted: 700, least: 100, large: 3 };
        assert_eq!((supply.most(), supply.most_by_total()), (7, 10));
        assert_eq!(Supply { least: 0, ..supply }.most(), usize::MAX);
        assert_eq!((divisor(0, 6), divisor(4, 6), divisor(7, 0), divisor(0, 0)), (6, 2, 7, 0));
    }
}
