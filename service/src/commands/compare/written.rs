//! The files of a comparison.

use super::cases::Cases;
use crate::comparison::{Book, Comparison, better, ended, headline, markdown, rows};
use crate::exit::CommandError;
use crate::json::JsonError;
use carve_report::{ComparedBook, ComparedRow, ComparisonPage, Difference, Staging, compare_html, differences_csv};
use carve_solver::Amount;
use std::io::{self, Write};
use std::path::Path;

/// The message.
const JSON: &str = "comparison.json";
/// The same for people.
const MARKDOWN: &str = "comparison.md";
/// The same as a page with maps.
const PAGE: &str = "compare.html";
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
    let page = page(comparison, cases, &standing);
    staging.write(PAGE, |out| compare_html(&page, out).map_err(failed))?;
    Ok(staging.publish([JSON, MARKDOWN, PAGE, DIFFERENCES])?)
}

fn page<'a>(comparison: &'a Comparison, cases: &'a Cases, standing: &[&'a Book]) -> ComparisonPage<'a> {
    let (words, _) = cases.words();
    let rows = rows(comparison).into_iter();
    ComparisonPage {
        headline: headline(comparison),
        names: comparison.books.iter().map(|book| book.name.as_str()).collect(),
        rows: rows.map(|row| ComparedRow { label: row.label, cells: row.cells, best: row.best }).collect(),
        sentences: better(comparison).into_iter().chain(ended(comparison)).collect(),
        places: (0..words.problem.account_count()).map(|account| words.problem.place(account)).collect(),
        books: standing.iter().map(|book| ComparedBook { name: &book.name, holders: &book.holders }).collect(),
    }
}
