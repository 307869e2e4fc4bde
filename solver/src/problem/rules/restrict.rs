//! Restrict: accounts that go to one of some nodes.

use super::kind::RuleKind;
use super::reader::Reader;
use crate::finding::Finding;
use crate::input::SelectorInput;

pub(super) fn read(
    reader: &Reader,
    accounts: &SelectorInput,
    node_ids: &[String],
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<RuleKind> {
    let path = format!("{path}.restrict");
    let accounts = reader.select(accounts, &path, findings);
    let leaves = reader.leaves(node_ids, &path, "node_ids", findings);
    Some(RuleKind::Allow { accounts: accounts?, leaves: leaves?, pools: reader.pools(node_ids) })
}
