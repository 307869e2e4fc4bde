//! Quality and time of the solver on made books, beside baselines that anybody could write in an afternoon and beside
//! a general solver.

pub mod cli;

pub mod files;

pub mod quality;

pub mod timing;

pub mod strategies;

pub mod anytime;

pub mod places;

pub mod conflicts;

pub mod reading;

pub mod child;

pub mod task;

pub mod case;

pub mod model;

pub mod score;

mod sphere;

pub mod baseline;

pub mod kmeans;

pub mod peer;

pub mod watch;

pub mod span;

pub mod memory;
