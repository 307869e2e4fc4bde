//! The map as SVG, for who reads the page without its script, and on paper: the ground of territories, borders, accounts,
//! homes and labels. The script draws the ground from the same paths.

use super::Shown;
use super::cells::Cells;
use super::frame::Frame;
use super::outlines::{Outline, outlines};
use super::views::View;
use super::words::many;
use askama::filters::{Escaper, Html};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::{self, Write};

/// Width of the drawing; its height follows.
pub(super) const WIDTH: f64 = 1000.0;
/// Accounts drawn, of many every so many-th: the drawing is for an overview.
const DRAWN_MAX: usize = 700;
/// How far from their place accounts are drawn that share it.
const SPREAD_MAX: f64 = 22.0;
/// Height of letters, and how wide one is for it.
const LETTER: f64 = 15.0;
const LETTER_WIDTH: f64 = 0.58;
/// Territories with a label: more would hide the map.
const LABELLED_MAX: usize = 80;
/// From more territories on labels are short and at their place or just beside it; one without room is left out.
const MANY: usize = 40;
/// Letters of a label, and of one of many.
const LETTERS: [usize; 2] = [18, 12];
/// Places aside that labels of many try.
const ASIDE_OF_MANY: usize = 3;
/// Where a label goes that has no room at its place, in letters: right, down.
const ASIDE: [(f64, f64); 13] = [
    (0.0, 0.0),
    (0.0, -1.4),
    (0.0, 1.4),
    (3.0, -0.8),
    (-3.0, -0.8),
    (3.0, 0.8),
    (-3.0, 0.8),
    (0.0, -2.8),
    (0.0, 2.8),
    (5.0, -2.0),
    (-5.0, -2.0),
    (5.0, 2.0),
    (-5.0, 2.0),
];

/// A view drawn.
pub(super) struct Drawn {
    pub svg: String,
    /// For each node the middle of its ground, in steps, and how deep it lies inside, in thirds of a cell.
    pub poles: BTreeMap<usize, [u32; 3]>,
}

/// What all views share: land, borders and the accounts of each leaf, to be named by `use`.
pub(super) fn shapes(shown: &Shown<'_, '_>, frame: &Frame) -> String {
    let scale = Scale::of(frame);
    let mut out =
        String::from("<svg class=\"shapes\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>");
    let land = scale.lines(&frame.land, true);
    let borders = scale.lines(&frame.borders, false);
    let _ = write!(
        out,
        "<path id=\"land\" d=\"{land}\"/><clipPath id=\"coast\"><use href=\"#land\"/></clipPath><path id=\"borders\" d=\"{borders}\"/>"
    );
    let every = shown.accounts.len().div_ceil(DRAWN_MAX).max(1);
    let mut by_leaf: BTreeMap<usize, Vec<(i64, i64)>> = BTreeMap::new();
    let mut at: HashMap<(u16, u16), usize> = HashMap::new();
    for &account in shown.accounts.iter().step_by(every) {
        if let Some((x, y)) = frame.points[account] {
            let before = at.entry((x, y)).or_insert(0);
            let ((x, y), (right, down)) = (scale.at((f64::from(x), f64::from(y))), aside(*before));
            *before += 1;
            by_leaf.entry(shown.views.leaf[account]).or_default().push((x + right, y + down));
        }
    }
    for (leaf, mut points) in by_leaf {
        points.sort_unstable();
        points.dedup();
        let _ = write!(out, "<path id=\"p{leaf}\" d=\"");
        let mut before = (0, 0);
        for (x, y) in points {
            let _ = write!(out, "m{} {}h0", x - before.0, y - before.1);
            before = (x, y);
        }
        out += "\"/>";
    }
    out + "</defs></svg>"
}

