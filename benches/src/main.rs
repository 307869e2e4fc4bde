//! The program `carve-benches`: reads the command line, runs a mode, prints its lines.

use carve_benches::case::Case;
use carve_benches::cli::{Cli, Command, QualityArgs};
use carve_benches::files;
use carve_benches::quality::{HEADING, Refused, measure};
use carve_benches::watch::Out;
use carve_datasets::Shape;
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
        Command::Files(args) => {
            files::run(&args.into(), &out)?;
        }
        Command::Quality(args) => quality(&args, &out)?,
    }
    Ok(())
}

fn quality(asked: &QualityArgs, out: Out) -> Result<(), Refused> {
    out(HEADING);
    for &accounts in &asked.accounts {
        for shape in Shape::ALL {
            for seed in 1..=asked.seeds {
                out(&measure(&Case::new(accounts, shape, seed, asked.time_limit))?.to_string());
            }
        }
    }
    Ok(())
}
