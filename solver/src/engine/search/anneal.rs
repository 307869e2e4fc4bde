//! Simulated annealing over the units that are near-tied: moves and swaps, with fees on what is out of bounds.
//!
//! The energy is the tier's separable cost plus fees on amounts beyond their limits. Fees start low, rise slowly
//! while a limit is broken and sink while it is kept, so that the search comes in to what is allowed as it cools.
//! Groups of the tier itself are held to what the start has. The best state within all limits is kept.
//!
//! A step takes nanoseconds, so inside nodes, leaves and loads go by plain numbers, and units by their places in the
//! neighbourhood; what comes in and goes out has typed ones.

mod node;

use crate::engine::context::Context;
use crate::engine::search::caps::most_excess;
use crate::engine::search::neighbourhood::Neighbourhood;
use crate::index::{BudgetIndex, Keyed, LeafIndex, Number, RowIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::rows::Row;
use crate::proof::prices::Prices;
use crate::score::{Model, State};
use node::{LEAST, Node, nodes};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Steps between looks at the clock and changes of fees.
const LOOK: u64 = 1_000;
/// Fees start at no less than this part of their mean.
const EVEN: f64 = 0.3;
/// Part of steps that move one unit; the others swap two.
const MOVES: f64 = 0.35;
/// No node of a path.
const NO_NODE: u32 = u32::MAX;
/// Steps in a work unit.
const STEPS: u64 = 12;
/// Steps after cooling in which fees go on, as part of those before.
const AFTER: f64 = 0.3;
/// The same at most where broken limits are sought: it ends once all hold.
const SOUGHT: f64 = 2.0;
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
    /// Whether what is still beyond its limits after cooling is looked at more than all else, and good states only every so
    /// often: for many leaves and units.
    pub seeks: bool,
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
    /// Nodes on the way to each leaf, leaves × depth; those that there are not are [`NO_NODE`].
    paths: Vec<u32>,
    depth: usize,
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
    /// Leaves beyond their limits that are looked at more than others.
    broken: Vec<u32>,
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
        let depth = all.iter().map(|leaf| model.path(leaf).len()).max().unwrap_or(0);
        let (most, bands) = most_excess(model, tier, start, cooling.squeeze);
        let mut annealing = Annealing {
            model,
            near,
            start,
            nodes: nodes(context, start, &fees.rows.map(|f| f.max(EVEN * usual)), (&most, cooling.off)),
            paths: all.iter().flat_map(|leaf| path_to(model, leaf, depth)).collect(),
            depth,
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
            broken: Vec::new(),
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
        let after = if cooling.seeks { SOUGHT } else { AFTER };
        for look in 0..looks + (looks as f64 * after) as u64 {
            if cooling.seeks && look >= looks {
                self.look();
                // Once all limits hold there is only a little to gain.
                if self.broken.is_empty() && look as f64 >= looks as f64 * (1.0 + AFTER) {
                    break;
                }
            }
            for i in 1..=LOOK {
                let looked_at = self.step(temperature, &mut rng) && !cooling.seeks || cooling.seeks && i == LOOK;
                if looked_at && self.beyond == 0.0 && self.value < best && self.is_within() {
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
        // The last state is the nearest to the limits where none was within them.
        if cooling.seeks && found.is_none() && best.is_infinite() {
            found = Some(self.at.clone());
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
        let sought = if self.broken.is_empty() { None } else { self.seek(rng) };
        let (first, second) = (rng.next_u64(), rng.next_u64());
        let i = sought.unwrap_or_else(|| below(first >> 32, near.len()));
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
        let mut paid = 0.0;
        let (left, entered) = (self.path(here), self.path(there));
        for (&node, _) in left.iter().zip(entered).filter(|(a, b)| a != b && **a != NO_NODE) {
            let node = &self.nodes[node as usize];
            paid += node.price(&change, -1.0) - node.paid;
        }
        for (_, &node) in left.iter().zip(entered).filter(|(a, b)| a != b && **b != NO_NODE) {
            let node = &self.nodes[node as usize];
            paid += node.price(&change, 1.0) - node.paid;
        }
        for sum in &self.sums {
            paid += sum.fee * (sum.over(sum.sum + shift(sum, &self.at, steps)) - sum.over(sum.sum));
        }
        if cost + paid > most {
            return false;
        }
        for k in 0..self.depth {
            let (left, entered) = (self.path(here)[k], self.path(there)[k]);
            if left != entered {
                self.shift(left, &change, -1.0);
                self.shift(entered, &change, 1.0);
            }
        }
        for sum in &mut self.sums {
            sum.sum += shift(sum, &self.at, steps);
        }
        self.value += cost;
        self.paid += paid;
        steps.into_iter().flatten().for_each(|step| self.put(step));
        true
    }

    /// Mostly a unit at a leaf that is beyond its limits, or one that may come there.
    fn seek(&self, rng: &mut ChaCha8Rng) -> Option<usize> {
        let (first, second) = (rng.next_u64(), rng.next_u64());
        let leaf = self.broken[below(first >> 32, self.broken.len())];
        let own = &self.held[leaf as usize];
        if first & 3 == 0 || own.is_empty() {
            return None;
        }
        let one = own[below(second >> 32, own.len())] as usize;
        if first & 4 == 0 {
            return Some(one);
        }
        // A neighbour's: where that unit may go.
        let slots = self.near.slots(one);
        let next = self.near.leaf[slots.start as usize + below(second & 0xFFFF_FFFF, slots.len())];
        let others = &self.held[next as usize];
        let other = others[below((first >> 3) & 0xFFFF_FFFF, others.len().max(1)).min(others.len().checked_sub(1)?)];
        Some(other as usize)
    }

    /// The leaves that hold something beyond its limits.
    fn look(&mut self) {
        let own = |leaf: &u32| self.path(*leaf).iter().rev().find(|node| **node != NO_NODE).copied();
        let is_beyond = |node: u32| self.nodes[node as usize].beyond > 0.0;
        let all = 0..self.model.leaves as u32;
        self.broken = all.clone().filter(|leaf| own(leaf).is_some_and(is_beyond)).collect();
        if self.broken.is_empty() {
            let above = |leaf: &u32| self.path(*leaf).iter().any(|&node| node != NO_NODE && is_beyond(node));
            self.broken = all.filter(above).collect();
        }
    }

    fn path(&self, leaf: u32) -> &[u32] {
        &self.paths[leaf as usize * self.depth..][..self.depth]
    }

    /// Changes what a node holds.
    fn shift(&mut self, node: u32, change: &[f64; W], sign: f64) {
        if node == NO_NODE {
            return;
        }
        let node = &mut self.nodes[node as usize];
        self.beyond -= node.beyond;
        node.take(change, sign);
        self.beyond += node.beyond;
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

/// The nodes on the way to a leaf, filled up to `depth`.
fn path_to(model: &Model, leaf: LeafIndex, depth: usize) -> Vec<u32> {
    let mut path: Vec<u32> = model.path(leaf).iter().map(|node| node.get() as u32).collect();
    path.resize(depth, NO_NODE);
    path
}

/// What steps do to a limited sum.
fn shift(sum: &Limited, at: &[u32], steps: [Option<Step>; 2]) -> f64 {
    let one = |(i, to): Step| sum.coefficient[to as usize] - sum.coefficient[at[i] as usize];
    steps.into_iter().flatten().map(one).sum()
}

/// A number below `count` from 32 random bits.
fn below(bits: u64, count: usize) -> usize {
    ((bits * count as u64) >> 32) as usize
}
