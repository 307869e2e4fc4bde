//! The command line as it is typed.

mod questions;

mod driving;

mod serving;

use carve_datasets::Shape;
use carve_report::Format;
use clap::{Args, Parser, Subcommand};
pub use driving::{MessagesArgs, WriteArgs};
pub use questions::{Against, Criterion, CurveArgs, EvaluateArgs, ExplainArgs, Subject};
pub use serving::{ServeArgs, TokenAction, TokenArgs, WorkerArgs};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Carves a book of accounts into balanced territories and proves how good the plan is.
#[derive(Debug, Parser)]
#[command(name = "carve", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 our fault, 2 bad input, 3 infeasible (proved), \
                          4 stopped without a plan, 5 a check failed, 130 interrupted twice.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Carve the accounts into territories
    Solve(SolveArgs),
    /// Check an answer against the accounts and the plan file, without the engine
    Check(CheckArgs),
    /// Name every fault in the accounts and the plan file, without solving
    Validate(ValidateArgs),
    /// Score today's book, or a list of who is to have which account, in the words of a plan
    Evaluate(EvaluateArgs),
    /// Hold plans, answers, today's book and lists of the same accounts side by side
    Compare(Box<CompareArgs>),
    /// How many territories the market supports, when each is to hold at least so much of a measure
    Depth(DepthArgs),
    /// Ask a plan: why an account is where it is, what binds a territory, what a rule costs, why there is no plan
    Explain(Box<ExplainArgs>),
    /// Show what balance costs in moves: the best there is with at most so many accounts moved
    Curve(Box<CurveArgs>),
    /// Make a book of accounts and a plan file from a seed
    Generate(GenerateArgs),
    /// Answer over gRPC
    Serve(ServeArgs),
    /// Say who may call a server: make, show and take back tokens
    Token(TokenArgs),
    /// Print the completions of a shell, to be loaded by it
    Completions(CompletionsArgs),
    /// Write the manual, a page for carve and one for each command
    Man(ManArgs),
    /// Solve one request from standard input; started by the server
    #[command(hide = true)]
    Worker(WorkerArgs),
    /// Print what a server would be sent; called by programs that drive carve
    #[command(hide = true)]
    Request(Box<MessagesArgs>),
    /// Write the files of an answer that a server gave; called by programs that drive carve
    #[command(hide = true)]
    Write(Box<WriteArgs>),
}

/// `carve solve`
#[derive(Debug, Args)]
pub struct SolveArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Folder for plan.json, certificate.json and what --format asks for; made if missing. Without it nothing is written
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to write beside them: csv, html, geojson, xlsx, salesforce, hubspot, or all; several with commas between them.
    /// csv:account_id+name+node_id chooses the columns of assignments.csv
    #[arg(long, value_name = "FORMATS", default_value = "csv,html,geojson", value_parser = formats)]
    pub format: Formats,
    /// The options.
    #[command(flatten)]
    pub options: OptionArgs,
    /// Leave names and ids of accounts, sellers and rules out of report.html, to show it to others; the other files have them
    #[arg(long)]
    pub anonymous: bool,
    /// Print the plan as JSON instead of the summary
    #[arg(long)]
    pub json: bool,
    /// Show each tier's value, bound, gap and limit in the summary
    #[arg(long)]
    pub proof: bool,
}

/// `carve check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Folder that carve solve wrote
    #[arg(long, value_name = "DIR")]
    pub answer: PathBuf,
}

