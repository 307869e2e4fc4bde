//! The split tree: nodes in tree order, leaves numbered from left to right, shares as whole numbers.

use super::fraction::whole_shares;
use super::shape::draft::{Draft, error};
use super::shape::given::from_node;
use super::shape::seats::{from_owners, from_seats};
use super::shape::stages::from_stages;
use crate::finding::{Code, Finding};
use crate::index::{Keyed, LeafIndex, NodeIndex, Number, Span};
use crate::input::{Book, SplitInput};
use crate::limits::LEAVES_MAX;
use crate::space::Point;
use std::collections::HashMap;

pub(crate) use super::shape::draft::Seat;

/// What the book is divided into where shares have no common part of usual size: units of 10^-12 of it.
const SHARE_UNITS: f64 = 1e12;
/// What a leaf's share may be off by where it is held in such units, relative to itself; beyond, it is refused.
const SHARE_OFF_MAX: f64 = 1e-6;

/// One node.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub id: String,
    pub parent: Option<NodeIndex>,
    pub children: Vec<NodeIndex>,
    /// 0 for the root.
    pub level: usize,
    /// Its part of the book is `share / tree.whole_share()`.
    pub share: i64,
    pub anchor: Option<Point>,
    /// Its leaves.
    pub leaves: Span<LeafIndex>,
    pub seat: Option<Seat>,
    /// Whether it stands outside the balance: a leaf right below the root, without a share.
    pub is_pool: bool,
}

impl Node {
    /// What people call it: its seat's name with the id, or the id where there is no name.
    pub fn called(&self) -> String {
        match self.seat.as_ref().map_or("", |seat| seat.display_name.as_str()) {
            "" => self.id.clone(),
            name if name == self.id => self.id.clone(),
            name => format!("{name} ({})", self.id),
        }
    }
}

/// A seat with those it covers until they are filled, by node in tree order; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    pub seat: NodeIndex,
    pub covered: Vec<NodeIndex>,
}

/// An anchor for each node of a tree that has one.
pub(crate) type Anchors = Keyed<NodeIndex, Option<Point>>;

/// The tree. A territory is a node in force today: a leaf, or with stages a node of the current stage.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub nodes: Keyed<NodeIndex, Node>,
    /// Node of each leaf.
    pub leaves: Keyed<LeafIndex, NodeIndex>,
    /// Territory node of each leaf.
    pub territory_of_leaf: Keyed<LeafIndex, NodeIndex>,
    /// Stage counts with their level, and the level in force; empty unless stages.
    pub stages: Vec<(usize, usize)>,
    pub current_level: Option<usize>,
}

impl Tree {
    /// Number of levels below the root.
    pub fn depth(&self) -> usize {
        self.nodes.iter().map(|n| n.level).max().unwrap_or(0)
    }

    /// Nodes of a level, in tree order.
    pub fn level(&self, level: usize) -> impl Iterator<Item = NodeIndex> + '_ {
        self.nodes.pairs().filter(move |(_, node)| node.level == level).map(|(n, _)| n)
    }

    /// The leaves that stand outside the balance.
    pub fn pools(&self) -> impl Iterator<Item = LeafIndex> + '_ {
        self.leaves.pairs().filter(|(_, node)| self.nodes[**node].is_pool).map(|(leaf, _)| leaf)
    }

    /// Nodes of a level that have a share, in tree order.
    pub fn sharing(&self, level: usize) -> impl Iterator<Item = NodeIndex> + '_ {
        self.level(level).filter(|&node| !self.nodes[node].is_pool)
    }

    /// Target of a node for a measure of which nodes share `total`.
    pub fn target(&self, node: NodeIndex, total: i64) -> f64 {
        total as f64 * (self.nodes[node].share as f64 / self.whole_share() as f64)
    }

    /// The share of the root: what shares of other nodes are parts of.
    pub fn whole_share(&self) -> i64 {
        self.nodes[NodeIndex::ROOT].share
    }

    /// Nodes from level 1 down to the leaf.
    pub fn path(&self, leaf: LeafIndex) -> Vec<NodeIndex> {
        let mut path = vec![self.leaves[leaf]];
        while let Some(parent) = self.nodes[path[path.len() - 1]].parent {
            path.push(parent);
        }
        path.pop();
        path.reverse();
        if path.is_empty() {
            path.push(self.leaves[leaf]);
        }
        path
    }

    /// Territories in tree order.
    pub fn territories(&self) -> Vec<NodeIndex> {
        let mut nodes = self.territory_of_leaf.clone().into_vec();
        nodes.dedup();
        nodes
    }

    /// The nodes that a later stage splits: territories of today or of a later stage with two children or more.
    pub fn planned_splits(&self) -> Vec<NodeIndex> {
        let planned = |node: &Node| self.current_level.is_some_and(|now| node.level >= now);
        let splits = self.nodes.pairs().filter(|(_, node)| planned(node) && node.children.len() > 1);
        splits.map(|(n, _)| n).collect()
    }

    /// The seats that cover others which are to be hired, in tree order.
    pub fn covers(&self) -> Vec<Cover> {
        let covered_by = |seat: NodeIndex| {
            let open = |n: &NodeIndex| self.nodes[*n].seat.as_ref().is_some_and(|s| s.to_be_hired);
            let by =
                |n: &NodeIndex| self.nodes[*n].seat.as_ref().is_some_and(|s| s.covering_seat_id == self.nodes[seat].id);
            self.leaves.iter().copied().filter(open).filter(by).collect()
        };
        let seats = self.leaves.iter().filter(|&&n| self.nodes[n].seat.is_some());
        let covers = seats.map(|&seat| Cover { seat, covered: covered_by(seat) });
        covers.filter(|cover| !cover.covered.is_empty()).collect()
    }

    pub fn by_id(&self) -> HashMap<&str, NodeIndex> {
        self.nodes.pairs().map(|(n, node)| (node.id.as_str(), n)).collect()
    }
}

