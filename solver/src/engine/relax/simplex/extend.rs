//! A basis with other lines at its end, and where a solution stands.

use super::{At, Basic, Basis, Simplex};

impl Basis {
    /// The same for a program that has `own` lines and then as many cuts as `kept` says, of those that this one has; `more`
    /// new ones follow.
    pub fn with_cuts(&self, own: usize, kept: &[bool], more: usize) -> Basis {
        let mut place = Vec::with_capacity(kept.len());
        let mut next = own;
        for &kept in kept {
            place.push(kept.then_some(next as u32));
            next += usize::from(kept);
        }
        let moved = |b: &Basic| match *b {
            Basic::Line(r) if r as usize >= own => place[r as usize - own].map(Basic::Line),
            other => Some(other),
        };
        let mut basic: Vec<Basic> = self.basic.iter().filter_map(moved).collect();
        basic.extend((next..next + more).map(|r| Basic::Line(r as u32)));
        let is_kept = |r: usize| r < own || kept[r - own];
        let kept_duals = self.duals.iter().enumerate().filter(|(r, _)| is_kept(*r)).map(|(_, dual)| *dual);
        let mut duals: Vec<f64> = kept_duals.collect();
        duals.resize(next + more, 0.0);
        Basis { basic, keys: self.keys.clone(), duals }
    }

    /// Whether a line holds nothing: it is in the basis.
    pub fn is_loose(&self, line: usize) -> bool {
        self.basic.contains(&Basic::Line(line as u32))
    }
}

impl Simplex<'_> {
    /// The value of every excess column.
    pub fn excesses(&self) -> Vec<f64> {
        let at_limit = |(column, at): (&crate::engine::relax::lp::Column, &At)| match at {
            At::Hi => column.hi,
            At::Lo | At::Basic => column.lo,
        };
        let mut values: Vec<f64> = self.lp.columns.iter().zip(&self.excess_at).map(at_limit).collect();
        for (basic, value) in self.basic.iter().zip(&self.value) {
            if let Basic::Excess(j) = basic {
                values[*j as usize] = *value;
            }
        }
        values
    }
}
