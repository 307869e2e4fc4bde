//! Amounts with decimals, from what is written to what is shown, and measures derived from others.

mod plan_files;

use carve_proto::v1 as proto;
use carve_report::Names;
use carve_service::findings::Findings;
use carve_service::summary::{Bands, Style, moves, summary};
use carve_service::terminal::Terminal;
use carve_service::{decode, encode};
use carve_solver::input::{
    CriterionInput, Input, MeasureColumn, MeasureInput, Negatives, RuleKindInput, SelectorInput,
};
use carve_solver::plan::{MeasureDescription, Reason};
use carve_solver::{Plan, Problem, Severity};
use carve_tests::{balance, book, exact, filter, flat, ids, rule, solve, territories, tier};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Of every drawn book.
const SEED: u64 = 20_261_126;
/// Books that a law is tried on.
const CASES: u32 = 16;

/// Amounts of open pipeline in cents, into t0 and t1 within 50 %.
fn cents(amounts: &[i64]) -> Input {
    let mut book = book(amounts.len());
    book.measures.push(MeasureColumn {
        name: "open_pipeline".into(),
        amounts: amounts.to_vec(),
        decimals: 2,
        unit: "USD".into(),
        only_by_name: false,
    });
    let tiers = vec![tier(vec![balance("open_pipeline", 0.5)])];
    Input { book, split: Some(flat(&[1.0, 1.0])), tiers, options: exact(), ..Input::default() }
}

fn derived(measure: &str, expression: &str, decimals: i32) -> MeasureInput {
    MeasureInput {
        measure: measure.into(),
        expression: expression.into(),
        decimals: Some(decimals),
        ..MeasureInput::default()
    }
}

fn bounds(measure: &str, nodes: &[&str], min: Option<i64>, max: Option<i64>) -> RuleKindInput {
    RuleKindInput::Bounds {
        accounts: None,
        node_ids: nodes.iter().map(|n| (*n).to_string()).collect(),
        measure: measure.into(),
        min,
        max,
    }
}

/// The amounts of a measure at the territories, which hold an account each.
fn held(input: &Input, measure: &str) -> Vec<i64> {
    let accounts = input.book.account_ids.len();
    let mut input = input.clone();
    input.split = Some(flat(&vec![1.0; accounts]));
    let pin = |a: usize| {
        let accounts = ids(&[&input.book.account_ids[a]]);
        rule(&format!("r{a}"), RuleKindInput::Pin { accounts, node_id: format!("t{a}") })
    };
    input.rules = (0..accounts).map(pin).collect();
    let (_, plan) = solve(&input);
    let at = plan.measures.iter().position(|m| m.measure == measure).expect("the plan has it");
    plan.nodes.iter().filter(|n| n.territory).map(|n| n.measures[at].amount).collect()
}

/// The accounts that a filter picks; the message where it is refused.
fn picked(input: &Input, text: &str) -> Result<Vec<String>, String> {
    let mut input = input.clone();
    input.rules = vec![rule("r", RuleKindInput::Pin { accounts: filter(text), node_id: "t0".into() })];
    input.tiers = vec![tier(vec![balance("account_count", 10.0)])];
    // All that is not picked must go to the other side.
    let rest = SelectorInput { account_ids: Vec::new(), filter: format!("!({text})") };
    input.rules.push(rule("s", RuleKindInput::Pin { accounts: rest, node_id: "t1".into() }));
    let problem = Problem::new(&input).map_err(|findings| findings[0].message.clone())?;
    drop(problem);
    let to = territories(&solve(&input).1);
    Ok(input.book.account_ids.iter().zip(to).filter(|(_, t)| t == "t0").map(|(id, _)| id.clone()).collect())
}

