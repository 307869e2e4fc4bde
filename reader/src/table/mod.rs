//! Any file as a table: headings, rows of text cells, and how it was read.
//!
//! [`Table::open`] looks over the whole file once: what kind it is, how its text is encoded, what separates its cells,
//! which row holds the headings, and which rows are no accounts. Everything that it sees is a finding or stands in the
//! [`Dialect`]. The rows are then gone over as often as somebody likes, row by row ([`Table::for_each_row`]) or, by
//! several threads, some rows at a time and column by column ([`Table::chunks`]); cells are split anew each time, and
//! nothing of a row is kept.

pub mod limits;

mod finding;
pub use finding::{LocatedFinding, TableFaults};

mod source;
pub use source::Source;

mod kind;

mod encoding;

mod delimiter;

mod dialect;
pub use dialect::{Dialect, Encoding, Passed};

mod row;
pub use row::{Batch, Cell, Cells, Row};

mod split;

mod block;

mod heading;

mod plain;

mod scan;

mod judge;

mod width;

mod workbook;

mod open;

use block::Block;
use split::{Splitter, Syntax};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What the caller asks of the reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// The sheet of a workbook by its name; `None`: the first one that holds anything.
    pub sheet: Option<String>,
    /// Threads that look over the file and serve [`Table::chunks`]; 0: as many as there are cores. What is read is the
    /// same for every number.
    pub threads: usize,
}

/// A file as a table. Rows are those of accounts alone: titles, footers and blank rows are not among them.
#[derive(Debug)]
pub struct Table {
    name: String,
    headings: Vec<String>,
    heading_line: u64,
    dialect: Dialect,
    findings: Vec<LocatedFinding>,
    text: String,
    syntax: Syntax,
    blocks: Vec<Block>,
    row_count: usize,
    threads: usize,
}

impl Table {
    /// Looks over a file.
    ///
    /// A table is there whenever there are a heading and rows, even if something about them is an error: the caller then
    /// names the faults of the cells together with those in [`Table::findings`], and refuses the file.
    ///
    /// # Errors
    /// When there is no table to speak of: the file cannot be read, is of another kind, or is empty.
    pub fn open(source: Source, options: &TableOptions) -> Result<Table, TableFaults> {
        open::open(source, options, open::PART_BYTES)
    }

    /// What messages call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The headings, trimmed; one is empty where a column has cells and no heading. As many as each row has cells.
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// The line (of a workbook: the row) that holds the headings, from 1.
    pub fn heading_line(&self) -> u64 {
        self.heading_line
    }

    /// How the file was read.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// What is wrong, odd or worth knowing about the file itself; one finding a kind. May hold errors.
    pub fn findings(&self) -> &[LocatedFinding] {
        &self.findings
    }

    /// Rows of accounts.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// The line on which a row starts, from 1 (of a workbook: the sheet's row); 0 for a row that is not there.
    pub fn line(&self, row: usize) -> u64 {
        block::line(&self.blocks, row)
    }

    /// Goes over all rows, in the order of the file.
    pub fn for_each_row(&self, mut f: impl FnMut(Row<'_>)) {
        let mut splitter = Splitter::new(self.syntax, self.headings.len());
        for block in &self.blocks {
            block.for_each_row(&self.text, &mut splitter, &mut f);
        }
    }

    /// The rows of each of the parts that several threads share, by their numbers. Parts are the same for every number of
    /// threads.
    pub fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        self.blocks.iter().map(|block| block.first_row..block.first_row + block.row_count())
    }

    /// Goes over all rows by parts that several threads share, some rows at a time. Each part has a state of its own, in
    /// the order of [`Table::parts`]; gives the states back in that order.
    pub fn chunks<S: Send>(&self, states: Vec<S>, f: impl Fn(&mut S, &Batch<'_>) + Sync) -> Vec<S> {
        let width = self.headings.len();
        let serve = |(block, mut state): (&Block, S)| {
            let mut splitter = Splitter::new(self.syntax, width);
            block.for_each_batch(&self.text, width, &mut splitter, |batch| f(&mut state, batch));
            state
        };
        self.share(self.blocks.iter().zip(states).collect(), serve)
    }

    /// The line on which each row starts, as [`Table::line`] has it.
    pub fn lines(&self) -> impl Iterator<Item = u64> {
        self.blocks.iter().flat_map(Block::lines)
    }
}

impl Table {
    /// Does `work` for each item on as many threads as read the file; gives the results in the order of the items.
    pub(crate) fn share<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
        let take = |item: &Mutex<Option<T>>| item.lock().unwrap_or_else(PoisonError::into_inner).take();
        in_parallel(&items, self.threads, |item| take(item).map(&work)).into_iter().flatten().collect()
    }
}

/// Does `work` for each item on up to `threads` threads; gives the results in the order of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let serve = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(serve)).collect();
        let mut done = serve();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests;
