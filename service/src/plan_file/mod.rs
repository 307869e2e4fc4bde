//! A plan file: YAML or JSON, read by the contract's own descriptor into a [`SolveRequest`].
//!
//! The walk follows the message descriptor, so a field that is added to the proto is read here without a
//! line of code; every fault is named at its own line, all at once.

mod names;

mod scalar;

mod yaml;

use crate::findings::Located;
use crate::json::message_type;
use carve_proto::v1::SolveRequest;
use carve_solver::{Code, Finding, Place};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use std::collections::HashMap;
use yaml::{Key, Node, Position, Value as Yaml};

/// What a plan file says, and where it says it.
#[derive(Debug, Default)]
pub struct PlanFile {
    /// The request without accounts.
    pub request: SolveRequest,
    file: String,
    positions: HashMap<String, Position>,
}

impl PlanFile {
    /// Reads the file `name` (YAML, or JSON when the name ends in `.json`). An empty file is an empty request.
    ///
    /// # Errors
    /// Every fault, each with line and column.
    pub fn read(name: &str, bytes: &[u8]) -> Result<PlanFile, Vec<Located>> {
        let mut walk = Walk { file: name, positions: HashMap::new(), faults: Vec::new() };
        let Some(root) = walk.tree(bytes) else {
            return walk.finish(SolveRequest::default());
        };
        let message = walk.message(&root, &message_type("carve.v1.SolveRequest"), "");
        match message.transcode_to() {
            Ok(request) => walk.finish(request),
            Err(error) => {
                walk.fault(Code::FileSyntax, root.position, "", format!("the plan cannot be read: {error}"));
                walk.finish(SolveRequest::default())
            }
        }
    }

    /// Gives a finding the place in this file that its path, or the nearest path around it, has.
    pub fn locate(&self, finding: Finding) -> Located {
        let path = finding.place.to_string();
        let position = ancestors(&path).find_map(|p| self.positions.get(p)).copied().unwrap_or_default();
        Located { finding, file: self.file.clone(), line: position.line, column: position.column }
    }
}

/// The path, then what it lies in, outwards.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |inner| inner.rfind(['.', '[']).map(|end| &inner[..end]))
}

struct Walk<'a> {
    file: &'a str,
    positions: HashMap<String, Position>,
    faults: Vec<Located>,
}

