//! A split as the oracle reads it: nodes, amounts, owners, and every assignment of what moves as one to a leaf.

use carve_solver::input::{Input, NodeInput, SelectorInput, SplitInput};
use std::ops::Range;

/// A node below the root: its share of the book, its anchor in degrees, and the leaves it holds.
pub(super) struct Node {
    pub id: String,
    pub level: usize,
    pub share: f64,
    pub anchor: Option<(f64, f64)>,
    pub leaves: Range<usize>,
    pub children: Vec<usize>,
}

pub(super) struct Split<'a> {
    pub input: &'a Input,
    pub nodes: Vec<Node>,
    pub leaves: usize,
    /// Nodes in force today: leaves, but for stages.
    pub territories: Vec<usize>,
    /// Territory that owns each account, if one does.
    owners: Vec<Option<usize>>,
}

impl Split<'_> {
    pub fn of(input: &Input) -> Split<'_> {
        let mut split = Split { input, nodes: Vec::new(), leaves: 0, territories: Vec::new(), owners: Vec::new() };
        match &input.split {
            Some(SplitInput::Tree(root)) => {
                let root = split.push(root, 0, 1.0);
                split.territories = (0..root).filter(|&n| split.nodes[n].children.is_empty()).collect();
            }
            Some(SplitInput::Stages { counts, current }) => {
                let root = split.push(&staged(counts), 0, 1.0);
                let now = 1 + counts.iter().position(|c| c == current).unwrap_or(0);
                split.territories = (0..root).filter(|&n| split.nodes[n].level == now).collect();
            }
            _ => panic!("the oracle finds no trees"),
        }
        let owner = |owner: &String| split.territories.iter().copied().find(|&t| split.nodes[t].id == *owner);
        split.owners = input.book.current_owners.iter().map(owner).collect();
        split
    }

    /// Adds a node after those below it; returns where it is.
    fn push(&mut self, of: &NodeInput, level: usize, share: f64) -> usize {
        let (first, whole) = (self.leaves, of.children.iter().map(asked).sum::<f64>());
        let children = of.children.iter().map(|child| self.push(child, level + 1, share * asked(child) / whole));
        let children: Vec<usize> = children.collect();
        self.leaves += usize::from(children.is_empty());
        let anchor = of.anchor.map(|a| (a.latitude, a.longitude));
        let leaves = first..self.leaves;
        self.nodes.push(Node { id: of.node_id.clone(), level, share, anchor, leaves, children });
        self.nodes.len() - 1
    }

    pub fn accounts(&self) -> usize {
        self.input.book.account_ids.len()
    }

    pub fn depth(&self) -> usize {
        self.nodes.iter().map(|n| n.level).max().unwrap_or(0)
    }

    pub fn node(&self, id: &str) -> usize {
        self.nodes.iter().position(|n| n.id == id).expect("nodes are in the tree")
    }

    /// The leaves below these nodes, node by node.
    pub fn below(&self, ids: &[String]) -> Vec<Range<usize>> {
        ids.iter().map(|id| self.nodes[self.node(id)].leaves.clone()).collect()
    }

    /// Splits of today's territories and of those below them: the leaves of the node, and of its first child.
    pub fn planned(&self) -> Vec<(Range<usize>, Range<usize>)> {
        let now = self.territories.iter().map(|&t| self.nodes[t].level).min().unwrap_or(0);
        let splits = self.nodes.iter().filter(|n| n.level >= now && n.children.len() > 1);
        splits.map(|n| (n.leaves.clone(), self.nodes[n.children[0]].leaves.clone())).collect()
    }

    /// The accounts a rule speaks of; all where it names none.
    pub fn picked(&self, selector: Option<&SelectorInput>) -> Vec<usize> {
        let Some(selector) = selector else { return (0..self.accounts()).collect() };
        assert!(selector.filter.is_empty(), "the oracle picks by id");
        selector.account_ids.iter().map(|id| self.account(id).expect("ids are in the book")).collect()
    }

    fn account(&self, id: &str) -> Option<usize> {
        self.input.book.account_ids.iter().position(|a| a == id)
    }

    pub fn amounts(&self, measure: &str) -> Vec<i64> {
        if measure.is_empty() || measure == "account_count" {
            return vec![1; self.accounts()];
        }
        self.input.book.measures.iter().find(|m| m.name == measure).expect("the measure is there").amounts.clone()
    }

    /// Accounts whose owner is in the plan: account, the owner's leaves, amount.
    pub fn owned(&self, measure: &str, among: Option<&SelectorInput>) -> Vec<(usize, Range<usize>, i64)> {
        let amounts = self.amounts(measure);
        let owned = |a: usize| self.owners[a].map(|by| (a, self.nodes[by].leaves.clone(), amounts[a]));
        self.picked(among).into_iter().filter_map(owned).collect()
    }

    /// Calls `each` with the leaf of every account, for every way to give one to each family.
    pub fn every_assignment(&self, mut each: impl FnMut(&[usize])) {
        let heads: Vec<usize> = (0..self.accounts()).map(|a| self.head(a)).collect();
        let families: Vec<usize> = (0..self.accounts()).filter(|&a| heads[a] == a).collect();
        let mut to = vec![0; self.accounts()];
        loop {
            for a in 0..to.len() {
                to[a] = to[heads[a]];
            }
            each(&to);
            // Counts up, one digit a family.
            let Some(&next) = families.iter().find(|&&head| to[head] + 1 < self.leaves) else { return };
            families.iter().take_while(|&&head| head != next).for_each(|&head| to[head] = 0);
            to[next] += 1;
        }
    }

    /// The account at the top of an account's family; itself where families do not move whole.
    fn head(&self, account: usize) -> usize {
        if self.input.families_separate {
            return account;
        }
        let up = |a: &usize| self.account(&self.input.book.parents[*a]);
        std::iter::successors(Some(account), up).take(self.accounts()).last().unwrap_or(account)
    }
}

/// A node's share beside its siblings'.
fn asked(node: &NodeInput) -> f64 {
    match node.children.is_empty() {
        true => node.share.unwrap_or(1.0),
        false => node.share.unwrap_or_else(|| node.children.iter().map(asked).sum()),
    }
}

/// The tree of stages each of which divides those of the one before alike.
fn staged(counts: &[i32]) -> NodeInput {
    let node = |node_id: String, children| NodeInput { node_id, children, ..NodeInput::default() };
    let last = *counts.last().expect("there is a stage");
    let mut below: Vec<NodeInput> = (1..=last).map(|i| node(format!("s{last}-{i}"), Vec::new())).collect();
    for &count in counts.iter().rev().skip(1) {
        let each = below.len() / count as usize;
        assert_eq!(each * count as usize, below.len(), "the oracle divides stages alike");
        let mut rest = below.into_iter();
        below = (1..=count).map(|i| node(format!("s{count}-{i}"), rest.by_ref().take(each).collect())).collect();
    }
    node("root".into(), below)
}
