//! Everyday wishes on the command line: each with good input and with nonsense, together, beside plan files, and as the
//! plan file that they stand for.

use crate::cli::{Desk, unfolded};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// Sixty accounts of three owners, a fifth of them nobody's.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("accounts.csv", accounts(60));
    desk
}

fn accounts(count: usize) -> String {
    let mut csv =
        "account_id,name,state,segment,latitude,longitude,open_pipeline,closed_won,current_owner\n".to_owned();
    for i in 0..count {
        let owner = ["Ana Diaz", "ben@corp.com", "Cy", "Ana Diaz", ""][i % 5];
        let (state, segment) = (["TX", "NY", "CA"][i % 3], ["named", "smb", "smb", "mid"][i % 4]);
        let (latitude, longitude) = (30 + i % 13, 70 + i % 17);
        csv += &format!(
            "a{i:02},Account {i},{state},{segment},{latitude},-{longitude},{},{},{owner}\n",
            100 + i * 7 % 50,
            i * 11 % 90
        );
    }
    csv
}

/// So little work that a solve takes no time, and the same each time.
const WORK: [&str; 4] = ["--work-limit", "20000", "--time-limit", "24h"];

fn solve(flags: &[&str], out: &str) -> Vec<String> {
    let all = [&["solve", "accounts.csv"], flags, &["--out", out], &WORK[..]].concat();
    all.into_iter().map(String::from).collect()
}

