//! What is typed to serve, and what a server types to its workers.

use super::duration;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// `carve serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where to listen; only this machine's own addresses, until TLS and authentication are there
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7070")]
    pub addr: SocketAddr,
    /// Solves at one time; more wait or are refused with RESOURCE_EXHAUSTED [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub max_solves: Option<u32>,
    /// Longest time limit of a solve
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub max_time_limit: Duration,
    /// Folder to keep runs in, made if missing; runs are done again from there after a crash. Without it and --database runs
    /// are kept in memory
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    pub data: Option<PathBuf>,
    /// PostgreSQL to keep runs in, for any number of servers: postgres://user:password@host/database. A password is better
    /// given in the environment, as PGPASSWORD
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Take in runs and leave the work to others: carve serve --workers-only over the same --data or --database
    #[arg(long, conflicts_with = "workers_only")]
    pub no_workers: bool,
    /// Work on runs and answer no calls
    #[arg(long)]
    pub workers_only: bool,
    /// End as on Ctrl-C, and sooner, when standard input closes: for a program that starts a server and must not leave it
    /// behind however it ends itself
    #[arg(long)]
    pub until_stdin_closes: bool,
    /// Answer gRPC server reflection v1
    #[arg(long)]
    pub reflection: bool,
}

/// `carve worker`
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Milliseconds from the start of the process until the plan must be there
    #[arg(long, value_name = "MS")]
    pub budget_ms: u64,
    /// Threads to use at most
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub threads: usize,
    /// Bytes of memory to use at most
    #[arg(long, value_name = "BYTES")]
    pub memory_bytes: Option<u64>,
}
