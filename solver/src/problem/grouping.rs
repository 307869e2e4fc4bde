//! Finds a tree over seats: at most ten children a split, neighbours on the same side.
//!
//! A seat stands where its home is, else at the centre of the accounts it owns; a seat with neither stands
//! where it brings most accounts nearer to a seat (greedy k-means++ without chance). Seats are then cut along
//! the longer axis into parts as equal as can be.

use crate::input::Book;
use crate::space::{Direction, Point};
use std::collections::HashMap;

/// Places sampled when a seat has none, at most.
const SAMPLE: usize = 2_000;
/// Candidate points tried for a seat that has none, at most.
const CANDIDATES: usize = 200;

/// A found shape over seat numbers.
#[derive(Debug, PartialEq)]
pub(crate) enum Grouping {
    /// One seat.
    Seat(usize),
    /// A split with a name for each part.
    Split { names: Vec<String>, parts: Vec<Grouping> },
}

impl Grouping {
    /// `seats` are ids, `homes` their given points; every split has at most `most` parts.
    pub fn find(seats: &[&str], homes: &[Option<Point>], book: &Book, most: usize) -> Grouping {
        let places = if seats.len() > most { stand(seats, homes, book) } else { Vec::new() };
        split((0..seats.len()).collect(), &places, most)
    }
}

fn split(mut seats: Vec<usize>, places: &[Point], most: usize) -> Grouping {
    if seats.len() <= most {
        let parts = seats.iter().map(|&s| Grouping::Seat(s)).collect();
        return Grouping::Split { names: vec![String::new(); seats.len()], parts };
    }
    let mut below = most;
    while below * most < seats.len() {
        below *= most;
    }
    let sides = seats.len().div_ceil(below);
    let mut groups = Vec::new();
    let axes = cut(&mut seats, places, sides, &mut groups);
    let names: Vec<String> = match (sides, axes) {
        (2, Axis::Longitude) => vec!["west".into(), "east".into()],
        (2, Axis::Latitude) => vec!["south".into(), "north".into()],
        _ => (1..=sides).map(|i| format!("side-{i}")).collect(),
    };
    let parts = groups.into_iter().map(|g| split(g, places, most)).collect();
    Grouping::Split { names, parts }
}

#[derive(Clone, Copy, PartialEq)]
enum Axis {
    Latitude,
    Longitude,
}

/// Cuts `seats` into `sides` parts by halving; returns the axis of the first cut.
fn cut(seats: &mut [usize], places: &[Point], sides: usize, groups: &mut Vec<Vec<usize>>) -> Axis {
    let spread = |axis| {
        let values = seats.iter().map(|&s| along(places[s], axis));
        values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
    };
    let axis = if spread(Axis::Longitude) >= spread(Axis::Latitude) { Axis::Longitude } else { Axis::Latitude };
    if sides == 1 {
        seats.sort_unstable();
        groups.push(seats.to_vec());
        return axis;
    }
    seats.sort_by(|&a, &b| along(places[a], axis).total_cmp(&along(places[b], axis)).then(a.cmp(&b)));
    let first = sides / 2;
    // The larger part on the later side: 17 seats are 8 west and 9 east.
    let (low, high) = seats.split_at_mut(seats.len() * first / sides);
    cut(low, places, first, groups);
    cut(high, places, sides - first, groups);
    axis
}

/// Rough km along an axis; enough to order seats.
fn along(point: Point, axis: Axis) -> f64 {
    match axis {
        Axis::Latitude => point.latitude(),
        Axis::Longitude => point.longitude() * 0.78,
    }
}

fn stand(seats: &[&str], homes: &[Option<Point>], book: &Book) -> Vec<Point> {
    let rows = super::accounts::order(&book.account_ids);
    let place = |row: usize| book.places[row].and_then(|p| Point::new(p.latitude, p.longitude));
    let number: HashMap<&str, usize> = seats.iter().enumerate().map(|(s, &seat)| (seat, s)).collect();
    let mut owned = vec![Direction::default(); seats.len()];
    for &r in &rows {
        if let (Some(&seat), Some(place)) = (number.get(book.current_owners[r].as_str()), place(r)) {
            owned[seat].add(place, 1.0);
        }
    }
    let mut places: Vec<Option<Point>> =
        homes.iter().zip(&owned).map(|(home, owned)| home.or_else(|| owned.centre())).collect();
    let located: Vec<Point> = rows.iter().filter_map(|&r| place(r)).collect();
    let sample: Vec<Point> = located.iter().step_by(located.len().div_ceil(SAMPLE).max(1)).copied().collect();
    let mut nearest: Vec<f64> = vec![f64::INFINITY; sample.len()];
    let lower = |nearest: &mut Vec<f64>, to: Point| {
        for (d, &p) in nearest.iter_mut().zip(&sample) {
            *d = d.min(p.distance_km(to).powi(2));
        }
    };
    places.iter().flatten().for_each(|&p| lower(&mut nearest, p));
    for seat in places.iter_mut().filter(|s| s.is_none()) {
        let chosen = most_helpful(&sample, &nearest).unwrap_or_else(equator);
        lower(&mut nearest, chosen);
        *seat = Some(chosen);
    }
    places.into_iter().flatten().collect()
}

/// The sampled point that, as a seat, brings the sample nearest in sum of squares.
fn most_helpful(sample: &[Point], nearest: &[f64]) -> Option<Point> {
    let gain = |candidate: &Point| -> f64 {
        (sample.iter().zip(nearest))
            .map(|(p, &d)| {
                let to = p.distance_km(*candidate).powi(2);
                if d.is_finite() { (d - to).max(0.0) } else { -to }
            })
            .sum()
    };
    let candidates = sample.iter().step_by(sample.len().div_ceil(CANDIDATES).max(1));
    candidates.map(|c| (gain(c), *c)).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, c)| c)
}

fn equator() -> Point {
    Point::new(0.0, 0.0).expect("0, 0 is on Earth")
}
