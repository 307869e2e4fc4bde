//! Time and memory of one piece of work.

use crate::memory;
use serde_derive::{Deserialize, Serialize};
use std::time::Instant;

/// What a piece of work took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Wall-clock seconds.
    pub seconds: f64,
    /// What the process held when the work began, MB: book and model among it.
    pub before_mb: Option<f64>,
    /// The most the process held at once during the work, MB.
    pub peak_mb: Option<f64>,
}

/// Work that has begun.
#[derive(Debug)]
pub struct Span {
    before_mb: Option<f64>,
    started: Instant,
}

impl Span {
    /// Begins: the peak of memory and the time count from here.
    pub fn begin() -> Span {
        memory::forget_peak();
        Span { before_mb: memory::held_mb(), started: Instant::now() }
    }

    /// Ends.
    pub fn end(self) -> Spent {
        let seconds = self.started.elapsed().as_secs_f64();
        Spent { seconds, before_mb: self.before_mb, peak_mb: memory::peak_mb() }
    }
}
