//! From what the solver gives to the wire: a plan, a finding.

use crate::certificates;
use crate::columns;
use crate::json::Line;
use carve_proto::v1 as proto;
use carve_solver::input::{BandInput, CriterionInput, ExternalIds, LevelInput, TierInput};
use carve_solver::plan::{
    Assignment, CheckResult, ConflictingDefault, CoverResult, CriterionResult, DefaultKind, Limit, MeasureDescription,
    MeasureKept, MeasureResult, MoveCode, MoveReason, NodeResult, Reason, SplitDay, StageResult, StartMethod,
    StartResult, StepResult, Termination, TierResult, Whale,
};
use carve_solver::{Finding, Plan, Severity, space::Point};

/// The plan as it crosses the wire.
pub fn plan(plan: &Plan) -> proto::Plan {
    proto::Plan { assignments: plan.assignments.iter().map(|a| assignment(a, &plan.nodes)).collect(), ..frame(plan) }
}

/// The plan without its assignments, for those who take them one by one from [`lines`].
pub fn frame(plan: &Plan) -> proto::Plan {
    proto::Plan {
        termination: Some(termination(&plan.termination)),
        tiers: plan.tiers.iter().map(tier).collect(),
        nodes: plan.nodes.iter().map(node).collect(),
        assignments: Vec::new(),
        findings: plan.findings.iter().map(finding).collect(),
        whales: plan.whales.iter().map(whale).collect(),
        certificate: Some(certificates::encode(&plan.certificate)),
        stages: plan.stages.iter().map(stage).collect(),
        starts: plan.starts.iter().map(start).collect(),
        summary: plan.summary.clone(),
        check: Some(check(&plan.check)),
        covers: plan.covers.iter().map(cover).collect(),
        solve_time: prost_types::Duration::try_from(plan.solve_time).ok(),
        gap_target: plan.gap_target,
        columns: columns::encode(&plan.columns),
        relaxations: Some(proto::Relaxations {
            solved: whole(plan.relaxations.solved),
            failed: whole(plan.relaxations.failed),
            by_general_solver: whole(plan.relaxations.by_highs),
        }),
        measures: plan.measures.iter().map(described).collect(),
    }
}

/// A finding without a file.
pub fn finding(finding: &Finding) -> proto::Finding {
    let severity = match finding.severity {
        Severity::Error => proto::Severity::Error,
        Severity::Warning => proto::Severity::Warning,
        Severity::Info => proto::Severity::Info,
    };
    proto::Finding {
        code: finding.code.as_str().to_owned(),
        severity: severity.into(),
        path: finding.place.to_string(),
        message: std::iter::once(&finding.message)
            .chain(finding.below().iter())
            .cloned()
            .collect::<Vec<_>>()
            .join("\n"),
        ..Default::default()
    }
}

pub(crate) fn termination(given: &Termination) -> proto::Termination {
    use proto::termination as wire;
    let reason = match given.reason {
        Reason::Optimal => wire::Reason::Optimal,
        Reason::WithinGap => wire::Reason::WithinGap,
        Reason::Feasible => wire::Reason::Feasible,
        Reason::Infeasible => wire::Reason::Infeasible,
        Reason::NoPlanFound => wire::Reason::NoPlanFound,
    };
    proto::Termination {
        reason: reason.into(),
        limit: limit(given.limit).into(),
        detail: given.detail.clone(),
        conflicting_rule_ids: given.conflicting_rule_ids.clone(),
        conflicting_defaults: given.conflicting_defaults.iter().map(conflicting_default).collect(),
        conflicting_account_ids: given.conflicting_account_ids.clone(),
        conflict_irreducible: given.conflict_irreducible,
    }
}

/// What ended the search.
pub fn limit(given: Option<Limit>) -> proto::termination::Limit {
    use proto::termination::Limit as Wire;
    match given {
        None => Wire::Unspecified,
        Some(Limit::Time) => Wire::Time,
        Some(Limit::Work) => Wire::Work,
        Some(Limit::Stopped) => Wire::Stopped,
        Some(Limit::Stalled) => Wire::Stalled,
        Some(Limit::DiminishingReturns) => Wire::DiminishingReturns,
        Some(Limit::WorkerLost) => Wire::WorkerLost,
    }
}

/// What a check found.
pub fn check(given: &CheckResult) -> proto::Check {
    proto::Check {
        ok: given.ok(),
        faults: given.faults.clone(),
        statements: whole(given.statements),
        told: given.told.clone(),
    }
}

