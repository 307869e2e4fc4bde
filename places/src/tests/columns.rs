//! Whole columns: what is placed, and the one finding of each kind.

use super::*;

/// A book by rows: postal code, city, state, country, and the place given.
type Row = ([&'static str; 4], Option<(f64, f64)>);

struct Filled {
    places: Vec<Option<RawPlace>>,
    errors_km: Vec<f64>,
    findings: Vec<Finding>,
}

impl Filled {
    fn of(rows: &[Row]) -> Filled {
        let ids: Vec<String> = (0..rows.len()).map(|row| format!("a{row}")).collect();
        let column = |field: usize| rows.iter().map(|(address, _)| address[field].to_owned()).collect::<Vec<String>>();
        let (postal_codes, cities, states, countries) = (column(0), column(1), column(2), column(3));
        let place = |&(latitude, longitude): &(f64, f64)| RawPlace { latitude, longitude };
        let mut places: Vec<Option<RawPlace>> = rows.iter().map(|(_, at)| at.as_ref().map(place)).collect();
        let mut errors_km = Vec::new();
        let addresses = Addresses {
            postal_codes: Cells::Plain(&postal_codes),
            cities: Cells::Plain(&cities),
            states: Cells::Plain(&states),
            countries: Cells::Plain(&countries),
        };
        let accounts = Accounts { ids: &ids, places: &mut places, errors_km: &mut errors_km };
        let findings = fill(accounts, &addresses);
        Filled { places, errors_km, findings }
    }

    fn codes(&self) -> Vec<Code> {
        self.findings.iter().map(|finding| finding.code).collect()
    }

    fn message(&self, code: Code) -> &str {
        let found = self.findings.iter().find(|finding| finding.code == code);
        found.map_or_else(|| panic!("{code} is not among {:?}", self.findings), |finding| &finding.message)
    }
}

#[test]
fn each_step_is_counted_in_one_finding() {
    let mut rows: Vec<Row> = vec![(["02139", "", "MA", "US"], None); 1_204];
    rows.extend([(["02100", "", "MA", "US"], None); 31]);
    rows.extend([(["", "", "TX", ""], None); 4]);
    rows.extend([(["", "", "", ""], None), (["", "", "NY", "US"], Some((40.7, -74.0)))]);
    let filled = Filled::of(&rows);
    assert_eq!(filled.codes(), [Code::PlaceFromPostalCode]);
    assert_eq!(
        filled.message(Code::PlaceFromPostalCode),
        "1,239 of the 1,240 accounts without coordinates are placed by address: 1,204 by ZIP (±2 km), 31 by ZIP3 \
         (±9 km), 4 by state (±320 km); the coarser, the less they count in compactness; accounts without a country \
         count as United States: 1,240 of the 1,240 whose country or state is known are there"
    );
    assert_eq!((filled.errors_km.len(), filled.errors_km[0], filled.errors_km[1_240]), (1_241, 2.0, 0.0));
    assert!(filled.places[1_239].is_none() && filled.places[1_235].is_some());
    assert_eq!(filled.places[1_240], Some(RawPlace { latitude: 40.7, longitude: -74.0 }));
}

#[test]
fn a_book_whose_places_are_all_there_stays_as_it_is() {
    let filled = Filled::of(&[(["02139", "", "MA", "US"], Some((42.4, -71.1))), (["", "", "", ""], Some((0.0, 0.0)))]);
    assert!(filled.findings.is_empty() && filled.errors_km.is_empty(), "{:?}", filled.findings);
    let filled = Filled::of(&[(["", "", "", ""], None)]);
    assert!(filled.findings.is_empty() && filled.errors_km.is_empty() && filled.places == [None]);
}

/// What is odd, its sound twin, the code, and what the finding says of it.
const TWINS: &[(Row, Row, Code, &str)] = &[
    (
        (["02139", "", "CA", "US"], None),
        (["02139", "", "MA", "US"], None),
        Code::PostalCodeContradictsState,
        "2 accounts have a ZIP that lies in another state than the one given: the ZIP is believed for 2 (first: \"a1\": 02139 in CA; \
         \"a3\": 02139 in CA); mend the one that is wrong",
    ),
    (
        (["02139", "Fresno", "CA", "US"], None),
        (["02139", "Boston", "MA", "US"], None),
        Code::PostalCodeContradictsState,
        "the state is believed, as the town is in it for 2",
    ),
    (
        (["", "APO", "AE", "US"], None),
        (["", "Paris", "TX", "US"], None),
        Code::AddressUnknown,
        "2 of them are military post",
    ),
    (
        (["02139", "", "", "Elbonia"], None),
        (["02139", "", "", "US"], None),
        Code::AddressUnknown,
        "2 accounts have an address in which nothing is known (first: \"a1\": 02139, Elbonia; \"a3\": 02139, Elbonia)",
    ),
    (
        (["", "", "MA", "US"], Some((-71.1, 42.4))),
        (["", "", "MA", "US"], Some((42.4, -71.1))),
        Code::PlaceSwapped,
        "the coordinates of 2 of 4 accounts are where the accounts say only with latitude and longitude swapped (first: \
         \"a1\": -71.1, 42.4 for Massachusetts, United States; \"a3\": -71.1, 42.4 for Massachusetts, United States)",
    ),
    (
        // On no Earth as it stands, and in California when swapped.
        (["", "", "CA", ""], Some((-122.4, 37.8))),
        (["", "", "CA", ""], Some((37.8, -122.4))),
        Code::PlaceSwapped,
        "latitude and longitude swapped",
    ),
    (
        (["", "", "NY", "US"], Some((40.7, 74.0))),
        (["", "", "NY", "US"], Some((40.7, -74.0))),
        Code::PlaceSwapped,
        "with the sign of one or both turned",
    ),
    (
        (["", "", "", "Germany"], Some((40.7, -74.0))),
        (["", "", "", "Germany"], Some((52.5, 13.4))),
        Code::PlaceOutsideCountry,
        "40.7, -74 for Germany",
    ),
    (
        // The middle of the Atlantic.
        (["", "", "", "US"], Some((35.0, -40.0))),
        (["", "", "", "US"], Some((64.8, -147.7))),
        Code::PlaceOutsideCountry,
        "far from every town of the country",
    ),
    (
        (["", "", "MA", "US"], Some((34.05, -118.24))),
        (["", "", "CA", "US"], Some((34.05, -118.24))),
        Code::PlaceOutsideState,
        "34.05, -118.24 for Massachusetts, United States",
    ),
];

#[test]
fn what_is_odd_is_one_finding_with_count_and_first_places() {
    for (odd, sound, code, says) in TWINS {
        let filled = Filled::of(&[*sound, *odd, *sound, *odd]);
        let message = filled.message(*code);
        assert!(message.contains(says), "{odd:?}: {message}");
        assert_eq!(filled.codes().iter().filter(|found| *found == code).count(), 1, "{:?}", filled.findings);
        assert_eq!(
            filled.findings.iter().find(|f| f.code == *code).map(|f| f.place.to_string().starts_with("accounts[1].")),
            Some(true)
        );
        let twin = Filled::of(&[*sound; 4]);
        assert!(twin.codes().iter().all(|code| *code == Code::PlaceFromPostalCode), "{sound:?}: {:?}", twin.findings);
    }
}

#[test]
fn codes_that_nothing_says_to_be_zips_are_one_finding() {
    let german = ["10115", "80331", "20095", "50667", "04109", "70173", "40213", "60311", "45127", "28195"];
    let rows: Vec<Row> = german.iter().map(|code| ([*code, "", "", ""], None)).collect();
    let filled = Filled::of(&rows);
    assert_eq!(filled.codes(), [Code::PostalCodeAmbiguous]);
    assert!(
        filled
            .message(Code::PostalCodeAmbiguous)
            .starts_with("10 postal codes could be US ZIPs (first: \"a0\": 10115; ")
    );
    assert!(filled.places.iter().all(Option::is_none));
    let american = ["02139", "94107", "2139", "60601", "10001-1234"];
    let rows: Vec<Row> = american.iter().map(|code| ([*code, "", "", ""], None)).collect();
    let filled = Filled::of(&rows);
    assert_eq!(filled.codes(), [Code::PlaceFromPostalCode]);
    let message = filled.message(Code::PlaceFromPostalCode);
    assert!(message.contains("5 by ZIP") && message.contains("5 of 5 postal codes are US ZIPs"), "{message}");
}

#[test]
fn a_column_may_hold_each_text_once() {
    let (texts, codes) = (["MA".to_owned(), "Bayern".to_owned()], [1, 0, 0, 9]);
    let states = Cells::Interned { texts: &texts, codes: &codes };
    assert_eq!([0, 1, 2, 3, 4].map(|account| states.of(account)), ["Bayern", "MA", "MA", "", ""]);
    let ids = ["a0", "a1", "a2", "a3"].map(String::from);
    let (mut places, mut errors_km) = (vec![None; 4], Vec::new());
    let accounts = Accounts { ids: &ids, places: &mut places, errors_km: &mut errors_km };
    let findings = fill(accounts, &Addresses { states, ..Addresses::default() });
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<Code>>(), [Code::PlaceFromPostalCode]);
    assert_eq!(places.iter().map(Option::is_some).collect::<Vec<bool>>(), [true, true, true, false]);
}

#[test]
fn what_others_wrote_is_shown_short_and_tame() {
    let long = "x\u{1b}[31m".repeat(30);
    let long: &'static str = Box::leak(long.into_boxed_str());
    let filled = Filled::of(&[([long, "", "", ""], None)]);
    let message = filled.message(Code::AddressUnknown);
    assert!(!message.contains('\u{1b}') && message.len() < 400, "{message}");
}
