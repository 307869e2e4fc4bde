//! How fields are named in filters and expressions. CEL's own names are letters, digits and `_` of ASCII; headings are
//! anything. A field whose name has letters of other alphabets is written as it is; any other stands in backquotes. CEL is
//! given names of its kind in their place, so that no two fields meet whatever they are called.

use super::tokens::{Kind, Token, tokens};

/// Words that CEL keeps for itself.
const KEPT: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Whether a character may stand in a name of CEL.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A text in which every name is one of CEL's.
pub(super) struct Plain {
    /// What CEL reads.
    pub text: String,
    /// Names that stand for others, with these.
    names: Vec<(String, String)>,
    /// Where parts begin in the text, and where in the text that was given.
    starts: Vec<(usize, usize)>,
}

impl Plain {
    /// Of a filter or an expression as it was given.
    pub fn of(given: &str) -> Plain {
        let prefix = std::iter::successors(Some("field_".to_owned()), |prefix| Some(format!("{prefix}_")))
            .find(|prefix| !given.contains(prefix.as_str()))
            .unwrap_or_default();
        let mut plain = Plain { text: String::with_capacity(given.len()), names: Vec::new(), starts: vec![(0, 0)] };
        let mut done = 0;
        for token in tokens(given) {
            let Some(name) = token.name().filter(|_| token.kind != Kind::Word || !token.text.chars().all(is_plain))
            else {
                continue;
            };
            plain.text.push_str(&given[done..token.at]);
            done = token.at + token.text.len();
            let known = plain.names.iter().find(|(_, other)| *other == name).map(|(stands, _)| stands.clone());
            let stands = known.unwrap_or_else(|| {
                let stands = format!("{prefix}{}", plain.names.len());
                plain.names.push((stands.clone(), name.into_owned()));
                stands
            });
            plain.text.push_str(&stands);
            plain.starts.push((plain.text.len(), done));
        }
        plain.text.push_str(&given[done..]);
        plain
    }

    /// The name of the field that a name in the text stands for.
    pub fn name<'a>(&'a self, in_text: &'a str) -> &'a str {
        self.names.iter().find(|(stands, _)| stands == in_text).map_or(in_text, |(_, name)| name)
    }

    /// Where in the text that was given a byte of this one is.
    pub fn given(&self, at: usize) -> usize {
        let before = self.starts.iter().rev().find(|(start, _)| *start <= at);
        before.map_or(at, |(start, given)| given + at - start)
    }
}

