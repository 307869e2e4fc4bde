//! When to stop: deadline, stop flag and work limit in one place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::plan::Limit;

/// Kept back from the deadline for checking and packing the answer.
const RESERVE_PART: f64 = 0.02;

/// Shared by all threads of a solve.
#[derive(Debug)]
pub(crate) struct Clock<'a> {
    started: Instant,
    deadline: Instant,
    stop: &'a AtomicBool,
    work: Arc<AtomicU64>,
    work_limit: Option<u64>,
}

impl<'a> Clock<'a> {
    pub fn new(deadline: Instant, stop: &'a AtomicBool, work_limit: Option<u64>) -> Clock<'a> {
        let started = Instant::now();
        let reserve = deadline.saturating_duration_since(started).mul_f64(RESERVE_PART) + Duration::from_millis(10);
        Clock {
            started,
            deadline: deadline.checked_sub(reserve).unwrap_or(started),
            stop,
            work: Arc::new(AtomicU64::new(0)),
            work_limit,
        }
    }

    /// The same clock with an earlier deadline, `slice` from now; the same one when work is counted.
    pub fn within(&self, slice: Duration) -> Clock<'a> {
        let deadline = if self.is_counted() { self.deadline } else { self.deadline.min(Instant::now() + slice) };
        Clock {
            started: self.started,
            deadline,
            stop: self.stop,
            work: Arc::clone(&self.work),
            work_limit: self.work_limit,
        }
    }

    /// Which limit has been reached, if one has.
    pub fn limit(&self) -> Option<Limit> {
        if self.stop.load(Ordering::Relaxed) {
            return Some(Limit::Stopped);
        }
        if self.work_limit.is_some_and(|limit| self.work.load(Ordering::Relaxed) >= limit) {
            return Some(Limit::Work);
        }
        (Instant::now() >= self.deadline).then_some(Limit::Time)
    }

    pub fn is_over(&self) -> bool {
        self.limit().is_some()
    }

    /// Counts work units; about a microsecond each.
    pub fn work(&self, units: u64) {
        self.work.fetch_add(units, Ordering::Relaxed);
    }

    /// Whether results must not depend on the time things take.
    pub fn is_counted(&self) -> bool {
        self.work_limit.is_some()
    }

    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
