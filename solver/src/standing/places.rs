//! Which node has each account, and what the nodes hold then: two passes over the accounts.

use super::data::{Holder, Moved};
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex, Number};
use crate::problem::Problem;
use crate::problem::tree::{Anchors, Node, Tree};
use crate::space::{Direction, Point};

/// Where accounts are, and sums over what each node holds.
pub(super) struct Places<'a> {
    pub problem: &'a Problem,
    pub holders: &'a [Holder],
    /// The leaf or territory that has an account.
    pub node_of: Keyed<AccountIndex, Option<NodeIndex>>,
    /// The last level of which the book tells.
    pub depth: usize,
    /// Of each measure, counts made by mix too.
    pub amounts: Keyed<MeasureIndex, Keyed<NodeIndex, i64>>,
    pub anchors: Anchors,
    pub distances: Keyed<NodeIndex, Distances>,
    /// What the places of accounts count together that distances are a mean of.
    pub counted: f64,
    pub moved_in: Keyed<NodeIndex, i64>,
    pub moved_out: Keyed<NodeIndex, i64>,
    pub moved: Moved,
}

/// Sums over the accounts of a node, each as much as its place counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Distances {
    /// What the places count together.
    pub located: f64,
    /// Distances to the node's anchor, km, and their squares.
    pub km: f64,
    pub km2: f64,
}

impl<'a> Places<'a> {
    pub fn of(problem: &'a Problem, holders: &'a [Holder], given: &[Option<Point>]) -> Places<'a> {
        let node_of: Keyed<AccountIndex, Option<NodeIndex>> = holders
            .iter()
            .map(|holder| match holder {
                Holder::Node(node) => Some(NodeIndex::new(*node)),
                Holder::Other(_) | Holder::Nobody => None,
            })
            .collect();
        let zero = || problem.tree.nodes.map(|_| 0);
        let mut places = Places {
            problem,
            holders,
            depth: depth(problem, &node_of),
            amounts: problem.measures.map(|measure| amounts(problem, &node_of, &measure.amounts)),
            node_of,
            anchors: Anchors::new(),
            distances: problem.tree.nodes.map(|_| Distances::default()),
            counted: 0.0,
            moved_in: zero(),
            moved_out: zero(),
            moved: Moved::default(),
        };
        places.anchors = places.anchored(given);
        places.measure_distances();
        places.count_moves();
        places
    }

    /// Accounts that a territory of the plan has.
    pub fn placed(&self) -> usize {
        self.node_of.iter().flatten().count()
    }

    /// Whether the book tells what a node holds.
    pub fn tells(&self, node: NodeIndex) -> bool {
        self.problem.tree.nodes[node].level <= self.depth
    }

    /// Amount of a measure at a node.
    pub fn amount(&self, measure: MeasureIndex, node: NodeIndex) -> i64 {
        self.amounts[measure][node]
    }

    /// The territory that has an account.
    pub fn territory(&self, account: AccountIndex) -> Option<NodeIndex> {
        let tree = &self.problem.tree;
        let node = self.node_of[account]?;
        let is_leaf = tree.nodes[node].children.is_empty();
        Some(if is_leaf { tree.territory_of_leaf[tree.nodes[node].leaves.start] } else { node })
    }

    /// The leaves that an account may be at.
    pub fn leaves(&self, account: AccountIndex) -> Option<impl Iterator<Item = LeafIndex> + use<>> {
        self.node_of[account].map(|node| self.problem.tree.nodes[node].leaves.iter())
    }

    /// Whether an account is not with its current owner; one without an owner never is.
    pub fn is_moved(&self, account: AccountIndex) -> bool {
        match self.territory(account) {
            Some(territory) => self.problem.is_moved(account, territory),
            None => {
                let owner = self.problem.accounts.owner_id(account);
                let with_owner = matches!(&self.holders[account.get()], Holder::Other(holder) if holder == owner);
                !owner.is_empty() && !with_owner
            }
        }
    }

    /// The anchor of every node: the request's, the one given here, else the centre of its accounts.
    fn anchored(&self, given: &[Option<Point>]) -> Anchors {
        let problem = self.problem;
        let mut sums = problem.tree.nodes.map(|_| Direction::default());
        self.for_each_located(|nodes, place, counts, _| nodes.for_each(|node| sums[node].add(place, counts)));
        let located = problem.accounts.places.iter().any(Option::is_some);
        let given = |n: NodeIndex| given.get(n.get()).copied().flatten().filter(|_| located && problem.is_anchored(n));
        let anchor = |(n, node): (NodeIndex, &Node)| node.anchor.or(given(n)).or(sums[n].centre());
        problem.tree.nodes.pairs().map(anchor).collect()
    }

    fn measure_distances(&mut self) {
        let mut distances = self.problem.tree.nodes.map(|_| Distances::default());
        let mut counted = 0.0;
        self.for_each_located(|nodes, place, counts, settled| {
            if !settled {
                counted += counts;
            }
            for node in nodes {
                let km = self.anchors[node].map_or(0.0, |anchor| place.distance_km(anchor));
                distances[node].located += counts;
                distances[node].km += counts * km;
                distances[node].km2 += counts * (km * km);
            }
        });
        self.distances = distances;
        self.counted = counted;
    }

    /// Every account that a node has and that has a place: its nodes from the one that has it up to the root, the place,
    /// what that counts, and whether it is in a pool in every plan.
    fn for_each_located(&self, mut see: impl FnMut(Upward, Point, f64, bool)) {
        let problem = self.problem;
        for (account, node) in self.node_of.pairs() {
            let (Some(node), Some((place, counts))) = (*node, problem.accounts.located(account)) else { continue };
            see(Upward { tree: &problem.tree, next: Some(node) }, place, counts, problem.pools.is_settled(account));
        }
    }

    fn count_moves(&mut self) {
        let problem = self.problem;
        let measure = problem.moved_measure();
        self.moved.measure.clone_from(&measure.name);
        for (account, &amount) in measure.amounts.pairs() {
            if !problem.accounts.has_owner(account) {
                continue;
            }
            self.moved.owned_accounts += 1;
            self.moved.owned_amount += amount;
            if !self.is_moved(account) {
                continue;
            }
            self.moved.accounts += 1;
            self.moved.amount += amount;
            if let Some(territory) = self.territory(account) {
                self.moved_in[territory] += 1;
            }
            if let Some(owner) = problem.accounts.owners[account] {
                self.moved_out[owner] += 1;
            }
        }
    }
}

