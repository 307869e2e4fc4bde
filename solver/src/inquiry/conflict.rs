//! Why there is no plan, and what would make one: the smallest set of rules that conflicts, in names and arithmetic, and every
//! change that lets all the rest hold, cheapest first.
//!
//! A change is tried on all hard rules, not on the conflict alone: where several conflicts stand side by side no single change
//! does, and then a smallest set of rules is named that has to go together. The smallest workable value of a limit is found by
//! halving: a plan that keeps the rest says that a value works, a proof that it does not.

use super::words::listed;
use crate::amount::Amount;
use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::engine::feasible::conflict::conflict;
use crate::engine::feasible::{Found, decide};
use crate::engine::starts::greedy::greedy;
use crate::explain::conflicts::termination;
use crate::explain::wording::percent;
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex, RuleIndex, UnitIndex};
use crate::plan::Termination;
use crate::problem::Problem;
use crate::problem::budget::Adds;
use crate::problem::rules::{Most, RuleKind};
use crate::proof::costs::Costs;
use crate::score::Model;

/// Part of the time for telling whether there is a plan.
const DECIDE_PART: f64 = 0.35;
/// Part of what is left for finding the smallest set that conflicts.
const CONFLICT_PART: f64 = 0.5;
/// Part of what is left that one trial of a change may take.
const TRIAL_PART: f64 = 0.2;
/// Conflicts side by side that are looked for.
const ROUNDS_MAX: usize = 12;
/// Times that an interval of limits is halved: more than amounts have bits.
const HALVINGS_MAX: usize = 64;

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

/// A change that lets all the rest hold.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictRepair {
    /// What changes.
    pub kind: RepairKind,
    /// The rules that change, by id; empty: families.
    pub rule_ids: Vec<String>,
    /// The accounts of the family that is taken apart; else empty.
    pub account_ids: Vec<String>,
    /// The limit now.
    pub from: Option<Amount>,
    /// The smallest change of it that works.
    pub to: Option<Amount>,
    /// Whether less was proved not to work.
    pub is_least: bool,
    /// All of it in a sentence.
    pub words: String,
}

/// What a repair changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairKind {
    /// An upper limit is raised.
    Raise,
    /// A lower limit is lowered.
    Lower,
    /// A family's accounts go where they like.
    Separate,
    /// A rule goes.
    Drop,
    /// Several rules go together, none of which could stay.
    DropTogether,
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
    let found = decide(&hard_rules, Some(&near), &slice);
    clock.absorb(&slice);
    let none =
        |is_infeasible| ConflictExplained { is_infeasible, conflict: None, repairs: Vec::new(), is_complete: true };
    let evidence = match found {
        Found::Refuted(evidence) => evidence,
        Found::Plan(_) => return none(Some(false)),
        Found::Open => return none(None),
    };
    let near = problem.units.of.map(|&unit| near[unit]);
    let slice = clock.slice(CONFLICT_PART);
    let (refuted, _) = conflict(problem, evidence, &near, &slice);
    clock.absorb(&slice);
    let (ended, _) = termination(problem, &refuted);
    let mut trials = Trials { problem, near, clock: &clock, is_complete: true };
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

/// How dear a repair is: its class, and within that how much it changes.
type Ranked = (u8, f64, ConflictRepair);

/// Changes that are tried.
struct Trials<'a> {
    problem: &'a Problem,
    /// Where accounts are in the last plan found, or the start.
    near: Keyed<AccountIndex, LeafIndex>,
    clock: &'a Clock<'a>,
    is_complete: bool,
}

