//! One sheet of a workbook, row by row. With `mod.rs` the one door to `rust_xlsxwriter`.

use crate::text::is_formula_like;
use carve_solver::Amount;
use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};
use std::borrow::Cow;

/// Rows of a sheet that Excel shows, the heading among them.
const ROWS_MAX: u32 = 1_048_576;
/// UTF-16 units of a cell's text that Excel takes.
const TEXT_UNITS_MAX: usize = 32_767;
/// Whole numbers up to this one are shown to their last digit: Excel keeps 15 of them.
const NUMBER_MAX: u64 = 999_999_999_999_999;
/// Width of a column, in characters of its text.
const WIDTHS: std::ops::RangeInclusive<f64> = 8.0..=60.0;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// Text, never a formula.
    Text(Cow<'a, str>),
    /// A whole number of 10^-decimals, shown with its decimals.
    Amount(i64, u8),
    /// A number with two decimals; one that is not finite leaves the cell empty.
    Number(f64),
    /// A part of a whole, shown in percent.
    Share(f64),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Cell<'a> {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Text(text.into())
    }
}

/// A column: its heading and how wide it is.
pub(super) struct Column<'a> {
    pub heading: Cow<'a, str>,
    pub width: f64,
}

impl<'a> Column<'a> {
    /// As wide as its heading, and at least `width` characters.
    pub fn new(heading: impl Into<Cow<'a, str>>, width: f64) -> Column<'a> {
        let heading = heading.into();
        // Room for the button of the filter.
        let width = width.max(heading.chars().count() as f64 + 3.0).clamp(*WIDTHS.start(), *WIDTHS.end());
        Column { heading, width }
    }
}

/// What did not fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// Rows that were left out.
    pub rows: u64,
    /// Texts that lost their end.
    pub texts: u64,
}

/// The looks of cells, shared by all sheets.
pub(super) struct Looks {
    heading: Format,
    /// By decimals, 0 to 6.
    amounts: Vec<Format>,
    number: Format,
    share: Format,
    /// Of text that would be a formula if somebody typed it: it stays text when the cell is edited.
    quoted: Format,
}

impl Looks {
    pub fn new() -> Looks {
        let amount = |decimals: usize| match decimals {
            0 => Format::new().set_num_format("#,##0"),
            some => Format::new().set_num_format(format!("#,##0.{}", "0".repeat(some))),
        };
        Looks {
            heading: Format::new().set_bold().set_align(FormatAlign::Top).set_text_wrap(),
            amounts: (0..=DECIMALS_MAX).map(|decimals| amount(decimals.into())).collect(),
            number: Format::new().set_num_format("#,##0.00"),
            share: Format::new().set_num_format("+0.0%;-0.0%;0.0%"),
            quoted: Format::new().set_quote_prefix(),
        }
    }
}

/// Decimals of an amount, at most.
const DECIMALS_MAX: u8 = 6;

/// Fills a sheet: headings that stay in sight and filter what stands below, then the rows that fit.
pub(super) fn fill<'a>(
    sheet: &mut Worksheet,
    looks: &Looks,
    columns: &[Column<'_>],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<Cut, XlsxError> {
    fill_up_to(ROWS_MAX, sheet, looks, columns, rows)
}

fn fill_up_to<'a>(
    rows_max: u32,
    sheet: &mut Worksheet,
    looks: &Looks,
    columns: &[Column<'_>],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<Cut, XlsxError> {
    let mut cut = Cut::default();
    sheet.set_freeze_panes(1, 0)?;
    for (at, column) in (0..).zip(columns) {
        sheet.set_column_width(at, column.width)?;
        sheet.write_string_with_format(0, at, text(&column.heading, &mut cut), &looks.heading)?;
    }
    let mut next = 1;
    for row in rows {
        if next == rows_max {
            cut.rows += 1;
            continue;
        }
        for (at, cell) in (0..).zip(row) {
            write(sheet, looks, next, at, &cell, &mut cut)?;
        }
        next += 1;
    }
    if let Some(last) = u16::try_from(columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        sheet.autofilter(0, 0, next - 1, last)?;
    }
    Ok(cut)
}

