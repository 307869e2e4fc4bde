//! Tries every assignment of a small flat book and keeps the lexicographic best. Shares no code with the solver:
//! it reads the input itself.

use carve_solver::input::{CriterionInput, Input, RuleKindInput, SelectorInput, SplitInput, TierInput};

/// Earth radius of the contract, km.
const RADIUS_KM: f64 = 6371.0088;

/// What the best assignment reaches in each tier; `None` when no assignment meets the hard rules.
pub fn best(input: &Input) -> Option<Vec<f64>> {
    let feasible: Vec<Vec<usize>> = assignments(input).into_iter().filter(|a| holds(input, a)).collect();
    if feasible.is_empty() {
        return None;
    }
    let mut left = feasible;
    let mut values = Vec::new();
    for tier in &input.tiers {
        let valued: Vec<(f64, Vec<usize>)> = left.into_iter().map(|a| (value(input, tier, &a), a)).collect();
        let least = valued.iter().map(|v| v.0).fold(f64::INFINITY, f64::min);
        let limit = least + (least * tier.give_back).max(tier.give_back_absolute) + 1e-9;
        left = valued.into_iter().filter(|v| v.0 <= limit).map(|v| v.1).collect();
        values.push(least);
    }
    Some(values)
}

/// Id, share, anchor in degrees.
type Leaf = (String, f64, Option<(f64, f64)>);

fn leaves(input: &Input) -> Vec<Leaf> {
    let Some(SplitInput::Tree(root)) = &input.split else { panic!("the oracle knows flat trees only") };
    let leaf = |n: &carve_solver::input::NodeInput| {
        (n.node_id.clone(), n.share.unwrap_or(1.0), n.anchor.map(|a| (a.latitude, a.longitude)))
    };
    root.children.iter().map(leaf).collect()
}

fn assignments(input: &Input) -> Vec<Vec<usize>> {
    let (accounts, buckets) = (input.book.account_ids.len(), leaves(input).len());
    let count = buckets.pow(accounts as u32);
    let digits = |mut number: usize| {
        (0..accounts)
            .map(|_| {
                let digit = number % buckets;
                number /= buckets;
                digit
            })
            .collect::<Vec<usize>>()
    };
    // Families first: most assignments of a book with families are none.
    let together = |a: &Vec<usize>| {
        input.book.parents.iter().enumerate().all(|(i, p)| match input.book.account_ids.iter().position(|id| id == p) {
            Some(parent) => a[i] == a[parent],
            None => true,
        })
    };
    (0..count).map(digits).filter(together).collect()
}

fn picked(input: &Input, selector: &SelectorInput) -> Vec<usize> {
    assert!(selector.filter.is_empty(), "the oracle picks by id");
    let at = |id: &String| input.book.account_ids.iter().position(|a| a == id).expect("ids are in the book");
    selector.account_ids.iter().map(at).collect()
}

fn amounts(input: &Input, measure: &str) -> Vec<i64> {
    if measure.is_empty() || measure == "account_count" {
        return vec![1; input.book.account_ids.len()];
    }
    input.book.measures.iter().find(|m| m.name == measure).expect("the measure is there").amounts.clone()
}

fn holds(input: &Input, to: &[usize]) -> bool {
    let names: Vec<String> = leaves(input).into_iter().map(|l| l.0).collect();
    let at = |id: &String| names.iter().position(|n| n == id).expect("nodes are leaves");
    input.rules.iter().all(|rule| match rule.kind.as_ref().expect("rules have kinds") {
        RuleKindInput::Pin { accounts, node_id } => picked(input, accounts).iter().all(|&a| to[a] == at(node_id)),
        RuleKindInput::Forbid { accounts, node_ids } => {
            picked(input, accounts).iter().all(|&a| node_ids.iter().all(|n| to[a] != at(n)))
        }
        RuleKindInput::Restrict { accounts, node_ids } => {
            picked(input, accounts).iter().all(|&a| node_ids.iter().any(|n| to[a] == at(n)))
        }
        RuleKindInput::KeepTogether { accounts } => {
            let picked = picked(input, accounts);
            picked.iter().all(|&a| to[a] == to[picked[0]])
        }
        RuleKindInput::KeepApart { accounts } => {
            let picked = picked(input, accounts);
            picked.iter().enumerate().all(|(i, &a)| picked[..i].iter().all(|&b| to[a] != to[b]))
        }
        RuleKindInput::Bounds { accounts, node_ids, measure, min, max } => {
            let amounts = amounts(input, measure);
            let who = accounts.as_ref().map_or((0..to.len()).collect(), |s| picked(input, s));
            let wanted = |n: &String| node_ids.is_empty() || node_ids.contains(n);
            names.iter().enumerate().filter(|(_, n)| wanted(n)).all(|(b, _)| {
                let sum: i64 = who.iter().filter(|&&a| to[a] == b).map(|&a| amounts[a]).sum();
                min.is_none_or(|m| sum >= m) && max.is_none_or(|m| sum <= m)
            })
        }
        RuleKindInput::CoverLimit { .. } => panic!("the oracle knows no seats"),
        RuleKindInput::Keep { measure, min_share, max_share, node_ids } => {
            assert_eq!(node_ids, &["root"], "the oracle splits the root alone");
            let amounts = amounts(input, measure);
            let all: i64 = amounts.iter().sum();
            let kept: i64 = amounts.iter().zip(to).filter(|(_, t)| **t == 0).map(|(a, _)| a).sum();
            // Shares in tenths.
            let tenths = |share: f64| (share * 10.0).round() as i64 * all;
            min_share.is_none_or(|s| 10 * kept >= tenths(s)) && max_share.is_none_or(|s| 10 * kept <= tenths(s))
        }
        RuleKindInput::MoveLimit { measure, max_amount, .. } => {
            let (_, moved) = moved(input, measure, to, &names);
            moved <= max_amount.expect("the oracle limits amounts")
        }
    })
}

