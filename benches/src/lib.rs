//! Quality and time of the solver on made books, beside a baseline that anybody could write in an hour.

pub mod case;

pub mod baseline;

pub mod quality;
