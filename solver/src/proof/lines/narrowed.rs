//! The leaves at which no plan can have a unit: some row within its limits, or some budget, cannot hold with the unit
//! there, wherever the others go among the leaves that are open to them. All in whole numbers.

use super::hard::Hard;
use super::open::Open;
use crate::index::{Keyed, RowIndex};
use crate::problem::Problem;
use crate::problem::whole::WholeLimits;

/// Units times rows and budgets, at most: larger books are so finely divided that nothing would be shut, and looking
/// would take longer than it is worth. The checker leaves off where the engine does.
const LOOKED_AT_MAX: usize = 20_000_000;

/// The open leaves, where rows within `limits` and budgets shut more than rules over where units go; `None`: nothing
/// more is shut, or so much that no plan is left, which is for others to prove.
pub(in crate::proof) fn narrowed(problem: &Problem, limits: &Keyed<RowIndex, WholeLimits>) -> Option<Open> {
    let lines = problem.rows.rows.len() + problem.rows.budgets.len();
    if problem.units.count().saturating_mul(lines) > LOOKED_AT_MAX || !may_shut(problem, limits) {
        return None;
    }
    let hard = Hard::within(problem, limits);
    let open = hard.open()?;
    (open != hard.allowed()).then_some(open)
}

/// A quick look: false where no line can shut a leaf. What classes of units must and can add to a row is enough for that.
fn may_shut(problem: &Problem, limits: &Keyed<RowIndex, WholeLimits>) -> bool {
    let (rows, units) = (&problem.rows, &problem.units);
    if !rows.budgets.is_empty() {
        return true;
    }
    let sums = rows.loads.map(|load| {
        let mut sums = vec![0_i128; units.classes.len()];
        units.class.zip(&load.amounts).for_each(|(&class, &amount)| sums[class] += i128::from(amount));
        (sums, i128::from(load.amounts.iter().copied().max().unwrap_or(0)))
    });
    rows.rows.iter().zip(limits).any(|(row, limits)| {
        let (sums, largest) = &sums[row.load];
        let inside = problem.tree.nodes[row.node].leaves;
        let (mut least, mut most) = (0, 0);
        for (allowed, sum) in units.classes.iter().zip(sums) {
            let [goes_in, stays_out] = [true, false]
                .map(|within| allowed.pairs().any(|(leaf, allowed)| *allowed && inside.contains(leaf) == within));
            least += if goes_in && !stays_out { *sum } else { 0 };
            most += if goes_in { *sum } else { 0 };
        }
        // With one unit more it is too much, or with one less too little is left.
        i128::from(limits.most) < least + largest || i128::from(limits.least) > most - largest
    })
}
