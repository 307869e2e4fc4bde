//! What a worker sends while it searches: better plans, and how far it is.

use super::frames::Frame;
use crate::encode;
use carve_proto::v1 as proto;
use carve_solver::plan::gap;
use carve_solver::{Observer, Phase, Plan, Progress};
use proto::run_progress::Phase as WirePhase;
use std::io::stdout;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shortest time between two improved plans sent, and between two frames of progress.
const SEND_EVERY: Duration = Duration::from_millis(250);
/// Sending improved plans takes at most this part of the time.
const SEND_PART: u32 = 20;
/// Frames of progress come ever more slowly, so that a long search has at most some thousands: one in this part of the time
/// that it has taken.
const PROGRESS_PART: u32 = 200;

/// Watches a search.
pub struct Watch<'a> {
    stop: &'a AtomicBool,
    started: Instant,
    /// When the search is to end.
    deadline: Instant,
    /// When the last plan was sent and how long that took.
    sent: Mutex<(Instant, Duration)>,
    progress: Mutex<Told>,
}

/// What was told of the search.
#[derive(Debug, Default)]
struct Told {
    at: Option<Instant>,
    now: proto::RunProgress,
    /// The last frame sent.
    sent: proto::RunProgress,
}

impl Watch<'_> {
    /// Nothing was told yet. `stop` is set when nobody reads any more. Near the deadline, plans are left to the answer.
    pub fn new(stop: &AtomicBool, deadline: Instant) -> Watch<'_> {
        let now = Instant::now();
        Watch { stop, started: now, deadline, sent: Mutex::new((now, Duration::ZERO)), progress: Mutex::default() }
    }

    /// Sends what was learned last, however soon that is after the frame before: nothing more comes.
    pub fn end(&self) {
        let mut told = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        told.at = None;
        self.tell(&mut told);
    }

    fn send(&self, frame: &Frame) {
        if frame.write(&mut stdout().lock()).is_err() {
            self.stop.store(true, Ordering::SeqCst);
        }
    }

    /// Sends how far the search is, if that is new and not too soon.
    fn tell(&self, told: &mut Told) {
        let elapsed = self.started.elapsed();
        let every = SEND_EVERY.max(elapsed / PROGRESS_PART);
        if told.at.is_some_and(|at| at.elapsed() < every) || told.now == told.sent {
            return;
        }
        told.at = Some(Instant::now());
        told.sent = told.now.clone();
        let frame = proto::RunProgress { elapsed_ms: elapsed.as_millis() as i64, ..told.now.clone() };
        self.send(&Frame::Progress(frame));
    }
}

impl Observer for Watch<'_> {
    fn progress(&self, progress: &Progress) {
        let mut told = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let told = &mut *told;
        learn(&mut told.now, progress);
        self.tell(told);
    }

    fn improved(&self, plan: &dyn Fn() -> Plan) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let first = sent.1 == Duration::ZERO;
        let left = self.deadline.saturating_duration_since(Instant::now());
        if !first && (sent.0.elapsed() < SEND_EVERY.max(sent.1 * SEND_PART) || left < sent.1 * 2) {
            return;
        }
        let started = Instant::now();
        let plan = plan();
        // A plan that does not pass its own check is no plan to fall back to.
        if plan.check.ok() {
            self.send(&Frame::Improved(encode::plan(&plan)));
            self.progress.lock().unwrap_or_else(PoisonError::into_inner).now.plan_in_hand = true;
        }
        *sent = (Instant::now(), started.elapsed().max(Duration::from_nanos(1)));
    }
}

/// Adds what the engine says.
fn learn(known: &mut proto::RunProgress, progress: &Progress) {
    known.set_phase(match progress.phase {
        Phase::Anchors => WirePhase::Anchors,
        Phase::Start => WirePhase::Start,
        Phase::Bound => WirePhase::Bound,
        Phase::Improve => WirePhase::Improve,
        Phase::Check => WirePhase::Check,
    });
    known.tier = progress.tier as i32;
    known.bands_met = progress.bands_met;
    if known.tiers.len() <= progress.tier {
        known.tiers.resize(progress.tier + 1, proto::TierProgress::default());
    }
    let tier = &mut known.tiers[progress.tier];
    tier.value = progress.best.or(tier.value);
    tier.bound = progress.bound.or(tier.bound);
    tier.gap = tier.value.zip(tier.bound).map(|(value, bound)| gap(value, bound));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_known_of_a_tier_stays_known() {
        let mut known = proto::RunProgress::default();
        let told = |tier, best, bound| Progress { phase: Phase::Bound, tier, best, bound, bands_met: true };
        learn(&mut known, &told(0, Some(4.0), None));
        learn(&mut known, &told(0, None, Some(3.0)));
        learn(&mut known, &told(1, None, None));
        assert_eq!(known.tiers[0], proto::TierProgress { value: Some(4.0), bound: Some(3.0), gap: Some(0.25) });
        assert_eq!((known.tier, known.tiers[1]), (1, proto::TierProgress::default()));
    }
}
