//! Messages as JSON by the proto3 JSON mapping, with the names of the proto: `--json`, plan.json,
//! certificate.json. The same message always gives the same text; 64-bit integers are strings, zeros are
//! printed.

mod lines;

pub use lines::Line;

use carve_proto::{DESCRIPTOR_SET, v1 as proto};
use prost::Message;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions};
use std::io::Write;
use std::sync::LazyLock;

/// Why a message is no JSON, or the other way round.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The text is not the message's JSON.
    #[error("not the JSON of this message")]
    Json(#[from] serde_json::Error),
    /// Descriptor and generated code disagree.
    #[error("the message does not fit its descriptor")]
    Descriptor(#[from] prost::DecodeError),
    /// The text cannot be written.
    #[error("cannot be written")]
    Write(#[from] std::io::Error),
}

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR_SET).expect("the descriptors were compiled by the build"));

/// The descriptor of one of the contract's messages.
///
/// # Panics
/// When the contract has no such message: names are written out in the program.
pub fn message_type(full_name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(full_name).expect("the contract has this message")
}

/// A message as indented JSON, ending in a new line.
///
/// # Errors
/// Only when descriptor and generated code disagree.
pub fn text(full_name: &str, message: &impl Message) -> Result<String, JsonError> {
    let mut bytes = serde_json::Serializer::pretty(Vec::new());
    dynamic(full_name, message)?.serialize_with_options(&mut bytes, &options())?;
    let mut bytes = bytes.into_inner();
    bytes.push(b'\n');
    Ok(String::from_utf8(bytes).expect("a JSON writer writes UTF-8"))
}

/// A plan as JSON: indented, but each assignment on one line of its own, written one by one, so that a
/// plan of millions of accounts needs no second copy of itself in memory.
///
/// # Errors
/// When `out` fails.
pub fn write_plan(plan: &mut proto::Plan, out: &mut dyn Write) -> Result<(), JsonError> {
    let assignments = std::mem::take(&mut plan.assignments);
    let written = write_plan_of(plan, assignments.iter().map(Line::from), out);
    plan.assignments = assignments;
    written
}

/// As [`write_plan`], of a plan without its assignments, and those.
///
/// # Errors
/// When `out` fails.
pub fn write_plan_of<'a>(
    plan: &proto::Plan,
    assignments: impl Iterator<Item = Line<'a>>,
    out: &mut dyn Write,
) -> Result<(), JsonError> {
    const PLACEHOLDER: &str = "\n  \"assignments\": []";
    let rest = text("carve.v1.Plan", plan)?;
    let Some((before, after)) = rest.split_once(PLACEHOLDER) else {
        unreachable!("an empty list is printed, and a new line cannot stand inside a JSON string");
    };
    write!(out, "{before}\n  \"assignments\": [")?;
    let mut end = "]";
    for assignment in assignments {
        out.write_all(if end == "]" { b"\n    " } else { b",\n    " })?;
        assignment.write(out)?;
        end = "\n  ]";
    }
    write!(out, "{end}{after}")?;
    Ok(())
}

/// Reads a plan back.
///
/// # Errors
/// When the text is not a plan's JSON.
pub fn read_plan(text: &str) -> Result<proto::Plan, JsonError> {
    let Some((assignments, rest)) = lines::split(text) else {
        return read("carve.v1.Plan", text);
    };
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message = DynamicMessage::deserialize_with_options(message_type("carve.v1.Plan"), rest, &options)?;
    Ok(proto::Plan { assignments, ..message.transcode_to()? })
}

/// Reads a certificate back.
///
/// # Errors
/// When the text is not a certificate's JSON.
pub fn read_certificate(text: &str) -> Result<proto::Certificate, JsonError> {
    read("carve.v1.Certificate", text)
}

fn read<M: Message + Default>(full_name: &str, text: &str) -> Result<M, JsonError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message = DynamicMessage::deserialize_with_options(message_type(full_name), &mut reader, &options)?;
    reader.end()?;
    Ok(message.transcode_to()?)
}

/// The message by its descriptor, for those who walk it field by field.
///
/// # Errors
/// Only when descriptor and generated code disagree.
pub fn dynamic(full_name: &str, message: &impl Message) -> Result<DynamicMessage, JsonError> {
    let mut dynamic = DynamicMessage::new(message_type(full_name));
    dynamic.transcode_from(message)?;
    Ok(dynamic)
}

fn options() -> SerializeOptions {
    SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false).stringify_64_bit_integers(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(accounts: usize) -> proto::Plan {
        let node = proto::NodeResult {
            node_id: "\"quoted\"\n  \"assignments\": []".into(),
            measures: vec![proto::MeasureResult { amount: i64::MAX, target: 0.1, ..Default::default() }],
            ..Default::default()
        };
        let assignments = (0..accounts)
            .map(|i| proto::Assignment { account_id: format!("a{i}"), moved: i % 2 == 0, ..Default::default() })
            .collect();
        proto::Plan {
            nodes: vec![node],
            assignments,
            solve_time: Some(prost_types::Duration { seconds: 1, nanos: 500_000_000 }),
            ..Default::default()
        }
    }

    fn written(plan: &mut proto::Plan) -> String {
        let mut out = Vec::new();
        write_plan(plan, &mut out).expect("a vector takes all");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_plan_comes_back_as_it_went() {
        for accounts in [0, 1, 3] {
            let mut plan = plan(accounts);
            let json = written(&mut plan);
            assert_eq!(read_plan(&json).expect("its own JSON"), plan, "{json}");
            assert_eq!(written(&mut plan), json);
        }
    }

    #[test]
    fn zeros_are_printed_and_large_integers_are_text() {
        let json = written(&mut plan(1));
        for part in ["\"amount\": \"9223372036854775807\"", "\"moved_in\": \"0\"", "\"solve_time\": \"1.500s\""] {
            assert!(json.contains(part), "{part} in {json}");
        }
        assert!(json.contains(r#"    {"account_id":"a0","node_id":"","leaf_node_id":"","#), "{json}");
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "{", "[]", "{\"plan\": 1}", "{} {}", "{\"tiers\": 3}"] {
            assert!(read_plan(text).is_err(), "{text}");
        }
        assert!(read_plan("{}").is_ok());
    }
}
