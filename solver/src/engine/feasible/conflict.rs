//! What conflicts: rules and families that allow no plan, as few as can be.
//!
//! A deletion filter (Chinneck & Dravnieks 1991): what the evidence does not speak of is left out at once; then each rest is
//! tried without some of its members, many at a time first. No plan without them: they are dropped. A plan: one of them
//! is needed. What is not told in time stays, and then the set is not said to be irreducible.

use super::{Found, decide};
use crate::engine::clock::Clock;
use crate::explain::conflicts::owned;
use crate::problem::Problem;
use crate::problem::rules::RuleKind;
use crate::proof::evidence::Evidence;
use crate::proof::infeasible::{Hard, Refuted, proves};

/// Parts that a set of rules is tried without, before its members are tried one by one.
const CHUNKS: usize = 4;
/// Time for one trial, as part of what would be an even share of the time left.
const TRIAL: f64 = 3.0;

/// One member of a conflict.
#[derive(Debug, Clone, PartialEq)]
enum Member {
    Rule(usize),
    Family(Vec<usize>),
}

struct Filter<'a> {
    problem: &'a Problem,
    clock: &'a Clock<'a>,
    /// Leaf of each account in the nearest plan found.
    near: Vec<usize>,
    /// What is known to allow no plan.
    known: Vec<Member>,
    /// The evidence for it.
    evidence: Evidence,
    /// Members that are yet to be tried.
    untried: usize,
    irreducible: bool,
}

/// The least that is found to allow no plan, from the evidence that the whole of the hard rules does. `near` gives each
/// account's leaf in the plan that breaks the rules least.
pub(crate) fn conflict(problem: &Problem, evidence: Evidence, near: &[usize], clock: &Clock) -> Refuted {
    let families = problem.families().into_iter().map(Member::Family);
    let known: Vec<Member> = families.chain((0..problem.rules.len()).map(Member::Rule)).collect();
    let untried = known.len();
    let mut filter = Filter { problem, clock, near: near.to_vec(), known, evidence, untried, irreducible: true };
    filter.cut_to_support();
    filter.reduce();
    let owners = filter.owners();
    let (rules, families) = parts(&filter.known);
    Refuted { rules, families, owners, evidence: filter.evidence, irreducible: filter.irreducible }
}

/// Rules and families of a set.
fn parts(members: &[Member]) -> (Vec<usize>, Vec<Vec<usize>>) {
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

impl Filter<'_> {
    fn reduce(&mut self) {
        let is_family = |member: &&Member| matches!(member, Member::Family(_));
        let (families, rules): (Vec<Member>, Vec<Member>) = self.known.clone().into_iter().partition(|m| is_family(&m));
        self.untried = self.known.len();
        self.try_without(&families);
        for chunk in rules.chunks(rules.len().div_ceil(CHUNKS).max(1)) {
            self.try_without(chunk);
        }
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
    fn owners(&self) -> Vec<usize> {
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

    fn decide(&self, members: &[Member]) -> Found {
        let (rules, families) = parts(members);
        self.decide_of(&self.problem.subset(&rules, &families))
    }

    fn decide_of(&self, subset: &Problem) -> Found {
        if self.clock.is_over() {
            return Found::Open;
        }
        let near: Vec<usize> = subset.units.all_members().map(|accounts| self.near[accounts[0]]).collect();
        let slice = self.clock.slice((TRIAL / (self.untried + 1) as f64).min(0.5));
        let found = decide(subset, Some(&near), &slice);
        self.clock.absorb(&slice);
        found
    }

    /// Leaves out the rules whose rows take no part in the evidence, if the rest is proved to allow no plan, too.
    fn cut_to_support(&mut self) {
        let (rules, families) = parts(&self.known);
        let subset = self.problem.subset(&rules, &families);
        let hard = Hard::of(&subset);
        let mut part = vec![false; rules.len()];
        for (line, takes_part) in hard.taking_part(&self.evidence).into_iter().enumerate() {
            let rule = hard.rule(line);
            part[rule] |= takes_part;
        }
        let about_places =
            |rule: &usize| matches!(self.problem.rules[*rule].kind, RuleKind::Allow { .. } | RuleKind::Together { .. });
        let kept: Vec<usize> =
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
