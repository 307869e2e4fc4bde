//! The rules of the house, read from its files: layers, doors, lengths, and what must never be written.

mod arrows;

mod paths;

mod lengths;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 9] = ["proto", "solver", "reader", "report", "places", "datasets", "service", "benches", "tests"];

/// Each crate with those of ours it may know.
const LAYERS: [(&str, &[&str]); 9] = [
    ("proto", &[]),
    ("solver", &[]),
    ("reader", &["solver"]),
    ("report", &["solver"]),
    ("places", &["solver"]),
    ("datasets", &["solver", "reader"]),
    ("service", &["proto", "solver", "reader", "report", "places", "datasets"]),
    ("benches", &["datasets", "solver", "reader", "report", "places", "service"]),
    ("tests", &["proto", "solver", "reader", "report", "places", "datasets", "service", "benches"]),
];

/// What is written in code, with the files or folders that alone may write it. Tests are free.
const DOORS: &[(&str, &[&str])] = &[
    ("good_lp", &["solver/src/engine/search/mip", "benches/src/peer.rs"]),
    ("highs::", &["solver/src/engine/search/mip", "solver/src/engine/relax/linear.rs", "benches/src/peer.rs"]),
    ("pathfinding", &["solver/src/engine/starts/matching.rs"]),
    ("cel::", &["solver/src/problem/filter.rs", "solver/src/problem/formula"]),
    ("geo::", &["solver/src/space.rs", "report/src/outline.rs"]),
    (
        "csv::",
        &[
            "datasets/src/accounts_csv.rs",
            "report/src/table.rs",
            "service/src/commands/check.rs",
            "service/src/wishes/table.rs",
        ],
    ),
    ("encoding_rs", &["reader/src/table/encoding.rs"]),
    (
        "calamine",
        &[
            "reader/src/table/workbook/sheet.rs",
            "reader/src/table/workbook/cell.rs",
            "reader/src/table/workbook/merged.rs",
        ],
    ),
    ("zip::", &["reader/src/table/workbook/package.rs"]),
    ("rust_xlsxwriter", &["report/src/workbook"]),
    ("askama", &["report/src/page"]),
    ("flate2::", &["report/src/page/pack.rs"]),
    ("sha2::", &["report/src/page/pack.rs"]),
    ("yaml_rust2", &["service/src/plan_file/yaml.rs"]),
    (
        "clap::",
        &[
            "service/src/cli.rs",
            "service/src/cli/driving.rs",
            "service/src/cli/questions.rs",
            "service/src/cli/serving.rs",
            "service/src/lib.rs",
            "benches/src/cli.rs",
        ],
    ),
    ("sqlx", &["service/src/store"]),
    // Books and answers by their digests; tokens by their hashes.
    ("blake3::", &["service/src/store/books.rs", "service/src/server/tokens.rs"]),
    ("rustls::", &["service/src/server/tls.rs"]),
    ("x509_parser", &["service/src/server/tls.rs"]),
    ("axum::", &["service/src/server/operations.rs"]),
    ("prometheus_client", &["service/src/server/metrics.rs"]),
    ("tracing_subscriber", &["service/src/server/logs.rs"]),
    ("tower_layer", &["service/src/server/auth.rs", "service/src/server/calls.rs"]),
    ("toml::", &["service/src/config.rs"]),
    ("rustix::process", &["service/src/worker/limits.rs"]),
    ("clap_complete", &["service/src/cli.rs", "service/src/commands/manual.rs"]),
    ("clap_mangen", &["service/src/commands/manual.rs"]),
    ("indicatif", &["service/src/progress.rs"]),
    ("console", &["service/src/terminal.rs"]),
    ("ctrlc::", &["service/src/interrupt.rs", "service/src/exit.rs"]),
    // gRPC codes are picked in one file.
    ("tonic::Code", &["service/src/server/status.rs"]),
    ("tonic::{Code", &["service/src/server/status.rs"]),
    ("Status::new(", &["service/src/server/status.rs"]),
    ("Status::with_", &["service/src/server/status.rs"]),
    ("Code::Internal", &["service/src/server/status.rs"]),
    ("Code::InvalidArgument", &["service/src/server/status.rs"]),
    ("Code::ResourceExhausted", &["service/src/server/status.rs"]),
    ("Code::DeadlineExceeded", &["service/src/server/status.rs"]),
    ("Code::Unavailable", &["service/src/server/status.rs"]),
    ("Status::internal(", &["service/src/server/status.rs"]),
    ("Status::invalid_argument(", &["service/src/server/status.rs"]),
    ("Status::unavailable(", &["service/src/server/status.rs"]),
    ("Status::deadline_exceeded(", &["service/src/server/status.rs"]),
    ("Status::resource_exhausted(", &["service/src/server/status.rs"]),
    // Only the program speaks to the network and the terminal.
    ("tokio", &["service/src"]),
    ("std::net", &["service/src"]),
    ("println!", &["service/src", "proto/build.rs", "benches/src/main.rs", "tests/examples"]),
    // The program's own name for its worker process, and its logging.
    ("std::env", &["service/src", "proto/build.rs", "benches/src/main.rs"]),
];

