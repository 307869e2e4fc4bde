//! The mixed-integer model of a task, written out as plain numbers.
//!
//! Sets        u free units, l their candidate leaves, r rows, g groups (criterion, measure, level), b budgets
//! Variables   x[u,l] in {0,1}   unit u goes to leaf l
//!             e[g] >= 0         worst excess of group g (tiers up to t; 0 where the tier's limit is 0)
//!             e[g], f[r] >= 0   of a step of j largest excesses: what all rows of g may have, and r beyond that
//!             s[r], s[b] >= 0   how far a hard row or budget is broken (only when looking for a first plan)
//! Objective   min  sum_g weight_g e[g] + sum_{u,l} c_t(u,l) x[u,l]            over the groups of tier t
//!             or   min  sum_g weight_g (j e[g] + sum_{r in g} f[r])            of a step of it
//!             or   min  sum_{u,l} f(l) a(u) x[u,l]                             a load, to see what it can reach
//!             or   min  sum_{u, l other than u's} accounts(u) x[u,l]           as few accounts away as can be
//! Rows        sum_l x[u,l] = 1                                                 each free unit
//!             lo_r/T_r <= fixed_r + sum a_r(u) x[u,l] / T_r <= hi_r/T_r        hard rows
//!             the same, widened by e[g] on both sides                          soft rows of tiers up to t
//!             the same, widened by e[r]                                        of tiers with steps, where these are few
//!             j e[s,g] + sum_r f[s,r] held to limit_s, f[s,r] >= e[r] - e[s,g] each of their steps s before, of j rows
//!             the same, widened by what the state leaves each row              of tiers with steps, where these are many
//!             sum_g weight_g e[g] + sum c_s(u,l) x[u,l] <= limit_s             each earlier tier s
//!             added_b + sum m_b(u,l) x[u,l] <= most_b                          each budget
//! Units that are not free stay where the state has them and count as constants. T_r is the row's target, so that
//! all coefficients are near 1. Columns go by plain numbers. Every answer is read as an assignment and valued anew in
//! whole numbers; HiGHS's own bound is believed only where it says that no assignment meets the hard rules, or keeps more
//! than another under them.

use crate::engine::search::caps::caps;
use crate::index::{BudgetIndex, GroupIndex, Keyed, LeafIndex, LoadIndex, RowIndex, Span, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::rows::Group;
use crate::score::{Model, State, excess};
use std::time::Duration;

/// What earlier tiers may be above their limit by, in units of the limit: rows hold to no more digits.
const LIMIT_SLACK: f64 = 1e-9;

/// Rows of a tier with steps, times its steps, that are written out exactly.
const STEPPED_MAX: usize = 2_000;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal<'a> {
    /// A plan that meets the hard rules: their breach is minimised.
    Hard,
    /// The least sum of a load times a factor for each leaf, as part of the load's total, within the hard rules but for
    /// some budgets.
    Sum { load: LoadIndex, factors: &'a Keyed<LeafIndex, f64>, without: &'a [BudgetIndex] },
    /// The least value of this tier.
    Tier(TierIndex),
    /// As few accounts as can be away from these leaves, every tier within its limit.
    Stay(&'a Keyed<UnitIndex, LeafIndex>),
}

/// One model to solve.
pub(crate) struct Task<'a> {
    pub goal: Goal<'a>,
    pub limits: &'a Keyed<TierIndex, f64>,
    /// Free units with the leaves they may go to.
    pub free: &'a [(UnitIndex, Vec<LeafIndex>)],
    /// Wall-clock limit.
    pub limit: Duration,
    /// Limit on branch-and-bound nodes, for runs that must not depend on time.
    pub nodes: Option<i32>,
    pub gap: f64,
}

/// A column: a variable, from 0 to `upper`.
pub(super) struct Column {
    /// Objective coefficient.
    pub cost: f64,
    /// Infinite: none.
    pub upper: f64,
    pub integer: bool,
    /// Its value in the state that the task starts from.
    pub start: f64,
}

/// A row: terms (column, coefficient), and limits on their sum.
pub(super) struct Constraint {
    pub terms: Vec<(usize, f64)>,
    pub lo: f64,
    pub hi: f64,
}

