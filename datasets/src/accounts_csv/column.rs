//! A column as it fills, cell by cell.

use super::guess::Guess;
use super::heading::Known;
use super::number::{Whole, whole};
use super::text::{excerpt, restore};
use carve_solver::finding::Code;
use carve_solver::limits::{FIELD_BYTES_MAX, ID_BYTES_MAX};

/// A column of the file.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) known: Option<Known>,
    pub(super) cells: Cells,
}

/// What a column holds, one entry a row.
#[derive(Debug)]
pub(super) enum Cells {
    Text(Vec<String>),
    Amounts(Vec<i64>),
    Degrees(Vec<Degree>),
    Guess(Guess),
    /// Text that nobody asks for: checked, and not kept.
    Unasked,
    /// A second column for a field: there is a finding, and its cells are not looked at.
    Skipped,
}

/// A latitude or longitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Degree {
    Missing,
    Bad,
    /// Possibly out of range or not finite.
    Value(f64),
}

/// What became of a cell.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Taken,
    Bad(Code, String),
}

impl Column {
    /// The name by which findings call the column.
    pub(super) fn field(&self) -> &str {
        match self.known {
            Some(Known::Latitude) => "place.latitude",
            Some(Known::Longitude) => "place.longitude",
            _ => &self.name,
        }
    }

    /// Takes the next row's cell, of a record that is `ascii` throughout or may not be. A bad one leaves an empty entry
    /// behind.
    pub(super) fn push(&mut self, cell: &[u8], ascii: bool) -> Outcome {
        let bytes_max = match self.known {
            Some(Known::AccountId | Known::Parent | Known::CurrentOwner) => ID_BYTES_MAX,
            _ => FIELD_BYTES_MAX,
        };
        let outcome = if matches!(self.cells, Cells::Skipped) {
            return Outcome::Taken;
        } else if cell.len() > bytes_max {
            let message = format!(
                "{} has {} bytes and the most is {bytes_max}; shorten it, or look for a quote that is not closed",
                self.name,
                cell.len()
            );
            Outcome::Bad(Code::FieldTooLong, message)
        } else if !ascii && std::str::from_utf8(cell).is_err() {
            let message =
                format!("{} is \"{}\", which is not UTF-8; save the file as CSV UTF-8", self.name, excerpt(cell));
            Outcome::Bad(Code::InvalidUtf8, message)
        } else {
            Outcome::Taken
        };
        let good = if outcome == Outcome::Taken { cell } else { b"" };
        let text = std::str::from_utf8(good).unwrap_or_default();
        match &mut self.cells {
            Cells::Text(values) => values.push(restore(text).to_owned()),
            Cells::Guess(guess) => guess.push(text),
            Cells::Amounts(amounts) => {
                let (amount, bad) = amount(&self.name, good);
                amounts.push(amount);
                return bad.unwrap_or(outcome);
            }
            Cells::Degrees(degrees) => {
                let (degree, bad) = degree(&self.name, text);
                degrees.push(degree);
                return bad.unwrap_or(outcome);
            }
            Cells::Unasked | Cells::Skipped => {}
        }
        outcome
    }
}

fn amount(name: &str, cell: &[u8]) -> (i64, Option<Outcome>) {
    let (code, fault) = match whole(cell) {
        Whole::Empty => return (0, None),
        Whole::Amount(amount) => return (amount, None),
        Whole::Fraction => (Code::AmountFractional, "is not a whole number; give it in a smaller unit, such as cents"),
        Whole::NotFinite => (Code::NumberNotFinite, "is no finite number; give a whole number or leave it empty"),
        Whole::TooLarge => (Code::AmountTooLarge, "is above 2^63 - 1; give it in a larger unit"),
        Whole::TooSmall => (Code::AmountNegative, "is below 0; give 0 or more"),
        Whole::NoNumber => (
            Code::NumberSyntax,
            "is no number; give digits alone, without currency signs, thousands separators or exponents",
        ),
    };
    (0, Some(Outcome::Bad(code, format!("{name} is \"{}\", which {fault}", excerpt(cell)))))
}

fn degree(name: &str, cell: &str) -> (Degree, Option<Outcome>) {
    let trimmed = cell.trim();
    if trimmed.is_empty() {
        return (Degree::Missing, None);
    }
    match trimmed.parse() {
        Ok(value) => (Degree::Value(value), None),
        Err(_) => {
            let shown = excerpt(cell.as_bytes());
            let message = format!("{name} is \"{shown}\", which is no number; give decimal degrees such as 40.71");
            (Degree::Bad, Some(Outcome::Bad(Code::NumberSyntax, message)))
        }
    }
}
