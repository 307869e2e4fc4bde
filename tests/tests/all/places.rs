//! Places that are not exact: what they count, and that files and requests read addresses alike.

use carve_proto::v1 as proto;
use carve_service::cli::{BookArgs, CountArgs, OptionArgs, ShapeArgs};
use carve_service::{decode, files};
use carve_solver::input::{Input, RawPlace, SplitInput};
use carve_solver::{Code, Plan, Problem};
use carve_tests::{book, compactness, exact, flat, leaf, node, solve, tier};
use std::path::PathBuf;

/// Kilometres of a degree on the sphere.
const DEGREE_KM: f64 = 6371.0088 * std::f64::consts::PI / 180.0;

fn at(latitude: f64, longitude: f64) -> Option<RawPlace> {
    Some(RawPlace { latitude, longitude })
}

/// Accounts on the meridian of 75° west at these latitudes, with these typical errors, into leaves around anchors there.
fn meridian(accounts: &[(f64, f64)], anchors: &[Option<f64>], distance: bool) -> Input {
    let mut book = book(accounts.len());
    book.places = accounts.iter().map(|(latitude, _)| at(*latitude, -75.0)).collect();
    book.place_errors_km = accounts.iter().map(|(_, error)| *error).collect();
    let anchored = |(i, latitude): (usize, &Option<f64>)| leaf(&format!("t{i}"), 1.0, latitude.map(|l| (l, -75.0)));
    let leaves = anchors.iter().enumerate().map(anchored).collect();
    Input {
        book,
        split: Some(SplitInput::Tree(node("root", leaves))),
        tiers: vec![tier(vec![compactness(distance)])],
        options: exact(),
        ..Input::default()
    }
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{value} is not {expected}");
}

#[test]
fn the_mean_distance_weighs_each_account_by_what_its_place_tells() {
    // 1 degree at weight 1, 2 degrees at 1/2 (50 km), 3 degrees at 1/5 (100 km): (1 + 2/2 + 3/5) / (1 + 1/2 + 1/5).
    let accounts = [(41.0, 0.0), (42.0, 50.0), (37.0, 100.0)];
    let (_, plan) = solve(&meridian(&accounts, &[Some(40.0)], true));
    near(plan.tiers[0].value, 2.6 / 1.7 * DEGREE_KM);
    near(plan.nodes[1].mean_distance_km, 2.6 / 1.7 * DEGREE_KM);
    // Of the squares: (1 + 4/2 + 9/5) / 1.7.
    let (_, plan) = solve(&meridian(&accounts, &[Some(40.0)], false));
    near(plan.tiers[0].value, 4.8 / 1.7 * DEGREE_KM * DEGREE_KM);
}

#[test]
fn the_best_of_all_assignments_is_found_with_weights() {
    // Three accounts for each of two anchors; far ones with large errors may go where they want.
    let accounts = [(40.0, 0.0), (40.5, 300.0), (41.0, 14.0), (43.0, 2.0), (42.0, 1_000.0), (40.2, 32.0)];
    let mut input = meridian(&accounts, &[Some(40.0), Some(43.0)], false);
    input.tiers.insert(0, tier(vec![carve_tests::balance("account_count", 0.0)]));
    let best = (0..64_u32)
        .filter(|to| to.count_ones() == 3)
        .map(|to| {
            let cost = |(i, (latitude, error)): (usize, &(f64, f64))| {
                let anchor = if to >> i & 1 == 1 { 43.0 } else { 40.0 };
                let weight = 1.0 / (1.0 + (error / 50.0) * (error / 50.0));
                (weight * ((latitude - anchor) * DEGREE_KM).powi(2), weight)
            };
            let sums = accounts.iter().enumerate().map(cost).fold((0.0, 0.0), |s, c| (s.0 + c.0, s.1 + c.1));
            sums.0 / sums.1
        })
        .fold(f64::INFINITY, f64::min);
    let (_, plan) = solve(&input);
    near(plan.tiers[1].value, best);
    near(plan.tiers[1].bound, best);
}

#[test]
fn a_point_that_many_share_does_not_draw_the_anchor() {
    // Forty accounts on the middle of a state, 300 km off, and four where they are.
    let coarse = |error: f64| {
        let mut accounts = vec![(45.0, error); 40];
        accounts.extend([(40.0, 0.0), (40.1, 0.0), (39.9, 0.0), (40.0, 0.0)]);
        let (_, plan) = solve(&meridian(&accounts, &[None], false));
        plan.nodes[1].anchor.expect("there are places").latitude()
    };
    // 40 / 37 of weight at 45 and 4 at 40, against 40 and 4.
    let weight = 40.0 / 37.0;
    assert!((coarse(300.0) - (40.0 + 5.0 * weight / (weight + 4.0))).abs() < 0.01, "{}", coarse(300.0));
    assert!(coarse(0.0) > 44.5, "{}", coarse(0.0));
}

#[test]
fn errors_of_zero_change_no_bit() {
    let accounts: Vec<(f64, f64)> = (0..40).map(|i| (30.0 + f64::from(i * 7 % 40) / 3.0, 0.0)).collect();
    let mut input = meridian(&accounts, &[None, None, None], false);
    input.tiers.insert(0, tier(vec![carve_tests::balance("account_count", 0.1)]));
    let with = solve(&input).1;
    input.book.place_errors_km.clear();
    let without = Plan { solve_time: with.solve_time, ..solve(&input).1 };
    assert_eq!(with, without);
}

