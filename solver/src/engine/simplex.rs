//! A dual simplex made for programs whose units take one leaf each.
//!
//! Each unit has a key leaf that carries what its other basic leaves leave, so the working basis has one column for
//! each coupling row only, however many units there are (generalized upper bounds, Dantzig & Van Slyke 1967). A
//! step follows an edge of the dual until its value falls: units whose cheapest leaf changes on the way are passed
//! over (the long-step rule). Prices are all that is taken from here; the bound is proved anew from them.

use super::lp::{Lp, Sums};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Primal infeasibility that is none.
const FEASIBLE: f64 = 1e-9;
/// Smallest pivot taken when a larger one was passed.
const PIVOT: f64 = 1e-7;
/// Units from which a step is worth several threads, and those handled at once.
const PARALLEL: usize = 8_192;
const CHUNK: usize = 2_048;
/// Iterations between factorisations.
const REFACTOR: usize = 60;

/// A basic variable of the working basis.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Basic {
    /// A unit's leaf beside its key.
    Part(u32, u32),
    Line(u32),
    Excess(u32),
}

/// Where a variable that is not basic stays.
#[derive(Debug, Clone, Copy, PartialEq)]
enum At {
    Basic,
    Lo,
    Hi,
}

/// A basis to go on from, small enough to keep for every node of a search.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    basic: Vec<Basic>,
    /// Keys of the units that have parts.
    keys: Vec<(u32, u32)>,
    pub duals: Vec<f64>,
}

impl Basis {
    /// Units with parts, by their number in the program.
    pub fn units(&self) -> impl Iterator<Item = usize> + '_ {
        self.keys.iter().map(|k| k.0 as usize)
    }

    /// The same basis for a program in which units have other numbers.
    pub fn moved(&self, number: impl Fn(usize) -> usize) -> Basis {
        let at = |u: u32| number(u as usize) as u32;
        let basic = |b: &Basic| match *b {
            Basic::Part(u, l) => Basic::Part(at(u), l),
            other => other,
        };
        Basis {
            basic: self.basic.iter().map(basic).collect(),
            keys: self.keys.iter().map(|&(u, l)| (at(u), l)).collect(),
            duals: self.duals.clone(),
        }
    }
}

/// How a solve ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    Optimal,
    /// The bound passed the cut-off, or nothing is feasible: the duals prove it.
    Cut,
    /// Out of iterations; the duals are good all the same.
    Limit,
}

/// One solver's working space.
pub(crate) struct Simplex<'a> {
    lp: &'a Lp,
    /// Leaves each unit is allowed, as bits.
    allowed: Vec<u64>,
    narrowed: Vec<u32>,
    key: Vec<u32>,
    /// Parts a unit has in the basis.
    parts: Vec<u32>,
    /// Price-corrected costs, units × leaves.
    reduced: Vec<f64>,
    basic: Vec<Basic>,
    line_at: Vec<At>,
    excess_at: Vec<At>,
    /// Rows of the inverse of the working basis.
    inverse: Vec<f64>,
    duals: Vec<f64>,
    /// What the key leaves and the variables at a limit leave to the basis.
    rest: Vec<f64>,
    value: Vec<f64>,
    change: Vec<f64>,
    pub iterations: u64,
    since_factor: usize,
}

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

