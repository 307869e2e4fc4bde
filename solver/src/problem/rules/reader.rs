//! What rules are read with: the request and what is known of its tree, measures and accounts.

use crate::amount::Amount;
use crate::finding::{Code, Finding, Place};
use crate::hash::QuickMap;
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex};
use crate::input::{Input, SelectorInput};
use crate::limits::{PICKED_MAX, ROWS_MAX};
use crate::nearest::nearest;
use crate::problem::by_id::ById;
use crate::problem::effort::Effort;
use crate::problem::field::Fields;
use crate::problem::filter;
use crate::problem::measures::{self, Measure};
use crate::problem::tree::Tree;
use crate::salesforce::{is_id, key};
use std::cell::{Cell, OnceCell};
use std::collections::{HashMap, HashSet};

/// Reads what rules name.
pub(super) struct Reader<'a> {
    pub input: &'a Input,
    pub tree: &'a Tree,
    /// Nodes by id.
    pub nodes: HashMap<&'a str, NodeIndex>,
    pub measures: &'a Keyed<MeasureIndex, Measure>,
    /// Accounts by id.
    pub accounts: &'a ById<'a>,
    pub fields: Fields<'a>,
    pub effort: &'a Effort<'a>,
    /// Accounts by what two forms of a Salesforce id have in common, once a rule names one in the other form.
    pub by_key: OnceCell<QuickMap<&'a str, AccountIndex>>,
    /// Nodes by the same.
    pub node_by_key: OnceCell<QuickMap<&'a str, NodeIndex>>,
    /// What rules have picked so far, and the rows that they will write.
    pub picked: Cell<usize>,
    pub rows: Cell<usize>,
}

