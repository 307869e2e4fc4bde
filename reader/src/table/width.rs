//! Rows that have more or fewer cells than the heading.

use super::block;
use super::dialect::Passed;
use super::finding::{LINES_NAMED_MAX, LocatedFinding, counted};
use super::scan::{Odd, Scanned};
use carve_solver::finding::Code;

/// Rows that Excel writes at a time: where the last cells of all of them are empty, it leaves out their delimiters.
const EXCEL_ROWS: u64 = 16;

/// Tells of rows of another width than `width`: an error, since their cells may stand in wrong columns, but for those
/// that Excel shortens.
pub(super) fn widths(scanned: &Scanned, width: usize) -> Vec<LocatedFinding> {
    let other: Vec<&Odd> = scanned.odd.iter().filter(|odd| odd.is_of_other_width).collect();
    let (mut shortened, mut wrong) = (Passed::default(), Passed::default());
    let mut shown = Vec::new();
    for block in other.chunk_by(|a, b| a.record / EXCEL_ROWS == b.record / EXCEL_ROWS) {
        let is_shortened = is_shortened(block, scanned.records, width);
        for odd in block {
            let line = block::line(&scanned.blocks, odd.row);
            if is_shortened {
                shortened.add(line);
                continue;
            }
            wrong.add(line);
            if shown.len() < LINES_NAMED_MAX {
                shown.push(format!("line {line} has {}", odd.width));
            }
        }
    }
    let mut findings = Vec::new();
    if wrong.count > 0 {
        let more = wrong.count - shown.len() as u64;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!(
            "{} without the heading's {}: {}{more}; quote cells that hold delimiters or line breaks, and give every row every cell",
            counted(wrong.count, "row"),
            counted(width as u64, "cell"),
            shown.join(", ")
        );
        findings.push(LocatedFinding::new(Code::RowLength, wrong.first_line(), 0, message));
    }
    if shortened.count > 0 {
        let message = format!(
            "read the last cells of {} as empty: Excel leaves out their delimiters where {EXCEL_ROWS} rows have nothing there",
            shortened.rows("")
        );
        findings.push(LocatedFinding::new(Code::RowsShortened, shortened.first_line(), 0, message));
    }
    findings
}

/// Whether these are all the records of one of Excel's blocks, cut alike.
fn is_shortened(rows: &[&Odd], records: u64, width: usize) -> bool {
    let [first, rest @ ..] = rows else { return false };
    let start = first.record / EXCEL_ROWS * EXCEL_ROWS;
    let whole = (start + EXCEL_ROWS).min(records) - start;
    first.width < width && rows.len() as u64 == whole && rest.iter().all(|odd| odd.width == first.width)
}
