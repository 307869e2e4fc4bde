//! Branches that are cut short, held to branches that are not.

use super::{BATCH, Branching};
use crate::engine::clock::Clock;
use crate::engine::relax::lp::Lp;
use crate::engine::relax::simplex::tests::books;
use crate::engine::relax::simplex::{End, Simplex};
use crate::engine::starts::anchors;
use crate::index::{Keyed, LeafIndex, Number, TierIndex};
use crate::input::*;
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::Fork;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const BOOKS: u64 = 120;
/// Trees larger than this are left: they say nothing that small ones do not.
const SLICES_MAX: usize = 400;

/// Explores to the end in slices of this many iterations; gives the bound, if it came to an end.
fn explored(lp: &Arc<Lp>, iterations: f64) -> Option<f64> {
    let mut simplex = Simplex::new(lp);
    if simplex.solve(f64::INFINITY, 20_000) != End::Optimal {
        return None;
    }
    let mut branching = Branching::new(lp, &simplex.basis(), Vec::new());
    let stop = AtomicBool::new(false);
    let work = (lp.effort() * iterations).ceil() as u64;
    for _ in 0..SLICES_MAX {
        if branching.is_over() {
            return Some(branching.bound());
        }
        let clock = Clock::new(Instant::now() + Duration::from_secs(600), &stop, Some(u64::MAX), 0);
        branching.explore(f64::INFINITY, &clock, work, || false);
        // A batch counts each node's last iteration in full.
        let most = work + BATCH as u64 * (lp.effort().ceil() as u64 + 1);
        assert!(clock.used() <= most, "{} of {work} work units", clock.used());
    }
    None
}

#[test]
fn slices_keep_to_their_work_and_reach_the_same_bound() {
    let (mut same, mut splits) = (0, 0);
    for seed in 0..BOOKS {
        let Ok(problem) = Problem::of(books::random(seed)) else { continue };
        if problem.units.is_any_shut_out() || problem.units.count() > 10 {
            continue;
        }
        let costs = Costs::of(&problem, &anchors::find(&problem, 0));
        let frame = Frame::of(&problem, &costs, TierIndex::FIRST, &Keyed::new());
        let lp = Arc::new(Lp::whole(&problem, &costs, &frame));
        let (Some(long), Some(short)) = (explored(&lp, 1e6), explored(&lp, 25.0)) else { continue };
        let near = 1e-6 * long.abs() + 1e-9 * lp.units.len() as f64 * lp.usual + 1e-9;
        assert!((long - short).abs() <= near, "seed {seed}: {long} at once, {short} in slices");
        same += 1;
        let mut root = Simplex::new(&lp);
        root.solve(f64::INFINITY, 20_000);
        splits += usize::from(long > root.bound() + near);
    }
    assert!(same >= 15 && splits >= 5, "too few to tell: {same} trees, {splits} of them raised the bound");
}

/// Seventy leaves of which each has room for two or three of 160 accounts.
fn wide(seed: u64) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let place = |rng: &mut ChaCha8Rng| RawPlace {
        latitude: rng.random_range(30.0..45.0),
        longitude: rng.random_range(-120.0..-70.0),
    };
    let mut leaf = |g: usize, l: usize| NodeInput {
        node_id: format!("t{g}-{l}"),
        anchor: Some(place(&mut rng)),
        ..NodeInput::default()
    };
    let mut groups = Vec::new();
    for g in 0..7 {
        let children = (0..10).map(|l| leaf(g, l)).collect();
        groups.push(NodeInput { node_id: format!("g{g}"), children, ..NodeInput::default() });
    }
    let accounts = 160;
    let amounts = (0..accounts).map(|_| rng.random_range(30..60)).collect();
    let book = Book {
        account_ids: (0..accounts).map(|a| format!("a{a}")).collect(),
        names: vec![String::new(); accounts],
        parents: vec![String::new(); accounts],
        places: (0..accounts).map(|_| Some(place(&mut rng))).collect(),
        current_owners: vec![String::new(); accounts],
        measures: vec![MeasureColumn { name: "open_pipeline".into(), amounts, ..MeasureColumn::default() }],
        ..Book::default()
    };
    let node_ids = (0..7).flat_map(|g| (0..10).map(move |l| format!("t{g}-{l}"))).collect();
    let measure = "open_pipeline".to_string();
    let bounds = RuleKindInput::Bounds { accounts: None, node_ids, measure, min: None, max: Some(125) };
    let compact = CriterionInput::Compactness { level_weights: Vec::new(), distance: false, weight: None };
    Input {
        book,
        split: Some(SplitInput::Tree(NodeInput { node_id: "root".into(), children: groups, ..NodeInput::default() })),
        tiers: vec![TierInput { criteria: vec![Some(compact)], ..TierInput::default() }],
        rules: vec![RuleInput { rule_id: "room".into(), kind: Some(bounds) }],
        ..Input::default()
    }
}

#[test]
fn trees_of_more_leaves_than_a_word_has_bits_are_branched_on_and_proved() {
    let stop = AtomicBool::new(false);
    let mut beyond = 0;
    for seed in 0..3 {
        let problem = Problem::of(wide(seed)).expect("the book is in order");
        let costs = Costs::of(&problem, &anchors::find(&problem, 0));
        let frame = Frame::of(&problem, &costs, TierIndex::FIRST, &Keyed::new());
        let lp = Arc::new(Lp::whole(&problem, &costs, &frame));
        let mut simplex = Simplex::new(&lp);
        assert_eq!(simplex.solve(f64::INFINITY, 20_000), End::Optimal, "seed {seed}");
        let mut branching = Branching::new(&lp, &simplex.basis(), Vec::new());
        let clock = Clock::new(Instant::now() + Duration::from_secs(600), &stop, Some(u64::MAX), 0);
        branching.explore(f64::INFINITY, &clock, 4_000_000, || false);
        let (root, bound) = (simplex.bound(), branching.bound());
        assert!(bound > root * (1.0 + 1e-6), "seed {seed}: {bound} is no more than {root}");
        let evidence = branching.evidence(&problem, &costs, &frame);
        let proved = evidence.prove(&problem, &costs, &frame);
        assert!((proved - bound).abs() <= 1e-6 * bound, "seed {seed}: {proved} is proved of {bound}");
        let past = |fork: &Fork| match fork {
            Fork::Split { leaves, .. } => (64..70).any(|leaf| leaves.contains(LeafIndex::new(leaf))),
            Fork::Outer(_) => false,
        };
        beyond += usize::from(evidence.forks.iter().any(past));
    }
    assert!(beyond > 0, "no split of a leaf past the 64th");
}
