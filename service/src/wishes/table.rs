//! The assignments of an earlier answer, as carve wrote them.

use crate::files;
use crate::findings::Located;
use crate::plan_file::Spot;
use carve_solver::Code;
use std::path::Path;

/// Bytes of a table, at most: the assignments of the largest book have room.
const BYTES_MAX: u64 = 1 << 30;

/// A file with one heading row.
pub struct Table {
    name: String,
    headings: Vec<String>,
    bytes: Vec<u8>,
    delimiter: u8,
}

impl Table {
    /// Reads the file and its headings.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, is no UTF-8, or is empty.
    pub fn open(path: &Path) -> Result<Table, Located> {
        let name = path.display().to_string();
        let spot = Spot { source: name.clone(), ..Spot::default() };
        if std::fs::metadata(path).is_ok_and(|about| about.len() > BYTES_MAX) {
            return Err(spot.finding(Code::FileSyntax, format!("the file has more than {BYTES_MAX} bytes")));
        }
        let bytes = files::read_bytes(path).map_err(|error| files::unreadable(&name, &error))?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(spot.finding(Code::InvalidUtf8, "the text is not UTF-8; save the file as CSV UTF-8"));
        };
        let first = text.lines().next().unwrap_or_default();
        let count = |delimiter: u8| first.bytes().filter(|b| *b == delimiter).count();
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
        let mut table = Table { name, headings: Vec::new(), bytes, delimiter };
        let headings = table.reader().headers().cloned().map_err(|error| table.refused(&error))?;
        table.headings = headings.iter().map(|h| h.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        if table.headings.iter().all(String::is_empty) {
            return Err(spot.finding(Code::FileSyntax, "the file is empty; its first row must be the headings"));
        }
        Ok(table)
    }

    /// What the columns are called.
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// Goes over the rows that are not blank: line and cells.
    ///
    /// # Errors
    /// The first row that has more or fewer cells than the heading.
    pub fn for_each_row(&self, mut row: impl FnMut(u64, &csv::StringRecord)) -> Result<(), Located> {
        let mut record = csv::StringRecord::new();
        let mut reader = self.reader();
        while reader.read_record(&mut record).map_err(|error| self.refused(&error))? {
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                row(record.position().map_or(0, csv::Position::line), &record);
            }
        }
        Ok(())
    }

    /// A place in the file.
    pub fn spot(&self, line: u64, column: usize) -> Spot {
        Spot { source: self.name.clone(), line, column: column as u64 + 1 }
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().delimiter(self.delimiter).from_reader(&self.bytes[..])
    }

    fn refused(&self, error: &csv::Error) -> Located {
        let line = error.position().map_or(0, csv::Position::line);
        let spot = Spot { source: self.name.clone(), line, column: 0 };
        match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                let message = format!("the row has {len} cells and the heading {expected_len}");
                spot.finding(Code::RowLength, message)
            }
            _ => spot.finding(Code::FileSyntax, "the file cannot be read as a table; save it as CSV UTF-8"),
        }
    }
}
