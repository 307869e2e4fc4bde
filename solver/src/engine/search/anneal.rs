//! Simulated annealing over the units that are near-tied: moves and swaps, with fees on what is out of bounds.
//!
//! The energy is the tier's separable cost plus fees on amounts beyond their limits. Fees start low, rise slowly
//! while a limit is broken and sink while it is kept, so that the search comes in to what is allowed as it cools.
//! Groups of the tier itself are held to what the start has. The best state within all limits is kept.
//!
//! A step takes nanoseconds, so inside nodes, leaves and loads go by plain numbers, and units by their places in the
//! neighbourhood; what comes in and goes out has typed ones.

use crate::engine::context::Context;
use crate::engine::search::caps::most_excess;
use crate::index::{BudgetIndex, Keyed, LeafIndex, Number, RowIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::rows::Row;
use crate::proof::prices::Prices;
use crate::score::{Model, State};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Steps between looks at the clock and changes of fees.
const LOOK: u64 = 1_000;
/// Least of the fees, as part of where they start.
const LEAST: f64 = 0.1;
/// Fees start at no less than this part of their mean.
const EVEN: f64 = 0.3;
/// Part of steps that move one unit; the others swap two.
const MOVES: f64 = 0.35;
/// Steps in a work unit.
const STEPS: u64 = 12;
/// Steps after cooling in which fees go on, as part of those before.
const AFTER: f64 = 0.3;
/// How far fees on broken limits rise after cooling, as a power of e, in as many steps as cooling takes.
const AFTER_RISES: f64 = 20.0;
/// How far fees on limits that hold sink after cooling, as a power of e, in as many steps as cooling takes.
const AFTER_SINKS: f64 = 10.0;

/// What is paid at first for what is beyond limits.
#[derive(Debug, Clone)]
pub(crate) struct Fees {
    /// For one whole of each row's target.
    pub rows: Keyed<RowIndex, f64>,
    /// For one of each earlier tier's unit; 0: not known.
    pub tiers: Keyed<TierIndex, f64>,
    /// For one whole of what each budget counts; 0: not known.
    pub budgets: Keyed<BudgetIndex, f64>,
}

impl Fees {
    /// As prices have it: at the prices of a relaxation, what is beyond limits costs what it brings.
    pub fn of(problem: &Problem, prices: &Prices) -> Fees {
        let rows = &problem.rows;
        let fee = |(row, p): (&Row, &f64)| p.abs() * row.target / (rows.loads[row.load].total as f64).max(1.0);
        Fees {
            rows: rows.rows.zip(&prices.rows).map(fee).collect(),
            tiers: prices.tiers.map(|p| p.abs()),
            budgets: prices.budgets.map(|p| p.abs()),
        }
    }

    /// The mean of the rows' fees.
    pub fn usual(&self) -> f64 {
        self.rows.iter().sum::<f64>() / self.rows.len().max(1) as f64
    }
}

/// The leaves that units may try.
pub(crate) struct Neighbourhood {
    units: Vec<UnitIndex>,
    /// First slot of each unit, and the end.
    first: Vec<u32>,
    leaf: Vec<u32>,
}

impl Neighbourhood {
    /// Slots within `most` of each unit's cheapest price-corrected cost, and where `state` has it.
    pub fn of(model: &Model, reduced: &[f64], state: &State, most: f64) -> Neighbourhood {
        let mut near = Neighbourhood { units: Vec::new(), first: vec![0], leaf: Vec::new() };
        for unit in model.all_units() {
            let row = &reduced[unit.get() * model.leaves..][..model.leaves];
            let least = row.iter().copied().fold(f64::INFINITY, f64::min);
            let stays = state.leaf_of[unit].get();
            let open = |l: &usize| *l == stays || (row[*l].is_finite() && row[*l] <= least + most);
            let before = near.leaf.len();
            near.leaf.extend((0..model.leaves).filter(open).map(|l| l as u32));
            if near.leaf.len() - before < 2 {
                near.leaf.truncate(before);
                continue;
            }
            near.units.push(unit);
            near.first.push(near.leaf.len() as u32);
        }
        near
    }

    /// Units that may move.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    fn slots(&self, i: usize) -> std::ops::Range<u32> {
        self.first[i]..self.first[i + 1]
    }

    fn slot(&self, i: usize, leaf: u32) -> Option<u32> {
        self.slots(i).find(|&s| self.leaf[s as usize] == leaf)
    }
}

