//! The data as a whole, and a sample beside the sources that it was made from.

use super::*;
use crate::squares::Outside;

/// ZCTAs of the gazetteer of 2023, every 400th: the ZIP, latitude and longitude.
const ZCTAS: &str = include_str!("zctas.csv");

#[test]
fn all_is_there() {
    assert_eq!(zips().count(), 41_117);
    assert_eq!(towns().count(), 132_378);
    assert_eq!(atlas().country_name(atlas().us()), "United States");
}

#[test]
fn zctas_are_where_the_census_has_them() {
    let mut rows = 0;
    for row in ZCTAS.lines() {
        let fields: Vec<&str> = row.split(',').collect();
        let [zip, latitude, longitude] = fields[..] else { panic!("{row}") };
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let at = Point::new(number(latitude), number(longitude)).expect("on Earth");
        let found = zips().zip(zip.parse().expect("digits")).unwrap_or_else(|| panic!("{zip} is not there"));
        assert!(found.middle.at.distance_km(at) < 0.1 && found.middle.radius_km == 2.0, "{zip}: {found:?}");
        rows += 1;
    }
    assert_eq!(rows, 85);
}

#[test]
fn every_zip_is_in_its_own_state_and_country() {
    let (mut odd, mut outside) = (Vec::new(), Outside::default());
    for (number, found) in (0..100_000).filter_map(|number| Some((number, zips().zip(number)?))) {
        let (state, at) = (found.state, found.middle.at);
        if outside.region(state, at) || outside.country(atlas().us(), at) {
            odd.push(format!("{number:05} {} {at:?}", atlas().region_name(state)));
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
}

#[test]
fn every_country_and_state_is_known_by_its_code_and_name() {
    let states = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH \
                  OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP";
    for code in states.split(' ') {
        let region = atlas().region(atlas().us(), code).unwrap_or_else(|| panic!("{code} is not known"));
        assert_eq!(atlas().region(atlas().us(), atlas().region_name(region)), Some(region), "{code}");
        assert_eq!(atlas().region_by_code(&format!("US-{code}")), Some(region), "{code}");
    }
    for code in "AB BC MB NB NL NS NT NU ON PE QC SK YT".split(' ') {
        assert!(atlas().region(atlas().canada(), code).is_some(), "{code}");
        assert!(!states.split(' ').any(|state| state == code), "{code} is of both");
    }
    for name in
        "Germany,France,Italia,España,Brasil,Japan,Korea,UK,Schweiz,Suisse,Niederlande,Holland,UAE,Türkiye".split(',')
    {
        assert!(atlas().country(name).is_some(), "{name}");
    }
}
