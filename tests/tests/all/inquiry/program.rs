//! The program asked from outside: texts, JSON, exit codes, hostile names.

use crate::cli::{Desk, unfolded};
use serde_json::Value;

/// Forty accounts of three owners with hostile names, a plan for them, and its answer in `out`.
fn desk() -> Desk {
    let desk = Desk::new();
    let row = |i: usize| {
        let name = ["=cmd|' /C calc'!A0", "\u{1b}[31mRed", "<script>alert(1)</script>", "Plain"][i % 4];
        format!("A{i:02},\"{name} {i}\",t{},{},{},{}\n", i % 3, 10 + i * 7 % 23, 30 + i % 10, -80 - (i as i32 % 7))
    };
    let rows: String = (0..40).map(row).collect();
    desk.write("accounts.csv", format!("account_id,name,current_owner,open_pipeline,latitude,longitude\n{rows}"));
    let split = "split: {tree: {node_id: root, children: [{node_id: t0, share: 2}, {node_id: t1}, {node_id: t2}]}}\n";
    let tiers = "tiers:\n  - {criteria: [{balance: {measure: open_pipeline, tolerance: 0.05}}, {balance: {measure: account_count, \
                 tolerance: 0.1}}]}\n  - {criteria: [{continuity: {measure: open_pipeline}}]}\n";
    let rules = "rules: [{rule_id: home, pin: {accounts: {account_ids: [A01]}, node_id: t1}}, {rule_id: cap, bounds: {node_ids: \
                 [t2], max: 12}}]\n";
    let options = "options: {work_limit: 200000, gap_target: 0.0}\n";
    desk.write("plan.yaml", format!("{split}{tiers}{rules}{options}"));
    let tight = "rules: [{rule_id: few, bounds: {max: 12}}, {rule_id: home, pin: {accounts: {account_ids: [A01]}, node_id: t1}}]\n";
    desk.write("tight.yaml", format!("{split}{tiers}{tight}{options}"));
    desk.run(0, &["solve", "accounts.csv", "--plan", "plan.yaml", "--out", "out"]);
    desk
}

const ASK: [&str; 6] = ["accounts.csv", "--plan", "plan.yaml", "--answer", "out", "--time-limit=30s"];

fn ask(desk: &Desk, code: i32, rest: &[&str]) -> crate::cli::Ran {
    desk.run(code, &[&["explain"][..], &ASK, rest].concat())
}

#[test]
fn an_account_is_explained_for_people_and_programs() {
    let desk = desk();
    let shown = ask(&desk, 0, &["account", "A00", "--to", "t1", "--to", "t2"]).stdout;
    let line = unfolded(&shown);
    for part in ["A00 (=cmd", "is with t", "Alone: ", "nothing cheaper exists"] {
        assert!(line.contains(part), "{part} is not in\n{shown}");
    }
    let red = ask(&desk, 0, &["account", "A01"]).stdout;
    assert!(!red.contains('\u{1b}') && unfolded(&red).contains("It may not go there: home."), "{red}");
    let told: Value = serde_json::from_str(&ask(&desk, 0, &["account", "A00", "--json"]).stdout).expect("JSON");
    assert_eq!((&told["account_id"], told["elsewhere"].as_array().map(Vec::len)), (&Value::from("A00"), Some(2)));
    for (rest, part) in [
        (&["account", "A99"][..], "account \"A99\" is not in the book"),
        (&["account"], "say which one"),
        (&["account", "A00", "--to", "t9"], "\"t9\" is no territory"),
        (&["territory", "root"], "\"root\" is no territory"),
        (&["rule", "nobody"], "\"nobody\" is no rule of the plan"),
    ] {
        let refused = ask(&desk, 2, rest).stderr;
        assert!(unfolded(&refused).contains(part), "{part} is not in\n{refused}");
    }
}