/// A node, its parent, and so on up to the root.
struct Upward<'a> {
    tree: &'a Tree,
    next: Option<NodeIndex>,
}

impl Iterator for Upward<'_> {
    type Item = NodeIndex;

    fn next(&mut self) -> Option<NodeIndex> {
        let node = self.next?;
        self.next = self.tree.nodes[node].parent;
        Some(node)
    }
}

/// The last level of which the book tells: that of the highest node with children that has accounts, else all.
fn depth(problem: &Problem, node_of: &Keyed<AccountIndex, Option<NodeIndex>>) -> usize {
    let tree = &problem.tree;
    let ends = |node: &NodeIndex| !tree.nodes[*node].children.is_empty();
    let highest = node_of.iter().flatten().filter(|node| ends(node)).map(|&node| tree.nodes[node].level).min();
    let nobody = node_of.iter().flatten().next().is_none();
    highest.or(tree.current_level.filter(|_| nobody)).unwrap_or_else(|| tree.depth())
}

/// What each node holds of amounts by account.
fn amounts(
    problem: &Problem,
    node_of: &Keyed<AccountIndex, Option<NodeIndex>>,
    amounts: &Keyed<AccountIndex, i64>,
) -> Keyed<NodeIndex, i64> {
    let mut sums = problem.tree.nodes.map(|_| 0);
    for (node, amount) in node_of.zip(amounts) {
        if let Some(node) = *node {
            sums[node] += amount;
        }
    }
    summed_up(problem, &sums)
}

/// Sums by node with those of the nodes below. Every node comes before its children.
fn summed_up(problem: &Problem, own: &Keyed<NodeIndex, i64>) -> Keyed<NodeIndex, i64> {
    let mut sums = own.clone();
    for (n, node) in problem.tree.nodes.pairs().rev() {
        if let Some(parent) = node.parent {
            sums[parent] += sums[n];
        }
    }
    sums
}
