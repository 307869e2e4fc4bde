//! The relaxation of a tier over some units as a linear program.
//!
//! Sets        u units, l leaves, r coupling rows, j excess columns
//! Variables   x[u,l] >= 0, e[j] in [floor, cap]; of a step of so many largest excesses two kinds of e, see `StepColumns`
//! Objective   min  sum c(u,l) x[u,l] + sum c_j e[j]
//! Rows        sum_l x[u,l] = 1                                     each unit
//!             lo_r <= sum a_r(u,l) x[u,l] + sum k_rj e[j] <= hi_r   each coupling row
//!
//! Inside a program units, leaves, loads and lines go by plain numbers of its own: it may be over a few of the problem's
//! units and loads. `Lp::units` and `Line::price` lead back to the problem's.

pub(super) mod cut_lines;

mod cut_terms;

mod scale;

use crate::index::{
    BudgetIndex, GroupIndex, Keyed, LeafIndex, LoadIndex, Number, RowIndex, Span, TierIndex, UnitIndex,
};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Weighted};
use crate::problem::rows::{Group, Load, Row};
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::cuts::Cuts;
use crate::proof::prices::{CutPrices, Prices};
use cut_terms::CutTerms;
use scale::scale_of;
use std::ops::Range;
use std::sync::Arc;

pub(super) use scale::irregular;

/// Rows of a tier with steps whose earlier steps' limits are written out, at most: each takes two lines a row.
const HELD_ROWS_MAX: usize = 150;
/// Costs are shifted by up to this part of their mean, so that ties do not stall.
const SHIFT: f64 = 1e-9;
/// What a row adds up.
#[derive(Debug, Clone)]
pub(crate) enum Sums {
    /// One load over the leaves of a node.
    Load { load: usize, leaves: Range<usize> },
    /// One load, times a factor for each leaf.
    Weighted { load: usize, factors: Vec<f64> },
    /// Coefficients of their own, units × leaves.
    Dense(usize),
    /// A cut: its coefficients are among [`Lp::cut_terms`].
    Cut,
    /// Excess columns alone.
    Excess,
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub sums: Sums,
    pub lo: f64,
    pub hi: f64,
    pub price: Price,
    /// What the line was multiplied by, so that usual coefficients are near 1.
    pub scale: f64,
}

/// Where a line's dual goes, and the factor to the price's unit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Price {
    Row(RowIndex),
    Budget(BudgetIndex),
    Tier(TierIndex),
    /// A cut by its place in the program's list.
    Cut(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub cost: f64,
    pub lo: f64,
    pub hi: f64,
    pub terms: Vec<(usize, f64)>,
}

/// The program; shared by all that solve variants of it.
#[derive(Debug, Clone)]
pub(crate) struct Lp {
    /// The problem's number of each unit.
    pub units: Vec<UnitIndex>,
    pub leaves: usize,
    pub(crate) loads: usize,
    /// Units × leaves; infinite where a unit may not go.
    pub(crate) cost: Vec<f64>,
    /// Units × loads, in parts of the total times the load's scale.
    pub(crate) amounts: Vec<f64>,
    load_scales: Vec<f64>,
    /// What an objective coefficient usually is.
    pub(crate) usual: f64,
    pub(crate) dense: Vec<Vec<f64>>,
    pub(crate) lines: Vec<Line>,
    pub(crate) columns: Vec<Column>,
    /// Those of the program, in the order of their lines, which are its last.
    pub(crate) cuts: Arc<Cuts>,
    pub(crate) cut_terms: CutTerms,
    /// Objective of the units left out.
    pub(crate) constant: f64,
    /// The sample's part of all units, and of each load.
    part: f64,
    load_parts: Keyed<LoadIndex, f64>,
}

/// The columns of one group in a step: what all its rows may have, then for each row what it may have beyond that. The
/// least of what they cost is the sum of the group's largest excesses.
struct StepColumns {
    tier: TierIndex,
    group: GroupIndex,
    first: usize,
    rows: Span<RowIndex>,
    /// What a whole of excess costs, and how many are added up.
    weight: f64,
    largest: f64,
}

impl StepColumns {
    fn beyond(&self, row: RowIndex) -> usize {
        self.first + 1 + row.get() - self.rows.start.get()
    }

    fn of(&self, row: RowIndex) -> [Option<usize>; 2] {
        [Some(self.first), Some(self.beyond(row))]
    }
}

