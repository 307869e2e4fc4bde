//! Branch and bound on units, with bounds that prices prove.
//!
//! A node restricts units to some of their leaves; its relaxation's duals are its proof. Best first; nodes are worked
//! on in batches of a fixed size, so that threads do not change what is found. The tree of a proved bound goes into
//! the certificate: where it splits, and prices for each outer node.

mod evidence;

use crate::engine::clock::Clock;
use crate::engine::relax::lp::Lp;
use crate::engine::relax::simplex::{Basis, End, Simplex};
use crate::index::{Keyed, LeafIndex, LeafSet, Number, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::prices::{Prices, Restriction};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

/// Nodes worked on before what they taught is shared, at most.
const BATCH: usize = 16;
/// Work of a batch, about: where an iteration is dear a batch has fewer nodes, so that the search beside it goes on.
const BATCH_WORK: f64 = 300_000.0;
/// Iterations that a node takes, about: trials of some units, then both children to their end.
const USUAL: f64 = 400.0;
/// Units tried before one is split.
const CANDIDATES: usize = 8;
/// Splits of a unit after which its record is trusted.
const RELIABLE: u32 = 4;
/// Iterations of a trial, at most.
const TRIAL: usize = 40;
/// Iterations of a node, at most.
const NODE: usize = 2_000;
/// Iterations between looks at the clock: with thousands of units and hundreds of rows one takes milliseconds.
const LOOK: usize = 100;
/// Outer nodes, at most: certificates stay small.
const OUTER_MAX: usize = 20_000;
/// Seconds for a unit's leaf and load in an outer node's proof.
const PROOF_SECONDS: f64 = 2e-9;

/// One node.
#[derive(Debug, Clone)]
struct Node {
    parent: Option<usize>,
    /// The unit (by its number in the program) and the leaves it keeps here.
    restriction: Option<(u32, LeafSet)>,
    children: Option<[usize; 2]>,
    bound: f64,
    duals: Vec<f64>,
    basis: Option<Basis>,
    fractions: Vec<(u32, Vec<(u32, f64)>)>,
    /// Its program is not solved to its end: iterations ran out. Its bound holds all the same.
    unfinished: bool,
}

/// What a node knows of good plans: prices, leaves that units keep to, and where its relaxation has them.
pub(crate) struct KnownNode {
    /// Repaired.
    pub prices: Prices,
    pub restrictions: Vec<Restriction>,
    /// Leaf of each of the program's units; empty where the relaxation is gone.
    pub rounded: Vec<LeafIndex>,
}

/// What splitting a unit gained so far, per part split off.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    gains: [f64; 2],
    count: [u32; 2],
}

/// A search for one program.
pub(crate) struct Branching {
    lp: Arc<Lp>,
    nodes: Vec<Node>,
    open: BinaryHeap<Reverse<Open>>,
    records: Vec<Record>,
    /// Units that are split before all others, by their numbers in the program.
    first: Vec<u32>,
    outer: usize,
    /// Work units of an iteration.
    effort: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Open {
    bound: f64,
    node: usize,
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Open) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Open) -> std::cmp::Ordering {
        self.bound.total_cmp(&other.bound).then(other.node.cmp(&self.node))
    }
}

/// A child of a split.
struct Child {
    leaves: LeafSet,
    bound: f64,
    end: End,
    basis: Option<Basis>,
    duals: Vec<f64>,
    fractions: Vec<(u32, Vec<(u32, f64)>)>,
    /// The assignment, where nothing is split.
    whole: Option<Vec<LeafIndex>>,
}

/// What was done to a node.
enum Step {
    Split(Box<Split>),
    /// Its own program was solved on, from where iterations had run out.
    Finished(Child, u64),
}

struct Split {
    unit: u32,
    /// How much of the unit was at the leaf split off.
    part: f64,
    children: [Child; 2],
    iterations: u64,
}

