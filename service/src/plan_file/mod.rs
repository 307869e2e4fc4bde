//! A plan file: YAML or JSON, read by the contract's own descriptor into a [`SolveRequest`].
//!
//! The walk follows the message descriptor, so a field that is added to the proto is read here without a
//! line of code; every fault is named at its own line, all at once.

pub mod limits;

mod scalar;

mod shadow;

mod yaml;

mod write;

pub use write::{Notes, write};

use crate::findings::Located;
use crate::json::message_type;
use carve_proto::v1::SolveRequest;
use carve_solver::{Code, Finding, Place, Severity, nearest};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use std::collections::HashMap;
use yaml::{Key, Node, Position, Value as Yaml};

/// What a plan file says, and where it says it.
#[derive(Debug, Default)]
pub struct PlanFile {
    /// The request without accounts. Limits on amounts hold once [`PlanFile::settle_limits`] has been told the decimals.
    pub request: SolveRequest,
    /// Its errors; what they touch is left out of the request.
    pub faults: Vec<Located>,
    /// Warnings and information.
    pub remarks: Vec<Located>,
    /// Where it was said that accounts start at a plan that is at hand; `None`: nowhere.
    pub starts_from: Option<Spot>,
    file: String,
    positions: HashMap<String, Position>,
    /// The limits on amounts as they are written, by path.
    limits: HashMap<String, String>,
    /// What was not said in the file but elsewhere, by its path: on the command line, or in a file that it names.
    elsewhere: HashMap<String, Spot>,
}

/// Where something is said that is not in the plan file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spot {
    /// The flag as it was typed, or a file's name.
    pub source: String,
    /// 1-based; 0: not known.
    pub line: u64,
    /// 1-based; 0: not known.
    pub column: u64,
}

impl Spot {
    /// A finding at this place.
    pub fn finding(&self, code: Code, message: impl Into<String>) -> Located {
        self.locate(Finding::new(code, Place::Plan(String::new()), message))
    }

    /// The finding, at this place.
    pub fn locate(&self, finding: Finding) -> Located {
        Located { finding, file: self.source.clone(), line: self.line, column: self.column }
    }
}

impl PlanFile {
    /// Of a request that was read before; what is found in it is in no file.
    pub fn of(request: SolveRequest) -> PlanFile {
        PlanFile { request, ..PlanFile::default() }
    }

    /// Reads the file `name` (YAML, or JSON when the name ends in `.json`). An empty file is an empty request.
    ///
    /// # Errors
    /// Every fault, each with line and column.
    pub fn read(name: &str, bytes: &[u8]) -> Result<PlanFile, Vec<Located>> {
        let plan = PlanFile::read_through(name, bytes)?;
        if plan.faults.is_empty() { Ok(plan) } else { Err(plan.faults) }
    }

    /// As [`PlanFile::read`], but a file with faults in some values is read as far as it goes, so that what it means can
    /// be judged at the same time.
    ///
    /// # Errors
    /// The fault of a file that is no YAML or JSON, or no text.
    pub fn read_through(name: &str, bytes: &[u8]) -> Result<PlanFile, Vec<Located>> {
        let mut walk = Walk { file: name, positions: HashMap::new(), limits: HashMap::new(), faults: Vec::new() };
        let Some(root) = walk.tree(bytes) else {
            return if walk.faults.is_empty() { Ok(walk.finish(SolveRequest::default())) } else { Err(walk.faults) };
        };
        let message = walk.message(&root, &message_type("carve.v1.SolveRequest"), "");
        match message.transcode_to() {
            Ok(request) => Ok(walk.finish(request)),
            Err(error) => {
                walk.fault(Code::FileSyntax, root.position, "", format!("the plan cannot be read: {error}"));
                Err(walk.faults)
            }
        }
    }

    /// Gives a finding the place in this file, or where else it was said, that its path, or the nearest path around it,
    /// has.
    pub fn locate(&self, finding: Finding) -> Located {
        let path = finding.place.to_string();
        for around in ancestors(&path) {
            if let Some(spot) = self.elsewhere.get(around) {
                // A path into a plan that nobody wrote says nothing; the flag does.
                return spot.locate(Finding { place: Place::Plan(String::new()), ..finding });
            }
            if let Some(&Position { line, column }) = self.positions.get(around) {
                return Located { finding, file: self.file.clone(), line, column };
            }
        }
        Located { finding, file: self.file.clone(), line: 0, column: 0 }
    }

