//! Words and reasons: why accounts move, what was proved, which rules conflict.

pub(crate) mod moves;

pub(crate) mod whales;

pub(crate) mod summary;

pub(crate) mod conflicts;
