//! What conflicts: rules and families that allow no plan, as few as can be.
//!
//! A deletion filter (Chinneck & Dravnieks 1991): what the evidence does not speak of is left out at once; then each rest is
//! tried without some of its members, many at a time first. No plan without them: they are dropped. A plan: one of them
//! is needed. What is not told in time stays, and then the set is not said to be irreducible.

use super::{Found, decide};
use crate::engine::clock::Clock;
use crate::explain::conflicts::{NewLimit, Remedy, owned, termination};
use crate::index::{AccountIndex, Keyed, LeafIndex, RuleIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::rules::{Most, RuleKind};
use crate::proof::evidence::Evidence;
use crate::proof::infeasible::{Refuted, proves, taking_part};
use crate::proof::lines::Hard;

/// Parts that a set of rules is tried without, before its members are tried one by one.
const CHUNKS: usize = 4;
/// Part of the time left that the filter takes: the rest is for the answer.
const FILTER: f64 = 0.9;
/// Time for one trial, as part of what would be an even share of the time left.
const TRIAL: f64 = 3.0;

/// The same for a change of a limit: a tenth of the time left, as the answer is known.
const REMEDY_SHARES: usize = 29;

/// One member of a conflict.
#[derive(Debug, Clone, PartialEq)]
enum Member {
    Rule(RuleIndex),
    Family(Vec<AccountIndex>),
}

struct Filter<'a> {
    problem: &'a Problem,
    clock: &'a Clock<'a>,
    /// Leaf of each account in the nearest plan found.
    near: Keyed<AccountIndex, LeafIndex>,
    /// What is known to allow no plan.
    known: Vec<Member>,
    /// The evidence for it.
    evidence: Evidence,
    /// Members that are yet to be tried.
    untried: usize,
    irreducible: bool,
}

/// The least that is found to allow no plan, from the evidence that the whole of the hard rules does. `near` gives each
/// account's leaf in the plan that breaks the rules least. Also tells whether the change of a limit that this asks for does.
pub(crate) fn conflict(
    problem: &Problem,
    evidence: Evidence,
    near: &Keyed<AccountIndex, LeafIndex>,
    clock: &Clock,
) -> (Box<Refuted>, Option<bool>) {
    let all: Vec<RuleIndex> = problem.rules.keys().iter().collect();
    conflict_among(problem, &all, evidence, near, clock)
}

/// The same from the evidence that some of the rules, ascending, allow no plan.
pub(crate) fn conflict_among(
    problem: &Problem,
    rules: &[RuleIndex],
    evidence: Evidence,
    near: &Keyed<AccountIndex, LeafIndex>,
    clock: &Clock,
) -> (Box<Refuted>, Option<bool>) {
    let families = problem.families().into_iter().map(Member::Family);
    let known: Vec<Member> = families.chain(rules.iter().copied().map(Member::Rule)).collect();
    let untried = known.len();
    let slice = clock.slice(FILTER);
    let mut filter = Filter { problem, clock: &slice, near: near.clone(), known, evidence, untried, irreducible: true };
    filter.cut_to_support();
    filter.reduce();
    let owners = filter.owners();
    let (rules, families) = parts(&filter.known);
    let refuted = Refuted {
        rules: rules.into(),
        families,
        owners,
        evidence: filter.evidence.clone(),
        irreducible: filter.irreducible,
    };
    let remedied = filter.remedied(&refuted);
    clock.absorb(&slice);
    (Box::new(refuted), remedied)
}

/// Rules and families of a set.
fn parts(members: &[Member]) -> (Vec<RuleIndex>, Vec<Vec<AccountIndex>>) {
    let (mut rules, mut families) = (Vec::new(), Vec::new());
    for member in members {
        match member {
            Member::Rule(rule) => rules.push(*rule),
            Member::Family(family) => families.push(family.clone()),
        }
    }
    rules.sort_unstable();
    (rules, families)
}

/// The hard rules with one limit as proposed.
fn loosened(problem: &Problem, Remedy { rule, to }: Remedy) -> Problem {
    let mut kind = problem.rules[rule].kind.clone();
    match (&mut kind, to) {
        (RuleKind::Bounds { min, .. }, NewLimit::Min(limit)) => *min = Some(limit),
        (RuleKind::Bounds { max, .. }, NewLimit::Max(limit)) => *max = Some(limit),
        (RuleKind::MoveLimit { most, .. }, NewLimit::Max(limit)) => *most = Most::Amount(limit),
        // No change is proposed of what these say.
        (RuleKind::MoveLimit { .. }, NewLimit::Min(_))
        | (RuleKind::Allow { .. }, _)
        | (RuleKind::Together { .. }, _)
        | (RuleKind::Apart { .. }, _)
        | (RuleKind::Keep { .. }, _)
        | (RuleKind::CoverLimit { .. }, _) => {}
    }
    problem.with_rule(rule, kind)
}

