//! Every limit of a conflict has its smallest workable value: shares kept, seats that cover, moves of each owner, accounts kept
//! apart, two limits of one rule. Each value works, and the next one nearer to what is stated does not.

use super::{control, has_plan, without};
use carve_solver::input::{Input, NodeInput, RuleInput, RuleKindInput, SeatInput, SplitInput};
use carve_solver::inquiry::{ConflictRepair, RepairKind, explain_infeasible};
use carve_solver::{Amount, Problem};
use carve_tests::{book, exact, flat, ids, node, rule, with_measure};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Conflicts that are looked at.
const CONFLICTS: usize = 500;
/// The finest that a rule can say of a share.
const SHARE_STEP: f64 = 0.0001;

/// A small book with limits of every kind, in a flat split, a split of two levels, or seats of which one covers another.
fn drawn(seed: u64) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count = rng.random_range(4..=6_usize);
    let step = [1, 1, 5][rng.random_range(0..3_usize)];
    let amounts: Vec<i64> = (0..count).map(|_| step * rng.random_range(1..=12_i64)).collect();
    let mut book = with_measure(book(count), "open_pipeline", &amounts);
    let (split, territories): (SplitInput, &[&str]) = match rng.random_range(0..3) {
        0 => (flat(&[1.0, 1.0, 2.0]), &["t0", "t1", "t2"]),
        1 => {
            let leaf = |id: &str| NodeInput { node_id: id.into(), ..NodeInput::default() };
            let west = node("west", vec![leaf("w0"), leaf("w1")]);
            (SplitInput::Tree(node("root", vec![west, leaf("east")])), &["w0", "w1", "east"])
        }
        _ => {
            let seat = |id: &str, by: &str| SeatInput {
                seat_id: id.into(),
                to_be_hired: !by.is_empty(),
                covering_seat_id: by.into(),
                ..SeatInput::default()
            };
            let seats = vec![seat("s0", ""), seat("s1", "s0"), seat("s2", "")];
            (SplitInput::Seats { max_children: 0, seats }, &["s0", "s1", "s2"])
        }
    };
    let owners = ["s0", "s2", territories[0], territories[2], ""];
    let known = |owner: &&str| owner.is_empty() || territories.contains(owner);
    let owners: Vec<&str> = owners.into_iter().filter(known).collect();
    book.current_owners = (0..count).map(|_| owners[rng.random_range(0..owners.len())].to_owned()).collect();
    if rng.random_bool(0.3) {
        book.parents[1] = "a0".into();
    }
    let rules = rng.random_range(2..=4);
    let rules = (0..rules).map(|number| drawn_rule(&mut rng, number, count, territories)).collect();
    Input { book, split: Some(split), rules, options: exact(), ..Input::default() }
}

fn drawn_rule(rng: &mut ChaCha8Rng, number: usize, count: usize, territories: &[&str]) -> RuleInput {
    let mut picked: Vec<String> = (0..count).filter(|_| rng.random_bool(0.6)).map(|a| format!("a{a}")).collect();
    picked.push("a0".into());
    picked.sort();
    picked.dedup();
    let picked: Vec<&str> = picked.iter().map(String::as_str).collect();
    let territory = territories[rng.random_range(0..territories.len())].to_owned();
    let measure = if rng.random_bool(0.5) { "open_pipeline" } else { "" }.to_owned();
    let share = |rng: &mut ChaCha8Rng| [0.0, 0.1, 0.25, 0.333, 0.5, 0.6667, 0.9][rng.random_range(0..7_usize)];
    let kind = match rng.random_range(0..12) {
        0 => RuleKindInput::KeepApart { accounts: ids(&picked) },
        1 => RuleKindInput::Pin { accounts: ids(&picked[..1]), node_id: territory },
        2 | 3 => {
            let share = rng.random_bool(0.5).then(|| share(rng));
            let max_amount = if share.is_none() { Some(rng.random_range(0..3)) } else { None };
            let per_owner = rng.random_bool(0.7);
            RuleKindInput::MoveLimit { accounts: None, measure, max_amount, max_share: share, per_owner }
        }
        4..8 if territories[0] == "w0" => {
            let (a, b) = (share(rng), share(rng));
            let (min_share, max_share) = match rng.random_range(0..4) {
                0 => (Some(a), None),
                1 => (None, Some(a)),
                2 => (Some(a.max(0.5)), None),
                _ => (Some(a.min(b)), Some(a.max(b))),
            };
            RuleKindInput::Keep { measure, min_share, max_share, node_ids: vec!["west".into()] }
        }
        4..8 if territories[0] == "s0" => {
            let share = rng.random_bool(0.5).then(|| [0.2, 0.5, 1.0][rng.random_range(0..3_usize)]);
            let max = if share.is_none() { Some(rng.random_range(0..=10)) } else { None };
            RuleKindInput::CoverLimit { measure, max, max_share_of_target: share, seat_ids: Vec::new() }
        }
        _ => {
            let min = rng.random_range(0..=if measure.is_empty() { 2 } else { 20 });
            let max = min + rng.random_range(0..=2);
            let accounts = rng.random_bool(0.3).then(|| ids(&picked));
            let (min, max) = match rng.random_range(0..3) {
                0 => (Some(min), None),
                1 => (None, Some(max)),
                _ => (Some(min), Some(max)),
            };
            let node_ids = if rng.random_bool(0.5) { vec![territory] } else { Vec::new() };
            RuleKindInput::Bounds { accounts, node_ids, measure, min, max }
        }
    };
    rule(&format!("r{number}"), kind)
}

