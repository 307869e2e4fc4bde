//! A comparison as rows of text: one for each thing that books are compared in, with a cell for each book. Terminal, Markdown
//! and page show the same rows.

use super::{Book, Comparison, Proof, Source};
use crate::findings::printable;
use crate::progress::number;
use carve_solver::comparison::{Aspect, Compared, Extreme, best_off, worst_off};
use carve_solver::plan::Reason;
use carve_solver::standing::Standing;
use carve_solver::{Amount, ValueUnit};

/// Digits of amounts.
const DIGITS: u8 = 3;
/// What stands where there is nothing to say.
const NOTHING: &str = "-";

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is compared.
    pub label: String,
    /// One for each book.
    pub cells: Vec<String>,
    /// Numbers of the books that are best in it.
    pub best: Vec<usize>,
}

/// All rows, in order.
pub fn rows(comparison: &Comparison) -> Vec<Row> {
    let books = &comparison.books;
    let mut rows = vec![plain("from", books, |book| from(book).to_owned())];
    let territories = |book: &Book| book.standing.as_ref().map(|standing| count_of_territories(standing).to_string());
    rows.push(plain("territories", books, |book| territories(book).unwrap_or_else(nothing)));
    for compared in &comparison.compared {
        rows.extend(row(comparison, compared));
        if let Aspect::Tier(t) = compared.aspect {
            let proved = plain("  proved within", books, |book| proved(book.proof.as_ref(), t));
            rows.extend(proved.cells.iter().any(|cell| cell != NOTHING).then_some(proved));
        }
    }
    if let Some(first) = books.iter().position(|book| book.standing.is_some()) {
        let label = format!("not with the same as in {}", printable(&books[first].name));
        rows.push(plain(&label, books, |book| match book.holders.is_empty() {
            true => nothing(),
            false => book.holders.iter().zip(&books[first].holders).filter(|(a, b)| a != b).count().to_string(),
        }));
    }
    rows
}

/// What each book is best in, a sentence each, without those that are best in nothing.
pub fn better(comparison: &Comparison) -> Vec<String> {
    let of = |number: usize| {
        let best = comparison.compared.iter().filter(|compared| compared.best.contains(&number));
        let in_what: Vec<String> = best.map(|compared| what(comparison, compared.aspect)).collect();
        let name = printable(&comparison.books[number].name);
        (!in_what.is_empty()).then(|| format!("{name} is best in {}", in_what.join(", ")))
    };
    let unranked = |&number: &usize| {
        let book = &comparison.books[number];
        let name = printable(&book.name);
        match book.source {
            Source::Today => format!("{name} is what the others are held against, and is not ranked"),
            _ => format!(
                "{name} leaves more accounts without a territory than others, and is not ranked where these count"
            ),
        }
    };
    let best = (0..comparison.books.len()).filter_map(of);
    best.chain(comparison.unranked.iter().map(unranked)).collect()
}

fn nothing() -> String {
    NOTHING.to_owned()
}

fn plain(label: &str, books: &[Book], cell: impl Fn(&Book) -> String) -> Row {
    Row { label: label.to_owned(), cells: books.iter().map(cell).collect(), best: Vec::new() }
}

fn from(book: &Book) -> &'static str {
    match book.source {
        Source::Today => "owners",
        Source::List => "list",
        Source::Answer => "answer",
        Source::Solved => "solved",
    }
}

fn count_of_territories(standing: &Standing) -> usize {
    standing.nodes.iter().filter(|n| n.node.territory && !n.node.outside_balance).count()
}

/// What an aspect is called, in a row of its own or among others.
fn what(comparison: &Comparison, aspect: Aspect) -> String {
    let tier = |t: usize| comparison.tiers.get(t).map_or(&[][..], Vec::as_slice);
    match aspect {
        Aspect::Tier(t) => match tier(t) {
            [(name, _)] => format!("tier {}: {}", t + 1, printable(name)),
            criteria => format!("tier {}: {} criteria", t + 1, criteria.len()),
        },
        Aspect::Criterion(t, c) => tier(t).get(c).map_or_else(String::new, |(name, _)| printable(name)),
        Aspect::Shortfall => "worst-off territory".into(),
        Aspect::Surplus => "best-off territory".into(),
        Aspect::MovedAccounts => "accounts that move".into(),
        Aspect::MovedAmount => format!("{} that moves", printable(moved_measure(comparison))),
        Aspect::Distance => "km to the anchor (mean)".into(),
        Aspect::Unplaced => "accounts with no territory".into(),
        Aspect::Broken => "rules that do not hold".into(),
    }
}

