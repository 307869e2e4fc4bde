//! What balance or short ways cost in moves, as a chart: a part of `report.html` and a page of its own.

use super::chart::{Axis, Field, Named};
use super::many;
use super::proof::{Unit, shown_in};
use super::words::{count, spoken};
use super::{STYLE, clean, compact, pack};
use askama::Template;
use carve_solver::ValueUnit;
use carve_solver::inquiry::{Curve, CurvePoint};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Where in `report.html` the curve goes.
const MARKS: [&str; 2] = ["<!--curve-->", "<!--/curve-->"];
/// Radius of a point, and of the ring around the knee.
const DOT: f64 = 3.6;
const RING: f64 = 8.0;

/// A curve, and where the plan is on it whose page it is in: accounts that leave an owner who is a territory, and the value
/// of the tier that is shown. `None`: it is in no plan's page.
pub struct CurveShown<'a> {
    /// The curve.
    pub curve: &'a Curve,
    /// The plan.
    pub plan: Option<(i64, f64)>,
}

#[derive(Template)]
#[template(path = "curve.html")]
struct Section {
    title: &'static str,
    words: String,
    chart: String,
    rows: Vec<[String; 5]>,
}

#[derive(Template)]
#[template(path = "curve_page.html")]
struct Page {
    policy: String,
    style: String,
    title: &'static str,
    section: String,
}

/// Writes the curve as a page. Names are harmless in it, as in `report.html`.
///
/// # Errors
/// When `out` fails.
pub fn curve_html(shown: &CurveShown<'_>, out: &mut dyn Write) -> io::Result<()> {
    let style = compact(STYLE);
    let page = Page {
        policy: format!(
            "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'",
            pack::source(&style)
        ),
        style,
        title: title(shown.curve),
        section: section(shown)?,
    };
    let page = page.render().map_err(io::Error::other)?;
    out.write_all(clean(&page).as_bytes())
}

/// A `report.html` with the curve in its place, in that of any that was there before.
///
/// # Errors
/// When it is no page with such a place.
pub fn with_curve(report: &str, shown: &CurveShown<'_>) -> io::Result<String> {
    let parts = report.split_once(MARKS[0]).and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = parts.ok_or_else(|| io::Error::other("it has no place for a curve"))?;
    Ok(format!("{before}{}{}{}{after}", MARKS[0], clean(&section(shown)?), MARKS[1]))
}

fn section(shown: &CurveShown<'_>) -> io::Result<String> {
    let section = Section {
        title: title(shown.curve),
        words: words(shown),
        chart: chart(shown).unwrap_or_default(),
        rows: shown.curve.points.iter().enumerate().map(|(at, point)| row(shown.curve, at, point)).collect(),
    };
    section.render().map_err(io::Error::other)
}

fn title(curve: &Curve) -> &'static str {
    match curve.unit {
        ValueUnit::Km | ValueUnit::SquareKm => "What short ways cost in moves",
        ValueUnit::Excess | ValueUnit::Part | ValueUnit::Sum => "What balance costs in moves",
    }
}

fn unit(curve: &Curve) -> Unit {
    match curve.unit {
        ValueUnit::Excess | ValueUnit::Part => Unit::Part,
        ValueUnit::Km => Unit::Km,
        ValueUnit::SquareKm => Unit::SquareKm,
        ValueUnit::Sum => Unit::Mixed,
    }
}

fn whole(number: i64) -> String {
    count(usize::try_from(number).unwrap_or(0))
}

/// Value and bound of a point in the tier that is shown; `None`: there is no plan.
fn of(curve: &Curve, point: &CurvePoint) -> Option<(f64, f64)> {
    point.tiers.get(curve.shown).map(|tier| (tier.value, tier.bound))
}

fn words(shown: &CurveShown<'_>) -> String {
    let curve = shown.curve;
    let name = curve.tiers.get(curve.shown).map_or_else(String::new, |name| spoken(name));
    let mut text = format!(
        "The best plan for {name} with at most so many of the {} owned accounts moved, each point a search of its own.",
        whole(curve.owned)
    );
    text += match curve.shown {
        0 => " The full line is what was found, the broken one what was proved: no plan that moves so few is below it.",
        _ => {
            " The disc is what was found; no plan that moves so few, and is as good in what comes before, is below the foot of its line."
        }
    };
    if let Some(point) = curve.points.iter().rev().find(|point| point.is_infeasible) {
        let _ = write!(text, " No plan moves {} accounts or fewer: proved.", whole(point.most_moved));
    }
    let knee = curve.knee.and_then(|knee| curve.points.get(knee));
    let _ = match knee {
        Some(point) => {
            write!(text, " Most is gained by {} (ringed).", many(usize::try_from(point.moved).unwrap_or(0), "move"))
        }
        None => write!(text, " Moving gains nothing, or too few points say where it stops to pay."),
    };
    if let Some((moved, value)) = shown.plan {
        let _ = write!(
            text,
            " The diamond is the plan of this page: {} moves, {}.",
            whole(moved),
            shown_in(unit(curve), value)
        );
    }
    text
}

