//! An answer as plain data. The one place of the judge that knows the solver's types of an answer.

use carve_solver::Plan;
use carve_solver::plan::{DefaultKind, Reason, TierResult};

/// How the work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a plan called optimal.
    Optimal,
    /// With a plan.
    Plan,
    /// Proved: there is none.
    Infeasible,
    /// None was found.
    NoneFound,
}

/// A node of the tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// The node above it.
    pub parent: Option<usize>,
    /// Its part of the book.
    pub share: f64,
    /// The anchor used, degrees north and east.
    pub anchor: Option<(f64, f64)>,
    /// What it holds: measure, amount.
    pub amounts: Vec<(String, i64)>,
}

/// A tier.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Its value, and each criterion's.
    pub value: f64,
    /// By criterion, without weight.
    pub criteria: Vec<f64>,
    /// The bound, the certificate's, and the floor that whole units force.
    pub bounds: [f64; 3],
    /// What it says later tiers were held to.
    pub limit: f64,
    /// What its certificate holds earlier tiers to.
    pub tier_limits: Vec<f64>,
    /// The same of their steps.
    pub step_limits: Vec<f64>,
    /// What it says of itself.
    pub summary: String,
    /// Its steps after the first.
    pub steps: Vec<Step>,
}

/// A step of a tier.
#[derive(Debug, Clone)]
pub struct Step {
    /// How many excesses it adds up, and their sum.
    pub largest: usize,
    /// Their sum.
    pub value: f64,
    /// The bound, the certificate's, and the floor that whole units force.
    pub bounds: [f64; 3],
    /// What it says later tiers were held to.
    pub limit: f64,
    /// What its certificate holds its tier and those before to.
    pub tier_limits: Vec<f64>,
    /// The same of steps before it.
    pub step_limits: Vec<f64>,
}

/// The worst deviation of a measure in a stage.
#[derive(Debug, Clone)]
pub struct Worst {
    /// The level that holds the stage.
    pub level: usize,
    /// The measure.
    pub measure: String,
    /// |amount − target| ÷ target at the worst node.
    pub deviation: f64,
    /// What no plan is said to be below.
    pub bound: f64,
}

/// What allows no plan.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// Rules, by id.
    pub rule_ids: Vec<String>,
    /// Families that are named, each by accounts: those with a named account are joined and no others. `None`: the
    /// answer cannot name any, and all are joined.
    pub families: Option<Vec<Vec<String>>>,
    /// Accounts that are named for who owns them, which a move limit counts.
    pub owners: Vec<Vec<String>>,
    /// Whether it says that nothing of it can be left out.
    pub irreducible: bool,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How the work ended.
    pub ended: Ended,
    /// Every node, the root first.
    pub nodes: Vec<Node>,
    /// The leaf of each account, as an index into `nodes`.
    pub leaves: Vec<usize>,
    /// One for each tier.
    pub tiers: Vec<Tier>,
    /// Of every stage and measure.
    pub stages: Vec<Worst>,
    /// Where there is no plan.
    pub conflict: Conflict,
    /// What carve's own check finds wrong.
    pub own_faults: Vec<String>,
}

impl Answer {
    /// Of a plan, and of what checking it anew finds.
    pub fn of(plan: &Plan, own_faults: Vec<String>) -> Answer {
        let ended = match plan.termination.reason {
            Reason::Optimal => Ended::Optimal,
            Reason::Infeasible => Ended::Infeasible,
            _ if plan.has_assignments() => Ended::Plan,
            _ => Ended::NoneFound,
        };
        let parent = |id: &str| plan.nodes.iter().position(|n| n.node_id == id);
        let nodes = plan.nodes.iter().map(|node| Node {
            id: node.node_id.clone(),
            parent: if node.level == 0 { None } else { parent(&node.parent_node_id) },
            share: node.share,
            anchor: node.anchor.map(|a| (a.latitude(), a.longitude())),
            amounts: node.measures.iter().map(|m| (m.measure.clone(), m.amount)).collect(),
        });
        let before = |tier: &TierResult| -> usize {
            let tiers = plan.tiers.iter().take_while(|other| !std::ptr::eq(*other, tier));
            tiers.map(|tier| tier.steps.len()).sum()
        };
        let tiers = plan.tiers.iter().zip(&plan.certificate.tiers).map(|(tier, said)| Tier {
            value: tier.value,
            criteria: tier.criteria.iter().map(|c| c.value).collect(),
            bounds: [tier.bound, said.bound, said.lumpiness_floor],
            limit: tier.limit,
            tier_limits: said.tier_limits.clone(),
            step_limits: said.step_limits.clone(),
            summary: tier.summary.clone(),
            steps: (tier.steps.iter().zip(plan.certificate.steps.iter().skip(before(tier))))
                .map(|(step, said)| Step {
                    largest: step.largest,
                    value: step.value,
                    bounds: [step.bound, said.bound, said.lumpiness_floor],
                    limit: step.limit,
                    tier_limits: said.tier_limits.clone(),
                    step_limits: said.step_limits.clone(),
                })
                .collect(),
        });
        let stages = plan.stages.iter().flat_map(|stage| {
            stage.deviations.iter().map(|d| Worst {
                level: stage.level,
                measure: d.measure.clone(),
                deviation: d.worst_deviation,
                bound: d.worst_deviation_bound,
            })
        });
        Answer {
            ended,
            nodes: nodes.collect(),
            leaves: plan.assignments.iter().map(|a| a.path.last().copied().unwrap_or(0)).collect(),
            tiers: tiers.collect(),
            stages: stages.collect(),
            conflict: conflict(plan),
            own_faults,
        }
    }
}

/// Of an answer without a plan.
fn conflict(plan: &Plan) -> Conflict {
    let ended = &plan.termination;
    let named = |kind: DefaultKind| -> Vec<Vec<String>> {
        let of_kind = ended.conflicting_defaults.iter().filter(|default| default.kind == kind);
        of_kind.map(|default| default.account_ids.clone()).collect()
    };
    Conflict {
        rule_ids: ended.conflicting_rule_ids.clone(),
        families: Some(named(DefaultKind::Families)),
        owners: named(DefaultKind::Owners),
        irreducible: ended.conflict_irreducible,
    }
}
