//! `carve validate`: every finding, nothing solved.

use crate::cli::{OptionArgs, ValidateArgs};
use crate::exit::{CommandError, Exit};
use crate::findings::{self, Findings};
use crate::terminal::Terminal;
use crate::{columns, files, json, output};
use carve_proto::v1::ValidateResponse;

/// Prints the findings: as lines, or as the `ValidateResponse` in JSON.
///
/// # Errors
/// When they cannot be printed.
pub fn run(args: &ValidateArgs) -> Result<Exit, CommandError> {
    let loaded = files::load(&args.request.book, &args.request.shape, &OptionArgs::default());
    if let Ok(loaded) = &loaded
        && super::grant(loaded, &args.request)?
    {
        return Ok(Exit::Done);
    }
    let (valid, found) = match loaded {
        Ok(loaded) => (true, loaded.locate(&carve_solver::findings(&loaded.problem))),
        Err(found) => (false, found),
    };
    if args.json {
        let (findings, findings_omitted) = findings::to_proto(&found);
        let columns = columns::encode(&found.columns);
        let response = ValidateResponse { valid, findings, findings_omitted, columns };
        let text = json::text("carve.v1.ValidateResponse", &response)?;
        output::print_text(&text)?;
    } else {
        let text = columns::said(&found.columns, args.request.book.reading.columns) + &text(valid, &found);
        output::print_text(&text)?;
    }
    Ok(if valid { Exit::Done } else { Exit::BadInput })
}

fn text(valid: bool, found: &Findings) -> String {
    let verdict = if valid { "valid: carve solve accepts this input" } else { "not valid: mend the errors above" };
    format!("{}{verdict}\n", findings::to_text(found, Terminal::of_stdout()))
}
