//! Steps of the dual simplex: what leaves the basis, how far its edge is followed, and what enters.

use super::{At, Basic, CHUNK, End, FEASIBLE, FRESH, PARALLEL, PIVOT, REFACTOR, Simplex, subtract};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

struct Leaving {
    at: usize,
    /// +1: below its limit, to rise; −1: above.
    sign: f64,
    infeasible: f64,
}

#[derive(Clone, Copy)]
struct Break {
    step: f64,
    who: Enter,
}

#[derive(Clone, Copy, PartialEq)]
enum Enter {
    Leaf(u32, u32),
    Line(u32),
    Excess(u32),
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

impl Simplex<'_> {
    /// Solves from the present basis. `cut_off`: stop once the bound is above it.
    pub fn solve(&mut self, cut_off: f64, iterations: usize) -> End {
        let mut bound = self.bound();
        for _ in 0..iterations {
            if bound > cut_off {
                return End::Cut;
            }
            if self.since_factor >= REFACTOR {
                self.factor();
                bound = self.bound();
            }
            let Some(leaving) = self.leaving() else {
                if self.since_factor > FRESH {
                    self.factor();
                    bound = self.bound();
                    if self.leaving().is_some() {
                        continue;
                    }
                }
                return End::Optimal;
            };
            self.iterations += 1;
            self.since_factor += 1;
            match self.step(&leaving, bound, cut_off) {
                Some(gain) => bound += gain,
                None => return End::Cut,
            }
        }
        End::Limit
    }

    /// The basic variable to leave: most infeasible for the length of its edge. Key leaves take part.
    fn leaving(&mut self) -> Option<Leaving> {
        let (lp, size) = (self.lp, self.lp.lines.len());
        let mut best: Option<(f64, Leaving)> = None;
        let mut seen: Vec<u32> = Vec::new();
        let mut key_leaves = None;
        for i in 0..size {
            let value = self.value[i];
            let (lo, hi) = match self.basic[i] {
                Basic::Line(r) => (lp.lines[r as usize].lo, lp.lines[r as usize].hi),
                Basic::Excess(j) => (lp.columns[j as usize].lo, lp.columns[j as usize].hi),
                Basic::Part(u, l) => {
                    if !seen.contains(&u) {
                        seen.push(u);
                    }
                    (0.0, if self.is_open(u as usize, l) { f64::INFINITY } else { 0.0 })
                }
            };
            let (sign, infeasible) = if value < lo { (1.0, lo - value) } else { (-1.0, value - hi) };
            if infeasible > FEASIBLE {
                let row = &self.inverse[i * size..(i + 1) * size];
                let length: f64 = row.iter().map(|k| k * k).sum();
                let score = infeasible * infeasible / length;
                if best.as_ref().is_none_or(|(s, _)| score > *s) {
                    best = Some((score, Leaving { at: i, sign, infeasible }));
                    key_leaves = None;
                }
            }
        }
        for u in seen {
            let parts: Vec<usize> =
                (0..size).filter(|&i| matches!(self.basic[i], Basic::Part(v, _) if v == u)).collect();
            let value = 1.0 - parts.iter().map(|&i| self.value[i]).sum::<f64>();
            let open = self.is_open(u as usize, self.key[u as usize]);
            let (sign, infeasible) = if value < 0.0 { (1.0, -value) } else { (-1.0, if open { 0.0 } else { value }) };
            if infeasible > FEASIBLE {
                let length: f64 =
                    (0..size).map(|r| parts.iter().map(|i| self.inverse[i * size + r]).sum::<f64>().powi(2)).sum();
                let score = infeasible * infeasible / length.max(1e-300);
                if best.as_ref().is_none_or(|(s, _)| score > *s) {
                    // The part with the largest value becomes the key, of those allowed.
                    let worth = |i: usize| match self.basic[i] {
                        Basic::Part(_, l) if self.is_open(u as usize, l) => self.value[i],
                        _ => f64::NEG_INFINITY,
                    };
                    let at = parts.iter().fold(parts[0], |b, &i| if worth(i) > worth(b) { i } else { b });
                    best = Some((score, Leaving { at, sign, infeasible }));
                    key_leaves = Some(at);
                }
            }
        }
        if let Some(at) = key_leaves {
            self.exchange_key(at);
        }
        best.map(|(_, leaving)| leaving)
    }