impl Branching {
    /// From where the program was solved. The units in `first` are split before all others, one leaf after the other.
    pub fn new(lp: &Arc<Lp>, basis: &Basis, first: Vec<u32>) -> Branching {
        let mut simplex = Simplex::new(lp);
        simplex.load(basis, &[]);
        // Where costs are tied, what is in no basis may stand elsewhere than when it was solved; mostly nothing is left to do.
        let solved = simplex.solve(f64::INFINITY, NODE) == End::Optimal;
        let mut branching = Branching {
            lp: Arc::clone(lp),
            nodes: Vec::new(),
            open: BinaryHeap::new(),
            records: vec![Record::default(); lp.units.len()],
            first,
            outer: 1,
            effort: lp.effort(),
        };
        branching.nodes.push(Node {
            parent: None,
            restriction: None,
            children: None,
            bound: simplex.bound(),
            duals: simplex.duals().to_vec(),
            basis: Some(simplex.basis()),
            fractions: if solved { simplex.fractions() } else { Vec::new() },
            unfinished: !solved,
        });
        let left = !solved || !branching.nodes[0].fractions.is_empty();
        if left {
            branching.open.push(Reverse(Open { bound: branching.nodes[0].bound, node: 0 }));
        }
        branching
    }

    /// Nothing is left to split, or no more is to be kept.
    pub fn is_over(&self) -> bool {
        self.open.is_empty() || self.outer >= OUTER_MAX
    }

    /// What the tree proves, but for rounding.
    pub fn bound(&self) -> f64 {
        let closed = self.nodes.iter().filter(|n| n.children.is_none()).map(|n| n.bound);
        closed.fold(f64::INFINITY, f64::min)
    }

    /// The prices of the whole program, repaired.
    pub fn root_prices(&self, problem: &Problem, tier: TierIndex) -> Prices {
        self.lp.prices(problem, tier, &self.nodes[0].duals).repaired(problem, tier)
    }

    /// The open node that `rank` others have lower bounds than, or the last.
    pub fn open_node(&self, problem: &Problem, tier: TierIndex, rank: usize) -> Option<KnownNode> {
        let mut open: Vec<Open> = self.open.iter().map(|o| o.0).collect();
        let rank = rank.min(open.len().checked_sub(1)?);
        let node = open.select_nth_unstable(rank).1.node;
        Some(self.known(problem, tier, node))
    }