    /// Notes that what stands at `path` now was said elsewhere.
    pub fn said(&mut self, path: &str, spot: &Spot) {
        self.forget(path);
        self.elsewhere.insert(path.to_owned(), spot.clone());
    }

    /// Forgets where what stands at `path` and in it was said, because it is there no more or stands elsewhere now.
    pub fn forget(&mut self, path: &str) {
        let stays = |other: &String| !shadow::is_in(other, path);
        self.positions.retain(|other, _| stays(other));
        self.elsewhere.retain(|other, _| stays(other));
        self.limits.retain(|other, _| stays(other));
    }

    /// Notes that a list stands in another order now: of each item the place where it stood, `None` for a new one.
    pub fn rearranged(&mut self, list: &str, from: &[Option<usize>]) {
        fn move_in<T: Clone>(said: &mut HashMap<String, T>, list: &str, from: &[Option<usize>]) {
            let mut before: HashMap<usize, Vec<(String, T)>> = HashMap::new();
            said.retain(|path, at| {
                let item = path.strip_prefix(list).and_then(|rest| rest.strip_prefix('[')?.split_once(']'));
                let Some((index, rest)) = item.and_then(|(index, rest)| Some((index.parse().ok()?, rest))) else {
                    return true;
                };
                before.entry(index).or_default().push((rest.to_owned(), at.clone()));
                false
            });
            for (to, from) in from.iter().enumerate() {
                let items = from.and_then(|from| before.remove(&from)).unwrap_or_default();
                said.extend(items.into_iter().map(|(rest, at)| (format!("{list}[{to}]{rest}"), at)));
            }
        }
        move_in(&mut self.positions, list, from);
        move_in(&mut self.elsewhere, list, from);
        move_in(&mut self.limits, list, from);
    }

    /// The name of the file; empty: there is none.
    pub fn name(&self) -> &str {
        &self.file
    }

    /// Takes in what was found: errors to the faults, the rest to the remarks.
    pub fn take_in(&mut self, found: impl IntoIterator<Item = Located>) {
        for located in found {
            match located.finding.severity {
                Severity::Error => self.faults.push(located),
                Severity::Warning | Severity::Info => self.remarks.push(located),
            }
        }
    }

    /// Whether a finding about what the plan means only follows from a fault of the file.
    pub fn explains(&self, finding: &Finding) -> bool {
        match &finding.place {
            Place::Plan(path) => shadow::follows(finding.code, path, self),
            Place::Book | Place::Account(..) => false,
        }
    }
}

/// The path, then what it lies in, outwards.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |inner| inner.rfind(['.', '[']).map(|end| &inner[..end]))
}

struct Walk<'a> {
    file: &'a str,
    positions: HashMap<String, Position>,
    limits: HashMap<String, String>,
    faults: Vec<Located>,
}

impl Walk<'_> {
    fn finish(self, request: SolveRequest) -> PlanFile {
        let Walk { file, positions, limits, faults } = self;
        PlanFile { request, faults, file: file.to_owned(), positions, limits, ..PlanFile::default() }
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
                let text = match nearest(&key.text, fields.iter().map(|f| f.name())) {
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
        let values = items.iter().enumerate().map(|(index, item)| {
            let path = format!("{path}[{index}]");
            self.positions.insert(path.clone(), item.position);
            if is_null(&item.value) {
                self.fault(Code::FieldType, item.position, &path, "an item of a list is empty; remove it");
                return None;
            }
            self.single(field, item, &path)
        });
        // Without one of its items the others would stand at other places than they do in the file.
        let values: Vec<Option<Value>> = values.collect();
        values.into_iter().collect::<Option<Vec<Value>>>().map(Value::List)
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
        if limits::is_limit(field) {
            let provisional = limits::provisional(field, text);
            match provisional {
                Some(_) => {
                    self.limits.insert(path.to_owned(), text.clone());
                }
                None => {
                    let advice = "write a number such as 1250.50, without currency or thousands separators";
                    self.fault(Code::FieldType, node.position, path, format!("{text:?} does not fit; {advice}"));
                }
            }
            return provisional.map(Value::I64);
        }
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
