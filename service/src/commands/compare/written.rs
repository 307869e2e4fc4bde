//! The files of a comparison.

use super::cases::Cases;
use crate::comparison::{Book, Comparison, markdown};
use crate::exit::CommandError;
use crate::json::JsonError;
use carve_report::{Difference, Staging, differences_csv};
use carve_solver::Amount;
use std::io::{self, Write};
use std::path::Path;

/// The message.
const JSON: &str = "comparison.json";
/// The same for people.
const MARKDOWN: &str = "comparison.md";
/// Who has each account that not all books give to the same.
const DIFFERENCES: &str = "differences.csv";

/// Writes all of them, at once and whole.
///
/// # Errors
/// When the folder cannot be used, or a file cannot be written.
pub fn write(comparison: &Comparison, cases: &Cases, message: &str, out: &Path) -> Result<(), CommandError> {
    let staging = Staging::new(out).map_err(CommandError::OutUnusable)?;
    let failed = |error: io::Error| CommandError::from(JsonError::Write(error));
    staging.write(JSON, |out| out.write_all(message.as_bytes()).map_err(failed))?;
    staging.write(MARKDOWN, |out| out.write_all(markdown(comparison).as_bytes()).map_err(failed))?;
    let (words, _) = cases.words();
    let standing: Vec<&Book> = comparison.books.iter().filter(|book| book.standing.is_some()).collect();
    let (measure, _) = words.problem.move_sizes();
    let decimals = words.problem.decimals(measure).unwrap_or(0);
    let differences = comparison.differing.iter().map(|&account| Difference {
        account_id: words.problem.account_id(account),
        name: words.names.get(account),
        owner: words.problem.current_owner(account),
        amount: Amount::new(words.problem.move_size(account), decimals).to_string(),
        holders: standing.iter().map(|book| &*book.holders[account]).collect(),
    });
    let names: Vec<&str> = standing.iter().map(|book| book.name.as_str()).collect();
    staging.write(DIFFERENCES, |out| differences_csv(&names, measure, differences, out).map_err(failed))?;
    Ok(staging.publish([JSON, MARKDOWN, DIFFERENCES])?)
}
