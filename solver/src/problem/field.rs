//! The fields of an account that formulas see, by name.

use super::number::Number;
use crate::hash::QuickMap;
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

/// The fields of a book by name.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub book: &'a Book,
    columns: QuickMap<&'a str, Field<'a>>,
}

impl<'a> Fields<'a> {
    /// Those of this book.
    pub fn of(book: &'a Book) -> Fields<'a> {
        let mut columns = QuickMap::default();
        let measures = book.measures.iter().map(|m| (m.name.as_str(), Field::Amounts(&m.amounts, m.decimals)));
        let attributes = book.attributes.iter().map(|a| (a.name.as_str(), Field::Text(&a.values)));
        // Of two with one name the first is meant.
        measures.chain(attributes).for_each(|(name, field)| _ = columns.entry(name).or_insert(field));
        Fields { book, columns }
    }

    /// `None` where no account has it.
    pub fn find(&self, name: &str) -> Option<Field<'a>> {
        let book = self.book;
        Some(match name {
            "account_id" => Field::Text(&book.account_ids),
            "name" => Field::Text(&book.names),
            "parent_account_id" => Field::Text(&book.parents),
            "current_owner" => Field::Text(&book.current_owners),
            "latitude" => Field::Place(book, |latitude, _| latitude),
            "longitude" => Field::Place(book, |_, longitude| longitude),
            "has_place" => Field::HasPlace(book),
            "account_count" => Field::One,
            _ => *self.columns.get(name)?,
        })
    }

    /// The names that formulas can name.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let book = self.book;
        let columns = book.measures.iter().map(|m| &m.name).chain(book.attributes.iter().map(|a| &a.name));
        OF_EVERY_ACCOUNT.into_iter().chain(columns.map(String::as_str))
    }
}

impl Field<'_> {
    /// Whether it is an amount with decimals.
    pub fn has_decimals(&self) -> bool {
        matches!(self, Field::Amounts(_, decimals) if *decimals > 0)
    }

    /// Whether it is an amount or the count of accounts.
    pub fn is_amount(&self) -> bool {
        matches!(self, Field::Amounts(..) | Field::One)
    }

    /// Whether an account has a place; of no other field.
    pub fn has_place(&self, account: usize) -> bool {
        matches!(self, Field::HasPlace(book) if book.places[account].is_some())
    }

    /// Bytes of its longest value, where it is text.
    pub fn longest(&self) -> usize {
        match self {
            Field::Text(values) => values.iter().map(String::len).max().unwrap_or(0),
            Field::Amounts(..) | Field::Place(..) | Field::HasPlace(_) | Field::One => 0,
        }
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
