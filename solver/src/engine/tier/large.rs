//! The search of books whose relaxations are solved by ascent: annealing at the leaves that units are offered, over parts
//! of the map side by side.

use super::settings::{RISES, SINKS};
use crate::engine::clock::Clock;
use crate::engine::context::{Context, TierReached};
use crate::engine::observe::Phase;
use crate::engine::relax::ascent::Ascent;
use crate::engine::search::anneal::{Cooling, Fees, anneal};
use crate::engine::search::neighbourhood::Neighbourhood;
use crate::index::{Keyed, LeafIndex, Number, UnitIndex};
use crate::plan::Limit;
use crate::proof::prices::Prices;
use crate::score::{State, excess};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Heats that a repair starts from, one after the other, in what the second cheapest leaf of a unit costs more.
const REPAIR_HEATS: [f64; 4] = [0.02, 0.08, 0.3, 1.0];
/// Leaves are tried that cost more than a unit's cheapest by up to this many times the heat.
const NEAR: f64 = 8.0;
/// Steps of a repair for each unit that may move.
const REPAIR_STEPS: u64 = 250;
/// How far off limits a repair keeps amounts, as part of the width between them.
const REPAIR_OFF: f64 = 0.02;
/// An annealing ends at its first heat divided by this, or colder.
const COOLS: f64 = 30.0;
/// The heat at which an annealing ends at the latest.
const COLD: f64 = 0.001;
/// Heats that annealings around the best plan start from, the first and the least.
const HEATS: (f64, f64) = (0.1, 0.002);
/// A heat is this part of the one before when it gained nothing.
const COOLER: f64 = 0.6;
/// Steps of such an annealing for each unit that may move.
const STEPS: u64 = 400;
/// Leaves of a map that is annealed in parts.
const PARTED: usize = 8;
/// Leaves of a part, at most: the more there are, the less likely all of them are within their limits at once.
const PART_LEAVES: usize = 32;
/// How often one part is annealed in a round where there is no other.
const SAME_PART: usize = 2;
/// Rings of neighbours around what is beyond its bands that are annealed with it, at most.
const RINGS: usize = 4;
/// What a heat of 1 is of a tier without costs, in excess.
const BANDS: f64 = 0.05;
/// Part of the excess that such a tier is to lose in a round.
const SQUEEZE: f64 = 0.2;
/// Part of the time for a repair.
const REPAIR_PART: f64 = 0.3;
/// Rounds without a gain of [`GAIN`] after which nothing more is expected.
const TIRED: usize = 12;
/// The same of a tier without costs: later tiers have the better use for the time.
const TIRED_BANDS: usize = 6;
/// Part of the bound by which the plan at hand must be above it to be left for the rounding.
const FAR: f64 = 0.05;
/// What a round must gain, as part of the value.
const GAIN: f64 = 1e-5;

/// A rounded relaxation made to fit within all limits, or as near to them as it comes.
pub(crate) fn repair_large(context: &Context, rounded: &State, ascent: &Ascent, prices: &Prices) -> State {
    let fees = Fees::of(context.problem(), prices);
    let mut nearest = rounded.clone();
    for (i, heat) in REPAIR_HEATS.into_iter().enumerate() {
        if context.clock.is_over() {
            break;
        }
        let from = heat * ascent.usual;
        let near = Neighbourhood::offered(&ascent.offers, &ascent.reduced, &nearest, NEAR * from, |_| true);
        let cooling = Cooling {
            steps: REPAIR_STEPS * near.len() as u64,
            from,
            to: (from / COOLS).min(COLD * ascent.usual),
            rises: RISES.end,
            sinks: SINKS,
            squeeze: 0.0,
            off: REPAIR_OFF,
            seeks: true,
        };
        let found = anneal(context, &near, &nearest, &fees, cooling, context.seed(1 << 30 | i as u64));
        if let Some(found) = found {
            nearest = found;
            if nearest.is_within(context.model, context.limits) {
                break;
            }
        }
    }
    nearest
}

