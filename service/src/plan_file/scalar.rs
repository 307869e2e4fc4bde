//! One value of a plan file, by proto's own JSON mapping: nothing is guessed here.

use super::yaml::Value as Yaml;
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, Value};
use serde_json::{Map, Number, Value as Json};

/// What the field becomes; `Ok(None)` for null, which is "unset".
///
/// # Errors
/// What is wrong and what to write instead.
pub fn read(field: &FieldDescriptor, text: &str, plain: bool) -> Result<Option<Value>, String> {
    let json = match (field.kind(), json(text, plain)) {
        (_, Json::Null) => return Ok(None),
        (Kind::Enum(kind), Json::String(name)) => Json::String(enum_name(&kind, &name)?),
        (Kind::Enum(kind), Json::Number(number)) => {
            let known = number.as_i64().and_then(|n| i32::try_from(n).ok()).and_then(|n| kind.get_value(n));
            Json::String(known.ok_or_else(|| choices(&kind, text))?.name().to_owned())
        }
        (_, json) => json,
    };
    by_json_mapping(field, json).ok_or_else(|| format!("{text:?} does not fit; {}", advice(field))).map(Some)
}

/// What a value of this field looks like.
pub fn advice(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::String => "write text, in quotes when it looks like a number or true or false".into(),
        Kind::Bool => "write true or false".into(),
        Kind::Double | Kind::Float => "write a number such as 0.05".into(),
        Kind::Uint32 | Kind::Uint64 => "write a whole number, 0 or more".into(),
        Kind::Enum(kind) => choices(&kind, ""),
        Kind::Message(message) if message.full_name() == "google.protobuf.Duration" => {
            "write seconds with an s, such as 30s or 0.5s".into()
        }
        Kind::Message(message) => {
            let names: Vec<String> = message.fields().map(|f| f.name().to_owned()).collect();
            format!("write a mapping of {}", names.join(", "))
        }
        _ => "write a whole number".into(),
    }
}

fn by_json_mapping(field: &FieldDescriptor, json: Json) -> Option<Value> {
    let json = if field.is_list() { Json::Array(vec![json]) } else { json };
    let object = Json::Object(Map::from_iter([(field.name().to_owned(), json)]));
    let mut message = DynamicMessage::deserialize(field.parent_message().clone(), object).ok()?;
    let default = || Value::default_value(&field.kind());
    match message.take_field(field) {
        Some(Value::List(mut items)) => items.pop(),
        // A field without presence that is given its default reads back as unset.
        taken => Some(taken.unwrap_or_else(default)),
    }
}

fn enum_name(kind: &EnumDescriptor, name: &str) -> Result<String, String> {
    [name.to_owned(), format!("{}{name}", prefix(kind))]
        .into_iter()
        .find(|name| kind.get_value_by_name(name).is_some())
        .ok_or_else(|| choices(kind, name))
}

fn choices(kind: &EnumDescriptor, given: &str) -> String {
    let prefix = prefix(kind);
    let names: Vec<String> =
        kind.values().filter(|v| v.number() != 0).map(|v| v.name().trim_start_matches(&prefix).to_owned()).collect();
    let given = if given.is_empty() { String::new() } else { format!("{given:?} is unknown; ") };
    format!("{given}write one of {}", names.join(", "))
}

/// Whether this text without quotes would be read as something else than text.
pub fn is_taken_for_other(text: &str) -> bool {
    !matches!(json(text, true), Json::String(read) if read == text)
}

/// The name of an enum's value as plan files write it: without the enum's own name before it.
pub fn short_name(kind: &EnumDescriptor, number: i32) -> String {
    let name = kind.get_value(number).map_or_else(|| number.to_string(), |value| value.name().to_owned());
    name.strip_prefix(&prefix(kind)).map_or(name.clone(), String::from)
}

/// `SEAT_STATE_` for `SeatState`.
fn prefix(kind: &EnumDescriptor) -> String {
    let mut prefix = String::new();
    for c in kind.name().chars() {
        if c.is_ascii_uppercase() && !prefix.is_empty() {
            prefix.push('_');
        }
        prefix.push(c.to_ascii_uppercase());
    }
    prefix + "_"
}

/// YAML 1.2's core schema: what a scalar without quotes is.
fn json(text: &str, plain: bool) -> Json {
    let string = || Json::String(text.to_owned());
    if !plain {
        return string();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" => return Json::Bool(true),
        "false" | "False" | "FALSE" => return Json::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Json::String("NaN".into()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Json::String("Infinity".into());
        }
        "-.inf" | "-.Inf" | "-.INF" => return Json::String("-Infinity".into()),
        _ => {}
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if !numeric || !text.bytes().any(|b| b.is_ascii_digit()) {
        return string();
    }
    let number = text
        .parse::<i64>()
        .map(Number::from)
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
        .or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64));
    number.map_or_else(string, Json::Number)
}

/// What a node is, for "… where a mapping must be".
pub fn kind_of(value: &Yaml) -> &'static str {
    match value {
        Yaml::Scalar { .. } => "a single value",
        Yaml::Sequence(_) => "a list",
        Yaml::Mapping(_) => "a mapping",
    }
}
