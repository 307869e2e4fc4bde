//! Points on Earth, distances and centres. The one door to `geo`.

use crate::limits::PLACE_ERROR_KM_HALF;
use geo::{Distance, Haversine};

/// Points closer than this are one: a millimetre, in km.
const SAME_KM: f64 = 1e-6;

/// A point that is on Earth: latitude −90 to 90, longitude −180 to 180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point(geo::Point<f64>);

impl Point {
    /// `None` unless both are finite and in range. Degrees.
    pub fn new(latitude: f64, longitude: f64) -> Option<Point> {
        let valid = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        valid.then(|| Point(geo::Point::new(longitude, latitude)))
    }

    /// Degrees north.
    pub fn latitude(self) -> f64 {
        self.0.y()
    }

    /// Degrees east.
    pub fn longitude(self) -> f64 {
        self.0.x()
    }

    /// Great-circle distance on a sphere of radius 6371.0088 km, in km; 0 below a millimetre, which is what rounding
    /// makes of two ways to compute one point.
    pub fn distance_km(self, other: Point) -> f64 {
        let km = Haversine.distance(self.0, other.0) / 1000.0;
        if km < SAME_KM { 0.0 } else { km }
    }

    /// What a place counts in compactness whose account is typically `error_km` from it: 1 where that is 0, half at
    /// [`PLACE_ERROR_KM_HALF`], and soon next to nothing, so that a point that many accounts share steers no territory.
    pub fn weight(error_km: f64) -> f64 {
        let errors = error_km / PLACE_ERROR_KM_HALF;
        1.0 / (1.0 + errors * errors)
    }

    /// From the centre of the Earth, 1 long.
    pub(crate) fn unit_vector(self) -> [f64; 3] {
        let (lat, lon) = (self.latitude().to_radians(), self.longitude().to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    }
}

/// Radius of the Earth, in km.
const EARTH_KM: f64 = 6371.0088;

/// Square of the straight way through the Earth between two unit vectors, km²: cheaper than a great circle, and within 1 %
/// of its square up to 2,200 km.
pub(crate) fn chord_km2(a: [f64; 3], b: [f64; 3]) -> f64 {
    EARTH_KM * EARTH_KM * a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
}

/// The centre of weighted points: the mean direction in space, so that it holds across the antimeridian.
/// `None` when the weights sum to 0 or the points cancel out.
pub fn centre(points: impl IntoIterator<Item = (Point, f64)>) -> Option<Point> {
    let mut sum = Direction::default();
    points.into_iter().for_each(|(point, weight)| sum.add(point, weight));
    sum.centre()
}

/// A sum of directions in space, for the centre of points that come one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Direction([f64; 3]);

impl Direction {
    /// That of one point.
    pub(crate) fn of(point: Point) -> Direction {
        Direction(point.unit_vector())
    }

    /// Adds a weighted point.
    pub fn add(&mut self, point: Point, weight: f64) {
        for (total, part) in self.0.iter_mut().zip(point.unit_vector()) {
            *total += weight * part;
        }
    }

    /// Adds what another sum holds.
    pub fn join(&mut self, other: &Direction) {
        self.0.iter_mut().zip(other.0).for_each(|(total, part)| *total += part);
    }

    /// Adds what another sum holds, weighted.
    pub(crate) fn join_part(&mut self, other: &Direction, weight: f64) {
        self.0.iter_mut().zip(other.0).for_each(|(total, part)| *total += weight * part);
    }

    /// How long it is: the weights' sum when all points are one, near 0 when they cancel out.
    pub fn length(&self) -> f64 {
        self.0.iter().map(|v| v * v).sum::<f64>().sqrt()
    }

    /// The centre, see [`centre`].
    pub fn centre(&self) -> Option<Point> {
        let length = self.length();
        if length < 1e-9 {
            return None;
        }
        let [x, y, z] = self.0.map(|v| v / length);
        Point::new(z.clamp(-1.0, 1.0).asin().to_degrees(), y.atan2(x).to_degrees())
    }
}

/// The plane that touches the Earth at a point, to tell east from north near there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane {
    east: [f64; 3],
    north: [f64; 3],
}

impl Plane {
    pub fn at(point: Point) -> Plane {
        let (lat, lon) = (point.latitude().to_radians(), point.longitude().to_radians());
        Plane { east: [-lon.sin(), lon.cos(), 0.0], north: [-lat.sin() * lon.cos(), -lat.sin() * lon.sin(), lat.cos()] }
    }

    /// How far east and north a direction points, seen along the plane; Earth radii for that of a point.
    pub fn east_north(&self, direction: &Direction) -> (f64, f64) {
        let along = |axis: &[f64; 3]| direction.0.iter().zip(axis).map(|(a, b)| a * b).sum();
        (along(&self.east), along(&self.north))
    }
}
