//! Random books of every kind at once: 8 to 14 accounts; trees, seats and stages; tiers and rules of every kind and
//! mixed; names that collide with what programs write; amounts from 1 to near 2^63. The same seed gives the same book.

mod amounts;

mod names;

mod rules;

mod split;

mod tiers;

mod traps;

use crate::oracle::reading::Reading;
use carve_solver::input::{
    AttributeColumn, Book, Input, MeasureColumn, MeasureInput, OptionsInput, RawPlace, RuleInput, SelectorInput,
};
use names::{Names, Of};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// How large the drawn books are.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// The most ways there are to give every unit a leaf, 300 or more.
    pub assignments_max: u64,
    /// Work units of a solve, drawn from these.
    pub work_limits: &'static [i64],
}

/// Measures with plain names.
const MEASURES: [&str; 3] = ["open_pipeline", "closed_won", "lead_volume"];

/// What the parts of a book have in common.
struct Draw {
    rng: ChaCha8Rng,
    names: Names,
    /// How often a rule is drawn with no regard to the plan that the others allow.
    careless: f64,
}

impl Draw {
    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())].clone()
    }

    fn often(&mut self, part: f64) -> bool {
        self.rng.random_bool(part)
    }

    fn anywhere(&mut self) -> RawPlace {
        RawPlace { latitude: self.rng.random_range(25.0..49.0), longitude: self.rng.random_range(-124.0..-67.0) }
    }
}

/// A book.
pub fn draw(seed: u64, size: Size) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let names = Names::new(rng.random_bool(0.4));
    let careless = if rng.random_bool(0.5) { 0.0 } else { 0.5 };
    let mut draw = Draw { rng, names, careless };
    let split = draw.split();
    // The number of units whose assignments are few enough.
    let units_max = (size.assignments_max as f64).log(split.leaves as f64).floor() as usize;
    let accounts = draw.rng.random_range(8..=14_usize);
    let mut input = Input { split: Some(split.given), ..Input::default() };
    input.families_separate = accounts <= units_max && draw.often(0.3);
    input.book = draw.book(accounts, units_max, &split.territories);
    if split.owners && draw.often(0.5) {
        // Without a split, owners become seats; the drawn seats are all there.
        for (a, seat) in split.territories.iter().enumerate() {
            input.book.current_owners[a] = seat.clone();
        }
        input.book.current_owners.iter_mut().filter(|o| !split.territories.contains(o)).for_each(String::clear);
        input.split = None;
    }
    draw.counted(&mut input);
    let rules = draw.rules(&Reading::of(&input, &[]));
    input.rules = rules;
    input.tiers = draw.tiers(&Reading::of(&input, &[]));
    input.options = OptionsInput {
        time_limit: Some(Duration::from_secs(3_600)),
        gap_target: draw.pick(&[Some(0.0), Some(0.0), Some(0.0), None, Some(0.05)]),
        seed: draw.rng.random_range(0..1_000),
        work_limit: draw.pick(size.work_limits),
        threads: 1,
        ..OptionsInput::default()
    };
    input
}

impl Draw {
    fn book(&mut self, accounts: usize, units_max: usize, territories: &[String]) -> Book {
        let mut book = crate::book(accounts);
        for a in 0..accounts {
            book.account_ids[a] = self.names.fresh(&mut self.rng, Of::Account, &format!("a{a}"), 0.3);
            if self.often(0.85) {
                book.places[a] = Some(self.anywhere());
            }
            book.current_owners[a] = match self.rng.random_range(0..10_u32) {
                0..7 => self.pick(territories),
                7 => "gone".into(),
                _ => String::new(),
            };
        }
        self.families(&mut book, units_max);
        let measures = self.rng.random_range(1..=MEASURES.len());
        for plain in &MEASURES[..measures] {
            let name = self.names.fresh(&mut self.rng, Of::Column, plain, 0.8);
            book.measures.push(MeasureColumn { name, amounts: self.amounts(accounts), ..MeasureColumn::default() });
        }
        for i in 0..self.rng.random_range(1..=2_usize) {
            let mut name = self.names.fresh(&mut self.rng, Of::Column, ["role", "industry"][i], 0.8);
            if MEASURES.contains(&name.as_str()) {
                // A file's column of this name is one of numbers.
                name = ["role of it", "industry of it"][i].into();
            }
            let few = self.rng.random_range(1..=3_usize);
            let kinds: Vec<String> = (0..=few).map(|v| self.names.value(&mut self.rng, v)).collect();
            let values = (0..accounts).map(|_| self.pick(&kinds)).collect();
            book.attributes.push(AttributeColumn { name, values });
        }
        book
    }

