//! Lines of cuts in a program.

use super::cut_terms::CutTerms;
use super::scale::scale_of;
use super::{Line, Lp, Price, Sums};
use crate::problem::Problem;
use crate::proof::cuts::{Cut, Cuts, Limited};
use std::sync::Arc;

/// A cut with the line of its row that it was made from: of a soft row there is one for each kind of excess.
#[derive(Debug, Clone)]
pub(crate) struct CutLine {
    pub cut: Cut,
    pub line: usize,
}

impl Lp {
    /// The program with these cuts, in place of those it has. It is over all of the problem's units.
    pub fn with_cuts(&self, problem: &Problem, cuts: &[CutLine]) -> Lp {
        let mut lp = self.clone();
        let own = self.own_lines();
        lp.lines.truncate(own);
        lp.columns.iter_mut().for_each(|column| column.terms.retain(|(line, _)| *line < own));
        lp.cuts = Arc::new(Cuts::of(problem, cuts.iter().map(|c| c.cut.clone()).collect()));
        let mut coefficients = vec![Vec::new(); cuts.len()];
        for &unit in &self.units {
            let parts =
                lp.cuts.of_unit(unit).iter().map(|&(at, k)| (at as usize, k / lp.cuts.facts[at as usize].total));
            parts.for_each(|(at, k)| coefficients[at].push(k));
        }
        let scales: Vec<f64> = coefficients.iter().map(|coefficients| scale_of(coefficients.iter())).collect();
        lp.cut_terms = CutTerms::of(&self.units, &lp.cuts, &scales, own);
        for (at, (from, &scale)) in cuts.iter().zip(&scales).enumerate() {
            let facts = &lp.cuts.facts[at];
            lp.lines.push(Line {
                sums: Sums::Cut,
                lo: f64::NEG_INFINITY,
                hi: facts.most / facts.total * scale,
                price: Price::Cut(at),
                scale,
            });
            if !from.cut.soft {
                continue;
            }
            let sign = if from.cut.limited == Limited::Most { 1.0 } else { -1.0 };
            let factor = sign * scale / self.lines[from.line].scale;
            for column in &mut lp.columns {
                let own = column.terms.iter().find(|(line, _)| *line == from.line).map(|(_, k)| k * factor);
                column.terms.extend(own.map(|k| (self.own_lines() + at, k)));
            }
        }
        lp
    }

    /// How many lines are none of cuts.
    pub fn own_lines(&self) -> usize {
        self.lines.len() - self.cuts.list.len()
    }
}
