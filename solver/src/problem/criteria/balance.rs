//! Balance: amounts of a measure near their targets.

use super::bands::{self, Band};
use super::scope::{Read, Scope};
use crate::finding::{Code, Finding, Place};
use crate::index::{Keyed, MeasureIndex};
use crate::input::BandInput;
use crate::problem::measures::{self, Measure};

/// Reads it; a measure that is 0 everywhere is left out.
pub(super) fn read(
    band: &BandInput,
    path: &str,
    scope: &Scope,
    all: &Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Read<Vec<Band>>> {
    let path = format!("{path}.balance");
    let measure = measures::find(&band.column, &format!("{path}.measure"), all, scope.input, findings);
    let (weight, levels) = bands::read(band, &path, scope, findings);
    let measure = measure?;
    if all[measure].report_only {
        findings.push(Finding::new(
            Code::MeasureInvalid,
            Place::Plan(format!("{path}.measure")),
            format!("{} is report_only, so it is told and not balanced; leave one of the two out", all[measure].name),
        ));
    }
    if all[measure].total == 0 {
        findings.push(Finding::new(
            Code::MeasureAllZero,
            Place::Plan(path),
            format!("{} is 0 on every account; its balance is left out", all[measure].name),
        ));
    }
    let name = format!("balance {}", all[measure].name);
    Some(Read { name, weight, holds: bands::over(&[measure], &levels, all) })
}
