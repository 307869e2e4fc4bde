//! The table of times: carve to its gap target beside HiGHS's relaxation alone, each in a process of its own.

use crate::case::Case;
use crate::child::{self, ChildError, KILLED};
use crate::task::{Method, Outcome, Task};
use crate::watch::{Out, gap};
use std::path::Path;
use std::time::Duration;

/// What to time.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Sizes of the books, in growing order.
    pub accounts: Vec<usize>,
    /// Numbers of territories.
    pub buckets: Vec<usize>,
    /// Numbers of measures.
    pub measures: Vec<usize>,
    /// Runs of each; the medians are told.
    pub runs: usize,
    /// Time limit of the relaxation.
    pub lp_time_limit: Duration,
    /// All else of every book.
    pub like: Case,
}

/// The heading of the first table: seconds and MB, medians.
pub const HEADING: &str = "\
| accounts | buckets | measures | make s | carve: read s | to gap s | back s | gap % | MB | peak MB \
| relaxation: state s | solve s | MB | peak MB | relaxation ÷ carve |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// The heading of the second table: how much more each size takes than the one before.
pub const GROWTH_HEADING: &str = "\
| accounts | buckets | measures | times the accounts | carve: times the time | times the peak \
| relaxation: times the time | times the peak |
|---|---|---|---|---|---|---|---|";

/// Medians of one book's runs.
struct Timed {
    accounts: usize,
    carve: Vec<Outcome>,
    relaxation: Vec<Outcome>,
}

/// Prints both tables. The two are run in turn, so that both see the same machine.
///
/// # Errors
/// When a child process fails.
pub fn run(program: &Path, asked: &Asked, out: Out) -> Result<(), ChildError> {
    let mut grown = Vec::new();
    out(HEADING);
    for &buckets in &asked.buckets {
        for &measures in &asked.measures {
            let mut before: Option<Timed> = None;
            for &accounts in &asked.accounts {
                let case = Case { accounts, buckets, measures, ..asked.like.clone() };
                let timed = time(program, &case, asked)?;
                out(&timed.row(&case));
                grown.extend(before.as_ref().map(|before| timed.growth(before, &case)));
                before = Some(timed);
            }
        }
    }
    if !grown.is_empty() {
        out("");
        out(GROWTH_HEADING);
        grown.iter().for_each(|line| out(line));
    }
    Ok(())
}

fn time(program: &Path, case: &Case, asked: &Asked) -> Result<Timed, ChildError> {
    let mut timed = Timed { accounts: case.accounts, carve: Vec::new(), relaxation: Vec::new() };
    let mut excess_limit = 0.0;
    for _ in 0..asked.runs.max(1) {
        let task = Task { method: Method::Carve, case: case.clone(), excess_limit };
        let found = child::run(program, &task)?;
        excess_limit = found.excess_limit.unwrap_or_default();
        timed.carve.push(found);
        let case = Case { time_limit: asked.lp_time_limit, ..case.clone() };
        timed.relaxation.push(child::run(program, &Task { method: Method::HighsLp, case, excess_limit })?);
    }
    Ok(timed)
}

impl Timed {
    fn row(&self, case: &Case) -> String {
        let (carve, relaxation) = (|of: Of| median(&self.carve, of), |of: Of| median(&self.relaxation, of));
        let ratio = relaxation(solved).zip(carve(reached_back)).map(|(relaxation, carve)| relaxation / carve);
        let cells = [
            number(carve(|o| Some(o.made_s)), 3),
            number(carve(|o| Some(o.prepared_s)), 3),
            number(carve(|o| o.reached_s), 3),
            number(carve(|o| Some(o.spent.seconds)), 3),
            number(carve(|o| Some(100.0 * gap(o.score?.compactness, o.bound?))), 4),
            number(carve(|o| o.spent.before_mb), 0),
            number(carve(|o| o.spent.peak_mb), 0),
            number(relaxation(|o| Some(o.prepared_s)), 3),
            number(relaxation(solved), 3),
            number(relaxation(|o| o.spent.before_mb), 0),
            number(relaxation(|o| o.spent.peak_mb), 0),
            number(ratio, 2),
        ];
        format!("| {} | {} | {} | {} |", case.accounts, case.buckets, case.balanced(), cells.join(" | "))
    }

    fn growth(&self, before: &Timed, case: &Case) -> String {
        let times = |now: &[Outcome], then: &[Outcome], of: Of| {
            number(median(now, of).zip(median(then, of)).map(|(now, then)| now / then), 2)
        };
        let carve = |of: Of| times(&self.carve, &before.carve, of);
        let relaxation = |of: Of| times(&self.relaxation, &before.relaxation, of);
        let cells = [
            number(Some(self.accounts as f64 / before.accounts as f64), 2),
            carve(reached_back),
            carve(|o| o.spent.peak_mb),
            relaxation(solved),
            relaxation(|o| o.spent.peak_mb),
        ];
        format!("| {} | {} | {} | {} |", case.accounts, case.buckets, case.balanced(), cells.join(" | "))
    }
}

/// A number of an outcome, if it has it.
type Of = fn(&Outcome) -> Option<f64>;

/// Carve's time from the problem to the checked plan, when that is within the gap target.
fn reached_back(outcome: &Outcome) -> Option<f64> {
    outcome.reached_s.map(|_| outcome.spent.seconds)
}

/// The relaxation's time, when it was solved.
fn solved(outcome: &Outcome) -> Option<f64> {
    (outcome.status != KILLED && outcome.bound.is_some()).then_some(outcome.spent.seconds)
}

/// The median; `None` when a run lacks the number.
fn median(outcomes: &[Outcome], of: Of) -> Option<f64> {
    median_of(outcomes.iter().map(of).collect::<Option<_>>()?)
}

/// The median; of an even count, the mean of the two in the middle; `None` of none.
pub fn median_of(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(numbers[middle]),
        _ => Some((numbers[middle - 1] + numbers[middle]) / 2.0),
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or("-".into(), |value| format!("{value:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_or_not_there() {
        let all = |numbers: &[Option<f64>]| {
            let outcome = |n: &Option<f64>| Outcome { reached_s: *n, ..Outcome::default() };
            median(&numbers.iter().map(outcome).collect::<Vec<Outcome>>(), |o| o.reached_s)
        };
        assert_eq!(all(&[Some(3.0), Some(1.0), Some(2.0)]), Some(2.0));
        assert_eq!(all(&[Some(4.0), Some(1.0)]), Some(2.5));
        assert_eq!(all(&[Some(4.0), None, Some(1.0)]), None);
        assert_eq!(all(&[]), None);
    }
}
