//! Outlines of the ground of each territory, and where its label stands. Two territories that touch share their border
//! point by point, so no outline lies across another.

use super::cells::{Cells, Grid, NOBODY};
use std::collections::HashMap;

/// Rounds of smoothing of a border between two ends.
const ROUNDS: usize = 3;
/// A point nearer than this to the line without it is left out: a part of a cell.
const FLAT: f64 = 0.3;
/// Deeper than any cell lies inside.
const FAR: u16 = u16::MAX;

type At = (f64, f64);

/// The ground of one territory.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Rings of corners, in cells.
    pub rings: Vec<Vec<At>>,
    /// The middle of the cell that lies deepest inside, in cells, and how deep that is; `None`: it has no ground.
    pub pole: Option<(At, u16)>,
}

/// The outlines of every node that has ground in a view.
pub(super) fn outlines(cells: &Cells, view: usize) -> HashMap<u32, Outline> {
    let (grid, of) = (&cells.grid, cells.by_view[view].as_slice());
    let mut outlines: HashMap<u32, Outline> = HashMap::new();
    // A label stands on land where there is any.
    let on_land: Vec<u32> = of.iter().zip(&cells.land).map(|(node, land)| if *land { *node } else { NOBODY }).collect();
    for (node, at, depth) in poles(grid, of).into_iter().chain(poles(grid, &on_land)) {
        outlines.entry(node).or_default().pole = Some((at, depth));
    }
    for (node, ring) in rings(grid, of) {
        outlines.entry(node).or_default().rings.push(ring);
    }
    outlines
}

/// For each node the cell that is farthest from the cells of others.
fn poles(grid: &Grid, of: &[u32]) -> Vec<(u32, At, u16)> {
    let mut depth = vec![FAR; of.len()];
    let at = |column: usize, row: usize| row * grid.across + column;
    let mut best: HashMap<u32, (u16, usize)> = HashMap::new();
    // Two passes of a distance that counts steps across as 3 and aslant as 4 (Borgefors 1986).
    for back in [false, true] {
        for index in 0..of.len() {
            let cell = if back { of.len() - 1 - index } else { index };
            let (column, row) = (cell % grid.across, cell / grid.across);
            let edge = column == 0 || row == 0 || column + 1 == grid.across || row + 1 == grid.down;
            if edge {
                depth[cell] = 3;
                continue;
            }
            let ahead: [(usize, u16); 4] = match back {
                false => [
                    (at(column - 1, row), 3),
                    (at(column, row - 1), 3),
                    (at(column - 1, row - 1), 4),
                    (at(column + 1, row - 1), 4),
                ],
                true => [
                    (at(column + 1, row), 3),
                    (at(column, row + 1), 3),
                    (at(column + 1, row + 1), 4),
                    (at(column - 1, row + 1), 4),
                ],
            };
            for (other, step) in ahead {
                let reached = if of[other] == of[cell] { depth[other].saturating_add(step) } else { step };
                depth[cell] = depth[cell].min(reached);
            }
        }
    }
    for cell in (0..of.len()).filter(|&cell| of[cell] != NOBODY) {
        let deepest = best.entry(of[cell]).or_insert((depth[cell], cell));
        if depth[cell] > deepest.0 {
            *deepest = (depth[cell], cell);
        }
    }
    let mut poles: Vec<(u32, At, u16)> = best
        .into_iter()
        .map(|(node, (depth, cell))| {
            (node, ((cell % grid.across) as f64 + 0.5, (cell / grid.across) as f64 + 0.5), depth)
        })
        .collect();
    poles.sort_unstable_by_key(|pole| pole.0);
    poles
}

/// A side of a cell, walked with the cell to its right.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: (usize, usize),
    to: (usize, usize),
    /// What lies on the other side.
    beyond: u32,
}

impl Edge {
    fn middle(&self) -> At {
        ((self.from.0 + self.to.0) as f64 / 2.0, (self.from.1 + self.to.1) as f64 / 2.0)
    }
}

fn rings(grid: &Grid, of: &[u32]) -> Vec<(u32, Vec<At>)> {
    let mut edges: HashMap<u32, Vec<Edge>> = HashMap::new();
    let neighbour = |column: Option<usize>, row: Option<usize>| match (column, row) {
        (Some(column), Some(row)) if column < grid.across && row < grid.down => of[row * grid.across + column],
        _ => NOBODY,
    };
    for cell in (0..of.len()).filter(|&cell| of[cell] != NOBODY) {
        let (column, row) = (cell % grid.across, cell / grid.across);
        let sides = [
            (neighbour(Some(column), row.checked_sub(1)), (column, row), (column + 1, row)),
            (neighbour(Some(column + 1), Some(row)), (column + 1, row), (column + 1, row + 1)),
            (neighbour(Some(column), Some(row + 1)), (column + 1, row + 1), (column, row + 1)),
            (neighbour(column.checked_sub(1), Some(row)), (column, row + 1), (column, row)),
        ];
        let own = sides.into_iter().filter(|(beyond, _, _)| *beyond != of[cell]);
        edges.entry(of[cell]).or_default().extend(own.map(|(beyond, from, to)| Edge { from, to, beyond }));
    }
    let mut nodes: Vec<u32> = edges.keys().copied().collect();
    nodes.sort_unstable();
    nodes.into_iter().flat_map(|node| loops(&edges[&node]).into_iter().map(move |ring| (node, smooth(&ring)))).collect()
}