/// `carve validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// `carve compare`
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// The book.
    #[command(flatten)]
    pub book: BookArgs,
    /// A plan file that is solved now. Once for each; what else is said on the command line wins over all of them
    #[arg(long, value_name = "FILE")]
    pub plan: Vec<PathBuf>,
    /// A folder that carve solve wrote. Once for each
    #[arg(long, value_name = "DIR")]
    pub answer: Vec<PathBuf>,
    /// Today's owners
    #[arg(long)]
    pub today: bool,
    /// A list that somebody made: assignments.csv, or any table with account ids and territories or owners. Once for each
    #[arg(long, value_name = "FILE")]
    pub assignments: Vec<PathBuf>,
    /// Solve once for each value: seats=5..8 or tolerance=0.03,0.05,0.1. Several flags try all of their values together
    #[arg(long, value_name = "WHAT=VALUES")]
    pub sweep: Vec<String>,
    /// How many territories every plan has that is solved.
    #[command(flatten)]
    pub counts: CountArgs,
    /// What is asked for of every plan that is solved.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The options. A time limit is that of all solves together, a work limit that of each; --threads are shared
    #[command(flatten)]
    pub options: OptionArgs,
    /// Folder for comparison.json, comparison.md, compare.html and differences.csv; made if missing
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the comparison as JSON
    #[arg(long)]
    pub json: bool,
    /// Print the comparison as Markdown
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
}

/// `carve depth`
#[derive(Debug, Args)]
pub struct DepthArgs {
    /// The book.
    #[command(flatten)]
    pub book: BookArgs,
    /// Plan file, for its measures, its families and the rules that speak of accounts alone
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// What each territory is to hold: a measure of the accounts, or one that the plan file defines
    #[arg(long, value_name = "NAME")]
    pub measure: String,
    /// How much of it at least
    #[arg(long, value_name = "N")]
    pub min: String,
    /// Numbers of territories to tell of, such as 2,4,8,16
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', value_parser = count)]
    pub counts: Vec<i32>,
    /// The options. A time limit is that of all searches together
    #[command(flatten)]
    pub options: OptionArgs,
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
}

/// `carve generate`
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// How many accounts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub accounts: u32,
    /// How many territories the plan file asks for
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub buckets: u32,
    /// Seed; the same one gives the same files
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Kind of book: plain, crm, whales, families or owned
    #[arg(long, value_name = "SHAPE", default_value = "plain")]
    pub shape: Shape,
    /// Half-width of the bands in the plan file, relative to the target
    #[arg(long, value_name = "PART", default_value_t = 0.02, value_parser = finite)]
    pub tolerance: f64,
    /// Measures beyond the usual ones
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=11))]
    pub measures: u32,
    /// Folder for accounts.csv and plan.yaml; made if missing
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `carve completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `carve man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder for carve.1, carve-solve.1 and the others; made if missing
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// The accounts, and how they are read where the file does not tell.
#[derive(Debug, Clone, Default, Args)]
pub struct BookArgs {
    /// The book: a CSV file or a workbook, or - for standard input
    #[arg(value_name = "ACCOUNTS")]
    pub accounts: PathBuf,
    /// How the accounts are read.
    #[command(flatten)]
    pub reading: ReadArgs,
}

impl BookArgs {
    /// Accounts that are read as the file tells.
    pub fn of(accounts: &Path) -> BookArgs {
        BookArgs { accounts: accounts.to_owned(), reading: ReadArgs::default() }
    }
}

/// A book, and what is asked for.
#[derive(Debug, Clone, Default, Args)]
pub struct RequestArgs {
    /// The book.
    #[command(flatten)]
    pub book: BookArgs,
    /// The shape.
    #[command(flatten)]
    pub shape: ShapeArgs,
}

/// How many territories there are.
#[derive(Debug, Clone, Default, Args)]
pub struct CountArgs {
    /// So many seats: those of today's owners, and any more to be hired. Without owners seat-1, seat-2, ...
    #[arg(long, value_name = "N", conflicts_with = "stages", value_parser = count)]
    pub seats: Option<i32>,
    /// Nested stages such as 2,4,8,16
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', value_parser = count)]
    pub stages: Vec<i32>,
    /// The stage in force today [default: the first]
    #[arg(long, value_name = "COUNT", requires = "stages", value_parser = count)]
    pub current: Option<i32>,
}

