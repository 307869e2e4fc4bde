//! How the search went: of each tier the best value so far and what was proved so far, over time.

use super::Shown;
use super::chart::{Axis, Field, Named};
use super::proof::{Unit, counts_distances, decided, shown_in, title, unit};
use crate::run::Sample;
use carve_solver::plan::TierResult;
use std::fmt::Write;

/// Seconds from which on times are told in minutes.
const MINUTES_FROM: f64 = 240.0;
/// Part of the time after which values are shown to scale; higher ones before it would flatten all others.
const SETTLED: f64 = 0.04;
/// How much higher than all that is shown to scale the first values may be.
const FLATTENED: f64 = 2.5;
/// Moments in the table.
const ROWS_MAX: usize = 8;

/// How a tier went over time.
pub(super) struct Course {
    pub title: String,
    pub words: String,
    /// Empty: nothing changed, so there is nothing to draw.
    pub chart: String,
    /// A few moments: when, the best, what was proved.
    pub rows: Vec<[String; 3]>,
}

/// A tier as it stood from a moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moment {
    seconds: f64,
    best: Option<f64>,
    bound: Option<f64>,
}

/// Every tier's course, as far as the run told.
pub(super) fn courses(shown: &Shown<'_, '_>) -> Vec<Course> {
    let Some(run) = shown.run else { return Vec::new() };
    let tiers = &shown.answer.plan.tiers;
    let last = run.progress.last().map_or(0.0, |sample| sample.seconds).max(shown.answer.plan.solve_time.as_secs_f64());
    let moving = (0..tiers.len()).find(|&tier| counts_distances(&tiers[tier])).unwrap_or(tiers.len());
    let anchors_found = shown.answer.plan.nodes.iter().any(|node| node.anchor_found);
    // What is proved of distances holds for anchors, which the search may have moved.
    let holds = |tier: usize| !anchors_found || tier < moving;
    let moments = moments(&run.progress, tiers.len(), &holds);
    let course = |(index, (tier, moments)): (usize, (&TierResult, Vec<Moment>))| {
        let first = moments.iter().find(|moment| moment.best.is_some())?;
        let (unit, end) = (unit(tier), (decided(shown, index, tier), tier.bound));
        let words = words(first, &moments, end, unit);
        let varies = moments.iter().any(|m| m.best.is_some_and(|best| best > end.0 + 1e-9 * end.0.abs().max(1e-3)))
            || end.0 - end.1 > 1e-9 * end.0.abs();
        Some(Course {
            title: format!("{}. {}", index + 1, title(tier)),
            chart: if varies {
                chart(&moments, end, last, (unit, &words, measured(tier, unit)))
            } else {
                String::new()
            },
            rows: if varies { rows(&moments, end, last, unit) } else { Vec::new() },
            words,
        })
    };
    tiers.iter().zip(moments).enumerate().filter_map(course).collect()
}

/// The moments of each tier at which its best or its bound changed. A better value of a tier begins those below it anew:
/// theirs were of plans that are no longer good enough. `holds` says of which tiers a bound once proved stays one.
fn moments(progress: &[Sample], tiers: usize, holds: &dyn Fn(usize) -> bool) -> Vec<Vec<Moment>> {
    let mut moments: Vec<Vec<Moment>> = vec![Vec::new(); tiers];
    let mut anew = vec![false; tiers];
    for sample in progress.iter().filter(|sample| sample.tier < tiers) {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        let (best, bound) = (finite(sample.best), finite(sample.bound));
        let before = moments[sample.tier].last().copied();
        let (held, proved) = (before.and_then(|m| m.best), before.and_then(|m| m.bound));
        let is_better = best.is_some_and(|best| held.is_none_or(|held| best < held - 1e-9 * held.abs()));
        if is_better {
            anew[sample.tier + 1..].fill(true);
        }
        let is_anew = std::mem::take(&mut anew[sample.tier]);
        let best = if is_anew { best.or(held) } else { least(held, best) };
        let bound = if holds(sample.tier) { most(proved, bound) } else { bound.or(proved) };
        let moment = Moment { seconds: sample.seconds, best, bound };
        if before.is_none_or(|before| (before.best, before.bound) != (best, bound)) {
            moments[sample.tier].push(moment);
        }
    }
    moments
}

fn least(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::min)
}

fn most(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::max)
}

fn time(seconds: f64) -> String {
    if seconds >= MINUTES_FROM { format!("{:.1} min", seconds / 60.0) } else { format!("{seconds:.1} s") }
}

fn words(first: &Moment, moments: &[Moment], end: (f64, f64), unit: Unit) -> String {
    let start = first.best.unwrap_or(end.0);
    let bound = moments.iter().find(|moment| moment.bound.is_some_and(|bound| bound >= end.1 - 1e-9 * end.1.abs()));
    let proved = bound.map_or_else(
        || format!("proved at the end: none below {}", shown_in(unit, end.1)),
        |moment| format!("proved after {}: none below {}", time(moment.seconds), shown_in(unit, end.1)),
    );
    match shown_in(unit, start) == shown_in(unit, end.0) {
        true => format!("{} from the first plan on, after {}; {proved}", shown_in(unit, end.0), time(first.seconds)),
        false => format!(
            "from {} with the first plan, after {}, to {}; {proved}",
            shown_in(unit, start),
            time(first.seconds),
            shown_in(unit, end.0)
        ),
    }
}