/// Units that stand for all, and where those of them are that a program leaves out.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub units: Vec<UnitIndex>,
    pub leaf_of: Keyed<UnitIndex, LeafIndex>,
}

/// The loads that a program speaks of, in the order they come up.
struct Used {
    /// Number of each of the problem's loads.
    at: Keyed<LoadIndex, Option<usize>>,
    loads: Vec<LoadIndex>,
}

impl Used {
    fn at(&mut self, load: LoadIndex) -> usize {
        *self.at[load].get_or_insert_with(|| {
            self.loads.push(load);
            self.loads.len() - 1
        })
    }
}

impl Sample {
    fn load_parts(&self, problem: &Problem) -> Keyed<LoadIndex, f64> {
        let part = |load: &Load| {
            if self.units.len() == load.amounts.len() || load.total == 0 {
                return 1.0;
            }
            let sum: i128 = self.units.iter().map(|&u| i128::from(load.amounts[u])).sum();
            sum as f64 / load.total as f64
        };
        problem.rows.loads.iter().map(part).collect()
    }
}

impl Lp {
    /// The program of the frame's tier over all units.
    pub fn whole(problem: &Problem, costs: &Costs, frame: &Frame) -> Lp {
        let units: Vec<UnitIndex> = problem.units.all().iter().collect();
        Lp::of(problem, costs, frame, units.clone(), &Sample { units, leaf_of: Keyed::new() })
    }

    /// The program of the least breach of the hard rules, of a problem without tiers: each line may be passed on either
    /// side, at a cost of 1 for what a unit usually adds to it.
    pub fn least_breach(problem: &Problem, costs: &Costs) -> Lp {
        let mut lp = Lp::whole(problem, costs, &Frame::of(problem, costs, TierIndex::FIRST, &Keyed::new()));
        for (line, limits) in lp.lines.iter().enumerate() {
            let sides = [(limits.lo, 1.0), (limits.hi, -1.0)].into_iter().filter(|(limit, _)| limit.is_finite());
            let breach = |(_, term)| Column { cost: 1.0, lo: 0.0, hi: f64::INFINITY, terms: vec![(line, term)] };
            lp.columns.extend(sides.map(breach));
        }
        lp.usual = lp.usual_cost();
        lp
    }

    /// The program of the frame's tier over `units` out of `sample`; the sample's others stay where they are. Limits
    /// are in proportion to the sample.
    pub fn of(problem: &Problem, costs: &Costs, frame: &Frame, units: Vec<UnitIndex>, sample: &Sample) -> Lp {
        let (rows, tier, leaves) = (&problem.rows, frame.tier, problem.tree.leaves.len());
        let mut lp = Lp {
            cost: vec![f64::INFINITY; units.len() * leaves],
            amounts: Vec::new(),
            load_scales: Vec::new(),
            usual: 0.0,
            dense: Vec::new(),
            lines: Vec::new(),
            columns: Vec::new(),
            cuts: Arc::default(),
            cut_terms: CutTerms::default(),
            constant: 0.0,
            loads: 0,
            leaves,
            part: sample.units.len() as f64 / problem.units.count() as f64,
            load_parts: sample.load_parts(problem),
            units,
        };
        lp.write_costs(problem, costs, frame);
        let mut used = Used { at: rows.loads.map(|_| None), loads: Vec::new() };
        let mut column_of = rows.groups.map(|_| None);
        let stepped = lp.push_steps(problem, tier);
        for (g, group) in rows.groups.pairs().filter(|(_, g)| g.tier <= tier) {
            // Groups that share their tier's limit, with each other or with its costs. The proof holds rows to their
            // caps only where that limit has no price: where it may have one, the program must not either.
            let same =
                |(h, other): (GroupIndex, &Group)| other.tier == group.tier && frame.caps[h] > frame.floors[h] + 1e-9;
            let shared = group.tier == tier || costs.has(group.tier) || rows.groups.pairs().any(same);
            if shared {
                let cost = if group.tier == tier { group.weight * lp.part } else { 0.0 };
                column_of[g] = Some(lp.columns.len());
                lp.columns.push(Column { cost, lo: frame.floors[g], hi: frame.caps[g], terms: Vec::new() });
            }
        }
        for (r, row) in rows.rows.pairs() {
            if row.group.is_some_and(|g| rows.groups[g].tier > tier) {
                continue;
            }
            let load = used.at(row.load);
            lp.push_row(problem, frame, (r, row), load, (row.group.and_then(|g| column_of[g]), &stepped));
        }
        lp.push_tiers(problem, costs, frame, (&column_of, &stepped));
        lp.push_budgets(problem, &mut used);
        lp.write_amounts(problem, &used.loads);
        lp.fix_others(problem, costs, tier, &used.loads, sample);
        lp.scale_lines();
        lp.usual = lp.usual_cost();
        lp
    }

