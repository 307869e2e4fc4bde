//! Where a seat's seller lives: latitude and longitude, or what people call the place.

use super::text;
use carve_places::{Unnamed, named};
use carve_proto::v1 as proto;

/// A home, and how it was read where it was a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// Where it is.
    pub place: proto::Place,
    /// The place that a name was taken for; empty: it was given as latitude and longitude.
    pub named: String,
}

/// A home as `latitude,longitude`, a ZIP of the US, a town with its state or country, or a state.
///
/// # Errors
/// What to write instead.
pub fn home(given: &str) -> Result<Home, String> {
    match text::point(given) {
        Some((latitude, longitude)) => {
            on_earth(given, latitude, longitude).map(|place| Home { place, named: String::new() })
        }
        None => by_name(given),
    }
}

fn on_earth(given: &str, latitude: f64, longitude: f64) -> Result<proto::Place, String> {
    if latitude.abs() > 90.0 && latitude.abs() <= 180.0 && longitude.abs() <= 90.0 {
        return Err(format!("latitude {latitude} is beyond 90 degrees; did you mean {longitude},{latitude}?"));
    }
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return Err(format!("home {given:?} is not on Earth: latitude is -90 to 90 degrees, longitude -180 to 180"));
    }
    Ok(proto::Place { latitude, longitude, ..Default::default() })
}

fn by_name(given: &str) -> Result<Home, String> {
    const FORMS: &str = "write a town with its state or country (Boston, MA), a ZIP (02139), a state, or \
                         latitude,longitude (40.7,-74.0)";
    match named(given) {
        Ok(found) => {
            let (latitude, longitude) = (found.located.latitude, found.located.longitude);
            let place = proto::Place { latitude, longitude, ..Default::default() };
            Ok(Home { place, named: format!("{} ({latitude:.2},{longitude:.2})", found.name) })
        }
        Err(Unnamed::Unknown) => Err(format!("home {given:?} is no place that is known; {FORMS}")),
        Err(Unnamed::Ambiguous(names, more)) => {
            let more = if more > 0 { format!(" or {more} more") } else { String::new() };
            Err(format!("home {given:?} may be {}{more}; name its state or country", names.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_points_on_earth_or_known_places() {
        let point = |latitude, longitude| proto::Place { latitude, longitude, ..Default::default() };
        assert_eq!(home("40.7,-74").map(|home| home.place), Ok(point(40.7, -74.0)));
        assert_eq!(home("40,7; -74,25").map(|home| home.place), Ok(point(40.7, -74.25)));
        let boston = home("Boston, MA").expect("it is known");
        assert!((boston.place.latitude - 42.36).abs() < 0.1, "{boston:?}");
        assert!(boston.named.starts_with("Boston, Massachusetts, United States (42.3"), "{boston:?}");
        for (given, says) in [
            ("Nowhere at All", "no place that is known; write a town"),
            ("Springfield", "may be Springfield, "),
            ("-112.1,33.4", "did you mean 33.4,-112.1?"),
            ("91,200", "not on Earth"),
            ("0,181", "not on Earth"),
        ] {
            assert!(home(given).is_err_and(|error| error.contains(says)), "{given}: {:?}", home(given));
        }
    }
}
