//! The answer: an assignment as a plan that people and tools read.

mod held;

mod splits;

mod covers;

use crate::check::check;
use crate::explain::{conflicts, is_finished, moves, summary, whales};
use crate::index::{AccountIndex, Keyed, LeafIndex, NodeIndex, Number, TierIndex, UnitIndex};
use crate::plan::*;
use crate::problem::Problem;
use crate::problem::criteria::Kind;
use crate::problem::steps::Steps;
use crate::problem::tree::{Anchors, Node};
use crate::proof::bound::Frame;
use crate::proof::certificate::{Certificate, InfeasibilityCertificate};
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::proof::infeasible::Refuted;
use crate::proof::whales::floor as whales_floor;
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
    /// The steps after the first, as far as they were worked on.
    pub steps: Vec<Proved>,
}

/// How many steps of each tier were worked on after the first.
pub(crate) fn worked_on(proved: &Keyed<TierIndex, Proved>, tiers: usize) -> Steps {
    let counts = proved.iter().map(|proved| proved.steps.len());
    Steps::of(counts.chain(std::iter::repeat(0)).take(tiers))
}

/// What the engine ends with.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// Leaf of each account.
    pub leaf_of: Keyed<AccountIndex, LeafIndex>,
    pub anchors: Anchors,
    pub proved: Keyed<TierIndex, Proved>,
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
    let mut plan = Plan {
        summary: summary::no_plan(&termination),
        termination,
        tiers: Vec::new(),
        nodes: Vec::new(),
        assignments: Vec::new(),
        findings: whales::findings(problem),
        whales: whales::named(problem),
        certificate: Certificate { tiers: Vec::new(), infeasibility, steps: Vec::new() },
        stages: Vec::new(),
        starts: Vec::new(),
        covers: Vec::new(),
        check: CheckResult::default(),
        solve_time: elapsed,
        gap_target: problem.options.gap_target,
        relaxations: Relaxations::default(),
        columns: problem.columns.to_vec(),
        measures: described(problem),
    };
    plan.check = check(problem, &plan);
    plan
}

fn described(problem: &Problem) -> Vec<MeasureDescription> {
    problem.reported_measures().map(|(_, measure)| MeasureDescription::from(measure)).collect()
}

/// The answer where a search was ended from outside before it had a plan.
pub fn none_found(problem: &Problem, limit: Limit, elapsed: Duration) -> Plan {
    let what = match limit {
        Limit::Stopped => "The search was stopped",
        Limit::WorkerLost => "The process that searched was lost",
        _ => "The time limit was reached",
    };
    let detail = format!("{what} before any plan was found; none is proved not to exist.");
    without(problem, Termination::new(Reason::NoPlanFound, Some(limit), detail), None, elapsed)
}

/// The plan of an outcome, checked.
pub(crate) fn build(problem: &Problem, costs: &Costs, outcome: &Outcome) -> Plan {
    let mut plan = assemble(problem, costs, outcome);
    let gap_target = plan.gap_target;
    let reason = summary::reason(problem, &plan.tiers, &plan.nodes, gap_target);
    let limit = (reason == Reason::Feasible).then(|| outcome.limit.unwrap_or(Limit::Stalled));
    plan.termination = ended(problem, &plan, reason, limit);
    plan.check = check(problem, &plan);
    plan
}

/// All but how the work ended and the check.
fn assemble(problem: &Problem, costs: &Costs, outcome: &Outcome) -> Plan {
    let model = Model::new(problem, costs);
    let leaf_of_unit: Keyed<UnitIndex, LeafIndex> =
        problem.units.all_members().map(|m| outcome.leaf_of[m[0]]).collect();
    let state = State::new(&model, leaf_of_unit);
    // Those that were worked on, and those that the plan has more.
    let steps = Steps::of(outcome.proved.pairs().map(|(t, proved)| proved.steps.len().max(state.steps(problem, t))));
    let mut tiers: Vec<TierResult> =
        outcome.proved.pairs().map(|(t, proved)| tier_result(&model, &state, (t, steps.count(t)), proved)).collect();
    let reasons = moves::reasons(&model, &state);
    let (nodes, stages) = held::results(problem, &outcome.leaf_of, &outcome.anchors);
    for (t, tier) in problem.tiers.keys().iter().zip(&mut tiers) {
        tier.summary = summary::tier(problem, t, tier, nodes.as_slice());
    }
    let unknown = Termination::new(Reason::Feasible, None, String::new());
    let mut plan = Plan {
        termination: unknown,
        certificate: certificate(problem, &outcome.proved, &tiers, &steps),
        assignments: assignments(problem, &outcome.leaf_of, reasons),
        findings: whales::findings(problem),
        whales: whales::named(problem),
        summary: String::new(),
        check: CheckResult::default(),
        solve_time: outcome.elapsed,
        gap_target: problem.options.gap_target,
        relaxations: Relaxations::default(),
        columns: problem.columns.to_vec(),
        measures: described(problem),
        tiers,
        covers: covers::results(problem, &nodes),
        nodes: nodes.into_vec(),
        stages,
        starts: outcome.starts.clone(),
    };
    plan.summary = summary::plan(problem, &plan);
    plan
}

