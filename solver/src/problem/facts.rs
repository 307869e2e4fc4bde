//! What rows, budgets and weights are made of.

use super::accounts::Accounts;
use super::measures::Measure;
use super::pools::Pools;
use super::tree::Tree;
use super::units::Units;
use crate::index::{Keyed, MeasureIndex};

/// The accounts and the tree that they are carved among, as criteria and rules see them.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub accounts: &'a Accounts,
    pub measures: &'a Keyed<MeasureIndex, Measure>,
    pub tree: &'a Tree,
    pub units: &'a Units,
    pub pools: &'a Pools,
}

impl Facts<'_> {
    /// What the nodes of the balance share of a measure: all but what pools hold.
    pub fn shared(&self, measure: MeasureIndex) -> i64 {
        self.measures[measure].total - self.pools.outside(measure)
    }

    /// What all places count together that distances are a mean of: all but those of accounts that are in a pool in every
    /// plan. Their number, where all are exact.
    pub fn located_weight(&self) -> f64 {
        let Accounts { places, weights, .. } = self.accounts;
        let located = places.pairs().zip(weights).filter(|((_, place), _)| place.is_some());
        located.filter(|((account, _), _)| !self.pools.is_settled(*account)).map(|(_, weight)| weight).sum()
    }
}
