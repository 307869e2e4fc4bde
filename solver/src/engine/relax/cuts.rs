//! Cuts on the rows of a relaxation: where its solution stands, rows are rounded by the divisors that its split units
//! suggest (Marchand and Wolsey 2001), and the best few are added; a few rounds, at the root.

mod row;

use crate::engine::clock::Clock;
use crate::engine::relax::lp::cut_lines::CutLine;
use crate::engine::relax::lp::{Lp, Price, Sums};
use crate::engine::relax::simplex::{Basis, End, Simplex};
use crate::index::{Keyed, LeafIndex, LoadIndex, Number};
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::cuts::{Cut, Limited};
use rayon::prelude::*;
use row::{Found, Side};
use std::sync::Arc;

/// Rounds, at most.
const ROUNDS: usize = 20;
/// Cuts added in a round, at most: each makes iterations dearer.
const ROUND_CUTS: usize = 60;
/// Cuts of which the angle's cosine is above this say the same.
const PARALLEL: f64 = 0.9;
/// Part of what was gained so far that a round must gain for the next one to be worth it.
const ROUND_GAIN: f64 = 0.01;
/// Rounds in turn that may gain less.
const IDLE_ROUNDS: usize = 2;
/// Part of the bound that cuts must add to be kept, as they make branches dearer: where they add less, branches alone are as
/// fast. The gap would tell less, as an early plan may be far off.
const KEPT_GAIN: f64 = 0.01;
/// Units of a book in which any cut that adds something is kept: branches are cheap there.
const SMALL: usize = 100;
/// Rounds after which it is looked whether others are to follow.
const FIRST_ROUNDS: usize = 2;
/// Part of the bound that the first rounds must add for that.
const FIRST_GAIN: f64 = 0.004;
/// Part of the time left to a tier that looking for cuts may take.
const TIME_PART: f64 = 0.1;
/// Cuts that branches carry, at most: each makes all their iterations dearer.
const KEPT_MAX: usize = 120;
/// Iterations of a round, at most.
const ITERATIONS: u64 = 4_000;
/// Iterations between looks at the clock.
const CLOCK: usize = 20;
/// Units of a book up to which cuts are looked for: in larger ones the relaxation is that near by itself.
const UNITS_MAX: usize = 5_000;
/// Iterations' worth of work that looking for cuts in one line takes, about.
const LINE_WORK: f64 = 0.5;

/// A solved program.
struct Solved {
    lp: Arc<Lp>,
    cuts: Vec<CutLine>,
    basis: Basis,
    bound: f64,
    point: Point,
}

/// Where a solution stands.
struct Point {
    /// The leaf with the largest part of each unit.
    leaf_of: Vec<LeafIndex>,
    /// Units that are split, and what of them is where.
    split: Vec<(u32, Vec<(u32, f64)>)>,
    excesses: Vec<f64>,
}

/// The program with cuts, and where it was solved; `None` where they close too little of the gap to `value`.
pub(crate) fn strengthened(
    problem: &Problem,
    frame: &Frame,
    (lp, basis): (&Arc<Lp>, &Basis),
    value: f64,
    clock: &Clock,
) -> Option<(Arc<Lp>, Basis)> {
    let units = problem.units.count();
    if units > UNITS_MAX || lp.units.len() < units {
        return None;
    }
    let part = clock.slice(TIME_PART);
    let found = rounds(problem, frame, (lp, basis), value, &part);
    clock.absorb(&part);
    // What branches are to carry: the cuts that hold most, solved anew from the relaxation without any.
    let cuts = found?;
    let basis = basis.with_cuts(lp.own_lines(), &[], cuts.len());
    let solved = solve(lp.with_cuts(problem, &cuts), cuts, &basis, clock)?;
    Some((solved.lp, solved.basis))
}

/// Rounds of cuts, as long as they gain; `None` where they gain too little.
fn rounds(
    problem: &Problem,
    frame: &Frame,
    (lp, basis): (&Arc<Lp>, &Basis),
    value: f64,
    clock: &Clock,
) -> Option<Vec<CutLine>> {
    let mut at = solve(Lp::clone(lp), Vec::new(), basis, clock)?;
    let (root, mut idle, own) = (at.bound, 0, lp.own_lines());
    let dear = if problem.units.count() > SMALL { root.abs() } else { 0.0 };
    let amounts = problem.rows.loads.map(|load| load.amounts.iter().map(|&a| a as f64).collect());
    for round in 1..=ROUNDS {
        if at.bound >= value || at.point.split.is_empty() || clock.is_over() {
            break;
        }
        let found = separate(problem, frame, &at, &amounts, clock);
        if found.is_empty() {
            break;
        }
        let kept: Vec<bool> = (0..at.cuts.len()).map(|cut| !at.basis.is_loose(own + cut)).collect();
        let basis = at.basis.with_cuts(own, &kept, found.len());
        let old = at.cuts.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cut, _)| cut.clone());
        let cuts: Vec<CutLine> = old.chain(found).collect();
        let Some(next) = solve(lp.with_cuts(problem, &cuts), cuts, &basis, clock) else { break };
        let gained = next.bound - at.bound;
        at = next;
        idle = if gained < ROUND_GAIN * (at.bound - root) { idle + 1 } else { 0 };
        if idle > IDLE_ROUNDS || round >= FIRST_ROUNDS && at.bound - root < FIRST_GAIN * dear {
            break;
        }
    }
    (!at.cuts.is_empty() && at.bound - root >= KEPT_GAIN * dear).then(|| strongest(&at, own))
}

