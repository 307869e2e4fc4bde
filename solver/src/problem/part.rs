//! A part of a problem: some of its units, carved among nodes below one node.

use super::Problem;
use super::accounts::Accounts;
use super::order::order;
use super::pools::Pools;
use super::rows::{Group, Load, Row, Rows};
use super::tree::{Node, Tree};
use super::whole::WholeLimits;
use crate::index::{AccountIndex, Keyed, LeafIndex, NodeIndex, Number, Span, UnitIndex};
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

/// The nodes of a part: its own tree, and the whole's node that each stands for.
pub(crate) struct Cut {
    tree: Tree,
    origin: Keyed<NodeIndex, NodeIndex>,
}

impl Cut {
    /// `node` with all below it.
    pub fn below(whole: &Tree, node: NodeIndex) -> Cut {
        let origin: Keyed<NodeIndex, NodeIndex> = whole.subtree(node).iter().collect();
        let (first, level) = (whole.nodes[node].leaves.start, whole.nodes[node].level);
        let at = |n: NodeIndex| NodeIndex::new(n.get() - node.get());
        let leaf = |l: LeafIndex| LeafIndex::new(l.get() - first.get());
        let moved = |&n: &NodeIndex| Node {
            parent: whole.nodes[n].parent.filter(|_| n > node).map(at),
            children: whole.nodes[n].children.iter().map(|&c| at(c)).collect(),
            level: whole.nodes[n].level - level,
            leaves: Span { start: leaf(whole.nodes[n].leaves.start), end: leaf(whole.nodes[n].leaves.end) },
            ..whole.nodes[n].clone()
        };
        Cut::of(whole, origin.map(moved), origin)
    }

    /// `node` with the nodes `levels` below it as its children, and leaves above them; nothing in between.
    pub fn flat(whole: &Tree, node: NodeIndex, levels: usize) -> Cut {
        let level = whole.nodes[node].level + levels;
        let ends = |n: &NodeIndex| whole.nodes[*n].level == level || whole.nodes[*n].children.is_empty();
        let inside = whole.subtree(node).iter().skip(1);
        let children: Vec<NodeIndex> = inside.filter(|n| whole.nodes[*n].level <= level).filter(ends).collect();
        let root = Node {
            parent: None,
            children: (1..=children.len()).map(NodeIndex::new).collect(),
            level: 0,
            leaves: Span::first(children.len()),
            ..whole.nodes[node].clone()
        };
        let leaf = |(i, &n): (usize, &NodeIndex)| Node {
            parent: Some(NodeIndex::ROOT),
            children: Vec::new(),
            level: 1,
            leaves: Span { start: LeafIndex::new(i), end: LeafIndex::new(i + 1) },
            ..whole.nodes[n].clone()
        };
        let nodes = std::iter::once(root).chain(children.iter().enumerate().map(leaf)).collect();
        let origin = std::iter::once(node).chain(children).collect();
        Cut::of(whole, nodes, origin)
    }

    fn of(whole: &Tree, nodes: Keyed<NodeIndex, Node>, origin: Keyed<NodeIndex, NodeIndex>) -> Cut {
        let leaves = nodes.pairs().filter(|(_, node)| node.children.is_empty()).map(|(n, _)| n).collect();
        let tree = Tree { leaves, territory_of_leaf: Keyed::new(), stages: Vec::new(), current_level: None, nodes };
        let mut cut = Cut { tree, origin };
        let territory = |leaf: NodeIndex| cut.holder(whole, whole.territory_of_leaf[cut.leaves_of(whole, leaf).start]);
        let territories = cut.tree.leaves.map(|&leaf| territory(leaf).unwrap_or(leaf));
        cut.tree.territory_of_leaf = territories;
        cut
    }

    /// The whole's leaves below one of the part's nodes.
    fn leaves_of(&self, whole: &Tree, node: NodeIndex) -> Span<LeafIndex> {
        whole.nodes[self.origin[node]].leaves
    }

    /// The whole's node that each leaf stands for.
    pub fn ends(&self) -> Keyed<LeafIndex, NodeIndex> {
        self.tree.leaves.map(|&n| self.origin[n])
    }

    /// The node that stands for what a territory of the whole owns: itself, the leaf it lies in, or the first leaf in
    /// it; `None` when it is elsewhere.
    fn holder(&self, whole: &Tree, territory: NodeIndex) -> Option<NodeIndex> {
        let leaves = whole.nodes[territory].leaves;
        let root = self.leaves_of(whole, NodeIndex::ROOT);
        if leaves.end <= root.start || leaves.start >= root.end {
            return None;
        }
        let same = |n: &NodeIndex| self.origin[*n] == territory;
        let overlaps = |n: &NodeIndex| {
            let own = self.leaves_of(whole, *n);
            own.start < leaves.end && leaves.start < own.end
        };
        self.origin.keys().iter().find(same).or_else(|| self.tree.leaves.iter().copied().find(overlaps))
    }
}

