//! A problem cut down: to some of its hard rules and families without criteria, which is what a conflict is proved of; or
//! to accounts that each stand alone.

use super::Problem;
use super::accounts::Accounts;
use super::rows::Rows;
use super::rules::{Rule, RuleKind};
use super::units::{self, Units, join, root};
use crate::index::{AccountIndex, Keyed, RuleIndex, TierIndex};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Problem {
    /// The problem of meeting these hard rules (ascending numbers) alone. Of the accounts joined by parent only those
    /// in `families` move as one; nothing is counted as better or worse.
    pub(crate) fn subset(&self, rules: &[RuleIndex], families: &[Vec<AccountIndex>]) -> Problem {
        let mut parents = self.accounts.ids.map(|_| None);
        for family in families {
            family[1..].iter().for_each(|&account| parents[account] = Some(family[0]));
        }
        let rules: Keyed<RuleIndex, Rule> = rules.iter().map(|&r| self.rules[r].clone()).collect();
        let mut units = units::fold(&self.accounts.by_id, &parents, &rules, &self.tree);
        self.pools.narrow(&mut units);
        let mut subset = self.without_tiers(rules, units, Rows::default());
        subset.rows = Rows::of(&subset.facts(), &subset.tiers, &subset.rules);
        subset
    }

    /// The same where rules alone say who may be in a pool.
    pub(crate) fn without_pool_defaults(&self) -> Problem {
        let pools = Arc::new(self.pools.without_defaults());
        Problem { pools, ..self.without_tiers(self.rules.clone(), self.units.clone(), Rows::default()) }
    }

    /// The hard rules alone, all of them, over this problem's units. Its rows are those of the subset of all rules and
    /// families, in the same order. A part of a problem has its whole's rows, and no rules of its own.
    pub(crate) fn hard_rules(&self) -> Problem {
        let mut rows = self.rows.clone();
        rows.rows.retain(|row| row.group.is_none());
        rows.groups = Keyed::new();
        self.without_tiers(self.rules.clone(), self.units.clone(), rows)
    }

    /// The problem with its first tier alone; `None`: there is no other tier. Not for a part of a problem, whose rows are its
    /// whole's.
    pub(crate) fn first_tier(&self) -> Option<Problem> {
        let first = self.tiers.get(TierIndex::FIRST).filter(|_| self.tiers.len() > 1)?;
        let mut alone = Problem {
            tiers: [first.clone()].into_iter().collect(),
            starts: Arc::clone(&self.starts),
            ..self.without_tiers(self.rules.clone(), self.units.clone(), Rows::default())
        };
        alone.rows = Rows::of(&alone.facts(), &alone.tiers, &alone.rules);
        Some(alone)
    }

    /// The hard rules with rule `rule` saying something else.
    pub(crate) fn with_rule(&self, rule: RuleIndex, kind: RuleKind) -> Problem {
        let mut changed = self.hard_rules();
        changed.rules[rule].kind = kind;
        changed.rows = Rows::of(&changed.facts(), &changed.tiers, &changed.rules);
        changed
    }

    /// The same problem with every account a unit of its own, to value plans that tear families; `None` when it is
    /// that already.
    pub(crate) fn torn(&self) -> Option<Problem> {
        if self.units.count() == self.account_count() {
            return None;
        }
        let rules: Keyed<RuleIndex, Rule> = self.rules.iter().filter(|r| r.kind.joined().is_none()).cloned().collect();
        let parents = self.accounts.ids.map(|_| None);
        let mut units = units::fold(&self.accounts.by_id, &parents, &rules, &self.tree);
        self.pools.narrow(&mut units);
        let mut torn = Problem {
            tiers: self.tiers.clone(),
            findings: self.findings.clone(),
            columns: Arc::clone(&self.columns),
            concerned: Arc::clone(&self.concerned),
            ..self.without_tiers(self.rules.clone(), units, Rows::default())
        };
        torn.rows = Rows::of(&torn.facts(), &torn.tiers, &torn.rules);
        Some(torn)
    }

    pub(super) fn without_tiers(&self, rules: Keyed<RuleIndex, Rule>, units: Units, rows: Rows) -> Problem {
        Problem {
            accounts: Arc::clone(&self.accounts),
            measures: Arc::clone(&self.measures),
            reported: self.reported,
            node_by_id: self.node_by_id.clone(),
            tree: self.tree.clone(),
            tiers: Keyed::new(),
            rules,
            units,
            pools: Arc::clone(&self.pools),
            starts: Arc::default(),
            rows,
            options: self.options,
            findings: Vec::new(),
            columns: [].into(),
            concerned: Arc::default(),
        }
    }

    /// The same where nobody owns these accounts.
    pub(crate) fn disowned(mut self, accounts: &[AccountIndex]) -> Problem {
        let all = Arc::make_mut(&mut self.accounts);
        accounts.iter().for_each(|&account| all.owners[account] = None);
        self.rows = Rows::of(&self.facts(), &self.tiers, &self.rules);
        self
    }

    /// Accounts joined by parent, two or more each, by id; families by their first account's id.
    pub(crate) fn families(&self) -> Vec<Vec<AccountIndex>> {
        let Accounts { parents, by_id, .. } = &*self.accounts;
        let mut roots: Keyed<AccountIndex, AccountIndex> = parents.keys().iter().collect();
        for (account, parent) in parents.pairs() {
            if let Some(parent) = *parent {
                join(&mut roots, account, parent);
            }
        }
        let mut number_of: BTreeMap<AccountIndex, usize> = BTreeMap::new();
        let mut families: Vec<Vec<AccountIndex>> = Vec::new();
        for &account in by_id {
            let number = *number_of.entry(root(&mut roots, account)).or_insert(families.len());
            if number == families.len() {
                families.push(Vec::new());
            }
            families[number].push(account);
        }
        families.retain(|family| family.len() > 1);
        families
    }
}