/// What the axis of a tier's values is called.
fn measured(tier: &TierResult, unit: Unit) -> &'static str {
    let all = |kinds: &[&str]| {
        tier.criteria.iter().all(|criterion| kinds.iter().any(|kind| criterion.criterion.starts_with(kind)))
    };
    match unit {
        Unit::Part if all(&["balance", "mix"]) => "Worst excess over the bands, added up",
        Unit::Part if all(&["continuity"]) => "Changes owner",
        Unit::Part | Unit::Mixed => "Weighted sum of its parts",
        Unit::SquareKm => "Distance to the anchor, root mean square",
        Unit::Km => "Distance to the anchor, mean",
    }
}

fn chart(moments: &[Moment], end: (f64, f64), last: f64, (unit, label, name): (Unit, &str, &str)) -> String {
    let look = |value: f64| if unit == Unit::SquareKm { value.max(0.0).sqrt() } else { value };
    let settled = |moment: &&Moment| moment.seconds >= SETTLED * last;
    let of = |moment: &Moment| [moment.best, moment.bound].into_iter().flatten().map(look).collect::<Vec<_>>();
    let fold = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((look(end.1), look(end.0)), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (low, high) = fold(&mut moments.iter().flat_map(of));
    let (_, calm) = fold(&mut moments.iter().filter(settled).flat_map(of));
    // The lowest bound is often 0, and would flatten what came after it likewise.
    let proved = look(end.1);
    let low = if proved - low > FLATTENED * (high.min(calm) - proved).max(proved * 0.02) { proved * 0.98 } else { low };
    let high = if high - low > FLATTENED * (calm - low) { low + 1.2 * (calm - low) } else { high };
    let field = Field {
        x: Axis::to(if last >= MINUTES_FROM { last / 60.0 } else { last.max(1e-3) }),
        y: Axis::around(low, high),
    };
    let at = |seconds: f64| if last >= MINUTES_FROM { seconds / 60.0 } else { seconds };
    let line = |of: &dyn Fn(&Moment) -> Option<f64>, end: f64| {
        let told = moments.iter().filter_map(|moment| Some((at(moment.seconds), look(of(moment)?))));
        field.steps(&told.chain([(at(last), look(end))]).collect::<Vec<_>>(), at(last))
    };
    let mut inside = String::new();
    let _ = write!(
        inside,
        "<path class=\"bound\" d=\"{}\"/><path class=\"best\" d=\"{}\"/>",
        line(&|moment| moment.bound, end.1),
        line(&|moment| moment.best, end.0)
    );
    let (x_decimals, y_decimals) =
        (field.x.decimals(1.0), field.y.decimals(if unit == Unit::Part { 100.0 } else { 1.0 }));
    let x_text = |value: f64| format!("{value:.x_decimals$}");
    let y_text = |value: f64| match unit {
        Unit::Part => format!("{:.y_decimals$}\u{a0}%", value * 100.0),
        Unit::Km | Unit::SquareKm => format!("{value:.y_decimals$}\u{a0}km"),
        Unit::Mixed => format!("{value:.y_decimals$}"),
    };
    let x = Named { name: if last >= MINUTES_FROM { "Minutes of search" } else { "Seconds of search" }, text: &x_text };
    field.svg(&format!("{name} over time: {label}"), &x, &Named { name, text: &y_text }, &inside)
}

/// A few moments, the first and the last among them.
fn rows(moments: &[Moment], end: (f64, f64), last: f64, unit: Unit) -> Vec<[String; 3]> {
    let value = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| shown_in(unit, value));
    let every = moments.len().div_ceil(ROWS_MAX - 1).max(1);
    let some = moments.iter().step_by(every).map(|m| [time(m.seconds), value(m.best), value(m.bound)]);
    let mut rows: Vec<[String; 3]> = some.chain([[time(last), value(Some(end.0)), value(Some(end.1))]]).collect();
    rows.dedup_by(|a, b| a[1..] == b[1..]);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seconds: f64, tier: usize, best: f64, bound: f64) -> Sample {
        Sample { seconds, tier, best: Some(best), bound: Some(bound) }
    }

    #[test]
    fn the_best_so_far_falls_and_the_bound_so_far_rises_until_a_goal_above_is_better() {
        let progress = [
            sample(0.1, 0, 0.5, 0.1),
            sample(0.2, 1, 9.0, 3.0),
            sample(0.3, 1, 8.0, 2.0),
            sample(0.4, 1, 8.5, 4.0),
            // The first tier is better: what the second had is of a plan that is no more.
            sample(0.5, 0, 0.4, 0.05),
            sample(0.6, 1, 12.0, 1.0),
        ];
        let all = moments(&progress, 2, &|_| true);
        let told = |tier: usize| -> Vec<(f64, f64)> {
            all[tier].iter().map(|m| (m.best.unwrap_or(f64::NAN), m.bound.unwrap_or(f64::NAN))).collect()
        };
        assert_eq!(told(0), [(0.5, 0.1), (0.4, 0.1)]);
        assert_eq!(told(1), [(9.0, 3.0), (8.0, 3.0), (8.0, 4.0), (12.0, 4.0)]);
        // Of anchors that move a bound holds as long as they stand.
        let moved = moments(&progress, 2, &|tier| tier == 0);
        let bounds: Vec<Option<f64>> = moved[1].iter().map(|m| m.bound).collect();
        assert_eq!(bounds, [3.0, 2.0, 4.0, 1.0].map(Some));
    }

    #[test]
    fn a_tier_that_never_changes_is_told_in_words() {
        let first = Moment { seconds: 1.0, best: Some(0.0), bound: Some(0.0) };
        let text = words(&first, &[first], (0.0, 0.0), Unit::Part).replace('\u{a0}', " ");
        assert_eq!(text, "0 % from the first plan on, after 1.0 s; proved after 1.0 s: none below 0 %");
    }
}
