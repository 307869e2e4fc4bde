//! The files mode on a committed book: every tier is told, and the assignments are written.

use carve_benches::files::{Asked, FilesError, run};
use carve_service::cli::OptionArgs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

fn book(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/books/smb-500").join(file)
}

fn asked(assignments: Option<PathBuf>) -> Asked {
    let options = OptionArgs {
        time_limit: Some(Duration::from_secs(60)),
        work_limit: Some(300_000),
        threads: Some(1),
        ..OptionArgs::default()
    };
    Asked { accounts: book("accounts.csv"), plan: book("plan.yaml"), options, assignments, progress: true }
}

#[test]
fn a_book_from_its_files_is_told_tier_by_tier() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("assignments.csv");
    let lines = Mutex::new(Vec::new());
    let out = |line: &str| lines.lock().expect("no line fails").push(line.to_owned());
    let plan = run(&asked(Some(csv.clone())), &out).unwrap_or_else(|error| panic!("{error}"));
    let lines = lines.into_inner().expect("no line fails");
    let starting = |what: &str| lines.iter().filter(|line| line.starts_with(what)).count();
    assert_eq!(starting("tier "), plan.tiers.len(), "{lines:#?}");
    assert_eq!((starting("read "), starting("solved ")), (1, 1), "{lines:#?}");
    assert!(starting("progress ") > 0, "{lines:#?}");
    let written = std::fs::read_to_string(csv).expect("it was written");
    assert!(written.starts_with("account_id,node_id"));
    assert_eq!(written.lines().count(), plan.assignments.len() + 1);
}

#[test]
fn files_that_are_not_there_are_refused_by_name() {
    let asked = Asked { plan: "no.yaml".into(), ..asked(None) };
    let refused = run(&asked, &|_| {}).expect_err("there is no such file");
    assert!(matches!(&refused, FilesError::Input(_)) && refused.to_string().contains("no.yaml"), "{refused}");
}
