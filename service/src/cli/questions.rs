//! What is typed to ask a plan, or a book as it stands, something.

use super::{OptionArgs, RequestArgs, duration};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// `carve evaluate`
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Who is to have which account: assignments.csv, or any table with a column of account ids and one of territories or
    /// owners [default: today's owners]
    #[arg(long, value_name = "FILE")]
    pub assignments: Option<PathBuf>,
    /// Folder for evaluation.json and evaluation.csv; made if missing. Without it nothing is written
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the evaluation as JSON instead of the summary
    #[arg(long)]
    pub json: bool,
}

/// `carve explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// What to explain
    #[arg(value_name = "SUBJECT")]
    pub subject: Subject,
    /// Which one: an account's id, a territory's, or a rule's. Without one: what every rule costs
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Folder that carve solve wrote; a conflict needs none
    #[arg(long, value_name = "DIR")]
    pub answer: Option<PathBuf>,
    /// An account: look for the cheapest repair with it at this territory. Once for each [default: its owner's, and those that
    /// look cheapest]
    #[arg(long, value_name = "TERRITORY")]
    pub to: Vec<String>,
    /// Time for repairs and for a conflict [default: 5s, a conflict 10s]; for rules: solve without each, the dearest first, as
    /// long as this [default: estimates alone]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub time_limit: Option<Duration>,
    /// Print the explanation as JSON
    #[arg(long)]
    pub json: bool,
}

/// What is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Subject {
    /// Where an account is and why, and what it does elsewhere
    Account,
    /// What binds a territory, and what would bring it in
    Territory,
    /// What a rule costs, or all of them
    Rule,
    /// Why there is no plan, and what would make one
    Conflict,
}

/// `carve curve`
#[derive(Debug, Args)]
pub struct CurveArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// What to be good at: balance, or travel within the best balance
    #[arg(long, value_name = "WHAT", default_value = "balance")]
    pub criterion: Criterion,
    /// What it costs
    #[arg(long, value_name = "WHAT", default_value = "moves")]
    pub against: Against,
    /// How many points, from no move to all
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u8).range(2..=50))]
    pub points: u8,
    /// The options. Time (60s unless given) and work are those of all points together, whatever the plan file says of one solve
    #[command(flatten)]
    pub options: OptionArgs,
    /// Folder for curve.json, curve.csv and curve.html; made if missing
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Folder of an answer to the same request: curve.json and curve.csv go there, and the curve into its report.html
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub answer: Option<PathBuf>,
    /// Print the curve as JSON
    #[arg(long)]
    pub json: bool,
    /// Print the curve as CSV
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// What a curve is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Criterion {
    /// The first tier with bands
    Balance,
    /// The first tier that counts distances
    Travel,
}

/// What a curve is against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Against {
    /// Accounts that leave their owner
    Moves,
}
