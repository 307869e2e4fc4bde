//! Carves a book of accounts into balanced territories and proves how good the plan is.
//!
//! Data in, plan out: no files, no network, no clock but the deadline that is passed in.

mod index;

pub mod input;

pub mod finding;

pub mod problem;

pub mod limits;

pub mod space;

mod proof;

pub mod plan;

mod score;

mod explain;

pub mod check;

mod answer;

mod engine;

pub use answer::{evaluate, none_found};
pub use check::{check, check_answer};
pub use engine::{Control, Observer, Phase, Progress, carve};
pub use explain::summary::{ended, shortened};
pub use explain::whales::findings;
pub use finding::{Code, Finding, Place, Severity};
pub use input::Input;
pub use plan::Plan;
pub use problem::Problem;
pub use proof::certificate;
