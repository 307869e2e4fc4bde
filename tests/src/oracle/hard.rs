//! Hard rules, as the oracle understands them.

use super::flat::Flat;
use carve_solver::input::{RuleInput, RuleKindInput};

/// Whether an assignment keeps a rule.
pub(super) type Rule = Box<dyn Fn(&[usize]) -> bool>;

pub(super) fn rule(flat: &Flat, rule: &RuleInput) -> Rule {
    let leaves = |ids: &[String]| ids.iter().map(|id| flat.leaf(id)).collect::<Vec<usize>>();
    match rule.kind.as_ref().expect("rules have kinds") {
        RuleKindInput::Pin { accounts, node_id } => {
            let (accounts, leaf) = (flat.picked(Some(accounts)), flat.leaf(node_id));
            Box::new(move |to| accounts.iter().all(|&a| to[a] == leaf))
        }
        RuleKindInput::Forbid { accounts, node_ids } => {
            let (accounts, leaves) = (flat.picked(Some(accounts)), leaves(node_ids));
            Box::new(move |to| accounts.iter().all(|&a| !leaves.contains(&to[a])))
        }
        RuleKindInput::Restrict { accounts, node_ids } => {
            let (accounts, leaves) = (flat.picked(Some(accounts)), leaves(node_ids));
            Box::new(move |to| accounts.iter().all(|&a| leaves.contains(&to[a])))
        }
        RuleKindInput::KeepTogether { accounts } => {
            let accounts = flat.picked(Some(accounts));
            Box::new(move |to| accounts.iter().all(|&a| to[a] == to[accounts[0]]))
        }
        RuleKindInput::KeepApart { accounts } => {
            let accounts = flat.picked(Some(accounts));
            Box::new(move |to| accounts.iter().enumerate().all(|(i, &a)| accounts[..i].iter().all(|&b| to[a] != to[b])))
        }
        RuleKindInput::Bounds { accounts, node_ids, measure, min, max } => {
            let (among, amounts, min, max) = (flat.picked(accounts.as_ref()), flat.amounts(measure), *min, *max);
            let leaves = if node_ids.is_empty() { (0..flat.leaves.len()).collect() } else { leaves(node_ids) };
            Box::new(move |to| {
                leaves.iter().all(|&leaf| {
                    let sum: i64 = among.iter().filter(|&&a| to[a] == leaf).map(|&a| amounts[a]).sum();
                    min.is_none_or(|m| sum >= m) && max.is_none_or(|m| sum <= m)
                })
            })
        }
        RuleKindInput::CoverLimit { .. } => panic!("the oracle knows no seats"),
        RuleKindInput::Keep { measure, min_share, max_share, node_ids } => {
            assert_eq!(node_ids, &["root"], "the oracle splits the root alone");
            let (amounts, min, max) = (flat.amounts(measure), *min_share, *max_share);
            let all: i64 = amounts.iter().sum();
            // Shares in tenths.
            let tenths = move |share: f64| (share * 10.0).round() as i64 * all;
            Box::new(move |to| {
                let kept: i64 = amounts.iter().zip(to).filter(|(_, t)| **t == 0).map(|(a, _)| a).sum();
                min.is_none_or(|s| 10 * kept >= tenths(s)) && max.is_none_or(|s| 10 * kept <= tenths(s))
            })
        }
        RuleKindInput::MoveLimit { accounts, measure, max_amount, max_share, per_owner } => {
            let owned = flat.owned(measure, accounts.as_ref());
            let owners: Vec<Vec<(usize, usize, i64)>> = match *per_owner {
                true => (0..flat.leaves.len())
                    .map(|leaf| owned.iter().copied().filter(|(_, by, _)| *by == leaf).collect())
                    .collect(),
                false => vec![owned],
            };
            let (amount, share) = (*max_amount, *max_share);
            Box::new(move |to| {
                owners.iter().all(|owned| {
                    let all: i64 = owned.iter().map(|(_, _, amount)| amount).sum();
                    let moved: i64 = owned.iter().filter(|(a, by, _)| to[*a] != *by).map(|(_, _, amount)| amount).sum();
                    // A tenth of 30 is 3, whatever the last bit of 0.1 says.
                    amount.is_none_or(|most| moved <= most)
                        && share.is_none_or(|most| moved as f64 <= most * all as f64 + 1e-6)
                })
            })
        }
    }
}
