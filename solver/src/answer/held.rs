//! What every node holds, added up from the leaves in two passes over the accounts.

use super::splits;
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex, Number};
use crate::plan::{MeasureDeviation, MeasureResult, NodeResult, SeatResult, StageResult};
use crate::problem::Problem;
use crate::problem::measures::Measure;
use crate::problem::tree::{Anchors, Node};
use crate::proof::whales;
use crate::space::{Direction, Point};

/// What one node holds.
#[derive(Debug, Clone, Default)]
struct Held {
    /// Amount of each reported measure.
    amounts: Keyed<MeasureIndex, i64>,
    /// What its accounts' places count together, and the sum of their directions.
    located: f64,
    direction: Direction,
    /// Sums of distances to its anchor and to its centre, km.
    to_anchor_km: f64,
    to_centre_km: f64,
    /// Sum of squares of the latter, km².
    to_centre_km2: f64,
    moved_in: i64,
    moved_out: i64,
}

impl Held {
    fn add(&mut self, part: &Held) {
        self.amounts.iter_mut().zip(&part.amounts).for_each(|(sum, amount)| *sum += amount);
        self.located += part.located;
        self.direction.join(&part.direction);
    }
}

/// Every node and every stage of the plan that puts accounts into `leaf_of`, with the anchors of the nodes; one without,
/// or whose distances count nowhere, gets the centre of its accounts.
pub(super) fn results(
    problem: &Problem,
    leaf_of: &Keyed<AccountIndex, LeafIndex>,
    anchors: &Anchors,
) -> (Keyed<NodeIndex, NodeResult>, Vec<StageResult>) {
    let mut held = totals(problem, leaf_of);
    let centres: Anchors = held.map(|h| h.direction.centre());
    let anchor =
        |(n, node): (NodeIndex, &Node)| node.anchor.or(anchors[n].filter(|_| problem.is_anchored(n))).or(centres[n]);
    let anchors: Anchors = problem.tree.nodes.pairs().map(anchor).collect();
    distances(problem, leaf_of, &anchors, &centres, &mut held);
    let nodes = held.pairs().zip(anchors).map(|((n, held), anchor)| node(problem, n, held, anchor));
    let nodes: Keyed<NodeIndex, NodeResult> = nodes.collect();
    let stages = problem.tree.stages.iter().map(|&(count, level)| stage(problem, count, level, &nodes, &held));
    let stages = stages.collect();
    (nodes, stages)
}

/// The centre of what each node holds.
pub(super) fn centres(problem: &Problem, leaf_of: &Keyed<AccountIndex, LeafIndex>) -> Anchors {
    totals(problem, leaf_of).map(|held| held.direction.centre())
}

/// The first pass: amounts, moves and centres.
fn totals(problem: &Problem, leaf_of: &Keyed<AccountIndex, LeafIndex>) -> Keyed<NodeIndex, Held> {
    let tree = &problem.tree;
    let nothing = Held { amounts: problem.reported_measures().map(|_| 0).collect(), ..Held::default() };
    let mut held = tree.nodes.map(|_| nothing.clone());
    for (m, measure) in problem.reported_measures() {
        let mut by_leaf = tree.leaves.map(|_| 0);
        leaf_of.zip(&measure.amounts).for_each(|(&leaf, amount)| by_leaf[leaf] += amount);
        by_leaf.zip(&tree.leaves).for_each(|(&sum, &node)| held[node].amounts[m] = sum);
    }
    for (account, &leaf) in leaf_of.pairs() {
        if let Some((place, counts)) = problem.accounts.located(account) {
            let node = &mut held[tree.leaves[leaf]];
            node.located += counts;
            node.direction.add(place, counts);
        }
        let territory = tree.territory_of_leaf[leaf];
        if problem.is_moved(account, territory) {
            held[territory].moved_in += 1;
            if let Some(owner) = problem.accounts.owners[account] {
                held[owner].moved_out += 1;
            }
        }
    }
    // Every node comes before its children.
    for n in held.keys().iter().skip(1).rev() {
        let part = std::mem::take(&mut held[n]);
        if let Some(parent) = tree.nodes[n].parent {
            held[parent].add(&part);
        }
        held[n] = part;
    }
    held
}

