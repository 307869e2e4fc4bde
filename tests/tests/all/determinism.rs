//! With a work limit the plan is the same to the last byte whatever the threads, on every path the engine takes:
//! small books and large ones, whole relaxations and sampled ones, given anchors and found ones.

use carve_datasets::Shape;
use carve_solver::Problem;
use carve_solver::input::{Input, OptionsInput, SplitInput};
use carve_solver::plan::Limit;
use carve_tests::{made, solve};
use std::time::Duration;

/// A made book, and the work after which its search ends.
struct Case {
    shape: Shape,
    accounts: usize,
    work_limit: i64,
    /// Whether anchors are to be found.
    finds: bool,
}

const CASES: [Case; 5] = [
    Case { shape: Shape::Crm, accounts: 300, work_limit: 600_000, finds: false },
    Case { shape: Shape::Whales, accounts: 300, work_limit: 600_000, finds: false },
    Case { shape: Shape::Crm, accounts: 400, work_limit: 500_000, finds: true },
    Case { shape: Shape::Plain, accounts: 6_000, work_limit: 1_000_000, finds: false },
    // More units than one relaxation takes: prices come from samples.
    Case { shape: Shape::Plain, accounts: 20_000, work_limit: 500_000, finds: false },
];

/// All of the plan but the time it took, as text.
fn bytes(input: &Input, threads: i32) -> String {
    let mut input = input.clone();
    input.options.threads = threads;
    let (_, mut plan) = solve(&input);
    assert!(plan.has_assignments(), "{:?}", plan.termination);
    plan.solve_time = Duration::ZERO;
    format!("{plan:#?}")
}

#[test]
fn threads_change_no_byte_of_the_plan() {
    for case in CASES {
        let mut input = made(case.shape, case.accounts, 6);
        if let Some(SplitInput::Tree(root)) = input.split.as_mut().filter(|_| case.finds) {
            root.children.iter_mut().for_each(|leaf| leaf.anchor = None);
        }
        input.options =
            OptionsInput { work_limit: case.work_limit, gap_target: Some(0.0), seed: 7, ..OptionsInput::default() };
        let one = bytes(&input, 1);
        for threads in [2, 4] {
            let other = bytes(&input, threads);
            let differs = one.lines().zip(other.lines()).find(|(a, b)| a != b);
            assert!(one == other, "{} {}, {threads} threads: {differs:?}", case.shape.name(), case.accounts);
        }
    }
}

#[test]
fn without_options_a_search_ends_by_returns_and_repeats() {
    let mut input = made(Shape::Plain, 60, 3);
    input.options = OptionsInput::default();
    let one = bytes(&input, 1);
    assert_eq!(one, bytes(&input, 2), "the same whatever the threads");
    let (problem, plan) = solve(&input);
    assert!(problem.ends_by_returns());
    let ended = plan.termination.limit;
    let counted = [None, Some(Limit::Work), Some(Limit::Stalled), Some(Limit::DiminishingReturns)];
    assert!(counted.contains(&ended), "ended by {ended:?}, which is no matter of work");
    // Each of these says how long to search.
    let time_limit = Some(Duration::from_secs(5));
    for options in [
        OptionsInput { time_limit, ..OptionsInput::default() },
        OptionsInput { gap_target: Some(0.01), ..OptionsInput::default() },
        OptionsInput { work_limit: 1_000, ..OptionsInput::default() },
        OptionsInput { thorough: true, ..OptionsInput::default() },
    ] {
        let problem = Problem::new(&Input { options, ..input.clone() }).expect("a good book");
        assert!(!problem.ends_by_returns());
    }
}
