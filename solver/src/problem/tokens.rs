//! The words and signs of a filter with the places where they stand, so that what is wrong with it can be shown there.
//!
//! A field whose name is no word of letters, digits and `_` stands in backquotes; a backquote in it is doubled.

use std::borrow::Cow;

/// What a piece of a filter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A field, a function, `true`, `in`.
    Word,
    /// A field in backquotes; `closed` says whether its end is there.
    Name {
        /// Whether the second backquote is there.
        closed: bool,
    },
    /// What begins with a digit.
    Number,
    /// Text in quotes; `closed` says whether its end is there.
    Text {
        /// Whether the second quote is there.
        closed: bool,
    },
    /// An operator, a bracket, or a character that means nothing.
    Sign,
}

/// A piece of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    /// The byte where it begins.
    pub at: usize,
}

/// Signs of more than one character, each before those that it begins with. Those that are no CEL are known so that they
/// are not taken for two.
const SIGNS: &[&str] = &["===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<>"];

/// The pieces of a filter, in order.
pub(super) fn tokens(filter: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = filter[at..].chars().next() {
        let rest = &filter[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = match first {
            '"' | '\'' => quoted(rest, first),
            '`' => named(rest),
            c if c.is_ascii_digit() => (Kind::Number, run(rest, |c| c.is_ascii_alphanumeric() || c == '.')),
            c if c.is_alphabetic() || c == '_' => (Kind::Word, run(rest, |c| c.is_alphanumeric() || c == '_')),
            c => (Kind::Sign, SIGNS.iter().find(|s| rest.starts_with(**s)).map_or(c.len_utf8(), |s| s.len())),
        };
        found.push(Token { kind, text: &rest[..length], at });
        at += length;
    }
    found
}

/// Bytes of the text for which `inside` holds.
fn run(text: &str, inside: impl Fn(char) -> bool) -> usize {
    text.find(|c| !inside(c)).unwrap_or(text.len())
}

/// A text in quotes, to its end or to the end of the filter.
fn quoted(text: &str, quote: char) -> (Kind, usize) {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return (Kind::Text { closed: true }, at + 1),
            _ => {}
        }
    }
    (Kind::Text { closed: false }, text.len())
}

/// A name in backquotes, to its end or to the end of the filter.
fn named(text: &str) -> (Kind, usize) {
    let mut quotes = text.char_indices().skip(1).filter(|(_, c)| *c == '`').map(|(at, _)| at).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return (Kind::Name { closed: true }, at + 1);
        }
    }
    (Kind::Name { closed: false }, text.len())
}

impl<'a> Token<'a> {
    /// The name of the field that it may be, without backquotes.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::Word => Some(Cow::Borrowed(self.text)),
            Kind::Name { closed: true } => {
                let inner = &self.text[1..self.text.len() - 1];
                Some(if inner.contains('`') { Cow::Owned(inner.replace("``", "`")) } else { Cow::Borrowed(inner) })
            }
            Kind::Name { closed: false } | Kind::Number | Kind::Text { .. } | Kind::Sign => None,
        }
    }

    /// Whether it is this name.
    pub fn names(&self, name: &str) -> bool {
        self.name().is_some_and(|own| own == name)
    }

    /// Whether it is this sign.
    pub fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// Whether it compares two values.
    pub fn compares(&self) -> bool {
        ["==", "!=", "<", "<=", ">", ">="].iter().any(|sign| self.is(sign))
    }

    /// What stands between the quotes; `None`: it is no text.
    pub fn content(&self) -> Option<&str> {
        let closed = matches!(self.kind, Kind::Text { closed: true });
        closed.then(|| &self.text[1..self.text.len() - 1])
    }
}

/// Where the name of a field stands first.
pub(super) fn first(tokens: &[Token], name: &str) -> Option<usize> {
    fields(tokens).find(|t| t.names(name)).map(|t| t.at)
}

/// Words that may be fields: no functions, no parts of something else, and nothing that CEL knows by itself.
pub(super) fn fields<'a>(tokens: &[Token<'a>]) -> impl Iterator<Item = Token<'a>> {
    let bound = bound(tokens);
    let is_field = move |(at, token): (usize, &Token<'a>)| {
        let after_dot = at > 0 && tokens[at - 1].is(".");
        let called = tokens.get(at + 1).is_some_and(|next| next.is("("));
        let known = ["true", "false", "null", "in"].contains(&token.text);
        let word = token.kind == Kind::Word && !after_dot && !called && !known && !bound.contains(&token.text);
        (word || token.kind == Kind::Name { closed: true }).then_some(*token)
    };
    let found: Vec<Token<'a>> = tokens.iter().enumerate().filter_map(is_field).collect();
    found.into_iter()
}

/// Names that stand for the items of a list, as `x` in `["a", "b"].exists(x, x == role)`.
pub(super) fn bound<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let walks = ["all", "exists", "exists_one", "existsOne", "map", "filter"];
    let name = |four: &[Token<'a>]| {
        let [call, open, name, comma] = four else { return None };
        let walks = walks.contains(&call.text) && open.is("(") && comma.is(",");
        (walks && name.kind == Kind::Word).then_some(name.text)
    };
    tokens.windows(4).filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_know_where_they_stand() {
        let found: Vec<(&str, usize)> =
            tokens(r#"é = "a\"b" && x.contains('=') <= 1.5e3"#).iter().map(|t| (t.text, t.at)).collect();
        let expected = [
            ("é", 0),
            ("=", 3),
            (r#""a\"b""#, 5),
            ("&&", 12),
            ("x", 15),
            (".", 16),
            ("contains", 17),
            ("(", 25),
            ("'='", 26),
            (")", 29),
            ("<=", 31),
            ("1.5e3", 34),
        ];
        assert_eq!(found, expected);
        assert_eq!(tokens("a == 'b")[2].kind, Kind::Text { closed: false });
        assert!(tokens(" \t").is_empty());
    }

    #[test]
    fn names_in_backquotes_may_hold_anything() {
        let pieces = tokens("`Account Segment` == 'x' && `a``b`>1 || ``=`open");
        let names: Vec<Option<Cow<str>>> = pieces.iter().map(Token::name).collect();
        assert_eq!((names[0].as_deref(), names[4].as_deref()), (Some("Account Segment"), Some("a`b")));
        let kinds: Vec<Kind> = pieces.iter().skip(8).map(|piece| piece.kind).collect();
        assert_eq!(kinds, [Kind::Name { closed: true }, Kind::Sign, Kind::Name { closed: false }], "{pieces:?}");
        assert_eq!(tokens("`a` `b")[1].kind, Kind::Name { closed: false });
    }

    #[test]
    fn fields_are_told_from_functions_and_from_items_of_lists() {
        let pieces = tokens("size(name) > 0 && role in ['a'] && ['b'].exists(x, x == state) || true");
        let names: Vec<&str> = fields(&pieces).map(|t| t.text).collect();
        assert_eq!(names, ["name", "role", "state"]);
        assert_eq!(first(&pieces, "role"), Some(18));
    }
}