#[track_caller]
fn run(desk: &Desk, code: i32, arguments: &[String]) -> crate::cli::Ran {
    desk.run(code, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Territories of an answer, those to be hired with a `?`.
fn territories(plan: &Value) -> Vec<String> {
    let nodes = plan["nodes"].as_array().expect("nodes").iter().filter(|node| node["territory"] == true);
    let open = |node: &Value| if node["seat_state"] == "SEAT_STATE_TO_BE_HIRED" { "?" } else { "" };
    let mut names: Vec<String> =
        nodes.map(|node| format!("{}{}", node["node_id"].as_str().unwrap_or_default(), open(node))).collect();
    names.sort();
    names
}

#[test]
fn seats_keep_todays_owners_and_check_takes_the_same_flags() {
    let desk = desk();
    for (flags, expected) in [
        (&["--seats", "5"][..], &["Ana Diaz", "Cy", "ben@corp.com", "tbh-1?", "tbh-2?"][..]),
        (&["--seats", "3"], &["Ana Diaz", "Cy", "ben@corp.com"]),
        (&["--drop-owner", "cy", "--seats", "2"], &["Ana Diaz", "ben@corp.com"]),
        (&["--pool", "cy", "--seats", "2"], &["Ana Diaz", "Cy", "ben@corp.com"]),
        (&["--add-seat", "\"dee@corp.com\":0.5", "--drop-owner", "Cy"], &["Ana Diaz", "ben@corp.com", "dee@corp.com"]),
    ] {
        let solved = run(&desk, 0, &solve(flags, "out"));
        assert_eq!(territories(&desk.json("out/plan.json")), expected, "{flags:?}");
        assert!(solved.stderr.is_empty() || !solved.stderr.contains("error"), "{}", solved.stderr);
        desk.run(0, &[&["check", "accounts.csv", "--answer", "out"], flags].concat());
        desk.run(0, &[&["validate", "accounts.csv"], flags].concat());
    }
    // Half a capacity is half a share, and whose owner has left is told so.
    let plan = desk.json("out/plan.json");
    let share = |id: &str| {
        let nodes = plan["nodes"].as_array().expect("nodes");
        nodes.iter().find(|n| n["node_id"] == id).expect("there")["share"].as_f64().expect("a number")
    };
    assert!((share("dee@corp.com") * 2.0 - share("Ana Diaz")).abs() < 1e-9, "{plan}");
    assert!(desk.read("out/assignments.csv").contains("owner_left"));
}

#[test]
fn fewer_seats_than_owners_are_refused_with_those_to_choose_from() {
    let desk = desk();
    let refused = run(&desk, 2, &solve(&["--seats", "2"], "out")).stderr;
    for line in [
        "error[seats_too_few] --seats 2: ",
        "say who has left with --drop-owner, 1 of these, or ask for --seats 3",
        "\n    --drop-owner Cy            12 accounts",
        "\n    --drop-owner ben@corp.com  12 accounts",
        "\n    --drop-owner 'Ana Diaz'    24 accounts",
    ] {
        assert!(refused.contains(line) || unfolded(&refused).contains(line), "{line} is not in\n{refused}");
    }
    assert!(!desk.path("out").exists());
}

#[test]
fn nonsense_is_refused_where_it_stands_whatever_the_command() {
    let desk = desk();
    desk.write("seats.csv", "name,capacity\nAna Diaz,much\nCy,1\ncy,1\n");
    for (flags, says) in [
        (&["--tolerance", "3"][..], &["error[flag_invalid] --tolerance 3: ", "did you mean 0.03 (3 %)?"][..]),
        (&["--tolerance=-1%"], &["write 0.05 or 5%"]),
        (
            &["--measure", "open_pipelin"],
            &["error[measure_unknown] --measure open_pipelin: ", "did you mean open_pipeline?"],
        ),
        (&["--measure", "open_pipeline=x"], &["error[flag_invalid]", "in double quotes"]),
        (&["--measure", "score", "--measure", "Score"], &["asked for twice"]),
        (&["--max", "open_pipeline"], &["there is no =N behind the measure"]),
        (&["--max", "open_pipeline=12.5.6"], &["error[flag_invalid]"]),
        (&["--max", "account_count=9", "--max", "account_count=8"], &["limited twice"]),
        (&["--drop-owner", "Anna Diaz"], &["error[owner_not_found]", "did you mean \"Ana Diaz\"?"]),
        (&["--pool", "Cyy"], &["error[owner_not_found] --pool Cyy: ", "did you mean \"Cy\"?"]),
        (&["--pool", "Cy", "--pool", "Ana Diaz", "--pool", "ben@corp.com"], &["error[pool_invalid]"]),
        (&["--add-seat", "Dee@here"], &["error[flag_invalid]", "no place that is known", "Boston, MA"]),
        (
            &["--add-seat", "Dee@Springfield"],
            &["error[flag_invalid]", "may be Springfield, ", "name its state or country"],
        ),
        (&["--max", "open_pipeline=1250,50"], &["did you mean 1250.50?"]),
        (&["--pin", "state == \"TX\""], &["there is no =SEAT behind the filter"]),
        (&["--pin", "state == \"TX\"=Anna Diaz"], &["error[node_unknown] --pin ", "did you mean \"Ana Diaz\"?"]),
        (&["--protect", " "], &["the filter is empty"]),
        (&["--protect", "state = \"TX\""], &["did you mean ==?", "\n    state = \"TX\"\n          ^\n"]),
        (&["--protect", "Stat == \"TX\" && score > 1"], &["did you mean state?", "no account has a field score"]),
        (&["--protect", "state"], &["error[filter_type] --protect state: ", "gives text"]),
        (
            &["--seats-file", "seats.csv"],
            &["error[field_type] seats.csv:2:2: ", "error[node_id_duplicate] seats.csv:4:1: "],
        ),
        (&["--seats-file", "no.csv"], &["error[file_unreadable]"]),
        (&["--previous", "nowhere"], &["error[file_unreadable]"]),
        (&["--stages", "2,4", "--add-seat", "Dee"], &["leave out --add-seat Dee"]),
        (&["--seats", "0"], &["invalid value '0'"]),
        (&["--seats", "9999"], &["error[leaves_too_many] --seats 9999: "]),
    ] {
        let refused = desk.run(2, &[&["solve", "accounts.csv"], flags].concat()).stderr;
        for part in says {
            let found = refused.contains(part) || unfolded(&refused).contains(part);
            assert!(found, "{flags:?}: {part} is not in\n{refused}");
        }
        assert!(
            !refused.contains("overload") && !refused.contains("<input>") && !refused.contains("rules["),
            "{refused}"
        );
        let found = desk.run(2, &[&["validate", "accounts.csv"], flags].concat());
        // How the columns were read stands before the findings there.
        let first = |text: &str| text.lines().find(|line| line.starts_with("error")).map(String::from);
        assert_eq!(first(&found.stdout), first(&refused).filter(|_| !found.stdout.is_empty()), "{flags:?}");
        desk.run(2, &[&["check", "accounts.csv", "--answer", "."], flags].concat());
    }
    // All of it at once, with the faults of the accounts.
    desk.write("bad.csv", "account_id,open_pipeline\na,12x4\na,2\n");
    let all = ["--tolerance", "3", "--max", "x", "--drop-owner", "Who"];
    let refused = desk.run(2, &[&["validate", "bad.csv"], &all[..]].concat()).stdout;
    for code in ["flag_invalid] --tolerance 3", "flag_invalid] --max x", "owner_not_found", "account_id_duplicate"] {
        assert!(refused.contains(code), "{code} is not in\n{refused}");
    }
}

#[test]
fn what_matches_nothing_is_told_with_what_may_have_been_meant() {
    let desk = desk();
    let odd = desk.run(0, &["validate", "accounts.csv", "--protect", "state == \"tx\""]).stdout;
    let odd = unfolded(&odd);
    assert!(odd.contains("warning[rule_matches_nothing] --protect 'state == \"tx\"': "), "{odd}");
    assert!(odd.contains("did you mean \"TX\"?"), "{odd}");
    assert!(!desk.run(0, &["validate", "accounts.csv", "--protect", "state == \"TX\""]).stdout.contains("matches"));
}

#[test]
fn measures_tolerances_and_limits_hold() {
    let desk = desk();
    let flags = ["--seats", "4", "--measure", "open_pipeline=20%", "--measure", "account_count", "--tolerance", "0.1"];
    let more = ["--max", "account_count=18", "--protect", "segment == 'named'", "--pin", "state == 'CA'=cy"];
    // A protected account in California that is not Cy's could not be pinned to Cy.
    let more = [&more[..5], &["state == 'CA' && segment != 'named'=cy"]].concat();
    let flags = [&flags[..], &more].concat();
    run(&desk, 0, &solve(&flags, "out"));
    let plan = desk.json("out/plan.json");
    let first = &plan["tiers"][0]["criteria"];
    let names: BTreeSet<&str> =
        first.as_array().expect("criteria").iter().filter_map(|c| c["criterion"].as_str()).collect();
    assert_eq!(names.len(), 2, "{first}");
    let mut rows = csv::Reader::from_path(desk.path("out/assignments.csv")).expect("there");
    let mut held = std::collections::BTreeMap::new();
    for row in rows.records().map(|row| row.expect("a row")) {
        let i: usize = row[0][1..].parse().expect("a number");
        let owner = ["Ana Diaz", "ben@corp.com", "Cy", "Ana Diaz", ""][i % 5];
        *held.entry(row[1].to_owned()).or_insert(0) += 1;
        if i.is_multiple_of(4) && !owner.is_empty() {
            assert_eq!(&row[1], owner, "a protected account leaves its owner: {row:?}");
        } else if i % 3 == 2 && !i.is_multiple_of(4) {
            assert_eq!(&row[1], "Cy", "a pinned account is elsewhere: {row:?}");
        }
    }
    assert!(held.values().all(|count| *count <= 18), "{held:?}");
    desk.run(0, &[&["check", "accounts.csv", "--answer", "out"], &flags[..]].concat());
}

/// Whole plans differ in nothing but the time they took.
#[track_caller]
fn check_the_same(desk: &Desk, one: &str, other: &str) {
    for file in ["assignments.csv", "certificate.json"] {
        assert!(desk.read(&format!("{one}/{file}")) == desk.read(&format!("{other}/{file}")), "{file} differs");
    }
    let plan = |out: &str| {
        let mut plan = desk.json(&format!("{out}/plan.json"));
        plan["solve_time"] = Value::Null;
        plan
    };
    assert!(plan(one) == plan(other), "plan.json differs");
}

#[test]
fn the_printed_plan_gives_the_same_answer() {
    let desk = desk();
    desk.write(
        "seats.csv",
        "name,user id,home,ramp,covered by\nana diaz,005A,\"40.7,-74\",,\nCy,,,50%,\nTBH: East,,,,Cy\n",
    );
    desk.write("half.yaml", "tiers:\n  - criteria: [{balance: {measure: closed_won, tolerance: 0.3}}]\n");
    for flags in [
        &[][..],
        &["--seats", "5"],
        &["--stages", "2,4"],
        &["--pool", "ben@corp.com", "--seats", "3", "--measure", "closed_won"],
        &["--seats-file", "seats.csv", "--seats", "4", "--max", "account_count=40"],
        &["--drop-owner", "Cy", "--add-seat", "\"d: @e\"@30,-80:2", "--measure", "closed_won=7%", "--seed", "3"],
        &[
            "--protect",
            "segment == \"named\" || name == 'Account 7'",
            "--pin",
            "state == \"TX\" && segment == 'smb' && open_pipeline > 120=Cy",
        ],
        &["--plan", "half.yaml", "--seats", "4", "--tolerance", "12.5%"],
    ] {
        run(&desk, 0, &solve(flags, "flags"));
        let printed = desk.run(0, &[&["solve", "accounts.csv", "--print-plan"], flags, &WORK[..]].concat()).stdout;
        desk.write("kept.yaml", &printed);
        run(&desk, 0, &solve(&["--plan", "kept.yaml"], "kept"));
        check_the_same(&desk, "flags", "kept");
        // It stands for itself.
        let again = desk.run(0, &["solve", "accounts.csv", "--plan", "kept.yaml", "--print-plan"]).stdout;
        assert_eq!(again, printed, "{flags:?}");
        fs::remove_dir_all(desk.path("flags")).expect("removed");
    }
    let printed =
        desk.run(0, &["validate", "accounts.csv", "--drop-owner", "Cy", "--seats", "3", "--print-plan"]).stdout;
    for part in [
        "#   carve solve accounts.csv --plan FILE\n",
        "# Owners without a seat, whose accounts are free to move: \"Cy\" (12 accounts).\n",
        "      # owns 24 accounts today\n      - {seat_id: Ana Diaz}\n",
        "      # to be hired\n      - {seat_id: tbh-1, state: TO_BE_HIRED}\n",
        "  # open_pipeline of every territory within 5 % of its target\n",
    ] {
        assert!(printed.contains(part), "{part} is not in\n{printed}");
    }
}

#[test]
fn the_command_line_wins_over_the_plan_file_and_says_so_in_a_line_each() {
    let desk = desk();
    desk.write(
        "plan.yaml",
        "split: {seats: {seats: [{seat_id: Ana Diaz}, {seat_id: Cy}]}}\n\
         tiers:\n\
         \x20 - criteria: [{balance: {measure: closed_won, tolerance: 0.02}}, {mix: {attribute: segment}}]\n\
         \x20 - criteria: [{continuity: {}}]\n\
         rules: [{rule_id: cap, bounds: {min: 1, max: 99}}, {rule_id: tx, pin: {accounts: {filter: 'state == \"TX\"'}, node_id: Cy}}]\n",
    );
    let flags = [
        ["--seats", "3"],
        ["--measure", "open_pipeline"],
        ["--tolerance", "30%"],
        ["--max", "account_count=50"],
        ["--pin", "state == \"TX\"=Ana Diaz"],
        ["--protect", "segment == 'mid' && state != 'TX'"],
    ]
    .concat();
    let ran = run(&desk, 0, &solve(&[&["--plan", "plan.yaml"], &flags[..]].concat(), "out"));
    let said: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("--")).collect();
    assert_eq!(
        said,
        [
            "--seats 3: 1 seat to be hired more than plan.yaml has",
            "--measure open_pipeline: balanced instead of closed_won in plan.yaml",
            "--tolerance 30%: instead of 5 % on open_pipeline, 5 % on segment in plan.yaml",
            "--pin 'state == \"TX\"=Ana Diaz': instead of rule tx of plan.yaml",
            "--max account_count=50: instead of rule cap of plan.yaml",
        ],
        "{}",
        ran.stderr
    );
    let printed =
        desk.run(0, &[&["solve", "accounts.csv", "--plan", "plan.yaml", "--print-plan"], &flags[..]].concat());
    for part in [
        "balance: {measure: open_pipeline, tolerance: 0.3}",
        "mix: {attribute: segment, tolerance: 0.3}",
        "{rule_id: cap, bounds: {measure: account_count, min: 1, max: 50}}",
        "node_id: Ana Diaz",
        "rule_id: protect-1",
    ] {
        assert!(printed.stdout.contains(part), "{part} is not in\n{}", printed.stdout);
    }
    // Without a plan file nothing is won.
    assert!(!run(&desk, 0, &solve(&flags, "out")).stderr.contains("instead of"));
}

#[test]
fn an_earlier_answer_tells_todays_owners() {
    let desk = desk();
    run(&desk, 0, &solve(&["--seats", "4"], "first"));
    // A quarter later one account is gone and another is there.
    let later =
        accounts(61).lines().filter(|line| !line.starts_with("a00,")).map(|l| format!("{l}\n")).collect::<String>();
    desk.write("accounts.csv", &later);
    let ran = run(&desk, 0, &solve(&["--previous", "first"], "second"));
    let plan = desk.json("second/plan.json");
    assert_eq!(territories(&plan), ["Ana Diaz", "Cy", "ben@corp.com", "tbh-1"]);
    // Lines are folded to the width of a terminal.
    let told = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "info[previous_differs] --previous first: ",
        "1 account of the book is not in that answer and keeps the owner it has",
        "(\"a60\")",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(unfolded(&ran.stderr).contains("have another owner there than in the book"), "{}", ran.stderr);
    let owner_of = |out: &str, column: usize| -> Vec<(String, String)> {
        let mut rows = csv::Reader::from_path(desk.path(&format!("{out}/assignments.csv"))).expect("there");
        let headings = rows.headers().expect("headings").clone();
        let at = headings.iter().position(|h| h == ["node_id", "current_owner"][column]).expect("a column");
        rows.records().map(|r| r.expect("a row")).map(|row| (row[0].to_owned(), row[at].to_owned())).collect()
    };
    let first: BTreeSet<(String, String)> = owner_of("first", 0).into_iter().collect();
    for (account, owner) in owner_of("second", 1).into_iter().filter(|(account, _)| account != "a60") {
        assert!(first.contains(&(account.clone(), owner.clone())), "{account} is said to be of {owner}");
    }
    desk.run(0, &["check", "accounts.csv", "--previous", "first", "--answer", "second"]);
    // The answer of another book is refused.
    desk.write("other.csv", "account_id\nx\ny\n");
    let refused = desk.run(2, &["validate", "other.csv", "--seats", "2", "--previous", "first"]).stdout;
    assert!(unfolded(&refused).contains("is it another book's?"), "{refused}");
}

#[test]
fn an_earlier_answer_is_where_the_work_starts_and_owners_stay() {
    let desk = desk();
    let long =
        ["solve", "accounts.csv", "--seats", "4", "--out", "first", "--work-limit", "400000", "--time-limit", "24h"];
    desk.run(0, &long);
    let flags = ["--seats", "4", "--previous", "first", "--previous-as", "start"];
    let short = ["--work-limit", "1", "--time-limit", "24h", "--out", "second"];
    let ran = desk.run(0, &[&["solve", "accounts.csv"], &flags[..], &short].concat());
    let said = "--previous first: 60 accounts start where that answer has them; owners are those of the book";
    assert!(unfolded(&ran.stderr).lines().any(|line| line == said), "{}", ran.stderr);
    assert!(ran.stdout.contains("The plan to start from\n  was handed in"), "{}", ran.stdout);
    let (first, second) = (desk.json("first/plan.json"), desk.json("second/plan.json"));
    assert_eq!(second["starts"][0]["method"], "METHOD_GIVEN");
    let value = |plan: &Value| plan["tiers"][0]["value"].as_f64().expect("a number");
    assert!(value(&second) <= value(&first), "{} after {}", value(&second), value(&first));
    let owners = |plan: &Value| -> Vec<Value> {
        plan["assignments"].as_array().expect("rows").iter().map(|row| row["current_owner"].clone()).collect()
    };
    assert_eq!(owners(&second), owners(&first));
    desk.run(0, &[&["check", "accounts.csv", "--answer", "second"], &flags[..]].concat());
    // The plan file that is printed cannot hold it, and says which flags go beside it.
    let printed = desk.run(0, &[&["validate", "accounts.csv", "--print-plan"], &flags[..]].concat()).stdout;
    assert!(
        printed.contains("carve solve accounts.csv --plan FILE --previous first --previous-as start\n"),
        "{printed}"
    );
    // Seats that are there no more, and an account that is new.
    desk.write("accounts.csv", accounts(61));
    let fewer = ["--drop-owner", "Cy", "--previous", "first", "--previous-as", "start"];
    let found = desk.run(0, &[&["validate", "accounts.csv"], &fewer[..]].concat()).stdout;
    let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "warning[start_unknown] --previous first: ",
        "are to start at no node of the plan (first: ",
        "1 account of the book is not in that answer and starts where its owner is (\"a60\")",
    ] {
        assert!(found.contains(part), "{part} is not in\n{found}");
    }
    desk.run(2, &["validate", "accounts.csv", "--seats", "4", "--previous-as", "start"]);
    desk.run(2, &["validate", "accounts.csv", "--previous", "first", "--previous-as", "end"]);
}