    /// Makes the part at `at` its unit's key, and the key a part there.
    pub(super) fn exchange_key(&mut self, at: usize) {
        let size = self.lp.lines.len();
        let Basic::Part(unit, leaf) = self.basic[at] else { return };
        let others: Vec<usize> =
            (0..size).filter(|&i| i != at && matches!(self.basic[i], Basic::Part(v, _) if v == unit)).collect();
        let key_value = 1.0 - self.value[at] - others.iter().map(|&i| self.value[i]).sum::<f64>();
        for r in 0..size {
            let sum = self.inverse[at * size + r] + others.iter().map(|i| self.inverse[i * size + r]).sum::<f64>();
            self.inverse[at * size + r] = -sum;
        }
        self.value[at] = key_value;
        self.basic[at] = Basic::Part(unit, self.key[unit as usize]);
        let old = self.key[unit as usize] as usize;
        self.key[unit as usize] = leaf;
        let mut rest = std::mem::take(&mut self.rest);
        self.add_leaf(unit as usize, old, 1.0, &mut rest);
        self.add_leaf(unit as usize, leaf as usize, -1.0, &mut rest);
        self.rest = rest;
    }

    /// Follows the edge of the leaving variable. Returns the gain; `None` when the bound has passed the cut-off: then
    /// only the duals are of use.
    fn step(&mut self, leaving: &Leaving, bound: f64, cut_off: f64) -> Option<f64> {
        let (lp, size, leaves) = (self.lp, self.lp.lines.len(), self.lp.leaves);
        let edge: Vec<f64> =
            self.inverse[leaving.at * size..(leaving.at + 1) * size].iter().map(|k| -leaving.sign * k).collect();
        let mut change = std::mem::take(&mut self.change);
        Simplex::weigh(lp, &edge, &mut change);
        let first = |unit: usize| {
            self.next_break(unit, &change[unit * leaves..(unit + 1) * leaves], self.key[unit]).map(Reverse)
        };
        let units = 0..lp.units.len();
        let mut breaks: Vec<Reverse<Break>> = match units.len() < PARALLEL {
            true => units.filter_map(first).collect(),
            false => units.into_par_iter().with_min_len(CHUNK).filter_map(first).collect(),
        };
        self.line_breaks(&edge, &mut breaks);
        let mut queue = BinaryHeap::from(breaks);
        let (mut slope, mut gain, mut at) = (leaving.infeasible, 0.0, 0.0);
        let mut passed: Vec<Break> = Vec::new();
        let mut good: Option<(usize, f64, f64)> = None;
        let (mut entering, mut end) = (None, f64::INFINITY);
        while let Some(Reverse(next)) = queue.pop() {
            let more = slope * (next.step - at).max(0.0);
            if bound + gain + more > cut_off {
                end = next.step;
                break;
            }
            gain += more;
            at = next.step.max(at);
            let (drop, pivot, blocks) = self.drop(&next, &passed, &edge, &change);
            slope -= drop;
            passed.push(next);
            if pivot > PIVOT {
                good = Some((passed.len() - 1, at, gain));
            }
            if slope <= 0.0 || blocks {
                entering = Some(());
                break;
            }
            if let Enter::Leaf(unit, leaf) = next.who {
                let row = &change[unit as usize * leaves..(unit as usize + 1) * leaves];
                if let Some(b) = self.next_break(unit as usize, row, leaf) {
                    queue.push(Reverse(b));
                }
            }
        }
        // Infeasible by less than counts: the edge has an end after all.
        if slope <= FEASIBLE && good.is_some() {
            entering = Some(());
        }
        if entering.is_none() {
            // Past the cut-off, or without end: duals far enough along the edge to prove it, and no farther, as
            // they lose digits on the way.
            let needed = if cut_off.is_finite() { cut_off - bound - gain } else { bound.abs() + 1.0 };
            at = (at + (needed * 1.001 + 1e-9) / slope).min(end);
            self.change = change;
            self.duals.iter_mut().zip(&edge).for_each(|(d, e)| *d += at * e);
            self.parts.fill(0);
            self.reprice();
            return None;
        }
        // The last good pivot on the way; a poor one only where there is nothing else.
        let (last, at, gain) = match good {
            Some(good) => good,
            None => (passed.len() - 1, at, gain),
        };
        passed.truncate(last + 1);
        self.take(leaving, &edge, &change, &passed, at);
        self.change = change;
        Some(gain)
    }

