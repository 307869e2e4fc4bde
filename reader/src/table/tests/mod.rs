//! Files in; headings, rows and findings out.

use super::*;
use carve_solver::finding::{Code, Severity};

mod text;

mod bad_input;

mod sheets;

mod mutations;

pub(super) mod archive;

/// Opens bytes, in parts of so many.
fn open_by(bytes: &[u8], part_bytes: usize, threads: usize) -> Result<Table, TableFaults> {
    let options = TableOptions { threads, ..TableOptions::default() };
    open::open(Source::bytes("file", bytes), &options, part_bytes)
}

fn open(bytes: impl AsRef<[u8]>) -> Table {
    open_by(bytes.as_ref(), open::PART_BYTES, 1).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Codes with their lines, errors first.
fn codes(findings: &[LocatedFinding]) -> Vec<(Code, u64)> {
    findings.iter().map(|found| (found.finding.code, found.line)).collect()
}

/// Rows as text, cells joined by `|`, with their lines.
fn rows(table: &Table) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    table.for_each_row(|row| {
        assert_eq!((row.index, row.line), (found.len(), table.line(found.len())));
        assert_eq!(row.cells.len(), table.headings().len());
        found.push((row.line, row.cells.iter().collect::<Vec<&str>>().join("|")));
    });
    assert_eq!(found.len(), table.row_count());
    found
}

/// Rows as several threads see them, column by column.
fn rows_of_parts(table: &Table) -> Vec<(u64, String)> {
    let parts = table.chunks(
        table.parts().map(|numbers| (numbers, Vec::<String>::new())).collect(),
        |(numbers, found), batch| {
            assert_eq!(batch.first_row, numbers.start + found.len());
            let before = found.len();
            for column in 0..table.headings().len() {
                for (row, cell) in batch.column(column).enumerate() {
                    if column == 0 {
                        found.push(cell.text().to_owned());
                    } else {
                        found[before + row].push('|');
                        found[before + row].push_str(cell.text());
                    }
                }
            }
        },
    );
    let whole = |(numbers, found): (Range<usize>, Vec<String>)| {
        assert_eq!(numbers.len(), found.len());
        found
    };
    let lines: Vec<u64> = table.lines().collect();
    assert_eq!(lines.len(), table.row_count());
    lines.into_iter().zip(parts.into_iter().flat_map(whole)).collect()
}

/// What is seen of a file: headings, rows, findings and dialect.
type Seen = (Vec<String>, Vec<(u64, String)>, Vec<LocatedFinding>, Dialect);

/// What is seen of a file, which must be the same for all sizes of parts and numbers of threads.
fn seen(result: &Result<Table, TableFaults>) -> Seen {
    match result {
        Ok(table) => {
            let rows = rows(table);
            assert_eq!(rows, rows_of_parts(table));
            (table.headings().to_vec(), rows, table.findings().to_vec(), table.dialect().clone())
        }
        Err(faults) => {
            assert!(faults.findings.iter().any(|f| f.finding.severity == Severity::Error), "{faults:?}");
            (Vec::new(), Vec::new(), faults.findings.clone(), Dialect::default())
        }
    }
}
