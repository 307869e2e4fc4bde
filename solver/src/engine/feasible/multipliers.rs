//! Whole multipliers from prices: what a linear program says in fractions, in whole numbers that prove it exactly.

use crate::index::{Keyed, LineIndex};
use crate::problem::Problem;
use crate::proof::lines::Hard;
use crate::proof::prices::{CutPrices, Prices};

/// Prices below this part of the largest are rounding.
const NOISE: f64 = 1e-7;
/// Small multipliers: prices are taken for multiples of the least of them over one of these denominators.
const DENOMINATORS: std::ops::RangeInclusive<u32> = 1..=6;
/// The largest small multiplier.
const SMALL_MAX: f64 = 1e6;
/// How near every price must be to its multiple, relative to it.
const SMALL_NEAR: f64 = 1e-5;
/// Large multipliers make sums of about 2 to this power: every digit of a price is kept, and sums fit 128 bits.
const LARGE_POWER: f64 = 100.0;

/// Multipliers worth trying, small ones first, from prices for each whole of what lines count.
pub(super) fn whole(problem: &Problem, hard: &Hard, prices: &Prices) -> Vec<Prices> {
    let rows = problem.rows.rows.iter().map(|row| (problem.rows.loads[row.load].total as f64).max(1.0));
    let wholes = rows.chain(problem.rows.budgets.iter().map(|budget| budget.whole));
    let each: Keyed<LineIndex, f64> = prices.rows.iter().chain(&prices.budgets).copied().collect();
    let largest = each.iter().fold(0.0_f64, |most, p| most.max(p.abs()));
    let fits = |(line, &price): (LineIndex, &f64)| {
        let line = &hard.lines[line];
        let limited = if price > 0.0 { line.lo.is_some() } else { line.hi.is_some() };
        if limited && price.abs() > NOISE * largest { price } else { 0.0 }
    };
    // For each unit of what is counted.
    let single: Vec<f64> = each.pairs().map(fits).zip(wholes).map(|(price, whole)| price / whole).collect();
    if single.iter().all(|price| *price == 0.0 || !price.is_finite()) {
        return Vec::new();
    }
    let size: f64 = single.iter().zip(&hard.lines).map(|(price, line)| price.abs() * line.reach as f64).sum();
    let scale = (LARGE_POWER - size.log2()).floor().exp2();
    let large: Vec<f64> = single.iter().map(|price| (price * scale).round()).collect();
    let all = small(&single).into_iter().chain([large]);
    all.map(|mut lines| {
        let budgets = lines.split_off(prices.rows.len());
        Prices { rows: lines.into(), budgets: budgets.into(), tiers: Keyed::new(), cuts: CutPrices::default() }
    })
    .collect()
}

/// The prices as small whole numbers, where they are in such a ratio.
fn small(single: &[f64]) -> Option<Vec<f64>> {
    let least = single.iter().filter(|p| **p != 0.0).fold(f64::INFINITY, |least, p| least.min(p.abs()));
    DENOMINATORS.into_iter().find_map(|denominator| {
        let unit = least / f64::from(denominator);
        let near = |price: &f64| {
            let whole = (price / unit).round();
            (whole.abs() <= SMALL_MAX && (price / unit - whole).abs() <= SMALL_NEAR * whole.abs()).then_some(whole)
        };
        single.iter().map(near).collect()
    })
}
