//! A book as it stands, in the words of a plan: today's, a plan's own, and lists that somebody made.

use super::cli::Desk;
use carve_datasets::Shape;
use carve_solver::input::{CriterionInput, Input, RawPlace, RuleKindInput, SplitInput};
use carve_solver::standing::{Holder, Standing, holders_today, standing, todays_book};
use carve_solver::{Plan, Problem};
use carve_tests::{
    balance, book, compactness, exact, filter, flat, ids, leaf, made, node, rule, solve, tier, with_measure,
};

/// What is summed in another order may differ by, relative.
const NEAR: f64 = 1e-9;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR * a.abs().max(b.abs()).max(1e-6)
}

/// Where a plan has each account, and its anchors.
fn holders(problem: &Problem, plan: &Plan) -> Vec<Holder> {
    let node = |path: &Vec<usize>| {
        let leaf = *path.last().expect("a path");
        Holder::Node(problem.holding_node(&plan.nodes[leaf].node_id).expect("a leaf"))
    };
    plan.assignments.iter().map(|assignment| node(&assignment.path)).collect()
}

/// A plan, scored as a book that stands so, is worth what the plan says.
#[track_caller]
fn same_as_the_plan(input: &Input) {
    let (problem, plan) = solve(input);
    assert!(plan.has_assignments(), "{:?}", plan.termination);
    let anchors: Vec<_> = plan.nodes.iter().map(|node| node.anchor).collect();
    let stands = standing(&problem, &holders(&problem, &plan), &anchors);
    assert_eq!((stands.broken.as_slice(), stands.placed, stands.others.len()), (&[][..], plan.assignments.len(), 0));
    for (tier, said) in stands.tiers.iter().zip(&plan.tiers) {
        assert!(tier.value.is_some_and(|value| near(value, said.value)), "{tier:?}\n{said:?}");
        let steps: Vec<f64> = std::iter::once(said.value).chain(said.steps.iter().map(|step| step.value)).collect();
        assert!(tier.sums.len() <= steps.len(), "{tier:?}\n{said:?}");
        assert!(tier.sums.iter().zip(&steps).all(|(a, b)| near(*a, *b)), "{tier:?}\n{said:?}");
        for (criterion, said) in tier.criteria.iter().zip(&said.criteria) {
            assert!(criterion.value.is_some_and(|value| near(value, said.value)), "{criterion:?}\n{said:?}");
            assert!(near(criterion.worst_deviation, said.worst_deviation), "{criterion:?}\n{said:?}");
            assert!(criterion.lacks.is_empty(), "{criterion:?}");
        }
    }
    assert_eq!(stands.tiers.len(), plan.tiers.len());
    for (stands, said) in stands.nodes.iter().zip(&plan.nodes) {
        let mut same = stands.node.clone();
        assert!(near(same.mean_distance_km, said.mean_distance_km), "{same:?}\n{said:?}");
        same.mean_distance_km = said.mean_distance_km;
        if !said.territory
            && let (Some(a), Some(b)) = (same.anchor, said.anchor)
        {
            assert!(a.distance_km(b) < 1e-6, "{same:?}\n{said:?}");
            same.anchor = said.anchor;
        }
        assert_eq!(same, *said);
    }
    assert_eq!(stands.nodes.len(), plan.nodes.len());
    let moved = plan.assignments.iter().filter(|assignment| assignment.moved).count();
    assert_eq!(stands.moved.accounts, moved as i64);
}

#[test]
fn a_plan_stands_as_it_says() {
    for shape in [Shape::Plain, Shape::Owned, Shape::Families, Shape::Whales] {
        let mut input = made(shape, 60, 4);
        input.options = carve_solver::input::OptionsInput { work_limit: 200_000, ..exact() };
        same_as_the_plan(&input);
        input.split = Some(SplitInput::Stages { counts: vec![2, 4], current: 2 });
        same_as_the_plan(&input);
    }
}

