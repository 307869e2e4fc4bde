//! YAML (and JSON, which is YAML's flow style) as a tree in which every value knows its line and column.
//! The one door to the YAML parser. Anchors, aliases and tags are refused, so a small file stays small.

use carve_solver::Code;
use std::borrow::Cow;
use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

/// The deepest nesting that is read.
pub const DEPTH_MAX: usize = 100;

/// A value and where it starts, 1-based.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it starts.
    pub position: Position,
}

/// A line and a column, both 1-based, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text; `plain` when it stands without quotes and so may be a number, a truth value or null.
    Scalar {
        /// The text without its quotes.
        text: String,
        /// Whether it stood without quotes.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order of the file, doubled keys and all.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The text.
    pub text: String,
    /// Where it starts.
    pub position: Position,
}

/// Why the text is no tree.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntaxFault {
    /// What kind.
    pub code: Code,
    /// Where.
    pub position: Position,
    /// What is wrong and what to do.
    pub message: String,
}

/// Reads one document; `None` when there is nothing but space and comments.
///
/// # Errors
/// The first fault: a parser cannot go on behind it.
pub fn read(text: &str, json: bool) -> Result<Option<Node>, SyntaxFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = if json { json_as_yaml(text) } else { Cow::Borrowed(text) };
    let mut parser = Parser::new_from_str(&text);
    let mut open: Vec<Open> = Vec::new();
    let mut document = None;
    loop {
        let (event, mark) = parser
            .next_token()
            .map_err(|e| fault(position(*e.marker()), format!("this is not well-formed: {}", e.info())))?;
        let at = position(mark);
        let done = match event {
            Event::StreamEnd => return Ok(document),
            Event::DocumentStart if document.is_some() => {
                return Err(fault(at, "a plan file holds one document; remove the second one".into()));
            }
            Event::Nothing | Event::StreamStart | Event::DocumentStart | Event::DocumentEnd => {
                continue;
            }
            Event::Alias(_) => {
                return Err(fault(at, "aliases (*name) are not read; write the value out".into()));
            }
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                return Err(fault(at, "anchors (&name) are not read; write the value out".into()));
            }
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                return Err(fault(at, "tags (!name) are not read; leave it out".into()));
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEPTH_MAX => {
                return Err(fault(at, format!("nested deeper than {DEPTH_MAX} levels")));
            }
            Event::SequenceStart(..) => {
                open.push(Open::Sequence(at, Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Mapping(at, Vec::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::Sequence(position, items)) => Node { value: Value::Sequence(items), position },
                Some(Open::Mapping(position, items, _)) => Node { value: Value::Mapping(items), position },
                None => return Err(fault(at, "a list or mapping ends that never began".into())),
            },
            Event::Scalar(text, style, ..) => {
                let plain = style == TScalarStyle::Plain;
                Node { value: Value::Scalar { text, plain }, position: at }
            }
        };
        match open.last_mut() {
            None => document = Some(done),
            Some(parent) => parent.take(done)?,
        }
    }
}

enum Open {
    Sequence(Position, Vec<Node>),
    Mapping(Position, Vec<(Key, Node)>, Option<Key>),
}

impl Open {
    fn take(&mut self, node: Node) -> Result<(), SyntaxFault> {
        match self {
            Open::Sequence(_, items) => items.push(node),
            Open::Mapping(_, items, waiting) => match (waiting.take(), node.value) {
                (Some(key), value) => items.push((key, Node { value, position: node.position })),
                (None, Value::Scalar { text, .. }) => *waiting = Some(Key { text, position: node.position }),
                (None, _) => return Err(fault(node.position, "a key must be a name".into())),
            },
        }
        Ok(())
    }
}

fn fault(position: Position, message: String) -> SyntaxFault {
    SyntaxFault { code: Code::FileSyntax, position, message }
}

fn position(mark: Marker) -> Position {
    Position { line: mark.line().max(1) as u64, column: mark.col() as u64 + 1 }
}

/// JSON differs from YAML's flow style in two ways that occur: tabs as space (a raw tab cannot stand inside a
/// JSON string), and characters written as two `\u` escapes.
fn json_as_yaml(text: &str) -> Cow<'_, str> {
    if !text.contains('\t') && !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\t' => {
                out.push(' ');
                1
            }
            '\\' => match surrogate_pair(rest) {
                Some(character) => {
                    out.push(character);
                    12
                }
                None => {
                    // An escape is copied as a whole, so that the second backslash of \\ starts none.
                    let length = 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
                    out.push_str(&rest[..length]);
                    length
                }
            },
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    Cow::Owned(out)
}

fn surrogate_pair(text: &str) -> Option<char> {
    let unit = |at: usize| -> Option<u16> {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(hex, 16).ok()
    };
    let pair = [unit(0)?, unit(6)?];
    (0xD800..0xDC00).contains(&pair[0]).then_some(())?;
    char::decode_utf16(pair).next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line_and_column() {
        let node = read("# plan\na:\n  - b: 1\n    c: 'x'\n", false).expect("well-formed").expect("not empty");
        let Value::Mapping(top) = &node.value else { panic!("{node:?}") };
        assert_eq!(top[0].0.position, Position { line: 2, column: 1 });
        let Value::Sequence(items) = &top[0].1.value else { panic!("{top:?}") };
        let Value::Mapping(item) = &items[0].value else { panic!("{items:?}") };
        assert_eq!(item[1].0.position, Position { line: 4, column: 5 });
        assert_eq!(item[1].1.position, Position { line: 4, column: 8 });
        assert_eq!(item[1].1.value, Value::Scalar { text: "x".into(), plain: false });
    }

    #[test]
    fn nothing_is_no_document() {
        assert_eq!(read("", false), Ok(None));
        assert_eq!(read("# a comment\n\n", false), Ok(None));
    }

    #[test]
    fn json_with_tabs_and_surrogates_is_read() {
        let node = read("{\n\t\"a\":\"\\\\u \\ud83d\\ude00\",\t\"b\":[1,2]}", true).expect("well-formed");
        let Some(Node { value: Value::Mapping(items), .. }) = node else { panic!("{node:?}") };
        assert_eq!(items[0].1.value, Value::Scalar { text: "\\u 😀".into(), plain: false });
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn what_could_explode_is_refused_in_place() {
        for (text, line) in [
            ("a: &x [1]\nb: *x\n".to_owned(), 1),
            ("a: 1\nb: !!int 2\n".to_owned(), 2),
            ("a: 1\n---\nb: 2\n".to_owned(), 2),
            ("a: {b: 1\nc\n".to_owned(), 3),
            ("[".repeat(1_000_000), 1),
            ("- ".repeat(200_000), 1),
            ("? ".repeat(200_000), 1),
            ("{a: ".repeat(100_000), 1),
        ] {
            let fault = read(&text, false).expect_err("refused");
            assert_eq!((fault.code, fault.position.line), (Code::FileSyntax, line), "{}", fault.message);
        }
    }
}
