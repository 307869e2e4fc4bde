//! Random books of every shape, with tiers and rules of every kind.

use crate::input::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MEASURES: [&str; 4] = ["", "open_pipeline", "closed_won", "leads"];
/// Amounts of one measure add up to less than this.
const LARGE: i64 = 1 << 60;

/// What the parts of a book have in common.
struct Draw {
    rng: ChaCha8Rng,
    accounts: usize,
    /// Nodes below the root, and those that are leaves or seats.
    nodes: Vec<String>,
    leaves: Vec<String>,
}

/// The same seed gives the same book.
pub fn random(seed: u64) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9) ^ 7);
    let accounts = if rng.random_bool(0.1) { rng.random_range(60..=150) } else { rng.random_range(2..=40) };
    let mut draw = Draw { rng, accounts, nodes: Vec::new(), leaves: Vec::new() };
    let split = draw.split();
    let mut book = Book {
        account_ids: (0..accounts).map(|a| format!("a{a}")).collect(),
        names: vec![String::new(); accounts],
        parents: vec![String::new(); accounts],
        places: vec![None; accounts],
        current_owners: vec![String::new(); accounts],
        ..Book::default()
    };
    for name in &MEASURES[1..] {
        book.measures.push(MeasureColumn {
            name: name.to_string(),
            amounts: draw.amounts(),
            ..MeasureColumn::default()
        });
    }
    let roles = (0..accounts).map(|_| draw.pick(&["hunter", "farmer", "farmer", ""]).to_string()).collect();
    book.attributes.push(AttributeColumn { name: "role".into(), values: roles });
    let (owned, family) = (draw.pick(&[0.0, 0.6, 0.95, 1.0]), draw.pick(&[0.0, 0.0, 0.3]));
    for a in 0..accounts {
        book.places[a] = draw.rng.random_bool(0.9).then(|| draw.anywhere());
        if draw.rng.random_bool(owned) {
            book.current_owners[a] = if draw.rng.random_bool(0.9) { draw.leaf() } else { "stranger".into() };
        }
        if a > 0 && draw.rng.random_bool(family) {
            book.parents[a] = format!("a{}", draw.rng.random_range(0..a));
        }
    }
    let rules = (0..draw.rng.random_range(0..4_usize)).map(|r| draw.rule(r)).collect();
    let tiers = draw.tiers();
    Input { book, split: Some(split), tiers, rules, ..Input::default() }
}