/// Six accounts on a meridian: two with t0, two with t1, one with an owner who left, one with nobody.
fn six() -> Input {
    let mut book = with_measure(book(6), "open_pipeline", &[10, 20, 40, 50, 30, 7]);
    book.places = (0..6).map(|i| Some(RawPlace { latitude: 10.0 * f64::from(i), longitude: 0.0 })).collect();
    book.current_owners = ["t0", "t0", "t1", "t1", "gone", ""].map(String::from).to_vec();
    let continuity = Some(CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None });
    Input {
        book,
        split: Some(flat(&[1.0, 1.0])),
        tiers: vec![tier(vec![balance("open_pipeline", 0.05)]), tier(vec![continuity]), tier(vec![compactness(true)])],
        options: exact(),
        ..Input::default()
    }
}

fn values(stands: &Standing) -> Vec<Option<f64>> {
    stands.tiers.iter().map(|tier| tier.value).collect()
}

#[test]
fn todays_book_has_a_row_for_who_left_and_one_for_nobody() {
    let problem = Problem::new(&six()).expect("sound");
    let stands = todays_book(&problem);
    let others: Vec<(&str, usize, &[i64])> =
        stands.others.iter().map(|other| (&*other.holder, other.accounts, other.amounts.as_slice())).collect();
    assert_eq!(others, [("gone", 1, &[1, 30][..]), ("", 1, &[1, 7])]);
    let held: Vec<i64> = stands.nodes[1..].iter().map(|node| node.node.measures[1].amount).collect();
    assert_eq!((held, stands.placed, stands.moved.accounts), (vec![30, 90], 4, 0));
    // 157 in all, 78.5 for each: t0 is (78.5 − 30) ÷ 78.5 short. The band ends at 75 whole units, of which 45 are missing,
    // and at 74.575 by itself.
    let short = (78.5 * 0.95 - 30.0) / 78.5;
    let [first, second, third] = stands.tiers.as_slice() else { panic!("three tiers") };
    assert!(first.value.is_some_and(|value| near(value, short)), "{first:?}");
    // Both are outside, t1 by (90 − 82.425) ÷ 78.5.
    assert!(first.sums.len() == 2 && near(first.sums[1], short + (90.0 - 78.5 * 1.05) / 78.5), "{first:?}");
    assert_eq!(second.value, Some(0.0));
    // Ten degrees apart, five from the centre: the accounts that no territory has are not counted.
    let five_degrees = 5.0 * 6_371.008_8 * std::f64::consts::PI / 180.0;
    assert!(third.value.is_some_and(|value| (value - five_degrees).abs() < 1.0), "{third:?}");
    assert!(third.summary.contains("without 2 accounts that no territory has"), "{third:?}");
    assert!(near(stands.mean_distance_km, third.value.expect("defined")), "{stands:?}");
    let bands = stands.nodes[1].bands[1].expect("a band");
    assert_eq!((bands.least, bands.most, stands.nodes[1].bands[0]), (75, 82, None));
    assert!(stands.summary.starts_with("4 accounts in 2 territories, 1 with one who is no territory"), "{stands:?}");
}

#[test]
fn where_stages_are_still_to_come_what_counts_them_is_not_defined() {
    let mut input = six();
    input.book.current_owners = ["s2-1", "s2-1", "s2-2", "s2-2", "", ""].map(String::from).to_vec();
    input.split = Some(SplitInput::Stages { counts: vec![2, 4], current: 2 });
    input.tiers.push(tier(vec![Some(CriterionInput::Incumbent { measure: String::new(), weight: None })]));
    let problem = Problem::new(&input).expect("sound");
    let stands = todays_book(&problem);
    assert_eq!(values(&stands), [None, Some(0.0), None, None]);
    let ids: Vec<&str> = stands.nodes.iter().map(|node| node.node.node_id.as_str()).collect();
    assert_eq!(ids, ["root", "s2-1", "s2-2"], "what is below nobody knows");
    let first = &stands.tiers[0].criteria[0];
    assert_eq!((first.worst_node_id.as_str(), first.lacks.is_empty()), ("s2-1", false), "today's stage is known");
    assert!(stands.tiers[0].summary.contains("not defined"), "{stands:?}");
    // A list that goes down to the leaves tells all.
    let leaves = ["s4-1", "s4-2", "s4-3", "s4-4", "s4-1", "s4-4"];
    let at: Vec<Holder> = leaves.iter().map(|id| Holder::Node(problem.holding_node(id).expect("a leaf"))).collect();
    assert!(values(&standing(&problem, &at, &[])).iter().all(Option::is_some));
    assert_eq!(problem.holding_node("root"), None);
}

