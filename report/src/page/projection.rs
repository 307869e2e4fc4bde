//! From places on Earth to a flat map, with equal areas throughout: the United States as an atlas prints them, a region
//! around its middle, or the whole Earth.

use carve_solver::space::Point;
use std::f64::consts::PI;

/// A rectangle of the plane, y downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        x >= self.left && x <= self.right && y >= self.top && y <= self.bottom
    }

    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// How places become points of the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Projection {
    /// Conic of Albers for the lower 48, with insets of Alaska, Hawaii and Puerto Rico: the layout of d3's geoAlbersUsa.
    States,
    /// Azimuthal of Lambert around a middle; degrees.
    Around { longitude: f64, latitude: f64 },
    /// Equal Earth (Šavrič, Patterson and Jenny 2018).
    World,
}

/// A part of the map of the United States with a projection of its own.
#[derive(Debug)]
struct Part {
    conic: Conic,
    scale: f64,
    at: (f64, f64),
    area: Area,
}

#[derive(Debug)]
struct Conic {
    /// Longitude of the middle meridian.
    meridian: f64,
    parallels: (f64, f64),
    /// What lies in the middle, longitude from the meridian.
    centre: (f64, f64),
}

/// The frame of the map of the United States.
pub(super) const STATES: Area = Area { left: -0.455, top: -0.238, right: 0.455, bottom: 0.238 };

const MAINLAND: Part = Part {
    conic: Conic { meridian: -96.0, parallels: (29.5, 45.5), centre: (-0.6, 38.7) },
    scale: 1.0,
    at: (0.0, 0.0),
    area: STATES,
};

const INSETS: [Part; 3] = [
    Part {
        conic: Conic { meridian: -154.0, parallels: (55.0, 65.0), centre: (-2.0, 58.5) },
        scale: 0.35,
        at: (-0.307, 0.201),
        area: Area { left: -0.425, top: 0.120, right: -0.214, bottom: 0.234 },
    },
    Part {
        conic: Conic { meridian: -157.0, parallels: (8.0, 18.0), centre: (-3.0, 19.9) },
        scale: 1.0,
        at: (-0.205, 0.212),
        area: Area { left: -0.214, top: 0.166, right: -0.115, bottom: 0.234 },
    },
    Part {
        conic: Conic { meridian: -66.0, parallels: (8.0, 18.0), centre: (0.0, 18.0) },
        scale: 1.0,
        at: (0.350, 0.224),
        area: Area { left: 0.320, top: 0.204, right: 0.380, bottom: 0.234 },
    },
];

/// The insets of a projection: nothing in them is near what is outside.
pub(super) fn insets(projection: Projection) -> Vec<Area> {
    match projection {
        Projection::States => INSETS.iter().map(|part| part.area).collect(),
        Projection::Around { .. } | Projection::World => Vec::new(),
    }
}

/// The inset that a place belongs to; `None`: the lower 48, or no part of the map.
fn inset(longitude: f64, latitude: f64) -> Option<usize> {
    let alaska = latitude > 50.0 && !(-129.0..=172.0).contains(&longitude);
    let hawaii = (18.0..23.0).contains(&latitude) && (-161.0..-154.0).contains(&longitude);
    let puerto_rico = (17.0..19.0).contains(&latitude) && (-68.0..-64.0).contains(&longitude);
    [alaska, hawaii, puerto_rico].iter().position(|inside| *inside)
}

impl Projection {
    /// Where a place is, in the plane, and the part of the plane that it must lie in to be shown.
    pub fn place(self, longitude: f64, latitude: f64) -> Option<((f64, f64), Option<Area>)> {
        match self {
            Projection::States => {
                let part = inset(longitude, latitude).map_or(&MAINLAND, |inset| &INSETS[inset]);
                let (x, y) = part.conic.project(longitude, latitude);
                Some(((part.at.0 + part.scale * x, part.at.1 + part.scale * y), Some(part.area)))
            }
            Projection::Around { longitude: middle, latitude: parallel } => {
                let (turn, phi, centre) = (radians(longitude - middle), radians(latitude), radians(parallel));
                let near = centre.sin() * phi.sin() + centre.cos() * phi.cos() * turn.cos();
                let far = near < -0.3; // beyond, it would be torn apart
                let scale = (2.0 / (1.0 + near.max(-0.9))).sqrt();
                let x = scale * phi.cos() * turn.sin();
                let y = scale * (centre.cos() * phi.sin() - centre.sin() * phi.cos() * turn.cos());
                (!far).then_some(((x, -y), None))
            }
            Projection::World => Some((equal_earth(longitude, latitude), None)),
        }
    }

