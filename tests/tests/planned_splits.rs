//! Planned splits and what the incumbent keeps of them, on small books whose best plan is worked out by hand.

use carve_solver::Plan;
use carve_solver::input::{Input, RuleKindInput, SplitInput};
use carve_solver::plan::Reason;
use carve_tests::{balance, book, exact, ids, leaf, node, rule, solve, tier, with_measure};

/// A book of these pipelines in nested stages, balanced at every stage.
fn staged(amounts: &[i64], counts: &[i32]) -> Input {
    Input {
        book: with_measure(book(amounts.len()), "open_pipeline", amounts),
        split: Some(SplitInput::Stages { counts: counts.to_vec(), current: 0 }),
        tiers: vec![tier(vec![balance("open_pipeline", 0.0)])],
        options: exact(),
        ..Input::default()
    }
}

fn keep(min_share: Option<f64>, max_share: Option<f64>, node_ids: &[&str]) -> RuleKindInput {
    let node_ids = node_ids.iter().map(|id| id.to_string()).collect();
    RuleKindInput::Keep { measure: "open_pipeline".into(), min_share, max_share, node_ids }
}

fn amount(plan: &Plan, node_id: &str) -> i64 {
    let node = plan.nodes.iter().find(|n| n.node_id == node_id).expect("the node is there");
    node.measures.iter().find(|m| m.measure == "open_pipeline").expect("the measure is there").amount
}

fn is(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-7, "{found} is not {expected}");
}

#[test]
fn an_incumbent_keeps_what_a_rule_demands() {
    // One territory of 100 splits in two of 50. With 60 % kept s2-1 holds 60 (10 + 20 + 30 or 20 + 40): off by 0.2.
    for (min, kept, value) in [(0.0, 50, 0.0), (0.5, 50, 0.0), (0.6, 60, 0.2), (0.65, 70, 0.4), (0.9, 90, 0.8)] {
        let mut input = staged(&[10, 20, 30, 40], &[1, 2]);
        input.rules = vec![rule("stay", keep(Some(min), None, &[]))];
        let (_, plan) = solve(&input);
        assert_eq!(plan.termination.reason, Reason::Optimal, "{min}: {:?}", plan.tiers[0]);
        is(plan.tiers[0].value, value);
        is(plan.tiers[0].bound, value);
        assert_eq!(amount(&plan, "s2-1").max(50), kept, "at least {min}");
    }
    // At most 40 %: s2-1 holds 40, again off by 0.2.
    let mut input = staged(&[10, 20, 30, 40], &[1, 2]);
    input.rules = vec![rule("go", keep(None, Some(0.4), &["s1-1"]))];
    let (_, plan) = solve(&input);
    is(plan.tiers[0].value, 0.2);
    assert_eq!(amount(&plan, "s2-1"), 40);
}

#[test]
fn every_later_split_is_meant_when_no_node_is_named() {
    // 1 -> 2 -> 4 over eight accounts of 10: s2-1 keeps 6 of 8, s4-1 keeps 5 of those 6, s4-3 both of s2-2's 2.
    let mut input = staged(&[10; 8], &[1, 2, 4]);
    input.rules = vec![rule("stay", keep(Some(0.75), None, &[]))];
    let (_, plan) = solve(&input);
    let held = ["s2-1", "s2-2", "s4-1", "s4-3"].map(|id| amount(&plan, id));
    assert!(4 * held[0] >= 3 * 80 && 4 * held[2] >= 3 * held[0] && 4 * held[3] >= 3 * held[1], "{held:?}");
    // Today's territory alone: the later split stays even.
    input.rules = vec![rule("stay", keep(Some(0.75), None, &["s1-1"]))];
    let (_, plan) = solve(&input);
    assert_eq!(["s2-1", "s4-1", "s4-2", "s4-3", "s4-4"].map(|id| amount(&plan, id)), [60, 30, 30, 10, 10]);
}

#[test]
fn a_given_tree_names_the_node_that_is_split() {
    // East holds 60 and splits 20 + 40; its first child keeps 40 when asked for half or more, and 20 for half or less.
    let east = node("east", vec![leaf("e1", 1.0, None), leaf("e2", 1.0, None)]);
    let west = node("west", vec![leaf("w1", 1.0, None)]);
    let mut input = staged(&[20, 40, 60], &[1]);
    input.split = Some(SplitInput::Tree(node("root", vec![east, west])));
    let pinned = |account, to: &str| RuleKindInput::Pin { accounts: ids(&[account]), node_id: to.into() };
    let pins = [("a", "a0", "east"), ("b", "a1", "east"), ("c", "a2", "west")];
    for (min, max, kept) in [(Some(0.51), None, 40), (None, Some(0.49), 20), (Some(0.333), Some(0.334), 20)] {
        input.rules = pins.iter().map(|(id, account, to)| rule(id, pinned(account, to))).collect();
        input.rules.push(rule("half", keep(min, max, &["east"])));
        // 20 is 33.33 % of 60, which is neither 0.333 nor 0.334 but lies between.
        assert_eq!(amount(&solve(&input).1, "e1"), kept, "{min:?} to {max:?}");
    }
}

#[test]
fn a_measure_that_nobody_holds_keeps_every_share() {
    let mut input = staged(&[0, 0, 0, 0], &[1, 2]);
    input.tiers = vec![tier(vec![balance("account_count", 0.0)])];
    input.rules = vec![rule("stay", keep(Some(0.9), None, &[]))];
    is(solve(&input).1.tiers[0].value, 0.0);
}

#[test]
fn sums_up_to_the_largest_number_are_exact() {
    // 0.6 is 3/5, and 5 x (10^18 + 1) is below 2^63. 6 x 10^17 is less than 0.6 of it by a hair, so the 1 goes along.
    let e = 1_000_000_000_000_000;
    let mut input = staged(&[600 * e, 400 * e, 1], &[1, 2]);
    input.rules = vec![rule("stay", keep(Some(0.6), None, &[]))];
    let (_, plan) = solve(&input);
    assert_eq!(amount(&plan, "s2-1"), 600 * e + 1);
}
