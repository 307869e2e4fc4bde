//! Why accounts leave their owners, each reason worked out by hand. Most plans are made by hand too and only valued.

use carve_solver::input::{BandInput, CriterionInput, Input, RawPlace, RuleKindInput, SplitInput, TierInput};
use carve_solver::plan::{MoveCode, MoveReason};
use carve_solver::{Problem, evaluate};
use carve_tests::{balance, book, exact, flat, ids, leaf, node, rule, solve, tier, with_attribute, with_measure};

/// Accounts of these pipelines and owners for leaves t0, t1, … of one share.
fn owned(amounts: &[i64], owners: &[&str], leaves: usize) -> Input {
    let mut book = with_measure(book(amounts.len()), "open_pipeline", amounts);
    book.current_owners = owners.iter().map(|o| o.to_string()).collect();
    Input {
        book,
        split: Some(flat(&vec![1.0; leaves])),
        tiers: vec![tier(vec![balance("open_pipeline", 0.05)]), continuity("")],
        options: exact(),
        ..Input::default()
    }
}

fn continuity(measure: &str) -> TierInput {
    tier(vec![Some(CriterionInput::Continuity { measure: measure.into(), weight: None })])
}

/// The reason of account `account` in the plan that puts accounts into these leaves.
fn why(input: &Input, leaf_of: &[usize], account: usize) -> (MoveCode, String) {
    let problem = Problem::new(input).expect("sound");
    let plan = evaluate(&problem, leaf_of, &[]);
    let MoveReason { code, detail } = plan.assignments[account].move_reason.clone().expect("it moves");
    (code, detail)
}

fn says(found: (MoveCode, String), code: MoveCode, detail: &str) {
    assert_eq!((found.0, found.1.as_str()), (code, detail));
}

#[test]
fn who_stays_or_had_no_owner_has_no_reason() {
    let input = owned(&[10, 10, 10, 10], &["t0", "", "t1", ""], 2);
    let (_, plan) = solve(&input);
    assert!(plan.assignments.iter().all(|a| !a.moved && a.move_reason.is_none()), "{:?}", plan.assignments);
}

#[test]
fn an_owner_who_left() {
    let input = owned(&[10, 10], &["gone", "t1"], 2);
    says(why(&input, &[0, 1], 0), MoveCode::OwnerLeft, "its owner gone is no territory of this plan");
}

#[test]
fn a_rule_that_forbids_the_owner() {
    let mut input = owned(&[10, 10], &["t0", "t0"], 2);
    let away = RuleKindInput::Forbid { accounts: ids(&["a0"]), node_ids: vec!["t0".into()] };
    input.rules = vec![rule("away", away)];
    says(why(&input, &[1, 0], 0), MoveCode::Rule, "rule away does not allow t0");
    let only = |to: &str| RuleKindInput::Restrict { accounts: ids(&["a0"]), node_ids: vec![to.into()] };
    input.rules = vec![rule("only", only("t1"))];
    says(why(&input, &[1, 0], 0), MoveCode::Rule, "rule only does not allow t0");
    // With bounds it is what the territory would hold: two of at most one.
    let one = RuleKindInput::Bounds {
        accounts: None,
        node_ids: vec!["t0".into()],
        measure: String::new(),
        min: None,
        max: Some(1),
    };
    input.rules = vec![rule("one", one)];
    says(why(&input, &[1, 0], 0), MoveCode::Rule, "rule one allows t0 at most 1, staying would make it 2");
}

#[test]
fn a_band_that_staying_would_pass() {
    // 40 in two halves of 20; with a1 back, t0 holds 30 of 20: +50 %.
    let input = owned(&[10, 10, 10, 10], &["t0"; 4], 2);
    let (_, plan) = solve(&input);
    let moved: Vec<&MoveReason> = plan.assignments.iter().filter_map(|a| a.move_reason.as_ref()).collect();
    assert_eq!(moved.len(), 2);
    let detail = "staying would put t0's open_pipeline at +50.0 % (band 5 %)";
    assert!(moved.iter().all(|r| r.code == MoveCode::Balance && r.detail == detail), "{moved:?}");
    // Where t1 would lack more than t0 would have too much, t1 is named: 30 + 10 of 60 : 20 at shares 3 : 1.
    let mut input = owned(&[60, 20], &["t0", "t0"], 2);
    input.split = Some(flat(&[3.0, 1.0]));
    says(why(&input, &[0, 1], 1), MoveCode::Balance, "staying would put t1's open_pipeline at -100.0 % (band 5 %)");
}