#[test]
fn every_kind_of_rule_that_does_not_hold_is_named_and_its_twin_is_not() {
    let bounds = |min, max| RuleKindInput::Bounds {
        accounts: None,
        node_ids: vec!["t0".into()],
        measure: "open_pipeline".into(),
        min,
        max,
    };
    let cases: Vec<(&str, RuleKindInput, RuleKindInput)> = vec![
        (
            "1 account is where it must not be (first: \"a0\")",
            RuleKindInput::Pin { accounts: ids(&["a0"]), node_id: "t1".into() },
            RuleKindInput::Pin { accounts: ids(&["a0"]), node_id: "t0".into() },
        ),
        (
            "its accounts are not together",
            RuleKindInput::KeepTogether { accounts: ids(&["a0", "a2"]) },
            RuleKindInput::KeepTogether { accounts: ids(&["a0", "a1"]) },
        ),
        (
            "accounts \"a0\" and \"a1\" are in one territory",
            RuleKindInput::KeepApart { accounts: ids(&["a0", "a1"]) },
            RuleKindInput::KeepApart { accounts: ids(&["a0", "a2"]) },
        ),
        ("t0 holds 30 open_pipeline, outside 31 to any", bounds(Some(31), None), bounds(Some(30), None)),
        ("t0 holds 30 open_pipeline, outside any to 29", bounds(None, Some(29)), bounds(None, Some(30))),
        (
            "t0 holds 20 open_pipeline, outside 21 to any",
            RuleKindInput::Bounds {
                accounts: Some(filter("open_pipeline >= 20")),
                node_ids: vec!["t0".into()],
                measure: "open_pipeline".into(),
                min: Some(21),
                max: None,
            },
            RuleKindInput::Bounds {
                accounts: Some(filter("open_pipeline >= 20")),
                node_ids: vec!["t0".into()],
                measure: "open_pipeline".into(),
                min: Some(20),
                max: None,
            },
        ),
    ];
    for (said, broken, holds) in cases {
        let stands = |kind: RuleKindInput| {
            let mut input = six();
            input.rules = vec![rule("r", kind)];
            todays_book(&Problem::new(&input).expect("sound")).broken
        };
        assert_eq!(stands(broken), [format!("rule r: {said}")]);
        assert_eq!(stands(holds), [""; 0]);
    }
    let mut torn = six();
    torn.book.parents[1] = "a2".into();
    let problem = Problem::new(&torn).expect("sound");
    assert_eq!(todays_book(&problem).broken, ["families: 1 account is not with the parent (first: \"a1\")"]);
}

#[test]
fn what_moves_is_counted_against_whoever_owns_it() {
    let problem = Problem::new(&six()).expect("sound");
    let mut at = holders_today(&problem);
    let node = |id: &str| Holder::Node(problem.holding_node(id).expect("a leaf"));
    // One to the other, one away from both, that of who left to a territory, and that of nobody too.
    (at[0], at[2], at[4], at[5]) = (node("t1"), Holder::Nobody, node("t0"), node("t0"));
    let stands = standing(&problem, &at, &[]);
    let moved = &stands.moved;
    assert_eq!((moved.accounts, moved.owned_accounts), (3, 5));
    assert_eq!((moved.measure.as_str(), moved.amount, moved.owned_amount), ("open_pipeline", 80, 150));
    // Of the 120 whose owner is in the plan.
    assert!(stands.tiers[1].value.is_some_and(|value| near(value, 50.0 / 120.0)), "{stands:?}");
    let came: Vec<(i64, i64)> = stands.nodes.iter().map(|n| (n.node.moved_in, n.node.moved_out)).collect();
    assert_eq!(came, [(0, 0), (1, 1), (1, 1)]);
}

