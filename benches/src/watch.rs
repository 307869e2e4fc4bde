//! Watches a solve: what was known of each tier when, as records and, if wanted, as lines.

use carve_solver::{Observer, Phase, Progress};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Takes a line of output. Only the program itself writes to the terminal.
pub type Out<'a> = &'a (dyn Fn(&str) + Sync);

/// What was known of a tier at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Since the watch began.
    pub at: Duration,
    /// The tier, 0-based.
    pub tier: usize,
    /// The value of the best plan so far.
    pub value: Option<f64>,
    /// The proved bound so far.
    pub bound: Option<f64>,
}

impl Moment {
    /// (value − bound) ÷ value, 0 when the value is 0; `None` while either is missing.
    pub fn gap(&self) -> Option<f64> {
        Some(gap(self.value?, self.bound?))
    }
}

/// (value − bound) ÷ value, never below 0; 0 when the value is 0.
pub fn gap(value: f64, bound: f64) -> f64 {
    if value > 0.0 { ((value - bound) / value).max(0.0) } else { 0.0 }
}

/// Keeps every moment at which something new was known, and shows it as a line when `out` is there.
pub struct Watch<'a> {
    started: Instant,
    out: Option<Out<'a>>,
    moments: Mutex<Vec<Moment>>,
}

impl<'a> Watch<'a> {
    /// Begins to watch.
    pub fn new(out: Option<Out<'a>>) -> Watch<'a> {
        Watch { started: Instant::now(), out, moments: Mutex::default() }
    }

    /// When it began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Every moment so far, in order.
    pub fn moments(&self) -> Vec<Moment> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Watch<'_> {
    fn progress(&self, progress: &Progress) {
        // These phases tell of no tier.
        if matches!(progress.phase, Phase::Anchors | Phase::Start | Phase::Check) && progress.best.is_none() {
            return;
        }
        let Progress { tier, best: value, bound, .. } = *progress;
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        if moments.last().is_some_and(|last| (last.tier, last.value, last.bound) == (tier, value, bound)) {
            return;
        }
        let moment = Moment { at: self.started.elapsed(), tier, value, bound };
        moments.push(moment);
        if let Some(out) = self.out {
            out(&line(&moment));
        }
    }
}

/// `progress 1.204 s  tier 2  value 442116.02  bound 440768.0`
fn line(moment: &Moment) -> String {
    // A bound below 0 says nothing more than 0 does.
    let number = |n: Option<f64>| n.map_or("-".into(), |n| format!("{:.6}", n.max(0.0)));
    let (value, bound) = (number(moment.value), number(moment.bound));
    format!("progress {:.3} s  tier {}  value {value}  bound {bound}", moment.at.as_secs_f64(), moment.tier + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_already_is_not_told_again() {
        let lines = Mutex::new(Vec::new());
        let out = |line: &str| lines.lock().expect("one thread").push(line.to_owned());
        let watch = Watch::new(Some(&out));
        let progress = Progress { phase: Phase::Improve, tier: 1, best: Some(4.0), bound: Some(3.0), bands_met: false };
        watch.progress(&Progress { phase: Phase::Anchors, tier: 0, best: None, bound: None, bands_met: false });
        watch.progress(&progress);
        watch.progress(&progress);
        watch.progress(&Progress { best: Some(3.0), ..progress });
        let gaps: Vec<Option<f64>> = watch.moments().iter().map(Moment::gap).collect();
        assert_eq!(gaps, [Some(0.25), Some(0.0)]);
        let lines = lines.lock().expect("one thread");
        assert!(lines.len() == 2 && lines[0].ends_with("tier 2  value 4.000000  bound 3.000000"), "{lines:?}");
    }
}
