//! Lines in coarse steps with as few points as show the same: what lies on the way is left out, and lines that meet are one.

use std::collections::HashMap;

/// A point nearer than this to the line without it is left out, in coarse steps.
const FLAT: f64 = 0.75;

type At = (i64, i64);

/// Lines in steps `coarse` times as wide; `closed`: they are rings, which stay what they are.
pub(super) fn simple(lines: &[Vec<(f64, f64)>], coarse: f64, closed: bool) -> Vec<Vec<At>> {
    let rounded = |line: &Vec<(f64, f64)>| {
        let mut points: Vec<At> =
            line.iter().map(|at| ((at.0 / coarse).round() as i64, (at.1 / coarse).round() as i64)).collect();
        points.dedup();
        thinned(&points)
    };
    let least = if closed { 3 } else { 2 };
    let lines: Vec<Vec<At>> = lines.iter().map(rounded).filter(|line| line.len() >= least).collect();
    if closed { lines } else { chained(lines) }
}

/// Without points that lie on the way (Douglas and Peucker 1973).
fn thinned(points: &[At]) -> Vec<At> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; points.len()];
    (keep[0], keep[last]) = (true, true);
    let mut spans = vec![(0, last)];
    while let Some((a, b)) = spans.pop() {
        let (from, to) = (points[a], points[b]);
        let (dx, dy) = ((to.0 - from.0) as f64, (to.1 - from.1) as f64);
        let length = dx.hypot(dy);
        let off = |at: At| {
            let (x, y) = ((at.0 - from.0) as f64, (at.1 - from.1) as f64);
            if length == 0.0 { x.hypot(y) } else { (dx * y - dy * x).abs() / length }
        };
        let worst = (a + 1..b).max_by(|&i, &j| off(points[i]).total_cmp(&off(points[j])).then(j.cmp(&i)));
        if let Some(worst) = worst.filter(|&worst| off(points[worst]) > FLAT) {
            keep[worst] = true;
            spans.extend([(a, worst), (worst, b)]);
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(at, _)| *at).collect()
}

/// The same lines in as few pieces as a walk makes of them that goes on from each end with a line not walked yet, either way
/// round.
fn chained(lines: Vec<Vec<At>>) -> Vec<Vec<At>> {
    let mut at: HashMap<At, Vec<usize>> = HashMap::new();
    for (number, line) in lines.iter().enumerate() {
        line.first().into_iter().chain(line.last()).for_each(|end| at.entry(*end).or_default().push(number));
    }
    let mut used = vec![false; lines.len()];
    let mut chains = Vec::new();
    for start in 0..lines.len() {
        if std::mem::replace(&mut used[start], true) {
            continue;
        }
        let mut chain = lines[start].clone();
        for _ in 0..2 {
            // To its end, then, turned round, to its other end.
            while let Some(next) = chain.last().and_then(|end| at[end].iter().copied().find(|&next| !used[next])) {
                used[next] = true;
                let (line, end) = (&lines[next], chain.last().copied());
                match line.first().copied() == end {
                    true => chain.extend(&line[1..]),
                    false => chain.extend(line.iter().rev().skip(1)),
                }
            }
            chain.reverse();
        }
        chains.push(chain);
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_the_way_is_left_out_and_lines_that_meet_are_one() {
        let line = |points: &[(i64, i64)]| points.iter().map(|at| (at.0 as f64 * 10.0, at.1 as f64 * 10.0)).collect();
        let lines: Vec<Vec<(f64, f64)>> = vec![
            line(&[(5, 5), (6, 5), (9, 5)]),
            line(&[(9, 9), (9, 5)]),
            line(&[(0, 0), (5, 5)]),
            line(&[(20, 20), (20, 20)]),
        ];
        // The point on the way is gone, and so is the line of one point; one line is walked backwards.
        assert_eq!(simple(&lines, 10.0, false), [vec![(0, 0), (5, 5), (9, 5), (9, 9)]]);
        let ring: Vec<Vec<(f64, f64)>> = vec![line(&[(0, 0), (4, 0), (8, 0), (8, 8), (0, 8)])];
        assert_eq!(simple(&ring, 10.0, true), [vec![(0, 0), (8, 0), (8, 8), (0, 8)]]);
    }

    #[test]
    fn every_piece_of_a_net_is_walked_once() {
        // A square with a cross in it: four nodes of three lines and one of four.
        let corners = [(0, 0), (8, 0), (8, 8), (0, 8)];
        let mut lines: Vec<Vec<At>> = (0..4).map(|i| vec![corners[i], corners[(i + 1) % 4]]).collect();
        lines.extend(corners.map(|corner| vec![(4, 4), corner]));
        let pieces = |lines: &[Vec<At>]| {
            let mut all: Vec<[At; 2]> =
                lines.iter().flat_map(|l| l.windows(2).map(|p| [p[0].min(p[1]), p[0].max(p[1])])).collect();
            all.sort_unstable();
            all
        };
        let chains = chained(lines.clone());
        assert!(chains.len() <= 3, "{chains:?}");
        assert_eq!(pieces(&chains), pieces(&lines));
    }
}
