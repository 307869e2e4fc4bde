//! Writing a book as `accounts.csv`.

use carve_reader::neutralise;
use carve_solver::input::Book;
use std::io::{self, Write};

/// Writes the book so that [`carve_reader::read_accounts`] gives it back.
///
/// A file cannot express everything: a column whose heading means a known field comes back as that field, an
/// attribute with nothing but whole numbers comes back as a measure, one that is empty throughout stays an
/// attribute whatever it was. Headings lose spaces at their ends.
///
/// # Errors
/// When `writer` fails.
pub fn write_accounts(book: &Book, writer: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    let fixed = ["account_id", "name", "parent_account_id", "latitude", "longitude", "current_owner"];
    for heading in fixed {
        writer.write_field(heading)?;
    }
    let attributes = book.attributes.iter().map(|column| &column.name);
    for heading in attributes.chain(book.measures.iter().map(|column| &column.name)) {
        writer.write_field(neutralise(heading).as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)?;
    for account in 0..book.account_ids.len() {
        for texts in [&book.account_ids, &book.names, &book.parents] {
            writer.write_field(neutralise(&texts[account]).as_bytes())?;
        }
        let place = book.places[account];
        for degree in [place.map(|p| p.latitude), place.map(|p| p.longitude)] {
            writer.write_field(degree.map(|d| d.to_string()).unwrap_or_default())?;
        }
        writer.write_field(neutralise(&book.current_owners[account]).as_bytes())?;
        for column in &book.attributes {
            writer.write_field(neutralise(&column.values[account]).as_bytes())?;
        }
        for column in &book.measures {
            writer.write_field(amount(column.amounts[account], column.decimals))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// A whole number of 10^-`decimals` as people write it.
fn amount(amount: i64, decimals: u8) -> String {
    if decimals == 0 {
        return amount.to_string();
    }
    let sign = if amount < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests;
