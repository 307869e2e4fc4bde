//! The bound that prices and branches prove, as written out in `certificate.proto`: any prices give a valid one.
//!
//! Everything is rounded outward: what [`Frame::prove`] returns is below what exact arithmetic on the same costs
//! would give, so engine and checker get the same number and may trust its last bit.

use crate::index::{
    BudgetIndex, GroupIndex, Keyed, LeafIndex, LoadIndex, Number, RowIndex, Span, TierIndex, UnitIndex,
};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Moves};
use crate::problem::rows::Group;
use crate::problem::whole::WholeLimits;
use crate::proof::costs::Costs;
use crate::proof::lines::{Open, narrowed};
use crate::proof::prices::{Charged, Levels, Prices, Restriction, pull};
use crate::proof::whales;
use rayon::prelude::*;
use std::sync::OnceLock;

/// Units in a block of a pass; fixed, so that sums do not depend on threads.
const BLOCK: usize = 4096;
/// Values of more multiples than this are as good as any number.
const MULTIPLES_MAX: f64 = 1e9;
/// Part of a multiple by which a bound may be above one and still be taken for it.
const SAME_MULTIPLE: f64 = 1e-6;
/// Half a unit in the last place of 1.
const ROUNDING: f64 = f64::EPSILON / 2.0;

/// Price-corrected costs, unit by unit.
pub(crate) struct Pricer<'a> {
    problem: &'a Problem,
    costs: &'a Costs,
    tier: TierIndex,
    /// Loads that have a price somewhere, and their worth by leaf: loads × leaves.
    loads: Vec<LoadIndex>,
    worth: Vec<f64>,
    tiers: Vec<(TierIndex, f64)>,
    /// Budgets with their price per amount.
    budgets: Vec<(BudgetIndex, f64)>,
    /// Those of them that are no part of `worth`.
    moves: Vec<(&'a Moves, f64)>,
    leaves: usize,
    /// The leaves open to each unit, where there are fewer than rules over where units go allow.
    open: Option<&'a Open>,
}

