//! A tree before its nodes are numbered, and the numbers and points in it.

use crate::finding::{Code, Finding, Place};
use crate::input::{ExternalIds, RawPlace};
use crate::limits::CHILDREN_MAX;
use crate::space::Point;

/// A node before the tree is numbered.
pub(in crate::problem) struct Draft {
    pub id: String,
    pub share: Option<f64>,
    pub anchor: Option<Point>,
    pub children: Vec<Draft>,
    pub seat: Option<Seat>,
    /// Whether it stands outside the balance.
    pub is_pool: bool,
}

/// What is said of the seat that owns a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    pub to_be_hired: bool,
    /// First day of work, ISO 8601; empty: not known.
    pub start_date: String,
    /// The seat that covers it until it is filled; empty: none.
    pub covering_seat_id: String,
    /// The name that people know it by; empty: none.
    pub display_name: String,
    /// What it is called in a CRM.
    pub external_ids: ExternalIds,
}

impl Draft {
    /// The share that is given, else the sum of the children's; 1 for a leaf. A pool has none.
    pub fn share(&self) -> f64 {
        match (self.share, self.children.is_empty()) {
            _ if self.is_pool => 0.0,
            (Some(share), _) => share,
            (None, true) => 1.0,
            (None, false) => self.children.iter().map(Draft::share).sum(),
        }
    }

    /// Without anything but an id.
    pub fn leaf(id: String) -> Draft {
        Draft { id, share: None, anchor: None, children: Vec::new(), seat: None, is_pool: false }
    }
}

/// Adds a finding about the plan.
pub(in crate::problem) fn error(findings: &mut Vec<Finding>, code: Code, path: &str, message: impl Into<String>) {
    findings.push(Finding::new(code, Place::Plan(path.to_string()), message));
}

/// A positive finite number or a finding.
pub(super) fn positive(value: Option<f64>, path: &str, findings: &mut Vec<Finding>) -> Option<f64> {
    let value = value?;
    if value.is_finite() && value > 0.0 {
        return Some(value);
    }
    error(findings, Code::ShareInvalid, path, format!("{path} is {value}; give a number above 0"));
    None
}

/// A point in range or a finding.
pub(super) fn point(raw: Option<RawPlace>, path: &str, findings: &mut Vec<Finding>) -> Option<Point> {
    let raw = raw?;
    for (value, limit, code, name) in [
        (raw.latitude, 90.0, Code::LatitudeOutOfRange, "latitude"),
        (raw.longitude, 180.0, Code::LongitudeOutOfRange, "longitude"),
    ] {
        let path = format!("{path}.{name}");
        if !value.is_finite() {
            error(
                findings,
                Code::NumberNotFinite,
                &path,
                format!("{name} is {value}; give degrees or leave the place out"),
            );
        } else if value.abs() > limit {
            error(
                findings,
                code,
                &path,
                format!("{name} is {value}; it must lie between -{limit} and {limit} degrees"),
            );
        }
    }
    Point::new(raw.latitude, raw.longitude)
}

/// A finding where a split has more children than can be balanced.
pub(super) fn too_many_children(count: usize, path: &str, findings: &mut Vec<Finding>) {
    if count > CHILDREN_MAX {
        error(
            findings,
            Code::ChildrenTooMany,
            &format!("{path}.children"),
            format!(
                "the split has {count} children; at most {CHILDREN_MAX} buckets can be balanced at a time: add a level in between, or give seats and let the tree be found"
            ),
        );
    }
}

/// What is said of a field that nobody outside the balance has.
pub(super) fn pool_has_none(id: &str, field: &str) -> String {
    format!("{id:?} is outside the balance, where nobody has a {field}; leave {field} out")
}

/// A finding where all that is below the root stands outside the balance.
pub(super) fn stands_alone(below_root: &[Draft], path: &str, findings: &mut Vec<Finding>) {
    if !below_root.is_empty() && below_root.iter().all(|node| node.is_pool) {
        let message = "all of them are outside the balance; leave at least one in it, to share out what there is";
        error(findings, Code::PoolInvalid, path, message);
    }
}
