//! The answer: an assignment as a plan that people and tools read.

mod held;

mod splits;

mod covers;

use crate::check::check;
use crate::explain::{conflicts, moves};
use crate::plan::*;
use crate::problem::Problem;
use crate::problem::tiers::Kind;
use crate::problem::tree::Node;
use crate::proof::bound::Frame;
use crate::proof::certificate::{Certificate, InfeasibilityCertificate};
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::proof::infeasible::Refuted;
use crate::proof::whales;
use crate::score::{Model, State};
use crate::space::Point;
use std::time::{Duration, Instant};

/// What was proved of a tier.
#[derive(Debug, Clone)]
pub(crate) struct Proved {
    pub bound: f64,
    /// The tier's value when it was decided, before later tiers took what it gives back.
    pub decided: f64,
    pub evidence: Evidence,
    pub frame: Frame,
}

/// What the engine ends with.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// Leaf of each account.
    pub leaf_of: Vec<usize>,
    pub anchors: Vec<Option<Point>>,
    pub proved: Vec<Proved>,
    pub limit: Option<Limit>,
    pub elapsed: Duration,
    pub starts: Vec<StartResult>,
}

/// No plan meets the hard rules, or none was found.
pub(crate) struct Nothing {
    /// What is proved to allow no plan, with the evidence.
    pub refuted: Option<Box<Refuted>>,
    /// Whether the change that its detail proposes was seen to do, or not to; `None`: neither.
    pub remedied: Option<bool>,
    /// Whether the general solver says that there is no plan.
    pub general_solver_says_none: bool,
    /// Rules that the nearest plan breaks, by id.
    pub broken: Vec<String>,
    /// What keep rules can reach, a sentence each.
    pub keeps: Vec<String>,
}

/// No plan: proved not to exist, or not found.
pub(crate) fn nothing(problem: &Problem, found: Nothing, limit: Option<Limit>, elapsed: Duration) -> Plan {
    let Nothing { refuted, remedied, general_solver_says_none, broken, keeps } = found;
    let keeps = match keeps.is_empty() {
        true => String::new(),
        false => format!(" {}", keeps.join(" ")),
    };
    let Some(refuted) = refuted else {
        let detail = conflicts::none_found(&broken, general_solver_says_none);
        // What ends the search for a first plan is its slice of the time, or of the work.
        let limit = limit.or(Some(if problem.options.work_limit.is_some() { Limit::Work } else { Limit::Time }));
        return without(problem, Termination::new(Reason::NoPlanFound, limit, detail + &keeps), None, elapsed);
    };
    let (mut termination, _) = conflicts::termination(problem, &refuted);
    termination.detail += conflicts::remedied(remedied);
    termination.detail += &keeps;
    without(problem, termination, Some(refuted.written(problem)), elapsed)
}

fn without(
    problem: &Problem,
    termination: Termination,
    infeasibility: Option<InfeasibilityCertificate>,
    elapsed: Duration,
) -> Plan {
    let summary = match termination.reason {
        Reason::Infeasible => format!("There is no plan: {}", termination.detail),
        _ => termination.detail.clone(),
    };
    let mut plan = Plan {
        termination,
        tiers: Vec::new(),
        nodes: Vec::new(),
        assignments: Vec::new(),
        findings: problem.findings().to_vec(),
        whales: whales::find(problem),
        certificate: Certificate { tiers: Vec::new(), infeasibility },
        stages: Vec::new(),
        starts: Vec::new(),
        covers: Vec::new(),
        summary,
        check: CheckResult::default(),
        solve_time: elapsed,
        relaxations: Relaxations::default(),
    };
    plan.check = check(problem, &plan);
    plan
}

/// The plan of an outcome, checked.
pub(crate) fn build(problem: &Problem, costs: &Costs, outcome: &Outcome) -> Plan {
    let mut plan = assemble(problem, costs, outcome);
    plan.check = check(problem, &plan);
    plan
}

