//! One tier: lower its value within the limits of the tiers before, and prove how low it can go.
//!
//! Local search, the relaxation and its rounding first; then two lanes until they meet: branches that raise the
//! bound, and fix-and-optimise that lowers the value.

use super::anneal::{Cooling, Field, anneal};
use super::branch::Branching;
use super::clock::Clock;
use super::parts::part;
use super::price::{Ended, Priced, price};
use super::search::{Aim, Allowed, improve};
use super::state::{Model, Pairs, State, slack};
use super::{Observer, Phase, Progress};
use crate::bound::{Frame, Pricer, Prices};
use crate::evidence::Evidence;
use crate::plan::Limit;
use crate::problem::Problem;
use crate::problem::rows::Row;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Part of the gap target that branches close, as the proof of what they found loses its last digits.
const NEARLY: f64 = 0.999;
/// Part of a bound given up, as other machines' distances may differ in their last bits.
const MACHINES: f64 = 1e-12;
/// Units that local search goes through one by one; in larger books only near-tied ones are looked at.
pub(crate) const SEARCH_MAX: usize = 5_000;
/// Near-tied units for each row that mending looks at first, and how often it looks wider.
const MEND_UNITS: usize = 40;
const MEND_ROUNDS: u64 = 3;
/// Times the steps of a cold annealing that a hot one has, and the heat of the hottest in that of one unit too many.
const HOT_STEPS: u64 = 4;
const HOTTER: f64 = 5.0;
/// How often what was mended is annealed again, while that lowers its cost.
const POLISHES: u64 = 4;
/// Units of a small book.
const SMALL: usize = 350;
/// Units freed at first: at least these, and one for so many units; and at most.
const FREE_FIRST: usize = 60;
const FREE_UNITS: usize = 40;
const FREE_MAX: usize = 400;
/// Rounds without a better plan after which nothing more is expected of fix-and-optimise.
const STALL_ROUNDS: usize = 40;
/// In small books fewer: these, and one for so many units.
const STALL_LEAST: usize = 5;
const STALL_UNITS: usize = 10;
/// Steps of an annealing, the most of the first ones, and how many a second will do at least.
const STEPS_A_UNIT: u64 = 3_000;
const STEPS_MAX: u64 = 3_000_000;
const STEPS_A_SECOND: f64 = 8e6;
/// The scale of an annealing is the gap, but at most this part of the value; near-tied are slots within the first
/// part of it, and temperatures go from the second to the third.
const SCALE_MOST: f64 = 0.1;
const NEAR_TIED: f64 = 0.05;
const HOT: f64 = 0.05;
const COLD: f64 = 0.001;
/// How fast fees rise and sink while it cools, as powers of e.
const RISES: std::ops::Range<f64> = 4.0..9.0;
const SINKS: f64 = 1.0;
/// Open nodes that annealings start from, and how often they do; less often in larger books, whose relaxation says
/// more.
const HINTS: f64 = 64.0;
const HINTED: u64 = 2;
const HINTED_LARGE: u64 = 8;
/// Part of a tier's time that one local search may take.
const SEARCH_PART: f64 = 0.04;
/// Parts solved side by side; fixed, so that threads do not change the result.
const LANES: usize = 2;
/// Work of the branches beside one round of parts when work is counted.
const BRANCH_WORK: u64 = 300_000;
/// Time of the branches where they have no thread of their own.
const BRANCH_SLICE: Duration = Duration::from_millis(500);

/// Everything a tier's search shares.
pub(crate) struct Work<'a, 'b> {
    pub model: &'a Model<'b>,
    pub pairs: &'a Pairs,
    /// What this tier may take.
    pub clock: &'a Clock<'a>,
    pub observer: &'a dyn Observer,
    pub tier: usize,
    /// What each earlier tier is held to.
    pub limits: &'a [f64],
    /// Of this tier.
    pub frame: &'a Frame,
    /// Floor of the tier known before any search.
    pub floor: f64,
}

/// What a tier reached.
pub(crate) struct Reached {
    pub state: State,
    pub bound: f64,
    pub evidence: Evidence,
    /// What ended the search before value and bound met.
    pub limit: Option<Limit>,
}

