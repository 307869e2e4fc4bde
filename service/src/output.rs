//! What the program itself writes: the names of its results, and text to standard output.

use crate::exit::CommandError;
use crate::json::JsonError;
use crate::terminal::{self, Safe, Terminal};
use std::io::{self, BufWriter, ErrorKind, Write};

/// What was asked for, in an answer's folder: the plan file that plan file and flags stand for.
pub const ASKED: &str = "asked.yaml";

/// What `carve curve` writes: the curve as JSON, as a table, and as a page. An answer of another run takes them away, as they
/// are none of it.
pub const CURVE: [&str; 3] = ["curve.json", "curve.csv", "curve.html"];

/// The page of an answer.
pub const REPORT: &str = "report.html";

/// The names of the results that are written here; those of a plan's outputs are [`carve_report::names`].
const NAMES: [&str; 3] = ["plan.json", "certificate.json", ASKED];

/// The names of all results that a folder may hold, with `more` of them.
pub fn names<'a>(more: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let ours = NAMES.into_iter().chain(CURVE).chain(carve_report::names()).map(|name| -> &'a str { name });
    ours.chain(more.iter().copied())
}

/// Prints to standard output. A reader that has gone away (`| head`) is no error.
///
/// # Errors
/// Any other failure.
pub fn print(content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    match content(&mut stdout).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(CommandError::Stdout),
    }
}

/// Prints text to standard output, with what is not seen escaped.
///
/// # Errors
/// As [`print`].
pub fn print_text(text: &str) -> Result<(), CommandError> {
    let shown = terminal::safe(text, Terminal::of_stdout().colour);
    print(|out| out.write_all(shown.as_bytes()))
}

/// Prints JSON to standard output, like [`print`].
///
/// # Errors
/// Any failure but a reader that has gone away.
pub fn print_json(content: impl FnOnce(&mut dyn Write) -> Result<(), JsonError>) -> Result<(), CommandError> {
    let mut failed = None;
    print(|out| match content(&mut Safe::new(out)) {
        Err(JsonError::Write(error)) => Err(error),
        // A writer's failure may also come out of the JSON library.
        Err(JsonError::Json(error)) if error.is_io() => Err(error.into()),
        result => {
            failed = result.err();
            Ok(())
        }
    })?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}