/// One view.
pub(super) fn draw(shown: &Shown<'_, '_>, frame: &Frame, cells: &Cells, index: usize) -> Result<Drawn, fmt::Error> {
    let (view, scale) = (&shown.views.views[index], Scale::of(frame));
    let outlines = outlines(cells, index);
    let mut poles = BTreeMap::new();
    let mut svg = String::new();
    let title = match view.stage {
        Some(stage) => format!("Map of the stage of {}", many(stage.count, "territory")),
        None => format!("Map of {}", many(view.nodes.len(), "territory")),
    };
    write!(
        svg,
        "<svg class=\"map\" data-view=\"{index}\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{title}\">",
        scale.height.round()
    )?;
    svg += "<use href=\"#land\" class=\"land\"/><g clip-path=\"url(#coast)\">";
    for (&node, outline) in in_order(&outlines) {
        let rings: Vec<Vec<(f64, f64)>> =
            outline.rings.iter().map(|ring| ring.iter().map(|at| cells.grid.corner(at.0, at.1)).collect()).collect();
        let path = scale.lines(&rings, true);
        write!(svg, "<path class=\"ground c{node}\" data-node=\"{node}\" d=\"{path}\"/>")?;
        if let Some((at, depth)) = outline.pole {
            let (x, y) = cells.grid.corner(at.0, at.1);
            poles.insert(node as usize, [x.round() as u32, y.round() as u32, u32::from(depth)]);
        }
    }
    svg += "</g><use href=\"#borders\" class=\"borders\"/>";
    for inset in &frame.insets {
        let ((x, y), (right, bottom)) = (scale.at((inset.left, inset.top)), scale.at((inset.right, inset.bottom)));
        write!(svg, "<rect class=\"inset\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\"/>", right - x, bottom - y)?;
    }
    svg += "<g class=\"points\">";
    for (leaf, &node) in view.of_leaf.iter().enumerate().filter(|(_, node)| **node != usize::MAX) {
        write!(svg, "<use href=\"#p{leaf}\" class=\"c{node}\"/>")?;
    }
    svg += "</g>";
    homes(shown, frame, view, &scale, &mut svg)?;
    labels(shown, &poles, &scale, &mut svg)?;
    svg += "</svg>";
    Ok(Drawn { svg, poles })
}

/// Outlines in the order of their nodes.
pub(super) fn in_order(outlines: &HashMap<u32, Outline>) -> Vec<(&u32, &Outline)> {
    let mut list: Vec<(&u32, &Outline)> = outlines.iter().collect();
    list.sort_unstable_by_key(|(node, _)| **node);
    list
}

/// Whether a home that was given is on the map.
pub(super) fn has_homes(shown: &Shown<'_, '_>, frame: &Frame) -> bool {
    let mut nodes = shown.views.views.iter().flat_map(|view| &view.nodes).map(|&node| &shown.answer.plan.nodes[node]);
    nodes.any(|node| !node.anchor_found && node.anchor.and_then(|home| frame.at(home)).is_some())
}

/// Whether several accounts are at one place.
pub(super) fn is_crowded(shown: &Shown<'_, '_>, frame: &Frame) -> bool {
    let mut seen = HashSet::new();
    shown.accounts.iter().filter_map(|&account| frame.points[account]).any(|point| !seen.insert(point))
}

/// Where the account goes that so many are drawn before at its place: on a spiral around it that does not grow without end.
fn aside(before: usize) -> (i64, i64) {
    let (angle, away) = (before as f64 * 2.399_963, (4.0 * (before as f64).sqrt()).min(SPREAD_MAX));
    ((angle.cos() * away).round() as i64, (angle.sin() * away).round() as i64)
}

/// Homes that were given: a diamond each.
fn homes(shown: &Shown<'_, '_>, frame: &Frame, view: &View<'_>, scale: &Scale, svg: &mut String) -> fmt::Result {
    for &node in &view.nodes {
        let result = &shown.answer.plan.nodes[node];
        let home = result.anchor.filter(|_| !result.anchor_found).and_then(|home| frame.at(home));
        if let Some((x, y)) = home {
            let (x, y) = scale.at((f64::from(x), f64::from(y)));
            write!(svg, "<path class=\"home c{node}\" d=\"M{x} {}l6 6-6 6-6-6z\"/>", y - 6)?;
        }
    }
    Ok(())
}

