//! What an assignment amounts to, added up from the accounts: a pass over each measure, one over the places and one
//! over the distances, whatever the size of the tree.

use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex, Number};
use crate::plan::NodeResult;
use crate::problem::Problem;
use crate::problem::tree::Tree;
use crate::space::{Direction, Point};

/// Below this mean length of its accounts' directions a node has no centre to speak of: what is left is rounding.
const CENTRE_LENGTH_MIN: f64 = 1e-6;

/// Sums over what each node holds, by node.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Of each measure, counts made by mix too.
    amounts: Keyed<MeasureIndex, Keyed<NodeIndex, i128>>,
    pub places: Keyed<NodeIndex, Places>,
    /// What the places count together that distances are a mean of.
    counted: f64,
}

/// Where the accounts of a node are.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// What its accounts' places count together.
    pub located: f64,
    direction: Direction,
    /// Sums of distances to the anchor the plan says, and of their squares, km, each as much as its place counts.
    pub to_anchor_km: f64,
    pub to_anchor_km2: f64,
    /// Sums of distances to the centre, km, and of their squares.
    pub to_centre_km: f64,
    pub to_centre_km2: f64,
}

impl Places {
    /// A mean over its places; 0 where there are none.
    pub fn mean(&self, sum: f64) -> f64 {
        if self.located > 0.0 { sum / self.located } else { 0.0 }
    }

    /// The centre of the accounts; `None` when there are none or their directions cancel out.
    pub fn centre(&self) -> Option<Point> {
        let length = self.direction.length();
        self.direction.centre().filter(|_| length > CENTRE_LENGTH_MIN * self.located)
    }
}

impl Tally {
    pub fn of(problem: &Problem, leaf_of: &Keyed<AccountIndex, LeafIndex>, nodes: &[NodeResult]) -> Tally {
        let amounts = (problem.measures.iter())
            .map(|measure| {
                let mut sums = problem.tree.leaves.map(|_| 0_i128);
                leaf_of.zip(&measure.amounts).for_each(|(&leaf, &amount)| sums[leaf] += i128::from(amount));
                by_node(&problem.tree, &sums)
            })
            .collect();
        let counted = |(account, _): &(AccountIndex, _)| !problem.pools.is_settled(*account);
        let located = leaf_of.pairs().filter(counted).filter_map(|(account, _)| problem.accounts.located(account));
        let counted = located.map(|(_, counts)| counts).sum();
        Tally { amounts, places: places(problem, leaf_of, nodes), counted }
    }

    /// A mean over the places of all accounts but those that are in a pool in every plan; 0 where there are none.
    pub fn mean(&self, sum: f64) -> f64 {
        if self.counted > 0.0 { sum / self.counted } else { 0.0 }
    }

    /// Amount of a measure at a node.
    pub fn amount(&self, node: NodeIndex, measure: MeasureIndex) -> i128 {
        self.amounts[measure][node]
    }
}

/// Sums by node of sums by leaf.
pub(super) fn by_node(tree: &Tree, sums: &Keyed<LeafIndex, i128>) -> Keyed<NodeIndex, i128> {
    tree.nodes.map(|node| sums[node.leaves].iter().sum())
}

fn places(
    problem: &Problem,
    leaf_of: &Keyed<AccountIndex, LeafIndex>,
    nodes: &[NodeResult],
) -> Keyed<NodeIndex, Places> {
    let tree = &problem.tree;
    let mut by_leaf = tree.leaves.map(|_| (0.0, Direction::default()));
    for (account, &leaf) in leaf_of.pairs() {
        let Some((place, counts)) = problem.accounts.located(account) else { continue };
        by_leaf[leaf].0 += counts;
        by_leaf[leaf].1.add(place, counts);
    }
    let mut places: Keyed<NodeIndex, Places> = tree.nodes.map(|_| Places::default());
    for (node, places) in tree.nodes.iter().zip(&mut places) {
        for (located, direction) in &by_leaf[node.leaves] {
            places.located += located;
            places.direction.join(direction);
        }
    }
    let centres = places.map(Places::centre);
    let staged = tree.nodes.map(|node| tree.stages.iter().any(|(_, level)| *level == node.level));
    for (account, &leaf) in leaf_of.pairs() {
        let Some((place, counts)) = problem.accounts.located(account) else { continue };
        let mut at = Some(tree.leaves[leaf]);
        while let Some(n) = at {
            if let Some(anchor) = nodes[n.get()].anchor {
                let km = place.distance_km(anchor);
                places[n].to_anchor_km += counts * km;
                places[n].to_anchor_km2 += counts * (km * km);
            }
            if let Some(centre) = centres[n].filter(|_| staged[n]) {
                let km = place.distance_km(centre);
                places[n].to_centre_km += counts * km;
                places[n].to_centre_km2 += counts * (km * km);
            }
            at = tree.nodes[n].parent;
        }
    }
    places
}