fn moved_measure(comparison: &Comparison) -> &str {
    comparison.books.iter().find_map(|book| book.standing.as_ref()).map_or("", |standing| &standing.moved.measure)
}

/// `None` for what says nothing: amounts where accounts are counted already, distances in a book without places, and what
/// is 0 in every book.
fn row(comparison: &Comparison, compared: &Compared) -> Option<Row> {
    let books = &comparison.books;
    let all_zero = compared.values.iter().flatten().all(|value| *value == 0.0);
    let says = match compared.aspect {
        Aspect::MovedAmount => moved_measure(comparison) != "account_count",
        Aspect::Distance => compared.values.iter().any(Option::is_some),
        Aspect::Unplaced | Aspect::Broken => !all_zero,
        Aspect::Tier(_) | Aspect::Criterion(..) | Aspect::Shortfall | Aspect::Surplus | Aspect::MovedAccounts => true,
    };
    let cell = |(book, value): (&Book, &Option<f64>)| {
        let (Some(standing), Some(value)) = (&book.standing, value) else { return nothing() };
        cell(comparison, compared.aspect, standing, *value)
    };
    let indent = if matches!(compared.aspect, Aspect::Criterion(..)) { "  " } else { "" };
    says.then(|| Row {
        label: format!("{indent}{}", what(comparison, compared.aspect)),
        cells: books.iter().zip(&compared.values).map(cell).collect(),
        best: compared.best.clone(),
    })
}

fn cell(comparison: &Comparison, aspect: Aspect, standing: &Standing, value: f64) -> String {
    let tier = |t: usize| comparison.tiers.get(t).map_or(&[][..], Vec::as_slice);
    match aspect {
        Aspect::Tier(t) => match tier(t) {
            [(_, unit)] => in_unit(*unit, value),
            criteria if criteria.iter().all(|(_, unit)| *unit == ValueUnit::Excess) => {
                in_unit(ValueUnit::Excess, value)
            }
            _ => number(value),
        },
        Aspect::Criterion(t, c) => tier(t).get(c).map_or_else(|| number(value), |(_, unit)| in_unit(*unit, value)),
        Aspect::Shortfall => end(worst_off(standing)),
        Aspect::Surplus => end(best_off(standing)),
        Aspect::MovedAccounts | Aspect::Unplaced | Aspect::Broken => format!("{value:.0}"),
        Aspect::MovedAmount => {
            let decimals = comparison.measures.iter().find(|m| m.measure == standing.moved.measure);
            let decimals = decimals.map_or(0, |described| described.decimals);
            Amount::new(standing.moved.amount, decimals).short(DIGITS, decimals).1
        }
        Aspect::Distance => number(value),
    }
}

/// A value as people read it.
pub fn in_unit(unit: ValueUnit, value: f64) -> String {
    match unit {
        ValueUnit::Excess if value == 0.0 => "in band".into(),
        ValueUnit::Excess | ValueUnit::Part => percent(value),
        ValueUnit::Km => format!("{} km", number(value)),
        ValueUnit::SquareKm => format!("{} km rms", number(value.sqrt())),
        ValueUnit::Sum => number(value),
    }
}

/// A territory and how far it is off: `amer-07 -4.8 %`.
fn end(extreme: Option<Extreme>) -> String {
    extreme.map_or_else(nothing, |at| format!("{} {:+.1} %", printable(&at.node_id), at.deviation * 100.0))
}

fn percent(part: f64) -> String {
    format!("{:.2} %", part * 100.0)
}

/// A gap from which on nothing but what is plain is proved.
const NOTHING_PROVED: f64 = 0.99995;

/// How near a tier of a plan's own is to its bound.
fn proved(proof: Option<&Proof>, t: usize) -> String {
    let Some(proof) = proof else { return nothing() };
    match (proof.reason, proof.gaps.get(t)) {
        (Reason::Infeasible, _) if t == 0 => "infeasible".into(),
        (Reason::NoPlanFound, _) if t == 0 => "none found".into(),
        // A bound of other tiers says nothing of these.
        (_, Some(_)) if !proof.same_tiers => "other tiers".into(),
        (_, Some(gap)) if *gap >= NOTHING_PROVED => "nothing yet".into(),
        (_, Some(gap)) => percent(*gap),
        (_, None) => nothing(),
    }
}
