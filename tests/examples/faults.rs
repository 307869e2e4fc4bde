//! Breaks servers as often as asked for, and prints what came of it.
//!
//! `cargo run --release --workspace --example faults -- CARVE WHAT COUNT [SEED]`, where CARVE is the program and WHAT is kills,
//! disk, power, postgres, going-on or cancel.

use carve_tests::faults::{disk, kills, postgres, power};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    let (Some(program), Some(what), Some(count)) = (arguments.first(), arguments.get(1), number(2)) else {
        eprintln!("write: CARVE kills|disk|power|postgres|going-on|cancel COUNT [SEED]");
        return ExitCode::from(2);
    };
    let (program, seed) = (Path::new(program), number(3).unwrap_or(1));
    match what.as_str() {
        "kills" => println!("{:#?}", kills::kills(program, count as usize, seed).await),
        "disk" => {
            for _ in 0..count {
                println!("{:#?}", disk::broken(program).await);
            }
        }
        "power" => {
            let cut = power::cut(program, 40, count as usize, seed).await;
            println!("{} images, {} promises, {} lost: {:#?}", cut.images, cut.promised, cut.lost.len(), cut.lost);
        }
        "postgres" => println!("{:#?}", postgres::away(program, count as usize, seed).await),
        "going-on" => told("goes on in another process", &kills::going_on(program, count as usize).await),
        "cancel" => {
            let (finals, gone) = kills::cancelled(program, count as usize).await;
            told("cancelled", &finals);
            told("worker gone", &gone);
        }
        other => {
            eprintln!("{other:?} is nothing that can be broken");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// The middle, the 99th of a hundred, and the longest of sorted times.
fn told(what: &str, times: &[Duration]) {
    let at = |part: f64| times.get(((times.len() as f64 - 1.0) * part) as usize).copied().unwrap_or_default();
    println!("{what}: median {:?}, p99 {:?}, longest {:?} of {}", at(0.5), at(0.99), at(1.0), times.len());
}
