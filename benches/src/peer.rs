//! The peer: HiGHS on the whole model, stated as anybody would state it with good_lp. The one door to good_lp here.
//!
//! Sets        u families, l leaves, m measures
//! Variables   x[u,l] in {0,1}   family u goes to leaf l (the relaxation: between 0 and 1)
//!             e[m] >= 0         worst excess of measure m (left out where no excess is allowed)
//! Objective   min  sum of squared distances / accounts    (or, for tier 1 alone:  sum_m weight_m e[m])
//! Rows        sum_l x[u,l] = 1                                                     each family
//!             target (1 - tolerance - e[m]) <= sum_u a_m(u) x[u,l] <= target (1 + tolerance + e[m])
//!             sum_m weight_m e[m] <= limit                                         what tier 1 reached
//! Amounts are in percent of their measure's total.

use crate::model::Model;
use crate::span::{Span, Spent};
use good_lp::solvers::highs::{HighsProblem, highs};
use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
use std::time::Duration;

/// How far a sum of ones may be off, and a part be from 0 or 1.
const WHOLE: f64 = 1e-5;

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// Tier 1 alone: the weighted sum of the worst excesses.
    Excess,
    /// Mean squared distance in km², with at most so much excess.
    Compactness {
        /// What tier 1 reached; 0: every band is hard.
        excess_limit: f64,
    },
}

/// How HiGHS is to work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The relaxation alone.
    pub relaxed: bool,
    /// Told to HiGHS, which overshoots.
    pub time_limit: Duration,
    /// Relative gap at which it may stop.
    pub gap: f64,
    /// Threads; 0: one a core.
    pub threads: i32,
}

/// What HiGHS found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its own word.
    pub status: String,
    /// Seconds to state the model and hand it over.
    pub stated_s: f64,
    /// Its run alone.
    pub spent: Spent,
    /// The proved bound; the relaxation's value when it was solved.
    pub bound: Option<f64>,
    /// Leaf of each account; `None` when there is no whole plan.
    pub leaf_of: Option<Vec<usize>>,
}

/// HiGHS did not take the model, or failed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("HiGHS failed")]
pub struct PeerFailed;

/// States the model, calls `ready`, and runs HiGHS.
///
/// # Errors
/// When HiGHS fails; not when a limit ends it.
pub fn solve(model: &Model, goal: Goal, settings: Settings, ready: &dyn Fn()) -> Result<Found, PeerFailed> {
    let stating = Span::begin();
    let mut run = state(model, goal, settings.relaxed).try_into_inner().map_err(|_| PeerFailed)?;
    run.make_quiet();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if settings.threads > 0 { settings.threads } else { i32::try_from(cores).unwrap_or(1) };
    run.set_option("threads", threads);
    run.set_option("time_limit", settings.time_limit.as_secs_f64());
    run.set_option("mip_rel_gap", settings.gap);
    let stated_s = stating.end().seconds;

    ready();
    let span = Span::begin();
    let solved = run.try_solve().map_err(|_| PeerFailed)?;
    let spent = span.end();
    let status = format!("{:?}", solved.status());
    let bound = if settings.relaxed {
        Some(solved.objective_value()).filter(|_| status == "Optimal")
    } else {
        solved.double_info_value(c"mip_dual_bound").ok().filter(|bound| bound.is_finite())
    };
    let values = solved.get_solution();
    let leaf_of = whole(values.columns(), model.families.len(), model.leaves()).map(|leaf_of| model.spread(&leaf_of));
    Ok(Found { status, stated_s, spent, bound, leaf_of })
}

/// The model as HiGHS gets it.
fn state(model: &Model, goal: Goal, relaxed: bool) -> HighsProblem {
    let leaves = model.leaves();
    let mut variables = ProblemVariables::new();
    let part = if relaxed { variable().min(0).max(1) } else { variable().binary() };
    let x: Vec<Variable> = (0..model.families.len() * leaves).map(|_| variables.add(part.clone())).collect();
    let excess: Option<Vec<Variable>> = match goal {
        Goal::Compactness { excess_limit } if excess_limit <= 0.0 => None,
        _ => Some(model.bands.iter().map(|_| variables.add(variable().min(0))).collect()),
    };
    // good_lp has no ranged rows: a row with two limits is an equality to a bounded variable.
    let sums: Vec<Vec<Variable>> = (model.bands.iter())
        .map(|band| {
            let limits = |share: f64| 100.0 * share * (1.0 - band.tolerance)..=100.0 * share * (1.0 + band.tolerance);
            let sum = |&share: &f64| match excess {
                Some(_) => variable().min(0),
                None => variable().bounds(limits(share)),
            };
            model.shares.iter().map(|share| variables.add(sum(share))).collect()
        })
        .collect();
    let worst: Expression = excess.iter().flat_map(|e| e.iter().zip(&model.bands)).map(|(&e, b)| e * b.weight).sum();
    let objective = match goal {
        Goal::Excess => worst.clone(),
        Goal::Compactness { .. } => {
            let located = model.places.iter().flatten().count().max(1) as f64;
            let square = |column: usize| model.squares(column / leaves, model.anchors[column % leaves]) / located;
            x.iter().enumerate().map(|(column, &x)| x * square(column)).sum()
        }
    };
    let mut lp = variables.minimise(objective).using(highs);
    for parts in x.chunks(leaves) {
        lp.add_constraint(constraint!(parts.iter().sum::<Expression>() == 1));
    }
    for (m, sums) in sums.iter().enumerate() {
        hold(&mut lp, model, m, (&x, sums, excess.as_ref().map(|excess| excess[m])));
    }
    if let (Goal::Compactness { excess_limit }, Some(_)) = (goal, &excess) {
        lp.add_constraint(constraint!(worst <= excess_limit + 1e-9));
    }
    lp
}

