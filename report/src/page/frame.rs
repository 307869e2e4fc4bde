//! The map: which part of the Earth it shows, where accounts are on it, and land and borders around them.

use super::base::{self, Line};
use super::clip::{clip_line, clip_ring};
use super::projection::{Area, Projection, STATES, insets};
use carve_solver::space::{Point, centre};

/// Steps from the left to the right of the map, in which accounts lie.
pub(super) const STEPS: f64 = 65_535.0;
/// Steps that rough places are apart: a 256th of the map's width.
const ROUGH: u16 = 256;
/// Accounts looked at to find out whether the book is one of the United States.
const LOOKED_AT: usize = 400;
/// Part of them that must lie on its land: the coast is drawn roughly.
const ON_LAND: f64 = 0.95;
/// Width over height of a map that is none of the United States.
const ASPECT: f64 = 1.6;
/// Radians around the middle of a region; what is wider is shown on a map of the Earth.
const REGION_MAX: f64 = 1.2;
/// The narrowest region, in radians: 100 km.
const REGION_MIN: f64 = 0.016;
/// Radius of the Earth, in km.
const EARTH_KM: f64 = 6371.0;
/// Part of the region that is added around it.
const MARGIN: f64 = 0.07;
/// A part of the map that holds all accounts is shown alone when it is so much smaller.
const PART_SHOWN_MAX: f64 = 0.6;

/// A point of the map in steps.
pub(super) type At = (u16, u16);

/// The map in steps from its left and its top.
#[derive(Debug)]
pub(super) struct Frame {
    /// The lowest step there is.
    pub height: f64,
    /// One for each place that was given.
    pub points: Vec<Option<At>>,
    /// Rings.
    pub land: Vec<Vec<(f64, f64)>>,
    /// Borders between states and countries.
    pub borders: Vec<Vec<(f64, f64)>>,
    /// Borders to be seen on zoom.
    pub counties: Vec<Vec<(f64, f64)>>,
    /// Parts that are drawn nearer than they are.
    pub insets: Vec<Area>,
    /// The part that is shown first, which holds all accounts.
    pub view: Area,
    /// Where the data of land and borders comes from.
    pub origin: &'static str,
    projection: Projection,
    area: Area,
}

impl Frame {
    /// Around these places; `None`: there are none.
    pub fn around(places: &[Option<Point>]) -> Option<Frame> {
        let placed: Vec<Point> = places.iter().flatten().copied().collect();
        if placed.is_empty() {
            return None;
        }
        let land = base::us_land();
        let (projection, area) = if is_of_the_states(&placed, &land) {
            (Projection::States, STATES)
        } else {
            let projection = around(&placed);
            (projection, framed(placed.iter().filter_map(|place| projection.point(*place))))
        };
        let mut frame = Frame {
            height: (STEPS * area.height() / area.width()).min(STEPS),
            points: Vec::new(),
            land: Vec::new(),
            borders: Vec::new(),
            counties: Vec::new(),
            insets: Vec::new(),
            view: area,
            origin: "US Census Bureau, 2023",
            projection,
            area,
        };
        frame.points = places.iter().map(|place| place.and_then(|place| frame.at(place))).collect();
        match projection {
            Projection::States => {
                frame.land = frame.rings(&land);
                frame.counties = frame.lines(&base::us_counties());
            }
            Projection::Around { .. } | Projection::World => {
                frame.land = frame.rings(&base::world_land());
                frame.borders = frame.lines(&base::world_borders());
                frame.origin = "Natural Earth; US Census Bureau, 2023";
            }
        }
        frame.borders.extend(frame.lines(&base::us_states()));
        frame.insets = insets(projection).iter().map(|inset| frame.stepped(inset)).collect();
        frame.view = frame.first_view();
        Some(frame)
    }

    /// Where a place is; `None`: not on this map.
    pub fn at(&self, place: Point) -> Option<At> {
        let at = self.projection.point(place).filter(|at| self.area.holds(*at))?;
        let (x, y) = self.step(at);
        Some((x.round() as u16, y.round() as u16))
    }

