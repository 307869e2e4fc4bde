//! Addresses as exports have them, and where they are.

use super::*;

/// Postal code, city, state, country; the step, about where, and what is odd about it.
type Row = ([&'static str; 4], Option<(Step, (f64, f64))>, Option<Doubt>);

const CAMBRIDGE: (f64, f64) = (42.362, -71.102);
const SAN_FRANCISCO: (f64, f64) = (37.77, -122.40);

/// Where nothing is known of the book.
const ALONE: &[Row] = &[
    // ZIPs, in every spelling; the state or the country says that they are.
    (["02139", "", "", "US"], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["2139", "", "", "USA"], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["2139", "", "MA", ""], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["02139-4307", "", "", "United States"], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["021394307", "", "", "U.S."], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["21394307", "", "", "U.S.A."], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["2139.0", "", "", "United States of America"], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["02139", "Cambridge", "Massachusetts", ""], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["02139", "", "Mass.", ""], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["02139", "", "US-MA", ""], Some((Step::PostalCode, CAMBRIDGE)), None),
    ([" 94107 ", "", "CA", ""], Some((Step::PostalCode, SAN_FRANCISCO)), None),
    (["94107", "", "California", "us"], Some((Step::PostalCode, SAN_FRANCISCO)), None),
    (["94107", "", "US-CA", "Vereinigte Staaten"], Some((Step::PostalCode, SAN_FRANCISCO)), None),
    (["501", "", "", "US"], Some((Step::PostalCode, (40.82, -73.05))), None),
    // A post box, which is no ZCTA; one company's; Puerto Rico, Guam, the Virgin Islands, Samoa, Saipan.
    (["02238", "", "MA", "US"], Some((Step::PostalCode, (42.37, -71.11))), None),
    (["00601", "", "PR", "US"], Some((Step::PostalCode, (18.18, -66.75))), None),
    (["601", "", "PR", ""], Some((Step::PostalCode, (18.18, -66.75))), None),
    (["00901", "San Juan", "", "Puerto Rico"], Some((Step::PostalCode, (18.46, -66.11))), None),
    (["96910", "", "GU", "US"], Some((Step::PostalCode, (13.45, 144.75))), None),
    (["96910", "", "", "Guam"], Some((Step::PostalCode, (13.45, 144.75))), None),
    (["00802", "", "VI", "US"], Some((Step::PostalCode, (18.34, -64.92))), None),
    (["96799", "", "AS", "US"], Some((Step::PostalCode, (-14.32, -170.73))), None),
    (["96950", "", "MP", "US"], Some((Step::PostalCode, (15.19, 145.75))), None),
    // Without a country or a state a number says nothing.
    (["02139", "", "", ""], None, Some(Doubt::Ambiguous)),
    (["2139", "", "", ""], None, Some(Doubt::Ambiguous)),
    (["10115", "Berlin", "", ""], None, Some(Doubt::Ambiguous)),
    // Not a ZIP: the area, the town, the state, the country.
    (["02137", "", "MA", "US"], Some((Step::PostalCode, (42.26, -71.12))), None),
    (["02100", "", "MA", "US"], Some((Step::PostalArea, (42.34, -71.07))), None),
    (["02100", "Boston", "MA", "US"], Some((Step::PostalArea, (42.34, -71.07))), None),
    (["00000", "Boston", "MA", "US"], Some((Step::City, (42.36, -71.06))), None),
    (["99999", "", "MA", "US"], Some((Step::State, (42.29, -71.31))), None),
    (["00000", "", "", "US"], Some((Step::Country, (38.96, -92.66))), None),
    // ZIP3 969 lies in several territories, and is no area.
    (["96999", "", "GU", "US"], Some((Step::State, (13.48, 144.80))), None),
    // ZIPs and states that contradict each other; at a border they do not.
    (["02139", "", "CA", "US"], Some((Step::PostalCode, CAMBRIDGE)), Some(Doubt::ZipBelieved)),
    (["2139", "", "California", ""], Some((Step::PostalCode, CAMBRIDGE)), Some(Doubt::ZipBelieved)),
    (["02139", "Los Angeles", "CA", "US"], Some((Step::City, (34.05, -118.24))), Some(Doubt::StateBelieved)),
    (["02139", "Nowhere", "CA", "US"], Some((Step::PostalCode, CAMBRIDGE)), Some(Doubt::ZipBelieved)),
    (["07302", "", "NY", "US"], Some((Step::PostalCode, (40.72, -74.05))), None),
    (["20001", "", "MD", "US"], Some((Step::PostalCode, (38.91, -77.02))), None),
    (["02100", "", "CA", "US"], Some((Step::State, (35.34, -119.25))), None),
    // Military post is nowhere.
    (["09012", "APO", "AE", "US"], None, Some(Doubt::Military)),
    (["09012", "", "", "US"], None, Some(Doubt::Military)),
    (["", "FPO", "AP", ""], None, Some(Doubt::Military)),
    (["34001", "APO", "AA", ""], None, Some(Doubt::Military)),
    // Towns.
    (["", "Boston", "MA", ""], Some((Step::City, (42.36, -71.06))), None),
    (["", "BOSTON, MA", "", ""], Some((Step::City, (42.36, -71.06))), None),
    (["", "Saint Louis", "MO", "US"], Some((Step::City, (38.63, -90.20))), None),
    (["", "St. Louis", "Missouri", "US"], Some((Step::City, (38.63, -90.20))), None),
    (["", "New York", "NY", "US"], Some((Step::City, (40.71, -74.01))), None),
    (["", "New York City", "NY", "US"], Some((Step::City, (40.71, -74.01))), None),
    (["", "Washington", "DC", "US"], Some((Step::City, (38.90, -77.04))), None),
    (["", "North Hollywood", "CA", "US"], Some((Step::City, (34.17, -118.38))), None),
    (["", "Chicago", "", "US"], Some((Step::City, (41.85, -87.65))), None),
    (["", "Springfield", "", "US"], Some((Step::Country, (38.96, -92.66))), None),
    (["", "Springfield", "IL", "US"], Some((Step::City, (39.80, -89.64))), None),
    (["", "San Juan", "PR", "US"], Some((Step::City, (18.47, -66.11))), None),
    (["", "Nowhere", "TX", "US"], Some((Step::State, (31.00, -97.51))), None),
    // States and countries.
    (["", "", "tx", ""], Some((Step::State, (31.00, -97.51))), None),
    (["", "", "D.C.", ""], Some((Step::State, (38.91, -77.03))), None),
    (["", "", "", "USA"], Some((Step::Country, (38.96, -92.66))), None),
    (["", "", "Bayern", "Germany"], Some((Step::State, (48.82, 11.35))), None),
    (["", "", "Bavaria", ""], Some((Step::State, (48.82, 11.35))), None),
    (["", "", "DE-BY", ""], Some((Step::State, (48.82, 11.35))), None),
    (["", "", "BY", "Deutschland"], Some((Step::State, (48.82, 11.35))), None),
    (["", "", "Thueringen", "DE"], Some((Step::State, (50.91, 11.17))), None),
    (["", "", "", "Allemagne"], Some((Step::Country, (51.05, 9.79))), None),
    // A German code is no ZIP, nor is any other.
    (["10115", "Berlin", "", "Germany"], Some((Step::City, (52.52, 13.41))), None),
    (["80331", "", "Bayern", "DE"], Some((Step::State, (48.82, 11.35))), None),
    (["10115", "", "", "Deutschland"], Some((Step::Country, (51.05, 9.79))), None),
    (["75001", "Paris", "Île-de-France", "FR"], Some((Step::City, (48.85, 2.35))), None),
    (["", "Muenchen", "", "DE"], Some((Step::City, (48.14, 11.58))), None),
    (["", "Köln", "NRW", "DE"], Some((Step::City, (50.93, 6.95))), None),
    (["", "Cologne", "North Rhine-Westphalia", "DE"], Some((Step::City, (50.93, 6.95))), None),
    (["1010", "Wien", "", "Österreich"], Some((Step::City, (48.21, 16.37))), None),
    // Canada: the letter is the province's; the shape alone is enough.
    (["M5V 2T6", "", "", ""], Some((Step::State, (44.01, -79.40))), None),
    (["M5V 2T6", "Toronto", "ON", "Canada"], Some((Step::City, (43.71, -79.40))), None),
    (["m5v2t6", "", "", "CA"], Some((Step::State, (44.01, -79.40))), None),
    (["K1A", "", "", "Canada"], Some((Step::State, (44.01, -79.40))), None),
    (["", "", "ON", ""], Some((Step::State, (44.01, -79.40))), None),
    (["", "", "Ontario", ""], Some((Step::State, (44.01, -79.40))), None),
    (["M5V 2T6", "", "CA", ""], Some((Step::State, (44.01, -79.40))), None),
    (["94107", "", "ON", "Canada"], Some((Step::State, (44.01, -79.40))), None),
    // Britain.
    (["SW1A 1AA", "", "", ""], Some((Step::Country, (52.58, -1.42))), None),
    (["SW1A 1AA", "London", "", "UK"], Some((Step::City, (51.51, -0.13))), None),
    (["EH1 1YZ", "", "Scotland", "United Kingdom"], Some((Step::State, (56.13, -3.72))), None),
    // A country that nobody knows is not the US; a state that is known still tells.
    (["02139", "", "", "Elbonia"], None, Some(Doubt::Unknown)),
    (["02139", "", "MA", "Elbonia"], Some((Step::PostalCode, CAMBRIDGE)), None),
    (["", "Boston", "", ""], None, Some(Doubt::Unknown)),
    (["", "", "XX", ""], None, Some(Doubt::Unknown)),
    // Nothing is nothing.
    (["", "", "", ""], None, None),
    ([" ", "N/A", "-", "#N/A"], None, None),
];

#[test]
fn addresses_are_found_at_the_first_step_that_is_known() {
    let mut faults = Vec::new();
    for (address, place, doubt) in ALONE {
        let [postal_code, city, state, country] = *address;
        let answer = locate(&Address { postal_code, city, state, country }, &Habits::none());
        let near = match (answer.located, place) {
            (None, None) => true,
            (Some(found), Some((step, at))) => found.step == *step && km(found, *at) < 12.0,
            _ => false,
        };
        if !near || answer.doubt != *doubt {
            faults.push(format!("{address:?}: {answer:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(ALONE.len() >= 60);
}

fn km(found: Located, at: (f64, f64)) -> f64 {
    let point = |(latitude, longitude)| Point::new(latitude, longitude).expect("on Earth");
    point((found.latitude, found.longitude)).distance_km(point(at))
}

#[test]
fn each_step_tells_how_far_it_typically_is() {
    let error = |postal_code, city, state, country| {
        let answer = locate(&Address { postal_code, city, state, country }, &Habits::none());
        answer.located.expect("it is known").typical_error_km
    };
    assert_eq!(error("02139", "", "", "US"), 2.0);
    assert_eq!(error("02238", "", "", "US"), 14.0);
    assert_eq!(error("", "Boston", "MA", ""), 10.0);
    assert!((2.0..12.0).contains(&error("02100", "", "", "US")), "{}", error("02100", "", "", "US"));
    assert_eq!(error("", "", "RI", ""), 20.0);
    assert!(error("", "", "TX", "") > 300.0 && error("", "", "", "US") > 1_500.0);
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| text.to_string()).collect()
}

#[test]
fn a_book_tells_where_accounts_are_that_name_no_country() {
    let zip = Address { postal_code: "02139", ..Address::default() };
    let addresses = |countries: &[&str], states: &[&str], codes: &[&str]| {
        let (countries, states, postal_codes) = (texts(countries), texts(states), texts(codes));
        let addresses = Addresses {
            countries: Cells::Plain(&countries),
            states: Cells::Plain(&states),
            postal_codes: Cells::Plain(&postal_codes),
            ..Addresses::default()
        };
        let habits = Habits::of(&addresses);
        (habits.country(), habits.evidence, locate(&zip, &habits).located.is_some())
    };
    let us = Some("United States");
    for (countries, states, codes, expected) in [
        (&["US", "USA", ""][..], &[][..], &[][..], (us, Evidence::Others, true)),
        (&["US", "Puerto Rico", ""], &[], &[], (us, Evidence::Others, true)),
        (&["US", "DE", ""], &[], &["02139", "10115"], (None, Evidence::Nothing, false)),
        (&["US", "US", "DE", ""], &[], &[], (us, Evidence::Others, true)),
        (&["DE", "DE", "US", ""], &[], &["02139", "02139", "02139"], (Some("Germany"), Evidence::Others, false)),
        (&[], &["MA", "CA", "Texas"], &[], (us, Evidence::Others, true)),
        (&[], &["MA", "Bayern", "Hessen", "Sachsen"], &[], (Some("Germany"), Evidence::Others, false)),
        (&[], &["ON", "QC", "MA"], &[], (Some("Canada"), Evidence::Others, false)),
        // São Paulo and Paraná, not Puerto Rico; but what a book of the US does not know makes it no other's.
        (&[], &["SP", "PR", "SP"], &[], (Some("Brazil"), Evidence::Others, false)),
        (&[], &["MA", "TX", "CA", "XX"], &[], (us, Evidence::Others, true)),
        // Nothing but codes.
        (&[], &[], &["02139", "94107", "2139", "", "60601"], (us, Evidence::Zips, true)),
        (&[], &[], &["10115", "80331", "20095", "50667"], (None, Evidence::Nothing, false)),
        (&[], &[], &["M5V 2T6", "K1A 0B1"], (None, Evidence::Nothing, false)),
        (&[], &[], &[], (None, Evidence::Nothing, false)),
    ] {
        assert_eq!(addresses(countries, states, codes), expected, "{countries:?} {states:?} {codes:?}");
    }
}
