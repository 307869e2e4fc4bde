//! Requests without a plan: what conflicts is named, told with its arithmetic, proved, and refused when altered.

use carve_solver::input::{CriterionInput, Input, RuleInput, RuleKindInput};
use carve_solver::plan::{DefaultKind, Reason};
use carve_solver::{Plan, Problem, check};
use carve_tests::{book, exact, flat, ids, rule, solve, tier, with_measure};

/// Accounts with these amounts in as many territories t0, t1, …
fn input(amounts: &[i64], territories: usize, rules: Vec<RuleInput>) -> Input {
    let continuity = CriterionInput::Continuity { measure: String::new(), weight: None };
    let mut book = with_measure(book(amounts.len()), "open_pipeline", amounts);
    book.current_owners = (0..amounts.len()).map(|i| format!("t{}", i % territories)).collect();
    Input {
        book,
        split: Some(flat(&vec![1.0; territories])),
        tiers: vec![tier(vec![Some(continuity)])],
        rules,
        options: exact(),
        ..Input::default()
    }
}

fn bounds(measure: &str, nodes: &[&str], min: Option<i64>, max: Option<i64>) -> RuleKindInput {
    let node_ids = nodes.iter().map(ToString::to_string).collect();
    RuleKindInput::Bounds { accounts: None, node_ids, measure: measure.into(), min, max }
}

fn pin(accounts: &[&str], node: &str) -> RuleKindInput {
    RuleKindInput::Pin { accounts: ids(accounts), node_id: node.into() }
}

fn apart(accounts: &[&str]) -> RuleKindInput {
    RuleKindInput::KeepApart { accounts: ids(accounts) }
}

fn together(accounts: &[&str]) -> RuleKindInput {
    RuleKindInput::KeepTogether { accounts: ids(accounts) }
}

fn move_limit(most: i64) -> RuleKindInput {
    RuleKindInput::MoveLimit {
        accounts: None,
        measure: String::new(),
        max_amount: Some(most),
        max_share: None,
        per_owner: false,
    }
}

/// No plan, and exactly these rules are to blame, each of them needed; the detail says all of `facts`.
#[track_caller]
fn conflict(input: &Input, rules: &[&str], facts: &[&str]) -> (Problem, Plan) {
    let (problem, plan) = solve(input);
    let ended = &plan.termination;
    assert_eq!(ended.reason, Reason::Infeasible, "{}", ended.detail);
    assert_eq!(ended.conflicting_rule_ids, rules, "{}", ended.detail);
    assert!(ended.conflict_irreducible, "{}", ended.detail);
    assert!(plan.check.statements > 0 && plan.certificate.infeasibility.is_some());
    for fact in facts {
        assert!(ended.detail.contains(fact), "no {fact:?} in {:?}", ended.detail);
    }
    (problem, plan)
}

#[test]
fn totals_are_told_with_their_arithmetic() {
    let ten = [10; 10];
    let cap = |max| vec![rule("cap", bounds("", &[], None, Some(max))), rule("idle", pin(&["a0"], "t0"))];
    conflict(&input(&ten, 3, cap(3)), &["cap"], &["3 x 3 = 9 accounts", "there are 10", "to at least 4", "With that"]);
    assert_eq!(solve(&input(&ten, 3, cap(4))).1.termination.reason, Reason::Optimal);
    // Amounts are multiples of 10: 35 leaves room for 30.
    let cap = vec![rule("cap", bounds("open_pipeline", &[], None, Some(35)))];
    conflict(&input(&ten, 3, cap), &["cap"], &["3 x 30 = 90 of open_pipeline", "multiples of 10", "at least 40"]);
    let least = vec![rule("least", bounds("", &[], Some(4), None))];
    conflict(&input(&ten, 3, least), &["least"], &["asks for 3 x 4 = 12 accounts", "there are 10", "at most 3"]);
    let two = vec![rule("a", bounds("", &["t0"], Some(6), None)), rule("b", bounds("", &["t1"], Some(5), None))];
    conflict(&input(&ten, 2, two), &["a", "b"], &["11 in all", "there are 10", "by at least 1 in all"]);
}

#[test]
fn what_has_nowhere_to_go_is_named() {
    let amounts = [500, 10, 10, 10];
    let cap = vec![rule("cap", bounds("open_pipeline", &[], None, Some(120)))];
    let (_, plan) = conflict(&input(&amounts, 2, cap), &["cap"], &["\"a0\"", "120 of open_pipeline", "holds 500"]);
    assert_eq!(plan.termination.conflicting_account_ids, ["a0"]);
    let rules = vec![
        rule("one", together(&["a1", "a2"])),
        rule("two", apart(&["a2", "a1"])),
        rule("idle", apart(&["a0", "a3"])),
    ];
    conflict(&input(&amounts, 2, rules), &["one", "two"], &["rule two keeps \"a1\" and \"a2\" apart"]);
    let rules = vec![rule("here", pin(&["a1", "a2", "a3"], "t0")), rule("few", bounds("", &["t0"], None, Some(2)))];
    conflict(&input(&amounts, 2, rules), &["few", "here"], &["at most 2 accounts at t0", "3 must go there"]);
}