#[test]
fn a_level_above_counts_too() {
    // Sides of 20; e1 owns a2 in the west. Bands of leaves are wide, those of sides are not.
    let mut input = owned(&[10, 10, 10, 10], &["e1", "e2", "e1", "w2"], 2);
    let side = |id: &str, a: &str, b: &str| node(id, vec![leaf(a, 1.0, None), leaf(b, 1.0, None)]);
    input.split = Some(SplitInput::Tree(node("root", vec![side("east", "e1", "e2"), side("west", "w1", "w2")])));
    let level = |tolerance: f64| carve_solver::input::LevelInput { tolerance: Some(tolerance), weight: None };
    let band =
        BandInput { column: "open_pipeline".into(), levels: vec![level(0.1), level(9.0)], ..BandInput::default() };
    input.tiers[0] = tier(vec![Some(CriterionInput::Balance(band))]);
    says(
        why(&input, &[0, 1, 2, 3], 2),
        MoveCode::Balance,
        "staying would put east's open_pipeline at +50.0 % (band 10 %)",
    );
}

#[test]
fn a_mix_that_staying_would_worsen() {
    // Two hunters of t0's, one for each; with a1 back t0 has both: +100 %.
    let mut input = owned(&[10, 10, 10, 10], &["t0", "t0", "t1", "t1"], 2);
    input.book = with_attribute(input.book, "role", &["hunter", "hunter", "farmer", "farmer"]);
    let mix = BandInput { column: "role".into(), tolerance: Some(0.1), ..BandInput::default() };
    input.tiers[0] = tier(vec![Some(CriterionInput::Mix(mix))]);
    says(
        why(&input, &[0, 1, 0, 1], 1),
        MoveCode::Priority,
        "staying would worsen mix role: t0's role=hunter at +100.0 % (band 10 %)",
    );
}

#[test]
fn a_family_whose_others_stay() {
    let mut input = owned(&[10, 10, 10, 30], &["t0", "t1", "t1", "t0"], 2);
    input.book.parents[1] = "a0".into();
    input.book.parents[2] = "a0".into();
    let (_, plan) = solve(&input);
    let reason = plan.assignments[0].move_reason.clone().expect("the family is t1's by two to one");
    assert_eq!((reason.code, reason.detail.as_str()), (MoveCode::Family, "moves with a1 and 1 more, of t1"));
}

#[test]
fn distance_where_continuity_is_lower_or_not_asked_for() {
    // One degree of longitude on the equator is 111.195 km; a0 lies at t1's anchor, two degrees from t0's.
    let mut input = owned(&[10, 10], &["t0", "t1"], 2);
    let place = |longitude: f64| Some(RawPlace { latitude: 0.0, longitude });
    input.book.places = vec![place(2.0), place(2.0)];
    let leaves = vec![leaf("t0", 1.0, Some((0.0, 0.0))), leaf("t1", 1.0, Some((0.0, 2.0)))];
    input.split = Some(SplitInput::Tree(node("root", leaves)));
    let compactness =
        |distance| tier(vec![Some(CriterionInput::Compactness { distance, weight: None, level_weights: Vec::new() })]);
    input.tiers = vec![compactness(true), continuity("")];
    says(
        why(&input, &[1, 1], 0),
        MoveCode::Compactness,
        "staying with t0 would be 222 km more to its anchor; continuity is lower priority",
    );
    input.tiers = vec![compactness(false)];
    says(
        why(&input, &[1, 1], 0),
        MoveCode::Compactness,
        "staying with t0 would be 49457 km2 more, in squared distance to its anchor; nothing asks for continuity",
    );
    // Continuity first: staying would be better, unless it gives back what the move takes.
    input.tiers = vec![continuity(""), compactness(true)];
    says(
        why(&input, &[1, 1], 0),
        MoveCode::Unforced,
        "staying alone would be better; the search ended before it was found",
    );
    input.tiers[0].give_back_absolute = 0.5;
    says(
        why(&input, &[1, 1], 0),
        MoveCode::Compactness,
        "staying with t0 would be 222 km more to its anchor; what continuity gives back pays for it",
    );
}

#[test]
fn a_move_that_nothing_asks_for() {
    let mut input = owned(&[10, 10, 10, 10], &["t0", "t0", "t1", "t1"], 2);
    input.tiers = vec![tier(vec![balance("open_pipeline", 2.0)])];
    says(
        why(&input, &[1, 0, 0, 1], 0),
        MoveCode::Unforced,
        "staying alone would cost nothing; no priority of the plan asks for it",
    );
}

#[test]
fn of_an_owners_many_leaves_the_best_counts() {
    // Stages of two and four: a0 of s2-1 could go to s4-1, which holds 20 already, or to s4-2, which holds 10.
    let mut input = owned(&[10, 20, 10, 10, 10], &["s2-1", "", "", "", ""], 2);
    input.split = Some(SplitInput::Stages { counts: vec![2, 4], current: 2 });
    // 60 in all: 15 a leaf. In s4-2 it would be 20, +33.3 %; s2-1 would hold 40 of 30, the same; s4-3 without it 0.
    says(
        why(&input, &[2, 0, 1, 3, 3], 0),
        MoveCode::Balance,
        "staying would put s4-3's open_pipeline at -100.0 % (band 5 %)",
    );
}
