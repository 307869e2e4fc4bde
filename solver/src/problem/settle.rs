//! Pools: seats that stand outside the balance, such as house accounts and what is left over. A pool is a leaf right below
//! the root, without a share.
//!
//! Nothing is put there for the sake of the balance. Rules first leave each unit some leaves; then
//!
//! 1. a unit that rules leave nothing but pools is in one of them;
//! 2. a unit of which a pool owns all that anybody in the plan owns stays there, unless a rule names that pool for it;
//! 3. every other unit keeps out of the pools that no rule names for it.
//!
//! A rule names a pool for its accounts when it is a pin or a restriction with the pool's own id, or bounds on it that ask
//! for more than nothing and say how much at most. Of each measure the nodes of the balance share what pools leave for
//! certain: the total without what they hold in every plan, or without what bounds over all accounts ask of them where
//! that is more.

use super::accounts::Accounts;
use super::measures::Measure;
use super::pools::{Pools, Unruled};
use super::rules::{Rule, RuleKind};
use super::tree::Tree;
use super::units::Units;
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, RuleIndex, UnitIndex};
use std::collections::BTreeMap;

/// Settles what no rule says, and leaves units what they have then.
pub(crate) fn settle(
    tree: &Tree,
    accounts: &Accounts,
    measures: &Keyed<MeasureIndex, Measure>,
    rules: &Keyed<RuleIndex, Rule>,
    units: &mut Units,
) -> Pools {
    let pools: Vec<LeafIndex> = tree.pools().collect();
    if pools.is_empty() {
        return Pools::default();
    }
    let mut settled = Pools { defaults: defaults(tree, accounts, rules, units, &pools), ..Pools::default() };
    settled.narrow(units);
    let held = Held::of(tree, units);
    settled.settled = units.of.map(|&unit| held.is_settled(units, unit));
    settled.outside =
        measures.pairs().map(|(m, measure)| held.outside(units, measure, &asked(m, rules, tree, &pools))).collect();
    settled
}

/// Where accounts go that no rule speaks of, or none that says more than where not to.
fn defaults(
    tree: &Tree,
    accounts: &Accounts,
    rules: &Keyed<RuleIndex, Rule>,
    units: &Units,
    pools: &[LeafIndex],
) -> Vec<Unruled> {
    let named = named(tree, rules, units, pools);
    // By what is left: a pool alone, or all but the pools that are shut.
    let mut alike: BTreeMap<(Option<LeafIndex>, Vec<bool>), Vec<AccountIndex>> = BTreeMap::new();
    for unit in units.all() {
        let open = |leaf: LeafIndex| units.allows(unit, leaf);
        if tree.leaves.keys().iter().all(|leaf| !open(leaf) || tree.nodes[tree.leaves[leaf]].is_pool) {
            continue;
        }
        let stays = owner(tree, accounts, units.members(unit));
        let stays = stays.filter(|&leaf| open(leaf) && !named[unit].contains(&leaf));
        let shut: Vec<bool> = match stays {
            Some(_) => Vec::new(),
            None => pools.iter().map(|leaf| !named[unit].contains(leaf)).collect(),
        };
        if stays.is_some() || shut.contains(&true) {
            alike.entry((stays, shut)).or_default().extend(units.members(unit));
        }
    }
    let default = |((stays, shut), mut accounts): ((Option<LeafIndex>, Vec<bool>), Vec<AccountIndex>)| {
        accounts.sort_unstable();
        let mut leaves = tree.leaves.map(|_| stays.is_none());
        stays.iter().for_each(|&leaf| leaves[leaf] = true);
        pools.iter().zip(shut).filter(|(_, shut)| *shut).for_each(|(&leaf, _)| leaves[leaf] = false);
        Unruled { accounts, leaves }
    };
    alike.into_iter().map(default).collect()
}

