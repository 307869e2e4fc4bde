//! One tier: lower its value within the limits of the tiers before, and prove how low it can go.
//!
//! Local search, the relaxation and its rounding come first; then two lanes run side by side until they meet: branch
//! and bound raises the bound, annealing and fix-and-optimise lower the value.

mod settings;

mod repair;

mod guide;

mod lanes;

use super::branch::Branching;
use super::context::{Context, SEARCHED_UNITS_MAX, TierReached};
use super::observe::Phase;
use super::relax::price::{Ended, Priced, price};
use crate::proof::bound::Pricer;
use crate::proof::evidence::Evidence;
use crate::score::State;
use lanes::close_gap;

pub(crate) use repair::repair;
pub(crate) use settings::RETURNS_WORK;

/// What is known of a tier from before, under the same limits and at the same anchors.
#[derive(Default)]
pub(crate) struct Known {
    pub priced: Option<Priced>,
    pub evidence: Option<Evidence>,
}

/// Works on one tier from `start`, which is within all limits. The relaxation is handed back where it was come to.
pub(crate) fn solve_tier(context: &Context, start: State, guide: &[f64], known: Known) -> TierReached {
    let problem = context.problem();
    let evidence = Evidence::none(problem, context.tier);
    let mut reached =
        TierReached { state: start, bound: context.floor, evidence, limit: None, rounded: false, priced: None };
    if let Some(evidence) = known.evidence {
        context.claim(&mut reached, evidence);
    }
    context.report(Phase::Improve, &reached.state, reached.bound);
    if context.is_done(&reached) {
        return reached;
    }
    // 1. Local search from the start.
    let found = context.search(reached.state.clone(), guide, 1);
    context.take(&mut reached, found);
    if context.is_done(&reached) {
        return reached;
    }
    // 2. The relaxation: its prices are the first proof, its basis the root of the branches.
    context.report(Phase::Bound, &reached.state, reached.bound);
    let priced = known.priced.unwrap_or_else(|| price(problem, context.model.costs, context.frame, context.clock));
    let mut branching = Branching::new(&priced.lp, &priced.basis);
    context.claim(&mut reached, Evidence::of(priced.prices.clone()));
    if context.is_done(&reached) {
        return reached;
    }
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
    reached.rounded = !context.clock.is_over();
    // 4. Bound and value, until they meet.
    if !context.is_done(&reached) {
        close_gap(context, &mut reached, &mut branching);
    }
    reached.priced = Some(priced);
    reached
}
