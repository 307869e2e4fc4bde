//! Columns of text with many equal cells: each different text is held once.

use carve_solver::hash::{EXACT_BYTES_MAX, hash};
use std::ops::Range;

/// Text by row, each different one held once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    /// The different texts, in the order in which they first occur.
    texts: Vec<String>,
    /// The first row of each.
    first_rows: Vec<usize>,
    /// The number of each row's text.
    codes: Vec<u32>,
}

impl TextColumn {
    /// The text of a row; empty beyond the last one.
    pub fn get(&self, row: usize) -> &str {
        self.codes.get(row).map_or("", |&code| &self.texts[code as usize])
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The different texts.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// For each row the number of its text among [`TextColumn::texts`].
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Takes out some rows; texts that no row has any more stay known.
    pub(crate) fn leave_out(&mut self, gone: &[bool]) {
        super::leave_out::keep(&mut self.codes, gone);
    }

    /// The row in which a text first occurs.
    pub(crate) fn first_row(&self, code: usize) -> usize {
        self.first_rows[code]
    }

    /// How many rows have each text.
    pub(crate) fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.texts.len()];
        self.codes.iter().for_each(|&code| counts[code as usize] += 1);
        counts
    }

    /// The texts of all rows, changed one by one.
    pub(crate) fn spread(&self, change: impl Fn(usize) -> String) -> Vec<String> {
        let changed: Vec<String> = (0..self.texts.len()).map(change).collect();
        self.codes.iter().map(|&code| changed[code as usize].clone()).collect()
    }
}

/// A column of text while it is read: its different texts in a table by their hashes, as the hasher of the standard
/// library takes longer than all else for texts as short as these.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    column: TextColumn,
    /// The hash of each different text.
    hashes: Vec<u64>,
    /// A power of two of places, less than half of them taken: the number of a text and one, or 0.
    slots: Vec<u32>,
    /// The text of the row before with its hash: many files stand in an order.
    last: Option<(u64, u32)>,
}

impl Interner {
    /// Takes the text of the next row.
    pub(crate) fn push(&mut self, row: usize, text: &str) {
        let code = self.code(row, hash(text.as_bytes()), text);
        self.column.codes.push(code);
    }

    /// The number of the text of a row, which has this hash.
    pub(crate) fn code(&mut self, row: usize, hash: u64, text: &str) -> u32 {
        let number = match self.last {
            Some((last, number)) if last == hash && self.is(number, text) => number,
            _ => self.number(hash, text, row),
        };
        self.last = Some((hash, number));
        number
    }

    /// Whether a number is that of a text with the same hash.
    fn is(&self, number: u32, text: &str) -> bool {
        let known = &self.column.texts[number as usize];
        known.len() == text.len() && (text.len() <= EXACT_BYTES_MAX || known == text)
    }

    /// The number of a text, a new one if it is new.
    fn number(&mut self, hash: u64, text: &str, row: usize) -> u32 {
        if self.hashes.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(number) = self.slots[at].checked_sub(1) {
            if self.hashes[number as usize] == hash && self.is(number, text) {
                return number;
            }
            at = (at + 1) & mask;
        }
        self.hashes.push(hash);
        self.column.texts.push(text.to_owned());
        self.column.first_rows.push(row);
        self.slots[at] = self.hashes.len() as u32;
        self.slots[at] - 1
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(SLOTS_MIN);
        self.slots = vec![0; size];
        for (number, hash) in (1..).zip(&self.hashes) {
            let mut at = *hash as usize & (size - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = number;
        }
    }

    /// With so many rows, whose numbers are still to come.
    pub(crate) fn with_rows(rows: usize) -> Interner {
        let mut interner = Interner::default();
        interner.column.codes = vec![0; rows];
        interner
    }

    /// The numbers of the rows' texts, to be filled in.
    pub(crate) fn codes_mut(&mut self) -> &mut [u32] {
        &mut self.column.codes
    }

    /// Takes the texts of a later part of the file, by whose numbers the codes of `rows` are given.
    pub(crate) fn join(&mut self, later: &Interner, rows: Range<usize>) {
        let texts = later.column.texts.iter().zip(&later.hashes).zip(&later.column.first_rows);
        let numbers: Vec<u32> = texts.map(|((text, hash), row)| self.number(*hash, text, *row)).collect();
        if (0..).zip(&numbers).any(|(theirs, mine)| theirs != *mine) {
            self.column.codes[rows].iter_mut().for_each(|code| *code = numbers[*code as usize]);
        }
    }

    /// The column as far as it was read.
    pub(crate) fn column(&self) -> &TextColumn {
        &self.column
    }
}

/// Places of the smallest table.
const SLOTS_MIN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_join_to_what_one_part_is() {
        let rows = ["a", "b", "a", "", "c", "b"];
        let read = |range: Range<usize>| {
            let mut interner = Interner::default();
            range.for_each(|row| interner.push(row, rows[row]));
            interner
        };
        let mut joined = Interner::with_rows(rows.len());
        for range in [0..2, 2..5, 5..6] {
            let part = read(range.clone());
            joined.codes_mut()[range.clone()].copy_from_slice(part.column().codes());
            joined.join(&part, range);
        }
        let column = joined.column();
        assert_eq!(column, read(0..6).column());
        assert_eq!((0..6).map(|row| column.get(row)).collect::<Vec<_>>(), rows);
        assert_eq!(column.counts(), [2, 2, 1, 1]);
        assert_eq!(column.get(6), "");
    }
}
