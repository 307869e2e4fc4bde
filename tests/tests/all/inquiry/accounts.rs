//! An account elsewhere: what it does, what is proved, and the cheapest repair.

use super::{NEAR, control, drawn, every};
use carve_solver::inquiry::{Asked, explain_account, explain_territory};
use carve_tests::{solve, territories};

/// Books that are drawn.
const BOOKS: u64 = 160;

/// How much worse each tier is than in the plan, as little as can be one after the other; and how few other accounts move then.
fn cheapest(all: &[(Vec<usize>, Vec<f64>)], plan: &[f64], home: &[usize], with: &[usize]) -> Option<(Vec<f64>, usize)> {
    let mut left: Vec<&(Vec<usize>, Vec<f64>)> = all.iter().collect();
    let mut rises = Vec::new();
    for (t, before) in plan.iter().enumerate() {
        let rise = |values: &[f64]| (values[t] - before).max(0.0);
        let least = left.iter().map(|(_, values)| rise(values)).min_by(f64::total_cmp)?;
        left.retain(|(_, values)| rise(values) <= least + NEAR);
        rises.push(least);
    }
    let moved = |leaf_of: &[usize]| (0..leaf_of.len()).filter(|a| !with.contains(a) && leaf_of[*a] != home[*a]).count();
    left.iter().map(|(leaf_of, _)| moved(leaf_of)).min().map(|moves| (rises, moves))
}

#[test]
fn repairs_are_there_and_the_cheapest_and_what_is_proved_holds() {
    let (mut repaired, mut proved, mut impossible) = (0, 0, 0);
    for seed in 0..BOOKS {
        let input = drawn(seed, (seed % 4) as usize);
        let all = every(&input);
        let (problem, plan) = solve(&input);
        if !plan.has_assignments() {
            assert!(all.is_empty(), "seed {seed}");
            continue;
        }
        let asked = Asked::of(&problem, &plan).expect("its own plan");
        let values: Vec<f64> = plan.tiers.iter().map(|tier| tier.value).collect();
        let home: Vec<usize> = territories(&plan).iter().map(|id| id[1..].parse().expect("t0")).collect();
        let account = (seed % home.len() as u64) as usize;
        let to: Vec<usize> = (0..problem.node_count()).collect();
        let found = explain_account(&asked, account, &to, &control());
        assert_eq!(found.territory_id, format!("t{}", home[account]), "seed {seed}");
        assert_eq!(found.elsewhere.len() + 1, problem.leaf_count(), "seed {seed}");
        let number = |id: &String| problem.account(id).expect("an account");
        let with: Vec<usize> = found.together_ids.iter().map(number).chain([account]).collect();
        for one in &found.elsewhere {
            let leaf: usize = one.territory_id[1..].parse().expect("t0");
            let there: Vec<_> = all.iter().filter(|(leaf_of, _)| leaf_of[account] == leaf).cloned().collect();
            let name = format!("seed {seed}, account {account} to {leaf}: {one:#?}\n{values:?}");
            if !one.shut_by.is_empty() {
                assert!(there.is_empty(), "{name}");
                continue;
            }
            match cheapest(&there, &values, &home, &with) {
                None => assert!(one.repair.is_none(), "{name}"),
                Some((rises, moves)) => {
                    let repair = one.repair.as_ref().unwrap_or_else(|| panic!("no repair: {name}"));
                    assert!(repair.is_least, "{name}");
                    for (tier, rise) in repair.tiers.iter().zip(&rises) {
                        assert!((tier.rise().max(0.0) - rise).abs() <= NEAR, "{rises:?}: {name}");
                    }
                    assert_eq!(repair.moves.len(), moves, "{name}");
                    repaired += 1;
                }
            }
            for (t, least) in one.at_least.iter().enumerate() {
                let within = |values: &[f64]| (0..t).all(|s| values[s] <= plan.tiers[s].limit + NEAR);
                let lowest = there
                    .iter()
                    .filter(|(_, values)| within(values))
                    .map(|(_, values)| values[t] - plan.tiers[t].value);
                let lowest = lowest.min_by(f64::total_cmp);
                assert!(lowest.is_none_or(|lowest| lowest.max(0.0) >= least - NEAR), "tier {t}, {lowest:?}: {name}");
                proved += usize::from(*least > 0.0 && least.is_finite());
                impossible += usize::from(least.is_infinite());
            }
        }
    }
    assert!(repaired > 100 && proved > 40 && impossible > 5, "{repaired} {proved} {impossible}");
}

#[test]
fn what_brings_a_territory_in_is_there_and_the_cheapest() {
    let mut brought = 0;
    for seed in 1_000..1_000 + BOOKS {
        let input = drawn(seed, (seed % 3) as usize);
        let (problem, plan) = solve(&input);
        if !plan.has_assignments() {
            continue;
        }
        let asked = Asked::of(&problem, &plan).expect("its own plan");
        let values: Vec<f64> = plan.tiers.iter().map(|tier| tier.value).collect();
        let home: Vec<usize> = territories(&plan).iter().map(|id| id[1..].parse().expect("t0")).collect();
        for node in plan.nodes.iter().filter(|node| node.territory) {
            let found = explain_territory(&asked, problem.node(&node.node_id).expect("a node"), &control());
            assert_eq!(found.holdings.len(), node.measures.len());
            let name = format!("seed {seed}: {found:#?}");
            let Some(repair) = &found.bring_in else { continue };
            assert!(!found.worst.is_empty() && repair.is_least, "{name}");
            let moved: Vec<usize> =
                repair.moves.iter().map(|m| problem.account(&m.account_id).expect("there")).collect();
            let mut leaf_of = home.clone();
            for (account, m) in moved.iter().zip(&repair.moves) {
                assert_eq!(m.from_node_id, format!("t{}", home[*account]));
                leaf_of[*account] = m.to_node_id[1..].parse().expect("t0");
            }
            let all = every(&input);
            let reached =
                all.iter().find(|(other, _)| *other == leaf_of).unwrap_or_else(|| panic!("breaks a rule: {name}"));
            for ((tier, value), before) in repair.tiers.iter().zip(&reached.1).zip(&values) {
                assert!((tier.after - value).abs() <= NEAR && (tier.before - before).abs() <= NEAR, "{name}");
            }
            brought += 1;
        }
    }
    assert!(brought > 20, "{brought}");
}
