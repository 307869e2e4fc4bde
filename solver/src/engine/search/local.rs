//! Local search: moves and swaps that lower an energy, in a seeded order.
//!
//! The energy of tier t is its value, plus a penalty on broken hard rows, budgets and earlier tiers' limits. An
//! earlier balance tier's limit is kept by capping each group's excess at what the tier reached (with its
//! give-back), which is stricter than the limit and separable.

use crate::engine::clock::Clock;
use crate::index::{GroupIndex, Keyed, LeafIndex, Number, RowIndex, Span, TierIndex, UnitIndex};
use crate::limits::STEPS_MAX;
use crate::problem::rows::Row;
use crate::problem::whole::WholeLimits;
use crate::score::{Model, Pairs, State, excess, slack};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// What a search works toward.
pub(crate) struct Aim<'a> {
    /// The tier to lower.
    pub tier: TierIndex,
    /// Limits of the tiers before it.
    pub limits: &'a Keyed<TierIndex, f64>,
    /// Excess each row of an earlier tier may have; of a step, also each of its own tier.
    pub caps: &'a Keyed<RowIndex, f64>,
    /// What the separable part of each earlier tier may be.
    pub cost_limits: &'a Keyed<TierIndex, f64>,
    /// The search ends once the tier's value is this low.
    pub enough: f64,
    /// Guiding costs, units × leaves: price-corrected, or those of a later tier when this one has none. Empty:
    /// none.
    pub guide: &'a [f64],
}

/// Sum over rows beside the worst one, so that the search sees progress below the worst.
const SPREAD: f64 = 0.05;
/// Weight of the guide beside a tier that has no cost of its own.
const GUIDE: f64 = 1e-3;
/// Evaluations in a work unit.
const EVALUATIONS: u64 = 6;
/// Consecutive passes without a better energy before penalties rise.
const RAISES_MAX: usize = 5;

struct Search<'a, 'b> {
    model: &'a Model<'b>,
    pairs: &'a Pairs,
    aim: &'a Aim<'a>,
    state: State,
    /// Penalty of one whole of a target beyond limits.
    penalty: f64,
    /// Scale that makes the guide comparable.
    guide: f64,
    costs: Keyed<TierIndex, f64>,
    rows: Keyed<RowIndex, Allowed>,
    /// The aimed tier has bands.
    bands: bool,
    /// How many of a group's largest excesses it adds up.
    largest: usize,
    /// The state is within everything the aim allows.
    within: bool,
    /// For each group of the aimed tier its worst rows, worst first: one that a change leaves alone is among them. `None`
    /// where it has fewer.
    worst: Keyed<GroupIndex, [(f64, Option<RowIndex>); WORST]>,
    /// Groups and rows a change touches, with their excess after it.
    touched: Vec<(GroupIndex, RowIndex, f64)>,
    evaluations: u64,
}

/// A unit, where it is and where it would go.
type Step = (UnitIndex, LeafIndex, LeafIndex);

/// Rows of a group that a change touches, at most.
const TOUCHED: usize = 2;
/// Rows remembered for a group, at most: those that its value adds up, and as many more as a change touches.
const WORST: usize = STEPS_MAX + TOUCHED;

/// What the aim allows a row: amounts within the limits; beyond them, relative to the target. Rows of the aimed tier
/// have a value instead, and both where it is a step; later ones are free.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    limits: WholeLimits,
    inverse_target: f64,
    pub aimed: bool,
}

impl Allowed {
    /// What the aim allows each row.
    pub fn of(model: &Model, tier: TierIndex, caps: &Keyed<RowIndex, f64>) -> Keyed<RowIndex, Allowed> {
        let rows = &model.problem.rows;
        let allowed = |(r, row): (RowIndex, &Row)| {
            let free = Allowed { limits: WholeLimits::NONE, inverse_target: 1.0 / row.target, aimed: false };
            match row.group.map(|g| &rows.groups[g]) {
                None => Allowed { limits: row.limits, ..free },
                Some(group) if group.tier == tier => Allowed { aimed: true, ..free },
                Some(group) if group.tier < tier => {
                    let limits =
                        if caps[r].is_finite() { row.limits.widened(row.target * caps[r]) } else { free.limits };
                    Allowed { limits, aimed: model.problem.counts(tier, group), ..free }
                }
                Some(_) => free,
            }
        };
        rows.rows.pairs().map(allowed).collect()
    }

