//! Hard rules, held against the plan's leaves.

use super::Checker;
use super::tally::by_node;
use crate::index::{AccountIndex, Keyed, MeasureIndex, NodeIndex};
use crate::problem::ratio::Ratio;
use crate::problem::rules::{Rule, RuleKind};
use std::collections::HashMap;

impl Checker<'_> {
    pub(super) fn rule(&mut self, rule: &Rule) {
        let problem = self.problem;
        let id = |a: AccountIndex| &problem.accounts.ids[a];
        match &rule.kind {
            RuleKind::Allow { accounts, leaves, .. } => {
                for &a in accounts {
                    let holds = leaves[self.leaf_of[a]];
                    self.require(holds, || format!("rule {:?}: account {:?} is where it must not be", rule.id, id(a)));
                }
            }
            RuleKind::Together { accounts } => {
                let together = accounts.windows(2).all(|p| self.leaf_of[p[0]] == self.leaf_of[p[1]]);
                self.require(together, || format!("rule {:?}: its accounts are not together", rule.id));
            }
            RuleKind::Apart { accounts } => {
                let mut seen = HashMap::new();
                for &a in accounts {
                    let before = seen.insert(problem.tree.territory_of_leaf[self.leaf_of[a]], a);
                    self.require(before.is_none(), || {
                        format!(
                            "rule {:?}: accounts {:?} and {:?} are in one territory",
                            rule.id,
                            before.map(id),
                            id(a)
                        )
                    });
                }
            }
            RuleKind::Bounds { accounts, nodes, measure, min, max } => {
                let among = accounts.as_ref().map(|list| self.amounts_over(list, *measure));
                for &node in nodes {
                    let amount = among.as_ref().map_or_else(|| self.tally.amount(node, *measure), |sums| sums[node]);
                    let holds =
                        min.is_none_or(|m| amount >= i128::from(m)) && max.is_none_or(|m| amount <= i128::from(m));
                    self.require(holds, || {
                        let shown = |limit: Option<i64>| match limit {
                            Some(limit) => problem.measures[*measure].amount(limit).to_string(),
                            None => "any".to_string(),
                        };
                        let (node, amount) = (&problem.tree.nodes[node].id, problem.measures[*measure].amount(amount));
                        let (min, max) = (shown(*min), shown(*max));
                        format!("rule {:?}: {node} holds {amount}, outside {min} to {max}", rule.id)
                    });
                }
            }
            RuleKind::MoveLimit { accounts, measure, most, per_owner } => {
                let by_owner = self.moved(*measure, accounts.as_deref());
                let each: Vec<(Option<NodeIndex>, (i128, i128))> = match *per_owner {
                    true => problem.tree.territories().into_iter().map(|n| (Some(n), by_owner[n])).collect(),
                    false => vec![(None, by_owner.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1)))],
                };
                for (owner, (owned, moved)) in each {
                    let holds = moved <= i128::from(most.of(i64::try_from(owned).unwrap_or(i64::MAX)));
                    self.require(holds, || {
                        let (moved, owned) =
                            (problem.measures[*measure].amount(moved), problem.measures[*measure].amount(owned));
                        format!(
                            "rule {:?}: {moved} of {owned} moves{}",
                            rule.id,
                            owner.map_or(String::new(), |o| format!(" from {}", problem.tree.nodes[o].id))
                        )
                    });
                }
            }
            RuleKind::CoverLimit { covers, measure, most } => self.cover_limit(&rule.id, covers, *measure, *most),
            RuleKind::Keep { nodes, measure, min, max } => self.keep(&rule.id, nodes, *measure, *min, *max),
        }
    }

    /// The incumbent's child of each node against its parent's part, in whole numbers.
    fn keep(&mut self, id: &str, nodes: &[NodeIndex], measure: MeasureIndex, min: Option<Ratio>, max: Option<Ratio>) {
        let problem = self.problem;
        for &node in nodes {
            let child = problem.tree.nodes[node].children[0];
            let (all, kept) = (self.tally.amount(node, measure), self.tally.amount(child, measure));
            let part = |ratio: Ratio| (i128::from(ratio.numerator) * all, i128::from(ratio.denominator) * kept);
            let enough = min.map(part).is_none_or(|(asked, has)| has >= asked);
            let few = max.map(part).is_none_or(|(asked, has)| has <= asked);
            self.require(enough && few, || {
                let ids = (&problem.tree.nodes[node].id, &problem.tree.nodes[child].id);
                let (all, kept) = (problem.measures[measure].amount(all), problem.measures[measure].amount(kept));
                format!("rule {id:?}: of the {all} of {} its first child {} holds {kept}", ids.0, ids.1)
            });
        }
    }

    /// Amounts of a measure over some accounts, by node.
    fn amounts_over(&self, accounts: &[AccountIndex], measure: MeasureIndex) -> Keyed<NodeIndex, i128> {
        let mut sums = self.problem.tree.leaves.map(|_| 0);
        for &a in accounts {
            sums[self.leaf_of[a]] += i128::from(self.problem.measures[measure].amounts[a]);
        }
        by_node(&self.problem.tree, &sums)
    }

    /// For each node that owns some of the accounts (`None`: all) what it owns, and what of that leaves it.
    pub(super) fn moved(
        &self,
        measure: MeasureIndex,
        among: Option<&[AccountIndex]>,
    ) -> Keyed<NodeIndex, (i128, i128)> {
        let problem = self.problem;
        let mut sums = problem.tree.nodes.map(|_| (0, 0));
        let mut count = |a: AccountIndex| {
            if let Some(by) = problem.accounts.owners[a] {
                let amount = i128::from(problem.measures[measure].amounts[a]);
                sums[by].0 += amount;
                if !problem.tree.nodes[by].leaves.contains(self.leaf_of[a]) {
                    sums[by].1 += amount;
                }
            }
        };
        match among {
            Some(list) => list.iter().for_each(|&a| count(a)),
            None => problem.accounts.ids.keys().iter().for_each(&mut count),
        }
        sums
    }
}
