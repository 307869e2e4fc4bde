//! Seats whose tree is found and whose territories are matched to who owns the accounts.

use carve_datasets::books::{BookName, named_book};
use carve_solver::Plan;
use carve_solver::input::{CriterionInput, Input, OptionsInput, RawPlace, RuleKindInput, SeatInput, SplitInput};
use carve_solver::plan::MoveCode;
use carve_solver::plan::Reason;
use carve_tests::{balance, book, exact, ids, rule, solve, territories, tier};

const TOWNS: [(f64, f64); 3] = [(40.7, -74.0), (34.1, -118.2), (29.8, -95.4)];

fn seats(count: usize) -> Vec<SeatInput> {
    (0..count).map(|i| SeatInput { seat_id: format!("s{i}"), ..SeatInput::default() }).collect()
}

fn over(seats: Vec<SeatInput>) -> Option<SplitInput> {
    Some(SplitInput::Seats { max_children: 0, seats })
}

/// Three families of four; family i is that of accounts 4i to 4i + 3 and owned by seat `owners[i]`. Nothing asks for
/// continuity.
fn families(owners: [&str; 3]) -> Input {
    let mut input = Input {
        book: book(12),
        split: over(seats(3)),
        tiers: vec![tier(vec![balance("account_count", 0.0)])],
        options: exact(),
        ..Input::default()
    };
    for a in 0..12 {
        input.book.current_owners[a] = owners[a / 4].into();
        if a % 4 > 0 {
            input.book.parents[a] = format!("a{}", a / 4 * 4);
        }
    }
    input
}

fn moved(plan: &Plan) -> usize {
    plan.assignments.iter().filter(|a| a.moved).count()
}

#[test]
fn owners_keep_the_territories_that_are_theirs() {
    // One family a seat is the only balance; which seat gets which is free, so nobody loses any.
    for owners in [["s0", "s1", "s2"], ["s2", "s0", "s1"], ["s1", "s0", "s2"], ["s2", "s1", "s0"]] {
        let (_, plan) = solve(&families(owners));
        assert_eq!(moved(&plan), 0, "{owners:?}: {:?}", territories(&plan));
        assert_eq!(plan.termination.reason, Reason::Optimal);
    }
}

#[test]
fn of_two_owners_in_one_territory_the_larger_keeps_it() {
    // Family 0 is three accounts of s2 and one of s1, family 1 two of s1 and two of s0, family 2 all of s0:
    // s2, s1 and s0 in this order keep 3 + 2 + 4 of 12.
    let mut input = families(["s2", "s1", "s0"]);
    input.book.current_owners[3] = "s1".into();
    input.book.current_owners[6] = "s0".into();
    input.book.current_owners[7] = "s0".into();
    let (_, plan) = solve(&input);
    assert_eq!(moved(&plan), 3, "{:?}", territories(&plan));
}

#[test]
fn a_seat_that_something_tells_apart_keeps_its_name() {
    // A rule puts family 0 into s0, so its owner s1 cannot have it; s1 and s2 are still free, and s2 keeps family 2.
    let mut input = families(["s1", "s0", "s2"]);
    input.rules = vec![rule("stay", RuleKindInput::Pin { accounts: ids(&["a0"]), node_id: "s0".into() })];
    let (_, plan) = solve(&input);
    assert_eq!(territories(&plan)[0], "s0");
    assert_eq!(moved(&plan), 8);
    // Twice the share is another territory: eight accounts of s0 go to s2, whose share is 2.
    let mut input = families(["s0", "s0", "s1"]);
    if let Some(SplitInput::Seats { seats, .. }) = &mut input.split {
        seats.remove(1);
        seats[1].share = Some(2.0);
    }
    input.book.current_owners[8..].fill("s2".into());
    let (_, plan) = solve(&input);
    assert_eq!(plan.tiers[0].value, 0.0);
    assert_eq!(plan.nodes.iter().map(|n| n.measures[0].amount).collect::<Vec<i64>>(), [12, 4, 8]);
}

#[test]
fn towns_go_to_their_owners_where_only_balance_and_compactness_are_asked_for() {
    for owners in [["s2", "s0", "s1"], ["s1", "s0", "s2"]] {
        let mut input = families(owners);
        for a in 0..12 {
            let (latitude, longitude) = TOWNS[a / 4];
            input.book.places[a] = Some(RawPlace { latitude, longitude });
        }
        input.tiers.push(tier(vec![Some(CriterionInput::Compactness {
            distance: false,
            weight: None,
            level_weights: Vec::new(),
        })]));
        let (_, plan) = solve(&input);
        assert_eq!(moved(&plan), 0, "{owners:?}: {:?}", territories(&plan));
        assert!(plan.tiers[1].value < 1e-6);
    }
}

#[test]
fn shuffled_seats_keep_most_of_their_accounts() {
    // amer-17 with fifteen equal seats, none with a home, in an order that has nothing to do with the map: an account
    // in seven is a stray and the fullest book is three times too full, so three in four is about all that can stay.
    let mut book = named_book(BookName::Amer17).book;
    let shuffled = |owner: &str| {
        let number: usize = owner.trim_start_matches("amer-").parse().expect("a number");
        format!("s{}", (number * 7) % 15)
    };
    book.current_owners.iter_mut().for_each(|owner| *owner = shuffled(owner));
    let compactness = CriterionInput::Compactness { distance: false, weight: None, level_weights: Vec::new() };
    let input = Input {
        book,
        split: over(seats(15)),
        tiers: vec![tier(vec![balance("account_count", 0.05)]), tier(vec![Some(compactness)])],
        options: OptionsInput { work_limit: 300_000, threads: 2, ..OptionsInput::default() },
        ..Input::default()
    };
    let (_, plan) = solve(&input);
    let kept = plan.assignments.len() - moved(&plan);
    assert!(kept * 2 > plan.assignments.len(), "{kept} of {}", plan.assignments.len());
}

#[test]
fn when_a_seller_leaves_only_those_accounts_are_free_unless_balance_needs_more() {
    // Sixteen accounts of four seats, four each; s3 leaves. Three seats hold 16 ÷ 3 ± 20 % each, 5 or 6: their own four
    // and one or two of s3's, so nobody else moves.
    let mut input = Input {
        book: book(16),
        split: over(seats(3)),
        tiers: vec![
            tier(vec![balance("account_count", 0.2)]),
            tier(vec![Some(CriterionInput::Continuity { measure: String::new(), weight: None })]),
        ],
        options: exact(),
        ..Input::default()
    };
    (0..16).for_each(|a| input.book.current_owners[a] = format!("s{}", a % 4));
    let (problem, plan) = solve(&input);
    let left = |a: &&carve_solver::plan::Assignment| &*a.current_owner == "s3";
    assert!(plan.assignments.iter().all(|a| a.moved == left(&a)), "{:?}", territories(&plan));
    let reasons = plan.assignments.iter().filter(left).filter_map(|a| a.move_reason.as_ref());
    assert_eq!(reasons.filter(|r| r.code == MoveCode::OwnerLeft).count(), 4);
    assert_eq!((plan.tiers[0].value, plan.tiers[1].value), (0.0, 0.0));
    let counted = problem
        .findings()
        .iter()
        .any(|f| f.message.starts_with("4 accounts") && f.message.contains("they are free to move"));
    assert!(counted, "{:?}", problem.findings());
}
