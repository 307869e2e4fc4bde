//! The fields of an account that formulas see, by name.

use super::number::Number;
use crate::input::Book;

/// Where a variable of a formula gets its value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field<'a> {
    Text(&'a [String]),
    /// Amounts in whole numbers of 10^-decimals.
    Amounts(&'a [i64], u8),
    /// Degrees of a place; 0 where there is none.
    Place(&'a Book, fn(f64, f64) -> f64),
    HasPlace(&'a Book),
    /// Of every account: the count of accounts.
    One,
}

/// Fields that every account has.
const OF_EVERY_ACCOUNT: [&str; 8] =
    ["account_id", "name", "parent_account_id", "current_owner", "latitude", "longitude", "has_place", "account_count"];

impl<'a> Field<'a> {
    /// `None` where no account has it.
    pub fn find(name: &str, book: &'a Book) -> Option<Field<'a>> {
        Some(match name {
            "account_id" => Field::Text(&book.account_ids),
            "name" => Field::Text(&book.names),
            "parent_account_id" => Field::Text(&book.parents),
            "current_owner" => Field::Text(&book.current_owners),
            "latitude" => Field::Place(book, |latitude, _| latitude),
            "longitude" => Field::Place(book, |_, longitude| longitude),
            "has_place" => Field::HasPlace(book),
            "account_count" => Field::One,
            _ => {
                let measure = book.measures.iter().find(|m| m.name == name);
                let measure = measure.map(|m| Field::Amounts(&m.amounts, m.decimals));
                let attribute = || book.attributes.iter().find(|a| a.name == name).map(|a| Field::Text(&a.values));
                measure.or_else(attribute)?
            }
        })
    }

    /// The names that formulas can name.
    pub fn names(book: &Book) -> impl Iterator<Item = &str> {
        let columns = book.measures.iter().map(|m| &m.name).chain(book.attributes.iter().map(|a| &a.name));
        OF_EVERY_ACCOUNT.into_iter().chain(columns.map(String::as_str))
    }

    /// Whether it is an amount with decimals.
    pub fn has_decimals(&self) -> bool {
        matches!(self, Field::Amounts(_, decimals) if *decimals > 0)
    }

    /// Whether it is an amount or the count of accounts.
    pub fn is_amount(&self) -> bool {
        matches!(self, Field::Amounts(..) | Field::One)
    }

    /// An account's amount, as people write it; `None` where the field is none.
    pub fn number(&self, account: usize) -> Option<Number> {
        match self {
            Field::Amounts(amounts, decimals) => Number::decimal(amounts[account], *decimals),
            Field::One => Number::decimal(1, 0),
            Field::Text(_) | Field::Place(..) | Field::HasPlace(_) => None,
        }
    }
}
