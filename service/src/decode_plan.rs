//! From the wire to what the solver reads: a plan that was sent or stored becomes a solver [`Plan`] again, so
//! that it can be checked without trusting who stored it.

use crate::certificates;
use carve_proto::v1 as proto;
use carve_solver::plan::{
    Assignment, CheckResult, ConflictingDefault, CoverResult, CriterionResult, DefaultKind, Limit, MeasureDeviation,
    MeasureKept, MeasureResult, MoveCode, MoveReason, Nesting, NodeResult, Reason, Relaxations, SeatResult, SplitDay,
    StageResult, StartMethod, StartResult, Termination, TierResult, Whale,
};
use carve_solver::{Code, Finding, Place, Plan, Severity, space::Point};
use std::collections::HashMap;
use std::time::Duration;

/// Why a message is no plan.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanFault {
    /// A reason or limit that the contract does not know, or none.
    #[error("the plan does not say how the work ended")]
    Termination,
    /// A kind of default that the contract does not know, or none.
    #[error("a conflicting default has no kind that is known")]
    Default,
    /// A code of a move reason that the contract does not know, or none.
    #[error("a move_reason has no code that is known")]
    MoveReason,
    /// A node names a parent that does not stand before it.
    #[error("node {0:?} names a parent that does not stand before it")]
    Parent(String),
    /// An assignment names a node that is not in the plan.
    #[error("account {account_id:?} goes to {node_id:?}, which is no node of the plan")]
    Node {
        /// The account.
        account_id: String,
        /// The unknown node.
        node_id: String,
    },
    /// A price names no row.
    #[error(transparent)]
    Row(#[from] certificates::RowFault),
    /// An anchor is not on Earth.
    #[error("the anchor of node {0:?} is not on Earth")]
    Anchor(String),
    /// A finding has a code or a severity this version does not know.
    #[error("the finding code {0:?} or its severity is unknown")]
    Finding(String),
    /// A number is negative that counts something.
    #[error("{0} is negative")]
    Negative(&'static str),
    /// A start has no method that this version knows.
    #[error("a start of the plan has an unknown method")]
    Start,
}

/// The plan, every reference resolved.
///
/// # Errors
/// The first thing that cannot be read; nothing is put in its place.
pub fn plan(plan: proto::Plan) -> Result<Plan, PlanFault> {
    let tree = Tree::new(&plan.nodes)?;
    Ok(Plan {
        termination: plan.termination.ok_or(PlanFault::Termination).and_then(termination)?,
        tiers: plan.tiers.into_iter().map(tier).collect(),
        assignments: plan.assignments.into_iter().map(|a| tree.assignment(a)).collect::<Result<_, _>>()?,
        nodes: plan.nodes.into_iter().map(node).collect::<Result<_, _>>()?,
        findings: plan.findings.into_iter().map(finding).collect::<Result<_, _>>()?,
        whales: plan.whales.into_iter().map(whale).collect::<Result<_, _>>()?,
        certificate: plan.certificate.map(certificates::decode).transpose()?.unwrap_or_default(),
        stages: plan.stages.into_iter().map(stage).collect::<Result<_, _>>()?,
        starts: plan.starts.into_iter().map(start).collect::<Result<_, _>>()?,
        covers: plan.covers.into_iter().map(cover).collect(),
        summary: plan.summary,
        check: plan.check.map(check).unwrap_or_default(),
        solve_time: plan.solve_time.and_then(|t| Duration::try_from(t).ok()).unwrap_or_default(),
        relaxations: Relaxations::default(),
    })
}

/// The path from level 1 down to every node.
struct Tree {
    paths: HashMap<String, Vec<usize>>,
}

impl Tree {
    fn new(nodes: &[proto::NodeResult]) -> Result<Tree, PlanFault> {
        let mut paths: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            let path = if index == 0 {
                Vec::new()
            } else {
                let above = paths.get(&node.parent_node_id);
                let mut path = above.ok_or_else(|| PlanFault::Parent(node.node_id.clone()))?.clone();
                path.push(index);
                path
            };
            paths.insert(node.node_id.clone(), path);
        }
        Ok(Tree { paths })
    }

    fn assignment(&self, given: proto::Assignment) -> Result<Assignment, PlanFault> {
        let path = |node_id: &str| {
            self.paths
                .get(node_id)
                .ok_or_else(|| PlanFault::Node { account_id: given.account_id.clone(), node_id: node_id.to_owned() })
        };
        let territory = path(&given.node_id)?;
        let leaf = if given.leaf_node_id.is_empty() { territory } else { path(&given.leaf_node_id)? };
        Ok(Assignment {
            path: leaf.clone(),
            territory: territory.last().copied().unwrap_or_default(),
            account_id: given.account_id,
            current_owner: given.current_owner.into(),
            moved: given.moved,
            move_reason: given.move_reason.map(move_reason).transpose()?,
        })
    }
}