impl<'a> Pricer<'a> {
    /// `prices` are repaired.
    pub fn new(problem: &'a Problem, costs: &'a Costs, tier: TierIndex, prices: &Prices) -> Pricer<'a> {
        let (leaves, all) = (problem.tree.leaves.len(), problem.rows.loads.len());
        let by_leaf = prices.by_leaf(problem);
        let priced = |m: &LoadIndex| (0..leaves).any(|l| by_leaf[l * all + m.get()] != 0.0);
        let loads: Vec<LoadIndex> = problem.rows.loads.keys().iter().filter(priced).collect();
        let worth = loads.iter().flat_map(|m| (0..leaves).map(|l| by_leaf[l * all + m.get()]));
        let worth = worth.collect();
        let tiers = prices.tiers.pairs().map(|(s, p)| (s, *p)).filter(|&(s, p)| p != 0.0 && costs.has(s)).collect();
        let budgets: Vec<(BudgetIndex, f64)> = (prices.budgets.pairs().zip(&problem.rows.budgets))
            .filter(|((_, p), _)| **p != 0.0)
            .map(|((b, p), budget)| (b, p / budget.whole))
            .collect();
        let moves = |&(b, price): &(BudgetIndex, f64)| match &problem.rows.budgets[b].adds {
            Adds::Moves(moves) => Some((moves, price)),
            Adds::Weighted(_) => None,
        };
        let moves = budgets.iter().filter_map(moves).collect();
        Pricer { problem, costs, tier, loads, worth, tiers, budgets, moves, leaves, open: None }
    }

    /// Writes the price-corrected costs of `unit` at every leaf; infinite where it may not go.
    pub fn reduced(&self, unit: UnitIndex, out: &mut [f64]) {
        let (problem, leaves) = (self.problem, self.leaves);
        self.costs.copy(self.tier, unit, out);
        for &(s, price) in &self.tiers {
            out.iter_mut().enumerate().for_each(|(l, q)| *q += price * self.costs.at(s, unit, LeafIndex::new(l)));
        }
        for (i, &load) in self.loads.iter().enumerate() {
            let amount = problem.rows.loads[load].amounts[unit];
            if amount != 0 {
                let amount = amount as f64;
                out.iter_mut().zip(&self.worth[i * leaves..]).for_each(|(q, w)| *q -= w * amount);
            }
        }
        for (moves, price) in &self.moves {
            out.iter_mut().enumerate().for_each(|(l, q)| *q -= price * moves.amount(unit, LeafIndex::new(l)) as f64);
        }
        let class = problem.units.class[unit];
        if class != 0 {
            let allowed = &problem.units.classes[class];
            out.iter_mut().zip(allowed).filter(|(_, a)| !**a).for_each(|(q, _)| *q = f64::INFINITY);
        }
        if let Some(open) = self.open {
            let shut = out.iter_mut().enumerate().filter(|(l, _)| !open.has(unit, LeafIndex::new(*l)));
            shut.for_each(|(_, q)| *q = f64::INFINITY);
        }
    }

    /// The whole matrix, units × leaves.
    pub fn matrix(&self) -> Vec<f64> {
        let mut matrix = vec![0.0; self.problem.units.count() * self.leaves];
        matrix.par_chunks_mut(BLOCK * self.leaves).enumerate().for_each(|(block, rows)| {
            for (i, row) in rows.chunks_mut(self.leaves).enumerate() {
                self.reduced(UnitIndex::new(block * BLOCK + i), row);
            }
        });
        matrix
    }

    /// Sum over units of the least price-corrected cost, and of its size; unit by unit under `restricted`.
    fn least(&self) -> (f64, f64) {
        let units = self.problem.units.count();
        let blocks: Vec<(f64, f64)> = (0..units.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut row = vec![0.0; self.leaves];
                let (mut sum, mut size) = (Sum::default(), 0.0);
                for unit in block * BLOCK..units.min((block + 1) * BLOCK) {
                    self.reduced(UnitIndex::new(unit), &mut row);
                    let least = row.iter().copied().fold(f64::INFINITY, f64::min);
                    sum.add(least);
                    size += least.abs();
                }
                (sum.total(), size)
            })
            .collect();
        let mut sum = Sum::default();
        blocks.iter().for_each(|b| sum.add(b.0));
        (sum.total(), blocks.iter().map(|b| b.1).sum())
    }

    /// What [`Pricer::least`] gains when units keep to their leaves; infinite when one has none left, and minus infinity
    /// when prices are too large to tell.
    fn restricted(&self, restrictions: &[Restriction]) -> (f64, f64) {
        let mut row = vec![0.0; self.leaves];
        let (mut gain, mut size) = (0.0, 0.0);
        for (unit, leaves) in restrictions {
            let unit = *unit;
            self.reduced(unit, &mut row);
            let all = row.iter().copied().fold(f64::INFINITY, f64::min);
            let all_leaves = self.problem.tree.leaves.keys().iter();
            let allows =
                |l: LeafIndex| self.problem.units.allows(unit, l) && self.open.is_none_or(|open| open.has(unit, l));
            let kept = all_leaves.filter(|l| leaves.contains(*l) && allows(*l));
            let Some(kept) = kept.map(|l| row[l.get()]).reduce(f64::min) else { return (f64::INFINITY, 0.0) };
            gain += kept - all;
            size += kept.abs() + all.abs();
        }
        if gain.is_finite() { (gain, size) } else { (f64::NEG_INFINITY, size) }
    }

    /// Largest sum that the rounding of one unit's terms can lose, over all units, per unit in the last place.
    fn slack(&self, least: f64) -> f64 {
        let terms = 2 * (self.loads.len() + self.tiers.len() + self.budgets.len()) + 16;
        let rows = &self.problem.rows;
        let mut size = least;
        for (i, &load) in self.loads.iter().enumerate() {
            let most = self.worth[i * self.leaves..(i + 1) * self.leaves].iter().fold(0.0_f64, |m, w| m.max(w.abs()));
            size += 2.0 * most * rows.loads[load].amounts.iter().map(|a| a.abs() as f64).sum::<f64>();
        }
        for &(b, price) in &self.budgets {
            size += 2.0 * price.abs() * rows.budgets[b].largest();
        }
        size * terms as f64 * ROUNDING
    }
}