fn ended(problem: &Problem, plan: &Plan, reason: Reason, limit: Option<Limit>) -> Termination {
    let anchors_found = summary::anchors_found(problem, &plan.nodes, problem.tiers.len());
    let detail = summary::detail(reason, limit, plan.gap_target, anchors_found);
    Termination::new(reason, limit, detail)
}

/// Scores and checks a plan that someone else made: `leaf_of` gives the number of each account's leaf, see
/// [`Problem::leaf`], `given` an anchor for each node in tree order (`None`: the request's, else the centre of its accounts). Accounts that must move together but do not are faults of
/// the check, and values count each account where it is. Nothing is proved.
pub fn evaluate(problem: &Problem, leaf_of: &[usize], given: &[Option<Point>]) -> Plan {
    let started = Instant::now();
    let leaf_of: &Keyed<AccountIndex, LeafIndex> = &leaf_of.iter().map(|&leaf| LeafIndex::new(leaf)).collect();
    let whole = problem.units.all_members().all(|m| m.iter().all(|&a| leaf_of[a] == leaf_of[m[0]]));
    let torn = if whole { None } else { problem.torn() };
    let torn = torn.as_ref().unwrap_or(problem);
    let centres = held::centres(torn, leaf_of);
    // In a book without places there is nothing to be near to.
    let located = torn.accounts.places.iter().any(Option::is_some);
    let given = |n: NodeIndex| given.get(n.get()).copied().flatten().filter(|_| located);
    let anchor = |(n, node): (NodeIndex, &Node)| node.anchor.or(given(n)).or(centres[n]);
    let anchors: Anchors = torn.tree.nodes.pairs().map(anchor).collect();
    let costs = Costs::of(torn, &anchors);
    let model = Model::new(torn, &costs);
    let leaf_of_unit = torn.units.all_members().map(|m| leaf_of[m[0]]).collect();
    let state = State::new(&model, leaf_of_unit);
    let mut proved: Keyed<TierIndex, Proved> = Keyed::new();
    let mut limits = Keyed::new();
    for t in torn.tiers.keys() {
        let value = state.value(&model, t);
        proved.push(Proved {
            bound: 0.0,
            decided: value,
            evidence: Evidence::none(torn, t),
            frame: Frame::of(torn, &costs, t, &limits),
            steps: Vec::new(),
        });
        limits.push(torn.tiers[t].limit(value));
    }
    let outcome = Outcome {
        leaf_of: leaf_of.clone(),
        anchors,
        proved,
        limit: None,
        elapsed: started.elapsed(),
        starts: Vec::new(),
    };
    let mut plan = assemble(torn, &costs, &outcome);
    plan.termination = ended(problem, &plan, Reason::Feasible, None);
    // Which units are too large for a fair share does not depend on the plan.
    plan.whales = whales::named(problem);
    plan.check = check(problem, &plan);
    if !plan.check.ok() {
        plan.summary = format!("{} It does not pass the check: {} faults.", plan.summary, plan.check.faults.len());
    }
    plan
}

/// What a tier reached, without its sentence.
fn tier_result(model: &Model, state: &State, (tier, steps): (TierIndex, usize), proved: &Proved) -> TierResult {
    let problem = model.problem;
    let value = state.value(model, tier);
    let bound = proved.bound.max(0.0).min(value);
    let criteria: Vec<CriterionResult> =
        (0..problem.tiers[tier].criteria.len()).map(|c| criterion_result(model, state, tier, c)).collect();
    // Where nothing was decided, and after the last tier, the plan itself says what there is to hold.
    let later = tier.get() + 1 < problem.tiers.len() && proved.decided.is_finite();
    let limit = problem.tiers[tier].limit(if later { proved.decided } else { value });
    let mut result =
        TierResult { value, bound, gap: gap(value, bound), limit, criteria, summary: String::new(), steps: Vec::new() };
    // More excesses are no less than fewer.
    let mut least = proved.bound.max(0.0);
    for step in 0..steps {
        let value = state.step(problem, tier, step + 2);
        let proved = proved.steps.get(step);
        least = proved.map_or(least, |proved| proved.bound.max(least));
        let decided = proved.filter(|_| later).map_or(value, |proved| proved.decided);
        let limit = problem.tiers[tier].limit_of(decided, step + 2);
        let mut result_of = StepResult { largest: step + 2, value, bound: least.min(value), limit, finished: false };
        result_of.finished = is_finished(&problem.tiers[tier], &result_of, problem.options.gap_target);
        result.steps.push(result_of);
    }
    result
}

