//! Strategies beside one another on many made books, as `carve compare` holds plans: all scored by the first strategy's tiers.
//! A row for each strategy, with medians over books and runs.

use crate::case::Case;
use carve_datasets::{GenerateOptions, Shape, generate};
use carve_service::comparison::{Book, Shared, Source, planned, side_by_side, solve_all};
use carve_solver::comparison::{Aspect, best_off, worst_off};
use carve_solver::input::{BandInput, CriterionInput, Input, NodeInput, OptionsInput, SplitInput, TierInput};
use carve_solver::{Finding, Plan, Problem};
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

/// What is put first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Every measure in its band, then accounts with their owners, then short ways.
    BalanceFirst,
    /// Accounts with their owners, then the bands, then short ways.
    OwnersFirst,
    /// Short ways, then the bands, then owners.
    NearFirst,
    /// As `balance-first`, in bands of three times the width.
    WideBands,
}

impl Strategy {
    /// All, in the order of the table.
    pub const ALL: [Strategy; 4] =
        [Strategy::BalanceFirst, Strategy::OwnersFirst, Strategy::NearFirst, Strategy::WideBands];

    /// Its name, which [`FromStr`] reads.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::BalanceFirst => "balance-first",
            Strategy::OwnersFirst => "owners-first",
            Strategy::NearFirst => "near-first",
            Strategy::WideBands => "wide-bands",
        }
    }

    fn tiers(self, measures: &[&str], tolerance: f64) -> Vec<TierInput> {
        let tolerance = if self == Strategy::WideBands { 3.0 * tolerance } else { tolerance };
        let band = |measure: &&str| {
            let band = BandInput { column: (*measure).to_owned(), tolerance: Some(tolerance), ..BandInput::default() };
            Some(CriterionInput::Balance(band))
        };
        let tier = |criteria| TierInput { criteria, ..TierInput::default() };
        let balance = tier(measures.iter().map(band).collect());
        let kept = CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None };
        let owners = tier(vec![Some(kept)]);
        let near = CriterionInput::Compactness { level_weights: Vec::new(), distance: true, weight: None };
        let near = tier(vec![Some(near)]);
        match self {
            Strategy::BalanceFirst | Strategy::WideBands => vec![balance, owners, near],
            Strategy::OwnersFirst => vec![owners, balance, near],
            Strategy::NearFirst => vec![near, balance, owners],
        }
    }
}

/// A text is no strategy's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no strategy; choose among {list}", list = Strategy::ALL.map(Strategy::name).join(", "))]
pub struct StrategyUnknown(pub String);

impl FromStr for Strategy {
    type Err = StrategyUnknown;

    fn from_str(text: &str) -> Result<Strategy, StrategyUnknown> {
        let found = Strategy::ALL.into_iter().find(|strategy| strategy.name() == text);
        found.ok_or_else(|| StrategyUnknown(text.to_owned()))
    }
}

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Sizes of the books.
    pub accounts: Vec<usize>,
    /// Seeds of the books.
    pub seeds: Vec<u64>,
    /// Runs of each, with seeds of their own.
    pub runs: usize,
    /// The strategies, of which the first scores all.
    pub strategies: Vec<Strategy>,
    /// Territories, bands, limits and threads.
    pub like: Case,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum StrategiesFailed {
    /// A made book was refused.
    #[error("a made book is refused: {}", .0.first().map_or("", |finding| &finding.message))]
    Refused(Vec<Finding>),
    /// A plan did not pass the check.
    #[error("the plan of {strategy} does not pass the check: {fault}")]
    Check {
        /// Whose plan.
        strategy: &'static str,
        /// The first fault.
        fault: String,
    },
}

/// What came of one strategy on one book.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    /// Value of the first strategy's first tier.
    first: f64,
    shortfall: f64,
    surplus: f64,
    /// Parts of the accounts, and of the pipeline, that leave their owner.
    moved: f64,
    moved_pipeline: f64,
    km: f64,
    /// The largest gap of its own tiers.
    gap: f64,
    seconds: f64,
    /// Aspects in which no other was better.
    best: f64,
}

/// Writes a table for each size: a row for each strategy.
///
/// # Errors
/// When a book is refused or a plan does not pass the check.
pub fn run(asked: &Asked, out: &dyn Fn(&str)) -> Result<(), StrategiesFailed> {
    for &accounts in &asked.accounts {
        let mut outcomes: Vec<Vec<Outcome>> = vec![Vec::new(); asked.strategies.len()];
        for &seed in &asked.seeds {
            for run in 0..asked.runs {
                let book = one_book(asked, accounts, seed, run as u64)?;
                outcomes.iter_mut().zip(book).for_each(|(all, one)| all.push(one));
            }
        }
        let books = asked.seeds.len() * asked.runs;
        out(&format!("{accounts} accounts, {} territories, medians of {books} runs", asked.like.buckets));
        out("");
        out("| strategy | tier 1 | worst-off | best-off | accounts moved | pipeline moved | km | gap | best in | s |");
        out("|---|---|---|---|---|---|---|---|---|---|");
        for (strategy, outcomes) in asked.strategies.iter().zip(&outcomes) {
            out(&Row { strategy: *strategy, outcomes }.to_string());
        }
        out("");
    }
    Ok(())
}

