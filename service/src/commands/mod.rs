//! The commands, one a file.

mod solve;

mod check;

mod validate;

mod generate;

mod serve;

use crate::cli::Command;
use crate::exit::{CommandError, Exit};

/// Runs one command.
///
/// # Errors
/// When it cannot run to its end; the error knows its exit code.
pub fn run(command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::Solve(args) => solve::run(args),
        Command::Check(args) => check::run(args),
        Command::Validate(args) => validate::run(args),
        Command::Generate(args) => generate::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Worker(args) => crate::worker::run(args.budget_ms),
    }
}
