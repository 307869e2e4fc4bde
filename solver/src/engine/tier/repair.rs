//! Repair: a rounded relaxation made to fit within all limits.

use super::settings::{
    HOT_REPAIR_STEPS, HOTTEST_REPAIR, POLISHES, REPAIR_COOLS, REPAIR_OFF, REPAIR_ROUNDS, REPAIR_STEPS, REPAIR_UNITS,
    REPAIRS, RISES, SINKS,
};
use crate::engine::clock::Clock;
use crate::engine::context::{Context, SEARCHED_UNITS_MAX};
use crate::engine::search::anneal::{Cooling, Fees, anneal};
use crate::engine::search::neighbourhood::Neighbourhood;
use crate::proof::prices::Prices;
use crate::score::State;
use rayon::prelude::*;

/// The better of repairs side by side: how good one comes out is much a matter of chance. Gives `rounded` back when none
/// succeeds.
pub(crate) fn repair(context: &Context, rounded: &State, reduced: &[f64], prices: &Prices) -> State {
    let lanes = if context.model.units > SEARCHED_UNITS_MAX { 1 } else { REPAIRS };
    let clocks: Vec<Clock> = (0..lanes).map(|_| context.clock.slice(1.0)).collect();
    let lane =
        |(lane, clock): (usize, &Clock)| one(&Context { clock, ..*context }, rounded, reduced, prices, lane as u64);
    let found: Vec<State> = clocks.par_iter().enumerate().map(lane).collect();
    clocks.iter().for_each(|clock| context.clock.absorb(clock));
    let within = |state: &State| state.is_within(context.model, context.limits);
    let best = found.into_iter().filter(within).map(|state| (context.value(&state), state));
    best.reduce(|a, b| if b.0 < a.0 { b } else { a }).map_or_else(|| rounded.clone(), |(_, state)| state)
}

/// Anneals the units that are most nearly tied until every limit holds. The first try is as cold as the units' costs;
/// the next ones are as hot as the fee of one unit too many at a leaf and hotter, because limits are walls to a cold
/// annealing. Gives `rounded` back when none succeeds.
fn one(context: &Context, rounded: &State, reduced: &[f64], prices: &Prices, lane: u64) -> State {
    let model = context.model;
    let mut regrets: Vec<f64> = reduced.par_chunks(model.leaves).map(regret).filter(|r| r.is_finite()).collect();
    let fees = Fees::of(context.problem(), prices);
    let usual = fees.usual();
    let mut count = REPAIR_UNITS * context.problem().rows.rows.len().max(1);
    for round in 0..REPAIR_ROUNDS {
        if regrets.is_empty() {
            break;
        }
        let at = count.min(regrets.len() - 1);
        let most = *regrets.select_nth_unstable_by(at, f64::total_cmp).1;
        let near = Neighbourhood::of(model, reduced, rounded, most);
        let steps = REPAIR_STEPS * near.len() as u64;
        let unit = usual * model.leaves as f64 / model.units as f64;
        let heats = [most / 2.0, unit, HOTTEST_REPAIR * unit];
        for (heat, from) in heats.into_iter().enumerate().filter(|(_, from)| *from > 0.0) {
            if context.clock.is_over() {
                return rounded.clone();
            }
            let steps = if heat > 0 { HOT_REPAIR_STEPS * steps } else { steps };
            let cooling = Cooling {
                steps,
                from,
                to: from / REPAIR_COOLS,
                rises: RISES.start,
                sinks: SINKS,
                squeeze: 0.0,
                // In a large book units are small beside the width of a band.
                off: if model.units > SEARCHED_UNITS_MAX { 0.0 } else { REPAIR_OFF },
                seeks: false,
            };
            let seed = context.seed(1 << 30 | lane << 8 | round << 2 | heat as u64);
            if let Some(mut found) = anneal(context, &near, rounded, &fees, cooling, seed) {
                let cooling = Cooling { from: most / 2.0, to: most / 100.0, off: 0.0, ..cooling };
                for polish in (1..=POLISHES).take_while(|_| most > 0.0) {
                    match anneal(context, &near, &found, &fees, cooling, seed + (polish << 20)) {
                        Some(better) => found = better,
                        None => break,
                    }
                }
                return found;
            }
        }
        count *= 4;
    }
    rounded.clone()
}

/// How much more a unit's second cheapest leaf costs.
fn regret(row: &[f64]) -> f64 {
    let (mut first, mut second) = (f64::INFINITY, f64::INFINITY);
    for &q in row {
        (first, second) = if q < first { (q, first) } else { (first, second.min(q)) };
    }
    second - first
}
