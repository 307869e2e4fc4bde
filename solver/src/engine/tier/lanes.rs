//! The two lanes: branches that raise the bound, and a search that lowers the value, side by side until they meet.

use super::guide::Guide;
use super::settings::{
    BRANCH_SLICE, BRANCH_WORK, COLD, COOLER, FREED_MAX, FREED_MIN, FREED_UNITS, HOT, LANES, NEAR_TIED, RETURNS_A_UNIT,
    RETURNS_GAIN, RETURNS_LEAST, RETURNS_ROUNDS, RETURNS_WORK, RISES, SCALE_MAX, SINKS, SMALL_UNITS, STEPS_A_SECOND,
    STEPS_A_UNIT, STEPS_MAX, TIRED_ROUNDS, TIRED_ROUNDS_MIN, TIRED_UNITS,
};
use crate::engine::branch::Branching;
use crate::engine::clock::Clock;
use crate::engine::context::{Context, TierReached};
use crate::engine::observe::Phase;
use crate::engine::search::anneal::{Cooling, anneal};
use crate::engine::search::fix_and_optimise::free_and_solve;
use crate::engine::search::neighbourhood::Neighbourhood;
use crate::engine::search::small::{anneal_small, is_small};
use crate::index::LeafIndex;
use crate::plan::Limit;
use crate::score::State;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// A plan found by a lane, and whether its sub-problem was solved to its optimum.
type Found = (Option<State>, bool);

/// Raises the bound and lowers the value side by side until they meet or the clock runs out.
pub(super) fn close_gap(context: &Context, reached: &mut TierReached, branching: &mut Branching) {
    let units = context.model.units;
    let (mut size, mut failed) = (FREED_MIN.max(units / FREED_UNITS).min(FREED_MAX), 0);
    let mut returns = Returns { gap: f64::INFINITY, work: 0, rounds: 0 };
    for round in 0_u64.. {
        let value = context.value(&reached.state);
        let bound = branching.bound().max(reached.bound);
        context.report(Phase::Improve, &reached.state, bound);
        let proved = context.is_proved(value, bound);
        let tired = failed >= TIRED_ROUNDS.min(TIRED_ROUNDS_MIN + units / TIRED_UNITS);
        let stalled = tired && branching.is_over();
        // What comes after the search is proved within the time, too.
        let early = context.clock.early(branching.proof_time());
        if proved || stalled || early.is_over() {
            reached.limit = early.limit().or(Some(Limit::Stalled)).filter(|_| !proved);
            break;
        }
        if context.is_near(value, bound) {
            reached.limit = Some(Limit::Stalled);
            break;
        }
        if context.problem().options.by_returns && returns.are_small((value, bound), context.clock.used(), units) {
            reached.limit = Some(Limit::DiminishingReturns);
            break;
        }
        let guide = Guide::of(context, reached, branching, round);
        let turn = Turn { round, failed, tired, size, bound };
        let (whole, found) = side_by_side(context, reached, branching, &early, &guide, &turn);
        let all_solved = found.iter().all(|(_, optimal)| *optimal);
        let mut improved = false;
        let whole = whole.into_iter().map(|leaf_of| State::new(context.model, leaf_of.into()));
        for state in found.into_iter().filter_map(|(s, _)| s).chain(whole) {
            improved |= context.take(reached, state);
        }
        failed = if improved { 0 } else { failed + 1 };
        if !all_solved {
            size = (size * 3 / 4).max(FREED_MIN / 2);
        } else if !improved && failed % 3 == 0 {
            size = (size * 5 / 4).min(FREED_MAX);
        }
    }
    if branching.bound() > reached.bound {
        let evidence = branching.evidence(context.problem(), context.model.costs, context.frame);
        context.claim(reached, evidence);
    }
}

/// When the gap last closed by a part that was worth its work.
struct Returns {
    gap: f64,
    /// Work on the tier until then.
    work: u64,
    /// Rounds since then.
    rounds: u64,
}

impl Returns {
    /// Whether another [`RETURNS_WORK`] of the work on the tier has closed the gap by less than [`RETURNS_GAIN`] of it, or
    /// by less than [`RETURNS_LEAST`] of the value, which is so, too, where the gap is no more than that.
    fn are_small(&mut self, (value, bound): (f64, f64), work: u64, units: usize) -> bool {
        let gap = value - bound;
        if gap < self.gap * (1.0 - RETURNS_GAIN) && gap < self.gap - RETURNS_LEAST * value.abs() {
            *self = Returns { gap, work, rounds: 0 };
            return false;
        }
        self.rounds += 1;
        if gap <= RETURNS_LEAST * value.abs() {
            return true;
        }
        let least = RETURNS_A_UNIT * units as u64;
        self.rounds > RETURNS_ROUNDS && work - self.work > least.max((self.work as f64 * RETURNS_WORK) as u64)
    }
}