/// The cuts whose prices weigh most, in the order they were found.
fn strongest(at: &Solved, own: usize) -> Vec<CutLine> {
    let mut squares = vec![0.0; at.cuts.len()];
    at.lp.cut_terms.all().for_each(|(line, k)| squares[line - own] += k * k);
    let weight = |cut: usize| at.basis.duals[own + cut].abs() * squares[cut].sqrt();
    let mut order: Vec<usize> = (0..at.cuts.len()).filter(|&cut| weight(cut) > 0.0).collect();
    order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
    order.truncate(KEPT_MAX);
    order.sort_unstable();
    order.into_iter().map(|cut| at.cuts[cut].clone()).collect()
}

/// `None` where it is not solved to its end in time.
fn solve(lp: Lp, cuts: Vec<CutLine>, basis: &Basis, clock: &Clock) -> Option<Solved> {
    let lp = Arc::new(lp);
    let mut simplex = Simplex::new(&lp);
    simplex.load(basis, &[]);
    let mut end = End::Limit;
    while end == End::Limit && simplex.iterations < ITERATIONS && !clock.is_over() {
        let before = simplex.iterations;
        end = simplex.solve(f64::INFINITY, CLOCK);
        clock.count(((simplex.iterations - before) as f64 * lp.effort()) as u64 + 1);
    }
    if end != End::Optimal {
        return None;
    }
    let point = Point { leaf_of: simplex.rounded(), split: simplex.fractions(), excesses: simplex.excesses() };
    let (basis, bound) = (simplex.basis(), simplex.bound());
    drop(simplex);
    Some(Solved { lp, cuts, basis, bound, point })
}

/// The cuts that the solution is furthest beyond, no two of them nearly alike.
fn separate(
    problem: &Problem,
    frame: &Frame,
    at: &Solved,
    amounts: &Keyed<LoadIndex, Vec<f64>>,
    clock: &Clock,
) -> Vec<CutLine> {
    let sides = sides(problem, frame, &at.lp);
    clock.count((sides.len() as f64 * LINE_WORK * at.lp.effort()) as u64);
    let found = sides.par_iter().map(|(line, cut)| {
        let row = &problem.rows.rows[cut.row];
        let total = (problem.rows.loads[row.load].total as f64).max(1.0);
        let beyond: f64 = (at.lp.columns.iter().zip(&at.point.excesses))
            .flat_map(|(column, value)| column.terms.iter().filter(|t| t.0 == *line).map(move |t| t.1 * value))
            .sum();
        let side = Side {
            amounts: &amounts[row.load],
            least: cut.limited == Limited::Least,
            limit: cut.limit as f64,
            excess: beyond.abs() / at.lp.lines[*line].scale * total,
            leaves: problem.tree.nodes[row.node].leaves,
        };
        side.cut(&at.point.leaf_of, &at.point.split).map(|found| (*line, cut, found))
    });
    let mut found: Vec<(usize, &Cut, Found)> = found.collect::<Vec<_>>().into_iter().flatten().collect();
    found.sort_by(|a, b| b.2.depth.total_cmp(&a.2.depth).then(a.0.cmp(&b.0)));
    let mut taken: Vec<(usize, &Cut, Found)> = Vec::new();
    for (line, cut, found) in found {
        let node = problem.rows.rows[cut.row].node;
        let alike = |other: &(usize, &Cut, Found)| {
            problem.rows.rows[other.1.row].node == node
                && found.direction.iter().zip(&other.2.direction).map(|(a, b)| a * b).sum::<f64>() > PARALLEL
        };
        if !taken.iter().any(alike) {
            taken.push((line, cut, found));
        }
        if taken.len() == ROUND_CUTS {
            break;
        }
    }
    let cut_line = |(line, cut, found): (usize, &Cut, Found)| {
        let absent = problem.units.all().iter().filter(|u| found.absent[u.get()]).collect();
        CutLine { line, cut: Cut { divisor: found.divisor, absent, ..cut.clone() } }
    };
    taken.into_iter().map(cut_line).collect()
}

/// Every limit of a row that cuts may be made from, with its line in the program.
fn sides(problem: &Problem, frame: &Frame, lp: &Lp) -> Vec<(usize, Cut)> {
    let mut sides = Vec::new();
    for (at, line) in lp.lines.iter().enumerate() {
        let (Sums::Load { .. }, Price::Row(r)) = (&line.sums, line.price) else { continue };
        let row = &problem.rows.rows[r];
        let soft = lp.columns.iter().any(|column| column.terms.iter().any(|term| term.0 == at));
        let (limits, step) = match soft {
            true => (&row.limits, 1),
            false => (frame.held_limits(r), problem.rows.loads[row.load].step),
        };
        for (limited, there) in [(Limited::Most, line.hi.is_finite()), (Limited::Least, line.lo.is_finite())] {
            let Some(limit) = limited.of(limits, step).filter(|_| there) else { continue };
            let cut = Cut { row: r, limited, limit, divisor: 1, soft, absent: Vec::new() };
            if frame.has(problem, &cut) {
                sides.push((at, cut));
            }
        }
    }
    sides
}

#[cfg(test)]
mod tests;
