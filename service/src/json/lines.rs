//! Assignments as JSON, one by one: a plan of a million accounts is neither written from a second copy of itself nor
//! read through a tree of values.

use super::JsonError;
use carve_proto::v1 as proto;
use serde_json::{Deserializer, Map, Value};
use std::io::Write;

/// An assignment that is on its way out.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The account.
    pub account_id: &'a str,
    /// Its territory today.
    pub node_id: &'a str,
    /// Its leaf when that is another node, else empty.
    pub leaf_node_id: &'a str,
    /// Empty: nobody.
    pub current_owner: &'a str,
    /// Whether it leaves its owner.
    pub moved: bool,
    /// Why, if it does: code and detail.
    pub move_reason: Option<(proto::move_reason::Code, &'a str)>,
}

impl Line<'_> {
    /// As [`super::text`] writes the message, in one line.
    pub(super) fn write(&self, out: &mut dyn Write) -> Result<(), JsonError> {
        let texts = [
            ("{\"account_id\":", self.account_id),
            (",\"node_id\":", self.node_id),
            (",\"leaf_node_id\":", self.leaf_node_id),
            (",\"current_owner\":", self.current_owner),
        ];
        for (name, value) in texts {
            out.write_all(name.as_bytes())?;
            serde_json::to_writer(&mut *out, value)?;
        }
        write!(out, ",\"moved\":{}", self.moved)?;
        if let Some((code, detail)) = self.move_reason {
            write!(out, ",\"move_reason\":{{\"code\":\"{}\",\"detail\":", code.as_str_name())?;
            serde_json::to_writer(&mut *out, detail)?;
            out.write_all(b"}")?;
        }
        out.write_all(b"}")?;
        Ok(())
    }
}

impl<'a> From<&'a proto::Assignment> for Line<'a> {
    fn from(given: &'a proto::Assignment) -> Line<'a> {
        Line {
            account_id: &given.account_id,
            node_id: &given.node_id,
            leaf_node_id: &given.leaf_node_id,
            current_owner: &given.current_owner,
            moved: given.moved,
            move_reason: given.move_reason.as_ref().map(|reason| (reason.code(), reason.detail.as_str())),
        }
    }
}

/// The assignments of a plan's JSON, and its other fields. `None` when the text is anything but what a plan's JSON
/// should be; then who reads all of it says why.
pub(super) fn split(text: &str) -> Option<(Vec<proto::Assignment>, Value)> {
    let mut rest = Map::new();
    let mut assignments = None;
    let mut reader = Reader { text };
    reader.take('{')?;
    loop {
        let Value::String(key) = reader.value()? else { return None };
        reader.take(':')?;
        if key == "assignments" {
            if assignments.replace(reader.assignments()?).is_some() {
                return None;
            }
        } else if rest.insert(key, reader.value()?).is_some() {
            return None;
        }
        if reader.take(',').is_none() {
            break;
        }
    }
    reader.take('}')?;
    reader.text.trim_ascii().is_empty().then(|| (assignments.unwrap_or_default(), Value::Object(rest)))
}

/// Reads values off the beginning of a text.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, mark: char) -> Option<()> {
        self.text = self.text.trim_ascii_start().strip_prefix(mark)?;
        Some(())
    }

    fn value(&mut self) -> Option<Value> {
        let mut values = Deserializer::from_str(self.text).into_iter();
        let value = values.next()?.ok()?;
        self.text = &self.text[values.byte_offset()..];
        Some(value)
    }

    fn assignments(&mut self) -> Option<Vec<proto::Assignment>> {
        let mut assignments = Vec::new();
        self.take('[')?;
        if self.take(']').is_some() {
            return Some(assignments);
        }
        loop {
            assignments.push(assignment(self.value()?)?);
            if self.take(',').is_none() {
                break;
            }
        }
        self.take(']')?;
        assignments.shrink_to_fit();
        Some(assignments)
    }
}

fn assignment(value: Value) -> Option<proto::Assignment> {
    let Value::Object(fields) = value else { return None };
    let mut read = proto::Assignment::default();
    for (name, value) in fields {
        let text = match name.as_str() {
            "account_id" => &mut read.account_id,
            "node_id" => &mut read.node_id,
            "leaf_node_id" => &mut read.leaf_node_id,
            "current_owner" => &mut read.current_owner,
            "moved" => {
                read.moved = value.as_bool()?;
                continue;
            }
            "move_reason" => {
                read.move_reason = Some(move_reason(value)?);
                continue;
            }
            _ => return None,
        };
        let Value::String(value) = value else { return None };
        *text = value;
    }
    Some(read)
}

fn move_reason(value: Value) -> Option<proto::MoveReason> {
    let Value::Object(fields) = value else { return None };
    let mut read = proto::MoveReason::default();
    for (name, value) in fields {
        let Value::String(value) = value else { return None };
        match name.as_str() {
            "code" => read.code = proto::move_reason::Code::from_str_name(&value)?.into(),
            "detail" => read.detail = value,
            _ => return None,
        }
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_the_descriptor_says() {
        let odd = "\"quoted\"\n\u{1}\u{2028}\\ ü";
        for (account_id, current_owner, moved) in [("a", "", false), (odd, odd, true)] {
            let message = proto::Assignment {
                account_id: account_id.into(),
                node_id: "t0".into(),
                leaf_node_id: String::new(),
                current_owner: current_owner.into(),
                moved,
                move_reason: moved
                    .then(|| proto::MoveReason { code: proto::move_reason::Code::Balance.into(), detail: odd.into() }),
            };
            let mut line = Vec::new();
            Line::from(&message).write(&mut line).expect("a vector takes all");
            let line: Value = serde_json::from_slice(&line).expect("JSON");
            let text = super::super::text("carve.v1.Assignment", &message).expect("JSON");
            assert_eq!(line, serde_json::from_str::<Value>(&text).expect("JSON"));
            assert_eq!(assignment(line), Some(message));
        }
    }

    #[test]
    fn other_json_is_left_to_the_descriptor() {
        let plain = r#" {"summary": "s", "assignments" : [ {"account_id": "a"} , {"moved": true} ] } "#;
        let (assignments, rest) = split(plain).expect("a plan");
        assert_eq!((assignments.len(), rest), (2, serde_json::json!({"summary": "s"})));
        for text in [
            "{}",
            "[]",
            r#"{"summary": "s"} x"#,
            r#"{"summary": "s", "summary": "t"}"#,
            r#"{"assignments": [], "assignments": []}"#,
            r#"{"assignments": [{"accountId": "a"}]}"#,
            r#"{"assignments": [{"account_id": 1}]}"#,
            r#"{"assignments": [{"account_id": "a"} {"account_id": "b"}]}"#,
            r#"{"assignments": null}"#,
            r#"{"assignments": ["#,
        ] {
            assert!(split(text).is_none(), "{text}");
        }
    }
}
