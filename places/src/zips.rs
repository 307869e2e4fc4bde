//! US ZIPs by their numbers, and ZIP3 areas.

use crate::atlas::{Middle, Region, atlas};
use crate::bytes::Bytes;
use carve_solver::space::{Point, centre};
use std::sync::LazyLock;

/// Numbers of five digits.
const NUMBERS: usize = 100_000;
/// Half of all accounts of a ZIP that is a ZCTA are nearer to its point, km: how far two sources are apart.
const ZCTA_ERROR_KM: f64 = 2.0;
/// The same of other ZIPs (post boxes, single companies): how far they are from the middle of their ZIP3.
const OTHER_ERROR_KM: f64 = 14.0;
/// First digits of military post, which is sorted far from where its readers are.
const MILITARY: [std::ops::RangeInclusive<u32>; 3] = [90..=98, 340..=340, 962..=966];

/// One ZIP: thousandths of a degree, its state among [`Zips::states`], and whether it is a ZCTA.
#[derive(Debug, Clone, Copy)]
struct Zip {
    latitude: i32,
    longitude: i32,
    state: u8,
    zcta: bool,
}

/// Where a ZIP or an area of them is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub middle: Middle,
    pub state: Region,
}

/// All of them, in about half a megabyte: what is small stays in a processor's cache.
pub(crate) struct Zips {
    /// For every 64 numbers which of them are ZIPs, and how many ZIPs there are below.
    numbers: Vec<(u64, u32)>,
    /// In the order of their numbers.
    zips: Vec<Zip>,
    areas: Vec<Option<Found>>,
    states: Vec<Region>,
}

static ZIPS: LazyLock<Zips> = LazyLock::new(Zips::read);

/// The ZIPs, read when they are first asked for.
pub(crate) fn zips() -> &'static Zips {
    &ZIPS
}

/// Whether a number is one of military post.
pub(crate) fn is_military(number: u32) -> bool {
    MILITARY.iter().any(|range| range.contains(&(number / 100)))
}

impl Zips {
    fn read() -> Zips {
        let mut bytes = Bytes::of(include_bytes!("../data/zips.bin"));
        let state = |code: &str| atlas().region(atlas().us(), code).expect("every state of the file is in the atlas");
        let states = (0..bytes.varint()).map(|_| state(bytes.text(2))).collect();
        let mut read =
            Zips { numbers: vec![(0, 0); NUMBERS.div_ceil(64)], zips: Vec::new(), areas: Vec::new(), states };
        let (mut next, mut latitude, mut longitude, mut state) = (0, 0, 0, 0);
        while !bytes.is_empty() {
            let step = bytes.varint();
            if step == 0 {
                state = bytes.varint() as u8;
                continue;
            }
            let number = next + (step >> 1) as usize - 1;
            latitude += bytes.signed();
            longitude += bytes.signed();
            read.numbers[number / 64].0 |= 1 << (number % 64);
            read.zips.push(Zip { latitude, longitude, state, zcta: step & 1 == 0 });
            next = number + 1;
        }
        let mut below = 0;
        for (present, count) in &mut read.numbers {
            *count = below;
            below += present.count_ones();
        }
        read.areas = (0..NUMBERS / 100).map(|area| read.area_of(area)).collect();
        read
    }

    /// The middle of the ZIPs of one ZIP3; `None` where there are none, or where they are in several states.
    fn area_of(&self, area: usize) -> Option<Found> {
        let zips: Vec<&Zip> = (area * 100..(area + 1) * 100).filter_map(|number| self.get(number)).collect();
        let state = zips.first()?.state;
        let points: Vec<Point> = zips.iter().filter_map(|zip| zip.point()).collect();
        let at = centre(points.iter().map(|&point| (point, 1.0)))?;
        let squares: f64 = points.iter().map(|point| point.distance_km(at).powi(2)).sum();
        let radius_km = (squares / points.len() as f64).sqrt().max(ZCTA_ERROR_KM);
        let one_state = zips.iter().all(|zip| zip.state == state);
        one_state.then(|| Found { middle: Middle { at, radius_km }, state: self.states[usize::from(state)] })
    }

    fn get(&self, number: usize) -> Option<&Zip> {
        let &(present, below) = self.numbers.get(number / 64)?;
        let bit = 1 << (number % 64);
        let at = below + (present & (bit - 1)).count_ones();
        (present & bit != 0).then(|| &self.zips[at as usize])
    }

    /// Where a ZIP is.
    pub fn zip(&self, number: u32) -> Option<Found> {
        let zip = self.get(number as usize)?;
        let radius_km = if zip.zcta { ZCTA_ERROR_KM } else { OTHER_ERROR_KM };
        Some(Found { middle: Middle { at: zip.point()?, radius_km }, state: self.states[usize::from(zip.state)] })
    }

    /// Where the ZIPs are that begin as this one does.
    pub fn area(&self, number: u32) -> Option<Found> {
        self.areas.get(number as usize / 100).copied().flatten()
    }

    /// Whether there is such a ZIP.
    pub fn has(&self, number: u32) -> bool {
        self.get(number as usize).is_some()
    }

    /// How many there are.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.zips.len()
    }
}

impl Zip {
    fn point(&self) -> Option<Point> {
        Point::new(f64::from(self.latitude) / 1000.0, f64::from(self.longitude) / 1000.0)
    }
}
