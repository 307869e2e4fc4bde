//! Changes of a conflict that are tried: each on all hard rules, with a plan or a proof.

use super::data::{ConflictRepair, RepairKind};
use super::limits::{Limit, LimitUnit, Near, limits};
use crate::amount::Amount;
use crate::engine::clock::Clock;
use crate::engine::feasible::conflict::conflict_among;
use crate::engine::feasible::lazily::{Lazily, decide_lazily};
use crate::explain::wording::percent;
use crate::index::{AccountIndex, Keyed, LeafIndex, Number, RuleIndex, UnitIndex};
use crate::inquiry::words::listed;
use crate::problem::Problem;

/// Part of what is left that one trial of a change may take.
const TRIAL_PART: f64 = 0.2;
/// Conflicts side by side that are looked for.
const ROUNDS_MAX: usize = 12;
/// Times that an interval of limits is halved: more than amounts have bits.
const HALVINGS_MAX: usize = 64;

/// How dear a repair is: its class, and within that how much it changes.
pub(super) type Ranked = (u8, f64, ConflictRepair);

/// Changes that are tried.
pub(super) struct Trials<'a> {
    pub problem: &'a Problem,
    /// The accounts that are joined by parent.
    pub families: Vec<Vec<AccountIndex>>,
    /// Where accounts are in the last plan found, or the start.
    pub near: Near,
    pub clock: &'a Clock<'a>,
    /// Whether every trial came to its end.
    pub is_complete: bool,
}

impl Trials<'_> {
    /// Whether a problem without tiers, with these families, has a plan; `None`: not told in time. A plan is kept to start from.
    fn works(&mut self, changed: &Problem) -> Option<bool> {
        let families = std::mem::take(&mut self.families);
        let found = self.works_with(changed, &families);
        self.families = families;
        found
    }

    fn works_with(&mut self, changed: &Problem, families: &[Vec<AccountIndex>]) -> Option<bool> {
        match self.tried(changed, families) {
            Lazily::Plan(_) => Some(true),
            Lazily::Refuted(..) => Some(false),
            Lazily::Open => None,
        }
    }

    fn tried(&mut self, changed: &Problem, families: &[Vec<AccountIndex>]) -> Lazily {
        if self.clock.is_over() {
            self.is_complete = false;
            return Lazily::Open;
        }
        let near: Keyed<UnitIndex, LeafIndex> = changed.units.all_members().map(|m| self.near[m[0]]).collect();
        let slice = self.clock.slice(TRIAL_PART);
        let found = decide_lazily(changed, families, &near, &slice);
        self.clock.absorb(&slice);
        match &found {
            Lazily::Plan(leaf_of) => self.near = changed.units.of.map(|&unit| leaf_of[unit]),
            Lazily::Refuted(..) => {}
            Lazily::Open => self.is_complete = false,
        }
        found
    }

    /// Every single change of a conflict that works: limits, families, rules.
    pub fn singles(&mut self, rules: &[RuleIndex], families: &[Vec<AccountIndex>]) -> Vec<Ranked> {
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
        if self.works_with(&self.problem.subset(&rules, &others), &others) != Some(true) {
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

    /// The values nearest to a rule's limits that work, each by itself. The rule can go as a whole, as the last plan found shows.
    fn limits(&mut self, rule: RuleIndex) -> Vec<Ranked> {
        let problem = self.problem;
        let all = limits(problem, rule);
        let alone = all.len() == 1;
        let without = self.near.clone();
        let mut found = Vec::new();
        for limit in &all {
            // Where the rule has another limit, too, that one has to hold.
            let has_plan = alone || self.works(&problem.with_rule(rule, (limit.with)(None))) == Some(true);
            if has_plan {
                found.extend(self.nearest(rule, limit));
            }
            self.near.clone_from(&without);
        }
        found
    }

    /// The value nearest to a limit, which does not work, that works; without the limit the last plan found does.
    fn nearest(&mut self, rule: RuleIndex, limit: &Limit) -> Option<Ranked> {
        let problem = self.problem;
        let mut yes = (limit.needs)(&self.near)?;
        let mut no = limit.steps;
        if (yes > no) != limit.raises || yes == no {
            return None;
        }
        let mut is_least = true;
        for _ in 0..HALVINGS_MAX {
            if yes.abs_diff(no) <= 1 {
                break;
            }
            let middle = no + (yes - no) / 2;
            match self.works(&problem.with_rule(rule, (limit.with)(Some(middle)))) {
                // What the plan found needs may be nearer still.
                Some(true) => {
                    let needs = (limit.needs)(&self.near).unwrap_or(middle);
                    yes = if limit.raises { needs.clamp(no + 1, middle) } else { needs.clamp(middle, no - 1) };
                }
                Some(false) => no = middle,
                None => (no, is_least) = (middle, false),
            }
        }
        let (from, to) = (limit.from, limit.amount(problem, yes));
        let words = nearest_words(&problem.rules[rule].id, limit, to, is_least);
        let change = (to.value() - from.value()).abs() / from.value().abs().max(limit.amount(problem, 1).value());
        Some((
            0,
            change,
            ConflictRepair {
                kind: if limit.raises { RepairKind::Raise } else { RepairKind::Lower },
                rule_ids: vec![problem.rules[rule].id.clone()],
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
    pub fn together(&mut self, first: &[RuleIndex]) -> Option<Ranked> {
        let mut gone: Vec<RuleIndex> = Vec::new();
        let mut next: Vec<RuleIndex> = first.to_vec();
        for _ in 0..ROUNDS_MAX {
            // All of the conflict: which of them is needed is seen after.
            gone.extend(next.iter().copied().filter(|rule| !gone.contains(rule)).collect::<Vec<_>>());
            let rest = self.problem.hard_rules_without(&gone);
            match self.tried(&rest, &self.problem.families()) {
                Lazily::Plan(_) => return self.fewest(gone),
                Lazily::Open => return None,
                Lazily::Refuted(rules, evidence) => {
                    let slice = self.clock.slice(TRIAL_PART);
                    let (refuted, _) = conflict_among(&rest, &rules, evidence, &self.near, &slice);
                    self.clock.absorb(&slice);
                    // Numbers of the rest back to those of the whole.
                    let kept: Vec<RuleIndex> =
                        self.problem.rules.keys().iter().filter(|rule| !gone.contains(rule)).collect();
                    next = refuted.rules.iter().map(|rule| kept[rule.get()]).collect();
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

/// A change of a limit in a sentence.
fn nearest_words(id: &str, limit: &Limit, to: Amount, is_least: bool) -> String {
    let how = if limit.raises { "Raise" } else { "Lower" };
    let proved = if is_least { "; no smaller change does" } else { "" };
    let (from, value) = (limit.from.value(), to.value());
    match limit.unit {
        LimitUnit::Amount(..) => {
            let much = if from == 0.0 { String::new() } else { percent((value - from).abs() / from.abs()) };
            let inside = format!("{much}{proved}");
            let inside = inside.trim_start_matches("; ");
            let inside = if inside.is_empty() { String::new() } else { format!(" ({inside})") };
            format!("{how} the limit of rule {id}{} from {} to {to}{inside}.", limit.of, limit.from)
        }
        LimitUnit::Share(_) => {
            let inside = proved.trim_start_matches("; ");
            let inside = if inside.is_empty() { String::new() } else { format!(" ({inside})") };
            format!("{how} the limit of rule {id}{} from {} to {}{inside}.", limit.of, percent(from), percent(value))
        }
        LimitUnit::Together => {
            format!("Let {to} of the accounts that rule {id} keeps apart share a territory (now 1{proved}).")
        }
    }
}
