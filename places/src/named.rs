//! A place as people say it: a ZIP, a town with its state or country, a state.

use crate::atlas::{Country, Region, atlas};
use crate::postal::PostalCode;
use crate::reader::{CountryCell, Reader, StateCell};
use crate::text::key;
use crate::towns::towns;
use crate::{Address, Habits, Located, Step, locate};
use carve_solver::space::Point;

/// Places named of many that a text may mean.
const NAMED_MAX: usize = 5;

/// A place that a text means.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// In full: `Boston, Massachusetts, United States`.
    pub name: String,
    /// Where it is.
    pub located: Located,
}

/// Why a text means no one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unnamed {
    /// Nothing by this name is known.
    Unknown,
    /// It may be any of these, in full, and so many more.
    Ambiguous(Vec<String>, usize),
}

/// The one place that a text means: `Boston, MA`, `02139`, `Berlin, Germany`, `Massachusetts`. A number is a ZIP of the US.
///
/// # Errors
/// When it means none, or several.
pub fn named(text: &str) -> Result<Named, Unnamed> {
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let mut found = match parts.as_slice() {
        [one] => of_one(one),
        [first, last] => of_two(first, last),
        [first, middle, last] => of_three(first, middle, last),
        _ => Vec::new(),
    };
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    match found.len() {
        0 => Err(Unnamed::Unknown),
        1 => Ok(found.remove(0)),
        many => {
            let names: Vec<String> = found.into_iter().take(NAMED_MAX).map(|named| named.name).collect();
            Err(Unnamed::Ambiguous(names, many.saturating_sub(NAMED_MAX)))
        }
    }
}

/// A ZIP, a state, or a town of anywhere.
fn of_one(text: &str) -> Vec<Named> {
    if matches!(PostalCode::of(text), PostalCode::Zip(_)) {
        return zip(text, "").into_iter().collect();
    }
    let mut found: Vec<Named> = state(text, None).map(of_state).into_iter().collect();
    for country in atlas().countries() {
        found.extend(of_country(text, country));
    }
    found
}

/// A town and its state or country, with or without the ZIP; a ZIP and its state; a state and its country.
fn of_two(first: &str, last: &str) -> Vec<Named> {
    if matches!(PostalCode::of(first), PostalCode::Zip(_)) {
        return zip(first, last).into_iter().collect();
    }
    if let Some((before, code)) = last.rsplit_once(' ')
        && matches!(PostalCode::of(code), PostalCode::Zip(_))
        && let Some(found) = zip(code, before)
    {
        return vec![found];
    }
    let mut found: Vec<Named> = state(last, None).and_then(|state| town(first, state)).into_iter().collect();
    if let CountryCell::Known(country) = Reader::default().country(last) {
        found.extend(of_country(first, country));
        // A town that has the name of its state is meant before the state.
        if found.is_empty() {
            found.extend(state(first, Some(country)).map(of_state));
        }
    }
    found
}

/// A town, its state and its country; the state may have the ZIP behind it.
fn of_three(first: &str, middle: &str, last: &str) -> Vec<Named> {
    let CountryCell::Known(country) = Reader::default().country(last) else { return Vec::new() };
    let plain = middle.rsplit_once(' ').filter(|(_, code)| matches!(PostalCode::of(code), PostalCode::Zip(_)));
    let found = state(plain.map_or(middle, |(before, _)| before), Some(country)).and_then(|state| town(first, state));
    found.into_iter().collect()
}

fn state(text: &str, country: Option<Country>) -> Option<Region> {
    match Reader::default().state(text, country, None) {
        StateCell::Known(region) => Some(region),
        StateCell::Blank | StateCell::Military | StateCell::Unknown => None,
    }
}

fn zip(code: &str, state: &str) -> Option<Named> {
    let address = Address { postal_code: code, state, city: "", country: "US" };
    let answer = locate(&address, &Habits::none());
    let located = answer.located.filter(|found| matches!(found.step, Step::PostalCode | Step::PostalArea))?;
    let name = format!("{} {code}, {}", located.step.name(), atlas().country_name(atlas().us()));
    answer.doubt.is_none().then_some(Named { name, located })
}

fn of_state(region: Region) -> Named {
    let located = Located::at(atlas().middle_of_region(region), Step::State);
    Named { name: in_full(region), located }
}

fn town(text: &str, region: Region) -> Option<Named> {
    let at = towns().of_region(region, &key(text))?;
    Some(town_at(at, text, &in_full(region)))
}

/// The town that a name means in a country, or all that it may mean.
fn of_country(text: &str, country: Country) -> Vec<Named> {
    let key = key(text);
    if key.is_empty() {
        return Vec::new();
    }
    if let Some(at) = towns().of_country(country, &key) {
        return vec![town_at(at, text, atlas().country_name(country))];
    }
    let regions = atlas().regions().filter(|&region| atlas().country_of(region) == country);
    regions.filter_map(|region| town(text, region)).collect()
}

fn town_at(at: Point, text: &str, around: &str) -> Named {
    Named { name: format!("{}, {around}", text.trim()), located: Located::town(at) }
}

fn in_full(region: Region) -> String {
    format!("{}, {}", atlas().region_name(region), atlas().country_name(atlas().country_of(region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_what_people_call_them() {
        for (text, latitude, longitude, step) in [
            ("Boston, MA", 42.36, -71.06, Step::City),
            ("boston, massachusetts", 42.36, -71.06, Step::City),
            ("Boston, MA, USA", 42.36, -71.06, Step::City),
            ("02139", 42.36, -71.10, Step::PostalCode),
            ("2139", 42.36, -71.10, Step::PostalCode),
            ("Cambridge, MA 02139", 42.36, -71.10, Step::PostalCode),
            ("02139, MA", 42.36, -71.10, Step::PostalCode),
            ("Berlin, Germany", 52.52, 13.41, Step::City),
            ("Massachusetts", 42.2, -71.5, Step::State),
        ] {
            let found = named(text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
            let Located { latitude: north, longitude: east, step: by, .. } = found.located;
            assert!((north - latitude).abs() < 0.4 && (east - longitude).abs() < 0.4, "{text}: {found:?}");
            assert_eq!(by, step, "{text}");
        }
    }

    #[test]
    fn what_may_be_several_places_or_none_is_told() {
        for text in
            ["Springfield", "Springfield, US", "Georgia, US, Springfield", "Nowhere at All", "", ",", "0", "1,2,3,4"]
        {
            assert!(named(text).is_err(), "{text}: {:?}", named(text));
        }
        let Err(Unnamed::Ambiguous(names, _)) = named("Springfield") else { panic!("{:?}", named("Springfield")) };
        assert_eq!(names.len(), NAMED_MAX, "{names:?}");
        assert!(names.iter().all(|name| name.starts_with("Springfield, ")), "{names:?}");
    }
}
