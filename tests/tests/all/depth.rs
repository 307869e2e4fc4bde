//! Depth: measures that are only told, and how many territories a market supports.

use super::cli::Desk;
use carve_solver::input::{Input, MeasureInput, SplitInput};
use carve_solver::{Code, Problem};
use carve_tests::{balance, book, exact, flat, refusals, solve, tier, with_attribute, with_measure};
use serde_json::Value;

/// Text in one line, wherever it was folded.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Eight accounts of which five are qualified; how many is only told.
fn told() -> Input {
    let states = ["q", "q", "q", "q", "q", "n", "n", "n"];
    let book = with_measure(with_attribute(book(8), "status", &states), "open_pipeline", &[9, 8, 7, 6, 5, 4, 3, 2]);
    let qualified = MeasureInput {
        measure: "qualified".into(),
        count_filter: "status == 'q'".into(),
        report_only: true,
        ..MeasureInput::default()
    };
    Input { book, split: Some(flat(&[1.0, 1.0])), measures: vec![qualified], options: exact(), ..Input::default() }
}

#[test]
fn what_is_only_told_is_counted_at_every_node_and_balanced_nowhere() {
    let (problem, plan) = solve(&told());
    assert!(problem.criteria().all(|criterion| criterion != "balance qualified"), "no default tier balances it");
    let at = plan.measures.iter().position(|m| m.measure == "qualified").expect("told");
    assert!(plan.measures[at].report_only && plan.measures.iter().filter(|m| m.report_only).count() == 1);
    let held: Vec<i64> = plan.nodes.iter().map(|node| node.measures[at].amount).collect();
    assert_eq!((held[0], held[1] + held[2]), (5, 5));
    // The same measure without the word is balanced.
    let mut input = told();
    input.measures[0].report_only = false;
    assert!(Problem::new(&input).expect("sound").criteria().any(|criterion| criterion == "balance qualified"));
    // To balance it by name is to say two things at once.
    let mut input = told();
    input.tiers = vec![tier(vec![balance("qualified", 0.1)])];
    assert_eq!(refusals(&input), [Code::MeasureInvalid]);
    // A column is told, too, though no tier names it.
    let mut input = told();
    input.tiers = vec![tier(vec![balance("account_count", 0.1)])];
    input.measures =
        vec![MeasureInput { measure: "open_pipeline".into(), report_only: true, ..MeasureInput::default() }];
    let (_, plan) = solve(&input);
    assert!(plan.measures.iter().any(|m| m.measure == "open_pipeline" && m.report_only), "{:?}", plan.measures);
    input.split = Some(SplitInput::Stages { counts: vec![2, 4], current: 2 });
    let (_, plan) = solve(&input);
    assert!(plan.nodes.iter().all(|node| node.measures.len() == 2));
}

#[test]
fn large_units_count_for_no_more_than_a_territory_needs() {
    let mut input = told();
    input.book = with_measure(book(8), "open_pipeline", &[100, 100, 10, 10, 10, 10, 10, 10]);
    input.measures = Vec::new();
    input.tiers = vec![tier(vec![balance("open_pipeline", 0.1)])];
    let supply = |input: &Input, minimum| {
        Problem::new(input).expect("sound").supply("open_pipeline", minimum).expect("it has the measure")
    };
    let found = supply(&input, 30);
    // 260 is 8 times 30; but two count as 30, and 120 are 4 times 30. That many there are: 100, 100, 30, 30.
    assert_eq!((found.total, found.counted, found.large, found.most(), found.most_by_total()), (260, 120, 2, 4, 8));
    // Whole units make 31 into 40.
    let found = supply(&input, 31);
    assert_eq!((found.least, found.counted, found.most()), (40, 140, 3));
    // A family is one unit.
    input.book.parents[1] = "a0".into();
    assert_eq!(supply(&input, 30).most(), 3);
    assert!(Problem::new(&input).expect("sound").supply("no such", 1).is_none());
}

/// Twenty accounts, twelve qualified and five in market.
fn desk() -> Desk {
    let desk = Desk::new();
    let row = |i: usize| {
        let (status, market) =
            (if i < 12 { "qualified" } else { "new" }, if i.is_multiple_of(4) { "yes" } else { "no" });
        format!("A{i:02},{status},{market},{}\n", 10 + i)
    };
    let rows: String = (0..20).map(row).collect();
    desk.write("accounts.csv", format!("account_id,status,market,open_pipeline\n{rows}"));
    desk.write(
        "plan.yaml",
        "split: {stages: {counts: [2, 4], current: 2}}\n\
         measures:\n\
         \x20 - {measure: qualified, count_filter: 'status == \"qualified\"', report_only: true}\n\
         \x20 - {measure: in_market, count_filter: 'market == \"yes\"', report_only: true}\n\
         rules: [{rule_id: stay, pin: {accounts: {account_ids: [A00]}, node_id: s2-1}}]\n\
         options: {work_limit: 100000}\n",
    );
    desk
}

