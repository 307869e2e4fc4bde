//! Plans written by hand, files read back.

use super::*;
use crate::answer::Amounts;
use carve_solver::Plan;
use carve_solver::certificate::Certificate;
use carve_solver::input::ExternalIds;
use carve_solver::plan::{
    Assignment, CheckResult, MeasureDescription, MeasureResult, MoveCode, MoveReason, NodeResult, Reason, SeatResult,
    StageResult, Termination,
};
use carve_solver::space::Point;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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
        outside_balance: false,
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
        measures: vec![MeasureDescription { measure: "open_pipeline".into(), ..MeasureDescription::default() }],
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
        "kind": "territory", "node_id": "a", "parent": "east", "outside_balance": false, "share": 0.5, "mean_distance_km": 12.5, "moved_in": 3, "moved_out": 4,
        "open_pipeline_amount": i64::MAX, "open_pipeline_target": 7.5, "open_pipeline_deviation": null,
    });
    assert_eq!(features[0]["properties"], properties);
    assert_eq!(features[1]["geometry"]["coordinates"], json!([-74.0, 40.0]));
    assert_eq!(features[3]["geometry"]["coordinates"], json!([4.0, 3.0]));
}

/// What is found in the input of every answer here.
fn found<'a>() -> Box<dyn Iterator<Item = FindingRow<'a>> + 'a> {
    let row = |code, account_id: &'static str, line| FindingRow {
        code,
        severity: "warning",
        account_id: account_id.into(),
        name: "=cmd()".into(),
        line,
        value: "-1".into(),
        what_to_do: "look, and mend".into(),
    };
    Box::new([row("account_stale", "1", 2), row("place_missing", "", 0)].into_iter())
}

/// Every file of these formats, by its name.
fn files(plan: &Plan, names: &[&str], amounts: &[i64], formats: &[Format]) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let names = Names::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let ones = vec![1; plan.assignments.len()];
    let measures = vec![
        Amounts { measure: "account_count", decimals: 0, amounts: &ones },
        Amounts { measure: "open_pipeline", decimals: 2, amounts },
    ];
    let answer = Answer::new(plan, vec![None; plan.assignments.len()], &names, measures, &|| found());
    let staging = Staging::new(dir.path()).expect("usable");
    write_outputs(&answer, formats, &staging).expect("the folder takes files");
    staging.publish(crate::names()).expect("published");
    let (mut read, mut folders) = (BTreeMap::new(), vec![dir.path().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(dir.path()).expect("below").display().to_string();
            match path.is_dir() {
                true => folders.push(path),
                false => drop(read.insert(name, std::fs::read(path).expect("it is there"))),
            }
        }
    }
    read
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, name: &str) -> &'a str {
    let bytes = files.get(name).unwrap_or_else(|| panic!("{name} is not among {:?}", files.keys()));
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// Ids as Salesforce has them, with their last three characters.
const ACCOUNTS: [&str; 5] =
    ["001000000000001AAA", "001000000000002AAA", "001000000000003AAA", "001000000000004AAA", "001000000000005AAA"];
const USERS: [&str; 2] = ["005000000000001AAA", "005000000000002AAA"];

/// Three seats below the root: one with all ids, one with a user alone, one to be hired in February, whom the first
/// covers. The first two own an account each and swap none; the last seat takes one of each and one of nobody.
fn seats() -> Plan {
    let seat = |id: &str, seat: SeatResult| NodeResult { seat: Some(seat), ..node(id, "root", 1, true) };
    let ids = |user: &str, email: &str, name: &str| ExternalIds {
        user_id: user.into(),
        email: email.into(),
        territory_api_name: name.into(),
    };
    let first = SeatResult {
        display_name: "Ann, \"A\"".into(),
        external_ids: ids("005000000000001", "ann@example.com", "Ann_s"),
        ..SeatResult::default()
    };
    let second = SeatResult { external_ids: ids(USERS[1], "", ""), ..SeatResult::default() };
    let third = SeatResult {
        to_be_hired: true,
        start_date: "2027-02-01".into(),
        covering_seat_id: "s-1".into(),
        ..SeatResult::default()
    };
    let nodes = vec![node("root", "", 0, false), seat("s-1", first), seat("s 2", second), seat("s_2", third)];
    let stays =
        |id, at, owner: &str| Assignment { moved: false, move_reason: None, ..assignment(id, &[at], at, owner) };
    let assignments = vec![
        stays("001000000000001", 1, "s-1"),
        stays(ACCOUNTS[1], 2, "s 2"),
        assignment(ACCOUNTS[2], &[3], 3, "s-1"),
        assignment(ACCOUNTS[3], &[3], 3, "s 2"),
        assignment(ACCOUNTS[4], &[3], 3, ""),
    ];
    plan(nodes, assignments, Vec::new())
}

const NAMES: [&str; 5] = ["a", "b", "=cmd()", "", "e"];
const AMOUNTS: [i64; 5] = [100, 250, -5, 123456, 0];

