//! The split tree: nodes in tree order, leaves numbered from left to right, shares as whole numbers.

use super::fraction::whole_shares;
use super::shape::draft::{Draft, error};
use super::shape::given::from_node;
use super::shape::seats::{from_owners, from_seats};
use super::shape::stages::from_stages;
use crate::finding::{Code, Finding};
use crate::input::{Book, SplitInput};
use crate::limits::LEAVES_MAX;
use crate::space::Point;
use std::collections::HashMap;
use std::ops::Range;

pub(crate) use super::shape::draft::Seat;

/// What the book is divided into where shares have no common part of usual size: units of 10^-12 of it.
const SHARE_UNITS: f64 = 1e12;
/// What a leaf's share may be off by where it is held in such units, relative to itself; beyond, it is refused.
const SHARE_OFF_MAX: f64 = 1e-6;

/// One node. The root is node 0; every node comes before its children.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub id: String,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    /// 0 for the root.
    pub level: usize,
    /// Its part of the book is `share / tree.nodes[0].share`.
    pub share: i64,
    pub anchor: Option<Point>,
    /// Its leaves, by leaf number.
    pub leaves: Range<usize>,
    pub seat: Option<Seat>,
}

/// A seat with those it covers until they are filled, by node in tree order; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    pub seat: usize,
    pub covered: Vec<usize>,
}

/// The tree. A territory is a node in force today: a leaf, or with stages a node of the current stage.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub nodes: Vec<Node>,
    /// Node of each leaf.
    pub leaves: Vec<usize>,
    /// Territory node of each leaf.
    pub territory_of_leaf: Vec<usize>,
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
    pub fn level(&self, level: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(move |&n| self.nodes[n].level == level)
    }

    /// Target of a node for a measure that totals `total`.
    pub fn target(&self, node: usize, total: i64) -> f64 {
        total as f64 * (self.nodes[node].share as f64 / self.nodes[0].share as f64)
    }

    /// Nodes from level 1 down to the leaf.
    pub fn path(&self, leaf: usize) -> Vec<usize> {
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
    pub fn territories(&self) -> Vec<usize> {
        let mut nodes = self.territory_of_leaf.clone();
        nodes.dedup();
        nodes
    }

    /// The nodes that a later stage splits: territories of today or of a later stage with two children or more.
    pub fn planned_splits(&self) -> Vec<usize> {
        let planned = |n: &usize| self.current_level.is_some_and(|now| self.nodes[*n].level >= now);
        (0..self.nodes.len()).filter(planned).filter(|&n| self.nodes[n].children.len() > 1).collect()
    }

    /// The seats that cover others which are to be hired, in tree order.
    pub fn covers(&self) -> Vec<Cover> {
        let covered_by = |seat: usize| {
            let open = |n: &usize| self.nodes[*n].seat.as_ref().is_some_and(|s| s.to_be_hired);
            let by =
                |n: &usize| self.nodes[*n].seat.as_ref().is_some_and(|s| s.covering_seat_id == self.nodes[seat].id);
            self.leaves.iter().copied().filter(open).filter(by).collect()
        };
        let seats = self.leaves.iter().filter(|&&n| self.nodes[n].seat.is_some());
        let covers = seats.map(|&seat| Cover { seat, covered: covered_by(seat) });
        covers.filter(|cover| !cover.covered.is_empty()).collect()
    }

    pub fn by_id(&self) -> HashMap<&str, usize> {
        self.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect()
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
    let mut tree = Tree { nodes: Vec::new(), leaves: Vec::new(), territory_of_leaf: Vec::new(), stages, current_level };
    // Parts of the book from the top down: a node's part is its parent's times its share among its siblings.
    let mut parts = Vec::new();
    let exact = whole_shares(&root);
    push(&mut tree, root, None, 0, 1.0, &mut parts);
    match exact {
        Some(shares) => {
            let leaves = tree.leaves.iter().zip(shares);
            leaves.for_each(|(&leaf, share)| tree.nodes[leaf].share = share);
        }
        None => round_shares(&mut tree, &parts, findings),
    }
    for n in (0..tree.nodes.len()).rev() {
        if !tree.nodes[n].children.is_empty() {
            tree.nodes[n].share = tree.nodes[n].children.iter().map(|&c| tree.nodes[c].share).sum();
        }
    }
    let territory = |leaf: usize| {
        let mut node = tree.leaves[leaf];
        while let (Some(level), Some(parent)) = (current_level, tree.nodes[node].parent) {
            if tree.nodes[node].level <= level {
                break;
            }
            node = parent;
        }
        node
    };
    tree.territory_of_leaf = (0..tree.leaves.len()).map(territory).collect();
    tree
}

/// Shares that no common part of usual size holds, in units of 10^-12 of the book; those that lose too much by it are
/// refused.
fn round_shares(tree: &mut Tree, parts: &[f64], findings: &mut Vec<Finding>) {
    for (&leaf, part) in tree.leaves.iter().zip(parts) {
        let (share, held) = (part * SHARE_UNITS, (part * SHARE_UNITS).round());
        tree.nodes[leaf].share = (held as i64).max(1);
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

fn push(tree: &mut Tree, draft: Draft, parent: Option<usize>, level: usize, part: f64, parts: &mut Vec<f64>) -> usize {
    let node = tree.nodes.len();
    let first = tree.leaves.len();
    tree.nodes.push(Node {
        id: draft.id,
        parent,
        children: Vec::new(),
        level,
        share: 0,
        anchor: draft.anchor,
        leaves: first..first + 1,
        seat: draft.seat,
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
    let children: Vec<usize> = children.collect();
    tree.nodes[node].children = children;
    tree.nodes[node].leaves = first..tree.leaves.len();
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
    if tree.nodes.len() == 1 && tree.nodes[0].seat.is_none() {
        error(
            findings,
            Code::SplitEmpty,
            "split.tree.children",
            "the tree has no children; give at least one territory",
        );
    }
}
