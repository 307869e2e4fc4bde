//! Separable costs: what a unit adds to a tier's value by going to a leaf.

use crate::index::{Keyed, LeafIndex, NodeIndex, Number, Span, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::budget::Moves;
use crate::problem::criteria::{Criterion, Kind, continuity, incumbent};
use crate::problem::steps::Steps;
use crate::problem::tiers::Tier;
use crate::problem::tree::Anchors;
use crate::problem::units::Starts;
use crate::space::Point;
use rayon::prelude::*;
use std::sync::Arc;

/// Cells up to which a tier's costs are held as a matrix; beyond, they are worked out when asked for.
const CELLS_MAX: usize = 40_000_000;

/// Per tier what every unit costs at every leaf.
#[derive(Debug, Clone)]
pub(crate) struct Costs {
    tiers: Keyed<TierIndex, Arc<Cells>>,
    /// The number that every value of the tier is a multiple of; 0: none is known.
    multiples: Keyed<TierIndex, f64>,
    pub anchors: Anchors,
    leaves: usize,
}

#[derive(Debug, Clone)]
enum Cells {
    /// Units × leaves, row by row; empty when the tier has no separable criterion.
    Matrix(Vec<f64>),
    Terms(Vec<Term>),
}

/// One separable criterion.
#[derive(Debug, Clone)]
enum Term {
    /// What leaves its owner, each whole of it at this weight.
    Moves(Moves, f64),
    /// What leaves its incumbent: for each unit what one departure costs, and by leaf how many there are.
    Incumbent(Keyed<UnitIndex, f64>, Keyed<LeafIndex, usize>),
    Near(Near),
}

/// Distances to anchors.
#[derive(Debug, Clone)]
struct Near {
    /// Places of all units' accounts with what they count.
    places: Vec<(Point, f64)>,
    starts: Starts,
    /// The leaves below each node that counts, its anchor, and what a km (or km²) there costs.
    nodes: Vec<(Span<LeafIndex>, Point, f64)>,
    /// Which of them each leaf is below, in their order.
    of_leaf: Keyed<LeafIndex, Vec<usize>>,
    distance: bool,
}

impl Costs {
    /// At nodes without an anchor nothing is near or far.
    pub fn of(problem: &Problem, anchors: &Anchors) -> Costs {
        Costs::held(problem, anchors, CELLS_MAX)
    }

    /// The same, each cost worked out when it is asked for: where few of them are.
    pub fn looked_up(problem: &Problem, anchors: &Anchors) -> Costs {
        Costs::held(problem, anchors, 0)
    }

    /// Held as matrices in books of up to `most` cells.
    fn held(problem: &Problem, anchors: &Anchors, most: usize) -> Costs {
        let (units, leaves) = (problem.units.count(), problem.tree.leaves.len());
        let cells = |tier: &Tier| {
            let terms: Vec<Term> = tier.criteria.iter().filter_map(|c| Term::of(problem, anchors, c)).collect();
            if terms.is_empty() || units * leaves > most {
                return if terms.is_empty() { Cells::Matrix(Vec::new()) } else { Cells::Terms(terms) };
            }
            let mut matrix = vec![0.0; units * leaves];
            let row =
                |(unit, row): (usize, &mut [f64])| terms.iter().for_each(|term| term.add(UnitIndex::new(unit), row));
            matrix.par_chunks_mut(leaves).enumerate().with_min_len(1024).for_each(row);
            Cells::Matrix(matrix)
        };
        let tiers = problem.tiers.map(|tier| Arc::new(cells(tier)));
        Costs { tiers, multiples: problem.tiers.map(|tier| multiple(problem, tier)), anchors: anchors.clone(), leaves }
    }

    /// The same of the problem with these steps as tiers, which cost nothing themselves.
    pub fn with_steps(&self, steps: &Steps) -> Costs {
        let cells = |(t, step): (TierIndex, usize)| match step {
            0 => Arc::clone(&self.tiers[t]),
            _ => Arc::new(Cells::Matrix(Vec::new())),
        };
        let multiple = |(t, step): (TierIndex, usize)| if step == 0 { self.multiples[t] } else { 0.0 };
        Costs {
            tiers: steps.order().map(cells).collect(),
            multiples: steps.order().map(multiple).collect(),
            anchors: self.anchors.clone(),
            leaves: self.leaves,
        }
    }

    /// No costs, for a problem without tiers: nothing is better or worse.
    pub fn none(problem: &Problem) -> Costs {
        let tiers = vec![Arc::new(Cells::Matrix(Vec::new()))].into();
        Costs {
            tiers,
            multiples: vec![0.0].into(),
            anchors: problem.tree.nodes.map(|_| None),
            leaves: problem.tree.leaves.len(),
        }
    }

    /// What one separable criterion alone costs when each unit goes to its leaf; 0 for others.
    pub fn of_criterion(
        &self,
        problem: &Problem,
        tier: TierIndex,
        criterion: usize,
        leaf_of: &Keyed<UnitIndex, LeafIndex>,
    ) -> f64 {
        let term = Term::of(problem, &self.anchors, &problem.tiers[tier].criteria[criterion]);
        term.map_or(0.0, |term| leaf_of.pairs().map(|(unit, &leaf)| term.at(unit, leaf)).sum())
    }

    /// What unit `unit` adds to tier `tier` at leaf `leaf`.
    pub fn at(&self, tier: TierIndex, unit: UnitIndex, leaf: LeafIndex) -> f64 {
        match &*self.tiers[tier] {
            Cells::Matrix(matrix) => matrix.get(unit.get() * self.leaves + leaf.get()).copied().unwrap_or(0.0),
            Cells::Terms(terms) => terms.iter().map(|term| term.at(unit, leaf)).sum(),
        }
    }

    /// Writes what unit `unit` adds to tier `tier` at every leaf.
    pub fn copy(&self, tier: TierIndex, unit: UnitIndex, out: &mut [f64]) {
        out.fill(0.0);
        match &*self.tiers[tier] {
            Cells::Matrix(matrix) if matrix.is_empty() => {}
            Cells::Matrix(matrix) => out.copy_from_slice(&matrix[unit.get() * self.leaves..][..self.leaves]),
            Cells::Terms(terms) => terms.iter().for_each(|term| term.add(unit, out)),
        }
    }

    /// The tier's costs, units × leaves; empty where they are not held.
    pub fn matrix(&self, tier: TierIndex) -> &[f64] {
        match &*self.tiers[tier] {
            Cells::Matrix(matrix) => matrix,
            Cells::Terms(_) => &[],
        }
    }

    /// The number that every value of the tier is a multiple of; 0: none is known.
    pub fn multiple(&self, tier: TierIndex) -> f64 {
        self.multiples[tier]
    }

    /// A usual cost of one unit in the tier: the mean over a fixed few.
    pub fn usual(&self, tier: TierIndex) -> f64 {
        let few = self.matrix(tier).iter().take(1_000);
        let count = few.len().max(1) as f64;
        few.sum::<f64>() / count
    }

    /// Whether the tier has a separable criterion that tells leaves apart.
    pub fn has(&self, tier: TierIndex) -> bool {
        !matches!(&*self.tiers[tier], Cells::Matrix(matrix) if matrix.is_empty())
    }
}

impl Term {
    fn of(problem: &Problem, anchors: &Anchors, criterion: &Criterion) -> Option<Term> {
        match &criterion.kind {
            Kind::Bands(_) => None,
            Kind::Continuity { measure } => {
                let moves = continuity::moves(&problem.facts(), *measure);
                (moves.total > 0).then_some(Term::Moves(moves, criterion.weight))
            }
            Kind::Incumbent { measure } => {
                let departures = incumbent::departures(&problem.tree);
                let load = &problem.rows.loads[problem.rows.load_of(*measure)];
                let part = |&amount: &i64| criterion.weight * (amount as f64 / load.total as f64);
                let counts = load.total > 0 && departures.iter().any(|&d| d != 0);
                counts.then(|| Term::Incumbent(load.amounts.map(part), departures))
            }
            Kind::Compactness { distance, weights } => {
                let located = problem.facts().located_weight();
                let per = criterion.weight / located;
                let mut places = Vec::new();
                let mut starts = Starts::with_capacity(problem.units.count());
                for members in problem.units.all_members() {
                    places.extend(members.iter().filter_map(|&a| problem.accounts.located(a)));
                    starts.end(places.len());
                }
                let counts = |n: NodeIndex| {
                    let anchor = anchors[n].filter(|_| weights[n] > 0.0)?;
                    Some((problem.tree.nodes[n].leaves, anchor, per * weights[n]))
                };
                let nodes: Vec<_> = problem.tree.nodes.keys().iter().filter_map(counts).collect();
                let mut of_leaf = problem.tree.leaves.map(|_| Vec::new());
                for (at, (leaves, ..)) in nodes.iter().enumerate() {
                    leaves.iter().for_each(|leaf| of_leaf[leaf].push(at));
                }
                (located > 0.0).then_some(Term::Near(Near { places, starts, nodes, of_leaf, distance: *distance }))
            }
        }
    }

    fn at(&self, unit: UnitIndex, leaf: LeafIndex) -> f64 {
        match self {
            Term::Moves(moves, weight) => weight * (moves.amount(unit, leaf) as f64 / moves.total as f64),
            Term::Incumbent(parts, departures) => parts[unit] * departures[leaf] as f64,
            Term::Near(near) => {
                let mut sum = 0.0;
                for (place, counts) in near.places_of(unit) {
                    for &at in &near.of_leaf[leaf] {
                        let (_, anchor, per) = near.nodes[at];
                        sum += counts * near.cost(*place, anchor, per);
                    }
                }
                sum
            }
        }
    }

    /// Adds what the unit costs at every leaf.
    fn add(&self, unit: UnitIndex, row: &mut [f64]) {
        match self {
            Term::Moves(..) | Term::Incumbent(..) => {
                row.iter_mut().enumerate().for_each(|(leaf, cell)| *cell += self.at(unit, LeafIndex::new(leaf)))
            }
            Term::Near(near) => {
                for (place, counts) in near.places_of(unit) {
                    for (leaves, anchor, per) in &near.nodes {
                        let cost = counts * near.cost(*place, *anchor, *per);
                        row[leaves.places()].iter_mut().for_each(|cell| *cell += cost);
                    }
                }
            }
        }
    }
}

/// The number that every value of a tier is a multiple of, where its only criterion is continuity; else 0.
fn multiple(problem: &Problem, tier: &Tier) -> f64 {
    let [Criterion { kind: Kind::Continuity { measure }, weight, .. }] = tier.criteria.as_slice() else { return 0.0 };
    let moves = continuity::moves(&problem.facts(), *measure);
    if moves.total > 0 { weight * (moves.step() as f64 / moves.total as f64) } else { 0.0 }
}

impl Near {
    fn places_of(&self, unit: UnitIndex) -> &[(Point, f64)] {
        &self.places[self.starts.of(unit)]
    }

    fn cost(&self, place: Point, anchor: Point, per: f64) -> f64 {
        let km = place.distance_km(anchor);
        per * if self.distance { km } else { km * km }
    }
}
