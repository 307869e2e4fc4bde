//! Text that no spreadsheet takes for a formula, both ways.

use std::borrow::Cow;

/// Characters by which a spreadsheet takes a cell for a formula or a command.
const FORMULA_STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// The text as a cell that no spreadsheet runs: a `'` goes before a text that starts like a formula, and before one
/// that starts with `'`s and then like a formula, so that [`restore`] gives back every text.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    match starts_formula(text.trim_start_matches('\'')) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// The text that [`neutralise`] was given: one `'` less where `'`s come before what starts like a formula.
pub fn restore(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if starts_formula(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

fn starts_formula(text: &str) -> bool {
    text.starts_with(FORMULA_STARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_neutralised_and_come_back() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("'=1", "''=1"),
            ("''", "''"),
            ("-5", "'-5"),
            ("＠x", "'＠x"),
            ("\0", "'\0"),
            ("o'neil", "o'neil"),
            ("'quoted'", "'quoted'"),
            ("", ""),
        ] {
            assert_eq!(neutralise(text), cell);
            assert_eq!(restore(cell), text);
        }
    }
}
