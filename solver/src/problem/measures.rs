//! Measures: what is added up, in whole numbers.

use super::negatives;
use crate::amount::Amount;
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Keyed, MeasureIndex};
use crate::input::{ACCOUNT_COUNT, Book, CriterionInput, Input, MeasureColumn, SplitInput};
use crate::limits::MEASURES_MAX;
use crate::nearest::nearest;
use std::collections::{BTreeSet, HashSet};

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
    /// Amounts are whole numbers of 10^-decimals.
    pub decimals: u8,
    /// What is counted, such as USD; empty: not known.
    pub unit: String,
    /// Whether it is only told: nothing balances it.
    pub report_only: bool,
}

/// What a measure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Accounts.
    Accounts,
    /// A numeric column of the book, by its place; counted and derived ones come after those given.
    Column(usize),
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
        Measure { total: amounts.iter().sum(), amounts, name: self.name.clone(), unit: self.unit.clone(), ..*self }
    }

    /// An amount of it, as people write it.
    pub fn amount(&self, whole: impl Into<i128>) -> Amount {
        Amount::new(whole, self.decimals)
    }
}

/// The measures of a request: account_count first, then those the plan names, in the order it names them, when it
/// states no tiers those that are balanced by default, and those it defines. `defined` has the places of these.
pub(crate) fn read(
    input: &Input,
    defined: &[Option<usize>],
    findings: &mut Vec<Finding>,
) -> Keyed<MeasureIndex, Measure> {
    let book = &input.book;
    let mut measures = Keyed::from(vec![Measure {
        source: Source::Accounts,
        name: ACCOUNT_COUNT.into(),
        amounts: Keyed::filled(book.account_ids.len(), 1),
        total: book.account_ids.len() as i64,
        decimals: 0,
        unit: String::new(),
        report_only: false,
    }]);
    let mut wanted: Vec<String> = named(input);
    if input.tiers.is_empty() {
        wanted.extend(book.measures.iter().filter(|c| !c.only_by_name).map(|c| c.name.clone()));
    }
    wanted.extend(defined.iter().flatten().map(|&place| book.measures[place].name.clone()));
    let told: BTreeSet<&str> = input.measures.iter().filter(|m| m.report_only).map(|m| m.measure.as_str()).collect();
    wanted.extend(told.iter().map(|name| (*name).to_owned()));
    wanted.extend(kept_on_splits(input, &wanted));
    let mut seen: HashSet<String> = HashSet::from([ACCOUNT_COUNT.to_owned()]);
    for name in wanted {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(place) = book.measures.iter().position(|c| c.name == name) {
            let column = &book.measures[place];
            // A derived one has been judged where it was made.
            if !defined.contains(&Some(place)) {
                negatives::reject(column, book, |first| Place::Account(first, name.clone()), findings);
            }
            let total = sum(column, findings);
            let (decimals, unit) = (column.decimals, column.unit.clone());
            let report_only = told.contains(name.as_str());
            measures.push(Measure {
                source: Source::Column(place),
                report_only,
                name,
                amounts: Keyed::new(),
                total,
                decimals,
                unit,
            });
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

fn sum(column: &MeasureColumn, findings: &mut Vec<Finding>) -> i64 {
    let total: i128 = column.amounts.iter().map(|&a| i128::from(a)).sum();
    if total > i128::from(i64::MAX) {
        let (most, total) = (Amount::new(i64::MAX, column.decimals), Amount::new(total, column.decimals));
        findings.push(Finding::new(
            Code::MeasureSumTooLarge,
            Place::Account(0, column.name.clone()),
            format!(
                "{} adds up to {total}, above {most}; use a larger unit (thousands) or fewer decimals",
                column.name
            ),
        ));
    }
    // A column that is refused is not 0 everywhere, which is not to be said of it besides.
    let refused = total <= 0 && column.amounts.iter().any(|amount| *amount != 0);
    i64::try_from(total).ok().filter(|_| !refused).unwrap_or(1)
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
        return None; // what is wrong with its definition is a finding of its own
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
