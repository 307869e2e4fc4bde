//! Text cells: formula neutralisation both ways, and how much of a value a message shows.

use std::borrow::Cow;

/// Characters of a value that a message shows.
const SHOWN_MAX: usize = 40;

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

/// The first characters of a value, for messages.
pub(super) fn excerpt(value: &[u8]) -> String {
    // Four bytes a character at most, so the cut loses nothing that would be shown.
    let head = &value[..value.len().min(4 * (SHOWN_MAX + 1))];
    let text = String::from_utf8_lossy(head);
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
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
    fn excerpts_are_short() {
        assert_eq!(excerpt(b"short"), "short");
        assert_eq!(excerpt("ü".repeat(41).as_bytes()), "ü".repeat(40) + "…");
        assert!(excerpt(&[0xFF; 1000]).chars().count() <= 41);
    }
}
