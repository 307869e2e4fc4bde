//! Coordinates that contradict the rest of the address.

use crate::Addresses;
use crate::atlas::{Country, Region, atlas};
use crate::fill::Listed;
use crate::reader::{CountryCell, Reader, StateCell};
use crate::squares::Outside;
use carve_solver::counting::many;
use carve_solver::finding::{Code, Finding};
use carve_solver::input::RawPlace;
use carve_solver::space::Point;

/// How coordinates are mended, if they can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mend {
    Swap,
    Sign,
}

/// What contradicts: counts and first accounts of each kind.
#[derive(Default)]
struct Found {
    swapped: Listed,
    signs: usize,
    outside_country: Listed,
    outside_state: Listed,
    checked: usize,
    outside: Outside,
}

/// Findings on the places that are given, one a kind. Places at 0, 0 and those that are on no Earth are others' to name.
pub(crate) fn check(account_ids: &[String], places: &[Option<RawPlace>], addresses: &Addresses<'_>) -> Vec<Finding> {
    if addresses.countries.count() == 0 && addresses.states.count() == 0 {
        return Vec::new();
    }
    let mut reader = Reader::default();
    let mut found = Found::default();
    for (account, place) in places.iter().enumerate() {
        let Some(place) = place.filter(|p| (p.latitude, p.longitude) != (0.0, 0.0)) else { continue };
        let address = addresses.of(account);
        let (country, state) = match reader.country(address.country) {
            CountryCell::Known(country) => (Some(country), reader.state(address.state, Some(country), None)),
            CountryCell::Blank => (None, reader.state(address.state, None, None)),
            CountryCell::Unknown => continue,
        };
        let state = match state {
            StateCell::Known(region) => Some(region),
            StateCell::Blank | StateCell::Military | StateCell::Unknown => None,
        };
        let country = country.or_else(|| state.map(|region| atlas().country_of(region)));
        if let Some(country) = country {
            found.checked += 1;
            found.check(account, place, country, state);
        }
    }
    found.findings(account_ids)
}

impl Found {
    fn check(&mut self, account: usize, place: RawPlace, country: Country, state: Option<Region>) {
        let RawPlace { latitude, longitude } = place;
        let areas = &mut self.outside;
        let mut outside = |latitude: f64, longitude: f64| match (Point::new(latitude, longitude), state) {
            (None, _) => true,
            (Some(at), Some(state)) => areas.region(state, at),
            (Some(at), None) => areas.country(country, at),
        };
        if !outside(latitude, longitude) {
            return;
        }
        let mended = [
            (Mend::Swap, longitude, latitude),
            (Mend::Sign, latitude, -longitude),
            (Mend::Sign, -latitude, longitude),
            (Mend::Sign, -latitude, -longitude),
        ];
        let mend = mended.into_iter().find(|&(_, latitude, longitude)| !outside(latitude, longitude));
        let at = Point::new(latitude, longitude);
        match mend {
            Some((mend, ..)) => {
                self.signs += usize::from(mend == Mend::Sign);
                self.swapped.add(account, || (format!("{latitude}, {longitude}"), name(country, state)));
            }
            // That a place is on no Earth is said elsewhere.
            None if at.is_none() => {}
            None if at.is_some_and(|at| self.outside.country(country, at)) => {
                self.outside_country.add(account, || (format!("{latitude}, {longitude}"), name(country, None)));
            }
            None => self.outside_state.add(account, || (format!("{latitude}, {longitude}"), name(country, state))),
        }
    }

    fn findings(&self, account_ids: &[String]) -> Vec<Finding> {
        let of = self.checked;
        let swapped = match self.signs {
            0 => "with latitude and longitude swapped".to_owned(),
            signs if signs == self.swapped.count() => "with the sign of one or both turned".to_owned(),
            signs => format!("with latitude and longitude swapped, or ({signs} of them) a sign turned"),
        };
        let kinds = [
            (Code::PlaceSwapped, &self.swapped, format!("are where the accounts say only {swapped}")),
            (Code::PlaceOutsideCountry, &self.outside_country, "are far from every town of the country".to_owned()),
            (Code::PlaceOutsideState, &self.outside_state, "are far from every town of the state".to_owned()),
        ];
        let say = |(code, listed, what): (Code, &Listed, String)| {
            let first = listed.first_with(account_ids, |(place, area)| format!("{place} for {area}"));
            let message = format!(
                "the coordinates of {} of {} {what} (first: {first}), and count as they are; mend them, or leave \
                 them empty to have the address read",
                listed.count(),
                many(of, "account")
            );
            listed.finding(code, "place", message)
        };
        kinds.into_iter().filter_map(say).collect()
    }
}

fn name(country: Country, state: Option<Region>) -> String {
    let country = atlas().country_name(country);
    state.map_or(country.to_owned(), |state| format!("{}, {country}", atlas().region_name(state)))
}
