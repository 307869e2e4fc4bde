//! Who has each account in several books, where they do not agree, as a table.

use crate::table::Table;
use std::io::{self, Write};

/// An account that not all books give to the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The account.
    pub account_id: &'a str,
    /// Its name; empty: none.
    pub name: &'a str,
    /// Who owns it today; empty: nobody.
    pub owner: &'a str,
    /// What it holds of the measure that moves are measured in, as people write it.
    pub amount: String,
    /// Who has it in each book.
    pub holders: Vec<&'a str>,
}

/// Writes a row for each, with a column for each of the books.
///
/// # Errors
/// When `out` fails.
pub fn differences_csv<'a>(
    books: &[&str],
    measure: &str,
    differences: impl Iterator<Item = Difference<'a>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = Table::neutral(out);
    table.row(["account_id", "name", "current_owner", measure].into_iter().chain(books.iter().copied()))?;
    for Difference { account_id, name, owner, amount, holders } in differences {
        table.row([account_id, name, owner, &amount].into_iter().chain(holders))?;
    }
    table.end()
}
