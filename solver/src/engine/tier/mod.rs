//! One tier: lower its value within the limits of the tiers before, and prove how low it can go.
//!
//! Local search, the relaxation and its rounding come first; then two lanes run side by side until they meet: branch
//! and bound raises the bound, annealing and fix-and-optimise lower the value.

mod settings;

mod repair;

mod guide;

mod lanes;

mod large;

use super::branch::Branching;
use super::context::{Context, SEARCHED_UNITS_MAX, TierReached};
use super::observe::Phase;
use super::relax::ascent;
use super::relax::cuts::strengthened;
use super::relax::lp::Lp;
use super::relax::price::{By, Ended, Priced, price_on};
use super::relax::simplex::Basis;
use crate::index::{LoadIndex, UnitIndex};
use crate::plan::Limit;
use crate::problem::Problem;
use crate::problem::rows::Row;
use crate::proof::evidence::Evidence;
use crate::proof::pricer::Pricer;
use crate::proof::prices::Prices;
use crate::score::State;
use lanes::close_gap;
use large::{anneal_around, lower};
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use large::repair_large;
pub(crate) use repair::repair;
pub(crate) use settings::RETURNS_WORK;

/// Units that are split first, at most: each may take a branch a leaf.
const GIANTS_MAX: usize = 3;
/// Part of a tier's time in which bands are sought before anything is priced.
const UNPRICED_PART: f64 = 0.6;

/// What is known of a tier from before, under the same limits and at the same anchors.
#[derive(Default)]
pub(crate) struct Known {
    pub priced: Option<Priced>,
    pub evidence: Option<Evidence>,
    /// The tree of branches, as far as it has grown; its relaxation was rounded then.
    pub branching: Option<Branching>,
}

/// Works on one tier from `start`, which is within all limits. The relaxation is handed back where it was come to.
pub(crate) fn solve_tier(context: &Context, start: State, guide: &[f64], known: Known) -> TierReached {
    let problem = context.problem();
    let evidence = Evidence::none(problem, context.tier);
    let mut reached = TierReached {
        state: start,
        bound: context.floor,
        evidence,
        limit: None,
        rounded: false,
        priced: known.priced,
        branching: known.branching,
    };
    if let Some(evidence) = known.evidence {
        context.claim(&mut reached, evidence);
    }
    context.report(Phase::Improve, &reached.state, reached.bound);
    if context.is_done(&reached) {
        return left(context, reached);
    }
    // 1. Local search from the start.
    let found = context.search(reached.state.clone(), guide, 1);
    context.take(&mut reached, found);
    if context.is_done(&reached) {
        return left(context, reached);
    }
    if reached.branching.is_some() {
        return go_on(context, reached);
    }
    if is_annealed_first(context, &mut reached) {
        return left(context, reached);
    }
    // 2. The relaxation: its prices are the first proof, its basis the root of the branches.
    context.report(Phase::Bound, &reached.state, reached.bound);
    let priced = match reached.priced.take() {
        Some(priced) if !priced.is_cut_short() => priced,
        before => price_on(problem, context.model.costs, context.frame, before.as_ref(), context.clock),
    };
    context.claim(&mut reached, Evidence::of(priced.prices.clone()));
    if context.is_done(&reached) {
        reached.priced = Some(priced);
        return left(context, reached);
    }
    let (lp, basis) = match &priced.by {
        By::Simplex(lp, basis) => (lp, basis),
        By::Ascent(ascent) => {
            lower(context, &mut reached, ascent, &priced.prices, &priced.leaf_of);
            reached.priced = Some(priced);
            return reached;
        }
    };
    // 3. Its rounding, made to fit. What the rounding breaks is no measure of what is allowed: the best plan's is.
    let reduced = Pricer::new(problem, context.model.costs, context.tier, &priced.prices).matrix();
    let rounded = State::new(context.model, priced.leaf_of.clone());
    // Of a relaxation that failed there is nothing to round.
    if priced.ended != Ended::Failed {
        let found = repair(context, &rounded, &reduced, &priced.prices);
        let better = context.take(&mut reached, found);
        if !better && context.model.units <= SEARCHED_UNITS_MAX {
            let found = context.search_under(&reached.state, rounded, &reduced, 2);
            context.take(&mut reached, found);
        }
    }
    let branching = branching(context, &mut reached, (lp, basis));
    (reached.priced, reached.branching) = (Some(priced), Some(branching));
    go_on(context, reached)
}

