//! How far an edge of the dual is followed, and what enters the basis at its end.

use super::{At, Basic, CHUNK, PARALLEL, Simplex, WORD};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Coefficients of an edge below this are rounding.
const NOTHING: f64 = 1e-11;
/// Pivots from this on are as good as any.
const GOOD: f64 = 1.0;
/// A smaller pivot is taken when none on the way is this many times as large.
const LARGER: f64 = 10.0;

/// What may enter the basis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Enter {
    Leaf(u32, u32),
    Line(u32),
    Excess(u32),
}

/// A place on the edge where something that is not basic stops costing more than what is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Break {
    pub step: f64,
    pub who: Enter,
    /// Its coefficient in the leaving variable's row, by size.
    pub pivot: f64,
    /// Leaves: the unit's key up to here.
    pub from: u32,
}

impl PartialEq for Break {
    fn eq(&self, other: &Break) -> bool {
        self.step == other.step
    }
}

impl Eq for Break {}

impl PartialOrd for Break {
    fn partial_cmp(&self, other: &Break) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Break {
    fn cmp(&self, other: &Break) -> std::cmp::Ordering {
        self.step.total_cmp(&other.step)
    }
}

/// Where an edge leads.
pub(super) enum Way {
    /// To a break: the last of these enters, the others are passed.
    To { passed: Vec<Break>, gain: f64 },
    /// Past the cut-off, this far along.
    Past(f64),
    /// On and on.
    Endless,
}

impl Simplex<'_> {
    /// Follows `edge`, along which the value rises by `slope`, less after every break, until it would fall. `change` is
    /// what the edge changes at each unit and leaf, `room` what the value may gain before the cut-off.
    pub(super) fn follow(&self, edge: &[f64], change: &[f64], mut slope: f64, least: f64, room: f64) -> Way {
        let leaves = self.lp.leaves;
        let first = |unit: usize| {
            self.next_break(unit, &change[unit * leaves..(unit + 1) * leaves], self.key[unit]).map(Reverse)
        };
        let units = 0..self.lp.units.len();
        let mut breaks: Vec<Reverse<Break>> = match units.len() < PARALLEL {
            true => units.filter_map(first).collect(),
            false => units.into_par_iter().with_min_len(CHUNK).filter_map(first).collect(),
        };
        self.line_breaks(edge, &mut breaks);
        let mut queue = BinaryHeap::from(breaks);
        let (mut gain, mut at) = (0.0, 0.0);
        let mut passed: Vec<(Break, f64)> = Vec::new();
        while let Some(Reverse(next)) = queue.pop() {
            let more = slope * (next.step - at).max(0.0);
            if gain + more > room {
                // Far enough to prove it, and no farther, as digits are lost on the way.
                return Way::Past((at + ((room - gain) * 1.001 + 1e-9 * room.abs()) / slope).min(next.step));
            }
            gain += more;
            at = next.step.max(at);
            slope -= self.drop(&next);
            passed.push((next, gain));
            if slope <= 0.0 {
                return self.turn(passed);
            }
            if let Enter::Leaf(unit, leaf) = next.who {
                let row = &change[unit as usize * leaves..(unit as usize + 1) * leaves];
                queue.extend(self.next_break(unit as usize, row, leaf).map(Reverse));
            }
        }
        // Infeasible by less than counts: the edge has an end after all.
        if slope <= least && !passed.is_empty() {
            return self.turn(passed);
        }
        if room.is_finite() {
            Way::Past(at + ((room - gain) * 1.001 + 1e-9 * room.abs()) / slope)
        } else {
            Way::Endless
        }
    }

    /// The last break whose pivot is good enough beside the best on the way.
    fn turn(&self, mut passed: Vec<(Break, f64)>) -> Way {
        let best = passed.iter().fold(0.0, |best: f64, (b, _)| best.max(b.pivot));
        let enough = (best / LARGER).min(GOOD);
        let last = passed.iter().rposition(|(b, _)| b.pivot >= enough).unwrap_or(passed.len() - 1);
        passed.truncate(last + 1);
        let gain = passed[last].1;
        Way::To { passed: passed.into_iter().map(|(b, _)| b).collect(), gain }
    }

    /// Where, beyond the present key, another leaf of the unit becomes cheaper.
    fn next_break(&self, unit: usize, change: &[f64], key: u32) -> Option<Break> {
        let (key_cost, key_change) = (self.reduced(unit)[key as usize], change[key as usize]);
        let apart = self.parts[unit] > 0;
        let words = &self.allowed[unit * self.words..][..self.words];
        // The least step as a fraction: a division for each leaf would take longer than all else. Infinite costs are
        // never less.
        let (mut costs, mut closes, mut leaf) = (f64::INFINITY, 1.0, None);
        let reduced = self.reduced(unit);
        for (at, &open) in words.iter().enumerate() {
            let end = reduced.len().min((at + 1) * WORD);
            let own = reduced[at * WORD..end].iter().zip(&change[at * WORD..end]);
            for (l, (&cost, &change)) in own.enumerate() {
                let (over, closer) = ((cost - key_cost).max(0.0), change - key_change);
                if closer > NOTHING
                    && open >> l & 1 == 1
                    && over * closes < costs * closer
                    && !(apart && self.is_basic(unit, (at * WORD + l) as u32))
                {
                    (costs, closes, leaf) = (over, closer, Some((at * WORD + l) as u32));
                }
            }
        }
        leaf.map(|l| Break { step: costs / closes, who: Enter::Leaf(unit as u32, l), pivot: closes, from: key })
    }

    fn is_basic(&self, unit: usize, leaf: u32) -> bool {
        self.parts[unit] > 0 && self.basic.contains(&Basic::Part(unit as u32, leaf))
    }

    fn line_breaks(&self, edge: &[f64], breaks: &mut Vec<Reverse<Break>>) {
        let lp = self.lp;
        for (r, line) in lp.lines.iter().enumerate() {
            let sinks = match self.line_at[r] {
                At::Basic => continue,
                At::Lo => edge[r] < -NOTHING,
                At::Hi => edge[r] > NOTHING,
            };
            if sinks && line.lo < line.hi {
                let step = (-self.line_cost(r) / edge[r]).max(0.0);
                breaks.push(Reverse(Break { step, who: Enter::Line(r as u32), pivot: edge[r].abs(), from: 0 }));
            }
        }
        for (j, column) in lp.columns.iter().enumerate() {
            let falls: f64 = column.terms.iter().map(|(r, k)| k * edge[*r]).sum();
            let sinks = match self.excess_at[j] {
                At::Basic => continue,
                At::Lo => falls > NOTHING,
                At::Hi => falls < -NOTHING,
            };
            if sinks && column.lo < column.hi {
                let step = (self.column_cost(j) / falls).max(0.0);
                breaks.push(Reverse(Break { step, who: Enter::Excess(j as u32), pivot: falls.abs(), from: 0 }));
            }
        }
    }

    /// How much the slope falls at a break; infinite where it cannot be passed.
    fn drop(&self, at: &Break) -> f64 {
        let range = match at.who {
            Enter::Leaf(u, _) if self.parts[u as usize] > 0 => f64::INFINITY,
            Enter::Leaf(..) => 1.0,
            Enter::Line(r) => self.lp.lines[r as usize].hi - self.lp.lines[r as usize].lo,
            Enter::Excess(j) => self.lp.columns[j as usize].hi - self.lp.columns[j as usize].lo,
        };
        at.pivot * range
    }
}
