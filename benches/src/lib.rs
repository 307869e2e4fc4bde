//! Quality and time of the solver on made books, beside baselines that anybody could write in an hour.

pub mod cli;

pub mod files;

pub mod case;

pub mod baseline;

pub mod quality;

pub mod watch;

pub mod memory;
