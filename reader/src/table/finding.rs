//! Findings of the file itself: one a kind, with a count and the first places.

use carve_solver::finding::{Code, Finding, Place};

/// Lines that a finding names before it only counts.
pub(super) const LINES_NAMED_MAX: usize = 5;

/// Characters of a value that a message shows.
const SHOWN_MAX: usize = 40;

/// A finding and where in the file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedFinding {
    /// What was found.
    pub finding: Finding,
    /// 1-based line (of a workbook: row) on which the record starts; 0: not known.
    pub line: u64,
    /// 1-based number of the cell in its record, which a spreadsheet shows as the column; 0: not known.
    pub column: u64,
}

impl LocatedFinding {
    /// A finding of the file as a whole, at a line and column (0: none).
    pub fn new(code: Code, line: u64, column: u64, message: impl Into<String>) -> LocatedFinding {
        LocatedFinding { finding: Finding::new(code, Place::Book, message), line, column }
    }
}

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", .findings.first().map_or("no finding", |f| &f.finding.message))]
pub struct TableFaults {
    /// At least one error, and whatever else was seen.
    pub findings: Vec<LocatedFinding>,
}

impl TableFaults {
    /// One fault.
    pub(super) fn one(code: Code, line: u64, message: impl Into<String>) -> TableFaults {
        TableFaults { findings: vec![LocatedFinding::new(code, line, 0, message)] }
    }
}

/// `line 4`, `lines 4 and 9`, `lines 1, 2, 3, 4, 5 and 7 more`.
pub(super) fn lines_named(lines: &[u64], count: u64) -> String {
    let shown: Vec<String> = lines.iter().map(u64::to_string).collect();
    let more = count.saturating_sub(shown.len() as u64);
    match (shown.as_slice(), more) {
        ([], _) => format!("{count} lines"),
        ([one], 0) => format!("line {one}"),
        ([before @ .., last], 0) => format!("lines {} and {last}", before.join(", ")),
        (all, more) => format!("lines {} and {more} more", all.join(", ")),
    }
}

/// `1 row`, `5 rows`.
pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The first characters of a value, for messages; what a terminal would act on is left out.
pub(super) fn excerpt(value: &str) -> String {
    let mut shown = value.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let head: String = shown.by_ref().take(SHOWN_MAX).collect();
    if shown.next().is_some() { head + "…" } else { head }
}