impl Work<'_, '_> {
    pub fn problem(&self) -> &Problem {
        self.model.problem
    }

    pub fn value(&self, state: &State) -> f64 {
        state.value(self.model, self.tier)
    }

    fn is_proved(&self, value: f64, bound: f64) -> bool {
        value - bound <= (self.problem().options.gap_target * value.abs()).max(1e-12)
    }

    fn report(&self, phase: Phase, state: &State, bound: f64) {
        self.observer.progress(&Progress { phase, tier: self.tier, best: Some(self.value(state)), bound: Some(bound) });
    }

    /// Local search toward this tier from `state`, which is within limits.
    pub fn search(&self, state: State, guide: &[f64], salt: u64) -> State {
        self.search_under(&state.clone(), state, guide, salt)
    }

    /// Local search from `state` under the caps of `incumbent`, for part of the slice.
    fn search_under(&self, incumbent: &State, state: State, guide: &[f64], salt: u64) -> State {
        if self.model.units > SEARCH_MAX {
            return state;
        }
        let (caps, cost_limits) = caps(self.model, incumbent, self.limits);
        let aim = Aim {
            tier: self.tier,
            limits: self.limits,
            caps: &caps,
            cost_limits: &cost_limits,
            enough: self.floor,
            guide,
        };
        let clock = self.clock.part(SEARCH_PART);
        let state = improve(self.model, self.pairs, &aim, state, self.seed(salt), &clock);
        self.clock.absorb(&clock);
        state
    }

    pub fn seed(&self, salt: u64) -> u64 {
        let tier = self.tier as u64;
        self.problem().options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (tier << 48) ^ salt
    }

    fn is_reached(&self, reached: &Reached) -> bool {
        self.is_proved(self.value(&reached.state), reached.bound) || self.clock.is_over()
    }

    /// Above this bound a branch holds nothing worth looking for.
    fn cut_off(&self, value: f64) -> f64 {
        value - (self.problem().options.gap_target * value.abs() * NEARLY).max(slack(value))
    }

    /// Takes the candidate if it is better.
    fn take(&self, reached: &mut Reached, candidate: State) -> bool {
        let better = self.better(&candidate, &reached.state);
        if better {
            reached.state = candidate;
        }
        better
    }

    /// Takes the evidence if it proves more.
    fn claim(&self, reached: &mut Reached, evidence: Evidence) {
        let proved = evidence.prove(self.problem(), self.model.costs, self.frame);
        let bound = (proved - MACHINES * proved.abs()).max(self.floor);
        if bound > reached.bound {
            (reached.bound, reached.evidence) = (bound, evidence);
        }
    }

    /// What rows may hold around `incumbent`.
    pub fn allowed(&self, incumbent: &State) -> Vec<Allowed> {
        match incumbent.is_within(self.model, self.limits) {
            true => Allowed::of(self.model, self.tier, &caps(self.model, incumbent, self.limits).0),
            false => Allowed::of(self.model, self.tier, &self.frame.caps),
        }
    }

    /// What the costs of earlier tiers may be around `incumbent`.
    pub fn cost_limits(&self, incumbent: &State) -> Vec<f64> {
        match incumbent.is_within(self.model, self.limits) {
            true => caps(self.model, incumbent, self.limits).1,
            false => self.limits.to_vec(),
        }
    }

    /// The better of two states: within limits, then the lower value.
    fn better(&self, candidate: &State, incumbent: &State) -> bool {
        candidate.is_within(self.model, self.limits)
            && self.value(candidate) < self.value(incumbent) - slack(self.value(incumbent))
    }
}

/// What earlier groups and costs may be around `state`: what they are, and their part of what is left to the limit.
fn caps(model: &Model, state: &State, limits: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let groups = &model.problem.rows.groups;
    let mut caps = state.excess(model);
    let mut cost_limits = Vec::new();
    for (s, &limit) in limits.iter().enumerate() {
        let weights: f64 = groups.iter().filter(|g| g.tier == s).map(|g| g.weight).sum();
        let left = limit - state.value(model, s);
        let (to_bands, to_cost) = match (weights > 0.0, model.costs.has(s)) {
            (true, true) => (left / 2.0, left / 2.0),
            (true, false) => (left, 0.0),
            _ => (0.0, left),
        };
        for (cap, _) in caps.iter_mut().zip(groups).filter(|(_, g)| g.tier == s) {
            *cap = (*cap + to_bands / weights).max(0.0);
        }
        cost_limits.push(state.cost(model, s) + to_cost);
    }
    (caps, cost_limits)
}

