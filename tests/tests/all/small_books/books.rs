//! Random books small enough for the oracle: whales, families, move limits, and all of them together.

use carve_solver::input::{
    BandInput, CriterionInput, Input, MeasureColumn, RawPlace, RuleInput, RuleKindInput, SelectorInput, SplitInput,
    TierInput,
};
use carve_tests::{book, compactness, exact, leaf, node, rule, tier, with_attribute};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a book is drawn to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One or two accounts hold 30 to 60 % of a measure.
    Whales,
    /// Most accounts have a parent; some parents are not in the book.
    Families,
    /// One to three limits on moves: amounts and shares, for all or for each owner.
    MoveLimits,
    /// Any of these, and rules of other kinds.
    Mixed,
}

/// Families in a book, at most: what is tried grows with their power.
const FAMILIES_MAX: usize = 8;
const MEASURES: [&str; 3] = ["", "open_pipeline", "closed_won"];

/// What the parts of a book have in common.
struct Draw {
    rng: ChaCha8Rng,
    kind: Kind,
    accounts: usize,
    leaves: usize,
}

/// A book of this kind; the same seed gives the same book.
pub fn draw(kind: Kind, seed: u64) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(seed << 2 | kind as u64);
    let leaves = rng.random_range(2..=3_usize);
    let accounts = match kind {
        Kind::Families => rng.random_range(5..=14),
        _ => rng.random_range(3..=FAMILIES_MAX),
    };
    let mut draw = Draw { rng, kind, accounts, leaves };
    let mut book = book(accounts);
    for name in &MEASURES[1..] {
        book.measures.push(MeasureColumn {
            name: name.to_string(),
            amounts: draw.amounts(),
            ..MeasureColumn::default()
        });
    }
    let roles: Vec<&str> = (0..accounts).map(|_| draw.pick(&["hunter", "farmer"])).collect();
    book = with_attribute(book, "role", &roles);
    for a in 0..accounts {
        if draw.rng.random_bool(0.9) {
            let (latitude, longitude) = draw.anywhere();
            book.places[a] = Some(RawPlace { latitude, longitude });
        }
        let owned = if kind == Kind::MoveLimits { 0.95 } else { 0.6 };
        if draw.rng.random_bool(owned) {
            // The last one is no leaf.
            book.current_owners[a] = format!("t{}", draw.rng.random_range(0..=leaves));
        }
    }
    draw.families(&mut book.parents);
    let split = (0..leaves).map(|b| leaf(&format!("t{b}"), draw.pick(&[1.0, 1.0, 2.0, 3.0]), Some(draw.anywhere())));
    let split = Some(SplitInput::Tree(node("root", split.collect())));
    Input { book, split, tiers: draw.tiers(), rules: draw.rules(), options: exact(), ..Input::default() }
}

