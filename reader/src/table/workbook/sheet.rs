//! Reads a sheet cell by cell: the one door to `calamine`, with the values of `cell`.

use super::super::finding::{TableFaults, excerpt};
use super::super::heading::is_blank;
use super::cell::write_value;
use super::merged::Merged;
use super::package::Package;
use super::write::{Written, reference};
use super::{broken, too_large};
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use carve_solver::finding::Code;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Cells of a sheet among which one that holds anything is looked for.
const LOOKED_AT_MAX: usize = 100_000;

/// Rows of a sheet; no spreadsheet has more.
const SHEET_ROWS: u32 = 1_048_576;

/// Columns of a sheet, up to XFD.
const SHEET_COLUMNS: u32 = 16_384;

/// The workbook as `calamine` has it.
type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// A sheet as it was read.
pub(super) struct Sheet {
    pub(super) name: String,
    /// Its place among all sheets.
    pub(super) index: usize,
    /// Other sheets that are shown and hold anything.
    pub(super) others: Vec<String>,
    pub(super) written: Written,
}

/// Reads the sheet of this name, or the first that is shown and holds anything.
pub(super) fn read(bytes: &[u8], package: &Package, sheet: Option<&str>) -> Result<Sheet, TableFaults> {
    // `calamine` takes some of what a workbook says of itself for granted. The bytes are only read, and nothing that a
    // panic leaves half done is used again.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut book = Book::new(Cursor::new(bytes)).map_err(broken)?;
        read_sheet(&mut book, package, sheet)
    }));
    read.unwrap_or_else(|_| Err(broken("its parts contradict each other")))
}

fn read_sheet(book: &mut Book<'_>, package: &Package, asked: Option<&str>) -> Result<Sheet, TableFaults> {
    let all = book.sheets_metadata().to_vec();
    let tables = || all.iter().enumerate().filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet);
    let shown = || tables().filter(|(_, sheet)| sheet.visible == SheetVisible::Visible);
    let holding: Vec<usize> =
        shown().filter(|(_, sheet)| holds_anything(book, &sheet.name)).map(|(at, _)| at).collect();
    let index = match asked {
        Some(asked) => {
            let exact = tables().find(|(_, sheet)| sheet.name == asked);
            let near = || tables().find(|(_, sheet)| sheet.name.trim().to_lowercase() == asked.trim().to_lowercase());
            exact.or_else(near).map(|(at, _)| at)
        }
        None => {
            let first = holding.first().copied();
            first.or_else(|| tables().find(|(_, sheet)| holds_anything(book, &sheet.name)).map(|(at, _)| at))
        }
    };
    let Some(index) = index else {
        let named: Vec<String> = tables().map(|(_, sheet)| format!("\"{}\"", excerpt(&sheet.name))).collect();
        return Err(match asked {
            Some(asked) => {
                let message =
                    format!("there is no sheet \"{}\"; the workbook has {}", excerpt(asked), named.join(", "));
                TableFaults::one(Code::SheetUnknown, 0, message)
            }
            None => {
                let message = "the workbook is empty; give a sheet with a heading and a row for each account";
                TableFaults::one(Code::BookEmpty, 0, message)
            }
        });
    };
    let others = holding.iter().filter(|at| **at != index).map(|at| all[*at].name.clone()).collect();
    let name = all[index].name.clone();
    let written = write(book, &name, package.has_merged_cells(index))?;
    Ok(Sheet { name, index, others, written })
}

fn holds_anything(book: &mut Book<'_>, sheet: &str) -> bool {
    let Ok(mut cells) = book.worksheet_cells_reader(sheet) else { return false };
    for _ in 0..LOOKED_AT_MAX {
        match cells.next_cell() {
            Ok(Some(cell)) if matches!(cell.get_value(), DataRef::Empty) => {}
            Ok(Some(_)) | Err(_) => return true,
            Ok(None) => return false,
        }
    }
    false
}

/// Writes the cells of a sheet.
fn write(book: &mut Book<'_>, sheet: &str, is_merged: bool) -> Result<Written, TableFaults> {
    let mut merged = Merged::default();
    if is_merged {
        merged = Merged::new(book.merge_cells_by_sheet_name(sheet).map_err(broken)?);
    }
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let mut written = Written::default();
    let mut last: Option<(u32, u32)> = None;
    let (mut held, mut held_bytes): (Vec<(u32, String)>, usize) = (Vec::new(), 0);
    loop {
        let cell = match cells.next_cell_with_formula_metadata() {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            Err(error) => return Err(unreadable(&error, last)),
        };
        let (row, column) = cell.pos;
        if row >= SHEET_ROWS || column >= SHEET_COLUMNS {
            return Err(broken("a cell is beyond row 1,048,576 or column XFD"));
        }
        if let Some((last_row, _)) = last.filter(|(last_row, _)| *last_row != row) {
            written.push_row(last_row, &mut held, &mut merged);
            held_bytes = 0;
        }
        if last.is_some_and(|last| last >= cell.pos) {
            return Err(broken(format_args!("{} is not in the order of rows and columns", reference(row, column))));
        }
        last = Some(cell.pos);
        let mut text = String::new();
        write_value(&cell.value, &mut text);
        if cell.formula.is_some() && matches!(cell.value, DataRef::Empty) {
            written.unvalued.add(row, column);
        }
        held_bytes += text.len();
        if !is_blank(&text) {
            held.push((column, text));
        }
        if written.is_too_large(held_bytes) {
            return Err(too_large("has more text"));
        }
    }
    if let Some((row, _)) = last {
        written.push_row(row, &mut held, &mut merged);
    }
    written.finish();
    Ok(written)
}

fn unreadable(error: &XlsxError, last: Option<(u32, u32)>) -> TableFaults {
    let place = match last {
        Some((row, column)) => format!("behind {}", reference(row, column)),
        None => "at the beginning".to_owned(),
    };
    match error {
        XlsxError::CellError(value) => {
            let value = excerpt(value);
            let message = format!("a cell {place} holds {value}, which cannot be read; correct it or write its value");
            TableFaults::one(Code::FileSyntax, last.map_or(0, |(row, _)| u64::from(row) + 1), message)
        }
        error => broken(format_args!("{error}, {place}")),
    }
}
