//! The working basis: its inverse, its duals and its values.

use super::{At, Basic, Simplex, subtract};
use crate::engine::relax::lp::Sums;

impl Simplex<'_> {
    /// Inverts the working basis and prices anew; columns that turn out dependent are replaced by their lines.
    pub(super) fn factor(&mut self) {
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
        // Lines first: their columns have one entry, and fill nothing in.
        let is_line = |i: &usize| matches!(self.basic[*i], Basic::Line(_));
        let order: Vec<usize> = (0..size).filter(is_line).chain((0..size).filter(|i| !is_line(i))).collect();
        for i in order {
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
            self.factor();
            return;
        }
        for (row, from) in self.inverse.chunks_exact_mut(size.max(1)).zip(row_of) {
            row.copy_from_slice(&right[from * size..(from + 1) * size]);
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
                Basic::Line(r) => self.shifts.lines[r as usize],
                Basic::Excess(j) => lp.columns[j as usize].cost + self.shifts.columns[j as usize],
                Basic::Part(u, l) => {
                    let u = u as usize;
                    self.cost(u, l as usize) - self.cost(u, self.key[u] as usize)
                }
            };
            if cost != 0.0 {
                subtract(&mut duals, &self.inverse[i * size..(i + 1) * size], -cost);
            }
        }
        if duals.iter().all(|d| d.is_finite()) {
            self.duals = duals;
        }
        self.price();
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
    pub(super) fn balance(&mut self) {
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
                Sums::Weighted { load, factors } => {
                    at[load * lp.leaves..].iter().zip(factors).map(|(amount, factor)| amount * factor).sum()
                }
                Sums::Dense(d) => (0..lp.units.len()).map(|u| lp.dense[*d][u * lp.leaves + self.key[u] as usize]).sum(),
                Sums::Cut | Sums::Excess => 0.0,
            };
            rest[r] += match self.line_at[r] {
                At::Basic => 0.0,
                At::Lo => line.lo,
                At::Hi => line.hi,
            };
        }
        for (unit, &key) in self.key.iter().enumerate().filter(|_| lp.cut_terms.cells > 0) {
            lp.cut_terms.at(unit, key as usize).for_each(|(line, k)| rest[line] -= k);
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

    pub(super) fn evaluate(&mut self) {
        let size = self.lp.lines.len();
        for (value, row) in self.value.iter_mut().zip(self.inverse.chunks_exact(size.max(1))) {
            *value = row.iter().zip(&self.rest).map(|(k, x)| k * x).sum();
        }
    }
}
