//! What is wrong with a filter, in words for people who write one for the first time, and where.

use crate::finding::{Code, Finding, Place};
use crate::nearest::nearest;
use crate::problem::naming::{without_backquotes, written};
use crate::problem::tokens::{self, Kind, Token, tokens};

/// What a field of an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text,
    Number,
    /// True or false.
    Flag,
}

impl FieldKind {
    pub fn words(self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Number => "a number",
            FieldKind::Flag => "true or false",
        }
    }
}

/// A fault of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: Code,
    /// What is wrong, and what to write instead.
    pub what: String,
    /// The byte of the filter where it shows.
    pub at: Option<usize>,
}

impl Fault {
    fn syntax(at: usize, what: impl Into<String>) -> Fault {
        Fault { code: Code::FilterSyntax, what: what.into(), at: Some(at) }
    }

    /// Of a filter that is read and cannot be worked out.
    pub fn of_type(at: Option<usize>, what: impl Into<String>) -> Fault {
        Fault { code: Code::FilterType, what: what.into(), at }
    }

    /// As a finding at a path, with the filter below and a mark where the fault shows.
    pub fn finding(self, filter: &str, path: &str) -> Finding {
        let below = self.at.map_or_else(Vec::new, |at| excerpt(filter, at));
        let message = match self.at {
            Some(at) => format!("at character {} of the filter: {}", filter[..at].chars().count() + 1, self.what),
            None => format!("{filter:?} {}", self.what),
        };
        Finding::new(self.code, Place::Plan(path.to_string()), message).with_below(below)
    }
}

/// Characters of a filter shown before and after the place where it fails: both, with what tells that there is more and
/// an indent, have room in the 80 columns of a terminal.
const EXCERPT_CHARACTERS: usize = 34;

/// The filter around a byte of it, and below it a mark at that byte.
fn excerpt(filter: &str, at: usize) -> Vec<String> {
    let plain = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<Vec<char>>();
    let (before, after) = (plain(&filter[..at]), plain(&filter[at..]));
    let cut = before.len().saturating_sub(EXCERPT_CHARACTERS);
    let start = if cut > 0 { "… " } else { "" };
    let end = if after.len() > EXCERPT_CHARACTERS { " …" } else { "" };
    let shown: String = before[cut..].iter().chain(after.iter().take(EXCERPT_CHARACTERS)).collect();
    let margin = " ".repeat(start.chars().count() + before.len() - cut);
    vec![format!("{start}{shown}{end}"), format!("{margin}^")]
}

/// A known field in a filter that fails, whose name stands there without the backquotes that it needs.
pub(super) fn needs_backquotes(filter: &str, known: &[&str], code: Code) -> Option<Fault> {
    let (at, name) = without_backquotes(filter, known)?;
    let what = format!("this field is written in backquotes, as its name is no plain word: {name}");
    Some(Fault { code, what, at: Some(at) })
}

/// What is wrong with a filter that is no CEL; `stopped_at` is the byte where its reader stopped.
pub(super) fn unreadable(filter: &str, stopped_at: Option<usize>) -> Fault {
    let pieces = tokens(filter);
    let Some(last) = pieces.last() else {
        return Fault { code: Code::FilterSyntax, what: format!("is empty; {EXAMPLE}"), at: None };
    };
    let known = pieces.iter().enumerate().find_map(|(at, piece)| slip(&pieces, at, piece));
    let fault = known.or_else(|| brackets(&pieces)).or_else(|| side_by_side(&pieces));
    if let Some(fault) = fault {
        return fault;
    }
    match stopped_at.filter(|&at| at < last.at + last.text.len()) {
        Some(at) => Fault::syntax(at, format!("the filter cannot be read from here on; {EXAMPLE}")),
        None => Fault::syntax(last.at, format!("something is missing after {}; {EXAMPLE}", last.text)),
    }
}

/// What a filter looks like.
const EXAMPLE: &str = "a filter is a condition such as state == \"TX\" && open_pipeline > 0";

