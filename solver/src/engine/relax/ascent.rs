//! Prices by ascent: the dual of a relaxation that has more lines than the inverse of a basis can carry.
//!
//! Prices rise by Newton's method at falling temperatures. They end near the optimum, not at it: there is no basis, and
//! what the prices prove is a little less than the relaxation's value. Units look at the leaves they are offered; what
//! the prices prove is proved over all leaves, and leaves that turn out cheaper are offered, too.

mod newton;

pub(crate) mod offers;

mod pass;

mod program;

use crate::engine::clock::Clock;
use crate::index::{Keyed, LeafIndex, Number, Span, UnitIndex};
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::prices::Prices;
use newton::{Steps, gradient, limits_value};
use offers::Offers;
use program::{Program, by_slot};

pub(crate) use program::Counted;
use rayon::prelude::*;

/// Rows up to which a basis is worked with, in trees of more than a few leaves.
const ROWS_MAX: usize = 600;
/// Rows up to which one is in books of any size: a step goes through all units.
const ROWS_FEW: usize = 180;
/// Leaves up to which one is worked with whatever the rows, where the book is not large.
const LEAVES_FEW: usize = 64;
/// Units times leaves of books that are not large.
const CELLS_FEW: usize = 1_500_000;
/// The first temperature, in what the second cheapest leaf of a unit costs more.
const HOT: f64 = 0.6;
/// The last one.
const COLD: f64 = 0.003;
/// Each temperature is this part of the one before.
const COOLS: f64 = 0.4;
/// Steps at one temperature, at most.
const STEPS: usize = 60;
/// What another step must promise, in temperatures for each unit.
const WORTH: f64 = 1e-3;
/// Part of what a step promises that it must keep to be taken.
const KEEPS: f64 = 0.1;
/// How much the first step is held back.
const BACK: f64 = 0.03;
/// How much any step is, at least.
const BACK_LEAST: f64 = 1e-5;
/// A step is held back this many times as much when it did not keep what it promised.
const HOLDS_BACK: f64 = 6.0;
/// The next one this many times less when it did.
const EASES: f64 = 3.0;
/// How often a step is held back more, at most.
const HOLDS: usize = 6;
/// Part of what units cost that leaves which they are not offered may take from it.
const MISSED: f64 = 1e-3;
/// Slots and loads of a pass in a work unit.
const WORK: f64 = 400.0;

/// Where an ascent ended.
pub(crate) struct Ascended {
    /// Repaired.
    pub prices: Prices,
    /// The cheapest leaf of each unit after prices.
    pub leaf_of: Keyed<UnitIndex, LeafIndex>,
    pub ascent: Ascent,
    /// Whether the clock left time for all of it.
    pub in_time: bool,
}

/// What a search goes on with from an ascent.
pub(crate) struct Ascent {
    pub offers: Offers,
    /// Price-corrected costs by slot; of a tier without costs those of the next that has some, before prices.
    pub reduced: Vec<f64>,
    /// How much more the second cheapest leaf of a unit costs on average.
    pub usual: f64,
    /// The temperature at which it ended.
    pub temperature: f64,
}

/// Whether a book has so many rows that its relaxations are solved by ascent.
pub(crate) fn is_due(problem: &Problem) -> bool {
    let rows = problem.rows.rows.len() + problem.rows.budgets.len();
    let cells = problem.units.count() * problem.tree.leaves.len();
    (rows > ROWS_MAX && problem.tree.leaves.len() > LEAVES_FEW) || (rows > ROWS_FEW && cells > CELLS_FEW)
}

/// From where to where an ascent goes.
pub(crate) struct Rise<'a> {
    /// Prices of something like it, with the temperature to go on at.
    pub from: Option<(&'a Prices, f64)>,
    /// The last temperature.
    pub cold: f64,
    /// Whether all leaves are looked at in the end.
    pub all: bool,
    pub counted: Counted,
}

impl Rise<'_> {
    /// From nothing, or from what an ascent of the same came to, to where the prices prove nearly all there is to prove.
    pub fn whole<'a>(from: Option<(&'a Prices, &Ascent)>) -> Rise<'a> {
        let from = from.map(|(prices, ascent)| (prices, ascent.temperature));
        Rise { from, cold: COLD, all: true, counted: Counted::All }
    }
}