fn write(
    sheet: &mut Worksheet,
    looks: &Looks,
    row: u32,
    at: u16,
    cell: &Cell<'_>,
    cut: &mut Cut,
) -> Result<(), XlsxError> {
    match *cell {
        Cell::Text(ref given) => match text(given, cut) {
            text if text.is_empty() => {}
            text if is_formula_like(&text) => {
                sheet.write_string_with_format(row, at, text, &looks.quoted)?;
            }
            text => {
                sheet.write_string(row, at, text)?;
            }
        },
        Cell::Amount(amount, decimals) if amount.unsigned_abs() <= NUMBER_MAX => {
            let decimals = decimals.min(DECIMALS_MAX);
            let value = amount as f64 / 10_f64.powi(decimals.into());
            sheet.write_number_with_format(row, at, value, &looks.amounts[usize::from(decimals)])?;
        }
        Cell::Amount(amount, decimals) => {
            sheet.write_string(row, at, Amount::new(amount, decimals).to_string())?;
        }
        Cell::Number(number) if number.is_finite() => {
            sheet.write_number_with_format(row, at, number, &looks.number)?;
        }
        Cell::Share(share) if share.is_finite() => {
            sheet.write_number_with_format(row, at, share, &looks.share)?;
        }
        Cell::Number(_) | Cell::Share(_) => {}
    }
    Ok(())
}

/// The text as a cell can hold it: no character that XML lacks, and no longer than Excel takes.
fn text<'a>(given: &'a str, cut: &mut Cut) -> Cow<'a, str> {
    let stays = |c: char| matches!(c, '\t' | '\n' | '\r') || !(c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}'));
    let text = match given.chars().all(stays) {
        true => Cow::Borrowed(given),
        false => Cow::Owned(given.chars().map(|c| if stays(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()),
    };
    if text.len() <= TEXT_UNITS_MAX || text.encode_utf16().count() <= TEXT_UNITS_MAX {
        return text;
    }
    cut.texts += 1;
    // Room for what says that something is missing.
    let mut room = TEXT_UNITS_MAX - 1;
    let fits = |c: &char| {
        room = room.saturating_sub(c.len_utf16());
        room > 0
    };
    Cow::Owned(text.chars().take_while(fits).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::Workbook;

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut workbook = Workbook::new();
        let columns = [Column::new("text", 10.0)];
        let long = ["x".repeat(TEXT_UNITS_MAX), "y".repeat(TEXT_UNITS_MAX + 1), "😀".repeat(TEXT_UNITS_MAX)];
        let rows = || long.iter().map(|text| vec![Cell::from(text.as_str())]);
        let looks = Looks::new();
        let cut = fill_up_to(10, workbook.add_worksheet(), &looks, &columns, rows()).expect("it fits");
        assert_eq!(cut, Cut { rows: 0, texts: 2 });
        let cut = fill_up_to(3, workbook.add_worksheet(), &looks, &columns, rows()).expect("it fits");
        assert_eq!(cut, Cut { rows: 1, texts: 1 });
        // The last row of Excel is taken, and the one after it is not.
        let many = (0..ROWS_MAX).map(|_| Vec::new());
        let cut = fill(workbook.add_worksheet(), &looks, &columns, many).expect("it fits");
        assert_eq!(cut, Cut { rows: 1, texts: 0 });
    }

    #[test]
    fn texts_hold_what_a_cell_can() {
        let mut cut = Cut::default();
        assert_eq!(text("a\0b\u{1}\tc\n\u{FFFF}", &mut cut), "a\u{FFFD}b\u{FFFD}\tc\n\u{FFFD}");
        let long = text(&"😀".repeat(TEXT_UNITS_MAX), &mut cut).into_owned();
        assert!(long.encode_utf16().count() <= TEXT_UNITS_MAX && long.ends_with('…'));
        assert_eq!(cut.texts, 1);
    }
}
