//! What a whole book says that one account leaves open: where accounts are that name no country.

use crate::atlas::{Country, atlas};
use crate::postal::PostalCode;
use crate::reader::{CountryCell, Reader, StateCell};
use crate::zips::{is_military, zips};
use crate::{Addresses, Cells};
use carve_solver::grouped;
use carve_solver::hash::QuickMap;
use std::collections::HashMap;

/// Part of the accounts whose country or state is known that must be in one country.
const AGREE: f64 = 2.0 / 3.0;
/// Part of the codes that must be US ZIPs, where nothing else tells. Of all numbers of five digits 41 % are.
const ZIPS_AGREE: f64 = 0.9;

/// Where accounts are that name no country.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habits {
    /// `None`: nothing tells.
    pub(crate) home: Option<Country>,
    /// What tells it.
    pub evidence: Evidence,
    /// Accounts, or codes, that agree.
    pub agree: usize,
    /// Accounts, or codes, that tell anything.
    pub of: usize,
}

/// What tells where accounts are that name no country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing does.
    Nothing,
    /// Countries and states of other accounts.
    Others,
    /// Postal codes, nearly all of which are US ZIPs.
    Zips,
}

/// A state's text in accounts that name no country.
struct State {
    /// The country that has it, the US and Canada before others.
    usual: Option<Country>,
    accounts: usize,
}

/// Different texts of states that are looked at, at most; a book with more of them tells nothing.
const STATES_MAX: usize = 1_000;

/// The country whose states they are together, where the usual reading knows fewer of them: `SP` and `PR` are São Paulo and
/// Paraná, not Puerto Rico. It must have those of two thirds of the accounts.
fn country_of(states: &QuickMap<&str, State>) -> Option<Country> {
    let accounts = |known: &dyn Fn(&str, &State) -> bool| -> usize {
        states.iter().filter(|(text, state)| known(text, state)).map(|(_, state)| state.accounts).sum()
    };
    let all = accounts(&|_, _| true);
    let usual = accounts(&|_, state| state.usual.is_some());
    if usual == all || states.len() > STATES_MAX {
        return None;
    }
    // Digits alone may be anything.
    let is_word = |text: &str| text.chars().any(char::is_alphabetic);
    let of = |country| accounts(&|text, _| is_word(text) && atlas().region(country, text).is_some());
    let best = atlas().countries().map(|country| (of(country), country)).max_by_key(|&(known, _)| known);
    best.filter(|&(known, _)| known > usual && known as f64 >= AGREE * all as f64).map(|(_, country)| country)
}

/// Puerto Rico and the like are the US's.
fn of_us(country: Country) -> Country {
    atlas().as_us_state(country).map_or(country, |_| atlas().us())
}

impl Habits {
    /// Nothing is known of the book.
    pub fn none() -> Habits {
        Habits { home: None, evidence: Evidence::Nothing, agree: 0, of: 0 }
    }

    /// Of a book: two thirds of the accounts whose country or state is known are in one country, which is then that of
    /// those that name none; where no account has a known one, US if nine tenths of the postal codes are US ZIPs.
    pub fn of(addresses: &Addresses<'_>) -> Habits {
        let mut reader = Reader::default();
        let mut votes: HashMap<Country, usize> = HashMap::new();
        let mut states: QuickMap<&str, State> = QuickMap::default();
        for account in 0..addresses.count() {
            let address = addresses.of(account);
            let country = match reader.country(address.country) {
                CountryCell::Known(country) => Some(country),
                CountryCell::Unknown => None,
                CountryCell::Blank => {
                    let usual = match reader.state(address.state, None, None) {
                        StateCell::Known(region) => Some(atlas().country_of(region)),
                        StateCell::Military => Some(atlas().us()),
                        StateCell::Blank => continue,
                        StateCell::Unknown => None,
                    };
                    states.entry(address.state).or_insert(State { usual, accounts: 0 }).accounts += 1;
                    continue;
                }
            };
            if let Some(country) = country {
                *votes.entry(of_us(country)).or_default() += 1;
            }
        }
        let other = country_of(&states);
        for (text, State { usual, accounts }) in states {
            let there = other.filter(|&other| atlas().region(other, text).is_some());
            if let Some(country) = there.or(usual) {
                *votes.entry(of_us(country)).or_default() += accounts;
            }
        }
        let of: usize = votes.values().sum();
        if of == 0 {
            return Habits::of_codes(addresses.postal_codes);
        }
        let first = votes.into_iter().max_by_key(|&(country, votes)| (votes, std::cmp::Reverse(country)));
        match first.filter(|&(_, agree)| agree as f64 >= AGREE * of as f64) {
            Some((home, agree)) => Habits { home: Some(home), evidence: Evidence::Others, agree, of },
            None => Habits { of, ..Habits::none() },
        }
    }

    fn of_codes(codes: Cells<'_>) -> Habits {
        let (mut agree, mut of) = (0, 0);
        for account in 0..codes.count() {
            let is_zip = match PostalCode::of(codes.of(account)) {
                PostalCode::Blank => continue,
                PostalCode::Zip(number) => zips().has(number) || is_military(number),
                PostalCode::Canada(_) | PostalCode::Britain | PostalCode::Other => false,
            };
            agree += usize::from(is_zip);
            of += 1;
        }
        match of > 0 && agree as f64 >= ZIPS_AGREE * of as f64 {
            true => Habits { home: Some(atlas().us()), evidence: Evidence::Zips, agree, of },
            false => Habits { of, ..Habits::none() },
        }
    }

    /// The name of the country where accounts are that name none.
    pub fn country(&self) -> Option<&'static str> {
        self.home.map(|home| atlas().country_name(home))
    }

    /// In a clause, where there is one.
    pub fn say(&self) -> Option<String> {
        let country = self.country()?;
        let (agree, of) = (grouped(self.agree), grouped(self.of));
        match self.evidence {
            Evidence::Nothing => None,
            Evidence::Others => Some(format!(
                "accounts without a country count as {country}: {agree} of the {of} whose country or state is known are \
                 there"
            )),
            Evidence::Zips => Some(format!(
                "no account names a country or state that is known, and {agree} of {of} postal codes are US ZIPs: they are \
                 read as such"
            )),
        }
    }
}
