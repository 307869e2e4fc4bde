//! Seats outside the balance: who is in them, what the others share, and what is proved and checked of it.

use carve_datasets::books::{BookName, named_book};
use carve_solver::input::{
    CriterionInput, Input, NodeInput, OptionsInput, RawPlace, RuleInput, RuleKindInput, SeatInput, SplitInput,
};
use carve_solver::plan::{DefaultKind, MoveCode, NodeResult, Reason};
use carve_solver::{Plan, check};
use carve_tests::{
    balance, book, compactness, exact, filter, ids, leaf, node, rule, solve, territories, tier, with_attribute,
    with_measure,
};

fn seats(ids: &[&str]) -> Vec<SeatInput> {
    ids.iter().map(|id| SeatInput { seat_id: id.to_string(), ..SeatInput::default() }).collect()
}

fn house() -> SeatInput {
    SeatInput { seat_id: "house".into(), outside_balance: true, ..SeatInput::default() }
}

/// Seats with a house.
fn with_house(ids: &[&str]) -> Option<SplitInput> {
    let seats = seats(ids).into_iter().chain([house()]).collect();
    Some(SplitInput::Seats { max_children: 0, seats })
}

/// Accounts with this pipeline, shared among two seats exactly, beside a house that owns those named.
fn input(pipeline: &[i64], owned: &[usize]) -> Input {
    let mut book = with_measure(book(pipeline.len()), "open_pipeline", pipeline);
    owned.iter().for_each(|&a| book.current_owners[a] = "house".into());
    Input {
        book,
        split: with_house(&["v1", "v2"]),
        tiers: vec![tier(vec![balance("open_pipeline", 0.0)])],
        options: exact(),
        ..Input::default()
    }
}

fn bounds(node_ids: &[&str], min: Option<i64>, max: Option<i64>) -> RuleKindInput {
    let node_ids = node_ids.iter().map(ToString::to_string).collect();
    RuleKindInput::Bounds { accounts: None, node_ids, measure: String::new(), min, max }
}

fn at<'a>(plan: &'a Plan, id: &str) -> &'a NodeResult {
    plan.nodes.iter().find(|n| n.node_id == id).expect("the node is there")
}

fn amount(plan: &Plan, id: &str, measure: &str) -> (i64, f64) {
    let held = at(plan, id).measures.iter().find(|m| m.measure == measure).expect("the measure is there");
    (held.amount, held.target)
}

fn in_house(plan: &Plan) -> Vec<&str> {
    let inside = plan.assignments.iter().filter(|a| plan.nodes[a.territory].node_id == "house");
    inside.map(|a| a.account_id.as_str()).collect()
}

#[test]
fn house_accounts_stay_and_the_others_share_the_rest() {
    // 100 and 7 are the house's; of the other 20 each gets 10 exactly.
    let (_, plan) = solve(&input(&[100, 7, 4, 6, 3, 7], &[0, 1]));
    assert_eq!(in_house(&plan), ["a0", "a1"]);
    assert_eq!((plan.tiers[0].value, plan.termination.reason), (0.0, Reason::Optimal));
    for seat in ["v1", "v2"] {
        assert_eq!(amount(&plan, seat, "open_pipeline"), (10, 10.0));
        assert_eq!(at(&plan, seat).share, 0.5);
    }
    let house = at(&plan, "house");
    assert_eq!((house.share, house.level, house.outside_balance, house.moved_out), (0.0, 1, true, 0));
    assert_eq!(amount(&plan, "house", "open_pipeline"), (107, 0.0));
    assert_eq!(amount(&plan, "root", "open_pipeline"), (127, 127.0));
    assert_eq!(
        plan.summary,
        "All 2 territories are within their bands (all on target); house holds 2 accounts outside the balance."
    );
    // The largest is no whale where it is, and nobody's share is short of it.
    assert!(plan.whales.is_empty(), "{:?}", plan.whales);
}

