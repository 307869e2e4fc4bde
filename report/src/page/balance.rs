//! Before and after: every territory's part of each measure, as today's owners have it and as the plan has it, with the band
//! drawn in.

use super::Shown;
use super::today::Owner;
use super::words::{count, many, percent, short, short_of, signed, spoken};
use std::fmt::Write;

/// Rows of a panel; of more territories those that are farthest off.
const ROWS_MAX: usize = 60;
/// Width and height of a bar.
const WIDE: f64 = 200.0;
const HIGH: f64 = 16.0;
/// The widest deviation that a bar shows to scale.
const SHOWN_MAX: f64 = 0.5;

/// One measure.
pub(super) struct Panel {
    pub measure: String,
    /// `±5 %`; empty: it is not balanced.
    pub band: String,
    /// What came of it, in a sentence.
    pub verdict: String,
    pub rows: Vec<Row>,
    /// Owners who have no territory, and nobody: what they have today.
    pub others: Vec<(String, String)>,
    /// How many territories are not shown.
    pub hidden: String,
    /// What lies behind its bars.
    pub ground: String,
    /// What the ends of the bars stand for.
    pub ends: (String, String),
}

/// One territory.
pub(super) struct Row {
    pub node: usize,
    pub label: String,
    pub colour: String,
    pub before: String,
    pub before_off: String,
    pub bar: String,
    pub after: String,
    pub target: String,
    pub off: String,
    /// Whether it is outside its band.
    pub outside: bool,
}

/// How many territories are within all their bands, today and in the plan.
pub(super) struct Met {
    pub before: usize,
    pub after: usize,
    pub of: usize,
    pub banded: bool,
}

/// A panel for each measure, those that are balanced first.
pub(super) fn panels(shown: &Shown<'_, '_>) -> Vec<Panel> {
    let mut panels: Vec<Panel> = (0..shown.answer.measures.len()).map(|measure| panel(shown, measure)).collect();
    panels.sort_by_key(|panel| panel.band.is_empty());
    panels
}

/// What a territory has of a measure.
struct Held {
    node: usize,
    before: i64,
    after: i64,
    target: f64,
    before_off: Option<f64>,
    off: f64,
    tolerance: Option<f64>,
}

fn held(shown: &Shown<'_, '_>, measure: usize) -> Vec<Held> {
    let name = shown.answer.measures[measure].measure;
    let of_node = |(node, result): (usize, &carve_solver::plan::NodeResult)| {
        let after = result.measures.get(measure)?;
        let before = shown.today.amount(Owner::Territory(node), measure);
        let off = |amount: i64| (after.target > 0.0).then(|| (amount as f64 - after.target) / after.target);
        Some(Held {
            node,
            before,
            after: after.amount,
            target: after.target,
            before_off: off(before).filter(|_| shown.compares()),
            off: after.deviation,
            tolerance: shown.answer.tolerance(name, result.level),
        })
    };
    shown.answer.nodes_in_force().filter(|(_, node)| !node.outside_balance).filter_map(of_node).collect()
}

fn panel(shown: &Shown<'_, '_>, measure: usize) -> Panel {
    let of = shown.answer.measures[measure];
    let mut list = held(shown, measure);
    let tolerance = list
        .iter()
        .filter_map(|held| held.tolerance)
        .fold(None, |widest: Option<f64>, tolerance| Some(widest.map_or(tolerance, |widest| widest.max(tolerance))));
    let verdict = verdict(shown, &list, tolerance);
    let widest = list
        .iter()
        .flat_map(|held| [Some(held.off), held.before_off])
        .flatten()
        .fold(0.0, |most: f64, off| most.max(off.abs()));
    let scale = widest.max(tolerance.unwrap_or(0.0) * 2.0).clamp(0.02, SHOWN_MAX);
    let all = list.len();
    if all > ROWS_MAX {
        list.sort_by(|a, b| b.off.abs().total_cmp(&a.off.abs()).then(a.node.cmp(&b.node)));
        list.truncate(ROWS_MAX);
    }
    let hidden = match all.saturating_sub(ROWS_MAX) {
        0 => String::new(),
        more => format!("Shown are the {ROWS_MAX} farthest off; {} are in plan.json.", many(more, "more territory")),
    };
    let others = shown.today.others().map(|owner| {
        let amount = shown.today.amount(owner, measure);
        (shown.today.called(owner, shown.labels).to_owned(), short(amount, of.decimals))
    });
    Panel {
        measure: spoken(of.measure),
        band: tolerance
            .map_or(String::new(), |tolerance| format!("±{}", percent(tolerance).replace(".0\u{a0}%", "\u{a0}%"))),
        verdict,
        others: if shown.today.is_owned() { others.take(ROWS_MAX).collect() } else { Vec::new() },
        hidden,
        ground: ground(tolerance, scale),
        ends: (signed(-scale), signed(scale)),
        rows: list.iter().map(|held| row(shown, held, scale, of.decimals)).collect(),
    }
}