    fn write_costs(&mut self, problem: &Problem, costs: &Costs, frame: &Frame) {
        let tier = frame.tier;
        let shift = SHIFT * costs.usual(tier).max(1e-6);
        for (i, &unit) in self.units.iter().enumerate() {
            for leaf in problem.tree.leaves.keys().iter().filter(|&l| frame.allows(problem, unit, l)) {
                let (l, cost) = (leaf.get(), costs.at(tier, unit, leaf));
                self.cost[i * self.leaves + l] = cost + shift * irregular(unit.get() * self.leaves + l);
            }
        }
    }

    fn push_row(
        &mut self,
        problem: &Problem,
        frame: &Frame,
        row: (RowIndex, &Row),
        load: usize,
        (column, stepped): (Option<usize>, &[StepColumns]),
    ) {
        let (r, row) = row;
        // Limits in parts of the total, in proportion to the sample.
        let total = (problem.rows.loads[row.load].total as f64).max(1.0) / self.load_parts[row.load];
        let leaves = problem.tree.nodes[row.node].leaves.places();
        let sums = || Sums::Load { load, leaves: leaves.clone() };
        let price = Price::Row(r);
        if column.is_none() {
            let (lo, hi) = frame.rows[r];
            self.lines.push(Line { sums: sums(), lo: lo / total, hi: hi / total, price, scale: 1.0 });
        }
        let target = row.target / total;
        let of_steps = stepped.iter().filter(|step| Some(step.group) == row.group).map(|step| step.of(r));
        for columns in column.map(|column| [Some(column), None]).into_iter().chain(of_steps) {
            for column in columns.into_iter().flatten() {
                self.columns[column].terms.push((self.lines.len(), -target));
                self.columns[column].terms.push((self.lines.len() + 1, target));
            }
            self.lines.push(Line { sums: sums(), lo: f64::NEG_INFINITY, hi: row.hi / total, price, scale: 1.0 });
            self.lines.push(Line { sums: sums(), lo: row.lo / total, hi: f64::INFINITY, price, scale: 1.0 });
        }
    }

    /// The columns of steps: that of `tier` itself where it is one, and of each tier before with steps the second and the
    /// last before it. The others follow from these nearly always; without them the program is a weaker relaxation.
    fn push_steps(&mut self, problem: &Problem, tier: TierIndex) -> Vec<StepColumns> {
        let mut all = Vec::new();
        for (s, step) in problem.tiers.pairs().filter_map(|(s, t)| Some((s, t.step?))).filter(|(s, _)| *s <= tier) {
            let next = TierIndex::new(s.get() + 1);
            let last = next == tier || problem.tiers.get(next).is_none_or(|t| t.step.is_none());
            let own = || problem.rows.groups.pairs().filter(|(_, g)| g.tier == step.of);
            let few = own().map(|(_, g)| g.rows.len()).sum::<usize>() <= HELD_ROWS_MAX;
            if s < tier && !(few && (step.largest == 2 || last)) {
                continue;
            }
            for (group, g) in own() {
                let first = self.columns.len();
                let (weight, largest) = (g.weight * self.part, step.largest as f64);
                let costs = if s == tier { 1.0 } else { 0.0 };
                let column = |cost: f64| Column { cost, lo: 0.0, hi: f64::INFINITY, terms: Vec::new() };
                self.columns.push(column(costs * weight * largest));
                self.columns.extend(g.rows.iter().map(|_| column(costs * weight)));
                all.push(StepColumns { tier: s, group, first, rows: g.rows, weight, largest });
            }
        }
        all
    }

    fn write_amounts(&mut self, problem: &Problem, used: &[LoadIndex]) {
        self.loads = used.len();
        self.amounts = vec![0.0; self.units.len() * used.len()];
        for (m, &load) in used.iter().enumerate() {
            let load = &problem.rows.loads[load];
            let total = (load.total as f64).max(1.0);
            for (i, &unit) in self.units.iter().enumerate() {
                self.amounts[i * used.len() + m] = load.amounts[unit] as f64 / total;
            }
        }
    }