/// The model as plain numbers, so that it can cross to the thread that owns HiGHS.
pub(super) struct Program {
    pub columns: Vec<Column>,
    pub constraints: Vec<Constraint>,
    /// What units that are not free add to the objective.
    pub constant: f64,
    /// What the objective was multiplied by.
    pub scale: f64,
}

/// Writes the model of the task around `state`. The first columns are the choices x in the order of `task.free`; gives
/// the first column of each unit too.
pub(super) fn write(model: &Model, state: &State, task: &Task) -> (Program, Vec<usize>) {
    let mut writer = Writer::new(model, state, task);
    writer.choices();
    let choices = writer.columns.len();
    writer.excesses();
    writer.rows();
    writer.earlier_tiers();
    writer.budgets();
    writer.finish(choices)
}

struct Writer<'a, 'b> {
    model: &'a Model<'b>,
    state: &'a State,
    task: &'a Task<'a>,
    /// Groups of this tier count, and limits of those before it hold.
    tier: TierIndex,
    /// Whether hard rules alone hold.
    hard: bool,
    columns: Vec<Column>,
    constraints: Vec<Constraint>,
    /// First column of each free unit.
    first: Vec<usize>,
    is_free: Keyed<UnitIndex, bool>,
    /// What free units can add to each row, and what the others hold of it.
    row_terms: Keyed<RowIndex, Vec<(usize, f64)>>,
    fixed: Keyed<RowIndex, i64>,
    /// What units that are not free add to each budget.
    added: Keyed<BudgetIndex, i64>,
    /// The column of each group's worst excess, if it has one.
    column_of_group: Keyed<GroupIndex, Option<usize>>,
    /// Tiers up to this one whose steps are written out, rather than what the state leaves each row.
    exact: Vec<TierIndex>,
    /// The column of what a row may have beyond its group, in a step; of a row whose steps are exact, of its excess.
    column_of_row: Keyed<RowIndex, Option<usize>>,
}

impl<'a, 'b> Writer<'a, 'b> {
    fn new(model: &'a Model<'b>, state: &'a State, task: &'a Task<'a>) -> Writer<'a, 'b> {
        let rows = &model.problem.rows;
        let (tier, hard) = match task.goal {
            Goal::Hard | Goal::Sum { .. } => (TierIndex::FIRST, true),
            Goal::Tier(t) => (t, false),
            Goal::Stay(_) => (task.limits.keys().end, false),
        };
        let exact = |of: &TierIndex| !hard && *of <= tier && steps_are_few(model.problem, *of, tier);
        let exact = model.problem.tiers.keys().iter().filter(exact).collect();
        Writer {
            model,
            state,
            task,
            tier,
            hard,
            exact,
            columns: Vec::new(),
            constraints: Vec::new(),
            first: Vec::new(),
            is_free: state.leaf_of.map(|_| false),
            row_terms: rows.rows.map(|_| Vec::new()),
            fixed: state.rows.clone(),
            added: state.budgets.clone(),
            column_of_group: rows.groups.map(|_| None),
            column_of_row: rows.rows.map(|_| None),
        }
    }

    /// What unit `unit` adds to the objective at leaf `leaf`.
    fn objective(&self, unit: UnitIndex, leaf: LeafIndex) -> f64 {
        match self.task.goal {
            Goal::Hard => 0.0,
            Goal::Sum { load, factors, .. } => {
                let total = self.model.problem.rows.loads[load].total;
                factors[leaf] * (self.model.amount(unit, load) as f64 / total as f64)
            }
            Goal::Tier(tier) => self.model.costs.at(tier, unit, leaf),
            Goal::Stay(home) if home[unit] == leaf => 0.0,
            Goal::Stay(_) => self.model.problem.units.members(unit).len() as f64,
        }
    }