impl<'a> Reader<'a> {
    /// Reads nothing yet.
    pub fn new(
        input: &'a Input,
        tree: &'a Tree,
        measures: &'a Keyed<MeasureIndex, Measure>,
        accounts: &'a ById<'a>,
        effort: &'a Effort<'a>,
    ) -> Reader<'a> {
        let (nodes, fields) = (tree.by_id(), Fields::of(&input.book));
        let (by_key, node_by_key) = (OnceCell::new(), OnceCell::new());
        let (picked, rows) = (Cell::new(0), Cell::new(0));
        Reader { input, tree, nodes, measures, accounts, fields, effort, by_key, node_by_key, picked, rows }
    }
    /// The measure of this name; an empty one is the count of accounts.
    pub fn measure(&self, name: &str, path: &str, findings: &mut Vec<Finding>) -> Option<MeasureIndex> {
        measures::find(name, &format!("{path}.measure"), self.measures, self.input, findings)
    }

    /// An amount of a measure, as people write it; where the measure is not known, in whole units.
    pub fn amount(&self, measure: Option<MeasureIndex>, whole: i64) -> Amount {
        measure.map_or(Amount::new(whole, 0), |measure| self.measures[measure].amount(whole))
    }

    /// The accounts picked, ascending; `None` after a finding.
    pub fn select(
        &self,
        selector: &SelectorInput,
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Vec<AccountIndex>> {
        let asked = (&self.fields, self.effort);
        let picked = filter::select(selector, &format!("{path}.accounts"), asked, &|id| self.account(id), findings)?;
        self.picks(picked.len(), path, findings).then_some(picked)
    }

    /// Whether rules may pick so many accounts more, or count so many amounts; a finding where they may not.
    pub fn picks(&self, more: usize, path: &str, findings: &mut Vec<Finding>) -> bool {
        let all = self.picked.get().saturating_add(more);
        if all > PICKED_MAX && self.picked.get() <= PICKED_MAX {
            let message = format!(
                "the rules up to this one pick accounts, or count amounts of them, {all} times together; at most {PICKED_MAX}: use fewer rules, or let several share one"
            );
            findings.push(Finding::new(Code::LimitsTooMany, Place::Plan(path.to_owned()), message));
        }
        self.picked.set(all);
        all <= PICKED_MAX
    }

    /// Whether rules may set so many limits more at nodes; a finding where they may not.
    pub fn limits(&self, more: usize, path: &str, findings: &mut Vec<Finding>) -> bool {
        let all = self.rows.get().saturating_add(more);
        if all > ROWS_MAX && self.rows.get() <= ROWS_MAX {
            let message = format!(
                "the rules up to this one set {all} limits at nodes; at most {ROWS_MAX}: use fewer rules, or name fewer nodes"
            );
            findings.push(Finding::new(Code::LimitsTooMany, Place::Plan(path.to_owned()), message));
        }
        self.rows.set(all);
        all <= ROWS_MAX
    }

    /// The account with an id, or with its other form where it is one of Salesforce.
    fn account(&self, id: &str) -> Option<AccountIndex> {
        if let Some(account) = self.accounts.get(id) {
            return Some(account);
        }
        let by_key = || {
            let mut by_key: QuickMap<&str, AccountIndex> = QuickMap::default();
            for (id, account) in self.accounts.iter().filter(|(id, _)| is_id(id)) {
                // Where both forms are there, a third one means the first of them.
                by_key.entry(key(id)).and_modify(|first| *first = account.min(*first)).or_insert(account);
            }
            by_key
        };
        let is_id = is_id(id);
        is_id.then(|| self.by_key.get_or_init(by_key).get(key(id)).copied()).flatten()
    }

    /// The accounts picked, or `None` inside where nothing is said and all count.
    pub fn select_or_all(
        &self,
        selector: Option<&SelectorInput>,
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Option<Vec<AccountIndex>>> {
        match selector {
            None => Some(None),
            Some(selector) => self.select(selector, path, findings).map(Some),
        }
    }

    /// The node with an id. A seat that is called by its owner's id may be named by the other form of it.
    fn node(&self, id: &str) -> Option<NodeIndex> {
        if let Some(&node) = self.nodes.get(id) {
            return Some(node);
        }
        let by_key = || {
            let mut by_key: QuickMap<&str, NodeIndex> = QuickMap::default();
            for (&id, &node) in &self.nodes {
                by_key.entry(key(id)).and_modify(|first| *first = node.min(*first)).or_insert(node);
            }
            by_key
        };
        is_id(id).then(|| self.node_by_key.get_or_init(by_key).get(key(id)).copied()).flatten()
    }

    /// The nodes named, ascending; unknown ones are findings.
    pub fn find_nodes(
        &self,
        ids: &[String],
        path: &str,
        field: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Vec<NodeIndex>> {
        let mut found = Vec::new();
        for (i, id) in ids.iter().enumerate() {
            match self.node(id) {
                Some(node) => found.push(node),
                None if !self.effort.spend(1) => break,
                None => {
                    let path =
                        if field == "node_id" { format!("{path}.{field}") } else { format!("{path}.{field}[{i}]") };
                    let known: Vec<&str> = self.tree.nodes.iter().map(|n| n.id.as_str()).collect();
                    let near = self.effort.advises().then(|| nearest(id, known.iter().copied())).flatten();
                    let advice = match near {
                        Some(near) => format!("did you mean {near:?}?"),
                        None => format!("there are {}", known[..known.len().min(20)].join(", ")),
                    };
                    let message = format!("node {id:?} is not in the tree; {advice}");
                    findings.push(Finding::new(Code::NodeUnknown, Place::Plan(path), message));
                }
            }
        }
        let all = found.len() == ids.len();
        found.sort_unstable();
        found.dedup();
        all.then_some(found)
    }

    /// The pools among the nodes named.
    pub fn pools(&self, ids: &[String]) -> Vec<LeafIndex> {
        let named: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let is_named = |leaf: &LeafIndex| named.contains(self.tree.nodes[self.tree.leaves[*leaf]].id.as_str());
        self.tree.pools().filter(is_named).collect()
    }

    /// The leaves below the nodes named, of which there is at least one.
    pub fn leaves(
        &self,
        ids: &[String],
        path: &str,
        field: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Keyed<LeafIndex, bool>> {
        if ids.is_empty() {
            findings.push(Finding::new(
                Code::RuleEmpty,
                Place::Plan(format!("{path}.{field}")),
                format!("{path} names no nodes; give at least one"),
            ));
            return None;
        }
        let mut leaves = self.tree.leaves.map(|_| false);
        for node in self.find_nodes(ids, path, field, findings)? {
            leaves[self.tree.nodes[node].leaves].fill(true);
        }
        Some(leaves)
    }
}
