//! What an assignment is worth in a criterion, as the oracle understands it.

use super::flat::Flat;
use carve_solver::input::{BandInput, CriterionInput};

/// Earth radius of the contract, km.
const RADIUS_KM: f64 = 6371.0088;

/// The value of an assignment, times the criterion's weight.
pub(super) type Value = Box<dyn Fn(&[usize]) -> f64>;

pub(super) fn value(flat: &Flat, criterion: Option<&CriterionInput>) -> Value {
    match criterion.expect("criteria have kinds") {
        CriterionInput::Balance(band) => weighted(band.weight, worst(flat, flat.amounts(&band.column), band)),
        CriterionInput::Mix(band) => {
            let column = flat.input.book.attributes.iter().find(|a| a.name == band.column);
            let all = &column.expect("the attribute is there").values;
            let mut values = all.clone();
            values.sort();
            values.dedup();
            let count = |v: &String| all.iter().map(|x| i64::from(x == v)).collect::<Vec<i64>>();
            let each: Vec<Value> = values.iter().map(|v| worst(flat, count(v), band)).collect();
            weighted(band.weight, Box::new(move |to| each.iter().map(|worst| worst(to)).sum()))
        }
        CriterionInput::Continuity { measure, weight } => {
            let owned = flat.owned(measure, None);
            let all: i64 = owned.iter().map(|(_, _, amount)| amount).sum();
            let moved = move |to: &[usize]| -> i64 {
                owned.iter().filter(|(a, by, _)| to[*a] != *by).map(|(_, _, amount)| amount).sum()
            };
            weighted(*weight, Box::new(move |to| if all == 0 { 0.0 } else { moved(to) as f64 / all as f64 }))
        }
        CriterionInput::Incumbent { .. } => panic!("the oracle knows no stages"),
        CriterionInput::Compactness { distance, weight, .. } => {
            let km = |place: (f64, f64)| -> Vec<f64> {
                let anchors = flat.leaves.iter().map(|l| l.anchor.expect("the oracle has anchors"));
                let km = anchors.map(|anchor| haversine_km(place, anchor));
                km.map(|km| if *distance { km } else { km * km }).collect()
            };
            let placed: Vec<(usize, Vec<f64>)> = (flat.input.book.places.iter().enumerate())
                .filter_map(|(a, p)| p.map(|p| (a, km((p.latitude, p.longitude)))))
                .collect();
            let mean =
                move |to: &[usize]| placed.iter().map(|(a, km)| km[to[*a]]).sum::<f64>() / placed.len().max(1) as f64;
            weighted(*weight, Box::new(mean))
        }
    }
}

fn weighted(weight: Option<f64>, value: Value) -> Value {
    let weight = weight.unwrap_or(1.0);
    Box::new(move |to| weight * value(to))
}

/// The worst excess over the leaves; 0 where nothing is to be shared out.
fn worst(flat: &Flat, amounts: Vec<i64>, band: &BandInput) -> Value {
    let total: i64 = amounts.iter().sum();
    let targets: Vec<f64> = flat.leaves.iter().map(|leaf| total as f64 * leaf.share).collect();
    let tolerance = band.tolerance.unwrap_or(0.05);
    Box::new(move |to| {
        let excess = |(leaf, target): (usize, &f64)| {
            let sum: i64 = amounts.iter().zip(to).filter(|(_, t)| **t == leaf).map(|(a, _)| a).sum();
            let over = (sum as f64 - target).abs() / target - tolerance;
            if over > 1e-10 { over } else { 0.0 }
        };
        if total == 0 { 0.0 } else { targets.iter().enumerate().map(excess).fold(0.0, f64::max) }
    })
}

fn haversine_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat1, lat2) = (a.0.to_radians(), b.0.to_radians());
    let half = |x: f64| (x.to_radians() / 2.0).sin().powi(2);
    let h = half(b.0 - a.0) + lat1.cos() * lat2.cos() * half(b.1 - a.1);
    2.0 * RADIUS_KM * h.sqrt().min(1.0).asin()
}
