//! What separates the cells of a text file.

use super::split::{Flaw, Splitter, Syntax};

/// Delimiters that are recognised, the usual one first: of two that serve as well it is taken.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Bytes of the text that are tried, as far as its first records need no more.
const TRIED_BYTES: usize = 65_536;

/// Records of the text that are tried.
const TRIED_RECORDS: usize = 200;

/// Cells of a record that are kept while delimiters are tried: their number alone counts.
const TRIED_CELLS: usize = 1;

/// How a text is separated, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delimited {
    pub(super) delimiter: u8,
    /// Whether the first line says so.
    pub(super) separator_line: bool,
    /// Where the records begin, and on which line.
    pub(super) start: usize,
    pub(super) line: u64,
}

/// Finds the delimiter of a text whose records begin at `start`.
pub(super) fn delimited(text: &str, start: usize) -> Delimited {
    if let Some((delimiter, length)) = separator_line(&text[start..]) {
        return Delimited { delimiter, separator_line: true, start: start + length, line: 2 };
    }
    let mut best = (Merit::default(), DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let merit = merit(&widths(text, start, delimiter));
        if merit.is_above(best.0) {
            best = (merit, delimiter);
        }
    }
    Delimited { delimiter: best.1, separator_line: false, start, line: 1 }
}

/// The delimiter that a first line such as `sep=;` names, and the bytes of the line with its end.
fn separator_line(text: &str) -> Option<(u8, usize)> {
    let end = text.find(['\n', '\r'])?;
    let line = &text[..end];
    let bare = line.strip_prefix('"').and_then(|l| l.strip_suffix('"')).unwrap_or(line);
    let (name, value) = bare.split_at_checked(4)?;
    let [delimiter] = *value.trim_end_matches(' ').as_bytes() else { return None };
    let is_fit = (delimiter.is_ascii_punctuation() && delimiter != b'"') || delimiter == b'\t';
    let length = if text[end..].starts_with("\r\n") { end + 2 } else { end + 1 };
    (name.eq_ignore_ascii_case("sep=") && is_fit).then_some((delimiter, length))
}

/// How many cells each of the first records has. None, where a quote is never closed.
fn widths(text: &str, start: usize, delimiter: u8) -> Vec<usize> {
    let syntax = Syntax::text(delimiter);
    let mut splitter = Splitter::new(syntax, TRIED_CELLS);
    let mut found = Vec::new();
    let mut at = start;
    while at < text.len() && found.len() < TRIED_RECORDS && (at < start + TRIED_BYTES || found.len() < 2) {
        let record = splitter.split(text, at);
        if let Some(Flaw::Unclosed(_)) = record.flaw {
            return Vec::new();
        }
        if record.end > at {
            found.push(record.width);
        }
        at = syntax.after(text.as_bytes(), record.end);
    }
    found
}

/// How well a delimiter explains the first records.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Merit {
    /// Whether all records have the same number of cells, and more than one.
    is_even: bool,
    /// Grows with the cells of a record and, more so, with the share of the records that have as many.
    score: f64,
}

impl Merit {
    fn is_above(self, other: Merit) -> bool {
        match (self.is_even, other.is_even) {
            (true, false) => true,
            (false, true) => false,
            _ => self.score > other.score,
        }
    }
}

fn merit(widths: &[usize]) -> Merit {
    let share = |width: usize| {
        let same = widths.iter().filter(|other| **other == width).count();
        same as f64 / widths.len() as f64
    };
    let mut sorted: Vec<usize> = widths.iter().copied().filter(|width| *width > 1).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let scored = sorted.into_iter().map(|width| {
        let share = share(width);
        Merit { is_even: share == 1.0, score: share * share * (width - 1) as f64 }
    });
    scored.fold(Merit::default(), |best, merit| if merit.is_above(best) { merit } else { best })
}

/// What findings call a delimiter.
pub(super) fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        b'|' => "vertical bars".to_owned(),
        other => format!("\"{}\"", char::from(other)),
    }
}