impl Problem {
    /// The problem of carving `units` (ascending) among the leaves of `cut`. Rules over units other than where they
    /// may go, and over nodes that are not in it, are left out. Units of the part are in the order of `units`.
    pub(crate) fn part(&self, cut: &Cut, units: &[UnitIndex], limits: Limits) -> Problem {
        let accounts: Vec<AccountIndex> = units.iter().flat_map(|&u| self.units.members(u)).copied().collect();
        let holders: Keyed<NodeIndex, Option<NodeIndex>> =
            self.tree.nodes.keys().iter().map(|n| cut.holder(&self.tree, n)).collect();
        let owner = |&a: &AccountIndex| self.accounts.owners[a].and_then(|o| holders[o]);
        let ids: Keyed<AccountIndex, String> = accounts.iter().map(|&a| self.accounts.ids[a].clone()).collect();
        let part_accounts = Accounts {
            by_id: order(ids.as_slice()),
            ids,
            places: accounts.iter().map(|&a| self.accounts.places[a]).collect(),
            weights: accounts.iter().map(|&a| self.accounts.weights[a]).collect(),
            owner_ids: self.accounts.owner_ids.part(&accounts),
            owners: accounts.iter().map(owner).collect(),
            parents: Keyed::filled(accounts.len(), None),
        };
        let leaves = cut.tree.leaves.map(|&n| cut.leaves_of(&self.tree, n));
        let pools = self.pools.part(&accounts, &self.measures);
        let mut part = Problem {
            accounts: Arc::new(part_accounts),
            measures: Arc::new(self.measures.iter().map(|m| m.part(&accounts)).collect()),
            reported: self.reported,
            node_by_id: HashMap::new(),
            tree: cut.tree.clone(),
            tiers: self.tiers.clone(),
            rules: Keyed::new(),
            units: self.units.part(units, &leaves),
            rows: self.rows_of(cut, units, &pools, limits),
            pools: Arc::new(pools),
            starts: Arc::default(),
            options: self.options,
            findings: Vec::new(),
            columns: [].into(),
            concerned: Arc::default(),
        };
        part.weigh(self, cut);
        part
    }

    /// Narrows every band to `part` of it.
    pub(crate) fn narrow(&mut self, part: f64) {
        let rows = &mut self.rows;
        rows.groups.iter_mut().for_each(|group| group.tolerance *= part);
        for row in &mut rows.rows {
            if let Some(group) = row.group {
                let tolerance = rows.groups[group].tolerance;
                (row.lo, row.hi) = (row.target * (1.0 - tolerance), row.target * (1.0 + tolerance));
                row.limits = WholeLimits::computed(row.lo, row.hi);
            }
        }
    }

    /// Weights that make the part's values parts of the whole's.
    fn weigh(&mut self, whole: &Problem, cut: &Cut) {
        let mut tiers = std::mem::take(&mut self.tiers);
        for criterion in tiers.iter_mut().flat_map(|t| &mut t.criteria) {
            criterion.weigh(&self.facts(), &whole.facts(), &cut.origin);
        }
        self.tiers = tiers;
    }

    fn rows_of(&self, cut: &Cut, units: &[UnitIndex], pools: &Pools, limits: Limits) -> Rows {
        let whole = &self.rows;
        let mut rows = Rows::default();
        for load in &whole.loads {
            let outside = load.measure.map_or(0, |measure| pools.outside(measure));
            let part = Load::of(load.measure, units.iter().map(|&u| load.amounts[u]).collect());
            rows.push_load(Load { outside, ..part });
        }
        let at: HashMap<NodeIndex, NodeIndex> = cut.origin.pairs().skip(1).map(|(i, &n)| (n, i)).collect();
        let inside = |row: &Row| at.get(&row.node).map(|&node| Row { node, ..row.clone() });
        for group in &whole.groups {
            let start = rows.rows.keys().end;
            for row in whole.rows[group.rows].iter().filter_map(inside) {
                let part = match limits {
                    Limits::Whole => 1.0,
                    Limits::Proportional => {
                        rows.loads[row.load].shared() as f64 / (whole.loads[row.load].shared() as f64).max(1.0)
                    }
                };
                let (lo, hi) = (row.lo * part, row.hi * part);
                let limits = if part == 1.0 { row.limits } else { WholeLimits::computed(lo, hi) };
                rows.rows.push(Row {
                    limits,
                    lo,
                    hi,
                    target: (row.target * part).max(f64::MIN_POSITIVE),
                    group: Some(rows.groups.keys().end),
                    ..row
                });
            }
            let span = Span { start, end: rows.rows.keys().end };
            if let Some(row) = rows.rows[span].first() {
                let level = cut.tree.nodes[row.node].level;
                rows.groups.push(Group { level, rows: span, ..group.clone() });
            }
        }
        if limits == Limits::Whole {
            let hard = whole.rows.iter().filter(|row| row.group.is_none()).filter_map(inside);
            hard.for_each(|row| {
                rows.rows.push(row);
            });
        }
        rows
    }
}

impl Tree {
    /// Nodes of the subtree at `node`, itself included; they follow one another.
    pub fn subtree(&self, node: NodeIndex) -> Span<NodeIndex> {
        let level = self.nodes[node].level;
        let mut after = self.nodes.pairs().skip(node.get() + 1).filter(|(_, n)| n.level <= level);
        Span { start: node, end: after.next().map_or(self.nodes.keys().end, |(n, _)| n) }
    }
}
