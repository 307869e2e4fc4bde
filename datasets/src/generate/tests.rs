//! The promised statistics, and the same bytes from the same seed.

use super::*;
use crate::write_accounts;
use carve_reader::read_accounts;
use std::collections::HashMap;

fn options(shape: Shape, accounts: usize) -> GenerateOptions {
    GenerateOptions { accounts, buckets: 8, seed: 1, shape, tolerance: 0.02, extra_measures: 0 }
}

fn bytes(options: &GenerateOptions) -> Vec<u8> {
    let made = generate(options);
    let mut bytes = made.plan_yaml.into_bytes();
    write_accounts(&made.book, &mut bytes).expect("memory takes every byte");
    bytes
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for shape in Shape::ALL {
        let first = options(shape, 300);
        assert_eq!(bytes(&first), bytes(&first), "{shape:?}");
        assert_ne!(bytes(&first), bytes(&GenerateOptions { seed: 2, ..first }), "{shape:?}");
    }
}

#[test]
fn made_books_survive_the_file() {
    for shape in Shape::ALL {
        let book = generate(&GenerateOptions { extra_measures: 3, ..options(shape, 500) }).book;
        let mut file = Vec::new();
        write_accounts(&book, &mut file).expect("memory takes every byte");
        let mut read = read_accounts(&file).expect("the book is sound").book;
        read.columns.clear();
        // Only the words of the trade are balanced by default; columns stand by name.
        read.measures.iter_mut().for_each(|measure| measure.only_by_name = false);
        let mut book = book;
        book.measures.sort_by(|one, other| one.name.cmp(&other.name));
        book.attributes.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(read, book, "{shape:?}");
    }
}

#[test]
fn whales_hold_what_they_should() {
    let book = generate(&options(Shape::Whales, 2_000)).book;
    let mut pipeline = book.measures[0].amounts.clone();
    let total = pipeline.iter().sum::<i64>() as f64;
    pipeline.sort_by(|a, b| b.cmp(a));
    // Tails are heavy: another account may be larger than the smaller whales.
    for part in WHALE_PARTS {
        let held = |amount: &i64| (*amount as f64 / total - part).abs() < 1e-4;
        assert!(pipeline.iter().take(10).any(held), "{part}");
    }
}

#[test]
fn families_hold_about_thirty_percent() {
    let book = generate(&options(Shape::Families, 10_000)).book;
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for parent in book.parents.iter().filter(|parent| !parent.is_empty()) {
        *sizes.entry(parent).or_insert(1) += 1;
    }
    let members: usize = sizes.values().sum();
    assert!((2_900..=3_100).contains(&members), "{members}");
    assert!(sizes.values().all(|size| (2..=FAMILY_MEMBERS_MAX).contains(size)));
}

#[test]
fn four_of_five_accounts_are_owned_by_the_nearest() {
    let options = options(Shape::Owned, 10_000);
    let made = generate(&options);
    assert!(made.plan_yaml.contains("continuity"));
    let anchor = |line: &str| {
        let numbers: Vec<f64> = line.split(&[':', ',', '}'][..]).filter_map(|part| part.trim().parse().ok()).collect();
        Point::new(numbers[1], numbers[2]).expect("anchors are on Earth")
    };
    let anchors: Vec<Point> = made.plan_yaml.lines().filter(|line| line.contains("anchor:")).map(anchor).collect();
    let place = |p: &Option<carve_solver::input::RawPlace>| p.and_then(|p| Point::new(p.latitude, p.longitude));
    let places: Vec<Point> = made.book.places.iter().filter_map(place).collect();
    let nearest = anchors::nearest(&places, &anchors);
    let kept = nearest.iter().zip(&made.book.current_owners).filter(|(near, owner)| **owner == format!("t{near}"));
    // 80 %, and an eighth of the strays by chance.
    let part = kept.count() as f64 / 10_000.0;
    assert!((0.80..0.85).contains(&part), "{part}");
}

#[test]
fn few_accounts_still_make_a_book() {
    let made = generate(&options(Shape::Whales, 1));
    assert_eq!(made.book.account_ids, ["A0000000"]);
    assert_eq!(made.plan_yaml.matches("anchor:").count(), 8);
}

#[test]
fn shapes_have_names() {
    for shape in Shape::ALL {
        assert_eq!(shape.name().parse(), Ok(shape));
    }
    assert_eq!("round".parse::<Shape>(), Err(ShapeUnknown("round".into())));
}