/// Every strategy on one made book whose accounts all have owners.
fn one_book(asked: &Asked, accounts: usize, seed: u64, run: u64) -> Result<Vec<Outcome>, StrategiesFailed> {
    let like = &asked.like;
    let options = GenerateOptions {
        accounts,
        buckets: like.buckets,
        seed,
        shape: Shape::Owned,
        tolerance: like.tolerance,
        extra_measures: 0,
    };
    let book = generate(&options).book;
    let measures: Vec<&str> =
        std::iter::once("account_count").chain(book.measures.iter().map(|m| m.name.as_str())).collect();
    let split = split(like.buckets);
    let problem = |tiers: Vec<TierInput>| {
        let options = OptionsInput {
            time_limit: Some(like.time_limit),
            gap_target: Some(like.gap_target),
            work_limit: like.work_limit,
            threads: 1,
            seed: run,
            ..OptionsInput::default()
        };
        let input = Input { book: book.clone(), split: Some(split.clone()), tiers, options, ..Input::default() };
        Problem::of(input).map_err(StrategiesFailed::Refused)
    };
    let tiers = |strategy: &Strategy| strategy.tiers(&measures, like.tolerance);
    let words = problem(tiers(&asked.strategies[0]))?;
    let problems: Vec<Problem> = asked.strategies.iter().map(|s| problem(tiers(s))).collect::<Result<_, _>>()?;
    let cores = usize::try_from(like.threads).ok().filter(|threads| *threads > 0).unwrap_or(1);
    let (stop, all) = (AtomicBool::new(false), problems.iter().collect::<Vec<&Problem>>());
    let plans = solve_all(&all, Shared::of(all.len(), cores), None, &stop, &|_, _| {});
    let mut books: Vec<Book> = Vec::new();
    for (strategy, plan) in asked.strategies.iter().zip(&plans) {
        if let Some(fault) = plan.check.faults.first() {
            return Err(StrategiesFailed::Check { strategy: strategy.name(), fault: fault.clone() });
        }
        let same_tiers = *strategy == asked.strategies[0];
        books.push(planned(strategy.name().into(), Source::Solved, &words, plan, same_tiers, true));
    }
    let comparison = side_by_side(books, &words, asked.strategies[0].name().into());
    let best = |number: usize| {
        let aspects = comparison.compared.iter().filter(|compared| !matches!(compared.aspect, Aspect::Criterion(..)));
        aspects.filter(|compared| compared.best.contains(&number)).count() as f64
    };
    Ok(comparison.books.iter().zip(&plans).enumerate().map(|(n, (book, plan))| outcome(book, plan, best(n))).collect())
}

/// The leaves that a made book's owners are named after.
fn split(buckets: usize) -> SplitInput {
    let leaf = |number: usize| NodeInput { node_id: format!("t{number}"), ..NodeInput::default() };
    let children = (0..buckets).map(leaf).collect();
    SplitInput::Tree(NodeInput { node_id: "root".into(), children, ..NodeInput::default() })
}

fn outcome(book: &Book, plan: &Plan, best: f64) -> Outcome {
    let nothing = f64::NAN;
    let gap = book.proof.as_ref().map_or(nothing, |proof| proof.gaps.iter().fold(0.0, |a, &b| f64::max(a, b)));
    let seconds = plan.solve_time.as_secs_f64();
    let Some(standing) = &book.standing else {
        return Outcome {
            first: nothing,
            shortfall: nothing,
            surplus: nothing,
            moved: nothing,
            moved_pipeline: nothing,
            km: nothing,
            gap,
            seconds,
            best,
        };
    };
    let moved = &standing.moved;
    Outcome {
        first: standing.tiers[0].value.unwrap_or(nothing),
        shortfall: worst_off(standing).map_or(nothing, |worst| worst.deviation),
        surplus: best_off(standing).map_or(nothing, |best| best.deviation),
        moved: moved.accounts as f64 / moved.owned_accounts.max(1) as f64,
        moved_pipeline: moved.amount as f64 / moved.owned_amount.max(1) as f64,
        km: standing.mean_distance_km,
        gap,
        seconds,
        best,
    }
}

/// A row of the table.
struct Row<'a> {
    strategy: Strategy,
    outcomes: &'a [Outcome],
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let median = |of: fn(&Outcome) -> f64| {
            let mut all: Vec<f64> = self.outcomes.iter().map(of).filter(|value| !value.is_nan()).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
        };
        let percent = |part: f64| format!("{:.1} %", part * 100.0);
        let cells = [
            self.strategy.name().to_owned(),
            format!("{:.4}", median(|o| o.first)),
            percent(median(|o| o.shortfall)),
            percent(median(|o| o.surplus)),
            percent(median(|o| o.moved)),
            percent(median(|o| o.moved_pipeline)),
            format!("{:.1}", median(|o| o.km)),
            percent(median(|o| o.gap)),
            format!("{:.0}", median(|o| o.best)),
            format!("{:.2}", median(|o| o.seconds)),
        ];
        write!(f, "| {} |", cells.join(" | "))
    }
}
