//! What an answer is written to, end to end: the files of CRMs in a loader of our own, the workbook in LibreOffice, names
//! that attack, and rows of findings.

mod checked;

mod look;

mod planless;

mod chosen;

mod side_by_side;

mod salesforce;

mod workbook;

use salesforce::load;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const CARVE: &str = env!("CARGO_BIN_EXE_carve-under-test");
/// The book of 17 seats, two of them to be hired.
const AMER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/books/amer-17");

/// A folder with accounts.csv and plan.yaml, and what a solve writes.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new(accounts: &str, plan: &str) -> Desk {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("accounts.csv"), accounts).expect("written");
        fs::write(dir.path().join("plan.yaml"), plan).expect("written");
        Desk { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs `carve` here; gives what it prints.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let ran = Command::new(CARVE).args(arguments).current_dir(self.dir.path()).stdin(Stdio::null()).output();
        let ran = ran.expect("it starts");
        let printed = String::from_utf8(ran.stdout).expect("UTF-8");
        assert!(
            ran.status.success(),
            "carve {}\n{printed}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&ran.stderr)
        );
        printed
    }

    /// Solves into `out`, in formats.
    #[track_caller]
    fn solve(&self, formats: &str, more: &[&str]) -> String {
        let solve = ["solve", "accounts.csv", "--plan", "plan.yaml", "--out", "out", "--work-limit", "300000"];
        self.run(&[&solve[..], &["--time-limit", "24h", "--format", formats], more].concat())
    }

    fn plan(&self) -> Value {
        serde_json::from_str(&self.read("out/plan.json")).expect("JSON")
    }

    /// A CSV file as a map from each row's first field to the row, by heading.
    fn rows(&self, name: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let headings: Vec<String> = reader.headers().expect("headings").iter().map(String::from).collect();
        let row = |record: Result<csv::StringRecord, csv::Error>| {
            let record = record.expect("as many fields as the heading");
            (record[0].to_owned(), headings.iter().cloned().zip(record.iter().map(String::from)).collect())
        };
        reader.records().map(row).collect()
    }
}

