//! Helpers for the tests: small books, one way to solve them, and an oracle that tries every assignment.
//!
//! Every plan made here goes through the independent checker.

pub mod oracle;

pub mod mixed;

pub mod judge;

pub mod request_files;

pub mod index;

pub mod raw;

pub mod server;

pub mod wire;

pub mod browser;

pub mod postgres;

pub mod faults;

pub mod load;

use carve_datasets::{GenerateOptions, Shape, generate};
use carve_solver::input::{
    AttributeColumn, BandInput, Book, CriterionInput, Input, MeasureColumn, NodeInput, OptionsInput, RawPlace,
    RuleInput, RuleKindInput, SelectorInput, SplitInput, TierInput,
};
use carve_solver::{Code, Control, Plan, Problem, carve, check};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Work units that let small books be solved to the end.
pub const WORK: i64 = 50_000_000;

/// A book with ids a0, a1, … and nothing else.
pub fn book(count: usize) -> Book {
    Book {
        account_ids: (0..count).map(|i| format!("a{i}")).collect(),
        names: vec![String::new(); count],
        parents: vec![String::new(); count],
        places: vec![None; count],
        current_owners: vec![String::new(); count],
        ..Book::default()
    }
}

/// Adds a measure.
pub fn with_measure(mut book: Book, name: &str, amounts: &[i64]) -> Book {
    book.measures.push(MeasureColumn { name: name.into(), amounts: amounts.to_vec(), ..MeasureColumn::default() });
    book
}

/// Adds an attribute.
pub fn with_attribute(mut book: Book, name: &str, values: &[&str]) -> Book {
    book.attributes.push(AttributeColumn { name: name.into(), values: values.iter().map(|v| v.to_string()).collect() });
    book
}

/// A leaf with an anchor.
pub fn leaf(id: &str, share: f64, anchor: Option<(f64, f64)>) -> NodeInput {
    let anchor = anchor.map(|(latitude, longitude)| RawPlace { latitude, longitude });
    NodeInput { node_id: id.into(), share: Some(share), anchor, ..NodeInput::default() }
}

/// A made book of a shape in leaves around its own anchors: every measure inside its band, then as compact as can be.
pub fn made(shape: Shape, accounts: usize, buckets: usize) -> Input {
    let options = GenerateOptions { accounts, buckets, seed: 5, shape, tolerance: 0.05, extra_measures: 0 };
    let made = generate(&options);
    let anchored = |(i, a): (usize, &RawPlace)| leaf(&format!("t{i}"), 1.0, Some((a.latitude, a.longitude)));
    let leaves = made.anchors.iter().enumerate().map(anchored).collect();
    let measures = std::iter::once("account_count").chain(made.book.measures.iter().map(|m| m.name.as_str()));
    let tiers = vec![tier(measures.map(|m| balance(m, options.tolerance)).collect()), tier(vec![compactness(false)])];
    Input { split: Some(SplitInput::Tree(node("root", leaves))), tiers, book: made.book, ..Input::default() }
}

/// A node above others.
pub fn node(id: &str, children: Vec<NodeInput>) -> NodeInput {
    NodeInput { node_id: id.into(), children, ..NodeInput::default() }
}

/// A flat split into leaves t0, t1, … with these shares.
pub fn flat(shares: &[f64]) -> SplitInput {
    let leaves = shares.iter().enumerate().map(|(i, &s)| leaf(&format!("t{i}"), s, None)).collect();
    SplitInput::Tree(node("root", leaves))
}

/// A balance criterion.
pub fn balance(measure: &str, tolerance: f64) -> Option<CriterionInput> {
    Some(CriterionInput::Balance(BandInput {
        column: measure.into(),
        tolerance: Some(tolerance),
        ..BandInput::default()
    }))
}

/// A compactness criterion: the mean distance, or the mean of its square.
pub fn compactness(distance: bool) -> Option<CriterionInput> {
    Some(CriterionInput::Compactness { distance, weight: None, level_weights: Vec::new() })
}

/// A tier without give-back.
pub fn tier(criteria: Vec<Option<CriterionInput>>) -> TierInput {
    TierInput { criteria, ..TierInput::default() }
}

/// A rule.
pub fn rule(id: &str, kind: RuleKindInput) -> RuleInput {
    RuleInput { rule_id: id.into(), kind: Some(kind) }
}

/// Accounts by id.
pub fn ids(ids: &[&str]) -> SelectorInput {
    SelectorInput { account_ids: ids.iter().map(|s| s.to_string()).collect(), filter: String::new() }
}

/// Accounts by filter.
pub fn filter(filter: &str) -> SelectorInput {
    SelectorInput { account_ids: Vec::new(), filter: filter.into() }
}

/// Counts work, so that the same input gives the same plan; proves to the last bit.
pub fn exact() -> OptionsInput {
    OptionsInput { work_limit: WORK, gap_target: Some(0.0), threads: 2, ..OptionsInput::default() }
}

/// Reads, solves and checks; panics with the findings when the input is refused.
pub fn solve(input: &Input) -> (Problem, Plan) {
    let problem = Problem::new(input).unwrap_or_else(|findings| panic!("refused: {findings:#?}"));
    let stop = AtomicBool::new(false);
    let control = Control { deadline: Instant::now() + Duration::from_secs(120), stop: &stop };
    let plan = carve(&problem, &control, &());
    let again = check(&problem, &plan);
    assert!(again.ok(), "the checker refuses the plan: {:#?}", again.faults);
    assert_eq!(again, plan.check);
    (problem, plan)
}

/// Codes of the findings of an input that is refused; empty when it is accepted.
pub fn refusals(input: &Input) -> Vec<Code> {
    match Problem::new(input) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.into_iter().map(|f| f.code).collect(),
    }
}

/// Territory id of each account.
pub fn territories(plan: &Plan) -> Vec<String> {
    plan.assignments.iter().map(|a| plan.nodes[a.territory].node_id.clone()).collect()
}
