//! Names: plain ones, and such as programs write themselves.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;

/// Names that meet what a program may make of other names, or that are hard to write down.
const HOSTILE: [&str; 44] = [
    "#2",
    "x#2",
    "open_pipeline#2",
    "open_pipeline",
    "closed_won",
    "rule r1",
    "rule r0",
    "min rule r1",
    "max rule r0",
    "min rule x",
    "a",
    "a=b",
    "b=c",
    "c",
    "a=b=c",
    "role",
    "role=h",
    "role=f",
    "role#2",
    "(none)",
    "(none)#2",
    "root",
    "root-book",
    "rule",
    "balance open_pipeline",
    "mix role",
    "continuity accounts",
    "é 漢字 🦀",
    "he said \"no\"",
    "two\nlines",
    "comma, semicolon; stroke|",
    "tab\there",
    "it's",
    "back\\slash",
    "\u{1f}",
    "\u{1}",
    "null",
    "true",
    "{}",
    "%s",
    "<b>",
    "r1",
    "role=",
    "=",
];
/// Bytes that a very long name is longer by; ids may have 256.
const LONG: usize = 200;

/// Draws names, each once.
pub(super) struct Names {
    /// Whether names are hostile at times.
    pub hostile: bool,
    used: HashSet<(Of, String)>,
}

/// What a name is of. Names of one kind differ; those of different kinds may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Of {
    Account,
    Column,
    Node,
    Rule,
}

/// Names with a meaning of their own.
const TAKEN: [&str; 4] = ["account_count", "gone", "nobody", "prospects"];

impl Names {
    pub fn new(hostile: bool) -> Names {
        Names { hostile, used: HashSet::new() }
    }

    /// A name that nothing else of the kind has: `plain`, or in a hostile book by a chance a hostile one.
    pub fn fresh(&mut self, rng: &mut ChaCha8Rng, of: Of, plain: &str, chance: f64) -> String {
        if self.hostile && rng.random_bool(chance) {
            let drawn = match rng.random_range(0..12_u32) {
                0 => format!("{}{plain}", "long ".repeat(LONG / 5)),
                _ => HOSTILE[rng.random_range(0..HOSTILE.len())].to_string(),
            };
            if !TAKEN.contains(&drawn.as_str()) && self.used.insert((of, drawn.clone())) {
                return drawn;
            }
        }
        let mut name = plain.to_string();
        while !self.used.insert((of, name.clone())) {
            name.push('\'');
        }
        name
    }

    /// A value of an attribute; values of different attributes may be the same.
    pub fn value(&self, rng: &mut ChaCha8Rng, number: usize) -> String {
        let plain = ["h", "f", "", "x"][number % 4];
        match self.hostile && rng.random_bool(0.6) {
            true => ["", "(none)", "c", "b=c", "b", "#2", HOSTILE[rng.random_range(0..HOSTILE.len())]]
                [rng.random_range(0..7_usize)]
            .to_string(),
            false => plain.to_string(),
        }
    }
}