fn move_reason(given: proto::MoveReason) -> Result<MoveReason, PlanFault> {
    use proto::move_reason::Code;
    let code = match Code::try_from(given.code).unwrap_or_default() {
        Code::OwnerLeft => MoveCode::OwnerLeft,
        Code::Rule => MoveCode::Rule,
        Code::Family => MoveCode::Family,
        Code::Balance => MoveCode::Balance,
        Code::Priority => MoveCode::Priority,
        Code::Compactness => MoveCode::Compactness,
        Code::Unforced => MoveCode::Unforced,
        Code::Unspecified => return Err(PlanFault::MoveReason),
    };
    Ok(MoveReason { code, detail: given.detail })
}

fn termination(given: proto::Termination) -> Result<Termination, PlanFault> {
    use proto::termination as wire;
    let reason = match given.reason() {
        wire::Reason::Optimal => Reason::Optimal,
        wire::Reason::Feasible => Reason::Feasible,
        wire::Reason::Infeasible => Reason::Infeasible,
        wire::Reason::NoPlanFound => Reason::NoPlanFound,
        wire::Reason::Unspecified => return Err(PlanFault::Termination),
    };
    let limit = match wire::Limit::try_from(given.limit).map_err(|_| PlanFault::Termination)? {
        wire::Limit::Unspecified => None,
        wire::Limit::Time => Some(Limit::Time),
        wire::Limit::Work => Some(Limit::Work),
        wire::Limit::Stopped => Some(Limit::Stopped),
        wire::Limit::Stalled => Some(Limit::Stalled),
    };
    let defaults = given.conflicting_defaults.into_iter().map(conflicting_default);
    Ok(Termination {
        conflicting_rule_ids: given.conflicting_rule_ids,
        conflicting_defaults: defaults.collect::<Result<_, _>>()?,
        conflicting_account_ids: given.conflicting_account_ids,
        conflict_irreducible: given.conflict_irreducible,
        ..Termination::new(reason, limit, given.detail)
    })
}

fn conflicting_default(given: proto::ConflictingDefault) -> Result<ConflictingDefault, PlanFault> {
    use proto::conflicting_default::Kind;
    let kind = match given.kind() {
        Kind::Families => DefaultKind::Families,
        Kind::Owners => DefaultKind::Owners,
        Kind::Unspecified => return Err(PlanFault::Default),
    };
    Ok(ConflictingDefault { kind, account_ids: given.account_ids })
}

fn tier(given: proto::TierResult) -> TierResult {
    TierResult {
        value: given.value,
        bound: given.bound,
        gap: given.gap,
        limit: given.limit,
        criteria: given.criteria.into_iter().map(criterion).collect(),
        summary: given.summary,
    }
}

fn criterion(given: proto::CriterionResult) -> CriterionResult {
    CriterionResult {
        criterion: given.criterion,
        value: given.value,
        worst_deviation: given.worst_deviation,
        worst_node_id: given.worst_node_id,
    }
}

fn node(given: proto::NodeResult) -> Result<NodeResult, PlanFault> {
    let seat = match given.seat_state() {
        proto::SeatState::Unspecified => None,
        state => Some(SeatResult {
            to_be_hired: state == proto::SeatState::ToBeHired,
            start_date: given.start_date,
            covering_seat_id: given.covering_seat_id,
        }),
    };
    let anchor = given.anchor.map(|a| Point::new(a.latitude, a.longitude).ok_or(()));
    Ok(NodeResult {
        anchor: anchor.transpose().map_err(|()| PlanFault::Anchor(given.node_id.clone()))?,
        node_id: given.node_id,
        parent_node_id: given.parent_node_id,
        level: count(given.level.into(), "a level")?,
        share: given.share,
        territory: given.territory,
        measures: given.measures.into_iter().map(measure).collect(),
        anchor_found: given.anchor_found,
        mean_distance_km: given.mean_distance_km,
        moved_in: given.moved_in,
        moved_out: given.moved_out,
        seat,
    })
}

