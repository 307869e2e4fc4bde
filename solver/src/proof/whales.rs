//! Units too large for a fair share, and the imbalance that whole units force before any search (the lumpiness floor).

use crate::index::{Keyed, LeafIndex, LoadIndex, MeasureIndex, NodeIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::rows::Group;
use std::collections::HashSet;

/// Whales named in an answer, at most.
const NAMED_MAX: usize = 20;
/// Books of more steps than this are as good as divisible at will.
const STEPS_MAX: f64 = 1e8;
/// Fraction of a limit by which bands are widened: more than limits lose by rounding, and far less than a step.
const STEP_SLACK: f64 = 1e-12;
/// How often the interval of a deviation is halved: then it is below 10^-15 of it.
const HALVINGS: usize = 50;
/// What a floor's arithmetic may lose.
const LOST: f64 = 4.0 * f64::EPSILON;

/// A unit too large for a fair share: a whale.
pub(crate) struct LargeUnit {
    pub unit: UnitIndex,
    /// One of those that are reported.
    pub measure: MeasureIndex,
    /// What the unit holds of it.
    pub amount: i64,
    /// The level whose buckets it does not fit.
    pub level: usize,
    /// The deviation that it forces at best.
    pub forced_deviation: f64,
}

/// Units that exceed the band of every node they may go to, largest forced deviation first.
pub(crate) fn find(problem: &Problem) -> Vec<LargeUnit> {
    let mut found: Vec<(f64, UnitIndex, &Group)> = Vec::new();
    let mut known = HashSet::new();
    // Counts made by mix are left out: one account is no whale.
    for group in problem.rows.groups.iter().filter(|g| problem.is_reported(g.measure)) {
        let widest = widest_targets(problem, &buckets(problem, group));
        for (unit, &amount) in problem.rows.loads[group.load].amounts.pairs() {
            let forced = forced_deviation(amount, widest[problem.units.class[unit]]);
            if forced > group.tolerance + 1e-12 && known.insert((unit, group.level, group.measure)) {
                found.push((forced, unit, group));
            }
        }
    }
    let measure = |group: &Group| &problem.measures[group.measure].name;
    found.sort_by(|(a, u, g), (b, v, h)| b.total_cmp(a).then(u.cmp(v)).then(measure(g).cmp(measure(h))));
    found.truncate(NAMED_MAX);
    let whale = |(forced_deviation, unit, group): (f64, UnitIndex, &Group)| LargeUnit {
        unit,
        measure: group.measure,
        amount: problem.rows.loads[group.load].amounts[unit],
        level: group.level,
        forced_deviation,
    };
    found.into_iter().map(whale).collect()
}

/// A node with its target.
type Bucket = (NodeIndex, f64);

fn buckets(problem: &Problem, group: &Group) -> Vec<Bucket> {
    problem.rows.rows[group.rows].iter().map(|row| (row.node, row.target)).collect()
}

/// The leaves that lie in one of the buckets.
fn below(problem: &Problem, buckets: &[Bucket]) -> Keyed<LeafIndex, bool> {
    let mut below = problem.tree.leaves.map(|_| false);
    buckets.iter().for_each(|b| below[problem.tree.nodes[b.0].leaves].fill(true));
    below
}

/// Where a class of units may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// To the nodes of the group alone.
    Inside,
    /// To pools alone, which have no part in the balance.
    Pools,
    /// Elsewhere, or there too.
    Both,
}

/// Where each class of units may go; `Both` for all where some leaf is neither below one of the buckets nor a pool.
fn sides(problem: &Problem, buckets: &[Bucket]) -> Vec<Side> {
    let (tree, below) = (&problem.tree, below(problem, buckets));
    let is_pool = |leaf: LeafIndex| tree.nodes[tree.leaves[leaf]].is_pool;
    if below.pairs().any(|(leaf, below)| !below && !is_pool(leaf)) {
        return vec![Side::Both; problem.units.classes.len()];
    }
    let side = |class: &Keyed<LeafIndex, bool>| {
        let open = |in_pool: bool| class.pairs().any(|(leaf, open)| *open && is_pool(leaf) == in_pool);
        match (open(false), open(true)) {
            (_, false) => Side::Inside,
            (false, true) => Side::Pools,
            (true, true) => Side::Both,
        }
    };
    problem.units.classes.iter().map(side).collect()
}

