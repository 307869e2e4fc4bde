//! Conflicts hidden among many rules, at toy size.

use carve_benches::conflicts::{Asked, Size, run};
use std::cell::RefCell;
use std::time::Duration;

#[test]
fn every_hidden_conflict_is_found_and_minimal() {
    let size = Size { accounts: 200, territories: 10, rules: 24 };
    let asked = Asked { size, seed: 1, only: String::new(), time_limit: Duration::from_secs(10) };
    let lines = RefCell::new(Vec::new());
    let rows = run(&asked, &|line| lines.borrow_mut().push(line.to_owned())).unwrap_or_else(|error| panic!("{error}"));
    assert!(rows.len() >= 10, "{rows:#?}");
    // Packings of odd numbers are refuted by branching alone, which ten seconds need not suffice for.
    for row in rows.iter().filter(|row| !row.conflict.contains("of which two fit")) {
        assert!(row.is_irreducible && row.is_minimal, "{row:#?}");
        assert!(row.repairs.0 + row.repairs.1 > 0, "{row:#?}");
    }
    assert_eq!(lines.borrow().iter().filter(|line| line.starts_with('|')).count(), 2 + rows.len());
}
