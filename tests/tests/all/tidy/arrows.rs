//! Who uses whom in the solver: no circles, no arrows to a later room, and a trusted base that knows nothing above it.

use super::{none, sources};
use crate::tidy::paths::{Paths, module};
use std::collections::{BTreeMap, BTreeSet};

/// The solver's rooms, from the first to the last: each uses only those before it. A file lies in the room whose name
/// its path begins with.
const ROOMS: &[&str] = &[
    "index",
    "tolerance",
    "amount",
    "counting",
    "limits",
    "salesforce",
    "hash",
    "space",
    "nearest",
    "finding",
    "column",
    "input",
    "problem",
    "proof",
    "plan",
    "score",
    "explain",
    "check",
    "answer",
    "standing",
    "comparison",
    "depth",
    "engine",
    "inquiry",
    "lib",
];

/// The engine's floors, from the lowest to the highest. Of two names that fit a file the longer one is its floor: local
/// search lies below the context, the other searches above it; the clock carries the counts of relaxations.
const FLOORS: &[&str] = &[
    "observe",
    "relax/counts",
    "clock",
    "relax",
    "search/caps",
    "search/local",
    "returned",
    "branch",
    "context",
    "search",
    "feasible",
    "tier",
    "starts",
    "steps",
    "tiers",
    "levels",
    "mod",
];

/// Rooms of the trusted base: what these files use, at first or at second hand, must not be in [`UNTRUSTED`].
const TRUSTED: &[&str] = &["proof", "check"];

/// Rooms that make plans. A proof or a check that used them would believe what it is to test.
const UNTRUSTED: &[&str] = &["engine", "answer"];

/// Files by path in `solver/src`, each with the files that it uses and the path by which it does. `mod x;` is no use.
/// What is called as a method on a type is seen where the type is named.
fn arrows() -> BTreeMap<String, BTreeMap<String, String>> {
    let files: Vec<_> = sources("solver/src", ".rs").into_iter().filter(|s| !s.is_test()).collect();
    let name = |path: &str| path.trim_start_matches("solver/src/").to_string();
    let modules: BTreeMap<Vec<String>, String> =
        files.iter().map(|file| (module(&name(&file.path)), name(&file.path))).collect();
    let of = |file: &super::Source| {
        let text: String = file.code().map(|(_, line)| format!("{line}\n")).collect();
        let own = name(&file.path);
        let used = Paths::of(&text).resolved(&module(&own), &modules);
        (own.clone(), used.into_iter().filter(|(to, _)| *to != own).collect())
    };
    files.iter().map(of).collect()
}

/// The place in `names` of the longest one that the file's path begins with.
fn place(file: &str, names: &[&str]) -> Option<usize> {
    let within = |name: &str| file.strip_prefix(name).is_some_and(|rest| rest.starts_with(['/', '.']));
    (0..names.len()).filter(|&i| within(names[i])).max_by_key(|&i| names[i].len())
}

/// Arrows to a later place, and files without a place.
fn upward(arrows: &BTreeMap<String, BTreeMap<String, String>>, below: &str, names: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let inside: BTreeMap<&str, &BTreeMap<String, String>> =
        arrows.iter().filter_map(|(file, used)| Some((file.strip_prefix(below)?, used))).collect();
    for (file, used) in inside {
        let Some(own) = place(file, names) else {
            faults.push(format!("{below}{file} is in no room: give it one"));
            continue;
        };
        for (to, path) in used {
            let other = to.strip_prefix(below).and_then(|to| place(to, names));
            if other.is_some_and(|other| other > own) {
                faults.push(format!("{below}{file} uses {to} ({path}), which lies above it"));
            }
        }
    }
    faults
}

/// All that can be reached from a file.
fn reached<'a>(from: &'a str, arrows: &'a BTreeMap<String, BTreeMap<String, String>>) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for to in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(to.as_str()) {
                open.push(to);
            }
        }
    }
    found
}

#[test]
fn the_solvers_files_use_one_another_in_no_circle() {
    let arrows = arrows();
    assert!(arrows.values().map(BTreeMap::len).sum::<usize>() > arrows.len(), "hardly an arrow is seen: {arrows:?}");
    let mut faults = Vec::new();
    for (file, used) in &arrows {
        let back = |to: &&String| reached(to, &arrows).contains(file.as_str());
        faults.extend(used.keys().filter(back).map(|to| format!("{file} uses {to} ({}), and is used by it", used[to])));
    }
    none("these arrows close a circle", &faults);
}

#[test]
fn the_solvers_rooms_use_only_those_before_them() {
    none("arrows to a later room", &upward(&arrows(), "", ROOMS));
}

#[test]
fn the_engines_floors_use_only_those_below_them() {
    none("arrows to a higher floor", &upward(&arrows(), "engine/", FLOORS));
}

#[test]
fn what_is_trusted_uses_nothing_that_makes_plans() {
    let arrows = arrows();
    let (mut faults, mut trusted) = (Vec::new(), BTreeSet::new());
    for file in arrows.keys() {
        let Some(room) = place(file, TRUSTED) else { continue };
        trusted.insert(room);
        let bad = reached(file, &arrows).into_iter().filter(|to| place(to, UNTRUSTED).is_some());
        faults.extend(bad.map(|to| format!("{file} reaches {to}")));
    }
    assert_eq!(trusted.len(), TRUSTED.len(), "a trusted room has no files");
    none("the trusted base stands by itself", &faults);
}

#[test]
fn arrows_are_seen_however_they_are_written() {
    let modules: BTreeMap<Vec<String>, String> =
        ["lib.rs", "plan.rs", "problem/mod.rs", "problem/tree.rs", "engine/mod.rs"]
            .into_iter()
            .map(|file| (module(file), file.to_string()))
            .collect();
    let seen = |text: &str| -> Vec<String> {
        Paths::of(text).resolved(&module("problem/mod.rs"), &modules).into_keys().collect()
    };
    for (text, expected) in [
        ("use crate::plan::Plan;", &["plan.rs"][..]),
        ("use crate::{plan::{self, Plan as P}, engine};\nfn f() { engine::carve() }", &["engine/mod.rs", "plan.rs"]),
        ("mod tree;\nuse crate::plan;", &[]),
        ("use crate::plan;\nfn f() -> plan::Plan {}", &["plan.rs"]),
        ("mod tree;\nfn f(of: &tree::Tree) {}", &["problem/tree.rs"]),
        ("fn f() { let _ = \"crate::plan::Plan\"; } // crate::plan::Plan", &[]),
        (
            "fn f<'a>(of: &'a super::plan::Plan) { let _ = '\"'; crate::engine::carve('x') }",
            &["engine/mod.rs", "plan.rs"],
        ),
        ("use super::engine as e;\nfn f() { e::carve() }", &["engine/mod.rs"]),
    ] {
        assert_eq!(seen(text), expected, "{text}");
    }
}