/// How a field is written in filters and expressions.
pub(super) fn written(name: &str) -> String {
    let is_word = matches!(tokens(name).as_slice(), [Token { kind: Kind::Word, text, .. }] if *text == name);
    if is_word && !KEPT.contains(&name) { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

/// Where a known field stands in a text without the backquotes that it needs, and how it is written. Of several the one
/// that begins first, and of these the longest.
pub(super) fn without_backquotes(given: &str, known: &[&str]) -> Option<(usize, String)> {
    let pieces = tokens(given);
    let starts: Vec<usize> =
        pieces.iter().filter(|p| !matches!(p.kind, Kind::Text { .. } | Kind::Name { .. })).map(|p| p.at).collect();
    let ends: Vec<usize> = pieces.iter().map(|piece| piece.at + piece.text.len()).collect();
    let stands = |name: &&str, at: usize| {
        let end = at + name.len();
        ends.contains(&end) && given.get(at..end).is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let needy: Vec<&str> = known.iter().copied().filter(|name| !name.is_empty() && written(name) != *name).collect();
    starts.into_iter().find_map(|at| {
        let longest = needy.iter().filter(|name| stands(name, at)).max_by_key(|name| name.len())?;
        Some((at, written(longest)))
    })
}

/// The filter with the texts that `field` is compared with written as `other` says; `None` leaves one as it is.
pub fn with_values(filter: &str, field: &str, other: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let pieces = tokens(filter);
    let compares = |at: Option<usize>| at.and_then(|at| pieces.get(at)).is_some_and(|p| p.is("==") || p.is("!="));
    let is_field = |at: Option<usize>| {
        at.and_then(|at| pieces.get(at)).is_some_and(|p| p.names(field))
            && !at.and_then(|at| at.checked_sub(1)).is_some_and(|before| pieces[before].is("."))
    };
    // Texts of the list that the field is looked for in.
    let mut listed = vec![false; pieces.len()];
    for at in 0..pieces.len() {
        let list = is_field(Some(at)) && pieces.get(at + 1).is_some_and(|p| p.text == "in" && p.kind == Kind::Word);
        if list && pieces.get(at + 2).is_some_and(|p| p.is("[")) {
            let end = (at + 3..pieces.len()).find(|&end| pieces[end].is("]")).unwrap_or(pieces.len());
            listed[at + 3..end].fill(true);
        }
    }
    let (mut written, mut done) = (String::with_capacity(filter.len()), 0);
    for (at, piece) in pieces.iter().enumerate() {
        let before = compares(at.checked_sub(1)) && is_field(at.checked_sub(2));
        let after = compares(Some(at + 1)) && is_field(Some(at + 2));
        let Some(content) = piece.content().filter(|text| !text.contains('\\') && (before || after || listed[at]))
        else {
            continue;
        };
        if let Some(new) = other(content).filter(|new| new != content) {
            written.push_str(&filter[done..piece.at]);
            written.push_str(&format!("\"{}\"", new.replace('\\', "\\\\").replace('"', "\\\"")));
            done = piece.at + piece.text.len();
        }
    }
    written.push_str(&filter[done..]);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_none_of_cel_stand_behind_names_that_are() {
        let given = "`Account Segment` == 'Åbc' && Åbc > 1 && `Account Segment` != field_0";
        let plain = Plain::of(given);
        assert_eq!(plain.text, "field__0 == 'Åbc' && field__1 > 1 && field__0 != field_0");
        assert_eq!(
            [plain.name("field__0"), plain.name("field__1"), plain.name("field_0")],
            ["Account Segment", "Åbc", "field_0"]
        );
        for sign in ["==", "&&", ">", "!="] {
            assert_eq!(plain.given(plain.text.find(sign).expect("there")), given.find(sign).expect("there"), "{sign}");
        }
        assert_eq!(Plain::of("state == 'TX'").text, "state == 'TX'");
    }

    #[test]
    fn every_name_is_read_back_as_it_is_written() {
        for name in [
            "state",
            "Account Segment",
            "Owner.Region",
            "Åbc",
            "a`b",
            "``",
            "in",
            "package",
            "7",
            "a\"b",
            "x\\",
            "'",
            "=",
            "ü 1",
        ] {
            let text = format!("{} > 1", written(name));
            let pieces = tokens(&text);
            assert!(pieces.len() == 3 && pieces[0].names(name), "{name}: {text}");
        }
        assert_eq!([written("state"), written("Åbc"), written("in")], ["state", "Åbc", "`in`"]);
    }

    #[test]
    fn fields_without_their_backquotes_are_found() {
        let known = ["state", "Account Segment", "Owner.Region", "Owner", "Win-Rate", "package", "Account Segment 2"];
        for (given, at, expected) in [
            ("account segment == 'x'", 0, "`Account Segment`"),
            ("state == 'Account Segment' && Owner.Region == 'x'", 30, "`Owner.Region`"),
            ("Account Segment 2 == 'x'", 0, "`Account Segment 2`"),
            ("1 < Win-Rate", 4, "`Win-Rate`"),
            ("package == 'x'", 0, "`package`"),
        ] {
            assert_eq!(without_backquotes(given, &known), Some((at, expected.to_owned())), "{given}");
        }
        for given in ["state == 'Account Segment'", "`Account Segment` == 'x'", "Account == 'x'", "Owner == 'x'"] {
            assert_eq!(without_backquotes(given, &known), None, "{given}");
        }
    }

    #[test]
    fn only_texts_that_a_field_is_compared_with_are_written_anew() {
        let long = |text: &str| Some(format!("{text}\"s"));
        for (given, expected) in [
            ("owner == 'Ana' && state == 'Ana'", "owner == \"Ana\\\"s\" && state == 'Ana'"),
            ("'Ana' != owner", "\"Ana\\\"s\" != owner"),
            ("owner in ['Ana', \"b\"] || x in ['Ana']", "owner in [\"Ana\\\"s\", \"b\\\"s\"] || x in ['Ana']"),
            ("owner.startsWith('Ana')", "owner.startsWith('Ana')"),
            ("a.owner == 'Ana'", "a.owner == 'Ana'"),
        ] {
            assert_eq!(with_values(given, "owner", &mut |text| long(text)), expected, "{given}");
        }
        assert_eq!(with_values("owner == 'Ana'", "owner", &mut |_| None), "owner == 'Ana'");
    }
}
