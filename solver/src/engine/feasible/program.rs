//! The least breach of the hard rules as a linear program, at one node of the tree.

use crate::engine::clock::Clock;
use crate::engine::relax::lp::Lp;
use crate::engine::relax::simplex::{Basis, End, Simplex};
use crate::index::{Keyed, LeafIndex, LeafSet, Number, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::lines::Open;
use crate::proof::prices::Prices;
use std::rc::Rc;

/// Simplex iterations of a node, at most.
const ITERATIONS_MAX: u64 = 20_000;
/// Simplex iterations between looks at the clock.
const ITERATIONS: usize = 50;

/// Solves the program for one node after another.
pub(super) struct Program<'a> {
    lp: &'a Lp,
    simplex: Simplex<'a>,
    /// Before anything is solved.
    first: Basis,
}

/// What the program says of a node.
pub(super) struct Relaxed {
    /// For each whole of what the lines count; not whole numbers.
    pub prices: Prices,
    /// The leaf with the largest part of each unit.
    pub rounded: Keyed<UnitIndex, LeafIndex>,
    /// Units at several leaves, with how much is at each.
    pub fractions: Vec<(UnitIndex, Vec<(LeafIndex, f64)>)>,
    pub basis: Rc<Basis>,
}

impl<'a> Program<'a> {
    pub fn new(lp: &'a Lp) -> Program<'a> {
        let simplex = Simplex::new(lp);
        Program { lp, first: simplex.basis(), simplex }
    }

    /// Solves it with the units at the leaves open to them, from `basis` on.
    pub fn solve(&mut self, problem: &Problem, open: &Open, basis: Option<&Basis>, clock: &Clock) -> Relaxed {
        let (lp, simplex) = (self.lp, &mut self.simplex);
        let shuts = |u: &usize| {
            let costs = lp.cost[u * lp.leaves..(u + 1) * lp.leaves].iter().enumerate();
            costs.filter(|(_, cost)| cost.is_finite()).any(|(l, _)| !open.has(lp.units[*u], LeafIndex::new(l)))
        };
        let narrowed = (0..lp.units.len()).filter(shuts);
        let restrictions: Vec<(u32, LeafSet)> =
            narrowed.map(|u| (u as u32, open.leaves(lp.units[u]).collect())).collect();
        simplex.load(basis.unwrap_or(&self.first), &restrictions);
        let first = simplex.iterations;
        let mut end = End::Limit;
        while end == End::Limit && simplex.iterations - first < ITERATIONS_MAX && !clock.is_over() {
            let before = simplex.iterations;
            end = simplex.solve(f64::INFINITY, ITERATIONS);
            clock.count(((simplex.iterations - before) as f64 * lp.effort()) as u64 + 1);
        }
        let part = |(leaf, part): (u32, f64)| (LeafIndex::new(leaf as usize), part);
        let unit = |(u, parts): (u32, Vec<(u32, f64)>)| (lp.units[u as usize], parts.into_iter().map(part).collect());
        Relaxed {
            prices: lp.prices(problem, TierIndex::FIRST, simplex.duals()),
            // The program is over all units, in their order.
            rounded: simplex.rounded().into(),
            fractions: simplex.fractions().into_iter().map(unit).collect(),
            basis: Rc::new(simplex.basis()),
        }
    }
}
