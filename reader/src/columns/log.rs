//! Findings so far: one a kind and column, with a count and the first places.

use super::excerpt::count;
use super::survey::{Example, Tally};
use crate::table::LocatedFinding;
use carve_solver::finding::{Code, Finding, Place, Severity};

/// Findings of the columns, with what is needed to say where they are.
#[derive(Debug)]
pub(crate) struct Log<'a> {
    heading_line: u64,
    lines: &'a [u32],
    findings: Vec<LocatedFinding>,
}

impl<'a> Log<'a> {
    pub(crate) fn new(heading_line: u64, lines: &'a [u32]) -> Log<'a> {
        Log { heading_line, lines, findings: Vec::new() }
    }

    /// A finding of the file as a whole.
    pub(crate) fn of_file(&mut self, code: Code, message: impl Into<String>) {
        self.findings.push(LocatedFinding::new(code, 0, 0, message));
    }

    /// A finding of the heading as a whole.
    pub(crate) fn of_heading(&mut self, code: Code, message: impl Into<String>) {
        self.findings.push(LocatedFinding::new(code, self.heading_line, 0, message));
    }

    /// A finding of a column as a whole, by its index.
    pub(crate) fn of_column(&mut self, code: Code, column: usize, message: impl Into<String>) {
        self.findings.push(LocatedFinding::new(code, self.heading_line, column as u64 + 1, message));
    }

    /// A finding of cells, at the first of them.
    pub(crate) fn of_cells(&mut self, code: Code, column: usize, field: &str, row: usize, message: impl Into<String>) {
        let finding = Finding::new(code, Place::Account(row, field.to_owned()), message);
        self.findings.push(LocatedFinding { finding, line: self.line(row), column: column as u64 + 1 });
    }

    /// The line of a row.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().map_or(0, u64::from)
    }

    /// `line 5 "x", line 9 "y" and 3 more`.
    pub(crate) fn places(&self, tally: &Tally) -> String {
        let place = |example: &Example| format!("line {} \"{}\"", self.line(example.row), example.text);
        let named: Vec<String> = tally.first.iter().map(place).collect();
        let more = tally.count.saturating_sub(tally.first.len() as u64);
        let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
        format!("{}{more}", named.join(", "))
    }

    /// `lines 5, 9, 12 and 3 more`.
    pub(crate) fn lines(&self, rows: &[usize], total: u64) -> String {
        let named: Vec<String> = rows.iter().map(|&row| self.line(row).to_string()).collect();
        let more = total.saturating_sub(rows.len() as u64);
        let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
        format!("line{} {}{more}", if total == 1 { "" } else { "s" }, named.join(", "))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.findings.iter().any(|found| found.finding.severity == Severity::Error)
    }

    /// Errors first, otherwise in the order in which they stand in the file.
    pub(crate) fn finish(mut self) -> Vec<LocatedFinding> {
        self.findings.sort_by_key(|found| (found.finding.severity, found.line, found.column));
        self.findings
    }
}