/// Text that was folded, as it was before.
fn one_line(folded: &str) -> String {
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An id of Salesforce's, with its suffix, where only the first three characters may be upper case.
fn id(kind: &str, number: usize) -> String {
    let bits: u8 = (0..3).filter(|&bit| kind.as_bytes()[bit].is_ascii_uppercase()).map(|bit| 1 << bit).sum();
    format!("{kind}{number:012}{}AA", char::from(b'A' + bits))
}

/// amer-17 as Salesforce would have it: account ids and, at seats that are filled, users with their addresses.
fn amer_of_salesforce() -> Desk {
    let read = |name: &str| fs::read_to_string(Path::new(AMER).join(name)).expect("the book is there");
    // Ids are of one kind, and stand in the columns of accounts and parents alone.
    let mut accounts = String::new();
    for (row, line) in read("accounts.csv").lines().enumerate() {
        let field = |field: &str| match field.strip_prefix('A').and_then(|number| number.parse().ok()) {
            Some(number) if row > 0 && field.len() == 8 => id("001", number),
            _ => field.to_owned(),
        };
        accounts += &(line.split(',').map(field).collect::<Vec<String>>().join(",") + "\n");
    }
    let mut plan = read("plan.yaml");
    for seat in 1..=15 {
        let (from, user) = (format!("{{seat_id: amer-{seat:02}, "), id("005", seat));
        let ids =
            format!("external_ids: {{user_id: {user}, email: s{seat}@example.com}}, display_name: Seller {seat}, ");
        assert!(plan.contains(&from), "amer-17 has another plan file");
        plan = plan.replace(&from, &format!("{from}{ids}"));
    }
    Desk::new(&accounts, &plan)
}

#[test]
fn after_an_earlier_answer_a_crm_still_starts_from_the_owners_that_it_has() {
    let desk = amer_of_salesforce();
    desk.solve("csv,salesforce", &[]);
    fs::rename(desk.path("out"), desk.path("first")).expect("renamed");
    // Nothing was loaded: the book is as it was, and the earlier answer counts as today's owners.
    desk.solve("csv,salesforce", &["--previous", "first"]);
    let plan = desk.plan();
    let now = load(&desk.path("out/crm/now/salesforce"));
    assert_eq!(now.faults, Vec::<String>::new());
    let in_book = desk.rows("accounts.csv");
    let nodes = plan["nodes"].as_array().expect("nodes");
    let users: BTreeMap<&str, &str> =
        nodes.iter().map(|n| (text(n, "node_id"), text(&n["external_ids"], "user_id"))).collect();
    let covers: BTreeMap<&str, &str> =
        nodes.iter().map(|n| (text(n, "node_id"), text(n, "covering_seat_id"))).collect();
    let mut changed = 0;
    for assignment in plan["assignments"].as_array().expect("assignments") {
        let (account, node) = (text(assignment, "account_id"), text(assignment, "node_id"));
        let holder = if covers[node].is_empty() { node } else { covers[node] };
        let before = users.get(in_book[account]["current_owner"].as_str()).copied().unwrap_or_default();
        let after = now.owners.get(account).map_or(before, String::as_str);
        assert_eq!(after, users[holder], "{assignment}");
        changed += usize::from(before != users[holder]);
    }
    assert!(changed > 0 && now.owners.len() == changed, "{} rows, {changed} owners change", now.owners.len());
    desk.run(&["check", "accounts.csv", "--plan", "plan.yaml", "--previous", "first", "--answer", "out"]);
}

/// A text of an object; empty where there is none.
fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

#[test]
fn what_salesforce_loads_makes_the_plan_true() {
    let desk = amer_of_salesforce();
    let printed = desk.solve("all", &[]);
    assert!(printed.contains("Seller 3") && printed.contains("crm/now/salesforce/README.txt: Missing: "), "{printed}");
    let plan = desk.plan();
    let seats: BTreeMap<&str, &Value> =
        plan["nodes"].as_array().expect("nodes").iter().map(|n| (n["node_id"].as_str().expect("an id"), n)).collect();
    let user = |seat: &str| seats[seat]["external_ids"]["user_id"].as_str().unwrap_or_default().to_owned();
    let now = load(&desk.path("out/crm/now/salesforce"));
    assert_eq!(now.faults, Vec::<String>::new());
    let fill_in = ["Territory2ModelId", "Territory2TypeId"].map(|column| format!("territory2.{column}"));
    for column in fill_in
        .iter()
        .map(String::as_str)
        .chain(["object_territory2_insert.Territory2Id", "user_territory2.Territory2Id"])
    {
        assert!(now.unfilled.contains(column), "{:?}", now.unfilled);
    }
    assert_eq!(now.unfilled.len(), 4, "{:?}", now.unfilled);
    let assignments = plan["assignments"].as_array().expect("assignments");
    let mut moved = 0;
    for assignment in assignments {
        let said = |field: &str| assignment[field].as_str().expect("text").to_owned();
        let seat = seats[said("node_id").as_str()];
        let cover = seat["covering_seat_id"].as_str().unwrap_or_default();
        let holder = if cover.is_empty() { said("node_id") } else { cover.to_owned() };
        // Who owned it before the load, or comes to own it.
        let owner = now.owners.get(&said("account_id")).cloned().unwrap_or_else(|| user(&said("current_owner")));
        assert_eq!(owner, user(&holder), "{assignment}");
        let holding = now.holdings.get(&said("account_id"));
        let own_already = said("node_id") == said("current_owner");
        assert_eq!(holding.cloned(), (!own_already).then(|| said("node_id").replace('-', "_")), "{assignment}");
        moved += usize::from(assignment["moved"] == true);
    }
    assert!(moved > 0 && desk.rows("out/moves.csv").len() == moved);
    // Every side and seat is created once, and every seller comes into the territories that he holds, covered ones too.
    assert_eq!(now.territories.len(), seats.len() - 1);
    assert_eq!(now.users.len(), 17);
    let of_first: Vec<&str> = now.users.iter().filter(|(u, _)| *u == id("005", 1)).map(|(_, t)| t.as_str()).collect();
    assert_eq!(of_first, ["amer_01", "amer_17"]);
    // On the days to come nobody is hired yet: files without rows, which say so.
    for day in ["2027-02-01", "2027-04-05"] {
        let later = load(&desk.path(&format!("out/crm/{day}/salesforce")));
        assert!(later.faults.is_empty() && later.owners.is_empty(), "{later:?}");
        let readme = one_line(&desk.read(&format!("out/crm/{day}/salesforce/README.txt")));
        assert!(readme.contains("1 seat has nobody yet"), "{readme}");
    }
    // HubSpot could know none of these accounts.
    assert!(desk.rows("out/crm/now/hubspot/companies_owner.csv").is_empty());
    let readme = one_line(&desk.read("out/crm/now/hubspot/README.txt"));
    assert!(readme.contains("account ids are no Record ID of HubSpot"), "{readme}");
    desk.run(&["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out"]);
    // A later run without the CRM takes away what this one wrote, and no more.
    fs::write(desk.path("out/crm/mine.txt"), "mine").expect("written");
    desk.solve("csv", &[]);
    let mut left: Vec<_> =
        fs::read_dir(desk.path("out/crm")).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    left.sort();
    assert_eq!(left, ["mine.txt"]);
    assert!(!desk.path("out/accounts.xlsx").exists() && !desk.path("out/territories.geojson").exists());
}

#[test]
fn hubspot_gets_the_owners_of_companies_that_it_knows() {
    let desk = amer_of_salesforce();
    let accounts = desk.read("accounts.csv");
    let mut lines = accounts.lines();
    let heading = lines.next().expect("a heading");
    let number = |field: &str| match field.strip_prefix("001").and_then(|id| id.strip_suffix("AAA")) {
        Some(number) => number.to_owned(),
        None => field.to_owned(),
    };
    // The digits of the account ids alone, as HubSpot's Record IDs are.
    let rows: String =
        lines.map(|line| line.split(',').map(number).collect::<Vec<String>>().join(",") + "\n").collect();
    fs::write(desk.path("accounts.csv"), format!("{heading}\n{rows}")).expect("written");
    desk.solve("csv,hubspot", &[]);
    let email = |seat: &str| seat.strip_prefix("amer-").and_then(|n| n.parse::<usize>().ok());
    let mut expected = BTreeMap::new();
    let plan = desk.plan();
    let covering = |seat: &str| {
        let nodes = plan["nodes"].as_array().expect("nodes");
        let node = nodes.iter().find(|node| node["node_id"] == seat).expect("a seat");
        node["covering_seat_id"].as_str().filter(|id| !id.is_empty()).unwrap_or(seat).to_owned()
    };
    for assignment in plan["assignments"].as_array().expect("assignments") {
        let said = |field: &str| assignment[field].as_str().expect("text");
        let holder = covering(said("node_id"));
        if holder != said("current_owner") {
            let seller = email(&holder).expect("a seat of the plan file");
            expected.insert(said("account_id").to_owned(), format!("s{seller}@example.com"));
        }
    }
    let companies = desk.rows("out/crm/now/hubspot/companies_owner.csv");
    let written: BTreeMap<String, String> = companies
        .into_iter()
        .map(|(account, mut row)| (account, row.remove("Company owner").expect("owned")))
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(written, expected);
}

#[test]
fn ids_that_are_none_of_salesforces_are_left_out_and_told() {
    let read = |name: &str| fs::read_to_string(Path::new(AMER).join(name)).expect("the book is there");
    let desk = Desk::new(
        &read("accounts.csv"),
        &read("plan.yaml")
            .replace("{seat_id: amer-01, ", "{seat_id: amer-01, external_ids: {user_id: \"005000000000001\"}, "),
    );
    desk.solve("salesforce", &[]);
    let now = load(&desk.path("out/crm/now/salesforce"));
    assert!(now.owners.is_empty() && now.holdings.is_empty(), "A0000000 is no id of Salesforce");
    assert_eq!(now.faults, Vec::<String>::new());
    let readme = one_line(&desk.read("out/crm/now/salesforce/README.txt"));
    for part in [
        "14 seats have no user id of Salesforce",
        "give them with --seats-file",
        "account ids are none of a Salesforce account",
    ] {
        assert!(readme.contains(part), "{part} in {readme}");
    }
}

#[test]
fn stages_are_territories_of_a_model_in_planning() {
    let accounts: String = (0..40).map(|i| format!("{},{}\n", id("001", i), 100 + i * 7 % 90)).collect();
    let desk =
        Desk::new(&format!("Id,open_pipeline\n{accounts}"), "split: {stages: {counts: [2, 4, 8], current: 2}}\n");
    desk.solve("salesforce", &[]);
    for (folder, territories) in [("now", 2), ("stage-4", 4), ("stage-8", 8)] {
        let loaded = load(&desk.path(&format!("out/crm/{folder}/salesforce")));
        assert_eq!(loaded.faults, Vec::<String>::new());
        assert_eq!((loaded.territories.len(), loaded.holdings.len()), (territories, 40), "{folder}");
    }
    let plan = desk.plan();
    let eighth = load(&desk.path("out/crm/stage-8/salesforce"));
    for assignment in plan["assignments"].as_array().expect("assignments") {
        let leaf = assignment["leaf_node_id"].as_str().expect("text").replace('-', "_");
        assert_eq!(eighth.holdings[assignment["account_id"].as_str().expect("text")], leaf);
    }
}

/// Names that attack spreadsheets, queries, terminals and paths.
const HOSTILE: [&str; 10] = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "a\"b,c;d\r\ne",
    "O'Neil \\",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\u{202E}desrever",
    "#N/A",
];

