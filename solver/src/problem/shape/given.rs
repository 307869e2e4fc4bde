//! A tree that is given node by node.

use super::draft::{Draft, error, point, pool_has_none, positive, stands_alone, too_many_children};
use crate::finding::{Code, Finding};
use crate::input::NodeInput;
use crate::limits::LEVELS_MAX;
use std::collections::HashSet;

/// The node at `path` with all below it; `None` where the tree goes too deep.
pub(in crate::problem) fn from_node(
    input: &NodeInput,
    path: &str,
    level: usize,
    findings: &mut Vec<Finding>,
) -> Option<Draft> {
    if level > LEVELS_MAX {
        error(
            findings,
            Code::LevelsTooMany,
            path,
            format!("the tree goes deeper than {LEVELS_MAX} levels below its root; merge levels"),
        );
        return None;
    }
    if input.node_id.is_empty() && level > 0 {
        error(
            findings,
            Code::NodeIdMissing,
            &format!("{path}.node_id"),
            "the node has no node_id; give it a unique one",
        );
    }
    let share = positive(input.share, &format!("{path}.share"), findings);
    let anchor = point(input.anchor, &format!("{path}.anchor"), findings);
    too_many_children(input.children.iter().filter(|child| !child.outside_balance).count(), path, findings);
    let children: Vec<Draft> = (input.children.iter().enumerate())
        .filter_map(|(i, child)| from_node(child, &format!("{path}.children[{i}]"), level + 1, findings))
        .collect();
    if let (Some(own), false) = (input.share, input.children.is_empty()) {
        let sum: f64 = children.iter().map(Draft::share).sum();
        if level > 0 && (own - sum).abs() > 1e-9 * sum {
            error(
                findings,
                Code::ShareDisagrees,
                &format!("{path}.share"),
                format!(
                    "share of {:?} is {own}, its children's sum to {sum}; {own} holds towards its siblings",
                    input.node_id
                ),
            );
        }
    }
    let id = if input.node_id.is_empty() && level == 0 { free_id("root", &children) } else { input.node_id.clone() };
    if input.outside_balance {
        pool_faults(input, path, level, findings);
    }
    if level == 0 {
        stands_alone(&children, &format!("{path}.children"), findings);
    }
    Some(Draft { id, share, anchor, children, seat: None, is_pool: input.outside_balance })
}

/// What a node outside the balance may not say.
fn pool_faults(input: &NodeInput, path: &str, level: usize, findings: &mut Vec<Finding>) {
    let id = &input.node_id;
    if level != 1 || !input.children.is_empty() {
        let message =
            format!("{id:?} is outside the balance, and no leaf right below the root; put it there, without children");
        error(findings, Code::PoolInvalid, &format!("{path}.outside_balance"), message);
    }
    for (field, given) in [("share", input.share.is_some()), ("anchor", input.anchor.is_some())] {
        if given {
            error(findings, Code::PoolInvalid, &format!("{path}.{field}"), pool_has_none(id, field));
        }
    }
}

/// An id that no node has: `id`, else with a number after it.
fn free_id(id: &str, nodes: &[Draft]) -> String {
    let mut taken = HashSet::new();
    let mut open: Vec<&Draft> = nodes.iter().collect();
    while let Some(node) = open.pop() {
        taken.insert(node.id.as_str());
        open.extend(&node.children);
    }
    let numbered = (2..).map(|n| format!("{id}-{n}"));
    std::iter::once(id.to_string()).chain(numbered).find(|id| !taken.contains(id.as_str())).unwrap_or_default()
}
