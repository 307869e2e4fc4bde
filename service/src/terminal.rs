//! What standard output and standard error are: how wide, and whether it takes colour. The one door to the `console` crate.

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
        Terminal::of(&Term::stdout(), console::colors_enabled())
    }

    /// Standard error, as it is.
    pub fn of_stderr() -> Terminal {
        Terminal::of(&Term::stderr(), console::colors_enabled_stderr())
    }

    fn of(term: &Term, colour: bool) -> Terminal {
        if !term.is_term() {
            return Terminal::PLAIN;
        }
        let width = term.size_checked().map_or(WIDTH_DEFAULT, |(_, columns)| usize::from(columns));
        Terminal { width: width.max(WIDTH_MIN), colour }
    }

    /// Text that stands out.
    pub fn bold(self, text: &str) -> String {
        if self.colour { console::style(text).force_styling(true).bold().to_string() } else { text.to_owned() }
    }

    /// Text that warns.
    pub fn warning(self, text: &str) -> String {
        if self.colour { console::style(text).force_styling(true).red().bold().to_string() } else { text.to_owned() }
    }

    /// The words of `text` in lines of at most the width, the first after `first` and the others after `margin`; see
    /// [`carve_report::folded`].
    pub fn wrapped(self, first: &str, margin: &str, text: &str) -> String {
        carve_report::folded(self.width, first, margin, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_colour() {
        assert_eq!(Terminal::PLAIN.bold("x"), "x");
        assert_eq!(Terminal::PLAIN.warning("!"), "!");
        let colours = Terminal { width: 80, colour: true };
        assert_eq!(colours.bold("x"), "\u{1b}[1mx\u{1b}[0m");
    }
}
