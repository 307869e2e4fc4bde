//! The evidence for the bounds; the proto's `Certificate` comment writes out what it proves.

/// One for each tier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Certificate {
    /// In the order of the tiers.
    pub tiers: Vec<TierCertificate>,
    /// Where no plan meets the hard rules: the evidence for that.
    pub infeasibility: Option<InfeasibilityCertificate>,
}

/// The evidence that the conflicting rules and defaults allow no plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InfeasibilityCertificate {
    /// Multipliers that are not 0: whole numbers, for each unit of what the row counts.
    pub prices: Vec<Price>,
    /// The rows that `price_sets` price.
    pub rows: Vec<PricedRow>,
    /// Multipliers of their own for outer branches; number 0 is `prices`, these follow.
    pub price_sets: Vec<PriceSet>,
    /// The tree in preorder; empty when `prices` alone prove it.
    pub branches: Vec<Branch>,
}

/// The evidence for one tier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TierCertificate {
    /// Prices that are not 0.
    pub prices: Vec<Price>,
    /// Multiplier of each earlier tier's limit, 0 or more.
    pub tier_prices: Vec<f64>,
    /// The bound they prove, in the tier's unit.
    pub bound: f64,
    /// What each earlier tier is held to.
    pub tier_limits: Vec<f64>,
    /// The part of the bound that whole units force by themselves.
    pub lumpiness_floor: f64,
    /// The rows that `price_sets` price.
    pub rows: Vec<PricedRow>,
    /// Prices of their own for outer branches; number 0 is `prices` with `tier_prices`, these follow.
    pub price_sets: Vec<PriceSet>,
    /// The tree in preorder; empty when `prices` alone prove the bound.
    pub branches: Vec<Branch>,
}

/// A row by name and node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedRow {
    /// What the row counts, as in [`Price`].
    pub row: String,
    /// The node, as in [`Price`].
    pub node_id: String,
}

/// Prices for one or more outer branches.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PriceSet {
    /// One for each of the certificate's `rows`.
    pub prices: Vec<f64>,
    /// Multiplier of each earlier tier's limit.
    pub tier_prices: Vec<f64>,
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
    /// What the row counts: a measure, `attribute=value`, or a rule id.
    pub row: String,
    /// The node; empty for a limit over all nodes.
    pub node_id: String,
    /// In the tier's unit per whole of what is counted.
    pub price: f64,
}