/// Target of the roomiest bucket that units of each class may go to; 0 where they may go to none, or past them all to
/// a leaf higher up.
fn widest_targets(problem: &Problem, buckets: &[Bucket]) -> Vec<f64> {
    let leaves = |b: &Bucket| problem.tree.nodes[b.0].leaves;
    let below = below(problem, buckets);
    let widest = |class: &Keyed<LeafIndex, bool>| {
        let open = buckets.iter().filter(|b| class[leaves(b)].contains(&true));
        let past = class.zip(&below).any(|(open, below)| *open && !below);
        if past { 0.0 } else { open.map(|b| b.1).fold(0.0, f64::max) }
    };
    problem.units.classes.iter().map(widest).collect()
}

/// (amount − target) ÷ target at the roomiest node; below 0 when it fits, and as low as can be where no node of the
/// group is open.
fn forced_deviation(amount: i64, widest: f64) -> f64 {
    if widest > 0.0 { amount as f64 / widest - 1.0 } else { f64::NEG_INFINITY }
}

/// The least value tier `tier` can have because units are whole: for each group the least worst excess.
pub(crate) fn floor(problem: &Problem, tier: TierIndex) -> f64 {
    let (of, largest) = problem.bands_of(tier);
    let groups = problem.rows.groups.iter().filter(|g| g.tier == of);
    groups.map(|g| g.weight * largest_floor(problem, g, largest)).sum()
}

/// The least sum of so many of a group's largest excesses: no less than the worst; and wherever the largest unit goes, that
/// node is beyond its band, and what is left is spread over the others, of which the worst lack no less than the mean.
/// Rounded down.
fn largest_floor(problem: &Problem, group: &Group, largest: usize) -> f64 {
    let worst = group_floor(problem, group);
    let buckets = buckets(problem, group);
    if largest == 1 || buckets.len() < 2 {
        return worst;
    }
    let (load, sides) = (&problem.rows.loads[group.load], sides(problem, &buckets));
    let amounts = || problem.units.class.zip(&load.amounts).map(|(&class, &amount)| (sides[class], amount));
    if amounts().any(|(side, _)| side == Side::Both) {
        return worst;
    }
    let inside = || amounts().filter(|(side, _)| *side == Side::Inside).map(|(_, amount)| amount);
    let (total, unit) = (inside().sum::<i64>(), inside().max().unwrap_or(0));
    let (tolerance, spread) = (group.tolerance, LOST * total as f64 * buckets.len() as f64);
    let others = (largest - 1).min(buckets.len() - 1) as f64 / (buckets.len() - 1) as f64;
    let at = |n: usize| {
        let rest = || buckets.iter().enumerate().filter(|(i, _)| *i != n).map(|(_, b)| b.1);
        let due: f64 = rest().map(|target| target * (1.0 - tolerance)).sum();
        let widest = rest().fold(0.0, f64::max);
        let short = ((due - (total - unit) as f64 - spread) / widest).max(0.0);
        (unit as f64 / buckets[n].1 - 1.0 - tolerance).max(0.0) + others * short
    };
    let sum = (0..buckets.len()).map(at).fold(f64::INFINITY, f64::min);
    let lost = LOST * (buckets.len() as f64 + sum + tolerance);
    (sum - lost).max(worst)
}

/// The least worst excess of a group.
pub(crate) fn group_floor(problem: &Problem, group: &Group) -> f64 {
    least_worst(problem, group.load, &buckets(problem, group), group.tolerance)
}

/// The least worst deviation |amount − target| ÷ target of a measure over the nodes of a level.
pub(crate) fn deviation_floor(problem: &Problem, measure: MeasureIndex, level: usize) -> f64 {
    let shared = problem.facts().shared(measure);
    if shared == 0 {
        return 0.0;
    }
    let buckets: Vec<Bucket> = problem.tree.sharing(level).map(|n| (n, problem.tree.target(n, shared))).collect();
    least_worst(problem, problem.rows.load_of(measure), &buckets, 0.0)
}

/// Four arguments, each valid alone: every node holds a multiple of what divides all amounts; the largest unit must go
/// somewhere; it leaves the other nodes short; and of the j·k + 1 largest units some node gets j + 1 (k nodes).
/// Rounded down.
fn least_worst(problem: &Problem, load: LoadIndex, buckets: &[Bucket], tolerance: f64) -> f64 {
    let floor = nearest_least_worst(problem, load, buckets, tolerance);
    (floor - LOST * (1.0 + floor + tolerance)).max(0.0)
}

