//! Conflicts hidden among many rules: how long finding them takes, and whether what is found is as small as can be.

mod books;

use carve_solver::input::Input;
use carve_solver::inquiry::{RepairKind, explain_infeasible};
use carve_solver::{Control, Finding, Problem};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use books::{HardBook, Size, hard_books};

/// Time for telling whether a conflict without one of its rules has a plan.
const WITHOUT_TIME: Duration = Duration::from_secs(10);

/// What was found of one book.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What conflicts.
    pub conflict: &'static str,
    /// Rules in the conflict that was found.
    pub rules: usize,
    /// Whether it is said that none of them can be left out.
    pub is_irreducible: bool,
    /// Whether the rules alone are refuted again, and not without any one of them.
    pub is_minimal: bool,
    /// Limits with a smallest workable value, and other changes that work.
    pub repairs: (usize, usize),
    /// Whether every change was tried to its end.
    pub is_complete: bool,
    /// Seconds for the conflict and its changes.
    pub seconds: f64,
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The books.
    pub size: Size,
    /// Their seed.
    pub seed: u64,
    /// Only those whose conflict is described with this.
    pub only: String,
    /// Time for each.
    pub time_limit: Duration,
}

/// A book is refused.
#[derive(Debug, thiserror::Error)]
#[error("the made book of {conflict:?} is refused: {findings:?}")]
pub struct Refused {
    conflict: &'static str,
    findings: Vec<Finding>,
}

/// Explains each book's conflict; `out` gets the lines of a table.
///
/// # Errors
/// When a made book is refused.
pub fn run(asked: &Asked, out: &dyn Fn(&str)) -> Result<Vec<Row>, Refused> {
    let Size { accounts, territories, rules } = asked.size;
    out(&format!("{accounts} accounts, {territories} territories, {rules} rules, seed {}", asked.seed));
    out("| what conflicts | rules found | irreducible, minimal | limits, other changes | all tried | s |");
    out("|---|---|---|---|---|---|");
    let books = hard_books(asked.size, asked.seed).into_iter();
    let mut rows = Vec::new();
    for book in books.filter(|book| book.conflict.contains(&asked.only)) {
        let row = judged(&book, asked.time_limit)?;
        let Row { conflict, rules, is_irreducible, is_minimal, repairs: (limits, others), is_complete, seconds } = row;
        let (irreducible, minimal, complete) = (yes(is_irreducible), yes(is_minimal), yes(is_complete));
        out(&format!(
            "| {conflict} | {rules} | {irreducible}, {minimal} | {limits}, {others} | {complete} | {seconds:.2} |"
        ));
        rows.push(row);
    }
    let slowest = rows.iter().map(|row| row.seconds).fold(0.0, f64::max);
    let minimal = rows.iter().filter(|row| row.is_minimal && row.is_irreducible).count();
    out(&format!("{minimal} of {} minimal; slowest {slowest:.2} s", rows.len()));
    Ok(rows)
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn judged(book: &HardBook, time_limit: Duration) -> Result<Row, Refused> {
    let stop = AtomicBool::new(false);
    let refused = |findings| Refused { conflict: book.conflict, findings };
    let problem = Problem::new(&book.input).map_err(refused)?;
    let start = Instant::now();
    let found = explain_infeasible(&problem, &Control { deadline: start + time_limit, stop: &stop });
    let seconds = start.elapsed().as_secs_f64();
    let ids = found.conflict.as_ref().map_or_else(Vec::new, |conflict| conflict.conflicting_rule_ids.clone());
    let is_irreducible = found.conflict.as_ref().is_some_and(|conflict| conflict.conflict_irreducible);
    let mut is_minimal = !ids.is_empty() && is_refuted(&book.input, &ids).map_err(refused)?;
    for id in &ids {
        let others: Vec<String> = ids.iter().filter(|other| *other != id).cloned().collect();
        is_minimal &= !is_refuted(&book.input, &others).map_err(refused)?;
    }
    let of_limit = |kind: RepairKind| matches!(kind, RepairKind::Raise | RepairKind::Lower);
    let limits = found.repairs.iter().filter(|repair| of_limit(repair.kind)).count();
    Ok(Row {
        conflict: book.conflict,
        rules: ids.len(),
        is_irreducible,
        is_minimal,
        repairs: (limits, found.repairs.len() - limits),
        is_complete: found.is_complete,
        seconds,
    })
}

/// Whether it is proved that some rules alone allow no plan.
fn is_refuted(input: &Input, rule_ids: &[String]) -> Result<bool, Vec<Finding>> {
    let mut alone = input.clone();
    alone.rules.retain(|rule| rule_ids.contains(&rule.rule_id));
    let stop = AtomicBool::new(false);
    let control = Control { deadline: Instant::now() + WITHOUT_TIME, stop: &stop };
    Ok(explain_infeasible(&Problem::new(&alone)?, &control).is_infeasible == Some(true))
}
