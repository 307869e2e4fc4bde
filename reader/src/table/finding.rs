//! Findings of the file itself: one a kind, with a count and the first places.

use carve_solver::finding::{Code, Finding, Place};

/// Lines that a finding names before it only counts.
pub(super) const LINES_NAMED_MAX: usize = 5;

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
