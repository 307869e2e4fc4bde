//! The benchmarks at toy size: they run, their plans pass the checker, and none is worse than the baseline.

use carve_benches::baseline::nearest_with_room;
use carve_benches::case::Case;
use carve_benches::quality::{HEADING, measure};
use carve_datasets::Shape;
use carve_solver::input::{Book, NodeInput, RawPlace};
use std::time::Duration;

#[test]
fn toy_books_of_every_shape_are_no_worse_than_the_baseline() {
    for shape in Shape::ALL {
        let mut case = Case::new(50, shape, 1, Duration::from_secs(60));
        case.book.buckets = 3;
        case.book.tolerance = 0.1;
        case.work_limit = 500_000;
        let measured = measure(&case).unwrap_or_else(|refused| panic!("{}: {refused}", shape.name()));
        assert!(measured.plan.check.ok() && measured.baseline.check.ok(), "{}", shape.name());
        assert!(measured.is_no_worse(), "{}: {measured}", shape.name());
        for tier in &measured.plan.tiers {
            assert!(tier.bound <= tier.value + 1e-9, "{}: {tier:?}", shape.name());
        }
        let cells = measured.to_string().matches('|').count();
        assert_eq!(cells, HEADING.lines().next().map_or(0, |line| line.matches('|').count()));
    }
}

#[test]
fn the_baseline_goes_to_the_nearest_anchor_while_there_is_room() {
    // Anchors at 0° and 10° east; accounts at 1°, 2°, 3° and 9°. Room is 2 each: of the three nearer to the first,
    // the one at 3° loses least by going on (regret 7² − 3² = 40 degrees², against 60 and 80).
    let place = |longitude| RawPlace { latitude: 0.0, longitude };
    let book = Book {
        account_ids: ["a", "b", "c", "d"].map(String::from).to_vec(),
        parents: vec![String::new(); 4],
        places: [1.0, 2.0, 3.0, 9.0].map(|l| Some(place(l))).to_vec(),
        ..Book::default()
    };
    let leaf = |l: f64| NodeInput { node_id: l.to_string(), anchor: Some(place(l)), ..NodeInput::default() };
    assert_eq!(nearest_with_room(&book, &[leaf(0.0), leaf(10.0)]), [0, 0, 1, 1]);
}
