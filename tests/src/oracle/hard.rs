//! Hard rules as the oracle reads them: leaves that stay open, accounts that go together, and limits on sums.

use super::ratio::Ratio;
use super::reading::Reading;
use carve_solver::input::{RuleInput, RuleKindInput};

/// A limit on what all accounts add by going where they go.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// By account, by leaf.
    pub adds: Vec<Vec<i128>>,
    /// The sum is no less.
    pub min: Option<i128>,
    /// The sum is no more.
    pub max: Option<i128>,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub enum Hard {
    /// Each of the accounts goes to one of the leaves that are true.
    Open(Vec<usize>, Vec<bool>),
    /// The accounts go to one leaf.
    Together(Vec<usize>),
    /// Sums have limits.
    Limits(Vec<Limit>),
}

impl Hard {
    /// Reads a rule.
    pub fn of(reading: &Reading, rule: &RuleInput) -> Hard {
        let split = &reading.split;
        match rule.kind.as_ref().expect("rules have kinds") {
            RuleKindInput::Pin { accounts, node_id } => {
                Hard::Open(reading.picked(Some(accounts)), split.below(std::slice::from_ref(node_id)))
            }
            RuleKindInput::Restrict { accounts, node_ids } => {
                Hard::Open(reading.picked(Some(accounts)), split.below(node_ids))
            }
            RuleKindInput::Forbid { accounts, node_ids } => {
                let shut = split.below(node_ids);
                Hard::Open(reading.picked(Some(accounts)), shut.into_iter().map(|shut| !shut).collect())
            }
            RuleKindInput::KeepTogether { accounts } => Hard::Together(reading.picked(Some(accounts))),
            RuleKindInput::KeepApart { accounts } => {
                let picked = reading.picked(Some(accounts));
                let one: Vec<i128> = (0..reading.accounts()).map(|a| i128::from(picked.contains(&a))).collect();
                let each = split.territories.iter().map(|&node| Limit::at(reading, &one, node, None, Some(1)));
                Hard::Limits(each.collect())
            }
            RuleKindInput::Bounds { accounts, node_ids, measure, min, max } => {
                let picked = reading.picked(accounts.as_ref());
                let amounts = reading.amounts(measure).into_iter().enumerate();
                let among: Vec<i128> = amounts.map(|(a, m)| if picked.contains(&a) { m } else { 0 }).collect();
                let named = node_ids.iter().map(|id| split.node(id)).collect();
                let nodes: Vec<usize> = if node_ids.is_empty() { split.balanced() } else { named };
                let (min, max) = (min.map(i128::from), max.map(i128::from));
                Hard::Limits(nodes.into_iter().map(|node| Limit::at(reading, &among, node, min, max)).collect())
            }
            RuleKindInput::MoveLimit { accounts, measure, max_amount, max_share, per_owner } => {
                let picked = reading.picked(accounts.as_ref());
                let most = (max_amount.map(i128::from), max_share.map(Ratio::meant));
                let owners = split.territories.iter().map(|&t| Some(t));
                let owners: Vec<Option<usize>> = if *per_owner { owners.collect() } else { vec![None] };
                let amounts = reading.amounts(measure);
                Hard::Limits(owners.into_iter().map(|o| moved(reading, &picked, &amounts, o, most)).collect())
            }
            RuleKindInput::Keep { measure, min_share, max_share, node_ids } => {
                let amounts = reading.amounts(measure);
                let named = node_ids.iter().map(|id| split.node(id)).collect();
                let nodes: Vec<usize> = if node_ids.is_empty() { split.planned() } else { named };
                let shares = [(min_share, true), (max_share, false)];
                let limits = nodes.into_iter().flat_map(|node| shares.map(|(share, least)| (node, share, least)));
                let limits = limits.filter_map(|(node, share, least)| Some((node, Ratio::meant((*share)?), least)));
                Hard::Limits(limits.map(|(node, share, least)| kept(reading, &amounts, node, share, least)).collect())
            }
            RuleKindInput::CoverLimit { measure, max, max_share_of_target, seat_ids } => {
                let amounts = reading.amounts(measure);
                let total = reading.pools.shared(reading, Some(measure), &amounts);
                let named = |seat: usize| seat_ids.is_empty() || seat_ids.contains(&split.nodes[seat].id);
                let limit = |(seat, covered): &(usize, Vec<usize>)| {
                    let held: Vec<bool> = leaves(reading, covered.iter().chain([seat]).copied());
                    let target = split.nodes[*seat].share.times(Ratio::whole(total));
                    let share = max_share_of_target.map(|share| Ratio::meant(share).times(target).floor());
                    let adds = |amount: &i128| held.iter().map(|held| if *held { *amount } else { 0 }).collect();
                    let adds = amounts.iter().map(adds).collect();
                    Limit { adds, min: None, max: max.map(i128::from).or(share) }
                };
                Hard::Limits(split.covers.iter().filter(|(seat, _)| named(*seat)).map(limit).collect())
            }
        }
    }

