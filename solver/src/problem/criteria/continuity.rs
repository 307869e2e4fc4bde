//! Continuity: accounts staying with their owners, as the part of a measure that does not.

use super::scope::{Read, Scope, name_of_keeping, positive_weight};
use crate::finding::{Code, Finding, Place};
use crate::index::{Keyed, MeasureIndex};
use crate::problem::budget::Moves;
use crate::problem::facts::Facts;
use crate::problem::measures::{self, Measure};

/// Reads it; without owners it is always 0, and that is said.
pub(super) fn read(
    (measure, weight): (&str, Option<f64>),
    path: &str,
    scope: &Scope,
    all: &Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Read<MeasureIndex>> {
    let found = measures::find(measure, &format!("{path}.continuity.measure"), all, scope.input, findings);
    let weight = positive_weight(weight, &format!("{path}.continuity.weight"), findings);
    if !scope.owners {
        findings.push(Finding::new(
            Code::ContinuityWithoutOwners,
            Place::Plan(path.to_string()),
            "continuity is asked for, but no account has a current_owner that is a territory of the plan; the criterion is always 0",
        ));
    }
    let measure = found?;
    Some(Read { name: name_of_keeping("continuity", &all[measure]), weight, holds: measure })
}

/// What each unit takes away from its owners by going to a leaf.
pub(crate) fn moves(facts: &Facts, measure: MeasureIndex) -> Moves {
    Moves::of(&facts.accounts.owners, facts.units, facts.tree, &facts.measures[measure].amounts, None)
}

/// Of the measure that has owners in the whole, how much is in the part.
pub(super) fn fraction_in_part(part: &Facts, whole: &Facts, measure: MeasureIndex) -> f64 {
    let owned = |facts: &Facts| -> f64 {
        let owned = facts.accounts.owners.iter().zip(&facts.measures[measure].amounts).filter(|(o, _)| o.is_some());
        owned.map(|(_, amount)| *amount as f64).sum()
    };
    owned(part) / owned(whole).max(1.0)
}
