//! Splits: flat, uneven and deep trees, seats with and without levels, stages.

use super::Draw;
use super::names::Of;
use carve_solver::input::{NodeInput, SeatInput, SplitInput};
use rand::RngExt;

/// A split, and what the rest of a book needs to know of it.
pub(super) struct Drawn {
    pub given: SplitInput,
    pub leaves: usize,
    /// Ids of the nodes in force today.
    pub territories: Vec<String>,
    /// Whether a seat for each owner would do as well.
    pub owners: bool,
}

/// How often a leaf or a seat stands outside the balance.
const POOL_OFTEN: f64 = 0.3;

/// Stages that are drawn, with the one in force.
const STAGES: [(&[i32], i32); 9] = [
    (&[2, 4], 2),
    (&[2, 4], 0),
    (&[1, 2, 4], 1),
    (&[1, 2, 4], 2),
    (&[1, 3], 1),
    (&[2, 3], 2),
    (&[2, 5], 2),
    (&[3, 4], 4),
    (&[2, 6], 2),
];

impl Draw {
    pub fn split(&mut self) -> Drawn {
        match self.rng.random_range(0..10_u32) {
            0..3 => self.tree(1),
            3 | 4 => self.tree(2),
            5 => self.tree(3),
            6 | 7 => self.seats(),
            _ => self.stages(),
        }
    }

    fn share(&mut self) -> Option<f64> {
        match self.rng.random_range(0..12_u32) {
            0..6 => None,
            6..10 => Some(self.pick(&[1.0, 2.0, 3.0, 0.5, 1.5, 0.25, 9.0])),
            _ => Some(self.pick(&[0.37, 1.13, 2.71, 1e-3])),
        }
    }

    fn node(&mut self, plain: &str, children: Vec<NodeInput>) -> NodeInput {
        let node_id = self.names.fresh(&mut self.rng, Of::Node, plain, 0.5);
        let anchor = self.often(0.85).then(|| self.anywhere());
        // Of nodes with children a share that differs from theirs is a warning, no more.
        let share = if children.is_empty() || self.often(0.3) { self.share() } else { None };
        NodeInput { node_id, share, anchor, children, outside_balance: false }
    }

    fn leaf_nodes(&mut self, count: usize) -> Vec<NodeInput> {
        (0..count).map(|i| self.node(&format!("t{i}"), Vec::new())).collect()
    }

    /// A tree of at most six leaves.
    fn tree(&mut self, levels: u32) -> Drawn {
        let leaves = self.rng.random_range(levels as usize + 1..=if levels == 1 { 5 } else { 6 });
        let mut rest = self.leaf_nodes(leaves);
        for level in 1..levels {
            // The first two or more go below a node of their own; a leaf may stay beside it.
            let taken = self.rng.random_range(2..=rest.len().min(3));
            let below: Vec<NodeInput> = rest.drain(..taken).collect();
            let side = self.node(&format!("side{level}"), below);
            rest.insert(0, side);
            if rest.len() > 2 && self.often(0.4) {
                let below = rest.split_off(1);
                let other = self.node(&format!("other{level}"), below);
                rest.push(other);
            }
        }
        let node_id = match self.rng.random_range(0..4_u32) {
            0 => String::new(),
            1 => self.names.fresh(&mut self.rng, Of::Node, "book", 0.5),
            _ => "root".into(),
        };
        let pool = self.often(POOL_OFTEN);
        if pool {
            let at = self.rng.random_range(0..=rest.len());
            let node_id = self.names.fresh(&mut self.rng, Of::Node, "house", 0.5);
            rest.insert(at, NodeInput { node_id, outside_balance: true, ..NodeInput::default() });
        }
        let leaves = leaves + usize::from(pool);
        let root = NodeInput { node_id, children: rest, ..NodeInput::default() };
        let mut territories = Vec::new();
        leaf_ids(&root, &mut territories);
        if root.node_id == "root" && holds_root(&root.children) {
            // Two nodes of one id are an error; without one of its own the root takes another.
            return Drawn {
                given: SplitInput::Tree(NodeInput { node_id: String::new(), ..root }),
                leaves,
                territories,
                owners: false,
            };
        }
        Drawn { given: SplitInput::Tree(root), leaves, territories, owners: false }
    }

    fn seats(&mut self) -> Drawn {
        let (count, max_children) =
            self.pick(&[(2, 0), (3, 0), (4, 0), (5, 0), (4, 2), (5, 3), (6, 3), (3, 2), (5, 2)]);
        let plain = max_children == 0 && self.often(0.3);
        let mut seats: Vec<SeatInput> = Vec::new();
        for i in 0..count {
            let seat_id = self.names.fresh(&mut self.rng, Of::Node, &format!("s{i}"), 0.5);
            let mut seat = SeatInput { seat_id, ..SeatInput::default() };
            if !plain {
                seat.home = self.often(0.8).then(|| self.anywhere());
                seat.share = self.share();
                seat.capacity = self.often(0.3).then(|| self.pick(&[0.5, 2.0, 100.0]));
                seat.ramp = self.often(0.3).then(|| self.pick(&[0.25, 0.5, 0.1, 1.0]));
            }
            if i > 0 && self.often(0.4) {
                let by = self.rng.random_range(0..i);
                seat.to_be_hired = self.often(0.8);
                seat.covering_seat_id = seats[by].seat_id.clone();
            }
            seats.push(seat);
        }
        let pool = self.often(POOL_OFTEN);
        if pool {
            let at = self.rng.random_range(0..=seats.len());
            let seat_id = self.names.fresh(&mut self.rng, Of::Node, "house", 0.5);
            seats.insert(at, SeatInput { seat_id, outside_balance: true, ..SeatInput::default() });
        }
        let territories: Vec<String> = seats.iter().map(|s| s.seat_id.clone()).collect();
        let (leaves, owners) = (seats.len(), plain && !pool);
        Drawn { given: SplitInput::Seats { max_children, seats }, leaves, territories, owners }
    }

    fn stages(&mut self) -> Drawn {
        let (counts, current) = self.pick(&STAGES);
        let now = if current == 0 { counts[0] } else { current };
        let territories = (1..=now).map(|i| format!("s{now}-{i}")).collect();
        let leaves = counts[counts.len() - 1] as usize;
        Drawn { given: SplitInput::Stages { counts: counts.to_vec(), current }, leaves, territories, owners: false }
    }
}

fn leaf_ids(node: &NodeInput, ids: &mut Vec<String>) {
    match node.children.is_empty() {
        true => ids.push(node.node_id.clone()),
        false => node.children.iter().for_each(|child| leaf_ids(child, ids)),
    }
}

fn holds_root(nodes: &[NodeInput]) -> bool {
    nodes.iter().any(|node| node.node_id == "root" || holds_root(&node.children))
}