    /// Parents, so many that no more than `units_max` families are left.
    fn families(&mut self, book: &mut Book, units_max: usize) {
        let often = self.pick(&[0.0, 0.1, 0.3, 0.6]);
        let mut heads = 1;
        for a in 1..book.account_ids.len() {
            if heads >= units_max || self.often(often) {
                let parent = self.rng.random_range(0..a);
                book.parents[a] = book.account_ids[parent].clone();
            } else {
                heads += 1;
                if self.often(0.05) {
                    book.parents[a] = "nobody".into();
                }
            }
        }
    }

    /// Measures that count what a filter finds, some with the name that a value of an attribute is shown by.
    fn counted(&mut self, input: &mut Input) {
        for _ in 0..self.pick(&[0, 0, 1, 2]) {
            let attribute = &input.book.attributes[0];
            let shown = format!("{}={}", attribute.name, attribute.values[0]);
            let shown = if self.names.hostile && self.often(0.5) { shown } else { "prospects".into() };
            let taken = |name: &String| {
                input.measures.iter().any(|m| m.measure == *name) || input.book.measures.iter().any(|m| m.name == *name)
            };
            if !taken(&shown) {
                let count_filter = self.filter(&input.book);
                input.measures.push(MeasureInput { measure: shown, count_filter, ..MeasureInput::default() });
            }
        }
    }

    /// A filter of the kind that the oracle reads.
    fn filter(&mut self, book: &Book) -> String {
        let is_word = |name: &&String| {
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && name.starts_with(|c: char| c.is_alphabetic())
        };
        let plain = |text: &String| !text.chars().any(|c| c == '"' || c == '\\' || c.is_control());
        let reserved = ["true", "false", "null", "in", "root", "as", "is"];
        let usable = |name: &&String| is_word(name) && !reserved.contains(&name.as_str());
        let mut parts = vec!["has_place".to_string(), "account_count == 1".to_string()];
        for measure in book.measures.iter().filter(|m| usable(&&m.name)) {
            let amount = self.pick(&measure.amounts);
            let sign = self.pick(&["<", "<=", ">", ">=", "==", "!="]);
            parts.push(format!("{} {sign} {amount}", measure.name));
        }
        for attribute in book.attributes.iter().filter(|a| usable(&&a.name)) {
            let value = self.pick(&attribute.values);
            if plain(&value) && !value.contains(" && ") && !value.contains(" || ") {
                let sign = self.pick(&["==", "!="]);
                parts.push(format!("{} {sign} \"{value}\"", attribute.name));
            }
        }
        let owner = self.pick(&book.current_owners);
        if plain(&owner) {
            parts.push(format!("current_owner == \"{owner}\""));
        }
        let (one, joint, other) = (self.pick(&parts), self.pick(&[" && ", " || "]), self.pick(&parts));
        if self.often(0.5) { one } else { format!("{one}{joint}{other}") }
    }

    /// One to four accounts, by id or by a filter that finds some.
    fn some(&mut self, reading: &Reading) -> SelectorInput {
        if self.often(0.3) {
            let filter = self.filter(&reading.input.book);
            let selector = SelectorInput { account_ids: Vec::new(), filter };
            if !reading.picked(Some(&selector)).is_empty() {
                return selector;
            }
        }
        let count = self.rng.random_range(1..=4_usize);
        let drawn: std::collections::BTreeSet<usize> =
            (0..count).map(|_| self.rng.random_range(0..reading.accounts())).collect();
        by_id(reading, &drawn.into_iter().collect::<Vec<_>>())
    }

    fn rule(&mut self, kind: carve_solver::input::RuleKindInput, number: usize) -> RuleInput {
        RuleInput { rule_id: self.names.fresh(&mut self.rng, Of::Rule, &format!("r{number}"), 0.7), kind: Some(kind) }
    }
}

fn by_id(reading: &Reading, accounts: &[usize]) -> SelectorInput {
    let account_ids = accounts.iter().map(|&a| reading.input.book.account_ids[a].clone()).collect();
    SelectorInput { account_ids, filter: String::new() }
}