/// Reads the split. A tree with faults is given too, so that what else is wrong can be named; `None` when there is
/// none to speak of.
pub(crate) fn read(split: Option<&SplitInput>, book: &Book, findings: &mut Vec<Finding>) -> Option<Tree> {
    let (draft, stages, current_level) = match split {
        Some(SplitInput::Tree(root)) => (from_node(root, "split.tree", 0, findings)?, Vec::new(), None),
        Some(SplitInput::Stages { counts, current }) => {
            let (draft, level) = from_stages(counts, *current, findings)?;
            let stages = counts.iter().enumerate().map(|(i, &c)| (c as usize, i + 1)).collect();
            (draft, stages, Some(level))
        }
        Some(SplitInput::Seats { max_children, seats }) => {
            (from_seats(*max_children, seats, book, findings)?, Vec::new(), None)
        }
        None => (from_owners(book, findings)?, Vec::new(), None),
    };
    let tree = number(draft, stages, current_level, findings);
    check_shape(&tree, findings);
    Some(tree)
}

fn number(root: Draft, stages: Vec<(usize, usize)>, current_level: Option<usize>, findings: &mut Vec<Finding>) -> Tree {
    let (nodes, leaves, territory_of_leaf) = (Keyed::new(), Keyed::new(), Keyed::new());
    let mut tree = Tree { nodes, leaves, territory_of_leaf, stages, current_level };
    // Parts of the book from the top down: a node's part is its parent's times its share among its siblings.
    let mut parts = Vec::new();
    let exact = whole_shares(&root);
    push(&mut tree, root, None, 0, 1.0, &mut parts);
    match exact {
        Some(shares) => {
            let leaves = tree.leaves.iter().zip(shares);
            leaves.for_each(|(&node, share)| tree.nodes[node].share = share);
        }
        None => round_shares(&mut tree, &parts, findings),
    }
    for n in tree.nodes.keys().iter().rev() {
        if !tree.nodes[n].children.is_empty() {
            tree.nodes[n].share = tree.nodes[n].children.iter().map(|&c| tree.nodes[c].share).sum();
        }
    }
    let territory = |leaf: &NodeIndex| {
        let mut node = *leaf;
        while let (Some(level), Some(parent)) = (current_level, tree.nodes[node].parent) {
            if tree.nodes[node].level <= level {
                break;
            }
            node = parent;
        }
        node
    };
    tree.territory_of_leaf = tree.leaves.map(territory);
    tree
}

/// Shares that no common part of usual size holds, in units of 10^-12 of the book; those that lose too much by it are
/// refused.
fn round_shares(tree: &mut Tree, parts: &[f64], findings: &mut Vec<Finding>) {
    for (&leaf, part) in tree.leaves.iter().zip(parts) {
        let (share, held) = (part * SHARE_UNITS, (part * SHARE_UNITS).round());
        tree.nodes[leaf].share = if tree.nodes[leaf].is_pool { 0 } else { (held as i64).max(1) };
        // Shares that are none have a finding of their own.
        if share.is_finite() && (held - share).abs() > SHARE_OFF_MAX * share {
            let id = &tree.nodes[leaf].id;
            error(
                findings,
                Code::ShareInvalid,
                "split",
                format!(
                    "the share of {id:?} is {part:e} of the book, too small to be held exactly; give it a larger one"
                ),
            );
        }
    }
}

fn push(
    tree: &mut Tree,
    draft: Draft,
    parent: Option<NodeIndex>,
    level: usize,
    part: f64,
    parts: &mut Vec<f64>,
) -> NodeIndex {
    let first = tree.leaves.keys().end;
    let node = tree.nodes.push(Node {
        id: draft.id,
        parent,
        children: Vec::new(),
        level,
        share: 0,
        anchor: draft.anchor,
        leaves: Span { start: first, end: LeafIndex::new(first.get() + 1) },
        seat: draft.seat,
        is_pool: draft.is_pool,
    });
    if draft.children.is_empty() {
        tree.leaves.push(node);
        parts.push(part);
        return node;
    }
    let sum: f64 = draft.children.iter().map(Draft::share).sum();
    let children = draft.children.into_iter().map(|child| {
        let share = child.share();
        push(tree, child, Some(node), level + 1, part * (share / sum), parts)
    });
    let children: Vec<NodeIndex> = children.collect();
    tree.nodes[node].children = children;
    tree.nodes[node].leaves.end = tree.leaves.keys().end;
    node
}

fn check_shape(tree: &Tree, findings: &mut Vec<Finding>) {
    if tree.leaves.len() > LEAVES_MAX {
        error(
            findings,
            Code::LeavesTooMany,
            "split",
            format!("the tree has {} leaves; at most {LEAVES_MAX}", tree.leaves.len()),
        );
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for node in &tree.nodes {
        *seen.entry(node.id.as_str()).or_default() += 1;
    }
    let mut doubled: Vec<_> = seen.into_iter().filter(|(id, n)| *n > 1 && !id.is_empty()).collect();
    doubled.sort_unstable();
    for (id, times) in doubled {
        error(
            findings,
            Code::NodeIdDuplicate,
            "split",
            format!("{times} nodes or seats have the id {id:?}; ids must differ"),
        );
    }
    if tree.nodes.len() == 1 && tree.nodes[NodeIndex::ROOT].seat.is_none() {
        error(
            findings,
            Code::SplitEmpty,
            "split.tree.children",
            "the tree has no children; give at least one territory",
        );
    }
}
