//! A row of text cells.

use std::ops::Range;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// From 0, over the rows of accounts alone.
    pub index: usize,
    /// The line on which it starts, from 1 (of a workbook: the sheet's row).
    pub line: u64,
    /// Its cells, as many as there are headings.
    pub cells: Cells<'a>,
}

/// Cells of a row: UTF-8, without quotes, white space kept. A cell that the row lacks is empty.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    pub(super) text: &'a str,
    /// Cells whose doubled quotes were taken out.
    pub(super) unescaped: &'a str,
    pub(super) spans: &'a [Span],
}

/// Where a cell's text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span {
    /// In the file's text.
    Text(Range<usize>),
    /// Among the cells that had to be written anew.
    Unescaped(Range<usize>),
}

impl<'a> Cells<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The cell of a column, from 0; empty beyond the last one.
    pub fn get(&self, column: usize) -> &'a str {
        match self.spans.get(column) {
            Some(Span::Text(range)) => &self.text[range.clone()],
            Some(Span::Unescaped(range)) => &self.unescaped[range.clone()],
            None => "",
        }
    }

    /// All cells, in the order of the columns.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).map(move |column| self.get(column))
    }
}