/// A slip that people make who know other languages, at piece `at`.
fn slip(pieces: &[Token], at: usize, piece: &Token) -> Option<Fault> {
    let says = |what: String| Some(Fault::syntax(piece.at, what));
    match (piece.kind, piece.text) {
        (Kind::Text { closed: false }, text) => {
            let quote = &text[..1];
            says(format!("this text has no end; close it with {quote}"))
        }
        (Kind::Name { closed: false }, _) => says("this name has no end; close it with `".into()),
        (Kind::Sign, "=") => says("one = compares nothing; did you mean ==?".into()),
        (Kind::Sign, "===") => says("did you mean ==?".into()),
        (Kind::Sign, "<>" | "!==") => says("did you mean !=?".into()),
        (Kind::Sign, sign @ ("&" | "|")) => says(format!("did you mean {sign}{sign}?")),
        (Kind::Sign, quote @ ("“" | "”" | "„" | "‘" | "’" | "«" | "»")) => {
            says(format!("{quote} is no quote here; write text as \"TX\" or 'TX'"))
        }
        (Kind::Word, word) => {
            // A field may have such a name: it stands where a value does.
            let after_value = at > 0 && ends_value(&pieces[at - 1]);
            let before_value = pieces.get(at + 1).is_some_and(begins_value);
            match word.to_lowercase().as_str() {
                "and" if after_value => says("write && for and".into()),
                "or" if after_value => says("write || for or".into()),
                "not" if before_value && !after_value => says("write ! for not, as in !(state == \"TX\")".into()),
                "in" if word != "in" && after_value => says("write in, in small letters".into()),
                "in" if pieces.get(at + 1).is_some_and(|next| next.is("(")) => says(LIST_BRACKETS.into()),
                "like" if after_value => says("did you mean name.contains(\"x\"), startsWith or endsWith?".into()),
                "is" if after_value => says("did you mean ==?".into()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn ends_value(piece: &Token) -> bool {
    piece.kind != Kind::Sign || piece.is(")") || piece.is("]")
}

fn begins_value(piece: &Token) -> bool {
    piece.kind != Kind::Sign || piece.is("(") || piece.is("[")
}

/// A bracket without its other half.
fn brackets(pieces: &[Token]) -> Option<Fault> {
    let mut open: Vec<&Token> = Vec::new();
    for piece in pieces.iter().filter(|p| p.kind == Kind::Sign) {
        let opens = match piece.text {
            "(" | "[" | "{" => {
                open.push(piece);
                continue;
            }
            ")" => "(",
            "]" => "[",
            "}" => "{",
            _ => continue,
        };
        if open.pop().is_none_or(|last| last.text != opens) {
            return Some(Fault::syntax(piece.at, format!("this {} has no {opens} before it", piece.text)));
        }
    }
    open.pop().map(|last| Fault::syntax(last.at, format!("this {} is never closed", last.text)))
}

/// Two values with nothing between them.
fn side_by_side(pieces: &[Token]) -> Option<Fault> {
    let values = |pair: &&[Token]| {
        let word = |piece: &Token| piece.kind == Kind::Word && piece.text == "in";
        // The r of r"raw" belongs to the text after it.
        let prefix = pair[0].at + pair[0].text.len() == pair[1].at;
        pair.iter().all(|p| p.kind != Kind::Sign && !word(p)) && !prefix
    };
    pieces.windows(2).find(values).map(|pair| {
        let (one, other) = (pair[0].text, pair[1].text);
        Fault::syntax(pair[1].at, format!("between {one} and {other} an operator is missing, such as == or &&"))
    })
}

/// The byte at a line and column, both from 1.
pub(super) fn byte_at(text: &str, line: usize, column: usize) -> Option<usize> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = &text[start..];
    let within = rest.char_indices().map(|(at, _)| at).nth(column.checked_sub(1)?).unwrap_or(rest.len());
    Some(start + within)
}

/// A field that no account has.
pub(super) fn unknown_field(filter: &str, name: &str, known: &[&str]) -> Fault {
    let pieces = tokens(filter);
    let at = pieces.iter().position(|p| p.names(name));
    let compared = at.is_some_and(|at| at > 0 && pieces[at - 1].compares());
    let advice = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {}?", written(near)),
        None if compared => format!("if it is text, write it in quotes: \"{name}\""),
        None if known.is_empty() => "correct the name".into(),
        None => format!("there are {}", fields(known)),
    };
    let at = tokens::first(&pieces, name).or(at.map(|at| pieces[at].at));
    Fault::of_type(at, format!("no account has a field {}; {advice}", written(name)))
}

/// Known fields as they are written.
fn fields(known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|name| written(name)).collect();
    list(&known.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Names shown of a long list.
const NAMES_SHOWN: usize = 24;

fn list(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMES_SHOWN);
    let shown: Vec<&str> = names.iter().copied().take(NAMES_SHOWN).collect();
    let shown = shown.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Functions that filters know.
const FUNCTIONS: &[&str] = &[
    "contains",
    "startsWith",
    "endsWith",
    "size",
    "has",
    "all",
    "exists",
    "exists_one",
    "map",
    "filter",
    "int",
    "uint",
    "double",
    "string",
    "bool",
];

/// A function that does not exist.
pub(super) fn unknown_function(filter: &str, name: &str) -> Fault {
    let pieces = tokens(filter);
    let at = pieces.iter().find(|p| p.kind == Kind::Word && p.text == name).map(|p| p.at);
    let advice = match nearest(name, FUNCTIONS.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None if name == "matches" => "use contains, startsWith or endsWith".into(),
        None => format!("there are {}", list(FUNCTIONS)),
    };
    Fault::of_type(at, format!("there is no function {name}; {advice}"))
}

/// A call of a function that does not exist, or a list in round brackets, in a filter that fails.
pub(super) fn odd_call(filter: &str) -> Option<Fault> {
    let pieces = tokens(filter);
    let calls = pieces.windows(2).filter(|pair| pair[0].kind == Kind::Word && pair[1].is("("));
    calls.map(|pair| pair[0]).find_map(|word| match word.text {
        "in" => Some(Fault::of_type(Some(word.at), LIST_BRACKETS)),
        name if !FUNCTIONS.contains(&name) => Some(unknown_function(filter, name)),
        _ => None,
    })
}

/// How a list is written.
const LIST_BRACKETS: &str = "a list stands in square brackets, as in state in [\"TX\", \"NY\"]";

/// Two things that are compared and are not of one kind: where, and what to write. `kind` tells what a field is.
pub(super) fn mismatch(filter: &str, kind: &dyn Fn(&str) -> Option<FieldKind>) -> Option<(usize, String)> {
    let pieces = tokens(filter);
    let alone = |at: usize| {
        let joins = |piece: &Token| [".", "(", "[", "+", "-", "*", "/", "%"].iter().any(|sign| piece.is(sign));
        let before =
            at.checked_sub(1).is_some_and(|at| pieces[at].is(".") || joins(&pieces[at]) && !pieces[at].is("("));
        !before && !pieces.get(at + 1).is_some_and(joins)
    };
    let kind_of = |piece: &Token| match (piece.kind, piece.text) {
        (Kind::Text { .. }, _) => Some(FieldKind::Text),
        (Kind::Number, _) => Some(FieldKind::Number),
        (Kind::Word, "true" | "false") => Some(FieldKind::Flag),
        (Kind::Word | Kind::Name { .. }, _) => kind(&piece.name()?),
        (Kind::Sign, _) => None,
    };
    let pairs = (1..pieces.len().saturating_sub(1)).filter(|&at| pieces[at].compares());
    for at in pairs.filter(|at| alone(at - 1) && alone(at + 1)) {
        let (left, right) = (&pieces[at - 1], &pieces[at + 1]);
        let (Some(one), Some(other)) = (kind_of(left), kind_of(right)) else { continue };
        if one == other {
            continue;
        }
        let (field, value) = if left.name().is_some() { (left, right) } else { (right, left) };
        let Some(of_field) = kind_of(field) else { continue };
        let advice = match (of_field, value.kind) {
            (FieldKind::Text, Kind::Number) => format!("write \"{}\" in quotes", value.text),
            (FieldKind::Number, Kind::Text { closed: true }) => {
                let content = value.content().unwrap_or_default();
                match content.parse::<f64>() {
                    Ok(_) => format!("write {content} without quotes"),
                    Err(_) => format!("{} is text", value.text),
                }
            }
            _ => format!("{} is {}", value.text, kind_of(value).map_or("not", FieldKind::words)),
        };
        return Some((value.at, format!("{} is {}; {advice}", field.text, of_field.words())));
    }
    None
}

/// Why a filter matches nothing, where that can be seen: a value that no account has. `values` gives those of a field.
pub(super) fn no_such_value(filter: &str, values: &dyn Fn(&str) -> Option<Vec<String>>) -> Option<String> {
    let pieces = tokens(filter);
    pieces.windows(3).find_map(|three| {
        let [field, sign, value] = three else { return None };
        let (true, Some(content)) = (sign.is("=="), value.content()) else { return None };
        let there = values(&field.name()?)?;
        if there.iter().any(|other| other == content) {
            return None;
        }
        let near = nearest(content, there.iter().map(String::as_str).filter(|v| !v.is_empty()));
        Some(match near {
            Some(near) => format!("no account has {} {content:?}; did you mean {near:?}?", field.text),
            None => format!("no account has {} {content:?}", field.text),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fault of a filter that is no CEL: where it shows, and a part of what it says.
    #[track_caller]
    fn check(filter: &str, at: usize, part: &str) {
        let fault = unreadable(filter, None);
        assert!(fault.at == Some(at) && fault.what.contains(part), "{filter}: {fault:?}");
        assert_eq!(fault.code, Code::FilterSyntax);
    }

    #[test]
    fn slips_are_named_where_they_are() {
        check("Type = \"x\"", 5, "did you mean ==?");
        check("state === 'TX'", 6, "did you mean ==?");
        check("state <> 'TX'", 6, "did you mean !=?");
        check("a > 1 & b > 2", 6, "did you mean &&?");
        check("a > 1 and b > 2", 6, "write && for and");
        check("a > 1 OR b > 2", 6, "write || for or");
        check("not (a > 1)", 0, "write ! for not");
        check("state in ('TX', 'NY')", 6, "square brackets");
        check("state IN ['TX']", 6, "small letters");
        check("name LIKE 'x%'", 5, "contains");
        check("state == \"TX", 9, "close it with \"");
        check("state == “TX”", 9, "is no quote here");
        check("(a > 1 && b > 2", 0, "this ( is never closed");
        check("a > 1)", 5, "this ) has no ( before it");
        check("Billing State == 'TX'", 8, "between Billing and State an operator is missing");
        check("a >", 2, "something is missing after >");
        assert!(unreadable(" ", None).what.starts_with("is empty"));
        // Words that could be fields are not taken for slips.
        assert!(!unreadable("and == 1 )", None).what.contains("&&"));
    }

    #[test]
    fn the_readers_place_serves_where_no_slip_is_known() {
        let fault = unreadable("a > 1 && > 2", Some(9));
        assert_eq!((fault.at, fault.what.contains("cannot be read from here on")), (Some(9), true));
        assert_eq!(byte_at("é\nab", 2, 2), Some(4));
    }

    #[test]
    fn a_mark_stands_below_the_place() {
        assert_eq!(excerpt("a = 1", 2), ["a = 1", "  ^"]);
        let long = format!("{} = {}", "x".repeat(100), "y".repeat(100));
        let shown = excerpt(&long, 101);
        assert_eq!(shown[0].chars().position(|c| c == '='), shown[1].chars().position(|c| c == '^'));
        assert!(shown[0].starts_with("… x") && shown[0].ends_with("y …"), "{shown:?}");
    }

    #[test]
    fn kinds_that_do_not_fit_are_named() {
        let kind = |name: &str| match name {
            "zip" | "state" => Some(FieldKind::Text),
            "score" => Some(FieldKind::Number),
            "has_place" => Some(FieldKind::Flag),
            _ => None,
        };
        for (filter, expected) in [
            ("zip == 75001", Some((7, "zip is text; write \"75001\" in quotes"))),
            ("state == 'TX' && score > '5'", Some((25, "score is a number; write 5 without quotes"))),
            ("'high' < score", Some((0, "score is a number; 'high' is text"))),
            ("state == score", Some((9, "state is text; score is a number"))),
            ("has_place == 1", Some((13, "has_place is true or false; 1 is a number"))),
            ("score > 5 && size(state) == 2", None),
            ("score + 1 > 5", None),
        ] {
            let found = mismatch(filter, &kind);
            assert_eq!(found.as_ref().map(|(at, what)| (*at, what.as_str())), expected, "{filter}");
        }
    }

    #[test]
    fn values_that_no_account_has_are_named_with_the_nearest() {
        let values = |name: &str| (name == "state").then(|| vec!["TX".into(), String::new()]);
        let found = no_such_value("state == 'tx' && score > 1", &values);
        assert_eq!(found.as_deref(), Some("no account has state \"tx\"; did you mean \"TX\"?"));
        assert_eq!(no_such_value("state == 'TX'", &values), None);
        assert_eq!(no_such_value("other == 'TX'", &values), None);
    }

    #[test]
    fn unknown_names_get_their_nearest() {
        let known = ["state", "open_pipeline"];
        assert!(unknown_field("State == 'TX'", "State", &known).what.ends_with("did you mean state?"));
        assert!(unknown_field("state == California", "California", &known).what.ends_with("\"California\""));
        assert!(unknown_field("zzz > 1", "zzz", &known).what.ends_with("there are state, open_pipeline"));
        assert_eq!(odd_call("state in ('TX')").map(|fault| fault.at), Some(Some(6)));
        assert_eq!(odd_call("name.contains('x') && !(has_place)"), None);
        let fault = odd_call("name.contain('x')").expect("found");
        assert_eq!((fault.at, fault.what.ends_with("did you mean contains?")), (Some(5), true));
    }
}
