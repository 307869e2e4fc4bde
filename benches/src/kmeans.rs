//! Balanced k-means, as a planner with an afternoon would write it: Lloyd's rounds (1982) with a price on each
//! territory's room, then families in order of regret to the cheapest territory with room.
//!
//! What has to have room is one number a family, as the method knows only one: the mean, over the measures, of the
//! part of the total that the family holds. With the anchors given there is nothing to move and the capacity
//! assignment alone is left; without, the anchors are found on a sample, several times, and the best are taken.

use crate::baseline::regret;
use crate::model::Model;
use crate::sphere::centre;
use carve_solver::input::RawPlace;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Starts with anchors drawn anew.
const STARTS: u64 = 4;
/// Lloyd's rounds of a start.
const ROUNDS: usize = 30;
/// Families that anchors are found on.
const SAMPLE_MAX: usize = 5_000;
/// Steps of the prices.
const PRICE_STEPS: usize = 200;
/// First step of a price, relative to the mean cost of a family at its nearest anchor.
const PRICE_STEP: f64 = 0.3;

/// Leaf of each account. Anchors that are not given are found; `seed` draws the first ones.
pub fn balanced_kmeans(model: &Model, seed: u64) -> Vec<usize> {
    let all = Sample::of(model, (0..model.families.len()).collect());
    let given: Option<Vec<RawPlace>> = model.anchors.iter().copied().collect();
    let anchors = given.unwrap_or_else(|| find_anchors(model, seed));
    let costs = all.costs(&anchors);
    let (prices, _) = all.priced(&costs);
    model.spread(&all.rounded(&costs, &prices))
}

/// Families with the room each needs.
struct Sample<'a> {
    model: &'a Model,
    families: Vec<usize>,
    /// Parts of the sample's whole; they sum to 1.
    needs: Vec<f64>,
}

impl<'a> Sample<'a> {
    fn of(model: &'a Model, families: Vec<usize>) -> Sample<'a> {
        let need = |&family: &usize| {
            let part = |band: usize| model.amount(family, band) as f64 / model.bands[band].total as f64;
            (0..model.bands.len()).map(part).sum::<f64>()
        };
        let mut needs: Vec<f64> = families.iter().map(need).collect();
        let whole = needs.iter().sum::<f64>();
        needs.iter_mut().for_each(|need| *need /= whole);
        Sample { model, families, needs }
    }

    fn costs(&self, anchors: &[RawPlace]) -> Vec<Vec<f64>> {
        let row = |&f: &usize| anchors.iter().map(|&a| self.model.squares(f, Some(a))).collect();
        self.families.iter().map(row).collect()
    }

    /// Prices on room by subgradient steps, and the cheapest leaf of each family at the last of them.
    fn priced(&self, costs: &[Vec<f64>]) -> (Vec<f64>, Vec<usize>) {
        let leaves = self.model.leaves();
        let nearest = costs.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min));
        let step = PRICE_STEP * nearest.sum::<f64>();
        let mut prices = vec![0.0; leaves];
        let mut chosen = vec![0; costs.len()];
        for round in 0..PRICE_STEPS {
            let mut held = vec![0.0; leaves];
            for ((choice, row), need) in chosen.iter_mut().zip(costs).zip(&self.needs) {
                *choice = cheapest((0..leaves).map(|l| (l, row[l] + need * prices[l])));
                held[*choice] += need;
            }
            for ((price, held), share) in prices.iter_mut().zip(held).zip(&self.model.shares) {
                *price += step / (1.0 + round as f64 / 20.0) * (held / share - 1.0);
            }
        }
        (prices, chosen)
    }

    /// The cheapest leaf with room, families with the most to lose first; where none has room, the emptiest.
    fn rounded(&self, costs: &[Vec<f64>], prices: &[f64]) -> Vec<usize> {
        let leaves = self.model.leaves();
        let tolerance = self.model.bands.iter().map(|band| band.tolerance).fold(f64::INFINITY, f64::min);
        let priced = |f: usize| (0..leaves).map(move |l| costs[f][l] + self.needs[f] * prices[l]);
        let regrets: Vec<f64> = (0..costs.len()).map(|f| regret(&priced(f).collect::<Vec<f64>>())).collect();
        let mut order: Vec<usize> = (0..costs.len()).collect();
        order.sort_by(|&a, &b| regrets[b].total_cmp(&regrets[a]).then(a.cmp(&b)));
        let mut room: Vec<f64> = self.model.shares.iter().map(|share| share * (1.0 + tolerance)).collect();
        let mut chosen = vec![0; costs.len()];
        for family in order {
            let open = priced(family).enumerate().filter(|(l, _)| room[*l] >= self.needs[family]);
            let emptiest = || cheapest(room.iter().map(|room| -room).enumerate());
            let leaf = if open.clone().next().is_some() { cheapest(open) } else { emptiest() };
            room[leaf] -= self.needs[family];
            chosen[family] = leaf;
        }
        chosen
    }
}

