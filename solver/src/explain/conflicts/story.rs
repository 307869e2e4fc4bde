//! What a conflict is told from, and what is told of it.

use crate::index::{AccountIndex, RuleIndex};
use crate::problem::Problem;
use crate::proof::infeasible::Refuted;
use crate::proof::lines::Hard;

/// What conflicts, with the problem cut down to it, and all hard rules.
pub(super) struct Story<'a> {
    pub problem: &'a Problem,
    pub subset: &'a Problem,
    pub hard: &'a Hard<'a>,
    pub all: &'a Hard<'a>,
    pub refuted: &'a Refuted,
}

/// One reason why there is no plan.
pub(super) struct Told {
    pub sentence: String,
    /// The accounts it is about; empty where it is about totals.
    pub accounts: Vec<AccountIndex>,
    pub remedy: Option<Remedy>,
}

/// The least that one limit of a conflict must change to, for all that the conflict shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// Of the whole problem.
    pub rule: RuleIndex,
    pub to: NewLimit,
}

/// A limit that a rule could have instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewLimit {
    Min(i64),
    Max(i64),
}
