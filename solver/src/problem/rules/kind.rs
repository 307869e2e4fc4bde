//! A rule as it was read, the kinds there are, and what each kind says to units and splits.

use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex};
use crate::problem::ratio::{Part, Ratio};
use crate::problem::tree::{Cover, Tree};

/// A hard rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub id: String,
    pub kind: RuleKind,
}

/// What it says. `accounts` are ascending; `None`: all.
#[derive(Debug, Clone)]
pub(crate) enum RuleKind {
    /// Pin, forbid and restrict: the leaves that remain.
    Allow {
        accounts: Vec<AccountIndex>,
        leaves: Keyed<LeafIndex, bool>,
        /// The pools that it names: its accounts may go there.
        pools: Vec<LeafIndex>,
    },
    Together {
        accounts: Vec<AccountIndex>,
    },
    /// No two in one territory.
    Apart {
        accounts: Vec<AccountIndex>,
    },
    Bounds {
        accounts: Option<Vec<AccountIndex>>,
        nodes: Vec<NodeIndex>,
        measure: MeasureIndex,
        min: Option<i64>,
        max: Option<i64>,
    },
    /// The most that may leave its owner.
    MoveLimit {
        accounts: Option<Vec<AccountIndex>>,
        measure: MeasureIndex,
        most: Most,
        per_owner: bool,
    },
    /// What the first child of each node holds of its parent's part of the measure.
    Keep {
        nodes: Vec<NodeIndex>,
        measure: MeasureIndex,
        min: Option<Ratio>,
        max: Option<Ratio>,
    },
    /// What each seat holds of the measure together with those it covers.
    CoverLimit {
        covers: Vec<Cover>,
        measure: MeasureIndex,
        most: CoverMost,
    },
}

/// The most that may leave its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Most {
    Amount(i64),
    /// Of what is counted.
    Share(Part),
}

impl Most {
    /// The most in the measure's unit when `counted` is what is counted.
    pub fn of(self, counted: i64) -> i64 {
        match self {
            Most::Amount(amount) => amount,
            Most::Share(share) => share.of_whole(counted),
        }
    }
}

/// The most a seat may hold while it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoverMost {
    Amount(i64),
    /// Of its own target.
    OfTarget(Ratio),
}

impl CoverMost {
    /// The most in whole amounts of a measure of which nodes share `total`, at seat `node`.
    pub fn of(self, tree: &Tree, node: NodeIndex, total: i64) -> i64 {
        match self {
            CoverMost::Amount(amount) => amount,
            CoverMost::OfTarget(Ratio { numerator, denominator }) => {
                let (share, whole) = (i128::from(tree.nodes[node].share), i128::from(tree.whole_share()));
                let most = i128::from(numerator) * i128::from(total) * share / (whole * i128::from(denominator));
                i64::try_from(most).unwrap_or(i64::MAX)
            }
        }
    }
}

impl RuleKind {
    /// The accounts that it makes one unit.
    pub fn joined(&self) -> Option<&[AccountIndex]> {
        match self {
            RuleKind::Together { accounts } => Some(accounts),
            RuleKind::Allow { .. }
            | RuleKind::Apart { .. }
            | RuleKind::Bounds { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => None,
        }
    }

    /// The accounts that it leaves some leaves only, and which.
    pub fn allowed(&self) -> Option<(&[AccountIndex], &Keyed<LeafIndex, bool>)> {
        match self {
            RuleKind::Allow { accounts, leaves, .. } => Some((accounts, leaves)),
            RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::Bounds { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => None,
        }
    }

    /// The pools that it lets its accounts go to, or asks to hold some and says how many at most, and those accounts
    /// (`None`: all).
    pub fn opens(&self, tree: &Tree) -> Option<(Vec<LeafIndex>, Option<&[AccountIndex]>)> {
        match self {
            RuleKind::Allow { accounts, pools, .. } => Some((pools.clone(), Some(accounts))),
            RuleKind::Bounds { accounts, nodes, min: Some(1..), max: Some(_), .. } => {
                let pools = tree.pools().filter(|&leaf| nodes.contains(&tree.leaves[leaf]));
                Some((pools.collect(), accounts.as_deref()))
            }
            RuleKind::Bounds { .. }
            | RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => None,
        }
    }

    /// Whether it speaks of where accounts go, or go together, and not of what is held or moves.
    pub fn speaks_of_places(&self) -> bool {
        match self {
            RuleKind::Allow { .. } | RuleKind::Together { .. } => true,
            RuleKind::Apart { .. }
            | RuleKind::Bounds { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => false,
        }
    }

    /// The accounts of which no two go to one territory.
    pub fn kept_apart(&self) -> Option<&[AccountIndex]> {
        match self {
            RuleKind::Apart { accounts } => Some(accounts),
            RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Bounds { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => None,
        }
    }

    /// The accounts it picks; `None`: it counts all, or picks none.
    pub fn picked(&self) -> Option<&[AccountIndex]> {
        match self {
            RuleKind::Allow { accounts, .. } | RuleKind::Together { accounts } | RuleKind::Apart { accounts } => {
                Some(accounts)
            }
            RuleKind::Bounds { accounts, .. } | RuleKind::MoveLimit { accounts, .. } => accounts.as_deref(),
            RuleKind::Keep { .. } | RuleKind::CoverLimit { .. } => None,
        }
    }

    /// The measure it counts; `None`: its accounts.
    pub fn measure(&self) -> Option<MeasureIndex> {
        match self {
            RuleKind::Bounds { measure, .. }
            | RuleKind::MoveLimit { measure, .. }
            | RuleKind::Keep { measure, .. }
            | RuleKind::CoverLimit { measure, .. } => Some(*measure),
            RuleKind::Allow { .. } | RuleKind::Together { .. } | RuleKind::Apart { .. } => None,
        }
    }

    /// Whether it speaks of what incumbents keep.
    pub fn speaks_of_incumbents(&self) -> bool {
        match self {
            RuleKind::Keep { .. } => true,
            RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::Bounds { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::CoverLimit { .. } => false,
        }
    }
}
