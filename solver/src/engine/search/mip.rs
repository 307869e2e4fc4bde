//! The mixed-integer model, and the one door to good_lp and HiGHS.
//!
//! Sets        u free units, l their candidate leaves, r rows, g groups (criterion, measure, level), b budgets
//! Variables   x[u,l] in {0,1}   unit u goes to leaf l
//!             e[g] >= 0         worst excess of group g (tiers up to t; 0 where the tier's limit is 0)
//!             s[r], s[b] >= 0   how far a hard row or budget is broken (only when looking for a first plan)
//! Objective   min  sum_g weight_g e[g] + sum_{u,l} c_t(u,l) x[u,l]            over the groups of tier t
//!             or   min  sum_{u,l} f(l) a(u) x[u,l]                             a load, to see what it can reach
//! Rows        sum_l x[u,l] = 1                                                 each free unit
//!             lo_r/T_r <= fixed_r + sum a_r(u) x[u,l] / T_r <= hi_r/T_r        hard rows
//!             the same, widened by e[g] on both sides                          soft rows of tiers up to t
//!             sum_g weight_g e[g] + sum c_s(u,l) x[u,l] <= limit_s             each earlier tier s
//!             added_b + sum m_b(u,l) x[u,l] <= most_b                          each budget
//! Units that are not free stay where the state has them and count as constants. T_r is the row's target, so that
//! all coefficients are near 1. Every answer is read as an assignment and valued anew in whole numbers; HiGHS's own
//! bound is believed only where it says that no assignment meets the hard rules, or keeps more than another under them.

use crate::engine::clock::Clock;
use crate::score::{Model, State};
use good_lp::solvers::highs::highs as highs_backend;
use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
use std::sync::mpsc;
use std::time::Duration;

/// Part of the time given that HiGHS is told of; it overshoots.
const HIGHS_PART: f64 = 0.85;

/// Branch-and-bound nodes when looking for a first plan and work is counted: a minute of HiGHS on a book of 1,000.
pub(crate) const HARD_NODES: i32 = 50_000;
/// Work units of a call, whatever its size.
const CALL_WORK: u64 = 3_000;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal<'a> {
    /// A plan that meets the hard rules: their breach is minimised.
    Hard,
    /// The least sum of a load times a factor for each leaf, as part of the load's total, within the hard rules but for
    /// some budgets.
    Sum { load: usize, factors: &'a [f64], without: &'a [usize] },
    /// The least value of this tier.
    Tier(usize),
}

/// One model to solve.
pub(crate) struct Task<'a> {
    pub goal: Goal<'a>,
    pub limits: &'a [f64],
    /// Free units with the leaves they may go to.
    pub free: &'a [(usize, Vec<usize>)],
    /// Wall-clock limit.
    pub limit: Duration,
    /// Limit on branch-and-bound nodes, for runs that must not depend on time.
    pub nodes: Option<i32>,
    pub gap: f64,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Leaf of each free unit, in the order of the task.
    pub leaves: Option<Vec<usize>>,
    /// HiGHS's bound on the objective.
    pub bound: f64,
    /// Solved within the gap.
    pub optimal: bool,
}

/// A row as numbers: terms, and limits on their sum.
struct Line {
    terms: Vec<(usize, f64)>,
    lo: f64,
    hi: f64,
}

/// The model as plain numbers, so that it can cross to the thread that owns HiGHS.
struct Numbers {
    /// Objective coefficient, upper bound, integrality and start value of each column.
    columns: Vec<(f64, f64, bool, f64)>,
    lines: Vec<Line>,
    constant: f64,
}

/// Solves the task around `state`. Units that are not free stay. `None` when HiGHS did not come back in time.
pub(crate) fn solve(model: &Model, state: &State, task: &Task, clock: &Clock) -> Option<Answer> {
    let (numbers, first) = write(model, state, task);
    let limit = task.limit.min(clock.left());
    let options = Options { limit: (limit.as_secs_f64() * HIGHS_PART).max(0.05), nodes: task.nodes, gap: task.gap };
    let solved = in_own_thread(numbers, options, limit)?;
    clock.count(solved.work);
    Some(read(task, solved, &first))
}