/// In a book whose relaxations are solved by ascent, bands are sought by annealing before anything is priced: that needs no
/// prices, and where every band is met they prove nothing more. Tells whether nothing is left to do.
fn is_annealed_first(context: &Context, reached: &mut TierReached) -> bool {
    let (problem, costs) = (context.problem(), context.model.costs);
    if reached.priced.is_some() || costs.has(context.tier) || !ascent::is_due(problem) {
        return false;
    }
    let Some(ascent) = ascent::unpriced(problem, costs, context.frame) else { return false };
    let part = context.clock.slice(UNPRICED_PART);
    anneal_around(&Context { clock: &part, ..*context }, reached, &ascent, &Prices::none(problem, context.tier));
    context.clock.absorb(&part);
    reached.limit = None;
    context.is_done(reached)
}

/// The root of the branches: the relaxation, with cuts where they close a part of the gap.
fn branching(context: &Context, reached: &mut TierReached, (lp, basis): (&Arc<Lp>, &Basis)) -> Branching {
    let (problem, value) = (context.problem(), context.value(&reached.state));
    let giants = giants(problem, lp);
    let costs = context.model.costs.has(context.tier);
    let cut = if costs { strengthened(problem, context.frame, (lp, basis), value, context.clock) } else { None };
    let Some((lp, basis)) = cut else { return Branching::new(lp, basis, giants) };
    let branching = Branching::new(&lp, &basis, giants);
    context.claim(reached, Evidence::of(branching.root_prices(problem, context.tier)));
    branching
}

/// 4. Bound and value, until they meet.
fn go_on(context: &Context, mut reached: TierReached) -> TierReached {
    reached.rounded = !context.clock.is_over();
    if context.is_done(&reached) {
        return left(context, reached);
    }
    if let Some(mut branching) = reached.branching.take() {
        close_gap(context, &mut reached, &mut branching);
        reached.branching = Some(branching);
    }
    reached
}

/// What was reached, with what ended the work where it is not proved.
fn left(context: &Context, mut reached: TierReached) -> TierReached {
    let proved = context.is_proved(context.value(&reached.state), reached.bound);
    reached.limit = (!proved).then(|| context.clock.limit().unwrap_or(Limit::Stalled));
    reached
}

/// The units that fit no leaf, by their numbers in the program, the largest first. Where they go decides what all others may
/// do, and a relaxation that has them whole says nothing of the other leaves.
fn giants(problem: &Problem, lp: &Lp) -> Vec<u32> {
    let is_leaf = |row: &&Row| problem.tree.leaves.iter().any(|&leaf| leaf == row.node);
    let mut most: HashMap<LoadIndex, i64> = HashMap::new();
    for row in problem.rows.rows.iter().filter(is_leaf) {
        let room = most.entry(row.load).or_insert(i64::MIN);
        *room = (*room).max(row.limits.most);
    }
    let size = |unit: UnitIndex| {
        let of =
            |(load, room): (&LoadIndex, &i64)| problem.rows.loads[*load].amounts[unit] as f64 / (*room).max(1) as f64;
        most.iter().map(of).fold(0.0, f64::max)
    };
    let sizes = lp.units.iter().enumerate().map(|(number, &unit)| (size(unit), number as u32));
    let mut giants: Vec<(f64, u32)> = sizes.filter(|(size, _)| *size > 1.0).collect();
    giants.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    giants.truncate(GIANTS_MAX);
    giants.into_iter().map(|(_, number)| number).collect()
}
