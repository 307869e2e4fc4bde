//! The greedy baseline: nearest anchor with room. Families in order of regret (what second best costs over best,
//! summed over their accounts) each go to the nearest anchor whose territory still has room for them; room is an equal
//! part of the accounts, rounded up. It balances the count of accounts and nothing else.

use crate::model::Model;

/// Leaf of each account.
pub fn nearest_with_room(model: &Model) -> Vec<usize> {
    let leaves = model.leaves();
    let costs: Vec<Vec<f64>> =
        (0..model.families.len()).map(|f| model.anchors.iter().map(|&a| model.squares(f, a)).collect()).collect();
    let regrets: Vec<f64> = costs.iter().map(|row| regret(row)).collect();
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|&a, &b| regrets[b].total_cmp(&regrets[a]).then(a.cmp(&b)));
    let room = model.accounts().div_ceil(leaves);
    let mut held = vec![0; leaves];
    let mut leaf_of = vec![0; costs.len()];
    for family in order {
        let size = model.families[family].len();
        let open = (0..leaves).filter(|&l| held[l] + size <= room);
        let nearest = open.min_by(|&a, &b| costs[family][a].total_cmp(&costs[family][b]));
        let leaf = nearest.or_else(|| (0..leaves).min_by_key(|&l| held[l])).unwrap_or_default();
        held[leaf] += size;
        leaf_of[family] = leaf;
    }
    model.spread(&leaf_of)
}

/// What the second best costs over the best; 0 when there is none.
pub(crate) fn regret(costs: &[f64]) -> f64 {
    let (mut best, mut second) = (f64::INFINITY, f64::INFINITY);
    for &cost in costs {
        if cost < best {
            (best, second) = (cost, best);
        } else {
            second = second.min(cost);
        }
    }
    if second.is_finite() { second - best } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carve_solver::input::RawPlace;

    #[test]
    fn the_baseline_goes_to_the_nearest_anchor_while_there_is_room() {
        // Anchors at 0° and 10° east; accounts at 1°, 2°, 3° and 9°. Room is 2 each: of the three nearer to the first,
        // the one at 3° loses least by going on (regret 7² − 3² = 40 degrees², against 60 and 80).
        let place = |longitude| Some(RawPlace { latitude: 0.0, longitude });
        let model = Model {
            families: (0..4).map(|account| vec![account]).collect(),
            places: [1.0, 2.0, 3.0, 9.0].map(place).to_vec(),
            shares: vec![0.5; 2],
            anchors: [0.0, 10.0].map(place).to_vec(),
            ..Model::default()
        };
        assert_eq!(nearest_with_room(&model), [0, 0, 1, 1]);
    }
}
