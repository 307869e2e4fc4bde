//! `carve curve`: what balance or travel costs in moves.

use crate::cli::{Criterion, CurveArgs};
use crate::exit::{CommandError, Exit};
use crate::findings::printable;
use crate::json::JsonError;
use crate::plan_file::Spot;
use crate::summary::explained;
use crate::terminal::Terminal;
use crate::{explanations, files, interrupt, json, output};
use carve_report::Staging;
use carve_solver::inquiry::{Against, Curve, CurvePoint, curve};
use carve_solver::{Code, Control};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

/// What is written of a curve.
const JSON: &str = "curve.json";
/// The same as a table.
const TABLE: &str = "curve.csv";

/// Reads, draws, writes, prints.
///
/// # Errors
/// Bad input, nothing to draw, a folder that cannot be used, results that cannot be written.
pub fn run(args: &CurveArgs) -> Result<Exit, CommandError> {
    let loaded = files::load(&args.accounts, &args.shape, &args.options).map_err(CommandError::Input)?;
    if super::grant(&loaded, &args.accounts, &args.shape)? {
        return Ok(Exit::Done);
    }
    let staging = args.out.as_deref().map(Staging::new).transpose().map_err(CommandError::OutUnusable)?;
    let stop = interrupt::stop_flag()?;
    let problem = &loaded.problem;
    let control = Control { deadline: Instant::now() + problem.time_limit(), stop: &stop };
    let against = match args.criterion {
        Criterion::Balance => Against::Balance,
        Criterion::Travel => Against::Travel,
    };
    let told = |point: &CurvePoint| tell(point);
    let drawn = curve(problem, against, usize::from(args.points), &control, &(), &told);
    let drawn = drawn.map_err(|why| {
        let spot = Spot { source: "carve curve".into(), ..Spot::default() };
        CommandError::Input(vec![spot.finding(Code::FlagInvalid, why.to_string())].into())
    })?;
    let (message, table) = (json::text("carve.v1.MovesCurve", &explanations::curve(&drawn))?, csv(&drawn));
    if let Some(staging) = staging {
        let write = |error| CommandError::from(JsonError::Write(error));
        staging.write(JSON, |out| out.write_all(message.as_bytes()).map_err(write))?;
        staging.write(TABLE, |out| out.write_all(table.as_bytes()).map_err(write))?;
        staging.publish([JSON, TABLE])?;
    }
    let shown = match (args.json, args.csv) {
        (true, _) => message,
        (_, true) => table,
        _ => explained::curve(&drawn, Terminal::of_stdout()),
    };
    output::print(|out| out.write_all(shown.as_bytes()))?;
    let has_plan = |point: &CurvePoint| !point.tiers.is_empty();
    Ok(match drawn.points.iter().any(has_plan) {
        true => Exit::Done,
        false if drawn.points.iter().all(|point| point.is_infeasible) => Exit::Infeasible,
        false => Exit::NoPlanFound,
    })
}

/// A line for each point as it is there.
fn tell(point: &CurvePoint) {
    let line = format!("at most {} moved: {}", point.most_moved, point.detail);
    eprint!("{}", Terminal::of_stderr().wrapped("", "  ", &printable(&line)));
}

/// The curve as CSV: numbers alone but for the headings, which no name of the book stands in.
fn csv(curve: &Curve) -> String {
    let mut text = String::from("most_moved,moved");
    for number in 1..=curve.tiers.len() {
        let _ = write!(text, ",tier_{number}_value,tier_{number}_bound");
    }
    text.push_str(",knee\n");
    for (number, point) in curve.points.iter().enumerate() {
        let _ = write!(text, "{},{}", point.most_moved, point.moved);
        for tier in 0..curve.tiers.len() {
            let _ = match point.tiers.get(tier) {
                Some(tier) => write!(text, ",{},{}", tier.value, tier.bound),
                None => write!(text, ",,"),
            };
        }
        let _ = writeln!(text, ",{}", curve.knee == Some(number));
    }
    text
}
