//! Nested stages: each count of territories divides among the ones before.

use super::draft::{Draft, error};
use crate::finding::{Code, Finding};
use crate::limits::{CHILDREN_MAX, LEAVES_MAX, LEVELS_MAX};

/// The tree of these counts, and the level in force; `None` where the counts or the current one are faulty.
pub(in crate::problem) fn from_stages(
    counts: &[i32],
    current: i32,
    findings: &mut Vec<Finding>,
) -> Option<(Draft, usize)> {
    let nested = check_counts(counts, findings);
    let level = match counts.iter().position(|&c| c == current) {
        Some(i) => i + 1,
        None if current == 0 => 1,
        None => {
            error(
                findings,
                Code::StagesInvalid,
                "split.stages.current",
                format!("current is {current}, which is not one of counts {counts:?}"),
            );
            return None;
        }
    };
    if !nested {
        return None;
    }
    nest(counts).map(|root| (root, level))
}

/// Whether the counts can be nested; what is wrong with them is found.
fn check_counts(counts: &[i32], findings: &mut Vec<Finding>) -> bool {
    let path = "split.stages.counts";
    let mut ok = true;
    let mut fault = |code, message: String| {
        error(findings, code, path, message);
        ok = false;
    };
    if counts.is_empty() {
        fault(
            Code::SplitEmpty,
            "counts is empty; give the number of territories at each stage, such as [2, 4, 8, 16]".into(),
        );
    }
    if counts.len() > LEVELS_MAX {
        fault(Code::LevelsTooMany, format!("{} stages; at most {LEVELS_MAX}", counts.len()));
    }
    let mut before = 1;
    for (i, &count) in counts.iter().enumerate() {
        if count < 1 || (i > 0 && count <= before) {
            fault(
                Code::StagesInvalid,
                format!("counts[{i}] is {count}; counts start at 1 or more and each is larger than the one before"),
            );
        } else if count as usize > LEAVES_MAX {
            fault(Code::LeavesTooMany, format!("counts[{i}] is {count}; at most {LEAVES_MAX} territories"));
        } else if (count + before - 1) / before > CHILDREN_MAX as i32 {
            fault(
                Code::ChildrenTooMany,
                format!(
                    "counts[{i}] is {count} after {before}: a node would have more than {CHILDREN_MAX} children; put a stage in between"
                ),
            );
        }
        before = count.max(1);
    }
    ok
}

/// The tree of counts that can be nested.
fn nest(counts: &[i32]) -> Option<Draft> {
    // From the last stage up: node i of p owns the next ones from i*c/p to (i+1)*c/p.
    let name = |count: i32| (1..=count).map(move |i| Draft::leaf(format!("s{count}-{i}")));
    let mut below: Vec<Draft> = name(*counts.last()?).collect();
    for &count in counts.iter().rev().skip(1).chain([&1]) {
        let total = below.len();
        let mut rest = below.into_iter();
        let parents = if count == 1 && total == counts[0] as usize {
            vec![Draft::leaf("root".into())]
        } else {
            name(count).collect()
        };
        let many = parents.len();
        below = (parents.into_iter().enumerate())
            .map(|(i, mut parent)| {
                parent.children = rest.by_ref().take((i + 1) * total / many - i * total / many).collect();
                parent
            })
            .collect();
    }
    below.pop()
}
