//! Answers without a plan: that none exists is proved anew from the certificate, and said in the words that follow from it.

use super::Checker;
use crate::explain::conflicts::{self, owned};
use crate::index::{AccountIndex, RuleIndex};
use crate::plan::{DefaultKind, Reason};
use crate::problem::Problem;
use crate::proof::certificate::InfeasibilityCertificate;
use crate::proof::infeasible::{Refuted, proves, read, without_rule};

/// Rules and families up to which each is tried to be left out of the proof: a proof may take seconds.
const NEEDED_MAX: usize = 64;

impl Checker<'_> {
    /// An answer without assignments.
    pub(super) fn nothing(&mut self) {
        self.no_plan();
        let (termination, certificate) = (&self.plan.termination, &self.plan.certificate);
        match (termination.reason, &certificate.infeasibility) {
            (Reason::Infeasible, Some(said)) => {
                let refuted = self.refuted().and_then(|(rules, families)| {
                    let subset = self.problem.subset(&rules, &families);
                    let evidence = read(&subset, said).map_err(|fault| format!("infeasibility certificate: {fault}"))?;
                    match proves(&subset, &evidence) {
                        true => {
                            let (owners, irreducible) = (self.owners(&subset)?, termination.conflict_irreducible);
                            Ok(Refuted { rules: rules.into(), families, owners, evidence, irreducible })
                        }
                        false => Err("that no plan exists: nothing is proved in it, the certificate shows no contradiction of the rules and defaults named".into()),
                    }
                });
                match refuted {
                    Ok(refuted) => {
                        self.conflict(&refuted);
                        self.needed(&refuted, said);
                    }
                    Err(fault) => self.require(false, || fault),
                }
            }
            (Reason::Infeasible, None) => {
                self.require(false, || {
                    "that no plan exists: nothing is proved in it, it has no infeasibility certificate".into()
                });
            }
            (Reason::NoPlanFound, said) => {
                let claims = said.is_some() || super::said::conflicts(termination);
                self.require(!claims, || "no plan was found, and yet rules are said to conflict".into());
            }
            (Reason::Optimal | Reason::WithinGap | Reason::Feasible, _) => {
                self.require(false, || "the answer says that there is a plan, and holds none".into());
            }
        }
    }

    /// The rules and families that the answer names.
    fn refuted(&self) -> Result<(Vec<RuleIndex>, Vec<Vec<AccountIndex>>), String> {
        let (problem, termination) = (self.problem, &self.plan.termination);
        let rule = |id: &String| {
            let at = problem.rules.pairs().find(|(_, rule)| rule.id == *id).map(|(at, _)| at);
            at.ok_or_else(|| format!("there is no rule {id:?}"))
        };
        let mut rules: Vec<RuleIndex> = termination.conflicting_rule_ids.iter().map(rule).collect::<Result<_, _>>()?;
        rules.sort_unstable();
        rules.dedup();
        let mut families = Vec::new();
        for named in termination.conflicting_defaults.iter().filter(|d| d.kind == DefaultKind::Families) {
            families.push(family(problem, &named.account_ids)?);
        }
        Ok((rules, families))
    }

    /// The accounts whose owners are said to count: all that move limits count, or those that leave some owner wherever
    /// they go.
    fn owners(&self, subset: &Problem) -> Result<Vec<AccountIndex>, String> {
        let defaults = self.plan.termination.conflicting_defaults.iter();
        let said: Vec<&String> =
            defaults.filter(|d| d.kind == DefaultKind::Owners).flat_map(|d| &d.account_ids).collect();
        let mut named: Vec<AccountIndex> = said.iter().filter_map(|id| self.problem.account_of(id)).collect();
        named.sort_unstable();
        let [all, leaving] = owned(subset);
        let fits = named == all || (!leaving.is_empty() && named == leaving);
        if fits { Ok(named) } else { Err(format!("the owners of {said:?} are not those that move limits count")) }
    }

    /// What else the answer says of a conflict that is proved.
    fn conflict(&mut self, refuted: &Refuted) {
        let said = &self.plan.termination;
        let (found, _) = conflicts::termination(self.problem, refuted);
        self.require(said.conflicting_rule_ids == found.conflicting_rule_ids, || {
            format!("conflicting rules {:?}: they are {:?}", said.conflicting_rule_ids, found.conflicting_rule_ids)
        });
        self.require(said.conflicting_defaults == found.conflicting_defaults, || {
            format!("conflicting defaults {:?}: they are {:?}", said.conflicting_defaults, found.conflicting_defaults)
        });
        self.require(said.conflicting_account_ids == found.conflicting_account_ids, || {
            format!(
                "accounts that matter {:?}: they are {:?}",
                said.conflicting_account_ids, found.conflicting_account_ids
            )
        });
        // What follows it is told by the search: whether the change does, and what keep rules can reach.
        self.require(said.detail.starts_with(&found.detail), || {
            format!("the detail {:?} does not say {:?}", said.detail, found.detail)
        });
    }
}

impl Checker<'_> {
    /// What is said to be needed is: the evidence does not prove the same without it. (That a plan exists without it is for
    /// the search to say.)
    fn needed(&mut self, refuted: &Refuted, said: &InfeasibilityCertificate) {
        if !refuted.irreducible || refuted.rules.len() + refuted.families.len() > NEEDED_MAX {
            return;
        }
        let problem = self.problem;
        let without = |at: RuleIndex| refuted.rules.iter().filter(|r| **r != at).copied().collect::<Vec<RuleIndex>>();
        for &rule in &refuted.rules {
            let id = &problem.rules[rule].id;
            let subset = problem.subset(&without(rule), &refuted.families);
            let still = read(&subset, &without_rule(said, id)).is_ok_and(|evidence| proves(&subset, &evidence));
            self.require(!still, || format!("rule {id:?} is named as needed, and the proof holds without it"));
        }
        for family in &refuted.families {
            let others: Vec<Vec<AccountIndex>> = refuted.families.iter().filter(|f| *f != family).cloned().collect();
            let subset = problem.subset(refuted.rules.as_slice(), &others);
            let still = read(&subset, said).is_ok_and(|evidence| proves(&subset, &evidence));
            let head = &problem.accounts.ids[family[0]];
            self.require(!still, || {
                format!("the family of {head:?} is named as needed, and the proof holds without it")
            });
        }
    }
}

/// The family that has exactly these accounts.
fn family(problem: &Problem, account_ids: &[String]) -> Result<Vec<AccountIndex>, String> {
    let account = |id: &String| problem.account_of(id).ok_or_else(|| format!("there is no account {id:?}"));
    let named: Vec<AccountIndex> = account_ids.iter().map(account).collect::<Result<_, _>>()?;
    let family = problem.families().into_iter().find(|family| *family == named);
    family.ok_or_else(|| format!("the accounts {account_ids:?} are no family"))
}
