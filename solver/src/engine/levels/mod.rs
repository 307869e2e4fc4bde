//! Plans that know one level of the tree at a time: starts for nested stages, and the way through trees with too many
//! leaves for one model. Their parts are problems of their own, solved like any other.

pub(super) mod join;

pub(super) mod nest;

pub(super) mod wide;
