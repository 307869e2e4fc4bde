//! Simulated annealing over the units that are near-tied: moves and swaps, with prices on what is out of bounds.
//!
//! The energy is the tier's value plus what broken limits cost. Those costs follow the search: they rise while a
//! limit stays broken and sink while it is kept, so that it goes along the edge of what is allowed. The best state
//! within all limits is kept.

use super::search::Allowed;
use super::state::{Model, Pairs, State, excess};
use super::tier::Work;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Steps between looks at the clock and changes of what broken limits cost.
const LOOK: u64 = 1_000;
/// How fast those costs rise and sink.
const RISE: f64 = 1.12;
const SINK: f64 = 0.985;
/// Least of them, as part of where they start.
const LEAST: f64 = 0.1;
/// Part of steps that move one unit; the others swap two.
const MOVES: f64 = 0.35;
/// Sum over rows beside the worst one, so that the search sees progress below the worst.
const SPREAD: f64 = 0.05;
/// Steps in a work unit.
const STEPS: u64 = 10;

/// The leaves that units may try.
pub(crate) struct Field {
    units: Vec<u32>,
    /// First slot of each unit, and the end.
    first: Vec<u32>,
    leaf: Vec<u32>,
}

impl Field {
    /// Slots within `most` of each unit's cheapest price-corrected cost, and where `state` has it.
    pub fn of(model: &Model, reduced: &[f64], state: &State, most: f64) -> Field {
        let mut field = Field { units: Vec::new(), first: vec![0], leaf: Vec::new() };
        for unit in 0..model.units {
            let row = &reduced[unit * model.leaves..(unit + 1) * model.leaves];
            let least = row.iter().copied().fold(f64::INFINITY, f64::min);
            let stays = state.leaf_of[unit];
            let open = |l: &usize| *l == stays || (row[*l].is_finite() && row[*l] <= least + most);
            let before = field.leaf.len();
            field.leaf.extend((0..model.leaves).filter(open).map(|l| l as u32));
            if field.leaf.len() - before < 2 {
                field.leaf.truncate(before);
                continue;
            }
            field.units.push(unit as u32);
            field.first.push(field.leaf.len() as u32);
        }
        field
    }

    /// Units that may move.
    pub fn len(&self) -> usize {
        self.units.len()
    }
}

/// How to cool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cooling {
    pub steps: u64,
    /// Temperatures in the tier's unit.
    pub from: f64,
    pub to: f64,
}

struct Annealing<'a, 'b> {
    model: &'a Model<'b>,
    pairs: &'a Pairs,
    field: &'a Field,
    rows: Vec<Allowed>,
    /// What one whole of a target beyond its limits costs, by row; then by earlier cost tier and budget.
    fees: Vec<f64>,
    floors: Vec<f64>,
    amounts: Vec<i64>,
    /// Limits on sums that are not rows: coefficients by slot, limit, present sum and scale.
    sums: Vec<Limited>,
    cost: Vec<f64>,
    /// Slot of each unit of the field.
    at: Vec<u32>,
    /// Units of the field at each leaf, and each one's place in that list.
    held: Vec<Vec<u32>>,
    place: Vec<u32>,
    value: f64,
    broken: usize,
    /// Worst excess of each group of the tier.
    worst: Vec<f64>,
    touched: Vec<(usize, i64)>,
    groups: Vec<(usize, f64)>,
}

struct Limited {
    coefficient: Vec<f64>,
    sum: f64,
    most: f64,
    scale: f64,
}

impl Limited {
    fn over(&self, sum: f64) -> f64 {
        (sum - self.most).max(0.0) * self.scale
    }
}

pub(crate) fn par(i: usize, d: f64) -> f64 {
    use std::sync::OnceLock;
    static P: OnceLock<Vec<Option<f64>>> = OnceLock::new();
    let p = P.get_or_init(|| std::env::var("CARVE_A").unwrap_or_default().split(',').map(|x| x.parse().ok()).collect());
    p.get(i).copied().flatten().unwrap_or(d)
}

