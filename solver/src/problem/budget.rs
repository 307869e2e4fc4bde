//! Budgets: limits on what all units together add by going where they go, each in whole numbers of its own.

use super::origin::Origin;
use super::ratio::Ratio;
use super::tree::Tree;
use super::units::{Starts, Units};
use crate::index::{AccountIndex, Keyed, LeafIndex, LoadIndex, NodeIndex, UnitIndex};
use std::collections::HashMap;
use std::sync::Arc;

/// One limit: the sum over units of [`Budget::amount`] is at most `most`.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    /// With the node it tells the budget from every other.
    pub origin: Origin,
    /// The node it speaks of; `None`: all of them.
    pub node: Option<NodeIndex>,
    pub adds: Adds,
    pub most: i64,
    /// Keep rules: the share that is asked for.
    pub keep: Option<Keep>,
    /// What prices and breaches are relative to: one whole of what is counted; above 0.
    pub whole: f64,
}

/// What a keep rule asks of a node's first child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    pub share: Ratio,
    /// Whether it is the least or the most.
    pub least: bool,
}

/// What a unit adds by going to a leaf.
#[derive(Debug, Clone)]
pub(crate) enum Adds {
    /// What leaves its owner.
    Moves(Moves),
    /// Its amount of a load, times the leaf's factor.
    Weighted(Weighted),
}

/// A load with a whole factor for each leaf, below 0 where the leaf makes room. The load's total times the distance
/// from the least of the factors and 0 to the largest of them and 0 is below 2^63, so that no sum passes it.
#[derive(Debug, Clone)]
pub(crate) struct Weighted {
    pub load: LoadIndex,
    /// The load's.
    pub amounts: Arc<Keyed<UnitIndex, i64>>,
    pub factors: Keyed<LeafIndex, i64>,
}

impl Budget {
    /// What unit `unit` adds at leaf `leaf`.
    pub fn amount(&self, unit: UnitIndex, leaf: LeafIndex) -> i64 {
        match &self.adds {
            Adds::Moves(moves) => moves.amount(unit, leaf),
            Adds::Weighted(weighted) => weighted.amounts[unit] * weighted.factors[leaf],
        }
    }

    /// How far a sum is above the limit, relative to the whole.
    pub fn over(&self, sum: i64) -> f64 {
        sum.saturating_sub(self.most).max(0) as f64 / self.whole
    }

    /// No less than the sum over units of the largest size of what each can add.
    pub fn largest(&self) -> f64 {
        match &self.adds {
            Adds::Moves(moves) => moves.total as f64,
            Adds::Weighted(weighted) => {
                let factor = weighted.factors.iter().map(|f| f.unsigned_abs()).max().unwrap_or(0);
                weighted.amounts.iter().map(|&a| a as f64).sum::<f64>() * factor as f64
            }
        }
    }
}

/// The greatest number that divides both.
fn divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}

/// What units move by going to a territory other than their owner's.
#[derive(Debug, Clone)]
pub(crate) struct Moves {
    owned: Arc<Owned>,
    /// Territory of each leaf.
    territory_of_leaf: Arc<Keyed<LeafIndex, NodeIndex>>,
    /// The owner whose accounts count; `None`: all.
    owner: Option<NodeIndex>,
    pub total: i64,
}

impl Moves {
    /// What unit `unit` moves by going to leaf `leaf`.
    pub fn amount(&self, unit: UnitIndex, leaf: LeafIndex) -> i64 {
        let territory = self.territory_of_leaf[leaf];
        let leaves = |by: NodeIndex| by != territory && self.owner.is_none_or(|o| o == by);
        self.owned.of(unit).iter().filter(|(by, _)| leaves(*by)).map(|(_, amount)| amount).sum()
    }

    /// The greatest number that divides all amounts with owners, and so every sum of them; 0: there are none.
    pub fn step(&self) -> i64 {
        self.owned.entries.iter().fold(0, |step, (_, amount)| divisor(step, *amount))
    }

    /// Over `among` (`None`: all accounts), whoever owns them.
    /// `owners` are the territory nodes that own the accounts.
    pub fn of(
        owners: &Keyed<AccountIndex, Option<NodeIndex>>,
        units: &Units,
        tree: &Tree,
        amounts: &Keyed<AccountIndex, i64>,
        among: Option<&[AccountIndex]>,
    ) -> Moves {
        let owned = Owned::new(owners, units, amounts, among);
        let total = owned.entries.iter().map(|(_, amount)| amount).sum();
        let territory_of_leaf = Arc::new(tree.territory_of_leaf.clone());
        Moves { owned: Arc::new(owned), territory_of_leaf, owner: None, total }
    }

    /// These moves for each territory by itself.
    pub fn by_owner(&self, tree: &Tree) -> Vec<(NodeIndex, Moves)> {
        let mut totals: HashMap<NodeIndex, i64> = HashMap::new();
        self.owned.entries.iter().for_each(|(by, amount)| *totals.entry(*by).or_default() += amount);
        let moves = |owner| {
            let total = totals.get(&owner).copied().unwrap_or(0);
            (owner, Moves { owner: Some(owner), total, ..self.clone() })
        };
        tree.territories().into_iter().map(moves).collect()
    }
}

/// What each unit holds of each owner in the plan, above 0.
#[derive(Debug)]
struct Owned {
    /// Owner and amount, units in order.
    entries: Vec<(NodeIndex, i64)>,
    starts: Starts,
}

impl Owned {
    fn of(&self, unit: UnitIndex) -> &[(NodeIndex, i64)] {
        &self.entries[self.starts.of(unit)]
    }

    fn new(
        owners: &Keyed<AccountIndex, Option<NodeIndex>>,
        units: &Units,
        amounts: &Keyed<AccountIndex, i64>,
        among: Option<&[AccountIndex]>,
    ) -> Owned {
        let counts: Option<Keyed<AccountIndex, bool>> = among.map(|list| {
            let mut counts = amounts.map(|_| false);
            list.iter().for_each(|&a| counts[a] = true);
            counts
        });
        let mut owned = Owned { entries: Vec::new(), starts: Starts::with_capacity(units.count()) };
        for members in units.all_members() {
            let first = owned.entries.len();
            for &a in members.iter().filter(|&&a| amounts[a] != 0 && counts.as_ref().is_none_or(|c| c[a])) {
                let Some(by) = owners[a] else { continue };
                match owned.entries[first..].iter_mut().find(|(owner, _)| *owner == by) {
                    Some((_, amount)) => *amount += amounts[a],
                    None => owned.entries.push((by, amounts[a])),
                }
            }
            owned.starts.end(owned.entries.len());
        }
        owned
    }
}