/// What the solver may not do: data in, plan out. Threads, the deadline and the stop flag come in as values.
const SOLVER_NEVER: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::io",
    "println!",
    "print!(",
    "eprint",
    "tokio",
    "tonic",
    "prost",
    "carve_proto",
    "SystemTime",
    "include_str!",
    "include_bytes!",
    "static mut",
];

/// Where the solver may ask what time it is: in its clock, and where it scores a plan, which says how long that took.
const SOLVER_CLOCKS: &[&str] = &["solver/src/engine/clock.rs", "solver/src/answer/mod.rs"];

/// Never committed, anywhere.
const NEVER: &[&str] = &["todo!(", "dbg!(", "unimplemented!(", "#[allow(clippy::unwrap_used", "#[ignore]"];

/// Lines of a file, at most.
const LINES_MAX: usize = 500;

struct Source {
    /// From the root, with slashes.
    path: String,
    text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.starts_with("tests/") || self.path.contains("/tests/") || name.ends_with("tests.rs")
    }

    /// Lines of code with their numbers: no comments, and no test modules at the file's end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(i, line)| (i + 1, line));
        let tests = "#[cfg(test)]";
        let inline = |line: &str| line.trim_start_matches("pub(crate) ").starts_with("mod ") && line.ends_with('{');
        let end = (self.text.lines().collect::<Vec<&str>>().windows(2))
            .position(|pair| pair[0] == tests && inline(pair[1]))
            .unwrap_or(usize::MAX);
        lines.take_while(move |(n, _)| *n <= end).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn writes(&self, what: &str) -> Vec<String> {
        let hit = |line: &str| {
            line.match_indices(what).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !what.starts_with(char::is_alphanumeric) || before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
            })
        };
        self.code()
            .filter(|(_, line)| hit(line))
            .map(|(n, line)| format!("{}:{n}: {}", self.path, line.trim()))
            .collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file of a crate's folder with this ending.
fn sources(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(ending) {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                let path =
                    path.strip_prefix(root()).expect("it is below the root").to_string_lossy().replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn rust() -> Vec<Source> {
    CRATES.iter().flat_map(|c| sources(c, ".rs")).collect()
}

fn none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n{}", faults.join("\n"));
}

/// Names of the dependencies of ours in a manifest's section.
fn ours(manifest: &str, section: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == section;
        } else if let Some(rest) = line.strip_prefix("carve-").filter(|_| inside) {
            found.insert(rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_string());
        }
    }
    found
}

#[test]
fn layers_point_one_way() {
    for (name, may) in LAYERS {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let allowed: BTreeSet<String> = may.iter().map(|m| m.to_string()).collect();
        for section in ["[dependencies]", "[dev-dependencies]", "[build-dependencies]"] {
            let found = ours(&manifest, section);
            assert!(found.is_subset(&allowed), "{name} {section} has {found:?}, may have {allowed:?}");
        }
    }
}

