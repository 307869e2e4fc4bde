//! Laws: what holds for every book, tried on drawn ones. Work is counted, not timed, so each run sees the same.

use carve_datasets::{GenerateOptions, Shape, generate};
use carve_solver::input::{
    BandInput, CriterionInput, Input, MeasureColumn, OptionsInput, RawPlace, RuleKindInput, SeatInput, SplitInput,
    TierInput,
};
use carve_solver::plan::NodeResult;
use carve_solver::{Plan, evaluate};
use carve_tests::{balance, book, exact, ids, leaf, node, oracle, rule, solve, territories, tier};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;
use std::time::Duration;

/// Of every drawn book.
const SEED: u64 = 20_261_122;
/// Books a law is tried on.
const CASES: u32 = 24;
/// Work of a plan that need not be the best.
const SOON: i64 = 100_000;
/// Books for laws about deep trees, which take longer.
const FEW: u32 = 5;
/// What numbers that were summed in another order may differ by, relative.
const NEAR: f64 = 1e-9;
/// Where the leaves t0, t1, t2 are drawn around.
const ANCHORS: [(f64, f64); 3] = [(40.7, -74.0), (34.1, -118.2), (41.9, -87.6)];

/// One account.
#[derive(Debug, Clone)]
struct Row {
    pipeline: i64,
    won: i64,
    place: Option<(f64, f64)>,
    owner: Option<usize>,
    /// Whether the account before is its parent.
    joins: bool,
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    }
}

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let amount = || prop_oneof![1 => Just(0_i64), 3 => 1..100_i64];
    let place = prop::option::weighted(0.9, (25.0..49.0_f64, -124.0..-67.0_f64));
    let row = (amount(), amount(), place, prop::option::of(0..3_usize), prop::bool::weighted(0.15))
        .prop_map(|(pipeline, won, place, owner, joins)| Row { pipeline, won, place, owner, joins });
    prop::collection::vec(row, 4..=most)
}

fn of(rows: &[Row], split: SplitInput) -> Input {
    let mut book = book(rows.len());
    book.places = rows.iter().map(|r| r.place.map(|(latitude, longitude)| RawPlace { latitude, longitude })).collect();
    book.current_owners = rows.iter().map(|r| r.owner.map_or(String::new(), |o| format!("t{o}"))).collect();
    for (i, _) in rows.iter().enumerate().filter(|(i, r)| *i > 0 && r.joins) {
        book.parents[i] = format!("a{}", i - 1);
    }
    let column = |name: &str, amount: fn(&Row) -> i64| MeasureColumn {
        name: name.into(),
        amounts: rows.iter().map(amount).collect(),
        ..MeasureColumn::default()
    };
    book.measures = vec![column("open_pipeline", |r| r.pipeline), column("closed_won", |r| r.won)];
    Input { book, split: Some(split), tiers: tiers(), options: exact(), ..Input::default() }
}

fn tiers() -> Vec<TierInput> {
    vec![
        tier(vec![balance("open_pipeline", 0.05), balance("account_count", 0.1)]),
        tier(vec![Some(CriterionInput::Continuity { measure: "closed_won".into(), weight: None })]),
        tier(vec![Some(CriterionInput::Compactness { distance: false, weight: None, level_weights: Vec::new() })]),
    ]
}

/// Ends soon: for laws that hold of any plan, the best or not.
fn soon(mut input: Input) -> Input {
    input.options = OptionsInput { work_limit: SOON, threads: 2, ..OptionsInput::default() };
    input
}

/// Three leaves with their anchors and these shares.
fn three(shares: [f64; 3]) -> SplitInput {
    let leaves = (0..3).map(|i| leaf(&format!("t{i}"), shares[i], Some(ANCHORS[i]))).collect();
    SplitInput::Tree(node("root", leaves))
}

/// A leaf of level 1 beside a node with two leaves, one of which has leaves of its own.
fn uneven() -> SplitInput {
    let deep = node("deep", vec![leaf("t1", 1.0, Some(ANCHORS[1])), leaf("t2", 1.0, Some(ANCHORS[2]))]);
    let side = node("side", vec![leaf("t3", 1.0, Some((29.8, -95.4))), deep]);
    SplitInput::Tree(node("root", vec![leaf("t0", 1.0, Some(ANCHORS[0])), side]))
}

