//! Judges carve by brute force on random books, as many as asked for.
//!
//! `cargo run --release -p carve-tests --example judge -- --books 1500 --seed 7 --out DIR`
//!
//! Prints how often each kind of rule, split, name and amount was tried, and every disagreement. Each of those is
//! written out as accounts.csv and plan.yaml, so that `carve solve DIR/SEED/accounts.csv --plan DIR/SEED/plan.yaml
//! --out DIR/SEED/answer` shows it again. Ends with code 5 if there is any. `--only SEED` judges one book; with
//! `--shrink` what is written has every account, rule and criterion left out that the disagreement does not need.

use carve_tests::judge::run::{Outcome, run};
use carve_tests::judge::shrink::shrink;
use carve_tests::judge::{Fault, Kind};
use carve_tests::mixed::{Size, draw};
use carve_tests::request_files;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

const SIZE: Size = Size { assignments_max: 2_000_000, work_limits: &[1, 1_000, 20_000, 100_000, 1_000_000] };
/// A line of progress after so many books.
const PROGRESS: u64 = 100;

struct Asked {
    books: u64,
    seed: u64,
    side_by_side: usize,
    out: Option<PathBuf>,
    only: Option<u64>,
    shrink: bool,
}

fn main() -> ExitCode {
    let asked = match read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    if asked.only.is_none() {
        // A panic of the solver is a disagreement; its text is in the list.
        std::panic::set_hook(Box::new(|_| {}));
    }
    let done = AtomicU64::new(0);
    let each = |seed: u64, faults: &[Fault]| {
        let done = 1 + done.fetch_add(1, Ordering::Relaxed);
        if done.is_multiple_of(PROGRESS) {
            eprintln!("{done} books");
        }
        for fault in faults {
            println!("{seed}: {:?}: {}", fault.kind, fault.detail);
        }
    };
    // Books of one seed and of the next share none.
    let (first, books) = asked.only.map_or((asked.seed * 1_000_000, asked.books), |seed| (seed, 1));
    let outcome = run(first, books, asked.side_by_side, SIZE, &each);
    report(&outcome);
    if let Some(out) = &asked.out
        && let Err(error) = write(&outcome, out, asked.shrink)
    {
        eprintln!("{}: {error}", out.display());
        return ExitCode::FAILURE;
    }
    ExitCode::from(if outcome.disagreements.is_empty() { 0 } else { 5 })
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked { books: 1_500, seed: 0, side_by_side: 2, out: None, only: None, shrink: false };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text:?} is no number"));
        match word.as_str() {
            "--books" => asked.books = number(value()?)?,
            "--seed" => asked.seed = number(value()?)?,
            "--threads" => asked.side_by_side = number(value()?)?.clamp(1, 64) as usize,
            "--shrink" => asked.shrink = true,
            "--only" => asked.only = Some(number(value()?)?),
            "--out" => asked.out = Some(value()?.into()),
            other => {
                return Err(format!(
                    "{other:?} is not known; --books N --seed N --threads N --only SEED --shrink --out DIR are"
                ));
            }
        }
    }
    Ok(asked)
}

fn report(outcome: &Outcome) {
    for (what, count) in &outcome.counts.0 {
        println!("{count:>7}  {what}");
    }
    let mut kinds: BTreeMap<Kind, (u64, u64)> = BTreeMap::new();
    for disagreement in &outcome.disagreements {
        let mut of: Vec<Kind> = disagreement.faults.iter().map(|f| f.kind).collect();
        of.sort_unstable();
        of.dedup();
        for kind in of {
            let (books, _) = kinds.entry(kind).or_insert((0, disagreement.seed));
            *books += 1;
        }
    }
    println!("{} books disagree", outcome.disagreements.len());
    for (kind, (books, first)) in kinds {
        println!("{books:>7}  {kind:?}, first {first}");
    }
}

fn write(outcome: &Outcome, out: &Path, smaller: bool) -> std::io::Result<()> {
    for disagreement in &outcome.disagreements {
        let folder = out.join(disagreement.seed.to_string());
        let mut input = draw(disagreement.seed, SIZE);
        if let Some(fault) = disagreement.faults.first().filter(|_| smaller) {
            input = shrink(&input, fault.kind);
        }
        request_files::write(&input, &folder)?;
        let lines: Vec<String> = disagreement.faults.iter().map(|f| format!("{:?}: {}\n", f.kind, f.detail)).collect();
        std::fs::write(folder.join("disagreement.txt"), lines.concat())?;
    }
    Ok(())
}
