//! Placing by addresses, at toy size.

use carve_benches::places::run;

#[test]
fn every_kind_of_address_is_placed() {
    let lines = std::cell::RefCell::new(Vec::new());
    let rows = run(2_000, 1, &|line| lines.borrow_mut().push(line.to_owned()));
    // What is no ZIP and like none is still in the country, or in the state; only military post has no place.
    assert!(rows.iter().all(|row| row.placed >= 1_950), "{rows:?}");
    assert_eq!(lines.borrow().iter().filter(|line| line.starts_with('|')).count(), 2 + rows.len());
}