fn stages() -> SplitInput {
    SplitInput::Stages { counts: vec![2, 4, 8], current: 2 }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR * a.abs().max(b.abs()).max(1.0)
}

fn values(plan: &Plan) -> Vec<f64> {
    plan.tiers.iter().map(|t| t.value).collect()
}

fn all_near(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(*a, *b))
}

fn by_id(plan: &Plan) -> BTreeMap<String, String> {
    plan.assignments.iter().map(|a| a.account_id.clone()).zip(territories(plan)).collect()
}

fn children<'a>(plan: &'a Plan, of: &'a NodeResult) -> impl Iterator<Item = &'a NodeResult> {
    plan.nodes.iter().filter(|n| n.level == of.level + 1 && n.parent_node_id == of.node_id)
}

/// What the first tier's criteria are beyond their bands at a level, as the nodes' deviations tell.
fn excess(plan: &Plan, level: usize) -> f64 {
    let worst = |measure: &str, tolerance: f64| {
        let nodes = plan.nodes.iter().filter(|n| n.level == level).flat_map(|n| &n.measures);
        let held = nodes.filter(|m| m.measure == measure && m.target > 0.0);
        held.map(|m| (m.deviation.abs() - tolerance).max(0.0)).fold(0.0, f64::max)
    };
    worst("open_pipeline", 0.05) + worst("account_count", 0.1)
}

/// Every node with children holds what they hold, in every measure; the root holds the book.
fn tiles(input: &Input, plan: &Plan) {
    for parent in plan.nodes.iter().filter(|n| children(plan, n).next().is_some()) {
        for (m, held) in parent.measures.iter().enumerate() {
            let sum: i64 = children(plan, parent).map(|c| c.measures[m].amount).sum();
            assert_eq!(sum, held.amount, "{} below {}", held.measure, parent.node_id);
        }
    }
    for held in &plan.nodes[0].measures {
        let column = input.book.measures.iter().find(|m| m.name == held.measure);
        let total = column.map_or(input.book.account_ids.len() as i64, |c| c.amounts.iter().sum());
        assert_eq!(held.amount, total, "{}", held.measure);
    }
}

