//! Squares of one degree that have a town of a region or country: whether a place can be there.

use crate::atlas::{Country, Region, atlas};
use crate::bytes::{Bytes, Table};
use carve_solver::hash::QuickMap;
use carve_solver::space::Point;
use std::sync::LazyLock;

/// Squares around the Earth.
const AROUND: i32 = 360;

/// What has towns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Area {
    Region(Region),
    Country(Country),
}

/// A square: its rows north of the south pole, and its columns east of the antimeridian.
type Square = (i32, i32);

struct Squares {
    all: Table<Square, ()>,
    of: Table<(Area, Square), ()>,
}

static SQUARES: LazyLock<Squares> = LazyLock::new(Squares::read);

/// Answers what is in which area; what was asked of a square is asked again for many accounts, so answers are kept.
#[derive(Debug, Default)]
pub(crate) struct Outside(QuickMap<(Area, Square), bool>);

impl Outside {
    /// Whether a country has no town near a point, though others have, or none far and wide.
    pub fn country(&mut self, country: Country, at: Point) -> bool {
        self.area(Area::Country(country), at)
    }

    /// Whether a region has no town near a point, though others have, or none far and wide.
    pub fn region(&mut self, region: Region, at: Point) -> bool {
        self.area(Area::Region(region), at)
    }

    fn area(&mut self, area: Area, at: Point) -> bool {
        let at = (at.latitude().floor() as i32 + 90, at.longitude().floor() as i32 + 180);
        *self.0.entry((area, at)).or_insert_with(|| SQUARES.is_outside(area, at))
    }
}

impl Squares {
    fn read() -> Squares {
        let mut bytes = Bytes::of(include_bytes!("../data/squares.bin"));
        let mut squares = Squares { all: Table::default(), of: Table::default() };
        for region in atlas().regions() {
            let mut number = 0;
            for _ in 0..bytes.varint() {
                number += bytes.varint() as i32;
                let square = (number / AROUND, number % AROUND);
                squares.all.insert(square, ());
                squares.of.insert((Area::Region(region), square), ());
                squares.of.insert((Area::Country(atlas().country_of(region)), square), ());
            }
        }
        squares
    }

    /// A square is outside an area that has a town neither in it nor in one of the eight around it, if another area has
    /// one there, or this area none within three squares: where nobody has towns, the nearest are far.
    fn is_outside(&self, area: Area, at: Square) -> bool {
        let has = |square: Square| self.of.contains_key(&(area, square));
        let others = || around(at, 1).any(|square| self.all.contains_key(&square));
        !has(at) && !around(at, 1).any(has) && (others() || !around(at, 3).any(has))
    }
}

/// The squares up to `far` away, across the antimeridian too.
fn around(at: Square, far: i32) -> impl Iterator<Item = Square> {
    (-far..=far).flat_map(move |north| (-far..=far).map(move |east| (at.0 + north, (at.1 + east).rem_euclid(AROUND))))
}
