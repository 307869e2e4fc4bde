//! Plans written by hand, files read back.

use super::*;
use carve_solver::certificate::Certificate;
use carve_solver::plan::{
    Assignment, CheckResult, MeasureResult, MoveCode, MoveReason, NodeResult, Reason, StageResult, Termination,
};
use serde_json::{Value, json};
use std::time::Duration;

fn node(node_id: &str, parent_node_id: &str, level: usize, territory: bool) -> NodeResult {
    NodeResult {
        node_id: node_id.into(),
        parent_node_id: parent_node_id.into(),
        level,
        share: 0.5,
        territory,
        measures: vec![MeasureResult {
            measure: "open_pipeline".into(),
            amount: i64::MAX,
            target: 7.5,
            deviation: f64::NAN,
        }],
        anchor: None,
        anchor_found: false,
        mean_distance_km: 12.5,
        moved_in: 3,
        moved_out: 4,
        seat: None,
    }
}

fn assignment(account_id: &str, path: &[usize], territory: usize, current_owner: &str) -> Assignment {
    Assignment {
        account_id: account_id.into(),
        path: path.to_vec(),
        territory,
        current_owner: current_owner.into(),
        moved: !current_owner.is_empty(),
        move_reason: (!current_owner.is_empty())
            .then(|| MoveReason { code: MoveCode::OwnerLeft, detail: "it left, long ago".into() }),
    }
}

fn plan(nodes: Vec<NodeResult>, assignments: Vec<Assignment>, stages: Vec<StageResult>) -> Plan {
    Plan {
        termination: Termination::new(Reason::Feasible, None, String::new()),
        tiers: Vec::new(),
        nodes,
        assignments,
        findings: Vec::new(),
        whales: Vec::new(),
        certificate: Certificate::default(),
        stages,
        starts: Vec::new(),
        covers: Vec::new(),
        summary: String::new(),
        check: CheckResult::default(),
        solve_time: Duration::ZERO,
        gap_target: 0.0,
        columns: Vec::new(),
        relaxations: carve_solver::plan::Relaxations::default(),
    }
}

/// A side with two territories, and a territory right below the root.
fn uneven() -> Plan {
    let mut home = node("a", "east", 2, true);
    home.anchor = Point::new(40.0, -74.0);
    let nodes = vec![
        node("root", "", 0, false),
        node("east", "root", 1, false),
        home,
        node("=b", "east", 2, true),
        node("west", "root", 1, true),
    ];
    let assignments = vec![
        assignment("1", &[1, 2], 2, "x"),
        assignment("+2", &[1, 3], 3, ""),
        assignment("three, 3", &[4], 4, "'@y"),
        assignment("4", &[1, 2], 2, ""),
    ];
    plan(nodes, assignments, Vec::new())
}

fn csv_of(plan: &Plan) -> String {
    let mut bytes = Vec::new();
    assignments_csv(plan, &mut bytes).expect("memory takes every byte");
    String::from_utf8(bytes).expect("ids are UTF-8")
}

fn geojson_of(plan: &Plan, places: &[Option<Point>]) -> Value {
    let mut bytes = Vec::new();
    territories_geojson(plan, places, &mut bytes).expect("memory takes every byte");
    serde_json::from_slice(&bytes).expect("it is JSON")
}

#[test]
fn assignments_name_every_level_above_the_territory() {
    let expected = "account_id,node_id,level_1,current_owner,moved,reason\n\
                    1,a,east,x,true,\"owner_left: it left, long ago\"\n\
                    '+2,'=b,east,,false,\n\
                    \"three, 3\",west,,''@y,true,\"owner_left: it left, long ago\"\n\
                    4,a,east,,false,\n";
    assert_eq!(csv_of(&uneven()), expected);
}

#[test]
fn assignments_name_the_territory_of_every_later_stage() {
    let nodes = vec![
        node("book", "", 0, false),
        node("s1-1", "book", 1, false),
        node("s2-1", "s1-1", 2, true),
        node("s2-2", "s1-1", 2, true),
        node("s4-1", "s2-1", 3, false),
        node("s4-4", "s2-2", 3, false),
    ];
    let stage = |count, level| StageResult {
        count,
        level,
        current: count == 2,
        deviations: Vec::new(),
        mean_distance_km: 0.0,
        mean_squared_distance_km2: 0.0,
        split_days: Vec::new(),
        nesting: None,
    };
    let assignments = vec![assignment("1", &[1, 2, 4], 2, "s2-1"), assignment("2", &[1, 3, 5], 3, "")];
    let staged = plan(nodes, assignments, vec![stage(1, 1), stage(2, 2), stage(4, 3)]);
    let expected = "account_id,node_id,level_1,current_owner,moved,stage_4,reason\n\
                    1,s2-1,s1-1,s2-1,true,s4-1,\"owner_left: it left, long ago\"\n\
                    2,s2-2,s1-1,,false,s4-4,\n";
    assert_eq!(csv_of(&staged), expected);
    let kinds = geojson_of(&staged, &[None, None]);
    assert_eq!(kinds["features"].as_array().map(Vec::len), Some(2));
}

#[test]
fn territories_are_features_with_their_numbers() {
    let places = [Point::new(1.0, 2.0), None, Point::new(3.0, 4.0), Point::new(5.0, 6.0)];
    let collection = geojson_of(&uneven(), &places);
    assert_eq!(collection["type"], "FeatureCollection");
    let features = collection["features"].as_array().expect("features");
    let kinds: Vec<_> = features
        .iter()
        .map(|f| (&f["properties"]["kind"], &f["properties"]["node_id"], &f["geometry"]["type"]))
        .collect();
    let (territory, anchor) = (json!("territory"), json!("anchor"));
    let expected = [
        (&territory, &json!("a"), &json!("LineString")),
        (&anchor, &json!("a"), &json!("Point")),
        (&territory, &json!("=b"), &Value::Null),
        (&territory, &json!("west"), &json!("Point")),
    ];
    assert_eq!(kinds, expected);
    let properties = json!({
        "kind": "territory", "node_id": "a", "parent": "east", "share": 0.5, "mean_distance_km": 12.5, "moved_in": 3, "moved_out": 4,
        "open_pipeline_amount": i64::MAX, "open_pipeline_target": 7.5, "open_pipeline_deviation": null,
    });
    assert_eq!(features[0]["properties"], properties);
    assert_eq!(features[1]["geometry"]["coordinates"], json!([-74.0, 40.0]));
    assert_eq!(features[3]["geometry"]["coordinates"], json!([4.0, 3.0]));
}

#[test]
fn files_appear_whole_and_replace_older_ones() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path().join("new/out");
    let places = [None; 4];
    for _ in 0..2 {
        let written = write_files(&uneven(), &places, &out).expect("the folder takes files");
        assert_eq!(written, [out.join("assignments.csv"), out.join("territories.geojson")]);
    }
    let text = std::fs::read_to_string(out.join("assignments.csv")).expect("the file is there");
    assert_eq!(text, csv_of(&uneven()));
    assert_eq!(std::fs::read_dir(&out).expect("the folder is there").count(), 2);
}

#[test]
fn without_a_plan_nothing_is_written() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path().join("out");
    let mut none = plan(Vec::new(), Vec::new(), Vec::new());
    none.termination.reason = Reason::Infeasible;
    assert!(write_files(&none, &[], &out).expect("there is nothing to fail").is_empty());
    assert!(!out.exists());
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("the folder takes files");
    let error = write_files(&uneven(), &[None; 4], &file).expect_err("a file is no folder");
    assert_eq!(error.path, file);
}
