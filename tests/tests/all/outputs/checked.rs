//! `carve check` writes every file of an answer anew: what was altered, broken or lost is named; what it does not compare is
//! told; and flags that were forgotten are guessed from what does not hold.

use super::{CARVE, Desk, amer_of_salesforce, id};
use crate::cli;
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
    let one_line = checked.split_whitespace().collect::<Vec<_>>().join(" ");
    for file in [
        "plan.json, certificate.json, assignments.csv, territories.geojson, ",
        "accounts.xlsx, ",
        "findings.csv, ",
        "moves.csv",
        "crm/now/salesforce/accounts_owner.csv, ",
        "crm/now/hubspot/companies_owner.csv, ",
        "crm/now/salesforce/README.txt, ",
    ] {
        assert!(one_line.contains(file), "{file} is not in\n{checked}");
    }
    assert!(checked.lines().all(|line| line.chars().count() <= 80), "{checked}");
    let altered = |file: &str, alter: &dyn Fn(&Path), says: &str| {
        let path = desk.path("out").join(file);
        let before = fs::read(&path).expect("it is there");
        alter(&path);
        let refused = refused(&desk);
        assert!(refused.contains(&format!("fault: {file}: {says}")), "{file}: {says} is not in\n{refused}");
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
fn flags_that_were_forgotten_are_guessed() {
    let desk = cli::Desk::new();
    // Cy has twice what the others have, which half of the target more or less does not allow.
    let amount = |i: usize| 10 + i * 7 % 30 + if i % 3 == 2 { 30 } else { 0 };
    let rows: String = (0..30).map(|i| format!("a{i:02},{},{}\n", amount(i), ["Ana", "Ben", "Cy"][i % 3])).collect();
    desk.write("accounts.csv", format!("account_id,open_pipeline,current_owner\n{rows}"));
    let solve = |flags: &[&str], out: &str| {
        desk.run(
            0,
            &[&["solve", "accounts.csv", "--work-limit", "20000", "--time-limit", "10m", "--out", out], flags].concat(),
        );
    };
    solve(&["--drop-owner", "Cy"], "first");
    solve(&["--previous", "first", "--seats", "2"], "second");
    solve(&["--measure", "account_count"], "third");
    solve(&["--tolerance", "50%"], "fourth");
    for (out, says) in [
        ("first", "give the --plan, --seats, --drop-owner,"),
        ("second", "give the --previous that it was solved with"),
        ("third", "the answer is good at balance account_count, continuity"),
        ("fourth", "if the answer was solved with --tolerance,"),
    ] {
        let refused = desk.run(5, &["check", "accounts.csv", "--answer", out]).stdout;
        let one_line = refused.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains("hint: ") && one_line.contains(says), "{out}: {says} is not in\n{refused}");
    }
    desk.run(0, &["check", "accounts.csv", "--answer", "first", "--drop-owner", "Cy"]);
}
