//! What the request says of measures: how columns are kept, and measures that are counted or derived. These become columns
//! of the book, one after the other, so that filters and what is defined later see them like any other.

use super::derived;
use super::effort::Effort;
use super::faulty::Faulty;
use super::field::Fields;
use super::filter;
use super::negatives;
use crate::amount::Amount;
use crate::finding::{Code, Finding, Place};
use crate::input::{ACCOUNT_COUNT, Book, Input, MeasureColumn, MeasureInput, Negatives};
use crate::limits::{COLUMNS_KEPT_MAX, DECIMALS_MAX, MEASURES_MAX, UNIT_BYTES_MAX};

/// What an entry of the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// How the column at this place is kept.
    Column(usize),
    Counted,
    Derived,
}

/// Applies the request's list of measures to its book, in order. Gives for each entry that defines a measure the place of
/// its column; `None` for those that say how a column is kept, and for those with a finding that leaves nothing to name.
pub(crate) fn settle(input: &mut Input, effort: &Effort, findings: &mut Vec<Finding>) -> Vec<Option<usize>> {
    for (i, column) in input.book.measures.iter().enumerate() {
        column_faults(&input.book, i, column, findings);
    }
    let given = input.book.measures.len();
    let defined = input.measures.iter().filter(|entry| defines(entry)).count();
    if defined >= MEASURES_MAX || input.measures.len() > COLUMNS_KEPT_MAX {
        let message = format!(
            "{} measures are listed, and {defined} of them counted or derived; at most {COLUMNS_KEPT_MAX} and {}, beside \
             account_count: leave out those that no tier needs",
            input.measures.len(),
            MEASURES_MAX - 1
        );
        findings.push(Finding::new(Code::MeasuresTooMany, Place::Plan("measures".into()), message));
        input.measures.truncate(COLUMNS_KEPT_MAX);
        return Vec::new();
    }
    let entries = std::mem::take(&mut input.measures);
    let mut places = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        let path = format!("measures[{i}]");
        let place = kind(entry, &entries[..i], &input.book, given, &path, findings).and_then(|kind| match kind {
            Kind::Column(place) => {
                keep(entry, &mut input.book, place, &path, findings);
                None
            }
            Kind::Counted | Kind::Derived => {
                let column = define(entry, kind, (&input.book, effort), &path, findings);
                input.book.measures.push(column);
                Some(input.book.measures.len() - 1)
            }
        });
        places.push(place);
    }
    input.measures = entries;
    places
}

/// Whether an entry defines a measure, rather than say how a column is kept.
fn defines(entry: &MeasureInput) -> bool {
    !(entry.count_filter.is_empty() && entry.expression.is_empty())
}

/// Columns that nobody could name, or that could not be told apart.
fn column_faults(book: &Book, place: usize, column: &MeasureColumn, findings: &mut Vec<Finding>) {
    let mut fault = |code, field: &str, message: String| {
        findings.push(Finding::new(code, Place::Account(0, field.to_string()), message));
    };
    if column.name.is_empty() {
        fault(Code::MeasureUnknown, "", "a measure has no name; give it one, or leave it out".into());
    }
    if column.name == ACCOUNT_COUNT || book.measures[..place].iter().any(|c| c.name == column.name) {
        let message = format!("the measure {:?} is given twice or is built in; rename one", column.name);
        fault(Code::MeasureDuplicate, &column.name, message);
    }
    if column.decimals > DECIMALS_MAX {
        let message = format!("{} has {} decimals; at most {DECIMALS_MAX}", column.name, column.decimals);
        fault(Code::MeasureInvalid, &column.name, message);
    }
}

