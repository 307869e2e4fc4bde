//! A change that makes a plan.

use crate::amount::Amount;

/// A change that lets all the rest hold.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictRepair {
    /// What changes.
    pub kind: RepairKind,
    /// The rules that change, by id; empty: families.
    pub rule_ids: Vec<String>,
    /// The accounts of the family that is taken apart; else empty.
    pub account_ids: Vec<String>,
    /// The limit now: an amount, for a share the share, of accounts kept apart how many may be together.
    pub from: Option<Amount>,
    /// The value nearest to it that works; shares to the hundredth of a percent.
    pub to: Option<Amount>,
    /// Whether less was proved not to work.
    pub is_least: bool,
    /// All of it in a sentence.
    pub words: String,
}

/// What a repair changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairKind {
    /// An upper limit is raised.
    Raise,
    /// A lower limit is lowered.
    Lower,
    /// A family's accounts go where they like.
    Separate,
    /// A rule goes.
    Drop,
    /// Several rules go together, none of which could stay.
    DropTogether,
}
