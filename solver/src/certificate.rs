//! The evidence for the bounds; the proto's `Certificate` comment writes out what it proves.

/// One for each tier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Certificate {
    /// In the order of the tiers.
    pub tiers: Vec<TierCertificate>,
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
    /// The part of the bound that units too large for a fair share force.
    pub lumpiness_floor: f64,
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
