//! The table of plans: every method on every book, valued by the same function.

use crate::case::Case;
use crate::child::{self, ChildError};
use crate::task::{Method, Outcome, Task};
use crate::watch::{Out, gap};
use carve_datasets::Shape;
use std::path::Path;

/// What to solve, and by which methods.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Sizes of the books.
    pub accounts: Vec<usize>,
    /// Shapes of the books.
    pub shapes: Vec<Shape>,
    /// Seeds of the books.
    pub seeds: Vec<u64>,
    /// Methods; carve goes first, whatever the order, and hands its tier 1 to the general solvers.
    pub methods: Vec<Method>,
    /// All else of every book.
    pub like: Case,
}

/// The heading of the table. Compactness is in km², times in seconds.
pub const HEADING: &str = "\
| accounts | shape | seed | method | s | excess | bound | worst % | torn | compactness | bound | gap % | status |
|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// Prints the table row by row. A method that fails has a row that says so.
///
/// # Errors
/// How many methods failed, if any.
pub fn run(program: &Path, asked: &Asked, out: Out) -> Result<(), MethodsFailed> {
    let mut methods = asked.methods.clone();
    // They are held to carve's tier 1.
    if methods.iter().any(|m| matches!(m, Method::Highs | Method::HighsLp)) && !methods.contains(&Method::Carve) {
        methods.push(Method::Carve);
    }
    methods.sort_by_key(|method| *method != Method::Carve);
    let mut failed = 0;
    out(HEADING);
    for &accounts in &asked.accounts {
        for &shape in &asked.shapes {
            for &seed in &asked.seeds {
                let case = Case { accounts, shape, seed, ..asked.like.clone() };
                let mut excess_limit = 0.0;
                // The general solvers have no row for owners.
                for &method in methods.iter().filter(|method| shape != Shape::Owned || !method.is_peer()) {
                    let task = Task { method, case: case.clone(), excess_limit };
                    let outcome = child::run(program, &task);
                    failed += usize::from(outcome.is_err());
                    if let (Method::Carve, Ok(Outcome { excess_limit: Some(limit), .. })) = (method, &outcome) {
                        excess_limit = *limit;
                    }
                    out(&row(&task, &outcome));
                }
            }
        }
    }
    if failed == 0 { Ok(()) } else { Err(MethodsFailed(failed)) }
}

/// Some methods failed; their rows say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("methods failed: {0}")]
pub struct MethodsFailed(pub usize);

fn row(task: &Task, outcome: &Result<Outcome, ChildError>) -> String {
    let Case { accounts, shape, seed, .. } = &task.case;
    let start = format!("| {accounts} | {} | {seed} | {} |", shape.name(), task.method.name());
    let found = match outcome {
        Ok(found) => found,
        Err(error) => return format!("{start} - | - | - | - | - | - | - | - | {error} |"),
    };
    let number = |value: Option<f64>, decimals: usize| value.map_or("-".into(), |v| format!("{v:.decimals$}"));
    let of = |value: fn(&crate::score::Score) -> f64| found.score.as_ref().map(value);
    let within = of(|score| score.compactness).zip(found.bound).map(|(value, bound)| 100.0 * gap(value, bound));
    let cells = [
        number(Some(found.spent.seconds), 2),
        number(of(|score| score.excess), 4),
        number(found.excess_bound, 4),
        number(of(|score| 100.0 * score.worst_deviation), 2),
        number(of(|score| score.families_torn as f64), 0),
        number(of(|score| score.compactness), 0),
        number(found.bound, 0),
        number(within, 3),
        found.status.clone(),
    ];
    format!("{start} {} |", cells.join(" | "))
}
