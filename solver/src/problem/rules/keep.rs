//! Keep: how much of a node its incumbent's child holds when the node is split.

use super::kind::RuleKind;
use super::reader::Reader;
use crate::finding::{Code, Finding, Place};
use crate::index::{MeasureIndex, NodeIndex, RuleIndex};
use crate::limits::SHARE_DENOMINATOR_MAX;
use crate::problem::budget::{Adds, Budget, Keep, Weighted};
use crate::problem::facts::Facts;
use crate::problem::origin::{Origin, Side};
use crate::problem::ratio::Ratio;
use crate::problem::rows::Rows;
use std::sync::Arc;

/// A keep rule as it was given.
pub(super) struct Given<'a> {
    pub measure: &'a str,
    pub min_share: Option<f64>,
    pub max_share: Option<f64>,
    pub node_ids: &'a [String],
}

pub(super) fn read(reader: &Reader, given: &Given, path: &str, findings: &mut Vec<Finding>) -> Option<RuleKind> {
    let path = format!("{path}.keep");
    let measure = reader.measure(given.measure, &path, findings);
    let nodes = split_nodes(reader, given.node_ids, &path, findings);
    let min = share(given.min_share, "min_share", &path, findings);
    let max = share(given.max_share, "max_share", &path, findings);
    let fault = match (given.min_share, given.max_share) {
        (None, None) => Some((Code::RuleEmpty, "keep has neither min_share nor max_share; give one".to_string())),
        (Some(min), Some(max)) if min > max => {
            Some((Code::RuleLimitInvalid, format!("min_share is {min}, above max_share {max}; exchange them")))
        }
        _ => None,
    };
    if let Some((code, message)) = fault {
        findings.push(Finding::new(code, Place::Plan(path), message));
        return None;
    }
    let (measure, nodes, min, max) = (measure?, nodes?, min?, max?);
    let largest = [min, max].into_iter().flatten().map(|ratio| ratio.denominator).max().unwrap_or(1);
    let measure_of = &reader.measures[measure];
    if measure_of.total.checked_mul(largest).is_none() {
        findings.push(Finding::new(
            Code::RuleSumTooLarge,
            Place::Plan(path),
            format!(
                "{} adds up to {}; times the share's denominator {largest} that is above 2^63 - 1: use a larger unit (thousands) or a rounder share",
                measure_of.name, measure_of.total
            ),
        ));
        return None;
    }
    Some(RuleKind::Keep { nodes, measure, min, max })
}

/// The nodes named, or those of every planned split.
fn split_nodes(reader: &Reader, ids: &[String], path: &str, findings: &mut Vec<Finding>) -> Option<Vec<NodeIndex>> {
    let mut fault = |code, path: String, message: String| {
        findings.push(Finding::new(code, Place::Plan(path), message));
    };
    if ids.is_empty() {
        let planned = reader.tree.planned_splits();
        if planned.is_empty() {
            let why = match reader.tree.current_level {
                None => "the split has no stages, so nothing tells which nodes are split later",
                Some(_) => "no later stage splits a territory",
            };
            fault(Code::RuleEmpty, format!("{path}.node_ids"), format!("{why}; name the nodes that are split"));
            return None;
        }
        return Some(planned);
    }
    for (i, id) in ids.iter().enumerate() {
        let children = reader.nodes.get(id.as_str()).map(|&n| reader.tree.nodes[n].children.len());
        if children.is_some_and(|count| count < 2) {
            let message = format!("node {id:?} is not split: it has no two children; name a node that has");
            fault(Code::NodeNotSplit, format!("{path}.node_ids[{i}]"), message);
        }
    }
    let nodes = reader.find_nodes(ids, path, "node_ids", findings)?;
    nodes.iter().all(|&n| reader.tree.nodes[n].children.len() > 1).then_some(nodes)
}

/// The share as a ratio, if one is given; `None`: it is none.
fn share(given: Option<f64>, name: &str, path: &str, findings: &mut Vec<Finding>) -> Option<Option<Ratio>> {
    let Some(share) = given else { return Some(None) };
    let message = match Ratio::of(share) {
        _ if !(0.0..=1.0).contains(&share) => format!("{name} is {share}; give a part from 0 to 1"),
        None => format!(
            "{name} is {share}, no ratio of whole numbers up to {SHARE_DENOMINATOR_MAX}; give at most four decimals"
        ),
        found => return Some(found),
    };
    findings.push(Finding::new(Code::RuleLimitInvalid, Place::Plan(format!("{path}.{name}")), message));
    None
}

/// For each node a budget for each share that is given. With child c of node n and the share p/q: at least is
/// p·n - q·c <= 0, at most is q·c - p·n <= 0.
pub(super) fn write(
    rows: &mut Rows,
    facts: &Facts,
    rule: RuleIndex,
    (nodes, measure): (&[NodeIndex], MeasureIndex),
    (min, max): (Option<Ratio>, Option<Ratio>),
) {
    let load = rows.load_of(measure);
    let (tree, total) = (facts.tree, rows.loads[load].total);
    for &node in nodes {
        let first_child = tree.nodes[tree.nodes[node].children[0]].leaves;
        for (side, share, sign) in [(Side::Min, min, 1), (Side::Max, max, -1)] {
            let Some(share) = share.filter(|_| total > 0) else { continue };
            let Ratio { numerator, denominator } = share;
            let mut factors = tree.leaves.map(|_| 0);
            factors[tree.nodes[node].leaves].fill(sign * numerator);
            factors[first_child].fill(sign * (numerator - denominator));
            let amounts = Arc::clone(&rows.loads[load].amounts);
            rows.budgets.push(Budget {
                origin: Origin::Rule(rule, side),
                node: Some(node),
                adds: Adds::Weighted(Weighted { load, amounts, factors }),
                most: 0,
                keep: Some(Keep { share, least: sign > 0 }),
                whole: total as f64 * denominator as f64,
            });
        }
    }
}
