//! Names of territories that Salesforce takes: of their own for its interface, and of its rules for programs.

use super::ids;
use crate::answer::display_name;
use carve_solver::plan::NodeResult;
use std::collections::HashSet;

/// Characters of a Name and of a DeveloperName.
const NAME_CHARS_MAX: usize = 80;
/// What stands before a DeveloperName that would not begin with a letter.
const PREFIX: &str = "T_";

/// What Salesforce calls a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Called {
    /// Label for people.
    pub name: String,
    /// Unique; letters, digits and single underscores.
    pub developer_name: String,
    /// Its id there, where the plan file has it.
    pub id: Option<String>,
    /// Whether the plan file gave a territory_api_name that Salesforce does not take, so that another was made of it.
    pub remade: bool,
}

/// What every node is called, in their order: names given in the plan file as they are, the others made of ids. No two
/// differ in case alone.
pub(super) fn called(nodes: &[NodeResult]) -> Vec<Called> {
    let mut taken: HashSet<String> = HashSet::new();
    // A name that is given goes to its own node, whichever other would have come to it first.
    let own: Vec<bool> =
        nodes.iter().map(|node| is_sound(given(node)) && taken.insert(given(node).to_lowercase())).collect();
    let name = |(node, own): (&NodeResult, bool)| {
        let given = given(node);
        let id = ids::is(given, ids::TERRITORY).then(|| ids::long(given).into_owned());
        let developer_name = match (own, given.is_empty() || id.is_some()) {
            (true, _) => given.to_owned(),
            (false, true) => unused(&sound(&node.node_id), &mut taken),
            (false, false) => unused(&sound(given), &mut taken),
        };
        let remade = !own && id.is_none() && !given.is_empty();
        Called { name: label(node, &developer_name), developer_name, id, remade }
    };
    nodes.iter().zip(own).map(name).collect()
}

/// The name or id that the plan file has for a node's territory; empty where it has none.
fn given(node: &NodeResult) -> &str {
    node.seat.as_ref().map_or("", |seat| &seat.external_ids.territory_api_name)
}

/// The name shown to people; Salesforce does not trim fields, and reads `#N/A` as nothing.
fn label(node: &NodeResult, developer_name: &str) -> String {
    let name = match display_name(node).trim() {
        "" => node.node_id.trim(),
        name => name,
    };
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NAME_CHARS_MAX).collect();
    match name.trim() {
        "" | "#N/A" => developer_name.to_owned(),
        name => name.to_owned(),
    }
}

/// Whether a text is a DeveloperName as it stands.
fn is_sound(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with('_')
        && !text.contains("__")
        && text.len() <= NAME_CHARS_MAX
}

/// A DeveloperName made of a text.
fn sound(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<&str>>().join("_");
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, PREFIX);
    }
    cut(&name, NAME_CHARS_MAX).to_owned()
}

/// The first characters, without an underscore at the end; what is cut is ASCII.
fn cut(name: &str, most: usize) -> &str {
    name[..name.len().min(most)].trim_end_matches('_')
}

/// The name, with a number where it is taken.
fn unused(name: &str, taken: &mut HashSet<String>) -> String {
    let mut found = name.to_owned();
    let mut number = 1;
    while !taken.insert(found.to_lowercase()) {
        number += 1;
        let suffix = format!("_{number}");
        found = format!("{}{suffix}", cut(name, NAME_CHARS_MAX - suffix.len()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_sound_and_unique() {
        for (text, name) in [
            ("amer-01", "amer_01"),
            ("01 east", "T_01_east"),
            ("__a__b__", "a_b"),
            ("Zürich / Süd", "Z_rich_S_d"),
            ("=cmd()", "cmd"),
            ("東京", "T"),
            ("", "T"),
        ] {
            assert_eq!(sound(text), name, "{text:?}");
            assert!(is_sound(name));
        }
        let long = sound(&"x-".repeat(100));
        assert!(is_sound(&long) && long.len() == 79, "{long}");
        for text in ["a__b", "a_", "_a", "1a", "a b", "a-b", "", "é"] {
            assert!(!is_sound(text), "{text:?}");
        }
        let mut taken = HashSet::new();
        let names = ["a_b", "A_B", "a_b", "c"].map(|name| unused(name, &mut taken));
        assert_eq!(names, ["a_b", "A_B_2", "a_b_3", "c"]);
        let long = "y".repeat(80);
        assert_eq!([&long, &long].map(|name| unused(name, &mut taken)).map(|name| name.len()), [80, 80]);
    }
}