/// What an entry is; `None` after a finding.
fn kind(
    entry: &MeasureInput,
    before: &[MeasureInput],
    book: &Book,
    given: usize,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<Kind> {
    let mut fault = |code, field: &str, message: String| {
        findings.push(Finding::new(code, Place::Plan(format!("{path}.{field}")), message));
    };
    let name = &entry.measure;
    let defines = defines(entry);
    if !entry.count_filter.is_empty() && !entry.expression.is_empty() {
        fault(Code::MeasureInvalid, "expression", "the measure has a count_filter and an expression; keep one".into());
        return None;
    }
    if let Some(decimals) = entry.decimals.filter(|d| !(0..=i32::from(DECIMALS_MAX)).contains(d)) {
        fault(Code::MeasureInvalid, "decimals", format!("decimals is {decimals}; give 0 to {DECIMALS_MAX}"));
    }
    if entry.unit.len() > UNIT_BYTES_MAX || entry.unit.chars().any(char::is_control) {
        let message = format!(
            "the unit has {} bytes or a line break; give a short text such as USD, at most {UNIT_BYTES_MAX} bytes",
            entry.unit.len()
        );
        fault(Code::MeasureInvalid, "unit", message);
    }
    let counts = !entry.count_filter.is_empty();
    if counts && (entry.decimals.is_some_and(|d| d != 0) || entry.negatives == Negatives::Zero) {
        let message = "a count of accounts has no decimals and is never negative; leave decimals and negatives out";
        fault(Code::MeasureInvalid, "count_filter", message.into());
    }
    if name.is_empty() {
        fault(Code::MeasureUnknown, "measure", "the measure has no name; give it one".into());
        return None;
    }
    let column = book.measures[..given].iter().position(|c| c.name == *name);
    if *name == ACCOUNT_COUNT || (defines && column.is_some()) || before.iter().any(|m| m.measure == *name) {
        let message = format!("the measure {name:?} is already there; rename this one or leave it out");
        fault(Code::MeasureDuplicate, "measure", message);
        return None;
    }
    match (defines, counts, column) {
        (true, true, _) => Some(Kind::Counted),
        (true, false, _) => Some(Kind::Derived),
        (false, _, Some(place)) => Some(Kind::Column(place)),
        (false, _, None) => {
            let message = format!(
                "no account has the measure {name:?}; correct the name, or give a count_filter or an expression that defines it"
            );
            fault(Code::MeasureUnknown, "measure", message);
            None
        }
    }
}

/// The column of a counted or derived measure. After a finding its amounts are 0, so that what names it is read all the same.
fn define(
    entry: &MeasureInput,
    kind: Kind,
    (book, effort): (&Book, &Effort),
    path: &str,
    findings: &mut Vec<Finding>,
) -> MeasureColumn {
    let fields = Fields::of(book);
    let asked = (&fields, effort);
    let decimals = decimals(entry).unwrap_or(0);
    let amounts = match kind {
        Kind::Counted => filter::matches(&entry.count_filter, asked, &format!("{path}.count_filter"), findings)
            .map(|found| found.into_iter().map(i64::from).collect()),
        Kind::Derived | Kind::Column(_) => {
            let named = (entry.measure.as_str(), entry.expression.as_str());
            derived::amounts(named, decimals, asked, &format!("{path}.expression"), findings)
        }
    };
    let mut column = MeasureColumn {
        name: entry.measure.clone(),
        amounts: amounts.unwrap_or_else(|| vec![0; book.account_ids.len()]),
        decimals,
        unit: entry.unit.clone(),
        only_by_name: false,
    };
    if kind == Kind::Derived {
        let place = |_| Place::Plan(format!("{path}.expression"));
        match entry.negatives {
            Negatives::Zero => negatives::count_as_zero(&mut column, book, place, findings),
            Negatives::Reject => negatives::reject(&column, book, place, findings),
        }
    }
    column
}

/// Keeps a column as the entry says: in other decimals, under another unit, without what is below 0.
fn keep(entry: &MeasureInput, book: &mut Book, place: usize, path: &str, findings: &mut Vec<Finding>) {
    let mut column = std::mem::take(&mut book.measures[place]);
    if !entry.unit.is_empty() {
        column.unit = entry.unit.clone();
    }
    if let Some(decimals) = decimals(entry) {
        rescale(&mut column, decimals, book, &format!("{path}.decimals"), findings);
    }
    if entry.negatives == Negatives::Zero {
        let name = column.name.clone();
        negatives::count_as_zero(&mut column, book, |first| Place::Account(first, name), findings);
    }
    book.measures[place] = column;
}

/// The decimals that an entry asks for, where they are in range.
fn decimals(entry: &MeasureInput) -> Option<u8> {
    entry.decimals.and_then(|d| u8::try_from(d).ok()).filter(|d| *d <= DECIMALS_MAX)
}

/// The same amounts in other decimals, or a finding where they do not have these.
fn rescale(column: &mut MeasureColumn, decimals: u8, book: &Book, path: &str, findings: &mut Vec<Finding>) {
    let (from, to) = (column.decimals.min(DECIMALS_MAX), decimals);
    let factor = 10_i64.pow(u32::from(from.abs_diff(to)));
    let mut faulty = Faulty::default();
    for (account, amount) in column.amounts.iter_mut().enumerate() {
        let scaled = match to >= from {
            true => amount.checked_mul(factor),
            false => (*amount % factor == 0).then_some(*amount / factor),
        };
        match scaled {
            Some(scaled) => *amount = scaled,
            None => faulty.push(book, account, || Amount::new(*amount, from).to_string()),
        }
    }
    if faulty.count > 0 {
        let (name, who) = (&column.name, faulty.words(book));
        let (code, message) = match to >= from {
            true => (
                Code::AmountTooLarge,
                format!("{name} in {to} decimals is above 2^63 - 1 units of 10^-{to} at {who}; give fewer decimals"),
            ),
            false => (
                Code::AmountFractional,
                format!("{name} has more than {to} decimals at {who}; give decimals: {from}, or round the amounts"),
            ),
        };
        findings.push(Finding::new(code, Place::Plan(path.to_string()), message));
    }
    column.decimals = decimals;
}