#[test]
fn planned_stages_start_from_the_last_stage_that_both_have() {
    let desk = desk();
    run(&desk, 0, &solve(&["--stages", "2,4,8"], "first"));
    let nodes = |out: &str, heading: &str| -> Vec<String> {
        let mut rows = csv::Reader::from_path(desk.path(&format!("{out}/assignments.csv"))).expect("there");
        let at = rows.headers().expect("headings").iter().position(|h| h == heading).expect("a column");
        rows.records().map(|row| row.expect("a row")[at].to_owned()).collect()
    };
    let started = |stages: &str, column: &str| {
        let flags = ["--stages", stages, "--previous", "first", "--previous-as", "start"];
        let found = desk.run(0, &[&["validate", "accounts.csv"], &flags[..]].concat());
        assert!(!found.stdout.contains("start_unknown"), "{}", found.stdout);
        let said = format!("where that answer has them{column}; owners");
        assert!(unfolded(&found.stderr).contains(&said), "{said} is not in\n{}", found.stderr);
        let short = ["--work-limit", "1", "--time-limit", "24h", "--out", "second"];
        desk.run(0, &[&["solve", "accounts.csv"], &flags[..], &short].concat());
        let plan = desk.json("second/plan.json");
        assert!(plan["starts"].as_array().expect("starts").iter().any(|start| start["method"] == "METHOD_GIVEN"));
    };
    started("2,4,8", " in its column stage_8");
    started("2,4", " in its column stage_4");
    started("2,8", " in its column stage_8");
    // Stages that the answer has not.
    started("2,6", "");
    assert_eq!(nodes("first", "stage_8").len(), 60);
    assert!(nodes("first", "stage_8").iter().all(|node| node.starts_with("s8-")));
}

