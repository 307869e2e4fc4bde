//! Anchors for made books: k-means++ (Arthur and Vassilvitskii 2007), then prices that draw the counts together.
//!
//! Plain on purpose: benchmarks take the anchors as given, so they must not come from the solver.

use carve_solver::space::Point;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Accounts that the anchors are found on.
const SAMPLE_MAX: usize = 5_000;
const MEAN_ROUNDS: usize = 40;
const PRICE_ROUNDS: usize = 20;
const PRICE_STEPS: usize = 200;

/// `count` anchors drawn to where equal counts want them. Empty without places.
pub(crate) fn balanced(rng: &mut ChaCha8Rng, places: &[Point], count: usize) -> Vec<Point> {
    let sample = sample(rng, places);
    let mut anchors = means(rng, &sample, count);
    for _ in 0..PRICE_ROUNDS {
        let nearest = nearest_by_price(&sample, &anchors);
        recentre(&mut anchors, &sample, &nearest);
    }
    anchors
}

/// `count` anchors where the places are dense, however many places that gives each.
pub(crate) fn dense(rng: &mut ChaCha8Rng, places: &[Point], count: usize) -> Vec<Point> {
    let sample = sample(rng, places);
    means(rng, &sample, count)
}

/// The index of the closest anchor of each place.
pub(crate) fn nearest(places: &[Point], anchors: &[Point]) -> Vec<usize> {
    places.iter().map(|place| least(anchors.iter().map(|anchor| place.distance_km(*anchor)))).collect()
}

/// The index of the least value; the first of several.
pub(crate) fn least(values: impl Iterator<Item = f64>) -> usize {
    let best = values.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(0, |(index, _)| index)
}

fn sample(rng: &mut ChaCha8Rng, places: &[Point]) -> Vec<Point> {
    let mut places = places.to_vec();
    let (sample, _) = places.partial_shuffle(rng, SAMPLE_MAX);
    sample.to_vec()
}

fn means(rng: &mut ChaCha8Rng, places: &[Point], count: usize) -> Vec<Point> {
    let mut anchors: Vec<Point> = places.first().copied().into_iter().collect();
    let mut squares = vec![f64::INFINITY; places.len()];
    while anchors.len() < count && !places.is_empty() {
        let last = anchors[anchors.len() - 1];
        for (square, place) in squares.iter_mut().zip(places) {
            *square = square.min(place.distance_km(last).powi(2));
        }
        let mut left = rng.random::<f64>() * squares.iter().sum::<f64>();
        let chosen = squares.iter().position(|square| {
            left -= square;
            left < 0.0
        });
        anchors.push(places[chosen.unwrap_or(0)]);
    }
    for _ in 0..MEAN_ROUNDS {
        let nearest = nearest(places, &anchors);
        recentre(&mut anchors, places, &nearest);
    }
    anchors
}

/// The closest anchor with a price on each in km², raised where too many places go and lowered elsewhere.
fn nearest_by_price(places: &[Point], anchors: &[Point]) -> Vec<usize> {
    let square = |place: &Point, anchor: &Point| place.distance_km(*anchor).powi(2);
    let squares: Vec<Vec<f64>> = places.iter().map(|p| anchors.iter().map(|a| square(p, a)).collect()).collect();
    let mut closest: Vec<f64> = squares.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).collect();
    closest.sort_by(f64::total_cmp);
    let step = 0.3 * closest.get(closest.len() / 2).copied().unwrap_or(0.0);
    let mut prices = vec![0.0; anchors.len()];
    let mut chosen = vec![0; places.len()];
    for round in 0..PRICE_STEPS {
        let mut counts = vec![0_u32; anchors.len()];
        for (choice, row) in chosen.iter_mut().zip(&squares) {
            *choice = least(row.iter().zip(&prices).map(|(square, price)| square + price));
            counts[*choice] += 1;
        }
        let fair = places.len() as f64 / anchors.len() as f64;
        for (price, held) in prices.iter_mut().zip(counts) {
            *price += step / (1.0 + round as f64 / 20.0) * (f64::from(held) / fair - 1.0);
        }
    }
    chosen
}

/// Moves each anchor to the mean of its places; one without places stays.
fn recentre(anchors: &mut [Point], places: &[Point], owners: &[usize]) {
    let mut sums = vec![(0.0, 0.0, 0.0); anchors.len()];
    for (place, owner) in places.iter().zip(owners) {
        let (latitude, longitude, count) = &mut sums[*owner];
        *latitude += place.latitude();
        *longitude += place.longitude();
        *count += 1.0;
    }
    for (anchor, (latitude, longitude, count)) in anchors.iter_mut().zip(sums) {
        if count > 0.0 {
            *anchor = Point::new(latitude / count, longitude / count).expect("a mean of points in range is in range");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn balanced_anchors_leave_none_with_few_places() {
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let places = crate::draw::sites(rng, 4_000, &[]).places;
        let anchors = balanced(rng, &places, 8);
        let nearest = nearest_by_price(&places, &anchors);
        for anchor in 0..8 {
            let held = nearest.iter().filter(|n| **n == anchor).count();
            assert!((250..=750).contains(&held), "{anchor}: {held}");
        }
    }
}
