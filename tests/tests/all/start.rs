//! A plan that is handed in to start from.

use carve_datasets::Shape;
use carve_solver::input::{CriterionInput, Input, NodeInput, OptionsInput, RuleKindInput, SplitInput};
use carve_solver::plan::StartMethod;
use carve_solver::{Code, Control, Observer, Plan, Problem, Progress, carve};
use carve_tests::{balance, book, exact, flat, leaf, made, node, rule, solve, tier, with_measure};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const ACCOUNTS: usize = 60;

/// Amounts without a pattern: hardly any split divides them evenly, and better ones are found for long.
fn amounts() -> Vec<i64> {
    (0..ACCOUNTS as i64).map(|a| 100_000 + a * a * 7_919 % 900_001).collect()
}

/// With a work limit of 1 nothing is looked for beyond a first plan.
fn asked(starts: Vec<String>) -> Input {
    let mut book = with_measure(book(ACCOUNTS), "open_pipeline", &amounts());
    book.starts = starts;
    let mut input = Input {
        book,
        split: Some(flat(&[1.0, 1.0, 1.0, 1.0])),
        tiers: vec![tier(vec![balance("open_pipeline", 0.0)]), tier(vec![balance("account_count", 0.0)])],
        options: exact(),
        ..Input::default()
    };
    input.options.work_limit = 1;
    input
}

fn leaves(plan: &Plan) -> Vec<String> {
    plan.assignments.iter().map(|a| plan.nodes[*a.path.last().expect("a leaf")].node_id.clone()).collect()
}

#[test]
fn an_answer_is_never_worse_than_the_plan_it_starts_from() {
    let mut long = asked(Vec::new());
    long.options.work_limit = 400_000;
    let (_, best) = solve(&long);
    let (_, short) = solve(&asked(Vec::new()));
    let (_, again) = solve(&asked(leaves(&best)));
    assert!(short.tiers[0].value > best.tiers[0].value, "the start must have something to give");
    assert!(again.tiers[0].value <= best.tiers[0].value, "{} after {}", again.tiers[0].value, best.tiers[0].value);
    let told: Vec<StartMethod> = again.starts.iter().map(|start| start.method).collect();
    assert_eq!(told, [StartMethod::Given]);
    assert!(again.check.ok(), "{:?}", again.check.faults);
}

/// Keeps every plan that it is told of.
#[derive(Default)]
struct Told(Mutex<Vec<Plan>>);

impl Observer for Told {
    fn progress(&self, _: &Progress) {}

    fn improved(&self, plan: &dyn Fn() -> Plan) {
        self.0.lock().expect("no panic").push(plan());
    }
}

/// Whoever ends the search by force has the last plan that was told.
#[test]
fn no_plan_that_is_told_on_the_way_is_worse_than_the_start() {
    let mut long = asked(Vec::new());
    long.options.work_limit = 400_000;
    let (_, best) = solve(&long);
    for work_limit in [1, 50_000] {
        let mut input = asked(leaves(&best));
        input.options.work_limit = work_limit;
        let problem = Problem::new(&input).expect("a good request");
        let (told, stop) = (Told::default(), AtomicBool::new(false));
        carve(&problem, &Control { deadline: Instant::now() + Duration::from_secs(60), stop: &stop }, &told);
        let told = told.0.into_inner().expect("no panic");
        assert!(!told.is_empty(), "the start is told of before anything is searched");
        for plan in told {
            assert!(plan.check.ok(), "{:?}", plan.check.faults);
            let (here, start) = (plan.tiers[0].value, best.tiers[0].value);
            assert!(here <= start * (1.0 + 1e-9), "{here} is told after a start of {start}");
        }
    }
    // Nobody has time for anything: the start is told of all the same.
    let problem = Problem::new(&asked(leaves(&best))).expect("a good request");
    let (told, stop) = (Told::default(), AtomicBool::new(false));
    carve(&problem, &Control { deadline: Instant::now(), stop: &stop }, &told);
    assert!(!told.0.into_inner().expect("no panic").is_empty());
}

#[test]
fn a_start_at_no_node_is_told_once_and_left_out() {
    let mut starts = vec![String::new(); ACCOUNTS];
    starts[3] = "nowhere".into();
    starts[5] = "elsewhere".into();
    let problem = Problem::new(&asked(starts)).expect("it is no error");
    let told: Vec<_> = problem.findings().iter().filter(|f| f.code == Code::StartUnknown).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].message.contains("2 accounts") && told[0].message.contains("nowhere"), "{}", told[0].message);
}

/// Every seat holds exactly what its bounds ask for, so only a plan that adds up to the last unit meets them.
#[test]
fn nobody_moving_is_a_plan_where_bounds_are_what_is_held_today() {
    let amounts = amounts();
    let mut book = with_measure(book(ACCOUNTS), "open_pipeline", &amounts);
    book.current_owners = (0..ACCOUNTS).map(|a| format!("t{}", a * a % 4)).collect();
    let held = |t: usize| -> i64 { (0..ACCOUNTS).filter(|a| a * a % 4 == t).map(|a| amounts[a]).sum() };
    // Squares leave 0 or 1 when they are divided by 4.
    let rules = [0, 1].map(|t| {
        let bounds = RuleKindInput::Bounds {
            accounts: None,
            node_ids: vec![format!("t{t}")],
            measure: "open_pipeline".into(),
            min: Some(held(t)),
            max: Some(held(t)),
        };
        rule(&format!("r{t}"), bounds)
    });
    let input = Input {
        book,
        split: Some(flat(&[1.0, 1.0])),
        tiers: vec![tier(vec![balance("account_count", 0.05)])],
        rules: rules.into(),
        options: OptionsInput { work_limit: 1, ..exact() },
        ..Input::default()
    };
    let (_, plan) = solve(&input);
    assert!(plan.has_assignments(), "{:?}", plan.termination);
    assert!(plan.check.ok(), "{:?}", plan.check.faults);
}

#[test]
fn the_first_tier_is_no_worse_than_alone_with_half_of_the_work() {
    for (accounts, seats, shape) in [(150, 9, Shape::Crm), (240, 30, Shape::Owned), (300, 40, Shape::Plain)] {
        let mut all = made(shape, accounts, seats.min(10));
        all.tiers.insert(1, tier(vec![Some(CriterionInput::Continuity { measure: String::new(), weight: None })]));
        let leaves: Vec<NodeInput> = (0..seats).map(|s| leaf(&format!("t{s}"), 1.0, None)).collect();
        let split = leaves.chunks(10).enumerate().map(|(i, part)| node(&format!("n{i}"), part.to_vec())).collect();
        all.split = Some(SplitInput::Tree(node("root", split)));
        all.options = OptionsInput { work_limit: 400_000, ..exact() };
        let mut alone = all.clone();
        alone.tiers.truncate(1);
        alone.options.work_limit /= 2;
        let ((_, all), (_, alone)) = (solve(&all), solve(&alone));
        let (with, without) = (all.tiers[0].limit, alone.tiers[0].value);
        assert!(with <= without * (1.0 + 1e-9), "{accounts} accounts, {seats} seats: {with}, alone {without}");
    }
}
