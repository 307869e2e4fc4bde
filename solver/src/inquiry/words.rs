//! The words that answers to questions share.

use crate::explain::wording::{figures, percent};
use crate::index::TierIndex;
use crate::problem::Problem;
use crate::problem::criteria::{Criterion, ValueUnit};

/// Criteria that are named each by itself; of more their kinds are.
const NAMED_MAX: usize = 2;
/// Names in a list, at most; the rest is counted.
const LISTED_MAX: usize = 4;

/// What a tier is called: its criteria, or where they are many their kinds.
pub(super) fn tier_name(problem: &Problem, tier: TierIndex) -> String {
    let criteria = &problem.tiers[tier].criteria;
    if criteria.len() <= NAMED_MAX {
        return listed(criteria.iter().map(|criterion| criterion.name.clone()));
    }
    let mut kinds: Vec<&str> = criteria.iter().map(kind).collect();
    kinds.dedup();
    let mut seen: Vec<&str> = Vec::new();
    kinds.retain(|kind| !seen.contains(kind) && (seen.push(kind), true).1);
    listed(kinds.into_iter().map(String::from))
}

fn kind(criterion: &Criterion) -> &str {
    criterion.name.split(' ').next().unwrap_or(&criterion.name)
}

/// What a tier's value is a number of.
pub(super) fn unit_of(problem: &Problem, tier: TierIndex) -> ValueUnit {
    let mut units = problem.tiers[tier].criteria.iter().map(ValueUnit::of);
    match (units.next(), units.next()) {
        (Some(unit), None) => unit,
        (Some(ValueUnit::Excess), Some(_)) if problem.tiers[tier].criteria.iter().all(|c| c.kind.bands().is_some()) => {
            ValueUnit::Excess
        }
        _ => ValueUnit::Sum,
    }
}

/// Parts of a whole below this are what sums of prices lose by rounding: they are told as 0.
const ROUNDED: f64 = 1e-9;

/// So much of a tier's value, such as a change of it: `0.40 points of continuity open_pipeline`.
pub(super) fn much_of(problem: &Problem, tier: TierIndex, value: f64) -> String {
    let (name, unit) = (tier_name(problem, tier), unit_of(problem, tier));
    match unit {
        ValueUnit::Excess | ValueUnit::Part => {
            let points = percent(if value.abs() < ROUNDED { 0.0 } else { value });
            format!("{} points of {name}", points.trim_end_matches(" %"))
        }
        ValueUnit::Km => format!("{} km of {name}", figures(value)),
        ValueUnit::SquareKm => format!("{} km² of {name}", figures(value)),
        ValueUnit::Sum => format!("{} of {name}", figures(value)),
    }
}

/// A tier's value as people read it.
pub(super) fn value_of(problem: &Problem, tier: TierIndex, value: f64) -> String {
    match unit_of(problem, tier) {
        ValueUnit::Excess | ValueUnit::Part => percent(value),
        ValueUnit::Km => format!("{} km", figures(value)),
        ValueUnit::SquareKm => format!("{} km²", figures(value)),
        ValueUnit::Sum => figures(value),
    }
}

/// A list for reading: `a, b and c`; of many the first, and how many more.
pub(super) fn listed(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    if items.len() > LISTED_MAX + 1 {
        let more = items.len() - LISTED_MAX;
        items.truncate(LISTED_MAX);
        items.push(format!("{more} more"));
    }
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
