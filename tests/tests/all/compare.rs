//! `carve compare`: answers, plans solved now, today's book and lists of the same accounts, side by side.

use super::cli::Desk;
use serde_json::Value;
use std::fs;

/// Text in one line, wherever it was folded.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Forty accounts of four owners, one of whom is no seat of the plans; and two plans, of which the second puts owners first.
fn desk() -> Desk {
    let desk = Desk::new();
    let owner = |i: usize| ["t0", "t0", "t1", "t2", "gone"][i % 5];
    let row = |i: usize| {
        format!("A{i:02},Name {i},{},{},{},{}\n", owner(i), 10 + i * 7 % 23, 30 + i % 10, -80 - (i as i32 % 7))
    };
    let rows: String = (0..40).map(row).collect();
    desk.write("accounts.csv", format!("account_id,name,current_owner,open_pipeline,latitude,longitude\n{rows}"));
    let split = "split: {tree: {node_id: root, children: [{node_id: t0}, {node_id: t1}, {node_id: t2}]}}\n";
    let options = "options: {work_limit: 200000, gap_target: 0.0}\n";
    let balance =
        "{criteria: [{balance: {measure: open_pipeline, tolerance: 0.05}}, {balance: {measure: account_count}}]}";
    let keep = "{criteria: [{continuity: {measure: open_pipeline}}]}";
    desk.write("fair.yaml", format!("{split}tiers:\n  - {balance}\n  - {keep}\n{options}"));
    desk.write("stay.yaml", format!("{split}tiers:\n  - {keep}\n  - {balance}\n{options}"));
    desk
}

#[test]
fn plans_today_and_a_list_stand_side_by_side() {
    let desk = desk();
    let theirs: String = (0..40).map(|i| format!("A{i:02},t{}\n", i % 3)).collect();
    desk.write("theirs.csv", format!("id,who\n{theirs}"));
    let arguments = [
        &["compare", "accounts.csv", "--plan", "fair.yaml", "--plan", "stay.yaml", "--today"][..],
        &["--assignments", "theirs.csv", "--out", "out"],
    ]
    .concat();
    let shown = desk.run(0, &arguments);
    assert!(shown.stdout.lines().all(|line| line.chars().count() <= 80), "{}", shown.stdout);
    for part in [
        "4 books of 40 accounts, all scored by the tiers of fair",
        "tier 1: 2 criteria",
        "balance open_pipeline",
        "tier 2: continuity open_pipeline",
        "proved within",
        "worst-off territory",
        "accounts that move",
        "open_pipeline that moves",
        "km to the anchor (mean)",
        "accounts with no territory",
        "theirs is best in",
        "fair is best in",
        "stay: ",
        "It was made for other tiers than those that score it here.",
    ] {
        assert!(in_one_line(&shown.stdout).contains(part), "{part} is not in\n{}", shown.stdout);
    }
    assert!(shown.stderr.contains("fair: ") && shown.stderr.contains("stay: "), "{}", shown.stderr);
    let comparison = desk.json("out/comparison.json");
    let books = comparison["books"].as_array().expect("books");
    let names: Vec<&str> = books.iter().filter_map(|book| book["name"].as_str()).collect();
    assert_eq!(names, ["today", "theirs", "fair", "stay"]);
    // Who left and has accounts is a row of its own.
    assert_eq!(books[0]["standing"]["others"][0]["holder"], "gone");
    assert_eq!((&books[2]["same_tiers"], &books[3]["same_tiers"]), (&Value::Bool(true), &Value::Bool(false)));
    // All are scored by the first plan's tiers: the first alone says the same twice.
    assert_eq!(books[2]["standing"]["tiers"][0]["value"], books[2]["plan"]["tiers"][0]["value"]);
    assert_eq!(books[3]["standing"]["tiers"].as_array().map(Vec::len), Some(2));
    let mut rows = csv::Reader::from_path(desk.path("out/differences.csv")).expect("there");
    let headings: Vec<String> = rows.headers().expect("headings").iter().map(String::from).collect();
    assert_eq!(headings, ["account_id", "name", "current_owner", "open_pipeline", "today", "theirs", "fair", "stay"]);
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    assert_eq!(Some(rows.len().to_string().as_str()), comparison["differing_accounts"].as_str());
    assert!(rows.iter().all(|row| (5..8).any(|book| row[book] != row[4])), "only those that differ");
    assert!(rows.iter().all(|row| row[2] == row[4]), "today's book is with the owners");
    // The page: a map of each book, every way out shut, nothing that runs.
    let page = desk.read("out/compare.html");
    // A part of the page itself is no way out.
    let page = page.replace("url(#coast)", "");
    assert_eq!(page.matches("<figure id=").count(), 4);
    assert!(page.contains("default-src 'none'; style-src 'sha256-") && page.contains("<td class=\"best\">"), "{page}");
    for never in ["<script", "http:", "https:", " style=", "url("] {
        assert!(!page.contains(never), "{never} is in the page");
    }
    let markdown = desk.read("out/comparison.md");
    assert!(markdown.contains("| | today | theirs | fair | stay |") && markdown.contains("**"), "{markdown}");
    // By counted work everything is the same again, and Markdown on the terminal is the file.
    let again = [&arguments[..arguments.len() - 2], &["--markdown", "--threads", "1"]].concat();
    assert_eq!(desk.run(0, &again).stdout, markdown);
}