proptest! {
    #![proptest_config(config(CASES))]

    #[test]
    fn the_order_of_rows_does_not_matter(
        (rows, order) in rows(10).prop_flat_map(|r| {
            let order = Just((0..r.len()).collect::<Vec<usize>>()).prop_shuffle();
            (Just(r), order)
        })
    ) {
        let input = of(&rows, three([1.0; 3]));
        let mut shuffled = input.clone();
        let (from, to) = (&input.book, &mut shuffled.book);
        to.account_ids = order.iter().map(|&i| from.account_ids[i].clone()).collect();
        to.places = order.iter().map(|&i| from.places[i]).collect();
        to.parents = order.iter().map(|&i| from.parents[i].clone()).collect();
        to.current_owners = order.iter().map(|&i| from.current_owners[i].clone()).collect();
        for (column, old) in to.measures.iter_mut().zip(&from.measures) {
            column.amounts = order.iter().map(|&i| old.amounts[i]).collect();
        }
        let (plan, again) = (solve(&input).1, solve(&shuffled).1);
        prop_assert!(all_near(&values(&plan), &values(&again)), "{:?}, {:?}", values(&plan), values(&again));
        prop_assert_eq!(by_id(&plan), by_id(&again));
    }

    #[test]
    fn doubling_every_amount_changes_nothing_but_the_amounts(rows in rows(12)) {
        let input = of(&rows, three([1.0; 3]));
        let mut doubled = input.clone();
        doubled.book.measures.iter_mut().for_each(|m| m.amounts.iter_mut().for_each(|a| *a *= 2));
        let (plan, twice) = (solve(&input).1, solve(&doubled).1);
        prop_assert_eq!(by_id(&plan), by_id(&twice));
        prop_assert!(all_near(&values(&plan), &values(&twice)), "{:?}, {:?}", values(&plan), values(&twice));
        for (one, two) in plan.nodes.iter().zip(&twice.nodes) {
            for (a, b) in one.measures.iter().zip(&two.measures).filter(|(a, _)| a.measure != "account_count") {
                prop_assert_eq!(2 * a.amount, b.amount);
                prop_assert!(near(a.deviation, b.deviation));
            }
        }
    }

    #[test]
    fn the_scale_of_shares_does_not_matter(rows in rows(10), scale in 2..50_u32) {
        let small = solve(&of(&rows, three([1.0, 2.0, 1.0]))).1;
        let large = solve(&of(&rows, three([1.0, 2.0, 1.0].map(|s| s * f64::from(scale))))).1;
        prop_assert_eq!(by_id(&small), by_id(&large));
        prop_assert!(all_near(&values(&small), &values(&large)));
    }

    #[test]
    fn tier_one_is_never_given_up_for_tier_two(rows in rows(12)) {
        let whole = of(&rows, three([1.0; 3]));
        let mut first = whole.clone();
        first.tiers.truncate(1);
        let (whole, first) = (solve(&whole).1, solve(&first).1);
        prop_assert!(near(whole.tiers[0].value, first.tiers[0].value), "{:?}, {:?}", values(&whole), values(&first));
    }

    #[test]
    fn families_stay_whole(rows in rows(14)) {
        let input = soon(of(&rows, three([1.0; 3])));
        let to = by_id(&solve(&input).1);
        for (account, parent) in input.book.account_ids.iter().zip(&input.book.parents).filter(|(_, p)| !p.is_empty()) {
            prop_assert_eq!(&to[account], &to[parent]);
        }
    }

    #[test]
    fn give_back_is_never_exceeded(rows in rows(10), relative in 0.0..0.3_f64, absolute in 0.0..0.3_f64) {
        let mut input = of(&rows, three([1.0; 3]));
        input.tiers[0].give_back = relative;
        input.tiers[1].give_back_absolute = absolute;
        let mut alone = input.clone();
        alone.tiers.truncate(1);
        let (plan, alone) = (solve(&input).1, solve(&alone).1);
        for (t, certificate) in plan.certificate.tiers.iter().enumerate() {
            prop_assert_eq!(certificate.tier_limits.len(), t);
            for (earlier, limit) in plan.tiers.iter().zip(&certificate.tier_limits) {
                prop_assert!(earlier.value <= limit + NEAR, "{} is above {limit}", earlier.value);
            }
        }
        let most = alone.tiers[0].value * (1.0 + relative);
        prop_assert!(plan.tiers[0].value <= most + NEAR, "{} is above {most}", plan.tiers[0].value);
    }

    #[test]
    fn bounds_are_below_values_and_below_the_best_of_all_assignments(rows in rows(8)) {
        let input = of(&rows, three([1.0, 2.0, 3.0]));
        let best = oracle::best(&input).expect("without rules there is a plan");
        let (_, plan) = solve(&input);
        for ((tier, best), certificate) in plan.tiers.iter().zip(best).zip(&plan.certificate.tiers) {
            let near = 1e-7 * best.max(1.0);
            prop_assert!(tier.bound <= tier.value + near, "bound {} of value {}", tier.bound, tier.value);
            prop_assert!(tier.bound <= best + near && certificate.bound <= best + near, "{tier:?}, best is {best}");
        }
    }

    #[test]
    fn pinned_accounts_are_where_they_are_pinned(rows in rows(12), to in prop::collection::vec(0..3_usize, 3)) {
        let mut input = soon(of(&rows, three([1.0; 3])));
        input.families_separate = true;
        let pin = |(i, t): (usize, &usize)| {
            let accounts = ids(&[&format!("a{i}")]);
            rule(&format!("r{i}"), RuleKindInput::Pin { accounts, node_id: format!("t{t}") })
        };
        input.rules = to.iter().enumerate().map(pin).collect();
        let found = territories(&solve(&input).1);
        for (i, t) in to.iter().enumerate() {
            prop_assert_eq!(&found[i], &format!("t{t}"));
        }
    }

    #[test]
    fn a_rule_never_helps(rows in rows(10), account in 0..4_usize, to in 0..3_usize) {
        let free = of(&rows, three([1.0; 3]));
        let mut ruled = free.clone();
        let accounts = ids(&[&format!("a{account}")]);
        ruled.rules = vec![rule("r", RuleKindInput::Forbid { accounts, node_ids: vec![format!("t{to}")] })];
        let (free, ruled) = (values(&solve(&free).1), values(&solve(&ruled).1));
        let first = free.iter().zip(&ruled).find(|(f, r)| !near(**f, **r));
        prop_assert!(first.is_none_or(|(f, r)| f < r), "{free:?} without the rule, {ruled:?} with it");
    }

    #[test]
    fn names_do_not_matter(rows in rows(10)) {
        let input = of(&rows, three([1.0; 3]));
        let mut renamed = input.clone();
        let new = |id: &String| if id.is_empty() { String::new() } else { format!("0-{id}-of another name") };
        renamed.book.account_ids = renamed.book.account_ids.iter().map(new).collect();
        renamed.book.parents = renamed.book.parents.iter().map(new).collect();
        renamed.book.measures[0].name = "a_measure".into();
        renamed.tiers[0].criteria[0] = balance("a_measure", 0.05);
        let (plan, again) = (solve(&input).1, solve(&renamed).1);
        prop_assert!(all_near(&values(&plan), &values(&again)), "{:?}, {:?}", values(&plan), values(&again));
        prop_assert_eq!(territories(&plan), territories(&again));
    }
}

