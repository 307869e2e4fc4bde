//! What amounts are counted in: by their own signs, by their heading, or by a column of currencies.

use super::cell::currency::Currency;
use super::cell::nothing::is_nothing;
use super::cell::number::trim;
use super::fill::{Fill, Held};
use super::heading::{Known, Said};
use super::target::Target;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Currencies, each with how many rows have it; most first.
type Currencies = Vec<(String, u64)>;

/// The currencies that columns beside amounts tell.
pub(crate) struct Units {
    /// By what the heading says before `Currency`.
    paired: HashMap<String, Currencies>,
    /// Of the row, for all amounts that have none of their own.
    of_rows: Currencies,
    said: Vec<(String, bool, Option<Currency>)>,
    /// Columns that count something, which no currency is the unit of.
    counts: Vec<bool>,
}

impl Units {
    pub(crate) fn new(targets: &[Target], fills: &[Fill]) -> Units {
        let mut units = Units {
            paired: HashMap::new(),
            of_rows: Vec::new(),
            said: targets.iter().map(|t| about(&t.said)).collect(),
            counts: targets.iter().map(|t| t.said.known.is_some_and(Known::is_count)).collect(),
        };
        // Of several columns with the currency of the row the surest is taken, whatever their order.
        let mut order: Vec<(&Target, &Fill)> = targets.iter().zip(fills).collect();
        order.sort_by_key(|(target, fill)| (Reverse(fill.filled > 0), target.said.rank, target.heading.as_str()));
        for (target, fill) in order {
            let Held::Interned(interner) = &fill.held else { continue };
            match (&target.said.currency_of, target.said.known) {
                (_, Some(Known::Currency)) if units.of_rows.is_empty() => units.of_rows = currencies(interner.column()),
                (Some(of), None) => {
                    units.paired.insert(of.clone(), currencies(interner.column()));
                }
                _ => {}
            }
        }
        units
    }

    /// The unit of a column whose own numbers name these currencies; empty: not known.
    ///
    /// # Errors
    /// The currencies, when there are several.
    pub(crate) fn of(&self, column: usize, own: &[(Currency, u64)]) -> Result<String, Currencies> {
        if own.len() > 1 {
            return Err(own.iter().map(|(currency, times)| (currency.to_string(), *times)).collect());
        }
        let (pair, converted, unit) = &self.said[column];
        let paired = self.paired.get(pair);
        let beside = match (paired, converted) {
            (Some(paired), _) => paired.as_slice(),
            // Converted amounts are not in the currency of the row.
            (None, true) => &[],
            (None, false) if self.counts[column] => &[],
            (None, false) => &self.of_rows,
        };
        // A sign that several currencies share says less than the heading.
        let own = own.first().map(|(currency, _)| *currency);
        let named = match (own, *unit) {
            (Some(own), Some(unit)) if own.is_shared() => Some(unit),
            (own, unit) => own.or(unit),
        };
        let is_code = |named: &Currency| !named.is_shared();
        match (beside, named.filter(is_code)) {
            // The code of the column says more than a sign.
            (_, Some(named)) => Ok(named.to_string()),
            ([], None) => Ok(named.map(|currency| currency.to_string()).unwrap_or_default()),
            ([(only, _)], None) => Ok(only.clone()),
            (several, None) => Err(several.to_vec()),
        }
    }
}

fn about(said: &Said) -> (String, bool, Option<Currency>) {
    (said.pair(), said.converted, said.unit)
}

fn currencies(column: &super::intern::TextColumn) -> Currencies {
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for (text, times) in column.texts().iter().zip(column.counts()) {
        let text = trim(text);
        if !is_nothing(text) {
            *counted.entry(text).or_default() += times;
        }
    }
    let mut all: Currencies = counted.into_iter().map(|(text, times)| (text.to_owned(), times)).collect();
    all.sort_by_key(|(text, times)| (Reverse(*times), text.clone()));
    all
}
