//! `carve check` writes every file of an answer anew: what was altered, broken or lost is named; what it does not compare is
//! told; and flags that were forgotten are guessed from what does not hold.

use super::{CARVE, Desk, amer_of_salesforce, id, load, one_line};
use crate::cli;
use carve_reader::{Source, Table, TableOptions};
use std::fs;
use std::path::Path;
use std::process::Command;

const CHECK: [&str; 6] = ["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out"];

/// What a check prints that fails.
#[track_caller]
fn refused(desk: &Desk) -> String {
    let ran = Command::new(CARVE).args(CHECK).current_dir(desk.dir.path()).output().expect("it starts");
    let printed = String::from_utf8(ran.stdout).expect("UTF-8");
    assert_eq!(ran.status.code(), Some(5), "{printed}");
    printed
}

#[test]
fn every_file_is_compared_and_what_was_altered_is_named() {
    let desk = amer_of_salesforce();
    desk.solve("all", &[]);
    let checked = desk.run(&CHECK);
    let named = one_line(&checked);
    for file in [
        "plan.json, certificate.json, asked.yaml, assignments.csv, territories.geojson, ",
        "accounts.xlsx, ",
        "findings.csv, ",
        "moves.csv",
        "crm/now/salesforce/accounts_owner.csv, ",
        "crm/now/hubspot/companies_owner.csv, ",
        "crm/now/salesforce/README.txt, ",
    ] {
        assert!(named.contains(file.trim_end()), "{file} is not in\n{checked}");
    }
    assert!(checked.lines().all(|line| line.chars().count() <= 80), "{checked}");
    let altered = |file: &str, alter: &dyn Fn(&Path), says: &str| {
        let path = desk.path("out").join(file);
        let before = fs::read(&path).expect("it is there");
        alter(&path);
        let refused = refused(&desk);
        // Lines are folded to the width of a terminal.
        let said = format!("fault: {file}: {}", says.trim_end());
        assert!(one_line(&refused).contains(&said), "{said} is not in\n{refused}");
        fs::write(&path, before).expect("written");
    };
    let with = |from: String, to: String| {
        move |path: &Path| {
            let text = fs::read_to_string(path).expect("text");
            assert!(text.contains(&from), "{from} is not in {}", path.display());
            fs::write(path, text.replacen(&from, &to, 1)).expect("written");
        }
    };
    altered("moves.csv", &with("amer-01".into(), "amer-02".into()), "row ");
    altered("moves.csv", &with("reason_text".into(), "why".into()), "its columns are ");
    altered("findings.csv", &with("info".into(), "error".into()), "row ");
    let owners = "crm/now/salesforce/accounts_owner.csv";
    altered(owners, &with(id("005", 1), id("005", 2)), "row ");
    altered(owners, &|path| fs::remove_file(path).expect("removed"), "it is missing");
    altered("crm/now/salesforce/README.txt", &with("Load".into(), "Do not load".into()), "it is not what carve writes");
    altered(
        "accounts.xlsx",
        &|path| fs::write(path, "no workbook").expect("written"),
        "its sheet Summary cannot be read",
    );
    // Another answer's workbook, whole, is not this one's.
    desk.run(&[
        "solve",
        "accounts.csv",
        "--plan",
        "plan.yaml",
        "--out",
        "other",
        "--work-limit",
        "1000",
        "--time-limit",
        "24h",
        "--seed",
        "9",
        "--measure",
        "account_count",
        "--format",
        "xlsx",
    ]);
    altered(
        "accounts.xlsx",
        &|path| _ = fs::copy(desk.path("other/accounts.xlsx"), path).expect("copied"),
        "its sheet Summary is not",
    );
    // Rows that a spreadsheet has saved anew say the same.
    let moves = fs::read_to_string(desk.path("out/moves.csv")).expect("text");
    fs::write(desk.path("out/moves.csv"), moves.replace('\n', "\r\n")).expect("written");
    fs::write(desk.path("out/notes.txt"), "mine").expect("written");
    let checked = desk.run(&CHECK);
    assert!(checked.contains("file not compared: notes.txt: no file of this answer"), "{checked}");
}