    pub fn limits(&self) -> WholeLimits {
        self.limits
    }

    /// How far an amount is outside, relative to the target.
    pub fn beyond(&self, amount: i64) -> f64 {
        self.limits.beyond(amount) * self.inverse_target
    }
}

/// Improves `state` until no move or swap lowers the energy or the clock runs out; returns the best state within
/// all limits if one was met, else the one nearest to them.
pub(crate) fn improve(model: &Model, pairs: &Pairs, aim: &Aim, state: State, seed: u64, clock: &Clock) -> State {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let costs = Span::first(aim.tier.get() + 1).iter().map(|t| state.cost(model, t)).collect();
    let value = state.value(model, aim.tier).abs().max(1e-3);
    let guide_scale = guide_scale(model, aim, value);
    let mut search = Search {
        model,
        pairs,
        aim,
        state,
        penalty: 3.0 * value.max(1e-2),
        guide: guide_scale,
        costs,
        rows: Allowed::of(model, aim.tier, aim.caps),
        bands: model.problem.rows.groups.iter().any(|g| model.problem.counts(aim.tier, g)),
        largest: model.problem.bands_of(aim.tier).1,
        within: false,
        worst: Keyed::new(),
        touched: Vec::new(),
        evaluations: 0,
    };
    search.look();
    for _ in 0..RAISES_MAX {
        search.descend(&mut rng, clock);
        if clock.is_over() || search.state.is_within(model, aim.limits) {
            break;
        }
        search.penalty *= 10.0;
    }
    search.is_over(clock);
    search.state
}

fn guide_scale(model: &Model, aim: &Aim, value: f64) -> f64 {
    if aim.guide.is_empty() || model.costs.has(aim.tier) {
        return 0.0;
    }
    let finite = aim.guide.iter().filter(|c| c.is_finite()).map(|c| c.abs());
    let mean = finite.clone().sum::<f64>() / finite.count().max(1) as f64;
    if mean > 0.0 { GUIDE * value.max(0.1) / (mean * model.units as f64) } else { 0.0 }
}

impl Search<'_, '_> {
    fn descend(&mut self, rng: &mut ChaCha8Rng, clock: &Clock) {
        let mut order: Vec<UnitIndex> = self.model.all_units().iter().collect();
        loop {
            order.shuffle(rng);
            let mut improved = false;
            for (i, &unit) in order.iter().enumerate() {
                if (i % 32 == 0 && self.is_over(clock)) || self.is_done() {
                    return;
                }
                improved |= self.best_move(unit);
            }
            if improved {
                continue;
            }
            for (i, &unit) in order.iter().enumerate() {
                if (i % 4 == 0 && self.is_over(clock)) || self.is_done() {
                    return;
                }
                improved |= self.first_swap(unit, &order, rng);
            }
            if !improved {
                return;
            }
        }
    }

    /// Counts the work done since last asked.
    fn is_over(&mut self, clock: &Clock) -> bool {
        clock.count(std::mem::take(&mut self.evaluations) / EVALUATIONS);
        clock.is_over()
    }

    fn best_move(&mut self, unit: UnitIndex) -> bool {
        let from = self.state.leaf_of[unit];
        let mut best = (-1e-12 * self.penalty, from);
        for to in self.model.all_leaves() {
            if to == from || !self.model.problem.units.allows(unit, to) {
                continue;
            }
            let change = self.change(&[(unit, from, to)]);
            if change < best.0 {
                best = (change, to);
            }
        }
        if best.1 == from {
            return false;
        }
        self.apply(&[(unit, from, best.1)]);
        true
    }