/// How to cool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cooling {
    pub steps: u64,
    /// Temperatures in the tier's unit.
    pub from: f64,
    pub to: f64,
    /// Powers of e that the fee of a limit always broken, or always kept, rises or sinks by.
    pub rises: f64,
    pub sinks: f64,
    /// How far groups of the tier are held below what the start has, as part of it.
    pub squeeze: f64,
    /// How far off the limits of rows amounts are kept, as part of the width between them: around a limit itself an annealing
    /// is as often beyond it as inside.
    pub off: f64,
}

/// Cools from `start`; returns a state within limits with a lower value, or any if the start is not, if one
/// was met.
pub(crate) fn anneal(
    context: &Context,
    near: &Neighbourhood,
    start: &State,
    fees: &Fees,
    cooling: Cooling,
    seed: u64,
) -> Option<State> {
    if near.len() == 0 {
        return None;
    }
    match context.problem().rows.loads.len() {
        0..=4 => Annealing::<4>::new(context, near, start, fees, cooling).run(context, cooling, seed),
        5..=8 => Annealing::<8>::new(context, near, start, fees, cooling).run(context, cooling, seed),
        9..=16 => Annealing::<16>::new(context, near, start, fees, cooling).run(context, cooling, seed),
        17..=64 => Annealing::<64>::new(context, near, start, fees, cooling).run(context, cooling, seed),
        _ => None,
    }
}

/// A node's amounts of `W` loads, their limits and fees for what is beyond.
#[derive(Clone)]
struct Node<const W: usize> {
    amount: [f64; W],
    lo: [f64; W],
    hi: [f64; W],
    /// Limits that fees are paid beyond: as far inside as the cooling keeps off.
    inner_lo: [f64; W],
    inner_hi: [f64; W],
    fee: [f64; W],
    least: [f64; W],
    /// What is paid now.
    paid: f64,
    /// How far amounts are beyond their limits; sums of whole numbers, so exact.
    beyond: f64,
}

impl<const W: usize> Node<W> {
    fn new() -> Node<W> {
        Node {
            amount: [0.0; W],
            lo: [f64::NEG_INFINITY; W],
            hi: [f64::INFINITY; W],
            inner_lo: [f64::NEG_INFINITY; W],
            inner_hi: [f64::INFINITY; W],
            fee: [0.0; W],
            least: [0.0; W],
            paid: 0.0,
            beyond: 0.0,
        }
    }

    /// What would be paid if `change` times `sign` came in.
    fn price(&self, change: &[f64; W], sign: f64) -> f64 {
        let mut sum = [0.0; 4];
        for k in 0..W {
            let amount = self.amount[k] + sign * change[k];
            sum[k % 4] += (amount - self.inner_hi[k]).max(self.inner_lo[k] - amount).max(0.0) * self.fee[k];
        }
        (sum[0] + sum[1]) + (sum[2] + sum[3])
    }

    fn take(&mut self, change: &[f64; W], sign: f64) {
        for (amount, change) in self.amount.iter_mut().zip(change) {
            *amount += sign * change;
        }
        self.settle();
    }

    fn settle(&mut self) {
        (self.paid, self.beyond) = (0.0, 0.0);
        for k in 0..W {
            let amount = self.amount[k];
            self.beyond += (amount - self.hi[k]).max(self.lo[k] - amount).max(0.0);
            self.paid += (amount - self.inner_hi[k]).max(self.inner_lo[k] - amount).max(0.0) * self.fee[k];
        }
    }

    /// Keeps off the limits by a part of the width between them.
    fn keep_off(&mut self, part: f64) {
        for k in 0..W {
            let width = self.hi[k] - self.lo[k].max(0.0);
            let off = if width.is_finite() { part * width } else { 0.0 };
            (self.inner_lo[k], self.inner_hi[k]) = (self.lo[k] + off, self.hi[k] - off);
        }
    }

