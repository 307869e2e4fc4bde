//! Measures: what is added up, in whole numbers.

use super::filter;
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Keyed, MeasureIndex};
use crate::input::{Book, CriterionInput, Input, SplitInput};
use crate::limits::MEASURES_MAX;
use crate::nearest::nearest;
use std::collections::BTreeSet;

/// The measure every book has.
pub(crate) const ACCOUNT_COUNT: &str = "account_count";

/// One measure. `amounts` has an entry for each account, those of a column once [`take_columns`] has moved them here;
/// `total` is their sum.
#[derive(Debug, Clone)]
pub(crate) struct Measure {
    /// What it counts; two measures are the same exactly if this is.
    pub source: Source,
    /// What people call it. Counts that mix makes have a name that others may have, too.
    pub name: String,
    pub amounts: Keyed<AccountIndex, i64>,
    pub total: i64,
}

/// What a measure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Accounts.
    Accounts,
    /// A numeric column of the book, by its place.
    Column(usize),
    /// Accounts that a filter of the request matches, by its place.
    Filter(usize),
    /// Accounts with one value of an attribute: the attribute's place in the book, and the value's among its different
    /// values in the order of their bytes.
    Value(usize, usize),
}

impl Measure {
    /// Whether requests can name it: counts that mix makes have no name of their own.
    pub fn is_named(&self) -> bool {
        !matches!(self.source, Source::Value(..))
    }

    /// Over `accounts` alone, in their order.
    pub fn part(&self, accounts: &[AccountIndex]) -> Measure {
        let amounts: Keyed<AccountIndex, i64> = accounts.iter().map(|&a| self.amounts[a]).collect();
        Measure { source: self.source, name: self.name.clone(), total: amounts.iter().sum(), amounts }
    }
}

/// The measures of a request: account_count first, then those the plan names, in the order it names them, and when it
/// states no tiers those that are balanced by default.
pub(crate) fn read(input: &Input, findings: &mut Vec<Finding>) -> Keyed<MeasureIndex, Measure> {
    let book = &input.book;
    let mut measures = Keyed::from(vec![Measure {
        source: Source::Accounts,
        name: ACCOUNT_COUNT.into(),
        amounts: Keyed::filled(book.account_ids.len(), 1),
        total: book.account_ids.len() as i64,
    }]);
    for (i, column) in book.measures.iter().enumerate() {
        if column.name.is_empty() {
            findings.push(Finding::new(
                Code::MeasureUnknown,
                Place::Account(0, String::new()),
                "a measure has no name; give it one, or leave it out",
            ));
        }
        let doubled = column.name == ACCOUNT_COUNT || book.measures[..i].iter().any(|c| c.name == column.name);
        if doubled {
            findings.push(Finding::new(
                Code::MeasureDuplicate,
                Place::Account(0, column.name.clone()),
                format!("the measure {:?} is given twice or is built in; rename one", column.name),
            ));
        }
    }
    let counted = counted(input, findings);
    let mut wanted: Vec<String> = named(input);
    if input.tiers.is_empty() {
        wanted.extend(book.measures.iter().filter(|c| !c.only_by_name).map(|c| c.name.clone()));
    }
    wanted.extend(input.measures.iter().map(|m| m.measure.clone()));
    wanted.extend(kept_on_splits(input, &wanted));
    for name in wanted {
        if measures.iter().any(|m| m.name == name) {
            continue;
        }
        if let Some(measure) = counted.iter().find(|m| m.name == name) {
            measures.push(measure.clone());
        } else if let Some(place) = book.measures.iter().position(|c| c.name == name) {
            let total = sum(&name, &book.measures[place].amounts, findings);
            measures.push(Measure { source: Source::Column(place), name, amounts: Keyed::new(), total });
        }
    }
    if measures.len() > MEASURES_MAX {
        let names: Vec<&str> = measures.iter().map(|m| m.name.as_str()).collect();
        findings.push(Finding::new(
            Code::MeasuresTooMany,
            Place::Plan("tiers".into()),
            format!(
                "{} measures are in use ({}); at most {MEASURES_MAX}: name those that matter in tiers",
                measures.len(),
                names.join(", ")
            ),
        ));
    }
    measures
}

/// What an answer tells of planned splits even if nobody asks, as far as the book has it and there is room.
fn kept_on_splits(input: &Input, wanted: &[String]) -> Vec<String> {
    let Some(SplitInput::Stages { counts, current }) = &input.split else { return Vec::new() };
    if counts.last().is_none_or(|last| last == current) {
        return Vec::new();
    }
    let named: BTreeSet<&str> = wanted.iter().map(String::as_str).chain([ACCOUNT_COUNT]).collect();
    let missing = ["open_pipeline", "closed_won"].into_iter().filter(|name| !named.contains(name));
    let known = missing.filter(|name| input.book.measures.iter().any(|c| c.name == *name));
    known.take(MEASURES_MAX.saturating_sub(named.len())).map(String::from).collect()
}

