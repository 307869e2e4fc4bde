//! What rows, budgets and weights are made of.

use super::accounts::Accounts;
use super::measures::Measure;
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
}
