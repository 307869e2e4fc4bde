//! Towns that made books stand on. Origin and licence: `places/README.md`.

use carve_solver::space::Point;
use std::sync::LazyLock;

/// A populated place of the contiguous United States.
#[derive(Debug, Clone, PartialEq)]
pub struct Town {
    /// Its name.
    pub name: &'static str,
    /// The state's two letters.
    pub state: &'static str,
    /// Its centre.
    pub place: Point,
    /// People, 1,000 or more.
    pub population: u32,
}

/// Every town, in the order of the file.
pub fn us_towns() -> &'static [Town] {
    static TOWNS: LazyLock<Vec<Town>> = LazyLock::new(|| {
        let rows = include_str!("../places/us-places.csv").lines().skip(1);
        rows.map(|row| town(row).expect("the committed file has five fields in every row")).collect()
    });
    &TOWNS
}

fn town(row: &'static str) -> Option<Town> {
    let mut fields = row.split(',');
    let (name, state) = (fields.next()?, fields.next()?);
    let (latitude, longitude) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let population = fields.next()?.parse().ok()?;
    Some(Town { name, state, place: Point::new(latitude, longitude)?, population })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_town_of_the_contiguous_states() {
        assert_eq!(us_towns().len(), 16_633);
        for town in us_towns() {
            assert!((24.0..50.0).contains(&town.place.latitude()), "{town:?}");
            assert!((-125.0..-66.0).contains(&town.place.longitude()), "{town:?}");
            assert!(town.population >= 1_000 && town.state.len() == 2, "{town:?}");
        }
    }
}