/// The edges joined into closed walks. Where two walks touch at a corner each turns right, and stays a ring of its own.
fn loops(edges: &[Edge]) -> Vec<Vec<Edge>> {
    let mut leaving: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
    edges.iter().enumerate().for_each(|(index, edge)| leaving.entry(edge.from).or_default().push(index));
    let mut used = vec![false; edges.len()];
    let mut found = Vec::new();
    for start in 0..edges.len() {
        let (mut ring, mut at) = (Vec::new(), start);
        while !std::mem::replace(&mut used[at], true) {
            ring.push(edges[at]);
            let heading = direction(&edges[at]);
            let next = leaving[&edges[at].to].iter().copied().filter(|&next| !used[next]);
            match next.min_by_key(|&next| (direction(&edges[next]) + 4 - heading + 3) % 4) {
                Some(next) => at = next,
                None => break,
            }
        }
        if !ring.is_empty() {
            found.push(ring);
        }
    }
    found
}

/// 0 east, 1 south, 2 west, 3 north.
fn direction(edge: &Edge) -> usize {
    match (edge.to.0.cmp(&edge.from.0), edge.to.1.cmp(&edge.from.1)) {
        (std::cmp::Ordering::Greater, _) => 0,
        (_, std::cmp::Ordering::Greater) => 1,
        (std::cmp::Ordering::Less, _) => 2,
        _ => 3,
    }
}

/// The ring through the middles of its edges, and through the corners where its neighbour changes; between these corners
/// it is smoothed in the same way whoever's ring it is in.
fn smooth(ring: &[Edge]) -> Vec<At> {
    let count = ring.len();
    let starts: Vec<usize> = (0..count).filter(|&i| ring[i].beyond != ring[(i + count - 1) % count].beyond).collect();
    let corner = |edge: &Edge| (edge.from.0 as f64, edge.from.1 as f64);
    if starts.is_empty() {
        let points: Vec<At> = ring.iter().map(Edge::middle).collect();
        return closed(points);
    }
    let mut out = Vec::new();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts[(index + 1) % starts.len()];
        let length = (end + count - start - 1) % count + 1;
        let mut points = vec![corner(&ring[start])];
        points.extend((0..length).map(|step| ring[(start + step) % count].middle()));
        points.push(corner(&ring[end % count]));
        let turned = points.first() > points.last();
        if turned {
            points.reverse();
        }
        let mut points = thinned(&averaged(points));
        if turned {
            points.reverse();
        }
        points.pop(); // the next arc begins with it
        out.extend(points);
    }
    out
}

/// Each point in the middle of its neighbours and itself, the ends left where they are.
fn averaged(mut points: Vec<At>) -> Vec<At> {
    for _ in 0..ROUNDS {
        let before = points.clone();
        for (index, three) in before.windows(3).enumerate() {
            let mean = |pick: fn(&At) -> f64| (pick(&three[0]) + 2.0 * pick(&three[1]) + pick(&three[2])) / 4.0;
            points[index + 1] = (mean(|at| at.0), mean(|at| at.1));
        }
    }
    points
}

/// A ring that touches one neighbour alone.
fn closed(mut points: Vec<At>) -> Vec<At> {
    // The same start whoever's ring it is.
    let first =
        (0..points.len()).min_by(|&a, &b| points[a].partial_cmp(&points[b]).unwrap_or(std::cmp::Ordering::Equal));
    points.rotate_left(first.unwrap_or(0));
    points.push(points[0]);
    let mut points = thinned(&averaged(points));
    points.pop();
    points
}

/// Without points that lie on the line through their neighbours (Douglas and Peucker 1973).
fn thinned(points: &[At]) -> Vec<At> {
    let mut keep = vec![false; points.len()];
    let last = points.len() - 1;
    (keep[0], keep[last]) = (true, true);
    let mut spans = vec![(0, last)];
    while let Some((a, b)) = spans.pop() {
        let (from, to) = (points[a], points[b]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let off = |at: At| match length == 0.0 {
            true => (at.0 - from.0).hypot(at.1 - from.1),
            false => ((to.0 - from.0) * (from.1 - at.1) - (from.0 - at.0) * (to.1 - from.1)).abs() / length,
        };
        let worst = (a + 1..b).max_by(|&i, &j| off(points[i]).total_cmp(&off(points[j])).then(j.cmp(&i)));
        if let Some(worst) = worst.filter(|&worst| off(points[worst]) > FLAT) {
            keep[worst] = true;
            spans.extend([(a, worst), (worst, b)]);
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(at, _)| *at).collect()
}