impl Draw {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())]
    }

    fn leaf(&mut self) -> String {
        self.leaves[self.rng.random_range(0..self.leaves.len())].clone()
    }

    fn node(&mut self) -> String {
        self.nodes[self.rng.random_range(0..self.nodes.len())].clone()
    }

    fn anywhere(&mut self) -> RawPlace {
        RawPlace { latitude: self.rng.random_range(25.0..49.0), longitude: self.rng.random_range(-124.0..-67.0) }
    }

    /// Small ones, like ones, long tails, a whale, and such as only just fit 64 bits.
    fn amounts(&mut self) -> Vec<i64> {
        let (kind, empty) = (self.rng.random_range(0..5_u32), self.pick(&[0.0, 0.3, 0.8]));
        let most = LARGE / self.accounts as i64;
        let whale = self.rng.random_range(0..self.accounts);
        let amount = |rng: &mut ChaCha8Rng, a: usize| match kind {
            0 => rng.random_range(1..=6),
            1 => 10,
            2 => (10.0_f64.powf(rng.random_range(0.0..6.0))) as i64,
            3 if a == whale => 1_000 * self.accounts as i64,
            3 => rng.random_range(1..2_000),
            _ => rng.random_range(most / 2..most),
        };
        let rng = &mut self.rng;
        (0..self.accounts).map(|a| if rng.random_bool(empty) { 0 } else { amount(rng, a) }).collect()
    }

    fn split(&mut self) -> SplitInput {
        match self.rng.random_range(0..4_u32) {
            0 | 1 => SplitInput::Tree(self.tree()),
            2 => {
                let counts =
                    [vec![2, 4], vec![2, 4, 8], vec![3, 6], vec![2, 6]][self.rng.random_range(0..4_usize)].clone();
                self.nodes = (1..=counts[0]).map(|n| n.to_string()).collect();
                self.leaves = self.nodes.clone();
                SplitInput::Stages { counts, current: 0 }
            }
            _ => SplitInput::Seats { max_children: 0, seats: self.seats() },
        }
    }

    fn tree(&mut self) -> NodeInput {
        let (children, below) = (self.rng.random_range(2..=5_usize), self.pick(&[0, 0, 2]));
        let node = |draw: &mut Draw, node_id: String, children: Vec<NodeInput>| {
            draw.nodes.push(node_id.clone());
            let share = children.is_empty().then(|| draw.pick(&[1.0, 1.0, 1.0, 2.0, 0.5]));
            let anchor = if draw.rng.random_bool(0.5) { Some(draw.anywhere()) } else { None };
            NodeInput { node_id, share, anchor, children, ..NodeInput::default() }
        };
        let mut top = Vec::new();
        for c in 0..children {
            let leaves: Vec<NodeInput> = (0..below).map(|l| node(self, format!("t{c}-{l}"), Vec::new())).collect();
            let own: Vec<String> = leaves.iter().map(|l| l.node_id.clone()).collect();
            self.leaves.extend(if own.is_empty() { vec![format!("t{c}")] } else { own });
            top.push(node(self, format!("t{c}"), leaves));
        }
        NodeInput { node_id: "root".into(), children: top, ..NodeInput::default() }
    }

    fn seats(&mut self) -> Vec<SeatInput> {
        let count = self.rng.random_range(2..=7_usize);
        self.leaves = (0..count).map(|s| format!("seat-{s}")).collect();
        self.nodes = self.leaves.clone();
        let seat = |s: usize| SeatInput {
            seat_id: format!("seat-{s}"),
            capacity: Some(self.pick(&[1.0, 1.0, 0.5, 3.0])),
            home: Some(self.anywhere()),
            to_be_hired: s == 0,
            ramp: (s == 0).then_some(0.5),
            covering_seat_id: if s == 0 { format!("seat-{}", count - 1) } else { String::new() },
            ..SeatInput::default()
        };
        (0..count).map(seat).collect()
    }

    fn some(&mut self) -> SelectorInput {
        let count = self.rng.random_range(1..=3_usize);
        let drawn: std::collections::BTreeSet<usize> =
            (0..count).map(|_| self.rng.random_range(0..self.accounts)).collect();
        SelectorInput { account_ids: drawn.into_iter().map(|a| format!("a{a}")).collect(), filter: String::new() }
    }

    fn rule(&mut self, number: usize) -> RuleInput {
        let measure = self.pick(&MEASURES).to_string();
        let accounts = if self.rng.random_bool(0.3) { Some(self.some()) } else { None };
        let kind = match self.rng.random_range(0..9_u32) {
            0 => RuleKindInput::Pin { accounts: self.some(), node_id: self.node() },
            1 => RuleKindInput::Forbid { accounts: self.some(), node_ids: vec![self.node()] },
            2 => RuleKindInput::Restrict { accounts: self.some(), node_ids: vec![self.node(), self.node()] },
            3 => RuleKindInput::KeepTogether { accounts: self.some() },
            4 => RuleKindInput::KeepApart { accounts: self.some() },
            5 => {
                let node_ids = if self.rng.random_bool(0.6) { vec![self.node()] } else { Vec::new() };
                let min = self.rng.random_range(0..3);
                let max = self.rng.random_bool(0.5).then(|| min + self.rng.random_range(2..80));
                RuleKindInput::Bounds { accounts, node_ids, measure: String::new(), min: Some(min), max }
            }
            6 => RuleKindInput::Keep {
                measure,
                min_share: Some(self.pick(&[0.2, 0.5, 0.8])),
                max_share: None,
                node_ids: Vec::new(),
            },
            7 => RuleKindInput::CoverLimit {
                measure,
                max: None,
                max_share_of_target: Some(self.pick(&[0.9, 1.0, 1.5])),
                seat_ids: Vec::new(),
            },
            _ => RuleKindInput::MoveLimit {
                accounts,
                measure,
                max_amount: None,
                max_share: Some(self.pick(&[0.0, 0.05, 0.1, 0.25, 1.0 / 3.0, 0.73])),
                per_owner: self.rng.random_bool(0.4),
            },
        };
        RuleInput { rule_id: format!("r{number}"), kind: Some(kind) }
    }

    fn tiers(&mut self) -> Vec<TierInput> {
        let count = self.rng.random_range(1..=4_usize);
        let mut left: Vec<u32> = (0..8).collect();
        let tier = |_| {
            let criteria = self.rng.random_range(1..=3_usize).min(left.len());
            let mut drawn = Vec::new();
            for _ in 0..criteria {
                let at = self.rng.random_range(0..left.len());
                drawn.push(Some(self.criterion(left.swap_remove(at))));
            }
            let (give_back, give_back_absolute) = self.pick(&[(0.0, 0.0), (0.0, 0.0), (0.1, 0.0), (0.05, 0.02)]);
            TierInput { criteria: drawn, give_back, give_back_absolute }
        };
        (0..count).map(tier).filter(|t| !t.criteria.is_empty()).collect()
    }

    fn criterion(&mut self, kind: u32) -> CriterionInput {
        let weight = self.pick(&[None, None, Some(0.4), Some(2.5)]);
        let measure = self.pick(&MEASURES).to_string();
        match kind {
            0..=2 => CriterionInput::Balance(self.band(MEASURES[kind as usize + 1])),
            3 => CriterionInput::Balance(self.band("account_count")),
            4 => CriterionInput::Mix(self.band("role")),
            5 => CriterionInput::Continuity { measure, weight },
            6 => CriterionInput::Incumbent { measure, weight },
            _ => CriterionInput::Compactness { level_weights: Vec::new(), distance: self.rng.random_bool(0.5), weight },
        }
    }

    fn band(&mut self, column: &str) -> BandInput {
        BandInput {
            column: column.into(),
            tolerance: Some(self.pick(&[0.0, 0.001, 0.02, 0.05, 0.3])),
            weight: self.pick(&[None, None, Some(2.5)]),
            ..BandInput::default()
        }
    }
}