    /// The last node on the way down that holds the plan `leaf_of`.
    pub fn node_around(&self, problem: &Problem, tier: TierIndex, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> KnownNode {
        let mut node = 0;
        while let Some(children) = self.nodes[node].children {
            let (unit, leaves) = self.nodes[children[0]].restriction.as_ref().expect("children are restricted");
            let inside = leaves.contains(leaf_of[self.lp.units[*unit as usize]]);
            node = children[usize::from(!inside)];
        }
        self.known(problem, tier, node)
    }

    fn known(&self, problem: &Problem, tier: TierIndex, node: usize) -> KnownNode {
        let path = self.restrictions(node);
        let rounded = self.nodes[node].basis.as_ref().map_or(Vec::new(), |basis| {
            let mut simplex = Simplex::new(&self.lp);
            simplex.load(basis, &path);
            simplex.rounded()
        });
        let prices = self.lp.prices(problem, tier, &self.nodes[node].duals).without_cuts().repaired(problem, tier);
        let restrictions = path.into_iter().map(|(u, leaves)| (self.lp.units[u as usize], leaves)).collect();
        KnownNode { prices, restrictions, rounded }
    }

    fn count(&self, iterations: u64, clock: &Clock) {
        clock.count((iterations as f64 * self.effort) as u64 + 1);
    }

    /// Splits batches of nodes until `enough`, or until `work` is done, or until nothing below `cut_off` is open.
    /// Returns assignments met on the way in which every unit is whole.
    pub fn explore(
        &mut self,
        cut_off: f64,
        clock: &Clock,
        work: u64,
        enough: impl Fn() -> bool,
    ) -> Vec<Vec<LeafIndex>> {
        let mut whole = Vec::new();
        while whole.is_empty() && !self.is_over() && self.bound() < cut_off && !clock.is_over() && !enough() {
            let left = work.saturating_sub(clock.used()).min(clock.left_work());
            if left == 0 {
                break;
            }
            whole = self.round(cut_off, clock, left);
        }
        whole
    }

    /// Works on a batch of the most promising nodes whose bound is below `cut_off`, with about the work `left`. Returns
    /// assignments met on the way in which every unit is whole.
    fn round(&mut self, cut_off: f64, clock: &Clock, left: u64) -> Vec<Vec<LeafIndex>> {
        let most = ((BATCH_WORK / (self.effort * USUAL)) as usize).clamp(1, BATCH);
        let mut batch: Vec<usize> = Vec::new();
        while batch.len() < most {
            match self.open.pop() {
                Some(Reverse(next)) if next.bound < cut_off => batch.push(next.node),
                Some(_) | None => break,
            }
        }
        let each = (left as f64 / (self.effort * batch.len() as f64)).ceil().max(1.0) as u64;
        // What is not worked on in time stays as it is; its bound stands.
        let lp = Arc::clone(&self.lp);
        let step = |desk: &mut Desk, &node: &usize| {
            if clock.is_over() { None } else { self.step(desk, node, cut_off, each, clock) }
        };
        let steps: Vec<Option<Step>> =
            batch.par_iter().map_init(|| Desk::new(&lp), |desk, node| step(desk, node)).collect();
        let mut whole = Vec::new();
        for (&at, step) in batch.iter().zip(steps) {
            match step {
                None => {}
                Some(Step::Finished(child, iterations)) => {
                    self.count(iterations, clock);
                    // One that got nowhere with all it may have is left as it is.
                    if child.end != End::Limit || child.bound > self.nodes[at].bound || iterations < NODE as u64 {
                        whole.extend(self.finish(at, child, cut_off));
                    }
                }
                Some(Step::Split(split)) => {
                    self.count(split.iterations, clock);
                    self.record(at, &split);
                    whole.extend(self.grow(at, *split, cut_off));
                }
            }
        }
        whole
    }

    /// Writes down what solving a node on gave. Returns its assignment where every unit is whole.
    fn finish(&mut self, at: usize, child: Child, cut_off: f64) -> Option<Vec<LeafIndex>> {
        let node = &mut self.nodes[at];
        if child.bound >= node.bound {
            (node.bound, node.duals) = (child.bound, child.duals);
        }
        node.unfinished = child.end == End::Limit;
        let goes_on = child.end != End::Cut && child.whole.is_none() && node.bound < cut_off;
        node.basis = child.basis.filter(|_| goes_on);
        node.fractions = if goes_on { child.fractions } else { Vec::new() };
        if goes_on {
            self.open.push(Reverse(Open { bound: node.bound, node: at }));
        }
        child.whole
    }

    /// Adds the children of a split to the tree. Returns the assignments of those in which every unit is whole.
    fn grow(&mut self, at: usize, split: Split, cut_off: f64) -> Vec<Vec<LeafIndex>> {
        self.outer += 1;
        let first = self.nodes.len();
        self.nodes[at].children = Some([first, first + 1]);
        self.nodes[at].basis = None;
        self.nodes[at].fractions = Vec::new();
        let mut whole = Vec::new();
        for child in split.children {
            let node = self.nodes.len();
            self.nodes.push(Node {
                parent: Some(at),
                restriction: Some((split.unit, child.leaves.clone())),
                children: None,
                // A child's plans are its parent's: the parent's bound holds there too.
                bound: self.nodes[at].bound,
                duals: self.nodes[at].duals.clone(),
                basis: None,
                fractions: Vec::new(),
                unfinished: false,
            });
            whole.extend(self.finish(node, child, cut_off));
        }
        whole
    }

    fn record(&mut self, at: usize, split: &Split) {
        let record = &mut self.records[split.unit as usize];
        for (side, child) in split.children.iter().enumerate() {
            let moved = if side == 0 { 1.0 - split.part } else { split.part };
            if child.end == End::Optimal {
                record.gains[side] += (child.bound - self.nodes[at].bound).max(0.0) / moved.max(1e-6);
                record.count[side] += 1;
            }
        }
    }

    /// Restrictions on the way to a node.
    fn restrictions(&self, mut node: usize) -> Vec<(u32, LeafSet)> {
        let mut list: Vec<(u32, LeafSet)> = Vec::new();
        loop {
            if let Some((unit, leaves)) = &self.nodes[node].restriction {
                match list.iter_mut().find(|(u, _)| u == unit) {
                    Some((_, kept)) => kept.keep(leaves),
                    None => list.push((*unit, leaves.clone())),
                }
            }
            match self.nodes[node].parent {
                Some(parent) => node = parent,
                None => return list,
            }
        }
    }

    /// How long it takes to gather the tree's evidence, and to prove and check it: a careful guess.
    pub fn proof_time(&self) -> Duration {
        let each = self.lp.units.len() as f64 * self.lp.leaves as f64 * (self.lp.loads + 4) as f64;
        Duration::from_secs_f64(self.outer as f64 * each * PROOF_SECONDS)
    }

    /// Works on a node with at most about `most` iterations: solves it to its end where that is left to do, else splits it.
    fn step(&self, desk: &mut Desk, at: usize, cut_off: f64, most: u64, clock: &Clock) -> Option<Step> {
        let node = &self.nodes[at];
        desk.node.load(node.basis.as_ref()?, &self.restrictions(at));
        if node.unfinished {
            let before = desk.child.iterations;
            let child = desk.solve(None, cut_off, NODE.min(most as usize), clock);
            return Some(Step::Finished(child, desk.child.iterations - before));
        }
        self.split(desk, at, cut_off, most, clock).map(|split| Step::Split(Box::new(split)))
    }

    /// Tries units, and splits the one that gains most. A node that is cut short keeps what it has: children that have
    /// not been solved to their end are solved on when their turn comes.
    fn split(&self, desk: &mut Desk, at: usize, cut_off: f64, most: u64, clock: &Clock) -> Option<Split> {
        let (node, path) = (&self.nodes[at], self.restrictions(at));
        let before = desk.child.iterations;
        let left = |desk: &Desk| most.saturating_sub(desk.child.iterations - before) as usize;
        let mut tried: Option<(f64, Split)> = None;
        let first = self.undecided(desk, node, &path);
        for (unit, leaf, part, trusted) in first.map_or_else(|| self.candidates(node), |first| vec![first]) {
            let inside: LeafSet = std::iter::once(LeafIndex::new(leaf as usize)).collect();
            let sides = [inside.clone(), inside.complement()];
            let iterations = if trusted { NODE } else { TRIAL };
            let children =
                sides.map(|leaves| desk.solve(Some((unit, leaves)), cut_off, iterations.min(left(desk)), clock));
            let gains = [0, 1].map(|i: usize| (children[i].bound - node.bound).clamp(0.0, cut_off - node.bound));
            let score = gains[0].max(1e-9 * node.bound.abs()) * gains[1].max(1e-9 * node.bound.abs());
            let both = children.iter().all(|c| c.end == End::Cut);
            if tried.as_ref().is_none_or(|(best, _)| score > *best) || both {
                tried = Some((score, Split { unit, part, children, iterations: 0 }));
            }
            if trusted || both || left(desk) == 0 || clock.is_over() {
                break;
            }
        }
        let (_, mut split) = tried?;
        let unit = split.unit;
        for child in split.children.iter_mut().filter(|c| c.end == End::Limit) {
            // Each starts anew, so what is left must be more than it has had.
            if left(desk) > TRIAL && !clock.is_over() {
                *child = desk.solve(Some((unit, child.leaves.clone())), cut_off, NODE.min(left(desk)), clock);
            }
        }
        split.iterations = desk.child.iterations - before;
        Some(split)
    }

    /// A unit that is to be split before others and has more than one leaf left here, with the leaf that has most of it.
    fn undecided(&self, desk: &Desk, node: &Node, path: &[(u32, LeafSet)]) -> Option<(u32, u32, f64, bool)> {
        let leaves = |unit: u32| {
            let kept = path.iter().find(|(u, _)| *u == unit).map(|(_, leaves)| leaves);
            let is_kept = |leaf: usize| kept.is_none_or(|kept| kept.contains(LeafIndex::new(leaf)));
            let costs = &self.lp.cost[unit as usize * self.lp.leaves..][..self.lp.leaves];
            costs.iter().enumerate().filter(|(l, cost)| cost.is_finite() && is_kept(*l)).count()
        };
        let unit = self.first.iter().copied().find(|&unit| leaves(unit) > 1)?;
        let split = node.fractions.iter().find(|(u, _)| *u == unit).map(|(_, parts)| parts);
        let most = split.and_then(|parts| parts.iter().copied().reduce(|best, p| if p.1 > best.1 { p } else { best }));
        let (leaf, part) = most.unwrap_or_else(|| (desk.node.rounded()[unit as usize].get() as u32, 1.0));
        Some((unit, leaf, part, true))
    }

    /// Units to try, best record first; the last field tells that the record is to be trusted and nothing else
    /// need be tried.
    fn candidates(&self, node: &Node) -> Vec<(u32, u32, f64, bool)> {
        let mut list: Vec<(f64, bool, u32, u32, f64)> = Vec::new();
        let (mut known, mut count) = (0.0, 0);
        for record in self.records.iter().filter(|r| r.count[0] > 0 && r.count[1] > 0) {
            known +=
                (record.gains[0] / f64::from(record.count[0]) * record.gains[1] / f64::from(record.count[1])).sqrt();
            count += 1;
        }
        let usual = if count > 0 { known / f64::from(count) } else { 1.0 };
        for (unit, parts) in &node.fractions {
            let top = parts.iter().fold(parts[0], |best, p| if p.1 > best.1 { *p } else { best });
            let record = &self.records[*unit as usize];
            let gain = |side: usize| match record.count[side] {
                0 => usual * self.lp.weight(*unit as usize),
                count => record.gains[side] / f64::from(count),
            };
            let score = (gain(0) * (1.0 - top.1)).max(1e-12) * (gain(1) * top.1).max(1e-12);
            list.push((score, record.count.iter().all(|c| *c >= RELIABLE), *unit, top.0, top.1));
        }
        list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        if list.first().is_some_and(|best| best.1) {
            list.truncate(1);
        }
        list.truncate(CANDIDATES);
        list.into_iter().map(|(_, trusted, unit, leaf, part)| (unit, leaf, part, trusted)).collect()
    }
}

/// Where a thread solves: a node's program, and those of its children, which start from there.
struct Desk<'a> {
    node: Simplex<'a>,
    child: Simplex<'a>,
}

