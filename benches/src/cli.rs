//! The command line of the benches as it is typed.

use crate::case::Case;
use crate::strategies::Strategy;
use crate::task::Method;
use carve_datasets::Shape;
use carve_service::cli::{OptionArgs, duration};
use carve_solver::limits::{ACCOUNTS_MAX, CHILDREN_MAX, MEASURES_MAX};
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
    /// Value, bound, gap, balance and time of carve beside baselines, on made books of every shape
    Quality(QualityArgs),
    /// Time and memory of carve to a gap target beside the relaxation alone, by size, territories and measures
    Time(TimeArgs),
    /// Strategies beside one another on many made books with owners, held as carve compare holds plans: medians
    Strategies(StrategiesArgs),
    /// Solve one book from its files and tell value, bound, gap and time of every tier
    Files(FilesArgs),
    /// Solve one book from its files at several time limits, and tell what each tier has by then
    Anytime(AnytimeArgs),
    /// Time for the smallest conflict and what would make a plan, on made books of every kind of conflict among many rules
    Conflicts(ConflictsArgs),
    /// Time and memory of placing accounts by ZIP, town and state
    Places {
        /// Accounts
        #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = count)]
        accounts: usize,
        /// Seed of the addresses
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
    },
    /// Time and memory of reading a file of accounts, without judging or solving it
    Reading {
        /// The accounts
        accounts: PathBuf,
        /// Runs, each of which is told
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = count)]
        runs: usize,
        /// Threads; 0: one a core
        #[arg(long, value_name = "N", default_value_t = 0)]
        threads: usize,
    },
    /// One method on one made book; started by the other modes
    #[command(hide = true)]
    Child {
        /// The task as JSON
        task: String,
    },
}

/// How to work on every book.
#[derive(Debug, Args)]
pub struct WorkArgs {
    /// Half-width of every band, relative to the target
    #[arg(long, value_name = "PART", default_value_t = 0.02, value_parser = part)]
    pub tolerance: f64,
    /// Wall-clock limit of each solve; what overshoots it by a quarter is ended
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub time_limit: Duration,
    /// Relative gap at which a tier is good enough
    #[arg(long, value_name = "PART", default_value_t = 0.0001, value_parser = part)]
    pub gap_target: f64,
    /// Limit of carve in work units; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub work_limit: i64,
    /// Threads; 0: one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: i32,
}

impl WorkArgs {
    fn case(&self) -> Case {
        Case {
            tolerance: self.tolerance,
            gap_target: self.gap_target,
            work_limit: self.work_limit,
            threads: self.threads,
            ..Case::new(0, Shape::Plain, 1, self.time_limit)
        }
    }
}

/// `carve-benches quality`
#[derive(Debug, Args)]
pub struct QualityArgs {
    /// Sizes of the books
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "300,1000", value_parser = count)]
    pub accounts: Vec<usize>,
    /// Shapes of the books: plain, whales, crm, families, owned
    #[arg(long, value_name = "SHAPE,...", value_delimiter = ',', default_value = "plain,whales,crm,families")]
    pub shapes: Vec<Shape>,
    /// Seeds of the books
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1")]
    pub seeds: Vec<u64>,
    /// Methods: carve, greedy, kmeans, highs, highs-excess, highs-lp, and with anchors to be found carve-free,
    /// kmeans-free
    #[arg(
        long,
        value_name = "METHOD,...",
        value_delimiter = ',',
        default_value = "carve,greedy,kmeans,highs,highs-lp,carve-free,kmeans-free"
    )]
    pub methods: Vec<Method>,
    /// Territories
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = buckets)]
    pub buckets: usize,
    /// Measures to balance, at least the shape's own [default: those]
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = measures, hide_default_value = true)]
    pub measures: usize,
    /// How to work.
    #[command(flatten)]
    pub work: WorkArgs,
}

impl From<QualityArgs> for crate::quality::Asked {
    fn from(args: QualityArgs) -> Self {
        let like = Case { buckets: args.buckets, measures: args.measures, ..args.work.case() };
        let QualityArgs { accounts, shapes, seeds, methods, .. } = args;
        Self { accounts, shapes, seeds, methods, like }
    }
}

/// `carve-benches strategies`
#[derive(Debug, Args)]
pub struct StrategiesArgs {
    /// Sizes of the books
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "300,1000", value_parser = count)]
    pub accounts: Vec<usize>,
    /// Seeds of the books
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1,2,3,4,5")]
    pub seeds: Vec<u64>,
    /// Runs of each book, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = count)]
    pub runs: usize,
    /// Strategies, of which the first scores all: balance-first, owners-first, near-first, wide-bands
    #[arg(
        long,
        value_name = "STRATEGY,...",
        value_delimiter = ',',
        default_value = "balance-first,owners-first,near-first,wide-bands"
    )]
    pub strategies: Vec<Strategy>,
    /// Territories
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = buckets)]
    pub buckets: usize,
    /// How to work.
    #[command(flatten)]
    pub work: WorkArgs,
}

