//! Prices of ascents, held to what HiGHS says of the same relaxations.

use super::{Rise, ascend};
use crate::engine::clock::Clock;
use crate::engine::relax::linear::{Relaxed, relax};
use crate::engine::relax::lp::Lp;
use crate::engine::starts::anchors;
use crate::index::{Keyed, Number};
use crate::input::*;
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const ACCOUNTS: usize = 600;
const LONG: Duration = Duration::from_secs(60);
/// Part of a relaxation's value that prices of an ascent may leave unproved.
const NEAR: f64 = 0.06;

/// Twelve territories in three groups over a square, accounts owned by any of them, a limit on moves.
fn book(seed: u64) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let leaf = |g: usize, l: usize| NodeInput {
        node_id: format!("t{g}-{l}"),
        anchor: Some(RawPlace { latitude: 30.0 + 4.0 * g as f64, longitude: -120.0 + 10.0 * l as f64 }),
        ..NodeInput::default()
    };
    let group = |g: usize| NodeInput {
        node_id: format!("g{g}"),
        children: (0..4).map(|l| leaf(g, l)).collect(),
        ..NodeInput::default()
    };
    let place = |rng: &mut ChaCha8Rng| RawPlace {
        latitude: rng.random_range(28.0..40.0),
        longitude: rng.random_range(-124.0..-86.0),
    };
    let owner = |rng: &mut ChaCha8Rng| format!("t{}-{}", rng.random_range(0..3_u32), rng.random_range(0..4_u32));
    let amounts = (0..ACCOUNTS).map(|_| (10.0_f64.powf(rng.random_range(1.0..3.0))) as i64).collect();
    let book = Book {
        account_ids: (0..ACCOUNTS).map(|a| format!("a{a}")).collect(),
        names: vec![String::new(); ACCOUNTS],
        parents: vec![String::new(); ACCOUNTS],
        places: (0..ACCOUNTS).map(|_| Some(place(&mut rng))).collect(),
        current_owners: (0..ACCOUNTS).map(|_| owner(&mut rng)).collect(),
        measures: vec![MeasureColumn { name: "open_pipeline".into(), amounts, ..MeasureColumn::default() }],
        ..Book::default()
    };
    let band = |column: &str| {
        Some(CriterionInput::Balance(BandInput {
            column: column.into(),
            tolerance: Some(0.05),
            ..BandInput::default()
        }))
    };
    let tier = |criteria: Vec<Option<CriterionInput>>| TierInput { criteria, ..TierInput::default() };
    let moves = RuleKindInput::MoveLimit {
        accounts: None,
        measure: String::new(),
        max_amount: None,
        max_share: Some(0.4),
        per_owner: false,
    };
    Input {
        book,
        split: Some(SplitInput::Tree(NodeInput {
            node_id: "root".into(),
            children: (0..3).map(group).collect(),
            ..NodeInput::default()
        })),
        tiers: vec![
            tier(vec![band("account_count"), band("open_pipeline")]),
            tier(vec![Some(CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None })]),
            tier(vec![Some(CriterionInput::Compactness { level_weights: Vec::new(), distance: false, weight: None })]),
        ],
        rules: vec![RuleInput { rule_id: "moves".into(), kind: Some(moves) }],
        ..Input::default()
    }
}

#[test]
fn ascents_prove_nearly_all_that_relaxations_are_worth() {
    let stop = AtomicBool::new(false);
    let mut told = 0;
    for seed in 0..4 {
        let problem = Problem::of(book(seed)).expect("the book is in order");
        let costs = Costs::of(&problem, &anchors::find(&problem, 0));
        let mut limits = Keyed::new();
        for tier in problem.tiers.keys() {
            let frame = Frame::of(&problem, &costs, tier, &limits);
            if !costs.has(tier) {
                limits.push(0.0);
                continue;
            }
            let clock = Clock::new(Instant::now() + LONG, &stop, Some(u64::MAX), 0);
            let found = ascend(&problem, &costs, &frame, Rise::whole(None), &clock);
            let proved = frame.prove(&problem, &costs, &found.prices);
            let Some(Relaxed::Optimal { value, .. }) = relax(&Arc::new(Lp::whole(&problem, &costs, &frame)), LONG)
            else {
                panic!("seed {seed}: HiGHS solves the relaxation of tier {}", tier.get());
            };
            let what = format!("seed {seed}, tier {}: {proved} of {value}", tier.get());
            assert!(found.in_time && proved <= value * (1.0 + 1e-9), "{what}");
            assert!(proved >= value * (1.0 - NEAR), "{what}");
            told += usize::from(value > 0.0);
            // Room for the next tier to want what this one limits.
            limits.push(value * 1.5);
        }
    }
    assert!(told >= 4, "too few to tell: {told}");
}