    fn adjust(&mut self, rise: f64, sink: f64) {
        for k in 0..W {
            let broken = self.amount[k] > self.inner_hi[k] || self.amount[k] < self.inner_lo[k];
            self.fee[k] = if broken { self.fee[k] * rise } else { (self.fee[k] * sink).max(self.least[k]) };
        }
        self.settle();
    }
}

/// A limit on a sum that is no row: an earlier tier's cost, a budget.
struct Limited {
    /// By slot.
    coefficient: Vec<f64>,
    sum: f64,
    most: f64,
    fee: f64,
    least: f64,
}

impl Limited {
    fn over(&self, sum: f64) -> f64 {
        (sum - self.most).max(0.0)
    }
}

/// A unit and the slot it would go to.
type Step = (usize, u32);

struct Annealing<'a, 'b, const W: usize> {
    model: &'a Model<'b>,
    near: &'a Neighbourhood,
    start: &'a State,
    nodes: Vec<Node<W>>,
    /// Nodes that units leave and enter between two leaves.
    between: Vec<Vec<(u32, f64)>>,
    sums: Vec<Limited>,
    cost: Vec<f64>,
    amounts: Vec<[f64; W]>,
    /// Slot of each unit of the neighbourhood.
    at: Vec<u32>,
    /// Units of the neighbourhood at each leaf, and each one's place in that list.
    held: Vec<Vec<u32>>,
    place: Vec<u32>,
    /// Separable cost of all units.
    value: f64,
    /// Fees paid, and how far limits are broken.
    paid: f64,
    beyond: f64,
    /// What the groups of the tier weigh at most.
    bands: f64,
}

impl<'a, 'b, const W: usize> Annealing<'a, 'b, W> {
    fn new(
        context: &Context<'a, 'b>,
        near: &'a Neighbourhood,
        start: &'a State,
        fees: &Fees,
        cooling: Cooling,
    ) -> Annealing<'a, 'b, W> {
        let (model, tier) = (context.model, context.tier);
        let slots = || (0..near.len()).flat_map(|i| near.slots(i).map(move |s| (i, s as usize)));
        let by_slot = |cost: &dyn Fn(UnitIndex, LeafIndex) -> f64| -> Vec<f64> {
            slots().map(|(i, s)| cost(near.units[i], LeafIndex::new(near.leaf[s] as usize))).collect()
        };
        let usual = fees.usual();
        let usual = if usual > 0.0 { usual } else { context.value(start).abs().max(1e-3) };
        let mut sums = Vec::new();
        let mut limit = |coefficient: Vec<f64>, sum: f64, most: f64, whole: f64, known: f64| {
            let fee = if known > 0.0 { known } else { usual * fees.rows.len().max(1) as f64 / whole };
            sums.push(Limited { coefficient, sum, most, fee, least: fee * LEAST });
        };
        for (s, most) in context.cost_limits(start).pairs().filter(|(s, _)| model.costs.has(*s)) {
            let whole = most.abs().max(1e-3);
            limit(by_slot(&|u, l| model.costs.at(s, u, l)), start.cost(model, s), *most, whole, fees.tiers[s]);
        }
        for ((b, budget), &used) in model.problem.rows.budgets.pairs().zip(&start.budgets) {
            let coefficient = by_slot(&|u, l| budget.amount(u, l) as f64);
            limit(coefficient, used as f64, budget.most as f64, budget.whole, fees.budgets[b] / budget.whole);
        }
        let mut held = vec![Vec::new(); model.leaves];
        let (mut at, mut place) = (Vec::new(), Vec::new());
        for (i, &unit) in near.units.iter().enumerate() {
            let leaf = start.leaf_of[unit].get();
            at.push(near.slot(i, leaf as u32).expect("a neighbourhood has where its units are"));
            place.push(held[leaf].len() as u32);
            held[leaf].push(i as u32);
        }
        let loads = model.problem.rows.loads.keys();
        let amounts = |&unit: &UnitIndex| {
            let mut amounts = [0.0; W];
            loads.iter().for_each(|m| amounts[m.get()] = model.amount(unit, m) as f64);
            amounts
        };
        let all = model.all_leaves();
        let (most, bands) = most_excess(model, tier, start, cooling.squeeze);
        let mut annealing = Annealing {
            model,
            near,
            start,
            nodes: nodes(context, start, &fees.rows.map(|f| f.max(EVEN * usual)), (&most, cooling.off)),
            between: (all.iter().flat_map(|from| all.iter().map(move |to| model.nodes_between(from, to)))).collect(),
            sums,
            cost: by_slot(&|u, l| model.costs.at(tier, u, l)),
            amounts: near.units.iter().map(amounts).collect(),
            at,
            held,
            place,
            value: start.cost(model, tier),
            paid: 0.0,
            beyond: 0.0,
            bands,
        };
        annealing.settle();
        annealing
    }

