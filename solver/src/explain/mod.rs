//! Words and reasons: why accounts move, what was proved, which rules conflict.

mod decided;

pub(crate) mod wording;

mod steps;

pub(crate) mod moves;

pub(crate) mod whales;

pub(crate) mod summary;

pub(crate) mod conflicts;

pub(crate) mod rules;

pub use decided::decided_values;
pub(crate) use decided::{decided, is_finished};
