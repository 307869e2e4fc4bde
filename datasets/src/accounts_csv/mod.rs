//! `accounts.csv`: the one door to the `csv` crate.
//!
//! UTF-8 with or without byte order mark, comma-separated, quoted by `"`, lines ended by LF or CRLF; blank lines
//! are ignored, quoted fields may hold line breaks. The first record holds the headings. `account_id` is required;
//! a column without heading is called `column_N`, or left out when it is empty throughout.
//!
//! Headings are known in these spellings, whatever their case, spaces, `_`, `-`, `/` and `.`:
//!
//! | field | also (Salesforce exports) | only when no other column is the field |
//! |---|---|---|
//! | `account_id` | Id, Account ID | |
//! | `name` | Name, Account Name | |
//! | `parent_account_id` | ParentId, Parent Account ID | |
//! | `latitude`, `longitude` | BillingLatitude, BillingLongitude | |
//! | `country` | BillingCountry, Billing Country | BillingCountryCode |
//! | `state` | BillingState, Billing State/Province | BillingStateCode |
//! | `postal_code` | BillingPostalCode, Billing Zip/Postal Code | Zip, Zip Code, Zip/Postal Code |
//! | `open_pipeline`, `closed_won`, `lead_volume`, `score` | Open Pipeline, Closed Won, Lead Volume, Score | |
//! | `current_owner` | OwnerId, Owner ID, Account Owner ID | Account Owner |
//!
//! `Amount`, `Type`, shipping addresses and the like could mean several things and stay ordinary columns.
//!
//! An ordinary column whose values are all whole numbers is a measure by its own name; one with any other value,
//! or with none at all, is a text attribute. Amounts are 64-bit whole numbers and never pass through a float;
//! `1200.00` is whole. Text keeps its spaces.
//!
//! A text cell whose first character a spreadsheet would take for a formula is written with a `'` before it, and
//! that `'` is taken off on reading; see [`neutralise`] and [`restore`].

mod origin;
pub use origin::{Faults, LocatedFinding, Origin};

mod heading;

mod column;

mod guess;

mod assemble;

mod number;

mod record;

mod text;
pub use text::{neutralise, restore};

mod write;
pub use write::write_accounts;

use assemble::assemble;
use carve_solver::finding::{Code, Finding, Place};
use carve_solver::input::Book;
use carve_solver::limits::ACCOUNTS_MAX;
use column::{Column, Outcome};
use heading::columns;
use origin::Log;
use record::Records;

/// A book as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountsFile {
    /// The accounts, in the order of the rows.
    pub book: Book,
    /// Where in the file each of them stands.
    pub origin: Origin,
    /// What is odd but no obstacle, in the order of the file. At most 10,000.
    pub warnings: Vec<LocatedFinding>,
    /// How many more warnings there are.
    pub warnings_omitted: u64,
}

/// Reads the accounts in `bytes`.
///
/// Says only what the file alone can tell: that ids are unique, parents exist and amounts are in range is for
/// [`carve_solver::Problem`] to judge, and [`Origin::locate`] then tells where in the file.
///
/// # Errors
/// Every fault at once, errors first, when at least one finding is an error.
pub fn read_accounts(bytes: &[u8]) -> Result<AccountsFile, Faults> {
    read_asked(bytes, &|_| true)
}

/// As [`read_accounts`], and of names and attributes keeps the text of those alone whose column is `asked` for: a
/// large book has many that no plan speaks of. The others are checked all the same, and have no values in the book.
///
/// # Errors
/// As [`read_accounts`].
pub fn read_asked(bytes: &[u8], asked: &dyn Fn(&str) -> bool) -> Result<AccountsFile, Faults> {
    let mut log = Log::default();
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let message = "the file is UTF-16; save it as CSV UTF-8";
        log.add(Finding::new(Code::InvalidUtf8, Place::Book, message), 1, 1);
        return Err(log.into_faults());
    }
    let mut records = Records::new(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    let Some(headings) = records.read() else {
        log.add(
            Finding::new(Code::BookEmpty, Place::Book, "the file is empty; give a heading and a row for each account"),
            1,
            0,
        );
        return Err(log.into_faults());
    };
    let heading_line = headings.line;
    let Some(mut columns) = columns(headings.fields, heading_line, asked, &mut log) else {
        return Err(log.into_faults());
    };
    let lines = read_rows(&mut records, &mut columns, &mut log);
    if let Some(line) = records.unclosed_quote() {
        let message = format!("a quote in the record of line {line} is never closed; close it or double it");
        log.add(Finding::new(Code::FileSyntax, Place::Book, message), line, 0);
    }
    let mut origin = Origin::new(heading_line, lines, &columns);
    let book = assemble(columns, &mut origin, &mut log);
    log.into_result(book, origin)
}

/// Reads every row into the columns; gives the line of each account.
fn read_rows(records: &mut Records<'_>, columns: &mut [Column], log: &mut Log) -> Vec<u64> {
    let mut lines = Vec::new();
    let mut rows = 0;
    while let Some(record) = records.read() {
        let line = record.line;
        let width = record.fields.len();
        if width == 1 && columns.len() > 1 && record.fields[0].trim_ascii().is_empty() {
            continue;
        }
        rows += 1;
        if rows > ACCOUNTS_MAX {
            continue;
        }
        let row = lines.len();
        lines.push(line);
        if width != columns.len() {
            let message = format!(
                "the row has {width} fields and the heading {}; quote fields that hold commas, and give every row every field",
                columns.len()
            );
            log.add(Finding::new(Code::RowLength, Place::Account(row, String::new()), message), line, 0);
        }
        let ascii = record.fields.as_slice().is_ascii();
        // A short row still gets a cell in every column, so that its account is the row's index throughout.
        let cells = record.fields.iter().chain(std::iter::repeat(&b""[..]));
        for (index, (column, cell)) in columns.iter_mut().zip(cells).enumerate() {
            if let Outcome::Bad(code, message) = column.push(cell, ascii) {
                let place = Place::Account(row, column.field().to_owned());
                log.add(Finding::new(code, place, message), line, index as u64 + 1);
            }
        }
    }
    if rows == 0 {
        log.add(
            Finding::new(Code::BookEmpty, Place::Book, "there is a heading and no account; give a row for each"),
            1,
            0,
        );
    }
    if rows > ACCOUNTS_MAX {
        let message = format!("the file has {rows} accounts and the most is {ACCOUNTS_MAX}; divide the book");
        log.add(Finding::new(Code::AccountsTooMany, Place::Book, message), 0, 0);
    }
    lines
}

#[cfg(test)]
mod tests;
