//! The leaves at which no plan can have a unit: some row within its limits, or some budget, cannot hold with the unit
//! there, wherever the others go among the leaves that are open to them. All in whole numbers.

use super::hard::Hard;
use super::open::Open;
use crate::index::{Keyed, LoadIndex, RowIndex};
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

/// A quick look: false where no line can shut a leaf.
fn may_shut(problem: &Problem, limits: &Keyed<RowIndex, WholeLimits>) -> bool {
    let rows = &problem.rows;
    if problem.units.classes.len() > 1 || !rows.budgets.is_empty() {
        return true;
    }
    let largest: Keyed<LoadIndex, i64> = rows.loads.map(|load| load.amounts.iter().copied().max().unwrap_or(0));
    rows.rows.iter().zip(limits).any(|(row, limits)| {
        let (largest, total) = (largest[row.load], rows.loads[row.load].total);
        // Where all units may go everywhere, one alone is too much, or without it too little is left.
        limits.most < largest || limits.least > total - largest
    })
}