#[test]
fn filters_see_what_people_write() {
    let mut input = cents(&[125_050, 125_051, 125_049, 0]);
    input.book.measures.push(MeasureColumn {
        name: "lead_volume".into(),
        amounts: vec![7, 8, 9, 0],
        ..MeasureColumn::default()
    });
    for (text, expected) in [
        ("open_pipeline > 1250.50", &["a1"][..]),
        ("open_pipeline >= 1250.50", &["a0", "a1"]),
        ("open_pipeline == 1250.5", &["a0"]),
        ("1250.505 > open_pipeline && open_pipeline > 1250.495", &["a0"]),
        ("open_pipeline != 0", &["a0", "a1", "a2"]),
        ("open_pipeline > 1250", &["a0", "a1", "a2"]),
        // An int stays an int where nothing has decimals: 7 / 2 is 3.
        ("lead_volume / 2 == 3", &["a0"]),
        // Where something has, arithmetic is exact whatever the types.
        ("open_pipeline * 2 > lead_volume / 2 + 2496.7", &["a0", "a1"]),
        ("open_pipeline > lead_volume", &["a0", "a1", "a2"]),
        ("open_pipeline - 1250.49 == 0.01", &["a0"]),
        ("lead_volume > 7 ? open_pipeline > 1250.5 : false", &["a1"]),
        ("!(open_pipeline > 0.0) || account_id == 'a1'", &["a1", "a3"]),
        // Left to CEL, as the nearest double.
        ("open_pipeline in [1250.49, 3.0]", &["a2"]),
        ("string(open_pipeline) == '1250.5'", &["a0"]),
    ] {
        assert_eq!(
            picked(&input, text).as_deref(),
            Ok(&expected.iter().map(|s| s.to_string()).collect::<Vec<_>>()[..]),
            "{text}"
        );
    }
    for (text, part) in [
        ("open_pipeline", "true or false"),
        ("open_pipeline > 'x'", "open_pipeline is a number"),
        ("open_pipeline / 0 > 1.5", "divides by 0"),
        ("open_pipeline > pipeline", "pipeline"),
    ] {
        let message = picked(&input, text).expect_err(text);
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn filters_are_exact_where_doubles_are_not() {
    // 2^63 - 1 cents, and one less: the same double.
    let input = cents(&[i64::MAX - 1_000, 0, 0]);
    let with = |first: i64| {
        let mut input = input.clone();
        input.book.measures[0].amounts[0] = first;
        input
    };
    for (first, text, holds) in [
        (i64::MAX, "open_pipeline >= 92233720368547758.07", true),
        (i64::MAX - 1, "open_pipeline >= 92233720368547758.07", false),
        (i64::MAX - 1, "open_pipeline < 92233720368547758.07", true),
        (i64::MAX, "open_pipeline == 92233720368547758.07", true),
        (i64::MAX - 1, "open_pipeline == 92233720368547758.07", false),
    ] {
        let found = picked(&with(first), text).map(|ids| ids.contains(&"a0".to_string()));
        // A rule that picks nothing leaves the other side everything.
        assert_eq!(found, Ok(holds), "{first}: {text}");
    }
}

#[test]
fn expressions_are_exact_and_rounded_once() {
    let mut input = cents(&[125_050, 333, 1, 0]);
    input.book.measures.push(MeasureColumn {
        name: "closed_won".into(),
        amounts: vec![10, 5, 3, 1],
        ..MeasureColumn::default()
    });
    input.book.attributes.push(carve_solver::input::AttributeColumn {
        name: "role".into(),
        values: ["hunter", "farmer", "hunter", ""].map(String::from).into(),
    });
    for (expression, decimals, expected) in [
        ("open_pipeline * 0.3 + closed_won", 0, [385, 6, 3, 1]),
        ("open_pipeline * 0.3 + closed_won", 2, [38_515, 600, 300, 100]),
        ("open_pipeline * 0.3 + closed_won", 3, [385_150, 5_999, 3_003, 1_000]),
        // No int division, and no mixture of int and double is refused.
        ("closed_won / 2", 0, [5, 3, 2, 1]),
        ("closed_won / 3 * 3", 6, [10_000_000, 5_000_000, 3_000_000, 1_000_000]),
        ("1.005 * account_count", 2, [101; 4]),
        ("role == 'hunter' ? open_pipeline : closed_won", 2, [125_050, 500, 1, 100]),
        ("open_pipeline > 3.325 && closed_won > 4 ? 1 : 0", 0, [1, 1, 0, 0]),
        ("max(open_pipeline, closed_won, 4)", 0, [1_251, 5, 4, 4]),
        ("min(open_pipeline, double(closed_won))", 2, [1_000, 333, 1, 0]),
        ("int(open_pipeline) + 0.5", 1, [12_505, 35, 5, 5]),
        ("closed_won == 1 ? 0 : 6 / (closed_won - 1)", 0, [1, 2, 3, 0]),
        ("-(-open_pipeline)", 1, [12_505, 33, 0, 0]),
        ("0.1 + 0.2", 1, [3; 4]),
        ("12345678901234567.89 - 12345678901234567", 2, [89; 4]),
    ] {
        input.measures = vec![derived("it", expression, decimals)];
        assert_eq!(held(&input, "it"), expected, "{expression} in {decimals} decimals");
    }
    // What comes later sees what came before, rounded; a count is a number, too.
    input.measures = vec![
        derived("half", "closed_won / 2", 0),
        MeasureInput {
            measure: "hunters".into(),
            count_filter: "role == 'hunter' && half > 2".into(),
            ..Default::default()
        },
        derived("sum", "half + hunters", 1),
    ];
    assert_eq!(held(&input, "sum"), [60, 30, 20, 10]);
    assert_eq!(picked(&input, "sum > 2.5 && hunters == 1"), Ok(vec!["a0".to_string()]));
    input.measures.swap(0, 2);
    let findings = Problem::new(&input).expect_err("it names what comes later");
    assert!(findings[0].message.contains("names half, which no account has"), "{findings:?}");
}

#[test]
fn derived_measures_are_used_like_columns() {
    let mut input = cents(&[1_000, 2_000, 3_000, 4_000, 5_000, 6_000]);
    input.book.current_owners = ["t0", "t0", "t0", "t1", "t1", "t1"].map(String::from).into();
    input.measures = vec![derived("weighted", "open_pipeline * 0.25", 2)];
    input.tiers = vec![
        tier(vec![balance("weighted", 0.1)]),
        tier(vec![Some(CriterionInput::Continuity { measure: "weighted".into(), weight: None })]),
    ];
    let move_limit = RuleKindInput::MoveLimit {
        accounts: Some(filter("weighted < 15.00")),
        measure: "weighted".into(),
        max_amount: Some(1_000),
        max_share: None,
        per_owner: false,
    };
    input.rules = vec![rule("room", bounds("weighted", &["t0"], Some(2_500), Some(2_750))), rule("calm", move_limit)];
    let (problem, plan) = solve(&input);
    assert_eq!(problem.decimals("weighted"), Some(2));
    let held: i64 = plan.nodes[1].measures.iter().filter(|m| m.measure == "weighted").map(|m| m.amount).sum();
    assert!((2_500..=2_750).contains(&held), "{held}");
    let described: Vec<(&str, u8, &str)> =
        plan.measures.iter().map(|m| (m.measure.as_str(), m.decimals, m.unit.as_str())).collect();
    assert_eq!(described, [("account_count", 0, ""), ("weighted", 2, "")]);
}

#[test]
fn the_checker_derives_measures_anew() {
    let mut input = cents(&[1_000, 2_000, 3_000, 4_000, 5_000, 6_000]);
    input.measures = vec![derived("weighted", "open_pipeline * 0.3 + account_count", 2)];
    input.tiers = vec![tier(vec![balance("weighted", 0.1)])];
    let (_, plan) = solve(&input);
    let holds = |change: &dyn Fn(&mut Input)| {
        let mut changed = input.clone();
        change(&mut changed);
        carve_solver::check(&Problem::new(&changed).expect("sound"), &plan).ok()
    };
    assert!(holds(&|_| {}));
    assert!(!holds(&|i| i.measures[0].expression = "open_pipeline * 0.31 + account_count".into()));
    assert!(!holds(&|i| i.measures[0].decimals = Some(1)));
    assert!(!holds(&|i| i.measures[0].unit = "EUR".into()));
    assert!(!holds(&|i| i.book.measures[0].amounts[3] += 10));
    // Less than half of the last decimal is nothing.
    assert!(holds(&|i| i.book.measures[0].amounts[3] += 1));
}

#[test]
fn negatives_are_refused_counted_as_zero_or_not_looked_at() {
    let message = |input: &Input, severity: Severity| {
        let findings = match Problem::new(input) {
            Ok(problem) => problem.findings().to_vec(),
            Err(findings) => findings,
        };
        let found: Vec<String> =
            findings.iter().filter(|f| f.severity == severity).map(|f| format!("{}: {}", f.code, f.message)).collect();
        found.join("\n")
    };
    let mut input = cents(&[-1_250, 500, -1, 800, -2, -3]);
    assert_eq!(
        message(&input, Severity::Error),
        "amount_negative: open_pipeline is below 0 at 4 of 6 accounts (first: \"a0\" with -12.50, \"a2\" with -0.01, \"a4\" \
         with -0.02); amounts must be 0 or more: correct them, or write measures: [{measure: open_pipeline, \
         negatives: ZERO}] into the plan file (--plan), by which they count as 0"
    );
    input.measures =
        vec![MeasureInput { measure: "open_pipeline".into(), negatives: Negatives::Zero, ..MeasureInput::default() }];
    assert_eq!(
        message(&input, Severity::Warning),
        "negatives_zeroed: open_pipeline is below 0 at 4 of 6 accounts (first: \"a0\" with -12.50, \"a2\" with -0.01, \"a4\" \
         with -0.02), -12.56 in all; the plan says to count these as 0"
    );
    assert_eq!(held(&input, "open_pipeline"), [0, 500, 0, 800, 0, 0]);
    // Nobody looks at a column that nobody uses, but for what is made of it.
    input.measures = vec![derived("size", "open_pipeline < 0 ? -open_pipeline : open_pipeline", 2)];
    input.tiers = vec![tier(vec![balance("size", 0.5)])];
    assert_eq!(message(&input, Severity::Error), "");
    assert_eq!(held(&input, "size"), [1_250, 500, 1, 800, 2, 3]);
    input.measures = vec![derived("size", "open_pipeline", 0)];
    assert!(message(&input, Severity::Error).starts_with("amount_negative: size is below 0 at 1 of 6 accounts"));
    input.measures[0].negatives = Negatives::Zero;
    assert!(message(&input, Severity::Warning).starts_with("negatives_zeroed: size is below 0 at 1 of 6 accounts"));
}

#[test]
fn largest_amounts_with_decimals_hold() {
    for decimals in [2, 6] {
        let mut input = cents(&[i64::MAX - 6, 1, 2, 3]);
        input.book.measures[0].decimals = decimals;
        input.rules = vec![rule("all", bounds("open_pipeline", &["t0"], Some(i64::MAX - 6), Some(i64::MAX - 6)))];
        let (_, plan) = solve(&input);
        assert!(plan.has_assignments(), "{}", plan.termination.detail);
        input.book.measures[0].amounts[1] += 1;
        let findings = Problem::new(&input).expect_err("the sum is too large");
        let most = if decimals == 2 { "92233720368547758.07" } else { "9223372036854.775807" };
        assert!(findings[0].message.contains(most), "{}", findings[0].message);
    }
    // Rescaled to six decimals the amounts have no room.
    let most = i64::MAX / 10_000 - 6;
    let mut input = cents(&[most, 1, 2, 3]);
    input.measures =
        vec![MeasureInput { measure: "open_pipeline".into(), decimals: Some(6), ..MeasureInput::default() }];
    assert_eq!(held(&input, "open_pipeline"), [most * 10_000, 10_000, 20_000, 30_000]);
}

/// All that a person reads of a plan.
fn said(problem: &Problem, plan: &Plan) -> String {
    let (measure, amounts) = problem.move_sizes();
    let mut map = Vec::new();
    let places: Vec<_> = (0..problem.account_count()).map(|a| problem.place(a)).collect();
    carve_report::territories_geojson(plan, &places, &mut map).expect("memory takes all");
    let findings: Vec<String> = plan.findings.iter().map(|f| f.message.clone()).collect();
    let reasons = plan.assignments.iter().filter_map(|a| a.move_reason.as_ref()).map(|r| r.detail.clone());
    let style = Style { terminal: Terminal::PLAIN, proof: false };
    [
        summary(
            plan,
            &Bands::default(),
            &moves(
                plan,
                (measure, amounts),
                &Names::default(),
                &carve_service::wishes::Owners::default(),
                "",
                style.terminal,
            ),
            &Findings::default(),
            &[],
            style,
        ),
        plan.termination.detail.clone(),
        findings.join("\n"),
        reasons.collect::<Vec<String>>().join("\n"),
        String::from_utf8(map).expect("UTF-8"),
    ]
    .join("\n")
}

#[test]
fn every_text_shows_amounts_as_people_write_them() {
    let mut input = cents(&[125_050, 20_025, 30_050, 40_075]);
    input.book.current_owners = ["t1", "t0", "t0", "t0"].map(String::from).into();
    input.tiers = vec![tier(vec![balance("open_pipeline", 0.1)])];
    input.rules = vec![rule("room", bounds("open_pipeline", &["t1"], None, Some(125_049)))];
    let (problem, plan) = solve(&input);
    // Long lines are folded.
    let text = said(&problem, &plan).split_whitespace().collect::<Vec<&str>>().join(" ");
    for part in [
        "open_pipeline (USD)",
        "a0 (open_pipeline 1.25k) from t1 to t0: rule: rule room allows t1 at most 1250.49, staying would make it ",
        "\"open_pipeline_amount\":1250.50,",
        "\"open_pipeline_target\":1076.0,",
        "a0: open_pipeline 1.25k forces +16.2 % on its bucket",
        "\"a0\" holds 1250.50 of open_pipeline, too much for a fair share",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("125050") && !text.contains("125049"), "{text}");
}

#[test]
fn conflicts_are_told_as_people_write_them() {
    for (limits, expected) in [
        (
            vec![rule("cap", bounds("open_pipeline", &[], None, Some(100_000)))],
            "There is no leaf for account \"a0\": rule cap allows at most 1000.00 of open_pipeline at t0 and t1, and it holds \
             1250.50: raise the limit to at least 1250.50.",
        ),
        (
            vec![rule("cap", bounds("open_pipeline", &["t0"], Some(250_000), None))],
            "Rule cap asks for at least 2500.00 of open_pipeline at t0, and at most 2152.00 can go there: lower it to at most \
             2152.00.",
        ),
    ] {
        let mut input = cents(&[125_050, 20_025, 30_050, 40_075]);
        input.rules = limits;
        let (_, plan) = solve(&input);
        assert_eq!(plan.termination.reason, Reason::Infeasible);
        assert!(plan.termination.detail.starts_with(expected), "{}", plan.termination.detail);
    }
    let mut input = cents(&[12_525; 6]);
    input.rules = vec![rule("cap", bounds("open_pipeline", &[], None, Some(37_500)))];
    let detail = solve(&input).1.termination.detail;
    assert!(detail.contains("2 x 250.50 = 501.00 of open_pipeline (all amounts are multiples of 125.25)"), "{detail}");
    assert!(detail.contains("there are 751.50: raise the limit to at least 375.75"), "{detail}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// A book in whole units, and the same book in units of 10^-d with d decimals, have the same plan.
    #[test]
    fn the_unit_of_a_measure_does_not_matter(
        amounts in prop::collection::vec(1..1_000_i64, 4..9),
        decimals in 1..=6_u8,
        limit in 300..4_000_i64,
    ) {
        let plain = |scale: i64, decimals: u8| {
            let scaled: Vec<i64> = amounts.iter().map(|a| a * scale).collect();
            let mut input = cents(&scaled);
            input.book.measures[0].decimals = decimals;
            input.book.current_owners = (0..amounts.len()).map(|i| format!("t{}", i % 2)).collect();
            input.measures = vec![derived("weighted", "open_pipeline * 0.3 + account_count", 1)];
            let continuity = CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None };
            input.tiers = vec![tier(vec![balance("open_pipeline", 0.1), balance("weighted", 0.1)]), tier(vec![Some(continuity)])];
            let small = RuleKindInput::Forbid { accounts: filter("open_pipeline < 100"), node_ids: vec!["t1".into()] };
            input.rules = vec![rule("room", bounds("open_pipeline", &["t0"], None, Some(limit * scale))), rule("small", small)];
            solve(&input).1
        };
        let (one, scale) = (plain(1, 0), 10_i64.pow(decimals.into()));
        let many = plain(scale, decimals);
        prop_assert_eq!(one.termination.reason, many.termination.reason);
        prop_assert_eq!(territories(&one), territories(&many));
        for (a, b) in one.tiers.iter().zip(&many.tiers) {
            prop_assert!((a.value - b.value).abs() <= 1e-9 * a.value.max(1.0), "{} and {}", a.value, b.value);
        }
        for (a, b) in one.nodes.iter().zip(&many.nodes) {
            let pairs: Vec<(i64, i64)> = a.measures.iter().zip(&b.measures).map(|(a, b)| (a.amount, b.amount)).collect();
            let factor = |i: usize| if one.measures[i].measure == "open_pipeline" { scale } else { 1 };
            prop_assert!(pairs.iter().enumerate().all(|(i, (a, b))| a * factor(i) == *b), "{pairs:?}");
        }
    }
}

#[test]
fn the_wire_has_whole_units_beside_their_decimals() {
    let account = |id: &str, cents: i64| proto::Account {
        account_id: id.into(),
        measures: [("open_pipeline".to_string(), cents)].into(),
        ..Default::default()
    };
    let node = |id: &str| proto::Node { node_id: id.into(), ..Default::default() };
    let root = proto::Node { children: vec![node("t0"), node("t1")], ..node("root") };
    let bounds = proto::Bounds { measure: "open_pipeline".into(), max: Some(125_050), ..Default::default() };
    let request = proto::SolveRequest {
        accounts: vec![account("a", 125_050), account("b", 125_049)],
        split: Some(proto::Split { shape: Some(proto::split::Shape::Tree(root)) }),
        rules: vec![proto::Rule { rule_id: "r".into(), kind: Some(proto::rule::Kind::Bounds(bounds)) }],
        measures: vec![
            proto::Measure {
                measure: "open_pipeline".into(),
                decimals: Some(2),
                unit: "USD".into(),
                ..Default::default()
            },
            proto::Measure {
                measure: "big".into(),
                count_filter: "open_pipeline >= 1250.50".into(),
                ..Default::default()
            },
        ],
        ..Default::default()
    };
    let (input, faults) = decode::input(request);
    assert!(faults.is_empty(), "{faults:?}");
    let (_, plan) = solve(&Input { options: exact(), ..input });
    let wire = encode::plan(&plan);
    let described = |measure: &str, decimals, unit: &str| proto::MeasureDescription {
        measure: measure.into(),
        decimals,
        unit: unit.into(),
        report_only: false,
    };
    assert_eq!(
        wire.measures,
        [described("account_count", 0, ""), described("open_pipeline", 2, "USD"), described("big", 0, "")]
    );
    let root: Vec<(i64, f64)> = wire.nodes[0].measures.iter().map(|m| (m.amount, m.target)).collect();
    assert_eq!(root, [(2, 2.0), (250_099, 250_099.0), (1, 1.0)]);
    assert_eq!(carve_service::decode_plan::plan(wire.clone()).as_ref(), Ok(&plan));
    let altered = MeasureDescription { decimals: 3, ..plan.measures[1].clone() };
    let mut plan = plan;
    plan.measures[1] = altered;
    let problem = Problem::new(&Input { options: exact(), ..cents(&[1, 1]) }).expect("sound");
    assert!(!carve_solver::check(&problem, &plan).ok());
    let mut wire = wire;
    wire.measures[1].decimals = 7;
    assert!(carve_service::decode_plan::plan(wire).is_err());
}