impl Filter<'_> {
    fn reduce(&mut self) {
        let is_family = |member: &&Member| matches!(member, Member::Family(_));
        let (families, rules): (Vec<Member>, Vec<Member>) = self.known.clone().into_iter().partition(|m| is_family(&m));
        self.untried = rules.len() + 1;
        // Rules first, with all families as they are: whoever takes a rule out of the request leaves them there. Then the
        // families, all at once first. A rule that was needed beside all families is needed beside fewer.
        for chunk in rules.chunks(rules.len().div_ceil(CHUNKS).max(1)) {
            self.try_without(chunk);
        }
        self.untried = families.len();
        self.try_without(&families);
    }

    /// Drops what is not needed of these members.
    fn try_without(&mut self, members: &[Member]) {
        let members: Vec<Member> = members.iter().filter(|m| self.known.contains(m)).cloned().collect();
        if members.is_empty() {
            return;
        }
        let rest: Vec<Member> = self.known.iter().filter(|m| !members.contains(m)).cloned().collect();
        let found = self.decide(&rest);
        match found {
            Found::Refuted(evidence) => {
                self.untried = self.untried.saturating_sub(members.len());
                (self.known, self.evidence) = (rest, evidence);
                self.cut_to_support();
            }
            Found::Plan(_) | Found::Open if members.len() > 1 => {
                let (first, second) = members.split_at(members.len() / 2);
                self.try_without(first);
                self.try_without(second);
            }
            Found::Plan(_) => self.untried = self.untried.saturating_sub(1),
            Found::Open => {
                self.untried = self.untried.saturating_sub(1);
                self.irreducible = false;
            }
        }
    }

    /// The accounts whose owners count in the move limits of the conflict: those that leave some owner wherever they go,
    /// if there is a plan when nobody owns them, else all that the limits count.
    fn owners(&mut self) -> Vec<AccountIndex> {
        let (rules, families) = parts(&self.known);
        let subset = self.problem.subset(&rules, &families);
        let [all, leaving] = owned(&subset);
        if leaving.is_empty() || leaving == all {
            return all;
        }
        match self.decide_of(&subset.disowned(&leaving)) {
            Found::Plan(_) => leaving,
            Found::Refuted(_) | Found::Open => all,
        }
    }

    /// Whether there is a plan for the whole once the limit is as the conflict asks for; `None` where that is not told.
    fn remedied(&mut self, refuted: &Refuted) -> Option<bool> {
        let (_, remedy) = termination(self.problem, refuted);
        self.untried = REMEDY_SHARES;
        match self.decide_of(&loosened(self.problem, remedy?)) {
            Found::Plan(_) => Some(true),
            Found::Refuted(_) => Some(false),
            Found::Open => None,
        }
    }

    fn decide(&mut self, members: &[Member]) -> Found {
        let (rules, families) = parts(members);
        self.decide_of(&self.problem.subset(&rules, &families))
    }

    fn decide_of(&mut self, subset: &Problem) -> Found {
        if self.clock.is_over() {
            return Found::Open;
        }
        let near: Keyed<UnitIndex, LeafIndex> =
            subset.units.all_members().map(|accounts| self.near[accounts[0]]).collect();
        let slice = self.clock.slice((TRIAL / (self.untried + 1) as f64).min(0.5));
        let found = decide(subset, Some(&near), &slice);
        self.clock.absorb(&slice);
        if let Found::Plan(leaf_of) = &found {
            self.near = subset.units.of.map(|&unit| leaf_of[unit]);
        }
        found
    }

    /// Leaves out the rules whose rows take no part in the evidence, if the rest is proved to allow no plan, too.
    fn cut_to_support(&mut self) {
        let (rules, families) = parts(&self.known);
        let subset = self.problem.subset(&rules, &families);
        let hard = Hard::of(&subset);
        // By the subset's own numbers, which go with `rules`.
        let mut part = subset.rules.map(|_| false);
        for (line, takes_part) in taking_part(&hard, &self.evidence).pairs() {
            part[hard.rule(line)] |= takes_part;
        }
        let about_places = |rule: &RuleIndex| self.problem.rules[*rule].kind.speaks_of_places();
        let kept: Vec<RuleIndex> =
            rules.iter().zip(&part).filter(|(r, part)| **part || about_places(r)).map(|(r, _)| *r).collect();
        if kept.len() == rules.len() {
            return;
        }
        let rest: Vec<Member> =
            self.known.iter().filter(|m| !matches!(m, Member::Rule(r) if !kept.contains(r))).cloned().collect();
        if let Found::Refuted(evidence) = self.decide(&rest) {
            debug_assert!(proves(&self.problem.subset(&kept, &families), &evidence));
            (self.known, self.evidence) = (rest, evidence);
        }
    }
}
