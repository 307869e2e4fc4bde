//! What tiers and steps were decided at, before later tiers took what they give back, and how near that is to what is proved.

use crate::plan::{NOTHING, Plan, StepResult, TierResult, gap};
use crate::problem::Problem;
use crate::problem::tiers::Tier;

/// Part of a value by which it may lie above its bound and still be called proved: both are sums of floats.
pub(super) const ROUNDING: f64 = 1e-9;

/// The value that a tier was decided at, before later tiers took what it gives back: what its limit was made of.
pub(crate) fn decided(tier: &Tier, result: &TierResult) -> f64 {
    decided_at(tier, 1, result.limit, result.value)
}

/// The value that each tier of a plan was decided at, before later tiers took what it gives back. Empty where the plan has
/// no tiers of this problem.
pub fn decided_values(problem: &Problem, plan: &Plan) -> Vec<f64> {
    match plan.tiers.len() == problem.tiers.len() {
        true => problem.tiers.iter().zip(&plan.tiers).map(|(tier, result)| decided(tier, result)).collect(),
        false => Vec::new(),
    }
}

/// The same of a step.
pub(super) fn decided_of(tier: &Tier, step: &StepResult) -> f64 {
    decided_at(tier, step.largest, step.limit, step.value)
}

fn decided_at(tier: &Tier, largest: usize, limit: f64, value: f64) -> f64 {
    let relative = limit / (1.0 + tier.give_back);
    let absolute = limit - tier.give_back_absolute * largest as f64;
    relative.min(absolute).min(value)
}

pub(super) fn step_gap(tier: &Tier, step: &StepResult) -> f64 {
    gap(decided_of(tier, step), step.bound)
}

/// Whether a step is within the gap target of its bound, or at it.
pub(crate) fn is_finished(tier: &Tier, step: &StepResult, gap_target: f64) -> bool {
    step_gap(tier, step) <= gap_target.max(ROUNDING)
}

/// Whether later tiers used what a tier gives back.
pub(super) fn gave_back(tier: &Tier, result: &TierResult) -> bool {
    result.value > decided(tier, result) * (1.0 + ROUNDING) + NOTHING
}

pub(super) fn decided_gap(tier: &Tier, result: &TierResult) -> f64 {
    gap(decided(tier, result), result.bound)
}
