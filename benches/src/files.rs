//! One book from its files, as `carve solve` reads them: value, bound, gap and time of every tier.

use crate::memory;
use crate::watch::{Moment, Out, Watch};
use carve_service::cli::{BookArgs, OptionArgs, ShapeArgs};
use carve_service::terminal::Terminal;
use carve_service::{files, findings};
use carve_solver::plan::TierResult;
use carve_solver::{Control, Plan, carve, check};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What to solve and how.
#[derive(Debug, Default)]
pub struct Asked {
    /// The accounts.
    pub accounts: PathBuf,
    /// The plan file.
    pub plan: PathBuf,
    /// Options that override the plan file's.
    pub options: OptionArgs,
    /// Where to write assignments.csv; `None`: nowhere.
    pub assignments: Option<PathBuf>,
    /// Whether to show lines of progress.
    pub progress: bool,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The accounts or the plan file are refused.
    #[error("{}", findings::to_text(.0, Terminal::PLAIN).trim_end())]
    Input(findings::Findings),
    /// The checker refuses the plan.
    #[error("the checker refuses the plan: {0:?}")]
    Refused(Vec<String>),
    /// There is no plan.
    #[error("there is no plan: {0}")]
    NoPlan(String),
    /// assignments.csv cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads, solves, checks and tells. The tiers' times are those of their last news.
///
/// # Errors
/// Input that is refused, a plan that is not there or not right, a file that cannot be written.
pub fn run(asked: &Asked, out: Out) -> Result<Plan, FilesError> {
    let started = Instant::now();
    let shape = ShapeArgs { plan: Some(asked.plan.clone()), ..ShapeArgs::default() };
    let loaded = files::load(&BookArgs::of(&asked.accounts), &shape, &asked.options).map_err(FilesError::Input)?;
    let problem = &loaded.problem;
    out(&format!("read {:.3} s  accounts {}", started.elapsed().as_secs_f64(), problem.account_count()));

    let watch = Watch::new(asked.progress.then_some(out));
    let stop = AtomicBool::new(false);
    let control = Control { deadline: watch.started() + problem.time_limit(), stop: &stop };
    let plan = carve(problem, &control, &watch);
    let elapsed = watch.started().elapsed();
    if !plan.has_assignments() {
        return Err(FilesError::NoPlan(plan.termination.detail));
    }

    let started = Instant::now();
    let again = check(problem, &plan);
    if !again.ok() {
        return Err(FilesError::Refused(again.faults));
    }
    let checked = started.elapsed();
    let moments = watch.moments();
    for (t, tier) in plan.tiers.iter().enumerate() {
        out(&line(t, tier, last_news(&moments, t)));
    }
    let peak = memory::peak_mb().map_or("-".into(), |mb| format!("{mb:.0} MB"));
    let why = match plan.termination.limit {
        Some(limit) => format!("{:?} ({limit:?})", plan.termination.reason),
        None => format!("{:?}", plan.termination.reason),
    };
    let (solved, checked) = (elapsed.as_secs_f64(), checked.as_secs_f64());
    out(&format!("solved {solved:.3} s  {why}  checked again in {checked:.3} s  peak {peak}"));
    write(asked, &plan)?;
    Ok(plan)
}

fn last_news(moments: &[Moment], tier: usize) -> Option<Duration> {
    moments.iter().rfind(|moment| moment.tier == tier).map(|moment| moment.at)
}

/// `tier 2  value 442116.0  bound 440768.0  gap 0.3049 %  worst deviation 1.99 %  at 3.871 s`
fn line(t: usize, tier: &TierResult, at: Option<Duration>) -> String {
    let worst = tier.criteria.iter().filter(|c| !c.worst_node_id.is_empty()).map(|c| c.worst_deviation);
    let worst = worst.reduce(f64::max).map_or(String::new(), |w| format!("  worst deviation {:.2} %", w * 100.0));
    let at = at.map_or("-".into(), |at| format!("{:.3} s", at.as_secs_f64()));
    let (value, bound, gap) = (tier.value, tier.bound, tier.gap * 100.0);
    format!("tier {}  value {value:.6}  bound {bound:.6}  gap {gap:.4} %{worst}  at {at}", t + 1)
}

fn write(asked: &Asked, plan: &Plan) -> Result<(), FilesError> {
    let Some(path) = &asked.assignments else { return Ok(()) };
    let written = std::fs::File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        carve_report::assignments_csv(plan, &mut file)?;
        file.flush()
    });
    written.map_err(|source| FilesError::NotWritten { path: path.clone(), source })
}