#[test]
fn each_territory_and_stage_tells_its_depth_as_the_trade_does() {
    let desk = desk();
    let shown = desk.run(0, &["solve", "accounts.csv", "--plan", "plan.yaml"]).stdout;
    let depth = shown.split_once("Depth\n").expect("a section").1.split("\n\n").next().expect("its lines");
    let lines: Vec<&str> = depth.lines().collect();
    assert_eq!(lines.len(), 2 + 1 + 4, "{depth}");
    let said = |line: &str| line.contains(" qualified, ") && line.ends_with(" in market");
    assert!(lines[..2].iter().chain(&lines[3..]).all(|line| said(line)), "{depth}");
    assert_eq!((lines[2], lines[0].starts_with("  s2-1: ")), ("  4 territories", true), "{depth}");
    // It has no target anywhere; what incumbents keep of it on a split is told.
    let has_both = |line: &str| line.contains("account_count") && line.contains("qualified") && !line.contains("kept");
    assert!(!shown.lines().any(has_both), "{shown}");
    assert!(!in_one_line(&shown).contains("worst qualified"), "{shown}");
    let today = desk.run(0, &["evaluate", "accounts.csv", "--plan", "plan.yaml"]).stdout;
    assert!(today.contains("Depth\n  s2-1: 0 qualified, 0 in market"), "{today}");
}

#[test]
fn the_market_supports_so_many_territories_and_no_more() {
    let desk = desk();
    let depth = |code: i32, more: &[&str]| -> Value {
        let base = ["depth", "accounts.csv", "--plan", "plan.yaml", "--work-limit", "100000", "--json"];
        serde_json::from_str(&desk.run(code, &[&base[..], more].concat()).stdout).expect("JSON")
    };
    // Twelve qualified: four times three, and not five times.
    let found = depth(3, &["--measure", "qualified", "--min", "3", "--counts", "2,4,5,8"]);
    let verdicts: Vec<&str> =
        found["counts"].as_array().expect("counts").iter().filter_map(|count| count["verdict"].as_str()).collect();
    let (yes, no) = ("VERDICT_SUPPORTED", "VERDICT_NOT_SUPPORTED");
    assert_eq!(verdicts, [yes, yes, no, no]);
    assert_eq!((&found["supported"], &found["not_refuted"], &found["total"]), (&"4".into(), &"4".into(), &"12".into()));
    // Five at best hold 3, 3, 2, 2, 2.
    let fails = &found["counts"][2];
    assert!(fails["thinnest"].as_str().is_some_and(|id| id.starts_with("territory-")), "{found}");
    assert_eq!((&fails["thinnest_amount"], &found["rules_left_out"][0]), (&"2".into(), &"stay".into()));
    assert_eq!(depth(0, &["--measure", "qualified", "--min", "3", "--counts", "2,4"])["supported"], "4");
    assert_eq!(depth(0, &["--measure", "in_market", "--min", "1"])["supported"], "5");
    let shown = in_one_line(
        &desk
            .run(
                3,
                &[
                    "depth",
                    "accounts.csv",
                    "--plan",
                    "plan.yaml",
                    "--measure",
                    "qualified",
                    "--min",
                    "3",
                    "--counts",
                    "4,5",
                ],
            )
            .stdout,
    );
    for part in [
        "The market supports 4 territories with 3 qualified each and no more, proved. At 5 territory-",
        " fails first, with 2.",
        "4 territories supported",
        "5 territories not supported (proved)",
        "5: 5 times 3 is more than the 12 that there are.",
        "Left out, as they speak of other territories or of owners: stay",
    ] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

#[test]
fn rules_may_allow_fewer_than_the_amounts_do() {
    let desk = desk();
    // All qualified accounts together: one territory has them all, though they are four times three.
    let together = "rules: [{rule_id: one, keep_together: {accounts: {filter: 'status == \"qualified\"'}}}]\n";
    let plan = desk.read("plan.yaml").replace("rules: [{rule_id: stay", "# [{rule_id: stay") + together;
    desk.write("plan.yaml", plan);
    let arguments =
        ["depth", "accounts.csv", "--plan", "plan.yaml", "--measure", "qualified", "--min", "3", "--counts", "1,2"];
    let shown = in_one_line(&desk.run(3, &arguments).stdout);
    assert!(shown.contains("supports 1 territory with 3 qualified each and no more, proved"), "{shown}");
    assert!(shown.contains("2: 2 times 3, which whole units make 12, is more than the 12 that there are."), "{shown}");
}

#[test]
fn what_cannot_be_asked_of_a_market_is_refused() {
    let desk = desk();
    let refused = |more: &[&str], said: &str| {
        let text = desk.run(2, &[&["depth", "accounts.csv", "--plan", "plan.yaml"], more].concat()).stderr;
        assert!(in_one_line(&text).contains(said), "{said} is not in\n{text}");
    };
    refused(&["--measure", "qualifed", "--min", "3"], "did you mean qualified?");
    refused(&["--measure", "qualified", "--min", "none"], "\"none\" is no amount above 0 of qualified");
    refused(&["--measure", "qualified", "--min", "0"], "\"0\" is no amount above 0");
    refused(&["--measure", "qualified", "--min", "1.5"], "which has 0 decimals");
}

#[test]
fn stages_of_accounts_without_places_have_a_page() {
    let desk = Desk::new();
    let rows: String = (0..12).map(|i| format!("A{i:02},{}\n", 5 + i % 4)).collect();
    desk.write("accounts.csv", format!("account_id,open_pipeline\n{rows}"));
    let shape = ["accounts.csv", "--stages", "2,4", "--work-limit", "100000"];
    desk.run(0, &[&["solve"][..], &shape, &["--out", "out"]].concat());
    let page = desk.read("out/report.html");
    assert!(page.contains("4 territories") && page.contains("s4-3"), "every stage is there");
    desk.run(0, &[&["check"][..], &shape[..3], &["--answer", "out"]].concat());
}