/// A sum that keeps what rounding loses (Neumaier 1974).
#[derive(Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, x: f64) {
        let next = self.sum + x;
        if next.is_finite() {
            self.lost += if self.sum.abs() >= x.abs() { (self.sum - next) + x } else { (x - next) + self.sum };
        }
        self.sum = next;
    }

    fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

/// All of a tier's bound that does not depend on prices: what each row's amount and each group's excess can be in a
/// plan that keeps the earlier tiers within their limits.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub tier: TierIndex,
    pub limits: Keyed<TierIndex, f64>,
    /// Least excess of each group.
    pub floors: Keyed<GroupIndex, f64>,
    /// Largest excess of each group; infinite for this tier's and later ones.
    pub caps: Keyed<GroupIndex, f64>,
    /// Limits of each row when its group is held to its cap, rounded to amounts that units can add up to.
    pub rows: Keyed<RowIndex, (f64, f64)>,
    /// The number that every value of the tier is a multiple of; 0: none is known.
    pub multiple: f64,
    /// The same limits in whole numbers.
    held: Keyed<RowIndex, WholeLimits>,
    /// The leaves open to each unit where those limits and budgets shut some; `None`: as rules over where units go
    /// have it. Looked for when first asked for.
    open: OnceLock<Option<Open>>,
}

impl Frame {
    /// `limits` holds what each earlier tier is held to.
    pub fn of(problem: &Problem, costs: &Costs, tier: TierIndex, limits: &Keyed<TierIndex, f64>) -> Frame {
        let rows = &problem.rows;
        let floors = rows.groups.map(|g| whales::group_floor(problem, g));
        let mut caps = rows.groups.map(|_| f64::INFINITY);
        for (s, &limit) in limits.pairs() {
            let own = || rows.groups.pairs().zip(&floors).filter(|((_, g), _)| problem.counts(s, g));
            let forced: f64 = own().map(|((_, g), floor)| g.weight * floor).sum();
            let left = (limit + slack(limit) - forced - least_cost(problem, costs, s)).max(0.0);
            for ((g, group), floor) in own() {
                // The sum of the largest excesses is no less than the largest.
                caps[g] = caps[g].min(floor + left / group.weight);
            }
        }
        let held = rows.rows.map(|row| {
            let by = row.target * row.group.map_or(0.0, |g| caps[g]);
            // Minus infinity to infinity where the group has no cap.
            if by == 0.0 {
                row.limits
            } else if by.is_finite() {
                row.limits.widened(by)
            } else {
                WholeLimits::NONE
            }
        });
        let row_limits = rows.rows.zip(&held).map(|(row, held)| in_steps(*held, rows.loads[row.load].step)).collect();
        Frame {
            tier,
            limits: limits.clone(),
            floors,
            caps,
            rows: row_limits,
            multiple: costs.multiple(tier),
            held,
            open: OnceLock::new(),
        }
    }

    fn open(&self, problem: &Problem) -> Option<&Open> {
        self.open.get_or_init(|| narrowed(problem, &self.held)).as_ref()
    }

    /// Whether a plan within the limits may have the unit at the leaf, as far as that is seen.
    pub fn allows(&self, problem: &Problem, unit: UnitIndex, leaf: LeafIndex) -> bool {
        problem.units.allows(unit, leaf) && self.open(problem).is_none_or(|open| open.has(unit, leaf))
    }

