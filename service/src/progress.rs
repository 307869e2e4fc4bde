//! Progress for people, on standard error: a line that renews itself on a terminal, else a line at once and then
//! now and then.

use crate::terminal::printable;
use carve_report::Sample;
use carve_solver::plan::gap;
use carve_solver::{Observer, Phase, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const RENEW: Duration = Duration::from_millis(100);
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Moments kept to draw how a search went; once there are so many every other is let go.
const SAMPLES_MAX: usize = 1_000;

/// Shows progress until it is dropped.
#[derive(Debug)]
pub struct Display {
    /// When the search ends at the latest; `None`: once more work gains little.
    deadline: Option<Instant>,
    /// `None` when standard error is no terminal.
    bar: Option<ProgressBar>,
    shown: Mutex<Shown>,
    started: Instant,
    course: Mutex<Course>,
}

/// How values and bounds of tiers went, in the order of time.
#[derive(Debug, Default)]
pub struct Course(Vec<Sample>);

impl Course {
    /// Keeps what is new.
    pub fn keep(&mut self, sample: Sample) {
        let Course(samples) = self;
        let Sample { tier, best, bound, .. } = sample;
        let is_known = |sample: &&Sample| sample.tier == tier;
        let known = samples.iter().rev().find(is_known).is_some_and(|last| (last.best, last.bound) == (best, bound));
        if known || best.is_none() && bound.is_none() {
            return;
        }
        if samples.len() >= SAMPLES_MAX {
            let mut odd = false;
            samples.retain(|_| {
                odd = !odd;
                odd
            });
        }
        samples.push(sample);
    }

    /// What was kept.
    pub fn samples(self) -> Vec<Sample> {
        self.0
    }
}

/// What was shown last, and what is known of tiers.
#[derive(Debug, Default)]
struct Shown {
    /// When the last line was shown.
    at: Option<Instant>,
    /// The gap that each tier was last told at; tiers before the one that is worked on are settled.
    gaps: Vec<Option<f64>>,
}

impl Display {
    /// Starts to show.
    pub fn new(deadline: Option<Instant>) -> Display {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}");
            let bar = ProgressBar::new_spinner().with_style(style.expect("the template is written out above"));
            bar.enable_steady_tick(RENEW);
            bar
        });
        Display { deadline, bar, shown: Mutex::default(), started: Instant::now(), course: Mutex::default() }
    }

    /// How values and bounds went so far, in the order of time.
    pub fn samples(&self) -> Vec<Sample> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn keep(&self, progress: &Progress) {
        let Progress { tier, best, bound, .. } = *progress;
        let seconds = self.started.elapsed().as_secs_f64();
        let mut course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        course.keep(Sample { seconds, tier, best, bound });
    }
}

