//! `carve-benches quality [ACCOUNTS,…] [SEEDS] [SECONDS]`: a table of solves, each beside the baseline.

use carve_benches::case::Case;
use carve_benches::quality::{HEADING, Refused, measure};
use carve_datasets::Shape;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
carve-benches quality [ACCOUNTS,...] [SEEDS] [SECONDS]
  ACCOUNTS  sizes of the books, with commas      300,1000
  SEEDS     books of each size and shape, 1 to   1
  SECONDS   time limit of each solve             5";

struct Asked {
    sizes: Vec<usize>,
    seeds: u64,
    time_limit: Duration,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(asked) = read(&words) else {
        println!("{USAGE}");
        return ExitCode::from(2);
    };
    match quality(&asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            println!("{refused}");
            ExitCode::FAILURE
        }
    }
}

fn read(words: &[String]) -> Option<Asked> {
    let (command, rest) = words.split_first()?;
    let word = |at: usize, default: &str| rest.get(at).cloned().unwrap_or_else(|| default.into());
    let sizes = word(0, "300,1000").split(',').map(|n| n.parse().ok().filter(|n| *n > 0)).collect::<Option<_>>()?;
    let seeds = word(1, "1").parse().ok()?;
    let seconds = word(2, "5").parse().ok().filter(|s| (0.1..86_400.0).contains(s))?;
    (command == "quality" && rest.len() <= 3).then_some(Asked {
        sizes,
        seeds,
        time_limit: Duration::from_secs_f64(seconds),
    })
}

fn quality(asked: &Asked) -> Result<(), Refused> {
    println!("{HEADING}");
    for &accounts in &asked.sizes {
        for shape in Shape::ALL {
            for seed in 1..=asked.seeds {
                println!("{}", measure(&Case::new(accounts, shape, seed, asked.time_limit))?);
            }
        }
    }
    Ok(())
}
