//! Random mixed books beside every assignment there is: what an answer says of rules, values, bounds, limits,
//! infeasibility and conflicts is so. The example `judge` does the same on as many books as asked for.

use carve_tests::judge::Kind;
use carve_tests::judge::run::run;
use carve_tests::mixed::{Size, draw};
use carve_tests::request_files;

/// Few enough assignments and little enough work for hundreds of books in a minute.
const SIZE: Size = Size { assignments_max: 20_000, work_limits: &[1, 1_000, 20_000, 100_000] };
const BOOKS: u64 = 400;
/// Books judged at a time.
const SIDE_BY_SIDE: usize = 2;

#[test]
fn no_answer_to_a_mixed_book_says_what_is_not_so() {
    let outcome = run(0, BOOKS, SIDE_BY_SIDE, SIZE, &|_, _| {});
    let counts = &outcome.counts;
    for (what, at_least) in [
        ("book: plans exist", BOOKS / 3),
        ("book: no plan exists", BOOKS / 5),
        ("split: flat tree", BOOKS / 10),
        ("split: deep tree", BOOKS / 10),
        ("split: stages", BOOKS / 10),
        ("split: seats", BOOKS / 20),
        ("split: seats with levels", BOOKS / 20),
        ("rule: pin", BOOKS / 20),
        ("rule: forbid", BOOKS / 20),
        ("rule: restrict", BOOKS / 20),
        ("rule: keep_together", BOOKS / 20),
        ("rule: keep_apart", BOOKS / 20),
        ("rule: bounds", BOOKS / 10),
        ("rule: bounds over some accounts", BOOKS / 20),
        ("rule: move_limit", BOOKS / 20),
        ("rule: move_limit per owner", BOOKS / 20),
        ("rule: keep", BOOKS / 40),
        ("rule: cover_limit", BOOKS / 100),
        ("families", BOOKS / 4),
        ("hostile names", BOOKS / 4),
        ("amounts above 2^53", BOOKS / 4),
    ] {
        assert!(counts.of(what) >= at_least, "{what}: {} books are too few to tell", counts.of(what));
    }
    let told = |d: &&carve_tests::judge::run::Disagreement| d.faults.iter().any(|f| f.kind != Kind::BoundByLastBits);
    let wrong: Vec<_> = outcome.disagreements.iter().filter(told).collect();
    assert!(wrong.is_empty(), "{} of {BOOKS} answers say what is not so: {wrong:#?}", wrong.len());
}

#[test]
fn the_files_of_a_book_say_the_same_request() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..60 {
        let input = draw(seed, SIZE);
        request_files::write(&input, folder.path()).expect("written");
        let mut read = request_files::read(folder.path());
        // A file may hold columns in another order, and knows of no settings that are the default.
        read.book.near_measures.clear();
        assert_eq!(read, input, "seed {seed}");
    }
}
