//! A plan that is handed in to start from.

use carve_solver::input::Input;
use carve_solver::plan::StartMethod;
use carve_solver::{Code, Plan, Problem};
use carve_tests::{balance, book, exact, flat, solve, tier, with_measure};

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