/// The leaf of the least cost; the first of several.
fn cheapest(costs: impl Iterator<Item = (usize, f64)>) -> usize {
    costs.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(leaf, _)| leaf)
}

fn find_anchors(model: &Model, seed: u64) -> Vec<RawPlace> {
    let count = model.families.len();
    // Every so manieth family: made books are in random order.
    let taken = count.min(SAMPLE_MAX);
    let sample = Sample::of(model, (0..taken).map(|i| i * count / taken).collect());
    let starts = (0..STARTS).map(|start| lloyd(&sample, &mut ChaCha8Rng::seed_from_u64(seed * STARTS + start)));
    let best = starts.min_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, anchors)| anchors).unwrap_or_default()
}

/// Anchors from one start, and what they cost.
fn lloyd(sample: &Sample, rng: &mut ChaCha8Rng) -> (f64, Vec<RawPlace>) {
    let mut anchors = first_anchors(sample, rng);
    let mut before = Vec::new();
    for _ in 0..ROUNDS {
        let (_, chosen) = sample.priced(&sample.costs(&anchors));
        for (leaf, anchor) in anchors.iter_mut().enumerate() {
            let own = sample.families.iter().zip(&chosen).filter(|(_, of)| **of == leaf);
            let members = own.flat_map(|(&family, _)| &sample.model.families[family]);
            *anchor = centre(members.filter_map(|&account| sample.model.places[account])).unwrap_or(*anchor);
        }
        if chosen == before {
            break;
        }
        before = chosen;
    }
    let costs = sample.costs(&anchors);
    let (prices, _) = sample.priced(&costs);
    let chosen = sample.rounded(&costs, &prices);
    (costs.iter().zip(chosen).map(|(row, leaf)| row[leaf]).sum(), anchors)
}

/// Places far from each other, drawn by squared distance: k-means++ (Arthur and Vassilvitskii 2007).
fn first_anchors(sample: &Sample, rng: &mut ChaCha8Rng) -> Vec<RawPlace> {
    let head = |&family: &usize| sample.model.places[sample.model.families[family][0]];
    let places: Vec<RawPlace> = sample.families.iter().filter_map(head).collect();
    if places.is_empty() {
        return vec![RawPlace { latitude: 0.0, longitude: 0.0 }; sample.model.leaves()];
    }
    let mut anchors = vec![places[rng.random_range(0..places.len())]];
    let mut squares = vec![f64::INFINITY; places.len()];
    while anchors.len() < sample.model.leaves() {
        let last = anchors[anchors.len() - 1];
        for (square, &place) in squares.iter_mut().zip(&places) {
            *square = square.min(crate::sphere::km(place, last).powi(2));
        }
        let mut left = rng.random::<f64>() * squares.iter().sum::<f64>();
        let chosen = squares.iter().position(|square| {
            left -= square;
            left < 0.0
        });
        anchors.push(places[chosen.unwrap_or(0)]);
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Band;
    use crate::score::score;

    /// Two towns 20° apart, of six accounts and of two; half of the accounts each.
    fn model(anchors: Vec<Option<RawPlace>>) -> Model {
        let places = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 20.0, 20.1];
        Model {
            families: (0..8).map(|account| vec![account]).collect(),
            places: places.map(|longitude| Some(RawPlace { latitude: 0.0, longitude })).to_vec(),
            owners: vec![None; 8],
            bands: vec![Band { amounts: vec![1; 8], total: 8, tolerance: 0.0, weight: 1.0 }],
            shares: vec![0.5; 2],
            anchors,
        }
    }

    #[test]
    fn the_surplus_nearest_to_the_other_anchor_goes_there() {
        let at = |longitude| Some(RawPlace { latitude: 0.0, longitude });
        let given = model(vec![at(0.0), at(20.0)]);
        assert_eq!(balanced_kmeans(&given, 1), [0, 0, 0, 0, 1, 1, 1, 1]);
    }

    #[test]
    fn anchors_that_are_not_given_are_found() {
        let free = model(vec![None, None]);
        let found = score(&free, &balanced_kmeans(&free, 1));
        assert_eq!(found.excess, 0.0);
        let best = score(&free, &[0, 0, 0, 0, 1, 1, 1, 1]).compactness;
        assert!(found.compactness <= best * 1.0001, "{} for {best}", found.compactness);
    }
}
