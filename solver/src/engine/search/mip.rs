//! Exact solves, and the one door to good_lp and HiGHS. The model is written out in `program`. Every answer is read as
//! an assignment and valued anew in whole numbers; HiGHS's own bound is believed only where it says that no assignment
//! meets the hard rules, or keeps more than another under them.

mod program;

use crate::engine::clock::Clock;
use crate::index::LeafIndex;
use crate::score::{Model, State};
use good_lp::solvers::highs::highs as highs_backend;
use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
use program::{Program, write};
use std::sync::mpsc;
use std::time::Duration;

pub(crate) use program::{Goal, Task};

/// Part of the time given that HiGHS is told of; it overshoots.
const HIGHS_PART: f64 = 0.85;

/// Branch-and-bound nodes when looking for a first plan and work is counted: a minute of HiGHS on a book of 1,000.
pub(crate) const HARD_NODES: i32 = 50_000;
/// How far HiGHS may leave a row or a whole number, and stop short of the best value: the models' coefficients are near
/// 1, and answers are valued anew in whole numbers.
const EXACT: f64 = 1e-9;
/// Work units of a call, whatever its size.
const CALL_WORK: u64 = 3_000;

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Leaf of each free unit, in the order of the task.
    pub leaves: Option<Vec<LeafIndex>>,
    /// HiGHS's bound on the objective.
    pub bound: f64,
    /// Solved within the gap.
    pub optimal: bool,
}

/// Solves the task around `state`. Units that are not free stay. `None` when HiGHS did not come back in time.
pub(crate) fn solve(model: &Model, state: &State, task: &Task, clock: &Clock) -> Option<Answer> {
    let (program, first) = write(model, state, task);
    let limit = task.limit.min(clock.left());
    let effort = Effort { limit: (limit.as_secs_f64() * HIGHS_PART).max(0.05), nodes: task.nodes, gap: task.gap };
    let solved = in_own_thread(program, effort, limit)?;
    clock.count(solved.work);
    Some(read(task, solved, &first))
}

/// How hard HiGHS works.
#[derive(Clone, Copy)]
struct Effort {
    /// Seconds.
    limit: f64,
    nodes: Option<i32>,
    gap: f64,
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
fn in_own_thread(program: Program, effort: Effort, limit: Duration) -> Option<Solved> {
    let (send, receive) = mpsc::channel();
    let run = move || {
        // Nobody listens any more when the limit has passed.
        let _ = send.send(run_highs(&program, effort));
    };
    std::thread::Builder::new().name("highs".into()).stack_size(16 << 20).spawn(run).ok()?;
    receive.recv_timeout(limit + Duration::from_millis(20)).ok().flatten()
}

fn run_highs(program: &Program, effort: Effort) -> Option<Solved> {
    let mut variables = ProblemVariables::new();
    let count = program.columns.len();
    let columns: Vec<Variable> = (program.columns.iter())
        .map(|given| {
            let column = variable().min(0.0);
            let column = if given.upper.is_finite() { column.max(given.upper) } else { column };
            variables.add(if given.integer { column.integer() } else { column })
        })
        .collect();
    // good_lp has no ranged rows: a row with two limits is an equality to a bounded variable.
    let ranged: Vec<Option<Variable>> = (program.constraints.iter())
        .map(|row| {
            (row.lo.is_finite() && row.hi.is_finite() && row.lo != row.hi)
                .then(|| variables.add(variable().bounds(row.lo..=row.hi)))
        })
        .collect();
    let objective: Expression =
        columns.iter().zip(&program.columns).filter(|(_, c)| c.cost != 0.0).map(|(&v, c)| v * c.cost).sum();
    let mut lp = variables.minimise(objective).using(highs_backend);
    for (row, range) in program.constraints.iter().zip(&ranged) {
        let sum: Expression = row.terms.iter().map(|&(c, k)| columns[c] * k).sum();
        match range {
            Some(range) => lp.add_constraint(constraint!(sum == *range)),
            None if row.lo == row.hi => lp.add_constraint(constraint!(sum == row.lo)),
            None if row.lo.is_finite() => lp.add_constraint(constraint!(sum >= row.lo)),
            None if row.hi.is_finite() => lp.add_constraint(constraint!(sum <= row.hi)),
            None => continue,
        };
    }
    let mut highs = lp.try_into_inner().ok()?;
    highs.make_quiet();
    highs.set_option("threads", 1);
    highs.set_option("parallel", "off");
    highs.set_option("time_limit", effort.limit);
    highs.set_option("mip_rel_gap", effort.gap);
    highs.set_option("mip_abs_gap", EXACT);
    highs.set_option("mip_feasibility_tolerance", EXACT);
    highs.set_option("primal_feasibility_tolerance", EXACT);
    if let Some(nodes) = effort.nodes {
        highs.set_option("mip_max_nodes", nodes);
    }
    let mut start: Vec<f64> = program.columns.iter().map(|c| c.start).collect();
    for (row, _) in program.constraints.iter().zip(&ranged).filter(|(_, r)| r.is_some()) {
        start.push(row.terms.iter().map(|&(c, k)| start[c] * k).sum());
    }
    highs.set_solution(Some(&start), None, None, None);
    let solved = highs.try_solve().ok()?;
    let optimal = solved.status() == highs::HighsModelStatus::Optimal;
    let feasible = solved.primal_solution_status() == highs::HighsSolutionStatus::Feasible;
    let bound = solved.double_info_value(c"mip_dual_bound").unwrap_or(f64::NEG_INFINITY);
    let solution = solved.get_solution();
    let iterations = u64::try_from(solved.simplex_iteration_count()).unwrap_or(0);
    Some(Solved {
        values: feasible.then(|| solution.columns()[..count].to_vec()),
        bound: (bound + program.constant) / program.scale,
        optimal,
        work: CALL_WORK + iterations * 60 + count as u64 * 20,
    })
}

fn read(task: &Task, solved: Solved, first: &[usize]) -> Answer {
    let chosen = |values: Vec<f64>| {
        let most = |leaves: &[LeafIndex], parts: &[f64]| {
            leaves[(0..leaves.len()).fold(0, |best, i| if parts[i] > parts[best] { i } else { best })]
        };
        let all = task.free.iter().zip(first);
        all.map(|((_, leaves), &start)| most(leaves, &values[start..start + leaves.len()])).collect()
    };
    Answer { bound: solved.bound, optimal: solved.optimal, leaves: solved.values.map(chosen) }
}
