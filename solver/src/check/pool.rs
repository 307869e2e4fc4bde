//! Seats outside the balance, held against the plan's leaves.

use super::Checker;
use crate::index::{MeasureIndex, NodeIndex};

impl Checker<'_> {
    /// Nodes that stand outside the balance are those of the tree, and nobody is there, or is not, but by a rule or because
    /// it is owned there.
    pub(super) fn pools(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        for (said, node) in plan.nodes.iter().zip(&problem.tree.nodes) {
            self.require(said.outside_balance == node.is_pool, || {
                format!("{}: whether it is outside the balance is not as in the tree", node.id)
            });
        }
        for unruled in &problem.pools.defaults {
            for &account in &unruled.accounts {
                let leaf = self.leaf_of[account];
                self.require(unruled.leaves[leaf], || {
                    let id = &problem.accounts.ids[account];
                    let node = &problem.tree.nodes[problem.tree.leaves[leaf]];
                    match node.is_pool {
                        true => format!("account {id:?} is outside the balance, at {}, and no rule lets it", node.id),
                        false => format!("account {id:?} is at {}, and no rule takes it out of its pool", node.id),
                    }
                });
            }
        }
    }

    /// What a node should hold of a measure: its share of what pools leave; at the root all there is.
    pub(super) fn target(&self, node: NodeIndex, measure: MeasureIndex) -> f64 {
        let tree = &self.problem.tree;
        let shared = match node == NodeIndex::ROOT {
            true => self.problem.measures[measure].total,
            false => self.problem.facts().shared(measure),
        };
        shared as f64 * tree.nodes[node].share as f64 / tree.whole_share() as f64
    }
}
