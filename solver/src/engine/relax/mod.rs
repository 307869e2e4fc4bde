//! The relaxation of a tier: the linear program, the dual simplex that solves it, and prices for books of any size.

pub(super) mod counts;

pub(super) mod lp;

pub(super) mod linear;

pub(super) mod simplex;

pub(super) mod cuts;

pub(super) mod price;

pub(super) mod ascent;
