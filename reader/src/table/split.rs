//! Records into cells: RFC 4180, and what spreadsheets make of files that do not keep to it.
//!
//! A quote opens a cell only where the cell begins; elsewhere it is text. Inside, a doubled quote is one quote. What
//! follows the closing quote up to the next delimiter belongs to the cell as it stands.

use super::limits::CELL_BYTES_MAX;
use super::row::{Cells, Span};
use memchr::memchr_iter;

/// Bytes that are looked at together for delimiters and ends.
const WINDOW: usize = 32;
/// What marks a byte among them: its highest bit.
const MARK: u8 = 0x80;

/// What the bytes of a text mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    /// Separates cells.
    pub(super) delimiter: u8,
    /// Encloses cells; `None`: nothing does.
    pub(super) quote: Option<u8>,
    /// End a record, each by itself; the two in a row, first the second, end one.
    pub(super) ends: [u8; 2],
}

impl Syntax {
    /// Of a workbook that was written out as text, whose cells hold neither of the two.
    pub(super) const WORKBOOK: Syntax = Syntax { delimiter: b'\x1F', quote: None, ends: *b"\x1E\x1E" };

    /// Of a text file.
    pub(super) fn text(delimiter: u8) -> Syntax {
        Syntax { delimiter, quote: Some(b'"'), ends: *b"\n\r" }
    }

    /// Where the next record begins, behind the end of one that stands at `end`.
    pub(super) fn after(self, bytes: &[u8], end: usize) -> usize {
        let is_pair = self.ends[0] != self.ends[1] && bytes.get(end..end + 2) == Some(&[self.ends[1], self.ends[0]]);
        (end + if is_pair { 2 } else { 1 }).min(bytes.len())
    }

    pub(super) fn is_end(self, byte: u8) -> bool {
        byte == self.ends[0] || byte == self.ends[1]
    }
}

/// Splits one record after the other into the same memory.
#[derive(Debug)]
pub(super) struct Splitter {
    syntax: Syntax,
    /// Delimiter, quote and ends, each in all eight bytes of a word.
    words: [u64; 4],
    /// Cells that are kept of a record; further ones are only counted.
    cells_max: usize,
    spans: Vec<Span>,
    /// How many cells there are at most when the record at hand is split.
    spans_max: usize,
    unescaped: String,
}

/// A record as it was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// Where its end stands: the byte that ends it, or the end of the text.
    pub(super) end: usize,
    /// Cells that it has.
    pub(super) width: usize,
    /// Line ends inside its cells.
    pub(super) breaks: u64,
    /// The first thing about its quotes that is not as it should be.
    pub(super) flaw: Option<Flaw>,
}

/// What is wrong about a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A quoted cell that began here is not closed, within the bytes that a cell may have.
    Unclosed(usize),
    /// A quoted cell that began here holds text behind its closing quote, and so many line ends before it.
    Trailing(usize, u64),
}

impl Splitter {
    /// Keeps up to `cells_max` cells of a record.
    pub(super) fn new(syntax: Syntax, cells_max: usize) -> Splitter {
        let word = |byte: u8| u64::from_le_bytes([byte; 8]);
        let quote = syntax.quote.unwrap_or(syntax.delimiter);
        let words = [syntax.delimiter, quote, syntax.ends[0], syntax.ends[1]].map(word);
        Splitter { syntax, words, cells_max, spans: Vec::new(), spans_max: 0, unescaped: String::new() }
    }

    /// Splits the record that begins at `start`.
    pub(super) fn split(&mut self, text: &str, start: usize) -> Record {
        self.clear();
        self.add(text, start)
    }