/// Lowers the value from the relaxation's rounding and from the plan at hand until nothing is gained or the clock runs out.
pub(super) fn lower(
    context: &Context,
    reached: &mut TierReached,
    ascent: &Ascent,
    prices: &Prices,
    rounded: &Keyed<UnitIndex, LeafIndex>,
) {
    let rounded = State::new(context.model, rounded.clone());
    // What was repaired before is near enough to go on from.
    let near = context.value(&reached.state) - reached.bound <= FAR * reached.bound;
    if context.model.costs.has(context.tier) && !near {
        let clock = context.clock.slice(REPAIR_PART);
        let found = repair_large(&Context { clock: &clock, ..*context }, &rounded, ascent, prices);
        context.clock.absorb(&clock);
        context.take(reached, found);
    }
    reached.rounded = !context.clock.is_over();
    anneal_around(context, reached, ascent, prices);
}

/// Anneals around the best plan until nothing is gained or the clock runs out.
pub(super) fn anneal_around(context: &Context, reached: &mut TierReached, ascent: &Ascent, prices: &Prices) {
    let fees = Fees::of(context.problem(), prices);
    let (mut heat, mut failed) = (HEATS.0, 0);
    let tired = if context.model.costs.has(context.tier) { TIRED } else { TIRED_BANDS };
    for round in 0_u64.. {
        let value = context.value(&reached.state);
        context.report(Phase::Improve, &reached.state, reached.bound);
        let proved = context.is_proved(value, reached.bound);
        if proved || failed >= tired || context.clock.is_over() {
            reached.limit = context.clock.limit().or(Some(Limit::Stalled)).filter(|_| !proved);
            return;
        }
        let gained = one_round(context, reached, ascent, &fees, (heat * ascent.usual, round));
        let enough = value - context.value(&reached.state) > GAIN * value;
        failed = if enough { 0 } else { failed + 1 };
        if !gained || !enough {
            heat = if heat > HEATS.1 { heat * COOLER } else { HEATS.0 };
        }
    }
}

/// Anneals parts of the map side by side around the best plan; tells whether that lowered the value.
fn one_round(
    context: &Context,
    reached: &mut TierReached,
    ascent: &Ascent,
    fees: &Fees,
    (from, round): (f64, u64),
) -> bool {
    let start = &reached.state;
    let parts = match context.model.costs.has(context.tier) {
        true => parts(context, round),
        false => {
            let beyond = around_beyond(context, start, ascent, 1 + round as usize % RINGS);
            beyond.map_or_else(|| parts(context, round), |beyond| vec![beyond; SAME_PART])
        }
    };
    let share = (SAME_PART as f64 / parts.len() as f64).min(1.0);
    let clocks: Vec<Clock> = parts.iter().map(|_| context.clock.slice(share)).collect();
    let search = |(part, (inside, clock)): (usize, (&Vec<bool>, &Clock))| {
        let near = Neighbourhood::offered(&ascent.offers, &ascent.reduced, start, NEAR * from, |leaf| inside[leaf]);
        let steps = STEPS * near.len() as u64;
        let has_costs = context.model.costs.has(context.tier);
        let (squeeze, to) = if has_costs { (0.0, COLD * ascent.usual) } else { (SQUEEZE, COLD * BANDS) };
        let hot = if has_costs { from } else { from / ascent.usual * BANDS };
        let cooling = Cooling {
            steps,
            from: hot,
            to: (hot / COOLS).min(to),
            rises: RISES.start,
            sinks: SINKS,
            squeeze,
            off: 0.0,
            seeks: true,
        };
        let seed = context.seed(1 << 29 | round << 10 | part as u64);
        anneal(&Context { clock, ..*context }, &near, start, fees, cooling, seed)
    };
    let found: Vec<Option<State>> = parts.par_iter().zip(&clocks).enumerate().map(search).collect();
    clocks.iter().for_each(|clock| context.clock.absorb(clock));
    let together = joined(context, start, found.iter().flatten());
    let mut gained = context.take(reached, together);
    for state in found.into_iter().flatten() {
        gained |= context.take(reached, state);
    }
    gained
}

