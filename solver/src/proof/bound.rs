//! The bound that prices and branches prove, as written out in `certificate.proto`: any prices give a valid one.
//!
//! Everything is rounded outward: what [`Frame::prove`] returns is below what exact arithmetic on the same costs
//! would give, so engine and checker get the same number and may trust its last bit.

use crate::index::{GroupIndex, Keyed, LeafIndex, RowIndex, Span, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::rows::Group;
use crate::problem::whole::WholeLimits;
use crate::proof::costs::Costs;
use crate::proof::cuts::Cut;
use crate::proof::lines::{Open, narrowed};
use crate::proof::pricer::{Pricer, ROUNDING, Sum};
use crate::proof::prices::{Charged, Levels, Prices, Restriction, pull};
use crate::proof::whales;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::OnceLock;

/// Values of more multiples than this are as good as any number.
const MULTIPLES_MAX: f64 = 1e9;
/// Part of a multiple by which a bound may be above one and still be taken for it.
const SAME_MULTIPLE: f64 = 1e-6;

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
        Pricer::new(problem, costs, self.tier, prices).within(self.open(problem))
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
        let prices = self.usable(problem, prices);
        let pricer = self.pricer(problem, costs, &prices);
        let (least, size) = pricer.least();
        let (rest, rest_size) = self.row_terms(problem, &prices);
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

    /// The prices without those of cuts that say more than their rows do here.
    fn usable<'a>(&self, problem: &Problem, prices: &'a Prices) -> Cow<'a, Prices> {
        let list = &prices.cuts.of.list;
        let unfit: Vec<usize> = prices.cuts.priced().map(|p| p.0).filter(|at| !self.has(problem, &list[*at])).collect();
        if unfit.is_empty() {
            return Cow::Borrowed(prices);
        }
        let mut usable = prices.clone();
        unfit.into_iter().for_each(|at| usable.cuts.prices[at] = 0.0);
        Cow::Owned(usable)
    }

    /// Whether every plan within the limits obeys the cut.
    pub fn has(&self, problem: &Problem, cut: &Cut) -> bool {
        let row = &problem.rows.rows[cut.row];
        // Of what the tier counts itself the excess is no more than its prices say; that is looked at for rows alone.
        let earlier = || row.group.is_none_or(|g| problem.rows.groups[g].tier < self.tier);
        let limits = if cut.soft { &row.limits } else { &self.held[cut.row] };
        cut.divisor > 0 && (!cut.soft || earlier()) && cut.fits(limits, &problem.rows.loads[row.load])
    }

    /// What a row holds where its group is held to its cap, in whole numbers.
    pub fn held_limits(&self, row: RowIndex) -> &WholeLimits {
        &self.held[row]
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
        for (at, price) in prices.cuts.priced() {
            let facts = &prices.cuts.of.facts[at];
            add(price * facts.most / facts.total);
        }
        for (price, budget) in prices.budgets.zip(&rows.budgets) {
            add(price * budget.most as f64 / budget.whole);
        }
        for (price, limit) in prices.tiers.iter().zip(&self.limits) {
            add(-price * (limit + slack(*limit)));
        }
        let given = paid.on_excess(problem);
        for (g, group) in rows.groups.pairs().filter(|(_, g)| g.tier <= self.tier) {
            match self.costs_of(problem, prices, group).as_slice() {
                // What cuts give for excesses that nothing charges.
                [] => {
                    let pull = pull(problem, &given, group);
                    if pull > 0.0 {
                        add(-pull * self.caps[g]);
                    }
                }
                [(weight, 1)] => {
                    let left = weight - pull(problem, &given, group);
                    // The excess costs more than its rows' prices give: it is at its floor; else at its cap.
                    add(left * if left >= 0.0 { self.floors[g] } else { self.caps[g] });
                }
                costs => add(Levels::of(problem, &given, group, costs).least(self.floors[g], self.caps[g])),
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
        let cuts = prices.cuts.on_excess(problem);
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
            let factor = |r: RowIndex| rows.rows[r].target / total;
            // What cuts give is given whatever is charged.
            group.rows.iter().filter(|r| cuts[*r] > 0.0).for_each(|r| charged.hold(cuts[r] * factor(r)));
            for (_, r) in wide {
                let factor = factor(r);
                let gives = whole(r).abs() * factor;
                let taken = charged.take_beside(cuts[r] * factor, gives);
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
