//! Rows that stand together in the file, and where each of them begins.

use super::row::Row;
use super::split::Splitter;

/// Some rows of the table, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// The number of its first row.
    pub(super) first_row: usize,
    /// Where in the text its first row may begin, and on which line.
    pub(super) start: usize,
    pub(super) first_line: u64,
    /// Bytes and lines from there to each row.
    pub(super) rows: Vec<[u32; 2]>,
}

impl Block {
    pub(super) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The line of a row, by its number in the block.
    pub(super) fn line(&self, row: usize) -> Option<u64> {
        self.rows.get(row).map(|[_, lines]| self.first_line + u64::from(*lines))
    }

    /// Goes over the rows of the block.
    pub(super) fn for_each_row(&self, text: &str, splitter: &mut Splitter, f: &mut impl FnMut(Row<'_>)) {
        for (index, [bytes, lines]) in (self.first_row..).zip(&self.rows) {
            splitter.split(text, self.start + *bytes as usize);
            f(Row { index, line: self.first_line + u64::from(*lines), cells: splitter.padded(text) });
        }
    }
}
