//! What a plan is worth, from the book and the assignment alone. Every method's plan is valued here and nowhere else.

use crate::model::Model;
use crate::sphere::{centre, km};
use serde_derive::{Deserialize, Serialize};

/// What is inside a band but for rounding is inside it.
const ROUNDING: f64 = 1e-9;

/// What a plan is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Tier 1: the weighted sum over the measures of the worst relative excess beyond the band.
    pub excess: f64,
    /// The worst |amount − target| ÷ target of any measure at any territory.
    pub worst_deviation: f64,
    /// Part of the owned accounts that leave their owner.
    pub moved: f64,
    /// Mean squared distance of accounts to the anchor of their territory, km²: the given anchor, else the centre of
    /// the territory's accounts.
    pub compactness: f64,
    /// Families whose accounts are not all in one territory.
    pub families_torn: usize,
}

impl Score {
    /// Whether this is no worse than the other: the first tier that differs decides.
    pub fn is_no_worse_than(&self, other: &Score) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= ROUNDING * a.abs().max(b.abs()).max(1.0);
        let tiers = |s: &Score| [s.excess, s.moved, s.compactness];
        tiers(self).into_iter().zip(tiers(other)).find(|(a, b)| !near(*a, *b)).is_none_or(|(a, b)| a < b)
    }
}

/// Values a plan: `leaf_of` has the territory of each account.
pub fn score(model: &Model, leaf_of: &[usize]) -> Score {
    let mut score = Score::default();
    for band in &model.bands {
        let mut held = vec![0_i64; model.leaves()];
        leaf_of.iter().zip(&band.amounts).for_each(|(&leaf, amount)| held[leaf] += amount);
        let target = model.shares.iter().map(|share| share * band.total as f64);
        let deviation = held.iter().zip(target).map(|(&held, target)| (held as f64 - target).abs() / target);
        let worst = deviation.fold(0.0, f64::max);
        let excess = worst - band.tolerance;
        score.worst_deviation = score.worst_deviation.max(worst);
        score.excess += if excess > ROUNDING { band.weight * excess } else { 0.0 };
    }
    let owned = model.owners.iter().zip(leaf_of).filter_map(|(owner, leaf)| owner.map(|owner| owner != *leaf));
    let (owned, moved) = owned.fold((0_u32, 0_u32), |(owned, moved), moves| (owned + 1, moved + u32::from(moves)));
    score.moved = if owned > 0 { f64::from(moved) / f64::from(owned) } else { 0.0 };
    score.compactness = compactness(model, leaf_of);
    let torn = |family: &&Vec<usize>| family.iter().any(|&account| leaf_of[account] != leaf_of[family[0]]);
    score.families_torn = model.families.iter().filter(torn).count();
    score
}

fn compactness(model: &Model, leaf_of: &[usize]) -> f64 {
    let located = || leaf_of.iter().zip(&model.places).filter_map(|(&leaf, place)| Some((leaf, (*place)?)));
    let anchor = |leaf: usize| {
        let own = located().filter(|(of, _)| *of == leaf).map(|(_, place)| place);
        model.anchors[leaf].or_else(|| centre(own))
    };
    let anchors: Vec<_> = (0..model.leaves()).map(anchor).collect();
    let squares = located().map(|(leaf, place)| anchors[leaf].map_or(0.0, |anchor| km(place, anchor).powi(2)));
    let (sum, count) = squares.fold((0.0, 0_u32), |(sum, count), square| (sum + square, count + 1));
    if count > 0 { sum / f64::from(count) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Band;
    use carve_solver::input::RawPlace;

    /// Four accounts at 1°, 2°, 3° and 9° east; the first two are a family; anchors at 0° and 10°.
    fn model() -> Model {
        let place = |longitude| Some(RawPlace { latitude: 0.0, longitude });
        Model {
            families: vec![vec![0, 1], vec![2], vec![3]],
            places: [1.0, 2.0, 3.0, 9.0].map(place).to_vec(),
            owners: vec![Some(0), Some(1), None, None],
            bands: vec![Band { amounts: vec![1, 1, 1, 5], total: 8, tolerance: 0.1, weight: 2.0 }],
            shares: vec![0.5, 0.5],
            anchors: vec![place(0.0), place(10.0)],
        }
    }

    #[test]
    fn a_plan_is_worth_what_its_numbers_say() {
        // 3 and 5 of a target of 4: deviation 0.25, excess 0.15 at weight 2; 1² + 2² + 3² + 1² degrees².
        let found = score(&model(), &[0, 0, 0, 1]);
        let degree = std::f64::consts::PI * 6371.0088 / 180.0;
        assert!((found.excess - 0.3).abs() < 1e-12 && (found.worst_deviation - 0.25).abs() < 1e-12, "{found:?}");
        assert!((found.compactness - 15.0 / 4.0 * degree * degree).abs() < 1e-6, "{found:?}");
        assert_eq!((found.moved, found.families_torn), (0.5, 0));
        assert_eq!(score(&model(), &[0, 1, 0, 1]).families_torn, 1);
    }

    #[test]
    fn without_anchors_distances_are_to_the_centre() {
        // 1°, 2° and 3° around 2°, and one by itself: 1² + 0 + 1² + 0 degrees².
        let free = Model { anchors: vec![None, None], ..model() };
        let degree = std::f64::consts::PI * 6371.0088 / 180.0;
        let found = score(&free, &[0, 0, 0, 1]).compactness;
        assert!((found - 0.5 * degree * degree).abs() < 1e-6, "{found}");
    }
}
