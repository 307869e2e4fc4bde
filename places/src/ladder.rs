//! The ladder: one address, and where it is at the first step that is known.

use crate::atlas::{Country, Middle, Region, atlas};
use crate::postal::{PostalCode, province};
use crate::reader::{CountryCell, Reader, StateCell, is_nothing};
use crate::squares::Outside;
use crate::text::key;
use crate::towns::towns;
use crate::zips::{Found, is_military, zips};
use crate::{Address, Habits};

/// A town is typically so far from its accounts, km.
const TOWN_ERROR_KM: f64 = 10.0;

/// A step of the ladder, the finest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The ZIP.
    PostalCode,
    /// The mean of the ZIPs whose first three digits are the same.
    PostalArea,
    /// The town.
    City,
    /// Where the people of the state, province or region are.
    State,
    /// Where the people of the country are.
    Country,
}

impl Step {
    /// All of them, the finest first.
    pub const ALL: [Step; 5] = [Step::PostalCode, Step::PostalArea, Step::City, Step::State, Step::Country];

    /// In words, after "by".
    pub fn name(self) -> &'static str {
        match self {
            Step::PostalCode => "ZIP",
            Step::PostalArea => "ZIP3",
            Step::City => "town",
            Step::State => "state",
            Step::Country => "country",
        }
    }
}

/// Where an account is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Located {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// By what.
    pub step: Step,
    /// How far accounts placed so typically are from there, km.
    pub typical_error_km: f64,
}

/// What is odd about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// The ZIP lies in another state than the one given, far from any of its towns; the ZIP was believed.
    ZipBelieved,
    /// The same, but the town given is in that state; the state and the town were believed.
    StateBelieved,
    /// The postal code could be a ZIP, and nothing says that it is one.
    Ambiguous,
    /// Military post: nobody can tell where that is.
    Military,
    /// There is an address, and nothing in it is known.
    Unknown,
}

/// What an address tells.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Answer {
    /// Where it is; `None`: nothing tells.
    pub located: Option<Located>,
    /// What is odd about it.
    pub doubt: Option<Doubt>,
}

/// Where an address is, in a book with these habits.
pub fn locate(address: &Address<'_>, habits: &Habits) -> Answer {
    Ladder::of(habits).locate(address)
}

/// A ladder for the addresses of one book.
pub(crate) struct Ladder<'a> {
    habits: &'a Habits,
    reader: Reader<'a>,
    outside: Outside,
}

/// The country and state that an address is in.
#[derive(Debug, Clone, Copy)]
struct Where {
    country: Option<Country>,
    /// Whether the address itself tells the country, and not the book's habits.
    told: bool,
    state: Option<Region>,
    /// Whether a number may be a ZIP.
    us: bool,
}

