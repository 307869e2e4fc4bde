//! Bounds: the least and the most that nodes hold of a measure, over all accounts or some.

use super::kind::RuleKind;
use super::reader::Reader;
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, MeasureIndex, NodeIndex, RuleIndex};
use crate::input::SelectorInput;
use crate::problem::facts::Facts;
use crate::problem::rows::{Load, Rows};
use crate::problem::whole::WholeLimits;

/// Bounds as they were given.
pub(super) struct Given<'a> {
    pub accounts: Option<&'a SelectorInput>,
    pub node_ids: &'a [String],
    pub measure: &'a str,
    pub min: Option<i64>,
    pub max: Option<i64>,
}

pub(super) fn read(reader: &Reader, given: &Given, path: &str, findings: &mut Vec<Finding>) -> Option<RuleKind> {
    let path = format!("{path}.bounds");
    let accounts = reader.select_or_all(given.accounts, &path, findings);
    let measure = reader.measure(given.measure, &path, findings);
    let nodes = if given.node_ids.is_empty() {
        let in_balance = |n: &NodeIndex| !reader.tree.nodes[*n].is_pool;
        Some(reader.tree.territories().into_iter().filter(in_balance).collect())
    } else {
        reader.find_nodes(given.node_ids, &path, "node_ids", findings)
    };
    let (min, max) = (given.min, given.max);
    let shown = |limit: i64| reader.amount(measure, limit);
    let fault = match (min, max) {
        (None, None) => Some((Code::RuleEmpty, "bounds has neither min nor max; give at least one".to_string())),
        (Some(min), Some(max)) if min > max => {
            Some((Code::RuleLimitInvalid, format!("min is {}, above max {}; exchange them", shown(min), shown(max))))
        }
        (_, Some(max)) if max < 0 => {
            Some((Code::RuleLimitInvalid, format!("max is {}; amounts are 0 or more", shown(max))))
        }
        _ => None,
    };
    let pool = nodes.iter().flatten().map(|&node| &reader.tree.nodes[node]).find(|node| node.is_pool);
    let fault = fault.or_else(|| {
        let pool = pool.filter(|_| min.is_some_and(|min| min > 0) && max.is_none())?;
        let message = format!(
            "min asks {:?}, which is outside the balance, to hold accounts, and nothing says how many may be left over to it; give a max too",
            pool.id
        );
        Some((Code::PoolInvalid, message))
    });
    if let Some((code, message)) = fault {
        findings.push(Finding::new(code, Place::Plan(path), message));
        return None;
    }
    Some(RuleKind::Bounds { accounts: accounts?, nodes: nodes?, measure: measure?, min, max })
}

/// A hard row for each node, over the measure's load or one of the accounts alone.
pub(super) fn write(
    rows: &mut Rows,
    facts: &Facts,
    rule: RuleIndex,
    (accounts, nodes, measure): (Option<&[AccountIndex]>, &[NodeIndex], MeasureIndex),
    limits: WholeLimits,
) {
    let load = match accounts {
        None => rows.load_of(measure),
        Some(accounts) => {
            let mut amounts = facts.units.class.map(|_| 0);
            accounts.iter().for_each(|&a| amounts[facts.units.of[a]] += facts.measures[measure].amounts[a]);
            rows.push_load(Load::of(None, amounts))
        }
    };
    for &node in nodes {
        rows.push_hard(rule, load, node, limits);
    }
}
