//! Files that are made to harm whoever carves them: nothing in them reaches the terminal as more than text, answers come whole
//! or not at all, and what is too large is refused before it is held. And the order of columns, which means nothing.

use super::cli::Desk;
use carve_datasets::{GenerateOptions, Shape, generate};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Clears the screen, colours, turns what follows around, is not seen, rings, goes back to the start of the line.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}evil\u{200b}\u{feff}\u{2066}\u{61c}\u{ad}y";

/// How a run ended, and what it said.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(desk: &Desk, arguments: &[&str]) -> Ran {
    let out = desk.command(arguments).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: out.status.code(), stdout: text(out.stdout), stderr: text(out.stderr) }
}

/// Whether a character of an output is more than text.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[track_caller]
fn harmless(what: &str, shown: &str) {
    let found: Vec<char> = shown.chars().filter(|c| is_harmful(*c)).collect();
    assert!(found.is_empty(), "{what} shows {found:?} in {shown:?}");
}

#[test]
fn no_name_reaches_the_terminal_as_more_than_text() {
    let desk = Desk::new();
    let row = |n: usize| format!("\"{HOSTILE}{n}\",\"{HOSTILE} Inc {n}\",\"{HOSTILE}-{}\",{},TX\n", n % 3, 100 + n);
    let rows: String = (0..30).map(row).collect();
    desk.write("accounts.csv", format!("account_id,name,current_owner,open_pipeline,\"{HOSTILE}\"\n{rows}"));
    let plan = format!(
        "rules:\n- rule_id: \"r{}\"\n  pin: {{accounts: {{account_ids: [nobody]}}, node_id: \"{}\"}}\n",
        "\\e[2J", "\\u202e"
    );
    desk.write("bad.yaml", plan);
    desk.write("list.csv", format!("account_id,territory\n\"{HOSTILE}0\",\"{HOSTILE}-9\"\n"));
    let (book, limit) = ("accounts.csv", ["--work-limit", "100000", "--out", "out"]);
    let runs: Vec<(i32, Vec<&str>)> = vec![
        (0, vec!["validate", book]),
        (0, vec!["validate", book, "--json"]),
        (0, [&["solve", book][..], &limit].concat()),
        (0, [&["solve", book, "--json"][..], &limit].concat()),
        (0, vec!["check", book, "--answer", "out"]),
        (0, vec!["evaluate", book]),
        (0, vec!["evaluate", book, "--json"]),
        (2, vec!["validate", book, "--plan", "bad.yaml"]),
        (2, vec!["solve", book, "--drop", HOSTILE, "--out", "out"]),
        (2, vec!["evaluate", book, "--assignments", "list.csv"]),
    ];
    for (code, arguments) in runs {
        let ran = run(&desk, &arguments);
        assert!(ran.code == Some(code) || code != 0, "{arguments:?}: {:?}\n{}{}", ran.code, ran.stdout, ran.stderr);
        harmless(&format!("{arguments:?}"), &ran.stdout);
        harmless(&format!("{arguments:?}"), &ran.stderr);
        if arguments.contains(&"--json") && code == 0 {
            let read: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON stays JSON");
            assert!(read.is_object());
        }
    }
}

#[test]
fn what_is_typed_wrong_is_told_with_what_is_not_seen_escaped() {
    let desk = Desk::new();
    for typed in [
        &["solve", "a.csv", "--seats", HOSTILE][..],
        &["solve", "a.csv", &format!("--{HOSTILE}")],
        &[HOSTILE],
        &["solve", "a.csv", HOSTILE],
        &["serve", HOSTILE],
    ] {
        let refused = desk.run(2, typed);
        harmless("standard error", &refused.stderr);
        assert!(refused.stderr.contains("\\u202e") && refused.stdout.is_empty(), "{}", refused.stderr);
    }
}

#[test]
fn answers_come_whole_or_not_at_all_and_nobody_else_looks_into_them_before() {
    let desk = Desk::new();
    let rows: String = (0..30).map(|n| format!("a{n},o{},{}\n", n % 3, 100 + n)).collect();
    desk.write("accounts.csv", format!("account_id,current_owner,open_pipeline\n{rows}"));
    let solve = ["solve", "accounts.csv", "--work-limit", "100000", "--out", "out"];
    desk.run(0, &solve);
    let old = desk.read("out/plan.json");
    // A folder stands where a file is to be: nothing of the answer before is touched.
    fs::remove_file(desk.path("out/assignments.csv")).expect("removed");
    fs::create_dir(desk.path("out/assignments.csv")).expect("made");
    fs::write(desk.path("out/assignments.csv/mine.txt"), "mine").expect("written");
    let before = listing(&desk.path("out"));
    let refused = run(&desk, &solve);
    assert!(refused.code != Some(0) && refused.stderr.contains("assignments.csv"), "{}", refused.stderr);
    assert_eq!(listing(&desk.path("out")), before);
    assert_eq!(desk.read("out/plan.json"), old);
    // The same where the program runs in the folder itself, so that folders cannot change places.
    let inside = run(&desk, &["solve", "accounts.csv", "--work-limit", "100000", "--out", "."]);
    assert_eq!(inside.code, Some(0), "{}", inside.stderr);
    fs::remove_file(desk.path("report.html")).expect("removed");
    fs::create_dir(desk.path("report.html")).expect("made");
    let before = listing(&desk.path("."));
    let refused = run(&desk, &["solve", "accounts.csv", "--work-limit", "100000", "--seed", "7", "--out", "."]);
    assert!(refused.code != Some(0), "{}", refused.stderr);
    assert_eq!(listing(&desk.path(".")), before);
}

