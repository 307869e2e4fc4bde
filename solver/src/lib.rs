//! Carves a book of accounts into balanced territories and proves how good the plan is.
//!
//! Data in, plan out: no files, no network, no clock but the deadline that is passed in.
//!
//! ```
//! use carve_solver::input::{Book, Input, MeasureColumn, NodeInput, SplitInput};
//! use carve_solver::{Control, Problem, carve, check};
//! use std::sync::atomic::AtomicBool;
//! use std::time::{Duration, Instant};
//!
//! // Four accounts, for two territories.
//! let book = Book {
//!     account_ids: ["a", "b", "c", "d"].map(String::from).to_vec(),
//!     names: vec![String::new(); 4],
//!     parents: vec![String::new(); 4],
//!     places: vec![None; 4],
//!     current_owners: vec![String::new(); 4],
//!     measures: vec![MeasureColumn {
//!         name: "open_pipeline".into(),
//!         amounts: vec![50, 30, 20, 40],
//!         ..MeasureColumn::default()
//!     }],
//!     ..Book::default()
//! };
//! let leaf = |id: &str| NodeInput { node_id: id.into(), ..NodeInput::default() };
//! let root = NodeInput { children: vec![leaf("east"), leaf("west")], ..NodeInput::default() };
//! let input = Input { book, split: Some(SplitInput::Tree(root)), ..Input::default() };
//!
//! let problem = Problem::new(&input).expect("the input has no faults");
//! let stop = AtomicBool::new(false);
//! let control = Control { deadline: Instant::now() + Duration::from_secs(5), stop: &stop };
//! let plan = carve(&problem, &control, &());
//!
//! // Two accounts and 70 of pipeline each: 50 + 20 and 30 + 40.
//! assert_eq!(plan.tiers[0].value, 0.0);
//! assert!(check(&problem, &plan).ok());
//! ```

mod index;

pub mod amount;

pub mod column;

pub mod input;

pub mod finding;

pub mod problem;

pub mod limits;

pub mod hash;

pub mod salesforce;

pub mod space;

mod nearest;

pub mod counting;

mod proof;

pub mod plan;

mod score;

mod explain;

pub mod check;

mod answer;

pub mod standing;

pub mod comparison;

pub mod depth;

mod engine;

pub mod inquiry;

pub use amount::{Amount, grouped};
pub use answer::{evaluate, none_found};
pub use check::{check, check_answer};
pub use engine::{Control, Observer, Phase, Progress, carve};
pub use explain::decided_values;
pub use explain::rules::{LimitEffect, RuleEffect, rule_effects};
pub use explain::summary::{ended, shortened};
pub use explain::whales::findings;
pub use finding::{Code, Concerned, Finding, Place, Severity};
pub use input::Input;
pub use nearest::nearest;
pub use plan::Plan;
pub use problem::{
    Mix, MixValue, Patience, Problem, ValueUnit, default_tiers, is_city, looks_at, tell_uses, time_limit, with_values,
};
pub use proof::certificate;
