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

/// The words of `text` in lines of at most `width` characters, the first after `first` and the others after `margin`; it
/// ends with a line feed. A word that is longer stands on a line by itself. White space inside a line stays as it is.
pub fn folded(width: usize, first: &str, margin: &str, text: &str) -> String {
    let mut out = String::from(first);
    let mut used = first.chars().count();
    let mut empty = true;
    for piece in text.trim().split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let size = word.chars().count();
        if !empty && used + size > width && !word.is_empty() {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.push_str(margin);
            used = margin.chars().count();
        }
        out.push_str(piece);
        used += piece.chars().count();
        empty = false;
    }
    out.push('\n');
    out
}

/// Whether a spreadsheet takes the text for a formula or a command when somebody types it.
pub(crate) fn is_formula_like(text: &str) -> bool {
    text.starts_with(FORMULA_STARTS)
}

#[cfg(test)]
mod tests {
    use super::{folded, neutralise};

    #[test]
    fn lines_are_folded_between_words_and_keep_the_white_space_inside() {
        let text = folded(40, "  1. ", "     ", &"balance every band is met, nothing can be better ".repeat(5));
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(
            text.starts_with("  1. balance every") && text.lines().skip(1).all(|l| l.starts_with("     ")),
            "{text}"
        );
        assert_eq!(text.split_whitespace().count(), 1 + 9 * 5);
        let long = "x".repeat(90);
        assert_eq!(folded(40, "", "  ", &format!("a {long} b")), format!("a\n  {long}\n  b\n"));
        assert_eq!(folded(12, "", "", "\"a  b\" is  not \"a b\""), "\"a  b\" is\nnot \"a b\"\n");
        assert_eq!(folded(5, "", "", "abc d ef"), "abc d\nef\n");
        assert_eq!(folded(9, "", "", ""), "\n");
    }

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
