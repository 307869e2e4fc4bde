//! Requests without a plan: the set that conflicts is minimal, and what is proposed works and is the least.

use super::{control, drawn, has_plan, without};
use carve_solver::Problem;
use carve_solver::input::{Input, RuleKindInput};
use carve_solver::inquiry::{ConflictRepair, RepairKind, explain_infeasible};
use carve_solver::plan::DefaultKind;

/// Conflicts that are looked at.
const CONFLICTS: usize = 200;

/// The request with some rules alone.
fn only(input: &Input, rules: &[String]) -> Input {
    let mut only = input.clone();
    only.rules.retain(|rule| rules.contains(&rule.rule_id));
    only
}

/// The request with a limit changed as proposed.
fn changed(input: &Input, repair: &ConflictRepair, limit: i64) -> Input {
    let mut changed = input.clone();
    let rule = changed.rules.iter_mut().find(|rule| rule.rule_id == repair.rule_ids[0]).expect("the rule");
    match (rule.kind.as_mut().expect("a kind"), repair.kind) {
        (RuleKindInput::Bounds { max, .. }, RepairKind::Raise) => *max = Some(limit),
        (RuleKindInput::Bounds { min, .. }, RepairKind::Lower) => *min = Some(limit),
        (RuleKindInput::MoveLimit { max_amount, .. }, RepairKind::Raise) => *max_amount = Some(limit),
        (RuleKindInput::KeepApart { accounts }, RepairKind::Raise) => {
            let (accounts, measure) = (Some(accounts.clone()), "account_count".into());
            rule.kind =
                Some(RuleKindInput::Bounds { accounts, node_ids: Vec::new(), measure, min: None, max: Some(limit) });
        }
        other => panic!("{other:?}"),
    }
    changed
}

fn judge(seed: u64, input: &Input) {
    let problem = Problem::new(input).expect("no faults");
    let found = explain_infeasible(&problem, &control());
    let name = format!("seed {seed}: {found:#?}");
    let conflict = found.conflict.as_ref().expect("a conflict");
    assert!(found.is_infeasible == Some(true) && found.is_complete && conflict.conflict_irreducible, "{name}");
    // The rules of it have no plan together, and without any one of them there is one.
    let together = only(input, &conflict.conflicting_rule_ids);
    assert!(!has_plan(&together), "{name}");
    for id in &conflict.conflicting_rule_ids {
        assert!(has_plan(&without(&together, id)), "without {id}: {name}");
    }
    if conflict.conflicting_defaults.iter().all(|default| default.kind != DefaultKind::Families) {
        assert!(!has_plan(&Input { families_separate: true, ..together.clone() }), "{name}");
    }
    let dropped: Vec<&String> =
        found.repairs.iter().filter(|r| r.kind == RepairKind::Drop).map(|r| &r.rule_ids[0]).collect();
    for id in &conflict.conflicting_rule_ids {
        assert_eq!(dropped.contains(&id), has_plan(&without(input, id)), "{id}: {name}");
    }
    for repair in &found.repairs {
        assert!(repair.is_least, "{name}");
        match repair.kind {
            RepairKind::Drop => {}
            RepairKind::Separate => assert!(has_plan(&Input { families_separate: true, ..input.clone() }), "{name}"),
            RepairKind::DropTogether => {
                let kept = |left_out: &[String]| {
                    let mut kept = input.clone();
                    kept.rules.retain(|rule| !left_out.contains(&rule.rule_id));
                    kept
                };
                assert!(has_plan(&kept(&repair.rule_ids)), "{name}");
                for back in &repair.rule_ids {
                    let fewer: Vec<String> = repair.rule_ids.iter().filter(|id| *id != back).cloned().collect();
                    assert!(!has_plan(&kept(&fewer)), "{back} could stay: {name}");
                }
            }
            RepairKind::Raise | RepairKind::Lower => {
                let number = |amount: Option<carve_solver::Amount>| -> i64 {
                    amount.map(|amount| amount.to_string().parse().expect("whole")).expect("a limit")
                };
                let (from, to) = (number(repair.from), number(repair.to));
                assert!(has_plan(&changed(input, repair, to)), "{name}");
                let nearer = if to > from { from..to } else { to + 1..from + 1 };
                for limit in nearer {
                    assert!(!has_plan(&changed(input, repair, limit)), "{limit} does, too: {name}");
                }
            }
        }
    }
    assert!(!found.repairs.is_empty(), "{name}");
}

#[test]
fn conflicts_are_minimal_and_what_is_proposed_is_the_least_that_works() {
    let mut judged = 0;
    let mut seeds = 20_000..;
    while judged < CONFLICTS {
        let seed = seeds.next().expect("endless");
        let input = drawn(seed, 2 + (seed % 5) as usize);
        if !has_plan(&input) {
            judge(seed, &input);
            judged += 1;
        }
    }
}

#[test]
fn a_request_that_has_a_plan_is_said_to_have_one() {
    let mut seeds = 30_000..30_200;
    let mut input = || seeds.find_map(|seed| Some(drawn(seed, 2)).filter(has_plan)).expect("most have");
    for _ in 0..20 {
        let problem = Problem::new(&input()).expect("no faults");
        let found = explain_infeasible(&problem, &control());
        assert_eq!((found.is_infeasible, found.conflict, found.repairs.len()), (Some(false), None, 0));
    }
}
