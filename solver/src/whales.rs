//! Units too large for a fair share, and the imbalance they force before any search (the lumpiness floor).

use crate::plan::Whale;
use crate::problem::Problem;
use crate::problem::rows::Group;

/// Whales named in an answer, at most.
const NAMED_MAX: usize = 20;

/// Units that exceed the band of every node they may go to, largest forced deviation first.
pub(crate) fn find(problem: &Problem) -> Vec<Whale> {
    let mut whales: Vec<(Whale, usize)> = Vec::new();
    let mut known = std::collections::HashSet::new();
    // Counts made by mix are left out: one account is no whale.
    for group in problem.rows.groups.iter().filter(|g| g.measure < problem.reported) {
        let amounts = &problem.rows.loads[group.measure].amounts;
        for (unit, &amount) in amounts.iter().enumerate() {
            let forced = forced_deviation(problem, group, unit);
            if forced.is_finite()
                && forced > group.tolerance + 1e-12
                && known.insert((unit, group.level, group.measure))
            {
                let account_ids =
                    problem.units.members[unit].iter().map(|&a| problem.accounts.ids[a].clone()).collect();
                let whale = Whale {
                    account_ids,
                    measure: problem.measures[group.measure].name.clone(),
                    amount,
                    level: group.level,
                    forced_deviation: forced,
                };
                whales.push((whale, unit));
            }
        }
    }
    whales.sort_by(|(a, u), (b, v)| {
        b.forced_deviation.total_cmp(&a.forced_deviation).then(u.cmp(v)).then(a.measure.cmp(&b.measure))
    });
    whales.truncate(NAMED_MAX);
    whales.into_iter().map(|(w, _)| w).collect()
}

/// (amount − target) ÷ target at the roomiest node the unit may go to; below 0 when it fits.
fn forced_deviation(problem: &Problem, group: &Group, unit: usize) -> f64 {
    let amount = problem.rows.loads[group.measure].amounts[unit] as f64;
    let rows = group.rows.clone().map(|r| &problem.rows.rows[r]);
    let open = rows.filter(|row| problem.tree.nodes[row.node].leaves.clone().any(|l| problem.units.allows(unit, l)));
    open.map(|row| amount / row.target - 1.0).fold(f64::INFINITY, f64::min)
}

/// The least value tier `tier` can have because units are whole: for each group the least worst excess.
pub(crate) fn floor(problem: &Problem, tier: usize) -> f64 {
    let groups = problem.rows.groups.iter().filter(|g| g.tier == tier);
    groups.map(|g| g.weight * group_floor(problem, g)).sum()
}

/// Three arguments, each valid alone: the largest unit must go somewhere; it leaves the other nodes short; and
/// of the j·k + 1 largest units some node gets j + 1 (k nodes).
pub(crate) fn group_floor(problem: &Problem, group: &Group) -> f64 {
    let load = &problem.rows.loads[group.measure];
    let rows: Vec<_> = group.rows.clone().map(|r| &problem.rows.rows[r]).collect();
    let covered: f64 = rows.iter().map(|r| r.target).sum();
    let total = load.total as f64;
    // Nodes that do not cover the book (leaves higher up take a part): only the direct argument holds.
    let tiles = (covered - total).abs() <= 1e-6 * total;
    let mut floor: f64 = 0.0;
    for unit in 0..load.amounts.len() {
        let forced = forced_deviation(problem, group, unit);
        if forced.is_finite() {
            floor = floor.max(forced - group.tolerance);
        }
    }
    if !tiles || rows.len() < 2 {
        return floor;
    }
    let widest = rows.iter().map(|r| r.target).fold(0.0, f64::max);
    let mut sizes: Vec<i64> = load.amounts.iter().copied().filter(|&a| a > 0).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    if let Some(&largest) = sizes.first() {
        // Wherever it goes, what is left is spread over the rest; the least shortage is at the widest node's exit.
        let short =
            rows.iter().map(|r| 1.0 - (total - largest as f64) / (total - r.target)).fold(f64::INFINITY, f64::min);
        floor = floor.max(short - group.tolerance);
    }
    let nodes = rows.len();
    for j in 1..=sizes.len().saturating_sub(1) / nodes {
        let last = j * nodes;
        let least: i64 = sizes[last - j..=last].iter().sum();
        floor = floor.max(least as f64 / widest - 1.0 - group.tolerance);
    }
    floor
}
