//! Keep apart: accounts of which no two go to one territory.

use super::kind::RuleKind;
use super::reader::Reader;
use crate::finding::Finding;
use crate::index::{AccountIndex, RuleIndex};
use crate::input::SelectorInput;
use crate::problem::facts::Facts;
use crate::problem::rows::{Load, Rows};
use crate::problem::whole::WholeLimits;

pub(super) fn read(
    reader: &Reader,
    accounts: &SelectorInput,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<RuleKind> {
    Some(RuleKind::Apart { accounts: reader.select(accounts, &format!("{path}.keep_apart"), findings)? })
}

/// Each territory holds at most one of them.
pub(super) fn write(rows: &mut Rows, facts: &Facts, rule: RuleIndex, accounts: &[AccountIndex]) {
    let mut amounts = facts.units.class.map(|_| 0);
    accounts.iter().for_each(|&a| amounts[facts.units.of[a]] += 1);
    let load = rows.push_load(Load::of(None, amounts));
    for node in facts.tree.territories() {
        rows.push_hard(rule, load, node, WholeLimits::stated(None, Some(1)));
    }
}