impl Trials<'_> {
    /// Whether a problem without tiers has a plan; `None`: not told in time. A plan is kept to start from.
    fn works(&mut self, changed: &Problem) -> Option<bool> {
        if self.clock.is_over() {
            self.is_complete = false;
            return None;
        }
        let near: Keyed<UnitIndex, LeafIndex> = changed.units.all_members().map(|m| self.near[m[0]]).collect();
        let slice = self.clock.slice(TRIAL_PART);
        let found = decide(changed, Some(&near), &slice);
        self.clock.absorb(&slice);
        match found {
            Found::Plan(leaf_of) => {
                self.near = changed.units.of.map(|&unit| leaf_of[unit]);
                Some(true)
            }
            Found::Refuted(_) => Some(false),
            Found::Open => {
                self.is_complete = false;
                None
            }
        }
    }

    /// Every single change of a conflict that works: limits, families, rules.
    fn singles(&mut self, rules: &[RuleIndex], families: &[Vec<AccountIndex>]) -> Vec<Ranked> {
        let mut repairs = Vec::new();
        for family in families {
            repairs.extend(self.separated(family));
        }
        for &rule in rules {
            if self.works(&self.problem.hard_rules_without(&[rule])) != Some(true) {
                continue;
            }
            repairs.extend(self.limits(rule));
            repairs.push(self.dropped(rule));
        }
        repairs
    }

    fn separated(&mut self, family: &[AccountIndex]) -> Option<Ranked> {
        let rules: Vec<RuleIndex> = self.problem.rules.keys().iter().collect();
        let others: Vec<Vec<AccountIndex>> =
            self.problem.families().into_iter().filter(|other| other.first() != family.first()).collect();
        if self.works(&self.problem.subset(&rules, &others)) != Some(true) {
            return None;
        }
        let ids: Vec<String> = family.iter().map(|&account| self.problem.accounts.ids[account].clone()).collect();
        let words = format!("Let the family of {} go where its accounts fit.", listed(ids.iter().cloned()));
        Some((
            1,
            family.len() as f64,
            ConflictRepair {
                kind: RepairKind::Separate,
                rule_ids: Vec::new(),
                account_ids: ids,
                from: None,
                to: None,
                is_least: true,
                words,
            },
        ))
    }

    fn dropped(&self, rule: RuleIndex) -> Ranked {
        let data = &self.problem.rules[rule];
        let speaks_of = data.kind.picked().map_or(self.problem.account_count(), <[AccountIndex]>::len);
        (
            2,
            speaks_of as f64,
            ConflictRepair {
                kind: RepairKind::Drop,
                rule_ids: vec![data.id.clone()],
                account_ids: Vec::new(),
                from: None,
                to: None,
                is_least: true,
                words: format!("Leave out rule {}.", data.id),
            },
        )
    }

    /// The smallest workable values of a rule's limits; the rule can go as a whole, as the last plan found shows.
    fn limits(&mut self, rule: RuleIndex) -> Vec<Ranked> {
        let mut found = Vec::new();
        match self.problem.rules[rule].kind.clone() {
            RuleKind::Bounds { accounts, nodes, measure, min, max } => {
                let held: Vec<i64> = nodes.iter().map(|&node| self.held(accounts.as_deref(), node, measure)).collect();
                let step = self.step(accounts.as_deref(), measure);
                let (least, most) = (held.iter().min().copied(), held.iter().max().copied());
                if let (Some(limit), Some(works)) = (max, most.filter(|most| max.is_some_and(|max| *most > max))) {
                    let kind = |max: i64| RuleKind::Bounds {
                        accounts: accounts.clone(),
                        nodes: nodes.clone(),
                        measure,
                        min,
                        max: Some(max),
                    };
                    found.extend(self.halved(rule, measure, (limit, works, step), &kind));
                }
                if let (Some(limit), Some(works)) = (min, least.filter(|least| min.is_some_and(|min| *least < min))) {
                    let kind = |min: i64| RuleKind::Bounds {
                        accounts: accounts.clone(),
                        nodes: nodes.clone(),
                        measure,
                        min: Some(min),
                        max,
                    };
                    found.extend(self.halved(rule, measure, (limit, works, step), &kind));
                }
            }
            RuleKind::MoveLimit { accounts, measure, per_owner: false, .. } => {
                let budget = self
                    .problem
                    .rows
                    .budgets
                    .iter()
                    .find(|budget| self.problem.rule_id(budget.origin) == Some(&self.problem.rules[rule].id));
                let Some((limit, works)) = budget.map(|budget| (budget.most, self.moved(budget))) else { return found };
                let step = match budget.map(|budget| &budget.adds) {
                    Some(Adds::Moves(moves)) => moves.step().max(1),
                    _ => 1,
                };
                let kind = |most: i64| RuleKind::MoveLimit {
                    accounts: accounts.clone(),
                    measure,
                    most: Most::Amount(most),
                    per_owner: false,
                };
                if works > limit {
                    found.extend(self.halved(rule, measure, (limit, works, step), &kind));
                }
            }
            RuleKind::MoveLimit { per_owner: true, .. }
            | RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => {}
        }
        found
    }

    /// What a node holds in the last plan found, of all accounts or some.
    fn held(&self, accounts: Option<&[AccountIndex]>, node: NodeIndex, measure: MeasureIndex) -> i64 {
        let leaves = self.problem.tree.nodes[node].leaves;
        let counts = |account: &AccountIndex| accounts.is_none_or(|some| some.binary_search(account).is_ok());
        let inside = self.near.pairs().filter(|(_, leaf)| leaves.iter().any(|inside| inside == **leaf));
        inside
            .filter(|(account, _)| counts(account))
            .map(|(account, _)| self.problem.measures[measure].amounts[account])
            .sum()
    }

    /// What leaves its owner in the last plan found, as far as a budget counts it. Units of the whole may be torn in it.
    fn moved(&self, budget: &crate::problem::budget::Budget) -> i64 {
        let each = self.problem.units.all().iter().map(|unit| {
            let leaf = self.near[self.problem.units.members(unit)[0]];
            budget.amount(unit, leaf)
        });
        each.sum()
    }

    /// What divides all amounts that a rule counts.
    fn step(&self, accounts: Option<&[AccountIndex]>, measure: MeasureIndex) -> i64 {
        let amounts = &self.problem.measures[measure].amounts;
        let all =
            amounts.pairs().filter(|(account, _)| accounts.is_none_or(|some| some.binary_search(account).is_ok()));
        all.fold(0, |step, (_, &amount)| divisor(step, amount)).max(1)
    }

    /// The value nearest to `limit`, which does not work, toward `works`, which does, that works.
    fn halved(
        &mut self,
        rule: RuleIndex,
        measure: MeasureIndex,
        (limit, works, step): (i64, i64, i64),
        kind: &dyn Fn(i64) -> RuleKind,
    ) -> Option<Ranked> {
        let raises = works > limit;
        // Only multiples of the step tell: the limit rounded to where it is as good.
        let (mut no, mut yes) = match raises {
            true => (limit.div_euclid(step), works.div_euclid(step)),
            false => (-(-limit).div_euclid(step), works.div_euclid(step)),
        };
        let mut is_least = true;
        for _ in 0..HALVINGS_MAX {
            if yes.abs_diff(no) <= 1 {
                break;
            }
            let middle = no + (yes - no) / 2;
            match self.works(&self.problem.with_rule(rule, kind(middle * step))) {
                Some(true) => yes = middle,
                Some(false) => no = middle,
                None => (no, is_least) = (middle, false),
            }
        }
        let (id, measure) = (&self.problem.rules[rule].id, &self.problem.measures[measure]);
        let (from, to) = (measure.amount(limit), measure.amount(yes * step));
        let change = (yes * step).abs_diff(limit) as f64 / limit.unsigned_abs().max(1) as f64;
        let how = if raises { "Raise" } else { "Lower" };
        let least = if is_least { "; less does not do" } else { "" };
        let words = format!(
            "{how} the limit of rule {id} on {} from {from} to {to} ({}{least}).",
            measure.name,
            percent(change)
        );
        Some((
            0,
            change,
            ConflictRepair {
                kind: if raises { RepairKind::Raise } else { RepairKind::Lower },
                rule_ids: vec![id.clone()],
                account_ids: Vec::new(),
                from: Some(from),
                to: Some(to),
                is_least,
                words,
            },
        ))
    }

    /// Rules that have to go together, where none by itself does: one of each conflict that is found after the others are gone,
    /// then each back that may stay.
    fn together(&mut self, first: &[RuleIndex]) -> Option<Ranked> {
        let mut gone: Vec<RuleIndex> = Vec::new();
        let mut next: Vec<RuleIndex> = first.to_vec();
        for _ in 0..ROUNDS_MAX {
            // All of the conflict: which of them is needed is seen after.
            gone.extend(next.iter().copied().filter(|rule| !gone.contains(rule)).collect::<Vec<_>>());
            let rest = self.problem.hard_rules_without(&gone);
            let near: Keyed<UnitIndex, LeafIndex> = rest.units.all_members().map(|m| self.near[m[0]]).collect();
            let slice = self.clock.slice(TRIAL_PART);
            let found = decide(&rest, Some(&near), &slice);
            self.clock.absorb(&slice);
            match found {
                Found::Plan(leaf_of) => {
                    self.near = rest.units.of.map(|&unit| leaf_of[unit]);
                    return self.fewest(gone);
                }
                Found::Open => return None,
                Found::Refuted(evidence) => {
                    let near = self.near.clone();
                    let slice = self.clock.slice(TRIAL_PART);
                    let (refuted, _) = conflict(&rest, evidence, &near, &slice);
                    self.clock.absorb(&slice);
                    // Numbers of the rest back to those of the whole.
                    let kept: Vec<RuleIndex> =
                        self.problem.rules.keys().iter().filter(|rule| !gone.contains(rule)).collect();
                    next = refuted.rules.iter().map(|rule| kept[crate::index::Number::get(*rule)]).collect();
                    if next.is_empty() {
                        return None;
                    }
                }
            }
        }
        None
    }

    fn fewest(&mut self, mut gone: Vec<RuleIndex>) -> Option<Ranked> {
        let mut is_least = true;
        for rule in gone.clone() {
            let fewer: Vec<RuleIndex> = gone.iter().copied().filter(|other| *other != rule).collect();
            match self.works(&self.problem.hard_rules_without(&fewer)) {
                Some(true) => gone = fewer,
                Some(false) => {}
                None => is_least = false,
            }
        }
        gone.sort_unstable();
        let ids: Vec<String> = gone.iter().map(|&rule| self.problem.rules[rule].id.clone()).collect();
        let words =
            format!("No single change does. Leave out {} together.", listed(ids.iter().map(|id| format!("rule {id}"))));
        Some((
            3,
            ids.len() as f64,
            ConflictRepair {
                kind: RepairKind::DropTogether,
                rule_ids: ids,
                account_ids: Vec::new(),
                from: None,
                to: None,
                is_least,
                words,
            },
        ))
    }
}

/// The greatest number that divides both.
fn divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}
