//! A dual simplex made for programs whose units take one leaf each.
//!
//! Each unit has a key leaf that carries what its other basic leaves leave, so the working basis has one column for
//! each coupling row only, however many units there are (generalized upper bounds, Dantzig & Van Slyke 1967). A
//! step follows an edge of the dual until its value falls: units whose cheapest leaf changes on the way are passed
//! over (the long-step rule). Prices are all that is taken from here; the bound is proved anew from them.
//!
//! Units and leaves go by the program's plain numbers; only [`Simplex::rounded`] gives leaves as the problem has them.

mod shifts;

mod costs;

mod inverse;

mod extend;

mod primal;

mod proof;

mod ratio;

mod step;

#[cfg(test)]
pub(in crate::engine) mod tests;

use crate::engine::relax::lp::{Lp, Sums, irregular};
use crate::index::{LeafIndex, LeafSet, Number};
use rayon::prelude::*;
use shifts::{FITS, Shifts};

/// Leaves in one word of those that a unit is allowed.
const WORD: usize = 64;
/// Primal infeasibility that is none.
const FEASIBLE: f64 = 1e-9;
/// Units from which a step is worth several threads.
const PARALLEL: usize = 8_192;
/// Units that a thread handles at once.
const CHUNK: usize = 2_048;
/// Iterations between factorisations.
const REFACTOR: usize = 60;
/// Part of the largest price that is rounding.
const ROUNDED: f64 = 1e-9;

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

impl Basis {
    /// A basis at or near a solution that came from elsewhere: parts of units at leaves, units × leaves, and duals of the
    /// lines. Where it lacks columns, [`Simplex::load`] takes lines for them.
    pub fn near(lp: &Lp, parts: &[f64], duals: &[f64]) -> Basis {
        let (mut basic, mut keys) = (Vec::new(), Vec::new());
        for (u, parts) in parts.chunks(lp.leaves).enumerate() {
            let key = (0..lp.leaves).fold(0, |best, l| if parts[l] > parts[best] { l } else { best });
            let own = (0..lp.leaves).filter(|&l| l != key && parts[l] > FEASIBLE);
            let before = basic.len();
            basic.extend(own.map(|l| Basic::Part(u as u32, l as u32)));
            if basic.len() > before {
                keys.push((u as u32, key as u32));
            }
        }
        let slack = |r: &usize| duals[*r] == 0.0;
        let lines = (0..duals.len()).filter(slack).chain((0..duals.len()).filter(|r| !slack(r)));
        basic.extend(lines.map(|r| Basic::Line(r as u32)));
        basic.truncate(duals.len());
        let kept = |&(u, _): &(u32, u32)| basic.iter().any(|b| matches!(*b, Basic::Part(v, _) if v == u));
        keys.retain(kept);
        Basis { basic, keys, duals: duals.to_vec() }
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
    /// Rounding is in the way of every step.
    Stuck,
}

/// One solver's working space.
pub(crate) struct Simplex<'a> {
    lp: &'a Lp,
    /// Leaves each unit is allowed, as bits: units × words.
    allowed: Vec<u64>,
    words: usize,
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
    shifts: Shifts,
    /// Basic variables that do not leave before another one has.
    barred: Vec<usize>,
    /// Iterations whose edge had no length, since costs were last perturbed.
    stalled: usize,
    /// How often true costs were brought back.
    settled: usize,
    pub iterations: u64,
    since_factor: usize,
}

