//! What standard output is: how wide, and whether it takes colour. The one door to the `console` crate.

use console::Term;

/// Characters of a line where the output is no terminal.
const WIDTH_DEFAULT: usize = 80;
/// Narrower than this no table can be shown.
const WIDTH_MIN: usize = 40;

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Characters of a line; 40 or more.
    pub width: usize,
    /// Whether colours are shown: on a terminal, unless `NO_COLOR` is set.
    pub colour: bool,
}

impl Terminal {
    /// 80 characters, no colour: what files and pipes get.
    pub const PLAIN: Terminal = Terminal { width: WIDTH_DEFAULT, colour: false };

    /// Standard output, as it is.
    pub fn of_stdout() -> Terminal {
        let term = Term::stdout();
        if !term.is_term() {
            return Terminal::PLAIN;
        }
        let width = term.size_checked().map_or(WIDTH_DEFAULT, |(_, columns)| usize::from(columns));
        Terminal { width: width.max(WIDTH_MIN), colour: console::colors_enabled() }
    }

    /// Text that stands out.
    pub fn bold(self, text: &str) -> String {
        if self.colour { console::style(text).force_styling(true).bold().to_string() } else { text.to_owned() }
    }

    /// Text that warns.
    pub fn warning(self, text: &str) -> String {
        if self.colour { console::style(text).force_styling(true).red().bold().to_string() } else { text.to_owned() }
    }

    /// The words of `text` in lines of at most the width, the first after `first` and the others after `margin`. A word
    /// that is longer stands on a line by itself.
    pub fn wrapped(self, first: &str, margin: &str, text: &str) -> String {
        let mut out = String::from(first);
        let mut used = first.chars().count();
        let mut empty = true;
        for word in text.split_whitespace() {
            let size = word.chars().count();
            if !empty && used + 1 + size > self.width {
                out.push('\n');
                out.push_str(margin);
                used = margin.chars().count();
                empty = true;
            }
            if !empty {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += size;
            empty = false;
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_longer_than_the_terminal_is_wide() {
        let narrow = Terminal { width: 40, colour: false };
        let text = narrow.wrapped("  1. ", "     ", &"balance every band is met, nothing can be better ".repeat(5));
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(
            text.starts_with("  1. balance every") && text.lines().skip(1).all(|l| l.starts_with("     ")),
            "{text}"
        );
        let long = "x".repeat(90);
        assert_eq!(narrow.wrapped("", "  ", &format!("a {long} b")), format!("a\n  {long}\n  b\n"));
    }

    #[test]
    fn plain_text_has_no_colour() {
        assert_eq!(Terminal::PLAIN.bold("x"), "x");
        assert_eq!(Terminal::PLAIN.warning("!"), "!");
        let colours = Terminal { width: 80, colour: true };
        assert_eq!(colours.bold("x"), "\u{1b}[1mx\u{1b}[0m");
    }
}