#[test]
fn nothing_is_put_outside_for_the_sake_of_the_balance() {
    // The whale would do no harm in the house, and stays in the balance all the same: 90 of 100 at best.
    let (_, plan) = solve(&input(&[90, 1, 2, 3, 4], &[]));
    assert!(in_house(&plan).is_empty());
    assert_eq!(plan.whales.len(), 1);
    assert!((plan.tiers[0].value - 0.8).abs() < 1e-12 && plan.tiers[0].bound > 0.8 - 1e-9, "{:?}", plan.tiers[0]);
    // Who may go there by a restriction may.
    let mut open = input(&[90, 1, 2, 3, 4], &[]);
    let node_ids = ["v1", "v2", "house"].map(String::from).to_vec();
    open.rules = vec![rule("may", RuleKindInput::Restrict { accounts: ids(&["a0"]), node_ids })];
    let (_, plan) = solve(&open);
    // It does not lower the others' targets of 50, so it stays.
    assert_eq!(amount(&plan, "v1", "open_pipeline").1, 50.0);
    assert!(in_house(&plan).is_empty());
    assert!((plan.tiers[0].value - 0.8).abs() < 1e-12);
}

#[test]
fn a_pin_sends_there_and_a_forbid_keeps_out() {
    let mut ruled = input(&[5, 9, 4, 6, 3, 7], &[1]);
    let forbid = RuleKindInput::Forbid { accounts: ids(&["a1"]), node_ids: vec!["house".into()] };
    let pin = RuleKindInput::Pin { accounts: filter("open_pipeline == 5"), node_id: "house".into() };
    ruled.rules = vec![rule("out", forbid), rule("in", pin)];
    let (_, plan) = solve(&ruled);
    assert_eq!(in_house(&plan), ["a0"]);
    assert_eq!(amount(&plan, "v1", "open_pipeline").1, 14.5);
    let reason = plan.assignments[1].move_reason.as_ref().expect("it leaves the house");
    assert_eq!((reason.code, reason.detail.as_str()), (MoveCode::Rule, "rule out does not allow house"));
}

/// Two reps take at most 40 of 83 accounts each.
fn capped(rules: Vec<RuleInput>) -> Input {
    let mut book = book(83);
    let place =
        |a: u32| RawPlace { latitude: 40.0 + f64::from(a % 9) / 10.0, longitude: -74.0 - f64::from(a % 7) / 9.0 };
    book.places = (0..83).map(|a| Some(place(a))).collect();
    let tiers = vec![tier(vec![balance("account_count", 0.05)]), tier(vec![compactness(false)])];
    let rules = [vec![rule("cap", bounds(&[], None, Some(40)))], rules].concat();
    let options = OptionsInput { work_limit: 20_000, threads: 2, ..OptionsInput::default() };
    Input { book, split: with_house(&["v1", "v2"]), tiers, rules, options, ..Input::default() }
}

#[test]
fn what_is_left_over_goes_to_the_house_where_that_is_asked_for() {
    let (_, plan) = solve(&capped(vec![rule("rest", bounds(&["house"], Some(3), Some(3)))]));
    for seat in ["v1", "v2"] {
        assert_eq!(amount(&plan, seat, "account_count"), (40, 40.0));
    }
    assert_eq!(amount(&plan, "house", "account_count").0, 3);
    assert_eq!(plan.tiers[0].value, 0.0);
}

#[test]
fn left_overs_that_nobody_asks_for_are_a_conflict_that_says_how() {
    let (problem, mut plan) = solve(&capped(Vec::new()));
    let ended = &plan.termination;
    assert_eq!((ended.reason, &ended.conflicting_rule_ids[..]), (Reason::Infeasible, &["cap".to_string()][..]));
    let kinds: Vec<DefaultKind> = ended.conflicting_defaults.iter().map(|d| d.kind).collect();
    assert_eq!(kinds, [DefaultKind::Pools]);
    for part in ["2 x 40 = 80 accounts", "there are 83", "at house,", "bounds with a min and a max"] {
        assert!(ended.detail.contains(part), "{part} is not in {:?}", ended.detail);
    }
    plan.termination.conflicting_defaults.clear();
    assert!(!check(&problem, &plan).ok(), "the default that the proof needs is not named");
    // Without a cap that they break no default is named.
    let mut input = capped(vec![rule("most", bounds(&["v1"], Some(90), None))]);
    input.rules.remove(0);
    let (_, plan) = solve(&input);
    assert_eq!(plan.termination.reason, Reason::Infeasible);
    assert!(plan.termination.conflicting_defaults.is_empty(), "{:?}", plan.termination);
}