/// Cools from `start`; returns a state within limits with a value below `below`, if one was met.
pub(crate) fn anneal(
    work: &Work,
    field: &Field,
    incumbent: &State,
    start: &State,
    fees: &[f64],
    cooling: Cooling,
    seed: u64,
) -> Option<State> {
    if field.len() == 0 {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut annealing = Annealing::new(work, field, incumbent, start, fees);
    let within = incumbent.is_within(work.model, work.limits);
    let mut best = if within { work.value(incumbent) } else { f64::INFINITY };
    let mut found: Option<Vec<u32>> = None;
    let mut feas = 0_u64;
    let decay = (cooling.to / cooling.from).powf(LOOK as f64 / cooling.steps.max(1) as f64);
    let mut temperature = cooling.from;
    for step in 0..cooling.steps {
        if step % LOOK == 0 && step > 0 {
            work.clock.work(LOOK / STEPS);
            if work.clock.is_over() {
                break;
            }
            temperature *= decay;
            annealing.adjust();
        }
        annealing.step(temperature, &mut rng);
        feas += u64::from(annealing.broken == 0);
        if annealing.broken == 0 && (annealing.value < best - 1e-9 * best.abs() || best.is_infinite()) {
            best = annealing.value;
            found = Some(annealing.at.clone());
        }
    }
    eprint!("end broken {} value {:.0} feas {feas} fees {:.1} ", annealing.broken, annealing.value, annealing.fees.iter().sum::<f64>() / annealing.fees.len() as f64);
    let slots = found?;
    let mut leaf_of = start.leaf_of.clone();
    for (&unit, &slot) in field.units.iter().zip(&slots) {
        leaf_of[unit as usize] = field.leaf[slot as usize] as usize;
    }
    Some(State::new(work.model, leaf_of))
}

impl<'a, 'b> Annealing<'a, 'b> {
    fn new(work: &Work<'a, 'b>, field: &'a Field, incumbent: &State, start: &State, fees: &[f64]) -> Annealing<'a, 'b> {
        let (model, tier) = (work.model, work.tier);
        let rows = work.allowed(incumbent);
        let slots = || (0..field.len()).flat_map(|i| (field.first[i]..field.first[i + 1]).map(move |s| (i, s as usize)));
        let by_slot = |cost: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            slots().map(|(i, s)| cost(field.units[i] as usize, field.leaf[s] as usize)).collect()
        };
        let mut sums = Vec::new();
        for (s, most) in work.cost_limits(incumbent).into_iter().enumerate().filter(|(s, _)| model.costs.has(*s)) {
            let coefficient = by_slot(&|u, l| model.costs.at(s, u, l));
            let scale = 1.0 / most.abs().max(1e-3);
            sums.push(Limited { coefficient, sum: start.cost(model, s), most, scale });
        }
        let territory = &model.problem.tree.territory_of_leaf;
        for (budget, &used) in model.problem.rows.budgets.iter().zip(&start.budgets) {
            let coefficient = by_slot(&|u, l| budget.moves.amount(u, territory[l]) as f64);
            let scale = 1.0 / budget.moves.total as f64;
            sums.push(Limited { coefficient, sum: used as f64, most: budget.most as f64, scale });
        }
        let mut at = Vec::new();
        let mut held = vec![Vec::new(); model.leaves];
        let mut place = Vec::new();
        for (i, &unit) in field.units.iter().enumerate() {
            let leaf = start.leaf_of[unit as usize];
            let slots = field.first[i]..field.first[i + 1];
            let slot = slots.clone().find(|&s| field.leaf[s as usize] as usize == leaf);
            at.push(slot.unwrap_or(slots.start));
            place.push(held[leaf].len() as u32);
            held[leaf].push(i as u32);
        }
        let usual = fees.iter().sum::<f64>() / fees.len().max(1) as f64;
        let usual = if usual > 0.0 { usual } else { work.value(start).abs().max(1e-3) };
        let fees: Vec<f64> = (fees.iter().map(|f| par(8, 1.0) * f.max(par(9, 0.3) * usual)))
            .chain(sums.iter().map(|_| usual * rows.len().max(1) as f64))
            .collect();
        let mut annealing = Annealing {
            model,
            pairs: work.pairs,
            field,
            rows,
            floors: fees.iter().map(|f| f * par(6, LEAST)).collect(),
            fees,
            amounts: start.rows.clone(),
            cost: by_slot(&|u, l| model.costs.at(tier, u, l)),
            sums,
            at,
            held,
            place,
            value: work.value(start),
            broken: 0,
            worst: start.excess(model),
            touched: Vec::new(),
            groups: Vec::new(),
        };
        annealing.broken = annealing.count_broken();
        annealing
    }

    fn count_broken(&self) -> usize {
        let rows = self.rows.iter().zip(&self.amounts).filter(|(r, a)| r.beyond(**a) > 0.0).count();
        rows + self.sums.iter().filter(|s| s.over(s.sum) > 0.0).count()
    }

    /// Raises what broken limits cost, lowers what kept ones do.
    fn adjust(&mut self) {
        let beyond = self.rows.iter().zip(&self.amounts).map(|(r, a)| r.beyond(*a) > 0.0);
        let beyond: Vec<bool> = beyond.chain(self.sums.iter().map(|s| s.over(s.sum) > 0.0)).collect();
        for ((fee, floor), beyond) in self.fees.iter_mut().zip(&self.floors).zip(beyond) {
            *fee = if beyond { *fee * par(4, RISE) } else { (*fee * par(5, SINK)).max(*floor) };
        }
    }

    /// Proposes one move or swap, and takes it as the temperature has it.
    fn step(&mut self, temperature: f64, rng: &mut ChaCha8Rng) {
        let field = self.field;
        let i = rng.random_range(0..field.len());
        let (from, slots) = (self.at[i], field.first[i]..field.first[i + 1]);
        let mut to = rng.random_range(slots.start..slots.end - 1);
        to += u32::from(to >= from);
        let (here, there) = (field.leaf[from as usize], field.leaf[to as usize]);
        let second = if rng.random_bool(par(7, MOVES)) || self.held[there as usize].is_empty() {
            None
        } else {
            let others = &self.held[there as usize];
            let j = others[rng.random_range(0..others.len())] as usize;
            let slots = field.first[j]..field.first[j + 1];
            match slots.clone().find(|&s| field.leaf[s as usize] == here) {
                Some(slot) => Some((j, slot)),
                None => return,
            }
        };
        let (energy, value, broken) = self.change((i, to), second);
        if energy > 0.0 && rng.random::<f64>() >= (-energy / temperature).exp() {
            return;
        }
        self.value += value;
        self.broken = (self.broken as i64 + broken) as usize;
        for k in 0..self.touched.len() {
            let (row, amount) = self.touched[k];
            self.amounts[row] = amount;
        }
        for &(group, worst) in &self.groups {
            self.worst[group] = worst;
        }
        self.put(i, to);
        if let Some((j, slot)) = second {
            self.put(j, slot);
        }
    }

    fn put(&mut self, i: usize, to: u32) {
        let from = self.at[i];
        for sum in &mut self.sums {
            sum.sum += sum.coefficient[to as usize] - sum.coefficient[from as usize];
        }
        let list = &mut self.held[self.field.leaf[from as usize] as usize];
        let place = self.place[i] as usize;
        list.swap_remove(place);
        if let Some(&other) = list.get(place) {
            self.place[other as usize] = place as u32;
        }
        let list = &mut self.held[self.field.leaf[to as usize] as usize];
        self.place[i] = list.len() as u32;
        list.push(i as u32);
        self.at[i] = to;
    }

    /// Changes of energy, value and number of broken limits; fills `touched` and `groups`.
    fn change(&mut self, (i, to): (usize, u32), second: Option<(usize, u32)>) -> (f64, f64, i64) {
        let (model, field) = (self.model, self.field);
        let problem = model.problem;
        let from = self.at[i];
        let (here, there) = (field.leaf[from as usize] as usize, field.leaf[to as usize] as usize);
        self.touched.clear();
        self.groups.clear();
        let (mut energy, mut broken) = (0.0, 0);
        let mut value = self.cost[to as usize] - self.cost[from as usize];
        if let Some((j, slot)) = second {
            value += self.cost[slot as usize] - self.cost[self.at[j] as usize];
        }
        let unit = field.units[i] as usize;
        for &(row, enters) in self.pairs.rows(here, there) {
            let load = problem.rows.rows[row].load;
            let mut amount = model.amount(unit, load);
            if let Some((j, _)) = second {
                amount -= model.amount(field.units[j] as usize, load);
            }
            if amount == 0 {
                continue;
            }
            let before = self.amounts[row];
            let after = if enters { before + amount } else { before - amount };
            self.touched.push((row, after));
            if self.rows[row].aimed {
                let group = problem.rows.rows[row].group.expect("aimed rows are soft");
                let weight = problem.rows.groups[group].weight;
                energy += SPREAD * weight * (excess(problem, row, after) - excess(problem, row, before));
                if !self.groups.iter().any(|g| g.0 == group) {
                    self.groups.push((group, 0.0));
                }
            } else {
                let (was, is) = (self.rows[row].beyond(before), self.rows[row].beyond(after));
                energy += self.fees[row] * (is - was);
                broken += i64::from(is > 0.0) - i64::from(was > 0.0);
            }
        }
        for k in 0..self.groups.len() {
            let group = self.groups[k].0;
            let data = &problem.rows.groups[group];
            let now = |row: usize| {
                let new = self.touched.iter().find(|t| t.0 == row);
                excess(problem, row, new.map_or(self.amounts[row], |t| t.1))
            };
            let worst = data.rows.clone().map(now).fold(0.0, f64::max);
            value += data.weight * (worst - self.worst[group]);
            self.groups[k].1 = worst;
        }
        for (k, sum) in self.sums.iter().enumerate() {
            let mut after = sum.sum + sum.coefficient[to as usize] - sum.coefficient[from as usize];
            if let Some((j, slot)) = second {
                after += sum.coefficient[slot as usize] - sum.coefficient[self.at[j] as usize];
            }
            let (was, is) = (sum.over(sum.sum), sum.over(after));
            energy += self.fees[self.rows.len() + k] * (is - was);
            broken += i64::from(is > 0.0) - i64::from(was > 0.0);
        }
        (energy + value, value, broken)
    }
}
