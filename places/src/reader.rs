//! What a country's or a state's text means; columns say the same again and again, so what was read is kept.

use crate::atlas::{Country, Region, atlas};
use carve_solver::hash::QuickMap;

/// What exports write where there is nothing.
const NOTHING: [&str; 9] = ["", "-", "--", "n/a", "#n/a", "none", "null", "unknown", "#ref!"];
/// States of military post: Europe, the Pacific, the Americas.
const MILITARY: [&str; 3] = ["ae", "ap", "aa"];

/// What stands in a country's cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountryCell {
    Blank,
    Known(Country),
    Unknown,
}

/// What stands in a state's cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StateCell {
    Blank,
    Known(Region),
    /// Military post of the US.
    Military,
    Unknown,
}

/// A state's text, the country it is in, and the country it would be in.
type StateKey<'a> = (&'a str, Option<Country>, Option<Country>);

/// A reader of cells that remembers.
#[derive(Debug, Default)]
pub(crate) struct Reader<'a> {
    /// The last of each, as one often follows itself.
    last_country: Option<(&'a str, CountryCell)>,
    last_state: Option<(StateKey<'a>, StateCell)>,
    countries: QuickMap<&'a str, CountryCell>,
    states: QuickMap<StateKey<'a>, StateCell>,
}

impl<'a> Reader<'a> {
    pub fn country(&mut self, text: &'a str) -> CountryCell {
        if text.is_empty() {
            return CountryCell::Blank;
        }
        if let Some((_, cell)) = self.last_country.filter(|(last, _)| *last == text) {
            return cell;
        }
        let cell = *self.countries.entry(text).or_insert_with(|| match (is_nothing(text), atlas().country(text)) {
            (true, _) => CountryCell::Blank,
            (false, Some(country)) => CountryCell::Known(country),
            (false, None) => CountryCell::Unknown,
        });
        self.last_country = Some((text, cell));
        cell
    }

    /// A state of `country`; where that is not known, of `home`, else one whose name is known by itself.
    pub fn state(&mut self, text: &'a str, country: Option<Country>, home: Option<Country>) -> StateCell {
        if text.is_empty() {
            return StateCell::Blank;
        }
        let key = (text, country, home);
        if let Some((_, cell)) = self.last_state.filter(|(last, _)| *last == key) {
            return cell;
        }
        let cell = *self.states.entry(key).or_insert_with(|| state(text, country, home));
        self.last_state = Some((key, cell));
        cell
    }
}

/// Whether text stands for nothing.
pub(crate) fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    NOTHING.iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

fn state(text: &str, country: Option<Country>, home: Option<Country>) -> StateCell {
    let (atlas, text) = (atlas(), text.trim());
    if is_nothing(text) {
        return StateCell::Blank;
    }
    let in_us = country.or(home).is_none_or(|country| country == atlas.us());
    if in_us && MILITARY.iter().any(|code| text.eq_ignore_ascii_case(code)) {
        return StateCell::Military;
    }
    let coded = atlas.region_by_code(text).filter(|&r| country.is_none_or(|country| atlas.country_of(r) == country));
    let named = || match country {
        Some(country) => atlas.region(country, text),
        // Codes of the states of the US and of the provinces of Canada have nothing in common.
        None => {
            let usual = [home, Some(atlas.us()), Some(atlas.canada())].into_iter().flatten();
            usual.filter_map(|country| atlas.region(country, text)).next().or_else(|| atlas.region_alone(text))
        }
    };
    coded.or_else(named).map_or(StateCell::Unknown, StateCell::Known)
}
