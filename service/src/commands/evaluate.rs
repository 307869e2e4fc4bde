//! `carve evaluate`: today's book, or a list that somebody made, in the words of a plan.

use crate::assignment_list::{self, AssignmentList};
use crate::cli::{EvaluateArgs, OptionArgs};
use crate::exit::{CommandError, Exit};
use crate::json::JsonError;
use crate::summary::{Bands, Style, standing};
use crate::terminal::Terminal;
use crate::{columns, files, json, output, standings};
use carve_report::{Staging, standing_csv};
use carve_solver::standing::holders_today;
use std::io::Write;

/// What is written of an evaluation.
const JSON: &str = "evaluation.json";
/// The same as a table.
const TABLE: &str = "evaluation.csv";

/// Reads, scores, writes, prints.
///
/// # Errors
/// Bad input, a folder that cannot be used, results that cannot be written.
pub fn run(args: &EvaluateArgs) -> Result<Exit, CommandError> {
    let loaded =
        files::load(&args.request.book, &args.request.shape, &OptionArgs::default()).map_err(CommandError::Input)?;
    if super::grant(&loaded, &args.request)? {
        return Ok(Exit::Done);
    }
    let list = args.assignments.as_deref().map(|path| assignment_list::read(path, &loaded)).transpose();
    let list = list.map_err(CommandError::Input)?;
    let staging = args.out.as_deref().map(Staging::new).transpose().map_err(CommandError::OutUnusable)?;
    let (what, holders) = match &list {
        None => ("Today's book".to_owned(), holders_today(&loaded.problem)),
        Some(AssignmentList { holders, told, .. }) => (format!("The list ({told})"), holders.clone()),
    };
    let scored = carve_solver::standing::standing(&loaded.problem, &holders, &[]);
    let message = json::text("carve.v1.Standing", &standings::encode(&scored))?;
    if let Some(staging) = staging {
        let write = |error| CommandError::from(JsonError::Write(error));
        staging.write(JSON, |out| out.write_all(message.as_bytes()).map_err(write))?;
        staging.write(TABLE, |out| standing_csv(&scored, out).map_err(write))?;
        staging.publish([JSON, TABLE])?;
    }
    if args.json {
        output::print_text(&message)?;
        return Ok(Exit::Done);
    }
    let remarks = list.map_or_else(Vec::new, |list| list.remarks);
    let findings = loaded.locate(&carve_solver::findings(&loaded.problem)).and(remarks);
    let style = Style { terminal: Terminal::of_stdout(), proof: false };
    let bands = Bands::of(loaded.problem.bands());
    let text = standing(&what, &scored, &bands, &loaded.granted.owners, &findings, style);
    let text = columns::below_first_line(&text, &findings.columns, args.request.book.reading.columns);
    output::print_text(&text)?;
    Ok(Exit::Done)
}
