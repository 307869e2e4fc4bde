//! How relaxations ended: a solve counts them, so that none fails in silence.

use crate::plan::Relaxations;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counted by all threads of a solve.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    solved: AtomicU64,
    failed: AtomicU64,
    by_highs: AtomicU64,
}

impl Counts {
    /// The simplex reached an optimum, or the proof that there is none.
    pub fn solved(&self) {
        self.solved.fetch_add(1, Ordering::Relaxed);
    }

    /// The simplex reached neither.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// HiGHS stood in for a simplex that failed.
    pub fn by_highs(&self) {
        self.by_highs.fetch_add(1, Ordering::Relaxed);
    }

    /// As of now.
    pub fn total(&self) -> Relaxations {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Relaxations { solved: load(&self.solved), failed: load(&self.failed), by_highs: load(&self.by_highs) }
    }
}
