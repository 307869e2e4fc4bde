//! Finds where each row of a table begins, by several threads, and which rows have to be looked at twice.
//!
//! The text is cut behind line ends near even distances. Whether such a line end stands inside a quoted cell is not
//! known where a part begins, so each part is scanned as if it did not, and says where the record ends that crosses its
//! border. Where that is not where the next part began, the next part is scanned anew from there.

use super::block::Block;
use super::dialect::Passed;
use super::heading::{bare, is_blank};
use super::in_parallel;
use super::judge::speaks_of_no_account;
use super::limits::{CELL_BYTES_MAX, COLUMNS_MAX};
use super::plain::plain_end;
use super::split::{Flaw, Record, Splitter, Syntax, line_ends};
use memchr::memchr_iter;
use std::ops::Range;

/// Bytes of a part from which the number of its rows is guessed, for the room that they take.
const SEEN_BYTES: usize = 4_096;

/// What is scanned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Below<'a> {
    pub(super) text: &'a str,
    pub(super) syntax: Syntax,
    /// Where the first record below the heading begins, on which line, and how many records there are before it.
    pub(super) start: usize,
    pub(super) line: u64,
    pub(super) records: u64,
    /// Cells of the heading up to the last one that has a name, and in all.
    pub(super) named: usize,
    pub(super) written: usize,
    /// The first heading that has a name.
    pub(super) first: &'a str,
}

impl Below<'_> {
    /// Whether a record is delimiters, quotes and white space alone.
    fn is_blank(self, start: usize, end: usize) -> bool {
        let is_blank = |b: &u8| *b == self.syntax.delimiter || Some(*b) == self.syntax.quote || b.is_ascii_whitespace();
        self.text.as_bytes()[start..end].iter().all(is_blank)
    }

    /// About how many rows a range has, seen from its first ones.
    fn rows_near(self, range: &Range<usize>) -> usize {
        let bytes = &self.text.as_bytes()[range.clone()];
        let seen = &bytes[..bytes.len().min(SEEN_BYTES)];
        let ends = memchr_iter(self.syntax.ends[0], seen).count();
        bytes.len() / seen.len().max(1) * (ends + 1)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) blocks: Vec<Block>,
    /// Rows to be looked at twice, in the order of the file.
    pub(super) odd: Vec<Odd>,
    /// Records in all, from the beginning of the file.
    pub(super) records: u64,
    /// Cells of the widest row up to the last that holds anything, as far as the heading goes.
    pub(super) extent: usize,
    /// Rows of delimiters and white space alone.
    pub(super) blanks: Passed,
    /// Rows with text behind a closing quote.
    pub(super) misplaced: Passed,
    /// The same where the quoted cell goes over several lines: a quote may be missing.
    pub(super) swallowed: Passed,
    /// Rows with a cell above the limit.
    pub(super) long_cells: Passed,
    /// The line of a quote that is not closed; nothing is read from its row on.
    pub(super) unclosed: Option<u64>,
}

/// A row that is not like most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Odd {
    /// Its number among the rows.
    pub(super) row: usize,
    /// Its number among the records of the file, from 0.
    pub(super) record: u64,
    pub(super) width: usize,
    /// Whether it has fewer cells than headings with names, or holds something where there is no heading.
    pub(super) is_of_other_width: bool,
    /// Whether it has one cell that holds anything.
    pub(super) is_sparse: bool,
    /// Whether its first words may be those of a total or a footer, or are a heading.
    pub(super) speaks: bool,
    /// Whether a blank line or row stands above it.
    pub(super) after_blank: bool,
}

/// A part of the text, as scanned from where it begins: rows, records and lines count from there.
#[derive(Debug)]
struct Part {
    range: Range<usize>,
    /// Where the first record behind it begins.
    next: usize,
    lines: u64,
    /// Whether its last record is blank.
    ends_blank: bool,
    found: Scanned,
}

/// Scans all records below the heading by parts of about `part_bytes`.
pub(super) fn scan(below: Below<'_>, part_bytes: usize, threads: usize) -> Scanned {
    let ranges = ranges(below, part_bytes);
    let parts = in_parallel(&ranges, threads, |range| part(below, range.clone()));
    let mut scanned = Scanned { records: below.records, ..Scanned::default() };
    let (mut next, mut line, mut rows, mut after_blank) = (below.start, below.line, 0, false);
    for guessed in parts {
        let mut part =
            if guessed.range.start == next { guessed } else { part(below, next..guessed.range.end.max(next)) };
        if let Some(first) = part.found.odd.first_mut().filter(|odd| odd.record == 0) {
            first.after_blank = after_blank;
        }
        if !part.range.is_empty() {
            after_blank = part.ends_blank;
        }
        rows = scanned.append(part.found, line, rows);
        (next, line) = (part.next, line + part.lines);
        if scanned.unclosed.is_some() {
            break;
        }
    }
    scanned
}

