//! Ids of accounts: those of Salesforce in two forms, and those that a spreadsheet made into numbers.

use super::excerpt::{does, is, many};
use super::log::Log;
use super::survey::Tally;
use carve_solver::finding::Code;
use carve_solver::hash::hash;
use carve_solver::salesforce::{LONG, SHORT, is_id, key};
use std::collections::{HashMap, HashSet};
use std::num::NonZero;

/// Rows that a finding names.
const ROWS_NAMED_MAX: usize = 3;

/// Whether a spreadsheet made a number of an id, and left only its first digits: `9.00012E+09`.
fn is_mangled(id: &str) -> bool {
    // Every id is asked, and nearly none has a second character such as this.
    if !matches!(id.as_bytes(), [b'0'..=b'9', b'.' | b',' | b'E', ..]) {
        return false;
    }
    let Some((digits, power)) = id.split_once("E+") else { return false };
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, behind) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    whole.len() == 1 && are_digits(whole) && are_digits(behind) && are_digits(power) && power.len() <= POWER_DIGITS_MAX
}

/// Digits of an exponent that spreadsheets write.
const POWER_DIGITS_MAX: usize = 3;

/// Ids that a spreadsheet made into numbers; `ids` are texts with the row in which each first stands and how many have it.
pub(crate) fn say_mangled<'a>(
    ids: impl Iterator<Item = (usize, &'a str, u64)>,
    column: usize,
    field: &str,
    log: &mut Log,
) {
    let mut mangled = Tally::default();
    ids.filter(|(_, id, _)| is_mangled(id)).for_each(|(row, id, times)| mangled.add(row, id, times));
    let Some(first) = mangled.first.first() else { return };
    let message = format!(
        "{} of {field} {} made into numbers by a spreadsheet, which kept their first digits alone ({}), so that several may be one now; export anew, and do not save the file from a spreadsheet, or format the column as text before",
        many(mangled.count, "id"),
        if mangled.count == 1 { "was" } else { "were" },
        log.places(&mangled)
    );
    log.of_cells(Code::IdsMangled, column, field, first.row, message);
}

/// Whether two ids are one, by the first 15 characters that both forms of a Salesforce id share; `None` where neither is
/// such an id.
pub fn same_id(one: &str, other: &str) -> Option<bool> {
    (is_id(one) || is_id(other)).then(|| key(one) == key(other))
}

/// Accounts that are there in both forms, forms that are mixed, and ids that differ in case alone.
pub(crate) fn look_over(ids: &[String], column: usize, log: &mut Log) {
    let each = ids.iter().enumerate().map(|(row, id)| (row, id.as_str(), 1));
    say_mangled(each, column, "account_id", log);
    let of_length = |length: usize| ids.iter().filter(move |id| id.len() == length && is_id(id)).count();
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
    fn numbers_that_were_ids_are_known() {
        for id in ["9.00012E+09", "9,00012E+09", "5E+15", "1.23E+100"] {
            assert!(is_mangled(id), "{id}");
        }
        for id in ["9.00012e+09", "12.5E+09", "E+09", "5E09", "A.1E+09", "5E+", "1.E+5", "5E+0001", "001A0000006Vm9u"] {
            assert!(!is_mangled(id), "{id}");
        }
    }
}
