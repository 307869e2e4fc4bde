//! `carve curve`: what balance or travel costs in moves.

use super::{check, explain};
use crate::cli::{Criterion, CurveArgs, OptionArgs};
use crate::exit::{CommandError, Exit};
use crate::files::Loaded;
use crate::findings::printable;
use crate::json::JsonError;
use crate::plan_file::{PlanFile, Spot};
use crate::summary::explained;
use crate::terminal::{self, Terminal};
use crate::{decode_plan, explanations, files, interrupt, json, output};
use carve_report::{CurveShown, Staging, curve_html, with_curve};
use carve_solver::inquiry::{Against, Curve, CurvePoint, curve};
use carve_solver::{Code, Control, Plan};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Time for all points where nothing else is said.
const CURVE_TIME: Duration = Duration::from_secs(60);

/// Reads, draws, writes, prints.
///
/// # Errors
/// Bad input, an answer that is none of it, nothing to draw, a folder that cannot be used, results that cannot be written.
pub fn run(args: &CurveArgs) -> Result<Exit, CommandError> {
    let options = limits(&args.options);
    let loaded = files::load(&args.request.book, &args.request.shape, &options).map_err(CommandError::Input)?;
    if super::grant(&loaded, &args.request)? {
        return Ok(Exit::Done);
    }
    let answer = args.answer.as_deref().map(|dir| Answered::read(dir, &loaded)).transpose()?;
    let out = args.out.as_deref().or(args.answer.as_deref());
    let staging = out.map(Staging::new).transpose().map_err(CommandError::OutUnusable)?;
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
        write(&drawn, &message, &table, answer.as_ref(), staging)?;
    }
    let shown = match (args.json, args.csv) {
        (true, _) => message,
        (_, true) => table,
        _ => explained::curve(&drawn, Terminal::of_stdout()),
    };
    output::print_text(&shown)?;
    let has_plan = |point: &CurvePoint| !point.tiers.is_empty();
    Ok(match drawn.points.iter().any(has_plan) {
        true => Exit::Done,
        false if drawn.points.iter().all(|point| point.is_infeasible) => Exit::Infeasible,
        false => Exit::NoPlanFound,
    })
}

/// An answer to the request that the curve is drawn for, whose page shows it.
struct Answered {
    plan: Plan,
    /// Accounts that leave an owner who is a territory.
    moved: i64,
    page: String,
}

impl Answered {
    /// Reads it, and sees that it is of this request and these accounts: a curve stands beside no other plan.
    fn read(dir: &Path, loaded: &Loaded) -> Result<Answered, CommandError> {
        let shown = dir.display().to_string();
        let refuse = |why: String| explain::fault(&shown, why);
        let asked = dir.join(output::ASKED);
        let asked_name = asked.display().to_string();
        let bytes = files::read_bytes(&asked).map_err(|error| refuse(format!("{asked_name}: {error}")))?;
        let asked = PlanFile::read(&asked_name, &bytes).map_err(|faults| CommandError::Input(faults.into()))?;
        let plan = explain::read_plan(dir).map_err(CommandError::Input)?;
        let plan = decode_plan::plan(plan).map_err(|error| refuse(error.to_string()))?;
        let none = "the curve is of another request, or of other accounts, than this answer";
        if !check::asks_the_same(loaded, asked) || !carve_solver::check_answer(&loaded.problem, &plan).ok() {
            return Err(refuse(format!("{none}: carve check tells what differs")));
        }
        if !plan.has_assignments() {
            return Err(refuse("the answer has no plan, so its page has no place for a curve".into()));
        }
        let page = files::read_bytes(&dir.join(output::REPORT)).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let page = page.ok_or_else(|| refuse(format!("it has no {}: solve with --format html", output::REPORT)))?;
        let territories: HashSet<&str> =
            plan.nodes.iter().filter(|node| node.territory).map(|node| node.node_id.as_str()).collect();
        let moved = plan.assignments.iter().filter(|a| a.moved && territories.contains(&*a.current_owner)).count();
        Ok(Answered { moved: i64::try_from(moved).unwrap_or(i64::MAX), plan, page })
    }
}

/// Writes the curve as JSON and as a table, and as a page of its own or into that of the answer.
fn write(
    curve: &Curve,
    message: &str,
    table: &str,
    answer: Option<&Answered>,
    staging: Staging,
) -> Result<(), CommandError> {
    let failed = |error| CommandError::from(JsonError::Write(error));
    let [json, csv, page] = output::CURVE;
    staging.write(json, |out| out.write_all(message.as_bytes()).map_err(failed))?;
    staging.write(csv, |out| out.write_all(table.as_bytes()).map_err(failed))?;
    let mut results = output::CURVE.to_vec();
    match answer {
        Some(Answered { plan, moved, page }) => {
            let here = plan.tiers.get(curve.place).map(|tier| (*moved, tier.value));
            let shown = with_curve(page, &CurveShown { curve, plan: here }).map_err(failed)?;
            staging.write(output::REPORT, |out| out.write_all(shown.as_bytes()).map_err(failed))?;
            results.push(output::REPORT);
        }
        None => staging.write(page, |out| curve_html(&CurveShown { curve, plan: None }, out).map_err(failed))?,
    }
    Ok(staging.publish(results)?)
}

/// What a curve may take: limits of the plan file are those of one solve, and a curve is as many as it has points.
fn limits(given: &OptionArgs) -> OptionArgs {
    let is_counted = given.work_limit.is_some_and(|work| work > 0);
    OptionArgs {
        time_limit: given.time_limit.or((!is_counted).then_some(CURVE_TIME)),
        work_limit: given.work_limit.or(Some(0)),
        ..given.clone()
    }
}

/// A line for each point as it is there.
fn tell(point: &CurvePoint) {
    let line = format!("at most {} moved: {}", point.most_moved, point.detail);
    terminal::say(&Terminal::of_stderr().wrapped("", "  ", &printable(&line)));
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
