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

/// Some rows that stand together, for those who go over them column by column.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The number of the first, over the rows of accounts alone.
    pub first_row: usize,
    pub(super) width: usize,
    /// Those of all rows, as many for each as there are headings.
    pub(super) cells: Cells<'a>,
}

/// A cell, which is looked at only as far as somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    source: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Batch<'a> {
    /// The cells of a column, from 0, in the order of the rows.
    #[inline]
    pub fn column(&self, column: usize) -> impl Iterator<Item = Cell<'a>> {
        let Cells { text, unescaped, spans } = self.cells;
        let cells = spans.get(column..).unwrap_or_default().iter().step_by(self.width.max(1));
        cells.map(move |span| match span {
            Span::Text(range) => Cell { source: text, start: range.start, end: range.end },
            Span::Unescaped(range) => Cell { source: unescaped, start: range.start, end: range.end },
        })
    }
}

impl<'a> Cell<'a> {
    /// The whole of it.
    #[inline]
    pub fn text(self) -> &'a str {
        &self.source[self.start..self.end]
    }

    /// The same as bytes.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        &self.source.as_bytes()[self.start..self.end]
    }

    /// How many bytes it has.
    #[inline]
    pub fn length(self) -> usize {
        self.end - self.start
    }

    /// Its first eight bytes as a number, the first of them the lowest; zeros where it has fewer.
    #[inline]
    pub fn head(self) -> u64 {
        let behind = self.source.as_bytes().get(self.start..).and_then(|rest| rest.first_chunk::<HEAD_BYTES>());
        match behind {
            Some(eight) if self.length() < HEAD_BYTES => {
                u64::from_le_bytes(*eight) & !(u64::MAX << (8 * self.length()))
            }
            Some(eight) => u64::from_le_bytes(*eight),
            None => self.bytes().iter().take(HEAD_BYTES).rfold(0, |head, byte| head << 8 | u64::from(*byte)),
        }
    }
}

/// Bytes of a cell's head.
const HEAD_BYTES: usize = size_of::<u64>();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_the_beginning_of_its_cell_alone() {
        let text = "ab,12345678,é123456789,x";
        for (range, head) in [
            (0..2, "ab".as_bytes()),
            (3..11, b"12345678"),
            (12..23, "é123456".as_bytes()),
            (24..25, b"x"),
            (2..2, b""),
            (25..25, b""),
        ] {
            let mut bytes = [0; 8];
            bytes[..head.len()].copy_from_slice(head);
            let cell = Cell { source: text, start: range.start, end: range.end };
            assert_eq!(cell.head().to_le_bytes(), bytes, "{range:?}");
            assert_eq!((cell.text(), cell.length()), (&text[range.clone()], range.len()));
        }
    }
}