    fn run(mut self, context: &Context, cooling: Cooling, seed: u64) -> Option<State> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut best = f64::INFINITY;
        if self.start.is_within(self.model, context.limits) {
            best = context.value(self.start) - self.bands;
            best -= 1e-9 * best.abs();
        }
        let mut found: Option<Vec<u32>> = None;
        let looks = (cooling.steps / LOOK).max(1);
        let decay = (cooling.to / cooling.from).powf(1.0 / looks as f64);
        let mut temperature = cooling.from;
        for look in 0..looks + (looks as f64 * AFTER) as u64 {
            for _ in 0..LOOK {
                if self.step(temperature, &mut rng) && self.beyond == 0.0 && self.value < best && self.is_within() {
                    best = self.value;
                    found = Some(self.at.clone());
                }
            }
            context.clock.count(LOOK / STEPS);
            if context.clock.is_over() {
                break;
            }
            if look < looks {
                temperature *= decay;
                self.adjust(cooling.rises / looks as f64, cooling.sinks / looks as f64);
            } else {
                self.adjust(AFTER_RISES / looks as f64, AFTER_SINKS / looks as f64);
            }
        }
        let mut leaf_of = self.start.leaf_of.clone();
        for (&unit, slot) in self.near.units.iter().zip(found?) {
            leaf_of[unit] = LeafIndex::new(self.near.leaf[slot as usize] as usize);
        }
        Some(State::new(self.model, leaf_of))
    }

    fn is_within(&self) -> bool {
        self.sums.iter().all(|s| s.over(s.sum) <= 0.0)
    }

    fn adjust(&mut self, rises: f64, sinks: f64) {
        let (rise, sink) = (rises.exp(), (-sinks).exp());
        self.nodes.iter_mut().for_each(|node| node.adjust(rise, sink));
        for sum in &mut self.sums {
            sum.fee = if sum.over(sum.sum) > 0.0 { sum.fee * rise } else { (sum.fee * sink).max(sum.least) };
        }
        self.settle();
    }

    fn settle(&mut self) {
        self.nodes.iter_mut().for_each(Node::settle);
        self.beyond = self.nodes.iter().map(|n| n.beyond).sum();
        self.paid = self.nodes.iter().map(|n| n.paid).sum::<f64>()
            + self.sums.iter().map(|s| s.fee * s.over(s.sum)).sum::<f64>();
    }

    /// Proposes one move or swap, and takes it as the temperature has it; tells whether it did.
    fn step(&mut self, temperature: f64, rng: &mut ChaCha8Rng) -> bool {
        let near = self.near;
        let (first, second) = (rng.next_u64(), rng.next_u64());
        let i = below(first >> 32, near.len());
        let (from, slots) = (self.at[i], near.slots(i));
        let mut to = slots.start + below(first & 0xFFFF_FFFF, slots.len() - 1) as u32;
        to += u32::from(to >= from);
        let (here, there) = (near.leaf[from as usize], near.leaf[to as usize]);
        let mut cost = self.cost[to as usize] - self.cost[from as usize];
        let mut change = self.amounts[i];
        let most = -temperature * (((second >> 11) + 1) as f64 / (1_u64 << 53) as f64).ln();
        let others = &self.held[there as usize];
        let mut swapped: Option<Step> = None;
        let third = rng.next_u64();
        if (third >> 32) as f64 >= MOVES * 2_f64.powi(32) && !others.is_empty() {
            let j = others[below(third & 0xFFFF_FFFF, others.len())] as usize;
            let Some(slot) = near.slot(j, here) else { return false };
            cost += self.cost[slot as usize] - self.cost[self.at[j] as usize];
            change.iter_mut().zip(&self.amounts[j]).for_each(|(c, a)| *c -= a);
            swapped = Some((j, slot));
        }
        // Even if all that is broken came right, it would not be taken.
        if cost - self.paid > most {
            return false;
        }
        let steps = [Some((i, to)), swapped];
        let between = here as usize * self.model.leaves + there as usize;
        let mut paid = 0.0;
        for &(node, sign) in &self.between[between] {
            let node = &self.nodes[node as usize];
            paid += node.price(&change, sign) - node.paid;
        }
        for sum in &self.sums {
            paid += sum.fee * (sum.over(sum.sum + shift(sum, &self.at, steps)) - sum.over(sum.sum));
        }
        if cost + paid > most {
            return false;
        }
        for &(node, sign) in &self.between[between] {
            let node = &mut self.nodes[node as usize];
            self.beyond -= node.beyond;
            node.take(&change, sign);
            self.beyond += node.beyond;
        }
        for sum in &mut self.sums {
            sum.sum += shift(sum, &self.at, steps);
        }
        self.value += cost;
        self.paid += paid;
        steps.into_iter().flatten().for_each(|step| self.put(step));
        true
    }

    fn put(&mut self, (i, to): Step) {
        let list = &mut self.held[self.near.leaf[self.at[i] as usize] as usize];
        let place = self.place[i] as usize;
        list.swap_remove(place);
        if let Some(&other) = list.get(place) {
            self.place[other as usize] = place as u32;
        }
        let list = &mut self.held[self.near.leaf[to as usize] as usize];
        self.place[i] = list.len() as u32;
        list.push(i as u32);
        self.at[i] = to;
    }
}