impl<'a> Simplex<'a> {
    /// At prices 0, every unit at its cheapest leaf.
    pub fn new(lp: &'a Lp) -> Simplex<'a> {
        let (units, size) = (lp.units.len(), lp.lines.len());
        let all = if lp.leaves >= 64 { u64::MAX } else { (1 << lp.leaves) - 1 };
        let mut simplex = Simplex {
            allowed: vec![all; units],
            narrowed: Vec::new(),
            key: vec![0; units],
            parts: vec![0; units],
            reduced: vec![0.0; units * lp.leaves],
            basic: (0..size).map(|r| Basic::Line(r as u32)).collect(),
            line_at: vec![At::Basic; size],
            excess_at: vec![At::Lo; lp.columns.len()],
            inverse: vec![0.0; size * size],
            duals: vec![0.0; size],
            rest: vec![0.0; size],
            value: vec![0.0; size],
            change: vec![0.0; units * lp.leaves],
            iterations: 0,
            since_factor: 0,
            lp,
        };
        simplex.price();
        simplex.factor();
        simplex
    }

    /// Goes to `basis` under `restrictions`, which hold for units by their number in the program.
    pub fn load(&mut self, basis: &Basis, restrictions: &[(u32, u64)]) {
        let all = if self.lp.leaves >= 64 { u64::MAX } else { (1 << self.lp.leaves) - 1 };
        for unit in self.narrowed.drain(..) {
            self.allowed[unit as usize] = all;
        }
        for &(unit, mask) in restrictions {
            self.allowed[unit as usize] &= mask;
            self.narrowed.push(unit);
        }
        self.basic.clone_from(&basis.basic);
        self.duals.clone_from(&basis.duals);
        self.parts.fill(0);
        for b in &self.basic {
            if let Basic::Part(u, _) = b {
                self.parts[*u as usize] += 1;
            }
        }
        for &(unit, leaf) in &basis.keys {
            self.key[unit as usize] = leaf;
        }
        self.price();
        self.factor();
    }

    /// Narrows one unit further, from where the solver is.
    pub fn narrow(&mut self, unit: u32, mask: u64) {
        self.allowed[unit as usize] &= mask;
        self.narrowed.push(unit);
        self.fit_key(unit as usize);
        self.balance();
    }

    pub fn basis(&self) -> Basis {
        let mut keys: Vec<(u32, u32)> = Vec::new();
        for b in &self.basic {
            if let Basic::Part(u, _) = b {
                keys.push((*u, self.key[*u as usize]));
            }
        }
        Basis { basic: self.basic.clone(), keys, duals: self.duals.clone() }
    }

    /// The dual value, in the tier's unit: what the duals prove, but for rounding.
    pub fn bound(&self) -> f64 {
        let lp = self.lp;
        let keys: f64 = (0..lp.units.len()).map(|u| self.reduced[u * lp.leaves + self.key[u] as usize]).sum();
        let lines = lp.lines.iter().zip(&self.duals).filter(|(_, d)| **d != 0.0);
        let lines: f64 = lines.map(|(line, d)| d * if *d > 0.0 { line.lo } else { line.hi }).sum();
        let columns: f64 = (0..lp.columns.len())
            .map(|j| (self.column_cost(j), &lp.columns[j]))
            .map(|(d, c)| if d.abs() < 1e-14 { 0.0 } else { d * if d >= 0.0 { c.lo } else { c.hi } })
            .sum();
        lp.constant + keys + lines + columns
    }

    pub fn duals(&self) -> &[f64] {
        &self.duals
    }

    /// Units with parts: for each the leaves and how much of it is there.
    pub fn fractions(&self) -> Vec<(u32, Vec<(u32, f64)>)> {
        let mut units = self.split();
        units.iter_mut().for_each(|(_, parts)| parts.retain(|p| p.1 > 1e-7));
        units.retain(|(_, parts)| parts.len() > 1);
        units.sort_unstable_by_key(|(u, _)| *u);
        units
    }

    /// Units with parts in the basis, whatever their size; the key's comes last.
    fn split(&self) -> Vec<(u32, Vec<(u32, f64)>)> {
        let mut units: Vec<(u32, Vec<(u32, f64)>)> = Vec::new();
        for (i, b) in self.basic.iter().enumerate() {
            if let Basic::Part(u, l) = *b {
                match units.iter_mut().find(|(v, _)| *v == u) {
                    Some((_, parts)) => parts.push((l, self.value[i])),
                    None => units.push((u, vec![(l, self.value[i])])),
                }
            }
        }
        for (u, parts) in &mut units {
            let key = 1.0 - parts.iter().map(|p| p.1).sum::<f64>();
            parts.push((self.key[*u as usize], key));
        }
        units
    }

    /// The leaf with the largest part of each unit.
    pub fn rounded(&self) -> Vec<usize> {
        let mut leaf_of: Vec<usize> = self.key.iter().map(|&l| l as usize).collect();
        // A part may be all of its unit, and the key none.
        for (u, parts) in self.split() {
            let most = parts.iter().fold(parts[0], |best, p| if p.1 > best.1 { *p } else { best });
            leaf_of[u as usize] = most.0 as usize;
        }
        leaf_of
    }

    /// Price-corrected costs of a unit, by leaf.
    pub fn reduced(&self, unit: usize) -> &[f64] {
        &self.reduced[unit * self.lp.leaves..(unit + 1) * self.lp.leaves]
    }

    fn column_cost(&self, j: usize) -> f64 {
        let column = &self.lp.columns[j];
        column.cost - column.terms.iter().map(|(r, k)| k * self.duals[*r]).sum::<f64>()
    }

    /// What `weights` of the lines make of each unit and leaf, into `out`.
    fn weigh(lp: &Lp, weights: &[f64], out: &mut [f64]) {
        let leaves = lp.leaves;
        let mut worth = vec![0.0; lp.loads * leaves];
        let mut dense: Vec<(usize, f64)> = Vec::new();
        for (line, &weight) in lp.lines.iter().zip(weights).filter(|(_, w)| **w != 0.0) {
            match &line.sums {
                Sums::Load { load, leaves: at } => {
                    worth[load * leaves..][at.clone()].iter_mut().for_each(|w| *w += weight)
                }
                Sums::Dense(d) => dense.push((*d, weight)),
                Sums::Excess => {}
            }
        }
        let loads: Vec<usize> =
            (0..lp.loads).filter(|m| worth[m * leaves..(m + 1) * leaves].iter().any(|w| *w != 0.0)).collect();
        let one = |(unit, row): (usize, &mut [f64])| {
            row.fill(0.0);
            for &m in &loads {
                let amount = lp.amounts[unit * lp.loads + m];
                if amount != 0.0 {
                    row.iter_mut().zip(&worth[m * leaves..]).for_each(|(o, w)| *o += w * amount);
                }
            }
        };
        match lp.units.len() < PARALLEL {
            true => out.chunks_exact_mut(leaves).enumerate().for_each(one),
            false => out.par_chunks_exact_mut(leaves).enumerate().with_min_len(CHUNK).for_each(one),
        }
        for (d, weight) in dense {
            out.iter_mut().zip(&lp.dense[d]).for_each(|(o, k)| *o += weight * k);
        }
    }

    /// Sets the price-corrected costs from the duals, and the keys of units without parts.
    fn reprice(&mut self) {
        let mut change = std::mem::take(&mut self.change);
        Simplex::weigh(self.lp, &self.duals, &mut change);
        for ((reduced, cost), change) in self.reduced.iter_mut().zip(&self.lp.cost).zip(&change) {
            *reduced = cost - change;
        }
        self.change = change;
        for unit in 0..self.lp.units.len() {
            if self.parts[unit] == 0 {
                self.key[unit] = self.cheapest(unit);
            }
        }
    }

    /// The same, and where the variables that are not basic stay.
    fn price(&mut self) {
        let lp = self.lp;
        self.line_at.fill(At::Lo);
        self.excess_at.fill(At::Lo);
        for b in &self.basic {
            match *b {
                Basic::Line(r) => {
                    self.line_at[r as usize] = At::Basic;
                    self.duals[r as usize] = 0.0;
                }
                Basic::Excess(j) => self.excess_at[j as usize] = At::Basic,
                Basic::Part(..) => {}
            }
        }
        for (r, line) in lp.lines.iter().enumerate() {
            if self.line_at[r] == At::Basic {
                continue;
            }
            let down = line.lo.is_infinite() || (self.duals[r] < 0.0 && line.hi.is_finite());
            if down {
                self.line_at[r] = At::Hi;
            }
            let wrong = if down { self.duals[r] > 0.0 } else { self.duals[r] < 0.0 };
            if wrong && line.lo < line.hi {
                self.duals[r] = 0.0;
            }
        }
        for (j, column) in lp.columns.iter().enumerate() {
            if self.excess_at[j] != At::Basic && self.column_cost(j) < 0.0 && column.hi.is_finite() {
                self.excess_at[j] = At::Hi;
            }
        }
        self.reprice();
    }

    /// Whether restrictions leave the unit this leaf. Leaves past the 64th are never restricted.
    fn is_open(&self, unit: usize, leaf: u32) -> bool {
        leaf >= 64 || self.allowed[unit] >> leaf & 1 == 1
    }

    fn cheapest(&self, unit: usize) -> u32 {
        let mut best: Option<(f64, u32)> = None;
        for (l, &cost) in self.reduced(unit).iter().enumerate() {
            if self.is_open(unit, l as u32) && best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, l as u32));
            }
        }
        best.map_or(0, |b| b.1)
    }

    /// Moves the key off a leaf that is not allowed any more.
    fn fit_key(&mut self, unit: usize) {
        if self.is_open(unit, self.key[unit]) {
            return;
        }
        if self.parts[unit] == 0 {
            self.key[unit] = self.cheapest(unit);
            return;
        }
        let part = |b: &Basic| matches!(*b, Basic::Part(u, l) if u as usize == unit && self.is_open(unit, l));
        if let Some(at) = self.basic.iter().position(part) {
            self.exchange_key(at);
        }
    }

    /// Coefficient of a unit's leaf in each line, added to `out` times `factor`.
    fn add_leaf(&self, unit: usize, leaf: usize, factor: f64, out: &mut [f64]) {
        let lp = self.lp;
        for (r, line) in lp.lines.iter().enumerate() {
            match &line.sums {
                Sums::Load { load, leaves } if leaves.contains(&leaf) => {
                    out[r] += factor * lp.amounts[unit * lp.loads + load]
                }
                Sums::Dense(d) => out[r] += factor * lp.dense[*d][unit * lp.leaves + leaf],
                _ => {}
            }
        }
    }

    fn column(&self, b: Basic) -> Vec<f64> {
        let mut out = vec![0.0; self.lp.lines.len()];
        match b {
            Basic::Line(r) => out[r as usize] = -1.0,
            Basic::Excess(j) => self.lp.columns[j as usize].terms.iter().for_each(|(r, k)| out[*r] += k),
            Basic::Part(u, l) => {
                self.add_leaf(u as usize, l as usize, 1.0, &mut out);
                self.add_leaf(u as usize, self.key[u as usize] as usize, -1.0, &mut out);
            }
        }
        out
    }

    /// Inverts the working basis; columns that turn out dependent are replaced by their lines.
    fn factor(&mut self) {
        let size = self.lp.lines.len();
        let mut left = vec![0.0; size * size];
        for (i, b) in self.basic.iter().enumerate() {
            for (r, k) in self.column(*b).into_iter().enumerate() {
                left[r * size + i] = k;
            }
        }
        let mut right = vec![0.0; size * size];
        (0..size).for_each(|r| right[r * size + r] = 1.0);
        // Gauss-Jordan with row pivoting: row `i` of the result belongs to basic variable `i`.
        let mut taken = vec![false; size];
        let mut row_of = vec![usize::MAX; size];
        for i in 0..size {
            let free = (0..size).filter(|&r| !taken[r]);
            let pivot = free.fold(None::<usize>, |best, r| match best {
                Some(b) if left[b * size + i].abs() >= left[r * size + i].abs() => Some(b),
                _ => Some(r),
            });
            let Some(p) = pivot.filter(|p| left[p * size + i].abs() > 1e-11) else {
                row_of[i] = usize::MAX;
                continue;
            };
            taken[p] = true;
            row_of[i] = p;
            let inverse = 1.0 / left[p * size + i];
            left[p * size..(p + 1) * size].iter_mut().for_each(|k| *k *= inverse);
            right[p * size..(p + 1) * size].iter_mut().for_each(|k| *k *= inverse);
            let (pivot_left, pivot_right) =
                (left[p * size..(p + 1) * size].to_vec(), right[p * size..(p + 1) * size].to_vec());
            for r in (0..size).filter(|&r| r != p) {
                let factor = left[r * size + i];
                if factor != 0.0 {
                    subtract(&mut left[r * size..(r + 1) * size], &pivot_left, factor);
                    subtract(&mut right[r * size..(r + 1) * size], &pivot_right, factor);
                }
            }
        }
        if row_of.contains(&usize::MAX) {
            self.replace_dependent(&row_of, &taken);
            self.price();
            self.factor();
            return;
        }
        for i in 0..size {
            let from = row_of[i] * size;
            self.inverse[i * size..(i + 1) * size].copy_from_slice(&right[from..from + size]);
        }
        self.since_factor = 0;
        self.restore_duals();
        self.balance();
    }

    /// The duals at which every basic variable costs nothing.
    fn restore_duals(&mut self) {
        let (lp, size) = (self.lp, self.lp.lines.len());
        let mut duals = vec![0.0; size];
        for (i, b) in self.basic.iter().enumerate() {
            let cost = match *b {
                Basic::Line(_) => 0.0,
                Basic::Excess(j) => lp.columns[j as usize].cost,
                Basic::Part(u, l) => {
                    let row = &lp.cost[u as usize * lp.leaves..];
                    row[l as usize] - row[self.key[u as usize] as usize]
                }
            };
            if cost != 0.0 {
                subtract(&mut duals, &self.inverse[i * size..(i + 1) * size], -cost);
            }
        }
        if duals.iter().all(|d| d.is_finite()) {
            self.duals = duals;
            self.price();
        }
    }

    fn replace_dependent(&mut self, row_of: &[usize], taken: &[bool]) {
        let mut free = (0..taken.len()).filter(|&r| !taken[r]).collect::<Vec<_>>();
        for (i, _) in row_of.iter().enumerate().filter(|(_, r)| **r == usize::MAX) {
            if let Basic::Part(u, _) = self.basic[i] {
                self.parts[u as usize] -= 1;
            }
            // The lines not pivoted on are not basic: each has a dependent column in its place.
            let line = free.pop().expect("as many lines are left as columns fell out");
            self.basic[i] = Basic::Line(line as u32);
        }
    }

    /// Recomputes what is left to the basis, and the basic values.
    fn balance(&mut self) {
        let lp = self.lp;
        let mut rest = std::mem::take(&mut self.rest);
        rest.fill(0.0);
        let mut at = vec![0.0; lp.loads * lp.leaves];
        for unit in 0..lp.units.len() {
            let key = self.key[unit] as usize;
            for m in 0..lp.loads {
                at[m * lp.leaves + key] += lp.amounts[unit * lp.loads + m];
            }
        }
        for (r, line) in lp.lines.iter().enumerate() {
            rest[r] -= match &line.sums {
                Sums::Load { load, leaves } => at[load * lp.leaves..][leaves.clone()].iter().sum::<f64>(),
                Sums::Dense(d) => (0..lp.units.len()).map(|u| lp.dense[*d][u * lp.leaves + self.key[u] as usize]).sum(),
                Sums::Excess => 0.0,
            };
            rest[r] += match self.line_at[r] {
                At::Basic => 0.0,
                At::Lo => line.lo,
                At::Hi => line.hi,
            };
        }
        for (column, at) in lp.columns.iter().zip(&self.excess_at) {
            let value = match at {
                At::Basic => continue,
                At::Lo => column.lo,
                At::Hi => column.hi,
            };
            column.terms.iter().for_each(|(r, k)| rest[*r] -= k * value);
        }
        self.rest = rest;
        self.evaluate();
    }

    fn evaluate(&mut self) {
        let size = self.lp.lines.len();
        for (value, row) in self.value.iter_mut().zip(self.inverse.chunks_exact(size.max(1))) {
            *value = row.iter().zip(&self.rest).map(|(k, x)| k * x).sum();
        }
    }

    /// Solves from the present basis. `cut_off`: stop once the bound is above it.
    pub fn solve(&mut self, cut_off: f64, iterations: usize) -> End {
        let mut bound = self.bound();
        for _ in 0..iterations {
            if bound > cut_off {
                return End::Cut;
            }
            if self.since_factor >= REFACTOR {
                self.price();
                self.factor();
                bound = self.bound();
            }
            let Some(leaving) = self.leaving() else {
                if self.since_factor > 0 {
                    self.price();
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
    fn exchange_key(&mut self, at: usize) {
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
        let mut entering = None;
        while let Some(Reverse(next)) = queue.pop() {
            gain += slope * (next.step - at).max(0.0);
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
            if bound + gain > cut_off {
                break;
            }
            if let Enter::Leaf(unit, leaf) = next.who {
                let row = &change[unit as usize * leaves..(unit as usize + 1) * leaves];
                if let Some(b) = self.next_break(unit as usize, row, leaf) {
                    queue.push(Reverse(b));
                }
            }
        }
        if entering.is_none() {
            // Past the cut-off, or without end: duals far enough along the edge to prove it.
            if bound + gain <= cut_off {
                let needed = if cut_off.is_finite() { cut_off - bound - gain } else { bound.abs() + 1.0 };
                at += (needed * 1.001 + 1e-9) / slope;
            }
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
        let row = self.reduced(unit);
        let (key_cost, key_change) = (row[key as usize], change[key as usize]);
        let mut best: Option<(f64, u32)> = None;
        for (l, (&cost, &change)) in row.iter().zip(change).enumerate() {
            let closes = change - key_change;
            if closes > 1e-12 && cost.is_finite() && self.is_open(unit, l as u32) {
                let step = ((cost - key_cost) / closes).max(0.0);
                if best.is_none_or(|(s, _)| step < s) && !self.is_basic(unit, l as u32) {
                    best = Some((step, l as u32));
                }
            }
        }
        best.map(|(step, l)| Break { step, who: Enter::Leaf(unit as u32, l) })
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

fn subtract(from: &mut [f64], row: &[f64], factor: f64) {
    from.iter_mut().zip(row).for_each(|(x, y)| *x -= factor * y);
}