/// How the search stands when a round begins.
struct Turn {
    round: u64,
    /// Rounds without a better plan.
    failed: usize,
    /// Nothing more is expected of the search.
    tired: bool,
    /// Units that fix-and-optimise frees.
    size: usize,
    bound: f64,
}

/// One round of both lanes: the whole assignments that branches met, and what the search found.
fn side_by_side(
    context: &Context,
    reached: &TierReached,
    branching: &mut Branching,
    early: &Clock,
    guide: &Guide,
    turn: &Turn,
) -> (Vec<Vec<LeafIndex>>, Vec<Found>) {
    let counted = context.clock.is_counted();
    let alone = context.problem().options.threads < 2;
    let cut_off = context.cut_off(context.value(&reached.state));
    let done = AtomicBool::new(false);
    let (branch_clock, search_clock) = (early.slice(1.0), early.slice(1.0));
    let both = rayon::join(
        || {
            let started = branch_clock.elapsed();
            let enough = || match alone || turn.tired {
                _ if counted => false,
                true => branch_clock.elapsed() - started >= BRANCH_SLICE,
                false => done.load(Ordering::Relaxed),
            };
            let work = if counted { BRANCH_WORK } else { u64::MAX };
            branching.explore(cut_off, &branch_clock, work, enough)
        },
        || {
            let mut found = Vec::new();
            // A small book has been gone through by then; only proofs are left to look for.
            if !turn.tired || context.model.units > SMALL_UNITS {
                let lane = Context { clock: &search_clock, ..*context };
                found.push((anneal_once(&lane, reached, guide, turn), true));
                if is_small(&lane) {
                    let heat = if turn.round.is_multiple_of(2) { 1.0 } else { COOLER };
                    found.push((anneal_small(&lane, &reached.state, heat, lane.seed(1 << 22 | turn.round)), true));
                }
                if guide.start.is_none() {
                    found.extend(sub_problems(context, &search_clock, reached, guide, turn));
                }
            }
            done.store(true, Ordering::Relaxed);
            found
        },
    );
    context.clock.absorb(&branch_clock);
    context.clock.absorb(&search_clock);
    both
}

/// One round of fix-and-optimise, side by side where work is counted.
fn sub_problems(context: &Context, clock: &Clock, reached: &TierReached, guide: &Guide, turn: &Turn) -> Vec<Found> {
    let lanes = if clock.is_counted() { LANES } else { 1 };
    let clocks: Vec<Clock> = (0..lanes).map(|_| clock.slice(1.0)).collect();
    let solve = |(lane, clock): (usize, &Clock)| {
        let number = turn.round * LANES as u64 + lane as u64;
        free_and_solve(&Context { clock, ..*context }, &guide.reduced, &reached.state, turn.size, number)
    };
    let solved = clocks.par_iter().enumerate().map(solve).collect();
    clocks.iter().for_each(|part| clock.absorb(part));
    solved
}

/// One annealing of the nearly tied units: hot ones look everywhere, cool ones around the best plan. Later ones take
/// longer.
fn anneal_once(context: &Context, reached: &TierReached, guide: &Guide, turn: &Turn) -> Option<State> {
    let value = context.value(&reached.state);
    let start = guide.start.as_ref().unwrap_or(&reached.state);
    let seed = context.seed(1 << 20 | turn.round);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (heat, spread) = if guide.start.is_some() || turn.round.is_multiple_of(4) {
        (1.0, 3.0 * rng.random::<f64>())
    } else {
        (0.3, rng.random_range(-1.0..1.0))
    };
    let scale = ((value - turn.bound) * f64::exp2(spread)).min(SCALE_MAX * value.abs());
    let near = Neighbourhood::of(context.model, &guide.reduced, start, scale * NEAR_TIED);
    let mut steps = (STEPS_A_UNIT * near.len() as u64).min(STEPS_MAX) * (10 + turn.failed as u64) / 10;
    if !context.clock.is_counted() {
        steps = steps.min((context.clock.left().as_secs_f64() * STEPS_A_SECOND) as u64);
    }
    let cooling = Cooling {
        steps,
        from: scale * HOT * heat,
        to: scale * COLD,
        rises: rng.random_range(RISES),
        sinks: SINKS,
        squeeze: if context.model.costs.has(context.tier) { 0.1 } else { 0.5 } * rng.random::<f64>(),
        off: 0.0,
        seeks: false,
    };
    anneal(context, &near, start, &guide.fees, cooling, seed)
}
