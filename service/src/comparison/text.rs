//! What `carve compare` prints on a terminal.

use super::rows::{Row, better, rows};
use super::{Comparison, Proof};
use crate::findings::printable;
use crate::summary::grid;
use crate::terminal::Terminal;
use carve_solver::counting::{is, many};

/// The whole text: how many differ, the table in blocks that fit, who is better in what, and how searches ended.
pub fn text(comparison: &Comparison, terminal: Terminal) -> String {
    let mut text = terminal.bold(terminal.wrapped("", "  ", &headline(comparison)).trim_end()) + "\n\n";
    let rows = rows(comparison);
    let labels: Vec<String> = rows.iter().map(|row| row.label.clone()).collect();
    let column = |(number, book): (usize, &super::Book)| {
        let marked = |row: &Row| format!("{}{}", row.cells[number], if row.best.contains(&number) { '*' } else { ' ' });
        (format!("{} ", printable(&book.name)), rows.iter().map(marked).collect())
    };
    let columns: Vec<(String, Vec<String>)> = comparison.books.iter().enumerate().map(column).collect();
    text += &grid(&labels, columns, terminal);
    text += "\n";
    let section = |heading: &str, lines: Vec<String>| match lines.is_empty() {
        true => String::new(),
        false => {
            let lines: String = lines.iter().map(|line| terminal.wrapped("  ", "    ", line)).collect();
            format!("{}\n{lines}\n", terminal.bold(heading))
        }
    };
    text += &section("Better in what (* above)", better(comparison));
    text += &section("How the searches ended", ended(comparison));
    text += &section("Not compared", refused(comparison));
    text.trim_end().to_owned() + "\n"
}

/// How many accounts there are, and how many of them the books do not give to the same.
pub fn headline(comparison: &Comparison) -> String {
    let books = many(comparison.books.len(), "book");
    let accounts = many(comparison.accounts, "account");
    let differing = comparison.differing.len();
    let what = format!("{} {} not with the same in all", many(differing, "account"), is(differing));
    format!("{books} of {accounts}, all scored by the tiers of {}: {what}.", printable(&comparison.scored_by))
}

/// What was refused, a line each.
pub fn refused(comparison: &Comparison) -> Vec<String> {
    let line = |refused: &super::Refused| printable(&format!("{}: {}", refused.name, refused.reasons.join("; ")));
    comparison.refused.iter().map(line).collect()
}

/// How each search ended, a sentence each.
pub fn ended(comparison: &Comparison) -> Vec<String> {
    let of = |book: &super::Book| {
        let Proof { detail, same_tiers, .. } = book.proof.as_ref()?;
        let other = if *same_tiers { "" } else { " It was made for other tiers than those that score it here." };
        Some(format!("{}: {}{other}", printable(&book.name), printable(detail)))
    };
    comparison.books.iter().filter_map(of).collect()
}
