//! What criteria are read with: the request, what is known of its book, and how weights and names are made.

use crate::finding::{Code, Finding, Place};
use crate::input::{ACCOUNT_COUNT, Input};
use crate::limits::{WEIGHT_MAX, WEIGHT_MIN};
use crate::problem::effort::Effort;
use crate::problem::measures::Measure;
use crate::problem::tree::Tree;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What criteria need to know of the book.
pub(crate) struct Scope<'a> {
    pub input: &'a Input,
    pub tree: &'a Tree,
    /// Some account has an owner in the plan.
    pub owners: bool,
    /// Some account has a place.
    pub places: bool,
    pub effort: &'a Effort<'a>,
    /// Attributes, by their places in the book, of which was said that they cannot be mixed.
    pub unmixed: RefCell<BTreeSet<usize>>,
}

impl<'a> Scope<'a> {
    /// Of a request and what is known of its book.
    pub fn new(input: &'a Input, tree: &'a Tree, owners: bool, places: bool, effort: &'a Effort<'a>) -> Scope<'a> {
        Scope { input, tree, owners, places, effort, unmixed: RefCell::default() }
    }
}

/// A criterion as its kind reads it.
pub(super) struct Read<T> {
    pub name: String,
    pub weight: f64,
    /// What the kind holds beside them.
    pub holds: T,
}

/// The weight inside a tier, 1 unless given; one that is out of range is a finding.
pub(super) fn positive_weight(weight: Option<f64>, path: &str, findings: &mut Vec<Finding>) -> f64 {
    let weight = weight.unwrap_or(1.0);
    if !(WEIGHT_MIN..=WEIGHT_MAX).contains(&weight) {
        let advice = "or leave the criterion out";
        let message = format!("weight is {weight}; give {WEIGHT_MIN} to {WEIGHT_MAX}, {advice}");
        findings.push(Finding::new(Code::WeightInvalid, Place::Plan(path.to_string()), message));
    }
    weight
}

/// A finding where the weight of a level is neither 0 nor in range.
pub(super) fn check_level_weight(weight: f64, path: &dyn Fn() -> String, findings: &mut Vec<Finding>) {
    if weight != 0.0 && !(WEIGHT_MIN..=WEIGHT_MAX).contains(&weight) {
        let message = format!("weight is {weight}; give 0, or {WEIGHT_MIN} to {WEIGHT_MAX}");
        findings.push(Finding::new(Code::WeightInvalid, Place::Plan(path()), message));
    }
}

/// The name of a criterion that keeps a measure.
pub(super) fn name_of_keeping(criterion: &str, measure: &Measure) -> String {
    format!("{criterion} {}", if measure.name == ACCOUNT_COUNT { "accounts" } else { &measure.name })
}
