//! What proves a tier's bound: prices, and where they do not suffice a tree of branches with prices of their own.
//!
//! Shared by the engine, which writes it, and the checker, which reads it back and proves the bound anew.

use crate::problem::Problem;
use crate::proof::bound::{Frame, Prices, Restriction};
use crate::proof::certificate::{Branch, Price, PriceSet, PricedRow, TierCertificate};
use crate::proof::costs::Costs;
use rayon::prelude::*;
use std::collections::HashMap;

/// A node of the tree, in preorder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fork {
    /// The unit goes to a leaf in the mask in the first child, to one outside it in the second.
    Split { unit: usize, mask: u64 },
    /// Proved by the prices with this index.
    Outer(usize),
}

/// Prices and the tree; without a tree the first prices hold for everything.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub sets: Vec<Prices>,
    pub forks: Vec<Fork>,
}

impl Evidence {
    pub fn of(prices: Prices) -> Evidence {
        Evidence { sets: vec![prices], forks: Vec::new() }
    }

    /// Each unit alone.
    pub fn none(problem: &Problem, tier: usize) -> Evidence {
        Evidence::of(Prices::none(problem, tier))
    }

    /// The bound it proves, at least the floor; 0 when the tree does not hold together.
    pub fn prove(&self, problem: &Problem, costs: &Costs, frame: &Frame) -> f64 {
        let floor = frame.floor(problem).max(0.0);
        let Some(outer) = self.outer() else { return floor };
        let mut of_set: Vec<Vec<&[Restriction]>> = vec![Vec::new(); self.sets.len()];
        for (set, restrictions) in &outer {
            match of_set.get_mut(*set) {
                Some(list) => list.push(restrictions),
                None => return floor,
            }
        }
        let least = (self.sets.par_iter().zip(&of_set).filter(|(_, list)| !list.is_empty()))
            .map(|(prices, list)| {
                let prices = prices.repaired(problem, frame.tier);
                frame.prove_all(problem, costs, &prices, list).into_iter().fold(f64::INFINITY, least)
            })
            .reduce(|| f64::INFINITY, least);
        if least.is_nan() { floor } else { least.max(floor) }
    }

    /// The outer nodes with what holds there; `None` when the tree does not hold together.
    pub fn outer(&self) -> Option<Vec<(usize, Vec<Restriction>)>> {
        if self.forks.is_empty() {
            return Some(vec![(0, Vec::new())]);
        }
        let mut outer = Vec::new();
        // What holds at nodes still to come, the next one last.
        let mut open: Vec<Vec<Restriction>> = vec![Vec::new()];
        for fork in &self.forks {
            let at = open.pop()?;
            match *fork {
                Fork::Outer(set) => outer.push((set, at)),
                Fork::Split { unit, mask } => {
                    open.push(narrowed(&at, (unit, !mask)));
                    open.push(narrowed(&at, (unit, mask)));
                }
            }
        }
        open.is_empty().then_some(outer)
    }

    /// As it is written out, with the bound it proves.
    pub fn written(&self, problem: &Problem, frame: &Frame, bound: f64) -> TierCertificate {
        let names = row_names(problem);
        let all = |prices: &Prices| -> Vec<f64> { prices.rows.iter().chain(&prices.budgets).copied().collect() };
        let root = all(&self.sets[0]);
        let priced = |(at, price): (usize, &f64)| Price {
            row: names[at].0.clone(),
            node_id: names[at].1.clone(),
            price: *price,
        };
        let rest: Vec<Vec<f64>> = self.sets[1..].iter().map(all).collect();
        let used: Vec<usize> = (0..names.len()).filter(|&r| rest.iter().any(|set| set[r] != 0.0)).collect();
        let leaf_id = |leaf: usize| problem.tree.nodes[problem.tree.leaves[leaf]].id.clone();
        let fork = |fork: &Fork| match *fork {
            Fork::Outer(set) => Branch { account_id: String::new(), node_ids: Vec::new(), price_set: set },
            Fork::Split { unit, mask } => Branch {
                account_id: problem.accounts.ids[problem.units.members(unit)[0]].clone(),
                node_ids: (0..problem.tree.leaves.len()).filter(|l| mask >> l & 1 == 1).map(leaf_id).collect(),
                price_set: 0,
            },
        };
        TierCertificate {
            prices: root.iter().enumerate().filter(|(_, p)| **p != 0.0).map(priced).collect(),
            tier_prices: self.sets[0].tiers.clone(),
            bound,
            tier_limits: frame.limits.clone(),
            lumpiness_floor: frame.floor(problem),
            rows: used.iter().map(|&r| PricedRow { row: names[r].0.clone(), node_id: names[r].1.clone() }).collect(),
            price_sets: (rest.iter().zip(&self.sets[1..]))
                .map(|(set, prices)| PriceSet {
                    prices: used.iter().map(|&r| set[r]).collect(),
                    tier_prices: prices.tiers.clone(),
                })
                .collect(),
            branches: self.forks.iter().map(fork).collect(),
        }
    }
}