#[derive(Clone, Copy)]
struct Options {
    limit: f64,
    nodes: Option<i32>,
    gap: f64,
}

/// Columns of x in the order of `task.free`; returns the first column of each unit.
fn write(model: &Model, state: &State, task: &Task) -> (Numbers, Vec<usize>) {
    let problem = model.problem;
    let rows = &problem.rows;
    let (tier, hard) = match task.goal {
        Goal::Hard | Goal::Sum { .. } => (0, true),
        Goal::Tier(t) => (t, false),
    };
    let breaches = task.goal == Goal::Hard;
    let objective = |unit: usize, leaf: usize| match task.goal {
        Goal::Hard => 0.0,
        Goal::Sum { load, factors, .. } => {
            factors[leaf] * (model.amount(unit, load) as f64 / rows.loads[load].total as f64)
        }
        Goal::Tier(tier) => model.costs.at(tier, unit, leaf),
    };
    let mut columns = Vec::new();
    let mut first = Vec::new();
    let mut row_terms: Vec<Vec<(usize, f64)>> = vec![Vec::new(); rows.rows.len()];
    let mut fixed = state.rows.clone();
    let mut added = state.budgets.clone();
    let mut lines = Vec::new();
    let mut is_free = vec![false; model.units];
    for (unit, leaves) in task.free {
        is_free[*unit] = true;
        first.push(columns.len());
        let stays = state.leaf_of[*unit];
        model.rows_at(stays).for_each(|r| fixed[r] -= model.amount(*unit, rows.rows[r].load));
        for (used, budget) in added.iter_mut().zip(&rows.budgets) {
            *used -= budget.amount(*unit, stays);
        }
        let one: Vec<(usize, f64)> = (0..leaves.len()).map(|i| (columns.len() + i, 1.0)).collect();
        for &leaf in leaves {
            for r in model.rows_at(leaf) {
                let amount = model.amount(*unit, rows.rows[r].load);
                if amount != 0 {
                    row_terms[r].push((columns.len(), amount as f64 / rows.rows[r].target));
                }
            }
            columns.push((objective(*unit, leaf), 1.0, true, f64::from(leaf == stays)));
        }
        lines.push(Line { terms: one, lo: 1.0, hi: 1.0 });
    }
    let x = columns.len();
    let excess = if hard { Vec::new() } else { state.excess(model) };
    let mut column_of_group = vec![None; rows.groups.len()];
    for (g, group) in rows.groups.iter().enumerate().filter(|(_, g)| !hard && g.tier <= tier) {
        if group.tier == tier || task.limits[group.tier] > 0.0 {
            column_of_group[g] = Some(columns.len());
            let cost = if group.tier == tier { group.weight } else { 0.0 };
            columns.push((cost, f64::INFINITY, false, excess[g]));
        }
    }
    for (r, row) in rows.rows.iter().enumerate() {
        let base = fixed[r] as f64 / row.target;
        let (lo, hi) = (row.lo / row.target - base, row.hi / row.target - base);
        let terms = std::mem::take(&mut row_terms[r]);
        match row.group {
            None if breaches => {
                let with = |s: f64, columns: &mut Vec<_>| {
                    columns.push((1.0, f64::INFINITY, false, 0.0));
                    terms.iter().copied().chain([(columns.len() - 1, s)]).collect()
                };
                if lo.is_finite() {
                    lines.push(Line { terms: with(1.0, &mut columns), lo, hi: f64::INFINITY });
                }
                if hi.is_finite() {
                    lines.push(Line { terms: with(-1.0, &mut columns), lo: f64::NEG_INFINITY, hi });
                }
            }
            None => lines.push(Line { terms, lo, hi }),
            Some(g) if hard || rows.groups[g].tier > tier => {}
            Some(g) => match column_of_group[g] {
                None => lines.push(Line { terms, lo, hi }),
                Some(e) => {
                    let with = |s: f64| terms.iter().copied().chain([(e, s)]).collect();
                    lines.push(Line { terms: with(1.0), lo, hi: f64::INFINITY });
                    lines.push(Line { terms: with(-1.0), lo: f64::NEG_INFINITY, hi });
                }
            },
        }
    }
    let earlier = if hard { 0 } else { tier };
    for s in 0..earlier {
        let mut terms: Vec<(usize, f64)> = rows
            .groups
            .iter()
            .enumerate()
            .filter(|(_, g)| g.tier == s)
            .filter_map(|(g, group)| column_of_group[g].map(|c| (c, group.weight)))
            .collect();
        let mut constant = 0.0;
        if model.costs.has(s) {
            constant = (0..model.units).filter(|&u| !is_free[u]).map(|u| model.costs.at(s, u, state.leaf_of[u])).sum();
            for ((unit, leaves), &start) in task.free.iter().zip(&first) {
                terms.extend(
                    leaves
                        .iter()
                        .enumerate()
                        .map(|(i, &leaf)| (start + i, model.costs.at(s, *unit, leaf)))
                        .filter(|(_, c)| *c != 0.0),
                );
            }
        }
        // Earlier tiers in units of their limit where that is large (square kilometres), so that rows stay near 1.
        let scale = 1.0 / task.limits[s].abs().max(1.0);
        if !terms.is_empty() {
            terms.iter_mut().for_each(|(_, c)| *c *= scale);
            lines.push(Line { terms, lo: f64::NEG_INFINITY, hi: (task.limits[s] - constant) * scale + 1e-9 });
        }
    }
    let left_out = |b: &usize| matches!(task.goal, Goal::Sum { without, .. } if without.contains(b));
    for (b, budget) in rows.budgets.iter().enumerate().filter(|(b, _)| !left_out(b)) {
        let mut terms = Vec::new();
        for ((unit, leaves), &start) in task.free.iter().zip(&first) {
            let amounts = leaves.iter().enumerate().map(|(i, &l)| (start + i, budget.amount(*unit, l)));
            terms.extend(amounts.filter(|(_, a)| *a != 0).map(|(c, a)| (c, a as f64 / budget.whole)));
        }
        let hi = budget.most.saturating_sub(added[b]) as f64 / budget.whole;
        if breaches {
            terms.push((columns.len(), -1.0));
            columns.push((1.0, f64::INFINITY, false, 0.0));
        }
        lines.push(Line { terms, lo: f64::NEG_INFINITY, hi });
    }
    let constant = (0..model.units).filter(|&u| !is_free[u]).map(|u| objective(u, state.leaf_of[u])).sum::<f64>();
    // Objective near 1 as well.
    let scale = 1.0 / columns[..x].iter().map(|c| c.0.abs()).sum::<f64>().max(1.0) * (task.free.len().max(1) as f64);
    columns.iter_mut().for_each(|c| c.0 *= scale);
    (Numbers { columns, lines, constant: constant * scale }.scaled(scale), first)
}

