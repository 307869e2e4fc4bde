//! A comparison as it crosses the wire.

use super::{Book, Comparison, Refused, Source};
use crate::encode::whole;
use crate::standings;
use carve_proto::v1 as proto;
use carve_solver::Problem;
use carve_solver::comparison::{Aspect, Compared, Extreme, best_off, worst_off};

/// Accounts that are listed by their holders, at most.
pub const DIFFERENCES_MAX: usize = 10_000;

/// All of it. `plans` are those that were solved, without what a plan is too long for; `problem` knows the accounts.
pub fn encode(comparison: &Comparison, problem: &Problem, plans: Vec<Option<proto::Plan>>) -> proto::Comparison {
    let standing: Vec<&Book> = comparison.books.iter().filter(|book| book.standing.is_some()).collect();
    let difference = |&account: &usize| proto::AccountDifference {
        account_id: problem.account_id(account).to_owned(),
        holders: standing.iter().map(|book| book.holders[account].to_string()).collect(),
    };
    proto::Comparison {
        books: comparison.books.iter().zip(plans).map(|(book, plan)| encode_book(book, plan)).collect(),
        compared: comparison.compared.iter().map(compared).collect(),
        scored_by: comparison.scored_by.clone(),
        differing_accounts: whole(comparison.differing.len() as u64),
        refused: comparison.refused.iter().map(refused).collect(),
        differences: comparison.differing.iter().take(DIFFERENCES_MAX).map(difference).collect(),
    }
}

fn refused(given: &Refused) -> proto::RefusedBook {
    proto::RefusedBook { name: given.name.clone(), reasons: given.reasons.clone() }
}

fn encode_book(book: &Book, plan: Option<proto::Plan>) -> proto::ComparedBook {
    use proto::compared_book::Source as Wire;
    let source = match book.source {
        Source::Today => Wire::Today,
        Source::List => Wire::List,
        Source::Answer => Wire::Answer,
        Source::Solved => Wire::Solved,
    };
    let extreme = |extreme: Extreme| proto::Extreme {
        node_id: extreme.node_id,
        measure: extreme.measure,
        deviation: extreme.deviation,
    };
    proto::ComparedBook {
        name: book.name.clone(),
        source: source.into(),
        standing: book.standing.as_ref().map(standings::encode),
        plan,
        same_tiers: book.proof.as_ref().is_some_and(|proof| proof.same_tiers),
        worst_off: book.standing.as_ref().and_then(worst_off).map(extreme),
        best_off: book.standing.as_ref().and_then(best_off).map(extreme),
    }
}

fn compared(given: &Compared) -> proto::Compared {
    use proto::compared::Aspect as Wire;
    let (aspect, tier, criterion) = match given.aspect {
        Aspect::Tier(tier) => (Wire::Tier, tier, 0),
        Aspect::Criterion(tier, criterion) => (Wire::Criterion, tier, criterion),
        Aspect::Shortfall => (Wire::Shortfall, 0, 0),
        Aspect::Surplus => (Wire::Surplus, 0, 0),
        Aspect::MovedAccounts => (Wire::MovedAccounts, 0, 0),
        Aspect::MovedAmount => (Wire::MovedAmount, 0, 0),
        Aspect::Distance => (Wire::Distance, 0, 0),
        Aspect::Unplaced => (Wire::Unplaced, 0, 0),
        Aspect::Broken => (Wire::Broken, 0, 0),
    };
    let small = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    proto::Compared {
        aspect: aspect.into(),
        tier: small(tier),
        criterion: small(criterion),
        values: given.values.iter().map(|&value| proto::ComparedValue { value }).collect(),
        best: given.best.iter().map(|&number| small(number)).collect(),
    }
}
