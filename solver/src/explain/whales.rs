//! Whales, units too large for a fair share, in words: as parts of an answer and as findings.

use crate::finding::{Code, Finding, Place};
use crate::index::Number;
use crate::plan::Whale;
use crate::problem::Problem;
use crate::problem::accounts::shown;
use crate::proof::whales::{self, LargeUnit};

/// The whales as an answer names them, largest forced deviation first.
pub(crate) fn named(problem: &Problem) -> Vec<Whale> {
    let name = |large: LargeUnit| {
        let LargeUnit { unit, measure, amount, level, forced_deviation } = large;
        Whale {
            account_ids: problem.units.members(unit).iter().map(|&a| problem.accounts.ids[a].clone()).collect(),
            measure: problem.measures[measure].name.clone(),
            amount,
            level,
            forced_deviation,
        }
    };
    whales::find(problem).into_iter().map(name).collect()
}

/// Everything there is to say about an input that can be planned: what its reading found, then its whales.
pub fn findings(problem: &Problem) -> Vec<Finding> {
    let whales = whales::find(problem);
    problem.findings().iter().cloned().chain(whales.iter().map(|large| finding(problem, large))).collect()
}

fn finding(problem: &Problem, large: &LargeUnit) -> Finding {
    let members = problem.units.members(large.unit);
    let more = match members.len() {
        1 => String::new(),
        many => format!(" and the {} that move with it", many - 1),
    };
    let measure = &problem.measures[large.measure];
    let message = format!(
        "{}{more} holds {} of {}, too much for a fair share: its bucket on level {} gets at least {:.1} % more than its target; give that bucket a larger share, or take the account out",
        shown(&problem.accounts.ids[members[0]]),
        measure.amount(large.amount),
        measure.name,
        large.level,
        large.forced_deviation * 100.0
    );
    Finding::new(Code::WhaleFound, Place::Account(members[0].get(), measure.name.clone()), message)
}
