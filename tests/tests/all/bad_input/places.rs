//! The cases of places: typical errors, and addresses that are read, contradict each other or the coordinates.

use super::*;

/// Two accounts, the first with this address (postal code, city, state, country) and this place; the second stands in
/// Boston and says so.
fn addressed(address: [&str; 4], place: Option<(f64, f64)>) -> Given {
    wire(|request| {
        let named = ["postal_code", "city", "state", "country"].into_iter().map(String::from);
        let at = |(latitude, longitude)| proto::Place { latitude, longitude, ..Default::default() };
        request.accounts[0].attributes = named.zip(address.map(String::from)).collect();
        request.accounts[0].place = place.map(at);
        request.accounts[1].attributes = [("country".to_owned(), "US".to_owned())].into();
        request.accounts[1].place = Some(at((42.36, -71.06)));
    })
}

/// The first account's place is so far off, typically.
fn off(typical_error_km: f64) -> Given {
    let typical_error_km = Some(typical_error_km);
    wire(|request| {
        request.accounts[0].place = Some(proto::Place { latitude: 40.0, longitude: -75.0, typical_error_km });
    })
}

/// The same of an anchor, of a home, and of an anchor that a plan is evaluated around.
fn anchor_off(typical_error_km: Option<f64>) -> Given {
    let place = Some(proto::Place { latitude: 40.0, longitude: -75.0, typical_error_km });
    wire(|request| {
        if let Some(proto::split::Shape::Tree(root)) = request.split.as_mut().and_then(|split| split.shape.as_mut()) {
            root.children[1].anchor = place;
        }
    })
}

fn home_off(typical_error_km: Option<f64>) -> Given {
    let home = Some(proto::Place { latitude: 40.0, longitude: -75.0, typical_error_km });
    wire(|request| {
        let seat = |id: &str| proto::Seat { seat_id: id.into(), home, ..Default::default() };
        let seats = proto::Seats { seats: vec![seat("s1"), seat("s2")], ..Default::default() };
        request.split = Some(proto::Split { shape: Some(proto::split::Shape::Seats(seats)) });
    })
}

fn evaluated_off(typical_error_km: Option<f64>) -> Given {
    let mut given = evaluated(&[("a", "t0"), ("b", "t1")], "t0");
    if let Given::Evaluate(request) = &mut given {
        request.anchors[0].anchor = Some(proto::Place { latitude: 40.0, longitude: -75.0, typical_error_km });
    }
    given
}

pub(super) fn cases_of_places() -> Vec<Case> {
    let at = |latitude, longitude| Some((latitude, longitude));
    use Code::*;
    vec![
        case(PlaceErrorInvalid, off(-1.0), off(0.0)),
        case(PlaceErrorInvalid, off(20_000.1), off(20_000.0)),
        case(PlaceErrorInvalid, off(f64::NAN), off(2.0)),
        case(PlaceErrorInvalid, anchor_off(Some(1.0)), anchor_off(None)),
        case(PlaceErrorInvalid, home_off(Some(1.0)), home_off(None)),
        case(PlaceErrorInvalid, evaluated_off(Some(1.0)), evaluated_off(None)),
        case(
            PlaceFromPostalCode,
            addressed(["02139", "", "", ""], None),
            addressed(["02139", "", "", ""], at(42.4, -71.1)),
        ),
        // A post box, Puerto Rico, a leading zero that was lost, Canada, Britain: read, and told; not where a place is given.
        by_code("02238", "US"),
        by_code("00901", "US"),
        by_code("2139", "US"),
        by_code("M5V 2T6", "CA"),
        by_code("SW1A 1AA", "GB"),
        case(
            PostalCodeContradictsState,
            addressed(["02139", "", "CA", ""], None),
            addressed(["02139", "", "MA", ""], None),
        ),
        case(
            PostalCodeContradictsState,
            addressed(["2139", "", "CA", ""], None),
            addressed(["2139", "", "NH", ""], None),
        ),
        case(AddressUnknown, addressed(["", "APO", "AE", "US"], None), addressed(["", "", "AK", "US"], None)),
        case(AddressUnknown, addressed(["02139", "", "", "Elbonia"], None), addressed(["02139", "", "", "U.S."], None)),
        case(
            PlaceSwapped,
            addressed(["", "", "MA", ""], at(-71.1, 42.4)),
            addressed(["", "", "MA", ""], at(42.4, -71.1)),
        ),
        case(
            PlaceOutsideCountry,
            addressed(["", "", "", "DE"], at(42.4, -71.1)),
            addressed(["", "", "", "DE"], at(52.5, 13.4)),
        ),
        case(
            PlaceOutsideState,
            addressed(["", "", "CA", ""], at(42.4, -71.1)),
            addressed(["", "", "NH", ""], at(42.4, -71.1)),
        ),
        // Two accounts, of which one says that it is in Germany: a number of five digits could be anybody's.
        case(PostalCodeAmbiguous, alone(["02139", "DE"]), alone(["02139", "US"])),
    ]
}

/// An account that is placed by this code, beside one that has the code and a place in its country.
fn by_code(code: &str, country: &str) -> Case {
    let place = match (code, country) {
        ("00901", _) => (18.46, -66.1),
        (_, "US") => (42.4, -71.1),
        (_, "CA") => (43.6, -79.4),
        _ => (51.5, -0.14),
    };
    let given = |place| addressed([code, "", "", country], place);
    case(Code::PlaceFromPostalCode, given(None), given(Some(place)))
}

/// Two accounts: the first has a postal code alone, the second names a country; and a third one is in the US.
fn alone([postal_code, country]: [&str; 2]) -> Given {
    wire(|request| {
        let attribute = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        request.accounts.push(proto::Account { account_id: "c".into(), ..Default::default() });
        request.accounts[0].attributes = attribute("postal_code", postal_code);
        request.accounts[1].attributes = attribute("country", country);
        request.accounts[2].attributes = attribute("country", "US");
    })
}
