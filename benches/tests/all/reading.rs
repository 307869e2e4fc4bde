//! Reading a file of accounts, at toy size.

use carve_benches::reading::run;
use std::path::Path;
use std::sync::Mutex;

#[test]
fn every_run_tells_of_the_whole_file() {
    let lines = Mutex::new(Vec::new());
    let accounts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/books/growth/accounts.csv");
    let count = run(&accounts, 2, 2, &|line| lines.lock().expect("whole").push(line.to_owned())).expect("a book");
    let told = lines.into_inner().expect("whole");
    let expected = format!("accounts {count} ");
    assert!(count > 100 && told.len() == 2 && told.iter().all(|line| line.contains(&expected)), "{told:?}");
    assert!(run(Path::new("no such file"), 1, 1, &|_| {}).is_err());
}