fn criterion_result(model: &Model, state: &State, tier: TierIndex, criterion: usize) -> CriterionResult {
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
                for r in group.rows {
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
        Kind::Continuity { .. } | Kind::Incumbent { .. } | Kind::Compactness { .. } => {
            let alone = problem.tiers[tier].criteria.iter().filter(|c| c.kind.bands().is_none()).count() == 1;
            let cost = if alone { state.cost(model, tier) } else { one_cost(model, state, tier, criterion) };
            result.value = cost / data.weight;
        }
    }
    result
}

/// The cost of one separable criterion among several of its tier.
fn one_cost(model: &Model, state: &State, tier: TierIndex, criterion: usize) -> f64 {
    model.costs.of_criterion(model.problem, tier, criterion, &state.leaf_of)
}

/// The evidence, each tier's under the limits that the plan says the tiers before were held to; each step's too, under
/// what the steps before were decided at.
fn certificate(
    problem: &Problem,
    proved: &Keyed<TierIndex, Proved>,
    tiers: &[TierResult],
    steps: &Steps,
) -> Certificate {
    let (known, stepped) = (worked_on(proved, proved.len()), (!steps.is_none()).then(|| problem.with_steps(steps)));
    let problem_of_steps = stepped.as_ref().unwrap_or(problem);
    let of = |(t, step): (TierIndex, usize)| match step {
        0 => Some(&proved[t]),
        _ => proved[t].steps.get(step - 1),
    };
    let has = |(t, step): (TierIndex, usize)| match step {
        0 => (tiers[t.get()].value, tiers[t.get()].limit),
        _ => (tiers[t.get()].steps[step - 1].value, tiers[t.get()].steps[step - 1].limit),
    };
    // Of its own tier a step holds what it was decided at; where it was not, and in the last tier, what the plan has, which
    // is no more.
    let decided = |at: (TierIndex, usize)| {
        let last = at.0.get() + 1 == tiers.len();
        let decided = of(at).map(|proved| proved.decided).filter(|decided| decided.is_finite() && !last);
        decided.unwrap_or(has(at).0)
    };
    let mut bound = 0.0_f64;
    let mut written = |at: (TierIndex, usize)| {
        let ((t, step), own) = (at, of(at));
        // A tier or step that was not worked on has its floor and what the steps before it prove.
        let evidence = match own {
            Some(own) => own.evidence.among(&known, steps, at),
            None => Evidence::none(problem_of_steps, steps.at(t, step)),
        };
        let before = steps.order().take_while(|&before| before != at);
        let limits = before.map(|before| if before.0 == t { decided(before) } else { has(before).1 });
        // More excesses are no less than fewer.
        bound = match (own, step) {
            (Some(own), 0) => own.bound,
            (Some(own), _) => own.bound.max(bound),
            (None, _) => bound,
        };
        let groups = problem.rows.groups.zip(&proved[t].frame.floors).filter(|(g, _)| g.tier == t);
        let floor = match step {
            0 => groups.map(|(g, floor)| g.weight * floor).sum(),
            _ => whales_floor(problem_of_steps, steps.at(t, step)),
        };
        evidence.written(problem_of_steps, &limits.collect(), floor, bound)
    };
    let mut all = Certificate::default();
    for (t, step) in steps.order() {
        let certificate = written((t, step));
        if step == 0 { &mut all.tiers } else { &mut all.steps }.push(certificate);
    }
    all
}

fn assignments(
    problem: &Problem,
    leaf_of: &Keyed<AccountIndex, LeafIndex>,
    reasons: Keyed<AccountIndex, Option<MoveReason>>,
) -> Vec<Assignment> {
    let path = |leaf| problem.tree.path(leaf).into_iter().map(NodeIndex::get).collect();
    let paths: Keyed<LeafIndex, Vec<usize>> = problem.tree.leaves.keys().iter().map(path).collect();
    (leaf_of.pairs().zip(reasons))
        .map(|((account, &leaf), move_reason)| {
            let territory = problem.tree.territory_of_leaf[leaf];
            Assignment {
                account_id: problem.accounts.ids[account].clone(),
                path: paths[leaf].clone(),
                territory: territory.get(),
                current_owner: problem.accounts.owner_id(account).clone(),
                moved: problem.is_moved(account, territory),
                move_reason,
            }
        })
        .collect()
}
