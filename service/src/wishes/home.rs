//! Where a seat's seller lives.

use super::text;
use carve_proto::v1 as proto;

/// A home as `latitude,longitude`.
///
/// # Errors
/// What to write instead.
pub fn home(given: &str) -> Result<proto::Place, String> {
    let (latitude, longitude) = text::point(given)
        .ok_or_else(|| format!("home {given:?} is no latitude,longitude in degrees, such as 40.7,-74.0"))?;
    if latitude.abs() > 90.0 && longitude.abs() <= 90.0 {
        return Err(format!("latitude {latitude} is beyond 90 degrees; did you mean {longitude},{latitude}?"));
    }
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return Err(format!("home {given:?} is not on Earth: latitude is -90 to 90 degrees, longitude -180 to 180"));
    }
    Ok(proto::Place { latitude, longitude, ..Default::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_points_on_earth() {
        assert_eq!(home("40.7,-74"), Ok(proto::Place { latitude: 40.7, longitude: -74.0, ..Default::default() }));
        for (given, says) in [
            ("New York", "no latitude,longitude"),
            ("-112.1,33.4", "did you mean 33.4,-112.1?"),
            ("91,200", "not on Earth"),
            ("0,181", "not on Earth"),
        ] {
            assert!(home(given).is_err_and(|error| error.contains(says)), "{given}: {:?}", home(given));
        }
    }
}
