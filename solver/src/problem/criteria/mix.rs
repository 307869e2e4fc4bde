//! Mix: counts of the accounts with each value of an attribute near their targets.

use super::bands::{self, Band};
use super::scope::{Read, Scope};
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Keyed, MeasureIndex};
use crate::input::{AttributeColumn, BandInput, Input};
use crate::limits::MIX_VALUES_MAX;
use crate::problem::measures::{Measure, Source};
use std::collections::BTreeSet;

/// A mix criterion: accounts of each value of an attribute, and how many of them every node should have.
#[derive(Debug, Clone)]
pub struct Mix<'a> {
    /// The attribute.
    pub attribute: &'a str,
    /// Its values, in the order of their bytes.
    pub values: Vec<MixValue<'a>>,
}

/// One value of an attribute.
#[derive(Debug, Clone)]
pub struct MixValue<'a> {
    /// The value; empty text is `(none)`.
    pub value: &'a str,
    /// 1 for each account that has it, else 0, in the order of the book.
    pub counts: &'a [i64],
    /// How many each node should have, by number in tree order.
    pub targets: Vec<f64>,
    /// Half-widths of the bands relative to these, at levels 1, 2, …
    pub tolerances: Vec<f64>,
}

/// Reads it; the counts are appended to `all`.
pub(super) fn read(
    band: &BandInput,
    path: &str,
    scope: &Scope,
    all: &mut Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Read<Vec<Band>>> {
    let path = format!("{path}.mix");
    let attribute = attribute(&band.column, &format!("{path}.attribute"), scope.input, findings);
    let (weight, levels) = bands::read(band, &path, scope, findings);
    let measures = counted(attribute?, &format!("{path}.attribute"), scope, all, findings)?;
    let name = format!("mix {}", band.column);
    Some(Read { name, weight, holds: bands::over(&measures, &levels, all) })
}

/// The place of an attribute in the book, or a finding.
fn attribute(attribute: &str, path: &str, input: &Input, findings: &mut Vec<Finding>) -> Option<usize> {
    let found = input.book.attributes.iter().position(|a| a.name == attribute);
    if found.is_none() {
        let known: Vec<&str> = input.book.attributes.iter().map(|a| a.name.as_str()).take(20).collect();
        findings.push(Finding::new(
            Code::AttributeUnknown,
            Place::Plan(path.to_string()),
            format!("no account has the attribute {attribute:?}; there are {}", known.join(", ")),
        ));
    }
    found
}

/// The measures that count the values of an attribute; several criteria of one attribute share them.
fn counted(
    place: usize,
    path: &str,
    scope: &Scope,
    all: &mut Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Vec<MeasureIndex>> {
    let is_of_it = |measure: &Measure| matches!(measure.source, Source::Value(of, _) if of == place);
    let known: Vec<MeasureIndex> = all.pairs().filter(|(_, m)| is_of_it(m)).map(|(number, _)| number).collect();
    if !known.is_empty() {
        return Some(known);
    }
    if scope.unmixed.borrow().contains(&place) || !scope.effort.spend(scope.input.book.account_ids.len() as u64) {
        return None;
    }
    match counts(&scope.input.book.attributes[place]) {
        Ok(counts) => {
            let new = |(number, Count { label, amounts }): (usize, Count)| {
                let (total, source) = (amounts.iter().sum(), Source::Value(place, number));
                let name = format!("{}={label}", scope.input.book.attributes[place].name);
                all.push(Measure { source, name, amounts, total, decimals: 0, unit: String::new(), report_only: false })
            };
            Some(counts.into_iter().enumerate().map(new).collect())
        }
        Err(values) => {
            scope.unmixed.borrow_mut().insert(place);
            let name = &scope.input.book.attributes[place].name;
            let message = format!(
                "{name} has {values} different values; at most {MIX_VALUES_MAX}: group them in a column of their own"
            );
            findings.push(Finding::new(Code::AttributeValuesTooMany, Place::Plan(path.to_string()), message));
            None
        }
    }
}

/// How many accounts have a value.
struct Count {
    label: String,
    amounts: Keyed<AccountIndex, i64>,
}

/// Counts of each value of an attribute, values in the order of their bytes; empty text is a value like any other.
///
/// # Errors
/// How many values there are, if they are too many.
fn counts(column: &AttributeColumn) -> Result<Vec<Count>, usize> {
    let values: BTreeSet<&str> = column.values.iter().map(String::as_str).collect();
    if values.len() > MIX_VALUES_MAX {
        return Err(values.len());
    }
    let count = |value: &str| {
        let label = if value.is_empty() { "(none)" } else { value };
        Count { label: label.to_owned(), amounts: column.values.iter().map(|v| i64::from(v == value)).collect() }
    };
    Ok(values.into_iter().map(count).collect())
}
