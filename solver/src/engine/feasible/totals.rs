//! Multipliers from totals: what limits leave room for, or ask for, beside what there is.
//!
//! Limits on one load add up along the tree: a node has room for the least of its own limit and what its children have
//! room for together, and asks for the most of its own limit and what they ask for. Where a node has less room than
//! what must go there, or asks for more than can, one multiplier for each limit proves it, whatever the size of the book.

use crate::index::{Keyed, LeafIndex, LoadIndex, NodeIndex, RowIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::lines::{Counts, Hard, Open};
use crate::proof::prices::Prices;
use std::collections::HashMap;

/// A sum of limits, with the rows they are of.
type Sum = (i128, Vec<RowIndex>);

/// The limits on one load, by node.
struct Limits<'a> {
    amounts: &'a Keyed<UnitIndex, i64>,
    /// Row and limit, of each node the tightest.
    least: Keyed<NodeIndex, Option<(RowIndex, i128)>>,
    most: Keyed<NodeIndex, Option<(RowIndex, i128)>>,
}

/// The first multipliers found that prove that no plan keeps to the open leaves.
pub(super) fn refutation(problem: &Problem, hard: &Hard, open: &Open) -> Option<Prices> {
    let limits = limits(problem, hard);
    let mut found = limits.iter().flat_map(|limits| candidates(problem, limits, open));
    found.find_map(|(above, below)| {
        let mut prices = Prices::none(problem, TierIndex::FIRST);
        above.iter().for_each(|&line| prices.rows[line] += 1.0);
        below.iter().for_each(|&line| prices.rows[line] -= 1.0);
        hard.refutes(&prices, open).then_some(prices)
    })
}

/// Lines over equal amounts go together.
fn limits<'a>(problem: &Problem, hard: &Hard<'a>) -> Vec<Limits<'a>> {
    let mut at: HashMap<&Keyed<UnitIndex, i64>, usize> = HashMap::new();
    let mut of_load: HashMap<LoadIndex, usize> = HashMap::new();
    let mut all: Vec<Limits> = Vec::new();
    for (line, (number, row)) in hard.lines.iter().zip(problem.rows.rows.pairs()) {
        let Counts::Node { load, amounts, .. } = line.counts else { continue };
        if amounts.iter().any(|a| *a < 0) {
            continue;
        }
        let group = *of_load.entry(load).or_insert_with(|| *at.entry(amounts).or_insert(all.len()));
        if group == all.len() {
            let none = problem.tree.nodes.map(|_| None);
            all.push(Limits { amounts, least: none.clone(), most: none });
        }
        let least = &mut all[group].least[row.node];
        if let Some(lo) = line.lo.filter(|lo| least.is_none_or(|(_, known)| *lo > known)) {
            *least = Some((number, lo));
        }
        let most = &mut all[group].most[row.node];
        if let Some(hi) = line.hi.filter(|hi| most.is_none_or(|(_, known)| *hi < known)) {
            *most = Some((number, hi));
        }
    }
    all
}

/// Lines to hold from below and from above that may prove something.
fn candidates(problem: &Problem, limits: &Limits, open: &Open) -> Vec<(Vec<RowIndex>, Vec<RowIndex>)> {
    let nodes = &problem.tree.nodes;
    let mut room: Keyed<NodeIndex, Option<Sum>> = nodes.map(|_| None);
    let mut asked: Keyed<NodeIndex, Sum> = nodes.map(|_| (0, Vec::new()));
    let (must, can) = held(problem, limits.amounts, open);
    let mut found = Vec::new();
    for n in nodes.keys().iter().rev() {
        let children = &nodes[n].children;
        let below = children.iter().map(|&c| room[c].clone()).reduce(|a, b| Some(add(a?, b?))).flatten();
        let wanted = children.iter().map(|&c| asked[c].clone()).reduce(add).unwrap_or((0, Vec::new()));
        let (least, most) = (limits.least[n], limits.most[n]);
        if let (Some((line, lo)), Some((room, lines))) = (least, &below)
            && lo > *room
        {
            found.push((vec![line], lines.clone()));
        }
        if let Some((line, _)) = most.filter(|(_, hi)| *hi < wanted.0) {
            found.push((wanted.1.clone(), vec![line]));
        }
        room[n] = match (most, below) {
            (Some((line, hi)), below) if below.as_ref().is_none_or(|(sum, _)| hi <= *sum) => Some((hi, vec![line])),
            (_, below) => below,
        };
        asked[n] = match least {
            Some((line, lo)) if lo >= wanted.0 => (lo, vec![line]),
            _ => wanted,
        };
        if let Some((_, lines)) = room[n].as_ref().filter(|(sum, _)| must[n] > *sum) {
            found.push((Vec::new(), lines.clone()));
        }
        if can[n] < asked[n].0 {
            found.push((asked[n].1.clone(), Vec::new()));
        }
    }
    found
}

fn add(mut a: Sum, b: Sum) -> Sum {
    a.1.extend(b.1);
    (a.0 + b.0, a.1)
}

/// What must go to each node, and what can at most.
fn held(
    problem: &Problem,
    amounts: &Keyed<UnitIndex, i64>,
    open: &Open,
) -> (Keyed<NodeIndex, i128>, Keyed<NodeIndex, i128>) {
    let nodes = &problem.tree.nodes;
    let (mut must, mut can) = (nodes.map(|_| 0), nodes.map(|_| 0));
    let mut seen = nodes.map(|_| None);
    for (unit, &amount) in amounts.pairs().filter(|(_, a)| **a != 0) {
        let mut ends: Option<(LeafIndex, LeafIndex)> = None;
        for leaf in open.leaves(unit) {
            ends = Some((ends.map_or(leaf, |(first, _)| first), leaf));
            let mut at = Some(problem.tree.leaves[leaf]);
            while let Some(n) = at.filter(|&n| seen[n].replace(unit) != Some(unit)) {
                can[n] += i128::from(amount);
                at = nodes[n].parent;
            }
        }
        // The lowest node that holds all its open leaves, and those above it.
        let Some((first, last)) = ends else { continue };
        let mut at = Some(problem.tree.leaves[first]);
        while let Some(n) = at {
            if nodes[n].leaves.contains(last) {
                must[n] += i128::from(amount);
            }
            at = nodes[n].parent;
        }
    }
    (must, can)
}