impl Observer for Display {
    fn progress(&self, progress: &Progress) {
        self.keep(progress);
        let now = Instant::now();
        let every = if self.bar.is_some() { RENEW } else { LINE_EVERY };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.learn(progress);
        if shown.at.is_some_and(|shown| now.duration_since(shown) < every) {
            return;
        }
        shown.at = Some(now);
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(now));
        let text = printable(&text(progress, &shown.settled(progress.tier), left));
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None => eprintln!("{text}"),
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Shown {
    fn learn(&mut self, progress: &Progress) {
        if self.gaps.len() <= progress.tier {
            self.gaps.resize(progress.tier + 1, None);
        }
        if let (Some(best), Some(bound)) = (progress.best, progress.bound) {
            self.gaps[progress.tier] = Some(gap(best, bound));
        }
    }

    /// What is settled before `tier`, in words: what a plan that is stopped now has already.
    fn settled(&self, tier: usize) -> String {
        let gaps: Vec<f64> = self.gaps.iter().take(tier).map_while(|gap| *gap).collect();
        let worst = gaps.iter().fold(0.0_f64, |worst, gap| worst.max(*gap));
        match gaps.len() {
            0 => String::new(),
            1 => format!("tier 1 at a gap of {:.1} %", worst * 100.0),
            count => format!("tiers 1 to {count} at gaps of at most {:.1} %", worst * 100.0),
        }
    }
}

/// `improving · tier 2 · best 0.0213 · bound 0.018 · gap 15.5 % · every band met · tier 1 at a gap of 0.0 % · 12 s left, Ctrl-C keeps this plan`
fn text(progress: &Progress, settled: &str, left: Option<Duration>) -> String {
    let phase = match progress.phase {
        Phase::Anchors => "finding anchors",
        Phase::Start => "building a first plan",
        Phase::Bound => "proving bounds",
        Phase::Improve => "improving",
        Phase::Check => "checking",
    };
    let mut parts = vec![phase.to_owned(), format!("tier {}", progress.tier + 1)];
    parts.extend(progress.best.map(|best| format!("best {}", number(best))));
    parts.extend(progress.bound.map(|bound| format!("bound {}", number(bound))));
    if let (Some(best), Some(bound)) = (progress.best, progress.bound) {
        parts.push(format!("gap {:.1} %", gap(best, bound) * 100.0));
    }
    parts.extend(progress.bands_met.then(|| "every band met".to_owned()));
    parts.extend((!settled.is_empty()).then(|| settled.to_owned()));
    let kept = if progress.best.is_some() { ", Ctrl-C keeps this plan" } else { "" };
    let ends = left.map_or("ends once more work gains little".to_owned(), |left| format!("{} s left", left.as_secs()));
    parts.push(ends + kept);
    parts.join(" · ")
}

/// Four digits that mean something.
pub fn number(value: f64) -> String {
    let digits = if value == 0.0 || !value.is_finite() { 0.0 } else { value.abs().log10().floor() };
    let decimals = (3.0 - digits).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    // What rounds to nothing has no sign.
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is() {
        let progress =
            Progress { phase: Phase::Improve, tier: 1, best: Some(0.0213), bound: Some(0.018), bands_met: false };
        assert_eq!(
            text(&progress, "", Some(Duration::from_secs(12))),
            "improving · tier 2 · best 0.0213 · bound 0.018 · gap 15.5 % · 12 s left, Ctrl-C keeps this plan"
        );
        let mut shown = Shown::default();
        shown.learn(&Progress { phase: Phase::Improve, tier: 0, best: Some(0.5), bound: Some(0.4), ..progress });
        shown.learn(&progress);
        assert_eq!(shown.settled(0), "");
        assert_eq!(shown.settled(1), "tier 1 at a gap of 20.0 %");
        assert_eq!(shown.settled(2), "tiers 1 to 2 at gaps of at most 20.0 %");
        assert!(
            text(&Progress { bands_met: true, ..progress }, &shown.settled(1), Some(Duration::ZERO))
                .contains(" · every band met · tier 1 at a gap of 20.0 % · 0 s")
        );
        let start = Progress { phase: Phase::Start, tier: 0, best: None, bound: None, bands_met: false };
        assert_eq!(text(&start, "", Some(Duration::ZERO)), "building a first plan · tier 1 · 0 s left");
        assert_eq!(text(&start, "", None), "building a first plan · tier 1 · ends once more work gains little");
    }

    #[test]
    fn what_is_new_is_kept_and_of_much_every_other() {
        let display = Display::new(None);
        let at = |tier, best| Progress { phase: Phase::Improve, tier, best, bound: Some(0.1), bands_met: false };
        for progress in [at(0, None), at(0, Some(0.5)), at(1, Some(0.9)), at(0, Some(0.5)), at(0, Some(0.4))] {
            display.progress(&progress);
        }
        let kept: Vec<(usize, Option<f64>)> = display.samples().iter().map(|s| (s.tier, s.best)).collect();
        assert_eq!(kept, [(0, None), (0, Some(0.5)), (1, Some(0.9)), (0, Some(0.4))]);
        (0..10 * SAMPLES_MAX).for_each(|step| display.progress(&at(0, Some(step as f64))));
        assert!(display.samples().len() <= SAMPLES_MAX);
    }

    #[test]
    fn numbers_keep_four_digits() {
        for (value, text) in
            [(0.0, "0"), (0.021_34, "0.02134"), (1_234.5, "1234"), (12.5, "12.5"), (1e-12, "0"), (-1e-12, "0")]
        {
            assert_eq!(number(value), text);
        }
    }
}
