//! The contract's own rules, in the manner of buf's STANDARD and COMMENTS, read from the compiled descriptors.

use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use std::collections::HashSet;

const PACKAGE: &str = "carve.v1";

fn files() -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(carve_proto::DESCRIPTOR_SET).expect("the contract is a descriptor set");
    set.file.into_iter().filter(|f| f.package() == PACKAGE).collect()
}

/// Walks one file; collects what breaks a rule.
struct Walk {
    file: String,
    /// Paths of the elements that have a comment before them.
    commented: HashSet<Vec<i32>>,
    faults: Vec<String>,
}

impl Walk {
    fn of(file: &FileDescriptorProto) -> Vec<String> {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        let said = locations.filter(|l| !l.leading_comments().trim().is_empty());
        let commented = said.map(|l| l.path.clone()).collect();
        let mut walk = Walk { file: file.name().into(), commented, faults: Vec::new() };
        // Field numbers of FileDescriptorProto: 4 messages, 5 enums, 6 services.
        for (i, message) in file.message_type.iter().enumerate() {
            walk.message(message, vec![4, i as i32]);
        }
        for (i, declared) in file.enum_type.iter().enumerate() {
            walk.enumeration(declared, vec![5, i as i32]);
        }
        for (i, service) in file.service.iter().enumerate() {
            let path = vec![6, i as i32];
            walk.element(service.name(), &path, is_pascal);
            for (j, method) in service.method.iter().enumerate() {
                walk.element(method.name(), &below(&path, 2, j), is_pascal);
                let (request, response) = (short(method.input_type()), short(method.output_type()));
                walk.require(request == format!("{}Request", method.name()), || {
                    format!("{} takes {request}", method.name())
                });
                walk.require(response == format!("{}Response", method.name()), || {
                    format!("{} gives {response}", method.name())
                });
            }
        }
        walk.faults
    }

    fn require(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(format!("{}: {}", self.file, fault()));
        }
    }

    fn element(&mut self, name: &str, path: &[i32], style: fn(&str) -> bool) {
        let commented = self.commented.contains(path);
        self.require(commented, || format!("{name} has no comment"));
        self.require(style(name), || format!("{name} is not in its style"));
    }

    fn message(&mut self, message: &DescriptorProto, path: Vec<i32>) {
        if message.options.as_ref().is_some_and(|o| o.map_entry()) {
            return;
        }
        self.element(message.name(), &path, is_pascal);
        // Field numbers of DescriptorProto: 2 fields, 3 nested messages, 4 nested enums, 8 oneofs.
        for (i, field) in message.field.iter().enumerate() {
            self.element(field.name(), &below(&path, 2, i), is_snake);
        }
        for (i, oneof) in message.oneof_decl.iter().enumerate().filter(|(_, o)| !o.name().starts_with('_')) {
            self.element(oneof.name(), &below(&path, 8, i), is_snake);
        }
        for (i, nested) in message.nested_type.iter().enumerate() {
            self.message(nested, below(&path, 3, i));
        }
        for (i, nested) in message.enum_type.iter().enumerate() {
            self.enumeration(nested, below(&path, 4, i));
        }
    }

    fn enumeration(&mut self, declared: &EnumDescriptorProto, path: Vec<i32>) {
        self.element(declared.name(), &path, is_pascal);
        let prefix = format!("{}_", upper_snake(declared.name()));
        for (i, value) in declared.value.iter().enumerate() {
            self.element(value.name(), &below(&path, 2, i), is_upper);
            self.require(value.name().starts_with(&prefix), || {
                format!("{} does not start with {prefix}", value.name())
            });
            let unspecified = value.name() == format!("{prefix}UNSPECIFIED");
            self.require((value.number() == 0) == unspecified, || {
                format!("{} = {}: zero and only zero is UNSPECIFIED", value.name(), value.number())
            });
        }
    }
}

fn below(path: &[i32], field: i32, index: usize) -> Vec<i32> {
    [path, &[field, index as i32]].concat()
}

fn short(full: &str) -> &str {
    full.rsplit('.').next().unwrap_or(full)
}

fn is_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.contains("__")
        && !name.ends_with('_')
}

fn is_upper(name: &str) -> bool {
    is_snake(&name.to_ascii_lowercase()) && !name.contains(|c: char| c.is_ascii_lowercase())
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn upper_snake(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        if i > 0 && c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

#[test]
fn every_element_is_commented_and_named_in_style() {
    let faults: Vec<String> = files().iter().flat_map(Walk::of).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_are_in_their_package_and_folder() {
    let files = files();
    assert!(files.len() >= 9, "only {} files", files.len());
    for file in files {
        assert!(file.name().starts_with("carve/v1/") && file.syntax() == "proto3", "{}", file.name());
        let stem = file.name().trim_start_matches("carve/v1/").trim_end_matches(".proto");
        assert!(is_snake(stem), "{}", file.name());
    }
}

#[test]
fn the_rules_catch_what_they_forbid() {
    let source = |text: &str| {
        assert!(text.starts_with("carve/"));
        FileDescriptorProto { name: Some(text.into()), ..FileDescriptorProto::default() }
    };
    let mut file = source("carve/v1/bad.proto");
    let value = |name: &str, number| prost_types::EnumValueDescriptorProto {
        name: Some(name.into()),
        number: Some(number),
        ..Default::default()
    };
    file.enum_type.push(EnumDescriptorProto {
        name: Some("BadKind".into()),
        value: vec![value("NONE", 0), value("BAD_KIND_GOOD", 1)],
        ..EnumDescriptorProto::default()
    });
    let faults = Walk::of(&file).join("\n");
    for fault in ["BadKind has no comment", "NONE does not start with BAD_KIND_", "NONE = 0: zero and only zero"] {
        assert!(faults.contains(fault), "{faults}");
    }
}
