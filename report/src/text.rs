//! Text cells that no spreadsheet runs.

use std::borrow::Cow;

/// What a spreadsheet takes for the start of a formula or a command.
const FORMULA_STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// The text with a `'` before it if it starts like a formula, or with `'`s and then like a formula. The reader of
/// `accounts.csv` takes that `'` off again, and the second case makes sure that it takes off no other.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    match is_formula_like(text.trim_start_matches('\'')) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Whether a spreadsheet takes the text for a formula or a command when somebody types it.
pub(crate) fn is_formula_like(text: &str) -> bool {
    text.starts_with(FORMULA_STARTS)
}

#[cfg(test)]
mod tests {
    use super::neutralise;

    #[test]
    fn only_what_starts_like_a_formula_changes() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'=", "''@"] {
            let text = format!("{start}1");
            assert_eq!(neutralise(&text), format!("'{text}"));
        }
        for text in ["", "a=1", "'", "'a", " =1", "0031"] {
            assert_eq!(neutralise(text), text);
        }
    }
}