/// What steps do to a limited sum.
fn shift(sum: &Limited, at: &[u32], steps: [Option<Step>; 2]) -> f64 {
    let one = |(i, to): Step| sum.coefficient[to as usize] - sum.coefficient[at[i] as usize];
    steps.into_iter().flatten().map(one).sum()
}

/// Nodes with their amounts in `start` and the limits around it.
fn nodes<const W: usize>(
    context: &Context,
    start: &State,
    fees: &Keyed<RowIndex, f64>,
    (held, off): (&Keyed<RowIndex, f64>, f64),
) -> Vec<Node<W>> {
    let rows = &context.problem().rows;
    let mut nodes = vec![Node::<W>::new(); context.problem().tree.nodes.len()];
    for ((r, row), allowed) in rows.rows.pairs().zip(context.allowed(start)) {
        let limits = match allowed.aimed {
            false => allowed.limits(),
            true => row.limits.widened(row.target * held[r]),
        };
        let (node, k) = (&mut nodes[row.node.get()], row.load.get());
        node.amount[k] = start.rows[r] as f64;
        // What was never reached counts as no limit; casts round by far less than what amounts of that size can tell.
        node.lo[k] = node.lo[k].max(if limits.least == i64::MIN { f64::NEG_INFINITY } else { limits.least as f64 });
        node.hi[k] = node.hi[k].min(if limits.most == i64::MAX { f64::INFINITY } else { limits.most as f64 });
        node.fee[k] = node.fee[k].max(fees[r] / row.target);
        node.least[k] = node.fee[k] * LEAST;
    }
    nodes.iter_mut().for_each(|node| node.keep_off(off));
    nodes
}

/// A number below `count` from 32 random bits.
fn below(bits: u64, count: usize) -> usize {
    ((bits * count as u64) >> 32) as usize
}
