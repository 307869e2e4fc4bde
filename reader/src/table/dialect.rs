//! How a file was read.

use super::finding::LINES_NAMED_MAX;

/// How a file was read. [`Dialect::to_string`] says it in a few words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    /// What separates cells; `None` in a workbook.
    pub delimiter: Option<char>,
    /// How its text is encoded; that of a workbook is always UTF-8.
    pub encoding: Encoding,
    /// Whether the file begins with a byte order mark.
    pub byte_order_mark: bool,
    /// Whether its first line is `sep=`, by which spreadsheets are told the delimiter.
    pub separator_line: bool,
    /// The sheet that was read, in a workbook.
    pub sheet: Option<String>,
    /// Rows above the heading, such as a report's name and filters.
    pub titles: Passed,
    /// Rows among and below the accounts that are none: totals, who made the report and when, copyright.
    pub footers: Passed,
    /// Rows of delimiters and white space alone. Blank lines are not counted.
    pub blanks: Passed,
}

/// Encodings that are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, ASCII included.
    #[default]
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252, which holds ISO-8859-1.
    Windows1252,
}

/// Rows that were passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    /// How many.
    pub count: u64,
    /// The lines of the first ones.
    pub first_lines: Vec<u64>,
}

impl Passed {
    /// Counts one more.
    pub(super) fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first_lines.len() < LINES_NAMED_MAX {
            self.first_lines.push(line);
        }
    }
}
