//! The command line of the benches as it is typed.

use carve_service::cli::{OptionArgs, duration};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Quality and time of carve beside baselines.
#[derive(Debug, Parser)]
#[command(name = "carve-benches")]
pub struct Cli {
    /// What to measure.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads this process's command line; ends the process when it is no good.
    pub fn read() -> Cli {
        Cli::parse()
    }
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Solve one book from its files and tell value, bound, gap and time of every tier
    Files(FilesArgs),
    /// Solve made books of every shape beside the baseline
    Quality(QualityArgs),
}

/// `carve-benches quality`
#[derive(Debug, Args)]
pub struct QualityArgs {
    /// Sizes of the books
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "300,1000")]
    pub accounts: Vec<usize>,
    /// Books of each size and shape: seeds 1 to this
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seeds: u64,
    /// Wall-clock limit of each solve
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub time_limit: Duration,
}

/// `carve-benches files`
#[derive(Debug, Args)]
pub struct FilesArgs {
    /// The book: a CSV file
    #[arg(value_name = "ACCOUNTS_CSV")]
    pub accounts: PathBuf,
    /// The plan file, YAML or JSON
    #[arg(value_name = "PLAN_YAML")]
    pub plan: PathBuf,
    /// Wall-clock limit: 30s, 500ms, 2m, or seconds [default: the plan file's]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub time_limit: Option<Duration>,
    /// Relative gap at which a tier is good enough [default: the plan file's]
    #[arg(long, value_name = "PART", value_parser = part)]
    pub gap_target: Option<f64>,
    /// Limit in work units; 0: none [default: the plan file's]
    #[arg(long, value_name = "N")]
    pub work_limit: Option<i64>,
    /// Threads; 0: one a core [default: the plan file's]
    #[arg(long, value_name = "N")]
    pub threads: Option<i32>,
    /// Seed of every random choice [default: the plan file's]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Write where each account goes to this CSV file
    #[arg(long, value_name = "FILE")]
    pub assignments: Option<PathBuf>,
    /// Show a line whenever more is known: time, tier, value, bound
    #[arg(long)]
    pub progress: bool,
}

impl From<FilesArgs> for crate::files::Asked {
    fn from(args: FilesArgs) -> Self {
        let FilesArgs { accounts, plan, time_limit, gap_target: gap, work_limit, threads, seed, .. } = args;
        let options = OptionArgs { time_limit, gap, seed, threads, work_limit };
        Self { accounts, plan, options, assignments: args.assignments, progress: args.progress }
    }
}

fn part(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    number.ok_or_else(|| format!("{text:?} is not a number of 0 or more, such as 0.02"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