fn nearest_least_worst(problem: &Problem, load: LoadIndex, buckets: &[Bucket], tolerance: f64) -> f64 {
    let load = &problem.rows.loads[load];
    let sides = sides(problem, buckets);
    let mut largest = vec![0; problem.units.classes.len()];
    // What units hold that go to one of the nodes, and whether they are all that there is: where some may go to leaves
    // higher up, or to a pool, what these nodes hold together is open.
    let (mut total, mut tiles) = (0, true);
    for (&class, &amount) in problem.units.class.zip(&load.amounts) {
        largest[class] = amount.max(largest[class]);
        match sides[class] {
            Side::Inside => total += amount,
            Side::Pools => {}
            Side::Both => tiles = false,
        }
    }
    let targets: Vec<f64> = buckets.iter().map(|b| b.1 / load.step as f64).collect();
    let steps = if tiles { total } else { load.total } / load.step;
    let mut floor = (in_steps(steps, &targets, tiles) - tolerance).max(0.0);
    for (&amount, widest) in largest.iter().zip(widest_targets(problem, buckets)) {
        floor = floor.max(forced_deviation(amount, widest) - tolerance);
    }
    if !tiles || buckets.len() < 2 {
        return floor;
    }
    let inside = |class: &usize| sides[*class] == Side::Inside;
    let largest = largest.into_iter().enumerate().filter(|(class, _)| inside(class)).map(|(_, amount)| amount).max();
    if let Some(largest) = largest.filter(|&a| a > 0) {
        // Wherever it goes, what is left is spread over the rest; the least shortage is at the widest node's exit.
        let whole = problem.tree.whole_share();
        let shared = load.shared() as f64;
        let others = |b: &Bucket| shared * ((whole - problem.tree.nodes[b.0].share) as f64 / whole as f64);
        let left = (total - largest) as f64;
        let short = buckets.iter().map(|b| 1.0 - left / others(b)).fold(f64::INFINITY, f64::min);
        floor = floor.max(short - tolerance);
    }
    let widest = buckets.iter().map(|b| b.1).fold(0.0, f64::max);
    let amounts = problem.units.class.zip(&load.amounts).filter(|(class, _)| inside(class)).map(|(_, &amount)| amount);
    crowded(amounts.collect(), total as f64, widest, buckets.len(), tolerance, floor)
}

/// The least worst deviation of nodes that hold whole numbers of steps, `total` together where the nodes tile the book.
/// Targets are in steps, too.
fn in_steps(total: i64, targets: &[f64], tiles: bool) -> f64 {
    let total = total as f64;
    if total > STEPS_MAX {
        return 0.0;
    }
    let targets: Vec<f64> = targets.iter().copied().filter(|t| *t > 0.0).collect();
    // Generous by far less than a step: what does not fit here fits nowhere.
    let least =
        |target: f64, deviation: f64| (target * (1.0 - deviation) - target * (1.0 + deviation) * STEP_SLACK).ceil();
    let most = |target: f64, deviation: f64| (target * (1.0 + deviation) * (1.0 + STEP_SLACK)).floor();
    let fits = |d: f64| {
        let (mut from, mut to) = (0.0, 0.0);
        for &target in &targets {
            let (lo, hi) = (least(target, d), most(target, d));
            if lo > hi {
                return false;
            }
            (from, to) = (from + lo, to + hi);
        }
        !tiles || (from <= total && total <= to)
    };
    let (mut below, mut above) = (0.0, 1.0);
    if targets.is_empty() || fits(below) {
        return 0.0;
    }
    while !fits(above) && above < STEPS_MAX {
        (below, above) = (above, 2.0 * above);
    }
    for _ in 0..HALVINGS {
        let middle = (below + above) / 2.0;
        *if fits(middle) { &mut above } else { &mut below } = middle;
    }
    // Nothing more fits until some node's band takes in another multiple.
    let next =
        |&target: &f64| ((most(target, below) + 1.0) / target - 1.0).min(1.0 - (least(target, below) - 1.0) / target);
    targets.iter().map(next).fold(f64::INFINITY, f64::min)
}

