//! A relaxation solved by HiGHS: what the simplex of this engine is held to in tests, and where it fails on a small
//! program, what stands in for it.

use crate::engine::relax::lp::{Lp, Sums};
use highs::{HighsModelStatus, RowProblem, Sense};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// How far HiGHS may be off in scaled rows and costs.
const TOLERANCE: f64 = 1e-10;

/// What HiGHS said of a program.
#[derive(Debug, Clone)]
pub(crate) enum Relaxed {
    Optimal {
        value: f64,
        /// Of every line.
        duals: Vec<f64>,
        /// Part of each unit at each leaf, units × leaves.
        parts: Vec<f64>,
    },
    Infeasible,
}

/// Solves the program as it stands; `None` where HiGHS did not say in time.
pub(crate) fn relax(lp: &Arc<Lp>, limit: Duration) -> Option<Relaxed> {
    let (send, receive) = mpsc::channel();
    let lp = Arc::clone(lp);
    let run = move || {
        // Nobody listens any more when the limit has passed.
        let _ = send.send(run(&lp, limit));
    };
    std::thread::Builder::new().name("highs".into()).stack_size(16 << 20).spawn(run).ok()?;
    receive.recv_timeout(limit + Duration::from_millis(20)).ok().flatten()
}

/// Costs are divided by a usual one.
fn run(lp: &Lp, limit: Duration) -> Option<Relaxed> {
    let mut problem = RowProblem::new();
    let mut columns = vec![None; lp.units.len() * lp.leaves];
    for (column, &cost) in columns.iter_mut().zip(&lp.cost).filter(|(_, c)| c.is_finite()) {
        *column = Some(problem.add_column(cost / lp.usual, 0.0..));
    }
    let excess: Vec<_> = lp.columns.iter().map(|c| problem.add_column(c.cost / lp.usual, c.lo..=c.hi)).collect();
    for own in columns.chunks(lp.leaves) {
        problem.add_row(1.0..=1.0, own.iter().flatten().map(|c| (*c, 1.0)));
    }
    for (r, line) in lp.lines.iter().enumerate() {
        let at = |i: usize| (i / lp.leaves, i % lp.leaves);
        let coefficient = |i: usize| match &line.sums {
            Sums::Load { load, leaves } if leaves.contains(&at(i).1) => lp.amounts[at(i).0 * lp.loads + load],
            Sums::Weighted { load, factors } => lp.amounts[at(i).0 * lp.loads + load] * factors[at(i).1],
            Sums::Dense(d) => lp.dense[*d][i],
            Sums::Cut => lp.cut_terms.at(at(i).0, at(i).1).find(|term| term.0 == r).map_or(0.0, |term| term.1),
            _ => 0.0,
        };
        let units = columns.iter().enumerate().filter_map(|(i, c)| c.map(|c| (c, coefficient(i))));
        let own = |(column, e): (&crate::engine::relax::lp::Column, _)| {
            let k: f64 = column.terms.iter().filter(|(at, _)| *at == r).map(|t| t.1).sum();
            (e, k)
        };
        let terms = units.chain(lp.columns.iter().zip(excess.iter().copied()).map(own)).filter(|(_, k)| *k != 0.0);
        problem.add_row(line.lo..=line.hi, terms);
    }
    let mut model = problem.try_optimise(Sense::Minimise).ok()?;
    model.make_quiet();
    model.set_option("threads", 1);
    model.set_option("parallel", "off");
    model.set_option("time_limit", limit.as_secs_f64());
    model.set_option("primal_feasibility_tolerance", TOLERANCE);
    model.set_option("dual_feasibility_tolerance", TOLERANCE);
    let solved = model.try_solve().ok()?;
    match solved.status() {
        HighsModelStatus::Optimal => {
            let solution = solved.get_solution();
            let mut values = solution.columns().iter();
            let mut value = || values.next().copied().unwrap_or(0.0);
            let parts = columns.iter().map(|c| c.map_or(0.0, |_| value())).collect();
            let duals = solution.dual_rows()[lp.units.len()..].iter().map(|d| d * lp.usual).collect();
            Some(Relaxed::Optimal { value: lp.constant + solved.objective_value() * lp.usual, duals, parts })
        }
        HighsModelStatus::Infeasible => Some(Relaxed::Infeasible),
        _ => None,
    }
}