/// Parts that end behind line ends.
fn ranges(below: Below<'_>, part_bytes: usize) -> Vec<Range<usize>> {
    let bytes = below.text.as_bytes();
    let mut ranges = Vec::new();
    let mut start = below.start;
    while start < bytes.len() {
        let near = start.saturating_add(part_bytes).min(bytes.len());
        let end = bytes[near..].iter().position(|byte| below.syntax.is_end(*byte));
        let end = end.map_or(bytes.len(), |distance| below.syntax.after(bytes, near + distance));
        ranges.push(start..end);
        start = end;
    }
    ranges
}

/// Scans the records that begin in a range.
fn part(below: Below<'_>, range: Range<usize>) -> Part {
    let bytes = below.text.as_bytes();
    let mut splitter = Splitter::new(below.syntax, COLUMNS_MAX);
    let block = Block { start: range.start, rows: Vec::with_capacity(below.rows_near(&range)), ..Block::default() };
    let mut found = Scanned { blocks: vec![block], ..Scanned::default() };
    let (mut at, mut line, mut after_blank) = (range.start, 0, false);
    while at < range.end {
        if let Some(end) = plain_end(below, at) {
            found.push(at, line);
            (after_blank, line, at) = (false, line + 1, below.syntax.after(bytes, end));
            found.records += 1;
            continue;
        }
        let record = splitter.split(below.text, at);
        if let Some(Flaw::Unclosed(open)) = record.flaw {
            found.unclosed = Some(line + line_ends(&bytes[at..open]));
            return Part { next: bytes.len(), range, lines: line, ends_blank: false, found };
        }
        if record.end > at {
            after_blank = found.take(below, &splitter, record, at, line, after_blank);
        } else {
            after_blank = true;
        }
        found.records += 1;
        line += record.breaks + 1;
        at = below.syntax.after(bytes, record.end);
    }
    Part { next: at, range, lines: line, ends_blank: after_blank, found }
}

impl Scanned {
    /// Takes a record that begins at `at`; gives whether it is blank.
    fn take(
        &mut self,
        below: Below<'_>,
        splitter: &Splitter,
        record: Record,
        at: usize,
        line: u64,
        after_blank: bool,
    ) -> bool {
        let cells = splitter.cells(below.text);
        let mut filled = cells.iter().filter(|cell| !is_blank(cell));
        let first = match filled.next() {
            Some(first) => first,
            // Of very many cells the last ones are not kept.
            None if record.width > cells.len() && !below.is_blank(at, record.end) => "",
            None => {
                self.blanks.add(line);
                return true;
            }
        };
        let is_sparse = below.named > 1 && filled.next().is_none();
        match record.flaw {
            Some(Flaw::Trailing(_, 0)) => self.misplaced.add(line),
            Some(Flaw::Trailing(..)) => self.swallowed.add(line),
            _ => {}
        }
        if record.end - at > CELL_BYTES_MAX && cells.iter().any(|cell| cell.len() > CELL_BYTES_MAX) {
            self.long_cells.add(line);
        }
        let mut width = record.width;
        if width > below.named {
            let beyond = (below.named..cells.len()).rev().find(|column| !is_blank(cells.get(*column)));
            width = beyond.map_or(below.named, |column| column + 1);
            if record.width > cells.len() || width > below.written {
                width = record.width;
            } else {
                self.extent = self.extent.max(width);
            }
        }
        let is_of_other_width = width < below.named || width > below.written;
        let speaks = speaks_of_no_account(first) || bare(first) == below.first;
        if is_of_other_width || is_sparse || speaks {
            let row = self.blocks[0].rows.len();
            self.odd.push(Odd { row, record: self.records, width, is_of_other_width, is_sparse, speaks, after_blank });
        }
        self.push(at, line);
        false
    }

    /// Takes the row that begins at `at` to those of the only block.
    fn push(&mut self, at: usize, line: u64) {
        let block = &mut self.blocks[0];
        // A part is far shorter than 4 GiB, but for the one record that may cross its end.
        block.rows.push([(at - block.start) as u32, line as u32]);
    }

    /// Appends what a later part found, which begins on `line` and with the row of number `rows`; gives the number of
    /// the row behind it.
    fn append(&mut self, later: Scanned, line: u64, mut rows: usize) -> usize {
        let moved = |odd: Odd| Odd { row: rows + odd.row, record: self.records + odd.record, ..odd };
        self.odd.extend(later.odd.into_iter().map(moved));
        self.records += later.records;
        self.extent = self.extent.max(later.extent);
        self.blanks.append(&later.blanks, line);
        self.misplaced.append(&later.misplaced, line);
        self.swallowed.append(&later.swallowed, line);
        self.long_cells.append(&later.long_cells, line);
        self.unclosed = later.unclosed.map(|l| line + l);
        for mut block in later.blocks {
            (block.first_row, block.first_line) = (rows, line);
            rows += block.row_count();
            self.blocks.push(block);
        }
        rows
    }
}
