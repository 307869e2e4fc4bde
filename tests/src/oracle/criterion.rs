//! What an assignment is worth in a criterion, as the oracle understands it.

use super::split::{Node, Split};
use carve_solver::input::{BandInput, CriterionInput};
use std::ops::Range;

/// Earth radius of the contract, km.
const RADIUS_KM: f64 = 6371.0088;

/// The value of an assignment, times the criterion's weight.
pub(super) type Value = Box<dyn Fn(&[usize]) -> f64>;

pub(super) fn value(split: &Split, criterion: Option<&CriterionInput>) -> Value {
    match criterion.expect("criteria have kinds") {
        CriterionInput::Balance(band) => weighted(band.weight, worst(split, split.amounts(&band.column), band)),
        CriterionInput::Mix(band) => {
            let column = split.input.book.attributes.iter().find(|a| a.name == band.column);
            let all = &column.expect("the attribute is there").values;
            let mut values = all.clone();
            values.sort();
            values.dedup();
            let count = |v: &String| all.iter().map(|x| i64::from(x == v)).collect::<Vec<i64>>();
            let each: Vec<Value> = values.iter().map(|v| worst(split, count(v), band)).collect();
            weighted(band.weight, Box::new(move |to| each.iter().map(|worst| worst(to)).sum()))
        }
        CriterionInput::Continuity { measure, weight } => {
            let owned = split.owned(measure, None);
            let all: i64 = owned.iter().map(|(_, _, amount)| amount).sum();
            let moved = move |to: &[usize]| -> i64 {
                owned.iter().filter(|(a, by, _)| !by.contains(&to[*a])).map(|(_, _, amount)| amount).sum()
            };
            weighted(*weight, Box::new(move |to| if all == 0 { 0.0 } else { moved(to) as f64 / all as f64 }))
        }
        CriterionInput::Incumbent { measure, weight } => {
            let (amounts, splits) = (split.amounts(measure), split.planned());
            let all: i64 = amounts.iter().sum();
            let left = move |to: &[usize]| -> i64 {
                let leaves = |leaf: &usize| {
                    splits.iter().filter(|(of, kept)| of.contains(leaf) && !kept.contains(leaf)).count() as i64
                };
                amounts.iter().zip(to).map(|(amount, leaf)| amount * leaves(leaf)).sum()
            };
            weighted(*weight, Box::new(move |to| if all == 0 { 0.0 } else { left(to) as f64 / all as f64 }))
        }
        CriterionInput::Compactness { distance, weight, level_weights } => {
            let counts = split.nodes.iter().map(|n| (counted(n, level_weights), n)).filter(|(c, _)| *c > 0.0);
            let counts: Vec<_> = counts.map(|(c, n)| (c, n.anchor.expect("the oracle has anchors"), n)).collect();
            let at = |place: (f64, f64), leaf: usize| -> f64 {
                let above = counts.iter().filter(|(_, _, node)| node.leaves.contains(&leaf));
                let km = above.map(|(count, anchor, _)| (count, haversine_km(place, *anchor)));
                km.map(|(count, km)| count * if *distance { km } else { km * km }).sum()
            };
            let placed: Vec<(usize, Vec<f64>)> = (split.input.book.places.iter().enumerate())
                .filter_map(|(a, p)| p.map(|p| (a, (p.latitude, p.longitude))))
                .map(|(a, place)| (a, (0..split.leaves).map(|leaf| at(place, leaf)).collect()))
                .collect();
            let mean =
                move |to: &[usize]| placed.iter().map(|(a, km)| km[to[*a]]).sum::<f64>() / placed.len().max(1) as f64;
            weighted(*weight, Box::new(mean))
        }
    }
}

/// What the distance to a node's anchor counts: without weights leaves alone; a leaf above the last level stands for
/// those below it, too.
fn counted(node: &Node, level_weights: &[f64]) -> f64 {
    let leaf = node.children.is_empty();
    match (node.level.checked_sub(1), leaf) {
        (None, _) => 0.0,
        _ if level_weights.is_empty() => f64::from(u8::from(leaf)),
        (Some(level), true) => level_weights[level.min(level_weights.len())..].iter().sum(),
        (Some(level), false) => level_weights.get(level).copied().unwrap_or(0.0),
    }
}

fn weighted(weight: Option<f64>, value: Value) -> Value {
    let weight = weight.unwrap_or(1.0);
    Box::new(move |to| weight * value(to))
}

/// For each level the worst excess over its nodes, times the level's weight; 0 where nothing is to be shared out.
fn worst(split: &Split, amounts: Vec<i64>, band: &BandInput) -> Value {
    let total: i64 = amounts.iter().sum();
    let level = |level: usize| {
        let set = band.levels.get(level - 1).copied().unwrap_or_default();
        let tolerance = set.tolerance.or(band.tolerance).unwrap_or(0.05);
        let nodes = split.nodes.iter().filter(|n| n.level == level);
        let targets: Vec<_> = nodes.map(|n| (n.leaves.clone(), total as f64 * n.share)).collect();
        (set.weight.unwrap_or(1.0), tolerance, targets)
    };
    let levels: Vec<_> = (1..=split.depth()).map(level).collect();
    Box::new(move |to| {
        let held = |leaves: &Range<usize>| -> i64 {
            amounts.iter().zip(to).filter(|(_, t)| leaves.contains(t)).map(|(amount, _)| amount).sum()
        };
        let of_level = |(weight, tolerance, targets): &(f64, f64, Vec<(Range<usize>, f64)>)| {
            let excess = |(leaves, target): &(Range<usize>, f64)| {
                let over = (held(leaves) as f64 - target).abs() / target - tolerance;
                if over > 1e-10 { over } else { 0.0 }
            };
            weight * targets.iter().map(excess).fold(0.0, f64::max)
        };
        if total == 0 { 0.0 } else { levels.iter().map(of_level).sum() }
    })
}

fn haversine_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat1, lat2) = (a.0.to_radians(), b.0.to_radians());
    let half = |x: f64| (x.to_radians() / 2.0).sin().powi(2);
    let h = half(b.0 - a.0) + lat1.cos() * lat2.cos() * half(b.1 - a.1);
    2.0 * RADIUS_KM * h.sqrt().min(1.0).asin()
}
