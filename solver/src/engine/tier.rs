//! One tier: lower its value within the limits of the tiers before, and prove how low it can go.
//!
//! Relaxation, rounding and local search first; then fix-and-optimise (free a part of the units, solve that part
//! exactly, keep what is better) while the whole model, if it is small enough, branches beside it for the bound.

use super::clock::Clock;
use super::mip::{Goal, Task, solve};
use super::relax::{Relaxation, relax};
use super::search::{Aim, improve};
use super::state::{Model, Pairs, State, slack};
use super::{Observer, Phase, Progress};
use crate::plan::Proof;
use crate::problem::Problem;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Columns of a whole model that is simply solved.
const SMALL: usize = 600;
/// Columns of a whole model that branches beside the search.
const WHOLE_MAX: usize = 25_000;
/// Units freed at first, and at most.
const FREE_FIRST: usize = 60;
const FREE_MAX: usize = 400;
/// Longest solve of one part.
const PART_LIMIT: Duration = Duration::from_secs(3);
/// Branch-and-bound nodes of a part, and of a whole small model, when work is counted.
const PART_NODES: i32 = 300;
const SMALL_NODES: i32 = 200_000;
/// Rounds without a better plan after which a search that counts work, or has all the time, ends.
const STALL_ROUNDS: usize = 40;
/// Part of a tier's time that one local search may take.
const SEARCH_PART: f64 = 0.15;
/// Parts solved side by side; fixed, so that threads do not change the result.
const LANES: usize = 2;

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
    /// Floor of the tier known before any search.
    pub floor: f64,
}

/// What a tier reached.
pub(crate) struct Reached {
    pub state: State,
    pub bound: f64,
    pub proof: Proof,
    pub prices: crate::bound::Prices,
    /// The part of the bound that the certificate proves.
    pub certified: f64,
    pub stalled: bool,
}

impl Work<'_, '_> {
    fn problem(&self) -> &Problem {
        self.model.problem
    }

    fn value(&self, state: &State) -> f64 {
        state.value(self.model, self.tier)
    }

    fn is_proved(&self, value: f64, bound: f64) -> bool {
        value - bound <= (self.problem().options.gap_target * value.abs()).max(1e-12)
    }

    fn report(&self, phase: Phase, state: &State, bound: f64) {
        self.observer.progress(&Progress { phase, tier: self.tier, best: Some(self.value(state)), bound: Some(bound) });
    }

    /// Local search toward this tier from `state`, which is within limits.
    fn search(&self, state: State, guide: &[f64], salt: u64) -> State {
        self.search_under(&state.clone(), state, guide, salt)
    }

