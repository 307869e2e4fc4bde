//! A request without its accounts as a plan file that people read and keep: YAML with notes.

use super::limits::{self, DecimalsOf};
use super::scalar;
use crate::json::{JsonError, dynamic};
use carve_proto::v1::SolveRequest;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};
use std::collections::BTreeMap;

/// Notes by the path of what they stand above, such as `split.seats.seats[3]`; those of the empty path stand first. An
/// empty line is left blank.
pub type Notes = BTreeMap<String, Vec<String>>;

/// Columns of a line; what fits is written in one.
const WIDTH: usize = 110;

/// The plan file, with limits in the `decimals` of their measures; [`super::PlanFile::read`] gives the same request back.
///
/// # Errors
/// Only when descriptor and generated code disagree.
pub fn write(request: &SolveRequest, notes: &Notes, decimals: DecimalsOf) -> Result<String, JsonError> {
    let mut writer = Writer { out: String::new(), notes, limits: limits::as_written(request, decimals) };
    writer.note("", 0);
    let message = dynamic("carve.v1.SolveRequest", request)?;
    writer.entries(&message, 0, "");
    Ok(writer.out)
}

struct Writer<'a> {
    out: String,
    notes: &'a Notes,
    /// Limits on amounts as people write them, by path.
    limits: BTreeMap<String, String>,
}