fn measure(given: proto::MeasureResult) -> MeasureResult {
    MeasureResult { measure: given.measure, amount: given.amount, target: given.target, deviation: given.deviation }
}

fn cover(given: proto::CoverResult) -> CoverResult {
    CoverResult {
        seat_id: given.seat_id,
        covered_seat_ids: given.covered_seat_ids,
        measures: given.measures.into_iter().map(measure).collect(),
    }
}

fn finding(given: proto::Finding) -> Result<Finding, PlanFault> {
    let code = Code::ALL.iter().find(|c| c.as_str() == given.code).copied();
    let severity = match given.severity() {
        proto::Severity::Error => Some(Severity::Error),
        proto::Severity::Warning => Some(Severity::Warning),
        proto::Severity::Info => Some(Severity::Info),
        proto::Severity::Unspecified => None,
    };
    match (code, severity) {
        (Some(code), Some(severity)) => {
            Ok(Finding { code, severity, place: path(&given.path), message: given.message })
        }
        _ => Err(PlanFault::Finding(given.code)),
    }
}

/// The inverse of a place's text.
fn path(text: &str) -> Place {
    let account = text.strip_prefix("accounts[").and_then(|rest| rest.split_once(']')).and_then(|(index, field)| {
        let field = field.strip_prefix('.').unwrap_or(field);
        Some(Place::Account(index.parse().ok()?, field.to_owned()))
    });
    match account {
        Some(place) => place,
        None if text.is_empty() || text == "accounts" => Place::Book,
        None => Place::Plan(text.to_owned()),
    }
}

fn whale(given: proto::Whale) -> Result<Whale, PlanFault> {
    Ok(Whale {
        account_ids: given.account_ids,
        measure: given.measure,
        amount: given.amount,
        level: count(given.level.into(), "a level")?,
        forced_deviation: given.forced_deviation,
    })
}

fn stage(given: proto::StageResult) -> Result<StageResult, PlanFault> {
    let nesting = given.nesting.map(|n| Nesting {
        independent: n.independent,
        independent_bound: n.independent_bound,
        price: n.price,
        price_against_bound: n.price_against_bound,
    });
    Ok(StageResult {
        nesting,
        count: count(given.count.into(), "a stage's count")?,
        level: count(given.level.into(), "a level")?,
        current: given.current,
        deviations: given.deviations.into_iter().map(deviation).collect(),
        mean_distance_km: given.mean_distance_km,
        mean_squared_distance_km2: given.mean_squared_distance_km2,
        split_days: given.split_days.into_iter().map(split_day).collect(),
    })
}

fn start(given: proto::StartResult) -> Result<StartResult, PlanFault> {
    use proto::start_result::Method;
    let method = match given.method() {
        Method::TopDown => StartMethod::TopDown,
        Method::LeafFirst => StartMethod::LeafFirst,
        Method::Unspecified => return Err(PlanFault::Start),
    };
    Ok(StartResult { method, values: given.values })
}

fn deviation(given: proto::MeasureDeviation) -> MeasureDeviation {
    MeasureDeviation {
        measure: given.measure,
        worst_deviation: given.worst_deviation,
        worst_deviation_bound: given.worst_deviation_bound,
    }
}

fn split_day(given: proto::SplitDay) -> SplitDay {
    let kept = |m: proto::MeasureKept| MeasureKept { measure: m.measure, amount: m.amount, share: m.share };
    SplitDay {
        node_id: given.node_id,
        kept_node_id: given.kept_node_id,
        measures: given.measures.into_iter().map(kept).collect(),
    }
}

/// A check that is not ok has at least one fault, whatever the message says.
fn check(given: proto::Check) -> CheckResult {
    let mut faults = given.faults;
    if !given.ok && faults.is_empty() {
        faults.push("the check is marked as failed without a fault".into());
    }
    CheckResult { faults, statements: u64::try_from(given.statements).unwrap_or_default() }
}

fn count(given: i64, what: &'static str) -> Result<usize, PlanFault> {
    usize::try_from(given).map_err(|_| PlanFault::Negative(what))
}

#[cfg(test)]
pub(crate) mod tests {
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
            }),
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
                conflicting_defaults: vec![ConflictingDefault {
                    kind: DefaultKind::Owners,
                    account_ids: vec!["a".into()],
                }],
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
            check: CheckResult { faults: vec![], statements: 42 },
            solve_time: Duration::from_millis(1_500),
            relaxations: Relaxations::default(),
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
}
