//! A split as the oracle reads it: nodes in tree order, the root first, with exact shares.

use super::ratio::Ratio;
use carve_solver::input::{Input, NodeInput, RawPlace, SeatInput, SplitInput};
use std::ops::Range;

/// A node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its id; that of a root without one is empty.
    pub id: String,
    /// The node above it; `None` for the root.
    pub parent: Option<usize>,
    /// Those below it, in order.
    pub children: Vec<usize>,
    /// 0 for the root.
    pub level: usize,
    /// Its part of the book.
    pub share: Ratio,
    /// Degrees north and east, if they are given.
    pub given: Option<(f64, f64)>,
    /// Its leaves, numbered from left to right.
    pub leaves: Range<usize>,
    /// Whether it stands outside the balance.
    pub pool: bool,
}

/// A tree.
#[derive(Debug, Clone)]
pub struct Split {
    /// Every node, in tree order.
    pub nodes: Vec<Node>,
    /// How many leaves there are.
    pub leaves: usize,
    /// Nodes in force today.
    pub territories: Vec<usize>,
    /// How many stages there are; 0 unless the split is stages.
    pub stages: usize,
    /// Seats that cover others which are to be hired, each with those.
    pub covers: Vec<(usize, Vec<usize>)>,
    /// The level in force of stages.
    now: Option<usize>,
}

/// What an answer says of the tree where the request leaves it open: ids and parents of its nodes, in tree order.
pub type Found<'a> = &'a [(String, Option<usize>)];

/// A node before it has a number.
struct Draft {
    id: String,
    share: Option<Ratio>,
    given: Option<(f64, f64)>,
    children: Vec<Draft>,
    pool: bool,
}

impl Draft {
    fn new(id: &str, children: Vec<Draft>) -> Draft {
        Draft { id: id.to_string(), share: None, given: None, children, pool: false }
    }

    fn of(node: &NodeInput) -> Draft {
        Draft {
            share: node.share.map(Ratio::decimal),
            given: node.anchor.map(degrees),
            pool: node.outside_balance,
            ..Draft::new(&node.node_id, node.children.iter().map(Draft::of).collect())
        }
    }

    fn seat(seat: &SeatInput) -> Draft {
        let part = |part: Option<f64>| Ratio::decimal(part.unwrap_or(1.0));
        let share = seat.share.map_or_else(|| part(seat.capacity).times(part(seat.ramp)), Ratio::decimal);
        let (given, pool) = (seat.home.map(degrees), seat.outside_balance);
        Draft { share: Some(share), given, pool, ..Draft::new(&seat.seat_id, Vec::new()) }
    }

    /// Beside its siblings'.
    fn asked(&self) -> Ratio {
        match (self.share, self.children.is_empty()) {
            _ if self.pool => Ratio::whole(0),
            (Some(share), _) => share,
            (None, true) => Ratio::whole(1),
            (None, false) => sum(&self.children),
        }
    }
}

fn degrees(place: RawPlace) -> (f64, f64) {
    (place.latitude, place.longitude)
}

fn sum(drafts: &[Draft]) -> Ratio {
    drafts.iter().fold(Ratio::whole(0), |sum, draft| sum.plus(draft.asked()))
}

impl Split {
    /// Reads the split; the tree over seats is flat where `found` is empty.
    pub fn of(input: &Input, found: Found) -> Split {
        let seats = seats(input);
        let (draft, stages, now) = match &input.split {
            Some(SplitInput::Tree(root)) => (Draft::of(root), 0, None),
            Some(SplitInput::Stages { counts, current }) => {
                let now = 1 + counts.iter().position(|c| c == current).unwrap_or(0);
                (staged(counts), counts.len(), Some(now))
            }
            _ if found.is_empty() => (Draft::new("", seats.iter().map(Draft::seat).collect()), 0, None),
            _ => (over_seats(0, found, &seats), 0, None),
        };
        let mut split =
            Split { nodes: Vec::new(), leaves: 0, territories: Vec::new(), stages, covers: Vec::new(), now };
        split.push(draft, None, 0, Ratio::whole(1));
        let in_force = |n: &usize| match now {
            Some(level) => split.nodes[*n].level == level,
            None => split.nodes[*n].children.is_empty(),
        };
        split.territories = (0..split.nodes.len()).filter(in_force).collect();
        let covered_by = |seat: &SeatInput| -> Vec<usize> {
            let hired = seats.iter().filter(|s| s.to_be_hired && s.covering_seat_id == seat.seat_id);
            hired.map(|s| split.node(&s.seat_id)).collect()
        };
        let covers = seats.iter().map(|seat| (split.node(&seat.seat_id), covered_by(seat)));
        split.covers = covers.filter(|(_, covered)| !covered.is_empty()).collect();
        split
    }

