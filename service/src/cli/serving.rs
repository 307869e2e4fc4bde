//! What is typed to serve, and what a server types to its workers.

use crate::config::{Given, SETTINGS, Setting};
use crate::server::policy::Rights;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use std::path::PathBuf;

/// `carve serve`: a flag for each setting, beside those that are about settings.
#[derive(Debug)]
pub struct ServeArgs {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// Whether to print all settings and do nothing else.
    pub print_config: bool,
    /// What was typed.
    pub given: Given,
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// The flag of a setting.
fn flag(setting: &Setting) -> Arg {
    let mut help = setting.text.replace('\n', " ");
    if let Some(default) = setting.default.filter(|default| *default != "false") {
        help += &format!(" [default: {default}]");
    }
    let mut flag = Arg::new(setting.name).long(setting.name).help(help).action(ArgAction::Set);
    if let Some(other) = setting.without {
        flag = flag.conflicts_with(other);
    }
    match setting.value {
        "" => flag.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("true|false"),
        value => flag.value_name(value),
    }
}

impl Args for ServeArgs {
    fn augment_args(command: Command) -> Command {
        let file = "File of settings, TOML: a line for each, by the names of these flags, which win over it";
        let print = "Print all settings with what they are for, as such a file, and do nothing else";
        let file = Arg::new("config").long("config").value_name("FILE").help(file);
        let print = Arg::new("print-config").long("print-config").action(ArgAction::SetTrue).help(print);
        let file = file.value_parser(clap::value_parser!(PathBuf));
        command.arg(file).arg(print).args(SETTINGS.iter().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        ServeArgs::augment_args(command)
    }
}

impl FromArgMatches for ServeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<ServeArgs, clap::Error> {
        let given = |setting: &'static Setting| Some((setting, matches.get_one::<String>(setting.name)?.clone()));
        Ok(ServeArgs {
            config: matches.get_one::<PathBuf>("config").cloned(),
            print_config: matches.get_flag("print-config"),
            given: SETTINGS.iter().filter_map(given).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = ServeArgs::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `carve token`
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: TokenAction,
}

/// What can be done about tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Make a token and print it, once: the file has its hash alone. With --certificate: let whoever shows that certificate in, and
    /// print nothing
    New {
        /// Whose books and runs it sees: letters, digits, dots, dashes and underscores
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// What it allows, some of: read (look at runs), solve (send, make, stop and delete), admin (reflection)
        #[arg(long, value_name = "RIGHTS", default_value = "read,solve")]
        rights: Rights,
        /// A client's certificate in PEM, in place of a token; for servers with --client-ca
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
        /// The file, made if missing; a server with --tokens FILE heeds it within a second
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Show what is valid: id, kind, tenant, rights, when it was made
    List {
        /// The file
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Take a token or a certificate back
    Revoke {
        /// Its id, or the beginning of it, as carve token list shows
        #[arg(value_name = "ID")]
        id: String,
        /// The file
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
}

/// `carve worker`
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Milliseconds from the start of the process until the plan must be there
    #[arg(long, value_name = "MS")]
    pub budget_ms: u64,
    /// Milliseconds kept after that for packing the plan, which grow with what reading the request takes; 0: they do not
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub packing_ms: u64,
    /// Threads to use at most
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub threads: usize,
    /// Bytes of memory to use at most
    #[arg(long, value_name = "BYTES")]
    pub memory_bytes: Option<u64>,
}
