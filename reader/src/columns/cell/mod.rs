//! What single cells say.

pub(crate) mod currency;

pub(crate) mod nothing;

mod groups;

pub(crate) mod number;

pub(crate) mod form;

pub(crate) mod degree;
