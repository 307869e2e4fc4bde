//! Draws books, has each carved, and judges the answers, several side by side.

use super::answer::{Answer, Ended};
use super::tally::Counts;
use super::{Fault, Kind, judge};
use crate::mixed::{Size, draw};
use carve_solver::input::Input;
use carve_solver::{Control, Problem, carve, check};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What ends a solve that its work limit does not.
const TIME_MAX: Duration = Duration::from_secs(300);

/// A book about which carve and the judge disagree.
#[derive(Debug, Clone)]
pub struct Disagreement {
    /// The book's.
    pub seed: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// What became of all books.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What was tried, and how it ended.
    pub counts: Counts,
    /// By seed.
    pub disagreements: Vec<Disagreement>,
}

/// What carve answers, or a fault where there is no answer.
pub fn answer(input: &Input) -> Result<Answer, Fault> {
    let problem = match Problem::new(input) {
        Ok(problem) => problem,
        Err(findings) => {
            let first = findings.first().map(|f| format!("{}: {}", f.code, f.message)).unwrap_or_default();
            return Err(Fault::new(Kind::Refused, first));
        }
    };
    let solve = || {
        let stop = AtomicBool::new(false);
        let plan = carve(&problem, &Control { deadline: Instant::now() + TIME_MAX, stop: &stop }, &());
        let again = check(&problem, &plan);
        (plan, again)
    };
    match catch_unwind(AssertUnwindSafe(solve)) {
        Ok((plan, again)) => Ok(Answer::of(&plan, again.faults)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Err(Fault::new(Kind::Panic, text.unwrap_or_default()))
        }
    }
}

/// Judges `books` books from `first` on, `side_by_side` at a time; `each` hears of every book when it is done.
pub fn run(first: u64, books: u64, side_by_side: usize, size: Size, each: &(dyn Fn(u64, &[Fault]) + Sync)) -> Outcome {
    let (next, outcome) = (AtomicU64::new(first), Mutex::new(Outcome::default()));
    std::thread::scope(|scope| {
        for _ in 0..side_by_side {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + books {
                        break;
                    }
                    let input = draw(seed, size);
                    let (faults, ends) = book(&input);
                    each(seed, &faults);
                    let mut outcome = outcome.lock().expect("nobody panics with it");
                    outcome.counts.add_book(&input);
                    ends.into_iter().for_each(|end| outcome.counts.add(end));
                    if !faults.is_empty() {
                        outcome.disagreements.push(Disagreement { seed, faults });
                    }
                }
            });
        }
    });
    let mut outcome = outcome.into_inner().expect("nobody panics with it");
    outcome.disagreements.sort_by_key(|d| d.seed);
    outcome
}

/// What is wrong with the answer to one book, and how it ended.
fn book(input: &Input) -> (Vec<Fault>, Vec<String>) {
    let answer = match answer(input) {
        Ok(answer) => answer,
        // A share that is not held exactly may be refused.
        Err(fault) if fault.kind == Kind::Refused && fault.detail.starts_with("share_") => {
            return (Vec::new(), vec!["end: refused for a share".into()]);
        }
        Err(fault) => return (vec![fault], vec!["end: no answer".into()]),
    };
    let (faults, count) = judge(input, &answer);
    let truly = if count > 0 { "plans exist" } else { "no plan exists" };
    let said = match answer.ended {
        Ended::Optimal => "optimal",
        Ended::Plan => "a plan",
        Ended::Infeasible => "infeasible",
        Ended::NoneFound => "none found",
    };
    (faults, vec![format!("end: {said}, {truly}"), format!("book: {truly}")])
}
