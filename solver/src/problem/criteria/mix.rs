//! Mix: counts of the accounts with each value of an attribute near their targets.

use super::bands::{self, Band};
use super::scope::{Read, Scope};
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Keyed, MeasureIndex};
use crate::input::{BandInput, Input};
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
    let counts = counts(&band.column, &format!("{path}.attribute"), scope.input, findings);
    let (weight, levels) = bands::read(band, &path, scope, findings);
    let measures: Vec<MeasureIndex> = counts?.into_iter().map(|count| known_or_new(all, count)).collect();
    let name = format!("mix {}", band.column);
    Some(Read { name, weight, holds: bands::over(&measures, &levels, all) })
}

/// Counts of each value of an attribute, values in the order of their bytes; empty text is a value like any other.
fn counts(attribute: &str, path: &str, input: &Input, findings: &mut Vec<Finding>) -> Option<Vec<Measure>> {
    let Some(place) = input.book.attributes.iter().position(|a| a.name == attribute) else {
        let known: Vec<&str> = input.book.attributes.iter().map(|a| a.name.as_str()).take(20).collect();
        findings.push(Finding::new(
            Code::AttributeUnknown,
            Place::Plan(path.to_string()),
            format!("no account has the attribute {attribute:?}; there are {}", known.join(", ")),
        ));
        return None;
    };
    let column = &input.book.attributes[place];
    let values: BTreeSet<&str> = column.values.iter().map(String::as_str).collect();
    if values.len() > MIX_VALUES_MAX {
        findings.push(Finding::new(
            Code::AttributeValuesTooMany,
            Place::Plan(path.to_string()),
            format!(
                "{attribute} has {} different values; at most {MIX_VALUES_MAX}: group them in a column of their own",
                values.len()
            ),
        ));
        return None;
    }
    let count = |(number, value): (usize, &str)| {
        let amounts: Keyed<AccountIndex, i64> = column.values.iter().map(|v| i64::from(v == value)).collect();
        let total = amounts.iter().sum();
        let label = if value.is_empty() { "(none)" } else { value };
        let (source, name) = (Source::Value(place, number), format!("{attribute}={label}"));
        Measure { source, name, amounts, total, decimals: 0, unit: String::new(), report_only: false }
    };
    Some(values.into_iter().enumerate().map(count).collect())
}

/// The number of the measure that counts the same, or of the new one.
fn known_or_new(all: &mut Keyed<MeasureIndex, Measure>, measure: Measure) -> MeasureIndex {
    let known = all.pairs().find(|(_, m)| m.source == measure.source).map(|(number, _)| number);
    known.unwrap_or_else(|| all.push(measure))
}
