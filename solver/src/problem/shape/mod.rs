//! The shapes a client may give (a tree, stages, seats, nothing), read into nodes that are not numbered yet.

pub(in crate::problem) mod draft;

pub(in crate::problem) mod given;

pub(in crate::problem) mod stages;

pub(in crate::problem) mod seats;
