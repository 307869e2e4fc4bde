//! Where rows and budgets come from. Two are the same exactly if their origins and nodes are; no text plays a part.

use crate::index::{RuleIndex, TierIndex};

/// What a row or a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    /// The band of a balance or mix criterion.
    Band {
        tier: TierIndex,
        /// The criterion's number in its tier.
        criterion: usize,
        /// For mix the number of the value among the attribute's different values, in the order of their bytes; 0 for
        /// balance.
        part: usize,
    },
    /// A rule of the request.
    Rule(RuleIndex, Side),
}

/// Which of a rule's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    /// The only one, or both where one row has them.
    Only,
    /// The lower of two.
    Min,
    /// The upper of two.
    Max,
}
