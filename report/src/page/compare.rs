//! `compare.html`: several books of the same accounts side by side, with a small map of each, in one file that needs neither
//! network nor script. Whoever points at a holder in the legend sees it on every map at once; a map that is picked grows.

use super::cells::Cells;
use super::frame::Frame;
use super::map::{Scale, WIDTH, in_order};
use super::outlines::outlines;
use super::views::View;
use super::{clean, compact, pack};
use askama::Template;
use carve_solver::space::Point;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

/// Accounts on each map; of more every so many-th.
const MAPPED_MAX: usize = 5_000;
/// Holders with a colour and a place in the legend of their own.
const HOLDERS_MAX: usize = 60;
/// What turns a hue into the next one: the golden angle, in degrees.
const TURN: f64 = 137.508;

const STYLE: &str = include_str!("../../web/compare.css");

/// What the page shows.
pub struct ComparisonPage<'a> {
    /// How many books there are, and how many accounts differ.
    pub headline: String,
    /// The names of all books.
    pub names: Vec<&'a str>,
    /// What they are compared in.
    pub rows: Vec<ComparedRow>,
    /// Who is better in what, and how searches ended.
    pub sentences: Vec<String>,
    /// Where each account is.
    pub places: Vec<Option<Point>>,
    /// The books that stand.
    pub books: Vec<ComparedBook<'a>>,
}

/// A row of the table.
pub struct ComparedRow {
    /// What is compared.
    pub label: String,
    /// One for each book.
    pub cells: Vec<String>,
    /// Numbers of the books that are best in it.
    pub best: Vec<usize>,
}

/// A book that stands.
pub struct ComparedBook<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Who has each account; empty: nobody.
    pub holders: &'a [Arc<str>],
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Page<'a> {
    policy: String,
    style: String,
    headline: &'a str,
    names: &'a [&'a str],
    rows: Vec<Line<'a>>,
    sentences: &'a [String],
    land: String,
    borders: String,
    maps: Vec<Map<'a>>,
    legend: Vec<(usize, &'a str)>,
    more: usize,
    sampled: String,
    width: i64,
    height: i64,
    origin: &'a str,
}

struct Line<'a> {
    label: &'a str,
    cells: Vec<(&'a str, bool)>,
}

struct Map<'a> {
    number: usize,
    name: &'a str,
    grounds: String,
    points: String,
}

/// Writes the page. Names are harmless in it, whatever they hold: everything is escaped, its policy of content runs no script
/// at all, and letters that turn the direction of text are replaced.
///
/// # Errors
/// When `out` fails.
pub fn compare_html<'a>(page: &ComparisonPage<'a>, out: &mut dyn Write) -> io::Result<()> {
    let holders: BTreeSet<&str> = page
        .books
        .iter()
        .flat_map(|book| book.holders.iter().map(|holder| &**holder))
        .filter(|h| !h.is_empty())
        .collect();
    let number: BTreeMap<&str, usize> = holders.iter().take(HOLDERS_MAX).enumerate().map(|(at, &h)| (h, at)).collect();
    let style = style(number.len());
    let frame = Frame::around(&page.places);
    let scale = frame.as_ref().map(Scale::of);
    let every = page.places.len().div_ceil(MAPPED_MAX).max(1);
    let map = |(at, book): (usize, &ComparedBook<'a>)| {
        let (frame, scale) = (frame.as_ref()?, scale.as_ref()?);
        let points = points(book, frame, scale, &number, every)?;
        Some(Map { number: at + 1, name: book.name, grounds: grounds(book, frame, scale, &number), points })
    };
    let maps: Vec<Map<'_>> = page.books.iter().enumerate().filter_map(map).collect();
    let line = |row: &'_ ComparedRow| -> Vec<(String, bool)> {
        row.cells.iter().enumerate().map(|(at, cell)| (cell.clone(), row.best.contains(&at))).collect()
    };
    let cells: Vec<Vec<(String, bool)>> = page.rows.iter().map(line).collect();
    let rows = page.rows.iter().zip(&cells).map(|(row, cells)| Line {
        label: &row.label,
        cells: cells.iter().map(|(cell, best)| (cell.as_str(), *best)).collect(),
    });
    let lines = |lines: &dyn Fn(&Frame, &Scale) -> String| match (&frame, &scale) {
        (Some(frame), Some(scale)) => lines(frame, scale),
        _ => String::new(),
    };
    let html = Page {
        policy: format!(
            "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'",
            pack::source(&style)
        ),
        style,
        headline: &page.headline,
        names: &page.names,
        rows: rows.collect(),
        sentences: &page.sentences,
        land: lines(&|frame, scale| scale.lines(&frame.land, true)),
        borders: lines(&|frame, scale| scale.lines(&frame.borders, false)),
        maps,
        legend: number.iter().map(|(holder, at)| (*at, *holder)).collect(),
        more: holders.len() - number.len(),
        sampled: if every > 1 { format!("Every {every}th account is on the maps.") } else { String::new() },
        width: WIDTH as i64,
        height: scale.as_ref().map_or(0, |scale| scale.height as i64),
        origin: frame.as_ref().map_or("", |frame| frame.origin),
    };
    let html = html.render().map_err(io::Error::other)?;
    out.write_all(clean(&html).as_bytes())
}