    /// x[u,l], and that each free unit goes to one leaf.
    fn choices(&mut self) {
        let (model, rows) = (self.model, &self.model.problem.rows);
        for (unit, leaves) in self.task.free {
            self.is_free[*unit] = true;
            self.first.push(self.columns.len());
            let stays = self.state.leaf_of[*unit];
            model.rows_at(stays).for_each(|r| self.fixed[r] -= model.amount(*unit, rows.rows[r].load));
            for (used, budget) in self.added.iter_mut().zip(&rows.budgets) {
                *used -= budget.amount(*unit, stays);
            }
            let one = (0..leaves.len()).map(|i| (self.columns.len() + i, 1.0)).collect();
            for &leaf in leaves {
                for r in model.rows_at(leaf) {
                    let amount = model.amount(*unit, rows.rows[r].load);
                    if amount != 0 {
                        self.row_terms[r].push((self.columns.len(), amount as f64 / rows.rows[r].target));
                    }
                }
                let (cost, start) = (self.objective(*unit, leaf), f64::from(leaf == stays));
                self.columns.push(Column { cost, upper: 1.0, integer: true, start });
            }
            self.constraints.push(Constraint { terms: one, lo: 1.0, hi: 1.0 });
        }
    }

    /// e[g] of the tier, and of earlier ones that may have some.
    fn excesses(&mut self) {
        if self.hard {
            return;
        }
        let excess = self.state.excess(self.model);
        let problem = self.model.problem;
        let (_, largest) = problem.bands_of(self.tier);
        let tier = self.tier;
        for of in self.exact.clone() {
            self.stepped(of, &steps_up_to(problem, of, tier));
        }
        for (g, group) in problem.rows.groups.pairs().filter(|(_, g)| g.tier <= tier) {
            if self.exact.contains(&group.tier) {
                // Written already.
            } else if problem.has_steps(group.tier) {
                // What the steps before hold is held row by row.
                if problem.counts(self.tier, group) {
                    self.step(g, group, largest);
                }
            } else if group.tier == self.tier || self.task.limits[group.tier] > 0.0 {
                self.column_of_group[g] = Some(self.columns.len());
                let cost = if group.tier == self.tier { group.weight } else { 0.0 };
                self.columns.push(Column { cost, upper: f64::INFINITY, integer: false, start: excess[g] });
            }
        }
    }

    /// e[r] of each row of a tier with steps; and of each step up to this tier what its largest add up to.
    fn stepped(&mut self, of: TierIndex, steps: &[(TierIndex, usize)]) {
        let problem = self.model.problem;
        let groups: Vec<&Group> = problem.rows.groups.iter().filter(|g| g.tier == of).collect();
        let column = |columns: &mut Vec<Column>, cost: f64, start: f64| {
            columns.push(Column { cost, upper: f64::INFINITY, integer: false, start });
            columns.len() - 1
        };
        let excess_of = |r: RowIndex| excess(problem, r, self.state.rows[r]);
        for r in groups.iter().flat_map(|group| group.rows.iter()) {
            self.column_of_row[r] = Some(column(&mut self.columns, 0.0, excess_of(r)));
        }
        for &(s, largest) in steps {
            let counted = |weight: f64| if s == self.tier { weight } else { 0.0 };
            let mut sum: Vec<(usize, f64)> = Vec::new();
            for group in &groups {
                let mut sorted: Vec<f64> = group.rows.iter().map(excess_of).collect();
                sorted.sort_by(|a, b| b.total_cmp(a));
                let all = sorted.get(largest - 1).copied().unwrap_or(0.0);
                let weight = group.weight * largest as f64;
                let e = column(&mut self.columns, counted(weight), all);
                sum.push((e, weight));
                for r in group.rows.iter() {
                    let f = column(&mut self.columns, counted(group.weight), (excess_of(r) - all).max(0.0));
                    sum.push((f, group.weight));
                    let terms = self.column_of_row[r].map(|x| vec![(x, 1.0), (e, -1.0), (f, -1.0)]).unwrap_or_default();
                    self.constraints.push(Constraint { terms, lo: f64::NEG_INFINITY, hi: 0.0 });
                }
            }
            if s < self.tier {
                let hi = self.task.limits[s] + LIMIT_SLACK;
                self.constraints.push(Constraint { terms: sum, lo: f64::NEG_INFINITY, hi });
            }
        }
    }