impl From<StrategiesArgs> for crate::strategies::Asked {
    fn from(args: StrategiesArgs) -> Self {
        let like = Case { buckets: args.buckets, ..args.work.case() };
        let StrategiesArgs { accounts, seeds, runs, strategies, .. } = args;
        Self { accounts, seeds, runs, strategies, like }
    }
}

/// `carve-benches time`
#[derive(Debug, Args)]
pub struct TimeArgs {
    /// Sizes of the books, in growing order
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1000,2000", value_parser = count)]
    pub accounts: Vec<usize>,
    /// Numbers of territories
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "8", value_parser = buckets)]
    pub buckets: Vec<usize>,
    /// Numbers of measures, at least the shape's own
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "4", value_parser = measures)]
    pub measures: Vec<usize>,
    /// Shape of the books: plain, whales, crm, families
    #[arg(long, value_name = "SHAPE", default_value = "plain")]
    pub shape: Shape,
    /// Seed of the books
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Runs of each, of which the medians are told
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = count)]
    pub runs: usize,
    /// Wall-clock limit of the relaxation
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub lp_time_limit: Duration,
    /// How to work.
    #[command(flatten)]
    pub work: WorkArgs,
}

impl From<TimeArgs> for crate::timing::Asked {
    fn from(args: TimeArgs) -> Self {
        let like = Case { shape: args.shape, seed: args.seed, ..args.work.case() };
        let TimeArgs { accounts, buckets, measures, runs, lp_time_limit, .. } = args;
        Self { accounts, buckets, measures, runs, lp_time_limit, like }
    }
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
        let options =
            OptionArgs { time_limit, gap, seed, threads, work_limit, price_of_nesting: false, thorough: false };
        Self { accounts, plan, options, assignments: args.assignments, progress: args.progress }
    }
}

/// `carve-benches anytime`
#[derive(Debug, Args)]
pub struct AnytimeArgs {
    /// The book: a CSV file
    #[arg(value_name = "ACCOUNTS_CSV")]
    pub accounts: PathBuf,
    /// The plan file, YAML or JSON
    #[arg(value_name = "PLAN_YAML")]
    pub plan: PathBuf,
    /// Time limits
    #[arg(long, value_name = "TIME,...", value_delimiter = ',', default_value = "500ms,1s,2s,5s,10s,30s", value_parser = duration)]
    pub limits: Vec<Duration>,
    /// Runs of each, with seeds 0, 1, 2 …, of which the medians are told
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = count)]
    pub runs: usize,
    /// Loops that keep cores busy meanwhile
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub busy: usize,
}

impl From<AnytimeArgs> for crate::anytime::Asked {
    fn from(args: AnytimeArgs) -> Self {
        let AnytimeArgs { accounts, plan, limits, runs, busy } = args;
        Self { accounts, plan, limits, runs, busy }
    }
}

/// `carve-benches conflicts`
#[derive(Debug, Args)]
pub struct ConflictsArgs {
    /// Accounts of each book
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = count)]
    pub accounts: usize,
    /// Rules of each book
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = count)]
    pub rules: usize,
    /// Seed of the books
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Only conflicts that are described with this
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub only: String,
    /// Time for each
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub time_limit: Duration,
}

impl From<ConflictsArgs> for crate::conflicts::Asked {
    fn from(args: ConflictsArgs) -> Self {
        let ConflictsArgs { accounts, rules, seed, only, time_limit } = args;
        Self { size: crate::conflicts::Size { accounts, territories: CHILDREN_MAX, rules }, seed, only, time_limit }
    }
}

fn count(text: &str) -> Result<usize, String> {
    within(text, 1, ACCOUNTS_MAX)
}

fn buckets(text: &str) -> Result<usize, String> {
    within(text, 1, CHILDREN_MAX)
}

fn measures(text: &str) -> Result<usize, String> {
    within(text, 0, MEASURES_MAX)
}

fn within(text: &str, least: usize, most: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| (least..=most).contains(n));
    number.ok_or_else(|| format!("{text:?} is not a whole number of {least} to {most}"))
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
    fn lists_are_read_and_what_is_out_of_range_is_refused() {
        let read = |words: &str| Cli::try_parse_from(words.split(' '));
        for accepted in [
            "b quality --accounts 300,1000 --shapes plain,owned --seeds 1,2 --methods carve,highs-lp --time-limit 4s",
            "b time --accounts 1000,10000 --buckets 4,8 --measures 4,16 --runs 5 --lp-time-limit 20m",
            "b anytime a.csv p.yaml --limits 500ms,2s --runs 1 --busy 2",
            "b files a.csv p.yaml --time-limit 10s --gap-target 0.01 --work-limit 9 --threads 2 --progress",
        ] {
            assert!(read(accepted).is_ok(), "{accepted}");
        }
        for refused in ["b quality --accounts 0", "b quality --methods magic", "b time --buckets 11", "b files a.csv"] {
            assert!(read(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
