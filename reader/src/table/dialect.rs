//! How a file was read.

use super::delimiter::delimiter_name;
use super::finding::{LINES_NAMED_MAX, counted, lines_named};
use std::fmt;

/// How a file was read. Written out, it says so in a few words.
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
    /// Rows among the accounts that repeat the headings, as files have them that were put together from several.
    pub headings: Passed,
    /// Rows below the accounts that are none: who made the report and when, copyright.
    pub footers: Passed,
    /// Rows among and below the accounts that sum them up.
    pub totals: Passed,
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

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
            Encoding::Windows1252 => "Windows-1252",
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.sheet, self.delimiter) {
            (Some(sheet), _) => write!(f, "workbook, sheet \"{sheet}\"")?,
            (None, Some(delimiter)) => {
                write!(f, "{}, {}", delimiter_name(u8::try_from(delimiter).unwrap_or(b'?')), self.encoding)?;
            }
            (None, None) => write!(f, "{}", self.encoding)?,
        }
        let passed = [
            ("title", &self.titles),
            ("heading", &self.headings),
            ("footer", &self.footers),
            ("total", &self.totals),
            ("blank", &self.blanks),
        ];
        for (what, passed) in passed.into_iter().filter(|(_, passed)| passed.count > 0) {
            write!(f, ", {}", counted(passed.count, &format!("{what} row")))?;
        }
        Ok(())
    }
}

/// Rows that were passed over, or that something was found on.
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

    /// Counts those of a later part of the file, whose lines are told from `line` on.
    pub(super) fn append(&mut self, later: &Passed, line: u64) {
        self.count += later.count;
        let room = LINES_NAMED_MAX - self.first_lines.len();
        self.first_lines.extend(later.first_lines.iter().take(room).map(|l| line + l));
    }

    /// The first line; 0 without any.
    pub(super) fn first_line(&self) -> u64 {
        self.first_lines.first().copied().unwrap_or(0)
    }

    /// The rows and their lines in words: `2 rows (lines 4 and 9)`.
    pub(super) fn rows(&self, what: &str) -> String {
        format!("{}{what} ({})", counted(self.count, "row"), lines_named(&self.first_lines, self.count))
    }
}