fn assemble(problem: &Problem, costs: &Costs, outcome: &Outcome) -> Plan {
    let model = Model::new(problem, costs);
    let leaf_of_unit: Vec<usize> = problem.units.all_members().map(|m| outcome.leaf_of[m[0]]).collect();
    let state = State::new(&model, leaf_of_unit);
    let tiers: Vec<TierResult> =
        (0..problem.tiers.len()).map(|t| tier_result(&model, &state, t, &outcome.proved[t])).collect();
    let proved = outcome.proved.iter().zip(&tiers).all(|(p, t)| decided_gap(p, t) <= problem.options.gap_target);
    let reason = if proved { Reason::Optimal } else { Reason::Feasible };
    let limit = if proved { None } else { outcome.limit.or(Some(Limit::Stalled)) };
    let reasons = moves::reasons(&model, &state);
    let (nodes, stages) = held::results(problem, &outcome.leaf_of, &outcome.anchors);
    let mut plan = Plan {
        termination: Termination::new(reason, limit, detail(reason, limit)),
        certificate: certificate(problem, outcome),
        assignments: assignments(problem, &outcome.leaf_of, reasons),
        findings: problem.findings().to_vec(),
        whales: whales::find(problem),
        summary: String::new(),
        check: CheckResult::default(),
        solve_time: outcome.elapsed,
        relaxations: Relaxations::default(),
        tiers,
        covers: covers::results(problem, &nodes),
        nodes,
        stages,
        starts: outcome.starts.clone(),
    };
    plan.summary = summary(problem, &plan, &outcome.proved);
    plan
}

/// Scores and checks a plan that someone else made: `leaf_of` gives each account's leaf, `given` an anchor for each node
/// (`None`: the request's, else the centre of its accounts). Accounts that must move together but do not are faults of
/// the check, and values count each account where it is. Nothing is proved.
pub fn evaluate(problem: &Problem, leaf_of: &[usize], given: &[Option<Point>]) -> Plan {
    let started = Instant::now();
    let whole = problem.units.all_members().all(|m| m.iter().all(|&a| leaf_of[a] == leaf_of[m[0]]));
    let torn = if whole { None } else { problem.torn() };
    let torn = torn.as_ref().unwrap_or(problem);
    let centres = held::centres(torn, leaf_of);
    let anchor = |(n, node): (usize, &Node)| node.anchor.or(given.get(n).copied().flatten()).or(centres[n]);
    let anchors: Vec<Option<Point>> = torn.tree.nodes.iter().enumerate().map(anchor).collect();
    let costs = Costs::of(torn, &anchors);
    let model = Model::new(torn, &costs);
    let leaf_of_unit = torn.units.all_members().map(|m| leaf_of[m[0]]).collect();
    let state = State::new(&model, leaf_of_unit);
    let mut proved: Vec<Proved> = Vec::new();
    let mut limits: Vec<f64> = Vec::new();
    for t in 0..torn.tiers.len() {
        let value = state.value(&model, t);
        proved.push(Proved {
            bound: 0.0,
            decided: value,
            evidence: Evidence::none(torn, t),
            frame: Frame::of(torn, &costs, t, &limits),
        });
        limits.push(torn.tiers[t].limit(value));
    }
    let outcome = Outcome {
        leaf_of: leaf_of.to_vec(),
        anchors,
        proved,
        limit: None,
        elapsed: started.elapsed(),
        starts: Vec::new(),
    };
    let mut plan = assemble(torn, &costs, &outcome);
    plan.termination.reason = Reason::Feasible;
    plan.termination.detail = "The plan was given and is valued here; nothing was searched or proved.".into();
    plan.check = check(problem, &plan);
    if !plan.check.ok() {
        plan.summary =
            format!("{} It breaks {} of the request's rules or totals.", plan.summary, plan.check.faults.len());
    }
    plan
}

/// The gap of a tier when it was decided; at most that of its final value.
fn decided_gap(proved: &Proved, tier: &TierResult) -> f64 {
    let decided = proved.decided.min(tier.value);
    if decided - tier.bound <= 1e-12 { 0.0 } else { (decided - tier.bound) / decided }
}

fn detail(reason: Reason, limit: Option<Limit>) -> String {
    match (reason, limit) {
        (Reason::Optimal, _) => "Every tier is within the gap target of its proved bound.",
        (_, Some(Limit::Time)) => "The time limit ended the search; the best plan found is here.",
        (_, Some(Limit::Work)) => "The work limit ended the search; the best plan found is here.",
        (_, Some(Limit::Stopped)) => "The search was stopped; the best plan found is here.",
        _ => "The search finds no further improvement; the gaps say how much better a plan might still be.",
    }
    .into()
}