fn conflicting_default(given: &ConflictingDefault) -> proto::ConflictingDefault {
    use proto::conflicting_default::Kind;
    let kind = match given.kind {
        DefaultKind::Families => Kind::Families,
        DefaultKind::Owners => Kind::Owners,
        DefaultKind::Pools => Kind::Pools,
    };
    proto::ConflictingDefault { kind: kind.into(), account_ids: given.account_ids.clone() }
}

/// A tier as a request states it.
pub fn tier_input(given: &TierInput) -> proto::Tier {
    let criterion = |given: &Option<CriterionInput>| proto::Criterion { kind: given.as_ref().map(criterion_input) };
    proto::Tier {
        criteria: given.criteria.iter().map(criterion).collect(),
        give_back: given.give_back,
        give_back_absolute: given.give_back_absolute,
    }
}

fn criterion_input(given: &CriterionInput) -> proto::criterion::Kind {
    use proto::criterion::Kind;
    let levels = |band: &BandInput| {
        let level = |level: &LevelInput| proto::Level { tolerance: level.tolerance, weight: level.weight };
        band.levels.iter().map(level).collect()
    };
    match given.clone() {
        CriterionInput::Balance(band) => Kind::Balance(proto::Balance {
            levels: levels(&band),
            measure: band.column,
            tolerance: band.tolerance,
            weight: band.weight,
        }),
        CriterionInput::Mix(band) => Kind::Mix(proto::Mix {
            levels: levels(&band),
            attribute: band.column,
            tolerance: band.tolerance,
            weight: band.weight,
        }),
        CriterionInput::Continuity { measure, weight } => Kind::Continuity(proto::Continuity { measure, weight }),
        CriterionInput::Incumbent { measure, weight } => Kind::Incumbent(proto::Incumbent { measure, weight }),
        CriterionInput::Compactness { level_weights, distance, weight } => {
            use proto::compactness::Metric;
            let metric = if distance { Metric::Distance } else { Metric::Unspecified };
            Kind::Compactness(proto::Compactness { metric: metric.into(), weight, level_weights })
        }
    }
}

fn tier(given: &TierResult) -> proto::TierResult {
    proto::TierResult {
        value: given.value,
        bound: given.bound,
        gap: given.gap,
        limit: given.limit,
        criteria: given.criteria.iter().map(criterion).collect(),
        summary: given.summary.clone(),
        steps: given.steps.iter().map(step).collect(),
    }
}

fn step(given: &StepResult) -> proto::StepResult {
    proto::StepResult {
        largest: small(given.largest),
        value: given.value,
        bound: given.bound,
        limit: given.limit,
        finished: given.finished,
    }
}

fn criterion(given: &CriterionResult) -> proto::CriterionResult {
    proto::CriterionResult {
        criterion: given.criterion.clone(),
        value: given.value,
        worst_deviation: given.worst_deviation,
        worst_node_id: given.worst_node_id.clone(),
    }
}

pub(crate) fn node(given: &NodeResult) -> proto::NodeResult {
    let seat_state = match &given.seat {
        None => proto::SeatState::Unspecified,
        Some(seat) if seat.to_be_hired => proto::SeatState::ToBeHired,
        Some(_) => proto::SeatState::Filled,
    };
    let seat_text = |text: fn(&carve_solver::plan::SeatResult) -> &String| given.seat.as_ref().map(text).cloned();
    proto::NodeResult {
        node_id: given.node_id.clone(),
        parent_node_id: given.parent_node_id.clone(),
        level: small(given.level),
        share: given.share,
        territory: given.territory,
        measures: given.measures.iter().map(measure).collect(),
        anchor: given.anchor.map(place),
        anchor_found: given.anchor_found,
        mean_distance_km: given.mean_distance_km,
        moved_in: given.moved_in,
        moved_out: given.moved_out,
        seat_state: seat_state.into(),
        start_date: seat_text(|s| &s.start_date).unwrap_or_default(),
        covering_seat_id: seat_text(|s| &s.covering_seat_id).unwrap_or_default(),
        display_name: seat_text(|s| &s.display_name).unwrap_or_default(),
        external_ids: given.seat.as_ref().and_then(|seat| external_ids(&seat.external_ids)),
        outside_balance: given.outside_balance,
    }
}

/// `None` where nothing is known.
fn external_ids(given: &ExternalIds) -> Option<proto::ExternalIds> {
    let ExternalIds { user_id, email, territory_api_name } = given.clone();
    let known = *given != ExternalIds::default();
    known.then_some(proto::ExternalIds { user_id, email, territory_api_name })
}

fn place(point: Point) -> proto::Place {
    proto::Place { latitude: point.latitude(), longitude: point.longitude(), typical_error_km: None }
}

