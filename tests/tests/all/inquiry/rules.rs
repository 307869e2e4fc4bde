//! What rules cost: estimates and solves never contradict what all assignments say.

use super::{NEAR, control, drawn, every, without};
use carve_solver::Plan;
use carve_solver::input::{CriterionInput, Input};
use carve_solver::inquiry::{Asked, Cost, explain_rules};
use carve_solver::plan::TierResult;
use carve_tests::oracle::Valued;
use carve_tests::oracle::reading::Reading;
use carve_tests::{balance, solve, with_measure};

/// Books that are drawn.
const BOOKS: u64 = 500;
/// Every so many books are solved without their rules, too.
const SOLVED_EVERY: u64 = 4;

/// Every assignment that meets the rules of a request: the values of its tiers, and those of their steps.
type Assignments = Vec<(Vec<f64>, Vec<Vec<f64>>)>;

fn assignments(input: &Input) -> Assignments {
    let reading = Reading::of(input, &[]);
    let valued = Valued::of(&reading, &[]);
    every(input).into_iter().map(|(leaf_of, values)| (values, valued.stepped(&leaf_of))).collect()
}

/// The least value of a tier, earlier tiers and their steps within what the plan says they are held to.
fn least(all: &Assignments, tier: usize, plan: &Plan) -> f64 {
    let within = |steps: &Vec<f64>, said: &TierResult| {
        let limits = std::iter::once(said.limit).chain(said.steps.iter().map(|step| step.limit));
        steps.iter().zip(limits).all(|(value, limit)| *value <= limit + NEAR)
    };
    let value = |(values, stepped): &(Vec<f64>, Vec<Vec<f64>>)| {
        stepped.iter().zip(&plan.tiers).take(tier).all(|(steps, said)| within(steps, said)).then(|| values[tier])
    };
    all.iter().filter_map(value).min_by(f64::total_cmp).expect("the plan itself is there")
}

/// The request with a second measure in the first tier's bands, in some books.
fn banded_more(mut input: Input, seed: u64) -> Input {
    if seed % 5 < 3 {
        let amounts: Vec<i64> =
            (0..input.book.account_ids.len() as i64).map(|a| 1 + (a * 7 + seed as i64) % 13).collect();
        input.book = with_measure(input.book, "closed_won", &amounts);
        input.tiers[0].criteria.push(balance("closed_won", [0.1, 0.3][(seed % 2) as usize]));
    }
    input
}

/// The request without the bands of a criterion, or without any: tiers keep their numbers.
fn without_bands(input: &Input, name: &str) -> Input {
    let mut without = input.clone();
    let is_left_out = |criterion: &Option<CriterionInput>| match criterion {
        Some(CriterionInput::Balance(band)) => name == "shares" || name == format!("balance {}", band.column),
        _ => false,
    };
    without.tiers.iter_mut().for_each(|tier| tier.criteria.retain(|criterion| !is_left_out(criterion)));
    assert_ne!(without, *input, "{name} is no band");
    without
}

#[test]
fn costs_lie_in_their_intervals() {
    let (mut costly, mut tight) = (0, 0);
    let (mut judged, mut stepped, mut banded) = (0, 0, 0);
    for seed in 5_000.. {
        if judged == BOOKS {
            break;
        }
        let input = banded_more(drawn(seed, 1 + (seed % 3) as usize), seed);
        let (problem, plan) = solve(&input);
        if !plan.has_assignments() {
            continue;
        }
        judged += 1;
        stepped += usize::from(plan.tiers.iter().any(|tier| !tier.steps.is_empty()));
        let asked = Asked::of(&problem, &plan).expect("its own plan");
        let solved = seed % SOLVED_EVERY == 0;
        let found = explain_rules(&asked, None, solved, &control()).expect("rules");
        let ruled = input.rules.len();
        assert_eq!(found.costs.iter().filter(|cost| !cost.is_default).count(), ruled, "seed {seed}");
        let with = assignments(&input);
        for cost in &found.costs {
            let left_out = match (cost.is_default, cost.rule_id.as_str()) {
                (false, id) => without(&input, id),
                (true, "families") => Input { families_separate: true, ..input.clone() },
                (true, name) => without_bands(&input, name),
            };
            let without = assignments(&left_out);
            banded += usize::from(cost.is_default && cost.rule_id != "families");
            for tier in &cost.tiers {
                let with = least(&with, tier.tier, &plan);
                let exact = with - least(&without, tier.tier, &plan);
                let name = format!("seed {seed}, {}, tier {}: costs {exact}, {tier:?}", cost.rule_id, tier.tier);
                assert!(exact >= -NEAR, "{name}");
                let holds = |said: Cost| {
                    assert!(said.least <= exact + NEAR && exact <= said.most + NEAR, "{name}");
                    assert!(said.least <= said.cost && said.cost <= said.most, "{name}");
                };
                holds(tier.estimate);
                assert_eq!(tier.estimate.least, 0.0);
                assert_eq!(tier.exact.is_some(), solved, "{name}");
                if let Some(said) = tier.exact {
                    holds(said);
                    assert!((said.cost - exact).abs() <= NEAR, "{name}");
                }
                costly += usize::from(exact > NEAR);
                tight += usize::from(exact > NEAR && (tier.estimate.cost - exact).abs() <= 0.25 * exact);
            }
        }
    }
    assert!(banded > 500, "{banded}");
    assert!(costly > 100 && tight > costly / 4 && stepped > 50, "{costly} {tight} {stepped}");
}

#[test]
fn one_rule_is_asked_for_by_its_id_and_none_that_is_not_there() {
    let input = drawn(5_001, 2);
    let (problem, plan) = solve(&input);
    let asked = Asked::of(&problem, &plan).expect("its own plan");
    let one = explain_rules(&asked, Some("r1"), false, &control()).expect("it is there");
    assert_eq!(one.costs.iter().map(|cost| cost.rule_id.as_str()).collect::<Vec<_>>(), ["r1"]);
    assert_eq!(explain_rules(&asked, Some("r9"), false, &control()), None);
}
