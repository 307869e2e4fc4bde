//! Rows that stand together in the file, and where each of them begins.

use super::row::{Batch, Row};
use super::split::Splitter;

/// Cells that are split before they are gone over: no more than the nearest cache holds with their text.
const BATCH_CELLS: usize = 1_024;

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

    /// Goes over the rows of the block.
    pub(super) fn for_each_row(&self, text: &str, splitter: &mut Splitter, f: &mut impl FnMut(Row<'_>)) {
        for (index, [bytes, lines]) in (self.first_row..).zip(&self.rows) {
            let cells = splitter.padded(text, self.start + *bytes as usize);
            f(Row { index, line: self.first_line + u64::from(*lines), cells });
        }
    }

    /// Goes over the rows of the block, of `width` cells each, some at a time.
    pub(super) fn for_each_batch(
        &self,
        text: &str,
        width: usize,
        splitter: &mut Splitter,
        mut f: impl FnMut(&Batch<'_>),
    ) {
        let together = (BATCH_CELLS / width.max(1)).max(1);
        for (first_row, rows) in (self.first_row..).step_by(together).zip(self.rows.chunks(together)) {
            splitter.clear();
            rows.iter().for_each(|[bytes, _]| splitter.add_padded(text, self.start + *bytes as usize));
            f(&Batch { first_row, width, cells: splitter.cells(text) });
        }
    }

    /// The line of each row.
    pub(super) fn lines(&self) -> impl Iterator<Item = u64> {
        self.rows.iter().map(|[_, lines]| self.first_line + u64::from(*lines))
    }
}

/// The line of a row; 0 where there is no such row.
pub(super) fn line(blocks: &[Block], row: usize) -> u64 {
    let line = |(block, at): (&Block, usize)| Some(block.first_line + u64::from(block.rows.get(at)?[1]));
    find(blocks, row).and_then(line).unwrap_or(0)
}

/// Where in the text a row begins.
pub(super) fn start(blocks: &[Block], row: usize) -> Option<usize> {
    let (block, at) = find(blocks, row)?;
    Some(block.start + block.rows.get(at)?[0] as usize)
}

/// The block that holds a row, and which of its rows it is.
fn find(blocks: &[Block], row: usize) -> Option<(&Block, usize)> {
    let behind = blocks.partition_point(|block| block.first_row <= row);
    let block = blocks.get(behind.checked_sub(1)?)?;
    Some((block, row - block.first_row))
}
