//! Account books: written to files, made from a seed, and committed with their story.

pub mod accounts_csv;

pub mod places;

pub mod generate;

mod draw;

mod anchors;

pub mod books;

pub use accounts_csv::write_accounts;
pub use generate::{GenerateOptions, Generated, Shape, generate};
