//! Rows of cells as CSV: UTF-8 without a byte order mark, commas, quotes where they are needed and doubled inside,
//! lines ended by LF. The one door to the `csv` crate here.

use crate::text::neutralise;
use std::io::{self, Write};

/// A table that is written row by row.
pub(crate) struct Table<W: Write> {
    csv: csv::Writer<W>,
    /// Whether what a spreadsheet would take for a formula is changed so that none does.
    neutral: bool,
}

impl<W: Write> Table<W> {
    /// For people, who open it in a spreadsheet: text is neutralised, see [`crate::neutralise`].
    pub fn neutral(out: W) -> Table<W> {
        Table { csv: csv::Writer::from_writer(out), neutral: true }
    }

    /// For programs, which take every character as it stands.
    pub fn exact(out: W) -> Table<W> {
        Table { csv: csv::Writer::from_writer(out), neutral: false }
    }

    /// Writes one row.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        for cell in cells {
            match self.neutral {
                true => self.csv.write_field(neutralise(cell.as_ref()).as_bytes())?,
                false => self.csv.write_field(cell.as_ref().as_bytes())?,
            }
        }
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }

    /// Hands over what is still held back.
    pub fn end(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}