#[test]
fn where_everything_is_outside_nothing_is_left_to_balance() {
    let mut all = input(&[5, 9, 4], &[]);
    all.rules = vec![rule("all", RuleKindInput::Pin { accounts: filter("true"), node_id: "house".into() })];
    let (_, plan) = solve(&all);
    assert_eq!(in_house(&plan).len(), 3);
    assert_eq!((plan.tiers[0].value, plan.termination.reason), (0.0, Reason::Optimal));
    assert!(plan.summary.starts_with("0 accounts in 2 territories: nothing to balance"), "{}", plan.summary);
    // Of one measure there may be something left, of another nothing.
    let mut some = input(&[5, 0, 0], &[0]);
    some.tiers = vec![tier(vec![balance("open_pipeline", 0.0), balance("account_count", 0.0)])];
    let (_, plan) = solve(&some);
    assert_eq!(plan.tiers[0].value, 0.0);
    assert_eq!(amount(&plan, "v1", "account_count"), (1, 1.0));
}

#[test]
fn mix_shares_what_is_left_of_each_value() {
    let mut input = input(&[1; 7], &[0, 1, 2]);
    input.book = with_attribute(input.book, "role", &["h", "h", "h", "h", "h", "f", "f"]);
    let mix = carve_solver::input::BandInput { column: "role".into(), tolerance: Some(0.0), ..Default::default() };
    input.tiers = vec![tier(vec![Some(CriterionInput::Mix(mix))])];
    let (_, plan) = solve(&input);
    assert_eq!((plan.tiers[0].value, plan.tiers[0].criteria[0].worst_deviation), (0.0, 0.0));
}

#[test]
fn a_family_with_accounts_of_others_is_in_the_balance() {
    let mut mixed = input(&[5, 5, 5, 5], &[0]);
    mixed.book.current_owners[1..].fill("v1".into());
    mixed.book.parents[0] = "a1".into();
    let (_, plan) = solve(&mixed);
    assert!(in_house(&plan).is_empty());
    let reason = plan.assignments[0].move_reason.as_ref().expect("it leaves the house");
    assert_eq!(reason.code, MoveCode::Family, "{reason:?}");
    // One with accounts of nobody stays, and takes them along.
    mixed.book.current_owners[1].clear();
    let (_, plan) = solve(&mixed);
    assert_eq!(in_house(&plan), ["a0", "a1"]);
}

#[test]
fn those_outside_are_in_no_mean_distance() {
    let mut input = input(&[1, 1, 1, 1], &[0, 1]);
    let place = |latitude: f64| Some(RawPlace { latitude, longitude: -75.0 });
    input.book.places = vec![place(10.0), place(60.0), place(41.0), place(31.0)];
    if let Some(SplitInput::Seats { seats, .. }) = &mut input.split {
        (seats[0].home, seats[1].home) = (place(40.0), place(30.0));
    }
    input.tiers = vec![tier(vec![compactness(true)])];
    let (_, plan) = solve(&input);
    // One degree of latitude each.
    assert!((plan.tiers[0].value - 111.195).abs() < 0.001, "{}", plan.tiers[0].value);
    assert!((at(&plan, "v1").mean_distance_km - 111.195).abs() < 0.001);
}

