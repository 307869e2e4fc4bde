//! What somebody has to know of a plan before using it: tiers that may be far from the best, and what is worse than today.

use crate::comparison::in_unit;
use crate::findings::printable;
use crate::terminal::Terminal;
use carve_solver::plan::{Reason, TierResult};
use carve_solver::standing::{Standing, todays_book};
use carve_solver::{Plan, Problem, ValueUnit};

/// A tier of which this part may be saved, for all that is proved, is told.
const FAR: f64 = 0.2;
/// A value that is more than today's by this part of it is worse, and not only rounded otherwise.
const WORSE: f64 = 0.01;
/// Part of the accounts that territories of the plan own today, from which today's book is held against the plan.
const OWNED: f64 = 0.9;
/// Criteria that are named each by itself.
const NAMED_MAX: usize = 2;

/// A sentence for each; none where there is no plan, or nothing to say.
pub fn caution(problem: &Problem, plan: &Plan) -> Vec<String> {
    if !plan.has_assignments() {
        return Vec::new();
    }
    let today = todays_book(problem);
    let is_held = today.placed as f64 >= OWNED * problem.account_count() as f64;
    let far = plan.tiers.iter().enumerate().filter_map(|(t, tier)| far(plan, t, tier));
    far.chain(is_held.then(|| worse(problem, plan, &today)).flatten()).collect()
}

/// The summary with the sentences at the end of its first paragraph.
pub fn cautioned(summary: &str, cautions: &[String], terminal: Terminal) -> String {
    let lines: String = cautions.iter().map(|line| terminal.wrapped("", "  ", &printable(line))).collect();
    match summary.split_once("\n\n") {
        Some((first, rest)) if !lines.is_empty() => format!("{first}\n{lines}\n{rest}"),
        _ => summary.to_owned(),
    }
}

/// A tier that may be far from the best.
fn far(plan: &Plan, t: usize, tier: &TierResult) -> Option<String> {
    let saved = (tier.value - tier.bound) / tier.value;
    let is_far = tier.value > 0.0 && saved > FAR && plan.termination.reason != Reason::Optimal;
    let which = match tier.criteria.len() {
        0..=NAMED_MAX => tier.criteria.iter().map(|c| c.criterion.as_str()).collect::<Vec<&str>>().join(" and "),
        count => format!("{count} criteria"),
    };
    is_far.then(|| {
        format!(
            "Not finished: tier {} ({which}) may be up to {:.0} % lower than in this plan, for all that is proved; \
             --thorough or a longer --time-limit goes on.",
            t + 1,
            saved * 100.0
        )
    })
}

/// What is worse than in today's book: balance, mix and distances. That accounts move is what a plan is for.
fn worse(problem: &Problem, plan: &Plan, today: &Standing) -> Option<String> {
    let mut parts = Vec::new();
    for ((criteria, tier), stands) in problem.tier_criteria().zip(&plan.tiers).zip(&today.tiers) {
        for (((name, unit), is), was) in criteria.into_iter().zip(&tier.criteria).zip(&stands.criteria) {
            let counts = matches!(unit, ValueUnit::Excess | ValueUnit::Km | ValueUnit::SquareKm);
            let Some(was) = was.value.filter(|was| counts && is.value > was + (WORSE * was).max(1e-9)) else {
                continue;
            };
            let shown = |value: f64| match unit {
                ValueUnit::Excess if value > 0.0 => format!("{} outside its bands", in_unit(unit, value)),
                ValueUnit::Excess | ValueUnit::Part | ValueUnit::Km | ValueUnit::SquareKm | ValueUnit::Sum => {
                    in_unit(unit, value)
                }
            };
            parts.push(format!("{name}: {}, today {}", shown(is.value), shown(was)));
        }
    }
    (!parts.is_empty()).then(|| format!("Worse than today: {}.", parts.join("; ")))
}