impl<'a> Desk<'a> {
    fn new(lp: &'a Lp) -> Desk<'a> {
        Desk { node: Simplex::new(lp), child: Simplex::new(lp) }
    }

    /// The node's program, with one unit narrowed to leaves where that is asked for; cut short when the clock runs out.
    fn solve(&mut self, narrowed: Option<(u32, LeafSet)>, cut_off: f64, iterations: usize, clock: &Clock) -> Child {
        let simplex = &mut self.child;
        simplex.go_to(&self.node);
        if let Some((unit, leaves)) = &narrowed {
            simplex.narrow(*unit, leaves);
        }
        let mut left = iterations;
        let end = loop {
            let end = simplex.solve(cut_off, left.min(LOOK));
            left = left.saturating_sub(LOOK);
            if end != End::Limit || left == 0 || clock.is_over() {
                break end;
            }
        };
        let fractions = if end == End::Optimal { simplex.fractions() } else { Vec::new() };
        let whole = (end == End::Optimal && fractions.is_empty()).then(|| simplex.rounded());
        Child {
            leaves: narrowed.map_or_else(|| LeafSet::of_bits(0).complement(), |n| n.1),
            bound: simplex.bound(),
            end,
            basis: (end != End::Cut).then(|| simplex.basis()),
            duals: simplex.duals().to_vec(),
            fractions,
            whole,
        }
    }
}

#[cfg(test)]
mod tests;
