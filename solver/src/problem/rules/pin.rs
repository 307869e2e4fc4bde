//! Pin: accounts that go to one node.

use super::kind::RuleKind;
use super::reader::Reader;
use crate::finding::Finding;
use crate::input::SelectorInput;

pub(super) fn read(
    reader: &Reader,
    accounts: &SelectorInput,
    node_id: &String,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<RuleKind> {
    let path = format!("{path}.pin");
    let accounts = reader.select(accounts, &path, findings);
    let leaves = reader.leaves(std::slice::from_ref(node_id), &path, "node_id", findings);
    Some(RuleKind::Allow { accounts: accounts?, leaves: leaves?, pools: reader.pools(std::slice::from_ref(node_id)) })
}
