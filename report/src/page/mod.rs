//! `report.html`: the plan to look at, in one file that needs no network: map, stages, before and after, who gives what to
//! whom, what is proved, and what it was made from. All of it can be read without its script, which draws the map large
//! and lets it be searched. The one door to `askama`.

mod base;

mod projection;

mod clip;

mod frame;

mod views;

mod cells;

mod outlines;

mod colours;

mod words;

mod today;

mod map;

mod balance;

mod mix;

mod stages;

mod moves;

mod proof;

mod chart;

mod course;

mod data;

mod cards;

mod explorer;

mod payload;

mod simple;

mod pack;

mod planless;

mod curve;
pub use curve::{CurveShown, curve_html, with_curve};

mod compare;
pub use compare::{ComparedBook, ComparedRow, ComparisonPage, compare_html};

use crate::answer::Answer;
use crate::output::{Format, Output};
use crate::run::Run;
use askama::Template;
use carve_solver::standing::{Standing, todays_book};
use explorer::{Explorer, explorer};
use frame::Frame;
pub use pack::sha256_hex;
use std::fmt::Write as _;
use std::io::{self, Write};
use today::Today;
use views::Views;
use words::{Labels, many};

/// The plan to look at.
pub(crate) const OUTPUT: Output =
    Output::file("report.html", Format::Html, |answer, out| report_html(answer, out)).planless();

/// Accounts on the map; of more so many, evenly picked.
const MAPPED_MAX: usize = 100_000;
/// What the page holds between these marks is told of the run that made it, and no plan says it again.
const TOLD: [&str; 2] = ["<!--told-->", "<!--/told-->"];
/// What says that names are left out.
const ANONYMOUS: &str = "data-names=\"left out\"";

const STYLE: &str = include_str!("../../web/report.css");
/// What unpacks the page's script and what it draws.
const LOADER: &str = concat!("\"use strict\";(()=>{\n", include_str!("../../web/loader.js"), "})();\n");
const SCRIPT: &str = concat!(
    "\"use strict\";(()=>{\n",
    include_str!("../../web/data.js"),
    include_str!("../../web/map.js"),
    include_str!("../../web/tables.js"),
    include_str!("../../web/page.js"),
    "})();\n"
);

/// What all parts of the page are made of.
struct Shown<'a, 'b> {
    answer: &'a Answer<'b>,
    run: Option<&'a Run>,
    labels: &'a Labels,
    /// By node.
    colours: &'a [String],
    /// By node.
    parents: &'a [Option<usize>],
    /// `None`: no account has a place.
    frame: Option<&'a Frame>,
    views: &'a Views<'b>,
    today: &'a Today,
    /// Today's book in the words of a plan; `None`: nobody owns anything, or the book is not at hand.
    standing: Option<&'a Standing>,
    /// Whether the answer has no plan, and nodes and assignments are those of today's book.
    of_today: bool,
    /// The accounts that the script knows, by their places in the book.
    accounts: &'a [usize],
    /// The measure that moves are told in, by its place among the plan's; 0: their count.
    sized: usize,
    /// What each account has of it.
    sizes: &'a [i64],
}

impl Shown<'_, '_> {
    fn size_name(&self) -> &str {
        self.answer.measures.get(self.sized).map_or("account_count", |of| of.measure)
    }

    fn size_decimals(&self) -> u8 {
        self.answer.measures.get(self.sized).map_or(0, |of| of.decimals)
    }

    /// The class of the style that has a node's colour.
    fn colour_class(&self, node: usize) -> String {
        format!("c{node}")
    }

    /// Whether a plan stands beside today's book.
    fn compares(&self) -> bool {
        self.today.is_owned() && !self.of_today
    }

    /// The place in the book of an account.
    fn place_of(&self, account_id: &str) -> Option<usize> {
        self.answer.plan.assignments.iter().position(|assignment| assignment.account_id == account_id)
    }
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    shell: Shell,
    title: String,
    headline: String,
    cards: Vec<cards::Card>,
    explorer: Explorer,
    panels: Vec<balance::Panel>,
    mixes: Vec<mix::Mixed>,
    /// Today's book in a sentence.
    standing: &'a str,
    stages: Vec<stages::Stage>,
    nested: String,
    open_seats: Vec<stages::OpenSeat>,
    covers: Vec<stages::CoverRow>,
    measures: Vec<String>,
    moves: moves::Realignment,
    tiers: Vec<proof::Tier>,
    courses: Vec<course::Course>,
    ending: String,
    checked: String,
    whales: Vec<proof::WhaleRow>,
    more_whales: String,
    data: data::Sources<'a>,
}

/// What every page has around its parts.
struct Shell {
    policy: String,
    style: String,
    loader: String,
    names: &'static str,
    /// The name of the file of accounts; empty: not known, or left out.
    book: String,
    /// Where borders come from; empty: there is no map.
    origin: &'static str,
    /// The script, and what it draws and lists.
    payload: String,
}

impl Shell {
    fn of(shown: &Shown<'_, '_>, explorer: &Explorer) -> io::Result<Shell> {
        let (style, loader, script) = (style(shown), compact_script(LOADER), compact_script(SCRIPT));
        Ok(Shell {
            // The script is packed, and run once it is unpacked: its digest is that of what runs.
            policy: format!(
                "default-src 'none'; script-src '{}' '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
                pack::source(&loader),
                pack::source(&script),
                pack::source(&style)
            ),
            style,
            loader,
            payload: payload::payload(shown, &explorer.poles, &script)?,
            names: if shown.labels.anonymous { ANONYMOUS } else { "" },
            book: shown.run.filter(|run| !run.anonymous).map_or_else(String::new, |run| run.accounts_file.clone()),
            origin: shown.frame.map_or("", |frame| frame.origin),
        })
    }
}