impl<'a> Ladder<'a> {
    pub fn of(habits: &'a Habits) -> Ladder<'a> {
        Ladder { habits, reader: Reader::default(), outside: Outside::default() }
    }

    pub fn locate<'b: 'a>(&mut self, address: &Address<'b>) -> Answer {
        let code = PostalCode::of(address.postal_code);
        let (city, after_city) = address.city.split_once(',').unwrap_or((address.city, ""));
        let state = if is_nothing(address.state) { after_city.trim() } else { address.state };
        let cell = self.reader.country(address.country);
        let (known, home) = match cell {
            CountryCell::Known(country) => (Some(country), None),
            CountryCell::Blank => (None, self.habits.home),
            CountryCell::Unknown => (None, None),
        };
        // In the states of the US there are those that others take for countries.
        let us_island = known.and_then(|country| atlas().as_us_state(country));
        let state = match (us_island, self.reader.state(state, known, home)) {
            (Some(island), _) => StateCell::Known(island),
            (None, state) => state,
        };
        let at = self.place(cell, code, state);
        if state == StateCell::Military || at.us && matches!(code, PostalCode::Zip(number) if is_military(number)) {
            return Answer { located: None, doubt: Some(Doubt::Military) };
        }
        let by_code = match code {
            PostalCode::Zip(number) if at.us => self.by_zip(number, &at, city),
            _ => None,
        };
        if let Some(answer) = by_code {
            return answer;
        }
        let located = by_town(&at, city).or_else(|| by_area(&at));
        // What names no country, in a book that does not tell where such accounts are.
        let open = cell == CountryCell::Blank && at.country.is_none();
        let given = [address.postal_code, address.city, address.state, address.country];
        let doubt = match code {
            PostalCode::Zip(_) if open => Some(Doubt::Ambiguous),
            _ if located.is_none() && given.iter().any(|text| !is_nothing(text)) => Some(Doubt::Unknown),
            _ => None,
        };
        Answer { located, doubt }
    }

    /// The country and state, by what is given; else by the shape of the postal code; else by the book's habits.
    fn place(&self, country: CountryCell, code: PostalCode, state: StateCell) -> Where {
        let atlas = atlas();
        let state = match state {
            StateCell::Known(region) => Some(region),
            StateCell::Blank | StateCell::Military | StateCell::Unknown => None,
        };
        let of_code = match code {
            PostalCode::Canada(_) => Some(atlas.canada()),
            PostalCode::Britain => Some(atlas.britain()),
            PostalCode::Blank | PostalCode::Zip(_) | PostalCode::Other => None,
        };
        let of_state = state.map(|region| atlas.country_of(region));
        let told = match country {
            CountryCell::Known(country) => {
                Some(of_state.filter(|_| atlas.as_us_state(country).is_some()).unwrap_or(country))
            }
            // `CA` beside a Canadian code is no California.
            CountryCell::Blank => of_code.or(of_state),
            CountryCell::Unknown => of_state.or(of_code),
        };
        let country = told.or_else(|| self.habits.home.filter(|_| country == CountryCell::Blank));
        let state = state.filter(|&region| country.is_none_or(|country| atlas.country_of(region) == country));
        let by_letter = match code {
            PostalCode::Canada(letter) if country == Some(atlas.canada()) => province(letter),
            _ => None,
        };
        let state = state.or_else(|| by_letter.and_then(|code| atlas.region(atlas.canada(), code)));
        Where { country, told: told.is_some(), state, us: country == Some(atlas.us()) }
    }

    /// By the ZIP, or by what ZIPs like it have in common; `None` where neither is known.
    fn by_zip(&mut self, number: u32, at: &Where, city: &str) -> Option<Answer> {
        let mut far = |found: &Found| {
            let other = at.state.filter(|&state| state != found.state);
            other.is_some_and(|state| self.outside.region(state, found.middle.at))
        };
        if let Some(found) = zips().zip(number) {
            let located = Some(Located::at(found.middle, Step::PostalCode));
            if !far(&found) {
                return Some(Answer { located, doubt: None });
            }
            let town = at.state.and_then(|state| towns().of_region(state, &key(city)));
            return Some(match town {
                Some(town) => Answer { located: Some(Located::town(town)), doubt: Some(Doubt::StateBelieved) },
                None => Answer { located, doubt: Some(Doubt::ZipBelieved) },
            });
        }
        let area = zips().area(number).filter(|found| !far(found))?;
        Some(Answer { located: Some(Located::at(area.middle, Step::PostalArea)), doubt: None })
    }
}

fn by_town(at: &Where, city: &str) -> Option<Located> {
    let key = Some(key(city)).filter(|key| !key.is_empty())?;
    let found = match (at.state, at.country) {
        (Some(state), _) => towns().of_region(state, &key),
        (None, Some(country)) => towns().of_country(country, &key),
        (None, None) => None,
    };
    found.map(Located::town)
}

fn by_area(at: &Where) -> Option<Located> {
    let state = at.state.map(|state| Located::at(atlas().middle_of_region(state), Step::State));
    // That a book is of the US places nobody in its middle of whom nothing else is known.
    let country = at.country.filter(|_| at.told);
    state.or_else(|| Some(Located::at(atlas().middle_of_country(country?), Step::Country)))
}

impl Located {
    pub(crate) fn at(middle: Middle, step: Step) -> Located {
        let Middle { at, radius_km } = middle;
        Located { latitude: at.latitude(), longitude: at.longitude(), step, typical_error_km: radius_km }
    }

    pub(crate) fn town(at: carve_solver::space::Point) -> Located {
        Located::at(Middle { at, radius_km: TOWN_ERROR_KM }, Step::City)
    }
}
