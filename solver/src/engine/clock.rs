//! When to stop: deadline, stop flag and work limit in one place.

use super::observe::Control;
use super::relax::counts::Counts;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::plan::Limit;

/// Fraction of the time that is kept back for checking the answer.
const CHECKING_FRACTION: f64 = 0.02;
/// Seconds kept back for each cell of a book, to check and pack the answer: measured at a million accounts.
const CELL_SECONDS: f64 = 8e-8;
/// Fraction of the time that is kept back for packing, at most.
const PACKING_FRACTION_MAX: f64 = 0.5;

/// Shared by all threads of a solve.
#[derive(Debug)]
pub(crate) struct Clock<'a> {
    started: Instant,
    deadline: Instant,
    stop: &'a AtomicBool,
    work: AtomicU64,
    work_limit: Option<u64>,
    /// Work counted before this slice was cut from another clock.
    sliced_at: u64,
    /// How relaxations ended, in all slices.
    relaxations: Arc<Counts>,
}

impl<'a> Clock<'a> {
    /// `cells` is how much there is to go through when the answer is checked and packed: units times what each has of
    /// leaves and amounts.
    pub fn new(deadline: Instant, stop: &'a AtomicBool, work_limit: Option<u64>, cells: usize) -> Clock<'a> {
        let started = Instant::now();
        let time = deadline.saturating_duration_since(started);
        let packing = Duration::from_secs_f64(cells as f64 * CELL_SECONDS).min(time.mul_f64(PACKING_FRACTION_MAX));
        let reserve = time.mul_f64(CHECKING_FRACTION) + Duration::from_millis(10) + packing;
        Clock {
            started,
            deadline: deadline.checked_sub(reserve).unwrap_or(started),
            stop,
            work: AtomicU64::new(0),
            work_limit,
            sliced_at: 0,
            relaxations: Arc::default(),
        }
    }

    /// A clock for a fraction of what is left: of the work when work is counted, else of the time. It counts by itself, so
    /// that threads side by side do not see each other's work; give it back to [`Clock::absorb`].
    pub fn slice(&self, fraction: f64) -> Clock<'a> {
        let used = self.work.load(Ordering::Relaxed);
        let work_limit = self.work_limit.map(|limit| used + (limit.saturating_sub(used) as f64 * fraction) as u64);
        let deadline = if self.is_counted() {
            self.deadline
        } else {
            self.deadline.min(Instant::now() + self.left().mul_f64(fraction))
        };
        Clock {
            started: self.started,
            deadline,
            stop: self.stop,
            work: AtomicU64::new(used),
            work_limit,
            sliced_at: used,
            relaxations: Arc::clone(&self.relaxations),
        }
    }

    /// The same with `reserve` kept back from its time; all of it when work is counted.
    pub fn early(&self, reserve: Duration) -> Clock<'a> {
        let mut clock = self.slice(1.0);
        if !self.is_counted() {
            clock.deadline = clock.deadline.checked_sub(reserve).unwrap_or(self.started);
        }
        clock
    }

    /// Counts the work of a slice of this clock.
    pub fn absorb(&self, slice: &Clock) {
        self.count(slice.used());
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
    pub fn count(&self, units: u64) {
        self.work.fetch_add(units, Ordering::Relaxed);
    }

    /// Work counted since this slice was cut from another clock.
    pub fn used(&self) -> u64 {
        self.work.load(Ordering::Relaxed) - self.sliced_at
    }

    /// Work that is left to this clock; `u64::MAX` where none is counted.
    pub fn left_work(&self) -> u64 {
        self.work_limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.work.load(Ordering::Relaxed)))
    }

    /// How the solve's relaxations ended so far.
    pub fn relaxations(&self) -> &Counts {
        &self.relaxations
    }

    /// The fraction of what is left that so much of all that this clock had is, at most 1.
    pub fn of_all(&self, fraction: f64) -> f64 {
        let (all, left) = match self.work_limit {
            Some(limit) => (limit as f64, self.left_work() as f64),
            None => {
                let all = self.deadline.saturating_duration_since(self.started);
                (all.as_secs_f64(), self.left().as_secs_f64())
            }
        };
        if left > 0.0 { (all * fraction / left).min(1.0) } else { 1.0 }
    }

    /// Whether results must not depend on the time things take.
    pub fn is_counted(&self) -> bool {
        self.work_limit.is_some()
    }

    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The same end, for a solve by itself.
    pub fn control(&self) -> Control<'a> {
        Control { deadline: self.deadline, stop: self.stop }
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