#[test]
fn answers_are_compared_by_what_they_were_asked() {
    let desk = desk();
    for plan in ["fair", "stay"] {
        desk.run(0, &["solve", "accounts.csv", "--plan", &format!("{plan}.yaml"), "--out", plan]);
    }
    let compare = ["compare", "accounts.csv", "--answer", "stay", "--answer", "fair"];
    let json: Value = serde_json::from_str(&desk.run(0, &[&compare[..], &["--json"]].concat()).stdout).expect("JSON");
    let plan = desk.json("stay/plan.json");
    assert_eq!(json["books"][0]["standing"]["tiers"][0]["value"], plan["tiers"][0]["value"]);
    assert_eq!((&json["books"][0]["source"], &json["scored_by"]), (&"SOURCE_ANSWER".into(), &"stay".into()));
    assert_eq!(json["books"][0]["plan"]["certificate"], Value::Null);
    assert!(json["books"][1]["plan"]["tiers"][0]["bound"].is_number());
    // The same plan solved again beside its answer agrees in every account.
    let both = ["compare", "accounts.csv", "--answer", "fair", "--plan", "fair.yaml", "--json"];
    let json: Value = serde_json::from_str(&desk.run(0, &both).stdout).expect("JSON");
    let names: Vec<&str> = json["books"].as_array().expect("books").iter().filter_map(|b| b["name"].as_str()).collect();
    assert_eq!((names, &json["differing_accounts"]), (vec!["fair", "fair (2)"], &"0".into()));
    // An answer that was meddled with is compared, and its bounds are not believed.
    let meddled = desk.read("fair/plan.json").replacen("\"moved_in\": \"", "\"moved_in\": \"9", 1);
    desk.write("fair/plan.json", meddled);
    let shown = desk.run(0, &compare).stdout;
    assert!(
        in_one_line(&shown).contains("does not pass the check with these accounts, so its bounds are left out"),
        "{shown}"
    );
    // An answer of accounts that are others by now.
    let fewer: String = desk.read("accounts.csv").lines().take(31).map(|line| format!("{line}\n")).collect();
    desk.write("fewer.csv", fewer);
    desk.run(0, &["compare", "fewer.csv", "--answer", "stay", "--today"]);
    let told = desk.run(0, &["compare", "fewer.csv", "--answer", "stay", "--today"]).stdout;
    let fit = "10 of its 40 accounts are not in the book; the answer does not pass the check with these accounts";
    assert!(in_one_line(&told).contains(fit), "{told}");
    let few: String = desk.read("accounts.csv").lines().take(11).map(|line| format!("{line}\n")).collect();
    desk.write("few.csv", few);
    let refused = desk.run(2, &["compare", "few.csv", "--answer", "stay", "--today"]).stderr;
    let other =
        "stay/plan.json: the answer is of another book: 30 of its 40 accounts are not in the book; compare it with";
    assert!(in_one_line(&refused).contains(other), "{refused}");
    fs::remove_file(desk.path("fair/asked.yaml")).expect("there");
    let refused = desk.run(2, &compare).stderr;
    assert!(in_one_line(&refused).contains("the answer has no asked.yaml"), "{refused}");
}

#[test]
fn values_are_swept() {
    let desk = desk();
    let names = |more: &[&str]| -> Vec<String> {
        let shown = desk.run(0, &[&["compare", "accounts.csv", "--json"], more].concat()).stdout;
        let json: Value = serde_json::from_str(&shown).expect("JSON");
        let books = json["books"].as_array().expect("books").clone();
        books.iter().map(|book| book["name"].as_str().expect("a name").to_owned()).collect()
    };
    let work = ["--work-limit", "100000"];
    let swept = names(&[&["--sweep", "seats=4..6", "--today"], &work[..]].concat());
    assert_eq!(swept, ["today", "seats=4", "seats=5", "seats=6"]);
    let swept = names(&["--plan", "fair.yaml", "--sweep", "tolerance=0.02,0.2"]);
    assert_eq!(swept, ["tolerance=0.02", "tolerance=0.2"]);
    let swept = names(&["--plan", "fair.yaml", "--plan", "stay.yaml", "--sweep", "tolerance=0.02,0.2"]);
    assert_eq!(swept, ["fair tolerance=0.02", "fair tolerance=0.2", "stay tolerance=0.02", "stay tolerance=0.2"]);
}

