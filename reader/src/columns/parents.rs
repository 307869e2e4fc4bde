//! Parents by id, or by name where that is what the column holds.

use super::cell::nothing::is_nothing;
use super::cell::number::trim;
use super::excerpt::{does, excerpt, many};
use super::log::Log;
use carve_solver::finding::Code;
use carve_solver::salesforce::{LONG, SHORT, is_id, key};
use std::collections::HashMap;

/// Parents that a finding names.
const NAMED_MAX: usize = 3;
/// The field of the book.
const FIELD: &str = "parent_account_id";

/// What a text of the column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    /// No account that is known so far.
    Unknown,
    /// An account, by its row.
    Account(usize),
    /// An account, by its row, whose name it is.
    Named(usize),
    /// The name of several accounts.
    Ambiguous,
}

/// The id of each account's parent as it stands among `ids`; empty: none. What is not found stays as it is given. `names`
/// are there where the column may tell parents by name.
pub(crate) fn parents(
    column: usize,
    mut given: Vec<String>,
    ids: &[String],
    names: Option<&[String]>,
    log: &mut Log,
) -> Vec<String> {
    if given.iter().all(String::is_empty) {
        return given;
    }
    let mut own = Vec::new();
    let mut own_count = 0;
    let mut is_own = |row: usize| {
        own_count += 1;
        if own.len() < NAMED_MAX {
            own.push(row);
        }
    };
    for (row, (text, id)) in given.iter_mut().zip(ids).enumerate().filter(|(_, (text, _))| !text.is_empty()) {
        let parent = trim(text);
        if is_nothing(parent) {
            text.clear();
        } else if key(parent) == key(trim(id)) {
            is_own(row);
            text.clear();
        }
    }
    // Else equal texts are all that there is to find, which is left to those who know accounts by their ids.
    if names.is_some() || forms_differ(&given, ids) {
        let found = find(&given, ids, names);
        say_named(column, &given, &found, log);
        for (row, text) in given.iter_mut().enumerate().filter(|(_, text)| !text.is_empty()) {
            match found.get(key(trim(text))).copied().unwrap_or(Parent::Unknown) {
                Parent::Account(at) | Parent::Named(at) if at == row => {
                    is_own(row);
                    text.clear();
                }
                Parent::Account(at) | Parent::Named(at) => text.clone_from(&ids[at]),
                Parent::Ambiguous => text.clear(),
                Parent::Unknown => {}
            }
        }
    }
    if let Some(&first) = own.iter().min() {
        own.sort_unstable();
        let message = format!(
            "{} {} itself as its parent ({}), as columns with the top of a family do; that is no parent",
            many(own_count, "account"),
            does(own_count, "name"),
            log.lines(&own, own_count)
        );
        log.of_cells(Code::ParentSelf, column, FIELD, first, message);
    }
    given
}

/// Whether parents may be written in another form than the ids that they name: with 15 characters for 18, or with spaces.
fn forms_differ(given: &[String], ids: &[String]) -> bool {
    let has = |texts: &[String], length: usize| texts.iter().any(|text| text.len() == length && is_id(text));
    let spaced = |texts: &[String]| texts.iter().any(|text| trim(text).len() != text.len());
    has(given, SHORT) && has(ids, LONG) || has(given, LONG) && has(ids, SHORT) || spaced(given) || spaced(ids)
}

/// What each text stands for, by what two forms of an id have in common.
fn find(given: &[String], ids: &[String], names: Option<&[String]>) -> HashMap<String, Parent> {
    let mut found: HashMap<String, Parent> = HashMap::new();
    for text in given.iter().filter(|text| !text.is_empty()) {
        let key = key(trim(text));
        if !found.contains_key(key) {
            found.insert(key.to_owned(), Parent::Unknown);
        }
    }
    for (row, id) in ids.iter().enumerate() {
        if let Some(parent) = found.get_mut(key(trim(id))).filter(|parent| **parent == Parent::Unknown) {
            *parent = Parent::Account(row);
        }
    }
    for (row, name) in names.unwrap_or_default().iter().enumerate() {
        match found.get_mut(trim(name)) {
            Some(parent @ Parent::Unknown) => *parent = Parent::Named(row),
            Some(parent @ Parent::Named(_)) => *parent = Parent::Ambiguous,
            _ => {}
        }
    }
    found
}

/// That parents are told by name, and which names do not tell one account.
fn say_named(column: usize, given: &[String], found: &HashMap<String, Parent>, log: &mut Log) {
    let of = |text: &String| found.get(key(trim(text))).copied().filter(|_| !text.is_empty());
    let named = given.iter().filter(|text| matches!(of(text), Some(Parent::Named(_)))).count() as u64;
    if named > 0 {
        let message = format!("{} {} the parent by its name", many(named, "account"), does(named, "tell"));
        log.of_column(Code::ParentByName, column, message);
    }
    let ambiguous = || given.iter().enumerate().filter(|(_, text)| of(text) == Some(Parent::Ambiguous));
    if let Some((first, _)) = ambiguous().next() {
        let mut shown: Vec<&String> = ambiguous().map(|(_, text)| text).collect();
        let count = shown.len() as u64;
        shown.dedup();
        let shown: Vec<String> = shown.iter().take(NAMED_MAX).map(|text| format!("\"{}\"", excerpt(text))).collect();
        let message = format!(
            "{} {} the parent by a name that several accounts have (first: {}), and stand alone: give the parent's id",
            many(count, "account"),
            does(count, "tell"),
            shown.join(", ")
        );
        log.of_cells(Code::ParentAmbiguous, column, FIELD, first, message);
    }
}
