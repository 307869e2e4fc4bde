//! The page of an answer without a plan: what conflicts, what was tried, and today's book; and nothing that was not computed.

use super::look::{SAMPLE, number, opened, set};
use super::{AMER, CARVE, Desk, one_line};
use carve_tests::browser::Browser;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs `carve solve` into `out`; gives its exit code.
fn solve(desk: &Desk, more: &[&str]) -> Option<i32> {
    let solve = ["solve", "accounts.csv", "--plan", "plan.yaml", "--out", "out", "--format", "all"];
    let ran = Command::new(CARVE).args(solve).args(more).current_dir(desk.dir.path()).output().expect("it starts");
    ran.status.code()
}

fn amer() -> Desk {
    let read = |name: &str| fs::read_to_string(Path::new(AMER).join(name)).expect("the book is there");
    Desk::new(&read("accounts.csv"), &read("plan.yaml"))
}

fn check(desk: &Desk, more: &[&str]) -> String {
    let check = ["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out"];
    one_line(&desk.run(&[&check[..], more].concat()))
}

#[test]
fn a_request_without_a_plan_has_a_page_with_the_conflict_and_todays_book() {
    let (browser, desk) = (Browser::start(), amer());
    let cap = ["--max", "account_count=70"];
    assert_eq!(solve(&desk, &cap), Some(3));
    opened(&browser, &desk);
    let text = one_line(browser.run("return document.body.innerText;").as_str().expect("text"));
    for part in [
        "No plan meets the rules",
        "17 x 70 = 1190 accounts, and there are 2000",
        "Rule max-1",
        "bounds: {measure: account_count, max: 70}",
        "carve explain ACCOUNTS conflict --plan asked.yaml",
        "An independent check recomputed",
        "Within the band: 0 of 17",
        "Mix of role",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // Nothing of a plan that there is not.
    for part in [", in the plan", "changes owner", "Changes owner", "Proved: none below", "Every move", "NaN"] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
    assert_eq!(number(&browser, "document.querySelectorAll('table:not(:has(tbody tr))').length"), 0);
    // Today's map is looked at as a plan's is.
    let all = browser.run(SAMPLE);
    set(&browser, "colour", "m1", "change");
    assert_ne!(browser.run(SAMPLE), all);
    set(&browser, "search", "los angeles tech 0", "input");
    browser.run(
        "document.getElementById('search').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));",
    );
    let detail = browser.run("return document.getElementById('detail').innerText;").to_string();
    assert!(detail.contains("Owner today") && detail.contains("amer-01") && !detail.contains("Territory"), "{detail}");
    assert_eq!(browser.logged(), Vec::<String>::new());
    // It is written alone, and checked; what is altered is a fault.
    assert!(!desk.path("out/assignments.csv").exists() && !desk.path("out/accounts.xlsx").exists());
    assert!(check(&desk, &cap).contains("report.html"));
    let page = desk.read("out/report.html");
    fs::write(desk.path("out/report.html"), page.replacen("1190 accounts", "1191 accounts", 1)).expect("written");
    let again = ["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out", "--max", "account_count=70"];
    let ran = Command::new(CARVE).args(again).current_dir(desk.dir.path()).output().expect("it starts");
    assert_eq!(ran.status.code(), Some(5));
}

#[test]
fn without_names_the_page_of_no_plan_names_nobody() {
    let desk = amer();
    assert_eq!(solve(&desk, &["--max", "account_count=70", "--anonymous"]), Some(3));
    let page = desk.read("out/report.html");
    for name in ["amer-0", "A0000", "Los Angeles", "accounts.csv", "seat_id", "max-1"] {
        assert!(!page.contains(name), "{name}");
    }
    assert!(check(&desk, &["--max", "account_count=70"]).contains("report.html"));
}

#[test]
fn nobody_owning_anything_or_a_family_in_the_way_is_told_so() {
    // Two accounts that must be apart and are of one family; nobody owns anything, and there are no places.
    let rule = "rules: [{rule_id: <b>apart</b>, keep_apart: {accounts: {account_ids: [a, b]}}}]\n";
    let desk = Desk::new(
        "account_id,parent_account_id,open_pipeline\na,,5\nb,a,6\nc,,7\n",
        &format!("split: {{seats: {{seats: [{{seat_id: s1}}, {{seat_id: s2}}]}}}}\n{rule}"),
    );
    assert_eq!(solve(&desk, &[]), Some(3));
    let browser = Browser::start();
    opened(&browser, &desk);
    let text = one_line(browser.run("return document.body.innerText;").as_str().expect("text"));
    for part in
        ["Rule <b>apart</b>", "Family", "These accounts move as one", "The accounts that matter to it", "nobody"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for part in ["Today’s map", "Today’s book", "no map"] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
    assert_eq!(browser.logged(), Vec::<String>::new());
}
