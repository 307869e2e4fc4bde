//! A book as it stands, as data.

use crate::plan::{MeasureDescription, NodeResult};
use std::sync::Arc;

/// Who has an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A leaf or a territory of the plan, by its number in tree order; see
    /// [`Problem::holding_node`](crate::Problem::holding_node).
    Node(usize),
    /// Somebody who is no territory of the plan, such as an owner who left, by the id or name that the book has.
    Other(Arc<str>),
    /// Nobody.
    Nobody,
}

/// A book as it stands: who has each account, scored in the words of a plan, whether or not it is one. Accounts that no
/// territory of the plan has count toward no territory; targets and bands are the plan's.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// One for each tier.
    pub tiers: Vec<TierStanding>,
    /// The nodes of the plan, in tree order, as far down as the book tells: today's owners are territories, and where
    /// these will be split nobody knows.
    pub nodes: Vec<NodeStanding>,
    /// Those who have accounts and are no territory of the plan: who has most accounts first, nobody last.
    pub others: Vec<OtherHolder>,
    /// Every measure, in the order that nodes have them.
    pub measures: Vec<MeasureDescription>,
    /// What is not with its current owner.
    pub moved: Moved,
    /// Mean distance of accounts to the anchor of their territory, km; 0 where no account has a place.
    pub mean_distance_km: f64,
    /// Root of the mean of the same distances squared, km.
    pub root_mean_square_km: f64,
    /// Accounts that a territory of the plan has.
    pub placed: usize,
    /// What does not hold of the rules, families among them, a sentence each. Accounts that no territory has break none.
    pub broken: Vec<String>,
    /// One sentence: who has the accounts, and the worst deviation.
    pub summary: String,
}

/// One tier of a book as it stands. Values are minimised.
#[derive(Debug, Clone, PartialEq)]
pub struct TierStanding {
    /// The weighted sum over its criteria; `None` where one of them is not defined.
    pub value: Option<f64>,
    /// Of tiers that count bands alone: the weighted sums of the largest excess of every group, of the two largest, and so
    /// on, until nothing is added; of others the value alone. Empty where the value is not defined. Two books are compared
    /// by them in order, the last of the shorter list standing for those it lacks.
    pub sums: Vec<f64>,
    /// One for each criterion.
    pub criteria: Vec<CriterionStanding>,
    /// One sentence in planner units.
    pub summary: String,
}

/// One criterion of a book as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionStanding {
    /// What it is: `balance open_pipeline`.
    pub criterion: String,
    /// Its value before its weight; `None` where the book does not tell it.
    pub value: Option<f64>,
    /// Bands: the worst |amount − target| ÷ target at any node that the book tells of.
    pub worst_deviation: f64,
    /// Bands: where that is.
    pub worst_node_id: String,
    /// What it does not count, or why it has no value, as the end of a sentence; empty: it says all.
    pub lacks: String,
}

/// A node with what it holds, and the bands it should be in.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeStanding {
    /// The node, as in a plan.
    pub node: NodeResult,
    /// The band of each of its measures; `None`: it has none.
    pub bands: Vec<Option<BandLimits>>,
}

/// The whole amounts that are inside a band, in units of 10^-decimals; of several bands of one measure the narrowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandLimits {
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

impl BandLimits {
    /// Whether an amount lies inside.
    pub fn holds(self, amount: i64) -> bool {
        (self.least..=self.most).contains(&amount)
    }
}

/// What somebody has who is no territory of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherHolder {
    /// The id or name that the book has; empty: nobody.
    pub holder: Arc<str>,
    /// What is held of each measure, in the order of the nodes', in whole numbers of 10^-decimals.
    pub amounts: Vec<i64>,
    /// How many accounts.
    pub accounts: usize,
}

/// What is not with its current owner, whether that is a territory of the plan or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved {
    /// Accounts with an owner that somebody else has, or nobody.
    pub accounts: i64,
    /// Accounts with an owner.
    pub owned_accounts: i64,
    /// What moves are measured in, see [`Problem::move_sizes`](crate::Problem::move_sizes).
    pub measure: String,
    /// What these accounts hold of it.
    pub amount: i64,
    /// What accounts with an owner hold of it.
    pub owned_amount: i64,
}