proptest! {
    #![proptest_config(config(FEW))]

    #[test]
    fn every_account_is_in_exactly_one_leaf(rows in rows(12), shape in 0..3_usize) {
        let input = soon(of(&rows, [three([1.0; 3]), uneven(), stages()][shape].clone()));
        let (_, plan) = solve(&input);
        let assigned: Vec<&String> = plan.assignments.iter().map(|a| &a.account_id).collect();
        prop_assert_eq!(assigned, input.book.account_ids.iter().collect::<Vec<_>>());
        for assignment in &plan.assignments {
            let last = &plan.nodes[*assignment.path.last().expect("paths have nodes")];
            prop_assert!(children(&plan, last).next().is_none(), "{} is no leaf", last.node_id);
            prop_assert!(assignment.path.contains(&assignment.territory));
        }
        tiles(&input, &plan);
    }

    #[test]
    fn children_tile_their_parent_in_uneven_trees_and_stages(rows in rows(12)) {
        for split in [uneven(), stages()] {
            let input = soon(of(&rows, split));
            let (_, plan) = solve(&input);
            tiles(&input, &plan);
        }
    }

    #[test]
    fn stages_are_nested(rows in rows(12)) {
        let (_, plan) = solve(&soon(of(&rows, stages())));
        let counts: Vec<usize> = (1..=3).map(|l| plan.nodes.iter().filter(|n| n.level == l).count()).collect();
        prop_assert_eq!(counts, vec![2, 4, 8]);
        for assignment in &plan.assignments {
            prop_assert_eq!(assignment.path.len(), 3);
            for pair in assignment.path.windows(2) {
                prop_assert_eq!(&plan.nodes[pair[1]].parent_node_id, &plan.nodes[pair[0]].node_id);
            }
            prop_assert_eq!(assignment.territory, assignment.path[0]);
        }
    }

    #[test]
    fn dropping_later_stages_can_only_improve_what_is_left(rows in rows(9)) {
        let plans = [&[2][..], &[2, 4], &[2, 4, 8]].map(|counts| {
            let mut input = of(&rows, SplitInput::Stages { counts: counts.to_vec(), current: 2 });
            input.tiers.truncate(1);
            solve(&input).1
        });
        for (few, more) in [(0, 1), (0, 2), (1, 2)] {
            let (few, more) = (&plans[few], &plans[more]);
            let kept: f64 = (1..=few.stages.len()).map(|level| excess(more, level)).sum();
            let own: f64 = (1..=few.stages.len()).map(|level| excess(few, level)).sum();
            prop_assert!(near(own, few.tiers[0].value), "{own} is not {}", few.tiers[0].value);
            prop_assert!(few.tiers[0].bound <= kept + NEAR, "nothing below {}, but {kept}", few.tiers[0].bound);
            prop_assert!(own <= kept + NEAR, "{own} alone, {kept} with later stages");
        }
    }

    #[test]
    fn a_larger_share_of_one_seat_is_no_larger_target_of_another(
        rows in rows(12),
        shares in prop::collection::vec(1..5_u32, 4..14),
        (which, more) in (0..4_usize, 1..4_u32),
    ) {
        let seat = |(i, &share): (usize, &u32)| SeatInput {
            seat_id: format!("t{i}"),
            capacity: Some(f64::from(share)),
            ..SeatInput::default()
        };
        let seats: Vec<SeatInput> = shares.iter().enumerate().map(seat).collect();
        let mut larger = seats.clone();
        larger[which].capacity = larger[which].capacity.map(|c| c + f64::from(more));
        let [before, after] = [seats, larger].map(|seats| {
            solve(&soon(of(&rows, SplitInput::Seats { max_children: 0, seats }))).1
        });
        for node in before.nodes.iter().filter(|n| n.territory) {
            let again = after.nodes.iter().find(|n| n.node_id == node.node_id).expect("the same seats");
            for (old, new) in node.measures.iter().zip(&again.measures) {
                let grows = new.target > old.target * (1.0 + NEAR);
                prop_assert_eq!(grows, node.node_id == format!("t{which}") && old.target > 0.0, "{}", node.node_id);
            }
        }
    }

    #[test]
    fn a_plan_is_worth_the_same_when_evaluated(rows in rows(12), shape in 0..3_usize) {
        let input = soon(of(&rows, [three([1.0; 3]), uneven(), stages()][shape].clone()));
        let (problem, plan) = solve(&input);
        let leaf = |n: usize| problem.leaf(&plan.nodes[n].node_id).expect("paths end in leaves");
        let leaf_of: Vec<usize> =
            plan.assignments.iter().map(|a| leaf(*a.path.last().expect("paths have nodes"))).collect();
        let anchors: Vec<_> = plan.nodes.iter().map(|node| node.anchor).collect();
        let again = evaluate(&problem, &leaf_of, &anchors);
        prop_assert!(again.check.ok(), "{:?}", again.check.faults);
        prop_assert!(all_near(&values(&plan), &values(&again)), "{:?}, {:?}", values(&plan), values(&again));
        prop_assert_eq!(&plan.nodes, &again.nodes);
        prop_assert_eq!(&plan.assignments, &again.assignments);
    }
}