    /// Where a place is; `None`: not on this map.
    pub fn point(self, place: Point) -> Option<(f64, f64)> {
        let (at, area) = self.place(place.longitude(), place.latitude())?;
        area.is_none_or(|area| area.holds(at)).then_some(at)
    }
}

impl Conic {
    fn project(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        let (first, second) = (radians(self.parallels.0).sin(), radians(self.parallels.1).sin());
        let n = (first + second) / 2.0;
        let c = 1.0 + first * (2.0 * n - first);
        let raw = |longitude: f64, latitude: f64| {
            let r = (c - 2.0 * n * radians(latitude).sin()).max(0.0).sqrt() / n;
            let turn = n * radians(longitude);
            (r * turn.sin(), c.sqrt() / n - r * turn.cos())
        };
        let from = |longitude: f64| (longitude - self.meridian + 540.0).rem_euclid(360.0) - 180.0;
        let (x, y) = raw(from(longitude), latitude);
        let (cx, cy) = raw(self.centre.0, self.centre.1);
        (x - cx, cy - y)
    }
}

fn equal_earth(longitude: f64, latitude: f64) -> (f64, f64) {
    const A: [f64; 4] = [1.340_264, -0.081_106, 0.000_893, 0.003_796];
    let half_root_3 = 3.0_f64.sqrt() / 2.0;
    let theta = (half_root_3 * radians(latitude).sin()).asin();
    let (t2, t6) = (theta * theta, theta.powi(6));
    let narrow = half_root_3 * (A[0] + 3.0 * A[1] * t2 + t6 * (7.0 * A[2] + 9.0 * A[3] * t2));
    let x = radians(longitude) * theta.cos() / narrow;
    let y = theta * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2));
    (x, -y)
}

fn radians(degrees: f64) -> f64 {
    degrees * PI / 180.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(projection: Projection, longitude: f64, latitude: f64) -> (f64, f64) {
        projection.point(Point::new(latitude, longitude).expect("on Earth")).expect("on the map")
    }

    #[test]
    fn the_states_lie_as_an_atlas_prints_them() {
        let [seattle, miami, boston, honolulu, anchorage, san_juan] =
            [(-122.3, 47.6), (-80.2, 25.8), (-71.1, 42.4), (-157.9, 21.3), (-149.9, 61.2), (-66.1, 18.4)]
                .map(|(longitude, latitude)| at(Projection::States, longitude, latitude));
        assert!(
            seattle.0 < -0.29 && seattle.1 < -0.1 && boston.0 > 0.3 && miami.1 > 0.2,
            "{seattle:?} {boston:?} {miami:?}"
        );
        assert!(anchorage.0 < honolulu.0 && honolulu.1 > 0.16 && anchorage.1 > 0.12 && san_juan.0 > 0.3);
        // London is on no map of the states.
        assert_eq!(Projection::States.point(Point::new(51.5, -0.1).expect("on Earth")), None);
    }

    #[test]
    fn a_square_degree_is_as_large_as_its_cosine_says() {
        let size = |projection: Projection, longitude: f64, latitude: f64| {
            let d = 0.01;
            let (x0, y0) = at(projection, longitude, latitude);
            let (x1, y1) = at(projection, longitude + d, latitude);
            let (x2, y2) = at(projection, longitude, latitude + d);
            ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)).abs() / radians(latitude).cos()
        };
        for projection in
            [Projection::States, Projection::Around { longitude: -90.0, latitude: 40.0 }, Projection::World]
        {
            let (south, north) = (size(projection, -98.0, 30.0), size(projection, -85.0, 47.0));
            assert!((south / north - 1.0).abs() < 1e-3, "{projection:?}: {south} {north}");
        }
        assert_eq!(at(Projection::World, 0.0, 0.0), (0.0, 0.0));
    }
}