/// A table with ZIPs, towns and states, and two places that are given.
const TABLE: &str = "account_id,postal_code,city,state,country,latitude,longitude
a0,02139,Cambridge,MA,US,,
a1,2139,,,,,
a2,94107-1234,San Francisco,CA,,,
a3,,Chicago,IL,,,
a4,M5V 2T6,Toronto,,,,
a5,10115,Berlin,,Germany,,
a6,,,TX,,,
a7,02139,,CA,US,,
a8,,APO,AE,,,
a9,,,,,,
b0,,,NY,US,40.7,-74.0
b1,,,NY,US,-74.0,40.7
";

fn split() -> (ShapeArgs, proto::Split) {
    let seat = |n: i32| proto::Seat { seat_id: format!("seat-{n}"), ..Default::default() };
    let seats = proto::Seats { max_children: 0, seats: (1..=2).map(seat).collect() };
    (
        ShapeArgs { counts: CountArgs { seats: Some(2), ..CountArgs::default() }, ..ShapeArgs::default() },
        proto::Split { shape: Some(proto::split::Shape::Seats(seats)) },
    )
}

/// The table as a request: the attributes by the words that files are read into.
fn request() -> proto::SolveRequest {
    let mut lines = TABLE.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let headings = lines.next().expect("there is a heading");
    let account = |cells: Vec<&str>| {
        let number = |at: usize| cells[at].parse::<f64>().ok();
        let place = number(5).zip(number(6));
        proto::Account {
            account_id: cells[0].into(),
            place: place.map(|(latitude, longitude)| proto::Place { latitude, longitude, ..Default::default() }),
            attributes: (1..5).map(|at| (headings[at].to_owned(), cells[at].to_owned())).collect(),
            ..Default::default()
        }
    };
    proto::SolveRequest { accounts: lines.map(account).collect(), split: Some(split().1), ..Default::default() }
}

/// The table as a file, in a folder that stays until it is dropped.
fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accounts.csv");
    std::fs::write(&path, TABLE).expect("written");
    (folder, path)
}

fn places(problem: &Problem) -> Vec<Option<(f64, f64)>> {
    let place = |account| problem.place(account).map(|at| (at.latitude(), at.longitude()));
    (0..problem.account_count()).map(place).collect()
}

#[test]
fn a_file_and_a_request_of_the_same_table_are_placed_alike() {
    let (_folder, path) = file();
    let of_file = files::load(&BookArgs::of(&path), &split().0, &OptionArgs::default())
        .map_err(|f| format!("{f:?}"))
        .expect("read");
    let of_wire = decode::problem(request()).expect("sound");
    assert_eq!(places(&of_file.problem), places(&of_wire));
    let located: Vec<bool> = places(&of_wire).iter().map(Option::is_some).collect();
    assert_eq!(located, [true, true, true, true, true, true, true, true, false, false, true, true]);
    let said = |problem: &Problem| -> Vec<(Code, String)> {
        carve_solver::findings(problem).into_iter().map(|finding| (finding.code, finding.message)).collect()
    };
    assert_eq!(said(&of_file.problem), said(&of_wire));
    let codes: Vec<Code> = said(&of_wire).into_iter().map(|(code, _)| code).collect();
    use Code::*;
    assert_eq!(codes, [PlaceMissing, PlaceSwapped, PostalCodeContradictsState, AddressUnknown, PlaceFromPostalCode]);
    let (_, placed) = said(&of_wire).pop().expect("there are findings");
    let steps = "8 of the 10 accounts without coordinates are placed by address: 4 by ZIP (±2 km), 3 by town (±10 \
                 km), 1 by state (±320 km)";
    assert!(placed.starts_with(steps), "{placed}");
}

#[test]
fn findings_point_at_their_rows_in_whatever_order_the_accounts_are_read() {
    let (_folder, path) = file();
    let mut ids: Vec<&str> = TABLE.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    ids.reverse();
    for order in [&ids[..], &[]] {
        let loaded = files::load_in_order(&BookArgs::of(&path), &split().0, &OptionArgs::default(), order);
        let loaded = loaded.map_err(|f| format!("{f:?}")).expect("read");
        let found = loaded.locate(&carve_solver::findings(&loaded.problem));
        let line = |code: Code| found.kept.iter().find(|f| f.finding.code == code).map(|f| f.line);
        assert_eq!(line(Code::PostalCodeContradictsState), Some(9));
        assert_eq!(line(Code::PlaceSwapped), Some(13));
        assert_eq!(line(Code::AddressUnknown), Some(10));
    }
}

#[test]
fn a_plan_of_coarse_places_is_checked_like_any_other() {
    let mut request = request();
    request.options = Some(proto::Options { work_limit: 1_000_000, ..Default::default() });
    let (input, faults) = decode::input(request);
    assert!(faults.is_empty(), "{faults:?}");
    let (_, plan) = solve(&Input { split: Some(flat(&[1.0, 1.0])), ..input });
    assert!(plan.findings.iter().any(|finding| finding.code == Code::PlaceFromPostalCode));
}