/// Text in one line, wherever it was folded.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A desk with the six accounts, named as people are.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write(
        "accounts.csv",
        "Account ID,Owner,Open Pipeline\nA1,Ana Diaz,10\nA2,Ana Diaz,20\nA3,Ben Ode,40\nA4,Ben Ode,50\nA5,Cy Gone,30\nA6,,7\n",
    );
    desk
}

const SEATS: &[&str] = &["--seats", "2", "--drop-owner", "Cy Gone"];

#[test]
fn evaluate_shows_todays_book() {
    let desk = desk();
    let evaluated = desk.run(0, &[&["evaluate", "accounts.csv"], SEATS].concat()).stdout;
    assert!(evaluated.lines().all(|line| line.chars().count() <= 80), "{evaluated}");
    for part in ["Today's book: 4 accounts in 2 territories", "nobody", "No territory of the plan", "Ana Diaz"] {
        assert!(in_one_line(&evaluated).contains(part), "{part} is not in\n{evaluated}");
    }
    // Without a plan every owner of today has a seat, and nobody has left.
    let evaluated = desk.run(0, &["evaluate", "accounts.csv"]).stdout;
    assert!(in_one_line(&evaluated).contains("5 accounts in 3 territories, 1 with nobody"), "{evaluated}");
    let json = desk.run(0, &[&["evaluate", "accounts.csv", "--json", "--out", "out"], SEATS].concat()).stdout;
    assert_eq!(json, desk.read("out/evaluation.json"));
    let json = desk.json("out/evaluation.json");
    assert_eq!((&json["placed_accounts"], &json["others"][0]["accounts"]), (&"4".into(), &"1".into()));
    let table = desk.read("out/evaluation.csv");
    assert!(table.contains("Ana Diaz,territory,root,open_pipeline,30,78.5,"), "{table}");
}

#[test]
fn a_summary_says_what_is_far_from_done_or_worse_than_today() {
    let desk = Desk::new();
    let place = ["40,-100", "40,-100", "40,-100", "40,-80"];
    let rows: String = (0..4).map(|i| format!("A{i},t{},{}\n", i / 3, place[i])).collect();
    desk.write("accounts.csv", format!("account_id,current_owner,latitude,longitude\n{rows}"));
    let leaf =
        |id: &str, longitude: i32| format!("{{node_id: {id}, anchor: {{latitude: 40, longitude: {longitude}}}}}");
    let split = format!("split: {{tree: {{node_id: root, children: [{}, {}]}}}}\n", leaf("t0", -100), leaf("t1", -80));
    let balance = "  - {criteria: [{balance: {measure: account_count, tolerance: 0.1}}]}\n";
    let travel = "  - {criteria: [{compactness: {metric: DISTANCE}}]}\n";
    desk.write("plan.yaml", format!("{split}tiers:\n{balance}{travel}"));
    desk.write("near.yaml", format!("{split}tiers:\n{travel}"));
    // One of three has to go where it is far, 1,700 km for one of four; and all is proved.
    let said = in_one_line(&desk.run(0, &["solve", "accounts.csv", "--plan", "plan.yaml"]).stdout);
    assert!(said.contains("Worse than today: compactness distance: 42") && said.contains(" km, today 0 km."), "{said}");
    assert!(!said.contains("Not finished"), "{said}");
    let said = in_one_line(&desk.run(0, &["solve", "accounts.csv", "--plan", "near.yaml"]).stdout);
    assert!(!said.contains("Worse than today") && !said.contains("Not finished"), "{said}");
    // Cut short, the last tier has no bound to speak of.
    desk.run(
        0,
        &["generate", "--accounts", "300", "--buckets", "6", "--shape", "owned", "--seed", "3", "--out", "made"],
    );
    let cut = ["solve", "made/accounts.csv", "--plan", "made/plan.yaml", "--work-limit", "20000"];
    let said = in_one_line(&desk.run(0, &cut).stdout);
    assert!(said.contains("Not finished: tier 3 (compactness squared distance) may be up to "), "{said}");
}

