//! The Python package, by its own tests against this program: python/tests, in the Python that `./setup --tests` makes.

use std::path::{Path, PathBuf};
use std::process::Command;

const CARVE: &str = env!("CARGO_BIN_EXE_carve-under-test");

/// The Python with what the package and its tests need. No test asks a network for it.
fn python() -> PathBuf {
    let home = || PathBuf::from(std::env::var("HOME").expect("there is a home")).join(".cache");
    let cache = || std::env::var("XDG_CACHE_HOME").map_or_else(|_| home(), PathBuf::from).join("carve/python");
    let folder = std::env::var("CARVE_PYTHON").map_or_else(|_| cache(), PathBuf::from);
    let python = folder.join("bin/python");
    assert!(python.is_file(), "{} is missing: ./setup --tests makes it", python.display());
    python
}

/// Runs the tests of these files.
fn passes(files: &[&str]) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("python");
    let done = Command::new(python())
        .args(["-m", "pytest"])
        .args(files.iter().map(|file| format!("tests/{file}.py")))
        .env("CARVE_PROGRAM", CARVE)
        .env("PYTHONPATH", &package)
        // The checkout stays as it is.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(&package)
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.contains(" passed"), "no test was run: {said}");
}

#[test]
fn books_and_wishes_are_read_as_on_the_command_line() {
    passes(&["test_book", "test_wishes"]);
}

#[test]
fn plans_are_those_of_the_command_line() {
    passes(&["test_solve"]);
}

#[test]
fn calls_survive_and_say_what_is_wrong() {
    passes(&["test_client"]);
}

#[test]
fn the_engine_ends_with_its_python() {
    passes(&["test_engine"]);
}

#[test]
fn many_solves_go_to_any_executor() {
    passes(&["test_map"]);
}

#[test]
fn examples_do_what_they_say() {
    passes(&["test_examples"]);
}

#[test]
fn generated_code_and_types_are_true() {
    passes(&["test_generated"]);
}
