//! How the program ends. The codes are part of the contract; the README lists them.

use crate::columns;
use crate::config::ConfigError;
use crate::findings::{self, Findings};
use crate::json::JsonError;
use crate::server::ServeError;
use crate::server::tokens::TokenError;
use crate::terminal::Terminal;
use std::process::ExitCode;

/// The program's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; for `solve` a plan was found and written, for `check` all holds.
    Done = 0,
    /// 1: our fault, or a disk that failed while results were written.
    OurFault = 1,
    /// 2: the accounts, the plan file, the answer or the command line is at fault.
    BadInput = 2,
    /// 3: proved that no plan meets the rules.
    Infeasible = 3,
    /// 4: stopped, or out of time or work, before any plan was found.
    NoPlanFound = 4,
    /// 5: `check` read everything and something does not hold; `solve` found a plan that does not pass its own check.
    CheckFailed = 5,
    /// 130: a second Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The input has errors; all of them.
    #[error("the input has errors")]
    Input(Findings),
    /// The folder for results cannot be used.
    #[error("error: --out {} cannot be used: {}", .0.path.display(), .0.source)]
    OutUnusable(carve_report::ReportError),
    /// A column of assignments.csv that there is not.
    #[error(
        "error: --format csv has no column {name:?}; there are account_id, name, node_id, node_name, level_1, level_2 …, \
         current_owner, moved, stage_4 … by their counts, reason, and the measures {measures}"
    )]
    Column {
        /// As it was written.
        name: String,
        /// Those of the request.
        measures: String,
    },
    /// A result cannot be written.
    #[error("error: {} cannot be written: {}", .0.path.display(), .0.source)]
    Report(#[from] carve_report::ReportError),
    /// A message has no JSON.
    #[error("error: the result cannot be put into JSON: {0}")]
    Json(#[from] JsonError),
    /// Standard output is closed or full.
    #[error("error: standard output cannot be written: {0}")]
    Stdout(#[source] std::io::Error),
    /// Ctrl-C cannot be watched.
    #[error("error: Ctrl-C cannot be watched: {0}")]
    Signal(#[source] std::io::Error),
    /// Ctrl-C cannot be watched.
    #[error("error: Ctrl-C cannot be watched: {0}")]
    Interrupt(#[from] ctrlc::Error),
    /// The server cannot start or go on.
    #[error("error: {0}")]
    Serve(#[from] ServeError),
    /// A setting of the server cannot be.
    #[error("error: {0}")]
    Config(#[from] ConfigError),
    /// The file of tokens cannot be used.
    #[error("error: {0}")]
    Token(#[from] TokenError),
    /// It was told already, as a line of the log.
    #[error("told in the log")]
    Told(Exit),
    /// The worker cannot talk to the server that started it.
    #[error("error: the worker's pipes failed: {0}")]
    Worker(#[source] std::io::Error),
}

impl CommandError {
    /// What people read, in lines that fit: for input with errors how it was read as far as it was, and every fault.
    pub fn text(&self, terminal: Terminal) -> String {
        match self {
            CommandError::Input(found) => columns::block(&found.columns) + &findings::to_text(found, terminal),
            CommandError::Told(_) => String::new(),
            other => terminal.wrapped("", "  ", &findings::printable(&other.to_string())),
        }
    }

    /// The code it ends the program with.
    pub fn exit(&self) -> Exit {
        match self {
            CommandError::Input(_)
            | CommandError::OutUnusable(_)
            | CommandError::Column { .. }
            | CommandError::Config(_)
            | CommandError::Token(_) => Exit::BadInput,
            CommandError::Serve(
                ServeError::NotLoopback(_)
                | ServeError::Bind { .. }
                | ServeError::Files(_)
                | ServeError::NothingShared
                | ServeError::Store(_),
            ) => Exit::BadInput,
            CommandError::Told(exit) => *exit,
            _ => Exit::OurFault,
        }
    }
}