pub(crate) fn described(given: &MeasureDescription) -> proto::MeasureDescription {
    proto::MeasureDescription {
        measure: given.measure.clone(),
        decimals: given.decimals.into(),
        unit: given.unit.clone(),
        report_only: given.report_only,
    }
}

fn measure(given: &MeasureResult) -> proto::MeasureResult {
    proto::MeasureResult {
        measure: given.measure.clone(),
        amount: given.amount,
        target: given.target,
        deviation: given.deviation,
    }
}

fn cover(given: &CoverResult) -> proto::CoverResult {
    proto::CoverResult {
        seat_id: given.seat_id.clone(),
        covered_seat_ids: given.covered_seat_ids.clone(),
        measures: given.measures.iter().map(measure).collect(),
    }
}

/// The assignments of a plan, in order.
pub fn lines(plan: &Plan) -> impl Iterator<Item = Line<'_>> {
    plan.assignments.iter().map(|assignment| line(assignment, &plan.nodes))
}

fn line<'a>(given: &'a Assignment, nodes: &'a [NodeResult]) -> Line<'a> {
    let id = |index: usize| nodes.get(index).map_or("", |n| n.node_id.as_str());
    let leaf = given.path.last().copied().filter(|leaf| *leaf != given.territory);
    Line {
        account_id: &given.account_id,
        node_id: id(given.territory),
        leaf_node_id: leaf.map_or("", id),
        current_owner: &given.current_owner,
        moved: given.moved,
        move_reason: given.move_reason.as_ref().map(|reason| (code(reason.code), reason.detail.as_str())),
    }
}

fn code(given: MoveCode) -> proto::move_reason::Code {
    use proto::move_reason::Code;
    match given {
        MoveCode::OwnerLeft => Code::OwnerLeft,
        MoveCode::Rule => Code::Rule,
        MoveCode::Family => Code::Family,
        MoveCode::Balance => Code::Balance,
        MoveCode::Priority => Code::Priority,
        MoveCode::Compactness => Code::Compactness,
        MoveCode::Unforced => Code::Unforced,
    }
}

fn move_reason(given: &MoveReason) -> proto::MoveReason {
    proto::MoveReason { code: code(given.code).into(), detail: given.detail.clone() }
}

fn assignment(given: &Assignment, nodes: &[NodeResult]) -> proto::Assignment {
    let Line { account_id, node_id, leaf_node_id, current_owner, moved, .. } = line(given, nodes);
    proto::Assignment {
        account_id: account_id.to_owned(),
        node_id: node_id.to_owned(),
        leaf_node_id: leaf_node_id.to_owned(),
        current_owner: current_owner.to_owned(),
        moved,
        move_reason: given.move_reason.as_ref().map(move_reason),
    }
}

fn whale(given: &Whale) -> proto::Whale {
    proto::Whale {
        account_ids: given.account_ids.clone(),
        measure: given.measure.clone(),
        amount: given.amount,
        level: small(given.level),
        forced_deviation: given.forced_deviation,
    }
}

fn start(given: &StartResult) -> proto::StartResult {
    use proto::start_result::Method;
    let method = match given.method {
        StartMethod::TopDown => Method::TopDown,
        StartMethod::LeafFirst => Method::LeafFirst,
        StartMethod::Given => Method::Given,
    };
    proto::StartResult { method: method.into(), values: given.values.clone() }
}

fn stage(given: &StageResult) -> proto::StageResult {
    let deviations = given.deviations.iter().map(|d| proto::MeasureDeviation {
        measure: d.measure.clone(),
        worst_deviation: d.worst_deviation,
        worst_deviation_bound: d.worst_deviation_bound,
    });
    let kept = |kept: &MeasureKept| proto::MeasureKept {
        measure: kept.measure.clone(),
        amount: kept.amount,
        share: kept.share,
    };
    let split_day = |day: &SplitDay| proto::SplitDay {
        node_id: day.node_id.clone(),
        kept_node_id: day.kept_node_id.clone(),
        measures: day.measures.iter().map(kept).collect(),
    };
    let nesting = given.nesting.map(|n| proto::Nesting {
        independent: n.independent,
        independent_bound: n.independent_bound,
        price: n.price,
        price_against_bound: n.price_against_bound,
    });
    proto::StageResult {
        nesting,
        count: small(given.count),
        level: small(given.level),
        current: given.current,
        deviations: deviations.collect(),
        mean_distance_km: given.mean_distance_km,
        mean_squared_distance_km2: given.mean_squared_distance_km2,
        split_days: given.split_days.iter().map(split_day).collect(),
    }
}

/// Levels and stage counts stay far below this by the solver's limits.
fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(crate) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
