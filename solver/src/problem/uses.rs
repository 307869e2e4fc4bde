//! What columns are used for, so that none is called unused that tiers, rules or measures name.

use super::filter;
use crate::column::Column;
use crate::input::{CriterionInput, Input, MeasureColumn};
use std::collections::BTreeMap;

/// Uses of a column that are named; the rest is counted.
const NAMED_MAX: usize = 4;

/// Says of every column of the book what tiers, rules and measures use it for, beside what its reader uses it for.
pub fn tell_uses(input: &mut Input) {
    let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut tell = |name: &str, what: &str| {
        let known = uses.entry(name.to_owned()).or_default();
        if !known.iter().any(|one| one == what) {
            known.push(what.to_owned());
        }
    };
    for criterion in input.tiers.iter().flat_map(|tier| tier.criteria.iter().flatten()) {
        let (name, what) = match criterion {
            CriterionInput::Balance(band) => (&band.column, "balance"),
            CriterionInput::Mix(band) => (&band.column, "mix"),
            CriterionInput::Continuity { measure, .. } => (measure, "continuity"),
            CriterionInput::Incumbent { measure, .. } => (measure, "incumbent"),
            CriterionInput::Compactness { .. } => continue,
        };
        tell(name, what);
    }
    if input.tiers.is_empty() {
        // What is balanced by default is used as if it were named.
        let balanced = |column: &&MeasureColumn| !column.only_by_name && column.amounts.iter().any(|a| *a != 0);
        input.book.measures.iter().filter(balanced).for_each(|column| tell(&column.name, "balance"));
    }
    for rule in &input.rules {
        let Some(kind) = &rule.kind else { continue };
        let what = format!("rule {}", rule.rule_id);
        if let Some(measure) = kind.measure() {
            tell(measure, &what);
        }
        let filter = kind.accounts().map(|selector| filter::fields(&selector.filter)).unwrap_or_default();
        filter.iter().for_each(|name| tell(name, &what));
    }
    for measure in &input.measures {
        let what = format!("measure {}", measure.measure);
        let fields = [&measure.count_filter, &measure.expression].map(|formula| filter::fields(formula));
        fields.iter().flatten().for_each(|name| tell(name, &what));
    }
    for column in &mut input.book.columns {
        for what in used_for(column, &uses) {
            if !column.used_for.contains(&what) {
                column.used_for.push(what);
            }
        }
    }
}

fn used_for(column: &Column, uses: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let all = uses.get(&column.name).filter(|_| !column.name.is_empty());
    let mut named: Vec<String> = all.into_iter().flatten().take(NAMED_MAX).cloned().collect();
    let more = all.map_or(0, |all| all.len() - named.len());
    if more > 0 {
        named.push(format!("{more} more"));
    }
    named
}
