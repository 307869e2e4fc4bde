//! Criteria: a file for each kind, with its reading, its name, and what its rows, costs and weights are made of. What
//! is done for every kind is done here, once a task.

pub(crate) mod kind;

pub(crate) mod scope;

pub(crate) mod bands;

mod balance;

mod mix;

pub(crate) mod continuity;

pub(crate) mod incumbent;

mod compactness;

use super::facts::Facts;
use super::measures::Measure;
use super::rows::Rows;
use crate::finding::{Code, Finding, Place};
use crate::input::CriterionInput;
use scope::Scope;

pub(crate) use bands::Band;
pub(crate) use kind::{Criterion, Kind};

/// Reads a criterion; measures that mix counts are appended to `all`.
pub(super) fn read(
    input: Option<&CriterionInput>,
    path: &str,
    scope: &Scope,
    all: &mut Vec<Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Criterion> {
    match input {
        None => {
            findings.push(Finding::new(
                Code::CriterionEmpty,
                Place::Plan(path.to_string()),
                "the criterion has no kind; give balance, mix, continuity, incumbent or compactness",
            ));
            None
        }
        Some(CriterionInput::Balance(band)) => balance::read(band, path, scope, all, findings),
        Some(CriterionInput::Mix(band)) => mix::read(band, path, scope, all, findings),
        Some(CriterionInput::Continuity { measure, weight }) => {
            continuity::read((measure, *weight), path, scope, all, findings)
        }
        Some(CriterionInput::Incumbent { measure, weight }) => {
            incumbent::read((measure, *weight), path, scope, all, findings)
        }
        Some(CriterionInput::Compactness { distance, weight, level_weights }) => {
            let given = compactness::Given { distance: *distance, weight: *weight, level_weights };
            Some(compactness::read(&given, path, scope, findings))
        }
    }
}

impl Criterion {
    /// Writes its soft rows, if it has any. `number` is the tier's and its own in the tier.
    pub(super) fn write(&self, rows: &mut Rows, facts: &Facts, number: (usize, usize)) {
        match &self.kind {
            Kind::Bands(bands) => bands::write(rows, facts, number, self.weight, bands),
            Kind::Continuity { .. } | Kind::Incumbent { .. } | Kind::Compactness { .. } => {}
        }
    }

    /// Makes its value in a part of a problem a part of its value in the whole. The part's nodes stand for the whole's
    /// nodes `origin`.
    pub(super) fn weigh(&mut self, part: &Facts, whole: &Facts, origin: &[usize]) {
        match &mut self.kind {
            Kind::Bands(_) => {}
            Kind::Continuity { measure } => self.weight *= continuity::part(part, whole, *measure),
            Kind::Incumbent { measure } => self.weight *= incumbent::part(part, whole, *measure),
            Kind::Compactness { weights, .. } => self.weight *= compactness::part(part, whole, origin, weights),
        }
    }
}