#[test]
fn a_family_of_two_owners_conflicts_with_a_move_limit() {
    let mut input = input(&[10; 4], 2, vec![rule("stay", move_limit(0)), rule("idle", pin(&["a2"], "t0"))]);
    input.book.parents[1] = "a0".into();
    let (_, plan) = conflict(&input, &["stay"], &["owned by t0", "owned by t1", "SEPARATE", "at least 1"]);
    let named: Vec<_> = plan.termination.conflicting_defaults.iter().map(|d| (d.kind, d.account_ids.len())).collect();
    assert_eq!(named, [(DefaultKind::Families, 2), (DefaultKind::Owners, 2)]);
    input.families_separate = true;
    assert_eq!(solve(&input).1.termination.reason, Reason::Optimal);
}

#[test]
fn a_clique_and_a_pigeonhole_are_proved() {
    let names: Vec<String> = (0..5).map(|i| format!("a{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let clique = vec![rule("apart", apart(&names))];
    conflict(
        &input(&[1; 8], 4, clique),
        &["apart"],
        &["4 x 1 = 4 of its accounts", "there are 5", "leave at least 1 of them out"],
    );
    // No totals tell it: 7 of 60 are 420 in three territories of 150, but only two fit in each.
    let holes = vec![rule("cap", bounds("open_pipeline", &[], None, Some(150)))];
    let (_, plan) = conflict(&input(&[60, 60, 60, 60, 60, 60, 60, 1], 3, holes), &["cap"], &["cases"]);
    let certificate = plan.certificate.infeasibility.expect("evidence");
    assert!(!certificate.branches.is_empty(), "units were split");
}

#[test]
fn nothing_is_lost_to_rounding() {
    // An odd total cannot be halved, and one unit in 2 billion is one too many.
    let even = |amount| vec![rule("half", bounds("open_pipeline", &["t0"], Some(amount), Some(amount)))];
    conflict(&input(&[2, 2, 2], 2, even(3)), &["half"], &[]);
    let most = 1_000_000_000;
    let cap = vec![rule("cap", bounds("open_pipeline", &[], None, Some(most)))];
    conflict(&input(&[most, most / 2, most / 2 + 1], 2, cap.clone()), &["cap"], &["2 x 1000000000"]);
    assert_eq!(solve(&input(&[most, most / 2, most / 2], 2, cap)).1.termination.reason, Reason::Optimal);
    let huge = 1_i64 << 61;
    let cap = vec![rule("cap", bounds("open_pipeline", &[], None, Some(huge)))];
    conflict(&input(&[huge, 1, huge], 2, cap), &["cap"], &["2305843009213693952"]);
}

type Tamper = (&'static str, fn(&mut Plan));

const TAMPERS: &[Tamper] = &[
    ("no certificate", |p| p.certificate.infeasibility = None),
    ("a certificate that proves nothing", |p| p.certificate.infeasibility = Some(Default::default())),
    ("another multiplier", |p| {
        p.certificate.infeasibility.as_mut().expect("evidence").prices.iter_mut().for_each(|price| price.price = 1.5);
    }),
    ("a rule less", |p| drop(p.termination.conflicting_rule_ids.pop())),
    ("a rule that is not there", |p| p.termination.conflicting_rule_ids.push("nowhere".into())),
    ("no rules", |p| p.termination.conflicting_rule_ids.clear()),
    ("a rule more", |p| p.termination.conflicting_rule_ids.insert(0, "idle".into())),
    ("no family", |p| p.termination.conflicting_defaults.retain(|d| d.kind != DefaultKind::Families)),
    ("half a family", |p| drop(p.termination.conflicting_defaults[0].account_ids.pop())),
    ("no owners", |p| p.termination.conflicting_defaults.retain(|d| d.kind != DefaultKind::Owners)),
    ("other owners", |p| p.termination.conflicting_defaults[1].account_ids = vec!["a2".into()]),
    ("other accounts", |p| p.termination.conflicting_account_ids = vec!["a2".into()]),
    ("another number", |p| p.termination.detail = p.termination.detail.replace("at least 1", "at least 7")),
    ("no detail", |p| p.termination.detail.clear()),
    ("a plan that is not there", |p| p.termination.reason = Reason::Feasible),
    ("none found, and yet rules that conflict", |p| p.termination.reason = Reason::NoPlanFound),
];

#[test]
fn an_altered_conflict_is_refused() {
    let rules = vec![
        rule("cap", bounds("", &["t0"], None, Some(3))),
        rule("idle", pin(&["a2"], "t0")),
        rule("stay", move_limit(2)),
        rule("there", bounds("", &["t1"], None, Some(6))),
    ];
    let mut input = input(&[10; 9], 2, rules);
    input.rules.remove(0);
    input.rules.push(rule("owned", pin(&["a0", "a1"], "t1")));
    input.rules[1] = rule("stay", move_limit(0));
    let (problem, plan) = solve(&input);
    assert_eq!(plan.termination.reason, Reason::Infeasible);
    let mut family = input.clone();
    family.rules.retain(|r| r.rule_id != "owned");
    family.book.parents[1] = "a0".into();
    let (joined, with_family) = conflict(&family, &["stay"], &["one family"]);
    assert!(check(&problem, &plan).ok());
    for (what, tamper) in TAMPERS {
        let mut altered = with_family.clone();
        tamper(&mut altered);
        if altered != with_family {
            let result = check(&joined, &altered);
            assert!(!result.ok(), "{what} passes: {:?}", altered.termination);
        }
    }
}
