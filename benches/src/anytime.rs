//! One book from its files at several time limits, quiet or beside busy loops: what each tier has by then.

use crate::files::FilesError;
use crate::timing::median_of;
use crate::watch::Out;
use carve_service::cli::{BookArgs, OptionArgs, ShapeArgs};
use carve_service::files;
use carve_solver::{Control, Plan, carve};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What to solve, and how long.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The accounts.
    pub accounts: PathBuf,
    /// The plan file.
    pub plan: PathBuf,
    /// The time limits.
    pub limits: Vec<Duration>,
    /// Runs of each, of which the medians are told; seeds 0, 1, 2 …
    pub runs: usize,
    /// Loops that keep cores busy meanwhile.
    pub busy: usize,
}

/// What one run came to.
struct Run {
    seconds: f64,
    /// Value and bound of each tier; empty where there is no plan.
    tiers: Vec<(f64, f64)>,
}

/// Prints a line for each time limit: seconds until the answer, then value and bound of each tier.
///
/// # Errors
/// Input that is refused.
pub fn run(asked: &Asked, out: Out) -> Result<(), FilesError> {
    out("| limit s | busy loops | back s | tiers: value / bound |");
    out("|---|---|---|---|");
    for &limit in &asked.limits {
        let runs: Result<Vec<Run>, FilesError> =
            (0..asked.runs.max(1)).map(|seed| beside_loops(asked.busy, || solve(asked, limit, seed as u64))).collect();
        out(&line(limit, asked.busy, &runs?));
    }
    Ok(())
}

fn line(limit: Duration, busy: usize, runs: &[Run]) -> String {
    let of = |pick: &dyn Fn(&Run) -> Option<f64>| median_of(runs.iter().filter_map(pick).collect());
    let tiers = runs.iter().map(|run| run.tiers.len()).max().unwrap_or(0);
    let tier = |t: usize| {
        let value = of(&|run| run.tiers.get(t).map(|tier| tier.0)).unwrap_or(f64::NAN);
        let bound = of(&|run| run.tiers.get(t).map(|tier| tier.1)).unwrap_or(f64::NAN);
        format!("{value:.6} / {bound:.6}")
    };
    let tiers: Vec<String> = (0..tiers).map(tier).collect();
    let told = if tiers.is_empty() { "no plan".to_string() } else { tiers.join(" · ") };
    let seconds = of(&|run| Some(run.seconds)).unwrap_or(f64::NAN);
    format!("| {} | {busy} | {seconds:.2} | {told} |", limit.as_secs_f64())
}

/// From reading the files on, as a command would take it.
fn solve(asked: &Asked, limit: Duration, seed: u64) -> Result<Run, FilesError> {
    let started = Instant::now();
    let shape = ShapeArgs { plan: Some(asked.plan.clone()), ..ShapeArgs::default() };
    let options =
        OptionArgs { time_limit: Some(limit), work_limit: Some(0), seed: Some(seed), ..OptionArgs::default() };
    let loaded = files::load(&BookArgs::of(&asked.accounts), &shape, &options).map_err(FilesError::Input)?;
    let stop = AtomicBool::new(false);
    let plan: Plan = carve(&loaded.problem, &Control { deadline: started + limit, stop: &stop }, &());
    let tiers = plan.tiers.iter().map(|tier| (tier.value, tier.bound)).collect();
    Ok(Run { seconds: started.elapsed().as_secs_f64(), tiers })
}

/// Does something while so many threads do nothing of use.
fn beside_loops<T>(busy: usize, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..busy {
            scope.spawn(|| {
                let mut number = 1_u64;
                while !done.load(Ordering::Relaxed) {
                    number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
                }
            });
        }
        let made = work();
        done.store(true, Ordering::Relaxed);
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_median_of_each_tier() {
        let run = |seconds, value| Run { seconds, tiers: vec![(0.0, 0.0), (value, 1.0)] };
        let runs = [run(0.9, 3.0), run(1.1, 2.0), run(1.0, 9.0)];
        let told = line(Duration::from_secs(1), 2, &runs);
        assert_eq!(told, "| 1 | 2 | 1.00 | 0.000000 / 0.000000 · 3.000000 / 1.000000 |");
        let none = line(Duration::from_millis(500), 0, &[Run { seconds: 0.5, tiers: Vec::new() }]);
        assert_eq!(none, "| 0.5 | 0 | 0.50 | no plan |");
    }

    #[test]
    fn loops_end_with_the_work() {
        assert_eq!(beside_loops(2, || 7), 7);
    }
}
