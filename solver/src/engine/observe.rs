//! When to stop, and who is told how far the work is.

use crate::plan::Plan;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub struct Control<'a> {
    /// The plan is back by then.
    pub deadline: Instant,
    /// Set to end early with the best plan.
    pub stop: &'a AtomicBool,
}

/// What the engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Anchors are being found.
    Anchors,
    /// A first plan is being built.
    Start,
    /// Bounds are being proved.
    Bound,
    /// The plan is being improved.
    Improve,
    /// The plan is being checked.
    Check,
}

/// How far the engine is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What it does.
    pub phase: Phase,
    /// The tier it works on, 0-based.
    pub tier: usize,
    /// The best value of that tier so far, if a plan is there.
    pub best: Option<f64>,
    /// The proved bound of that tier so far.
    pub bound: Option<f64>,
    /// Whether the best plan so far meets every band: a plan that is good already. No plan, or no bands: false.
    pub bands_met: bool,
}

/// Who watches.
pub trait Observer: Sync {
    /// Called now and then, from any thread; must return quickly.
    fn progress(&self, _progress: &Progress) {}
    /// Called when a better plan is there; calling `plan` builds the checked answer as of now.
    fn improved(&self, _plan: &dyn Fn() -> Plan) {}
}

impl Observer for () {}