    /// Exchanges `unit` with the first partner that lowers the energy, from a random place on.
    fn first_swap(&mut self, unit: UnitIndex, order: &[UnitIndex], rng: &mut ChaCha8Rng) -> bool {
        let from = self.state.leaf_of[unit];
        let start = rng.random_range(0..order.len());
        for i in 0..order.len() {
            let other = order[(start + i) % order.len()];
            let to = self.state.leaf_of[other];
            let allows = |u, l| self.model.problem.units.allows(u, l);
            if to == from || !allows(unit, to) || !allows(other, from) || self.is_hopeless(unit, other, from, to) {
                continue;
            }
            let exchange = [(unit, from, to), (other, to, from)];
            if self.change(&exchange) < -1e-12 * self.penalty {
                self.apply(&exchange);
                return true;
            }
        }
        false
    }

    /// A swap that raises the cost cannot help a state that is within all limits.
    fn is_hopeless(&self, a: UnitIndex, b: UnitIndex, from: LeafIndex, to: LeafIndex) -> bool {
        let (costs, t) = (self.model.costs, self.aim.tier);
        if self.bands || !self.within {
            return false;
        }
        costs.at(t, a, to) + costs.at(t, b, from) >= costs.at(t, a, from) + costs.at(t, b, to)
    }

    /// Sees whether the state is within limits.
    fn look(&mut self) {
        let rows = self.rows.zip(&self.state.rows).all(|(r, &a)| r.beyond(a) == 0.0);
        let budgets = self.model.problem.rows.budgets.iter().zip(&self.state.budgets).all(|(b, &used)| used <= b.most);
        let costs = self.aim.cost_limits.pairs().all(|(s, &limit)| self.costs[s] <= limit + slack(limit));
        self.within = rows && budgets && costs;
        if self.bands {
            self.worst = self.model.problem.rows.groups.keys().iter().map(|g| self.worst_rows(g)).collect();
        }
    }

    fn worst_rows(&self, group: GroupIndex) -> [(f64, Option<RowIndex>); WORST] {
        let problem = self.model.problem;
        let mut worst = [(0.0, None); WORST];
        if !problem.counts(self.aim.tier, &problem.rows.groups[group]) {
            return worst;
        }
        for row in problem.rows.groups[group].rows {
            let mut entry = (excess(problem, row, self.state.rows[row]), Some(row));
            for place in &mut worst[..self.largest + TOUCHED] {
                if entry.0 > place.0 {
                    std::mem::swap(place, &mut entry);
                }
            }
        }
        worst
    }

    /// Whether the aim is reached.
    fn is_done(&self) -> bool {
        if !self.within {
            return false;
        }
        let groups = self.model.problem.rows.groups.iter();
        let bands: f64 = groups.zip(&self.worst).map(|(g, worst)| g.weight * self.sum(worst)).sum();
        bands + self.costs[self.aim.tier] <= self.aim.enough
    }

    /// Change of the energy if the units went as told.
    fn change(&mut self, steps: &[Step]) -> f64 {
        self.evaluations += 1;
        self.touched.clear();
        let problem = self.model.problem;
        let (_, from, to) = steps[0];
        let (mut change, mut beyond) = (0.0, 0.0);
        for &(row, enters) in self.pairs.rows(self.model, from, to) {
            let data = &problem.rows.rows[row];
            let mut delta = self.model.amount(steps[0].0, data.load);
            if let Some(second) = steps.get(1) {
                delta -= self.model.amount(second.0, data.load);
            }
            if delta == 0 {
                continue;
            }
            let before = self.state.rows[row];
            let after = if enters { before + delta } else { before - delta };
            if let Some(g) = data.group.filter(|_| self.rows[row].aimed) {
                let now = excess(problem, row, after);
                change += SPREAD * problem.rows.groups[g].weight * (now - excess(problem, row, before));
                self.touched.push((g, row, now));
                if self.largest == 1 {
                    continue;
                }
            }
            let over = self.rows[row].beyond(after);
            if self.within && over > 0.0 {
                return f64::INFINITY;
            }
            beyond += over - self.rows[row].beyond(before);
        }
        change += self.worst_change();
        change += self.cost_change(steps, &mut beyond);
        // What is within all limits stays so.
        if self.within && beyond > 0.0 { f64::INFINITY } else { change + self.penalty * beyond }
    }

