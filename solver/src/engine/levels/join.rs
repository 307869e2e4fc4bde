//! Leaves that were drawn side by side, put into the places of a tree: neighbours below one node.

use crate::index::{Keyed, LeafIndex, NodeIndex, Number};
use crate::problem::Problem;
use crate::problem::tree::Tree;
use crate::space::Direction;

/// Items up to which joining is exact.
const EXACT_MAX: usize = 16;

/// The place in the tree of each leaf that was drawn beside all others: neighbours below one node.
///
/// Only leaves that nothing tells apart change places: those of stages, when no rule names a node.
pub(crate) fn places(problem: &Problem, held: &Keyed<LeafIndex, (Direction, f64)>) -> Keyed<LeafIndex, LeafIndex> {
    let tree = &problem.tree;
    let named = problem.units.classes.len() > 1 || problem.rows.rows.iter().any(|r| r.group.is_none());
    let given = tree.nodes.iter().any(|n| n.anchor.is_some());
    if tree.stages.is_empty() || named || given {
        return held.keys().iter().collect();
    }
    // What stands at each node of a level: the drawn leaves below it, in order, and what they hold.
    let mut items: Vec<Item> = held.pairs().map(|(l, &held)| Item { leaves: vec![l], shape: 1, held }).collect();
    for level in (0..tree.depth()).rev() {
        let needs: Vec<Vec<u64>> = tree.level(level).map(|n| shapes(tree, n)).collect();
        items = join(items, &needs);
    }
    let mut place_of = held.map(|_| LeafIndex::new(0));
    for (place, &leaf) in held.keys().iter().zip(&items[0].leaves) {
        place_of[leaf] = place;
    }
    place_of
}

/// A number for the shape of each child's subtree.
fn shapes(tree: &Tree, node: NodeIndex) -> Vec<u64> {
    let shape = |child: &NodeIndex| match tree.nodes[*child].children.is_empty() {
        true => 1,
        false => shapes(tree, *child).into_iter().fold(7, |hash, s| (hash ^ s).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
    };
    tree.nodes[node].children.iter().map(shape).collect()
}

/// Drawn leaves that stand together.
#[derive(Debug, Clone)]
struct Item {
    leaves: Vec<LeafIndex>,
    shape: u64,
    /// Sum of the directions of its accounts, and their number.
    held: (Direction, f64),
}

/// Joins items into groups, each with the shapes it needs in order, so that accounts are near their groups' centres.
fn join(items: Vec<Item>, needs: &[Vec<u64>]) -> Vec<Item> {
    let groups = if items.len() <= EXACT_MAX { exact(&items, needs) } else { greedy(&items, needs) };
    let group = |(members, need): (Vec<usize>, &Vec<u64>)| {
        let mut held = (Direction::default(), 0.0);
        let mut left = members;
        let mut leaves = Vec::new();
        for shape in need {
            let at = left.iter().position(|&i| items[i].shape == *shape).expect("groups have the shapes they need");
            let item = &items[left.remove(at)];
            held.0.join(&item.held.0);
            held.1 += item.held.1;
            leaves.extend(&item.leaves);
        }
        let shape = need.iter().fold(7, |hash, s| (hash ^ s).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Item { leaves, shape, held }
    };
    groups.into_iter().zip(needs).map(group).collect()
}

/// How far a group's accounts are from their centre: their number less the length of their directions' sum, which is
/// half the sum of squared chords.
fn spread(items: &[Item], members: impl Iterator<Item = usize>) -> f64 {
    let (mut sum, mut count) = (Direction::default(), 0.0);
    for item in members.map(|i| &items[i]) {
        sum.join(&item.held.0);
        count += item.held.1;
    }
    count - sum.length()
}

/// The least total spread, group after group over sets of items used (Held & Karp 1962).
fn exact(items: &[Item], needs: &[Vec<u64>]) -> Vec<Vec<usize>> {
    let all = (1_u32 << items.len()) - 1;
    let mut best: Vec<Option<(f64, u32)>> = vec![None; all as usize + 1];
    best[0] = Some((0.0, 0));
    let mut reached = vec![0_u32];
    for need in needs {
        let mut next = Vec::new();
        for &used in &reached {
            let Some((before, _)) = best[used as usize] else { continue };
            for chosen in choices(items, all & !used, need) {
                let cost = before + spread(items, bits(chosen));
                let to = &mut best[(used | chosen) as usize];
                if to.is_none() {
                    next.push(used | chosen);
                }
                if to.is_none_or(|(least, _)| cost < least) {
                    *to = Some((cost, chosen));
                }
            }
        }
        reached = next;
    }
    let mut used = all;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for _ in needs {
        let chosen = best[used as usize].map_or(0, |(_, chosen)| chosen);
        groups.push(bits(chosen).collect());
        used &= !chosen;
    }
    groups.reverse();
    groups
}

/// Sets out of `free` that have the shapes needed.
fn choices(items: &[Item], free: u32, need: &[u64]) -> Vec<u32> {
    let mut sets = vec![(0_u32, need.to_vec())];
    for i in bits(free) {
        let mut more = Vec::new();
        for (set, left) in &sets {
            if let Some(at) = left.iter().position(|s| *s == items[i].shape) {
                let mut left = left.clone();
                left.remove(at);
                more.push((set | 1 << i, left));
            }
        }
        sets.extend(more);
    }
    sets.into_iter().filter(|(_, left)| left.is_empty()).map(|(set, _)| set).collect()
}

fn bits(set: u32) -> impl Iterator<Item = usize> {
    (0..32).filter(move |i| set >> i & 1 == 1)
}

/// Group after group: the item farthest from all that are left, then whatever adds least spread.
fn greedy(items: &[Item], needs: &[Vec<u64>]) -> Vec<Vec<usize>> {
    let mut left: Vec<usize> = (0..items.len()).collect();
    let mut groups = Vec::new();
    for need in needs {
        let mut group: Vec<usize> = Vec::new();
        let mut open = need.clone();
        while !open.is_empty() {
            let fits = left.iter().copied().filter(|&i| open.contains(&items[i].shape));
            let cost = |&i: &usize| match group.is_empty() {
                true => spread(items, left.iter().copied().filter(|&j| j != i)),
                false => spread(items, group.iter().copied().chain([i])) - spread(items, std::iter::once(i)),
            };
            let next = fits.min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("every shape needed is left somewhere");
            let at = open.iter().position(|s| *s == items[next].shape).expect("it fits");
            open.remove(at);
            left.retain(|&i| i != next);
            group.push(next);
        }
        groups.push(group);
    }
    groups
}
