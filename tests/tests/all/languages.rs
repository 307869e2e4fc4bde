//! The contract in other languages: buf's checks of it, and a client in TypeScript against a real server.

use carve_tests::faults::process::Served;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CARVE: &str = env!("CARGO_BIN_EXE_carve-under-test");

/// Where `./setup --tests` puts the packages of npm.
fn packages() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").expect("there is a home")).join(".cache");
    let packages = env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("carve/node");
    assert!(packages.join("installed").exists(), "the packages of npm are missing: ./setup --tests installs them");
    packages
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_owned()
}

/// Runs a program of the packages in a folder; what it wrote.
fn run(program: &str, arguments: &[&str], folder: &Path) -> String {
    let bin = packages().join("node_modules/.bin");
    let path = format!("{}:{}", bin.display(), env::var("PATH").expect("there is a path"));
    let mut command = Command::new(if program == "node" { program.into() } else { bin.join(program) });
    let told = command.args(arguments).current_dir(folder).env("PATH", path).output().expect("it starts");
    let text = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "{program} {arguments:?}: {text}");
    text
}

#[test]
fn the_contract_passes_bufs_checks_and_breaks_nothing() {
    let proto = root().join("proto");
    run("buf", &["lint", "."], &proto);
    run("buf", &["format", "--diff", "--exit-code", "."], &proto);
    // What clients have been built on: `buf build . --exclude-source-info -o released.binpb` after each release.
    run("buf", &["breaking", ".", "--against", "released.binpb"], &proto);
}

#[test]
fn a_client_in_typescript_uploads_watches_and_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = root().join("tests/typescript");
    for name in ["stages.ts", "tsconfig.json", "package.json", "buf.gen.yaml"] {
        fs::copy(here.join(name), folder.path().join(name)).expect("copied");
    }
    std::os::unix::fs::symlink(packages().join("node_modules"), folder.path().join("node_modules")).expect("linked");
    let proto = root().join("proto");
    run("buf", &["generate", proto.to_str().expect("a plain name")], folder.path());
    run("tsc", &[], folder.path());
    let server = Served::start(Path::new(CARVE), &["--addr", "127.0.0.1:0"], &[]);
    let told = run("node", &["out/stages.js", &format!("http://{}", server.addr)], folder.path());
    for expected in [
        "uploaded 400 accounts",
        "SUCCEEDED: All 2 territories are within their bands",
        "s2-1: 200, s2-2: 200",
        "InvalidArgument: labels: names have 1 to 63 bytes",
    ] {
        assert!(told.contains(expected), "{expected:?} is missing: {told}");
    }
}