impl<'a> Simplex<'a> {
    /// At prices 0, every unit at its cheapest leaf.
    pub fn new(lp: &'a Lp) -> Simplex<'a> {
        let (units, size, words) = (lp.units.len(), lp.lines.len(), lp.leaves.div_ceil(WORD));
        let mut simplex = Simplex {
            allowed: vec![u64::MAX; units * words],
            words,
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
            shifts: Shifts { lines: vec![0.0; size], columns: vec![0.0; lp.columns.len()], ..Shifts::default() },
            barred: Vec::new(),
            stalled: 0,
            settled: 0,
            iterations: 0,
            since_factor: 0,
            lp,
        };
        simplex.factor();
        simplex
    }

    /// Goes to `basis` under `restrictions`, which hold for units by their number in the program.
    pub fn load(&mut self, basis: &Basis, restrictions: &[(u32, LeafSet)]) {
        for unit in self.narrowed.drain(..) {
            self.allowed[unit as usize * self.words..][..self.words].fill(u64::MAX);
        }
        restrictions.iter().for_each(|(unit, leaves)| self.restrict(*unit, leaves));
        self.basic.clone_from(&basis.basic);
        self.duals.clone_from(&basis.duals);
        // Nothing of what was solved before may have a say in what comes of this.
        self.shifts.clear();
        self.barred.clear();
        self.stalled = 0;
        self.settled = 0;
        self.line_at.fill(At::Lo);
        self.excess_at.fill(At::Lo);
        self.key.fill(u32::MAX);
        self.parts.fill(0);
        for b in &self.basic {
            if let Basic::Part(u, _) = b {
                self.parts[*u as usize] += 1;
            }
        }
        for &(unit, leaf) in &basis.keys {
            self.key[unit as usize] = leaf;
        }
        self.factor();
    }

    /// Goes where `other`, which solves the same program, is.
    pub fn go_to(&mut self, other: &Simplex) {
        self.allowed.clone_from(&other.allowed);
        self.narrowed.clone_from(&other.narrowed);
        self.key.clone_from(&other.key);
        self.parts.clone_from(&other.parts);
        self.reduced.clone_from(&other.reduced);
        self.basic.clone_from(&other.basic);
        self.line_at.clone_from(&other.line_at);
        self.excess_at.clone_from(&other.excess_at);
        self.inverse.clone_from(&other.inverse);
        self.duals.clone_from(&other.duals);
        self.rest.clone_from(&other.rest);
        self.value.clone_from(&other.value);
        self.shifts.clone_from(&other.shifts);
        self.barred.clear();
        self.stalled = 0;
        self.settled = 0;
        self.since_factor = other.since_factor;
    }

    /// Narrows one unit further, from where the solver is.
    pub fn narrow(&mut self, unit: u32, leaves: &LeafSet) {
        self.restrict(unit, leaves);
        self.fit_key(unit as usize);
        self.balance();
    }

    fn restrict(&mut self, unit: u32, leaves: &LeafSet) {
        let words = &mut self.allowed[unit as usize * self.words..][..self.words];
        words.iter_mut().enumerate().for_each(|(at, word)| *word &= leaves.word(at));
        self.narrowed.push(unit);
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
    pub fn rounded(&self) -> Vec<LeafIndex> {
        let leaf = |l: u32| LeafIndex::new(l as usize);
        let mut leaf_of: Vec<LeafIndex> = self.key.iter().map(|&l| leaf(l)).collect();
        // A part may be all of its unit, and the key none.
        for (u, parts) in self.split() {
            let most = parts.iter().fold(parts[0], |best, p| if p.1 > best.1 { *p } else { best });
            leaf_of[u as usize] = leaf(most.0);
        }
        leaf_of
    }

    /// Price-corrected costs of a unit, by leaf.
    pub fn reduced(&self, unit: usize) -> &[f64] {
        &self.reduced[unit * self.lp.leaves..(unit + 1) * self.lp.leaves]
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
                Sums::Weighted { load, factors } => {
                    worth[load * leaves..].iter_mut().zip(factors).for_each(|(w, factor)| *w += weight * factor)
                }
                Sums::Dense(d) => dense.push((*d, weight)),
                Sums::Cut | Sums::Excess => {}
            }
        }
        let loads: Vec<usize> =
            (0..lp.loads).filter(|m| worth[m * leaves..(m + 1) * leaves].iter().any(|w| *w != 0.0)).collect();
        let cut = weights[lp.own_lines()..].iter().any(|w| *w != 0.0);
        let one = |(unit, row): (usize, &mut [f64])| {
            row.fill(0.0);
            for &m in &loads {
                let amount = lp.amounts[unit * lp.loads + m];
                if amount != 0.0 {
                    row.iter_mut().zip(&worth[m * leaves..]).for_each(|(o, w)| *o += w * amount);
                }
            }
            if cut {
                lp.cut_terms.add(unit, weights, row);
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
        if self.shifts.perturbed != 0.0 {
            let perturbed = self.shifts.perturbed;
            self.reduced.iter_mut().enumerate().for_each(|(at, q)| *q += perturbed * irregular(at));
        }
        for &(unit, leaf, shift) in &self.shifts.leaves {
            self.reduced[unit as usize * self.lp.leaves + leaf as usize] += shift;
        }
        let near = FITS * self.lp.usual;
        for unit in 0..self.lp.units.len() {
            if self.parts[unit] == 0 {
                let (key, best) = (self.key[unit], self.cheapest(unit));
                let row = self.reduced(unit);
                if !self.is_open(unit, key) || row[best as usize] < row[key as usize] - near {
                    self.key[unit] = best;
                }
            }
        }
    }

    /// The same, and where the variables that are not basic stay.
    fn price(&mut self) {
        let lp = self.lp;
        let mut basic_lines = vec![false; lp.lines.len()];
        let mut basic_columns = vec![false; lp.columns.len()];
        for b in &self.basic {
            match *b {
                Basic::Line(r) => {
                    basic_lines[r as usize] = true;
                    self.duals[r as usize] = -self.shifts.lines[r as usize];
                }
                Basic::Excess(j) => basic_columns[j as usize] = true,
                Basic::Part(..) => {}
            }
        }
        let near = FITS * lp.usual;
        for (r, line) in lp.lines.iter().enumerate() {
            let cost = self.line_cost(r);
            self.line_at[r] = side(basic_lines[r], self.line_at[r], cost, (line.lo, line.hi), near);
        }
        for (j, column) in lp.columns.iter().enumerate() {
            let cost = self.column_cost(j);
            self.excess_at[j] = side(basic_columns[j], self.excess_at[j], cost, (column.lo, column.hi), near);
        }
        self.reprice();
        self.shift();
    }

    /// Whether restrictions leave the unit this leaf.
    fn is_open(&self, unit: usize, leaf: u32) -> bool {
        let at = leaf as usize;
        leaf != u32::MAX && self.allowed[unit * self.words + at / WORD] >> (at % WORD) & 1 == 1
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
                Sums::Weighted { load, factors } => {
                    out[r] += factor * (lp.amounts[unit * lp.loads + load] * factors[leaf])
                }
                Sums::Dense(d) => out[r] += factor * lp.dense[*d][unit * lp.leaves + leaf],
                _ => {}
            }
        }
        lp.cut_terms.at(unit, leaf).for_each(|(line, k)| out[line] += factor * k);
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
}

/// Where a variable with this price-corrected cost stays: at the limit that is cheaper, where it has both; where it was,
/// when that is the same.
fn side(basic: bool, was: At, cost: f64, (lo, hi): (f64, f64), near: f64) -> At {
    match (basic, lo.is_finite(), hi.is_finite()) {
        (true, ..) => At::Basic,
        (_, true, false) => At::Lo,
        (_, false, _) => At::Hi,
        _ if cost > near => At::Lo,
        _ if cost < -near => At::Hi,
        _ if was == At::Hi => At::Hi,
        _ => At::Lo,
    }
}

fn subtract(from: &mut [f64], row: &[f64], factor: f64) {
    from.iter_mut().zip(row).for_each(|(x, y)| *x -= factor * y);
}