/// Local search alone toward `tier`, for a first plan.
pub(crate) fn quick(
    model: &Model,
    pairs: &Pairs,
    state: State,
    tier: usize,
    limits: &[f64],
    guide: &[f64],
    clock: &Clock,
) -> State {
    let (caps, cost_limits) = caps(model, &state, limits);
    let enough = crate::whales::floor(model.problem, tier);
    let aim = Aim { tier, limits, caps: &caps, cost_limits: &cost_limits, enough, guide };
    improve(model, pairs, &aim, state, model.problem.options.seed ^ tier as u64, clock)
}

/// Works on one tier from `start`, which is within all limits.
pub(crate) fn reach(work: &Work, start: State, guide: &[f64], priced: Option<Priced>) -> Reached {
    let problem = work.problem();
    let mut reached =
        Reached { state: start, bound: work.floor, evidence: Evidence::none(problem, work.tier), limit: None };
    work.report(Phase::Improve, &reached.state, reached.bound);
    if work.is_reached(&reached) {
        return reached;
    }
    let found = work.search(reached.state.clone(), guide, 1);
    work.take(&mut reached, found);
    if work.is_reached(&reached) {
        return reached;
    }
    work.report(Phase::Bound, &reached.state, reached.bound);
    let priced = match priced {
        Some(priced) => priced,
        None => price(problem, work.model.costs, work.frame, work.clock),
    };
    let mut branching = Branching::new(&priced.lp, &priced.basis);
    let reduced = Pricer::new(problem, work.model.costs, work.tier, &priced.prices).matrix();
    let rounded = priced.leaf_of.clone();
    let prices = priced.prices.clone();
    work.claim(&mut reached, Evidence::of(prices.clone()));
    if work.is_reached(&reached) {
        return reached;
    }
    // What the rounding breaks is no measure of what is allowed: the incumbent's caps hold.
    let rounded = State::new(work.model, rounded);
    // Of a relaxation that failed there is nothing to round.
    if priced.ended != Ended::Failed {
        let found = match work.model.units > SEARCH_MAX {
            true => mend(work, &rounded, &reduced, &prices),
            false => work.search_under(&reached.state, rounded, &reduced, 2),
        };
        work.take(&mut reached, found);
    }
    if !work.is_reached(&reached) {
        meet(work, &mut reached, &mut branching);
    }
    reached
}

/// Makes a rounded relaxation fit within all limits, by annealing the units that are most nearly tied: cold first, as
/// costs have it; then as hot as one unit too many at a leaf and more, as limits are walls to a cold one.
pub(crate) fn mend(work: &Work, rounded: &State, reduced: &[f64], prices: &Prices) -> State {
    let model = work.model;
    let mut regrets: Vec<f64> = reduced.par_chunks(model.leaves).map(regret).filter(|r| r.is_finite()).collect();
    let fees = fees(work.problem(), prices);
    let usual = fees.iter().sum::<f64>() / fees.len().max(1) as f64;
    let mut count = MEND_UNITS * work.problem().rows.rows.len().max(1);
    for round in 0..MEND_ROUNDS {
        if regrets.is_empty() {
            break;
        }
        let at = count.min(regrets.len() - 1);
        let most = *regrets.select_nth_unstable_by(at, f64::total_cmp).1;
        let field = Field::of(model, reduced, rounded, most);
        let steps = STEPS_A_UNIT / 20 * field.len() as u64;
        let unit = usual * model.leaves as f64 / model.units as f64;
        for (heat, from) in [most / 2.0, unit, HOTTER * unit].into_iter().enumerate().filter(|(_, from)| *from > 0.0) {
            if work.clock.is_over() {
                return rounded.clone();
            }
            let steps = if heat > 0 { HOT_STEPS * steps } else { steps };
            let cooling = Cooling { steps, from, to: from / 50.0, rises: RISES.start, sinks: SINKS, squeeze: 0.0 };
            let seed = work.seed(1 << 30 | round << 2 | heat as u64);
            if let Some(mut found) = anneal(work, &field, rounded, &fees, cooling, seed) {
                let cooling = Cooling { from: most / 2.0, to: most / 100.0, ..cooling };
                for polish in (1..=POLISHES).take_while(|_| most > 0.0) {
                    match anneal(work, &field, &found, &fees, cooling, seed + (polish << 20)) {
                        Some(better) => found = better,
                        None => break,
                    }
                }
                return found;
            }
        }
        count *= 4;
    }
    rounded.clone()
}

