//! The independent checker refuses a plan in which any one thing was altered.

use carve_solver::certificate::{Branch, Price, RowOf, RowReference};
use carve_solver::input::{CriterionInput, Input, RawPlace, RuleKindInput, SeatInput, SplitInput};
use carve_solver::plan::{MoveCode, MoveReason, SeatResult, StageResult};
use carve_solver::space::Point;
use carve_solver::{Plan, Problem, check, evaluate};
use carve_tests::{balance, book, exact, ids, leaf, node, rule, solve, tier, with_measure};

/// Two sides with two leaves each: owners, places, a family, a pin and a rule of bounds, three tiers.
fn input() -> Input {
    let mut book = with_measure(book(10), "open_pipeline", &[31, 12, 47, 5, 22, 18, 9, 40, 27, 14]);
    let place =
        |i: u32| RawPlace { latitude: 30.0 + f64::from(i * 7 % 15), longitude: -120.0 + f64::from(i * 11 % 50) };
    book.places = (0..10).map(|i| Some(place(i))).collect();
    book.current_owners = (0..10).map(|i| format!("{}{}", ["e", "w"][i / 5], 1 + i % 2)).collect();
    book.parents[4] = "a3".into();
    let side = |id: &str, a: (&str, f64, f64), b: (&str, f64, f64)| {
        node(id, vec![leaf(a.0, 1.0, Some((a.1, a.2))), leaf(b.0, 1.0, Some((b.1, b.2)))])
    };
    let east = side("east", ("e1", 40.7, -74.0), ("e2", 33.7, -84.4));
    let west = side("west", ("w1", 34.1, -118.2), ("w2", 47.6, -122.3));
    let kept = RuleKindInput::Pin { accounts: ids(&["a0"]), node_id: "w2".into() };
    let few = RuleKindInput::Bounds {
        accounts: None,
        node_ids: Vec::new(),
        measure: String::new(),
        min: Some(2),
        max: Some(3),
    };
    Input {
        book,
        split: Some(SplitInput::Tree(node("root", vec![east, west]))),
        tiers: vec![
            tier(vec![balance("open_pipeline", 0.05)]),
            tier(vec![Some(CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None })]),
            tier(vec![Some(CriterionInput::Compactness { distance: true, weight: None, level_weights: Vec::new() })]),
        ],
        rules: vec![rule("kept", kept), rule("few", few)],
        options: exact(),
        ..Input::default()
    }
}

/// A leaf other than the account's, with its path.
fn elsewhere(plan: &Plan, account: usize) -> Vec<usize> {
    let now = &plan.assignments[account].path;
    plan.assignments.iter().map(|a| &a.path).find(|p| *p != now).expect("there is another leaf").clone()
}