/// The pools that rules name for each unit.
fn named(
    tree: &Tree,
    rules: &Keyed<RuleIndex, Rule>,
    units: &Units,
    pools: &[LeafIndex],
) -> Keyed<UnitIndex, Vec<LeafIndex>> {
    let mut named: Keyed<UnitIndex, Vec<LeafIndex>> = units.class.map(|_| Vec::new());
    for (opened, among) in rules.iter().filter_map(|rule| rule.kind.opens(tree)) {
        for leaf in pools.iter().copied().filter(|leaf| opened.contains(leaf)) {
            let mut name = |unit: UnitIndex| {
                if !named[unit].contains(&leaf) {
                    named[unit].push(leaf);
                }
            };
            match among {
                Some(accounts) => accounts.iter().for_each(|&account| name(units.of[account])),
                None => units.all().iter().for_each(&mut name),
            }
        }
    }
    named
}

/// The pool that owns all of these accounts that somebody in the plan owns; at least one.
fn owner(tree: &Tree, accounts: &Accounts, members: &[AccountIndex]) -> Option<LeafIndex> {
    let mut owners = members.iter().filter_map(|&account| accounts.owners[account]);
    let first = owners.next()?;
    (tree.nodes[first].is_pool && owners.all(|owner| owner == first)).then(|| tree.nodes[first].leaves.start)
}

/// The least that bounds over all accounts ask each pool to hold of a measure.
fn asked(measure: MeasureIndex, rules: &Keyed<RuleIndex, Rule>, tree: &Tree, pools: &[LeafIndex]) -> Vec<i64> {
    let least = |leaf: &LeafIndex| {
        let asks = |rule: &Rule| match &rule.kind {
            RuleKind::Bounds { accounts: None, nodes, measure: of, min: Some(min), .. } if *of == measure => {
                nodes.contains(&tree.leaves[*leaf]).then_some(*min)
            }
            RuleKind::Bounds { .. }
            | RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => None,
        };
        rules.iter().filter_map(asks).fold(0, i64::max)
    };
    pools.iter().map(least).collect()
}

/// Which classes of units are in pools whatever the plan.
struct Held {
    /// The pools of the tree.
    pools: Vec<LeafIndex>,
    /// By class of units, if all leaves left to it are pools: the only one (`Ok`), or that there are several.
    of_class: Vec<Option<Result<LeafIndex, ()>>>,
}

impl Held {
    fn of(tree: &Tree, units: &Units) -> Held {
        let only = |class: &Keyed<LeafIndex, bool>| {
            let mut open = class.pairs().filter(|(_, open)| **open).map(|(leaf, _)| leaf);
            let first = open.next()?;
            let is_pool = |leaf: LeafIndex| tree.nodes[tree.leaves[leaf]].is_pool;
            let rest: Vec<LeafIndex> = open.collect();
            let all = is_pool(first) && rest.iter().all(|&leaf| is_pool(leaf));
            all.then_some(if rest.is_empty() { Ok(first) } else { Err(()) })
        };
        Held { pools: tree.pools().collect(), of_class: units.classes.iter().map(only).collect() }
    }

    fn is_settled(&self, units: &Units, unit: UnitIndex) -> bool {
        self.of_class[units.class[unit]].is_some()
    }

    /// What pools hold of a measure in every plan, or what is asked of them where that is more.
    fn outside(&self, units: &Units, measure: &Measure, asked: &[i64]) -> i64 {
        let mut held = vec![0_i64; self.pools.len()];
        let mut in_some = 0_i64;
        for (account, &amount) in measure.amounts.pairs() {
            match self.of_class[units.class[units.of[account]]] {
                Some(Ok(leaf)) => {
                    let at = self.pools.iter().position(|pool| *pool == leaf);
                    at.into_iter().for_each(|at| held[at] += amount);
                }
                Some(Err(())) => in_some += amount,
                None => {}
            }
        }
        let certain: i64 = held.iter().sum::<i64>() + in_some;
        let asked: i128 = held.iter().zip(asked).map(|(held, asked)| i128::from(*held.max(asked))).sum();
        let total = i128::from(measure.total);
        i64::try_from(asked.max(certain.into()).min(total)).unwrap_or(measure.total)
    }
}