/// Twenty accounts that move from the first of two seats with hostile names.
fn hostile() -> Desk {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let row = |i: usize| format!("{},{},{},{}\n", id("001", i), quoted(HOSTILE[i % 10]), 100 + i, quoted(HOSTILE[0]));
    let accounts: String = (0..20).map(row).collect();
    let text = |text: &str| serde_json::to_string(text).expect("text");
    let seat = |i: usize| {
        format!(
            "{{\"seat_id\": {}, \"display_name\": {}, \"external_ids\": {{\"user_id\": {}}}}}",
            text(HOSTILE[i]),
            text(HOSTILE[(i + 4) % 10]),
            text(&id("005", i))
        )
    };
    let seats: Vec<String> = (0..HOSTILE.len()).map(seat).collect();
    let plan = format!("{{\"split\": {{\"seats\": {{\"seats\": [{}]}}}}}}", seats.join(", "));
    Desk::new(&format!("Id,Name,open_pipeline,OwnerId\n{accounts}"), &plan)
}

#[test]
fn hostile_names_stay_text_and_load() {
    let desk = hostile();
    desk.solve("all", &[]);
    let now = load(&desk.path("out/crm/now/salesforce"));
    assert_eq!(now.faults, Vec::<String>::new());
    assert_eq!(now.territories.len(), HOSTILE.len());
    // No cell of a file for people starts a formula.
    for name in ["assignments.csv", "moves.csv", "findings.csv"] {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_path(desk.path(&format!("out/{name}"))).expect("there");
        for record in reader.records() {
            let record = record.expect("well-formed");
            assert!(
                record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
                "{name}: {record:?}"
            );
        }
    }
    assert!(desk.rows("out/moves.csv").len() >= 10);
    desk.run(&["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out"]);
}