#[test]
fn lists_are_read_by_what_stands_in_them() {
    let desk = desk();
    let evaluate = |list: &str| {
        desk.write("list.csv", list);
        desk.run(0, &[&["evaluate", "accounts.csv", "--assignments", "list.csv"], SEATS].concat()).stdout
    };
    // Any order, any headings, spellings of people.
    let text = evaluate("who;key\nben ode;A1\nANA  DIAZ;A3\nana diaz;A2\nBen Ode;A4\nAna Diaz;A5\nUnassigned;A6\n");
    let text = in_one_line(&text);
    for part in
        ["The list (account <- key · with <- who): 5 accounts", "1 with nobody", "3 of 5 accounts with an owner"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    // Somebody unknown is a row, and said; so is what the two do not share.
    let text = in_one_line(&evaluate("id,territory\nA1,Ana Diza\nA2,Ana Diaz\nA3,Ben Ode\nA4,Ben Ode\nX9,Ben Ode\n"));
    for part in [
        "warning[territory_unknown] list.csv: 1 account has \"Ana Diza\", who is no territory of the plan; did you mean",
        "warning[assignments_differ] list.csv: 2 accounts of the book are not in the list, and nobody has them (\"A5\"",
        "1 account of the list is not in the book (\"X9\")",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let refuse = |list: &str, said: &str| {
        desk.write("list.csv", list);
        let arguments = [&["evaluate", "accounts.csv", "--assignments", "list.csv"], SEATS].concat();
        let refused = in_one_line(&desk.run(2, &arguments).stderr);
        assert!(refused.contains(said), "{refused}");
    };
    refuse("id,territory\nX1,Ana Diaz\n", "error[column_missing] list.csv:1: no column has ids of the book's accounts");
    refuse("id,a,b\nA1,x,y\n", "no column says who has the accounts");
    refuse("id,territory\nA1,Ana Diaz\nA1,Ben Ode\n", "error[account_id_duplicate] list.csv:3:1: account \"A1\" is");
    refuse("", "error[");
    let all = ["--drop-owner", "Ana Diaz", "--drop-owner", "Ben Ode", "--drop-owner", "Cy Gone"];
    let none = in_one_line(&desk.run(2, &[&["evaluate", "accounts.csv"][..], &all].concat()).stderr);
    let advice = "all 3 sellers are left out and nobody is there to take the accounts; say how many seats there are with --seats N, \
                  or who is new with --add-seat NAME";
    assert!(
        none.contains("error[split_empty]") && none.contains(advice) && !none.contains("give one for each"),
        "{none}"
    );
    desk.run(2, &["evaluate", "accounts.csv", "--assignments", "none.csv"]);
}

#[test]
fn lists_may_have_names_or_ids_in_other_letters_where_these_are_one_accounts() {
    let desk = desk();
    let book = "Account ID,Account Name,Owner,Open Pipeline\nA1,Acme,Ana Diaz,10\nA2,Bell,Ben Ode,20\n";
    let evaluate = |code: i32, accounts: &str, list: &str| {
        desk.write("book.csv", accounts);
        desk.write("list.csv", list);
        let ran = desk.run(code, &["evaluate", "book.csv", "--assignments", "list.csv"]);
        in_one_line(&format!("{}{}", ran.stdout, ran.stderr))
    };
    let said = evaluate(0, book, "Account,Rep\n ACME ,Ben Ode\nBell,Ben Ode\nNobody's,Ana Diaz\n");
    for part in [
        "no column has ids of the book's accounts, so they are told by their names in \"Account\"",
        "1 account of the list is not in the book (\"Nobody's\")",
        "2 accounts in 2 territories",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    let twice = book.replace("Bell", "acme");
    let refused = evaluate(2, &twice, "Account,Rep\nAcme,Ben Ode\n");
    assert!(refused.contains("\"Acme\" is the name of several accounts of the book"), "{refused}");
    let said = evaluate(0, book, "id,territory\na1,Ben Ode\nA2,Ben Ode\n");
    assert!(said.contains("1 id differs from the book's in upper and lower case alone (\"a1\")"), "{said}");
    // Ids that only case tells apart are not guessed at.
    let cased = format!("{book}a1,Cole,Ben Ode,30\n");
    let said = evaluate(0, &cased, "id,territory\na1,Ben Ode\nA1,Ben Ode\nA2,Ben Ode\n");
    assert!(!said.contains("upper and lower case"), "{said}");
    let said =
        evaluate(0, &cased.replace("a1,", "aB,").replace("A1,", "Ab,"), "id,territory\nab,Ben Ode\nA2,Ben Ode\n");
    assert!(said.contains("1 account of the list is not in the book (\"ab\")"), "{said}");
}

#[test]
fn an_answer_of_carve_is_a_list_too_with_its_stages() {
    let desk = Desk::new();
    let rows: String = (0..16).map(|i| format!("A{i},{},{}\n", i % 4 * 10 + 5, i + 30)).collect();
    desk.write("accounts.csv", format!("account_id,open_pipeline,score\n{rows}"));
    desk.run(
        0,
        &["solve", "accounts.csv", "--stages", "2,4", "--work-limit", "100000", "--out", "out", "--format", "csv"],
    );
    let list = ["evaluate", "accounts.csv", "--stages", "2,4", "--assignments", "out/assignments.csv"];
    let text = in_one_line(&desk.run(0, &list).stdout);
    assert!(text.contains("with <- stage_4") && !text.contains("not defined"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&desk.run(0, &[&list[..], &["--json"]].concat()).stdout).expect("JSON");
    let plan = desk.json("out/plan.json");
    assert_eq!(json["tiers"][0]["value"], plan["tiers"][0]["value"]);
    assert_eq!(json["nodes"].as_array().map(Vec::len), plan["nodes"].as_array().map(Vec::len));
}

#[test]
fn names_that_would_act_are_shown_harmless() {
    let desk = Desk::new();
    let hostile = "=HYPERLINK(\"\"http://x\"\")";
    desk.write(
        "accounts.csv",
        format!("account_id,owner,open_pipeline\nA1,\"{hostile}\",5\nA2,\"\u{1b}[31mred\",7\nA3,t0,9\nA4,t1,9\n"),
    );
    desk.write("plan.yaml", "split: {tree: {node_id: root, children: [{node_id: t0}, {node_id: t1}]}}\n");
    let text = desk.run(0, &["evaluate", "accounts.csv", "--plan", "plan.yaml", "--out", "out"]).stdout;
    assert!(!text.contains('\u{1b}'), "{text}");
    let table = desk.read("out/evaluation.csv");
    assert!(table.contains("'=HYPERLINK"), "{table}");
}

#[test]
fn a_tree_of_two_levels_is_told_at_both() {
    let mut input = six();
    let side = |id: &str, leaves: [&str; 2]| node(id, leaves.map(|id| leaf(id, 1.0, None)).to_vec());
    input.split = Some(SplitInput::Tree(node("root", vec![side("east", ["t0", "t1"]), side("west", ["t2", "t3"])])));
    let stands = todays_book(&Problem::new(&input).expect("sound"));
    let held: Vec<(&str, i64)> =
        stands.nodes.iter().map(|n| (n.node.node_id.as_str(), n.node.measures[1].amount)).collect();
    assert_eq!(held[..3], [("root", 120), ("east", 120), ("t0", 30)]);
    assert!(stands.tiers[0].value.is_some());
}
