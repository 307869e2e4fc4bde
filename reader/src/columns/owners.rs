//! Owners: nobody is nobody, and white space and case do not make two people of one.

use super::asked::Asked;
use super::cell::nothing::{is_house_or_gone, is_nobody as names_nobody, is_program, truth};
use super::excerpt::{count, excerpt, has, many};
use super::ids;
use super::intern::TextColumn;
use super::log::Log;
use carve_solver::finding::Code;
use carve_solver::salesforce::{is_id, key};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Texts that a finding names.
const NAMED_MAX: usize = 6;
/// The field of the book.
const FIELD: &str = "current_owner";

/// Whether a name in a column of owners is that of nobody: `#N/A`, `Unassigned`, a queue.
pub fn is_nobody(name: &str) -> bool {
    names_nobody(&name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What an owner is called beside its id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnerLabel {
    /// The owner's id, as the book has it.
    pub owner: String,
    /// The name most of its accounts have; empty: not known.
    pub name: String,
    /// The e-mail address or login, likewise.
    pub email: String,
}

/// The owners of a book.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// For each text of the column the owner it stands for; empty: nobody.
    pub by_code: Vec<String>,
}

/// Spellings of one owner: the text with single spaces, how many accounts have it, and its code.
type Spellings = Vec<(String, u64, usize)>;

/// Reads the column. `inactive` are those of its texts whose owner another column says to be no longer active, with the
/// heading of that column.
pub(crate) fn owners(
    column: usize,
    given: &TextColumn,
    inactive: Option<(&str, Vec<bool>)>,
    asked: &Asked,
    log: &mut Log,
) -> Owners {
    let counts = given.counts();
    let is_inactive = |code: usize| inactive.as_ref().is_some_and(|(_, inactive)| inactive[code]);
    let seats: HashMap<String, &String> =
        asked.seat_ids.iter().map(|seat| (fold(&single_spaced(seat)), seat)).collect();
    let mut nobody: BTreeMap<String, (u64, usize)> = BTreeMap::new();
    let mut people: BTreeMap<String, Spellings> = BTreeMap::new();
    for (code, text) in given.texts().iter().enumerate() {
        let text = single_spaced(text);
        let is_seat = seats.contains_key(&fold(&text));
        if !is_seat && names_nobody(&text) {
            let entry = nobody.entry(text).or_insert((0, given.first_row(code)));
            *entry = (entry.0 + counts[code], entry.1.min(given.first_row(code)));
        } else {
            people.entry(fold(&text)).or_default().push((text, counts[code], code));
        }
    }
    let mut by_code = vec![String::new(); given.texts().len()];
    let is_gone = |folded: &String, spellings: &Spellings| {
        !seats.contains_key(folded) && spellings.iter().all(|(_, _, code)| is_inactive(*code))
    };
    let gone: BTreeMap<String, Spellings> = people.extract_if(.., |folded, spelt| is_gone(folded, spelt)).collect();
    for (folded, spellings) in &people {
        let owner = seats.get(folded).map_or_else(|| usual(spellings), |seat| (*seat).clone());
        spellings.iter().for_each(|(_, _, code)| by_code[*code].clone_from(&owner));
    }
    let owned: u64 = people.values().flatten().map(|(_, accounts, _)| accounts).sum();
    say_nobody(column, &nobody, owned, log);
    say_spellings(column, given, &people, &by_code, log);
    say_programs(column, &people, log);
    say_gone(column, inactive.map_or("", |(heading, _)| heading), &gone, log);
    ids::say_mangled(
        given.texts().iter().enumerate().map(|(code, text)| (given.first_row(code), text.as_str(), counts[code])),
        column,
        FIELD,
        log,
    );
    Owners { by_code }
}

/// For each text of the owners' column whether its accounts say that the owner is not active, and none that it is.
/// `means`: what yes says.
pub(crate) fn inactive(given: &TextColumn, flags: &TextColumn, means: bool) -> Vec<bool> {
    let truths: Vec<Option<bool>> = flags.texts().iter().map(|text| truth(text)).collect();
    let mut said = vec![(false, false); given.texts().len()];
    for (&owner, &flag) in given.codes().iter().zip(flags.codes()) {
        if let Some(truth) = truths[flag as usize] {
            let (active, gone) = &mut said[owner as usize];
            *(if truth == means { active } else { gone }) = true;
        }
    }
    said.into_iter().map(|(active, gone)| gone && !active).collect()
}

/// `"Ana Diaz" 31, "Bo Chen" 2`, the owners of most accounts first; and others.
fn people_named(people: &BTreeMap<String, Spellings>) -> String {
    let mut named: Vec<(u64, String)> = people
        .values()
        .map(|spellings| (spellings.iter().map(|(_, accounts, _)| accounts).sum(), usual(spellings)))
        .collect();
    named.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let more = named.len().saturating_sub(NAMED_MAX);
    let shown: Vec<String> = (named.iter().take(NAMED_MAX))
        .map(|(accounts, text)| format!("\"{}\" {}", excerpt(text), count(*accounts)))
        .collect();
    format!("{}{}", shown.join(", "), if more > 0 { format!(" and {more} more") } else { String::new() })
}

fn say_gone(column: usize, heading: &str, gone: &BTreeMap<String, Spellings>, log: &mut Log) {
    if gone.is_empty() {
        return;
    }
    let message = format!(
        "{} not active by \"{heading}\" ({}): their accounts are nobody's and may go anywhere, and they get no territory; to keep one in place name it among the seats, or take that column out",
        if gone.len() == 1 { "1 owner is".to_owned() } else { format!("{} owners are", count(gone.len() as u64)) },
        people_named(gone)
    );
    log.of_column(Code::OwnerInactive, column, message);
}

/// Without white space at the ends, and with single spaces inside.
fn single_spaced(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What spellings of one owner have in common. The case of Salesforce ids counts.
fn fold(text: &str) -> String {
    if is_id(text) { key(text).to_owned() } else { text.to_lowercase() }
}

/// The spelling to keep: the long form of ids, else the one that most accounts have, else the first by its letters.
fn usual(spellings: &Spellings) -> String {
    let best = spellings.iter().min_by_key(|(text, accounts, _)| {
        let long_id = is_id(text) && key(text).len() < text.len();
        (!long_id, Reverse(*accounts), text.as_str())
    });
    best.map(|(text, _, _)| text.clone()).unwrap_or_default()
}

/// `owned` accounts have an owner.
fn say_nobody(column: usize, nobody: &BTreeMap<String, (u64, usize)>, owned: u64, log: &mut Log) {
    let mut named: Vec<(&String, u64, usize)> =
        nobody.iter().map(|(text, (count, row))| (text, *count, *row)).collect();
    named.sort_by_key(|(text, accounts, _)| (Reverse(*accounts), text.as_str()));
    // A few empty cells are what everybody means by nobody; most of them empty may be an export that groups its rows.
    let total: u64 = named.iter().map(|(_, accounts, _)| accounts).sum();
    let grouped = owned > 0 && total > owned && named.iter().all(|(text, ..)| text.is_empty());
    let rows = named.iter().filter(|(text, ..)| grouped || !text.is_empty()).map(|(_, _, row)| *row);
    let Some(first) = rows.min() else { return };
    let text = |(text, accounts, _): &(&String, u64, usize)| match text.as_str() {
        "" => format!("empty {}", count(*accounts)),
        text => format!("\"{}\" {}", excerpt(text), count(*accounts)),
    };
    let shown: Vec<String> = named.iter().take(NAMED_MAX).map(text).collect();
    let message = format!(
        "{} {} an owner that is nobody ({}{}), and may go anywhere{}",
        many(total, "account"),
        has(total),
        shown.join(", "),
        if named.len() > NAMED_MAX { " and others" } else { "" },
        if grouped { "; where the export writes an owner once above a group of rows, fill it down first" } else { "" }
    );
    log.of_cells(Code::OwnerNobody, column, FIELD, first, message);
}

fn say_spellings(
    column: usize,
    given: &TextColumn,
    people: &BTreeMap<String, Spellings>,
    by_code: &[String],
    log: &mut Log,
) {
    let mut several = Vec::new();
    let mut first = usize::MAX;
    for spellings in people.values() {
        let Some((_, _, code)) = spellings.first() else { continue };
        let owner = &by_code[*code];
        let odd: Vec<usize> =
            spellings.iter().map(|(_, _, code)| *code).filter(|&code| given.texts()[code] != *owner).collect();
        if odd.is_empty() {
            continue;
        }
        first = odd.iter().map(|&code| given.first_row(code)).min().unwrap_or(first).min(first);
        let texts: Vec<String> =
            odd.iter().take(NAMED_MAX).map(|&code| format!("\"{}\"", excerpt(&given.texts()[code]))).collect();
        several.push(format!("\"{}\" also as {}", excerpt(owner), texts.join(", ")));
    }
    if several.is_empty() {
        return;
    }
    let more = several.len().saturating_sub(NAMED_MAX);
    let total = several.len();
    several.truncate(NAMED_MAX);
    let message = format!(
        "{total} owner{} written in more than one way, or with spaces around: {}{}; white space and case make no other owner",
        if total == 1 { " is" } else { "s are" },
        several.join("; "),
        if more > 0 { format!("; and {more} more") } else { String::new() }
    );
    log.of_cells(Code::OwnerSpellings, column, FIELD, first, message);
}

fn say_programs(column: usize, people: &BTreeMap<String, Spellings>, log: &mut Log) {
    let is_odd = |text: &str| is_program(text) || is_house_or_gone(text);
    let odd: BTreeMap<String, Spellings> = (people.iter())
        .filter(|(_, spellings)| spellings.iter().any(|(text, ..)| is_odd(text)))
        .map(|(folded, spellings)| (folded.clone(), spellings.clone()))
        .collect();
    if let Some(first) = odd.values().next() {
        let message = format!(
            "owners that look like programs, house accounts or people who left, and no sellers: {}; without seats of your own each gets a territory and a full share: give their accounts to the others with --drop-owner \"{}\", or name the seats",
            people_named(&odd),
            usual(first)
        );
        log.of_column(Code::OwnerNoSeller, column, message);
    }
}

/// What owners are called: for each the label that most of its accounts have.
pub(crate) fn labels(
    given: &TextColumn,
    owners: &Owners,
    names: Option<&TextColumn>,
    emails: Option<&TextColumn>,
) -> Vec<OwnerLabel> {
    let mut labels: BTreeMap<&str, OwnerLabel> = BTreeMap::new();
    for (column, is_name) in [(names, true), (emails, false)] {
        let Some(column) = column else { continue };
        let mut pairs: HashMap<(u32, u32), u64> = HashMap::new();
        for (&owner, &label) in given.codes().iter().zip(column.codes()) {
            *pairs.entry((owner, label)).or_default() += 1;
        }
        let mut best: BTreeMap<&str, (u64, Reverse<String>)> = BTreeMap::new();
        for ((owner, label), accounts) in pairs {
            let (owner, label) =
                (owners.by_code[owner as usize].as_str(), single_spaced(&column.texts()[label as usize]));
            if !owner.is_empty() && !names_nobody(&label) {
                let entry = best.entry(owner).or_insert((0, Reverse(String::new())));
                *entry = entry.clone().max((accounts, Reverse(label)));
            }
        }
        for (owner, (_, Reverse(label))) in best {
            let entry =
                labels.entry(owner).or_insert_with(|| OwnerLabel { owner: owner.to_owned(), ..OwnerLabel::default() });
            *(if is_name { &mut entry.name } else { &mut entry.email }) = label;
        }
    }
    labels.into_values().collect()
}
