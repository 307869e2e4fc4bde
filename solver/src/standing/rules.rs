//! The hard rules against a book as it stands. An account that no territory has breaks none: it counts at no node, and is
//! told of by itself.

use super::places::Places;
use crate::counting::{is, many};
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex};
use crate::problem::Problem;
use crate::problem::ratio::Ratio;
use crate::problem::rules::kind::{CoverMost, Most};
use crate::problem::rules::{Rule, RuleKind};
use crate::problem::tree::Cover;
use std::collections::HashMap;

/// What does not hold, a sentence each: families first, then rules in their order.
pub(super) fn broken(places: &Places) -> Vec<String> {
    let mut broken: Vec<String> = families(places).into_iter().collect();
    broken.extend(places.problem.rules.iter().filter_map(|rule| {
        let what = breach(places, rule)?;
        Some(format!("rule {}: {what}", rule.id))
    }));
    broken
}

/// Families that are not whole.
fn families(places: &Places) -> Option<String> {
    let problem = places.problem;
    let torn = |(account, parent): (AccountIndex, &Option<AccountIndex>)| {
        let (at, with) = (places.node_of[account]?, places.node_of[(*parent)?]?);
        (at != with).then_some(account)
    };
    let torn: Vec<AccountIndex> = problem.accounts.parents.pairs().filter_map(torn).collect();
    let first = torn.first()?;
    let text = format!("families: {} {} not with the parent", many(torn.len(), "account"), is(torn.len()));
    Some(format!("{text} (first: {:?})", problem.accounts.ids[*first]))
}

fn breach(places: &Places, rule: &Rule) -> Option<String> {
    match &rule.kind {
        RuleKind::Allow { accounts, leaves, .. } => misplaced(places, accounts, leaves),
        RuleKind::Together { accounts } => {
            let mut nodes = accounts.iter().filter_map(|&account| places.node_of[account]);
            let first = nodes.next()?;
            nodes.any(|node| node != first).then(|| "its accounts are not together".to_owned())
        }
        RuleKind::Apart { accounts } => together(places, accounts),
        RuleKind::Bounds { accounts, nodes, measure, min, max } => {
            outside(places, accounts.as_deref(), nodes, *measure, (*min, *max))
        }
        RuleKind::MoveLimit { accounts, measure, most, per_owner } => {
            too_many_moves(places, accounts.as_deref(), *measure, *most, *per_owner)
        }
        RuleKind::Keep { nodes, measure, min, max } => {
            nodes.iter().find_map(|&node| kept(places, node, *measure, (*min, *max)))
        }
        RuleKind::CoverLimit { covers, measure, most } => {
            covers.iter().find_map(|cover| covered(places, cover, *measure, *most))
        }
    }
}

/// Accounts that are where a pin, a forbid or a restriction does not let them be.
fn misplaced(places: &Places, accounts: &[AccountIndex], leaves: &Keyed<LeafIndex, bool>) -> Option<String> {
    let shut = |account: &&AccountIndex| {
        places.leaves(**account).is_some_and(|mut possible| possible.all(|leaf| !leaves[leaf]))
    };
    let shut: Vec<&AccountIndex> = accounts.iter().filter(shut).collect();
    let first = shut.first()?;
    let text = format!("{} {} where it must not be", many(shut.len(), "account"), is(shut.len()));
    Some(format!("{text} (first: {:?})", places.problem.accounts.ids[**first]))
}

/// Two accounts of one territory that are to be apart.
fn together(places: &Places, accounts: &[AccountIndex]) -> Option<String> {
    let ids = &places.problem.accounts.ids;
    let mut seen: HashMap<NodeIndex, AccountIndex> = HashMap::new();
    accounts.iter().find_map(|&account| {
        let before = seen.insert(places.territory(account)?, account)?;
        Some(format!("accounts {:?} and {:?} are in one territory", ids[before], ids[account]))
    })
}

