//! Random trees and nested stages small enough for the oracle: levels with bands, weights and anchors of their own,
//! rules on inner nodes, and incumbents that keep parts of what is split.

use carve_solver::input::{
    BandInput, CriterionInput, Input, LevelInput, MeasureColumn, NodeInput, RawPlace, RuleInput, RuleKindInput,
    SelectorInput, SplitInput, TierInput,
};
use carve_tests::{book, exact, leaf, node, rule, tier};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MEASURES: [&str; 3] = ["", "open_pipeline", "closed_won"];

/// Stages of the drawn books, and the one in force.
const STAGES: [(&[i32], i32); 5] = [(&[1, 2, 4], 1), (&[2, 4], 2), (&[1, 2, 4], 2), (&[1, 4], 0), (&[1, 2, 4], 4)];

/// What the parts of a book have in common.
struct Draw {
    rng: ChaCha8Rng,
    accounts: usize,
    levels: usize,
    /// Every node below the root, those with children, and those in force today.
    nodes: Vec<String>,
    splits: Vec<String>,
    territories: Vec<String>,
}

/// A tree with anchors everywhere.
pub fn tree(seed: u64) -> Input {
    let mut draw = Draw::new(seed);
    let leaf_count = draw.rng.random_range(3..=5_usize);
    let mut leaves: Vec<NodeInput> = Vec::new();
    for i in 0..leaf_count {
        let (share, at) = (draw.pick(&[1.0, 1.0, 2.0, 3.0]), draw.anywhere());
        leaves.push(leaf(&format!("t{i}"), share, Some(at)));
    }
    let mut anchored = |id: &str, children: Vec<NodeInput>| {
        let (latitude, longitude) = draw.anywhere();
        let share = draw.rng.random_bool(0.3).then_some(1.5);
        NodeInput { share, anchor: Some(RawPlace { latitude, longitude }), ..node(id, children) }
    };
    let east = anchored("east", leaves.drain(..2).collect());
    let root = match (leaves.len(), seed % 3) {
        // A leaf beside nodes that are split.
        (1, _) | (_, 0) => [vec![east], leaves].concat(),
        // Three levels, the second and third of two nodes each.
        (3, 1) => {
            let last = leaves.pop().expect("there are three");
            let deep = anchored("deep", leaves);
            vec![east, anchored("west", vec![last, deep])]
        }
        _ => vec![east, anchored("west", leaves)],
    };
    let root = node("root", root);
    draw.know(&root, 0);
    let levels = draw.levels;
    let mut input = draw.book(SplitInput::Tree(root));
    let level_weights = match draw.rng.random_bool(0.6) {
        true => (0..levels).map(|l| [0.0, 0.5, 1.0, 3.0][draw.rng.random_range(usize::from(l == 0)..4)]).collect(),
        false => Vec::new(),
    };
    let near = CriterionInput::Compactness { distance: draw.rng.random_bool(0.5), weight: None, level_weights };
    input.tiers.push(tier(vec![Some(near)]));
    input
}

/// Nested stages.
pub fn stages(seed: u64) -> Input {
    let mut draw = Draw::new(seed);
    let (counts, current) = draw.pick(&STAGES);
    for (i, &count) in counts.iter().enumerate() {
        let names: Vec<String> = (1..=count).map(|n| format!("s{count}-{n}")).collect();
        if counts.get(i + 1).is_some() && count >= current {
            draw.splits.extend(names.clone());
        }
        if count == current.max(counts[0]) {
            draw.territories.clone_from(&names);
        }
        draw.nodes.extend(names);
    }
    draw.levels = counts.len();
    let mut input = draw.book(SplitInput::Stages { counts: counts.to_vec(), current });
    let measure = draw.pick(&MEASURES).to_string();
    let incumbent = Some(CriterionInput::Incumbent { measure, weight: draw.rng.random_bool(0.3).then_some(0.7) });
    match draw.rng.random_bool(0.5) {
        true => input.tiers.push(tier(vec![incumbent])),
        false => input.tiers[0].criteria.push(incumbent),
    }
    input
}

impl Draw {
    fn new(seed: u64) -> Draw {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let accounts = rng.random_range(4..=6);
        Draw { rng, accounts, levels: 0, nodes: Vec::new(), splits: Vec::new(), territories: Vec::new() }
    }

