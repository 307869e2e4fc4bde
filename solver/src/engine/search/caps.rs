//! What a search leaves to the tiers before: limits on sums, told apart into limits on each excess and each cost.

use crate::index::{Keyed, RowIndex, TierIndex};
use crate::score::{Model, State, excess};

/// What earlier rows' excesses and costs may be around `state`: what they are, and their fraction of what is left to the
/// limit. Of a tier with steps the largest excesses stay where they are, and no other rises above the least of those.
pub(crate) fn caps(
    model: &Model,
    state: &State,
    limits: &Keyed<TierIndex, f64>,
) -> (Keyed<RowIndex, f64>, Keyed<TierIndex, f64>) {
    let problem = model.problem;
    let groups = &problem.rows.groups;
    // What each excess of a group may rise by, and how many of the largest are held.
    let mut held = groups.map(|_| (f64::INFINITY, 0));
    let mut cost_limits = Keyed::new();
    for (s, &limit) in limits.pairs() {
        let (of, largest) = problem.bands_of(s);
        let weights: f64 = groups.iter().filter(|g| g.tier == of).map(|g| g.weight).sum();
        let left = limit - state.value(model, s);
        let (to_bands, to_cost) = match (weights > 0.0, model.costs.has(s)) {
            (true, true) => (left / 2.0, left / 2.0),
            (true, false) => (left, 0.0),
            _ => (0.0, left),
        };
        for (held, _) in held.iter_mut().zip(groups).filter(|(_, g)| g.tier == of) {
            *held = (held.0.min(to_bands / (weights * largest as f64)), largest);
        }
        cost_limits.push(state.cost(model, s) + to_cost);
    }
    let mut caps = problem.rows.rows.map(|_| f64::INFINITY);
    for (group, &(rise, count)) in groups.zip(&held).filter(|(_, held)| held.1 > 0) {
        let excesses: Vec<f64> = group.rows.iter().map(|r| excess(problem, r, state.rows[r])).collect();
        let mut sorted = excesses.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let least = sorted.get(count - 1).copied().unwrap_or(0.0);
        for (r, excess) in group.rows.iter().zip(excesses) {
            caps[r] = (excess.max(least) + rise).max(0.0);
        }
    }
    (caps, cost_limits)
}

/// The excesses that `reference` leaves to earlier tiers' rows, the largest for those that are farthest out in `other`: a plan
/// that keeps to them keeps the tiers' limits, whichever of a group's rows has which.
pub(crate) fn by_rank(
    model: &Model,
    reference: &State,
    other: &State,
    limits: &Keyed<TierIndex, f64>,
) -> Keyed<RowIndex, f64> {
    let problem = model.problem;
    let (mut held, _) = caps(model, reference, limits);
    for group in &problem.rows.groups {
        let mut left: Vec<f64> = group.rows.iter().map(|r| held[r]).collect();
        left.sort_by(|a, b| b.total_cmp(a));
        let mut rows: Vec<(f64, RowIndex)> =
            group.rows.iter().map(|r| (excess(problem, r, other.rows[r]), r)).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        rows.iter().zip(left).for_each(|(&(_, r), most)| held[r] = most);
    }
    held
}

/// The excess that each row of the tier is held to, and what its groups weigh then at most. Of a step the largest, which
/// the steps before hold, stay as they are in `start`; the next one is squeezed, and nothing else rises above it.
pub(crate) fn most_excess(model: &Model, tier: TierIndex, start: &State, squeeze: f64) -> (Keyed<RowIndex, f64>, f64) {
    let problem = model.problem;
    let (of, largest) = problem.bands_of(tier);
    let (mut held, mut bands) = (problem.rows.rows.map(|_| f64::INFINITY), 0.0);
    for group in problem.rows.groups.iter().filter(|g| g.tier == of) {
        let mut rows: Vec<(f64, RowIndex)> =
            group.rows.iter().map(|r| (excess(problem, r, start.rows[r]), r)).collect();
        if largest == 1 {
            let worst = rows.iter().map(|row| row.0).fold(0.0, f64::max);
            rows.iter().for_each(|&(_, r)| held[r] = worst * (1.0 - squeeze));
            bands += group.weight * worst * (1.0 - squeeze);
            continue;
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let before = (largest - 1).min(rows.len());
        let next = rows.get(before).map_or(0.0, |row| row.0) * (1.0 - squeeze);
        rows[..before].iter().for_each(|&(excess, r)| held[r] = excess);
        rows[before..].iter().for_each(|&(_, r)| held[r] = next);
        bands += group.weight * (rows[..before].iter().map(|row| row.0).sum::<f64>() + next);
    }
    (held, bands)
}
