//! What people ask of a plan, beside every assignment that there is: repairs are there and the cheapest, what is proved of other
//! places and of rules holds, conflicts are minimal and the changes that are named work.

mod accounts;

mod rules;

mod conflicts;

mod limits;

mod curves;

mod program;

use carve_solver::Control;
use carve_solver::input::{CriterionInput, Input, RuleInput, RuleKindInput};
use carve_tests::oracle::Valued;
use carve_tests::oracle::hard::Hard;
use carve_tests::oracle::reading::Reading;
use carve_tests::{balance, book, exact, flat, ids, rule, tier, with_measure};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What values may differ by that were summed in another order.
const NEAR: f64 = 1e-9;

static STOP: AtomicBool = AtomicBool::new(false);

/// Time enough for anything small.
fn control() -> Control<'static> {
    Control { deadline: Instant::now() + Duration::from_secs(300), stop: &STOP }
}

/// A small book of some owners: bands first, then what stays, with rules that may conflict.
fn drawn(seed: u64, rules: usize) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (count, leaves) = (rng.random_range(5..=8_usize), rng.random_range(2..=3_usize));
    let amounts: Vec<i64> = (0..count).map(|_| rng.random_range(1..=20)).collect();
    let mut book = with_measure(book(count), "open_pipeline", &amounts);
    book.current_owners = (0..count)
        .map(|_| match rng.random_range(0..=leaves) {
            owner if owner == leaves => String::new(),
            owner => format!("t{owner}"),
        })
        .collect();
    if rng.random_bool(0.4) {
        book.parents[1] = "a0".into();
    }
    let measure = if rng.random_bool(0.5) { "open_pipeline" } else { "" };
    let continuity = CriterionInput::Continuity { measure: measure.into(), weight: None };
    let tolerance = [0.05, 0.2, 0.5][rng.random_range(0..3_usize)];
    let mut first = tier(vec![balance("open_pipeline", tolerance)]);
    if rng.random_bool(0.3) {
        first.give_back_absolute = 0.05;
    }
    let second = tier(vec![Some(continuity)]);
    let mut tiers = vec![first, second];
    if rng.random_bool(0.3) {
        tiers.push(tier(vec![balance("account_count", 0.1)]));
    }
    Input {
        book,
        split: Some(flat(&vec![1.0; leaves])),
        tiers,
        rules: (0..rules).map(|number| drawn_rule(&mut rng, number, count, leaves)).collect(),
        options: exact(),
        ..Input::default()
    }
}

fn drawn_rule(rng: &mut ChaCha8Rng, number: usize, count: usize, leaves: usize) -> RuleInput {
    let mut some = |most: usize| -> Vec<String> {
        let mut picked: Vec<usize> = (0..rng.random_range(1..=most)).map(|_| rng.random_range(0..count)).collect();
        picked.sort_unstable();
        picked.dedup();
        picked.into_iter().map(|a| format!("a{a}")).collect()
    };
    let picked = some(3);
    let picked: Vec<&str> = picked.iter().map(String::as_str).collect();
    let node = format!("t{}", rng.random_range(0..leaves));
    let kind = match rng.random_range(0..7) {
        0 => RuleKindInput::Pin { accounts: ids(&picked[..1]), node_id: node },
        1 => RuleKindInput::Forbid { accounts: ids(&picked), node_ids: vec![node] },
        2 => RuleKindInput::KeepTogether { accounts: ids(&picked) },
        3 => RuleKindInput::KeepApart { accounts: ids(&picked) },
        4 => RuleKindInput::Bounds {
            accounts: None,
            node_ids: vec![node],
            measure: String::new(),
            min: None,
            max: Some(rng.random_range(1..=count as i64 / 2 + 1)),
        },
        5 => RuleKindInput::Bounds {
            accounts: None,
            node_ids: vec![node],
            measure: "open_pipeline".into(),
            min: Some(rng.random_range(5..40)),
            max: None,
        },
        _ => RuleKindInput::MoveLimit {
            accounts: None,
            measure: String::new(),
            max_amount: Some(rng.random_range(0..4)),
            max_share: None,
            per_owner: false,
        },
    };
    rule(&format!("r{number}"), kind)
}

/// Every assignment of a book that meets its rules, with the value of every tier.
fn every(input: &Input) -> Vec<(Vec<usize>, Vec<f64>)> {
    let reading = Reading::of(input, &[]);
    let valued = Valued::of(&reading, &[]);
    let rules: Vec<Hard> = input.rules.iter().map(|rule| Hard::of(&reading, rule)).collect();
    let families = reading.families();
    let (count, leaves) = (reading.accounts(), reading.split.leaves);
    let mut found = Vec::new();
    let mut leaf_of = vec![0; count];
    loop {
        let whole = families.iter().all(|family| family.iter().all(|&a| leaf_of[a] == leaf_of[family[0]]));
        if whole && rules.iter().all(|rule| rule.keeps(&leaf_of)) {
            found.push((leaf_of.clone(), valued.value(&leaf_of).1));
        }
        let Some(next) = (0..count).find(|&a| leaf_of[a] + 1 < leaves) else { return found };
        leaf_of[next] += 1;
        leaf_of[..next].fill(0);
    }
}

/// Whether any assignment meets the rules.
fn has_plan(input: &Input) -> bool {
    !every(input).is_empty()
}

fn without(input: &Input, rule_id: &str) -> Input {
    let mut without = input.clone();
    without.rules.retain(|rule| rule.rule_id != rule_id);
    without
}