#[test]
fn every_crate_is_a_member_with_the_house_lints() {
    let workspace = read("Cargo.toml");
    let members = workspace.lines().find(|l| l.starts_with("members")).expect("the workspace has members");
    for name in CRATES {
        assert!(members.contains(&format!("\"{name}\"")), "{name} is no member");
        let generated = name == "proto";
        let manifest = read(&format!("{name}/Cargo.toml"));
        assert!(generated || manifest.contains("[lints]\nworkspace = true"), "{name} does not take the lints");
    }
    for lint in ["unsafe_code = \"forbid\"", "missing_docs = \"warn\"", "unwrap_used = \"warn\""] {
        assert!(workspace.contains(lint), "the workspace lacks {lint}");
    }
}

#[test]
fn outside_crates_are_listed_once_with_a_reason() {
    let workspace = read("Cargo.toml");
    let list = workspace.split("[workspace.dependencies]").nth(1).and_then(|t| t.split("\n[").next());
    let first = list.expect("the list is there").lines().find(|l| !l.is_empty() && !l.starts_with("carve-"));
    assert!(first.is_some_and(|l| l.starts_with('#')), "the first outside crate has no reason");
    let mut faults = Vec::new();
    for name in CRATES {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let versions = manifest.lines().filter(|l| !l.starts_with("version") && l.contains("version = "));
        faults.extend(versions.map(|l| format!("{name}: {l}")));
    }
    none("versions belong to the workspace", &faults);
}

#[test]
fn each_outside_library_has_its_door() {
    let mut faults = Vec::new();
    for source in rust().iter().filter(|s| !s.is_test()) {
        for (what, doors) in DOORS {
            if !doors.iter().any(|door| source.path.starts_with(door)) {
                faults.extend(source.writes(what));
            }
        }
    }
    none("written outside its door", &faults);
    for (what, doors) in DOORS.iter().filter(|(_, doors)| doors.iter().all(|d| d.ends_with(".rs"))) {
        let unused = |door: &&&str| root().join(door).exists() && !read(door).contains(what);
        // A door of the code list is one file, whatever of its codes it uses.
        for door in doors.iter().filter(unused).filter(|d| !d.ends_with("status.rs")) {
            assert!(door.contains("main.rs"), "{door} no longer writes {what}: close the door");
        }
    }
}

#[test]
fn the_solver_does_no_io() {
    let sources = sources("solver/src", ".rs");
    let faults: Vec<String> = sources.iter().flat_map(|s| SOLVER_NEVER.iter().flat_map(|n| s.writes(n))).collect();
    none("the solver is data in, plan out", &faults);
    let clocks: Vec<String> = sources
        .iter()
        .filter(|s| !s.is_test() && !SOLVER_CLOCKS.contains(&s.path.as_str()))
        .flat_map(|s| s.writes("Instant::now"))
        .collect();
    none("the solver asks the time elsewhere than in its clock", &clocks);
}

#[test]
fn the_checker_never_uses_the_engine() {
    let checker: Vec<Source> = sources("solver/src", ".rs").into_iter().filter(|s| s.path.contains("/check")).collect();
    assert!(!checker.is_empty());
    let faults: Vec<String> = checker.iter().flat_map(|s| s.writes("engine")).collect();
    none("the checker is independent", &faults);
}

#[test]
fn nothing_unfinished_is_committed() {
    let me = "tests/tests/all/tidy.rs";
    let sources = rust();
    let all = sources.iter().filter(|s| s.path != me);
    none("unfinished", &all.flat_map(|s| NEVER.iter().flat_map(|n| s.writes(n))).collect::<Vec<String>>());
    let product = sources.iter().filter(|s| !s.is_test());
    let unwraps: Vec<String> = product.flat_map(|s| s.writes(".unwrap()")).collect();
    none("`expect` says why it cannot fail", &unwraps);
    let sleeps: Vec<String> =
        sources.iter().filter(|s| s.path != me && s.is_test()).flat_map(|s| s.writes("sleep(")).collect();
    none("tests do not sleep", &sleeps);
}

