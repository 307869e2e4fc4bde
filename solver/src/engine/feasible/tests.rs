//! Small problems beside every assignment there is: no evidence of any kind proves what is not so, and the search decides
//! what is.

use super::{Found, Search, decide};
use crate::engine::clock::Clock;
use crate::index::{Keyed, LeafIndex, Number, TierIndex, UnitIndex};
use crate::input::{Book, Input, MeasureColumn, NodeInput, RuleInput, RuleKindInput, SelectorInput, SplitInput};
use crate::problem::Problem;
use crate::proof::evidence::{Evidence, Fork};
use crate::proof::infeasible::proves;
use crate::proof::lines::Hard;
use crate::proof::prices::Prices;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const ACCOUNTS: usize = 6;
const LEAVES: usize = 3;

fn some(rng: &mut ChaCha8Rng) -> SelectorInput {
    let mut account_ids: Vec<String> =
        (0..ACCOUNTS).filter(|_| rng.random_bool(0.4)).map(|i| format!("a{i}")).collect();
    account_ids.push(format!("a{}", rng.random_range(0..ACCOUNTS)));
    account_ids.dedup();
    SelectorInput { account_ids, filter: String::new() }
}

fn rule(rng: &mut ChaCha8Rng, number: usize) -> RuleInput {
    let node = |rng: &mut ChaCha8Rng| format!("t{}", rng.random_range(0..LEAVES));
    let kind = match rng.random_range(0..6) {
        0 => RuleKindInput::Pin { accounts: some(rng), node_id: node(rng) },
        1 => RuleKindInput::KeepApart { accounts: some(rng) },
        2 => RuleKindInput::KeepTogether { accounts: some(rng) },
        3 => RuleKindInput::MoveLimit {
            accounts: None,
            measure: "m".into(),
            max_amount: Some(rng.random_range(0..20)),
            max_share: None,
            per_owner: rng.random_bool(0.5),
        },
        _ => {
            let min = rng.random_range(0..12);
            RuleKindInput::Bounds {
                accounts: rng.random_bool(0.3).then(|| some(rng)),
                node_ids: if rng.random_bool(0.5) { Vec::new() } else { vec![node(rng)] },
                measure: "m".into(),
                min: Some(min),
                max: Some(min + rng.random_range(0..8)),
            }
        }
    };
    RuleInput { rule_id: format!("r{number}"), kind: Some(kind) }
}

/// A book of six accounts in three leaves with one to four rules.
fn drawn(rng: &mut ChaCha8Rng) -> Problem {
    let step = rng.random_range(1..4);
    let amounts = (0..ACCOUNTS).map(|_| step * rng.random_range(0..6_i64)).collect();
    let leaf = |i: usize| NodeInput { node_id: format!("t{i}"), ..NodeInput::default() };
    let root = NodeInput { node_id: "root".into(), children: (0..LEAVES).map(leaf).collect(), ..NodeInput::default() };
    let parent = |i: usize| if i > 0 && i.is_multiple_of(3) { format!("a{}", i - 1) } else { String::new() };
    let book = Book {
        account_ids: (0..ACCOUNTS).map(|i| format!("a{i}")).collect(),
        names: vec![String::new(); ACCOUNTS],
        parents: (0..ACCOUNTS).map(parent).collect(),
        places: vec![None; ACCOUNTS],
        current_owners: (0..ACCOUNTS).map(|i| format!("t{}", i % LEAVES)).collect(),
        measures: vec![MeasureColumn { name: "m".into(), amounts, ..MeasureColumn::default() }],
        ..Book::default()
    };
    let count = rng.random_range(1..5);
    let rules = (0..count).map(|i| rule(rng, i)).collect();
    let input = Input { book, split: Some(SplitInput::Tree(root)), rules, ..Input::default() };
    Problem::new(&input).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

/// Whether some assignment meets the hard rules.
fn is_possible(problem: &Problem) -> bool {
    let (hard, units) = (Hard::of(problem), problem.units.count());
    (0..LEAVES.pow(units as u32)).any(|number| {
        let leaf = |u: usize| LeafIndex::new(number / LEAVES.pow(u as u32) % LEAVES);
        let leaf_of: Keyed<UnitIndex, LeafIndex> = (0..units).map(leaf).collect();
        leaf_of.pairs().all(|(u, &l)| problem.units.allows(u, l)) && hard.holds(&leaf_of)
    })
}

/// Prices and a tree that nobody searched for.
fn any_evidence(problem: &Problem, rng: &mut ChaCha8Rng) -> Evidence {
    let mut evidence = Evidence::none(problem, TierIndex::FIRST);
    evidence.sets = (0..3)
        .map(|_| {
            let mut prices = Prices::none(problem, TierIndex::FIRST);
            let all = prices.rows.iter_mut().chain(&mut prices.budgets);
            all.for_each(|price| *price = f64::from(rng.random_range(-2..3)));
            prices
        })
        .collect();
    let splits = rng.random_range(0..4);
    for _ in 0..splits {
        let unit = UnitIndex::new(rng.random_range(0..problem.units.count()));
        let leaves = (0..LEAVES).filter(|_| rng.random_bool(0.5)).map(LeafIndex::new).collect();
        evidence.forks.push(Fork::Split { unit, leaves });
        evidence.forks.push(Fork::Outer(rng.random_range(0..3)));
    }
    if splits > 0 {
        evidence.forks.push(Fork::Outer(rng.random_range(0..3)));
    }
    evidence
}

#[test]
fn no_evidence_proves_what_is_not_so_and_the_search_decides_what_is() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let stop = AtomicBool::new(false);
    let (mut refuted, mut possible, mut by_chance) = (0, 0, 0);
    for case in 0..1_500 {
        let problem = drawn(&mut rng).hard_rules();
        let truly = is_possible(&problem);
        for _ in 0..20 {
            let proved = proves(&problem, &any_evidence(&problem, &mut rng));
            assert!(!(proved && truly), "case {case}: proved, and there is a plan");
            by_chance += u64::from(proved);
        }
        let clock = Clock::new(Instant::now() + Duration::from_secs(600), &stop, Some(50_000_000), 1);
        match decide(&problem, None, &clock) {
            Found::Plan(leaf_of) => {
                assert!(truly && Hard::of(&problem).holds(&leaf_of), "case {case}");
                possible += 1;
            }
            Found::Refuted(evidence) => {
                assert!(!truly && proves(&problem, &evidence), "case {case}");
                refuted += 1;
            }
            Found::Open => panic!("case {case} is not decided"),
        }
    }
    assert!(refuted > 300 && possible > 300 && by_chance > 300, "{refuted} {possible} {by_chance}");
}

#[test]
fn a_search_that_is_stopped_goes_on_and_comes_to_the_same() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let stop = AtomicBool::new(false);
    for case in 0..100 {
        let problem = drawn(&mut rng).hard_rules();
        let mut search = Search::new(&problem);
        let mut found = Found::Open;
        for _ in 0..10_000 {
            let clock = Clock::new(Instant::now() + Duration::from_secs(600), &stop, Some(1), 1);
            found = search.run(&clock);
            if !matches!(found, Found::Open) {
                break;
            }
            let clock = Clock::new(Instant::now() + Duration::from_secs(600), &stop, Some(2_000), 1);
            found = search.run(&clock);
            if !matches!(found, Found::Open) {
                break;
            }
        }
        match found {
            Found::Refuted(evidence) => assert!(!is_possible(&problem) && proves(&problem, &evidence), "case {case}"),
            Found::Plan(_) => assert!(is_possible(&problem), "case {case}"),
            Found::Open => panic!("case {case} is not decided"),
        }
    }
}