    /// Puts accounts on rough places, so that none can be told by where it is.
    pub fn coarsen(&mut self) {
        let rough = |step: u16| (step / ROUGH * ROUGH).saturating_add(ROUGH / 2);
        self.points.iter_mut().flatten().for_each(|at| *at = (rough(at.0), rough(at.1).min(self.height as u16)));
    }

    fn step(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let scale = STEPS / self.area.width();
        ((x - self.area.left) * scale, (y - self.area.top) * scale)
    }

    fn stepped(&self, area: &Area) -> Area {
        let ((left, top), (right, bottom)) = (self.step((area.left, area.top)), self.step((area.right, area.bottom)));
        Area { left, top, right, bottom }
    }

    /// What is seen of the rings.
    fn rings(&self, rings: &[Line]) -> Vec<Vec<(f64, f64)>> {
        let seen = |ring: &Line| {
            let (points, area) = self.flat(ring);
            let area = self.stepped(&area.unwrap_or(self.area));
            let ring = clip_ring(points, &area);
            (ring.len() > 2).then_some(ring)
        };
        self.continued(rings).iter().filter_map(seen).collect()
    }

    /// What is seen of the lines.
    fn lines(&self, lines: &[Line]) -> Vec<Vec<(f64, f64)>> {
        let seen = |line: &Line| {
            let (points, area) = self.flat(line);
            clip_line(&points, &self.stepped(&area.unwrap_or(self.area)))
        };
        self.continued(lines).iter().flat_map(seen).collect()
    }

    /// The lines without leaps from one side of the antimeridian to the other: they go on beyond 180 degrees, and on a map of
    /// the Earth are there on its other side as well.
    fn continued(&self, lines: &[Line]) -> Vec<Line> {
        let mut out = Vec::with_capacity(lines.len());
        for line in lines {
            let (mut turn, mut before) = (0.0, line.first().map_or(0.0, |at| at.0));
            let go_on = |&(longitude, latitude): &(f64, f64)| {
                if (longitude - before).abs() > 180.0 {
                    turn += if longitude < before { 360.0 } else { -360.0 };
                }
                before = longitude;
                (longitude + turn, latitude)
            };
            let line: Line = line.iter().map(go_on).collect();
            let beyond = line.iter().map(|at| at.0).find(|longitude| longitude.abs() > 180.5);
            if let (Projection::World, Some(beyond)) = (self.projection, beyond) {
                out.push(line.iter().map(|at| (at.0 - 360.0 * beyond.signum(), at.1)).collect());
            }
            out.push(line);
        }
        out
    }

    /// A line in steps, with the part of the plane that it is seen in.
    fn flat(&self, line: &Line) -> (Vec<(f64, f64)>, Option<Area>) {
        let mut area = None;
        let point = |&(longitude, latitude): &(f64, f64)| {
            let (at, within) = self.projection.place(longitude, latitude)?;
            area = within;
            Some(self.step(at))
        };
        let points = line.iter().filter_map(point).collect();
        (points, area)
    }

    /// The part with all accounts, if it is much smaller than the map; otherwise all of it.
    fn first_view(&self) -> Area {
        let whole = Area { left: 0.0, top: 0.0, right: STEPS, bottom: self.height };
        let seen = self.points.iter().flatten().map(|&(x, y)| (f64::from(x), f64::from(y)));
        let mut held = bounds(seen);
        let aspect = STEPS / self.height;
        let (across, down) = (held.width().max(held.height() * aspect), held.height().max(held.width() / aspect));
        let (across, down) = (across.max(STEPS / 40.0) * 1.12, down.max(self.height / 40.0) * 1.12);
        if across > STEPS * PART_SHOWN_MAX {
            return whole;
        }
        let (x, y) = ((held.left + held.right) / 2.0, (held.top + held.bottom) / 2.0);
        held = Area { left: x - across / 2.0, top: y - down / 2.0, right: x + across / 2.0, bottom: y + down / 2.0 };
        // Inside the map.
        let (dx, dy) = (
            (-held.left).max(0.0) + (STEPS - held.right).min(0.0),
            (-held.top).max(0.0) + (self.height - held.bottom).min(0.0),
        );
        Area { left: held.left + dx, top: held.top + dy, right: held.right + dx, bottom: held.bottom + dy }
    }
}