/// A limit of a rule: what it is called here, and how fine it is.
struct Value<'a> {
    what: &'static str,
    whole: Option<&'a mut Option<i64>>,
    share: Option<&'a mut Option<f64>>,
}

/// The limit of a rule that a kind of repair changes.
fn value(kind: &mut RuleKindInput, raises: bool) -> Value<'_> {
    let whole = |what, limit| Value { what, whole: Some(limit), share: None };
    let part = |what, limit| Value { what, whole: None, share: Some(limit) };
    match kind {
        RuleKindInput::Bounds { max, .. } if raises => whole("max", max),
        RuleKindInput::Bounds { min, .. } => whole("min", min),
        RuleKindInput::MoveLimit { max_amount, max_share: None, per_owner, .. } => {
            whole(if *per_owner { "moves of each" } else { "moves" }, max_amount)
        }
        RuleKindInput::MoveLimit { max_share, per_owner, .. } => {
            part(if *per_owner { "share of each" } else { "share" }, max_share)
        }
        RuleKindInput::Keep { max_share, .. } if raises => part("kept at most", max_share),
        RuleKindInput::Keep { min_share, .. } => part("kept at least", min_share),
        RuleKindInput::CoverLimit { max, max_share_of_target: None, .. } => whole("covered", max),
        RuleKindInput::CoverLimit { max_share_of_target, .. } => part("covered share", max_share_of_target),
        _ => panic!("no limit of this kind is loosened"),
    }
}

/// The request with a rule's limit at a value; `None`: gone. Accounts kept apart may be so many together.
fn with(input: &Input, id: &str, raises: bool, to: Option<f64>) -> Input {
    let mut changed = input.clone();
    let rule = changed.rules.iter_mut().find(|rule| rule.rule_id == id).expect("the rule");
    let kind = rule.kind.as_mut().expect("a kind");
    if let RuleKindInput::KeepApart { accounts } = kind {
        let (accounts, max) = (Some(accounts.clone()), Some(to.map_or(i64::MAX, |to| to as i64)));
        let measure = "account_count".into();
        *kind = RuleKindInput::Bounds { accounts, node_ids: Vec::new(), measure, min: None, max };
        return changed;
    }
    let loosest = if raises { 1.0 } else { 0.0 };
    let value = value(kind, raises);
    match (value.whole, value.share) {
        (Some(limit), _) => *limit = Some(to.map_or(if raises { i64::MAX } else { 0 }, |to| to as i64)),
        (None, Some(limit)) => {
            let loosest = if value.what == "covered share" { 1_000.0 } else { loosest };
            *limit = Some((to.unwrap_or(loosest) / SHARE_STEP).round() * SHARE_STEP);
        }
        (None, None) => unreachable!("a limit is one or the other"),
    }
    changed
}

