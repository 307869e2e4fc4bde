//! Cover limit: how much a seat may hold together with the seats it covers.

use super::{Reader, RuleKind};
use crate::finding::{Code, Finding, Place};
use crate::limits::SHARE_DENOMINATOR_MAX;
use crate::problem::measures;
use crate::problem::ratio::Ratio;
use crate::problem::tree::{Cover, Tree};

/// The most a seat may hold while it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoverMost {
    Amount(i64),
    /// Of its own target.
    OfTarget(Ratio),
}

impl CoverMost {
    /// The most in whole amounts of a measure that totals `total`, at seat `node`.
    pub fn of(self, tree: &Tree, node: usize, total: i64) -> i64 {
        match self {
            CoverMost::Amount(amount) => amount,
            CoverMost::OfTarget(Ratio { numerator, denominator }) => {
                let (share, whole) = (i128::from(tree.nodes[node].share), i128::from(tree.nodes[0].share));
                let most = i128::from(numerator) * i128::from(total) * share / (whole * i128::from(denominator));
                i64::try_from(most).unwrap_or(i64::MAX)
            }
        }
    }
}

/// A cover limit as it was given.
pub(super) struct Given<'a> {
    pub measure: &'a str,
    pub max: Option<i64>,
    pub max_share_of_target: Option<f64>,
    pub seat_ids: &'a [String],
}

impl Reader<'_> {
    pub(super) fn cover_limit(&self, given: &Given, path: &str, findings: &mut Vec<Finding>) -> Option<RuleKind> {
        let path = format!("{path}.cover_limit");
        let measure = measures::find(given.measure, &format!("{path}.measure"), self.measures, self.input, findings);
        let covers = self.covers(given.seat_ids, &path, findings);
        let most = most(given, &path, findings);
        Some(RuleKind::CoverLimit { covers: covers?, measure: measure?, most: most? })
    }

    /// The seats named, or all that cover another, each with those it covers.
    fn covers(&self, ids: &[String], path: &str, findings: &mut Vec<Finding>) -> Option<Vec<Cover>> {
        let all = self.tree.covers();
        let path = format!("{path}.seat_ids");
        if ids.is_empty() {
            if all.is_empty() {
                let message = "no seat that is to be hired names a covering_seat_id; give one, or leave the rule out";
                findings.push(Finding::new(Code::RuleEmpty, Place::Plan(path), message));
                return None;
            }
            return Some(all);
        }
        let covering = |id: &str| all.iter().any(|cover| self.tree.nodes[cover.seat].id == id);
        let mut known = true;
        for (i, id) in ids.iter().enumerate().filter(|(_, id)| !covering(id)) {
            known = false;
            findings.push(Finding::new(
                Code::SeatUnknown,
                Place::Plan(format!("{path}[{i}]")),
                format!("{id:?} is no seat that covers one that is to be hired; name the covering_seat_id of one"),
            ));
        }
        known.then(|| all.into_iter().filter(|cover| ids.contains(&self.tree.nodes[cover.seat].id)).collect())
    }
}

fn most(given: &Given, path: &str, findings: &mut Vec<Finding>) -> Option<CoverMost> {
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
        (Some(max), None) => (Code::RuleLimitInvalid, format!("max is {max}; amounts are 0 or more")),
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
