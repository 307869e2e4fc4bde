//! What standard output and standard error are: how wide, whether it takes colour, and what must not get there. The one door
//! to the `console` crate.

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

/// Whether a character is not seen, or makes others be seen elsewhere: control characters, marks of writing direction,
/// characters without width, tags.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with what is not seen escaped as in JSON, so that no name moves the cursor, forges a line or turns one around.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| if is_unseen(c) { escape(c, &mut out) } else { out.push(c) });
    out
}

fn escape(c: char, into: &mut String) {
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        into.push_str(&format!("\\u{unit:04x}"));
    }
}

/// What is printed, whoever made it: all that is not seen is escaped but ends of lines, tabs, and the colours of
/// [`Terminal`], where there are any.
pub fn safe(text: &str, colour: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let style = STYLES.iter().find(|style| colour && rest.starts_with(**style));
        let length = style.map_or(c.len_utf8(), |style| style.len());
        match style {
            Some(style) => out.push_str(style),
            None if is_unseen(c) && c != '\n' && c != '\t' => escape(c, &mut out),
            None => out.push(c),
        }
        rest = &rest[length..];
    }
    out
}

/// Says something on standard error.
pub fn say(text: &str) {
    eprint!("{}", safe(text, console::colors_enabled_stderr()));
}

/// What begins and ends colours here.
const STYLES: [&str; 3] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[31m"];

/// Passes text on with what is not seen escaped, but ends of lines; for JSON, in which such characters stand in texts alone.
pub struct Safe<W: std::io::Write> {
    inner: W,
    /// The bytes of a character that is not whole yet.
    begun: Vec<u8>,
}

impl<W: std::io::Write> Safe<W> {
    /// Around a writer.
    pub fn new(inner: W) -> Safe<W> {
        Safe { inner, begun: Vec::new() }
    }
}

impl<W: std::io::Write> std::io::Write for Safe<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text = String::from_utf8_lossy(&self.begun[..whole]);
        self.inner.write_all(safe(&text, false).as_bytes())?;
        self.begun.drain(..whole);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A name that tries all of it.
    const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\u{202e}b\u{200b}\u{feff}c\u{2066}\r\u{7}\u{e0041}";

    #[test]
    fn nothing_unseen_is_printed() {
        let shown = safe(&format!("x\t{HOSTILE}\n"), true);
        assert!(shown.starts_with("x\ta\\u001b[2J") && shown.ends_with('\n'), "{shown:?}");
        assert!(!shown.chars().any(|c| is_unseen(c) && c != '\n' && c != '\t'), "{shown:?}");
        assert!(!printable(HOSTILE).chars().any(is_unseen));
        assert_eq!(printable("Ångström 東京 🙂"), "Ångström 東京 🙂");
        // Colours are passed on where there are any, and there alone.
        let colours = Terminal { width: 80, colour: true };
        assert_eq!(safe(&colours.warning("!"), true), colours.warning("!"));
        assert_eq!(safe("\u{1b}[1m", false), "\\u001b[1m");
    }

    #[test]
    fn json_stays_json() {
        let mut out = Vec::new();
        let json = format!("{{\"name\":\"{}é\"}}\n", "\u{202e}\u{9b}\u{e0041}");
        // One byte at a time, so that characters come in parts.
        let mut safe = Safe::new(&mut out);
        json.as_bytes().iter().for_each(|byte| safe.write_all(&[*byte]).expect("in memory"));
        let out = String::from_utf8(out).expect("UTF-8");
        assert_eq!(out, "{\"name\":\"\\u202e\\u009b\\udb40\\udc41é\"}\n");
        let read: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(read["name"], "\u{202e}\u{9b}\u{e0041}é");
    }

    #[test]
    fn plain_text_has_no_colour() {
        assert_eq!(Terminal::PLAIN.bold("x"), "x");
        assert_eq!(Terminal::PLAIN.warning("!"), "!");
        let colours = Terminal { width: 80, colour: true };
        assert_eq!(colours.bold("x"), "\u{1b}[1mx\u{1b}[0m");
    }
}