    fn push_tiers(
        &mut self,
        problem: &Problem,
        costs: &Costs,
        frame: &Frame,
        (column_of, stepped): (&Keyed<GroupIndex, Option<usize>>, &[StepColumns]),
    ) {
        for (s, &limit) in frame.limits.pairs() {
            let own = || problem.rows.groups.pairs().filter(move |(_, g)| g.tier == s);
            let of_step = || stepped.iter().filter(move |step| step.tier == s);
            if !costs.has(s) && own().all(|(g, _)| column_of[g].is_none()) && of_step().next().is_none() {
                continue;
            }
            let line = self.lines.len();
            for step in of_step() {
                self.columns[step.first].terms.push((line, step.weight * step.largest));
                for r in step.rows {
                    self.columns[step.beyond(r)].terms.push((line, step.weight));
                }
            }
            // Groups that are held count at their caps' lower end.
            let held: f64 =
                own().filter(|(g, _)| column_of[*g].is_none()).map(|(g, group)| group.weight * frame.floors[g]).sum();
            for (g, group) in own() {
                if let Some(column) = column_of[g] {
                    self.columns[column].terms.push((line, group.weight * self.part));
                }
            }
            let sums = if costs.has(s) {
                let all = problem.tree.leaves.keys();
                let row = |&unit: &UnitIndex| all.iter().map(move |l| costs.at(s, unit, l));
                self.dense.push(self.units.iter().flat_map(row).collect());
                Sums::Dense(self.dense.len() - 1)
            } else {
                Sums::Excess
            };
            self.lines.push(Line {
                sums,
                lo: f64::NEG_INFINITY,
                hi: (limit - held) * self.part,
                price: Price::Tier(s),
                scale: 1.0,
            });
        }
    }

    fn push_budgets(&mut self, problem: &Problem, used: &mut Used) {
        for (b, budget) in problem.rows.budgets.pairs() {
            let (sums, part) = match &budget.adds {
                Adds::Weighted(Weighted { load, factors, .. }) => {
                    let total = (problem.rows.loads[*load].total as f64).max(1.0);
                    let factors = factors.iter().map(|&f| f as f64 * (total / budget.whole)).collect();
                    (Sums::Weighted { load: used.at(*load), factors }, self.load_parts[*load])
                }
                Adds::Moves(moves) => {
                    let all = problem.tree.leaves.keys();
                    let row = |&unit: &UnitIndex| all.iter().map(move |l| moves.amount(unit, l) as f64 / budget.whole);
                    self.dense.push(self.units.iter().flat_map(row).collect());
                    (Sums::Dense(self.dense.len() - 1), self.part)
                }
            };
            let hi = budget.most as f64 / budget.whole * part;
            self.lines.push(Line { sums, lo: f64::NEG_INFINITY, hi, price: Price::Budget(b), scale: 1.0 });
        }
    }

    /// Takes what the units left out add up to from the lines' limits.
    fn fix_others(&mut self, problem: &Problem, costs: &Costs, tier: TierIndex, used: &[LoadIndex], sample: &Sample) {
        if self.units.len() == sample.units.len() {
            return;
        }
        let leaf_of = &sample.leaf_of;
        let mut inside = problem.units.class.map(|_| false);
        self.units.iter().for_each(|&u| inside[u] = true);
        let others = || sample.units.iter().copied().filter(|&u| !inside[u]);
        let mut at = vec![0_i128; used.len() * self.leaves];
        for unit in others() {
            self.constant += costs.at(tier, unit, leaf_of[unit]);
            for (m, &load) in used.iter().enumerate() {
                at[m * self.leaves + leaf_of[unit].get()] += i128::from(problem.rows.loads[load].amounts[unit]);
            }
        }
        for line in &mut self.lines {
            let fixed = match (&line.sums, line.price) {
                (Sums::Load { load, leaves }, _) => {
                    let sum: i128 = at[load * self.leaves..][leaves.clone()].iter().sum();
                    sum as f64 / (problem.rows.loads[used[*load]].total as f64).max(1.0)
                }
                (Sums::Dense(_), Price::Tier(s)) => others().map(|u| costs.at(s, u, leaf_of[u])).sum(),
                (Sums::Weighted { load, factors }, _) => {
                    let at = &at[load * self.leaves..(load + 1) * self.leaves];
                    let sum: f64 = at.iter().zip(factors).map(|(&amount, factor)| amount as f64 * factor).sum();
                    sum / (problem.rows.loads[used[*load]].total as f64).max(1.0)
                }
                (Sums::Dense(_), Price::Budget(b)) => {
                    let budget = &problem.rows.budgets[b];
                    others().map(|u| budget.amount(u, leaf_of[u])).sum::<i64>() as f64 / budget.whole
                }
                _ => 0.0,
            };
            line.lo -= fixed;
            line.hi -= fixed;
        }
    }