/// The style, with a colour for each holder, and what stands back while another one is pointed at.
fn style(holders: usize) -> String {
    let mut style = compact(STYLE);
    for at in 0..holders {
        let hue = (at as f64 * TURN) % 360.0;
        let lightness = [45, 60, 33][at % 3];
        let _ = write!(style, ".h{at}{{color:hsl({hue:.0} 62% {lightness}%)}}");
        let _ = write!(style, "body:has(.l{at}:is(:hover,:focus)) :is(.pts,.ground):not(.h{at}){{opacity:.06}}");
    }
    style
}

/// The ground of each holder with a number, where it is nearest to or has most accounts.
fn grounds(book: &ComparedBook<'_>, frame: &Frame, scale: &Scale, number: &BTreeMap<&str, usize>) -> String {
    let leaves: Vec<usize> =
        book.holders.iter().map(|holder| number.get(&**holder).copied().unwrap_or(usize::MAX)).collect();
    let all: Vec<usize> = (0..number.len()).collect();
    let view = View { stage: None, current: true, nodes: all.clone(), of_leaf: all };
    let cells = Cells::of(frame, &leaves, std::slice::from_ref(&view));
    let mut out = String::new();
    for (&holder, outline) in in_order(&outlines(&cells, 0)) {
        let ring = |ring: &Vec<(f64, f64)>| ring.iter().map(|at| cells.grid.corner(at.0, at.1)).collect();
        let rings: Vec<Vec<(f64, f64)>> = outline.rings.iter().map(ring).collect();
        let _ = write!(out, "<path class=\"ground h{holder}\" d=\"{}\"/>", scale.lines(&rings, true));
    }
    out
}

/// A path for the accounts of each holder; `None`: no account of the book is on the map.
fn points(
    book: &ComparedBook<'_>,
    frame: &Frame,
    scale: &Scale,
    number: &BTreeMap<&str, usize>,
    every: usize,
) -> Option<String> {
    let mut of: BTreeMap<Option<usize>, Vec<(i64, i64)>> = BTreeMap::new();
    for (holder, at) in book.holders.iter().zip(&frame.points).step_by(every) {
        if let Some((x, y)) = at {
            of.entry(number.get(&**holder).copied()).or_default().push(scale.at((f64::from(*x), f64::from(*y))));
        }
    }
    let mut out = String::new();
    for (holder, mut points) in of {
        points.sort_unstable();
        points.dedup();
        let class = holder.map_or_else(|| "other".to_owned(), |holder| format!("h{holder}"));
        let _ = write!(out, "<path class=\"pts {class}\" d=\"");
        let mut before = (0, 0);
        for (x, y) in points {
            let _ = write!(out, "m{} {}h0", x - before.0, y - before.1);
            before = (x, y);
        }
        out += "\"/>";
    }
    (!out.is_empty()).then_some(out)
}