    /// What a group's worst rows add up to.
    fn sum(&self, worst: &[(f64, Option<RowIndex>); WORST]) -> f64 {
        worst[..self.largest].iter().map(|w| w.0).sum()
    }

    /// Sum of a group's largest excesses when rows have changed to these.
    fn sum_after(&self, group: GroupIndex, changed: impl Iterator<Item = (RowIndex, f64)> + Clone) -> f64 {
        let mut largest = [0.0; WORST];
        let same = |w: &&(f64, Option<RowIndex>)| changed.clone().all(|(row, _)| w.1 != Some(row));
        let kept = self.worst[group].iter().filter(same).map(|w| w.0);
        for mut excess in kept.chain(changed.clone().map(|(_, now)| now)) {
            for place in &mut largest[..self.largest] {
                if excess > *place {
                    std::mem::swap(place, &mut excess);
                }
            }
        }
        largest[..self.largest].iter().sum()
    }

    /// Change of the worst excesses of the groups touched, weighted.
    fn worst_change(&self) -> f64 {
        let mut change = 0.0;
        for (i, &(group, row, now)) in self.touched.iter().enumerate() {
            if self.touched[..i].iter().any(|t| t.0 == group) {
                continue;
            }
            if self.largest > 1 {
                let changed = self.touched[i..].iter().filter(|t| t.0 == group).map(|t| (t.1, t.2));
                let rise = self.sum_after(group, changed) - self.sum(&self.worst[group]);
                change += self.model.problem.rows.groups[group].weight * rise;
                continue;
            }
            let other = self.touched[i + 1..].iter().find(|t| t.0 == group);
            let worst = &self.worst[group];
            let alone =
                worst.iter().find(|w| w.1 != Some(row) && other.is_none_or(|o| Some(o.1) != w.1)).map_or(0.0, |w| w.0);
            let after = now.max(alone).max(other.map_or(0.0, |o| o.2));
            change += self.model.problem.rows.groups[group].weight * (after - worst[0].0);
        }
        change
    }

    fn cost_change(&self, steps: &[Step], beyond: &mut f64) -> f64 {
        let (costs, tier) = (self.model.costs, self.aim.tier);
        let delta = |t: TierIndex| -> f64 {
            steps.iter().map(|&(u, from, to)| costs.at(t, u, to) - costs.at(t, u, from)).sum()
        };
        for (s, &limit) in self.aim.cost_limits.pairs().filter(|(s, _)| costs.has(*s)) {
            let over = |cost: f64| (cost - limit - slack(limit)).max(0.0) / limit.abs().max(1e-3);
            *beyond += over(self.costs[s] + delta(s)) - over(self.costs[s]);
        }
        let problem = self.model.problem;
        for (budget, &used) in problem.rows.budgets.iter().zip(&self.state.budgets) {
            let added: i64 = steps.iter().map(|&(u, from, to)| budget.amount(u, to) - budget.amount(u, from)).sum();
            *beyond += budget.over(used + added) - budget.over(used);
        }
        let mut change = if costs.has(tier) { delta(tier) } else { 0.0 };
        if self.guide > 0.0 {
            let leaves = self.model.leaves;
            change += self.guide
                * steps
                    .iter()
                    .map(|&(u, from, to)| {
                        self.aim.guide[u.get() * leaves + to.get()] - self.aim.guide[u.get() * leaves + from.get()]
                    })
                    .sum::<f64>();
        }
        change
    }

    fn apply(&mut self, steps: &[Step]) {
        for &(unit, from, to) in steps {
            for (t, cost) in self.costs.keys().iter().zip(&mut self.costs) {
                *cost += self.model.costs.at(t, unit, to) - self.model.costs.at(t, unit, from);
            }
            self.state.shift(self.model, self.pairs, unit, to);
        }
        self.look();
    }
}