impl Numbers {
    /// Notes the objective's scale in a last column fixed at 0, so that the answer can be scaled back.
    fn scaled(mut self, scale: f64) -> Numbers {
        self.columns.push((0.0, 0.0, false, scale));
        self
    }

    fn scale(&self) -> f64 {
        self.columns.last().map_or(1.0, |c| c.3)
    }
}

/// What HiGHS said, as numbers.
struct Solved {
    values: Option<Vec<f64>>,
    bound: f64,
    optimal: bool,
    work: u64,
}

/// Each solve has an OS thread of its own: HiGHS ties its scheduler to the thread, cannot be cancelled promptly, and
/// overshoots its limit. One that does not come back in time is left behind; the process ends it.
fn in_own_thread(numbers: Numbers, options: Options, limit: Duration) -> Option<Solved> {
    let (send, receive) = mpsc::channel();
    let run = move || {
        // Nobody listens any more when the limit has passed.
        let _ = send.send(run_highs(&numbers, options));
    };
    std::thread::Builder::new().name("highs".into()).stack_size(16 << 20).spawn(run).ok()?;
    receive.recv_timeout(limit + Duration::from_millis(20)).ok().flatten()
}

fn run_highs(numbers: &Numbers, options: Options) -> Option<Solved> {
    let mut variables = ProblemVariables::new();
    let count = numbers.columns.len() - 1;
    let columns: Vec<Variable> = (numbers.columns[..count].iter())
        .map(|&(_, upper, integer, _)| {
            let column = variable().min(0.0);
            let column = if upper.is_finite() { column.max(upper) } else { column };
            variables.add(if integer { column.integer() } else { column })
        })
        .collect();
    // good_lp has no ranged rows: a row with two limits is an equality to a bounded variable.
    let ranged: Vec<Option<Variable>> = (numbers.lines.iter())
        .map(|l| {
            (l.lo.is_finite() && l.hi.is_finite() && l.lo != l.hi)
                .then(|| variables.add(variable().bounds(l.lo..=l.hi)))
        })
        .collect();
    let objective: Expression =
        columns.iter().zip(&numbers.columns).filter(|(_, c)| c.0 != 0.0).map(|(&v, c)| v * c.0).sum();
    let mut lp = variables.minimise(objective).using(highs_backend);
    for (line, range) in numbers.lines.iter().zip(&ranged) {
        let sum: Expression = line.terms.iter().map(|&(c, k)| columns[c] * k).sum();
        match range {
            Some(range) => lp.add_constraint(constraint!(sum == *range)),
            None if line.lo == line.hi => lp.add_constraint(constraint!(sum == line.lo)),
            None if line.lo.is_finite() => lp.add_constraint(constraint!(sum >= line.lo)),
            None if line.hi.is_finite() => lp.add_constraint(constraint!(sum <= line.hi)),
            None => continue,
        };
    }
    let mut highs = lp.try_into_inner().ok()?;
    highs.make_quiet();
    highs.set_option("threads", 1);
    highs.set_option("parallel", "off");
    highs.set_option("time_limit", options.limit);
    highs.set_option("mip_rel_gap", options.gap);
    highs.set_option("mip_abs_gap", 1e-9);
    highs.set_option("mip_feasibility_tolerance", 1e-9);
    highs.set_option("primal_feasibility_tolerance", 1e-9);
    if let Some(nodes) = options.nodes {
        highs.set_option("mip_max_nodes", nodes);
    }
    let mut start: Vec<f64> = numbers.columns[..count].iter().map(|c| c.3).collect();
    for (line, _) in numbers.lines.iter().zip(&ranged).filter(|(_, r)| r.is_some()) {
        start.push(line.terms.iter().map(|&(c, k)| start[c] * k).sum());
    }
    highs.set_solution(Some(&start), None, None, None);
    let solved = highs.try_solve().ok()?;
    let scale = numbers.scale();
    let optimal = solved.status() == highs::HighsModelStatus::Optimal;
    let feasible = solved.primal_solution_status() == highs::HighsSolutionStatus::Feasible;
    let bound = solved.double_info_value(c"mip_dual_bound").unwrap_or(f64::NEG_INFINITY);
    let solution = solved.get_solution();
    let iterations = u64::try_from(solved.simplex_iteration_count()).unwrap_or(0);
    Some(Solved {
        values: feasible.then(|| solution.columns()[..count].to_vec()),
        bound: (bound + numbers.constant) / scale,
        optimal,
        work: CALL_WORK + iterations * 60 + count as u64 * 20,
    })
}

fn read(task: &Task, solved: Solved, first: &[usize]) -> Answer {
    let chosen = |values: Vec<f64>| {
        let most = |leaves: &[usize], parts: &[f64]| {
            leaves[(0..leaves.len()).fold(0, |best, i| if parts[i] > parts[best] { i } else { best })]
        };
        let all = task.free.iter().zip(first);
        all.map(|((_, leaves), &start)| most(leaves, &values[start..start + leaves.len()])).collect()
    };
    Answer { bound: solved.bound, optimal: solved.optimal, leaves: solved.values.map(chosen) }
}
