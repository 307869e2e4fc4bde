//! Why there is no plan, and what would make one: the smallest set of rules that conflicts, in names and arithmetic, and every
//! change that lets all the rest hold, cheapest first.
//!
//! A change is tried on all hard rules, not on the conflict alone: where several conflicts stand side by side no single change
//! does, and then a smallest set of rules is named that has to go together. The smallest workable value of a limit is found by
//! halving: a plan that keeps the rest says that a value works, a proof that it does not.

mod data;

mod limits;

mod trials;

use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::engine::feasible::conflict::conflict_among;
use crate::engine::feasible::lazily::{Lazily, decide_lazily};
use crate::engine::starts::greedy::greedy;
use crate::explain::conflicts::termination;
use crate::index::RuleIndex;
use crate::plan::Termination;
use crate::problem::Problem;
use crate::proof::costs::Costs;
use crate::score::Model;
use trials::Trials;

pub use data::{ConflictRepair, RepairKind};

/// Part of the time for telling whether there is a plan.
const DECIDE_PART: f64 = 0.6;
/// Part of what is left for finding the smallest set that conflicts.
const CONFLICT_PART: f64 = 0.5;

/// What there is to say of a request without a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictExplained {
    /// Whether no plan exists. `Some(false)`: there is one; `None`: neither was found in time.
    pub is_infeasible: Option<bool>,
    /// How it is infeasible, with the rules, defaults and accounts of the conflict. `None`: it is not.
    pub conflict: Option<Termination>,
    /// What would make a plan, the cheapest first.
    pub repairs: Vec<ConflictRepair>,
    /// Whether every single change of the conflict was tried to its end.
    pub is_complete: bool,
}

/// Explains why a request has no plan.
pub fn explain_infeasible(problem: &Problem, control: &Control) -> ConflictExplained {
    let clock = Clock::new(control.deadline, control.stop, None, 0);
    let hard_rules = problem.hard_rules();
    let near = {
        let costs = Costs::none(&hard_rules);
        let model = Model::new(&hard_rules, &costs);
        greedy(&model, &[]).leaf_of
    };
    let slice = clock.slice(DECIDE_PART);
    let found = decide_lazily(&hard_rules, &problem.families(), &near, &slice);
    clock.absorb(&slice);
    let none = |is_infeasible: Option<bool>| ConflictExplained {
        is_complete: is_infeasible.is_some(),
        is_infeasible,
        conflict: None,
        repairs: Vec::new(),
    };
    let (rules, evidence) = match found {
        Lazily::Refuted(rules, evidence) => (rules, evidence),
        Lazily::Plan(_) => return none(Some(false)),
        Lazily::Open => return none(None),
    };
    let near = problem.units.of.map(|&unit| near[unit]);
    let slice = clock.slice(CONFLICT_PART);
    let (refuted, _) = conflict_among(problem, &rules, evidence, &near, &slice);
    clock.absorb(&slice);
    let (ended, _) = termination(problem, &refuted);
    let mut trials = Trials { problem, families: problem.families(), near, clock: &clock, is_complete: true };
    let rules: Vec<RuleIndex> = refuted.rules.as_slice().to_vec();
    let mut repairs = trials.singles(&rules, &refuted.families);
    if repairs.is_empty() {
        repairs.extend(trials.together(&rules));
    }
    repairs.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).unwrap_or(std::cmp::Ordering::Equal));
    ConflictExplained {
        is_infeasible: Some(true),
        conflict: Some(ended),
        repairs: repairs.into_iter().map(|(_, _, repair)| repair).collect(),
        is_complete: trials.is_complete,
    }
}
