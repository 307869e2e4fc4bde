//! Where the work starts: anchors, first plans, and seats matched to territories.

pub(super) mod anchors;

pub(super) mod draw;

mod draw_large;

mod sample;

pub(super) mod elsewhere;

pub(crate) mod greedy;

pub(super) mod matching;

pub(crate) mod first;

pub(super) mod keep;
