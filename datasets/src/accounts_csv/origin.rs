//! Where things stand in the file, and the findings so far.

use super::AccountsFile;
use super::column::Column;
use carve_solver::finding::{Finding, Place, Severity};
use carve_solver::input::Book;
use std::collections::HashMap;

/// Findings held of each severity; further ones are counted.
const FINDINGS_HELD_MAX: usize = 10_000;

/// A finding and where in the file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedFinding {
    /// What was found.
    pub finding: Finding,
    /// 1-based line on which the record starts; 0: not known.
    pub line: u64,
    /// 1-based number of the field in its record, which a spreadsheet shows as the column; 0: not known.
    pub column: u64,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{} finding(s), first: {}", .findings.len() as u64 + .omitted, first(.findings))]
pub struct Faults {
    /// Errors in the order of the file, then warnings; at most 10,000 of each, and at least one error.
    pub findings: Vec<LocatedFinding>,
    /// How many more there are.
    pub omitted: u64,
    /// What could be read all the same, bad values as 0 or absent, so that the rest of its faults can be named
    /// too; `None` when there are no rows to speak of.
    pub rest: Option<Box<(Book, Origin)>>,
}

fn first(findings: &[LocatedFinding]) -> &str {
    findings.first().map_or("none", |f| &f.finding.message)
}

/// Where each account and field of a book stands in its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    heading_line: u64,
    lines: Vec<u64>,
    columns: HashMap<String, u64>,
}

impl Origin {
    pub(super) fn new(heading_line: u64, lines: Vec<u64>, columns: &[Column]) -> Origin {
        let numbered = columns.iter().zip(1..);
        let columns = numbered.map(|(column, number)| (column.field().to_owned(), number)).collect();
        Origin { heading_line, lines, columns }
    }

    /// Line and column of a place, as in [`LocatedFinding`]: 0 where the file has none.
    pub fn locate(&self, place: &Place) -> (u64, u64) {
        match place {
            Place::Account(account, field) => {
                let line = self.lines.get(*account).copied().unwrap_or(0);
                (line, self.column(field))
            }
            Place::Book | Place::Plan(_) => (0, 0),
        }
    }

    /// Line and column of a field's heading; 0 where the file has none.
    pub fn locate_heading(&self, field: &str) -> (u64, u64) {
        match self.column(field) {
            0 => (0, 0),
            column => (self.heading_line, column),
        }
    }

    pub(super) fn account_count(&self) -> usize {
        self.lines.len()
    }

    /// By the field's name, with or without the group it has in the request (`measures.score`).
    fn column(&self, field: &str) -> u64 {
        let bare = || field.split_once('.').and_then(|(_, name)| self.columns.get(name));
        let place = || (field == "place").then(|| self.columns.get("place.latitude")).flatten();
        let degree = || self.columns.get(&format!("place.{field}"));
        self.columns.get(field).or_else(bare).or_else(place).or_else(degree).copied().unwrap_or(0)
    }
}

/// Findings so far: errors and warnings apart, so that many of one cannot crowd out the other.
#[derive(Debug, Default)]
pub(super) struct Log {
    errors: Vec<LocatedFinding>,
    errors_omitted: u64,
    warnings: Vec<LocatedFinding>,
    warnings_omitted: u64,
}

impl Log {
    pub(super) fn add(&mut self, finding: Finding, line: u64, column: u64) {
        let (held, omitted) = match finding.severity {
            Severity::Error => (&mut self.errors, &mut self.errors_omitted),
            Severity::Warning | Severity::Info => (&mut self.warnings, &mut self.warnings_omitted),
        };
        if held.len() < FINDINGS_HELD_MAX {
            held.push(LocatedFinding { finding, line, column });
        } else {
            *omitted += 1;
        }
    }

    pub(super) fn into_faults(mut self) -> Faults {
        let omitted = self.errors_omitted + self.warnings_omitted;
        self.errors.append(&mut self.warnings);
        Faults { findings: self.errors, omitted, rest: None }
    }

    pub(super) fn into_result(self, book: Book, origin: Origin) -> Result<AccountsFile, Faults> {
        if !self.errors.is_empty() {
            return Err(Faults { rest: Some(Box::new((book, origin))), ..self.into_faults() });
        }
        let Log { warnings, warnings_omitted, .. } = self;
        Ok(AccountsFile { book, origin, warnings, warnings_omitted })
    }
}