fn tier_result(model: &Model, state: &State, tier: usize, proved: &Proved) -> TierResult {
    let problem = model.problem;
    let value = state.value(model, tier);
    let bound = proved.bound.max(0.0).min(value);
    let criteria: Vec<CriterionResult> =
        (0..problem.tiers[tier].criteria.len()).map(|c| criterion_result(model, state, tier, c)).collect();
    let gap = if value > 0.0 { (value - bound) / value } else { 0.0 };
    let limit = problem.tiers[tier].limit(value);
    let summary = tier_summary(problem, tier, &criteria, value, bound, gap);
    TierResult { value, bound, gap, limit, criteria, summary }
}

fn criterion_result(model: &Model, state: &State, tier: usize, criterion: usize) -> CriterionResult {
    let problem = model.problem;
    let data = &problem.tiers[tier].criteria[criterion];
    let mut result = CriterionResult {
        criterion: data.name.clone(),
        value: 0.0,
        worst_deviation: 0.0,
        worst_node_id: String::new(),
    };
    match &data.kind {
        Kind::Bands(_) => {
            for group in problem.rows.groups.iter().filter(|g| g.tier == tier && g.criterion == criterion) {
                let mut worst = 0.0_f64;
                for r in group.rows.clone() {
                    let row = &problem.rows.rows[r];
                    worst = worst.max(crate::score::excess(problem, r, state.rows[r]));
                    let deviation = (state.rows[r] as f64 - row.target).abs() / row.target;
                    if deviation > result.worst_deviation {
                        result.worst_deviation = deviation;
                        result.worst_node_id = problem.tree.nodes[row.node].id.clone();
                    }
                }
                result.value += group.weight / data.weight * worst;
            }
        }
        // The tier's matrix holds all its separable criteria; one alone is the whole of it.
        _ => {
            let alone = problem.tiers[tier].criteria.iter().filter(|c| !matches!(c.kind, Kind::Bands(_))).count() == 1;
            let cost = if alone { state.cost(model, tier) } else { one_cost(model, state, tier, criterion) };
            result.value = cost / data.weight;
        }
    }
    result
}

/// The cost of one separable criterion among several of its tier.
fn one_cost(model: &Model, state: &State, tier: usize, criterion: usize) -> f64 {
    model.costs.of_criterion(model.problem, tier, criterion, &state.leaf_of)
}

fn percent(part: f64) -> String {
    format!("{:.2} %", part * 100.0)
}

fn tier_summary(
    problem: &Problem,
    tier: usize,
    criteria: &[CriterionResult],
    value: f64,
    bound: f64,
    gap: f64,
) -> String {
    let one = |(c, result): (usize, &CriterionResult)| match &problem.tiers[tier].criteria[c].kind {
        Kind::Bands(_) => format!(
            "{}: worst deviation {} at {}",
            result.criterion,
            percent(result.worst_deviation),
            if result.worst_node_id.is_empty() { "no node" } else { &result.worst_node_id }
        ),
        Kind::Continuity { .. } => format!("{}: {} changes owner", result.criterion, percent(result.value)),
        Kind::Incumbent { .. } => format!("{}: {} leaves on planned splits", result.criterion, percent(result.value)),
        Kind::Compactness { distance: true, .. } => format!("mean distance to the anchor {:.1} km", result.value),
        Kind::Compactness { distance: false, .. } => {
            format!("mean squared distance to the anchor {:.0} km2 (root {:.1} km)", result.value, result.value.sqrt())
        }
    };
    let facts: Vec<String> = criteria.iter().enumerate().map(one).collect();
    let bands = problem.tiers[tier].criteria.iter().any(|c| matches!(c.kind, Kind::Bands(_)));
    let proof = match (value == 0.0, gap <= problem.options.gap_target) {
        (true, _) if bands => "every band is met".to_string(),
        (true, _) => "nothing can be better".to_string(),
        (_, true) => "proved best possible".to_string(),
        _ => format!("value {value:.6}, nothing under your rules is below {bound:.6} (gap {})", percent(gap)),
    };
    format!("{}; {proof}", facts.join("; "))
}

