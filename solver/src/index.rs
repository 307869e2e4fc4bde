//! Numbers of things that must not be taken for each other, lists that only the right number opens, and sets of leaves.
//!
//! Every list of the solver is numbered by its places, from 0. A bare `usize` does not tell a unit from an account, a
//! leaf from the node that it is, or a measure from the load that holds its amounts, and lists of two kinds are mostly
//! of about the same length. So each kind of thing has a number type of its own, and a list by that kind is a [`Keyed`].
//! Inside hot numeric kernels plain numbers may stay: their modules say so, and convert once at their door.

mod number;

mod span;

mod keyed;

mod leaf_set;

pub(crate) use keyed::Keyed;
pub(crate) use leaf_set::LeafSet;
pub(crate) use number::{
    AccountIndex, BudgetIndex, GroupIndex, LeafIndex, LineIndex, LoadIndex, MeasureIndex, NodeIndex, Number, RowIndex,
    RuleIndex, TierIndex, UnitIndex,
};
pub(crate) use span::Span;