/// A label for each territory that has ground, the deepest first; where two would meet the later one goes aside, on a line.
fn labels(shown: &Shown<'_, '_>, poles: &BTreeMap<usize, [u32; 3]>, scale: &Scale, svg: &mut String) -> fmt::Result {
    let mut list: Vec<(&usize, &[u32; 3])> = poles.iter().collect();
    list.sort_by_key(|(node, pole)| (std::cmp::Reverse(pole[2]), **node));
    let mut taken: Vec<[f64; 4]> = Vec::new();
    let (letters, aside) = match list.len() > MANY {
        true => (LETTERS[1], &ASIDE[..ASIDE_OF_MANY]),
        false => (LETTERS[0], &ASIDE[..]),
    };
    for (&node, pole) in list.into_iter().take(LABELLED_MAX) {
        let label = short_label(shown.labels.node(node), letters);
        let (x, y) = scale.at((f64::from(pole[0]), f64::from(pole[1])));
        let half = (label.chars().count() as f64 * LETTER * LETTER_WIDTH + 5.0) / 2.0;
        let place = |(right, down): (f64, f64)| {
            let x = (x as f64 + right * LETTER).clamp(half, WIDTH - half);
            let y = (y as f64 + down * LETTER).clamp(LETTER, scale.height - LETTER / 2.0);
            [x - half, y - LETTER * 0.6, x + half, y + LETTER * 0.6]
        };
        let meets = |a: &[f64; 4], b: &[f64; 4]| a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
        let free = aside.iter().map(|aside| (aside, place(*aside)));
        let free = { free }.find(|(_, at)| !taken.iter().any(|other| meets(at, other)));
        let Some((aside, at)) = free else { continue };
        taken.push(at);
        let (lx, ly) = ((at[0] + at[2]) / 2.0, (at[1] + at[3]) / 2.0);
        if *aside != (0.0, 0.0) {
            write!(svg, "<path class=\"leader\" d=\"M{x} {y}L{lx:.0} {ly:.0}\"/>")?;
        }
        write!(svg, "<text class=\"label\" x=\"{lx:.0}\" y=\"{:.0}\">", ly + LETTER * 0.34)?;
        Html.write_escaped_str(&mut *svg, &label)?;
        svg.push_str("</text>");
    }
    Ok(())
}

/// A label that does not cover the map: of so many letters at most.
fn short_label(label: &str, most: usize) -> String {
    match label.chars().count() <= most {
        true => label.to_owned(),
        false => label.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// From steps of the map to the drawing, which shows the first view.
pub(super) struct Scale {
    left: f64,
    top: f64,
    factor: f64,
    pub height: f64,
}

impl Scale {
    pub fn of(frame: &Frame) -> Scale {
        let view = frame.view;
        let factor = WIDTH / view.width();
        Scale { left: view.left, top: view.top, factor, height: view.height() * factor }
    }

    pub fn at(&self, (x, y): (f64, f64)) -> (i64, i64) {
        (((x - self.left) * self.factor).round() as i64, ((y - self.top) * self.factor).round() as i64)
    }

    /// A path through the lines; what is smaller than the drawing shows is left out.
    pub fn lines(&self, lines: &[Vec<(f64, f64)>], closed: bool) -> String {
        let mut out = String::new();
        let mut end = (0, 0);
        for line in lines {
            let mut points: Vec<(i64, i64)> = line.iter().map(|at| self.at(*at)).collect();
            points.dedup();
            straighten(&mut points);
            if closed && points.len() > 1 && points.first() == points.last() {
                points.pop();
            }
            let outside = points.iter().all(|at| at.0 < 0 || at.0 > WIDTH as i64)
                || points.iter().all(|at| at.1 < 0 || at.1 > self.height as i64);
            // Islands that are no more than a dot.
            let spans = |of: fn(&(i64, i64)) -> i64| {
                points.iter().map(of).max() > points.iter().map(of).min().map(|least| least + 2)
            };
            let speck = closed && !spans(|at| at.0) && !spans(|at| at.1);
            if speck || outside && !closed || points.len() < if closed { 3 } else { 2 } {
                continue;
            }
            let mut before = end;
            for (index, &(x, y)) in points.iter().enumerate() {
                let _ = step(&mut out, if index == 0 { 'm' } else { 'l' }, (x - before.0, y - before.1), index);
                before = (x, y);
            }
            end = before;
            if closed {
                out.push('z');
                end = points[0];
            }
        }
        out
    }
}

/// Without points less than a step beside the line through their neighbours.
fn straighten(points: &mut Vec<(i64, i64)>) {
    let mut kept: Vec<(i64, i64)> = Vec::with_capacity(points.len());
    for (index, &at) in points.iter().enumerate() {
        let next = points.get(index + 1);
        let beside = match (kept.last(), next) {
            (Some(from), Some(to)) => {
                let (ax, ay, bx, by) = (at.0 - from.0, at.1 - from.1, to.0 - from.0, to.1 - from.1);
                let (cross, length) = ((ax * by - ay * bx).pow(2), bx * bx + by * by);
                cross * 2 < length && ax * bx + ay * by > 0 && ax.abs().max(ay.abs()) < 40
            }
            _ => false,
        };
        if !beside {
            kept.push(at);
        }
    }
    *points = kept;
}

/// One step of a path, in as few letters as there are.
fn step(out: &mut String, letter: char, (x, y): (i64, i64), index: usize) -> fmt::Result {
    if index < 2 {
        out.push(letter);
    } else if x >= 0 {
        out.push(' ');
    }
    match y < 0 {
        true => write!(out, "{x}{y}"),
        false => write!(out, "{x} {y}"),
    }
}
