//! Where a seat stands before there is a plan.
//!
//! A seat stands at its home, drawn toward the centre of the accounts it owns now, the more so the nearer they come
//! to its fair part of the book. A seat with neither stands beside the seat that covers it; one that nobody covers,
//! where shares lack: amid the accounts whose nearest seats have the least share for them.

use crate::index::{AccountIndex, Number};
use crate::input::Book;
use crate::problem::order::order;
use crate::space::{Direction, Point, centre};
use std::collections::HashMap;

/// Accounts looked at when a seat has neither home nor accounts, at most.
const SAMPLE: usize = 2_000;
/// Points tried for such a seat, at most.
const CANDIDATES: usize = 200;

/// A seat before there is a tree.
#[derive(Debug, Clone, Default)]
pub(in crate::problem) struct SeatToGroup<'a> {
    pub id: &'a str,
    /// Above 0.
    pub share: f64,
    pub home: Option<Point>,
    /// The seat that covers it, by number.
    pub covered_by: Option<usize>,
}

/// A place for each seat.
pub(super) fn stand(seats: &[SeatToGroup], book: &Book) -> Vec<Point> {
    let rows = order(&book.account_ids);
    let place = |row: AccountIndex| book.places[row.get()].and_then(|p| Point::new(p.latitude, p.longitude));
    let mut places = known(seats, book, &rows, place);
    cover(seats, &mut places);
    if places.iter().any(Option::is_none) {
        let located: Vec<Point> = rows.iter().filter_map(|&r| place(r)).collect();
        let sample = located.iter().step_by(located.len().div_ceil(SAMPLE).max(1)).copied().collect();
        let mut cells = Cells::new(sample, seats.iter().map(|s| s.share).sum());
        (places.iter().zip(seats)).for_each(|(place, seat)| place.iter().for_each(|&p| cells.put(p, seat.share)));
        // Those that nobody covers come first; who is left then covers in a circle.
        let (first, last): (Vec<usize>, Vec<usize>) = (0..seats.len()).partition(|&s| seats[s].covered_by.is_none());
        for seat in first.into_iter().chain(last) {
            if places[seat].is_none() {
                let chosen = cells.lacking();
                places[seat] = Some(chosen);
                cells.put(chosen, seats[seat].share);
                for beside in cover(seats, &mut places) {
                    cells.put(chosen, seats[beside].share);
                }
            }
        }
    }
    places.into_iter().flatten().collect()
}

/// Homes and what owners hold.
fn known(
    seats: &[SeatToGroup],
    book: &Book,
    rows: &[AccountIndex],
    place: impl Fn(AccountIndex) -> Option<Point>,
) -> Vec<Option<Point>> {
    let number: HashMap<&str, usize> = seats.iter().enumerate().map(|(s, seat)| (seat.id, s)).collect();
    let mut owned = vec![(Direction::default(), 0.0); seats.len()];
    for &r in rows {
        if let (Some(&seat), Some(place)) = (number.get(book.current_owners[r.get()].as_str()), place(r)) {
            let counts = Point::weight(book.place_errors_km.get(r.get()).copied().unwrap_or_default());
            owned[seat].0.add(place, counts);
            owned[seat].1 += counts;
        }
    }
    let shares: f64 = seats.iter().map(|s| s.share).sum();
    let at = |(seat, (direction, count)): (&SeatToGroup, &(Direction, f64))| {
        let (Some(home), Some(owned)) = (seat.home, direction.centre()) else {
            return seat.home.or_else(|| direction.centre());
        };
        let fair = rows.len() as f64 * seat.share / shares;
        centre([(home, 1.0), (owned, (count / fair).min(1.0))]).or(Some(home))
    };
    seats.iter().zip(&owned).map(at).collect()
}

/// Puts seats that stand nowhere beside the seat that covers them; gives those it has put.
fn cover(seats: &[SeatToGroup], places: &mut [Option<Point>]) -> Vec<usize> {
    let mut put = Vec::new();
    loop {
        let beside = |&s: &usize| places[s].is_none() && seats[s].covered_by.is_some_and(|by| places[by].is_some());
        let ready: Vec<usize> = (0..seats.len()).filter(beside).collect();
        if ready.is_empty() {
            return put;
        }
        ready.iter().for_each(|&s| places[s] = seats[s].covered_by.and_then(|by| places[by]));
        put.extend(ready);
    }
}

/// Sampled accounts, each in the cell of the place nearest to it where seats stand.
struct Cells {
    sample: Vec<[f64; 3]>,
    points: Vec<Point>,
    /// Cell of each sampled account and the squared distance to its place.
    nearest: Vec<(usize, f64)>,
    /// Place and share of each cell.
    cells: Vec<(Point, f64)>,
    shares: f64,
}

impl Cells {
    fn new(points: Vec<Point>, shares: f64) -> Cells {
        let nearest = vec![(usize::MAX, f64::INFINITY); points.len()];
        Cells { sample: points.iter().map(|p| p.unit_vector()).collect(), points, nearest, cells: Vec::new(), shares }
    }

    /// A seat now stands there.
    fn put(&mut self, place: Point, share: f64) {
        if let Some(cell) = self.cells.iter_mut().find(|cell| cell.0 == place) {
            cell.1 += share;
            return;
        }
        let vector = place.unit_vector();
        for (nearest, at) in self.nearest.iter_mut().zip(&self.sample) {
            let to = squared(*at, vector);
            if to < nearest.1 {
                *nearest = (self.cells.len(), to);
            }
        }
        self.cells.push((place, share));
    }

    /// The account that, as a seat, brings most to the accounts that have the least share for them.
    fn lacking(&self) -> Point {
        let mut counts = vec![0_usize; self.cells.len()];
        for (cell, _) in &self.nearest {
            // Before the first seat no account has a cell.
            counts.get_mut(*cell).into_iter().for_each(|count| *count += 1);
        }
        let part = |cell: usize| counts[cell] as f64 / self.sample.len().max(1) as f64;
        let surplus = |cell: usize| part(cell) - self.cells[cell].1 / self.shares;
        let fullest = (0..self.cells.len()).max_by(|&a, &b| surplus(a).total_cmp(&surplus(b)).then(b.cmp(&a)));
        let inside: Vec<usize> =
            (0..self.sample.len()).filter(|&i| fullest.is_none_or(|cell| self.nearest[i].0 == cell)).collect();
        let gain = |candidate: usize| -> f64 {
            let gain = |&i: &usize| {
                let (d, to) = (self.nearest[i].1, squared(self.sample[i], self.sample[candidate]));
                if d.is_finite() { (d - to).max(0.0) } else { -to }
            };
            inside.iter().map(gain).sum()
        };
        let candidates = inside.iter().step_by(inside.len().div_ceil(CANDIDATES).max(1));
        let best = candidates.map(|&c| (gain(c), c)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        best.map_or_else(equator, |(_, c)| self.points[c])
    }
}

fn squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn equator() -> Point {
    Point::new(0.0, 0.0).expect("0, 0 is on Earth")
}