fn moved(input: &Input, measure: &str, to: &[usize], names: &[String]) -> (i64, i64) {
    let amounts = amounts(input, measure);
    let (mut owned, mut moved) = (0, 0);
    for (a, owner) in input.book.current_owners.iter().enumerate() {
        if let Some(by) = names.iter().position(|n| n == owner) {
            owned += amounts[a];
            if to[a] != by {
                moved += amounts[a];
            }
        }
    }
    (owned, moved)
}

fn value(input: &Input, tier: &TierInput, to: &[usize]) -> f64 {
    let leaves = leaves(input);
    let names: Vec<String> = leaves.iter().map(|l| l.0.clone()).collect();
    let whole: f64 = leaves.iter().map(|l| l.1).sum();
    let worst = |amounts: &[i64], tolerance: f64| {
        let total: i64 = amounts.iter().sum();
        let excess = |(b, leaf): (usize, &Leaf)| {
            let target = total as f64 * leaf.1 / whole;
            let sum: i64 = amounts.iter().zip(to).filter(|(_, t)| **t == b).map(|(a, _)| a).sum();
            let over = (sum as f64 - target).abs() / target - tolerance;
            if over > 1e-10 { over } else { 0.0 }
        };
        if total == 0 { 0.0 } else { leaves.iter().enumerate().map(excess).fold(0.0, f64::max) }
    };
    let criterion = |criterion: &Option<CriterionInput>| match criterion.as_ref().expect("criteria have kinds") {
        CriterionInput::Balance(band) => {
            let value = worst(&amounts(input, &band.column), band.tolerance.unwrap_or(0.05));
            band.weight.unwrap_or(1.0) * value
        }
        CriterionInput::Mix(band) => {
            let column = input.book.attributes.iter().find(|a| a.name == band.column).expect("the attribute is there");
            let mut values = column.values.clone();
            values.sort();
            values.dedup();
            let count = |v: &String| column.values.iter().map(|x| i64::from(x == v)).collect::<Vec<i64>>();
            let sum: f64 = values.iter().map(|v| worst(&count(v), band.tolerance.unwrap_or(0.05))).sum();
            band.weight.unwrap_or(1.0) * sum
        }
        CriterionInput::Continuity { measure, weight } => match moved(input, measure, to, &names) {
            (0, _) => 0.0,
            (owned, moved) => weight.unwrap_or(1.0) * moved as f64 / owned as f64,
        },
        CriterionInput::Incumbent { .. } => panic!("the oracle knows no stages"),
        CriterionInput::Compactness { distance, weight, level_weights: _ } => {
            let placed: Vec<(usize, (f64, f64))> = (input.book.places.iter().enumerate())
                .filter_map(|(a, p)| p.map(|p| (a, (p.latitude, p.longitude))))
                .collect();
            let sum: f64 = (placed.iter())
                .map(|&(a, place)| {
                    let km = haversine_km(place, leaves[to[a]].2.expect("the oracle has anchors"));
                    if *distance { km } else { km * km }
                })
                .sum();
            weight.unwrap_or(1.0) * sum / placed.len().max(1) as f64
        }
    };
    tier.criteria.iter().map(criterion).sum()
}

fn haversine_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat1, lat2) = (a.0.to_radians(), b.0.to_radians());
    let half = |x: f64| (x.to_radians() / 2.0).sin().powi(2);
    let h = half(b.0 - a.0) + lat1.cos() * lat2.cos() * half(b.1 - a.1);
    2.0 * RADIUS_KM * h.sqrt().min(1.0).asin()
}
