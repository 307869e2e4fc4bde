//! Which findings about what a plan means only follow from a value that could not be read, and would mislead.

use super::PlanFile;
use carve_solver::{Code, Place};

/// Whether what is found at `path` follows from a fault of the file.
pub(super) fn follows(code: Code, path: &str, plan: &PlanFile) -> bool {
    plan.faults.iter().any(|fault| {
        let Place::Plan(at) = &fault.finding.place else { return false };
        if at.is_empty() {
            return false;
        }
        // A name that is not known may be meant for one that is missing beside it.
        let container = |path: &str| path.rsplit_once('.').map_or(String::new(), |(container, _)| container.to_owned());
        let is_missing = !plan.positions.contains_key(path);
        let beside = fault.finding.code == Code::FieldUnknown && container(path) == container(at) && is_missing;
        is_in(path, at)
            || is_in(at, path)
            || beside
            || rests_on(code).is_some_and(|part| is_in(at, part) && !names_nothing(at))
    })
}

/// The part of a plan that a finding rests on besides the place that it names.
fn rests_on(code: Code) -> Option<&'static str> {
    match code {
        Code::NodeUnknown | Code::SeatUnknown | Code::NodeNotSplit => Some("split"),
        Code::MeasureUnknown => Some("measures"),
        _ => None,
    }
}

/// Whether a field gives no node, seat or measure its name.
fn names_nothing(at: &str) -> bool {
    let field = at.rsplit('.').next().unwrap_or_default();
    ["share", "capacity", "ramp", "state", "start_date", "latitude", "longitude", "covering_seat_id", "max_children"]
        .contains(&field)
}

/// Whether a path is `outer` or lies in it.
pub(super) fn is_in(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}