#[test]
fn moves_name_both_seats_and_who_covers_until_when() {
    let files = files(&seats(), &NAMES, &AMOUNTS, &[Format::Csv]);
    let expected = "account_id,name,from,from_name,from_user_id,to,to_name,to_user_id,covered_by,effective_date,reason,\
                    reason_text,open_pipeline\n\
                    001000000000003AAA,'=cmd(),s-1,\"Ann, \"\"A\"\"\",005000000000001,s_2,,,s-1,2027-02-01,owner_left,\"it left, \
                    long ago\",'-0.05\n\
                    001000000000004AAA,,s 2,,005000000000002AAA,s_2,,,s-1,2027-02-01,owner_left,\"it left, long \
                    ago\",1234.56\n";
    assert_eq!(text(&files, "moves.csv"), expected);
    let expected = "code,severity,account_id,name,line,value,what_to_do\n\
                    account_stale,warning,1,'=cmd(),2,'-1,\"look, and mend\"\n\
                    place_missing,warning,,'=cmd(),,'-1,\"look, and mend\"\n";
    assert_eq!(text(&files, "findings.csv"), expected);
}

#[test]
fn owners_change_on_the_day_their_seat_starts() {
    let mut plan = seats();
    let salesforce = |plan: &Plan| files(plan, &NAMES, &AMOUNTS, &[Format::Salesforce]);
    let files = salesforce(&plan);
    // Until February the first seat holds what the third will: one account is its own already.
    let [ann, second] = USERS;
    let owners = format!("Id,OwnerId\n{},{ann}\n{},{ann}\n", ACCOUNTS[3], ACCOUNTS[4]);
    assert_eq!(text(&files, "crm/now/salesforce/accounts_owner.csv"), owners);
    assert_eq!(text(&files, "crm/2027-02-01/salesforce/accounts_owner.csv"), "Id,OwnerId\n");
    let readme = text(&files, "crm/2027-02-01/salesforce/README.txt");
    assert_eq!(readme.lines().filter(|line| !line.starts_with(' ')).count(), 3);
    assert!(readme.lines().all(|line| line.chars().count() <= 80), "{readme}");
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(readme.contains("KeepAccountTeam") && readme.contains("1 seat has nobody yet"), "{readme}");
    // Hired, with a user: from that day on all three are the third seat's.
    let hired = plan.nodes[3].seat.as_mut().expect("a seat");
    hired.external_ids.user_id = second.into();
    let files = salesforce(&plan);
    assert_eq!(text(&files, "crm/now/salesforce/accounts_owner.csv"), owners);
    let all: String = ACCOUNTS[2..].iter().map(|id| format!("{id},{second}\n")).collect();
    assert_eq!(text(&files, "crm/2027-02-01/salesforce/accounts_owner.csv"), format!("Id,OwnerId\n{all}"));
    // Covered by nobody, the accounts stay where they are until then; without a day they wait for one.
    let seat = plan.nodes[3].seat.as_mut().expect("a seat");
    (seat.covering_seat_id, seat.start_date) = (String::new(), String::new());
    let files = salesforce(&plan);
    assert_eq!(text(&files, "crm/now/salesforce/accounts_owner.csv"), "Id,OwnerId\n");
    assert_eq!(text(&files, "crm/start-not-known/salesforce/accounts_owner.csv"), format!("Id,OwnerId\n{all}"));
    // Two that cover each other are no holder.
    plan.nodes[3].seat.as_mut().expect("a seat").covering_seat_id = "s_2".into();
    assert_eq!(text(&salesforce(&plan), "crm/now/salesforce/accounts_owner.csv"), "Id,OwnerId\n");
}

