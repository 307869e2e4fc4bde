//! A comparison as Markdown, for a page or a message that people share.

use super::text::{ended, headline, refused};
use super::{Comparison, better, rows};
use std::fmt::Write;

/// The same as on a terminal: a table with a column for each book, the best cells in bold.
pub fn markdown(comparison: &Comparison) -> String {
    let mut out = format!("{}\n\n", escaped(&headline(comparison)));
    let names: Vec<String> = comparison.books.iter().map(|book| escaped(&book.name)).collect();
    let _ = writeln!(out, "| | {} |", names.join(" | "));
    let _ = writeln!(out, "|---|{}", "---:|".repeat(names.len()));
    for row in rows(comparison) {
        let cell = |(number, cell): (usize, &String)| match row.best.contains(&number) {
            true => format!("**{}**", escaped(cell)),
            false => escaped(cell),
        };
        let cells: Vec<String> = row.cells.iter().enumerate().map(cell).collect();
        let _ = writeln!(out, "| {} | {} |", escaped(row.label.trim_start()), cells.join(" | "));
    }
    for line in better(comparison).into_iter().chain(ended(comparison)) {
        let _ = write!(out, "\n- {}", escaped(&line));
    }
    for line in refused(comparison) {
        let _ = write!(out, "\n- not compared: {}", escaped(&line));
    }
    out + "\n"
}

/// Text in which nothing is a mark of Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c if "\\`*_{}[]|#!~".contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_name_is_a_mark() {
        assert_eq!(escaped("a|b\n<img src=x> [x](y) *z*"), "a\\|b &lt;img src=x&gt; \\[x\\](y) \\*z\\*");
        assert_eq!(escaped("amer-01 -4.8 %"), "amer-01 -4.8 %");
    }
}
