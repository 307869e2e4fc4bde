//! How long and how hard to work, as it was asked for.

use crate::finding::{Code, Finding, Place};
use crate::input::OptionsInput;
use crate::limits::{
    GAP_TARGET_DEFAULT, THREADS_MAX, TIME_LIMIT_COUNTED, TIME_LIMIT_DEFAULT, TIME_LIMIT_MAX, TIME_LIMIT_MIN,
    WORK_LIMIT_ACCOUNT, WORK_LIMIT_DEFAULT, WORK_LIMIT_LARGE, WORK_LIMIT_LEAST,
};
use std::time::Duration;

/// How long and how hard to work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    pub time_limit: Duration,
    pub gap_target: f64,
    pub seed: u64,
    /// `None`: no limit.
    pub work_limit: Option<u64>,
    /// Whether a search ends once more work gains little.
    pub by_returns: bool,
    pub threads: usize,
    /// Whether every stage is to be drawn by itself too.
    pub price_of_nesting: bool,
}

impl Options {
    /// What is asked for and has nothing to work on.
    pub fn without_use(&self, no_stages: bool) -> Option<Finding> {
        let text = "price_of_nesting compares planned stages with stages drawn by themselves, and the plan has no stages;                     give --stages, or leave it out";
        let place = Place::Plan("options.price_of_nesting".into());
        (self.price_of_nesting && no_stages).then(|| Finding::new(Code::OptionUnused, place, text))
    }
}

/// Whether nothing says how long to search: then it ends once more work gains little, counted in work and not in time, so
/// that runs repeat.
fn ends_by_returns(options: &OptionsInput) -> bool {
    !options.thorough && options.time_limit.is_none() && options.gap_target.is_none() && options.work_limit == 0
}

/// The work limit of a search that nothing else limits.
fn work_unless_given(accounts: usize) -> u64 {
    let accounts = accounts as u64;
    let small = WORK_LIMIT_ACCOUNT.saturating_mul(accounts).clamp(WORK_LIMIT_LEAST, WORK_LIMIT_DEFAULT);
    small.max(WORK_LIMIT_LARGE.saturating_mul(accounts))
}

/// The time limit that the options mean, in range or not.
pub fn time_limit(options: &OptionsInput) -> Duration {
    let counted = ends_by_returns(options) || options.work_limit > 0;
    options.time_limit.unwrap_or(if counted { TIME_LIMIT_COUNTED } else { TIME_LIMIT_DEFAULT })
}

/// Reads the options; those out of range are findings.
pub(super) fn read(options: &OptionsInput, accounts: usize, findings: &mut Vec<Finding>) -> Options {
    let mut fault = |name: &str, message: String| {
        findings.push(Finding::new(Code::OptionInvalid, Place::Plan(format!("options.{name}")), message))
    };
    let by_returns = ends_by_returns(options);
    let time_limit = time_limit(options);
    if !(TIME_LIMIT_MIN..=TIME_LIMIT_MAX).contains(&time_limit) {
        fault("time_limit", format!("time_limit is {time_limit:?}; give {TIME_LIMIT_MIN:?} to 24 h"));
    }
    let gap_target = options.gap_target.unwrap_or(GAP_TARGET_DEFAULT);
    if !(gap_target.is_finite() && gap_target >= 0.0) {
        fault("gap_target", format!("gap_target is {gap_target}; give 0 or more (0.0001 is 0.01 %)"));
    }
    if options.work_limit < 0 {
        fault("work_limit", format!("work_limit is {}; give 0 (no limit) or more", options.work_limit));
    }
    if !(0..=THREADS_MAX).contains(&options.threads) {
        fault("threads", format!("threads is {}; give 0 (one a core) to {THREADS_MAX}", options.threads));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Options {
        time_limit,
        gap_target,
        seed: options.seed,
        work_limit: u64::try_from(options.work_limit)
            .ok()
            .filter(|&w| w > 0)
            .or(by_returns.then(|| work_unless_given(accounts))),
        by_returns,
        price_of_nesting: options.price_of_nesting,
        threads: usize::try_from(options.threads).ok().filter(|&t| t > 0).unwrap_or(cores),
    }
}