    /// The costs after prices of plans within the limits.
    pub fn pricer<'a>(&'a self, problem: &'a Problem, costs: &'a Costs, prices: &Prices) -> Pricer<'a> {
        Pricer { open: self.open(problem), ..Pricer::new(problem, costs, self.tier, prices) }
    }

    /// Of the first tier with costs, every earlier tier at its floor; `None` where no tier has any.
    pub fn at_floors(problem: &Problem, costs: &Costs) -> Option<Frame> {
        let tier = problem.tiers.keys().iter().find(|&t| costs.has(t))?;
        let mut limits = Keyed::new();
        for t in (Span { start: TierIndex::FIRST, end: tier }) {
            let floor = Frame::of(problem, costs, t, &limits).floor(problem);
            limits.push(problem.tiers[t].limit(floor));
        }
        Some(Frame::of(problem, costs, tier, &limits))
    }

    /// The bound that the floors prove by themselves.
    pub fn floor(&self, problem: &Problem) -> f64 {
        if problem.is_step(self.tier) {
            return whales::floor(problem, self.tier);
        }
        let groups = problem.rows.groups.zip(&self.floors).filter(|(g, _)| problem.counts(self.tier, g));
        groups.map(|(g, floor)| g.weight * floor).sum()
    }

    /// The bound taken up to the next number that the tier's value can be. What sums of the units' costs lose by rounding is
    /// left to them.
    pub fn raised(&self, problem: &Problem, bound: f64) -> f64 {
        let lost = (problem.units.count() + 4) as f64 * f64::EPSILON;
        let multiples = bound / self.multiple;
        if self.multiple <= 0.0 || !(0.0..MULTIPLES_MAX).contains(&multiples) {
            return bound;
        }
        let next = (multiples - multiples * lost - SAME_MULTIPLE).ceil();
        bound.max(next * self.multiple * (1.0 - lost))
    }

    /// The bound that repaired prices prove; infinite when they show that nothing is within the limits.
    pub fn prove(&self, problem: &Problem, costs: &Costs, prices: &Prices) -> f64 {
        self.prove_all(problem, costs, prices, &[&[]])[0]
    }

    /// The same under each set of restrictions.
    pub fn prove_all(
        &self,
        problem: &Problem,
        costs: &Costs,
        prices: &Prices,
        restrictions: &[&[Restriction]],
    ) -> Vec<f64> {
        let pricer = self.pricer(problem, costs, prices);
        let (least, size) = pricer.least();
        let (rest, rest_size) = self.row_terms(problem, prices);
        let one = |restrictions: &&[Restriction]| {
            let (gain, more) = pricer.restricted(restrictions);
            if gain.is_infinite() {
                return gain;
            }
            let size = size + more;
            // Also what adding up blocks, gains and row terms loses.
            let lost = pricer.slack(size) + (size + rest_size) * (64.0 + restrictions.len() as f64) * ROUNDING;
            least + gain + rest - lost
        };
        restrictions.par_iter().map(one).collect()
    }

    /// What rows, budgets and limits add, and the sum of its sizes.
    fn row_terms(&self, problem: &Problem, prices: &Prices) -> (f64, f64) {
        let rows = &problem.rows;
        let mut terms = Sum::default();
        let mut size = 0.0;
        let mut add = |x: f64| {
            terms.add(x);
            size += x.abs();
        };
        let paid = self.paid(problem, prices);
        for ((r, price), row) in prices.rows.pairs().zip(&rows.rows).filter(|((_, p), _)| **p != 0.0) {
            let total = (rows.loads[row.load].total as f64).max(1.0);
            let held = price - paid.rows[r];
            for (part, (lo, hi)) in [(held, self.held(problem, r)), (paid.rows[r], (row.limits.lo(), row.limits.hi()))]
            {
                if part != 0.0 {
                    add(part * if part > 0.0 { lo } else { hi } / total);
                }
            }
        }
        for (price, budget) in prices.budgets.zip(&rows.budgets) {
            add(price * budget.most as f64 / budget.whole);
        }
        for (price, limit) in prices.tiers.iter().zip(&self.limits) {
            add(-price * (limit + slack(*limit)));
        }
        for (g, group) in rows.groups.pairs().filter(|(_, g)| g.tier <= self.tier) {
            match self.costs_of(problem, prices, group).as_slice() {
                [] => {}
                [(weight, 1)] => {
                    let left = weight - pull(problem, &paid, group);
                    // The excess costs more than its rows' prices give: it is at its floor; else at its cap.
                    add(left * if left >= 0.0 { self.floors[g] } else { self.caps[g] });
                }
                costs => add(Levels::of(problem, &paid, group, costs).least(self.floors[g], self.caps[g])),
            }
        }
        (terms.total(), size)
    }

    /// What the caps leave a row. Where that is more than whole amounts can be, it is not rounded to those.
    fn held(&self, problem: &Problem, r: RowIndex) -> (f64, f64) {
        let row = &problem.rows.rows[r];
        let ((lo, hi), cap) = (self.rows[r], row.group.map_or(0.0, |g| self.caps[g]));
        let by = row.target * cap;
        let or = |held: f64, widened: f64| if held.is_infinite() && by.is_finite() { widened } else { held };
        (or(lo, row.limits.lo() - by), or(hi, row.limits.hi() + by))
    }

    /// The part of each row's price that stands at the row's own limits, because what it gives for an excess is no more than
    /// tiers and steps charge for it. The rest stands at what the caps leave the row: most where that is widest (greedy on
    /// a polymatroid, Edmonds 1970).
    fn paid(&self, problem: &Problem, prices: &Prices) -> Prices {
        let rows = &problem.rows;
        let mut paid = Prices { rows: prices.rows.map(|_| 0.0), ..prices.clone() };
        for (g, group) in rows.groups.pairs().filter(|(_, g)| g.tier <= self.tier) {
            let costs = self.costs_of(problem, prices, group);
            if costs.is_empty() {
                continue;
            }
            let whole = |r: RowIndex| prices.rows[r];
            if self.caps[g].is_infinite() {
                group.rows.iter().for_each(|r| paid.rows[r] = whole(r));
                continue;
            }
            let width = |r: RowIndex| {
                let ((lo, hi), limits) = (self.held(problem, r), &rows.rows[r].limits);
                if whole(r) > 0.0 { limits.lo() - lo } else { hi - limits.hi() }
            };
            let wide = group.rows.iter().map(|r| (width(r) / rows.rows[r].target, r));
            // Where what the caps leave is no wider than the row's own limits, it is as good as those or better.
            let mut wide: Vec<(f64, RowIndex)> = wide.filter(|(width, r)| *width > 0.0 && whole(*r) != 0.0).collect();
            wide.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let total = rows.loads[group.load].total as f64;
            let mut charged = Charged::new(&costs);
            for (_, r) in wide {
                let factor = rows.rows[r].target / total;
                let gives = whole(r).abs() * factor;
                let taken = charged.take(gives);
                paid.rows[r] = if taken < gives { whole(r).signum() * taken / factor } else { whole(r) };
            }
        }
        paid
    }

    /// What the excesses of a group cost by the tiers and steps that count it: for each that has a price what a whole of it
    /// costs, and how many of the largest it adds up. None: its rows are held to its cap one by one.
    fn costs_of(&self, problem: &Problem, prices: &Prices, group: &Group) -> Vec<(f64, usize)> {
        let cost = |s: TierIndex, price: f64| {
            let (of, largest) = problem.bands_of(s);
            (of == group.tier && price > 0.0).then_some((group.weight * price, largest))
        };
        let before = prices.tiers.pairs().filter_map(|(s, price)| cost(s, *price));
        before.chain(cost(self.tier, 1.0)).collect()
    }
}

/// What comparisons of tier values forgive: the last bits of a sum.
pub(crate) fn slack(limit: f64) -> f64 {
    1e-12 * limit.abs()
}

/// The least separable cost of a tier, a little below.
fn least_cost(problem: &Problem, costs: &Costs, tier: TierIndex) -> f64 {
    if !costs.has(tier) {
        return 0.0;
    }
    let least = Pricer::new(problem, costs, tier, &Prices::none(problem, tier)).least().0;
    least * (1.0 - 1e-12)
}

/// The limits nearest inside `limits` that a sum of multiples of `step` can reach, as numbers that are rounded once.
fn in_steps(limits: WholeLimits, step: i64) -> (f64, f64) {
    let step = i128::from(step);
    let lo = match limits.least {
        i64::MIN => f64::NEG_INFINITY,
        least => (-(-i128::from(least)).div_euclid(step) * step) as f64,
    };
    let hi = match limits.most {
        i64::MAX => f64::INFINITY,
        most => (i128::from(most).div_euclid(step) * step) as f64,
    };
    (lo, hi)
}
