//! The program `carve`: command line and gRPC server over the solver.

pub mod cli;

mod commands;

pub mod config;

pub mod exit;

pub mod files;

mod limits;

mod owner_names;

pub mod assignment_list;

mod asked;

pub mod plan_file;

pub mod wishes;

pub mod findings;

pub mod columns;

pub mod summary;

pub mod terminal;

pub mod progress;

mod interrupt;

pub mod finding_rows;

pub mod run_told;

pub mod output;

pub mod store;

pub mod server;

pub mod worker;

pub mod places;

pub mod decode;

pub mod decode_plan;

pub mod encode;

pub mod encode_book;

pub mod standings;

pub mod comparison;

pub mod certificates;

pub mod explanations;

mod picked;

pub mod json;

use clap::Parser;
use std::panic;
use std::process::ExitCode;

/// Runs the command line and gives the program's exit code.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("carve: this is our fault, not yours: the program met a state it cannot be in ({place})");
    }));
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // Help and version are usage "errors" too, with code 0; nothing can be done when printing fails. What was typed is
            // told with what is not seen escaped.
            let typed = std::env::args_os().map(|typed| terminal::printable(&typed.to_string_lossy()));
            let told = if usage.use_stderr() { cli::Cli::try_parse_from(typed).err() } else { None };
            let _ = told.as_ref().unwrap_or(&usage).print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(exit::Exit::BadInput as u8));
        }
    };
    match panic::catch_unwind(|| commands::run(&cli.command)) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) => {
            terminal::say(&error.text(terminal::Terminal::of_stderr()));
            error.exit().into()
        }
        Err(_) => exit::Exit::OurFault.into(),
    }
}
