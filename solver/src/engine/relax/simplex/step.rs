//! Steps of the dual simplex: what leaves the basis, and the exchange with what enters.

use super::ratio::{Break, Enter, Way};
use super::{At, Basic, CHUNK, End, FEASIBLE, PARALLEL, REFACTOR, Simplex, subtract};
use rayon::prelude::*;

/// Part of a pivot that its two computations, by row and by column, may differ by.
const AGREE: f64 = 1e-7;
/// Pivots below this are believed only of a fresh inverse.
const SMALL: f64 = 1e-5;
/// Edges up to this part of a usual cost have no length.
const SHORT: f64 = 1e-9;
/// Edges without length that are followed before costs are perturbed.
const STALLED: usize = 30;
/// How often true costs are brought back, and what they leave is mended.
const SETTLED: usize = 200;

struct Leaving {
    at: usize,
    /// +1: below its limit, to rise; −1: above.
    sign: f64,
    infeasible: f64,
    /// Infeasibility that is none.
    least: f64,
}

/// How a step went.
enum Step {
    Taken(f64),
    /// The duals passed the cut-off, or prove that nothing is feasible: only they are of use.
    Cut,
    /// The inverse is not good enough, or the variable cannot leave.
    Refused,
}

impl Simplex<'_> {
    /// Solves from the present basis. `cut_off`: stop once the bound is above it.
    pub fn solve(&mut self, cut_off: f64, iterations: usize) -> End {
        if self.is_shut() {
            return End::Cut;
        }
        let mut value = self.raised();
        for _ in 0..iterations {
            if value > cut_off && self.bound() > cut_off {
                return End::Cut;
            }
            if self.stalled > STALLED && self.shifts.perturbed == 0.0 && self.settled == 0 {
                self.perturb();
                self.since_factor = REFACTOR;
            }
            if self.since_factor >= REFACTOR {
                self.factor();
                value = self.raised();
            }
            let Some(leaving) = self.leaving() else {
                match self.settle() {
                    Some(end) => return end,
                    None => value = self.raised(),
                }
                continue;
            };
            self.iterations += 1;
            let out = self.step(&leaving, value, cut_off);
            match out {
                Step::Taken(gain) => {
                    value += gain;
                    self.barred.clear();
                }
                Step::Cut => return End::Cut,
                Step::Refused if self.since_factor > 0 => {
                    self.factor();
                    value = self.raised();
                }
                Step::Refused => self.barred.push(leaving.at),
            }
        }
        End::Limit
    }

    /// Where nothing is infeasible: how it ended, when that is with true costs and a fresh inverse. Else brings them back.
    fn settle(&mut self) -> Option<End> {
        let settled = self.shifts.perturbed == 0.0 && self.since_factor == 0;
        if settled && !self.shifts.any {
            let reached = self.barred.is_empty() && self.meets();
            return Some(if reached { End::Optimal } else { End::Stuck });
        }
        self.settled += 1;
        if settled {
            let lowered = self.settled < SETTLED && self.lower();
            return (!lowered).then(|| if self.meets() { End::Optimal } else { End::Stuck });
        }
        self.shifts.clear();
        self.barred.clear();
        self.factor();
        None
    }

    /// The basic variable to leave: most infeasible for the length of its edge. Key leaves take part.
    fn leaving(&mut self) -> Option<Leaving> {
        let (lp, size) = (self.lp, self.lp.lines.len());
        let mut best: Option<(f64, Leaving)> = None;
        let mut seen: Vec<u32> = Vec::new();
        let mut key_leaves = None;
        for i in 0..size {
            let value = self.value[i];
            let (lo, hi): (f64, f64) = match self.basic[i] {
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
            let limit = if sign > 0.0 { lo } else { hi };
            let least = FEASIBLE * (1.0 + limit.abs());
            if infeasible > least && !self.barred.contains(&i) {
                let row = &self.inverse[i * size..(i + 1) * size];
                let length: f64 = row.iter().map(|k| k * k).sum();
                let score = infeasible * infeasible / length;
                if best.as_ref().is_none_or(|(s, _)| score > *s) {
                    best = Some((score, Leaving { at: i, sign, infeasible, least }));
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
                    best = Some((score, Leaving { at, sign, infeasible, least: FEASIBLE }));
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

    /// Follows the edge of the leaving variable to where another enters.
    fn step(&mut self, leaving: &Leaving, value: f64, cut_off: f64) -> Step {
        let (lp, size) = (self.lp, self.lp.lines.len());
        let row = &self.inverse[leaving.at * size..(leaving.at + 1) * size];
        let mut edge: Vec<f64> = row.iter().map(|k| -leaving.sign * k).collect();
        let mut change = std::mem::take(&mut self.change);
        Simplex::weigh(lp, &edge, &mut change);
        let room = if value > cut_off { f64::INFINITY } else { cut_off - value };
        let mut way = self.follow(&edge, &change, leaving.infeasible, leaving.least, room);
        if let Way::Past(at) = way {
            let duals: Vec<f64> = self.duals.iter().zip(&edge).map(|(d, e)| d + at * e).collect();
            if self.bound_at(&duals) > cut_off {
                self.change = change;
                self.give_up(duals);
                return Step::Cut;
            }
            way = self.follow(&edge, &change, leaving.infeasible, leaving.least, f64::INFINITY);
        }
        let step = match way {
            Way::To { passed, gain } => self.take(leaving, &edge, &change, &passed).map(|()| gain),
            _ if self.since_factor > 0 => None,
            _ if self.is_endless(&mut edge, &mut change) => {
                // Far enough to tell, and no farther, as digits are lost on the way.
                let at = (value.abs() + 1.0 + lp.usual) / leaving.infeasible;
                let duals = self.duals.iter().zip(&edge).map(|(d, e)| d + at * e).collect();
                self.change = change;
                self.give_up(duals);
                return Step::Cut;
            }
            _ => None,
        };
        self.change = change;
        step.map_or(Step::Refused, Step::Taken)
    }

    /// Leaves the basis behind for duals that prove all there is to know.
    fn give_up(&mut self, duals: Vec<f64>) {
        self.duals = duals;
        self.parts.fill(0);
        self.shifts.clear();
        self.reprice();
    }

    /// Moves the duals, passes what was passed, and exchanges the leaving variable for the last break's; `None` when the
    /// pivot is too uncertain for that.
    fn take(&mut self, leaving: &Leaving, edge: &[f64], change: &[f64], passed: &[Break]) -> Option<()> {
        let size = self.lp.lines.len();
        let (entering, flipped) = passed.split_last()?;
        let column = self.entering_column(entering);
        let share: Vec<f64> =
            (self.inverse.chunks_exact(size)).map(|row| row.iter().zip(&column).map(|(k, c)| k * c).sum()).collect();
        let pivot = share[leaving.at];
        let differs = (pivot.abs() - entering.pivot).abs() > AGREE * entering.pivot;
        if (differs || entering.pivot < SMALL) && self.since_factor > 0 || pivot.abs() < 1e-9 {
            return None;
        }
        let at = entering.step;
        if at <= SHORT * self.lp.usual / edge.iter().fold(1.0, |most: f64, e| most.max(e.abs())) {
            self.stalled += 1;
        }
        self.duals.iter_mut().zip(edge).for_each(|(d, e)| *d += at * e);
        match self.lp.units.len() < PARALLEL {
            true => subtract(&mut self.reduced, change, at),
            false => (self.reduced.par_chunks_mut(CHUNK).zip(change.par_chunks(CHUNK)))
                .for_each(|(reduced, change)| subtract(reduced, change, at)),
        }
        let mut rest = std::mem::take(&mut self.rest);
        flipped.iter().for_each(|b| self.flip(b, &mut rest));
        let basic = self.enter(entering, &mut rest);
        self.leave(leaving, &mut rest);
        self.rest = rest;
        let inverse = 1.0 / pivot;
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
        self.since_factor += 1;
        self.evaluate();
        Some(())
    }

    /// Coefficients of what enters, as it is when it does.
    fn entering_column(&self, entering: &Break) -> Vec<f64> {
        match entering.who {
            Enter::Leaf(u, l) => {
                let mut out = vec![0.0; self.lp.lines.len()];
                self.add_leaf(u as usize, l as usize, 1.0, &mut out);
                self.add_leaf(u as usize, entering.from as usize, -1.0, &mut out);
                out
            }
            Enter::Line(r) => self.column(Basic::Line(r)),
            Enter::Excess(j) => self.column(Basic::Excess(j)),
        }
    }

    /// Moves what was passed to its other side.
    fn flip(&mut self, b: &Break, rest: &mut [f64]) {
        match b.who {
            Enter::Leaf(u, l) => {
                self.add_leaf(u as usize, self.key[u as usize] as usize, 1.0, rest);
                self.add_leaf(u as usize, l as usize, -1.0, rest);
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

    fn enter(&mut self, entering: &Break, rest: &mut [f64]) -> Basic {
        match entering.who {
            Enter::Leaf(u, l) => {
                self.parts[u as usize] += 1;
                Basic::Part(u, l)
            }
            Enter::Line(r) => {
                let line = &self.lp.lines[r as usize];
                rest[r as usize] -= if self.line_at[r as usize] == At::Lo { line.lo } else { line.hi };
                self.line_at[r as usize] = At::Basic;
                self.duals[r as usize] = -self.shifts.lines[r as usize];
                Basic::Line(r)
            }
            Enter::Excess(j) => {
                let column = &self.lp.columns[j as usize];
                let value = if self.excess_at[j as usize] == At::Lo { column.lo } else { column.hi };
                column.terms.iter().for_each(|(r, k)| rest[*r] += k * value);
                self.excess_at[j as usize] = At::Basic;
                Basic::Excess(j)
            }
        }
    }

    fn leave(&mut self, leaving: &Leaving, rest: &mut [f64]) {
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
    }
}