    /// Brings the usual coefficient of every line near 1, by powers of 2, which round nothing: tolerances then mean the
    /// same in all of them, whether a line counts accounts, amounts or squared distances.
    fn scale_lines(&mut self) {
        let loads = self.loads.max(1);
        self.load_scales = (0..self.loads).map(|m| scale_of(self.amounts.iter().skip(m).step_by(loads))).collect();
        for row in self.amounts.chunks_exact_mut(loads) {
            row.iter_mut().zip(&self.load_scales).for_each(|(amount, scale)| *amount *= scale);
        }
        for (r, line) in self.lines.iter_mut().enumerate() {
            let scale = match &mut line.sums {
                Sums::Load { load, .. } => self.load_scales[*load],
                Sums::Weighted { load, factors } => {
                    let scale = scale_of(factors.iter());
                    factors.iter_mut().for_each(|f| *f *= scale);
                    scale * self.load_scales[*load]
                }
                Sums::Dense(d) => {
                    let scale = scale_of(self.dense[*d].iter());
                    self.dense[*d].iter_mut().for_each(|k| *k *= scale);
                    scale
                }
                Sums::Cut | Sums::Excess => 1.0,
            };
            line.scale = scale;
            line.lo *= scale;
            line.hi *= scale;
            let terms = self.columns.iter_mut().flat_map(|c| &mut c.terms);
            terms.filter(|(at, _)| *at == r).for_each(|(_, k)| *k *= scale);
        }
    }

    /// What an objective coefficient usually is; where units cost nothing, what their part of the excess may cost.
    fn usual_cost(&self) -> f64 {
        let sum = |costs: &mut dyn Iterator<Item = f64>| {
            costs.filter(|c| c.is_finite() && *c != 0.0).fold((0.0, 0), |(sum, n), c| (sum + c.abs(), n + 1))
        };
        let (units, count) = sum(&mut self.cost.iter().copied());
        let (excess, _) = sum(&mut self.columns.iter().map(|c| c.cost));
        (units / f64::from(count.max(1))).max(excess / self.units.len().max(1) as f64).max(f64::MIN_POSITIVE)
    }

    /// The problem's prices for the lines' duals; not repaired.
    pub fn prices(&self, problem: &Problem, tier: TierIndex, duals: &[f64]) -> Prices {
        let mut prices = Prices::none(problem, tier);
        prices.cuts = CutPrices { of: Arc::clone(&self.cuts), prices: vec![0.0; self.cuts.list.len()] };
        for (line, dual) in self.lines.iter().zip(duals) {
            let dual = dual * line.scale;
            match line.price {
                Price::Row(r) => prices.rows[r] += dual,
                Price::Budget(b) => prices.budgets[b] += dual,
                Price::Tier(s) => prices.tiers[s] -= dual,
                Price::Cut(at) => prices.cuts.prices[at] += dual,
            }
        }
        prices
    }

    /// How large a unit is beside the others: its amounts' part of their totals, times the units.
    pub fn weight(&self, unit: usize) -> f64 {
        let amounts = &self.amounts[unit * self.loads..(unit + 1) * self.loads];
        amounts.iter().zip(&self.load_scales).map(|(amount, scale)| amount / scale).sum::<f64>()
            / self.loads.max(1) as f64
            * self.units.len() as f64
    }

    /// Work units that one iteration of the simplex takes.
    pub fn effort(&self) -> f64 {
        let (units, lines) = (self.units.len() as f64, self.lines.len() as f64);
        let cells = units * self.leaves as f64 * (2.0 + self.loads as f64 + self.dense.len() as f64);
        (cells + self.cut_terms.cells as f64 + 3.0 * lines * lines) / 1e3
    }
}