#[test]
fn every_test_file_is_a_module_of_its_crates_one_program() {
    let mut faults = Vec::new();
    for name in CRATES {
        let tests = root().join(name).join("tests");
        let files = if tests.is_dir() { sources(&format!("{name}/tests"), ".rs") } else { Vec::new() };
        let program = format!("{name}/tests/all/main.rs");
        // A file that no other file names is not compiled, and its tests never run.
        let is_named = |file: &Source| {
            let path = file.path.strip_suffix("/mod.rs").unwrap_or(file.path.trim_end_matches(".rs"));
            let (folder, module) = path.rsplit_once('/').expect("it is in a folder");
            let parents = ["/main.rs", "/mod.rs", ".rs"].map(|end| format!("{folder}{end}"));
            let line = format!("mod {module};");
            files.iter().any(|p| parents.contains(&p.path) && p.text.lines().any(|l| l == line))
        };
        faults.extend(files.iter().filter(|f| f.path != program && !is_named(f)).map(|f| f.path.clone()));
    }
    none("no program has the tests of these files", &faults);
}

#[test]
fn tests_are_where_they_run() {
    // Their manifests say `test = false`, so that nothing is linked for them.
    let without = ["proto/", "tests/src/bin/", "benches/src/main.rs", "service/src/main.rs"];
    let sources = rust();
    let silent = sources.iter().filter(|s| without.iter().any(|path| s.path.starts_with(path)));
    none("these tests never run", &silent.flat_map(|s| s.writes("#[test]")).collect::<Vec<String>>());
}

#[test]
fn no_file_is_long() {
    let long = |s: &Source| {
        let lines = s.text.lines().count();
        (lines > LINES_MAX).then(|| format!("{}: {lines} lines", s.path))
    };
    none("split by concept", &rust().iter().filter_map(long).collect::<Vec<String>>());
}

#[test]
fn every_file_says_what_it_is() {
    let bare = |s: &&Source| {
        let first = s.text.lines().next().unwrap_or_default();
        !first.starts_with("//! ") || first.trim_end().len() < 8
    };
    let faults: Vec<String> = rust().iter().filter(bare).map(|s| s.path.clone()).collect();
    none("the first line is a //! that says what the file is for", &faults);
    let vague = ["utils.rs", "util.rs", "common.rs", "helpers.rs", "misc.rs"];
    let named: Vec<String> =
        rust().into_iter().map(|s| s.path).filter(|p| vague.iter().any(|v| p.ends_with(&format!("/{v}")))).collect();
    none("a file is named for its concept", &named);
}

/// Rows of a Markdown table whose first cell is `code`, by that cell.
fn rows(text: &str) -> BTreeMap<String, String> {
    let row = |line: &str| {
        let cell = line.strip_prefix("| `")?.split('`').next()?;
        Some((cell.to_string(), line.trim_end().to_string()))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn the_docs_list_every_finding_code() {
    let found = rows(&read("docs/findings.md"));
    let expected = carve_tests::index::codes();
    let missing: Vec<String> = expected.iter().filter(|row| !found.values().any(|f| f == *row)).cloned().collect();
    none("docs/findings.md lacks these rows of its index of codes", &missing);
    let known: BTreeSet<&str> = carve_solver::Code::ALL.iter().map(|c| c.as_str()).collect();
    let codes =
        found.iter().filter(|(_, row)| ["| error |", "| warning |", "| info |"].iter().any(|s| row.contains(s)));
    let gone: Vec<String> =
        codes.filter(|(code, _)| !known.contains(code.as_str())).map(|(_, row)| row.clone()).collect();
    none("docs/findings.md lists codes that are not there", &gone);
}

/// Where limits stand.
const LIMITS: [&str; 4] =
    ["solver/src/limits.rs", "reader/src/table/limits.rs", "service/src/limits.rs", "service/src/server/limits.rs"];

#[test]
fn the_docs_list_every_limit() {
    let found = rows(&read("docs/limits.md"));
    let stated = LIMITS.map(read).concat();
    let missing: Vec<String> = carve_tests::index::limits(&stated)
        .into_iter()
        .filter(|(name, value)| !found.get(name).is_some_and(|row| row.starts_with(&format!("| `{name}` | {value} |"))))
        .map(|(name, value)| format!("| `{name}` | {value} |"))
        .collect();
    none("docs/limits.md lacks these rows of its table of limits", &missing);
}
