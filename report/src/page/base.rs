//! The base map: land and borders, as `report/basemap/make.py` writes them.

/// Degrees that one step of the files stands for.
const STEP: f64 = 0.01;
/// Why reading them cannot fail.
const WHOLE: &str = "the committed file is as make.py wrote it";

/// A line of longitudes and latitudes; a ring ends where it begins.
pub(super) type Line = Vec<(f64, f64)>;

/// The land of the United States, as rings.
pub(super) fn us_land() -> Vec<Line> {
    read(include_bytes!("../../basemap/us-land.bin"))
}

/// Borders between its states.
pub(super) fn us_states() -> Vec<Line> {
    read(include_bytes!("../../basemap/us-states.bin"))
}

/// Borders between counties of one state.
pub(super) fn us_counties() -> Vec<Line> {
    read(include_bytes!("../../basemap/us-counties.bin"))
}

/// The land of all countries but Antarctica, as rings.
pub(super) fn world_land() -> Vec<Line> {
    read(include_bytes!("../../basemap/world-land.bin"))
}

/// Borders between countries.
pub(super) fn world_borders() -> Vec<Line> {
    read(include_bytes!("../../basemap/world-borders.bin"))
}

fn read(bytes: &[u8]) -> Vec<Line> {
    let mut numbers = Numbers(bytes.iter());
    let mut at = (0, 0);
    let point = |numbers: &mut Numbers<'_>, at: &mut (i64, i64)| {
        *at = (at.0 + numbers.signed(), at.1 + numbers.signed());
        (at.0 as f64 * STEP, at.1 as f64 * STEP)
    };
    let lines = numbers.next();
    let line = |_| {
        let points = numbers.next();
        (0..points).map(|_| point(&mut numbers, &mut at)).collect()
    };
    (0..lines).map(line).collect()
}

struct Numbers<'a>(std::slice::Iter<'a, u8>);

impl Numbers<'_> {
    /// LEB128.
    fn next(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = *self.0.next().expect(WHOLE);
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    /// Zigzag.
    fn signed(&mut self) -> i64 {
        let number = self.next();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_to_its_end_and_lies_on_earth() {
        for (lines, most) in [
            (us_land(), 300),
            (us_states(), 300),
            (us_counties(), 9_000),
            (world_land(), 2_000),
            (world_borders(), 900),
        ] {
            assert!(lines.len() > 50 && lines.len() < most);
            let on_earth = |&(x, y): &(f64, f64)| x.abs() <= 180.001 && y.abs() <= 90.001;
            assert!(lines.iter().flatten().all(on_earth));
        }
        assert!(us_land().iter().all(|ring| ring.first() == ring.last()));
    }
}