#[test]
fn rows_in_another_order_leave_out_what_names_lines_and_nothing_else() {
    // Owners that are no territory, and places that are not there: findings with lines.
    let row = |i: usize| {
        let place = if i.is_multiple_of(4) { ",".into() } else { format!("4{},-7{}", i % 3, i % 5) };
        format!("a{i:02},{place},{},{}\n", 10 + i * 7 % 20, ["t0", "t1", "gone"][i % 3])
    };
    let heading = "account_id,latitude,longitude,open_pipeline,current_owner\n";
    let rows: Vec<String> = (0..20).map(row).collect();
    let plan = "split: {tree: {node_id: root, children: [{node_id: t0}, {node_id: t1}]}}\n";
    let desk = Desk::new(&(heading.to_owned() + &rows.concat()), plan);
    desk.solve("csv,xlsx", &[]);
    let in_order = desk.run(&CHECK);
    assert!(in_order.contains("findings.csv") && !in_order.contains("not compared"), "{in_order}");
    let backwards: String = rows.iter().rev().map(String::as_str).collect();
    fs::write(desk.path("accounts.csv"), heading.to_owned() + &backwards).expect("written");
    let told = one_line(&desk.run(&CHECK));
    for part in [
        "file not compared: findings.csv: the accounts stand in another order than when it was written",
        "file not compared: accounts.xlsx, sheet Findings: the accounts stand in another order than when it was written",
        "moves.csv",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    // What names no lines is compared as ever.
    let (moves, workbook) = (desk.path("out/moves.csv"), desk.path("out/accounts.xlsx"));
    let before = fs::read_to_string(&moves).expect("text");
    fs::write(&moves, before.replacen("t0", "t1", 1)).expect("written");
    assert!(one_line(&refused(&desk)).contains("fault: moves.csv: row "));
    fs::write(&moves, before).expect("written");
    fs::write(&workbook, "no workbook").expect("written");
    assert!(one_line(&refused(&desk)).contains("fault: accounts.xlsx: its sheet Summary cannot be read"));
}

#[test]
fn pools_are_pools_in_every_output() {
    let owner = |i: usize| ["Ana", "Ben", "House"][if i.is_multiple_of(5) { 2 } else { i % 2 }];
    let row = |i: usize| format!("{},4{},-7{},{},{}\n", id("001", i), i % 3, i % 5, 10 + i * 7 % 20, owner(i));
    let heading = "account_id,latitude,longitude,open_pipeline,current_owner\n";
    let rows: String = (0..30).map(row).collect();
    let user = |number: usize| format!("external_ids: {{user_id: {}}}", id("005", number));
    let plan = format!(
        "split: {{seats: {{seats: [{{seat_id: Ana, {}}}, {{seat_id: Ben, {}}}, {{seat_id: House, outside_balance: true, {}}}]}}}}\n\
         rules: [{{rule_id: new, pin: {{accounts: {{account_ids: [{}]}}, node_id: House}}}}]\n",
        user(1),
        user(2),
        user(3),
        id("001", 1)
    );
    let desk = Desk::new(&(heading.to_owned() + &rows), &plan);
    let printed = desk.solve("all", &[]);
    assert!(printed.contains("outside the balance"), "{printed}");
    desk.run(&CHECK);
    // On the map.
    let map: serde_json::Value = serde_json::from_str(&desk.read("out/territories.geojson")).expect("JSON");
    let features = map["features"].as_array().expect("features").iter().map(|feature| &feature["properties"]);
    let told: Vec<(&str, bool)> = features
        .filter(|properties| properties["kind"] == "territory")
        .map(|properties| {
            let outside = properties["outside_balance"].as_bool().expect("it is said of each");
            (properties["node_id"].as_str().expect("an id"), outside)
        })
        .collect();
    assert_eq!(told, [("Ana", false), ("Ben", false), ("House", true)]);
    // For the CRM it is a territory like others, with the account that comes to it.
    let now = load(&desk.path("out/crm/now/salesforce"));
    assert_eq!(now.faults, Vec::<String>::new());
    assert_eq!(now.owners.get(&id("001", 1)), Some(&id("005", 3)), "{:?}", now.owners);
    assert!(now.territories.contains("House"), "{:?}", now.territories);
    // In the workbook it has no share, and is off no target.
    let options = |sheet: &str| TableOptions { sheet: Some(sheet.into()), ..TableOptions::default() };
    let rows_of = |sheet: &str| -> Vec<Vec<String>> {
        let table = Table::open(Source::path(&desk.path("out/accounts.xlsx")), &options(sheet)).expect("a sheet");
        let mut rows = vec![table.headings().to_vec()];
        table.for_each_row(|row| rows.push(row.cells.iter().map(String::from).collect()));
        rows
    };
    let territories = rows_of("Territories");
    let at = |heading: &str| territories[0].iter().position(|other| other == heading).expect("a column");
    let house = territories.iter().find(|row| row[0] == "House").expect("a row");
    let cells =
        ["seat", "share", "open_pipeline target", "open_pipeline off"].map(|heading| house[at(heading)].as_str());
    assert_eq!(cells, ["outside the balance", "", "", ""]);
    assert_ne!(house[at("open_pipeline")], "");
    let summary = rows_of("Summary");
    for expected in [["Territories", "2"], ["Outside the balance", "House"]] {
        assert!(summary.iter().any(|row| row[..] == expected), "{expected:?} is not in {summary:?}");
    }
}

#[test]
fn flags_that_were_forgotten_are_guessed() {
    let desk = cli::Desk::new();
    // Cy has twice what the others have, which half of the target more or less does not allow.
    let amount = |i: usize| 10 + i * 7 % 30 + if i % 3 == 2 { 30 } else { 0 };
    let rows: String = (0..30).map(|i| format!("a{i:02},{},{}\n", amount(i), ["Ana", "Ben", "Cy"][i % 3])).collect();
    desk.write("accounts.csv", format!("account_id,open_pipeline,current_owner\n{rows}"));
    let solve = |flags: &[&str], out: &str| {
        desk.run(
            0,
            &[&["solve", "accounts.csv", "--work-limit", "20000", "--time-limit", "24h", "--out", out], flags].concat(),
        );
    };
    solve(&["--drop-owner", "Cy"], "first");
    solve(&["--previous", "first", "--seats", "2"], "second");
    solve(&["--measure", "account_count"], "third");
    solve(&["--tolerance", "50%"], "fourth");
    for (out, says) in [
        ("first", "give the --plan, --seats, --drop-owner,"),
        ("second", "give the --previous (and --previous-as) that it was solved with"),
        ("third", "the answer is good at balance account_count, continuity"),
        ("fourth", "if the answer was solved with --tolerance,"),
    ] {
        let refused = desk.run(5, &["check", "accounts.csv", "--answer", out]).stdout;
        let said = one_line(&refused);
        assert!(said.contains("hint: ") && said.contains(says), "{out}: {says} is not in\n{refused}");
    }
    desk.run(0, &["check", "accounts.csv", "--answer", "first", "--drop-owner", "Cy"]);
}
