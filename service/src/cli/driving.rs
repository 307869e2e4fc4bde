//! What is typed by programs that drive carve and keep its answers, such as the Python package; no help lists it.

use super::{Formats, OptionArgs, RequestArgs, formats};
use clap::Args;
use std::path::PathBuf;

/// `carve request`
#[derive(Debug, Args)]
pub struct MessagesArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// The options.
    #[command(flatten)]
    pub options: OptionArgs,
}

/// `carve write`
#[derive(Debug, Args)]
pub struct WriteArgs {
    /// The book, and what is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// The options.
    #[command(flatten)]
    pub options: OptionArgs,
    /// The plan, as the message carve.v1.Plan that a server answered with
    #[arg(long, value_name = "FILE")]
    pub answer: PathBuf,
    /// How the search went: messages carve.v1.RunProgress, each after its length as a varint; the report draws them
    #[arg(long, value_name = "FILE")]
    pub steps: Option<PathBuf>,
    /// Folder for the files of the answer; made if missing
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// What to write, as for carve solve
    #[arg(long, value_name = "FORMATS", default_value = "csv,html,geojson", value_parser = formats)]
    pub format: Formats,
    /// What the files call the file of the accounts [default: its name]
    #[arg(long, value_name = "NAME")]
    pub accounts_name: Option<String>,
    /// Leave names and ids of accounts, sellers and rules out of report.html
    #[arg(long)]
    pub anonymous: bool,
}