#[test]
fn an_answer_of_other_accounts_or_another_request_is_not_explained() {
    let desk = desk();
    let (accounts, plan) = (desk.read("accounts.csv"), desk.read("plan.yaml"));
    let first = accounts.lines().nth(1).expect("an account").to_owned();
    for (other, part) in [
        (
            accounts.replace(&first, &first.replace(",t0,", ",t2,")),
            "account \"A00\" was with \"t0\", and is with \"t2\" here",
        ),
        (accounts.replace(&first, &first.replace(",t0,", ",,")), "is with nobody here"),
        (accounts.replace(&first, &first.replace(",t0,10,", ",t0,11,")), "open_pipeline of "),
    ] {
        assert_ne!(other, accounts);
        desk.write("accounts.csv", other);
        let refused = unfolded(&ask(&desk, 2, &["account", "A01"]).stderr);
        let made = "the answer is of another request: it was made of other accounts: ";
        assert!(refused.contains(made) && refused.contains(part), "{part} is not in\n{refused}");
        assert!(refused.contains("give the accounts it was made of, and --plan out/asked.yaml"), "{refused}");
    }
    desk.write("accounts.csv", accounts);
    desk.write("plan.yaml", plan.replace("tolerance: 0.1}", "tolerance: 0.0}"));
    let refused = unfolded(&ask(&desk, 2, &["rule"]).stderr);
    assert!(refused.contains("its tier 1 is worth something else here"), "{refused}");
}