    /// Forgets the cells of all records.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.unescaped.clear();
    }

    /// Splits the record that begins at `start`, and keeps its cells behind those that there are.
    fn add(&mut self, text: &str, start: usize) -> Record {
        self.spans_max = self.spans.len() + self.cells_max;
        let bytes = text.as_bytes();
        let mut record = Record { end: start, width: 0, breaks: 0, flaw: None };
        let mut at = start;
        loop {
            let quoted = self.syntax.quote.filter(|quote| bytes.get(at) == Some(quote));
            let Some(quote) = quoted else {
                match self.plain(bytes, at, &mut record) {
                    Some(quoted) => at = quoted,
                    None => return record,
                }
                continue;
            };
            let (span, end) = self.quoted(text, at, quote, &mut record);
            self.keep(span, &mut record);
            if bytes.get(end) != Some(&self.syntax.delimiter) {
                record.end = end;
                return record;
            }
            at = end + 1;
        }
    }

    fn keep(&mut self, span: Span, record: &mut Record) {
        record.width += 1;
        if self.spans.len() < self.spans_max {
            self.spans.push(span);
        }
    }

    /// Splits cells without quotes, the first at `start`: up to a quoted cell, which begins at what is given, or up to the
    /// end of the record.
    fn plain(&mut self, bytes: &[u8], start: usize, record: &mut Record) -> Option<usize> {
        let (mut cell, mut at) = (start, start);
        while let Some((window, _)) = bytes.get(at..).and_then(|rest| rest.split_first_chunk::<WINDOW>()) {
            let mut hits = self.hits(window);
            while hits != 0 {
                let hit = at + hits.trailing_zeros() as usize;
                hits &= hits - 1;
                self.keep(Span::Text(cell..hit), record);
                if bytes[hit] != self.syntax.delimiter {
                    record.end = hit;
                    return None;
                }
                cell = hit + 1;
                if self.syntax.quote.is_some() && bytes.get(cell) == self.syntax.quote.as_ref() {
                    return Some(cell);
                }
            }
            at += WINDOW;
        }
        let end = self.plain_end(bytes, at.max(cell));
        self.keep(Span::Text(cell..end), record);
        if bytes.get(end) == Some(&self.syntax.delimiter) {
            return Some(end + 1);
        }
        record.end = end;
        None
    }

    /// A bit for each delimiter and end among some bytes, that of the first the lowest.
    fn hits(&self, window: &[u8; WINDOW]) -> u32 {
        let Syntax { delimiter, ends: [end, other_end], .. } = self.syntax;
        // All bytes at once: no branch, and no step that needs the one before.
        let marks = window.map(|byte| if byte == delimiter || byte == end || byte == other_end { MARK } else { 0 });
        let (words, _) = marks.as_chunks::<8>();
        words.iter().rfold(0, |hits, eight| hits << 8 | gathered(u64::from_le_bytes(*eight)))
    }

    /// The cells of the records that were split, as many as they have and as are kept.
    pub(super) fn cells<'a>(&'a self, text: &'a str) -> Cells<'a> {
        Cells { text, unescaped: &self.unescaped, spans: &self.spans }
    }

    /// The cells of the record that begins at `start`, with empty ones in place of those that it lacks.
    pub(super) fn padded<'a>(&'a mut self, text: &'a str, start: usize) -> Cells<'a> {
        self.clear();
        self.add_padded(text, start);
        self.cells(text)
    }

    /// Splits the record that begins at `start`, and keeps its cells behind those that there are, with empty ones in place
    /// of those that it lacks.
    pub(super) fn add_padded(&mut self, text: &str, start: usize) {
        self.add(text, start);
        self.spans.resize(self.spans_max, Span::Text(0..0));
    }

    /// The cell whose opening quote stands at `open`, and where the delimiter or end behind it stands.
    fn quoted(&mut self, text: &str, open: usize, quote: u8, record: &mut Record) -> (Span, usize) {
        let bytes = text.as_bytes();
        let last = bytes.len().min(open + CELL_BYTES_MAX);
        let written = self.unescaped.len();
        let (mut kept, mut at, mut has_breaks) = (open + 1, open + 1, false);
        let close = loop {
            let Some(close) = self.next_quote(&bytes[..last], at, &mut has_breaks) else {
                record.flaw = Some(Flaw::Unclosed(open));
                return (Span::Text(bytes.len()..bytes.len()), bytes.len());
            };
            if bytes.get(close + 1) != Some(&quote) {
                break close;
            }
            self.unescaped.push_str(&text[kept..=close]);
            (kept, at) = (close + 2, close + 2);
        };
        let breaks = if has_breaks { line_ends(&bytes[open..close]) } else { 0 };
        record.breaks += breaks;
        let is_plain = |byte: &u8| *byte != self.syntax.delimiter && !self.syntax.is_end(*byte);
        let end = if bytes.get(close + 1).is_some_and(is_plain) { self.plain_end(bytes, close + 1) } else { close + 1 };
        let trailing = text[close + 1..end].trim_end();
        if trailing.is_empty() && kept == open + 1 {
            return (Span::Text(kept..close), end);
        }
        self.unescaped.push_str(&text[kept..close]);
        if !trailing.is_empty() {
            record.flaw.get_or_insert(Flaw::Trailing(open, breaks));
            self.unescaped.push_str(&text[close + 1..end]);
        }
        (Span::Unescaped(written..self.unescaped.len()), end)
    }

    /// Where the first quote from `at` on stands. Whether there may be line ends before it is told as well.
    fn next_quote(&self, bytes: &[u8], mut at: usize, has_breaks: &mut bool) -> Option<usize> {
        let [_, quote, ends @ ..] = self.words;
        while let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
            let word = u64::from_le_bytes(eight);
            *has_breaks |= ends.iter().any(|end| zero_bytes(word ^ end) != 0);
            let hits = zero_bytes(word ^ quote);
            if hits != 0 {
                return Some(at + hits.trailing_zeros() as usize / 8);
            }
            at += 8;
        }
        *has_breaks = true;
        Some(at + bytes.get(at..)?.iter().position(|byte| Some(*byte) == self.syntax.quote)?)
    }

    /// Where the first delimiter or record end from `at` on stands; the text's end if there is none.
    fn plain_end(&self, bytes: &[u8], mut at: usize) -> usize {
        while let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
            let word = u64::from_le_bytes(eight);
            let [delimiter, _, end, other_end] = self.words;
            let hits = zero_bytes(word ^ delimiter) | zero_bytes(word ^ end) | zero_bytes(word ^ other_end);
            if hits != 0 {
                return at + hits.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        let is_plain = |byte: &&u8| **byte != self.syntax.delimiter && !self.syntax.is_end(**byte);
        at + bytes[at..].iter().take_while(is_plain).count()
    }
}

/// The highest bit of each byte that is 0; of bytes above the lowest such byte it may be set too.
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}

/// The highest bits of the bytes side by side, that of the lowest byte first; all other bits are 0.
fn gathered(bits: u64) -> u32 {
    // Each of the eight bits is moved to its place in the highest byte, and no two sums of others meet there.
    ((bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

/// LF, CRLF and CR each end a line.
pub(super) fn line_ends(bytes: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', bytes).count();
    let returns = memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count();
    (feeds + returns) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bit_of_each_byte_is_gathered() {
        for chosen in 0..=u8::MAX {
            let bits = (0..8).filter(|bit| chosen >> bit & 1 == 1).fold(0, |bits, bit| bits | 0x80_u64 << (8 * bit));
            assert_eq!(gathered(bits), u32::from(chosen));
        }
    }
}
