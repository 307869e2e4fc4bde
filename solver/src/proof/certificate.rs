//! The evidence for the bounds; the proto's `Certificate` comment writes out what it proves.

/// One for each tier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Certificate {
    /// In the order of the tiers.
    pub tiers: Vec<TierCertificate>,
    /// Where no plan meets the hard rules: the evidence for that.
    pub infeasibility: Option<InfeasibilityCertificate>,
    /// One for each step after the first, those of the first tier first.
    pub steps: Vec<TierCertificate>,
}

/// The evidence that the conflicting rules and defaults allow no plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InfeasibilityCertificate {
    /// Multipliers that are not 0: whole numbers, for each unit of what the row counts.
    pub prices: Vec<Price>,
    /// The rows that `price_sets` price.
    pub rows: Vec<RowReference>,
    /// Multipliers of their own for outer branches; number 0 is `prices`, these follow.
    pub price_sets: Vec<PriceSet>,
    /// The tree in preorder; empty when `prices` alone prove it.
    pub branches: Vec<Branch>,
}

/// The evidence for one tier, or for a step of one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TierCertificate {
    /// Prices that are not 0.
    pub prices: Vec<Price>,
    /// Multiplier of each earlier tier's limit, 0 or more; of a step its tier counts among those.
    pub tier_prices: Vec<f64>,
    /// Multiplier of the limit of each step after the first of earlier tiers, and of each earlier step of its own.
    pub step_prices: Vec<f64>,
    /// The bound they prove, in the tier's unit.
    pub bound: f64,
    /// What each earlier tier is held to; of a step what its tier was decided at, too.
    pub tier_limits: Vec<f64>,
    /// The same of each step that has a multiplier.
    pub step_limits: Vec<f64>,
    /// The part of the bound that whole units force by themselves.
    pub lumpiness_floor: f64,
    /// The rows that `price_sets` price.
    pub rows: Vec<RowReference>,
    /// Prices of their own for outer branches; number 0 is `prices` with `tier_prices`, these follow.
    pub price_sets: Vec<PriceSet>,
    /// The tree in preorder; empty when `prices` alone prove the bound.
    pub branches: Vec<Branch>,
    /// Cuts that have a price, with how they come from their rows.
    pub cuts: Vec<Cut>,
    /// The price of each cut, 0 or less, for the whole problem.
    pub cut_prices: Vec<f64>,
}

/// A cut of a row's limit: mixed-integer rounding by a divisor, some units counted by their absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The row.
    pub row: RowReference,
    /// It is the row's lower limit that is rounded; else the upper one.
    pub lower: bool,
    /// What the row is taken to hold at least (at most): no tighter than it does.
    pub limit: i64,
    /// What is divided by, 1 or more.
    pub divisor: i64,
    /// The limit is the row's own, beyond which is its excess; else there is none.
    pub with_excess: bool,
    /// An account of each unit that is counted by its absence.
    pub account_ids: Vec<String>,
}

/// A row or a limit over all nodes, told from every other by numbers and ids: names play no part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowReference {
    /// What it limits.
    pub row: RowOf,
    /// The node it limits; empty for a limit over all nodes.
    pub node_id: String,
}

/// What a row comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowOf {
    /// The band of a criterion.
    Band {
        /// The tier, from 0.
        tier: usize,
        /// The criterion in its tier, from 0.
        criterion: usize,
        /// For mix the number of the value among the attribute's different values, in the order of their bytes, from 0; 0
        /// for balance.
        part: usize,
    },
    /// A rule.
    Rule {
        /// Its id.
        rule_id: String,
        /// Which of its limits.
        side: RuleSide,
    },
}

/// Which of a rule's limits a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleSide {
    /// The only one, or both where one row has them.
    Only,
    /// The lower of two.
    Min,
    /// The upper of two.
    Max,
}

impl std::fmt::Display for RowReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.row {
            RowOf::Band { tier, criterion, part } => write!(f, "of tier {tier}, criterion {criterion}, part {part}")?,
            RowOf::Rule { rule_id, side } => write!(f, "of rule {rule_id:?}, {side:?}")?,
        }
        write!(f, " at {:?}", self.node_id)
    }
}

/// Prices for one or more outer branches.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PriceSet {
    /// One for each of the certificate's `rows`.
    pub prices: Vec<f64>,
    /// Multiplier of each earlier tier's limit.
    pub tier_prices: Vec<f64>,
    /// Multiplier of each step's limit, as in the certificate.
    pub step_prices: Vec<f64>,
    /// The price of each of the certificate's cuts.
    pub cut_prices: Vec<f64>,
}

/// One node of the tree: a split of a unit's leaves, or an outer node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Branch {
    /// An account of the unit that is split; empty for an outer node.
    pub account_id: String,
    /// The leaves it may go to in the first child; in the second it may go to the others.
    pub node_ids: Vec<String>,
    /// Outer nodes: the prices that prove it, 0 for `prices`, else 1 and more for `price_sets`.
    pub price_set: usize,
}

/// The price of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// The row.
    pub row: RowReference,
    /// In the tier's unit per whole of what is counted.
    pub price: f64,
}