impl Writer<'_> {
    fn note(&mut self, path: &str, indent: usize) {
        for line in self.notes.get(path).into_iter().flatten() {
            let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            self.out += &if line.is_empty() { "\n".into() } else { format!("{:indent$}# {line}\n", "") };
        }
    }

    /// Whether a note stands at something in `path`.
    fn has_notes_in(&self, path: &str) -> bool {
        let inside = |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
        self.notes.keys().any(|other| inside(other))
    }

    /// The set fields of a message, each from the start of a line.
    fn entries(&mut self, message: &DynamicMessage, indent: usize, path: &str) {
        for (field, value) in set_fields(message) {
            let path = super::join(path, field.name());
            self.note(&path, indent);
            self.out += &format!("{:indent$}", "");
            self.entry(&field, value, indent, &path);
        }
    }

    /// `name: value`, from where the line stands.
    fn entry(&mut self, field: &FieldDescriptor, value: &Value, indent: usize, path: &str) {
        self.out += field.name();
        self.out.push(':');
        if let Some(short) = self.in_one_line(field, value, indent + field.name().len() + 2, path) {
            self.out += &format!(" {short}\n");
            return;
        }
        self.out.push('\n');
        match value {
            Value::Message(inner) => self.entries(inner, indent + 2, path),
            Value::List(items) => self.items(field, items, indent + 2, path),
            _ => unreachable!("a single value fits into a line"),
        }
    }

    fn items(&mut self, field: &FieldDescriptor, items: &[Value], indent: usize, path: &str) {
        for (at, item) in items.iter().enumerate() {
            let path = format!("{path}[{at}]");
            self.note(&path, indent);
            self.out += &format!("{:indent$}- ", "");
            match (self.in_one_line(field, item, indent + 2, &path), item) {
                (None, Value::Message(inner)) => {
                    // The first field stands behind the dash.
                    let start = self.out.len();
                    self.entries(inner, indent + 2, &path);
                    let text = self.out.split_off(start);
                    self.out += text.trim_start_matches(' ');
                }
                (short, _) => self.out += &format!("{}\n", short.unwrap_or_default()),
            }
        }
    }

    /// The value in one line, if it is short and nothing in it has a note. Lists at the top have a line for each item.
    fn in_one_line(&self, field: &FieldDescriptor, value: &Value, column: usize, path: &str) -> Option<String> {
        let text = self.inline(field, value, path);
        let holds_others = match value {
            Value::List(_) => true,
            Value::Message(message) => !is_duration(message),
            _ => false,
        };
        let at_the_top = matches!(value, Value::List(_)) && !path.contains(['.', '[']);
        let fits = column + text.chars().count() <= WIDTH && !at_the_top && !self.has_notes_in(path);
        (!holds_others || fits).then_some(text)
    }

    /// A value in YAML's flow style, which stands in one line.
    fn inline(&self, field: &FieldDescriptor, value: &Value, path: &str) -> String {
        match value {
            Value::List(items) => {
                let item = |(at, item): (usize, &Value)| self.inline(field, item, &format!("{path}[{at}]"));
                let items: Vec<String> = items.iter().enumerate().map(item).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Message(message) if is_duration(message) => duration(message),
            Value::Message(message) => {
                let entry = |(field, value): (FieldDescriptor, &Value)| {
                    let path = super::join(path, field.name());
                    format!("{}: {}", field.name(), self.inline(&field, value, &path))
                };
                let entries: Vec<String> = set_fields(message).map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Value::EnumNumber(number) => match field.kind() {
                Kind::Enum(kind) => scalar::short_name(&kind, *number),
                _ => number.to_string(),
            },
            Value::Bool(value) => value.to_string(),
            Value::I32(number) => number.to_string(),
            Value::I64(number) => self.limits.get(path).cloned().unwrap_or_else(|| number.to_string()),
            Value::U32(number) => number.to_string(),
            Value::U64(number) => number.to_string(),
            Value::F32(number) => float(f64::from(*number)),
            Value::F64(number) => float(*number),
            Value::String(text) => quoted(text),
            Value::Bytes(_) | Value::Map(_) => unreachable!("a plan file has no bytes and no maps"),
        }
    }
}

/// The fields that are set, in the order of their numbers.
fn set_fields(message: &DynamicMessage) -> impl Iterator<Item = (FieldDescriptor, &Value)> {
    message.fields().filter(|(field, _)| message.has_field(field))
}

/// The shortest decimal that is read back as the same number.
fn float(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0").map_or(text.clone(), String::from)
}

fn is_duration(message: &DynamicMessage) -> bool {
    message.descriptor().full_name() == "google.protobuf.Duration"
}

/// `30s`, `0.5s`.
fn duration(message: &DynamicMessage) -> String {
    let part = |name: &str| {
        message.get_field_by_name(name).map_or(0, |v| v.as_i64().or(v.as_i32().map(i64::from)).unwrap_or(0))
    };
    let nanos = format!("{:09}", part("nanos"));
    match nanos.trim_end_matches('0') {
        "" => format!("{}s", part("seconds")),
        nanos => format!("{}.{nanos}s", part("seconds")),
    }
}

/// The text as it is where YAML reads it as such, else in quotes.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " _-./@+".contains(c);
    let first = text.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
    if first && text.chars().all(plain) && !text.ends_with(' ') && !scalar::is_taken_for_other(text) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out += &format!("\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan_file::PlanFile;

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let text = r#"
split:
  seats:
    max_children: 4
    seats:
      - {seat_id: Ana Diaz, capacity: 1.5, home: {latitude: 40.7, longitude: -74}}
      - {seat_id: "a: b # \"c\" \u0007\t", state: TO_BE_HIRED, start_date: 2027-01-31, covering_seat_id: Ana Diaz}
      - {seat_id: "7"}
      - {seat_id: "true"}
      - {seat_id: " é=@'"}
tiers:
  - criteria: [{balance: {measure: open_pipeline, tolerance: 0.05, levels: [{tolerance: 0}, {weight: 1e-7}]}}]
    give_back: 0.01
  - criteria: [{continuity: {}}, {compactness: {metric: DISTANCE, level_weights: [1, 0.5]}}]
rules:
  - {rule_id: protect-1, move_limit: {accounts: {filter: 'state == "TX" && name != "''"'}, max_amount: 0}}
  - {rule_id: r2, bounds: {min: 0, max: 9007199254740993}}
options: {time_limit: 0.5s, seed: 18446744073709551615}
families: SEPARATE
measures: [{measure: vip, count_filter: 'score > 5'}]
"#;
        let request = PlanFile::read("plan.yaml", text.as_bytes()).expect("well-formed").request;
        let notes = Notes::from([
            (String::new(), vec!["A plan.".into()]),
            ("split.seats.seats[1]".into(), vec!["Not\nthere yet.".into()]),
            ("tiers".into(), vec!["Most important first.".into()]),
        ]);
        let written = write(&request, &notes, &|_| Some(0)).expect("written");
        let again = PlanFile::read("plan.yaml", written.as_bytes());
        assert_eq!(again.map(|plan| plan.request).map_err(|faults| format!("{faults:?}")), Ok(request), "{written}");
        for part in [
            "# A plan.\nsplit:\n  seats:\n    max_children: 4\n    seats:\n      - {seat_id: Ana Diaz, ",
            "      # Not there yet.\n      - seat_id: \"a: b # \\\"c\\\" \\u0007\\t\"\n        state: TO_BE_HIRED\n",
            "# Most important first.\ntiers:\n  - criteria:",
            "options: {time_limit: 0.5s, seed: 18446744073709551615}\n",
            "continuity: {}",
        ] {
            assert!(written.contains(part), "{part} is not in\n{written}");
        }
    }
}
