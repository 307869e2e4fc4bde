//! What criteria are read with: the request, what is known of its book, and how weights and names are made.

use crate::finding::{Code, Finding, Place};
use crate::input::{ACCOUNT_COUNT, Input};
use crate::problem::measures::Measure;
use crate::problem::tree::Tree;

/// What criteria need to know of the book.
pub(crate) struct Scope<'a> {
    pub input: &'a Input,
    pub tree: &'a Tree,
    /// Some account has an owner in the plan.
    pub owners: bool,
    /// Some account has a place.
    pub places: bool,
}

/// A criterion as its kind reads it.
pub(super) struct Read<T> {
    pub name: String,
    pub weight: f64,
    /// What the kind holds beside them.
    pub holds: T,
}

/// The weight inside a tier, 1 unless given; one that is not above 0 is a finding.
pub(super) fn positive_weight(weight: Option<f64>, path: &str, findings: &mut Vec<Finding>) -> f64 {
    let weight = weight.unwrap_or(1.0);
    if !(weight.is_finite() && weight > 0.0) {
        findings.push(Finding::new(
            Code::WeightInvalid,
            Place::Plan(path.to_string()),
            format!("weight is {weight}; give a number above 0, or leave the criterion out"),
        ));
    }
    weight
}

/// The name of a criterion that keeps a measure.
pub(super) fn name_of_keeping(criterion: &str, measure: &Measure) -> String {
    format!("{criterion} {}", if measure.name == ACCOUNT_COUNT { "accounts" } else { &measure.name })
}
