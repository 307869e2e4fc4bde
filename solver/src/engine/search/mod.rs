//! Lowering a tier's value: local search, annealing, and exact solves of small parts.

pub(super) mod caps;

pub(super) mod local;

pub(super) mod neighbourhood;

pub(super) mod anneal;

pub(crate) mod mip;

pub(super) mod fix_and_optimise;

pub(super) mod small;