/// How much more the second cheapest leaf costs.
fn regret(row: &[f64]) -> f64 {
    let (mut first, mut second) = (f64::INFINITY, f64::INFINITY);
    for &q in row {
        (first, second) = if q < first { (q, first) } else { (first, second.min(q)) };
    }
    second - first
}

/// Prices of rows as fees on what is beyond them, for one whole of their target.
fn fees(problem: &Problem, prices: &Prices) -> Vec<f64> {
    let rows = &problem.rows;
    let fee = |(row, p): (&Row, &f64)| p.abs() * row.target / (rows.loads[row.load].total as f64).max(1.0);
    rows.rows.iter().zip(&prices.rows).map(fee).collect()
}

/// Raises the bound and lowers the value side by side until they meet or the clock runs out.
fn meet(work: &Work, reached: &mut Reached, branching: &mut Branching) {
    let counted = work.clock.is_counted();
    let alone = work.problem().options.threads < 2;
    let (mut size, mut failed) = (FREE_FIRST.max(work.model.units / FREE_UNITS).min(FREE_MAX), 0);
    for round in 0_u64.. {
        let value = work.value(&reached.state);
        let bound = branching.bound().max(reached.bound);
        work.report(Phase::Improve, &reached.state, bound);
        let proved = work.is_proved(value, bound);
        let tired = failed >= STALL_ROUNDS.min(STALL_LEAST + work.model.units / STALL_UNITS);
        let stalled = tired && branching.is_over();
        // What comes after the search is proved within the time, too.
        let early = work.clock.early(branching.proof_time());
        if proved || stalled || early.is_over() {
            reached.limit = early.limit().or(Some(Limit::Stalled)).filter(|_| !proved);
            break;
        }
        let cut_off = work.cut_off(value);
        let guide = guided(work, reached, branching, round);
        let done = AtomicBool::new(false);
        let (clock_a, clock_b) = (early.part(1.0), early.part(1.0));
        let (whole, solved) = rayon::join(
            || {
                let started = clock_a.elapsed();
                let quota = |used: u64| match counted {
                    true => used >= BRANCH_WORK,
                    false if alone || tired => clock_a.elapsed() - started >= BRANCH_SLICE,
                    false => done.load(Ordering::Relaxed),
                };
                branching.work(cut_off, &clock_a, quota)
            },
            || {
                let mut solved = Vec::new();
                // A small book has been gone through by then; only proofs are left to look for.
                if !tired || work.model.units > SMALL {
                    let lane = Work { clock: &clock_b, ..*work };
                    solved.push((cooled(&lane, reached, &guide, bound, (round, failed)), true));
                    if guide.start.is_none() {
                        solved.extend(parts(work, &clock_b, reached, &guide.reduced, size, round));
                    }
                }
                done.store(true, Ordering::Relaxed);
                solved
            },
        );
        work.clock.absorb(&clock_a);
        work.clock.absorb(&clock_b);
        let all_solved = solved.iter().all(|(_, optimal)| *optimal);
        let mut improved = false;
        let whole = whole.into_iter().map(|leaf_of| State::new(work.model, leaf_of));
        for state in solved.into_iter().filter_map(|(s, _)| s).chain(whole) {
            improved |= work.take(reached, state);
        }
        failed = if improved { 0 } else { failed + 1 };
        if !all_solved {
            size = (size * 3 / 4).max(FREE_FIRST / 2);
        } else if !improved && failed % 3 == 0 {
            size = (size * 5 / 4).min(FREE_MAX);
        }
    }
    if branching.bound() > reached.bound {
        let evidence = branching.evidence(work.problem(), work.model.costs, work.frame);
        work.claim(reached, evidence);
    }
}

