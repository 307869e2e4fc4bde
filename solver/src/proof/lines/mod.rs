//! Limits on whole-number sums over all units, and the leaves they shut.

mod hard;

mod narrowed;

mod open;

pub(crate) use hard::{Counts, Hard};
pub(super) use narrowed::narrowed;
pub(crate) use open::Open;
