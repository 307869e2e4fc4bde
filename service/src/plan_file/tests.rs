//! Plan files as planners write them, good and bad.

use super::*;
use carve_proto::v1::{self as proto, criterion::Kind as Criterion, split::Shape};

/// Each rejected plan: its text, then the findings as `code line:column path`.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> = match PlanFile::read("plan.yaml", text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(faults) => {
            faults.iter().map(|f| format!("{} {}:{} {}", f.finding.code, f.line, f.column, f.finding.place)).collect()
        }
    };
    assert_eq!(found, expected, "{text}");
}

const PLAN: &str = "\
split:
  tree:
    node_id: root
    children:
      - {node_id: east, share: 9, anchor: {latitude: 40.7, longitude: -74}}
      - {node_id: west, share: 8.5}
tiers:
  - criteria:
      - balance: {measure: open_pipeline, tolerance: 0.05, weight: 1}
      - mix: {attribute: role, tolerance: 0.1, levels: [{tolerance: 0}]}
    give_back: 0.01
  - criteria: [{compactness: {metric: SQUARED_DISTANCE}}]
rules:
  - {rule_id: r1, pin: {accounts: {account_ids: [a, \"7\"]}, node_id: east}}
  - rule_id: r2
    bounds: {min: 0, max: 9007199254740993}
options: {time_limit: 30s, gap_target: 1e-4, seed: 18446744073709551615, threads: 2}
families: SEPARATE
measures: [{measure: vip, count_filter: 'score > 5'}]
";

#[test]
fn a_plan_is_read_whole() {
    let plan = PlanFile::read("plan.yaml", PLAN.as_bytes()).expect("accepted").request;
    let Some(Shape::Tree(root)) = plan.split.and_then(|s| s.shape) else { panic!("no tree") };
    assert_eq!(root.children[0].share, Some(9.0));
    assert_eq!(root.children[0].anchor.map(|a| a.longitude), Some(-74.0));
    let Some(Criterion::Mix(mix)) = &plan.tiers[0].criteria[1].kind else { panic!("no mix") };
    assert_eq!(mix.levels[0].tolerance, Some(0.0));
    let Some(Criterion::Compactness(compactness)) = &plan.tiers[1].criteria[0].kind else { panic!("no compactness") };
    assert_eq!(compactness.metric(), proto::compactness::Metric::SquaredDistance);
    let Some(proto::rule::Kind::Bounds(bounds)) = &plan.rules[1].kind else { panic!("no bounds") };
    assert_eq!((bounds.min, bounds.max), (Some(0), Some(9_007_199_254_740_993)));
    let options = plan.options.expect("options");
    assert_eq!(options.time_limit.map(|t| t.seconds), Some(30));
    assert_eq!((options.gap_target, options.seed), (Some(1e-4), u64::MAX));
    assert_eq!(plan.families, proto::Families::Separate as i32);
}

#[test]
fn the_json_mapping_reads_the_same() {
    let request = PlanFile::read("plan.yaml", PLAN.as_bytes()).expect("accepted").request;
    let json = crate::json::text("carve.v1.SolveRequest", &request).expect("printed");
    let json = json.replace("  \"accounts\": [],\n", "");
    assert_eq!(PlanFile::read("plan.json", json.as_bytes()).expect("accepted").request, request);
    let tabs = json.replace("  ", "\t");
    assert_eq!(PlanFile::read("plan.json", tabs.as_bytes()).expect("accepted").request, request);
}

#[test]
fn nothing_and_unset_values_are_an_empty_request() {
    for text in ["", "# nothing\n", "{}", "options:\nsplit: ~\ntiers: null\n", "options: {seed: 0, threads: 0}"] {
        let request = PlanFile::read("plan.yaml", text.as_bytes()).expect(text).request;
        assert!(request.split.is_none() && request.tiers.is_empty(), "{text}");
    }
}

#[test]
fn unknown_and_misplaced_fields_are_named_in_place() {
    check("options:\n  sede: 1\n", &["field_unknown 2:3 options.sede"]);
    check("options:\n  seed: 1\n", &[]);
    check("options: {timeLimit: 30s, gapTarget: 0.1}\n", &[]);
    check("accounts: []\n", &["field_unknown 1:1 accounts"]);
    check("tiers:\n  - criteria: []\n    giveback: 1\n", &["field_unknown 3:5 tiers[0].giveback"]);
    let fault = &PlanFile::read("p.yaml", b"tires: []").expect_err("refused")[0];
    assert!(fault.finding.message.contains("did you mean tiers?"), "{}", fault.finding.message);
}

#[test]
fn every_fault_is_named_at_once() {
    check(
        "options:\n  time_limit: 30\n  seed: -1\n  threads: many\n  gap_target: [1]\nsplit: 3\ntiers: {}\nfamilies: WHOLLY\n",
        &[
            "field_type 2:15 options.time_limit",
            "field_type 3:9 options.seed",
            "field_type 4:12 options.threads",
            "field_type 5:15 options.gap_target",
            "field_type 6:8 split",
            "field_type 7:8 tiers",
            "field_type 8:11 families",
        ],
    );
}

#[test]
fn nothing_is_guessed() {
    check("split: {tree: {node_id: 7}}\n", &["field_type 1:25 split.tree.node_id"]);
    check("split: {tree: {node_id: '7'}}\n", &[]);
    check("split: {tree: {node_id: true}}\n", &["field_type 1:25 split.tree.node_id"]);
    check("split: {stages: {counts: [2, 2.5]}}\n", &["field_type 1:30 split.stages.counts[1]"]);
    check("split: {stages: {counts: [2, ~]}}\n", &["field_type 1:30 split.stages.counts[1]"]);
    check("split: {stages: {counts: 2}}\n", &["field_type 1:26 split.stages.counts"]);
    check("split: {stages: {counts: [2, 99999999999]}}\n", &["field_type 1:30 split.stages.counts[1]"]);
    check("rules: [{move_limit: {per_owner: yes}}]\n", &["field_type 1:34 rules[0].move_limit.per_owner"]);
    check("rules: [{move_limit: {per_owner: true}}]\n", &[]);
    check("split: {seats: {seats: [{seat_id: a, state: 9}]}}\n", &["field_type 1:45 split.seats.seats[0].state"]);
    check("split: {seats: {seats: [{seat_id: a, state: TO_BE_HIRED, start_date: 2027-01-31}]}}\n", &[]);
    check("options: {time_limit: 30 seconds}\n", &["field_type 1:23 options.time_limit"]);
}

#[test]
fn doubled_keys_and_exclusive_members_are_errors() {
    check("options: {seed: 1, seed: 2}\n", &["file_syntax 1:20 options.seed"]);
    check("options: {time_limit: 1s, timeLimit: 2s}\n", &["file_syntax 1:27 options.time_limit"]);
    check("split:\n  stages: {counts: [2]}\n  tree: {node_id: a}\n", &["field_type 3:3 split.tree"]);
    check("split:\n  stages: {counts: [2]}\n  tree:\n", &[]);
}

#[test]
fn broken_text_is_one_finding() {
    check("split: {\n", &["file_syntax 2:1 "]);
    check("- a\n", &["field_type 1:1 "]);
    check("hello\n", &["field_type 1:1 "]);
    let fault = &PlanFile::read("p.yaml", b"families: WHOLE\nx: \xff").expect_err("refused")[0];
    assert_eq!((fault.finding.code, fault.line, fault.column), (Code::InvalidUtf8, 2, 4));
}

#[test]
fn not_a_number_arrives_as_such_for_the_solver_to_refuse() {
    for nan in [".nan", "NaN", "\"NaN\""] {
        let text = format!("tiers: [{{give_back: {nan}}}]");
        let request = PlanFile::read("plan.yaml", text.as_bytes()).expect("well-formed").request;
        assert!(request.tiers[0].give_back.is_nan(), "{nan}");
    }
}

#[test]
fn later_findings_get_the_nearest_position() {
    let plan = PlanFile::read("plan.yaml", PLAN.as_bytes()).expect("accepted");
    for (path, line, column) in [
        ("split.tree.children[1].share", 6, 32),
        ("split.tree.children[1].anchor.latitude", 6, 9),
        ("tiers[0].criteria[0].balance.tolerance", 9, 54),
        ("rules[1].bounds", 16, 5),
        ("options.work_limit", 17, 1),
        ("nowhere", 0, 0),
    ] {
        let located = plan.locate(Finding::new(Code::ShareInvalid, Place::Plan(path.into()), ""));
        assert_eq!((located.line, located.column), (line, column), "{path}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    // Every prefix of a good plan, and every good plan with one character replaced.
    let replacements = ["\t", "\"", "{", "]", "-", ":", "&", "*", "!", "|", "%", "\u{0}", "é", "\r", "?", "#"];
    for (at, _) in PLAN.char_indices() {
        let _ = PlanFile::read("plan.yaml", &PLAN.as_bytes()[..at]);
        for replacement in replacements {
            let text = format!("{}{replacement}{}", &PLAN[..at], &PLAN[at + 1..]);
            let _ = PlanFile::read("plan.yaml", text.as_bytes());
            let _ = PlanFile::read("plan.json", text.as_bytes());
        }
    }
}