    fn push(&mut self, draft: Draft, parent: Option<usize>, level: usize, share: Ratio) -> usize {
        let (at, first) = (self.nodes.len(), self.leaves);
        let (id, given, leaf, pool) = (draft.id, draft.given, draft.children.is_empty(), draft.pool);
        self.nodes.push(Node { id, parent, children: Vec::new(), level, share, given, leaves: first..first + 1, pool });
        self.leaves += usize::from(leaf);
        let whole = sum(&draft.children);
        for child in draft.children {
            let share = share.times(child.asked().over(whole));
            let child = self.push(child, Some(at), level + 1, share);
            self.nodes[at].children.push(child);
        }
        self.nodes[at].leaves = first..self.leaves;
        at
    }

    /// Territories in the balance.
    pub fn balanced(&self) -> Vec<usize> {
        self.territories.iter().copied().filter(|&n| !self.nodes[n].pool).collect()
    }

    /// Levels below the root.
    pub fn depth(&self) -> usize {
        self.nodes.iter().map(|n| n.level).max().unwrap_or(0)
    }

    /// The node of this id; a root without one answers to `root`.
    pub fn node(&self, id: &str) -> usize {
        let found = self.nodes.iter().position(|n| n.id == id);
        found.unwrap_or_else(|| if id == "root" { 0 } else { panic!("no node {id:?}") })
    }

    /// Which leaves are below one of these nodes.
    pub fn below(&self, ids: &[String]) -> Vec<bool> {
        let mut below = vec![false; self.leaves];
        ids.iter().for_each(|id| below[self.nodes[self.node(id)].leaves.clone()].fill(true));
        below
    }

    /// The nodes that a later stage splits.
    pub fn planned(&self) -> Vec<usize> {
        let later = |n: &usize| self.now.is_some_and(|now| self.nodes[*n].level >= now);
        (0..self.nodes.len()).filter(later).filter(|&n| self.nodes[n].children.len() > 1).collect()
    }
}

/// The seats given, or one for each owner.
fn seats(input: &Input) -> Vec<SeatInput> {
    match &input.split {
        Some(SplitInput::Seats { seats, .. }) => seats.clone(),
        Some(_) => Vec::new(),
        None => {
            let owners: std::collections::BTreeSet<&String> = input.book.current_owners.iter().collect();
            let owners = owners.into_iter().filter(|owner| !owner.is_empty());
            owners.map(|owner| SeatInput { seat_id: owner.clone(), ..SeatInput::default() }).collect()
        }
    }
}

fn over_seats(at: usize, found: Found, seats: &[SeatInput]) -> Draft {
    let children: Vec<usize> = (0..found.len()).filter(|&n| found[n].1 == Some(at)).collect();
    let seat = seats.iter().find(|s| s.seat_id == found[at].0);
    match seat.filter(|_| children.is_empty()) {
        Some(seat) => Draft::seat(seat),
        None => Draft::new(&found[at].0, children.into_iter().map(|n| over_seats(n, found, seats)).collect()),
    }
}

/// The tree of stages: node i of p holds nodes i·c/p to (i+1)·c/p of the c of the next stage.
fn staged(counts: &[i32]) -> Draft {
    let of = |count: i32, below: Vec<Draft>| -> Vec<Draft> {
        let (many, all) = (count as usize, below.len());
        let mut rest = below.into_iter();
        let mut node = |i: usize| {
            let children = rest.by_ref().take((i + 1) * all / many - i * all / many).collect();
            Draft::new(&format!("s{count}-{}", i + 1), children)
        };
        (0..many).map(&mut node).collect()
    };
    let below = counts.iter().rev().fold(Vec::new(), |below, &count| of(count, below));
    Draft::new("root", below)
}