/// The shape to carve into and what it is to be good at; nothing said: one seat for each current owner.
#[derive(Debug, Clone, Default, Args)]
pub struct ShapeArgs {
    /// Plan file, YAML or JSON; what else is said on the command line wins over it
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// How many territories there are.
    #[command(flatten)]
    pub counts: CountArgs,
    /// Tell of accounts with nothing sold or open and no activity since this day, such as 2025-01-31
    #[arg(long, value_name = "DATE")]
    pub stale: Option<String>,
    /// What is asked for without a plan file.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// Print the plan file that all of this stands for, with notes, and do nothing else
    #[arg(long)]
    pub print_plan: bool,
}

/// Everyday wishes, which need no plan file. Their texts are read in [`crate::wishes`], so that all their faults are named
/// together with those of the files.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Wishes")]
pub struct WishArgs {
    /// An owner who has left: the accounts are free. Once for each
    #[arg(long, value_name = "NAME")]
    pub drop_owner: Vec<String>,
    /// One more seat, with the seller's home as lat,lon and a capacity (1 unless given). A name with @ or : stands in
    /// double quotes
    #[arg(long, value_name = "NAME[@HOME][:CAPACITY]")]
    pub add_seat: Vec<String>,
    /// A seat that stands outside the balance, such as one for house accounts: those it owns and those rules send there.
    /// Once for each
    #[arg(long, value_name = "NAME")]
    pub pool: Vec<String>,
    /// The seats, as a table: name, email, user id, home, capacity, ramp, start date, covering seat, pool
    #[arg(long, value_name = "FILE")]
    pub seats_file: Option<PathBuf>,
    /// Balance this measure instead of those found. Once for each
    #[arg(long, value_name = "NAME[=TOLERANCE]")]
    pub measure: Vec<String>,
    /// How far a territory may be off its target: 0.05 or 5%
    #[arg(long, value_name = "PART")]
    pub tolerance: Option<String>,
    /// Accounts that stay with their owner, by a filter such as 'segment == "named"'
    #[arg(long, value_name = "FILTER")]
    pub protect: Vec<String>,
    /// Accounts that go to this seat, such as 'state == "TX"=Ana Diaz'
    #[arg(long, value_name = "FILTER=SEAT")]
    pub pin: Vec<String>,
    /// The most that any territory may hold, such as account_count=150
    #[arg(long, value_name = "MEASURE=N")]
    pub max: Vec<String>,
    /// An earlier answer, the folder of --out: its territories are today's owners, or as --previous-as says
    #[arg(long, value_name = "ANSWER_DIR")]
    pub previous: Option<PathBuf>,
    /// What the earlier answer is: today's owners; or the start of the work, which gives no worse a plan, and owners stay
    /// those of the accounts [default: owners]
    #[arg(long, value_name = "WAY", requires = "previous")]
    pub previous_as: Option<PreviousAs>,
    /// Moves of the earlier answer that stand: its moves.csv, or rows of it. Their accounts stay where they go, the rest is
    /// carved again around them; with --previous that answer is the start, and what this costs is told beside it
    #[arg(long, value_name = "MOVES")]
    pub accept: Option<PathBuf>,
    /// Moves of the earlier answer that do not stand: their accounts do not go there
    #[arg(long, value_name = "MOVES")]
    pub reject: Option<PathBuf>,
}

/// What an earlier answer is to a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum PreviousAs {
    /// Its territories are today's owners
    #[default]
    Owners,
    /// The work starts from it
    Start,
}

/// How the accounts are read, where the file does not tell.
#[derive(Debug, Clone, Default, Args)]
pub struct ReadArgs {
    /// Sheet of a workbook, by its name [default: the first with values]
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// Mark before decimals: point (1,234.50) or comma (1.234,50) [default: as each column tells]
    #[arg(long, value_name = "MARK")]
    pub decimal_mark: Option<DecimalMarkArg>,
    /// Show in full how every column was read
    #[arg(long)]
    pub columns: bool,
}

/// A mark before decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DecimalMarkArg {
    /// 1,234.50
    Point,
    /// 1.234,50
    Comma,
}

