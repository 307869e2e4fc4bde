//! Cover limit: how much a seat may hold together with the seats it covers.

use super::kind::{CoverMost, RuleKind};
use super::reader::Reader;
use crate::amount::Amount;
use crate::finding::{Code, Finding, Place};
use crate::index::{MeasureIndex, RuleIndex};
use crate::limits::SHARE_DENOMINATOR_MAX;
use crate::problem::budget::{Adds, Budget, Weighted};
use crate::problem::facts::Facts;
use crate::problem::origin::{Origin, Side};
use crate::problem::ratio::Ratio;
use crate::problem::rows::Rows;
use crate::problem::tree::Cover;
use std::sync::Arc;

/// A cover limit as it was given.
pub(super) struct Given<'a> {
    pub measure: &'a str,
    pub max: Option<i64>,
    pub max_share_of_target: Option<f64>,
    pub seat_ids: &'a [String],
}

pub(super) fn read(reader: &Reader, given: &Given, path: &str, findings: &mut Vec<Finding>) -> Option<RuleKind> {
    let path = format!("{path}.cover_limit");
    let measure = reader.measure(given.measure, &path, findings);
    let covers = covers(reader, given.seat_ids, &path, findings);
    let most = most(given, &|amount| reader.amount(measure, amount), &path, findings);
    let pool = covers.iter().flatten().map(|cover| &reader.tree.nodes[cover.seat]).find(|node| node.is_pool);
    if let (Some(pool), Some(CoverMost::OfTarget(_))) = (pool, most) {
        let message = format!("{:?} is outside the balance and has no target; give max, or name other seats", pool.id);
        findings.push(Finding::new(Code::PoolInvalid, Place::Plan(format!("{path}.max_share_of_target")), message));
        return None;
    }
    Some(RuleKind::CoverLimit { covers: covers?, measure: measure?, most: most? })
}

/// The seats named, or all that cover another, each with those it covers.
fn covers(reader: &Reader, ids: &[String], path: &str, findings: &mut Vec<Finding>) -> Option<Vec<Cover>> {
    let all = reader.tree.covers();
    let path = format!("{path}.seat_ids");
    if ids.is_empty() {
        if all.is_empty() {
            let message = "no seat that is to be hired names a covering_seat_id; give one, or leave the rule out";
            findings.push(Finding::new(Code::RuleEmpty, Place::Plan(path), message));
            return None;
        }
        return Some(all);
    }
    let covering = |id: &str| all.iter().any(|cover| reader.tree.nodes[cover.seat].id == id);
    let mut known = true;
    for (i, id) in ids.iter().enumerate().filter(|(_, id)| !covering(id)) {
        known = false;
        findings.push(Finding::new(
            Code::SeatUnknown,
            Place::Plan(format!("{path}[{i}]")),
            format!("{id:?} is no seat that covers one that is to be hired; name the covering_seat_id of one"),
        ));
    }
    known.then(|| all.into_iter().filter(|cover| ids.contains(&reader.tree.nodes[cover.seat].id)).collect())
}

fn most(given: &Given, shown: &dyn Fn(i64) -> Amount, path: &str, findings: &mut Vec<Finding>) -> Option<CoverMost> {
    let (code, message) = match (given.max, given.max_share_of_target) {
        (Some(max), None) if max >= 0 => return Some(CoverMost::Amount(max)),
        (None, Some(share)) => match Ratio::of(share) {
            Some(ratio) => return Some(CoverMost::OfTarget(ratio)),
            None => (
                Code::RuleLimitInvalid,
                format!(
                    "max_share_of_target is {share}; give a ratio of whole numbers from 0 to 1,000,000 over at most {SHARE_DENOMINATOR_MAX}, such as 1.5"
                ),
            ),
        },
        (Some(max), None) => (Code::RuleLimitInvalid, format!("max is {}; amounts are 0 or more", shown(max))),
        (None, None) => {
            (Code::RuleEmpty, "the cover limit has neither max nor max_share_of_target; give one".to_string())
        }
        (Some(_), Some(_)) => {
            (Code::RuleLimitInvalid, "the cover limit has both max and max_share_of_target; give one".to_string())
        }
    };
    findings.push(Finding::new(code, Place::Plan(path.into()), message));
    None
}

/// A budget for each covering seat, over what it and those it covers hold.
pub(super) fn write(
    rows: &mut Rows,
    facts: &Facts,
    rule: RuleIndex,
    (covers, measure): (&[Cover], MeasureIndex),
    most: CoverMost,
) {
    let load = rows.load_of(measure);
    let (tree, total) = (facts.tree, rows.loads[load].total);
    let shared = facts.shared(measure);
    for cover in covers.iter().filter(|_| total > 0) {
        let mut factors = tree.leaves.map(|_| 0);
        for &node in cover.covered.iter().chain([&cover.seat]) {
            factors[tree.nodes[node].leaves].fill(1);
        }
        let amounts = Arc::clone(&rows.loads[load].amounts);
        rows.budgets.push(Budget {
            origin: Origin::Rule(rule, Side::Only),
            node: Some(cover.seat),
            keep: None,
            adds: Adds::Weighted(Weighted { load, amounts, factors }),
            most: most.of(tree, cover.seat, shared),
            whole: total as f64,
        });
    }
}