    /// e[g] and f[r] of a group of the step.
    fn step(&mut self, g: GroupIndex, group: &Group, largest: usize) {
        let model = self.model;
        let mut excesses: Vec<(f64, RowIndex)> =
            group.rows.iter().map(|r| (excess(model.problem, r, self.state.rows[r]), r)).collect();
        let mut sorted: Vec<f64> = excesses.iter().map(|e| e.0).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let all = sorted.get(largest - 1).copied().unwrap_or(0.0);
        let mut column = |cost: f64, start: f64| {
            self.columns.push(Column { cost, upper: f64::INFINITY, integer: false, start });
            Some(self.columns.len() - 1)
        };
        self.column_of_group[g] = column(group.weight * largest as f64, all);
        for (excess, r) in excesses.drain(..) {
            self.column_of_row[r] = column(group.weight, (excess - all).max(0.0));
        }
    }

    /// Hard rows, and soft ones of tiers up to this one.
    fn rows(&mut self) {
        let rows = &self.model.problem.rows;
        let (caps, _) = match self.hard {
            true => Default::default(),
            false => caps(self.model, self.state, self.task.limits),
        };
        for (r, row) in rows.rows.pairs() {
            let base = self.fixed[r] as f64 / row.target;
            let (lo, hi) = (row.lo / row.target - base, row.hi / row.target - base);
            let terms = std::mem::take(&mut self.row_terms[r]);
            match row.group {
                None if self.task.goal == Goal::Hard => self.breakable(&terms, lo, hi),
                None => self.constraints.push(Constraint { terms, lo, hi }),
                Some(g) if self.hard || rows.groups[g].tier > self.tier => {}
                Some(g) => {
                    let tier = rows.groups[g].tier;
                    let exact = self.exact.contains(&tier);
                    if self.model.problem.has_steps(tier) && !exact {
                        let held = row.limits.widened(row.target * caps[r]);
                        let (lo, hi) = (held.lo() / row.target - base, held.hi() / row.target - base);
                        self.constraints.push(Constraint { terms: terms.clone(), lo, hi });
                    }
                    match (self.column_of_group[g], self.column_of_row[r]) {
                        (None, Some(x)) if exact => {
                            self.at_least(&terms, &[(x, 1.0)], lo);
                            self.at_most(&terms, &[(x, -1.0)], hi);
                        }
                        (None, _) if self.model.problem.has_steps(tier) => {}
                        (None, _) => self.constraints.push(Constraint { terms, lo, hi }),
                        (Some(e), None) => {
                            self.at_least(&terms, &[(e, 1.0)], lo);
                            self.at_most(&terms, &[(e, -1.0)], hi);
                        }
                        (Some(e), Some(f)) => {
                            self.at_least(&terms, &[(e, 1.0), (f, 1.0)], lo);
                            self.at_most(&terms, &[(e, -1.0), (f, -1.0)], hi);
                        }
                    }
                }
            }
        }
    }

    /// A hard row with s[r] for each of its limits.
    fn breakable(&mut self, terms: &[(usize, f64)], lo: f64, hi: f64) {
        if lo.is_finite() {
            let breach = self.breach();
            self.at_least(terms, &[(breach, 1.0)], lo);
        }
        if hi.is_finite() {
            let breach = self.breach();
            self.at_most(terms, &[(breach, -1.0)], hi);
        }
    }

    /// A column for how far a row or budget is broken.
    fn breach(&mut self) -> usize {
        self.columns.push(Column { cost: 1.0, upper: f64::INFINITY, integer: false, start: 0.0 });
        self.columns.len() - 1
    }

    fn at_least(&mut self, terms: &[(usize, f64)], wider: &[(usize, f64)], lo: f64) {
        let terms = terms.iter().chain(wider).copied().collect();
        self.constraints.push(Constraint { terms, lo, hi: f64::INFINITY });
    }

    fn at_most(&mut self, terms: &[(usize, f64)], wider: &[(usize, f64)], hi: f64) {
        let terms = terms.iter().chain(wider).copied().collect();
        self.constraints.push(Constraint { terms, lo: f64::NEG_INFINITY, hi });
    }