impl From<DecimalMarkArg> for carve_reader::DecimalMark {
    fn from(given: DecimalMarkArg) -> carve_reader::DecimalMark {
        match given {
            DecimalMarkArg::Point => carve_reader::DecimalMark::Point,
            DecimalMarkArg::Comma => carve_reader::DecimalMark::Comma,
        }
    }
}

/// What `--format` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formats {
    /// Each once, in their order.
    pub formats: Vec<Format>,
    /// The columns of assignments.csv; empty: the usual ones.
    pub columns: Vec<String>,
}

/// Options that override the plan file's.
#[derive(Debug, Clone, Default, Args)]
pub struct OptionArgs {
    /// Wall-clock limit: 30s, 500ms, 2m, or seconds [default: none, the search ends once more work gains little; 30s
    /// with --gap or --thorough, 300s with --work-limit]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub time_limit: Option<Duration>,
    /// Relative gap at which a tier is good enough [default: 0.0001]
    #[arg(long, value_name = "PART", value_parser = finite)]
    pub gap: Option<f64>,
    /// Seed of every random choice [default: 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Threads; 0: one a core [default: 0]
    #[arg(long, value_name = "N")]
    pub threads: Option<i32>,
    /// Limit in work units (about a microsecond each); 0: none [default: 1000000 or more by the size of the book
    /// where no time limit, gap or --thorough is given]
    #[arg(long, value_name = "N")]
    pub work_limit: Option<i64>,
    /// Go on until all is proved, nothing more is found or a limit is reached, though more work gains little
    #[arg(long)]
    pub thorough: bool,
    /// Stages: also draw every stage by itself, and tell what nesting costs
    #[arg(long)]
    pub price_of_nesting: bool,
}

/// The commands that people call, for completions and the manual.
pub fn command() -> clap::Command {
    let all = <Cli as clap::CommandFactory>::command();
    let called: Vec<clap::Command> = all.get_subcommands().filter(|c| !c.is_hide_set()).cloned().collect();
    let about = all.get_about().cloned().unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    clap::Command::new("carve").version(version).about(about).after_help(EXIT_CODES).subcommands(called)
}

/// A time as people write it: `30s`, `500ms`, `2m`, `1h`, `1.5s`, `30`.
///
/// # Errors
/// What to write instead.
pub fn duration(text: &str) -> Result<Duration, String> {
    let advice = || format!("{text:?} is no time; write 30s, 500ms, 2m, or seconds");
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let seconds = match &text[digits..] {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return Err(advice()),
    };
    let number: f64 = text[..digits].parse().map_err(|_| advice())?;
    // To the nanosecond, so that 0.1 s is 100 ms and not a hair more.
    Duration::try_from_secs_f64((number * seconds * 1e9).round() / 1e9).map_err(|_| advice())
}

/// Formats by their names, with commas between them; `all` is every one.
fn formats(text: &str) -> Result<Formats, String> {
    let names = Format::ALL.map(Format::name);
    let mut formats: Vec<Format> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (name, chosen) = part.split_once(':').unwrap_or((part, ""));
        if !chosen.is_empty() && name != Format::Csv.name() {
            return Err(format!("{name:?} has no columns to choose; write csv:account_id+node_id"));
        }
        columns.extend(chosen.split('+').map(str::trim).filter(|column| !column.is_empty()).map(String::from));
        match Format::ALL.into_iter().find(|format| format.name() == name) {
            Some(format) => formats.push(format),
            None if name == "all" => formats.extend(Format::ALL),
            None => return Err(format!("{name:?} is no format; write some of {}, or all", names.join(", "))),
        }
    }
    formats.sort_unstable();
    formats.dedup();
    if !columns.is_empty() && !columns.iter().any(|column| column == "account_id") {
        return Err("the columns lack account_id, without which no row says whose it is".into());
    }
    Ok(Formats { formats, columns })
}

fn count(text: &str) -> Result<i32, String> {
    let number = text.trim().parse::<i32>().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| format!("{text:?} is not a whole number of 1 or more"))
}

fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    number.ok_or_else(|| format!("{text:?} is not a number of 0 or more, such as 0.02"))
}

#[cfg(test)]
mod tests;
