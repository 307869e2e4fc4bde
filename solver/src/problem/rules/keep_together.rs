//! Keep together: accounts that go to one leaf, as one unit.

use super::kind::RuleKind;
use super::reader::Reader;
use crate::finding::Finding;
use crate::input::SelectorInput;

pub(super) fn read(
    reader: &Reader,
    accounts: &SelectorInput,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<RuleKind> {
    Some(RuleKind::Together { accounts: reader.select(accounts, &format!("{path}.keep_together"), findings)? })
}