#[test]
fn territories_have_names_that_salesforce_takes() {
    let mut plan = seats();
    let files_of = |plan: &Plan| files(plan, &NAMES, &AMOUNTS, &[Format::Salesforce]);
    let files = files_of(&plan);
    let now = |name: &str| text(&files, &format!("crm/now/salesforce/{name}"));
    let expected = "Name,DeveloperName,Territory2ModelId,Territory2TypeId,ParentTerritory2Id,Description\n\
                    \"Ann, \"\"A\"\"\",Ann_s,,,,Territory s-1 of carve\n\
                    s 2,s_2,,,,Territory s 2 of carve\n\
                    s_2,s_2_2,,,,Territory s_2 of carve\n";
    assert_eq!(now("territory2.csv"), expected);
    let held: String = ACCOUNTS[2..].iter().map(|id| format!("{id},,Territory2Manual,s_2_2\n")).collect();
    assert_eq!(
        now("object_territory2_insert.csv"),
        format!("ObjectId,Territory2Id,AssociationCause,Territory2DeveloperName\n{held}")
    );
    assert_eq!(
        now("user_territory2.csv"),
        format!(
            "UserId,Territory2Id,RoleInTerritory2,Territory2DeveloperName\n{0},,Owner,Ann_s\n{1},,Owner,s_2\n{0},,Owner,s_2_2\n",
            USERS[0], USERS[1]
        )
    );
    let from = |name: &str, id: &str| {
        format!(
            "SELECT Id, ObjectId, Territory2Id FROM ObjectTerritory2Association WHERE AssociationCause = 'Territory2Manual' AND Territory2.DeveloperName = '{name}' AND ObjectId IN ('{id}')\n"
        )
    };
    assert_eq!(now("object_territory2_delete.soql"), from("Ann_s", ACCOUNTS[2]) + &from("s_2", ACCOUNTS[3]));
    assert!(now("territory2_ids.soql").contains("IN ('Ann_s','s_2','s_2_2')"));
    // With Salesforce's own ids nothing is left to fill in.
    for (node, id) in plan.nodes.iter_mut().skip(1).zip(["0MI000000000001", "0MI000000000002GAA", "0MI000000000003"]) {
        node.seat.as_mut().expect("a seat").external_ids.territory_api_name = id.into();
    }
    let files = files_of(&plan);
    let now = |name: &str| text(&files, &format!("crm/now/salesforce/{name}"));
    let held: String = ACCOUNTS[2..].iter().map(|id| format!("{id},0MI000000000003GAA,Territory2Manual\n")).collect();
    assert_eq!(now("object_territory2_insert.csv"), format!("ObjectId,Territory2Id,AssociationCause\n{held}"));
    assert_eq!(now("territory2.csv").lines().count(), 1);
    assert!(!files.contains_key("crm/now/salesforce/territory2_ids.soql"));
}

#[test]
fn hubspot_knows_owners_by_email_or_name() {
    let mut plan = seats();
    plan.nodes[3].seat.as_mut().expect("a seat").display_name = "Zoë".into();
    let of = |plan: &Plan| files(plan, &NAMES, &AMOUNTS, &[Format::Hubspot]);
    // Ids that are none of HubSpot's are not handed to it.
    let foreign = of(&plan);
    assert_eq!(text(&foreign, "crm/now/hubspot/companies_owner.csv"), "Record ID,Company owner\n");
    let readme = text(&foreign, "crm/now/hubspot/README.txt");
    let one_line = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(one_line.contains("2 account ids are no Record ID of HubSpot"), "{readme}");
    for (number, assignment) in plan.assignments.iter_mut().enumerate() {
        assignment.account_id = (101 + number).to_string();
    }
    let files = of(&plan);
    let rows = "104,ann@example.com\n105,ann@example.com\n";
    assert_eq!(text(&files, "crm/now/hubspot/companies_owner.csv"), format!("Record ID,Company owner\n{rows}"));
    let rows: String = ["103", "104", "105"].iter().map(|id| format!("{id},Zoë\n")).collect();
    assert_eq!(text(&files, "crm/2027-02-01/hubspot/companies_owner.csv"), format!("Record ID,Company owner\n{rows}"));
    let readme = text(&files, "crm/now/hubspot/README.txt");
    assert!(
        readme.lines().filter(|line| !line.starts_with(' ')).count() == 3 && !readme.contains("left out"),
        "{readme}"
    );
    // A seat that the accounts name as their owner is called as they call it.
    let named = plan.nodes[3].seat.as_mut().expect("a seat");
    (named.display_name, named.to_be_hired, named.start_date) = (String::new(), false, String::new());
    plan.assignments[4].current_owner = "s_2".into();
    let held = of(&plan);
    assert!(text(&held, "crm/now/hubspot/companies_owner.csv").contains("104,s_2\n"), "{held:?}");
}

#[test]
fn each_format_writes_its_files_and_no_others() {
    let plan = seats();
    let written = |formats: &[Format]| -> Vec<String> {
        files(&plan, &NAMES, &AMOUNTS, formats).into_keys().filter(|name| !name.starts_with("crm/")).collect()
    };
    assert_eq!(written(&[]), Vec::<String>::new());
    assert_eq!(
        written(&Format::DEFAULT),
        ["assignments.csv", "findings.csv", "moves.csv", "report.html", "territories.geojson"]
    );
    assert_eq!(written(&Format::ALL).len(), 6);
    let names: BTreeSet<&str> = crate::names().collect();
    assert!(written(&Format::ALL).iter().all(|name| names.contains(name.as_str())));
    for format in Format::ALL {
        assert_eq!(
            files(&plan, &NAMES, &AMOUNTS, &[format]),
            files(&plan, &NAMES, &AMOUNTS, &[format]),
            "twice the same"
        );
    }
    let mut none = plan.clone();
    none.termination.reason = Reason::Infeasible;
    let written: Vec<String> = files(&none, &NAMES, &AMOUNTS, &Format::ALL).into_keys().collect();
    assert_eq!(written, ["report.html"], "why there is no plan");
}
