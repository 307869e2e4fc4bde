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

/// The text of a cell that a program wrote as a formula so that spreadsheets keep it as text: `="001"` is `001`.
pub(crate) fn unwrap_text(cell: &str) -> Cow<'_, str> {
    // Nearly no cell begins so, and every cell of a file is asked.
    if !cell.starts_with('=') {
        return Cow::Borrowed(cell);
    }
    match cell.trim_end().strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(text) if text.replace("\"\"", "").contains('"') => Cow::Borrowed(cell),
        Some(text) if text.contains('"') => Cow::Owned(text.replace("\"\"", "\"")),
        Some(text) => Cow::Borrowed(text),
        None => Cow::Borrowed(cell),
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

    #[test]
    fn text_that_stands_as_a_formula_is_text() {
        for (cell, text) in [
            ("=\"001\"", "001"),
            ("=\"001\" ", "001"),
            ("=\"\"", ""),
            ("=\"5\"\" pipe\"", "5\" pipe"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=A1", "=A1"),
            ("=\"", "=\""),
            ("'=\"001\"", "'=\"001\""),
            ("001", "001"),
        ] {
            assert_eq!(unwrap_text(cell), text);
        }
        // What is written so that no spreadsheet runs it comes back as it was.
        assert_eq!(restore(&unwrap_text(&neutralise("=\"001\""))), "=\"001\"");
    }
}
