//! Coefficients of cuts, unit by unit.

use crate::index::UnitIndex;
use crate::proof::cuts::Cuts;

/// What units add to cut lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct CutTerms {
    terms: Vec<CutTerm>,
    /// Where those of each unit begin, and the last ones end; empty where there are no cuts.
    starts: Vec<u32>,
    /// How many of the units' leaves they count.
    pub cells: usize,
}

#[derive(Debug, Clone, Copy)]
struct CutTerm {
    line: u32,
    /// The leaves at which it counts, from one to before the other.
    from: u16,
    to: u16,
    coefficient: f64,
}

impl CutTerms {
    /// Of the cuts, whose lines are scaled and begin at `first`.
    pub(super) fn of(units: &[UnitIndex], cuts: &Cuts, scales: &[f64], first: usize) -> CutTerms {
        let mut all = CutTerms { terms: Vec::new(), starts: vec![0], cells: 0 };
        for &unit in units {
            for &(at, k) in cuts.of_unit(unit) {
                let (facts, scale) = (&cuts.facts[at as usize], scales[at as usize]);
                let leaves = facts.leaves.places();
                all.cells += leaves.len();
                all.terms.push(CutTerm {
                    line: first as u32 + at,
                    from: leaves.start as u16,
                    to: leaves.end as u16,
                    coefficient: k / facts.total * scale,
                });
            }
            all.starts.push(all.terms.len() as u32);
        }
        all
    }

    /// Every line and coefficient.
    pub fn all(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.terms.iter().map(|term| (term.line as usize, term.coefficient))
    }

    fn of_unit(&self, unit: usize) -> &[CutTerm] {
        match self.starts.get(unit..unit + 2) {
            Some(&[start, end]) => &self.terms[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The lines that count a unit at a leaf, and the coefficients.
    pub fn at(&self, unit: usize, leaf: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let here = move |term: &&CutTerm| (term.from as usize..term.to as usize).contains(&leaf);
        self.of_unit(unit).iter().filter(here).map(|term| (term.line as usize, term.coefficient))
    }

    /// Adds what `weights` of the lines make of a unit to `row`, leaf by leaf.
    pub fn add(&self, unit: usize, weights: &[f64], row: &mut [f64]) {
        for term in self.of_unit(unit) {
            let by = weights[term.line as usize] * term.coefficient;
            row[term.from as usize..term.to as usize].iter_mut().for_each(|o| *o += by);
        }
    }
}
