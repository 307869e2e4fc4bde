//! The tree as evidence: where it splits, and prices for each outer node.

use super::Branching;
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::{Evidence, Fork};
use crate::proof::prices::{Prices, Restriction};
use rayon::prelude::*;

/// Outer nodes that new prices are tried on.
const NEAR: usize = 64;
/// Outer nodes that share prices among themselves; fixed, so that threads do not change the evidence.
const SHARED: usize = 256;
/// Prices are shared where they lose no more than this part of the bound.
const SHARE: f64 = 1e-9;

impl Branching {
    /// The tree as evidence, cut back to what its bound needs, with prices shared where they suffice.
    pub fn evidence(&self, problem: &Problem, costs: &Costs, frame: &Frame) -> Evidence {
        let target = self.bound();
        let mut evidence = Evidence::of(self.root_prices(problem, frame.tier));
        // Outer nodes with where they stand in the preorder.
        let mut outer: Vec<(usize, usize)> = Vec::new();
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            match self.nodes[at].children.filter(|_| self.nodes[at].bound < target) {
                Some([first, second]) => {
                    let (unit, leaves) = self.nodes[first].restriction.as_ref().expect("children are restricted");
                    let (unit, leaves) = (self.lp.units[*unit as usize], leaves.clone());
                    evidence.forks.push(Fork::Split { unit, leaves });
                    open.push(second);
                    open.push(first);
                }
                None => {
                    outer.push((at, evidence.forks.len()));
                    evidence.forks.push(Fork::Outer(0));
                }
            }
        }
        let restrictions = |&(at, _): &(usize, usize)| -> Vec<Restriction> {
            let path = self.restrictions(at).into_iter();
            path.map(|(u, leaves)| (self.lp.units[u as usize], leaves)).collect()
        };
        let restrictions: Vec<Vec<Restriction>> = outer.iter().map(restrictions).collect();
        let chunks: Vec<(Vec<usize>, Vec<Prices>)> = (outer.par_chunks(SHARED).zip(restrictions.par_chunks(SHARED)))
            .map(|(outer, restrictions)| self.prices_of(outer, restrictions, target, (problem, costs, frame)))
            .collect();
        let mut places = outer.iter().map(|o| o.1);
        for (set_of, sets) in chunks {
            for (set, at) in set_of.into_iter().zip(places.by_ref()) {
                evidence.forks[at] = Fork::Outer(evidence.sets.len() + set);
            }
            evidence.sets.extend(sets);
        }
        evidence
    }

    /// Sets of prices that prove `target` of these outer nodes, and which is for each.
    fn prices_of(
        &self,
        outer: &[(usize, usize)],
        restrictions: &[Vec<Restriction>],
        target: f64,
        (problem, costs, frame): (&Problem, &Costs, &Frame),
    ) -> (Vec<usize>, Vec<Prices>) {
        let mut set_of: Vec<Option<usize>> = vec![None; outer.len()];
        let mut sets: Vec<Prices> = Vec::new();
        let least = target - SHARE * target.abs();
        while let Some(from) = set_of.iter().position(Option::is_none) {
            // Its own prices are the best there are, whatever they prove.
            set_of[from] = Some(sets.len());
            let duals = &self.nodes[outer[from].0].duals;
            let prices = self.lp.prices(problem, frame.tier, duals).repaired(problem, frame.tier);
            let near: Vec<usize> = (from + 1..outer.len()).filter(|&i| set_of[i].is_none()).take(NEAR).collect();
            let lists: Vec<&[Restriction]> = near.iter().map(|&i| restrictions[i].as_slice()).collect();
            let proved = frame.prove_all(problem, costs, &prices, &lists);
            for (&i, _) in near.iter().zip(proved).filter(|(_, bound)| *bound >= least) {
                set_of[i] = Some(sets.len());
            }
            sets.push(prices);
        }
        (set_of.into_iter().map(|set| set.unwrap_or(0)).collect(), sets)
    }
}