/// Whether nearly all places are on the map of the United States.
fn is_of_the_states(placed: &[Point], land: &[Line]) -> bool {
    let every = placed.len().div_ceil(LOOKED_AT);
    let looked: Vec<&Point> = placed.iter().step_by(every).collect();
    let on_land = looked.iter().filter(|place| is_inside(land, (place.longitude(), place.latitude()))).count();
    on_land as f64 >= looked.len() as f64 * ON_LAND
}

/// Whether a point is inside rings, by how often a ray to the east crosses them.
fn is_inside(rings: &[Line], (x, y): (f64, f64)) -> bool {
    let crosses = |pair: &[(f64, f64)]| {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)
    };
    rings.iter().flat_map(|ring| ring.windows(2)).filter(|pair| crosses(pair)).count() % 2 == 1
}

/// A map around the middle of these places, or of the Earth where they lie all over it.
fn around(placed: &[Point]) -> Projection {
    let Some(middle) = centre(placed.iter().map(|place| (*place, 1.0))) else {
        return Projection::World;
    };
    let farthest = placed.iter().map(|place| place.distance_km(middle)).fold(0.0, f64::max) / EARTH_KM;
    match farthest > REGION_MAX {
        true => Projection::World,
        false => Projection::Around { longitude: middle.longitude(), latitude: middle.latitude() },
    }
}

fn bounds(points: impl Iterator<Item = (f64, f64)>) -> Area {
    let none = Area { left: f64::INFINITY, top: f64::INFINITY, right: f64::NEG_INFINITY, bottom: f64::NEG_INFINITY };
    points.fold(none, |area, (x, y)| Area {
        left: area.left.min(x),
        top: area.top.min(y),
        right: area.right.max(x),
        bottom: area.bottom.max(y),
    })
}

/// The points with a margin, as wide for their height as a map is.
fn framed(points: impl Iterator<Item = (f64, f64)>) -> Area {
    let Area { left, top, right, bottom } = bounds(points);
    let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let (width, height) = ((right - left).max(REGION_MIN), (bottom - top).max(REGION_MIN / ASPECT));
    let across = width.max(height * ASPECT) * (1.0 + 2.0 * MARGIN);
    let down = across / ASPECT;
    Area { left: x - across / 2.0, top: y - down / 2.0, right: x + across / 2.0, bottom: y + down / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(places: &[(f64, f64)]) -> Frame {
        let place = |&(latitude, longitude): &(f64, f64)| Point::new(latitude, longitude);
        Frame::around(&places.iter().map(place).collect::<Vec<_>>()).expect("there are places")
    }

    #[test]
    fn a_book_of_the_states_is_on_their_map_and_others_on_a_map_of_their_own() {
        let states = frame(&[(34.0, -118.0), (41.0, -88.0), (61.2, -149.8), (40.0, -76.0)]);
        assert_eq!((states.projection, states.insets.len()), (Projection::States, 3));
        assert!(states.points.iter().all(Option::is_some) && states.counties.len() > 1_000);
        let europe = frame(&[(52.5, 13.4), (48.9, 2.3), (41.9, 12.5), (59.3, 18.0)]);
        assert!(matches!(europe.projection, Projection::Around { .. }));
        assert!(europe.land.len() > 5 && europe.borders.len() > 20 && europe.points.iter().all(Option::is_some));
        assert_eq!(frame(&[(52.5, 13.4), (-33.9, 151.2), (40.7, -74.0)]).projection, Projection::World);
        // Fiji lies on both sides of the antimeridian.
        let fiji = frame(&[(-17.8, 177.4), (-16.5, -179.9)]);
        assert!(fiji.points.iter().all(Option::is_some));
        assert!(Frame::around(&[None]).is_none());
    }

    #[test]
    fn a_book_of_one_state_is_shown_near() {
        let texas = frame(&[(30.3, -97.7), (32.8, -96.8), (29.8, -95.4)]);
        assert!(texas.view.width() < STEPS * PART_SHOWN_MAX && texas.view.left > 0.0);
        let one = frame(&[(30.3, -97.7)]);
        assert!(
            one.view.width() > 0.0
                && one
                    .view
                    .holds((one.points[0].map_or(0.0, |at| at.0.into()), one.points[0].map_or(0.0, |at| at.1.into())))
        );
    }
}