/// Raises prices.
pub(crate) fn ascend(problem: &Problem, costs: &Costs, frame: &Frame, rise_by: Rise, clock: &Clock) -> Ascended {
    let Rise { from, cold, all, counted } = rise_by;
    let mut temperature = from.map_or(HOT, |(_, temperature)| temperature).max(cold);
    let mut program = Program::of(problem, costs, frame, Offers::of(problem, costs, frame), counted);
    let mut prices = from.map_or_else(|| vec![0.0; program.lines.len()], |(from, _)| program.from(from));
    if !program.lines.is_empty() {
        temperature = rise(&program, &mut prices, (temperature, cold), clock);
    }
    if all && !program.offers.all && !clock.is_over() {
        let found = program.prices(problem, frame.tier, &prices).repaired(problem, frame.tier);
        let (cheapest, least) = cheapest_of_all(problem, costs, frame, &found);
        let offered: f64 = program.least(&prices) * program.usual;
        if offered - least > MISSED * least.abs()
            && let Some(more) = program.offers.with(&cheapest)
        {
            program = Program::of(problem, costs, frame, more, counted);
            temperature = rise(&program, &mut prices, (cold, cold), clock);
        }
    }
    let leaf = |&slot: &u32| LeafIndex::new(program.offers.leaf[slot as usize] as usize);
    let leaf_of = program.cheapest(&prices).iter().map(leaf).collect();
    let guide = guided(problem, costs, frame, &program.offers);
    let (reduced, usual) = guide.unwrap_or_else(|| (program.all_reduced(&prices), program.usual));
    let prices = program.prices(problem, frame.tier, &prices).repaired(problem, frame.tier);
    let ascent = Ascent { reduced, usual, offers: program.offers, temperature };
    Ascended { prices, leaf_of, ascent, in_time: !clock.is_over() }
}

/// What the leaves on offer cost in the next tier that has costs, and the usual difference; `None`: the frame's tier has some
/// itself, or no later one has.
fn guided(problem: &Problem, costs: &Costs, frame: &Frame, offers: &Offers) -> Option<(Vec<f64>, f64)> {
    let mut rest = Span { start: frame.tier, end: problem.tiers.keys().end }.iter();
    let tier = rest.find(|&tier| costs.has(tier)).filter(|&tier| tier != frame.tier)?;
    let costs = by_slot(offers, |unit, leaf| costs.at(tier, unit, leaf));
    let usual = program::usual(offers, &costs);
    Some((costs, usual))
}

/// What a search of a tier without costs goes on with before anything is priced; `None`: the tier has some, or no later one
/// has.
pub(crate) fn unpriced(problem: &Problem, costs: &Costs, frame: &Frame) -> Option<Ascent> {
    let offers = Offers::of(problem, costs, frame);
    let (reduced, usual) = guided(problem, costs, frame, &offers)?;
    Some(Ascent { offers, reduced, usual, temperature: HOT })
}

/// Raises the prices, from the first temperature to the last; gives the one at which it ended.
fn rise(program: &Program, prices: &mut Vec<f64>, (hot, cold): (f64, f64), clock: &Clock) -> f64 {
    let (mut temperature, mut back) = (hot, BACK);
    let each = ((program.offers.leaf.len() * (program.loads + 4)) as f64 / WORK) as u64 + 1;
    loop {
        let worth = |seen: &pass::Seen, prices: &[f64]| seen.value + limits_value(program, prices, temperature);
        let mut seen = program.pass(prices, temperature);
        let mut value = worth(&seen, prices);
        let (steps_max, enough) = if temperature <= cold { (STEPS, WORTH) } else { (STEPS / 6, 10.0 * WORTH) };
        for _ in 0..steps_max {
            clock.count(2 * each);
            if clock.is_over() {
                return temperature;
            }
            let gradient = gradient(program, &seen, prices, temperature);
            let steps = Steps::new(program, &seen, prices, temperature);
            let mut better = None;
            for _ in 0..HOLDS {
                let step = steps.solve(&gradient, back);
                let slope: f64 = gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
                if slope <= enough * temperature * program.units as f64 {
                    break;
                }
                let next: Vec<f64> = prices.iter().zip(&step).map(|(p, s)| p + s).collect();
                let there = program.pass(&next, temperature);
                let next_value = worth(&there, &next);
                if next_value >= value + KEEPS * slope {
                    better = Some((next, there, next_value));
                    back = (back / EASES).max(BACK_LEAST);
                    break;
                }
                back *= HOLDS_BACK;
                clock.count(2 * each);
            }
            let Some(next) = better else { break };
            (*prices, seen, value) = next;
        }
        if temperature <= cold {
            return temperature;
        }
        temperature = (temperature * COOLS).max(cold);
    }
}

/// The cheapest leaf of each unit after prices, of all leaves, and what all of them cost there.
fn cheapest_of_all(
    problem: &Problem,
    costs: &Costs,
    frame: &Frame,
    prices: &Prices,
) -> (Keyed<UnitIndex, LeafIndex>, f64) {
    let pricer = frame.pricer(problem, costs, prices);
    let cheapest = |row: &mut Vec<f64>, unit: usize| {
        pricer.reduced(UnitIndex::new(unit), row);
        let best = (0..row.len()).fold(0, |best, l| if row[l] < row[best] { l } else { best });
        (LeafIndex::new(best), row[best])
    };
    let leaves = problem.tree.leaves.len();
    let all: Vec<(LeafIndex, f64)> = (0..problem.units.count())
        .into_par_iter()
        .with_min_len(1_024)
        .map_init(|| vec![0.0; leaves], cheapest)
        .collect();
    let least = all.iter().map(|found| found.1).sum();
    (all.into_iter().map(|found| found.0).collect(), least)
}

#[cfg(test)]
mod tests;