#[test]
fn without_out_the_summary_is_printed_and_nothing_is_written() {
    let desk = desk();
    let before = desk.names(".");
    let solved = desk.run(0, &[&["solve", "accounts.csv", "--seats", "3"], &WORK[..]].concat());
    assert!(solved.stdout.contains("Ana Diaz") && solved.stdout.contains("territories"), "{}", solved.stdout);
    assert_eq!(desk.names("."), before);
    let json = desk.run(0, &[&["solve", "accounts.csv", "--seats", "3", "--json"], &WORK[..]].concat()).stdout;
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON")["check"]["ok"], true);
    assert_eq!(desk.names("."), before);
}

#[test]
fn faults_of_a_plan_file_and_of_what_it_means_are_named_in_one_pass() {
    let desk = desk();
    desk.write(
        "plan.yaml",
        "split: {seats: {seats: [{seat_id: Ana Diaz, capacity: much}, {seat_id: Cy, covering_seat_id: nobody}]}}\n\
         tiers:\n\
         \x20 - criteria: [{balance: {measure: closed_wom, tolerence: 0.1}}]\n\
         \x20   give_back: -1\n\
         rules: [{rule_id: r, pin: {accounts: {filter: 'state = 1'}, nod_id: Cy}}]\n\
         options: {threads: -1, sede: 1}\n",
    );
    let refused = unfolded(&desk.run(2, &["validate", "accounts.csv", "--plan", "plan.yaml"]).stdout);
    for line in [
        "error[field_type] plan.yaml:1:55 split.seats.seats[0].capacity",
        "error[field_unknown] plan.yaml:3:48 tiers[0].criteria[0].balance.tolerence",
        "error[field_unknown] plan.yaml:5:61 rules[0].pin.nod_id",
        "error[field_unknown] plan.yaml:6:24 options.sede",
        "error[seat_unknown] plan.yaml:1:94 ",
        "error[measure_unknown] plan.yaml:3:36 ",
        "error[give_back_invalid] plan.yaml:4:16 ",
        "error[filter_syntax] plan.yaml:5:47 ",
        "error[option_invalid] plan.yaml:6:20 ",
    ] {
        assert!(refused.contains(line), "{line} is not in\n{refused}");
    }
    // What only follows from the faults is not said: that the pin has no node, or the seat no capacity.
    assert!(!refused.contains("node_unknown") && !refused.contains("rule_empty"), "{refused}");
}

#[test]
fn shells_get_their_completions_and_readers_their_manual() {
    let desk = desk();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = desk.run(0, &["completions", shell]).stdout;
        for word in ["drop-owner", "print-plan", "validate"] {
            assert!(text.contains(word), "{shell}: {word} is not in\n{text}");
        }
        assert!(!text.contains("budget-ms"), "{shell} completes what people do not call");
    }
    desk.run(2, &["completions", "tcsh"]);
    desk.run(0, &["man", "manual"]);
    let pages = desk.names("manual");
    for page in ["carve.1", "carve-solve.1", "carve-check.1", "carve-validate.1", "carve-serve.1", "carve-man.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} is not in {pages:?}");
    }
    assert!(!pages.iter().any(|name| name.contains("worker")), "{pages:?}");
    let page = desk.read("manual/carve-solve.1");
    assert!(page.contains("\\-\\-drop\\-owner") && page.contains(".TH carve-solve 1"), "{page}");
    desk.write("file", "");
    desk.run(1, &["man", "file"]);
}
