//! Annealing of small books, with every limit as it is written. Other searches hold each row to what the best plan leaves
//! it, which is less than there is where sums of excesses are held: in a small book with large accounts that is nearly
//! nothing.

use crate::engine::context::Context;
use crate::index::{Keyed, LeafIndex, Number, TierIndex, UnitIndex};
use crate::proof::bound::slack;
use crate::score::{State, excess};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Units times leaves of a small book.
const CELLS_MAX: usize = 2_000;
/// Changes tried in one annealing, for each unit.
const STEPS_A_UNIT: u64 = 4_000;
/// The same in all, at most.
const STEPS_MAX: u64 = 400_000;
/// Changes between looks at the clock.
const LOOK: u64 = 2_000;
/// Temperatures at its start and end, as parts of the value.
const HEAT: (f64, f64) = (0.1, 1e-4);
/// What a whole breach costs at its start and end, in values.
const FEES: (f64, f64) = (0.3, 100.0);
/// The least that breaches of a limit are measured by.
const SCALE_MIN: f64 = 1e-2;

/// Whether a book is small enough.
pub(crate) fn is_small(context: &Context) -> bool {
    context.model.units * context.model.leaves <= CELLS_MAX && context.model.units > 1 && context.model.leaves > 1
}

/// The best plan met within all limits, from `start`; `None`: there was none. `heat` is a part of the usual temperature.
pub(crate) fn anneal_small(context: &Context, start: &State, heat: f64, seed: u64) -> Option<State> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let scales = Scales::of(context, start);
    let mut at = Weighed::of(context, start.clone());
    let mut best: Option<(f64, State)> = None;
    let steps = (STEPS_A_UNIT * context.model.units as u64).min(STEPS_MAX);
    let mut weight = at.weigh(context, &scales);
    for step in 0..steps {
        if step % LOOK == 0 {
            context.clock.count(LOOK);
            if context.clock.is_over() {
                break;
            }
        }
        let done = step as f64 / steps as f64;
        let between = |(from, to): (f64, f64)| from * (to / from).powf(done);
        let (temperature, fee) = (between(HEAT) * heat, between(FEES));
        let Some(change) = draw(context, &at.state, &mut rng) else { continue };
        at.make(context, &change);
        let next = at.weigh(context, &scales);
        let rises = (next.0 - weight.0) + fee * (next.1 - weight.1);
        if rises <= 0.0 || rng.random::<f64>() < (-rises / temperature).exp() {
            weight = next;
            if next.1 == 0.0 && best.as_ref().is_none_or(|(value, _)| next.0 < *value) {
                best = Some((next.0, at.state.clone()));
            }
        } else {
            at.make(context, &change.back());
        }
    }
    best.map(|(_, state)| state)
}

/// Units that change leaves: one, or two that change places.
#[derive(Clone, Copy)]
struct Change {
    unit: UnitIndex,
    from: LeafIndex,
    to: LeafIndex,
    /// Goes the other way.
    other: Option<UnitIndex>,
}

impl Change {
    fn back(self) -> Change {
        Change { from: self.to, to: self.from, ..self }
    }
}

fn draw(context: &Context, state: &State, rng: &mut ChaCha8Rng) -> Option<Change> {
    let (model, problem) = (context.model, context.problem());
    let unit = UnitIndex::new(rng.random_range(0..model.units));
    let from = state.leaf_of[unit];
    if rng.random_bool(0.5) {
        let to = LeafIndex::new(rng.random_range(0..model.leaves));
        return (to != from && problem.units.allows(unit, to)).then_some(Change { unit, from, to, other: None });
    }
    let other = UnitIndex::new(rng.random_range(0..model.units));
    let to = state.leaf_of[other];
    let fits = to != from && problem.units.allows(unit, to) && problem.units.allows(other, from);
    fits.then_some(Change { unit, from, to, other: Some(other) })
}

/// What values and breaches are measured by.
struct Scales {
    value: f64,
    limits: Keyed<TierIndex, f64>,
}

impl Scales {
    fn of(context: &Context, start: &State) -> Scales {
        let value = context.value(start).abs();
        Scales {
            value: if value > 0.0 { value } else { 1.0 },
            limits: context.limits.map(|limit| limit.abs().max(SCALE_MIN)),
        }
    }
}

/// A plan with the costs of its tiers.
struct Weighed {
    state: State,
    /// Of the tiers up to the one that is worked on.
    costs: Keyed<TierIndex, f64>,
    /// A group's excesses, the largest first; room that is used again.
    sorted: Vec<f64>,
    /// What excesses of each tier add up to; room that is used again.
    sums: Keyed<TierIndex, f64>,
}

impl Weighed {
    fn of(context: &Context, state: State) -> Weighed {
        let tiers = context.tier.get() + 1;
        let costs = context.problem().tiers.keys().iter().take(tiers).map(|s| state.cost(context.model, s)).collect();
        Weighed { state, costs, sorted: Vec::new(), sums: Keyed::filled(tiers, 0.0) }
    }

    fn make(&mut self, context: &Context, change: &Change) {
        self.shift(context, (change.unit, change.to));
        if let Some(other) = change.other {
            self.shift(context, (other, change.from));
        }
    }

    fn shift(&mut self, context: &Context, (unit, to): (UnitIndex, LeafIndex)) {
        let (model, from) = (context.model, self.state.leaf_of[unit]);
        for s in self.costs.keys().iter().filter(|&s| model.costs.has(s)) {
            self.costs[s] += model.costs.at(s, unit, to) - model.costs.at(s, unit, from);
        }
        self.state.shift(model, context.pairs, unit, to);
    }

    /// The value of the tier, and how far limits are broken in sum, each by its scale; 0: none is.
    fn weigh(&mut self, context: &Context, scales: &Scales) -> (f64, f64) {
        self.add_up(context);
        let sum = |s: TierIndex| self.sums[s] + self.costs[s];
        let beyond = |(s, &limit): (TierIndex, &f64)| {
            let over = sum(s) - limit - slack(limit);
            if over > 0.0 { over / scales.limits[s] } else { 0.0 }
        };
        let breach = self.state.broken(context.model) + context.limits.pairs().map(beyond).sum::<f64>();
        (sum(context.tier) / scales.value, breach)
    }

    /// What the excesses add up to, for each tier and step.
    fn add_up(&mut self, context: &Context) {
        let problem = context.problem();
        self.sums.iter_mut().for_each(|sum| *sum = 0.0);
        for group in problem.rows.groups.iter().filter(|g| g.tier <= context.tier) {
            self.sorted.clear();
            self.sorted.extend(group.rows.iter().map(|r| excess(problem, r, self.state.rows[r])));
            self.sorted.sort_unstable_by(|a, b| b.total_cmp(a));
            for s in self.sums.keys() {
                let (of, largest) = problem.bands_of(s);
                if of == group.tier {
                    self.sums[s] += group.weight * self.sorted.iter().take(largest).sum::<f64>();
                }
            }
        }
    }
}