    /// Whether these leaves, one for each account, keep it.
    pub fn keeps(&self, leaf_of: &[usize]) -> bool {
        match self {
            Hard::Open(accounts, open) => accounts.iter().all(|&a| open[leaf_of[a]]),
            Hard::Together(accounts) => accounts.iter().all(|&a| leaf_of[a] == leaf_of[accounts[0]]),
            Hard::Limits(limits) => limits.iter().all(|limit| limit.keeps(leaf_of)),
        }
    }
}

impl Limit {
    /// On what a node holds of amounts by account.
    fn at(reading: &Reading, amounts: &[i128], node: usize, min: Option<i128>, max: Option<i128>) -> Limit {
        let below = leaves(reading, [node]);
        let adds = |amount: &i128| below.iter().map(|below| if *below { *amount } else { 0 }).collect();
        Limit { adds: amounts.iter().map(adds).collect(), min, max }
    }

    fn keeps(&self, leaf_of: &[usize]) -> bool {
        let sum: i128 = self.adds.iter().zip(leaf_of).map(|(adds, &leaf)| adds[leaf]).sum();
        self.min.is_none_or(|min| sum >= min) && self.max.is_none_or(|max| sum <= max)
    }
}

/// Which leaves are below one of these nodes.
pub(super) fn leaves(reading: &Reading, nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut below = vec![false; reading.split.leaves];
    nodes.into_iter().for_each(|node| below[reading.split.nodes[node].leaves.clone()].fill(true));
    below
}

/// What leaves its owner, of accounts whose owner is in the plan: by account, by leaf.
pub(super) fn moves(reading: &Reading, amounts: &[i128]) -> Vec<Vec<i128>> {
    let of = |(a, amount): (usize, &i128)| match reading.owners[a] {
        Some(owner) => leaves(reading, [owner]).into_iter().map(|own| if own { 0 } else { *amount }).collect(),
        None => vec![0; reading.split.leaves],
    };
    amounts.iter().enumerate().map(of).collect()
}

fn moved(
    reading: &Reading,
    picked: &[usize],
    amounts: &[i128],
    owner: Option<usize>,
    (most, share): (Option<i128>, Option<Ratio>),
) -> Limit {
    let counts = |a: usize| {
        picked.contains(&a) && reading.owners[a].is_some() && (owner.is_none() || reading.owners[a] == owner)
    };
    let counted: Vec<i128> = amounts.iter().enumerate().map(|(a, m)| if counts(a) { *m } else { 0 }).collect();
    let all = Ratio::whole(counted.iter().sum());
    let max = most.or(share.map(|share| share.times(all).floor()));
    Limit { adds: moves(reading, &counted), min: None, max }
}

/// With share p/q of what node n holds in its first child c: q·c - p·n is at least 0, or at most.
fn kept(reading: &Reading, amounts: &[i128], node: usize, share: Ratio, least: bool) -> Limit {
    let (of, kept) = (leaves(reading, [node]), leaves(reading, [reading.split.nodes[node].children[0]]));
    let factor = |leaf: usize| share.den * i128::from(kept[leaf]) - share.num * i128::from(of[leaf]);
    let adds = |amount: &i128| (0..of.len()).map(|leaf| amount * factor(leaf)).collect();
    let (min, max) = if least { (Some(0), None) } else { (None, Some(0)) };
    Limit { adds: amounts.iter().map(adds).collect(), min, max }
}