#[test]
fn the_found_tree_is_that_of_the_others() {
    let ids: Vec<String> = (1..=17).map(|i| format!("amer-{i:02}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut input = Input {
        book: named_book(BookName::Amer17).book,
        split: Some(SplitInput::Seats { max_children: 0, seats: seats(&ids) }),
        options: OptionsInput { work_limit: 1, threads: 1, ..OptionsInput::default() },
        ..Input::default()
    };
    let shape = |plan: &Plan| -> Vec<(String, String, String)> {
        let others = plan.nodes.iter().filter(|n| !n.outside_balance);
        others.map(|n| (n.node_id.clone(), n.parent_node_id.clone(), format!("{:.12}", n.share))).collect()
    };
    let (_, without) = solve(&input);
    if let Some(SplitInput::Seats { seats, .. }) = &mut input.split {
        seats.insert(3, house());
    }
    let (_, with) = solve(&input);
    assert_eq!(shape(&with), shape(&without));
    let house = at(&with, "house");
    assert_eq!((house.parent_node_id.as_str(), house.level), (with.nodes[0].node_id.as_str(), 1));
    // A house beside a single seat: the one has all that the other leaves.
    let mut one = self::input(&[3, 4, 5], &[1]);
    one.split = with_house(&["v1"]);
    let (_, plan) = solve(&one);
    assert_eq!(amount(&plan, "v1", "open_pipeline"), (8, 8.0));
}

#[test]
fn more_leaves_than_one_model_holds_stand_beside_a_house() {
    let sides = (0..7)
        .map(|side| node(&format!("side{side}"), (0..10).map(|t| leaf(&format!("t{side}-{t}"), 1.0, None)).collect()));
    let pool = NodeInput { outside_balance: true, ..node("house", Vec::new()) };
    let split = SplitInput::Tree(node("root", sides.chain([pool]).collect()));
    let mut book = book(400);
    (0..50).for_each(|a| book.current_owners[a * 8] = "house".into());
    let options = OptionsInput { work_limit: 50_000, threads: 2, ..OptionsInput::default() };
    let tiers = vec![tier(vec![balance("account_count", 0.0)])];
    let (_, plan) = solve(&Input { book, split: Some(split), tiers, options, ..Input::default() });
    assert_eq!(in_house(&plan).len(), 50);
    assert_eq!((plan.tiers[0].value, amount(&plan, "t3-4", "account_count")), (0.0, (5, 5.0)));
}

#[test]
fn two_pools_each_keep_their_own() {
    let mut two = input(&[9, 8, 2, 2, 5], &[0]);
    if let Some(SplitInput::Seats { seats, .. }) = &mut two.split {
        seats.push(SeatInput { seat_id: "partner".into(), ..house() });
    }
    two.book.current_owners[1] = "partner".into();
    two.rules = vec![rule("partners", RuleKindInput::Pin { accounts: ids(&["a4"]), node_id: "partner".into() })];
    let (_, plan) = solve(&two);
    assert_eq!(territories(&plan)[..2], ["house", "partner"]);
    assert_eq!((amount(&plan, "partner", "open_pipeline").0, amount(&plan, "v1", "open_pipeline").1), (13, 2.0));
    assert!(plan.summary.ends_with("; house, partner hold 3 accounts outside the balance."), "{}", plan.summary);
}

type Tamper = (&'static str, fn(&mut Plan));

const TAMPERS: &[Tamper] = &[
    ("a share", |p| p.nodes[3].share = 0.1),
    ("a target", |p| p.nodes[3].measures[1].target = 1.0),
    ("the root's target", |p| p.nodes[0].measures[1].target = 20.0),
    ("in the balance", |p| p.nodes[3].outside_balance = false),
    ("a territory outside it", |p| p.nodes[1].outside_balance = true),
    ("another number of accounts", |p| p.summary = p.summary.replace("2 accounts", "3 accounts")),
    ("no word of it", |p| p.summary = p.summary.replace("; house holds 2 accounts outside the balance", "")),
];

#[test]
fn the_checker_finds_what_is_altered() {
    let (problem, plan) = solve(&input(&[100, 7, 4, 6, 3, 7], &[0, 1]));
    for (what, tamper) in TAMPERS {
        let mut altered = plan.clone();
        tamper(&mut altered);
        assert_ne!(altered, plan, "{what}");
        assert!(!check(&problem, &altered).ok(), "{what} is not found");
    }
}

#[test]
fn an_assignment_that_moves_accounts_out_or_in_is_refused() {
    let (problem, plan) = solve(&input(&[100, 7, 4, 6, 3, 7], &[0, 1]));
    let leaf_of: Vec<usize> =
        plan.assignments.iter().map(|a| problem.leaf(&plan.nodes[a.territory].node_id).expect("a leaf")).collect();
    let found = |account: usize, to: &str| {
        let mut leaf_of = leaf_of.clone();
        leaf_of[account] = problem.leaf(to).expect("a leaf");
        carve_solver::evaluate(&problem, &leaf_of, &[]).check.faults
    };
    assert!(carve_solver::evaluate(&problem, &leaf_of, &[]).check.ok());
    assert_eq!(found(2, "house"), ["account \"a2\" is outside the balance, at house, and no rule lets it"]);
    assert_eq!(found(0, "v1"), ["account \"a0\" is at v1, and no rule takes it out of its pool"]);
}
