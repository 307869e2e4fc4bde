//! Lines and rings cut to a rectangle.

use super::projection::Area;

type At = (f64, f64);

/// A side of the rectangle: whether a point is inside, and where a line meets it.
struct Side {
    inside: fn(&Area, At) -> bool,
    meet: fn(&Area, At, At) -> At,
}

const SIDES: [Side; 4] = [
    Side { inside: |area, at| at.0 >= area.left, meet: |area, a, b| upright(a, b, area.left) },
    Side { inside: |area, at| at.0 <= area.right, meet: |area, a, b| upright(a, b, area.right) },
    Side { inside: |area, at| at.1 >= area.top, meet: |area, a, b| level(a, b, area.top) },
    Side { inside: |area, at| at.1 <= area.bottom, meet: |area, a, b| level(a, b, area.bottom) },
];

fn upright(a: At, b: At, x: f64) -> At {
    (x, a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0))
}

fn level(a: At, b: At, y: f64) -> At {
    (a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1), y)
}

/// What lies inside of a ring (Sutherland and Hodgman 1974). The last point is not the first again.
pub(super) fn clip_ring(mut ring: Vec<At>, area: &Area) -> Vec<At> {
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    if ring.iter().all(|at| area.holds(*at)) {
        return ring;
    }
    for side in &SIDES {
        let mut part = Vec::with_capacity(ring.len());
        for (index, &to) in ring.iter().enumerate() {
            let from = ring[(index + ring.len() - 1) % ring.len()];
            let (was, is) = ((side.inside)(area, from), (side.inside)(area, to));
            if was != is {
                part.push((side.meet)(area, from, to));
            }
            if is {
                part.push(to);
            }
        }
        ring = part;
    }
    ring
}

/// The pieces of a line that lie inside.
pub(super) fn clip_line(line: &[At], area: &Area) -> Vec<Vec<At>> {
    let mut pieces: Vec<Vec<At>> = Vec::new();
    let mut end = None;
    for pair in line.windows(2) {
        let Some((from, to)) = clip_pair(pair[0], pair[1], area) else {
            end = None;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if end == Some(from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
        end = Some(to);
    }
    pieces
}

fn clip_pair(mut a: At, mut b: At, area: &Area) -> Option<(At, At)> {
    for side in &SIDES {
        match ((side.inside)(area, a), (side.inside)(area, b)) {
            (true, true) => {}
            (false, false) => return None,
            (true, false) => b = (side.meet)(area, a, b),
            (false, true) => a = (side.meet)(area, a, b),
        }
    }
    Some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Area = Area { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };

    #[test]
    fn a_ring_around_the_rectangle_becomes_the_rectangle() {
        let ring = clip_ring(vec![(-1.0, -1.0), (2.0, -1.0), (2.0, 2.0), (-1.0, 2.0), (-1.0, -1.0)], &UNIT);
        assert_eq!(ring.len(), 4);
        assert!(clip_ring(vec![(2.0, 2.0), (3.0, 2.0), (3.0, 3.0)], &UNIT).is_empty());
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two_pieces() {
        let pieces = clip_line(&[(0.5, 0.5), (1.5, 0.5), (1.5, 0.8), (0.5, 0.8)], &UNIT);
        assert_eq!(pieces, [vec![(0.5, 0.5), (1.0, 0.5)], vec![(1.0, 0.8), (0.5, 0.8)]]);
        assert!(clip_line(&[(2.0, 2.0), (3.0, 3.0)], &UNIT).is_empty());
    }
}