/// The first node that holds less or more than it may.
fn outside(
    places: &Places,
    among: Option<&[AccountIndex]>,
    nodes: &[NodeIndex],
    measure: MeasureIndex,
    (min, max): (Option<i64>, Option<i64>),
) -> Option<String> {
    let problem = places.problem;
    let data = &problem.measures[measure];
    let held = |node: NodeIndex| match among {
        None => places.amount(measure, node),
        Some(accounts) => {
            let below = |account: AccountIndex| is_below(problem, places.node_of[account], node);
            accounts.iter().filter(|&&account| below(account)).map(|&account| data.amounts[account]).sum()
        }
    };
    nodes.iter().filter(|&&node| places.tells(node)).find_map(|&node| {
        let held = held(node);
        let holds = min.is_none_or(|min| held >= min) && max.is_none_or(|max| held <= max);
        let shown = |limit: Option<i64>| limit.map_or("any".into(), |limit| data.amount(limit).to_string());
        let what = || {
            let called = problem.tree.nodes[node].called();
            format!("{called} holds {} {}, outside {} to {}", data.amount(held), data.name, shown(min), shown(max))
        };
        (!holds).then(what)
    })
}

/// Whether a node that has an account is `node` or lies below it.
fn is_below(problem: &Problem, at: Option<NodeIndex>, node: NodeIndex) -> bool {
    std::iter::successors(at, |&at| problem.tree.nodes[at].parent).any(|at| at == node)
}

/// More of a measure that is not with its owner than may be.
fn too_many_moves(
    places: &Places,
    among: Option<&[AccountIndex]>,
    measure: MeasureIndex,
    most: Most,
    per_owner: bool,
) -> Option<String> {
    let problem = places.problem;
    let data = &problem.measures[measure];
    let mut sums = problem.tree.nodes.map(|_| (0_i64, 0_i64));
    let mut count = |account: AccountIndex| {
        if let Some(owner) = problem.accounts.owners[account] {
            let amount = data.amounts[account];
            sums[owner].0 += amount;
            sums[owner].1 += if places.is_moved(account) { amount } else { 0 };
        }
    };
    match among {
        Some(accounts) => accounts.iter().for_each(|&account| count(account)),
        None => problem.accounts.ids.keys().iter().for_each(&mut count),
    }
    let too_many = |(owned, moved): (i64, i64), whose: &str| {
        let text = || format!("{} of {} {} moves{whose}", data.amount(moved), data.amount(owned), data.name);
        (moved > most.of(owned)).then(text)
    };
    match per_owner {
        false => too_many(sums.iter().fold((0, 0), |all, own| (all.0 + own.0, all.1 + own.1)), ""),
        true => problem
            .tree
            .territories()
            .into_iter()
            .find_map(|owner| too_many(sums[owner], &format!(" from {}", problem.tree.nodes[owner].called()))),
    }
}

/// A node whose first child does not hold its part.
fn kept(
    places: &Places,
    node: NodeIndex,
    measure: MeasureIndex,
    (min, max): (Option<Ratio>, Option<Ratio>),
) -> Option<String> {
    let problem = places.problem;
    let child = problem.tree.nodes[node].children[0];
    if !places.tells(child) {
        return None;
    }
    let (all, kept) = (places.amount(measure, node), places.amount(measure, child));
    let part = |ratio: Ratio| {
        (i128::from(ratio.numerator) * i128::from(all), i128::from(ratio.denominator) * i128::from(kept))
    };
    let enough = min.map(part).is_none_or(|(asked, has)| has >= asked);
    let few = max.map(part).is_none_or(|(asked, has)| has <= asked);
    let data = &problem.measures[measure];
    let called = |node: NodeIndex| problem.tree.nodes[node].called();
    let text = || {
        let (all, kept) = (data.amount(all), data.amount(kept));
        format!("of the {all} {} of {} its first child {} holds {kept}", data.name, called(node), called(child))
    };
    (!(enough && few)).then(text)
}

/// A seat that holds too much together with those it covers.
fn covered(places: &Places, cover: &Cover, measure: MeasureIndex, most: CoverMost) -> Option<String> {
    let problem = places.problem;
    let shared = problem.facts().shared(measure);
    let nodes = || std::iter::once(cover.seat).chain(cover.covered.iter().copied());
    let held: i128 = nodes().map(|node| i128::from(places.amount(measure, node))).sum();
    let most = most.of(&problem.tree, cover.seat, shared);
    let data = &problem.measures[measure];
    let text = || {
        let called = problem.tree.nodes[cover.seat].called();
        format!(
            "{called} holds {} {} with what it covers, more than {}",
            data.amount(held),
            data.name,
            data.amount(most)
        )
    };
    (held > i128::from(most)).then(text)
}