/// One round of parts, side by side where work is counted.
fn parts(
    work: &Work,
    clock: &Clock,
    reached: &Reached,
    reduced: &[f64],
    size: usize,
    round: u64,
) -> Vec<(Option<State>, bool)> {
    let lanes = if clock.is_counted() { LANES } else { 1 };
    let clocks: Vec<Clock> = (0..lanes).map(|_| clock.part(1.0)).collect();
    let solve = |(lane, clock): (usize, &Clock)| {
        part(&Work { clock, ..*work }, reduced, &reached.state, size, round * LANES as u64 + lane as u64)
    };
    let solved = clocks.par_iter().enumerate().map(solve).collect();
    clocks.iter().for_each(|part| clock.absorb(part));
    solved
}

/// Where an annealing starts, and the prices it goes by.
struct Guide {
    /// Price-corrected costs, units × leaves; infinite where a unit is not to go.
    reduced: Vec<f64>,
    fees: Vec<f64>,
    start: Option<State>,
}

/// Now and then a promising node of the tree, else the node that holds the incumbent.
fn guided(work: &Work, reached: &Reached, branching: &Branching, round: u64) -> Guide {
    let (problem, tier) = (work.problem(), work.tier);
    let mut rng = ChaCha8Rng::seed_from_u64(work.seed(1 << 21 | round));
    let rank = (rng.random::<f64>().powi(3) * HINTS) as usize;
    let every = if work.model.units > SEARCH_MAX { HINTED_LARGE } else { HINTED };
    let open = if round % every == every - 1 { branching.hint_of_open(problem, tier, rank) } else { None };
    let anew = open.is_some();
    let hint = open.unwrap_or_else(|| branching.hint_around(problem, tier, &reached.state.leaf_of));
    let mut reduced = Pricer::new(problem, work.model.costs, tier, &hint.prices).matrix();
    for &(unit, mask) in hint.restrictions.iter().filter(|_| anew) {
        let row = &mut reduced[unit * work.model.leaves..(unit + 1) * work.model.leaves];
        row.iter_mut().enumerate().filter(|(l, _)| mask >> l & 1 == 0).for_each(|(_, q)| *q = f64::INFINITY);
    }
    let start = (anew && hint.rounded.len() == work.model.units).then(|| State::new(work.model, hint.rounded));
    Guide { reduced, fees: fees(problem, &hint.prices), start }
}

/// One annealing of the near-tied units: hot ones that look everywhere, and cool ones around the incumbent. Longer
/// ones later.
fn cooled(work: &Work, reached: &Reached, guide: &Guide, bound: f64, (round, failed): (u64, usize)) -> Option<State> {
    let value = work.value(&reached.state);
    let start = guide.start.as_ref().unwrap_or(&reached.state);
    let seed = work.seed(1 << 20 | round);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (heat, spread) = if guide.start.is_some() || round % 4 == 0 {
        (1.0, 3.0 * rng.random::<f64>())
    } else {
        (0.3, rng.random_range(-1.0..1.0))
    };
    let scale = ((value - bound) * f64::exp2(spread)).min(SCALE_MOST * value.abs());
    let field = Field::of(work.model, &guide.reduced, start, scale * NEAR_TIED);
    let mut steps = (STEPS_A_UNIT * field.len() as u64).min(STEPS_MAX) * (10 + failed as u64) / 10;
    if !work.clock.is_counted() {
        steps = steps.min((work.clock.left().as_secs_f64() * STEPS_A_SECOND) as u64);
    }
    let cooling = Cooling {
        steps,
        from: scale * HOT * heat,
        to: scale * COLD,
        rises: rng.random_range(RISES),
        sinks: SINKS,
        squeeze: if work.model.costs.has(work.tier) { 0.1 } else { 0.5 } * rng.random::<f64>(),
    };
    anneal(work, &field, start, &guide.fees, cooling, seed)
}