/// Holds what every leaf has of band `m`'s measure to its sum, and the sum to the band, widened by the excess.
fn hold(lp: &mut HighsProblem, model: &Model, m: usize, columns: (&[Variable], &[Variable], Option<Variable>)) {
    let (x, sums, excess) = columns;
    let (band, leaves) = (&model.bands[m], model.leaves());
    let held: Vec<f64> =
        (0..model.families.len()).map(|family| 100.0 * model.amount(family, m) as f64 / band.total as f64).collect();
    for ((leaf, &share), &sum) in model.shares.iter().enumerate().zip(sums) {
        let terms = held.iter().enumerate().filter(|(_, held)| **held > 0.0);
        let load: Expression = terms.map(|(family, &held)| x[family * leaves + leaf] * held).sum();
        lp.add_constraint(constraint!(load == sum));
        if let Some(e) = excess {
            let target = 100.0 * share;
            lp.add_constraint(constraint!(sum - e * target <= target * (1.0 + band.tolerance)));
            lp.add_constraint(constraint!(sum + e * target >= target * (1.0 - band.tolerance)));
        }
    }
}

/// The leaf of each family; `None` when one is in parts, or nowhere.
fn whole(values: &[f64], families: usize, leaves: usize) -> Option<Vec<usize>> {
    let parts = values.get(..families * leaves)?.chunks(leaves);
    let leaf = |parts: &[f64]| {
        let alone = (parts.iter().sum::<f64>() - 1.0).abs() <= WHOLE;
        parts.iter().position(|part| (part - 1.0).abs() <= WHOLE).filter(|_| alone)
    };
    parts.map(leaf).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Band;
    use crate::score::score;
    use carve_solver::input::RawPlace;

    /// Five accounts of 3, 1, 1, 2, 2 on the equator at 0°, 1°, 2°, 4° and 5°; anchors at 0° and 5°.
    fn model(tolerance: f64) -> Model {
        let place = |longitude: f64| Some(RawPlace { latitude: 0.0, longitude });
        Model {
            families: (0..5).map(|account| vec![account]).collect(),
            places: [0.0, 1.0, 2.0, 4.0, 5.0].map(place).to_vec(),
            owners: vec![None; 5],
            bands: vec![Band { amounts: vec![3, 1, 1, 2, 2], total: 9, tolerance, weight: 1.0 }],
            shares: vec![0.5; 2],
            anchors: vec![place(0.0), place(5.0)],
        }
    }

    const SETTINGS: Settings = Settings { relaxed: false, time_limit: Duration::from_secs(60), gap: 0.0, threads: 1 };

    #[test]
    fn the_whole_model_gives_the_best_plan_and_its_bound() {
        // 5 and 4 of a target of 4.5: one ninth off at best, and the nearest split has it.
        let excess = solve(&model(0.01), Goal::Excess, SETTINGS, &|| {}).expect("it is solved");
        let best = 1.0 / 9.0 - 0.01;
        assert!(excess.bound.is_some_and(|bound| (bound - best).abs() < 1e-6), "{excess:?}");
        let goal = Goal::Compactness { excess_limit: best + 1e-9 };
        let found = solve(&model(0.01), goal, SETTINGS, &|| {}).expect("it is solved");
        assert_eq!(found.leaf_of.as_deref(), Some(&[0, 0, 0, 1, 1][..]), "{found:?}");
        let value = score(&model(0.01), &[0, 0, 0, 1, 1]).compactness;
        assert!(found.bound.is_some_and(|bound| (bound - value).abs() < 1e-6 * value), "{found:?} for {value}");
    }

    #[test]
    fn the_relaxation_has_a_bound_and_hard_bands_have_a_word() {
        let hard = Goal::Compactness { excess_limit: 0.0 };
        let relaxed = Settings { relaxed: true, ..SETTINGS };
        let found = solve(&model(0.01), hard, relaxed, &|| {}).expect("it is solved");
        let value = score(&model(0.01), &[0, 0, 0, 1, 1]).compactness;
        assert!(found.status == "Optimal" && found.bound.is_some_and(|bound| bound > value), "{found:?} for {value}");
        let none = solve(&model(0.01), hard, SETTINGS, &|| {}).expect("it is solved");
        assert_eq!((none.status.as_str(), none.leaf_of), ("Infeasible", None));
    }
}
