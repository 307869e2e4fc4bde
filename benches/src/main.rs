//! The program `carve-benches`: reads the command line, runs a mode, prints its lines.

use carve_benches::cli::{Cli, Command};
use carve_benches::{anytime, child, conflicts, files, places, quality, reading, strategies, timing};
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(Cli::read().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    let out = |line: &str| println!("{line}");
    match command {
        Command::Quality(args) => quality::run(&std::env::current_exe()?, &args.into(), &out)?,
        Command::Time(args) => timing::run(&std::env::current_exe()?, &args.into(), &out)?,
        Command::Strategies(args) => strategies::run(&args.into(), &out)?,
        Command::Files(args) => files::run(&args.into(), &out).map(|_| ())?,
        Command::Anytime(args) => anytime::run(&args.into(), &out)?,
        Command::Conflicts(args) => drop(conflicts::run(&args.into(), &out)?),
        Command::Places { accounts, seed } => drop(places::run(accounts, seed, &out)),
        Command::Reading { accounts, runs, threads } => drop(reading::run(&accounts, runs, threads, &out)?),
        Command::Child { task } => child::answer(&task, &out)?,
    }
    Ok(())
}