    /// Local search from `state` under the caps of `incumbent`, for part of the slice.
    fn search_under(&self, incumbent: &State, state: State, guide: &[f64], salt: u64) -> State {
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

    fn seed(&self, salt: u64) -> u64 {
        let tier = self.tier as u64;
        self.problem().options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (tier << 48) ^ salt
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
pub(crate) fn reach(work: &Work, start: State, guide: &[f64]) -> Reached {
    let none = || crate::bound::Prices::none(work.problem(), work.tier);
    work.report(Phase::Improve, &start, work.floor);
    if work.is_proved(work.value(&start), work.floor) {
        return Reached {
            state: start,
            bound: work.floor,
            proof: Proof::Certificate,
            prices: none(),
            certified: work.floor,
            stalled: false,
        };
    }
    let mut best = work.search(start.clone(), guide, 1);
    if !best.is_within(work.model, work.limits) || work.value(&best) > work.value(&start) {
        best = start;
    }
    let mut reached = Reached {
        state: best,
        bound: work.floor,
        proof: Proof::Certificate,
        prices: none(),
        certified: work.floor,
        stalled: false,
    };
    if work.is_proved(work.value(&reached.state), reached.bound) || work.clock.is_over() {
        return reached;
    }
    work.report(Phase::Bound, &reached.state, reached.bound);
    let patience = if work.clock.is_counted() { work.clock.left() } else { work.clock.left().mul_f64(0.5) };
    let relaxation = relax(work.model, &reached.state, work.tier, work.limits, patience, work.clock);
    if relaxation.bound > reached.bound {
        reached.bound = relaxation.bound;
        reached.certified = relaxation.bound;
        reached.prices = relaxation.prices.clone();
    }
    if let Some(rounded) = &relaxation.rounded {
        // What the rounding breaks is no measure of what is allowed: the incumbent's caps hold.
        let rounded = State::new(work.model, rounded.clone());
        let state = work.search_under(&reached.state, rounded, &relaxation.reduced, 2);
        if work.better(&state, &reached.state) {
            reached.state = state;
        }
    }
    let columns: usize = (0..work.model.units)
        .map(|u| (0..work.model.leaves).filter(|&l| work.problem().units.allows(u, l)).count())
        .sum();
    if work.is_proved(work.value(&reached.state), reached.bound) || work.clock.is_over() {
        return reached;
    }
    let left = || work.clock.left();
    if columns <= SMALL {
        whole(work, &mut reached, left());
        return reached;
    }
    let done = AtomicBool::new(false);
    let shared = Mutex::new(reached.bound);
    if work.clock.is_counted() || columns > WHOLE_MAX || work.problem().options.threads < 2 {
        fix_and_optimise(work, &relaxation, &mut reached, &done, &shared, LANES);
        return reached;
    }
    let from = reached.state.clone();
    let mut beside = Reached { state: from, prices: none(), ..reached };
    let prices = std::mem::replace(&mut beside.prices, relaxation.prices.clone());
    let mut main = Reached { state: beside.state.clone(), prices, ..beside };
    beside.prices = relaxation.prices.clone();
    rayon::join(
        || {
            whole(work, &mut beside, left());
            *shared.lock().expect("no holder of this lock panics") = beside.bound;
            if beside.stalled {
                done.store(true, Ordering::Relaxed);
            }
        },
        || fix_and_optimise(work, &relaxation, &mut main, &done, &shared, 1),
    );
    if work.better(&beside.state, &main.state) {
        main.state = beside.state;
    }
    if beside.bound > main.bound {
        (main.bound, main.proof) = (beside.bound, beside.proof);
    }
    main.prices = relaxation.prices;
    main
}

/// Solves the whole model by branch and bound; sets `stalled` when it was solved within the gap.
fn whole(work: &Work, reached: &mut Reached, limit: Duration) {
    let allowed = |u: usize| (0..work.model.leaves).filter(|&l| work.problem().units.allows(u, l)).collect();
    let free: Vec<(usize, Vec<usize>)> = (0..work.model.units).map(|u| (u, allowed(u))).collect();
    let nodes = work.clock.is_counted().then_some(SMALL_NODES);
    let gap = work.problem().options.gap_target * 0.5;
    let task =
        Task { goal: Goal::Tier(work.tier), limits: work.limits, free: &free, relaxed: false, limit, nodes, gap };
    let Some(answer) = solve(work.model, &reached.state, &task, work.clock) else { return };
    if let Some(leaves) = &answer.leaves {
        let state = State::new(work.model, leaves.clone());
        let state = if state.is_within(work.model, work.limits) {
            state
        } else {
            work.search_under(&reached.state, state, &[], 4)
        };
        if work.better(&state, &reached.state) {
            reached.state = state;
        }
    }
    // HiGHS may break rows by its tolerance; its bound is believed to that.
    let bound = answer.bound - 1e-9 * answer.bound.abs();
    if answer.leaves.is_some() && bound.is_finite() && bound > reached.bound {
        reached.bound = bound.min(work.value(&reached.state));
        reached.proof = Proof::Solver;
    }
    reached.stalled = answer.optimal;
}

fn fix_and_optimise(
    work: &Work,
    relaxation: &Relaxation,
    reached: &mut Reached,
    done: &AtomicBool,
    bound: &Mutex<f64>,
    lanes: usize,
) {
    let (mut size, mut failed) = (FREE_FIRST, 0);
    for round in 0_u64.. {
        let known = *bound.lock().expect("no holder of this lock panics");
        let value = work.value(&reached.state);
        if work.is_proved(value, known.max(reached.bound)) || work.clock.is_over() || done.load(Ordering::Relaxed) {
            return;
        }
        if failed >= STALL_ROUNDS {
            reached.stalled = true;
            return;
        }
        work.report(Phase::Improve, &reached.state, known);
        let left = work.clock.left();
        let clocks: Vec<Clock> = (0..lanes).map(|_| work.clock.part(1.0)).collect();
        let solve = |(lane, clock): (usize, &Clock)| {
            let lane_work = Work { clock, ..*work };
            part(&lane_work, relaxation, &reached.state, size, round * LANES as u64 + lane as u64, left)
        };
        let solved: Vec<(Option<State>, bool)> = clocks.par_iter().enumerate().map(solve).collect();
        clocks.iter().for_each(|clock| work.clock.absorb(clock));
        let all_solved = solved.iter().all(|(_, optimal)| *optimal);
        let mut improved = false;
        for state in solved.into_iter().filter_map(|(s, _)| s) {
            if work.better(&state, &reached.state) {
                reached.state = state;
                improved = true;
            }
        }
        failed = if improved { 0 } else { failed + 1 };
        if !all_solved {
            size = (size * 3 / 4).max(FREE_FIRST / 2);
        } else if !improved && failed % 3 == 0 {
            size = (size * 5 / 4).min(FREE_MAX);
        }
    }
}

/// Frees some units, solves that part, and searches around the result.
fn part(
    work: &Work,
    relaxation: &Relaxation,
    state: &State,
    size: usize,
    number: u64,
    left: Duration,
) -> (Option<State>, bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(work.seed(100 + number));
    let free = choose(work, &relaxation.reduced, state, size, &mut rng);
    let nodes = work.clock.is_counted().then_some(PART_NODES);
    let limit = if work.clock.is_counted() { left } else { PART_LIMIT.min(left) };
    let task =
        Task { goal: Goal::Tier(work.tier), limits: work.limits, free: &free, relaxed: false, limit, nodes, gap: 1e-6 };
    let Some(answer) = solve(work.model, state, &task, work.clock) else { return (None, false) };
    let next = answer.leaves.map(|leaves| {
        let mut leaf_of = state.leaf_of.clone();
        free.iter().zip(leaves).for_each(|((unit, _), leaf)| leaf_of[*unit] = leaf);
        State::new(work.model, leaf_of)
    });
    let next = next
        .filter(|n| n.leaf_of != state.leaf_of)
        .map(|n| if n.is_within(work.model, work.limits) { work.search(n, &relaxation.reduced, number) } else { n });
    (next, answer.optimal)
}

/// Candidate leaves kept for a freed unit.
const LEAVES_KEPT: usize = 4;

/// Units to free, with the leaves they may take: near-tied ones everywhere, or all kinds between a few leaves.
fn choose(work: &Work, reduced: &[f64], state: &State, size: usize, rng: &mut ChaCha8Rng) -> Vec<(usize, Vec<usize>)> {
    let leaves = work.model.leaves;
    let everywhere = work.model.costs.has(work.tier) && (leaves <= 2 || rng.random_bool(0.5));
    let among: Vec<usize> = if everywhere { (0..leaves).collect() } else { few_leaves(work, reduced, state, rng) };
    let mut tied: Vec<(f64, usize)> = Vec::new();
    for unit in (0..work.model.units).filter(|&u| among.contains(&state.leaf_of[u])) {
        let row = &reduced[unit * leaves..(unit + 1) * leaves];
        let stays = state.leaf_of[unit];
        let next = among.iter().filter(|&&l| l != stays).map(|&l| row[l]).fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            tied.push((next - row[stays], unit));
        }
    }
    // Least regret first; among the nearest few times `size`, chance decides.
    tied.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let pool = if work.model.costs.has(work.tier) { size * (1 + rng.random_range(0..3_usize)) } else { tied.len() };
    tied.truncate(pool.max(size));
    tied.shuffle(rng);
    tied.truncate(size);
    let mut free: Vec<(usize, Vec<usize>)> = (tied.into_iter())
        .map(|(_, unit)| {
            let row = &reduced[unit * leaves..(unit + 1) * leaves];
            let mut to: Vec<usize> = among.iter().copied().filter(|&l| row[l].is_finite()).collect();
            to.sort_by(|&a, &b| row[a].total_cmp(&row[b]).then(a.cmp(&b)));
            to.truncate(LEAVES_KEPT);
            if !to.contains(&state.leaf_of[unit]) {
                to.push(state.leaf_of[unit]);
            }
            to.sort_unstable();
            (unit, to)
        })
        .collect();
    free.sort_unstable();
    free
}

/// Leaves that a leaf's neighbours are drawn from: the nearest in price.
const NEIGHBOURS: usize = 5;
/// Cheapest exchanges that tell how near two leaves are.
const NEAREST: usize = 8;

/// Two to four neighbouring leaves; for a balance tier one of them holds a worst excess.
fn few_leaves(work: &Work, reduced: &[f64], state: &State, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let problem = work.problem();
    let worst = (problem.rows.groups.iter().filter(|g| g.tier == work.tier))
        .flat_map(|g| g.rows.clone())
        .map(|r| (super::state::excess(problem, r, state.rows[r]), r))
        .filter(|(e, _)| *e > 0.0)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let one = match worst {
        Some((_, row)) => rng.random_range(problem.tree.nodes[problem.rows.rows[row].node].leaves.clone()),
        None => rng.random_range(0..work.model.leaves),
    };
    let mut others: Vec<usize> = (0..work.model.leaves).filter(|&l| l != one).collect();
    others.shuffle(rng);
    if work.model.costs.has(work.tier) {
        let far: Vec<f64> = (0..work.model.leaves).map(|l| regret_between(work, reduced, state, one, l)).collect();
        others.sort_by(|&a, &b| far[a].total_cmp(&far[b]));
        others.truncate(NEIGHBOURS);
        others.shuffle(rng);
    }
    others.truncate(rng.random_range(1..=3_usize));
    others.push(one);
    others.sort_unstable();
    others
}

/// Sum of the least regrets of units that would change between two leaves.
fn regret_between(work: &Work, reduced: &[f64], state: &State, a: usize, b: usize) -> f64 {
    let leaves = work.model.leaves;
    let mut regrets: Vec<f64> = (state.leaf_of.iter().enumerate())
        .filter(|(_, l)| **l == a || **l == b)
        .map(|(u, &l)| reduced[u * leaves + if l == a { b } else { a }] - reduced[u * leaves + l])
        .collect();
    regrets.sort_by(f64::total_cmp);
    regrets.iter().take(NEAREST).sum()
}