/// The second pass: distances to what the first has found.
fn distances(
    problem: &Problem,
    leaf_of: &Keyed<AccountIndex, LeafIndex>,
    anchors: &Anchors,
    centres: &Anchors,
    held: &mut Keyed<NodeIndex, Held>,
) {
    let tree = &problem.tree;
    let in_stage = tree.nodes.map(|node| tree.stages.iter().any(|&(_, level)| level == node.level));
    for (account, &leaf) in leaf_of.pairs() {
        let Some((place, counts)) = problem.accounts.located(account) else { continue };
        let mut next = Some(tree.leaves[leaf]);
        while let Some(n) = next {
            let to = |point: Option<Point>| point.map_or(0.0, |point| place.distance_km(point));
            let to_anchor_km = to(anchors[n]);
            held[n].to_anchor_km += counts * to_anchor_km;
            if in_stage[n] {
                let to_centre_km = if anchors[n] == centres[n] { to_anchor_km } else { to(centres[n]) };
                held[n].to_centre_km += counts * to_centre_km;
                held[n].to_centre_km2 += counts * (to_centre_km * to_centre_km);
            }
            next = tree.nodes[n].parent;
        }
    }
}

/// A mean over places that count so much together; 0 where there are none.
fn mean(sum: f64, located: f64) -> f64 {
    if located > 0.0 { sum / located } else { 0.0 }
}

fn node(problem: &Problem, n: NodeIndex, held: &Held, anchor: Option<Point>) -> NodeResult {
    let (tree, node) = (&problem.tree, &problem.tree.nodes[n]);
    let measures = problem.reported_measures().zip(&held.amounts).map(|((m, measure), &amount)| {
        // The root holds all that there is, pools with it.
        let target =
            if n == NodeIndex::ROOT { measure.total as f64 } else { tree.target(n, problem.facts().shared(m)) };
        let deviation = if target > 0.0 { (amount as f64 - target) / target } else { 0.0 };
        MeasureResult { measure: measure.name.clone(), amount, target, deviation }
    });
    NodeResult {
        node_id: node.id.clone(),
        parent_node_id: node.parent.map_or(String::new(), |p| tree.nodes[p].id.clone()),
        level: node.level,
        share: node.share as f64 / tree.whole_share() as f64,
        territory: tree.territory_of_leaf[node.leaves.start] == n,
        measures: measures.collect(),
        anchor,
        anchor_found: node.anchor.is_none(),
        mean_distance_km: mean(held.to_anchor_km, held.located),
        moved_in: held.moved_in,
        moved_out: held.moved_out,
        seat: node.seat.as_ref().map(SeatResult::from),
        outside_balance: node.is_pool,
    }
}

fn stage(
    problem: &Problem,
    count: usize,
    level: usize,
    nodes: &Keyed<NodeIndex, NodeResult>,
    held: &Keyed<NodeIndex, Held>,
) -> StageResult {
    let inside = || problem.tree.level(level);
    let worst = |m: MeasureIndex| inside().map(|n| nodes[n].measures[m.get()].deviation.abs()).fold(0.0, f64::max);
    let (mut sum, mut squares, mut located) = (0.0, 0.0, 0.0);
    // Accounts whose directions cancel out have no centre to be far from.
    for held in inside().map(|n| &held[n]).filter(|held| held.direction.centre().is_some()) {
        sum += held.to_centre_km;
        squares += held.to_centre_km2;
        located += held.located;
    }
    let deviation = |(m, measure): (MeasureIndex, &Measure)| MeasureDeviation {
        measure: measure.name.clone(),
        worst_deviation: worst(m),
        worst_deviation_bound: whales::deviation_floor(problem, m, level).min(worst(m)),
    };
    StageResult {
        count,
        level,
        current: problem.tree.current_level == Some(level),
        deviations: problem.reported_measures().map(deviation).collect(),
        mean_distance_km: mean(sum, located),
        mean_squared_distance_km2: mean(squares, located),
        split_days: splits::days(problem, level, nodes),
        nesting: None,
    }
}