fn row(shown: &Shown<'_, '_>, held: &Held, scale: f64, decimals: u8) -> Row {
    let owned = shown.compares();
    Row {
        node: held.node,
        label: shown.labels.node(held.node).to_owned(),
        colour: shown.colour_class(held.node),
        before: if owned { short(held.before, decimals) } else { String::new() },
        before_off: held.before_off.map_or(String::new(), signed),
        bar: bar(held, scale, &shown.colour_class(held.node)),
        after: short(held.after, decimals),
        target: short_of(held.target, decimals),
        off: signed(held.off),
        outside: held.tolerance.is_some_and(|tolerance| held.off.abs() > tolerance + 1e-9),
    }
}

/// Where today's owner is (a ring) and where the plan is (a disc); what lies beyond the ends is an arrow there.
fn bar(held: &Held, scale: f64, class: &str) -> String {
    let y = HIGH / 2.0;
    let mut svg = String::new();
    let after = at(held.off, scale);
    if let Some(off) = held.before_off {
        let before = at(off, scale);
        let _ = write!(svg, "<path class=\"way\" d=\"M{before:.0} {y}H{after:.0}\"/>");
        let _ = match off.abs() > scale + 1e-9 {
            true if off > 0.0 => write!(svg, "<path class=\"was\" d=\"M{before:.0} 3l6 5-6 5z\"/>"),
            true => write!(svg, "<path class=\"was\" d=\"M{before:.0} 3l-6 5 6 5z\"/>"),
            false => write!(svg, "<circle class=\"was\" cx=\"{before:.0}\"/>"),
        };
    }
    let _ = write!(svg, "<circle class=\"is {class}\" cx=\"{after:.0}\"/>");
    svg
}

/// The band and the target, for the bars of a panel.
fn ground(tolerance: Option<f64>, scale: f64) -> String {
    let mut svg = String::new();
    if let Some(tolerance) = tolerance {
        let (from, to) = (at(-tolerance, scale), at(tolerance, scale));
        let _ = write!(svg, "<rect class=\"band\" x=\"{from:.1}\" width=\"{:.1}\" height=\"{HIGH}\"/>", to - from);
    }
    let _ = write!(svg, "<path class=\"target\" d=\"M{} 0V{HIGH}\"/>", WIDE / 2.0);
    svg
}

/// Where on a bar a deviation is.
fn at(off: f64, scale: f64) -> f64 {
    WIDE / 2.0 + (off / scale).clamp(-1.0, 1.0) * (WIDE / 2.0 - 7.0)
}

fn verdict(shown: &Shown<'_, '_>, list: &[Held], tolerance: Option<f64>) -> String {
    let worst = |off: &dyn Fn(&Held) -> f64| {
        list.iter().max_by(|a, b| off(a).abs().total_cmp(&off(b).abs())).map(|held| (held.node, off(held)))
    };
    let say = |(node, off): (usize, f64)| format!("{} at {}", shown.labels.node(node), signed(off));
    let Some(after) = worst(&|held| held.off) else { return String::new() };
    let mut text = match worst(&|held| held.before_off.unwrap_or(0.0)).filter(|_| shown.compares()) {
        Some(before) => format!("Farthest off: today {}, in the plan {}.", say(before), say(after)),
        None => format!("Farthest off: {}.", say(after)),
    };
    if tolerance.is_some() {
        let inside = |off: &dyn Fn(&Held) -> f64| {
            list.iter().filter(|held| held.tolerance.is_none_or(|t| off(held).abs() <= t + 1e-9)).count()
        };
        let (after, all) = (inside(&|held| held.off), list.len());
        let _ = match shown.compares() {
            true => write!(
                text,
                " Within the band: {} of {all} today, {after} in the plan.",
                inside(&|held| held.before_off.unwrap_or(0.0))
            ),
            false => write!(text, " Within the band: {} of {}.", count(after), count(all)),
        };
    }
    text
}

/// How many territories are within the bands of all measures.
pub(super) fn met(shown: &Shown<'_, '_>) -> Met {
    let lists: Vec<Vec<Held>> = (0..shown.answer.measures.len()).map(|measure| held(shown, measure)).collect();
    let of = lists.first().map_or(0, Vec::len);
    let inside = |place: usize, off: &dyn Fn(&Held) -> f64| {
        lists
            .iter()
            .all(|list| list.get(place).is_none_or(|held| held.tolerance.is_none_or(|t| off(held).abs() <= t + 1e-9)))
    };
    Met {
        before: (0..of).filter(|&place| inside(place, &|held| held.before_off.unwrap_or(f64::INFINITY))).count(),
        after: (0..of).filter(|&place| inside(place, &|held| held.off)).count(),
        of,
        banded: lists.iter().flatten().any(|held| held.tolerance.is_some()),
    }
}