type Tamper = (&'static str, fn(&mut Plan));

const TAMPERS: &[Tamper] = &[
    ("an account in another leaf", |p| {
        let path = elsewhere(p, 1);
        p.assignments[1].territory = path[1];
        p.assignments[1].path = path;
    }),
    ("a path without its leaf", |p| p.assignments[1].path.truncate(1)),
    ("an empty path", |p| p.assignments[1].path.clear()),
    ("a path with the root", |p| p.assignments[1].path.insert(0, 0)),
    ("a path through a node that is not there", |p| p.assignments[1].path[0] = 99),
    ("a path through another side", |p| p.assignments[1].path[0] = elsewhere_side(p)),
    ("another territory than its leaf", |p| p.assignments[1].territory = elsewhere(p, 1)[1]),
    ("an account assigned twice", |p| p.assignments[1] = p.assignments[0].clone()),
    ("an account too many", |p| p.assignments.push(p.assignments[0].clone())),
    ("an account missing", |p| {
        p.assignments.pop();
    }),
    ("no assignments", |p| p.assignments.clear()),
    ("accounts in another order", |p| p.assignments.swap(1, 2)),
    ("an account of another name", |p| p.assignments[1].account_id = "a1 ".into()),
    ("a moved flag", |p| p.assignments[1].moved ^= true),
    ("another owner", |p| p.assignments[1].current_owner = "e2 ".into()),
    ("nodes in another order", |p| p.nodes.swap(2, 3)),
    ("a node missing", |p| {
        p.nodes.pop();
    }),
    ("a node of another name", |p| p.nodes[2].node_id = "e9".into()),
    ("an amount", |p| p.nodes[2].measures[1].amount += 1),
    ("the amounts of a leaf, its side and the root", |p| {
        for n in [0, 1, 2] {
            p.nodes[n].measures[1].amount += 1;
        }
    }),
    ("a target", |p| p.nodes[2].measures[1].target += 0.001),
    ("a deviation", |p| p.nodes[2].measures[1].deviation += 0.0001),
    ("a deviation that is no number", |p| p.nodes[2].measures[1].deviation = f64::NAN),
    ("accounts that came", |p| p.nodes[2].moved_in += 1),
    ("accounts that left", |p| p.nodes[2].moved_out += 1),
    ("a given anchor", |p| p.nodes[2].anchor = Point::new(40.8, -74.0)),
    ("an anchor missing", |p| p.nodes[2].anchor = None),
    ("the value of a criterion", |p| p.tiers[0].criteria[0].value += 0.001),
    ("a value", |p| p.tiers[2].value *= 1.000_001),
    ("a lower value", |p| p.tiers[2].value *= 0.999),
    ("a value that is no number", |p| p.tiers[2].value = f64::NAN),
    ("a limit", |p| p.tiers[1].limit += 0.01),
    ("a gap", |p| p.tiers[2].gap += 0.001),
    ("a bound above the value", |p| {
        p.tiers[2].bound = p.tiers[2].value * 1.01;
        p.tiers[2].gap = (p.tiers[2].value - p.tiers[2].bound) / p.tiers[2].value;
    }),
    ("a bound that is no number", |p| p.tiers[2].bound = f64::NAN),
    ("a criterion missing", |p| p.tiers[0].criteria.clear()),
    ("a tier missing", |p| {
        p.tiers.pop();
    }),
    ("a bound above its certificate's proof", |p| p.certificate.tiers[2].bound = 1e6),
    ("a certificate's bound by a hair", |p| {
        let bound = &mut p.certificate.tiers[2].bound;
        *bound += 1e-4 * bound.abs();
    }),
    ("a certificate's bound that is no number", |p| p.certificate.tiers[2].bound = f64::NAN),
    ("prices forgotten", |p| {
        p.certificate.tiers[2].prices.clear();
        p.certificate.tiers[2].tier_prices.fill(0.0);
        p.certificate.tiers[2].price_sets.clear();
    }),
    ("a price of a row that is not there", |p| {
        let row = RowOf::Band { tier: 9, criterion: 0, part: 0 };
        let price = Price { row: RowReference { row, node_id: "e1".into() }, price: 0.0 };
        p.certificate.tiers[2].prices.push(price);
    }),
    ("an earlier tier held below what it has", |p| p.certificate.tiers[2].tier_limits[1] -= 0.5),
    ("the limits of earlier tiers missing", |p| p.certificate.tiers[2].tier_limits.clear()),
    ("a limit without end", |p| p.certificate.tiers[2].tier_limits[0] = f64::INFINITY),
    ("the certificate missing", |p| p.certificate.tiers.clear()),
    ("the certificate of a tier missing", |p| {
        p.certificate.tiers.pop();
    }),
    ("the measures of a leaf missing", |p| p.nodes[2].measures.clear()),
    ("the measures of every node missing", |p| p.nodes.iter_mut().for_each(|n| n.measures.clear())),
    ("a measure of another name", |p| p.nodes[2].measures[1].measure = "closed_won".into()),
    ("a share", |p| p.nodes[2].share *= 2.0),
    ("a level", |p| p.nodes[2].level += 1),
    ("a parent", |p| p.nodes[2].parent_node_id = "west".into()),
    ("a move without a reason", |p| {
        p.assignments.iter_mut().find(|a| a.moved).expect("an account moves").move_reason = None;
    }),
    ("a reason without a move", |p| {
        let reason = MoveReason { code: MoveCode::Balance, detail: String::new() };
        p.assignments.iter_mut().find(|a| !a.moved).expect("an account stays").move_reason = Some(reason);
    }),
    ("an owner said to have left", |p| {
        let moved = p.assignments.iter_mut().find(|a| a.moved).expect("an account moves");
        moved.move_reason = Some(MoveReason { code: MoveCode::OwnerLeft, detail: String::new() });
    }),
    ("a territory flag", |p| p.nodes[2].territory ^= true),
    ("a worst deviation", |p| p.tiers[0].criteria[0].worst_deviation += 1e-6),
    ("no worst deviation", |p| p.tiers[0].criteria[0].worst_deviation = 0.0),
    ("a worst deviation that is no number", |p| p.tiers[0].criteria[0].worst_deviation = f64::NAN),
    ("a worst deviation of a criterion without bands", |p| p.tiers[1].criteria[0].worst_deviation = 0.1),
    ("another worst node", |p| {
        let now = &mut p.tiers[0].criteria[0].worst_node_id;
        *now = p.nodes.iter().map(|n| &n.node_id).find(|id| *id != now).expect("there is another node").clone();
    }),
    ("a worst node that is not there", |p| p.tiers[0].criteria[0].worst_node_id = "e9".into()),
    ("no worst node", |p| p.tiers[0].criteria[0].worst_node_id.clear()),
    ("the mean distance of a leaf", |p| p.nodes[2].mean_distance_km += 0.001),
    ("the mean distance of the root", |p| p.nodes[0].mean_distance_km *= 1.001),
    ("a mean distance that is no number", |p| p.nodes[1].mean_distance_km = f64::NAN),
    ("the centre of a side", |p| p.nodes[1].anchor = p.nodes[4].anchor),
    ("a side without a centre", |p| p.nodes[1].anchor = None),
    ("whether an anchor was found", |p| p.nodes[2].anchor_found ^= true),
    ("a seat where there is none", |p| {
        p.nodes[2].seat = Some(SeatResult::default());
    }),
    ("a stage where there is none", |p| {
        p.stages.push(StageResult {
            count: 2,
            level: 1,
            current: true,
            deviations: vec![],
            mean_distance_km: 0.0,
            mean_squared_distance_km2: 0.0,
            split_days: vec![],
            nesting: None,
        });
    }),
    ("a criterion too many", |p| {
        let criterion = p.tiers[0].criteria[0].clone();
        p.tiers[0].criteria.push(criterion);
    }),
];

const STAGE_TAMPERS: &[Tamper] = &[
    ("a stage missing", |p| {
        p.stages.pop();
    }),
    ("the count of a stage", |p| p.stages[1].count += 1),
    ("the level of a stage", |p| p.stages[1].level = 1),
    ("the stage in force", |p| p.stages.iter_mut().for_each(|s| s.current ^= true)),
    ("the worst deviation of a stage", |p| p.stages[1].deviations[1].worst_deviation *= 0.999),
    ("a measure of a stage", |p| p.stages[1].deviations[1].measure = "closed_won".into()),
    ("the measures of a stage missing", |p| p.stages[0].deviations.clear()),
    ("the bound of a worst deviation above it", |p| {
        let deviation = &mut p.stages[1].deviations[1];
        deviation.worst_deviation_bound = 1.001 * deviation.worst_deviation + 0.001;
    }),
    ("the bound of a worst deviation that is no number", |p| {
        p.stages[1].deviations[1].worst_deviation_bound = f64::NAN;
    }),
    ("the mean squared distance of a stage", |p| p.stages[1].mean_squared_distance_km2 *= 1.001),
    ("the mean distance of the first stage", |p| p.stages[0].mean_distance_km += 0.001),
    ("the mean distance of the last stage", |p| p.stages[1].mean_distance_km -= 0.001),
];

/// Of stages of two and four territories, the second still to come.
const SPLIT_TAMPERS: &[Tamper] = &[
    ("a split missing", |p| {
        p.stages[1].split_days.pop();
    }),
    ("a split twice", |p| p.stages[1].split_days[1] = p.stages[1].split_days[0].clone()),
    ("splits in another order", |p| p.stages[1].split_days.swap(0, 1)),
    ("a split of today's stage", |p| p.stages[0].split_days = p.stages[1].split_days.clone()),
    ("another child kept", |p| p.stages[1].split_days[0].kept_node_id = "s4-2".into()),
    ("a child of another node kept", |p| p.stages[1].split_days[0].kept_node_id = "s4-3".into()),
    ("a kept child that is not there", |p| p.stages[1].split_days[0].kept_node_id.clear()),
    ("an amount kept", |p| p.stages[1].split_days[0].measures[1].amount += 1),
    ("a share kept", |p| p.stages[1].split_days[0].measures[1].share *= 1.001),
    ("a share kept that is no number", |p| p.stages[1].split_days[0].measures[0].share = f64::NAN),
    ("a measure kept of another name", |p| p.stages[1].split_days[0].measures[1].measure = "closed_won".into()),
    ("the measures kept missing", |p| p.stages[1].split_days[0].measures.clear()),
    ("an account that the incumbent must keep given away", |p| {
        let other = p.nodes.iter().position(|n| n.node_id == "s4-2").expect("the node is there");
        p.assignments.iter_mut().filter(|a| p.nodes[a.path[1]].node_id == "s4-1").for_each(|a| a.path[1] = other);
    }),
];

#[test]
fn every_alteration_of_a_split_is_refused() {
    let tiers = vec![
        tier(vec![balance("open_pipeline", 0.5)]),
        tier(vec![Some(CriterionInput::Incumbent { measure: "open_pipeline".into(), weight: None })]),
    ];
    let split = Some(SplitInput::Stages { counts: vec![2, 4], current: 2 });
    let keep = RuleKindInput::Keep {
        measure: "open_pipeline".into(),
        min_share: Some(0.55),
        max_share: Some(0.7),
        node_ids: Vec::new(),
    };
    let mut input = Input { split, tiers, rules: vec![rule("stay", keep)], ..input() };
    input.book.current_owners.fill(String::new());
    let (problem, plan) = solve(&input);
    let accepted: Vec<&str> =
        SPLIT_TAMPERS.iter().filter(|(_, t)| !refused(&problem, &plan, *t)).map(|(n, _)| *n).collect();
    assert!(accepted.is_empty(), "the checker takes these: {accepted:#?}");
    // A consistent plan that breaks the rule is refused by its name.
    let leaf = |id: &str| problem.leaf(id).expect("it is a leaf");
    let anchors = vec![None; problem.node_count()];
    let faults = |id: &str| {
        let leaf_of = vec![leaf(id); problem.account_count()];
        evaluate(&problem, &leaf_of, &anchors).check.faults.join("\n")
    };
    assert!(faults("s4-1").contains("\"stay\""), "above the most: {}", faults("s4-1"));
    assert!(faults("s4-2").contains("\"stay\""), "below the least: {}", faults("s4-2"));
}

/// Of three seats, the third covered by the first.
const COVER_TAMPERS: &[Tamper] = &[
    ("a covering seat missing", |p| p.covers.clear()),
    ("a covering seat twice", |p| p.covers.push(p.covers[0].clone())),
    ("another covering seat", |p| p.covers[0].seat_id = "s2".into()),
    ("another covered seat", |p| p.covers[0].covered_seat_ids = vec!["s2".into()]),
    ("a covered seat missing", |p| p.covers[0].covered_seat_ids.clear()),
    ("an amount", |p| p.covers[0].measures[1].amount += 1),
    ("a target", |p| p.covers[0].measures[1].target *= 1.001),
    ("a deviation", |p| p.covers[0].measures[1].deviation += 0.0001),
    ("a deviation that is no number", |p| p.covers[0].measures[0].deviation = f64::NAN),
    ("the measures missing", |p| p.covers[0].measures.clear()),
];

#[test]
fn every_alteration_of_a_cover_is_refused() {
    let seat = |id: &str| SeatInput { seat_id: id.into(), ..SeatInput::default() };
    let hire = SeatInput { to_be_hired: true, ramp: Some(0.5), covering_seat_id: "s1".into(), ..seat("s3") };
    let split = Some(SplitInput::Seats { max_children: 0, seats: vec![seat("s1"), seat("s2"), hire] });
    let limit = RuleKindInput::CoverLimit {
        measure: "open_pipeline".into(),
        max: None,
        max_share_of_target: Some(1.4),
        seat_ids: Vec::new(),
    };
    let tiers = vec![tier(vec![balance("open_pipeline", 0.05)])];
    let mut input = Input { split, tiers, rules: vec![rule("load", limit)], ..input() };
    input.book.current_owners.fill(String::new());
    let (problem, plan) = solve(&input);
    let accepted: Vec<&str> =
        COVER_TAMPERS.iter().filter(|(_, t)| !refused(&problem, &plan, *t)).map(|(n, _)| *n).collect();
    assert!(accepted.is_empty(), "the checker takes these: {accepted:#?}");
    let leaf_of = vec![problem.leaf("s3").expect("it is a leaf"); problem.account_count()];
    let faults = evaluate(&problem, &leaf_of, &vec![None; problem.node_count()]).check.faults.join("\n");
    assert!(faults.contains("\"load\""), "{faults}");
}

#[test]
fn every_alteration_of_a_stage_is_refused() {
    let tiers = vec![tier(vec![balance("open_pipeline", 0.05)])];
    let split = Some(SplitInput::Stages { counts: vec![2, 4], current: 2 });
    let mut input = Input { split, tiers, rules: Vec::new(), ..input() };
    input.book.current_owners.fill(String::new());
    let (problem, plan) = solve(&input);
    let accepted: Vec<&str> =
        STAGE_TAMPERS.iter().filter(|(_, t)| !refused(&problem, &plan, *t)).map(|(n, _)| *n).collect();
    assert!(accepted.is_empty(), "the checker takes these: {accepted:#?}");
}

fn elsewhere_side(plan: &Plan) -> usize {
    let now = plan.assignments[1].path[0];
    plan.assignments.iter().map(|a| a.path[0]).find(|side| *side != now).expect("both sides hold accounts")
}

#[test]
fn every_alteration_is_refused_and_the_plan_itself_accepted() {
    let (problem, plan) = solve(&input());
    assert!(check(&problem, &plan).ok());
    assert!(plan.tiers[2].value > 0.0 && plan.certificate.tiers[2].bound > 0.0, "{:?}", plan.tiers);
    let accepted: Vec<&str> = TAMPERS.iter().filter(|(_, t)| !refused(&problem, &plan, *t)).map(|(n, _)| *n).collect();
    assert!(accepted.is_empty(), "the checker takes these: {accepted:#?}");
}

fn refused(problem: &Problem, plan: &Plan, tamper: fn(&mut Plan)) -> bool {
    let mut altered = plan.clone();
    tamper(&mut altered);
    let verdict = std::panic::catch_unwind(|| check(problem, &altered).ok());
    matches!(verdict, Ok(false))
}

#[test]
fn a_price_that_is_wrong_proves_less_and_never_more() {
    let (problem, plan) = solve(&input());
    for tier in 0..plan.certificate.tiers.len() {
        for at in 0..plan.certificate.tiers[tier].prices.len() {
            for factor in [-1.0, 0.0, 0.5, 100.0] {
                let mut altered = plan.clone();
                altered.certificate.tiers[tier].prices[at].price *= factor;
                // Whatever the price, what it claims now may hold; far above the value it never does.
                let _ = check(&problem, &altered);
                altered.certificate.tiers[tier].bound = 2.0 * plan.tiers[tier].value + 1.0;
                assert!(!check(&problem, &altered).ok(), "tier {tier}, price {at} × {factor}");
            }
        }
    }
}

#[test]
fn a_consistent_plan_that_breaks_a_rule_is_refused_by_its_name() {
    let (problem, plan) = solve(&input());
    let leaf = |n: usize| problem.leaf(&plan.nodes[n].node_id).expect("paths end in leaves");
    let leaf_of: Vec<usize> = plan.assignments.iter().map(|a| leaf(a.path[1])).collect();
    let anchors = vec![None; problem.node_count()];
    let faults = |change: &dyn Fn(&mut Vec<usize>)| {
        let mut changed = leaf_of.clone();
        change(&mut changed);
        evaluate(&problem, &changed, &anchors).check.faults.join("\n")
    };
    assert_eq!(faults(&|_| {}), "");
    assert!(faults(&|l| l[0] = 0).contains("\"kept\""));
    assert!(faults(&|l| l.fill(3)).contains("\"few\""));
    assert!(faults(&|l| l[4] = (l[3] + 1) % 4).contains("family torn"));
}

/// A split of account a0 on these leaves, and both its children.
fn split_of_first(node_ids: &[&str]) -> Vec<Branch> {
    let node_ids = node_ids.iter().map(|id| id.to_string()).collect();
    let outer = Branch { account_id: String::new(), node_ids: Vec::new(), price_set: 0 };
    vec![Branch { account_id: "a0".into(), node_ids, price_set: 0 }, outer.clone(), outer]
}

#[test]
fn prices_too_large_to_add_up_prove_nothing() {
    let mut input = Input { rules: Vec::new(), ..input() };
    input.tiers = vec![
        tier(vec![Some(CriterionInput::Compactness { distance: false, weight: None, level_weights: Vec::new() })]),
        tier(vec![Some(CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None })]),
    ];
    let (problem, plan) = solve(&input);
    // Whatever a0 costs at its leaves, times this it is infinite: no proof that it can go nowhere.
    assert!(refused(&problem, &plan, |p| {
        p.certificate.tiers[1].tier_prices = vec![1.7e308];
        p.certificate.tiers[1].branches = split_of_first(&["e1"]);
        p.certificate.tiers[1].bound = 10.0;
    }));
}

