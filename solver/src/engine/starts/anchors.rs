//! Anchors for nodes that have none: top down, each split a balanced k-means over its accounts, siblings in
//! parallel; then re-centred on what the nodes hold.

use crate::index::{AccountIndex, Keyed, LeafIndex, NodeIndex, Number, UnitIndex};
use crate::problem::Problem;
use crate::problem::tree::{Anchors, Node};
use crate::space::{Direction, Point, centre, chord_km2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Accounts looked at per split, at most.
const SAMPLE: usize = 4_000;
/// Rounds of assigning and re-centring.
const ROUNDS: usize = 15;
/// Price steps per round, toward equal counts.
const STEPS: usize = 40;

/// A place, and what it counts.
type Located = (Point, f64);

/// An anchor for each node but the root: the given one, else a found one; `None` for all when no account has a place.
/// `salt` tells starts apart.
pub(crate) fn find(problem: &Problem, salt: u64) -> Anchors {
    let tree = &problem.tree;
    let mut anchors: Anchors = tree.nodes.map(|n| n.anchor);
    let mut accounts: Vec<AccountIndex> =
        problem.accounts.places.pairs().filter(|(_, place)| place.is_some()).map(|(a, _)| a).collect();
    accounts.retain(|&account| !problem.pools.is_settled(account));
    if accounts.is_empty() || is_given(problem) {
        return anchors;
    }
    if leaves_are_given(problem) {
        // Those of the nodes above follow from them.
        let below = |n| given_centre(problem, n).filter(|_| n != NodeIndex::ROOT);
        let above = |(n, node): (NodeIndex, &Node)| node.anchor.or_else(|| below(n));
        return tree.nodes.pairs().map(above).collect();
    }
    accounts.sort_unstable_by(|&a, &b| problem.accounts.ids[a].cmp(&problem.accounts.ids[b]));
    let places: Vec<Located> = accounts.iter().filter_map(|&a| problem.accounts.located(a)).collect();
    for (node, found) in split(problem, NodeIndex::ROOT, places, salt) {
        anchors[node] = anchors[node].or(Some(found));
    }
    anchors
}

/// Whether every anchor that a distance can count to is given.
pub(crate) fn is_given(problem: &Problem) -> bool {
    problem.tree.nodes.pairs().skip(1).all(|(n, node)| node.anchor.is_some() || !problem.is_anchored(n))
}

/// Whether every leaf's anchor is given, but for pools, which have none.
pub(crate) fn leaves_are_given(problem: &Problem) -> bool {
    problem
        .tree
        .leaves
        .iter()
        .all(|&leaf| problem.tree.nodes[leaf].anchor.is_some() || problem.tree.nodes[leaf].is_pool)
}

/// Anchors of the nodes below `node`, whose accounts are at `places`.
fn split(problem: &Problem, node: NodeIndex, places: Vec<Located>, salt: u64) -> Vec<(NodeIndex, Point)> {
    let nodes = &problem.tree.nodes;
    let children: Vec<NodeIndex> = nodes[node].children.iter().copied().filter(|&c| !nodes[c].is_pool).collect();
    if children.is_empty() {
        return Vec::new();
    }
    let fixed: Vec<Option<Point>> = children.iter().map(|&c| given_centre(problem, c)).collect();
    let owned: Vec<Option<Point>> = children.iter().map(|&c| owned_centre(problem, c)).collect();
    let whole: f64 = children.iter().map(|&c| problem.tree.nodes[c].share as f64).sum();
    let parts: Vec<f64> = children.iter().map(|&c| problem.tree.nodes[c].share as f64 / whole).collect();
    let sample: Vec<Located> = places.iter().step_by(places.len().div_ceil(SAMPLE).max(1)).copied().collect();
    let seed = problem.options.seed ^ ((node.get() as u64) << 32) ^ (salt << 56);
    let (_, centres, prices) = balanced_means(&sample, &fixed, &owned, &parts, seed);
    let vectors: Vec<[f64; 3]> = centres.iter().map(|c| c.unit_vector()).collect();
    let mut held: Vec<Vec<Located>> = vec![Vec::new(); children.len()];
    for place in places {
        held[nearest(place.0.unit_vector(), &vectors, &prices).0].push(place);
    }
    (children.par_iter().zip(held).zip(&centres))
        .flat_map_iter(|((&child, held), &start)| {
            let found = centre(held.iter().copied()).unwrap_or(start);
            let below = split(problem, child, if held.is_empty() { vec![(start, 1.0)] } else { held }, salt);
            std::iter::once((child, found)).chain(below)
        })
        .collect()
}

/// The centre of the anchors given below a node.
fn given_centre(problem: &Problem, node: NodeIndex) -> Option<Point> {
    let leaves = problem.tree.nodes[node].leaves.iter();
    centre(leaves.filter_map(|l| problem.tree.nodes[problem.tree.leaves[l]].anchor).map(|p| (p, 1.0)))
}

/// The centre of what a territory's owner has now: where its search starts, so that owners keep their side.
fn owned_centre(problem: &Problem, node: NodeIndex) -> Option<Point> {
    let accounts = &problem.accounts;
    let inside = |owner: NodeIndex| {
        problem.tree.nodes[node].leaves.start <= problem.tree.nodes[owner].leaves.start
            && problem.tree.nodes[owner].leaves.end <= problem.tree.nodes[node].leaves.end
    };
    let owners = accounts.owners.pairs().filter(|(_, owner)| owner.is_some_and(inside));
    let mut owned: Vec<AccountIndex> = owners.map(|(a, _)| a).collect();
    owned.sort_unstable_by(|&a, &b| accounts.ids[a].cmp(&accounts.ids[b]));
    centre(owned.into_iter().filter_map(|a| accounts.located(a)))
}

fn nearest(place: [f64; 3], centres: &[[f64; 3]], prices: &[f64]) -> (usize, f64) {
    let costs = centres.iter().zip(prices).map(|(&c, p)| chord_km2(place, c) + p);
    costs.enumerate().fold((0, f64::INFINITY), |best, (i, c)| if c < best.1 { (i, c) } else { best })
}

/// One seeded start: k-means++ for centres that are not fixed, then rounds of prices toward the wanted counts and
/// re-centring. Returns mean squared distance, centres and prices (km²).
fn balanced_means(
    sample: &[Located],
    fixed: &[Option<Point>],
    owned: &[Option<Point>],
    parts: &[f64],
    seed: u64,
) -> (f64, Vec<Point>, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let hints: Vec<Option<Point>> = fixed.iter().zip(owned).map(|(f, o)| f.or(*o)).collect();
    let mut centres = start(sample, &hints, &mut rng);
    let vectors: Vec<[f64; 3]> = sample.iter().map(|(place, _)| place.unit_vector()).collect();
    let mut prices = vec![0.0; centres.len()];
    let mut result = (f64::INFINITY, centres.clone(), prices.clone());
    let all: f64 = sample.iter().map(|(_, counts)| counts).sum();
    for _ in 0..ROUNDS {
        let at: Vec<[f64; 3]> = centres.iter().map(|c| c.unit_vector()).collect();
        let squares: Vec<Vec<f64>> =
            vectors.iter().map(|&place| at.iter().map(|&c| chord_km2(place, c)).collect()).collect();
        let choose = |prices: &[f64]| -> Vec<usize> {
            let least = |row: &Vec<f64>| {
                (0..row.len()).fold(0, |b, i| if row[i] + prices[i] < row[b] + prices[b] { i } else { b })
            };
            squares.iter().map(least).collect()
        };
        let least = |row: &Vec<f64>| row.iter().copied().fold(f64::INFINITY, f64::min);
        let scale = squares.iter().zip(sample).map(|(r, (_, counts))| counts * least(r)).sum::<f64>() / all;
        for step in 0..STEPS {
            let mut counts = vec![0.0; centres.len()];
            choose(&prices).into_iter().zip(sample).for_each(|(c, (_, one))| counts[c] += one / all);
            for ((price, count), part) in prices.iter_mut().zip(counts).zip(parts) {
                *price += scale / (1.0 + step as f64 / 5.0) * (count / part - 1.0).clamp(-1.0, 1.0);
            }
        }
        let chosen = choose(&prices);
        let mean =
            squares.iter().zip(&chosen).zip(sample).map(|((r, &c), (_, counts))| counts * r[c]).sum::<f64>() / all;
        if mean < result.0 {
            result = (mean, centres.clone(), prices.clone());
        }
        for (c, place) in centres.iter_mut().enumerate().filter(|(c, _)| fixed[*c].is_none()) {
            let held = sample.iter().zip(&chosen).filter(|(_, at)| **at == c).map(|(&p, _)| p);
            *place = centre(held).unwrap_or(*place);
        }
    }
    result
}

fn start(sample: &[Located], fixed: &[Option<Point>], rng: &mut ChaCha8Rng) -> Vec<Point> {
    let mut centres: Vec<Option<Point>> = fixed.to_vec();
    let mut far: Vec<f64> = vec![f64::INFINITY; sample.len()];
    let lower = |far: &mut Vec<f64>, c: Point| {
        far.iter_mut()
            .zip(sample)
            .for_each(|(d, (p, counts))| *d = d.min(counts * chord_km2(p.unit_vector(), c.unit_vector())))
    };
    fixed.iter().flatten().for_each(|&c| lower(&mut far, c));
    for place in centres.iter_mut().filter(|c| c.is_none()) {
        let sum: f64 = far.iter().filter(|d| d.is_finite()).sum();
        let mut left = rng.random_range(0.0..1.0) * sum;
        let drawn = if sum > 0.0 {
            far.iter().position(|&d| {
                left -= d;
                left <= 0.0
            })
        } else {
            Some(rng.random_range(0..sample.len()))
        };
        let (chosen, _) = sample[drawn.unwrap_or(sample.len() - 1)];
        lower(&mut far, chosen);
        *place = Some(chosen);
    }
    centres.into_iter().flatten().collect()
}

/// Found anchors moved to the centre of what their node holds; given ones stay.
pub(crate) fn recentred(problem: &Problem, leaf_of: &Keyed<UnitIndex, LeafIndex>, anchors: &Anchors) -> Anchors {
    let tree = &problem.tree;
    let mut held = tree.leaves.map(|_| Direction::default());
    for (unit, &leaf) in leaf_of.pairs() {
        let located = problem.units.members(unit).iter().filter_map(|&a| problem.accounts.located(a));
        located.for_each(|(place, counts)| held[leaf].add(place, counts));
    }
    let centre = |node: &Node| {
        let mut sum = Direction::default();
        held[node.leaves].iter().for_each(|part| sum.join(part));
        sum.centre()
    };
    anchors.zip(&tree.nodes).map(|(&old, node)| node.anchor.or_else(|| centre(node)).or(old)).collect()
}