    /// Remembers the names below a node.
    fn know(&mut self, of: &NodeInput, level: usize) {
        self.levels = self.levels.max(level);
        for child in &of.children {
            self.know(child, level + 1);
            self.nodes.push(child.node_id.clone());
            match child.children.is_empty() {
                true => self.territories.push(child.node_id.clone()),
                false => self.splits.push(child.node_id.clone()),
            }
        }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())]
    }

    fn anywhere(&mut self) -> (f64, f64) {
        (self.rng.random_range(25.0..49.0), self.rng.random_range(-124.0..-67.0))
    }

    fn a_node(&mut self) -> String {
        self.nodes[self.rng.random_range(0..self.nodes.len())].clone()
    }

    fn some(&mut self) -> SelectorInput {
        let first = self.rng.random_range(0..self.accounts);
        let last = (first + self.rng.random_range(0..3)).min(self.accounts - 1);
        SelectorInput { account_ids: (first..=last).map(|a| format!("a{a}")).collect(), filter: String::new() }
    }

    /// The book, its rules, and tiers of balance and perhaps continuity.
    fn book(&mut self, split: SplitInput) -> Input {
        let mut book = book(self.accounts);
        for name in &MEASURES[1..] {
            let most = self.pick(&[6, 100, 100_000]);
            let amount = |rng: &mut ChaCha8Rng| if rng.random_bool(0.2) { 0 } else { rng.random_range(1..=most) };
            let amounts = (0..self.accounts).map(|_| amount(&mut self.rng)).collect();
            book.measures.push(MeasureColumn { name: name.to_string(), amounts, ..MeasureColumn::default() });
        }
        for a in 0..self.accounts {
            let (latitude, longitude) = self.anywhere();
            book.places[a] = Some(RawPlace { latitude, longitude });
            if self.rng.random_bool(0.7) {
                book.current_owners[a] = self.territories[self.rng.random_range(0..self.territories.len())].clone();
            }
            if a > 0 && self.rng.random_bool(0.15) {
                book.parents[a] = format!("a{}", a - 1);
            }
        }
        let rules: Vec<RuleKindInput> = (0..self.rng.random_range(0..4_usize)).filter_map(|_| self.rule()).collect();
        let rules: Vec<RuleInput> = rules.into_iter().enumerate().map(|(r, k)| rule(&format!("r{r}"), k)).collect();
        let mut criteria = vec![self.balance("open_pipeline")];
        if self.rng.random_bool(0.5) {
            let column = self.pick(&["account_count", "closed_won"]);
            criteria.push(self.balance(column));
        }
        let (give_back, give_back_absolute) = self.pick(&[(0.0, 0.0), (0.0, 0.0), (0.1, 0.0), (0.05, 0.02)]);
        let mut tiers = vec![TierInput { criteria, give_back, give_back_absolute }];
        if self.rng.random_bool(0.3) {
            let measure = self.pick(&MEASURES).to_string();
            tiers.push(tier(vec![Some(CriterionInput::Continuity { measure, weight: None })]));
        }
        Input { book, split: Some(split), tiers, rules, options: exact(), ..Input::default() }
    }

    fn balance(&mut self, column: &str) -> Option<CriterionInput> {
        let mut levels = Vec::new();
        for _ in 0..self.rng.random_range(0..=self.levels) {
            let tolerance = if self.rng.random_bool(0.7) { Some(self.pick(&[0.0, 0.1, 0.4])) } else { None };
            let weight = if self.rng.random_bool(0.5) { Some(self.pick(&[0.0, 0.5, 2.0])) } else { None };
            levels.push(LevelInput { tolerance, weight });
        }
        let tolerance = Some(self.pick(&[0.0, 0.05, 0.2, 0.5]));
        Some(CriterionInput::Balance(BandInput { column: column.into(), tolerance, weight: None, levels }))
    }

    fn rule(&mut self) -> Option<RuleKindInput> {
        let measure = self.pick(&MEASURES).to_string();
        Some(match self.rng.random_range(0..8_u32) {
            0 => RuleKindInput::Pin { accounts: self.some(), node_id: self.a_node() },
            1 => RuleKindInput::Forbid { accounts: self.some(), node_ids: vec![self.a_node()] },
            2 => RuleKindInput::KeepApart { accounts: self.some() },
            3 => {
                let max_share = Some(self.pick(&[0.0, 0.25, 0.5, 0.73]));
                let per_owner = self.rng.random_bool(0.4);
                RuleKindInput::MoveLimit { accounts: None, measure, max_amount: None, max_share, per_owner }
            }
            4 => {
                let min = self.rng.random_range(0..3);
                let max = self.rng.random_bool(0.5).then(|| min + self.rng.random_range(2..80));
                RuleKindInput::Bounds { accounts: None, node_ids: vec![self.a_node()], measure, min: Some(min), max }
            }
            _ => {
                let of = self.splits.get(self.rng.random_range(0..self.splits.len().max(1)))?.clone();
                let (min_share, max_share) = self.pick(&[(Some(0.5), None), (None, Some(0.4)), (Some(0.3), Some(0.7))]);
                RuleKindInput::Keep { measure, min_share, max_share, node_ids: vec![of] }
            }
        })
    }
}