/// What must be the same to the last bit: everything but the time it took.
fn timeless(input: &Input, threads: i32) -> Plan {
    let mut input = input.clone();
    input.options.threads = threads;
    let (_, mut plan) = solve(&input);
    plan.solve_time = Duration::ZERO;
    plan
}

#[test]
fn threads_do_not_change_the_plan() {
    for shape in [Shape::Plain, Shape::Families, Shape::Owned] {
        let options = GenerateOptions { accounts: 24, buckets: 4, seed: 3, shape, tolerance: 0.02, extra_measures: 0 };
        let staged = SplitInput::Stages { counts: vec![2, 4], current: 0 };
        let input = Input {
            book: generate(&options).book,
            split: Some(if shape == Shape::Families { staged } else { four() }),
            // Ends before the search does, where the order of threads would show.
            options: OptionsInput { work_limit: SOON, seed: 7, ..OptionsInput::default() },
            ..Input::default()
        };
        let one = timeless(&input, 1);
        for threads in [2, 4] {
            assert_eq!(one, timeless(&input, threads), "{}: {threads} threads", shape.name());
        }
    }
}

/// Four leaves whose anchors are to be found.
fn four() -> SplitInput {
    SplitInput::Tree(node("root", (0..4).map(|i| leaf(&format!("t{i}"), 1.0, None)).collect()))
}

#[test]
fn seventeen_seats_become_a_tree_with_at_most_ten_children_a_split() {
    let seat = |i: usize| SeatInput { seat_id: format!("s{i}"), ..SeatInput::default() };
    let options =
        GenerateOptions { accounts: 120, buckets: 10, seed: 1, shape: Shape::Crm, tolerance: 0.05, extra_measures: 0 };
    let criterion = BandInput { column: "account_count".into(), tolerance: Some(0.2), ..BandInput::default() };
    let input = Input {
        book: generate(&options).book,
        split: Some(SplitInput::Seats { max_children: 0, seats: (0..17).map(seat).collect() }),
        tiers: vec![tier(vec![Some(CriterionInput::Balance(criterion))])],
        options: OptionsInput { work_limit: SOON, threads: 2, ..OptionsInput::default() },
        ..Input::default()
    };
    let (_, plan) = solve(&input);
    assert!(plan.has_assignments(), "{}", plan.termination.detail);
    assert_eq!(plan.nodes.iter().filter(|n| n.territory).count(), 17);
    for node in &plan.nodes {
        let children = children(&plan, node).count();
        assert!(children <= 10 && children != 1, "{} has {children} children", node.node_id);
    }
    tiles(&input, &plan);
}