fn certificate(problem: &Problem, outcome: &Outcome) -> Certificate {
    let written = |p: &Proved| p.evidence.written(problem, &p.frame, p.bound);
    Certificate { tiers: outcome.proved.iter().map(written).collect(), infeasibility: None }
}

fn assignments(problem: &Problem, leaf_of: &[usize], reasons: Vec<Option<MoveReason>>) -> Vec<Assignment> {
    let paths: Vec<Vec<usize>> = (0..problem.tree.leaves.len()).map(|l| problem.tree.path(l)).collect();
    (leaf_of.iter().zip(reasons).enumerate())
        .map(|(account, (&leaf, move_reason))| {
            let territory = problem.tree.territory_of_leaf[leaf];
            Assignment {
                account_id: problem.accounts.ids[account].clone(),
                path: paths[leaf].clone(),
                territory,
                current_owner: problem.accounts.owner_id(account).clone(),
                moved: problem.is_moved(account, territory),
                move_reason,
            }
        })
        .collect()
}

/// One sentence: how good the plan is and what was proved.
fn summary(problem: &Problem, plan: &Plan, proved: &[Proved]) -> String {
    let territories = plan.nodes.iter().filter(|n| n.territory).count();
    let accounts = plan.assignments.len();
    let mut parts: Vec<String> = Vec::new();
    for ((tier, result), proved) in problem.tiers.iter().zip(&plan.tiers).zip(proved) {
        let gap = decided_gap(proved, result);
        let bands = tier.criteria.iter().any(|c| matches!(c.kind, Kind::Bands(_)));
        if bands {
            let worst = result.criteria.iter().max_by(|a, b| a.worst_deviation.total_cmp(&b.worst_deviation));
            let worst = worst.map_or(String::new(), |w| {
                format!(" (worst deviation {}, {} at {})", percent(w.worst_deviation), w.criterion, w.worst_node_id)
            });
            parts.push(match (result.value == 0.0, gap <= problem.options.gap_target) {
                (true, _) => format!("every band is met{worst}"),
                (_, true) => format!("the bands cannot all be met and no plan comes nearer{worst}"),
                _ => format!(
                    "the bands are exceeded by {} in sum, and no plan gets below {}{worst}",
                    percent(result.value),
                    percent(result.bound)
                ),
            });
        }
        for (criterion, data) in result.criteria.iter().zip(&tier.criteria) {
            let given = if proved.decided < result.value * (1.0 - 1e-9) { " before its give-back" } else { "" };
            let beyond = if gap <= problem.options.gap_target {
                format!(", proved best possible{given}")
            } else {
                format!(", within {} of the proved bound{given}", percent(gap))
            };
            match &data.kind {
                Kind::Bands(_) => {}
                Kind::Continuity { .. } => parts.push(format!(
                    "{} of {} changes owner{beyond}",
                    percent(criterion.value),
                    criterion.criterion.trim_start_matches("continuity ")
                )),
                Kind::Incumbent { .. } => parts.push(format!(
                    "{} of {} leaves its incumbent on planned splits{beyond}",
                    percent(criterion.value),
                    criterion.criterion.trim_start_matches("incumbent ")
                )),
                Kind::Compactness { distance, .. } => {
                    let km = if *distance { criterion.value } else { criterion.value.sqrt() };
                    parts.push(format!(
                        "accounts are {km:.0} km from their anchor ({}){beyond}",
                        if *distance { "mean" } else { "root mean square" }
                    ));
                }
            }
        }
    }
    let found = problem.tree.leaves.iter().any(|&n| plan.nodes[n].anchor_found && plan.nodes[n].anchor.is_some());
    let compact = problem.tiers.iter().any(|t| t.criteria.iter().any(|c| matches!(c.kind, Kind::Compactness { .. })));
    let anchors = if found && compact { "; the compactness bound holds for the anchors found" } else { "" };
    format!("{accounts} accounts in {territories} territories: {}{anchors}.", parts.join("; "))
}
