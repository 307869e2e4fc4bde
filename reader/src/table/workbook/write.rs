//! Writes the cells of a sheet out as text, row by row, no wider than its headings.

use super::super::finding::{LocatedFinding, counted};
use super::super::heading::{SAMPLE_ROWS, Shape, heading};
use super::super::limits::{COLUMNS_MAX, UNPACKED_BYTES_MAX};
use super::super::split::Syntax;
use super::merged::Merged;
use carve_solver::finding::Code;

/// Columns without a heading, side by side, that end a table: what stands to their right is another one, or was left
/// behind.
const GAP_COLUMNS: usize = 64;

/// Cells that something was found on.
#[derive(Debug, Default)]
pub(super) struct Cells {
    count: u64,
    /// Row and column of the first, from 0.
    first: Option<(u32, u32)>,
}

impl Cells {
    pub(super) fn add(&mut self, row: u32, column: u32) {
        self.count += 1;
        self.first.get_or_insert((row, column));
    }
}

/// A sheet as it is written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    /// Rows and columns begun so far.
    rows: u32,
    columns: usize,
    /// The first rows, until the headings are found among them.
    sample: Vec<(u32, Vec<(u32, String)>)>,
    /// Columns that are written, once they are known, and the row of the headings.
    width: Option<usize>,
    heading_row: u32,
    outside: Cells,
    /// Cells that have the value of one merged with them.
    filled: Cells,
    /// Formulas without a value.
    pub(super) unvalued: Cells,
}

impl Written {
    /// Takes the cells of the next row that hold anything, in the order of columns, and leaves none.
    pub(super) fn push_row(&mut self, row: u32, cells: &mut Vec<(u32, String)>, merged: &mut Merged) {
        for column in merged.fill(row, cells) {
            self.filled.add(row, column);
        }
        if cells.is_empty() {
            return;
        }
        if self.width.is_none() && self.sample.len() < SAMPLE_ROWS {
            self.sample.push((row, std::mem::take(cells)));
            return;
        }
        if self.width.is_none() {
            self.begin();
        }
        cells.drain(..).for_each(|(column, text)| self.write(row, column, &text));
    }

    /// Writes what is still held.
    pub(super) fn finish(&mut self) {
        if self.width.is_none() {
            self.begin();
        }
        self.end_row();
    }

    /// Whether more is written than is allowed, together with so many bytes.
    pub(super) fn is_too_large(&self, held: usize) -> bool {
        (self.text.len() + held) as u64 > UNPACKED_BYTES_MAX
    }

    /// Finds the headings among the first rows, and writes these.
    fn begin(&mut self) {
        let sample = std::mem::take(&mut self.sample);
        let shape = |cells: &Vec<(u32, String)>| Shape { filled: cells.len(), extent: 0 };
        let shapes: Vec<Shape> = sample.iter().map(|(_, cells)| shape(cells)).collect();
        let mut width = 0;
        if let Some(at) = heading(&shapes) {
            let (row, cells) = &sample[at];
            self.heading_row = *row;
            for (column, _) in cells {
                let column = *column as usize;
                if width > COLUMNS_MAX || (width > 0 && column > width + GAP_COLUMNS) {
                    break;
                }
                width = column + 1;
            }
        }
        self.width = Some(width);
        for (row, cells) in sample {
            cells.into_iter().for_each(|(column, text)| self.write(row, column, &text));
        }
    }

    fn write(&mut self, row: u32, column: u32, text: &str) {
        let width = self.width.unwrap_or(0);
        if column as usize >= width {
            // A title may be wider than the table below it.
            if row >= self.heading_row {
                self.outside.add(row, column);
            }
            return;
        }
        if row >= self.rows {
            self.end_row();
            let end = char::from(Syntax::WORKBOOK.ends[0]);
            self.text.extend(std::iter::repeat_n(end, (row - self.rows) as usize));
            (self.rows, self.columns) = (row + 1, 0);
        }
        let delimiter = char::from(Syntax::WORKBOOK.delimiter);
        self.text.extend(std::iter::repeat_n(delimiter, column as usize - self.columns));
        self.columns = column as usize;
        self.text.push_str(text);
    }

    /// Fills the row that is being written with empty cells, and ends it.
    fn end_row(&mut self) {
        if self.rows > 0 {
            let last = self.width.unwrap_or(0).saturating_sub(1);
            let delimiter = char::from(Syntax::WORKBOOK.delimiter);
            self.text.extend(std::iter::repeat_n(delimiter, last - self.columns));
            self.columns = last;
            self.text.push(char::from(Syntax::WORKBOOK.ends[0]));
        }
    }

    /// What was found.
    pub(super) fn findings(&self) -> Vec<LocatedFinding> {
        let mut findings = Vec::new();
        let mut tell = |code, cells: &Cells, what: &str, how: &str| {
            if let Some((row, column)) = cells.first {
                let message = format!("{}{how}, the first in {}", counted(cells.count, what), reference(row, column));
                findings.push(LocatedFinding::new(code, u64::from(row) + 1, u64::from(column) + 1, message));
            }
        };
        let outside = format!(" not read, outside the table's {}", counted(self.width.unwrap_or(0) as u64, "column"));
        tell(Code::CellOutside, &self.outside, "cell", &outside);
        let filled = " filled from the merged cell above";
        tell(Code::CellsMerged, &self.filled, "cell", filled);
        let unvalued = " read as empty, since the file does not hold what it gives; open the workbook and save it";
        tell(Code::FormulaEmpty, &self.unvalued, "formula", unvalued);
        findings
    }
}

/// A cell as spreadsheets call it, such as `B7`.
pub(super) fn reference(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{}", row + 1)
}