/// The lesser, and not a number as soon as one is none.
fn least(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

fn narrowed(at: &[Restriction], to: Restriction) -> Vec<Restriction> {
    let mut all = at.to_vec();
    match all.iter_mut().find(|(unit, _)| *unit == to.0) {
        Some((_, mask)) => *mask &= to.1,
        None => all.push(to),
    }
    all
}

/// Name and node of each row, then of each budget.
fn row_names(problem: &Problem) -> Vec<(String, String)> {
    let id = |node: usize| problem.tree.nodes[node].id.clone();
    let rows = problem.rows.rows.iter().map(|row| (row.name.clone(), id(row.node)));
    let budgets = problem.rows.budgets.iter().map(|b| (b.name.clone(), b.node.map_or(String::new(), id)));
    rows.chain(budgets).collect()
}

/// Reads certificates of one problem.
pub(crate) struct Reader<'a> {
    problem: &'a Problem,
    row_at: HashMap<(String, String), usize>,
    leaf_at: HashMap<&'a str, usize>,
}

impl<'a> Reader<'a> {
    pub fn new(problem: &'a Problem) -> Reader<'a> {
        let row_at = row_names(problem).into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        let leaf_at = problem.tree.leaves.iter().enumerate().map(|(l, &n)| (problem.tree.nodes[n].id.as_str(), l));
        Reader { problem, row_at, leaf_at: leaf_at.collect() }
    }

    /// The evidence of tier `tier`.
    ///
    /// # Errors
    /// What it names that is not there, as one sentence.
    pub fn read(&self, tier: usize, said: &TierCertificate) -> Result<Evidence, String> {
        let mut root = Prices::none(self.problem, tier);
        for price in &said.prices {
            set(&mut root, self.row(&price.row, &price.node_id)?, price.price);
        }
        copy_tiers(&mut root, &said.tier_prices)?;
        let rows: Vec<usize> = said.rows.iter().map(|r| self.row(&r.row, &r.node_id)).collect::<Result<_, _>>()?;
        let mut sets = vec![root];
        for priced in &said.price_sets {
            let mut prices = Prices::none(self.problem, tier);
            if priced.prices.len() != rows.len() {
                return Err(format!("{} prices for {} rows", priced.prices.len(), rows.len()));
            }
            rows.iter().zip(&priced.prices).for_each(|(&row, &price)| set(&mut prices, row, price));
            copy_tiers(&mut prices, &priced.tier_prices)?;
            sets.push(prices);
        }
        let forks = said.branches.iter().map(|branch| self.fork(branch)).collect::<Result<_, _>>()?;
        Ok(Evidence { sets, forks })
    }

    fn row(&self, row: &str, node_id: &str) -> Result<usize, String> {
        let at = self.row_at.get(&(row.to_owned(), node_id.to_owned())).copied();
        at.ok_or_else(|| format!("there is no row {row:?} at {node_id:?}"))
    }

    fn fork(&self, branch: &Branch) -> Result<Fork, String> {
        if branch.account_id.is_empty() {
            return Ok(Fork::Outer(branch.price_set));
        }
        if self.problem.tree.leaves.len() > 64 {
            return Err("a tree of more than 64 leaves has no branches".into());
        }
        let account = self.problem.account(&branch.account_id);
        let account = account.ok_or_else(|| format!("there is no account {:?}", branch.account_id))?;
        let mut mask = 0_u64;
        for id in &branch.node_ids {
            match self.leaf_at.get(id.as_str()) {
                Some(&leaf) => mask |= 1 << leaf,
                None => return Err(format!("{id:?} is no leaf")),
            }
        }
        Ok(Fork::Split { unit: self.problem.units.of[account], mask })
    }
}

/// Rows first, then budgets.
fn set(prices: &mut Prices, at: usize, price: f64) {
    let rows = prices.rows.len();
    *if at < rows { &mut prices.rows[at] } else { &mut prices.budgets[at - rows] } = price;
}

fn copy_tiers(prices: &mut Prices, said: &[f64]) -> Result<(), String> {
    if said.len() != prices.tiers.len() {
        return Err(format!("{} prices of earlier tiers for {}", said.len(), prices.tiers.len()));
    }
    prices.tiers.copy_from_slice(said);
    Ok(())
}
