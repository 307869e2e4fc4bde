//! Ids as Salesforce writes them: 15 characters whose case counts, or 18 that end in what tells the case of the others.

use super::excerpt::{does, is, many};
use super::intern::hash;
use super::log::Log;
use carve_solver::finding::Code;
use std::collections::{HashMap, HashSet};
use std::num::NonZero;

/// Characters of the short form, which two forms of one id share.
pub(crate) const SHORT: usize = 15;
/// Characters of the long form.
pub(crate) const LONG: usize = 18;
/// What the last three characters of the long form are taken from, five bits each.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
/// Rows that a finding names.
const ROWS_NAMED_MAX: usize = 3;

/// What two forms of one id have in common: of a Salesforce id the first 15 characters, of any other the whole.
pub(crate) fn key(id: &str) -> &str {
    match id.len() {
        LONG if id.bytes().all(|b| b.is_ascii_alphanumeric()) && ending(&id[..SHORT]) == id.as_bytes()[SHORT..] => {
            &id[..SHORT]
        }
        _ => id,
    }
}

/// Whether the text has the form of a Salesforce id.
pub(crate) fn is_salesforce(id: &str) -> bool {
    let alphanumeric = || id.bytes().all(|b| b.is_ascii_alphanumeric());
    match id.len() {
        SHORT => alphanumeric() && id.as_bytes()[0] == b'0' && id.bytes().any(|b| b.is_ascii_alphabetic()),
        LONG => key(id).len() == SHORT,
        _ => false,
    }
}

/// The last three characters of the long form: in each, which of five characters are upper case.
fn ending(short: &str) -> [u8; 3] {
    let mut ending = [0; 3];
    for (of, part) in ending.iter_mut().zip(short.as_bytes().chunks(5)) {
        let bits = part.iter().enumerate().map(|(at, b)| usize::from(b.is_ascii_uppercase()) << at).sum::<usize>();
        *of = ALPHABET[bits];
    }
    ending
}

/// Accounts that are there in both forms, forms that are mixed, and ids that differ in case alone.
pub(crate) fn look_over(ids: &[String], column: usize, log: &mut Log) {
    let of_length = |length: usize| ids.iter().filter(move |id| id.len() == length && is_salesforce(id)).count();
    let (long, short) = (of_length(LONG), of_length(SHORT));
    if long > 0 && short > 0 {
        let mut forms: HashMap<&str, &str> = HashMap::with_capacity(ids.len());
        let mut doubled = Vec::new();
        for (row, id) in ids.iter().enumerate() {
            if forms.insert(key(id), id).is_some_and(|other| other != id) {
                doubled.push(row);
            }
        }
        if let Some(&first) = doubled.first() {
            let named = log.lines(&doubled[..doubled.len().min(ROWS_NAMED_MAX)], doubled.len() as u64);
            let message = format!(
                "{} {} there twice, by an id of 15 and by one of 18 characters ({named}); keep one row of each",
                many(doubled.len() as u64, "account"),
                is(doubled.len() as u64)
            );
            log.of_cells(Code::AccountIdDuplicate, column, "account_id", first, message);
        }
        let message = format!(
            "{short} ids have 15 characters and {long} have 18; they are matched by their first 15, and written as they are given"
        );
        log.of_column(Code::IdsOfTwoForms, column, message);
    }
    if short > 0 {
        let twins = differ_in_case(ids);
        if let Some(count) = NonZero::new(twins.len() as u64) {
            let named = log.lines(&twins[..twins.len().min(ROWS_NAMED_MAX)], count.get());
            let message = format!(
                "{} {} from another one in upper and lower case alone ({named}); they are different accounts, but look-ups of spreadsheets take them for one: use ids of 18 characters there",
                many(count.get(), "id"),
                does(count.get(), "differ")
            );
            log.of_column(Code::IdsDifferInCase, column, message);
        }
    }
}

/// Rows whose id is that of an earlier row but for upper and lower case.
fn differ_in_case(ids: &[String]) -> Vec<usize> {
    let folded = |id: &String| hash(id.to_ascii_lowercase().as_bytes());
    let hashes: Vec<u64> = ids.iter().map(folded).collect();
    let mut sorted = hashes.clone();
    sorted.sort_unstable();
    let doubled: HashSet<u64> = sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    if doubled.is_empty() {
        return Vec::new();
    }
    let mut seen: HashMap<String, HashSet<&str>> = HashMap::new();
    let rows = ids.iter().enumerate().filter(|(row, _)| doubled.contains(&hashes[*row]));
    rows.filter(|(_, id)| {
        let spellings = seen.entry(id.to_ascii_lowercase()).or_default();
        spellings.insert(id.as_str()) && spellings.len() > 1
    })
    .map(|(row, _)| row)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_forms_of_an_id_have_one_key() {
        assert_eq!(key("001A0000006Vm9uIAC"), "001A0000006Vm9u");
        assert_eq!(key("001A0000006Vm9u"), "001A0000006Vm9u");
        assert_eq!(key("001A0000006Vm9uXXX"), "001A0000006Vm9uXXX");
        assert_eq!(key("über-eine-id-1234"), "über-eine-id-1234");
        assert!(is_salesforce("001A0000006Vm9u") && is_salesforce("001A0000006Vm9uIAC"));
        assert!(!is_salesforce("CUSTOMER0000001") && !is_salesforce("a") && !is_salesforce("000000000000001"));
    }
}