/// Measures that tiers and rules name, without doubles, in order.
fn named(input: &Input) -> Vec<String> {
    let criteria = input.tiers.iter().flat_map(|t| t.criteria.iter().flatten());
    let from_tiers = criteria.filter_map(CriterionInput::measure);
    let from_rules = input.rules.iter().filter_map(|r| r.kind.as_ref()?.measure());
    from_tiers.chain(from_rules).filter(|m| !m.is_empty()).map(String::from).collect()
}

fn counted(input: &Input, findings: &mut Vec<Finding>) -> Vec<Measure> {
    let mut counted: Vec<Measure> = Vec::new();
    for (i, measure) in input.measures.iter().enumerate() {
        let path = format!("measures[{i}]");
        if measure.measure.is_empty() {
            findings.push(Finding::new(
                Code::MeasureUnknown,
                Place::Plan(format!("{path}.measure")),
                "the measure has no name; give it one",
            ));
            continue;
        }
        let taken = measure.measure == ACCOUNT_COUNT
            || input.book.measures.iter().any(|c| c.name == measure.measure)
            || counted.iter().any(|m| m.name == measure.measure);
        if taken {
            findings.push(Finding::new(
                Code::MeasureDuplicate,
                Place::Plan(format!("{path}.measure")),
                format!("the measure {:?} is already there; rename this one", measure.measure),
            ));
            continue;
        }
        if let Some(found) =
            filter::matches(&measure.count_filter, &input.book, &format!("{path}.count_filter"), findings)
        {
            let amounts: Vec<i64> = found.into_iter().map(i64::from).collect();
            let total = sum(&measure.measure, &amounts, findings);
            counted.push(Measure {
                source: Source::Filter(i),
                name: measure.measure.clone(),
                amounts: amounts.into(),
                total,
            });
        }
    }
    counted
}

fn sum(name: &str, amounts: &[i64], findings: &mut Vec<Finding>) -> i64 {
    for (account, &amount) in amounts.iter().enumerate().filter(|(_, a)| **a < 0) {
        findings.push(Finding::new(
            Code::AmountNegative,
            Place::Account(account, name.to_owned()),
            format!("{name} is {amount}; amounts must be 0 or more"),
        ));
    }
    let total: i128 = amounts.iter().map(|&a| i128::from(a)).sum();
    if total > i128::from(i64::MAX) {
        findings.push(Finding::new(
            Code::MeasureSumTooLarge,
            Place::Account(0, name.to_owned()),
            format!("{name} adds up to {total}, above 2^63 - 1; use a larger unit (thousands)"),
        ));
    }
    i64::try_from(total).unwrap_or(0)
}

/// Moves the amounts of columns from the book, where filters read them until now.
pub(crate) fn take_columns(measures: &mut Keyed<MeasureIndex, Measure>, book: &mut Book) {
    for measure in measures {
        if let Source::Column(place) = measure.source {
            measure.amounts = std::mem::take(&mut book.measures[place].amounts).into();
        }
    }
}

/// The measure of this name, or a finding that says what there is.
pub(crate) fn find(
    name: &str,
    path: &str,
    measures: &Keyed<MeasureIndex, Measure>,
    input: &Input,
    findings: &mut Vec<Finding>,
) -> Option<MeasureIndex> {
    let name = if name.is_empty() { ACCOUNT_COUNT } else { name };
    if let Some((found, _)) = measures.pairs().find(|(_, m)| m.is_named() && m.name == name) {
        return Some(found);
    }
    if input.measures.iter().any(|m| m.measure == name) {
        return None; // its filter has a finding of its own
    }
    let mut message = format!("no account has the measure {name:?}");
    if let Some(near) = input.book.near_measures.iter().find(|n| n.name == name) {
        message = format!("{message}: {}", near.reason);
    } else if input.book.attributes.iter().any(|a| a.name == name) {
        message.push_str("; the column holds text");
    } else {
        let columns = input.book.measures.iter().map(|m| m.name.as_str());
        let known: Vec<&str> = std::iter::once(ACCOUNT_COUNT).chain(columns).collect();
        message = match nearest(name, known.iter().copied()) {
            Some(near) => format!("{message}; did you mean {near}?"),
            None => format!("{message}; there are {}", known[..known.len().min(20)].join(", ")),
        };
    }
    findings.push(Finding::new(Code::MeasureUnknown, Place::Plan(path.to_string()), message));
    None
}
