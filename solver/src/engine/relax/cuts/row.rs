//! The best cut of one limit of a row: the divisor and the units counted by their absence are chosen in floats, as any
//! choice gives a true cut.
//!
//! Units go by their plain numbers.

use crate::index::{LeafIndex, Number, Span};

/// Divisors tried, at most.
const DIVISORS_MAX: usize = 60;
/// What the best divisor is divided by in turn.
const DIVIDED: [f64; 3] = [2.0, 4.0, 8.0];
/// Parts of a divisor that the right side must leave on both sides: less makes cuts that rounding spoils.
const LEFT: f64 = 1e-3;
/// How far beyond a cut a solution must be, as part of the cut's length.
const DEPTH_MIN: f64 = 1e-4;
/// Room that a row may have left, as part of its largest amount.
const ROOM_MAX: f64 = 0.5;
/// A cut must get that much deeper for one more unit to be counted by its absence.
const DEEPER: f64 = 1e-9;
/// Numbers from which floats skip whole ones.
const WHOLE_MAX: f64 = 9e15;

/// One limit of a row.
pub(super) struct Side<'a> {
    /// Of each unit.
    pub amounts: &'a [f64],
    /// It is the lower limit, which is the upper one of the amounts' opposites.
    pub least: bool,
    pub limit: f64,
    /// What the solution has beyond the limit.
    pub excess: f64,
    pub leaves: Span<LeafIndex>,
}

/// A cut with how far the solution is beyond it.
pub(super) struct Found {
    pub divisor: i64,
    /// Whether each unit is counted by its absence.
    pub absent: Vec<bool>,
    pub depth: f64,
    /// Its coefficients, of length 1.
    pub direction: Vec<f64>,
}

/// A unit that is partly at the row's node.
#[derive(Clone, Copy)]
struct Part {
    unit: usize,
    part: f64,
}

impl Side<'_> {
    fn amount(&self, unit: usize) -> f64 {
        if self.least { -self.amounts[unit] } else { self.amounts[unit] }
    }

    /// The deepest cut that is found where units are at `leaf_of`, and those that are split in parts.
    pub fn cut(&self, leaf_of: &[LeafIndex], split: &[(u32, Vec<(u32, f64)>)]) -> Option<Found> {
        let mut absent: Vec<bool> =
            leaf_of.iter().zip(self.amounts).map(|(&leaf, a)| *a != 0.0 && self.leaves.contains(leaf)).collect();
        let mut parts: Vec<Part> = Vec::new();
        let mut held: f64 = absent.iter().enumerate().filter(|(_, at)| **at).map(|(u, _)| self.amount(u)).sum();
        for (unit, leaves) in split {
            let unit = *unit as usize;
            let here = leaves.iter().filter(|(l, _)| self.leaves.contains(LeafIndex::new(*l as usize)));
            let part: f64 = here.map(|(_, part)| part).sum();
            held += self.amount(unit) * (part - f64::from(u8::from(absent[unit])));
            absent[unit] = self.amounts[unit] != 0.0 && part > 0.5;
            if self.amounts[unit] != 0.0 && part > 1e-6 && part < 1.0 - 1e-6 {
                parts.push(Part { unit, part });
            }
        }
        let limit = if self.least { -self.limit } else { self.limit };
        let largest = self.amounts.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
        if parts.is_empty() || limit + self.excess - held > ROOM_MAX * largest || largest > WHOLE_MAX {
            return None;
        }
        self.deepest(limit, &parts, absent)
    }

    fn deepest(&self, limit: f64, parts: &[Part], mut absent: Vec<bool>) -> Option<Found> {
        let present = |absent: &[bool]| -> f64 {
            limit - absent.iter().enumerate().filter(|(_, absent)| **absent).map(|(u, _)| self.amount(u)).sum::<f64>()
        };
        let mut side = present(&absent);
        let mut divisors: Vec<f64> = parts.iter().map(|p| self.amounts[p.unit].abs()).filter(|d| *d >= 2.0).collect();
        divisors.sort_by(f64::total_cmp);
        divisors.dedup();
        divisors.truncate(DIVISORS_MAX);
        let mut best: Option<(f64, f64)> = None;
        let consider = |divisor: f64, best: &mut Option<(f64, f64)>, side: f64, absent: &[bool]| {
            let depth = self.depth(divisor, side, parts, absent);
            let deeper = depth.is_some_and(|depth| best.is_none_or(|(most, _)| depth > most + DEEPER));
            if deeper {
                *best = depth.map(|depth| (depth, divisor));
            }
            deeper
        };
        for divisor in divisors {
            consider(divisor, &mut best, side, &absent);
        }
        let first = best?.1;
        for by in DIVIDED {
            consider((first / by).floor().max(1.0), &mut best, side, &absent);
        }
        let divisor = best?.1;
        let mut near: Vec<Part> = parts.to_vec();
        near.sort_by(|a, b| (a.part - 0.5).abs().total_cmp(&(b.part - 0.5).abs()).then(a.unit.cmp(&b.unit)));
        for Part { unit, .. } in near {
            absent[unit] = !absent[unit];
            let turned = present(&absent);
            if consider(divisor, &mut best, turned, &absent) {
                side = turned;
            } else {
                absent[unit] = !absent[unit];
            }
        }
        let (depth, divisor) = best.filter(|(depth, _)| *depth > DEPTH_MIN)?;
        let mut direction = self.coefficients(divisor, side, &absent);
        let length = direction.iter().map(|k| k * k).sum::<f64>().sqrt();
        direction.iter_mut().for_each(|k| *k /= length);
        Some(Found { divisor: divisor as i64, absent, depth, direction })
    }

    /// How far the solution is beyond a cut, as part of its length; `None`: it is not, or the cut is a poor one.
    fn depth(&self, divisor: f64, side: f64, parts: &[Part], absent: &[bool]) -> Option<f64> {
        let (whole, rest) = divided(side, divisor);
        if rest < LEFT * divisor || rest > (1.0 - LEFT) * divisor {
            return None;
        }
        let term = |p: &Part| match absent[p.unit] {
            true => rounded(-self.amount(p.unit), divisor, rest) * (1.0 - p.part),
            false => rounded(self.amount(p.unit), divisor, rest) * p.part,
        };
        let beyond = parts.iter().map(term).sum::<f64>() - self.excess - whole * (divisor - rest);
        if beyond <= 0.0 {
            return None;
        }
        let square = |(unit, absent): (usize, &bool)| {
            let amount = if *absent { -self.amount(unit) } else { self.amount(unit) };
            rounded(amount, divisor, rest).powi(2)
        };
        let length = absent.iter().enumerate().filter(|(u, _)| self.amounts[*u] != 0.0).map(square).sum::<f64>().sqrt();
        (length > 0.0).then(|| beyond / length)
    }

    fn coefficients(&self, divisor: f64, side: f64, absent: &[bool]) -> Vec<f64> {
        let rest = divided(side, divisor).1;
        let one = |(unit, absent): (usize, &bool)| match absent {
            true => -rounded(-self.amount(unit), divisor, rest),
            false => rounded(self.amount(unit), divisor, rest),
        };
        absent.iter().enumerate().map(one).collect()
    }
}

fn divided(amount: f64, divisor: f64) -> (f64, f64) {
    let whole = (amount / divisor).floor();
    (whole, amount - whole * divisor)
}

fn rounded(amount: f64, divisor: f64, rest: f64) -> f64 {
    let (whole, part) = divided(amount, divisor);
    whole * (divisor - rest) + (part - rest).max(0.0)
}
