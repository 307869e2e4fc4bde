//! Account books: read from files, written to files, made from a seed, and committed with their story.

pub mod accounts_csv;

pub mod places;

pub mod generate;

mod draw;

mod anchors;

pub mod books;

pub use accounts_csv::{AccountsFile, Faults, LocatedFinding, Origin, read_accounts, read_asked, write_accounts};
pub use generate::{GenerateOptions, Generated, Shape, generate};