impl Walk<'_> {
    fn finish(self, request: SolveRequest) -> Result<PlanFile, Vec<Located>> {
        if self.faults.is_empty() {
            Ok(PlanFile { request, file: self.file.to_owned(), positions: self.positions })
        } else {
            Err(self.faults)
        }
    }

    fn fault(&mut self, code: Code, position: Position, path: &str, message: impl Into<String>) {
        self.faults.push(Located {
            finding: Finding::new(code, Place::Plan(path.to_owned()), message),
            file: self.file.to_owned(),
            line: position.line,
            column: position.column,
        });
    }

    fn tree(&mut self, bytes: &[u8]) -> Option<Node> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = before.iter().filter(|b| **b == b'\n').count() as u64 + 1;
                let last_line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
                let column = String::from_utf8_lossy(last_line).chars().count() as u64 + 1;
                let advice = "the text is not UTF-8 from here on; save the file as UTF-8";
                self.fault(Code::InvalidUtf8, Position { line, column }, "", advice);
                return None;
            }
        };
        match yaml::read(text, self.file.to_lowercase().ends_with(".json")) {
            Ok(root) => root,
            Err(fault) => {
                self.fault(fault.code, fault.position, "", fault.message);
                None
            }
        }
    }

    fn message(&mut self, node: &Node, kind: &MessageDescriptor, path: &str) -> DynamicMessage {
        let mut message = DynamicMessage::new(kind.clone());
        let entries = match &node.value {
            Yaml::Mapping(entries) => entries,
            value if is_null(value) => return message,
            value => {
                let text = format!("here is {} where a mapping must be; {}", scalar::kind_of(value), fields_of(kind));
                self.fault(Code::FieldType, node.position, path, text);
                return message;
            }
        };
        let mut seen: HashMap<u32, &Key> = HashMap::new();
        let mut members: HashMap<String, &Key> = HashMap::new();
        for (key, value) in entries {
            let Some(field) = self.field(kind, key, path) else {
                continue;
            };
            let path = join(path, field.name());
            self.positions.insert(path.clone(), if is_scalar(value) { value.position } else { key.position });
            if let Some(first) = seen.insert(field.number(), key) {
                let text = format!("{} is given twice, first at line {}", key.text, first.position.line);
                self.fault(Code::FileSyntax, key.position, &path, text);
                continue;
            }
            if is_null(&value.value) {
                continue;
            }
            if let Some(choice) = field.containing_oneof().filter(|o| !o.is_synthetic())
                && let Some(first) = members.insert(choice.name().to_owned(), key)
            {
                let text = format!("{} and {} exclude each other; keep one", first.text, key.text);
                self.fault(Code::FieldType, key.position, &path, text);
                continue;
            }
            if let Some(value) = self.value(&field, value, &path) {
                message.set_field(&field, value);
            }
        }
        message
    }

    fn field(&mut self, kind: &MessageDescriptor, key: &Key, path: &str) -> Option<FieldDescriptor> {
        let known = kind.get_field_by_name(&key.text).or_else(|| kind.get_field_by_json_name(&key.text));
        let path = join(path, &key.text);
        match known {
            Some(_) if path == "accounts" => {
                let advice = "accounts do not belong in a plan file; put them in accounts.csv";
                self.fault(Code::FieldUnknown, key.position, &path, advice);
                None
            }
            None => {
                let fields: Vec<FieldDescriptor> = kind.fields().collect();
                let text = match names::nearest(&key.text, fields.iter().map(|f| f.name())) {
                    Some(near) => format!("{:?} is unknown; did you mean {near}?", key.text),
                    None => format!("{:?} is unknown; {}", key.text, fields_of(kind)),
                };
                self.fault(Code::FieldUnknown, key.position, &path, text);
                None
            }
            known => known,
        }
    }

    fn value(&mut self, field: &FieldDescriptor, node: &Node, path: &str) -> Option<Value> {
        if !field.is_list() {
            return self.single(field, node, path);
        }
        let Yaml::Sequence(items) = &node.value else {
            let text = format!("here is {} where a list must be; write [...]", scalar::kind_of(&node.value));
            self.fault(Code::FieldType, node.position, path, text);
            return None;
        };
        let values = items.iter().enumerate().filter_map(|(index, item)| {
            let path = format!("{path}[{index}]");
            self.positions.insert(path.clone(), item.position);
            if is_null(&item.value) {
                self.fault(Code::FieldType, item.position, &path, "an item of a list is empty; remove it");
                return None;
            }
            self.single(field, item, &path)
        });
        Some(Value::List(values.collect()))
    }

    fn single(&mut self, field: &FieldDescriptor, node: &Node, path: &str) -> Option<Value> {
        if let Kind::Message(kind) = field.kind()
            && !kind.full_name().starts_with("google.protobuf.")
        {
            return Some(Value::Message(self.message(node, &kind, path)));
        }
        let Yaml::Scalar { text, plain } = &node.value else {
            let text = format!("here is {}; {}", scalar::kind_of(&node.value), scalar::advice(field));
            self.fault(Code::FieldType, node.position, path, text);
            return None;
        };
        match scalar::read(field, text, *plain) {
            Ok(value) => value,
            Err(message) => {
                self.fault(Code::FieldType, node.position, path, message);
                None
            }
        }
    }
}

fn fields_of(kind: &MessageDescriptor) -> String {
    let names: Vec<String> = kind.fields().map(|f| f.name().to_owned()).filter(|n| n != "accounts").collect();
    format!("the fields are {}", names.join(", "))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn is_scalar(node: &Node) -> bool {
    matches!(node.value, Yaml::Scalar { .. })
}

fn is_null(value: &Yaml) -> bool {
    matches!(value, Yaml::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
}

#[cfg(test)]
mod tests;
