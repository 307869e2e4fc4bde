//! From the wire to what the solver reads: a plan that was sent or stored becomes a solver [`Plan`] again, so
//! that it can be checked without trusting who stored it.

use crate::{certificates, columns, decode};
use carve_proto::v1 as proto;
use carve_solver::limits::DECIMALS_MAX;
use carve_solver::plan::{
    Assignment, CheckResult, ConflictingDefault, CoverResult, CriterionResult, DefaultKind, Limit, MeasureDescription,
    MeasureDeviation, MeasureKept, MeasureResult, MoveCode, MoveReason, Nesting, NodeResult, Reason, Relaxations,
    SeatResult, SplitDay, StageResult, StartMethod, StartResult, StepResult, Termination, TierResult, Whale,
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
    /// A finding has a code or a severity this version does not know, or is of a file.
    #[error("the finding code {0:?} or its severity is unknown, or it names a file")]
    Finding(String),
    /// A node has a seat_state that this version does not know, or without a seat what only seats have.
    #[error("node {0:?} has an unknown seat_state, or none beside what only seats have")]
    Seat(String),
    /// A measure has decimals that none can have.
    #[error("the measure {0:?} has decimals that none can have")]
    Decimals(String),
    /// A number is negative that counts something.
    #[error("{0} is negative")]
    Negative(&'static str),
    /// A column has a meaning that this version does not know, or a negative count.
    #[error("a column of the plan has an unknown meaning or a negative count")]
    Columns,
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
        tiers: plan.tiers.into_iter().map(tier).collect::<Result<_, _>>()?,
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
        gap_target: plan.gap_target,
        columns: columns::decode(plan.columns).ok_or(PlanFault::Columns)?,
        relaxations: plan.relaxations.map(relaxations).unwrap_or_default(),
        measures: plan.measures.into_iter().map(described).collect::<Result<_, _>>()?,
    })
}

fn described(given: proto::MeasureDescription) -> Result<MeasureDescription, PlanFault> {
    let decimals = u8::try_from(given.decimals).ok().filter(|decimals| *decimals <= DECIMALS_MAX);
    match decimals {
        Some(decimals) => {
            let proto::MeasureDescription { measure, unit, report_only, .. } = given;
            Ok(MeasureDescription { measure, decimals, unit, report_only })
        }
        None => Err(PlanFault::Decimals(given.measure)),
    }
}

fn relaxations(given: proto::Relaxations) -> Relaxations {
    let counted = |count: i64| u64::try_from(count).unwrap_or(0);
    Relaxations {
        solved: counted(given.solved),
        failed: counted(given.failed),
        by_highs: counted(given.by_general_solver),
    }
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
        wire::Reason::WithinGap => Reason::WithinGap,
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
        wire::Limit::DiminishingReturns => Some(Limit::DiminishingReturns),
        wire::Limit::WorkerLost => Some(Limit::WorkerLost),
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
        Kind::Pools => DefaultKind::Pools,
        Kind::Unspecified => return Err(PlanFault::Default),
    };
    Ok(ConflictingDefault { kind, account_ids: given.account_ids })
}

fn tier(given: proto::TierResult) -> Result<TierResult, PlanFault> {
    Ok(TierResult {
        value: given.value,
        bound: given.bound,
        gap: given.gap,
        limit: given.limit,
        criteria: given.criteria.into_iter().map(criterion).collect(),
        summary: given.summary,
        steps: given.steps.into_iter().map(step).collect::<Result<_, _>>()?,
    })
}

fn step(given: proto::StepResult) -> Result<StepResult, PlanFault> {
    Ok(StepResult {
        largest: count(given.largest.into(), "a step")?,
        value: given.value,
        bound: given.bound,
        limit: given.limit,
        finished: given.finished,
    })
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
    let state = proto::SeatState::try_from(given.seat_state).map_err(|_| PlanFault::Seat(given.node_id.clone()))?;
    // An answer leaves out what is empty.
    if given.external_ids.as_ref().is_some_and(|ids| *ids == proto::ExternalIds::default()) {
        return Err(PlanFault::Seat(given.node_id));
    }
    let seat = match state {
        proto::SeatState::Unspecified if says_nothing_of_seat(&given) => None,
        proto::SeatState::Unspecified => return Err(PlanFault::Seat(given.node_id)),
        state => Some(SeatResult {
            to_be_hired: state == proto::SeatState::ToBeHired,
            start_date: given.start_date,
            covering_seat_id: given.covering_seat_id,
            display_name: given.display_name,
            external_ids: decode::external_ids(given.external_ids),
        }),
    };
    let exact =
        |a: proto::Place| Point::new(a.latitude, a.longitude).filter(|_| a.typical_error_km.is_none()).ok_or(());
    let anchor = given.anchor.map(exact);
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
        outside_balance: given.outside_balance,
    })
}

/// Whether a node has nothing that only seats have.
fn says_nothing_of_seat(given: &proto::NodeResult) -> bool {
    given.start_date.is_empty()
        && given.covering_seat_id.is_empty()
        && given.display_name.is_empty()
        && given.external_ids.is_none()
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
    // What the solver finds has no file; who reads one adds its place to what is shown, not to the plan.
    let from_file = !given.file.is_empty() || given.line != 0 || given.column != 0;
    match (code, severity) {
        (Some(code), Some(severity)) if !from_file => {
            Ok(Finding { code, severity, place: path(&given.path), message: given.message, beside: None })
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
        Method::Given => StartMethod::Given,
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
    CheckResult { faults, statements: u64::try_from(given.statements).unwrap_or_default(), told: given.told }
}

fn count(given: i64, what: &'static str) -> Result<usize, PlanFault> {
    usize::try_from(given).map_err(|_| PlanFault::Negative(what))
}

#[cfg(test)]
pub(crate) mod tests;
