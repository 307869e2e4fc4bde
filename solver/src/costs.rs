//! Separable costs: what a unit adds to a tier's value by going to a leaf.

use crate::problem::Problem;
use crate::problem::rows::Moves;
use crate::problem::tiers::Kind;
use crate::space::Point;
use rayon::prelude::*;

/// Per tier a matrix of units × leaves, row by row; empty when the tier has no separable criterion.
#[derive(Debug, Clone)]
pub(crate) struct Costs {
    pub tiers: Vec<Vec<f64>>,
    pub anchors: Vec<Option<Point>>,
    leaves: usize,
}

impl Costs {
    /// `anchors` has one entry for each leaf; without one, nothing there is near or far.
    pub fn of(problem: &Problem, anchors: &[Option<Point>]) -> Costs {
        let leaves = problem.tree.leaves.len();
        let tiers = (problem.tiers.iter())
            .map(|tier| {
                let mut matrix = Vec::new();
                for criterion in &tier.criteria {
                    match criterion.kind {
                        Kind::Bands(_) => {}
                        Kind::Continuity { measure } => add_continuity(problem, measure, criterion.weight, &mut matrix),
                        Kind::Compactness { distance } => {
                            add_compactness(problem, anchors, distance, criterion.weight, &mut matrix)
                        }
                    }
                }
                matrix
            })
            .collect();
        Costs { tiers, anchors: anchors.to_vec(), leaves }
    }

    /// The matrix of one separable criterion alone.
    pub fn of_criterion(problem: &Problem, all: &Costs, tier: usize, criterion: usize) -> Vec<f64> {
        let data = &problem.tiers[tier].criteria[criterion];
        let mut matrix = Vec::new();
        match data.kind {
            Kind::Bands(_) => {}
            Kind::Continuity { measure } => add_continuity(problem, measure, data.weight, &mut matrix),
            Kind::Compactness { distance } => {
                add_compactness(problem, &all.anchors, distance, data.weight, &mut matrix)
            }
        }
        matrix_for(problem, &mut matrix);
        matrix
    }

    /// What unit `unit` adds to tier `tier` at leaf `leaf`.
    pub fn at(&self, tier: usize, unit: usize, leaf: usize) -> f64 {
        self.tiers[tier].get(unit * self.leaves + leaf).copied().unwrap_or(0.0)
    }

    /// Writes what unit `unit` adds to tier `tier` at every leaf.
    pub fn copy(&self, tier: usize, unit: usize, out: &mut [f64]) {
        match self.tiers[tier].get(unit * self.leaves..(unit + 1) * self.leaves) {
            Some(row) => out.copy_from_slice(row),
            None => out.fill(0.0),
        }
    }

    /// A usual cost of one unit in the tier: the mean over a fixed few.
    pub fn usual(&self, tier: usize) -> f64 {
        let few = self.tiers[tier].iter().take(1_000);
        let count = few.len().max(1) as f64;
        few.sum::<f64>() / count
    }

    /// Whether the tier has a separable criterion that tells leaves apart.
    pub fn has(&self, tier: usize) -> bool {
        !self.tiers[tier].is_empty()
    }
}

fn matrix_for<'a>(problem: &Problem, matrix: &'a mut Vec<f64>) -> &'a mut Vec<f64> {
    if matrix.is_empty() {
        matrix.resize(problem.units.count() * problem.tree.leaves.len(), 0.0);
    }
    matrix
}

fn add_continuity(problem: &Problem, measure: usize, weight: f64, matrix: &mut Vec<f64>) {
    let moves = Moves::of(&problem.accounts, &problem.units, &problem.measures[measure].amounts, None);
    if moves.total == 0 {
        return;
    }
    let leaves = problem.tree.leaves.len();
    for (i, cell) in matrix_for(problem, matrix).iter_mut().enumerate() {
        let territory = problem.tree.territory_of_leaf[i % leaves];
        *cell += weight * (moves.amount(i / leaves, territory) as f64 / moves.total as f64);
    }
}

fn add_compactness(problem: &Problem, anchors: &[Option<Point>], distance: bool, weight: f64, matrix: &mut Vec<f64>) {
    let located = problem.accounts.places.iter().flatten().count();
    if located == 0 {
        return;
    }
    let leaves = problem.tree.leaves.len();
    let matrix = matrix_for(problem, matrix);
    matrix.par_chunks_mut(leaves).enumerate().with_min_len(1024).for_each(|(unit, row)| {
        for place in problem.units.members(unit).iter().filter_map(|&a| problem.accounts.places[a]) {
            for (cell, anchor) in row.iter_mut().zip(anchors) {
                let Some(anchor) = anchor else { continue };
                let km = place.distance_km(*anchor);
                *cell += weight * if distance { km } else { km * km } / located as f64;
            }
        }
    });
}
