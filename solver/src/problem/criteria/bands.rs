//! Bands around targets, which balance and mix share: a band is read for every level of the tree, and at each level it
//! becomes one soft row a node.

use super::scope::{Scope, check_level_weight, positive_weight};
use crate::finding::{Code, Finding, Place};
use crate::index::{GroupIndex, Keyed, LoadIndex, MeasureIndex, NodeIndex, Span, TierIndex};
use crate::input::BandInput;
use crate::limits::TOLERANCE_DEFAULT;
use crate::problem::facts::Facts;
use crate::problem::measures::Measure;
use crate::problem::origin::Origin;
use crate::problem::rows::{Group, Row, Rows};
use crate::problem::whole::WholeLimits;

/// A measure with its band at every level.
#[derive(Debug, Clone)]
pub(crate) struct Band {
    /// For mix the number of the value among the attribute's different values; 0 for balance.
    pub part: usize,
    pub measure: MeasureIndex,
    /// Tolerance and weight of level 1, 2, …
    pub levels: Vec<(f64, f64)>,
}

/// Weight and, for each level, tolerance and weight.
pub(super) fn read(band: &BandInput, path: &str, scope: &Scope, findings: &mut Vec<Finding>) -> (f64, Vec<(f64, f64)>) {
    let weight = positive_weight(band.weight, &format!("{path}.weight"), findings);
    let overall = tolerance(band.tolerance, format!("{path}.tolerance"), findings).unwrap_or(TOLERANCE_DEFAULT);
    let mut levels = vec![(overall, 1.0); scope.tree.depth()];
    for (i, level) in band.levels.iter().enumerate() {
        let tolerance = tolerance(level.tolerance, format!("{path}.levels[{i}].tolerance"), findings);
        if let Some(setting) = levels.get_mut(i) {
            *setting = (tolerance.unwrap_or(overall), level.weight.unwrap_or(1.0));
        }
    }
    for (i, level) in band.levels.iter().enumerate() {
        let path = || format!("{path}.levels[{i}].weight");
        check_level_weight(level.weight.unwrap_or(1.0), &path, findings);
    }
    if band.levels.len() > levels.len() {
        findings.push(Finding::new(
            Code::LevelsTooMany,
            Place::Plan(format!("{path}.levels")),
            format!("{} levels are set; the tree has {}", band.levels.len(), levels.len()),
        ));
    }
    (weight, levels)
}

/// The tolerance as it is used, if one is given; below 0 or not finite it is a finding.
fn tolerance(given: Option<f64>, path: String, findings: &mut Vec<Finding>) -> Option<f64> {
    let value = given?;
    if !(value.is_finite() && value >= 0.0) {
        findings.push(Finding::new(
            Code::ToleranceInvalid,
            Place::Plan(path),
            format!("tolerance is {value}; give 0 or more (0.05 is plus or minus 5 %)"),
        ));
    }
    // Whole billionths, as the checker compares bands in whole numbers.
    Some(if value < 1e6 { (value * 1e9).round() / 1e9 } else { value })
}

/// A band for each measure that is not 0 everywhere; parts are numbered with those left out.
pub(super) fn over(measures: &[MeasureIndex], levels: &[(f64, f64)], all: &Keyed<MeasureIndex, Measure>) -> Vec<Band> {
    let present = measures.iter().enumerate().filter(|(_, m)| all[**m].total > 0);
    present.map(|(part, &measure)| Band { part, measure, levels: levels.to_vec() }).collect()
}

/// Writes the soft rows of the bands of criterion `criterion` of tier `tier`: a group for each band and level.
pub(super) fn write(
    rows: &mut Rows,
    facts: &Facts,
    (tier, criterion): (TierIndex, usize),
    weight: f64,
    bands: &[Band],
) {
    for band in bands {
        let origin = Origin::Band { tier, criterion, part: band.part };
        let load = rows.load_of(band.measure);
        for (i, &(tolerance, level_weight)) in band.levels.iter().enumerate().filter(|(_, l)| l.1 > 0.0) {
            let (start, group) = (rows.rows.keys().end, rows.groups.keys().end);
            for node in facts.tree.sharing(i + 1) {
                rows.rows.push(row(facts, origin, (band.measure, load), node, tolerance, group));
            }
            rows.groups.push(Group {
                tier,
                criterion,
                weight: weight * level_weight,
                tolerance,
                level: i + 1,
                measure: band.measure,
                load,
                rows: Span { start, end: rows.rows.keys().end },
            });
        }
    }
}

fn row(
    facts: &Facts,
    origin: Origin,
    (measure, load): (MeasureIndex, LoadIndex),
    node: NodeIndex,
    tolerance: f64,
    group: GroupIndex,
) -> Row {
    let (tree, shared) = (facts.tree, facts.shared(measure));
    let target = tree.target(node, shared);
    Row {
        origin,
        load,
        node,
        limits: WholeLimits::band(shared, tree.nodes[node].share, tree.whole_share(), tolerance),
        lo: target * (1.0 - tolerance),
        hi: target * (1.0 + tolerance),
        target,
        group: Some(group),
    }
}