/// `None`: no point has a plan.
fn chart(shown: &CurveShown<'_>) -> Option<String> {
    let (curve, unit) = (shown.curve, unit(shown.curve));
    let look = |value: f64| if unit == Unit::SquareKm { value.max(0.0).sqrt() } else { value };
    let known: Vec<(f64, f64, f64)> = (curve.points.iter())
        .filter_map(|point| of(curve, point).map(|(value, bound)| (point.most_moved as f64, look(value), look(bound))))
        .collect();
    let plan = shown.plan.map(|(moved, value)| (moved as f64, look(value)));
    let all = known.iter().flat_map(|point| [point.1, point.2]).chain(plan.map(|plan| plan.1));
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    let last = known.last()?;
    let most = curve.points.last().map_or(last.0, |point| point.most_moved as f64).max(plan.map_or(0.0, |plan| plan.0));
    let field = Field { x: Axis::to(most.max(1.0)), y: Axis::around(low, high) };
    let mut inside = String::new();
    if curve.shown == 0 {
        let _ = write!(inside, "<path class=\"bound\" d=\"");
        for (at, &(x, _, bound)) in known.iter().enumerate() {
            let (x, y) = field.at(x, bound);
            // What is proved of more moves holds for fewer.
            let _ = if at == 0 { write!(inside, "M{x:.1} {y:.1}") } else { write!(inside, "V{y:.1}H{x:.1}") };
        }
        let line: Vec<(f64, f64)> = known.iter().map(|point| (point.0, point.1)).collect();
        let _ = write!(inside, "\"/><path class=\"best\" d=\"{}\"/>", field.steps(&line, last.0));
    } else {
        for &(x, value, bound) in &known {
            let ((x, top), (_, foot)) = (field.at(x, value), field.at(x, bound));
            let _ = write!(inside, "<path class=\"bound\" d=\"M{x:.1} {top:.1}V{foot:.1}m-4 0h8\"/>");
        }
    }
    for &(x, value, _) in &known {
        let (x, y) = field.at(x, value);
        let _ = write!(inside, "<circle class=\"spot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{DOT}\"/>");
    }
    let knee =
        curve.knee.and_then(|knee| curve.points.get(knee)).and_then(|p| Some((p.most_moved as f64, of(curve, p)?.0)));
    if let Some((x, value)) = knee {
        let (x, y) = field.at(x, look(value));
        let _ = write!(inside, "<circle class=\"knee\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RING}\"/>");
    }
    if let Some((x, y)) = plan.map(|(x, value)| field.at(x, value)) {
        let _ = write!(inside, "<path class=\"here\" d=\"M{x:.1} {:.1}l6 6-6 6-6-6z\"/>", y - 6.0);
    }
    let (x_decimals, y_decimals) =
        (field.x.decimals(1.0), field.y.decimals(if unit == Unit::Part { 100.0 } else { 1.0 }));
    let x_text = |value: f64| if x_decimals > 0 { format!("{value:.x_decimals$}") } else { whole(value as i64) };
    let y_text = |value: f64| match unit {
        Unit::Part => format!("{:.y_decimals$}\u{a0}%", value * 100.0),
        Unit::Km | Unit::SquareKm => format!("{value:.y_decimals$}\u{a0}km"),
        Unit::Mixed => format!("{value:.y_decimals$}"),
    };
    let name = match unit {
        Unit::Part => "Worst excess over the bands, added up",
        Unit::SquareKm => "Distance to the anchor, root mean square",
        Unit::Km => "Distance to the anchor, mean",
        Unit::Mixed => "Weighted sum of its parts",
    };
    let x = Named { name: "Accounts moved, at most", text: &x_text };
    Some(field.svg(&words(shown), &x, &Named { name, text: &y_text }, &inside))
}

fn row(curve: &Curve, at: usize, point: &CurvePoint) -> [String; 5] {
    let (value, bound, note) = match of(curve, point) {
        Some((value, bound)) => (shown_in(unit(curve), value), shown_in(unit(curve), bound), String::new()),
        None if point.is_infeasible => (String::new(), String::new(), "no plan moves so few: proved".into()),
        None => (String::new(), String::new(), "none found".into()),
    };
    let moved = if of(curve, point).is_some() { whole(point.moved) } else { String::new() };
    let note = if curve.knee == Some(at) { "the knee".into() } else { note };
    [whole(point.most_moved), moved, value, bound, note]
}

#[cfg(test)]
mod tests {
    use super::*;
    use carve_solver::inquiry::PointTier;

    fn curve(name: &str) -> Curve {
        let point = |most_moved: i64, value: f64, bound: f64| CurvePoint {
            most_moved,
            moved: most_moved,
            tiers: vec![PointTier { value, bound }],
            detail: String::new(),
            is_infeasible: false,
        };
        let none = CurvePoint { tiers: Vec::new(), is_infeasible: true, ..point(0, 0.0, 0.0) };
        Curve {
            tiers: vec![name.into()],
            shown: 0,
            place: 0,
            unit: ValueUnit::Excess,
            points: vec![none, point(10, 0.5, 0.4), point(50, 0.1, 0.1), point(100, 0.08, 0.05)],
            knee: Some(2),
            owned: 100,
        }
    }

    #[test]
    fn a_curve_has_its_points_its_knee_and_the_plan_and_its_names_are_text() {
        let curve = curve("balance <img onerror=x>");
        let mut page = Vec::new();
        curve_html(&CurveShown { curve: &curve, plan: None }, &mut page).expect("memory takes every byte");
        let page = String::from_utf8(page).expect("text");
        assert!(!page.contains("<img") && page.contains("no plan moves so few: proved"), "{page}");
        assert_eq!(page.matches("class=\"spot\"").count(), 3);
        assert_eq!((page.matches("class=\"knee\"").count(), page.matches("class=\"here\"").count()), (1, 0));
        let shown = CurveShown { curve: &curve, plan: Some((60, 0.09)) };
        let once = with_curve("a<!--curve--><!--/curve-->b", &shown).expect("there is a place");
        assert!(once.starts_with('a') && once.ends_with('b') && once.contains("60 moves, 9.0"), "{once}");
        // The next one takes its place.
        assert_eq!(with_curve(&once, &shown).expect("there is a place"), once);
        assert!(with_curve("no page of ours", &shown).is_err());
    }
}
