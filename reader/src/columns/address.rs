//! Where accounts are by their own address, and by the other one, such as that of deliveries, where they have none.

use super::assemble::{Parts, interned};
use super::cell::degree::Degree;
use super::degrees::{degrees, places};
use super::excerpt::{has, is, many};
use super::fill::Fill;
use super::heading::Known;
use super::intern::{Interner, TextColumn};
use super::log::Log;
use super::roles::RANK_BESIDE;
use carve_solver::finding::Code;
use carve_solver::input::RawPlace;
use std::cmp::Reverse;

/// Rows that a finding names.
const ROWS_NAMED_MAX: usize = 3;
/// What an address is made of, beside its coordinates.
const TEXTS: [Known; 4] = [Known::PostalCode, Known::City, Known::State, Known::Country];

/// Where accounts are, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// ZIP or postal codes.
    pub postal_code: Option<TextColumn>,
    /// Cities.
    pub city: Option<TextColumn>,
    /// States, provinces or regions.
    pub state: Option<TextColumn>,
    /// Countries.
    pub country: Option<TextColumn>,
}

/// Where the accounts of a file are.
pub(crate) struct Whereabouts {
    pub places: Vec<Option<RawPlace>>,
    pub address: Address,
    /// Columns of the other address that are read for some accounts.
    pub lent: Vec<usize>,
}

/// Columns of one address.
#[derive(Debug, Clone, Default)]
struct Columns {
    degrees: Option<(usize, usize)>,
    /// As in [`TEXTS`].
    texts: [Option<usize>; 4],
}

/// Reads the places of all accounts.
pub(crate) fn whereabouts(parts: &Parts, fills: &[Fill], log: &mut Log) -> Whereabouts {
    let taken = |known: Known| parts.taken(|taken| taken == known);
    let (latitude, longitude) = (taken(Known::Latitude), taken(Known::Longitude));
    let mut places = places(latitude, longitude, parts.accounts, parts.targets, fills, log);
    let own = Columns { degrees: latitude.zip(longitude), texts: TEXTS.map(taken) };
    let other = other(parts, fills);
    let rows = match parts.asked.places {
        true => without_own(parts, fills, &own, &other),
        false => Vec::new(),
    };
    let texts = |at: usize| parts.asked.places.then_some(at).and_then(|at| interned(&fills[at]));
    let Some(&first) = rows.first() else {
        let [postal_code, city, state, country] = own.texts.map(|at| at.and_then(texts).cloned());
        return Whereabouts { places, address: Address { postal_code, city, state, country }, lent: Vec::new() };
    };
    for &row in &rows {
        places[row] = other.degrees.and_then(|pair| place(fills, pair, row));
    }
    let mut merged = [0, 1, 2, 3].map(|at| {
        let (own, other) = (own.texts[at].and_then(texts), other.texts[at].and_then(texts));
        // A country that is all that an account's own address says still holds.
        own.or(other).is_some().then(|| merge(own, other, &rows, parts.accounts, TEXTS[at] == Known::Country))
    });
    let [postal_code, city, state, country] = merged.each_mut().map(Option::take);
    let lent: Vec<usize> = other.texts.iter().flatten().copied().chain(other.degrees.map(|(at, _)| at)).collect();
    let headings: Vec<&str> = lent.iter().map(|&at| parts.targets[at].heading.as_str()).collect();
    let count = rows.len() as u64;
    let named = &rows[..rows.len().min(ROWS_NAMED_MAX)];
    let message = format!(
        "{} {} no address of {} own and {} placed by the other one ({}): {}",
        many(count, "account"),
        has(count),
        if count == 1 { "its" } else { "their" },
        is(count),
        headings.join(", "),
        log.lines(named, count)
    );
    log.of_cells(Code::AddressFallback, lent.first().copied().unwrap_or(0), "place", first, message);
    let lent =
        other.texts.iter().flatten().copied().chain(other.degrees.into_iter().flat_map(|(a, b)| [a, b])).collect();
    Whereabouts { places, address: Address { postal_code, city, state, country }, lent }
}

/// The columns of the other address, of several the surest.
fn other(parts: &Parts, fills: &[Fill]) -> Columns {
    let best = |known: Known| {
        let is_other = |at: &usize| {
            let said = &parts.targets[*at].said;
            said.known == Some(known) && said.rank >= RANK_BESIDE && fills[*at].filled > 0
        };
        let key = |at: &usize| {
            let target = &parts.targets[*at];
            (target.said.rank, Reverse(fills[*at].filled), target.heading.as_str(), *at)
        };
        (0..fills.len()).filter(is_other).min_by_key(key)
    };
    Columns { degrees: best(Known::Latitude).zip(best(Known::Longitude)), texts: TEXTS.map(best) }
}

/// The accounts that have nothing but perhaps a country by their own address, and something by the other.
fn without_own(parts: &Parts, fills: &[Fill], own: &Columns, other: &Columns) -> Vec<usize> {
    let is_own = |at: &usize| parts.targets[*at].said.rank < RANK_BESIDE;
    let filled = |columns: &Columns, row: usize, counts: &dyn Fn(&usize) -> bool| {
        let located =
            columns.degrees.filter(|(at, _)| counts(at)).is_some_and(|pair| place(fills, pair, row).is_some());
        let mut texts = columns.texts.iter().take(TEXTS.len() - 1).flatten().filter(|at| counts(at));
        located || texts.any(|&at| interned(&fills[at]).is_some_and(|column| !column.get(row).trim().is_empty()))
    };
    let has_own = own.degrees.iter().map(|(at, _)| at).chain(own.texts.iter().flatten()).any(is_own);
    let lends = other.degrees.is_some() || other.texts.iter().take(TEXTS.len() - 1).any(Option::is_some);
    if !has_own || !lends {
        return Vec::new();
    }
    (0..parts.accounts).filter(|&row| !filled(own, row, &is_own) && filled(other, row, &|_| true)).collect()
}

fn place(fills: &[Fill], (latitude, longitude): (usize, usize), row: usize) -> Option<RawPlace> {
    match (degrees(&fills[latitude]).get(row), degrees(&fills[longitude]).get(row)) {
        (Degree::Value(latitude), Degree::Value(longitude)) => Some(RawPlace { latitude, longitude }),
        _ => None,
    }
}

/// `own` with what `other` says in some rows, in rising order; `keeps`: where that is nothing, what `own` says.
fn merge(
    own: Option<&TextColumn>,
    other: Option<&TextColumn>,
    rows: &[usize],
    accounts: usize,
    keeps: bool,
) -> TextColumn {
    let none = TextColumn::default();
    let mut merged = Interner::default();
    let mut rows = rows.iter().peekable();
    let (own, other) = (own.unwrap_or(&none), other.unwrap_or(&none));
    for row in 0..accounts {
        let lent = rows.next_if_eq(&&row).map(|_| other.get(row)).filter(|text| !keeps || !text.is_empty());
        merged.push(row, lent.unwrap_or_else(|| own.get(row)));
    }
    merged.column().clone()
}