/// The floor once the j·k + 1 largest of `amounts` are looked at for every j that can raise it.
fn crowded(amounts: Vec<i64>, total: f64, widest: f64, nodes: usize, tolerance: f64, mut floor: f64) -> f64 {
    let mut sizes = amounts;
    sizes.retain(|&amount| amount > 0);
    let most = sizes.len().saturating_sub(1) / nodes;
    // The j + 1 smallest of the j·k + 1 largest hold at most their part of the whole, which falls as j grows.
    let at_most = |j: usize| (j + 1) as f64 / (j * nodes + 1) as f64 * total / widest - 1.0 - tolerance;
    let (mut j, mut sorted) = (1, 0);
    // What the sizes before the last, and before the first of the j + 1 add up to.
    let (mut upto, mut before) = (0, 0);
    let (mut upto_at, mut before_at) = (0, 0);
    while j <= most && at_most(j) > floor - 1e-9 {
        let last = j * nodes;
        if last >= sorted {
            // Sorted a piece at a time: a few of the largest nearly always say it all.
            let end = (4 * sorted).max(16 * nodes + 1).min(sizes.len());
            let rest = &mut sizes[sorted..];
            if end < sorted + rest.len() {
                rest.select_nth_unstable_by(end - sorted, |a, b| b.cmp(a));
            }
            sizes[sorted..end].sort_unstable_by(|a, b| b.cmp(a));
            sorted = end;
        }
        upto += sizes[upto_at..=last].iter().sum::<i64>();
        before += sizes[before_at..last - j].iter().sum::<i64>();
        (upto_at, before_at) = (last + 1, last - j);
        floor = floor.max((upto - before) as f64 / widest - 1.0 - tolerance);
        j += 1;
    }
    floor
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Every j, every sum written out.
    fn crowded_plainly(amounts: &[i64], widest: f64, nodes: usize, tolerance: f64, floor: f64) -> f64 {
        let mut sizes: Vec<i64> = amounts.iter().copied().filter(|&a| a > 0).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let least = |j: usize| sizes[j * nodes - j..=j * nodes].iter().sum::<i64>();
        let all = 1..=sizes.len().saturating_sub(1) / nodes;
        all.map(|j| least(j) as f64 / widest - 1.0 - tolerance).fold(floor, f64::max)
    }

    /// All ways to give `left` steps to the nodes, by the worst deviation.
    fn least_worst_of_all(left: i64, targets: &[f64]) -> f64 {
        let deviation = |held: i64, target: f64| (held as f64 - target).abs() / target;
        match targets {
            [] => unreachable!("there is a node"),
            [target] => deviation(left, *target),
            [target, rest @ ..] => (0..=left)
                .map(|held| deviation(held, *target).max(least_worst_of_all(left - held, rest)))
                .fold(f64::INFINITY, f64::min),
        }
    }

    #[test]
    fn steps_force_what_no_way_to_share_them_out_avoids() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        for case in 0..300 {
            let (steps, nodes) = (rng.random_range(1..25_i64), rng.random_range(2..5));
            let shares: Vec<f64> = (0..nodes).map(|_| f64::from(rng.random_range(1..6))).collect();
            let all: f64 = shares.iter().sum();
            let targets: Vec<f64> = shares.iter().map(|s| steps as f64 * s / all).collect();
            let least = least_worst_of_all(steps, &targets);
            let found = in_steps(steps, &targets, true);
            assert!((found - least).abs() <= 1e-9, "case {case}: {found}, not {least}");
            assert!(in_steps(steps, &targets, false) <= least + 1e-12, "case {case}: without a total");
        }
    }

    #[test]
    fn leaving_out_small_units_changes_no_floor() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for case in 0..400 {
            let (count, nodes) = (rng.random_range(0..600), rng.random_range(2..9));
            let spread = [2, 20, 1_000_000][case % 3];
            let amounts: Vec<i64> = (0..count).map(|_| rng.random_range(0..spread)).collect();
            let total = amounts.iter().sum::<i64>() as f64;
            let widest = (total / nodes as f64 * rng.random_range(1.0..1.5)).max(1.0);
            let tolerance = [0.0, 0.001, 0.05][case / 3 % 3];
            let floor = [0.0, 0.01][case % 2];
            let found = crowded(amounts.clone(), total, widest, nodes, tolerance, floor);
            assert_eq!(found, crowded_plainly(&amounts, widest, nodes, tolerance, floor), "case {case}");
        }
    }
}