/// Writes the page. Names are harmless in it, whatever they hold: everything is escaped, its policy of content runs no
/// script but its own, and letters that turn the direction of text are replaced.
///
/// # Errors
/// When `out` fails.
pub fn report_html(answer: &Answer<'_>, mut out: impl Write) -> io::Result<()> {
    let page = match answer.plan.has_assignments() {
        true => shown(answer, false, &page)?,
        false => planless::page(answer)?,
    };
    out.write_all(clean(&page).as_bytes())
}

/// What `fill` makes of an answer; `of_today` says whether its nodes and assignments are those of today's book.
fn shown<T>(answer: &Answer<'_>, of_today: bool, fill: &dyn Fn(&Shown<'_, '_>) -> io::Result<T>) -> io::Result<T> {
    let run = answer.run;
    let labels = Labels::of(answer, run.is_some_and(|run| run.anonymous));
    let colours = colours::colours(answer.plan);
    let parents = views::parents(answer.plan);
    let mut frame = Frame::around(&answer.places);
    if let Some(frame) = frame.as_mut().filter(|_| labels.anonymous) {
        frame.coarsen();
    }
    let views = Views::of(answer.plan);
    let today = Today::of(answer, &labels);
    let standing = answer.problem.filter(|_| today.is_owned()).map(todays_book);
    let all = answer.plan.assignments.len();
    let mapped = all.min(MAPPED_MAX);
    let accounts: Vec<usize> = (0..mapped).map(|place| place * all / mapped).collect();
    let sized = answer.sized;
    fill(&Shown {
        answer,
        run,
        labels: &labels,
        colours: &colours,
        parents: &parents,
        frame: frame.as_ref(),
        views: &views,
        today: &today,
        standing: standing.as_ref(),
        of_today,
        accounts: &accounts,
        sized,
        sizes: answer.measures.get(sized).map_or(&[][..], |of| of.amounts),
    })
}

fn page(shown: &Shown<'_, '_>) -> io::Result<String> {
    let plan = shown.answer.plan;
    let (whales, more_whales) = proof::whales(shown);
    let explorer = explorer(shown)?;
    let page = Page {
        shell: Shell::of(shown, &explorer)?,
        title: cards::title(shown),
        headline: cards::headline(shown),
        cards: cards::cards(shown),
        explorer,
        panels: balance::panels(shown),
        mixes: mix::mixes(shown),
        standing: standing(shown),
        stages: stages::stages(shown),
        nested: stages::nested(shown),
        open_seats: stages::open_seats(shown),
        covers: stages::covers(shown),
        measures: shown.answer.measures.iter().map(|of| words::spoken(of.measure)).collect(),
        moves: moves::realignment(shown),
        tiers: proof::tiers(shown),
        courses: course::courses(shown),
        ending: proof::ending(shown),
        checked: checked(plan.check.ok(), plan.check.statements),
        whales,
        more_whales,
        data: data::sources(shown),
    };
    page.render().map_err(io::Error::other)
}

/// Today's book in a sentence; empty: nobody owns anything, or names are left out.
fn standing<'a>(shown: &Shown<'a, '_>) -> &'a str {
    shown.standing.filter(|_| !shown.labels.anonymous).map_or("", |standing| standing.summary.as_str())
}

/// The style, with the colours of territories.
fn style(shown: &Shown<'_, '_>) -> String {
    let mut style = compact(STYLE);
    for (node, colour) in shown.colours.iter().enumerate() {
        let _ = write!(style, ".c{node}{{background:{colour};fill:{colour};color:{colour}}}");
    }
    style
}

/// Lines without the white space before them and without lines of comments.
fn compact(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("// "));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A script without its comments, and without spaces beside signs where these are not of a text. No text of it goes over a
/// line, none has its own quote inside, and none of its signs that follow one another become another one.
fn compact_script(text: &str) -> String {
    const SIGNS: &str = "=+-*/%<>!&|?:;,(){}[]";
    let text = compact(text);
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match quote {
            Some(end) if letter == end => quote = None,
            None if "\"`".contains(letter) => quote = Some(letter),
            None if letter == ' ' => {
                let (before, after) = (out.chars().next_back().unwrap_or(' '), letters.peek().copied().unwrap_or(' '));
                let one = before == after && "+-".contains(before);
                if !one && (SIGNS.contains(before) || SIGNS.contains(after)) {
                    continue;
                }
            }
            _ => {}
        }
        out.push(letter);
    }
    out
}

fn checked(ok: bool, statements: u64) -> String {
    match ok {
        true => format!(
            "An independent check recomputed {} of this plan from the accounts: all hold.",
            many(statements as usize, "statement")
        ),
        false => "The independent check of this plan FAILED.".into(),
    }
}

/// The page with what is told of its run left out: what a plan says of itself, to be compared.
pub fn without_told(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, told)) = rest.split_once(TOLD[0]) {
        out += before;
        rest = told.split_once(TOLD[1]).map_or("", |(_, after)| after);
    }
    out + rest
}

/// Whether a page says that names are left out.
pub fn is_anonymous(page: &str) -> bool {
    page.lines().take(3).any(|line| line.contains(ANONYMOUS))
}

/// Without letters that turn the direction of what follows, end a line in a script or are no text at all.
fn clean(text: &str) -> String {
    let hostile = |letter: char| {
        matches!(letter, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
            || letter.is_control() && !matches!(letter, '\n' | '\t')
    };
    if !text.contains(hostile) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let _ = out.write_char(if hostile(letter) { char::REPLACEMENT_CHARACTER } else { letter });
    }
    out
}
