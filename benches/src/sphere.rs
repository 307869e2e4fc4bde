//! Distances and centres on Earth, written out here so that values share no code with the solver.

use carve_solver::input::RawPlace;

/// Mean radius of Earth, km.
const EARTH_KM: f64 = 6371.0088;

/// Great-circle distance by the haversine formula, km.
pub fn km(a: RawPlace, b: RawPlace) -> f64 {
    let (north, east) = ((b.latitude - a.latitude).to_radians(), (b.longitude - a.longitude).to_radians());
    let cosines = a.latitude.to_radians().cos() * b.latitude.to_radians().cos();
    let haversine = (north / 2.0).sin().powi(2) + cosines * (east / 2.0).sin().powi(2);
    2.0 * EARTH_KM * haversine.min(1.0).sqrt().asin()
}

/// The mean direction of the places; `None` without any, or when they cancel out.
pub fn centre(places: impl Iterator<Item = RawPlace>) -> Option<RawPlace> {
    let mut sum = [0.0; 3];
    for place in places {
        let (latitude, longitude) = (place.latitude.to_radians(), place.longitude.to_radians());
        sum[0] += latitude.cos() * longitude.cos();
        sum[1] += latitude.cos() * longitude.sin();
        sum[2] += latitude.sin();
    }
    let [x, y, z] = sum;
    let level = x.hypot(y);
    (level.hypot(z) > 1e-9)
        .then(|| RawPlace { latitude: z.atan2(level).to_degrees(), longitude: y.atan2(x).to_degrees() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_equator_is_a_quarter_of_the_way_round() {
        let at = |latitude, longitude| RawPlace { latitude, longitude };
        let quarter = std::f64::consts::FRAC_PI_2 * EARTH_KM;
        assert!((km(at(0.0, 0.0), at(0.0, 90.0)) - quarter).abs() < 1e-6);
        assert!((km(at(90.0, 0.0), at(0.0, 17.0)) - quarter).abs() < 1e-6);
        let middle = centre([at(0.0, 170.0), at(0.0, -170.0)].into_iter()).expect("they do not cancel out");
        assert!(middle.latitude.abs() < 1e-9 && (middle.longitude.abs() - 180.0).abs() < 1e-9, "{middle:?}");
        assert_eq!(centre(std::iter::empty()), None);
    }
}
