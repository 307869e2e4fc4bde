//! Where things stand in the file.

use carve_solver::finding::Place;
use std::collections::HashMap;

/// Where each account and field of a book stands in its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    heading_line: u64,
    lines: Vec<u32>,
    columns: HashMap<String, u64>,
}

impl Origin {
    pub(crate) fn new(heading_line: u64, lines: Vec<u32>, columns: HashMap<String, u64>) -> Origin {
        Origin { heading_line, lines, columns }
    }

    /// Takes out the accounts of some rows.
    pub(crate) fn leave_out(&mut self, gone: &[bool]) {
        super::leave_out::keep(&mut self.lines, gone);
    }

    /// Line and column of a place, from 1: 0 where the file has none.
    pub fn locate(&self, place: &Place) -> (u64, u64) {
        match place {
            Place::Account(account, field) => {
                let line = self.lines.get(*account).copied().map_or(0, u64::from);
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

    /// By the field's name, with or without the group it has in the request (`measures.score`).
    fn column(&self, field: &str) -> u64 {
        let bare = || field.split_once('.').and_then(|(_, name)| self.columns.get(name));
        let place = || (field == "place").then(|| self.columns.get("place.latitude")).flatten();
        let degree = || self.columns.get(&format!("place.{field}"));
        self.columns.get(field).or_else(bare).or_else(place).or_else(degree).copied().unwrap_or(0)
    }
}
