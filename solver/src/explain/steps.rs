//! What the steps of a tier after its first say: who cannot be helped, and how all others stand.

use super::decided::{ROUNDING, decided_gap, decided_of, gave_back, step_gap};
use super::wording::{is_nothing, percent, terms};
use crate::index::{AccountIndex, MeasureIndex, NodeIndex, Number};
use crate::plan::{Plan, StepResult, TierResult};
use crate::problem::Problem;
use crate::problem::criteria::Criterion;
use crate::problem::criteria::bands::Band;
use crate::problem::tiers::Tier;

/// The only band of a tier: its criterion's and level's weight, its tolerance and its measure.
fn only_band(tier: &Tier) -> Option<(f64, f64, MeasureIndex)> {
    let [criterion @ Criterion { weight, .. }] = tier.criteria.as_slice() else { return None };
    let band = criterion.kind.bands()?.iter().find(|band| band.levels.iter().any(|level| level.1 > 0.0))?;
    let (tolerance, level) = *band.levels.iter().find(|level| level.1 > 0.0)?;
    (terms(criterion) == 1).then_some((weight * level, tolerance, band.measure))
}

/// Whether criteria or levels of a tier count for more or less than what they are outside their bands.
pub(super) fn are_weighted(tier: &Tier) -> bool {
    let bands = |criterion: &Criterion| criterion.kind.bands().is_some_and(|bands| bands.iter().any(has_weights));
    tier.criteria.iter().any(|criterion| criterion.weight != 1.0 || bands(criterion))
}

/// Whether a level of a band counts for neither nothing nor what it is outside.
fn has_weights(band: &Band) -> bool {
    band.levels.iter().any(|&(_, weight)| weight != 0.0 && weight != 1.0)
}

/// How those stand that are not the worst, and what is proved of that; `None`: there are no steps.
pub(super) fn others(tier: &Tier, result: &TierResult, anchors_found: bool) -> Option<String> {
    let second = result.steps.first()?;
    let (more, only) = (second.value - result.value, only_band(tier));
    if is_nothing(more) {
        return Some(match only {
            Some((_, tolerance, _)) => format!("all others are within {}", short(tolerance)),
            None => "beside the worst of each every band is met".into(),
        });
    }
    let fact = match only {
        Some((weight, ..)) => format!("the next worst is {} outside its band", percent(more / weight)),
        None => {
            let weighted = if are_weighted(tier) { "weighted and " } else { "" };
            format!("the second worst of each, {weighted}added up, are {} outside their bands", percent(more))
        }
    };
    Some(format!("{fact}{}", proof(tier, result, anchors_found)))
}

/// What is proved of the steps, where the first is the best there is; else they say nothing of the best.
fn proof(tier: &Tier, result: &TierResult, anchors_found: bool) -> String {
    let above = |step: &StepResult| step.value > decided_of(tier, step) * (1.0 + ROUNDING);
    let first = decided_gap(tier, result) <= ROUNDING && !gave_back(tier, result);
    if !first || result.steps.iter().any(above) {
        return String::new();
    }
    let anchors = if anchors_found { " for the anchors found" } else { "" };
    let worst = result.steps.iter().map(|step| step_gap(tier, step)).fold(0.0, f64::max);
    let all = result.steps.last().map_or(0, |step| step.largest);
    match result.steps.iter().find(|step| !step.finished) {
        Some(step) => format!(" (how little the {} worst can add up to is not proved)", step.largest),
        None if worst <= ROUNDING && anchors_found => format!(", best{anchors} in all {all} steps"),
        None if worst <= ROUNDING => format!(", proved best possible in all {all} steps"),
        None => format!(", at most {} less is possible in any of the {all} steps{anchors}", percent(worst)),
    }
}

/// Who cannot be helped, as one account alone is too much for it and no plan does better; `None`: nobody of whom that is
/// proved.
pub(super) fn helpless(problem: &Problem, tier: &Tier, result: &TierResult, plan: &Plan) -> Option<String> {
    let (_, tolerance, measure) = only_band(tier)?;
    let proved = decided_gap(tier, result) <= ROUNDING && !gave_back(tier, result) && !is_nothing(result.value);
    let at = plan.nodes.iter().position(|node| node.node_id == result.criteria[0].worst_node_id)?;
    let known = problem.is_reported(measure) && proved;
    let held = known.then(|| &problem.measures[measure].amounts)?;
    let inside = plan.assignments.iter().zip(problem.accounts.ids.keys().iter());
    let inside = inside.filter(|(assignment, _)| assignment.path.contains(&at)).map(|(_, account)| account);
    // Of equals the first by its id, whatever the order of the book.
    let ids = &problem.accounts.ids;
    let largest: AccountIndex = inside.max_by(|&a, &b| held[a].cmp(&held[b]).then(ids[b].cmp(&ids[a])))?;
    let own: NodeIndex = Number::new(at);
    let target = problem.tree.target(own, problem.measures[measure].total);
    let alone = held[largest] as f64 / target - 1.0;
    (alone > tolerance * (1.0 + ROUNDING) + ROUNDING).then(|| {
        format!("{} cannot be helped: {} alone is +{}", problem.tree.nodes[own].called(), ids[largest], short(alone))
    })
}

/// A part of a whole with two decimals at most: 5 %, 57.85 %.
fn short(part: f64) -> String {
    let text = format!("{:.2}", part * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