/// Whether a rule has a limit that is loosened upwards, or downwards.
fn has_limit(kind: &RuleKindInput, raises: bool) -> bool {
    match kind {
        RuleKindInput::Bounds { min, max, .. } => {
            if raises {
                max.is_some()
            } else {
                min.is_some()
            }
        }
        RuleKindInput::Keep { min_share, max_share, .. } => {
            if raises {
                max_share.is_some()
            } else {
                min_share.is_some()
            }
        }
        RuleKindInput::MoveLimit { .. } | RuleKindInput::CoverLimit { .. } | RuleKindInput::KeepApart { .. } => raises,
        _ => false,
    }
}

fn number(amount: Option<Amount>) -> f64 {
    amount.expect("a limit").to_string().parse().expect("a number")
}

/// Judges a value, and tells which limit it is of.
fn judge(name: &str, input: &Input, repair: &ConflictRepair) -> &'static str {
    let raises = repair.kind == RepairKind::Raise;
    let (from, to) = (number(repair.from), number(repair.to));
    let id = repair.rule_ids[0].as_str();
    assert!(repair.is_least && (to > from) == raises && repair.words.contains(id), "{name}");
    assert!(has_plan(&with(input, id, raises, Some(to))), "does not work: {repair:?}, {name}");
    let kind = input.rules.iter().find(|rule| rule.rule_id == id).and_then(|rule| rule.kind.clone());
    let mut kind = kind.expect("a kind");
    let (what, step) = match &kind {
        RuleKindInput::KeepApart { .. } => ("apart", 1.0),
        _ => {
            let value = value(&mut kind, raises);
            (value.what, if value.share.is_some() { SHARE_STEP } else { 1.0 })
        }
    };
    let nearer = if raises { to - step } else { to + step };
    // One that is not beyond what is stated is the request itself.
    if (nearer - from).abs() > 1e-9 && (nearer > from) == raises {
        assert!(!has_plan(&with(input, id, raises, Some(nearer))), "{nearer} does, too: {repair:?}, {name}");
    }
    what
}

#[test]
fn each_limit_of_a_conflict_has_its_smallest_workable_value() {
    let mut of_each: BTreeMap<&str, usize> = BTreeMap::new();
    let mut judged = 0;
    let mut seeds = 60_000..;
    while judged < CONFLICTS {
        let seed: u64 = seeds.next().expect("endless");
        let input = drawn(seed);
        if has_plan(&input) {
            continue;
        }
        judged += 1;
        let problem = Problem::new(&input).unwrap_or_else(|findings| panic!("seed {seed}: {findings:#?}"));
        let found = explain_infeasible(&problem, &control());
        let name = format!("seed {seed}: {found:#?}\n{:#?}", input.rules);
        assert!(found.is_infeasible == Some(true) && found.is_complete, "{name}");
        let of_limits = |repair: &&ConflictRepair| matches!(repair.kind, RepairKind::Raise | RepairKind::Lower);
        for repair in found.repairs.iter().filter(of_limits) {
            *of_each.entry(judge(&name, &input, repair)).or_default() += 1;
        }
        // No limit of the conflict that could be loosened alone is left out.
        let conflict = found.conflict.as_ref().expect("a conflict");
        for id in &conflict.conflicting_rule_ids {
            let kind = input.rules.iter().find(|rule| rule.rule_id == *id).and_then(|rule| rule.kind.as_ref());
            for (raises, of) in [(true, RepairKind::Raise), (false, RepairKind::Lower)] {
                let told = found.repairs.iter().any(|repair| repair.kind == of && repair.rule_ids[0] == *id);
                let could = has_limit(kind.expect("a kind"), raises) && has_plan(&with(&input, id, raises, None));
                assert_eq!(told, could, "{id} {of:?}: {name}");
            }
            let dropped = |repair: &ConflictRepair| repair.kind == RepairKind::Drop && repair.rule_ids[0] == *id;
            assert_eq!(found.repairs.iter().any(dropped), has_plan(&without(&input, id)), "{id}: {name}");
        }
        // Limits first, those that change least before the others.
        let first_other = found.repairs.iter().position(|repair| !of_limits(&repair)).unwrap_or(found.repairs.len());
        assert!(found.repairs[first_other..].iter().all(|repair| !of_limits(&repair)), "{name}");
    }
    let kinds = [
        "max",
        "min",
        "moves of each",
        "share of each",
        "kept at least",
        "kept at most",
        "covered",
        "covered share",
        "apart",
    ];
    for kind in kinds {
        assert!(of_each.get(kind).is_some_and(|count| *count >= 5), "{kind}: {of_each:?}");
    }
}
