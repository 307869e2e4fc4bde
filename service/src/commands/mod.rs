//! The commands, one a file.

mod solve;

mod check;

mod validate;

mod evaluate;

mod compare;

mod depth;

mod explain;

mod curve;

mod generate;

mod serve;

mod request;

mod token;
mod write;

mod manual;

use crate::cli::{Command, RequestArgs};
use crate::exit::{CommandError, Exit};
use crate::files::Loaded;
use crate::findings::printable;
use crate::terminal::{self, Terminal};
use crate::wishes;
use crate::worker::Budget;
use crate::worker::limits::Limits;

/// Says which wishes win over the plan file, and prints the plan that all of them stand for where that is all that is
/// wanted; whether it was.
///
/// # Errors
/// When it cannot be printed.
fn grant(loaded: &Loaded, RequestArgs { book, shape }: &RequestArgs) -> Result<bool, CommandError> {
    for line in &loaded.granted.won {
        terminal::say(&Terminal::of_stderr().wrapped("", "  ", &printable(line)));
    }
    if shape.print_plan {
        wishes::print(loaded, &book.accounts.display().to_string(), shape)?;
    }
    Ok(shape.print_plan)
}

/// Runs one command.
///
/// # Errors
/// When it cannot run to its end; the error knows its exit code.
pub fn run(command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::Solve(args) => solve::run(args),
        Command::Check(args) => check::run(args),
        Command::Validate(args) => validate::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Depth(args) => depth::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Curve(args) => curve::run(args),
        Command::Generate(args) => generate::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Request(args) => request::run(args),
        Command::Write(args) => write::run(args),
        Command::Token(args) => token::run(args),
        Command::Completions(args) => manual::completions(args),
        Command::Man(args) => manual::man(args),
        Command::Worker(args) => {
            let limits = Limits { threads: args.threads.max(1), memory_bytes: args.memory_bytes };
            let milliseconds = std::time::Duration::from_millis;
            let budget = Budget { work: milliseconds(args.budget_ms), packing: milliseconds(args.packing_ms) };
            crate::worker::run(&budget, limits)
        }
    }
}
