//! `carve completions` and `carve man`: what shells and readers of manuals are given, made from the command line itself.

use crate::cli::{self, CompletionsArgs, ManArgs};
use crate::exit::{CommandError, Exit};
use crate::output;
use std::fs;

/// The name of the program.
const PROGRAM: &str = "carve";

/// Prints the completions of a shell.
///
/// # Errors
/// When they cannot be printed.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, CommandError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), PROGRAM, &mut text);
    output::print(|out| out.write_all(&text))?;
    Ok(Exit::Done)
}

/// Writes a page for the program and one for each command that people call.
///
/// # Errors
/// When the folder cannot be used or written.
pub fn man(args: &ManArgs) -> Result<Exit, CommandError> {
    let failed = |source| carve_report::ReportError { path: args.dir.clone(), source };
    fs::create_dir_all(&args.dir).map_err(failed)?;
    clap_mangen::generate_to(cli::command(), &args.dir).map_err(failed)?;
    let dir = args.dir.display();
    output::print_text(&format!("read the first page with: man -l {dir}/{PROGRAM}.1\n"))?;
    Ok(Exit::Done)
}
