//! Divides seats into sides: straight cuts first, then seats that change sides, while the score falls.

use crate::space::{Direction, Plane};
use std::f64::consts::TAU;

/// Scores nearer than this are the same; then the fewer sides.
pub(super) const SAME: f64 = 1e-9;
/// Directions tried for a cut.
const DIRECTIONS: usize = 16;
/// Rounds of seats changing sides, at most; each tries every seat with every side and every other seat.
const ROUNDS: usize = 8;

/// Where every seat stands and its share.
pub(super) struct Standing<'a> {
    pub places: &'a [Direction],
    pub shares: &'a [f64],
}

/// How many seats a side may have.
pub(super) struct Sizes {
    pub least: usize,
    pub most: usize,
}

/// Some seats together.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    pub seats: Vec<usize>,
    pub share: f64,
    /// Sum of their places, weighted by share.
    pub direction: Direction,
}

impl Side {
    fn of(seats: &[usize], standing: &Standing) -> Side {
        let mut side = Side::default();
        seats.iter().for_each(|&seat| side.put(seat, standing, 1.0));
        side.seats = seats.to_vec();
        side
    }

    /// Adds a seat's share and place, `sign` 1, or takes them away, −1.
    fn put(&mut self, seat: usize, standing: &Standing, sign: f64) {
        self.share += sign * standing.shares[seat];
        self.direction.join_part(&standing.places[seat], sign * standing.shares[seat]);
    }

    /// Share × squared distance to the centre, summed. Places are unit vectors, so Σ w|x − c|² = W − |Σ wx|² ÷ W.
    fn within(&self) -> f64 {
        if self.share > 0.0 { (self.share - self.direction.length().powi(2) / self.share).max(0.0) } else { 0.0 }
    }
}

/// The score of these sides but for the cost of their count, see [`super`]; `of` is how many there will be.
pub(super) fn score(sides: &[Side], of: usize) -> f64 {
    let mut whole = Side::default();
    for side in sides {
        whole.share += side.share;
        whole.direction.join(&side.direction);
    }
    let wanted = vec![1.0 / of as f64; sides.len()];
    scored(sides, &wanted, of as f64, &whole)
}

/// As [`score`], with the part of the whole that each side is to have.
fn scored(sides: &[Side], wanted: &[f64], weight: f64, whole: &Side) -> f64 {
    let within: f64 = sides.iter().map(Side::within).sum();
    let total = whole.within();
    // Where all seats stand at one point, rounding is no distance.
    let spread = if total > 1e-12 * whole.share { within / total } else { 0.0 };
    let off = |(side, part): (&Side, &f64)| (side.share / (whole.share * part) - 1.0).powi(2);
    let imbalance = (sides.iter().zip(wanted).map(off).sum::<f64>() / sides.len() as f64).sqrt();
    weight * spread + imbalance
}

/// `seats` in `count` sides, by number inside each.
pub(super) fn sides(seats: &[usize], standing: &Standing, count: usize, sizes: &Sizes) -> Vec<Side> {
    let mut found = Vec::new();
    cut(seats, standing, count, sizes, &mut found);
    refine(&mut found, standing, sizes);
    found.iter_mut().for_each(|side| side.seats.sort_unstable());
    found
}

/// Cuts by halving: the first `count / 2` sides lie before the cut, in the direction and at the place of the least
/// score.
fn cut(seats: &[usize], standing: &Standing, count: usize, sizes: &Sizes, found: &mut Vec<Side>) {
    let whole = Side::of(seats, standing);
    if count == 1 {
        found.push(whole);
        return;
    }
    let (first, last) = (count / 2, count - count / 2);
    let part = first as f64 / count as f64;
    let lowest = (first * sizes.least).max(seats.len().saturating_sub(last * sizes.most));
    let highest = (first * sizes.most).min(seats.len() - last * sizes.least);
    let plane = whole.direction.centre().map(Plane::at);
    let mut best: Option<(f64, Vec<usize>, usize)> = None;
    for direction in 0..if plane.is_some() { DIRECTIONS } else { 1 } {
        let (sin, cos) = (TAU * direction as f64 / DIRECTIONS as f64).sin_cos();
        let along = |seat: usize| {
            let (east, north) = plane.map_or((0.0, 0.0), |plane| plane.east_north(&standing.places[seat]));
            // Without the last bits: seats at one point lie in the order of their numbers.
            ((east * cos + north * sin) / SAME).round() as i64
        };
        let mut keyed: Vec<(i64, usize)> = seats.iter().map(|&seat| (along(seat), seat)).collect();
        keyed.sort_unstable();
        let order: Vec<usize> = keyed.into_iter().map(|(_, seat)| seat).collect();
        let (mut before, mut after) = (Side::default(), whole.clone());
        for (at, &seat) in order.iter().enumerate().take(highest) {
            before.put(seat, standing, 1.0);
            after.put(seat, standing, -1.0);
            if at + 1 < lowest {
                continue;
            }
            let pair = [std::mem::take(&mut before), std::mem::take(&mut after)];
            let score = scored(&pair, &[part, 1.0 - part], 2.0, &whole);
            [before, after] = pair;
            if best.as_ref().is_none_or(|(least, ..)| score < least - SAME) {
                best = Some((score, order.clone(), at + 1));
            }
        }
    }
    let (_, order, at) = best.expect("sizes leave a place to cut");
    cut(&order[..at], standing, first, sizes, found);
    cut(&order[at..], standing, last, sizes, found);
}