impl Draw {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())]
    }

    fn anywhere(&mut self) -> (f64, f64) {
        (self.rng.random_range(25.0..49.0), self.rng.random_range(-124.0..-67.0))
    }

    fn has(&mut self, kind: Kind) -> bool {
        self.kind == kind || self.kind == Kind::Mixed && self.rng.random_bool(0.4)
    }

    fn amounts(&mut self) -> Vec<i64> {
        let most = self.pick(&[6, 100, 100_000]);
        let mut amounts: Vec<i64> = (0..self.accounts)
            .map(|_| if self.rng.random_bool(0.2) { 0 } else { self.rng.random_range(1..=most) })
            .collect();
        if self.has(Kind::Whales) {
            let whales = self.rng.random_range(1..=2_usize);
            let first = self.rng.random_range(0..self.accounts);
            let held = [first, (first + 1) % self.accounts];
            held[..whales].iter().for_each(|&a| amounts[a] = 0);
            let part = self.rng.random_range(0.3..0.6);
            let all = (amounts.iter().sum::<i64>() as f64 * part / (1.0 - part)).round().max(1.0);
            let larger = if whales == 1 { all } else { (all * self.rng.random_range(0.5..0.9)).round() };
            amounts[held[0]] = larger as i64;
            if whales == 2 {
                amounts[held[1]] = (all - larger) as i64;
            }
        }
        amounts
    }

    fn families(&mut self, parents: &mut [String]) {
        let often = match self.has(Kind::Families) {
            true => self.rng.random_range(0.4..0.9),
            false => 0.05,
        };
        let mut heads = 1;
        for (a, parent) in parents.iter_mut().enumerate().skip(1) {
            if heads == FAMILIES_MAX || self.rng.random_bool(often) {
                *parent = format!("a{}", self.rng.random_range(0..a));
            } else {
                heads += 1;
                if self.rng.random_bool(0.1) {
                    *parent = "nobody".into();
                }
            }
        }
    }

    fn some(&mut self) -> SelectorInput {
        let count = self.rng.random_range(1..=3_usize);
        let drawn: std::collections::BTreeSet<usize> =
            (0..count).map(|_| self.rng.random_range(0..self.accounts)).collect();
        SelectorInput { account_ids: drawn.into_iter().map(|a| format!("a{a}")).collect(), filter: String::new() }
    }

    fn a_leaf(&mut self) -> String {
        format!("t{}", self.rng.random_range(0..self.leaves))
    }

    fn rules(&mut self) -> Vec<RuleInput> {
        let limits = if self.has(Kind::MoveLimits) { self.rng.random_range(1..=3_usize) } else { 0 };
        let mut kinds: Vec<RuleKindInput> = (0..limits).map(|_| self.move_limit()).collect();
        kinds.extend((0..self.rng.random_range(0..3_usize)).map(|_| self.other()).collect::<Vec<_>>());
        kinds.into_iter().enumerate().map(|(r, kind)| rule(&format!("r{r}"), kind)).collect()
    }

    fn move_limit(&mut self) -> RuleKindInput {
        let (accounts, measure) = (self.rng.random_bool(0.25).then(|| self.some()), self.pick(&MEASURES).to_string());
        let most = if measure.is_empty() { 4 } else { 120 };
        let (max_amount, max_share) = match self.rng.random_bool(0.5) {
            true => (Some(self.rng.random_range(0..=most)), None),
            // Whole parts too: the limit is met to the last unit, or nothing may move.
            false => (None, Some(self.pick(&[0.0, 0.1, 0.25, 1.0 / 3.0, 0.5, 0.73]))),
        };
        RuleKindInput::MoveLimit { accounts, measure, max_amount, max_share, per_owner: self.rng.random_bool(0.4) }
    }

    fn other(&mut self) -> RuleKindInput {
        match self.rng.random_range(0..6_u32) {
            0 => RuleKindInput::Pin { accounts: self.some(), node_id: self.a_leaf() },
            1 => RuleKindInput::Forbid { accounts: self.some(), node_ids: vec![self.a_leaf()] },
            2 => RuleKindInput::Restrict { accounts: self.some(), node_ids: vec![self.a_leaf(), self.a_leaf()] },
            3 => RuleKindInput::KeepTogether { accounts: self.some() },
            4 => RuleKindInput::KeepApart { accounts: self.some() },
            _ => {
                let measure = self.pick(&MEASURES).to_string();
                let min = self.rng.random_range(0..3);
                let max = self.rng.random_bool(0.5).then(|| min + self.rng.random_range(2..80));
                let node_ids = if self.rng.random_bool(0.6) { vec![self.a_leaf()] } else { Vec::new() };
                let accounts = self.rng.random_bool(0.3).then(|| self.some());
                RuleKindInput::Bounds { accounts, node_ids, measure, min: Some(min), max }
            }
        }
    }

    fn tiers(&mut self) -> Vec<TierInput> {
        let mut bands = vec![self.balance("open_pipeline")];
        if self.rng.random_bool(0.5) {
            let column = self.pick(&["account_count", "closed_won"]);
            bands.push(self.balance(column));
        }
        if self.rng.random_bool(0.3) {
            bands.push(Some(CriterionInput::Mix(self.band("role"))));
        }
        let measure = self.pick(&MEASURES).to_string();
        let continuity = Some(CriterionInput::Continuity { measure, weight: self.rng.random_bool(0.3).then_some(0.4) });
        if self.rng.random_bool(0.2) {
            bands.push(continuity.clone());
        }
        let (give_back, give_back_absolute) = self.pick(&[(0.0, 0.0), (0.0, 0.0), (0.1, 0.0), (0.05, 0.02)]);
        let mut tiers = vec![TierInput { criteria: bands, give_back, give_back_absolute }];
        if self.rng.random_bool(0.5) {
            tiers.push(tier(vec![continuity]));
        }
        tiers.push(tier(vec![compactness(self.rng.random_bool(0.5))]));
        if self.rng.random_bool(0.2) {
            tiers.reverse();
        }
        tiers
    }

    fn band(&mut self, column: &str) -> BandInput {
        BandInput {
            column: column.into(),
            tolerance: Some(self.pick(&[0.0, 0.05, 0.2, 0.5])),
            weight: self.rng.random_bool(0.3).then_some(2.5),
            ..BandInput::default()
        }
    }

    fn balance(&mut self, column: &str) -> Option<CriterionInput> {
        Some(CriterionInput::Balance(self.band(column)))
    }
}
