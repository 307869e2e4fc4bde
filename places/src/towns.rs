//! Towns by country, region and name.

use crate::atlas::{Country, Region, atlas};
use crate::bytes::{Bytes, Table};
use carve_solver::space::Point;
use std::sync::{LazyLock, OnceLock};

/// Latitude and longitude in 65,535ths of their ranges.
type At = (u16, u16);

/// The towns of one country by the keys of their names: in a region; and without one, where that town is meant.
type Named = Table<(Option<Region>, &'static str), At>;

/// The towns of every country, each read when it is first asked for. Those of the US take about 5 MB, all about 20 MB.
pub(crate) struct Towns {
    countries: Vec<(&'static [u8], OnceLock<Named>)>,
}

static TOWNS: LazyLock<Towns> = LazyLock::new(Towns::find);

/// The towns.
pub(crate) fn towns() -> &'static Towns {
    &TOWNS
}

impl Towns {
    fn find() -> Towns {
        let mut countries: Vec<(&'static [u8], OnceLock<Named>)> = Vec::new();
        countries.resize_with(atlas().country_count(), Default::default);
        let mut bytes = Bytes::of(include_bytes!("../data/towns.bin"));
        while !bytes.is_empty() {
            let country = atlas().country(bytes.text(2)).expect("every country of the file is in the atlas");
            let length = bytes.varint() as usize;
            countries[usize::from(country.0)].0 = bytes.take(length);
        }
        Towns { countries }
    }

    fn named(&self, country: Country) -> &Named {
        let (bytes, named) = &self.countries[usize::from(country.0)];
        named.get_or_init(|| read(country, Bytes::of(bytes)))
    }

    /// A town of a region, by the key of its name.
    pub fn of_region(&self, region: Region, key: &str) -> Option<Point> {
        point(*self.named(atlas().country_of(region)).get(&(Some(region), key))?)
    }

    /// The town that is meant by a name in a country, by its key: the only one, or by far the largest.
    pub fn of_country(&self, country: Country, key: &str) -> Option<Point> {
        point(*self.named(country).get(&(None, key))?)
    }

    /// How many names are known.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        let countries = (0..self.countries.len()).map(|number| self.named(Country(number as u16)));
        countries.map(|named| named.keys().filter(|(region, _)| region.is_some()).count()).sum()
    }
}

fn read(country: Country, mut bytes: Bytes) -> Named {
    // Names end up in one text that stays for good, as the towns do.
    let (mut names, mut rows, mut start) = (Vec::new(), Vec::new(), 0);
    while !bytes.is_empty() {
        let (shared, more) = (usize::from(bytes.byte()), usize::from(bytes.byte()));
        let before = start..start + shared;
        start = names.len();
        names.extend_from_within(before);
        names.extend_from_slice(bytes.take(more));
        rows.push((start..names.len(), bytes.varint(), (bytes.pair(), bytes.pair())));
    }
    let names: &'static str = Box::leak(String::from_utf8(names).expect("keys are ASCII").into_boxed_str());
    let mut named = Named::with_capacity_and_hasher(2 * rows.len(), Default::default());
    for (name, region, at) in rows {
        named.insert((Some(atlas().region_of(country, region >> 1)), &names[name.clone()]), at);
        if region & 1 == 1 {
            named.insert((None, &names[name]), at);
        }
    }
    named
}

fn point((latitude, longitude): At) -> Option<Point> {
    let part = |of: u16| f64::from(of) / f64::from(u16::MAX);
    Point::new(part(latitude) * 180.0 - 90.0, part(longitude) * 360.0 - 180.0)
}