    /// Where, beyond the present key, another leaf of the unit becomes cheaper.
    fn next_break(&self, unit: usize, change: &[f64], key: u32) -> Option<Break> {
        let (key_cost, key_change) = (self.reduced(unit)[key as usize], change[key as usize]);
        let (open, apart) = (self.allowed[unit], self.parts[unit] > 0);
        // The least step as a fraction: a division for each leaf would take longer than all else. Infinite costs are
        // never less.
        let (mut costs, mut closes, mut leaf) = (f64::INFINITY, 1.0, None);
        for (l, (&cost, &change)) in self.reduced(unit).iter().zip(change).enumerate() {
            let (over, closer) = ((cost - key_cost).max(0.0), change - key_change);
            let is_open = l >= 64 || open >> l & 1 == 1;
            if closer > 1e-12 && is_open && over * closes < costs * closer && !(apart && self.is_basic(unit, l as u32))
            {
                (costs, closes, leaf) = (over, closer, Some(l as u32));
            }
        }
        leaf.map(|l| Break { step: costs / closes, who: Enter::Leaf(unit as u32, l) })
    }

    fn is_basic(&self, unit: usize, leaf: u32) -> bool {
        self.parts[unit] > 0 && self.basic.contains(&Basic::Part(unit as u32, leaf))
    }

    fn line_breaks(&self, edge: &[f64], breaks: &mut Vec<Reverse<Break>>) {
        let lp = self.lp;
        for (r, line) in lp.lines.iter().enumerate() {
            let sinks = match self.line_at[r] {
                At::Basic => continue,
                At::Lo => edge[r] < -1e-13,
                At::Hi => edge[r] > 1e-13,
            };
            if sinks && line.lo < line.hi {
                let step = (-self.duals[r] / edge[r]).max(0.0);
                breaks.push(Reverse(Break { step, who: Enter::Line(r as u32) }));
            }
        }
        for (j, column) in lp.columns.iter().enumerate() {
            let falls: f64 = column.terms.iter().map(|(r, k)| k * edge[*r]).sum();
            let sinks = match self.excess_at[j] {
                At::Basic => continue,
                At::Lo => falls > 1e-13,
                At::Hi => falls < -1e-13,
            };
            if sinks && column.lo < column.hi {
                let step = (self.column_cost(j) / falls).max(0.0);
                breaks.push(Reverse(Break { step, who: Enter::Excess(j as u32) }));
            }
        }
    }

    /// How much the slope falls at a break, the pivot there, and whether it cannot be passed.
    fn drop(&self, at: &Break, passed: &[Break], edge: &[f64], change: &[f64]) -> (f64, f64, bool) {
        let (lp, leaves) = (self.lp, self.lp.leaves);
        match at.who {
            Enter::Leaf(u, l) => {
                let from = passed.iter().rev().find_map(|b| match b.who {
                    Enter::Leaf(v, o) if v == u => Some(o),
                    _ => None,
                });
                let row = &change[u as usize * leaves..(u as usize + 1) * leaves];
                let drop = row[l as usize] - row[from.unwrap_or(self.key[u as usize]) as usize];
                (drop, drop.abs(), self.parts[u as usize] > 0)
            }
            Enter::Line(r) => {
                let (r, line) = (r as usize, &lp.lines[r as usize]);
                (edge[r].abs() * (line.hi - line.lo), edge[r].abs(), !(line.hi - line.lo).is_finite())
            }
            Enter::Excess(j) => {
                let column = &lp.columns[j as usize];
                let falls: f64 = column.terms.iter().map(|(r, k)| k * edge[*r]).sum::<f64>().abs();
                (falls * (column.hi - column.lo), falls, !(column.hi - column.lo).is_finite())
            }
        }
    }

