//! The trusted base: what a bound is, the evidence for it, and how it is proved anew. The engine writes evidence and the
//! checker reads it; both prove it with this code, which uses nothing of the engine.

pub mod certificate;

pub(crate) mod costs;

pub(crate) mod cuts;

pub(crate) mod pricer;

pub(crate) mod bound;

pub(crate) mod evidence;

pub(crate) mod infeasible;

pub(crate) mod lines;

pub(crate) mod prices;

pub(crate) mod whales;
