//! A plan with every part filled, there and back, and what is refused.

use super::*;
use crate::encode;

/// A small plan with every part filled: two territories, one of them split by the next stage.
pub(crate) fn sample() -> Plan {
    let measure = |amount: i64, target: f64| MeasureResult {
        measure: "open_pipeline".into(),
        amount,
        target,
        deviation: (amount as f64 - target) / target,
    };
    let node = |id: &str, parent: &str, level, amount, territory| NodeResult {
        node_id: id.into(),
        parent_node_id: parent.into(),
        level,
        share: 1.0 / f64::from(1 << level),
        territory,
        measures: vec![measure(amount, 2_400_000.0 / f64::from(1 << level))],
        anchor: Point::new(40.0, -74.0),
        anchor_found: true,
        mean_distance_km: 12.5,
        moved_in: 1,
        moved_out: 2,
        seat: (level == 1).then(|| SeatResult {
            to_be_hired: id == "west",
            start_date: "2027-01-31".into(),
            covering_seat_id: "east".into(),
            ..SeatResult::default()
        }),
        outside_balance: false,
    };
    let deviation = |worst_deviation, worst_deviation_bound| MeasureDeviation {
        measure: "open_pipeline".into(),
        worst_deviation,
        worst_deviation_bound,
    };
    let account = |id: &str, path: Vec<usize>| Assignment {
        account_id: id.into(),
        territory: path[0],
        path,
        current_owner: "east".into(),
        moved: id == "c",
        move_reason: (id == "c").then(|| MoveReason {
            code: MoveCode::Balance,
            detail: "staying would put east's open_pipeline at +9.2 % (band 5 %)".into(),
        }),
    };
    Plan {
        termination: Termination {
            reason: Reason::Feasible,
            limit: Some(Limit::Time),
            detail: "the time limit was reached".into(),
            conflicting_rule_ids: vec!["cap".into()],
            conflicting_defaults: vec![ConflictingDefault { kind: DefaultKind::Owners, account_ids: vec!["a".into()] }],
            conflicting_account_ids: vec!["a".into(), "c".into()],
            conflict_irreducible: true,
        },
        tiers: vec![TierResult {
            value: 0.021,
            bound: 0.018,
            gap: 0.142_857,
            limit: 0.021,
            criteria: vec![CriterionResult {
                criterion: "balance open_pipeline".into(),
                value: 0.021,
                worst_deviation: 0.071,
                worst_node_id: "east".into(),
            }],
            summary: "worst open_pipeline deviation 7.1 %; nothing under your rules beats 6.8 %".into(),
            steps: vec![StepResult { largest: 2, value: 0.03, bound: 0.029, limit: 0.031, finished: true }],
        }],
        nodes: vec![
            node("book", "", 0, 2_400_000, false),
            node("east", "book", 1, 1_285_200, true),
            node("e1", "east", 2, 600_000, false),
            node("e2", "east", 2, 685_200, false),
            node("west", "book", 1, 1_114_800, true),
        ],
        assignments: vec![account("a", vec![1, 2]), account("b", vec![1, 3]), account("c", vec![4])],
        findings: vec![Finding::new(Code::PlaceMissing, Place::Account(2, "place".into()), "no place")],
        whales: vec![Whale {
            account_ids: vec!["a".into()],
            measure: "open_pipeline".into(),
            amount: 600_000,
            level: 2,
            forced_deviation: 0.25,
        }],
        certificate: certificates::tests::sample(),
        stages: vec![
            StageResult {
                count: 2,
                level: 1,
                current: true,
                deviations: vec![deviation(0.071, 0.0)],
                mean_distance_km: 12.5,
                mean_squared_distance_km2: 225.0,
                split_days: vec![],
                nesting: None,
            },
            StageResult {
                count: 3,
                level: 2,
                current: false,
                deviations: vec![deviation(0.25, 0.125)],
                mean_distance_km: 8.0,
                mean_squared_distance_km2: 100.0,
                nesting: Some(Nesting {
                    independent: 9.0,
                    independent_bound: 8.5,
                    price: 1.25,
                    price_against_bound: 1.5,
                }),
                split_days: vec![SplitDay {
                    node_id: "east".into(),
                    kept_node_id: "e2".into(),
                    measures: vec![MeasureKept {
                        measure: "open_pipeline".into(),
                        amount: 685_200,
                        share: 685_200.0 / 1_285_200.0,
                    }],
                }],
            },
        ],
        covers: vec![CoverResult {
            seat_id: "east".into(),
            covered_seat_ids: vec!["west".into()],
            measures: vec![measure(2_400_000, 1_200_000.0)],
        }],
        starts: vec![StartResult { method: StartMethod::LeafFirst, values: vec![0.0, 7.5] }],
        summary: "Two territories.".into(),
        check: CheckResult { faults: vec![], statements: 42, told: vec!["solve_time".into()] },
        solve_time: Duration::from_millis(1_500),
        gap_target: 0.0001,
        relaxations: Relaxations::default(),
        columns: vec![carve_solver::column::Column { heading: "A".into(), number: 1, ..Default::default() }],
        measures: vec![MeasureDescription { measure: "open_pipeline".into(), ..MeasureDescription::default() }],
    }
}

#[test]
fn a_plan_comes_back_as_it_went() {
    assert_eq!(plan(encode::plan(&sample())), Ok(sample()));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    type Change = fn(&mut proto::Plan);
    let cases: [(Change, PlanFault); 5] = [
        (|p| p.termination = None, PlanFault::Termination),
        (|p| p.nodes[2].parent_node_id = "gone".into(), PlanFault::Parent("e1".into())),
        (
            |p| p.assignments[2].node_id = "gone".into(),
            PlanFault::Node { account_id: "c".into(), node_id: "gone".into() },
        ),
        (|p| p.assignments[2].move_reason = Some(proto::MoveReason::default()), PlanFault::MoveReason),
        (|p| p.nodes[1].level = -1, PlanFault::Negative("a level")),
    ];
    for (change, fault) in cases {
        let mut wire = encode::plan(&sample());
        change(&mut wire);
        assert_eq!(plan(wire), Err(fault));
    }
}

#[test]
fn an_empty_message_is_refused_and_does_not_panic() {
    assert_eq!(plan(proto::Plan::default()), Err(PlanFault::Termination));
}
