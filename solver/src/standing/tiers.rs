//! What the tiers of a request come to in a book as it stands.

use super::data::{BandLimits, CriterionStanding, TierStanding};
use super::places::Places;
use super::words;
use crate::index::{MeasureIndex, NodeIndex, RowIndex, TierIndex};
use crate::problem::criteria::{Criterion, Kind};
use crate::problem::rows::Group;
use crate::score::excess;

/// Every tier.
pub(super) fn standings(places: &Places) -> Vec<TierStanding> {
    places.problem.tiers.keys().iter().map(|t| standing(places, t)).collect()
}

fn standing(places: &Places, t: TierIndex) -> TierStanding {
    let tier = &places.problem.tiers[t];
    let criteria: Vec<CriterionStanding> =
        tier.criteria.iter().enumerate().map(|(c, data)| criterion(places, t, c, data)).collect();
    let weighted = |(data, standing): (&Criterion, &CriterionStanding)| standing.value.map(|value| data.weight * value);
    let value: Option<f64> = tier.criteria.iter().zip(&criteria).map(weighted).sum();
    let sums = value.map_or_else(Vec::new, |value| sums(places, t, value));
    TierStanding { value, sums, summary: words::tier(places.problem, t, &criteria), criteria }
}

/// The weighted sums of the largest excess of every group, of the two largest, and so on, until nothing is added.
fn sums(places: &Places, t: TierIndex, value: f64) -> Vec<f64> {
    let problem = places.problem;
    let groups = || problem.rows.groups.iter().filter(|group| group.tier == t);
    let excesses: Vec<(f64, Vec<f64>)> = groups().map(|group| (group.weight, largest_first(places, group))).collect();
    let outside = excesses.iter().map(|(_, all)| all.len()).max().unwrap_or(0);
    let sum = |count: usize| excesses.iter().map(|(weight, all)| weight * all.iter().take(count).sum::<f64>()).sum();
    let later = (2..=outside.min(1 + problem.steps_max(t))).map(sum);
    std::iter::once(value).chain(later).collect()
}

/// The excesses of a group that are above 0.
fn largest_first(places: &Places, group: &Group) -> Vec<f64> {
    let mut excesses: Vec<f64> =
        group.rows.iter().map(|row| of_row(places, group.measure, row)).filter(|excess| *excess > 0.0).collect();
    excesses.sort_by(|a, b| b.total_cmp(a));
    excesses
}

fn of_row(places: &Places, measure: MeasureIndex, row: RowIndex) -> f64 {
    excess(places.problem, row, places.amount(measure, places.problem.rows.rows[row].node))
}

fn criterion(places: &Places, t: TierIndex, number: usize, data: &Criterion) -> CriterionStanding {
    let mut standing = CriterionStanding {
        criterion: data.name.clone(),
        value: None,
        worst_deviation: 0.0,
        worst_node_id: String::new(),
        lacks: String::new(),
    };
    match &data.kind {
        Kind::Bands(_) => bands(places, t, number, data, &mut standing),
        Kind::Continuity { measure } => standing.value = Some(left(places, *measure)),
        Kind::Incumbent { measure } => match lost(places, *measure) {
            Some(lost) => standing.value = Some(lost),
            None => standing.lacks = words::NOT_SPLIT_YET.into(),
        },
        Kind::Compactness { distance, weights } => {
            let counts = || weights.pairs().filter(|(_, weight)| **weight > 0.0);
            if counts().any(|(node, _)| !places.tells(node)) {
                standing.lacks = words::NOT_SPLIT_YET.into();
            } else {
                let of = |node: NodeIndex| places.distances[node];
                let sum = |node| if *distance { of(node).km } else { of(node).km2 };
                let sum: f64 = counts().map(|(node, weight)| weight * sum(node)).sum();
                standing.value = Some(if places.counted > 0.0 { sum / places.counted } else { 0.0 });
                standing.lacks = words::unplaced(places);
            }
        }
    }
    standing
}

/// Bands at the levels that the book tells of; without a value where there are others.
fn bands(places: &Places, t: TierIndex, number: usize, data: &Criterion, standing: &mut CriterionStanding) {
    let problem = places.problem;
    let mut value = Some(0.0);
    let own = |group: &&Group| group.tier == t && group.criterion == number;
    for group in problem.rows.groups.iter().filter(own) {
        if group.level > places.depth {
            value = None;
            standing.lacks = words::NOT_SPLIT_YET.into();
            continue;
        }
        let mut worst = 0.0_f64;
        for r in group.rows {
            let row = &problem.rows.rows[r];
            worst = worst.max(of_row(places, group.measure, r));
            let deviation = (places.amount(group.measure, row.node) as f64 - row.target).abs() / row.target;
            if deviation > standing.worst_deviation {
                standing.worst_deviation = deviation;
                standing.worst_node_id.clone_from(&problem.tree.nodes[row.node].id);
            }
        }
        value = value.map(|value| value + group.weight / data.weight * worst);
    }
    standing.value = value;
}

/// The part of a measure, over accounts whose owner is in the plan, that is not with its owner.
fn left(places: &Places, measure: MeasureIndex) -> f64 {
    let problem = places.problem;
    let (mut owned, mut left) = (0_i64, 0_i64);
    for (account, &amount) in problem.measures[measure].amounts.pairs() {
        if problem.accounts.owners[account].is_some() {
            owned += amount;
            left += if places.is_moved(account) { amount } else { 0 };
        }
    }
    if owned == 0 { 0.0 } else { left as f64 / owned as f64 }
}

/// How much of a measure leaves its incumbent on the planned splits; `None` where the book does not tell.
fn lost(places: &Places, measure: MeasureIndex) -> Option<f64> {
    let (problem, tree) = (places.problem, &places.problem.tree);
    let splits = tree.planned_splits();
    let lost = |node: NodeIndex| {
        let first = tree.nodes[node].children[0];
        places.tells(first).then(|| places.amount(measure, node) - places.amount(measure, first))
    };
    let lost: i128 = splits.into_iter().map(|node| lost(node).map(i128::from)).sum::<Option<i128>>()?;
    let total = problem.measures[measure].total;
    Some(if total == 0 { 0.0 } else { lost as f64 / total as f64 })
}

/// The narrowest band of a measure at a node: the whole amounts inside it.
pub(super) fn band(places: &Places, node: NodeIndex, measure: MeasureIndex) -> Option<BandLimits> {
    let problem = places.problem;
    let level = problem.tree.nodes[node].level;
    let of = |group: &&Group| group.measure == measure && group.level == level;
    let row = |group: &Group| group.rows.iter().find(|&r| problem.rows.rows[r].node == node);
    let limits = problem.rows.groups.iter().filter(of).filter_map(row).map(|r| problem.rows.rows[r].limits);
    limits
        .map(|limits| BandLimits { least: limits.least.max(0), most: limits.most })
        .reduce(|a, b| BandLimits { least: a.least.max(b.least), most: a.most.min(b.most) })
}
