//! Carves a book of accounts into balanced territories and proves how good the plan is.
//!
//! Data in, plan out: no files, no network, no clock but the deadline that is passed in.

pub mod input;

pub mod finding;

pub mod problem;

pub mod limits;

pub mod space;

pub mod certificate;

mod costs;

mod bound;

mod evidence;

mod whales;

pub mod plan;

mod engine;

pub mod check;

pub use check::check;
pub use engine::{Control, Observer, Phase, Progress, carve, evaluate};
pub use finding::{Code, Finding, Place, Severity};
pub use input::Input;
pub use plan::Plan;
pub use problem::Problem;