#[test]
fn a_swept_value_that_is_refused_is_told_and_the_others_are_compared() {
    let desk = desk();
    let sweep = ["compare", "accounts.csv", "--sweep", "seats=3..5", "--work-limit", "100000"];
    let shown = in_one_line(&desk.run(0, &sweep).stdout);
    let told = "Not compared seats=3: 3 seats are fewer than the 4 there are; say who has left with --drop-owner, 1 of these, \
                or ask for --sweep seats=4";
    assert!(shown.contains(told) && shown.contains("2 books of 40 accounts"), "{shown}");
    let json: Value = serde_json::from_str(&desk.run(0, &[&sweep[..], &["--json"]].concat()).stdout).expect("JSON");
    assert_eq!((&json["refused"][0]["name"], json["books"].as_array().map(Vec::len)), (&"seats=3".into(), Some(2)));
    let markdown = desk.run(0, &[&sweep[..], &["--markdown"]].concat()).stdout;
    assert!(markdown.contains("- not compared: seats=3: 3 seats"), "{markdown}");
    // Where none is left, all that is wrong is an error that names the sweep.
    let refused = desk.run(2, &["compare", "accounts.csv", "--today", "--sweep", "seats=2..3"]).stderr;
    for part in ["error[seats_too_few] --sweep seats=2:", "error[seats_too_few] --sweep seats=3:"] {
        assert!(in_one_line(&refused).contains(part), "{part} is not in\n{refused}");
    }
    assert!(!refused.contains("--seats ") && refused.matches("columns:").count() <= 1, "{refused}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let desk = desk();
    let refused = |more: &[&str], said: &str| {
        let text = desk.run(2, &[&["compare", "accounts.csv"], more].concat()).stderr;
        assert!(in_one_line(&text).contains(said), "{said} is not in\n{text}");
    };
    refused(&[], "error[flag_invalid] carve compare: there is nothing to compare it with; name two or more of");
    refused(&["--plan", "fair.yaml"], "nothing to compare it with");
    refused(&["--sweep", "seats=1..90", "--today"], "91 books are to be compared; at most 16");
    refused(&["--sweep", "colour=red", "--today"], "\"colour\" cannot be swept");
    refused(&["--sweep", "seats=2..3", "--stages", "2,4"], "--stages says how many territories there are");
    refused(&["--today", "--plan", "none.yaml"], "error[file_unreadable] none.yaml");
    // Of accounts that each plan needs a fault is told once.
    let text = desk.run(2, &["compare", "none.csv", "--plan", "fair.yaml", "--sweep", "seats=2..3"]).stderr;
    assert_eq!(text.matches("cannot be read").count(), 1, "{text}");
    refused(&["--today", "--answer", "none"], "error[file_unreadable] none/plan.json");
    refused(&["--today", "--plan", "fair.yaml", "--assignments", "none.csv"], "none.csv");
}

#[test]
fn a_plan_that_there_is_none_of_is_told_beside_the_others() {
    let desk = desk();
    let impossible = desk.read("fair.yaml") + "rules: [{rule_id: much, bounds: {measure: account_count, min: 20}}]\n";
    desk.write("much.yaml", impossible);
    let shown = desk.run(0, &["compare", "accounts.csv", "--plan", "fair.yaml", "--plan", "much.yaml"]).stdout;
    assert!(shown.contains("infeasible") && in_one_line(&shown).contains("much: "), "{shown}");
    let alone = ["compare", "accounts.csv", "--plan", "much.yaml", "--sweep", "tolerance=0.1,0.2"];
    desk.run(3, &alone);
}

#[test]
fn names_that_would_act_are_shown_harmless() {
    let desk = Desk::new();
    let row = |i: usize| {
        format!(
            "A{i},\"{}\",{},{},-90\n",
            ["=cmd|' /C calc'!A0", "</script><b>", "\u{1b}[31mred"][i % 3],
            5 + i,
            30 + i
        )
    };
    desk.write(
        "accounts.csv",
        (0..9)
            .map(row)
            .fold("account_id,owner,open_pipeline,latitude,longitude\n".into(), |all: String, row| all + &row),
    );
    let sweep = ["compare", "accounts.csv", "--today", "--sweep", "tolerance=0.1,0.5", "--work-limit", "50000"];
    let shown = desk.run(0, &[&sweep[..], &["--out", "out"]].concat());
    assert!(!(shown.stdout + &shown.stderr).contains('\u{1b}'));
    let markdown = desk.read("out/comparison.md");
    assert!(!markdown.contains("</script>") && !markdown.contains("<b>"), "{markdown}");
    let page = desk.read("out/compare.html");
    assert!(!page.contains("</script>") && !page.contains("<b>") && page.contains("&#60;b&#62;"), "{page}");
    let table = desk.read("out/differences.csv");
    assert!(table.contains("'=cmd") && !table.contains(",=cmd"), "{table}");
}

#[test]
fn accounts_may_come_from_a_pipe() {
    let desk = desk();
    let accounts = desk.read("accounts.csv");
    let shown = desk.run_with(0, &["compare", "-", "--today", "--plan", "fair.yaml"], accounts.as_bytes()).stdout;
    assert!(shown.contains("today") && shown.contains("fair"), "{shown}");
}
