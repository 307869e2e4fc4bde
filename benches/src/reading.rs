//! A file of accounts read as `carve solve` reads it without a plan: time and memory of the reader alone.

use crate::memory;
use crate::watch::Out;
use carve_reader::{Asked, Faults, Source, TableOptions};
use std::path::Path;
use std::time::Instant;

/// Reads the file some times, one after the other, and tells of each; gives the accounts that it holds.
///
/// # Errors
/// When the file is no book.
pub fn run(accounts: &Path, runs: usize, threads: usize, out: Out) -> Result<usize, Faults> {
    let options = TableOptions { threads, ..TableOptions::default() };
    let asked = Asked { default_measures: true, places: true, ..Asked::default() };
    let mut count = 0;
    for _ in 0..runs {
        memory::forget_peak();
        let started = Instant::now();
        let file = carve_reader::read(Source::path(accounts), &options, &asked)?;
        let seconds = started.elapsed().as_secs_f64();
        count = file.book.account_ids.len();
        let columns = file.book.columns.len();
        let peak = memory::peak_mb().map_or("-".to_owned(), |mb| format!("{mb:.0}"));
        out(&format!("read {seconds:.3} s  accounts {count}  columns {columns}  peak MB {peak}"));
    }
    Ok(count)
}
