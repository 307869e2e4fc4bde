//! A part of a problem: some of its units, carved among the leaves below one node.

use super::rows::{Load, Rows};
use super::tiers::Kind;
use super::tree::{Node, Tree};
use super::{Accounts, Problem};
use std::collections::HashMap;
use std::sync::Arc;

/// What a part's limits are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Limits {
    /// In proportion to what its units hold: they stand for all.
    Proportional,
    /// Those of the whole.
    Whole,
}

impl Problem {
    /// The problem of carving `units` (ascending) among the leaves below `node`. Rules over units other than where
    /// they may go, and over nodes that are not below `node`, are left out. Units of the part are in the order of
    /// `units`, its leaves are those of `node` in order.
    pub(crate) fn part(&self, node: usize, units: &[usize], limits: Limits) -> Problem {
        let tree = self.tree.below(node);
        let accounts: Vec<usize> = units.iter().flat_map(|&u| self.units.members(u)).copied().collect();
        let inside = |owner: usize| owner.checked_sub(node).filter(|n| *n < tree.nodes.len());
        let owners = accounts.iter().map(|&a| self.accounts.owners[a].and_then(inside)).collect();
        let part_units = self.units.part(units, &self.tree.nodes[node].leaves);
        let ids: Vec<String> = accounts.iter().map(|&a| self.accounts.ids[a].clone()).collect();
        let part_accounts = Accounts {
            by_id: super::accounts::order(&ids),
            ids,
            places: accounts.iter().map(|&a| self.accounts.places[a]).collect(),
            owner_ids: self.accounts.owner_ids.part(&accounts),
            owners,
            parents: vec![None; accounts.len()],
        };
        let measures = self.measures.iter().map(|m| m.part(&accounts)).collect();
        let rows = self.rows_below(node, units, limits);
        let mut part = Problem {
            accounts: Arc::new(part_accounts),
            measures: Arc::new(measures),
            reported: self.reported,
            node_by_id: HashMap::new(),
            tree,
            tiers: self.tiers.clone(),
            rules: Vec::new(),
            units: part_units,
            rows,
            conflicts: Vec::new(),
            options: self.options,
            findings: Vec::new(),
        };
        part.weigh(self, node);
        part
    }

    /// Weights that make the part's values parts of the whole's.
    fn weigh(&mut self, whole: &Problem, node: usize) {
        let located = |p: &Problem| p.accounts.places.iter().flatten().count();
        let owned = |p: &Problem, measure: usize| -> f64 {
            let owned = p.accounts.owners.iter().zip(&p.measures[measure].amounts).filter(|(o, _)| o.is_some());
            owned.map(|(_, amount)| *amount as f64).sum()
        };
        let (own, all) = (located(self), located(whole));
        let nodes = self.tree.nodes.len();
        let mut tiers = std::mem::take(&mut self.tiers);
        for criterion in tiers.iter_mut().flat_map(|t| &mut t.criteria) {
            match &mut criterion.kind {
                Kind::Bands(_) => {}
                Kind::Continuity { measure } => {
                    criterion.weight *= owned(self, *measure) / owned(whole, *measure).max(1.0);
                }
                Kind::Compactness { weights, .. } => {
                    *weights = weights[node..node + nodes].to_vec();
                    weights[0] = 0.0;
                    criterion.weight *= own as f64 / all.max(1) as f64;
                }
            }
        }
        self.tiers = tiers;
    }

    fn rows_below(&self, node: usize, units: &[usize], limits: Limits) -> Rows {
        let whole = &self.rows;
        let mut rows = Rows::default();
        for load in &whole.loads {
            let amounts: Vec<i64> = units.iter().map(|&u| load.amounts[u]).collect();
            let total = amounts.iter().sum();
            rows.loads.push(Load { amounts, total });
        }
        let below = node + 1..node + self.tree.size(node);
        for group in &whole.groups {
            let first = rows.rows.len();
            for row in whole.rows[group.rows.clone()].iter().filter(|row| below.contains(&row.node)) {
                let scale = match limits {
                    Limits::Whole => 1.0,
                    Limits::Proportional => {
                        rows.loads[row.load].total as f64 / (whole.loads[row.load].total as f64).max(1.0)
                    }
                };
                let mut row = row.clone();
                row.node -= node;
                row.group = Some(rows.groups.len());
                (row.lo, row.hi) = (row.lo * scale, row.hi * scale);
                row.target = (row.target * scale).max(f64::MIN_POSITIVE);
                rows.rows.push(row);
            }
            if rows.rows.len() > first {
                let mut group = group.clone();
                group.level -= self.tree.nodes[node].level;
                group.rows = first..rows.rows.len();
                rows.groups.push(group);
            }
        }
        if limits == Limits::Whole {
            for row in whole.rows.iter().filter(|row| row.group.is_none() && below.contains(&row.node)) {
                let mut row = row.clone();
                row.node -= node;
                rows.rows.push(row);
            }
        }
        rows
    }
}

impl Tree {
    /// Nodes of the subtree at `node`, itself included; they follow one another.
    pub fn size(&self, node: usize) -> usize {
        let level = self.nodes[node].level;
        let after = self.nodes[node + 1..].iter().position(|n| n.level <= level);
        after.map_or(self.nodes.len() - node, |more| more + 1)
    }

    /// The subtree at `node` as a tree of its own. A territory above it is its root.
    fn below(&self, node: usize) -> Tree {
        let root = &self.nodes[node];
        let (first, level) = (root.leaves.start, root.level);
        let moved = |n: &Node| Node {
            parent: n.parent.and_then(|p| p.checked_sub(node)),
            children: n.children.iter().map(|c| c - node).collect(),
            level: n.level - level,
            leaves: n.leaves.start - first..n.leaves.end - first,
            ..n.clone()
        };
        let leaves = root.leaves.clone();
        let mut nodes: Vec<Node> = self.nodes[node..node + self.size(node)].iter().map(moved).collect();
        nodes[0].parent = None;
        Tree {
            leaves: self.leaves[leaves.clone()].iter().map(|n| n - node).collect(),
            territory_of_leaf: self.territory_of_leaf[leaves].iter().map(|n| n.saturating_sub(node)).collect(),
            stages: Vec::new(),
            current_level: None,
            nodes,
        }
    }
}
