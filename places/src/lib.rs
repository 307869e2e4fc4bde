//! Where accounts without coordinates are, by their addresses alone: from data compiled in, without a network.
//!
//! A ladder of steps, each coarser than the one before: ZIP, ZIP3 (what ZIPs of the same first three digits have in
//! common), town, state, country. Each place has a typical error, so that coarse ones can count less; what was read how
//! is said in findings, one a kind. `places/README.md` tells where the data come from.
//!
//! ```
//! use carve_places::{Address, Habits, Step, locate};
//!
//! let address = Address { postal_code: "2139", state: "MA", ..Address::default() };
//! let found = locate(&address, &Habits::none()).located.expect("a ZIP whose leading zero was lost");
//! assert_eq!((found.step, found.typical_error_km), (Step::PostalCode, 2.0));
//! ```

mod text;

mod bytes;

mod atlas;

mod zips;

mod towns;

mod squares;

mod postal;

mod reader;

mod habits;
pub use habits::{Evidence, Habits};

mod ladder;
pub use ladder::{Answer, Doubt, Located, Step, locate};

mod named;
pub use named::{Named, Unnamed, named};

mod coordinates;

mod fill;
pub use fill::{Accounts, fill};

/// An address as an export has it: raw text, empty where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Address<'a> {
    /// `02139`, `2139`, `02139-4307`, `M5V 2T6`.
    pub postal_code: &'a str,
    /// `Cambridge`.
    pub city: &'a str,
    /// `MA`, `Massachusetts`, `US-MA`, `Bayern`.
    pub state: &'a str,
    /// `US`, `U.S.`, `United States`, `Deutschland`.
    pub country: &'a str,
}

/// One column of addresses.
#[derive(Debug, Clone, Copy, Default)]
pub enum Cells<'a> {
    /// There is none.
    #[default]
    Absent,
    /// The text of each account.
    Plain(&'a [String]),
    /// Each different text once, and for each account the number of its own.
    Interned {
        /// The different texts.
        texts: &'a [String],
        /// Numbers into them.
        codes: &'a [u32],
    },
}

impl<'a> Cells<'a> {
    /// The text of an account; empty where there is none.
    pub fn of(self, account: usize) -> &'a str {
        match self {
            Cells::Absent => "",
            Cells::Plain(texts) => texts.get(account).map_or("", String::as_str),
            Cells::Interned { texts, codes } => {
                codes.get(account).and_then(|&code| texts.get(code as usize)).map_or("", String::as_str)
            }
        }
    }

    /// How many accounts it goes over.
    pub fn count(self) -> usize {
        match self {
            Cells::Absent => 0,
            Cells::Plain(texts) => texts.len(),
            Cells::Interned { codes, .. } => codes.len(),
        }
    }
}

/// Addresses by column.
#[derive(Debug, Clone, Copy, Default)]
pub struct Addresses<'a> {
    /// ZIPs and the like.
    pub postal_codes: Cells<'a>,
    /// Towns.
    pub cities: Cells<'a>,
    /// States, provinces, regions.
    pub states: Cells<'a>,
    /// Countries.
    pub countries: Cells<'a>,
}

impl<'a> Addresses<'a> {
    /// The address of one account.
    pub fn of(&self, account: usize) -> Address<'a> {
        Address {
            postal_code: self.postal_codes.of(account),
            city: self.cities.of(account),
            state: self.states.of(account),
            country: self.countries.of(account),
        }
    }

    /// Accounts, as far as the longest column goes.
    pub fn count(&self) -> usize {
        let columns = [self.postal_codes, self.cities, self.states, self.countries];
        columns.into_iter().map(Cells::count).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
