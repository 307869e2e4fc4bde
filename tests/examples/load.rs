//! Loads a server, and prints what came of it.
//!
//! `cargo run --release --workspace --example load -- CARVE submits|reads A_SECOND SECONDS`, or `watchers COUNT`, or `overload
//! CLIENTS SECONDS`, which compares so many clients with two.

use carve_tests::load::{self, Rate};
use std::path::Path;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u32>().ok());
    let (Some(program), Some(what), Some(first)) = (arguments.first(), arguments.get(1), number(2)) else {
        eprintln!(
            "write: CARVE submits|reads A_SECOND SECONDS, CARVE watchers COUNT, CARVE overload CLIENTS SECONDS, CARVE \
             batch RUNS, CARVE queue RUNS, or CARVE mixed SECONDS"
        );
        return ExitCode::from(2);
    };
    let (program, second) = (Path::new(program), number(3).unwrap_or(10));
    match what.as_str() {
        "submits" => told(&load::submits(program, first, second).await),
        "reads" => told(&load::reads(program, first, second).await),
        "watchers" => {
            let (heard, last) = load::watchers(program, first as usize).await;
            println!("{heard} of {first} watchers heard the end, the last after {last:?}");
        }
        "overload" => {
            let (peak, memory) = load::goodput(program, 2, u64::from(second)).await;
            println!("2 clients: {peak} solves in {second} s, {} MiB", memory >> 20);
            let (answered, memory) = load::goodput(program, first as usize, u64::from(second)).await;
            println!("{first} clients: {answered} solves in {second} s, {} MiB", memory >> 20);
        }
        "batch" => {
            for nodes in [1, 2, 1, 2] {
                let took = load::batch(program, nodes, first as usize).await;
                println!("{nodes} nodes: {first} runs in {took:?}");
            }
        }
        "queue" => {
            for (kind, postgres) in [("SQLite", false), ("PostgreSQL", true)] {
                let (made, claimed) = load::queue(first as usize, postgres).await;
                let at = |times: &[std::time::Duration], part: usize| times[times.len() * part / 100];
                println!("{kind}, {first} wait: made in {:?} (p99 {:?})", at(&made, 50), at(&made, 99));
                println!("{kind}, {first} wait: claimed in {:?} (p99 {:?})", at(&claimed, 50), at(&claimed, 99));
            }
        }
        "mixed" => {
            let mixed = load::mixed(program, u64::from(first)).await;
            for (kind, calls, failed) in &mixed.calls {
                println!("{kind}: {calls} calls, {failed} failed");
            }
            for (at, bytes) in mixed.memory.iter().step_by(mixed.memory.len().div_ceil(24).max(1)) {
                println!("{at:6.0} s {} KiB", bytes >> 10);
            }
            println!("memory grows by {:.0} KiB an hour", mixed.slope() / 1_024.0);
        }
        other => {
            eprintln!("{other:?} is no load");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn told(rate: &Rate) {
    let at = |part: f64| rate.times.get(((rate.times.len() as f64 - 1.0) * part) as usize).copied().unwrap_or_default();
    println!(
        "{} answered, {} failed in {:?}: median {:?}, p99 {:?}, longest {:?}; memory {} to {} MiB",
        rate.answered,
        rate.failed,
        rate.took,
        at(0.5),
        at(0.99),
        at(1.0),
        rate.memory.0 >> 20,
        rate.memory.1 >> 20
    );
}