    /// Moves the duals, passes what was passed, and exchanges the leaving variable for the last break's.
    fn take(&mut self, leaving: &Leaving, edge: &[f64], change: &[f64], passed: &[Break], at: f64) {
        let size = self.lp.lines.len();
        self.duals.iter_mut().zip(edge).for_each(|(d, e)| *d += at * e);
        match self.lp.units.len() < PARALLEL {
            true => subtract(&mut self.reduced, change, at),
            false => (self.reduced.par_chunks_mut(CHUNK).zip(change.par_chunks(CHUNK)))
                .for_each(|(reduced, change)| subtract(reduced, change, at)),
        }
        let mut rest = std::mem::take(&mut self.rest);
        let Some((entering, flipped)) = passed.split_last() else { return };
        for b in flipped {
            match b.who {
                Enter::Leaf(u, l) => {
                    self.add_leaf(u as usize, self.key[u as usize] as usize, 1.0, &mut rest);
                    self.add_leaf(u as usize, l as usize, -1.0, &mut rest);
                    self.key[u as usize] = l;
                }
                Enter::Line(r) => {
                    let line = &self.lp.lines[r as usize];
                    let up = self.line_at[r as usize] == At::Lo;
                    rest[r as usize] += if up { line.hi - line.lo } else { line.lo - line.hi };
                    self.line_at[r as usize] = if up { At::Hi } else { At::Lo };
                }
                Enter::Excess(j) => {
                    let column = &self.lp.columns[j as usize];
                    let up = self.excess_at[j as usize] == At::Lo;
                    let by = if up { column.hi - column.lo } else { column.lo - column.hi };
                    column.terms.iter().for_each(|(r, k)| rest[*r] -= k * by);
                    self.excess_at[j as usize] = if up { At::Hi } else { At::Lo };
                }
            }
        }
        let basic = match entering.who {
            Enter::Leaf(u, l) => {
                self.parts[u as usize] += 1;
                Basic::Part(u, l)
            }
            Enter::Line(r) => {
                let line = &self.lp.lines[r as usize];
                rest[r as usize] -= if self.line_at[r as usize] == At::Lo { line.lo } else { line.hi };
                self.line_at[r as usize] = At::Basic;
                self.duals[r as usize] = 0.0;
                Basic::Line(r)
            }
            Enter::Excess(j) => {
                let column = &self.lp.columns[j as usize];
                let value = if self.excess_at[j as usize] == At::Lo { column.lo } else { column.hi };
                column.terms.iter().for_each(|(r, k)| rest[*r] += k * value);
                self.excess_at[j as usize] = At::Basic;
                Basic::Excess(j)
            }
        };
        match self.basic[leaving.at] {
            Basic::Part(u, _) => self.parts[u as usize] -= 1,
            Basic::Line(r) => {
                let line = &self.lp.lines[r as usize];
                self.line_at[r as usize] = if leaving.sign > 0.0 { At::Lo } else { At::Hi };
                rest[r as usize] += if leaving.sign > 0.0 { line.lo } else { line.hi };
            }
            Basic::Excess(j) => {
                let column = &self.lp.columns[j as usize];
                self.excess_at[j as usize] = if leaving.sign > 0.0 { At::Lo } else { At::Hi };
                let value = if leaving.sign > 0.0 { column.lo } else { column.hi };
                column.terms.iter().for_each(|(r, k)| rest[*r] -= k * value);
            }
        }
        self.rest = rest;
        let column = self.column(basic);
        let share: Vec<f64> =
            (self.inverse.chunks_exact(size)).map(|row| row.iter().zip(&column).map(|(k, c)| k * c).sum()).collect();
        let inverse = 1.0 / share[leaving.at];
        let row: Vec<f64> =
            self.inverse[leaving.at * size..(leaving.at + 1) * size].iter().map(|k| k * inverse).collect();
        for (i, target) in self.inverse.chunks_exact_mut(size).enumerate() {
            if i == leaving.at {
                target.copy_from_slice(&row);
            } else if share[i] != 0.0 {
                subtract(target, &row, share[i]);
            }
        }
        self.basic[leaving.at] = basic;
        self.evaluate();
    }
}