/// Every file below a folder with its bytes.
fn listing(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("there").path()) {
            match entry.is_dir() {
                true => folders.push(entry),
                false => _ = found.insert(entry.display().to_string(), fs::read(&entry).expect("a file")),
            }
        }
    }
    found
}

#[test]
fn a_link_in_the_place_of_a_scratch_folder_leads_nowhere() {
    let desk = Desk::new();
    desk.write("accounts.csv", "account_id,current_owner\na,o1\nb,o2\nc,o1\n");
    fs::create_dir(desk.path("elsewhere")).expect("made");
    // Folders that a run could be thought to use, all taken by links.
    for process in 1..40_000 {
        let link = desk.path(&format!(".out.carve-{process}"));
        if process % 400 == 0 {
            std::os::unix::fs::symlink(desk.path("elsewhere"), link).expect("linked");
        }
    }
    desk.run(0, &["solve", "accounts.csv", "--work-limit", "100000", "--out", "out"]);
    assert!(listing(&desk.path("elsewhere")).is_empty());
    let mode = fs::metadata(desk.path("out")).expect("there").permissions().mode();
    assert_eq!(mode & 0o700, 0o700, "{mode:o}");
}

#[test]
fn files_that_are_too_large_are_refused_before_they_are_held() {
    let desk = Desk::new();
    desk.write("accounts.csv", "account_id,current_owner\na,o1\nb,o2\n");
    // Without anything in it, so that it takes no room.
    let large = fs::File::create(desk.path("large.yaml")).expect("made");
    large.set_len((64 << 20) + 1).expect("long");
    for plan in ["large.yaml", "/dev/zero"] {
        let refused = desk.run(2, &["validate", "accounts.csv", "--plan", plan]);
        assert!(
            refused.stdout.contains("file_too_large") || refused.stderr.contains("file_too_large"),
            "{}{}",
            refused.stdout,
            refused.stderr
        );
    }
}

/// The rows with their columns in another order.
fn turned(text: &str, by: usize) -> String {
    let rows = text.lines().map(|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        let (at, swapped) = (by % cells.len(), cells.len() - 1);
        cells.rotate_left(at);
        cells.swap(0, swapped);
        cells.join(",") + "\n"
    });
    rows.collect()
}

#[test]
fn the_order_of_columns_means_nothing() {
    for (shape, seed) in [(Shape::Crm, 1), (Shape::Owned, 2), (Shape::Plain, 3)] {
        let made =
            generate(&GenerateOptions { accounts: 300, buckets: 5, seed, shape, tolerance: 0.05, extra_measures: 2 });
        let desk = Desk::new();
        let owners: Vec<String> = (0..300).map(|a| format!("s{}", a % 5)).collect();
        let mut book = made.book;
        if book.current_owners.iter().all(String::is_empty) {
            book.current_owners = owners;
        }
        let mut text = Vec::new();
        carve_datasets::write_accounts(&book, &mut text).expect("written");
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(!text.contains('"'), "cells are divided by commas alone");
        let mut first: Option<BTreeMap<String, Vec<u8>>> = None;
        for by in 0..4 {
            desk.write("accounts.csv", turned(&text, by));
            desk.run(0, &["solve", "accounts.csv", "--work-limit", "200000", "--threads", "1", "--out", "out"]);
            let mut files = listing(&desk.path("out"));
            files.retain(|name, _| {
                ["assignments.csv", "asked.yaml", "certificate.json"].iter().any(|kept| name.ends_with(kept))
            });
            assert_eq!(files.len(), 3);
            let expected = first.get_or_insert_with(|| files.clone());
            let differ: Vec<&String> = files.keys().filter(|name| files[*name] != expected[*name]).collect();
            assert!(differ.is_empty(), "{}, columns turned by {by}: {differ:?}", shape.name());
        }
    }
}