#[test]
fn territories_and_rules_are_explained() {
    let desk = desk();
    let shown = unfolded(&ask(&desk, 0, &["territory", "t0"]).stdout);
    for part in ["t0: ", "Holds", "open_pipeline"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    let told: Value = serde_json::from_str(&ask(&desk, 0, &["territory", "t0", "--json"]).stdout).expect("JSON");
    assert_eq!(told["territory_id"], "t0");
    let shown = unfolded(&ask(&desk, 0, &["rule"]).stdout);
    for part in ["What rules cost, dearest first.", "rule home: costs", "rule cap: costs", "shares: costs"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    let told: Value = serde_json::from_str(&ask(&desk, 0, &["rule", "cap", "--json"]).stdout).expect("JSON");
    assert_eq!((&told["rules"][0]["rule_id"], told["rules"].as_array().map(Vec::len)), (&Value::from("cap"), Some(1)));
}

#[test]
fn a_conflict_is_explained_with_what_would_make_a_plan() {
    let desk = desk();
    let arguments = ["explain", "accounts.csv", "conflict", "--plan", "tight.yaml"];
    let shown = unfolded(&desk.run(3, &arguments).stdout);
    for part in ["There is no plan.", "rule few", "Raise the limit of rule few on account_count from 12 to 14"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    let told: Value = serde_json::from_str(&desk.run(3, &[&arguments[..], &["--json"]].concat()).stdout).expect("JSON");
    assert_eq!(told["verdict"], "VERDICT_INFEASIBLE");
    assert_eq!(told["repairs"][0]["to"], "14");
    let fine = ["explain", "accounts.csv", "conflict", "--plan", "plan.yaml"];
    assert!(desk.run(0, &fine).stdout.contains("There is a plan"));
}

#[test]
fn an_answer_to_something_else_is_refused() {
    let desk = desk();
    let asked = ["explain", "accounts.csv", "account", "A00"];
    let refused = desk.run(2, &[&asked[..], &["--plan", "plan.yaml"]].concat()).stderr;
    assert!(unfolded(&refused).contains("say which answer is asked"), "{refused}");
    let refused = desk.run(2, &[&asked[..], &["--plan", "tight.yaml", "--answer", "out"]].concat()).stderr;
    assert!(unfolded(&refused).contains("does not keep these rules of the request: few"), "{refused}");
    let refused = desk.run(2, &[&asked[..], &["--seats", "5", "--answer", "out"]].concat()).stderr;
    assert!(unfolded(&refused).contains("the answer is of another request"), "{refused}");
}

#[test]
fn a_curve_is_drawn_written_and_told() {
    let desk = desk();
    let arguments = ["curve", "accounts.csv", "--plan", "plan.yaml", "--points", "4", "--out", "curve"];
    let shown = desk.run(0, &arguments).stdout;
    assert!(unfolded(&shown).contains("against moves, 40 accounts owned"), "{shown}");
    assert_eq!(desk.names("curve"), ["curve.csv", "curve.html", "curve.json"]);
    // Nobody moving is no plan, as one account is pinned elsewhere.
    assert_eq!(desk.read("curve/curve.html").matches("class=\"spot\"").count(), 3);
    let table = desk.read("curve/curve.csv");
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!((rows[0], rows.len()), ("most_moved,moved,tier_1_value,tier_1_bound,knee", 5), "{table}");
    assert!(rows[1].starts_with("0,") && rows[4].starts_with("40,"), "{table}");
    assert_eq!(desk.json("curve/curve.json")["points"].as_array().map(Vec::len), Some(4));
    let csv = desk.run(0, &["curve", "accounts.csv", "--plan", "plan.yaml", "--points", "4", "--csv"]).stdout;
    assert_eq!(csv, table);
    let refused = ["curve", "accounts.csv", "--plan", "plan.yaml", "--criterion", "travel"];
    assert!(desk.run(2, &refused).stderr.contains("no tier of the plan counts that"));
}

#[test]
fn the_page_of_an_answer_shows_the_curve_of_its_own_request_and_of_no_other() {
    let desk = desk();
    let before = desk.read("out/report.html");
    let ask = ["curve", "accounts.csv", "--plan", "plan.yaml", "--points", "4"];
    desk.run(0, &[&ask[..], &["--answer", "out"]].concat());
    let page = desk.read("out/report.html");
    assert_eq!((before.matches("class=\"spot\"").count(), page.matches("class=\"spot\"").count()), (0, 3));
    assert!(page.contains("The diamond is the plan of this page"));
    // The rest of the answer is as it was, and passes its check.
    let checked = unfolded(&desk.run(0, &["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out"]).stdout);
    assert!(
        checked.contains("report.html") && checked.contains("curve.json: each of its points is a search"),
        "{checked}"
    );
    // Of another request, or of other accounts, no curve stands beside this plan.
    let other = ["curve", "accounts.csv", "--plan", "tight.yaml", "--points", "4", "--answer", "out"];
    assert!(unfolded(&desk.run(2, &other).stderr).contains("the curve is of another request"));
    let accounts = desk.read("accounts.csv");
    desk.write("accounts.csv", accounts.replacen(",t0,10,", ",t0,11,", 1));
    assert!(unfolded(&desk.run(2, &[&ask[..], &["--answer", "out"]].concat()).stderr).contains("or of other accounts"));
    assert_eq!(desk.read("out/report.html"), page);
    // An answer that is solved anew has no curve of the one before.
    desk.write("accounts.csv", accounts);
    desk.run(0, &["solve", "accounts.csv", "--plan", "plan.yaml", "--out", "out"]);
    assert!(!desk.names("out").iter().any(|name| name.starts_with("curve")));
    assert!(!desk.read("out/report.html").contains("class=\"spot\""));
}

#[test]
fn accepted_moves_are_kept_and_the_rest_is_carved_around_them() {
    let desk = desk();
    let moves = desk.read("out/moves.csv");
    let mut lines = moves.lines();
    let (headings, first) = (lines.next().expect("headings"), lines.next().expect("a move"));
    let (id, to) = (first.split(',').next().expect("an id").to_owned(), column(headings, first, "to"));
    desk.write("picked.csv", format!("{headings}\n{first}\n"));
    let around = ["solve", "accounts.csv", "--plan", "plan.yaml", "--previous", "out"];
    let ran = desk.run(0, &[&around[..], &["--accept", "picked.csv", "--out", "kept"]].concat());
    assert!(unfolded(&ran.stderr).contains("1 move kept where they go"), "{}", ran.stderr);
    assert!(unfolded(&ran.stdout).contains("Beside the plan that the moves were picked from"), "{}", ran.stdout);
    let kept = desk.read("kept/assignments.csv");
    assert!(kept.lines().any(|line| line.starts_with(&format!("{id},{to},"))), "{kept}");
    desk.run(0, &[&around[..], &["--reject", "picked.csv", "--out", "left"]].concat());
    let left = desk.read("left/assignments.csv");
    assert!(!left.lines().any(|line| line.starts_with(&format!("{id},{to},"))), "{left}");
    desk.write("elsewhere.csv", "account_id,to\nA00,t9\n");
    let refused = desk.run(2, &[&around[..], &["--accept", "elsewhere.csv"]].concat()).stderr;
    assert!(refused.contains("node_unknown"), "{refused}");
    desk.write("twice.csv", "account_id,to\nA00,t1\nA00,t2\n");
    let refused = desk.run(2, &[&around[..], &["--accept", "twice.csv"]].concat()).stderr;
    assert!(unfolded(&refused).contains("keep one row"), "{refused}");
}

fn column(headings: &str, row: &str, name: &str) -> String {
    let mut reader = csv::Reader::from_reader(row.as_bytes());
    let at = headings.split(',').position(|heading| heading == name).expect("the column");
    let cells = reader.headers().expect("a row").clone();
    cells.get(at).expect("a cell").to_owned()
}
