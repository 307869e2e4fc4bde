//! Countries and their regions (states, provinces): names, codes, and where their people live.

use crate::bytes::Table;
use crate::text::key;
use carve_solver::space::Point;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Why reading the tables cannot fail.
const WHOLE: &str = "the committed table is as make.py wrote it";
/// Countries with ZIPs that are also states or territories of the US, or freely associated with it.
const ISLANDS: [&str; 8] = ["PR", "VI", "GU", "AS", "MP", "MH", "FM", "PW"];
/// Shortest name of a region that is known without its country.
const ALONE_LETTERS_MIN: usize = 4;

/// A country by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Country(pub u16);

/// A region by its number among those of all countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Region(pub u16);

/// The middle of an area by its people, and how far they are from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Middle {
    pub at: Point,
    /// Root mean square distance, km.
    pub radius_km: f64,
}

struct CountryRow {
    name: &'static str,
    middle: Middle,
    /// Number of its first region.
    first_region: u16,
    /// What it is among the states and territories of the US, such as Puerto Rico.
    us_state: Option<Region>,
}

struct RegionRow {
    country: Country,
    name: &'static str,
    middle: Middle,
}

/// All of them.
pub(crate) struct Atlas {
    countries: Vec<CountryRow>,
    regions: Vec<RegionRow>,
    country_by_name: Table<&'static str, Country>,
    region_by_name: Table<(Country, &'static str), Region>,
    /// Regions whose name no other has; `None`: several have it.
    region_by_name_alone: Table<&'static str, Option<Region>>,
    /// ISO codes in lower case: the countries' and the regions'.
    codes: Table<(Country, String), Region>,
}

static ATLAS: LazyLock<Atlas> = LazyLock::new(Atlas::read);

/// The atlas, read when it is first asked for.
pub(crate) fn atlas() -> &'static Atlas {
    &ATLAS
}

impl Atlas {
    fn read() -> Atlas {
        let mut atlas = Atlas {
            countries: Vec::new(),
            regions: Vec::new(),
            country_by_name: Table::default(),
            region_by_name: Table::default(),
            region_by_name_alone: Table::default(),
            codes: Table::default(),
        };
        let mut number = HashMap::new();
        for line in include_str!("../data/countries.tsv").lines() {
            let [code, _, name, at @ .., names] = fields::<7>(line);
            let country = Country(atlas.countries.len() as u16);
            number.insert(code, country);
            names.split('|').for_each(|name| {
                atlas.country_by_name.insert(name, country);
            });
            atlas.countries.push(CountryRow { name, middle: middle(at), first_region: 0, us_state: None });
        }
        for line in include_str!("../data/regions.tsv").lines() {
            let [country, _, code, name, at @ .., names] = fields::<8>(line);
            let country = number[country];
            let region = Region(atlas.regions.len() as u16);
            if atlas.regions.last().is_none_or(|before| before.country != country) {
                atlas.countries[usize::from(country.0)].first_region = region.0;
            }
            for name in names.split('|') {
                // Of two by one name the larger comes first.
                atlas.region_by_name.entry((country, name)).or_insert(region);
                let alone = atlas.region_by_name_alone.entry(name).or_insert(Some(region));
                *alone = alone.filter(|held| *held == region);
            }
            if !code.is_empty() {
                atlas.codes.entry((country, code.to_lowercase())).or_insert(region);
            }
            atlas.regions.push(RegionRow { country, name, middle: middle(at) });
        }
        for code in ISLANDS {
            let state = atlas.codes.get(&(atlas.us(), code.to_lowercase())).copied();
            atlas.countries[usize::from(number[code].0)].us_state = state;
        }
        atlas
    }

    /// The United States.
    pub fn us(&self) -> Country {
        self.country_by_name["us"]
    }

    /// Canada.
    pub fn canada(&self) -> Country {
        self.country_by_name["ca"]
    }

    /// The United Kingdom.
    pub fn britain(&self) -> Country {
        self.country_by_name["gb"]
    }

    /// By code or name, in any spelling.
    pub fn country(&self, text: &str) -> Option<Country> {
        self.country_by_name.get(key(text).as_str()).copied()
    }

    /// By code or name, in any spelling.
    pub fn region(&self, country: Country, text: &str) -> Option<Region> {
        let key = key(text);
        let named = self.region_by_name.get(&(country, key.as_str())).copied();
        named.or_else(|| self.codes.get(&(country, key)).copied())
    }

    /// By a name that no other region of the world has.
    pub fn region_alone(&self, text: &str) -> Option<Region> {
        let key = key(text);
        let known = self.region_by_name_alone.get(key.as_str()).copied().flatten();
        known.filter(|_| key.len() >= ALONE_LETTERS_MIN)
    }

    /// By its code with the country's before it, as ISO 3166-2 has it: `DE-BY`.
    pub fn region_by_code(&self, text: &str) -> Option<Region> {
        let (country, code) = text.trim().split_once('-').filter(|(country, _)| country.len() == 2)?;
        let country = self.country(country)?;
        self.codes.get(&(country, code.to_lowercase())).copied()
    }

    /// By its number among the regions of its country.
    pub fn region_of(&self, country: Country, number: u32) -> Region {
        Region(self.countries[usize::from(country.0)].first_region + number as u16)
    }

    /// A country that is also a state or territory of the US, such as Puerto Rico, as that.
    pub fn as_us_state(&self, country: Country) -> Option<Region> {
        self.countries[usize::from(country.0)].us_state
    }

    /// All regions, in the order of their numbers.
    pub fn regions(&self) -> impl Iterator<Item = Region> {
        (0..self.regions.len() as u16).map(Region)
    }

    /// All countries, in the order of their numbers.
    pub fn countries(&self) -> impl Iterator<Item = Country> {
        (0..self.countries.len() as u16).map(Country)
    }

    /// How many countries there are.
    pub fn country_count(&self) -> usize {
        self.countries.len()
    }

    /// The country that a region is in.
    pub fn country_of(&self, region: Region) -> Country {
        self.regions[usize::from(region.0)].country
    }

    /// A region's name.
    pub fn region_name(&self, region: Region) -> &'static str {
        self.regions[usize::from(region.0)].name
    }

    /// A country's name.
    pub fn country_name(&self, country: Country) -> &'static str {
        self.countries[usize::from(country.0)].name
    }

    /// Where a region's people are.
    pub fn middle_of_region(&self, region: Region) -> Middle {
        self.regions[usize::from(region.0)].middle
    }

    /// Where a country's people are.
    pub fn middle_of_country(&self, country: Country) -> Middle {
        self.countries[usize::from(country.0)].middle
    }
}

fn fields<const N: usize>(line: &'static str) -> [&'static str; N] {
    let fields: Vec<&str> = line.split('\t').collect();
    fields.try_into().expect(WHOLE)
}

fn middle(fields: [&str; 3]) -> Middle {
    let [latitude, longitude, radius_km] = fields.map(|field| field.parse::<f64>().expect(WHOLE));
    Middle { at: Point::new(latitude, longitude).expect(WHOLE), radius_km }
}
