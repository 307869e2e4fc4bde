//! Value, bound, gap and balance of a solve beside the baseline's, with the time it took.

use crate::baseline::nearest_with_room;
use crate::case::Case;
use carve_solver::input::{Input, SplitInput};
use carve_solver::plan::TierResult;
use carve_solver::{Control, Finding, Plan, Problem, carve, evaluate};
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// A case, solved, beside the baseline.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What was solved.
    pub case: Case,
    /// Wall-clock time from the raw input to the checked plan.
    pub elapsed: Duration,
    /// The solver's plan.
    pub plan: Plan,
    /// The baseline's plan, scored by the same function.
    pub baseline: Plan,
}

/// Why a case could not be measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// The book or its plan is no good.
    Input(Vec<Finding>),
    /// The checker refuses the solver's plan.
    Plan(Vec<String>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Input(findings) => write!(f, "the input is refused: {findings:?}"),
            Refused::Plan(faults) => write!(f, "the checker refuses the plan: {faults:?}"),
        }
    }
}

impl std::error::Error for Refused {}

/// Solves the case and scores the baseline on the same problem.
///
/// # Errors
/// When the input or the plan is refused.
pub fn measure(case: &Case) -> Result<Measured, Refused> {
    let input = case.input();
    let started = Instant::now();
    let problem = Problem::new(&input).map_err(Refused::Input)?;
    let stop = AtomicBool::new(false);
    let plan = carve(&problem, &Control { deadline: started + case.time_limit, stop: &stop }, &());
    let elapsed = started.elapsed();
    let again = carve_solver::check(&problem, &plan);
    if !again.ok() || !plan.has_assignments() {
        return Err(Refused::Plan(again.faults));
    }
    let baseline = evaluate(&problem, &baseline(&input), &vec![None; problem.leaf_count()]);
    Ok(Measured { case: case.clone(), elapsed, plan, baseline })
}

fn baseline(input: &Input) -> Vec<usize> {
    match &input.split {
        Some(SplitInput::Tree(root)) => nearest_with_room(&input.book, &root.children),
        _ => vec![0; input.book.account_ids.len()],
    }
}

impl Measured {
    /// Whether the plan is no worse than the baseline: tier by tier, the first that differs decides.
    pub fn is_no_worse(&self) -> bool {
        let pairs = self.plan.tiers.iter().zip(&self.baseline.tiers);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0);
        pairs.map(|(p, b)| (p.value, b.value)).find(|(p, b)| !near(*p, *b)).is_none_or(|(p, b)| p < b)
    }
}

/// The heading of the table that [`Measured`] shows a row of. Compactness is in km², deviations in percent.
pub const HEADING: &str = "\
| accounts | shape | seed | s | excess | bound | worst % | baseline % | compactness | bound | gap % | baseline |
|---|---|---|---|---|---|---|---|---|---|---|---|";

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let book = &self.case.book;
        let (Some(first), Some(last)) = (self.plan.tiers.first(), self.plan.tiers.last()) else {
            return Ok(());
        };
        let compactness = self.baseline.tiers.last().map_or(f64::NAN, |t| t.value);
        write!(f, "| {} | {} | {} | {:.1} ", book.accounts, book.shape.name(), book.seed, self.elapsed.as_secs_f64())?;
        write!(f, "| {:.4} | {:.4} | {:.2} ", first.value, first.bound, worst_percent(first))?;
        write!(f, "| {:.1} ", self.baseline.tiers.first().map_or(f64::NAN, worst_percent))?;
        write!(f, "| {:.0} | {:.0} | {:.2} | {compactness:.0} |", last.value, last.bound, last.gap * 100.0)
    }
}

/// The worst deviation over the tier's criteria.
fn worst_percent(tier: &TierResult) -> f64 {
    100.0 * tier.criteria.iter().map(|c| c.worst_deviation).fold(0.0, f64::max)
}