/// What each of the plans changed of `start`, one after the other, as far as limits hold and the value sinks: together they
/// may be beyond a limit that each keeps.
fn joined<'a>(context: &Context, start: &State, found: impl Iterator<Item = &'a State>) -> State {
    let mut at = start.clone();
    for state in found {
        let mut next = at.clone();
        let moved = state.leaf_of.pairs().filter(|(unit, leaf)| start.leaf_of[*unit] != **leaf);
        moved.for_each(|(unit, &leaf)| next.shift(context.model, context.pairs, unit, leaf));
        if next.is_within(context.model, context.limits) && context.value(&next) < context.value(&at) {
            at = next;
        }
    }
    at
}

/// Whether each leaf is under a node beyond its band, or in up to so many rings of neighbours around one; `None`: most are.
fn around_beyond(context: &Context, state: &State, ascent: &Ascent, rings: usize) -> Option<Vec<bool>> {
    let problem = context.problem();
    let mut inside = vec![false; context.model.leaves];
    let counted = problem.rows.groups.iter().filter(|group| problem.counts(context.tier, group));
    let beyond = counted.flat_map(|group| group.rows.iter()).filter(|&r| excess(problem, r, state.rows[r]) > 0.0);
    for row in beyond {
        let leaves = problem.tree.nodes[problem.rows.rows[row].node].leaves;
        leaves.iter().for_each(|leaf| inside[leaf.get()] = true);
    }
    for _ in 0..rings {
        let before = inside.clone();
        for (unit, leaf) in state.leaf_of.pairs().filter(|(_, leaf)| before[leaf.get()]) {
            let slots = ascent.offers.slots(unit.get());
            let own = || ascent.offers.leaf[slots.clone()].iter().zip(&ascent.reduced[slots.clone()]);
            let here = own().find(|(l, _)| **l as usize == leaf.get()).map_or(0.0, |(_, cost)| *cost);
            let near = own().filter(|(_, cost)| **cost <= here + ascent.usual);
            near.for_each(|(l, _)| inside[*l as usize] = true);
        }
    }
    let count = inside.iter().filter(|inside| **inside).count();
    (count > 0 && count < context.model.leaves / 2).then_some(inside)
}

/// The parts of the map, each as whether a leaf is inside: halved along lines that are drawn anew in every round, until none
/// has more than so many leaves.
fn parts(context: &Context, round: u64) -> Vec<Vec<bool>> {
    let leaves = context.model.leaves;
    let mut rng = ChaCha8Rng::seed_from_u64(context.seed(1 << 28 | round));
    let mut whole = vec![(0..leaves).collect::<Vec<usize>>()];
    let mut parts = Vec::new();
    while let Some(mut part) = whole.pop() {
        let halved_from = if part.len() == leaves { PARTED } else { PART_LEAVES + 1 };
        if part.len() < halved_from {
            let mut inside = vec![false; leaves];
            part.iter().for_each(|&leaf| inside[leaf] = true);
            parts.push(inside);
            continue;
        }
        let way: [f64; 3] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        part.sort_by(|&a, &b| along(context, a, way).total_cmp(&along(context, b, way)).then(a.cmp(&b)));
        let rest = part.split_off(part.len().div_ceil(2));
        whole.extend([rest, part]);
    }
    parts
}

/// How far along a line a leaf's anchor lies; without one its number.
fn along(context: &Context, leaf: usize, way: [f64; 3]) -> f64 {
    let anchor = context.model.costs.anchors[context.problem().tree.leaves[LeafIndex::new(leaf)]];
    anchor.map_or(leaf as f64, |point| point.unit_vector().iter().zip(way).map(|(x, w)| x * w).sum())
}
