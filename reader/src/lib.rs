//! Any file of accounts, read as it is: rows of text cells (`table`), and what their columns mean.

pub mod table;

pub use table::{Cells, Dialect, LocatedFinding, Row, Source, Table, TableFaults, TableOptions};

pub mod columns;

pub use columns::{
    AccountsFile, Address, Asked, DecimalMark, Faults, Origin, OwnerLabel, TextColumn, is_nobody, read, read_accounts,
    same_id,
};

mod formula;
pub use formula::{neutralise, restore};