/// Seats change sides, alone or two for each other, while the score falls.
fn refine(sides: &mut [Side], standing: &Standing, sizes: &Sizes) {
    let mut seats: Vec<(usize, usize)> =
        sides.iter().enumerate().flat_map(|(at, side)| side.seats.iter().map(move |&seat| (seat, at))).collect();
    seats.sort_unstable();
    let mut counts: Vec<usize> = sides.iter().map(|side| side.seats.len()).collect();
    let mut trade = Trade::new(sides, standing);
    for _ in 0..ROUNDS {
        let mut changed = false;
        for i in 0..seats.len() {
            for to in 0..counts.len() {
                let (seat, from) = seats[i];
                let fits = to != from && counts[from] > sizes.least && counts[to] < sizes.most;
                if fits && trade.takes(from, to, &[(seat, from, to)]) {
                    (counts[from], counts[to], seats[i].1) = (counts[from] - 1, counts[to] + 1, to);
                    changed = true;
                }
            }
            for j in i + 1..seats.len() {
                let ((a, at_a), (b, at_b)) = (seats[i], seats[j]);
                if at_a != at_b && trade.takes(at_a, at_b, &[(a, at_a, at_b), (b, at_b, at_a)]) {
                    (seats[i].1, seats[j].1) = (at_b, at_a);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    for (at, side) in sides.iter_mut().enumerate() {
        let held: Vec<usize> = seats.iter().filter(|s| s.1 == at).map(|s| s.0).collect();
        *side = Side::of(&held, standing);
    }
}

/// The terms of the score, so that a change costs what it touches.
struct Trade<'a> {
    standing: &'a Standing<'a>,
    sides: Vec<Side>,
    /// What within is multiplied by: the number of sides over the total, or 0.
    weight: f64,
    even: f64,
    within: f64,
    squares: f64,
}

impl<'a> Trade<'a> {
    fn new(sides: &[Side], standing: &'a Standing<'a>) -> Trade<'a> {
        let sides: Vec<Side> =
            sides.iter().map(|s| Side { seats: Vec::new(), share: s.share, direction: s.direction }).collect();
        let mut whole = Side::default();
        for side in &sides {
            whole.share += side.share;
            whole.direction.join(&side.direction);
        }
        let (count, total) = (sides.len() as f64, whole.within());
        let weight = if total > 1e-12 * whole.share { count / total } else { 0.0 };
        let even = whole.share / count;
        let within = sides.iter().map(Side::within).sum();
        let squares = sides.iter().map(|s| (s.share / even - 1.0).powi(2)).sum();
        Trade { standing, sides, weight, even, within, squares }
    }

    /// Makes these moves (seat, from, to) between two sides if the score falls.
    fn takes(&mut self, a: usize, b: usize, moves: &[(usize, usize, usize)]) -> bool {
        let (mut one, mut other) = (self.sides[a].clone(), self.sides[b].clone());
        for &(seat, from, _) in moves {
            let (leaves, enters) = if from == a { (&mut one, &mut other) } else { (&mut other, &mut one) };
            leaves.put(seat, self.standing, -1.0);
            enters.put(seat, self.standing, 1.0);
        }
        let square = |side: &Side| (side.share / self.even - 1.0).powi(2);
        let before = self.sides[a].within() + self.sides[b].within();
        let within = self.within + one.within() + other.within() - before;
        let squares = self.squares + square(&one) + square(&other) - square(&self.sides[a]) - square(&self.sides[b]);
        let squares = squares.max(0.0);
        let count = self.sides.len() as f64;
        let score = |within: f64, squares: f64| self.weight * within + (squares / count).sqrt();
        if score(within, squares) >= score(self.within, self.squares) - SAME {
            return false;
        }
        (self.within, self.squares) = (within, squares);
        (self.sides[a], self.sides[b]) = (one, other);
        true
    }
}