    /// What each earlier tier is held to.
    fn earlier_tiers(&mut self) {
        let (model, task) = (self.model, self.task);
        let groups = &model.problem.rows.groups;
        let end = if self.hard { TierIndex::FIRST } else { self.tier };
        for s in (Span { start: TierIndex::FIRST, end }) {
            // Of a tier with steps these, or rows one by one, are held.
            let own = groups.pairs().filter(|(_, g)| g.tier == s && !model.problem.has_steps(s));
            let excesses = own.filter_map(|(g, group)| self.column_of_group[g].map(|c| (c, group.weight)));
            let mut terms: Vec<(usize, f64)> = excesses.collect();
            let mut constant = 0.0;
            if model.costs.has(s) {
                let stay = model.all_units().iter().filter(|&u| !self.is_free[u]);
                constant = stay.map(|u| model.costs.at(s, u, self.state.leaf_of[u])).sum();
                for ((unit, leaves), &start) in task.free.iter().zip(&self.first) {
                    let costs = leaves.iter().enumerate().map(|(i, &l)| (start + i, model.costs.at(s, *unit, l)));
                    terms.extend(costs.filter(|(_, c)| *c != 0.0));
                }
            }
            // In units of the limit where that is large (square kilometres), so that rows stay near 1.
            let scale = 1.0 / task.limits[s].abs().max(1.0);
            if !terms.is_empty() {
                terms.iter_mut().for_each(|(_, c)| *c *= scale);
                let hi = (task.limits[s] - constant) * scale + LIMIT_SLACK;
                self.constraints.push(Constraint { terms, lo: f64::NEG_INFINITY, hi });
            }
        }
    }

    /// Budgets but for those that the goal leaves out, with s[b] where breaches are minimised.
    fn budgets(&mut self) {
        let task = self.task;
        let left_out = |b: &BudgetIndex| matches!(task.goal, Goal::Sum { without, .. } if without.contains(b));
        let budgets = self.model.problem.rows.budgets.pairs();
        for (b, budget) in budgets.filter(|(b, _)| !left_out(b)) {
            let mut terms = Vec::new();
            for ((unit, leaves), &start) in task.free.iter().zip(&self.first) {
                let amounts = leaves.iter().enumerate().map(|(i, &l)| (start + i, budget.amount(*unit, l)));
                terms.extend(amounts.filter(|(_, a)| *a != 0).map(|(c, a)| (c, a as f64 / budget.whole)));
            }
            let hi = budget.most.saturating_sub(self.added[b]) as f64 / budget.whole;
            if task.goal == Goal::Hard {
                terms.push((self.breach(), -1.0));
            }
            self.constraints.push(Constraint { terms, lo: f64::NEG_INFINITY, hi });
        }
    }

    /// Brings the objective near 1 as well.
    fn finish(mut self, choices: usize) -> (Program, Vec<usize>) {
        let stay = self.model.all_units().iter().filter(|&u| !self.is_free[u]);
        let constant = stay.map(|u| self.objective(u, self.state.leaf_of[u])).sum::<f64>();
        let size = self.columns[..choices].iter().map(|c| c.cost.abs()).sum::<f64>();
        let scale = 1.0 / size.max(1.0) * (self.task.free.len().max(1) as f64);
        self.columns.iter_mut().for_each(|c| c.cost *= scale);
        let Writer { columns, constraints, first, .. } = self;
        (Program { columns, constraints, constant: constant * scale, scale }, first)
    }
}

/// Whether a tier has steps, and few enough up to tier `last` to be written out.
fn steps_are_few(problem: &Problem, of: TierIndex, last: TierIndex) -> bool {
    let rows: usize = problem.rows.groups.iter().filter(|g| g.tier == of).map(|g| g.rows.len()).sum();
    problem.has_steps(of) && rows * steps_up_to(problem, of, last).len() <= STEPPED_MAX
}

/// The tier and its steps up to tier `last`, with how many of the largest excesses each adds up.
fn steps_up_to(problem: &Problem, of: TierIndex, last: TierIndex) -> Vec<(TierIndex, usize)> {
    let all = problem.tiers.keys().iter().filter(|&s| s <= last).map(|s| (s, problem.bands_of(s)));
    all.filter(|(_, (tier, _))| *tier == of).map(|(s, (_, largest))| (s, largest)).collect()
}