#[test]
fn branches_of_trees_of_more_than_64_leaves_prove_no_more_than_is_so() {
    let sides =
        (0..13).map(|s| node(&format!("s{s}"), (0..5).map(|l| leaf(&format!("t{}", 5 * s + l), 1.0, None)).collect()));
    let (east, west): (Vec<_>, Vec<_>) = sides.enumerate().partition(|(s, _)| *s < 7);
    let half = |id: &str, sides: Vec<(usize, _)>| node(id, sides.into_iter().map(|s| s.1).collect());
    let mut input = Input { rules: Vec::new(), ..input() };
    input.split = Some(SplitInput::Tree(node("root", vec![half("east", east), half("west", west)])));
    input.book.current_owners.fill("t64".into());
    input.tiers = vec![tier(vec![Some(CriterionInput::Continuity { measure: String::new(), weight: None })])];
    let (problem, plan) = solve(&input);
    // In one child a0 goes nowhere, in the other to any leaf, and t64, the 65th, is where all stay.
    assert!(refused(&problem, &plan, |p| {
        p.certificate.tiers[0].branches = split_of_first(&[]);
        p.certificate.tiers[0].bound = 0.05;
    }));
}

#[test]
fn a_tier_that_gives_back_is_not_held_to_less() {
    let mut input = Input { rules: Vec::new(), ..input() };
    input.tiers[0].give_back_absolute = 0.3;
    let (problem, plan) = solve(&input);
    assert!(plan.tiers[0].value < plan.tiers[0].bound + 0.29, "{:?}", plan.tiers[0]);
    assert!(refused(&problem, &plan, |p| {
        p.certificate.tiers[1].tier_limits[0] = p.tiers[0].value;
        p.certificate.tiers[1].bound = 0.0;
        (p.tiers[1].bound, p.tiers[1].gap) = (0.0, if p.tiers[1].value > 0.0 { 1.0 } else { 0.0 });
    }));
}
