//! Hard rules, as the oracle understands them.

use super::split::Split;
use carve_solver::input::{RuleInput, RuleKindInput};
use std::ops::Range;

/// Whether an assignment keeps a rule.
pub(super) type Rule = Box<dyn Fn(&[usize]) -> bool>;

pub(super) fn rule(split: &Split, rule: &RuleInput) -> Rule {
    let holds = |nodes: &[Range<usize>], leaf: usize| nodes.iter().any(|leaves| leaves.contains(&leaf));
    match rule.kind.as_ref().expect("rules have kinds") {
        RuleKindInput::Pin { accounts, node_id } => {
            let (accounts, nodes) = (split.picked(Some(accounts)), split.below(std::slice::from_ref(node_id)));
            Box::new(move |to| accounts.iter().all(|&a| holds(&nodes, to[a])))
        }
        RuleKindInput::Forbid { accounts, node_ids } => {
            let (accounts, nodes) = (split.picked(Some(accounts)), split.below(node_ids));
            Box::new(move |to| accounts.iter().all(|&a| !holds(&nodes, to[a])))
        }
        RuleKindInput::Restrict { accounts, node_ids } => {
            let (accounts, nodes) = (split.picked(Some(accounts)), split.below(node_ids));
            Box::new(move |to| accounts.iter().all(|&a| holds(&nodes, to[a])))
        }
        RuleKindInput::KeepTogether { accounts } => {
            let accounts = split.picked(Some(accounts));
            Box::new(move |to| accounts.iter().all(|&a| to[a] == to[accounts[0]]))
        }
        RuleKindInput::KeepApart { accounts } => {
            let accounts = split.picked(Some(accounts));
            let territories = split.territories.iter().map(|&t| split.nodes[t].leaves.clone());
            let territories: Vec<Range<usize>> = territories.collect();
            Box::new(move |to| {
                territories.iter().all(|leaves| accounts.iter().filter(|&&a| leaves.contains(&to[a])).count() < 2)
            })
        }
        RuleKindInput::Bounds { accounts, node_ids, measure, min, max } => {
            let (among, amounts, min, max) = (split.picked(accounts.as_ref()), split.amounts(measure), *min, *max);
            let leaves = || split.nodes.iter().filter(|n| n.children.is_empty()).map(|n| n.leaves.clone()).collect();
            let nodes = if node_ids.is_empty() { leaves() } else { split.below(node_ids) };
            Box::new(move |to| {
                nodes.iter().all(|leaves| {
                    let sum: i64 = among.iter().filter(|&&a| leaves.contains(&to[a])).map(|&a| amounts[a]).sum();
                    min.is_none_or(|m| sum >= m) && max.is_none_or(|m| sum <= m)
                })
            })
        }
        RuleKindInput::CoverLimit { .. } => panic!("the oracle knows no seats"),
        RuleKindInput::Keep { measure, min_share, max_share, node_ids } => {
            let (amounts, min, max) = (split.amounts(measure), *min_share, *max_share);
            let named = node_ids.iter().map(|id| &split.nodes[split.node(id)]);
            let named = named.map(|n| (n.leaves.clone(), split.nodes[n.children[0]].leaves.clone()));
            let splits: Vec<_> = if node_ids.is_empty() { split.planned() } else { named.collect() };
            Box::new(move |to| {
                let held = |leaves: &Range<usize>| -> i64 {
                    amounts.iter().zip(to).filter(|(_, t)| leaves.contains(t)).map(|(amount, _)| amount).sum()
                };
                splits.iter().map(|(of, kept)| (held(of), held(kept))).all(|(all, kept)| {
                    // Shares in tenths.
                    let tenths = |share: f64| (share * 10.0).round() as i64 * all;
                    min.is_none_or(|s| 10 * kept >= tenths(s)) && max.is_none_or(|s| 10 * kept <= tenths(s))
                })
            })
        }
        RuleKindInput::MoveLimit { accounts, measure, max_amount, max_share, per_owner } => {
            let owned = split.owned(measure, accounts.as_ref());
            let owners: Vec<Vec<(usize, Range<usize>, i64)>> = match *per_owner {
                true => (split.territories.iter().map(|&t| &split.nodes[t].leaves))
                    .map(|leaves| owned.iter().filter(|(_, by, _)| by == leaves).cloned().collect())
                    .collect(),
                false => vec![owned],
            };
            let (amount, share) = (*max_amount, *max_share);
            Box::new(move |to| {
                owners.iter().all(|owned| {
                    let all: i64 = owned.iter().map(|(_, _, amount)| amount).sum();
                    let moved: i64 =
                        owned.iter().filter(|(a, by, _)| !by.contains(&to[*a])).map(|(_, _, amount)| amount).sum();
                    // A tenth of 30 is 3, whatever the last bit of 0.1 says.
                    amount.is_none_or(|most| moved <= most)
                        && share.is_none_or(|most| moved as f64 <= most * all as f64 + 1e-6)
                })
            })
        }
    }
}
