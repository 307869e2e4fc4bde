//! Finds a tree over seats: at most so many children a split, seats that belong together on the same side.
//!
//! A split of n seats into k sides has the score
//!
//! ```text
//! k · within ÷ total  +  imbalance  +  SIDE_COST · (k − 2)
//! within     sum over the sides of share × squared distance of a seat to its side's centre
//! total      the same to the centre of all n seats
//! imbalance  root mean square over the sides of (share of the side ÷ even share − 1)
//! ```
//!
//! and the least score is chosen over 2 to ten sides, sizes within what the levels below hold, and seats that change
//! sides (`sides.rs`). k · within is Krzanowski and Lai's criterion for the plane (Biometrics 44, 1988): it is the
//! same for every k where seats lie evenly and falls where they come in k clusters. Uneven sides are thus taken where
//! geography pays for them: two clusters of 10 and 7 stay whole, seats spread evenly divide into 9 and 8.
//!
//! The fewest levels that hold the seats are used, and a split has no more sides than its sides have seats, unless
//! the levels need them: the upper split is the coarser one.

mod stand;

mod sides;

use crate::input::Book;
use crate::space::{Direction, Plane, Point};
use sides::{SAME, Side, Sizes, Standing, sides};
use stand::stand;

pub(super) use stand::SeatToGroup;

/// What each side beyond the second must gain: it is one more bucket to balance and to manage on its level.
const SIDE_COST: f64 = 0.2;

/// A found shape over seat numbers.
#[derive(Debug, PartialEq)]
pub(crate) enum Grouping {
    /// One seat.
    Seat(usize),
    /// A split with a name for each part.
    Split { names: Vec<String>, parts: Vec<Grouping> },
}

impl Grouping {
    /// Every split has at most `most` parts, 2 or more. `seats` are not empty.
    pub fn find(seats: &[SeatToGroup], book: &Book, most: usize) -> Grouping {
        let places = if seats.len() > most { stand(seats, book) } else { Vec::new() };
        let places: Vec<Direction> = places.into_iter().map(Direction::of).collect();
        let shares: Vec<f64> = seats.iter().map(|s| s.share).collect();
        split((0..seats.len()).collect(), &Standing { places: &places, shares: &shares }, most)
    }

    /// The levels that `seats` seats need with at most `most` children a split.
    pub fn levels(seats: usize, most: usize) -> usize {
        (1..).find(|&levels| most.saturating_pow(levels as u32) >= seats).unwrap_or(1)
    }
}

fn split(mut seats: Vec<usize>, standing: &Standing, most: usize) -> Grouping {
    if seats.len() <= most {
        seats.sort_unstable();
        let names = vec![String::new(); seats.len()];
        return Grouping::Split { names, parts: seats.into_iter().map(Grouping::Seat).collect() };
    }
    let below = most.pow(Grouping::levels(seats.len(), most) as u32 - 1);
    let fewest = seats.len().div_ceil(below);
    let greatest = seats.len().isqrt().min(most).max(fewest);
    let mut best: Option<(f64, Vec<Side>)> = None;
    for count in fewest..=greatest {
        let least = if seats.len() >= 2 * count { 2 } else { 1 };
        let found = sides(&seats, standing, count, &Sizes { least, most: below });
        let score = sides::score(&found, count) + SIDE_COST * (count as f64 - 2.0);
        if best.as_ref().is_none_or(|(lowest, _)| score < lowest - SAME) {
            best = Some((score, found));
        }
    }
    let (_, mut found) = best.expect("there is at least one count of sides");
    let names = names(&mut found);
    let parts = found.into_iter().map(|side| match side.seats[..] {
        [seat] => Grouping::Seat(seat),
        _ => split(side.seats, standing, most),
    });
    Grouping::Split { names, parts: parts.collect() }
}

/// Puts the sides in order, from west to east or from south to north, and names them.
fn names(sides: &mut [Side]) -> Vec<String> {
    let mut whole = sides[0].direction;
    sides[1..].iter().for_each(|side| whole.join(&side.direction));
    let centres: Vec<Option<Point>> = sides.iter().map(|side| side.direction.centre()).collect();
    let (Some(middle), true) = (whole.centre(), centres.iter().all(Option::is_some)) else {
        return numbered(sides.len());
    };
    let plane = Plane::at(middle);
    let at: Vec<(f64, f64)> =
        centres.iter().flatten().map(|&centre| plane.east_north(&Direction::of(centre))).collect();
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        high - low
    };
    let (wide, high) = (range(&mut at.iter().map(|p| p.0)), range(&mut at.iter().map(|p| p.1)));
    if wide.max(high) < SAME {
        return numbered(sides.len());
    }
    let along = |p: &(f64, f64)| if wide >= high { p.0 } else { p.1 };
    let mut order: Vec<usize> = (0..sides.len()).collect();
    order.sort_by(|&a, &b| along(&at[a]).total_cmp(&along(&at[b])).then(a.cmp(&b)));
    let mut taken: Vec<Side> = sides.iter_mut().map(std::mem::take).collect();
    for (side, &from) in sides.iter_mut().zip(&order) {
        *side = std::mem::take(&mut taken[from]);
    }
    let words: &[&str] = match (sides.len(), wide >= high) {
        (2, true) => &["west", "east"],
        (2, false) => &["south", "north"],
        (3, true) => &["west", "central", "east"],
        (3, false) => &["south", "central", "north"],
        _ => return numbered(sides.len()),
    };
    words.iter().map(|word| word.to_string()).collect()
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|i| format!("side-{i}")).collect()
}

#[cfg(test)]
mod tests;