#[test]
fn every_row_that_a_finding_is_about_is_listed() {
    let accounts = "account_id,name,parent_account_id,current_owner,zip,website,Last Activity,open_pipeline\n\
                    a,Acme Inc.,,s1,2139,,2026-01-01,10\n\
                    b,=ACME LLC,zz,gone,02139-1234,,2020-01-01,0\n\
                    c,Other,,s1,,other.com,,5\n\
                    d,Branch,c,s2,,,2020-05-05,0\n\
                    e,Other Corp,,s2,,https://www.other.com/x,2026-01-01,7\n";
    let desk = Desk::new(accounts, "split: {seats: {seats: [{seat_id: s1}, {seat_id: s2}]}}\n");
    let printed = desk.solve("csv", &["--stale", "2025-01-01"]);
    assert!(printed.contains("account_stale"), "{printed}");
    let mut reader = csv::Reader::from_path(desk.path("out/findings.csv")).expect("there");
    let rows: Vec<Vec<String>> =
        reader.records().map(|record| record.expect("a row").iter().map(String::from).collect()).collect();
    let of = |code: &str| -> Vec<[&str; 4]> {
        rows.iter()
            .filter(|row| row[0] == code)
            .map(|row| [&row[2], &row[3], &row[4], &row[5]].map(String::as_str))
            .collect()
    };
    let acme = "'=ACME LLC";
    assert_eq!(
        of("account_duplicate"),
        [
            ["a", "Acme Inc.", "2", "like b by postal_code"],
            ["b", acme, "3", "like a by postal_code"],
            ["c", "Other", "4", "like e by website"],
            ["e", "Other Corp", "6", "like c by website"],
        ]
    );
    assert_eq!(of("parent_unknown"), [["b", acme, "3", "zz"]]);
    assert_eq!(of("owner_unknown"), [["b", acme, "3", "gone"]]);
    assert_eq!(of("family_split"), [["c", "Other", "4", "s1"], ["d", "Branch", "5", "s2"]]);
    assert_eq!(of("account_stale"), [["b", acme, "3", "2020-01-01"], ["d", "Branch", "5", "2020-05-05"]]);
    let severities: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
    assert!(rows.iter().all(|row| !row[6].is_empty()) && severities.contains(&"info"), "{rows:?}");
    let check = ["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out", "--stale", "2025-01-01"];
    desk.run(&check);
    let validated = desk.run(&["validate", "accounts.csv", "--plan", "plan.yaml", "--stale", "2025-01-01"]);
    for code in ["account_duplicate", "family_split", "account_stale"] {
        assert_eq!(validated.matches(&format!("[{code}]")).count(), 1, "{validated}");
    }
}
