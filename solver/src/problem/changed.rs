//! A problem with something changed of what it asks for: what a rule, families or bands cost is told by the problem without
//! them. Rules keep their numbers, so that rows of both problems are told apart by the same origins.

use super::Problem;
use super::criteria::Kind;
use super::rows::Rows;
use super::rules::{Most, Rule, RuleKind};
use super::tiers::Tier;
use super::units;
use crate::index::{AccountIndex, Keyed, MeasureIndex, NodeIndex, RuleIndex, TierIndex};
use std::sync::Arc;

impl Problem {
    /// The problem without a rule. Who stands outside the balance, and what the others share, stays as it is.
    pub(crate) fn without_rule(&self, rule: RuleIndex) -> Problem {
        let mut rules = self.rules.clone();
        rules[rule].kind = RuleKind::Together { accounts: Vec::new() };
        self.changed(rules, &self.accounts.parents, self.tiers.clone())
    }

    /// The problem in which accounts joined by parent go where they like.
    pub(crate) fn without_families(&self) -> Problem {
        self.changed(self.rules.clone(), &self.accounts.parents.map(|_| None), self.tiers.clone())
    }

    /// The problem where some criteria's bands, by tier and number in the tier, count nowhere.
    pub(crate) fn without_bands(&self, without: impl Fn(TierIndex, usize) -> bool) -> Problem {
        let mut tiers = self.tiers.clone();
        for (t, tier) in self.tiers.pairs() {
            for (number, criterion) in tiers[t].criteria.iter_mut().enumerate().take(tier.criteria.len()) {
                if let Kind::Bands(bands) = &mut criterion.kind
                    && without(t, number)
                {
                    bands.clear();
                }
            }
        }
        self.changed(self.rules.clone(), &self.accounts.parents, tiers)
    }

    /// The problem with an upper and a lower limit more on what a node holds of a measure.
    pub(crate) fn with_bounds(
        &self,
        node: NodeIndex,
        measure: MeasureIndex,
        (min, max): (Option<i64>, Option<i64>),
    ) -> Problem {
        self.with_more(RuleKind::Bounds { accounts: None, nodes: vec![node], measure, min, max })
    }

    /// The problem where so many accounts may leave their owners at most, and with these tiers, by their numbers, alone.
    pub(crate) fn with_moves(&self, most: i64, tiers: &[TierIndex]) -> Problem {
        let kind = RuleKind::MoveLimit {
            accounts: None,
            measure: MeasureIndex::ACCOUNT_COUNT,
            most: Most::Amount(most),
            per_owner: false,
        };
        let tiers: Keyed<TierIndex, Tier> = tiers.iter().map(|&t| self.tiers[t].clone()).collect();
        let mut rules = self.rules.clone();
        rules.push(Rule { id: self.free_id("moves"), kind });
        self.changed(rules, &self.accounts.parents, tiers)
    }

    /// The same problem with a plan to start from: the node that each account is to start at.
    pub(crate) fn starting_at(self, starts: Keyed<AccountIndex, Option<NodeIndex>>) -> Problem {
        Problem { starts: Arc::new(starts), ..self }
    }

    /// The hard rules alone, without one of them.
    pub(crate) fn hard_rules_without(&self, rules: &[RuleIndex]) -> Problem {
        let kept: Vec<RuleIndex> = self.rules.keys().iter().filter(|rule| !rules.contains(rule)).collect();
        self.subset(&kept, &self.families())
    }

    fn with_more(&self, kind: RuleKind) -> Problem {
        let mut rules = self.rules.clone();
        rules.push(Rule { id: self.free_id("limit"), kind });
        self.changed(rules, &self.accounts.parents, self.tiers.clone())
    }

    /// A rule id that no rule has.
    fn free_id(&self, id: &str) -> String {
        let taken = |id: &String| self.rules.iter().any(|rule| rule.id == *id);
        let mut free = id.to_owned();
        while taken(&free) {
            free.push('_');
        }
        free
    }

    fn changed(
        &self,
        rules: Keyed<RuleIndex, Rule>,
        parents: &Keyed<AccountIndex, Option<AccountIndex>>,
        tiers: Keyed<TierIndex, Tier>,
    ) -> Problem {
        let mut units = units::fold(&self.accounts.by_id, parents, &rules, &self.tree);
        self.pools.narrow(&mut units);
        let mut changed = Problem {
            tiers,
            columns: Arc::clone(&self.columns),
            starts: Arc::clone(&self.starts),
            ..self.without_tiers(rules, units, Rows::default())
        };
        if changed.accounts.parents != *parents {
            Arc::make_mut(&mut changed.accounts).parents = parents.clone();
        }
        changed.rows = Rows::of(&changed.facts(), &changed.tiers, &changed.rules);
        changed
    }
}
