//! Prices for books of any size: exact relaxations of growing samples, each over the units that are near-tied at the
//! prices before.
//!
//! Only units whose two cheapest leaves are close can change sides when prices move a little, and the larger a
//! sample, the less they move: a core of the order of the square root of the units is enough. A core is solved to
//! its optimum from the basis of the one before; on the last sample, which is everything, units left out that would
//! go elsewhere at the new prices join it until none is left that matters.

use crate::engine::clock::Clock;
use crate::engine::relax::ascent::{self, Ascended, Ascent, Rise};
use crate::engine::relax::linear::{self, Relaxed};
use crate::engine::relax::lp::{Lp, Sample};
use crate::engine::relax::simplex::{Basis, End, Simplex};
use crate::index::{Keyed, LeafIndex, Number, UnitIndex};
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::pricer::Pricer;
use crate::proof::prices::Prices;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Units of the first sample.
const FIRST: usize = 8_000;
/// How many times as large as the one before each sample is.
const GROWTH: usize = 12;
/// Books up to this size are solved as they are.
const WHOLE: usize = 16_000;
/// Units in a core, times the square root of what the prices rest on, as part of the sample.
const CORE: f64 = 25.0;
/// Rounds of growing the last core.
const ROUNDS: usize = 8;
/// Iterations of one program, at most.
const ITERATIONS: u64 = 20_000;
/// Iterations between looks at the clock.
const CLOCK: usize = 20;
/// What the core's value may be above the bound, as part of it.
const NEAR: f64 = 1e-7;
/// What duals that say that nothing is feasible may lose when they are proved, as part of the value.
const PROVED: f64 = 1e-6;
/// Units times leaves of programs that HiGHS is asked for when the simplex fails, at most.
const SMALL_CELLS: usize = 20_000;
/// Time that HiGHS gets for such a program.
const SMALL_TIME: Duration = Duration::from_secs(5);
/// Iterations in which the simplex has to confirm what HiGHS said.
const CONFIRMED: usize = 2_000;

/// How a relaxation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// At its optimum.
    Solved,
    /// The prices prove that nothing is feasible.
    Infeasible,
    /// Time or work ran out; the prices are as good as it got.
    Unfinished,
    /// Rounding was in the way: there are no prices but 0, and units are where they cost least.
    Failed,
}

/// What a relaxation came by.
pub(crate) enum By {
    /// The last core, and where the simplex left it.
    Simplex(Arc<Lp>, Basis),
    /// An ascent, which has no basis.
    Ascent(Ascent),
}

/// A relaxation, solved or nearly so.
pub(crate) struct Priced {
    pub ended: Ended,
    /// Repaired.
    pub prices: Prices,
    pub by: By,
    /// Leaf of every unit: the largest part of those that are split.
    pub leaf_of: Keyed<UnitIndex, LeafIndex>,
}

impl Priced {
    /// Whether it is an ascent that the clock ended, whose prices prove less than they could.
    pub fn is_cut_short(&self) -> bool {
        self.ended == Ended::Unfinished && matches!(self.by, By::Ascent(_))
    }
}

/// Solves the relaxation of the frame's tier.
pub(crate) fn price(problem: &Problem, costs: &Costs, frame: &Frame, clock: &Clock) -> Priced {
    price_on(problem, costs, frame, None, clock)
}

/// The same, from where the clock ended an ascent of the same relaxation.
pub(crate) fn price_on(
    problem: &Problem,
    costs: &Costs,
    frame: &Frame,
    before: Option<&Priced>,
    clock: &Clock,
) -> Priced {
    if ascent::is_due(problem) {
        return by_ascent(problem, costs, frame, before, clock);
    }
    match problem.units.count() <= WHOLE {
        true => whole(problem, costs, frame, clock),
        false => by_samples(problem, costs, frame, clock),
    }
}

/// The same of a large book.
fn by_samples(problem: &Problem, costs: &Costs, frame: &Frame, clock: &Clock) -> Priced {
    let count = problem.units.count();
    let mut order: Vec<UnitIndex> = problem.units.all().iter().collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(problem.options.seed));
    let mut size = FIRST;
    let mut sample = Sample { units: order[..size].to_vec(), leaf_of: problem.units.class.map(|_| LeafIndex::new(0)) };
    let mut solved = solve(Lp::of(problem, costs, frame, sample.units.clone(), &sample), None, clock);
    while size < count && !clock.is_over() {
        let before = size;
        size = if size * GROWTH * 2 > count { count } else { size * GROWTH };
        let last = size == count;
        sample.units = if last { problem.units.all().iter().collect() } else { order[..size].to_vec() };
        let part = (CORE / (before as f64).sqrt()).min(1.0);
        let mut core_size = (size as f64 * part) as usize;
        let mut core: Vec<UnitIndex> = Vec::new();
        let mut solved_here = false;
        for _ in 0..ROUNDS {
            let prices = solved.lp.prices(problem, frame.tier, &solved.duals).repaired(problem, frame.tier);
            let pricer = frame.pricer(problem, costs, &prices);
            let ties = ties(&pricer, problem, &sample.units);
            clock.count((size * problem.tree.leaves.len() / 50) as u64);
            if solved_here {
                if !last || clock.is_over() {
                    break;
                }
                let bound = frame.prove(problem, costs, &prices);
                if solved.value - bound <= NEAR * solved.value.abs() {
                    break;
                }
                // What moved though it was left out shows how far prices still go.
                let changed = ties.iter().zip(&sample.units).filter(|(t, u)| t.leaf != sample.leaf_of[**u]);
                core.extend(changed.map(|(_, &u)| u));
                core_size /= 2;
            }
            for (tie, &unit) in ties.iter().zip(&sample.units) {
                sample.leaf_of[unit] = tie.leaf;
            }
            core.extend(nearest(&ties, &sample.units, core_size, problem.tree.leaves.len()));
            core.extend(solved.basis.units().map(|u| solved.lp.units[u]));
            core.sort_unstable();
            core.dedup();
            let lp = Lp::of(problem, costs, frame, core.clone(), &sample);
            let number = |u: usize| lp.units.binary_search(&solved.lp.units[u]).expect("basic units are in the core");
            let from = solved.basis.moved(number);
            let next = solve(lp, Some(&from), clock);
            if matches!(next.ended, Ended::Infeasible | Ended::Failed) && core.len() < size {
                // Too few units to meet the limits with: the prices before still stand.
                core_size = (core_size * 3).min(size);
                continue;
            }
            (solved, solved_here) = (next, true);
            for (&unit, &leaf) in solved.lp.units.iter().zip(&solved.rounded) {
                sample.leaf_of[unit] = leaf;
            }
        }
    }
    let prices = solved.lp.prices(problem, frame.tier, &solved.duals).repaired(problem, frame.tier);
    if size < count {
        let pricer = frame.pricer(problem, costs, &prices);
        let all: Vec<UnitIndex> = problem.units.all().iter().collect();
        sample.leaf_of = ties(&pricer, problem, &all).into_iter().map(|t| t.leaf).collect();
    }
    let ended = if size < count && solved.ended == Ended::Solved { Ended::Unfinished } else { solved.ended };
    Priced { ended, prices, by: By::Simplex(solved.lp, solved.basis), leaf_of: sample.leaf_of }
}

/// The same of a book whose rows are too many for a basis.
fn by_ascent(problem: &Problem, costs: &Costs, frame: &Frame, before: Option<&Priced>, clock: &Clock) -> Priced {
    let from = before.and_then(|before| match &before.by {
        By::Ascent(ascent) => Some((&before.prices, ascent)),
        By::Simplex(..) => None,
    });
    let rise = Rise::whole(from);
    let Ascended { prices, leaf_of, ascent, in_time } = ascent::ascend(problem, costs, frame, rise, clock);
    let ended = if in_time { Ended::Solved } else { Ended::Unfinished };
    Priced { ended, prices, by: By::Ascent(ascent), leaf_of }
}

/// The same for a book that is solved as it is.
fn whole(problem: &Problem, costs: &Costs, frame: &Frame, clock: &Clock) -> Priced {
    let program = |prices: &Solved| prices.lp.prices(problem, frame.tier, &prices.duals).repaired(problem, frame.tier);
    let mut solved = solve(Lp::whole(problem, costs, frame), None, clock);
    let mut prices = program(&solved);
    if solved.ended == Ended::Infeasible {
        // Believed when the checker would believe it.
        let proved = frame.prove(problem, costs, &prices);
        if proved.is_nan() || proved < solved.value - PROVED * solved.value.abs() {
            clock.relaxations().failed();
            solved = Solved::none(solved.lp, Ended::Failed);
            prices = program(&solved);
        }
    }
    let by = By::Simplex(solved.lp, solved.basis);
    Priced { ended: solved.ended, prices, by, leaf_of: solved.rounded.into() }
}

/// A program, and where it was left.
struct Solved {
    lp: Arc<Lp>,
    ended: Ended,
    value: f64,
    duals: Vec<f64>,
    basis: Basis,
    /// Leaf of each of the program's units.
    rounded: Vec<LeafIndex>,
}

impl Solved {
    fn of(lp: &Arc<Lp>, simplex: &Simplex, ended: Ended) -> Solved {
        Solved {
            ended,
            value: simplex.bound(),
            duals: simplex.duals().to_vec(),
            basis: simplex.basis(),
            rounded: simplex.rounded(),
            lp: Arc::clone(lp),
        }
    }

    /// At prices 0.
    fn none(lp: Arc<Lp>, ended: Ended) -> Solved {
        Solved::of(&lp, &Simplex::new(&lp), ended)
    }
}

fn solve(lp: Lp, from: Option<&Basis>, clock: &Clock) -> Solved {
    let lp = Arc::new(lp);
    let mut simplex = Simplex::new(&lp);
    if let Some(basis) = from {
        simplex.load(basis, &[]);
    }
    let mut end = End::Limit;
    while simplex.iterations < ITERATIONS && !clock.is_over() && end == End::Limit {
        let before = simplex.iterations;
        end = simplex.solve(f64::INFINITY, CLOCK);
        clock.count(((simplex.iterations - before) as f64 * lp.effort()) as u64 + 1);
    }
    let ended = match end {
        End::Optimal => Ended::Solved,
        End::Cut => Ended::Infeasible,
        End::Limit if clock.is_over() => Ended::Unfinished,
        End::Limit | End::Stuck => Ended::Failed,
    };
    match ended {
        Ended::Solved | Ended::Infeasible => clock.relaxations().solved(),
        Ended::Unfinished => {}
        Ended::Failed => {
            clock.relaxations().failed();
            return by_highs(&lp, clock).unwrap_or_else(|| Solved::none(lp, Ended::Failed));
        }
    }
    Solved::of(&lp, &simplex, ended)
}

/// What HiGHS has for a small program that the simplex failed on: its optimum is where the simplex goes on from. That
/// nothing is feasible is not taken from it, as there is no proof.
fn by_highs(lp: &Arc<Lp>, clock: &Clock) -> Option<Solved> {
    if lp.units.len() * lp.leaves > SMALL_CELLS {
        return None;
    }
    let Relaxed::Optimal { value, duals, parts } = linear::relax(lp, SMALL_TIME.min(clock.left()))? else {
        return None;
    };
    clock.relaxations().by_highs();
    let mut simplex = Simplex::new(lp);
    simplex.load(&Basis::near(lp, &parts, &duals), &[]);
    if simplex.solve(f64::INFINITY, CONFIRMED) == End::Optimal {
        return Some(Solved::of(lp, &simplex, Ended::Solved));
    }
    let most = |parts: &[f64]| (0..lp.leaves).fold(0, |best, l| if parts[l] > parts[best] { l } else { best });
    let rounded = parts.chunks(lp.leaves).map(most).map(LeafIndex::new).collect();
    let basis = Simplex::new(lp).basis();
    Some(Solved { lp: Arc::clone(lp), ended: Ended::Solved, value, duals, basis, rounded })
}

/// A unit's two cheapest leaves, and how much more the second costs.
#[derive(Debug, Clone, Copy)]
struct Tie {
    leaf: LeafIndex,
    second: LeafIndex,
    regret: f32,
}

fn ties(pricer: &Pricer, problem: &Problem, units: &[UnitIndex]) -> Vec<Tie> {
    let leaves = problem.tree.leaves.len();
    let tie = |row: &mut Vec<f64>, &unit: &UnitIndex| {
        pricer.reduced(unit, row);
        let (mut first, mut second) = ((f64::INFINITY, 0), (f64::INFINITY, 0));
        for (l, &q) in row.iter().enumerate() {
            if q < first.0 {
                (first, second) = ((q, l), first);
            } else if q < second.0 {
                second = (q, l);
            }
        }
        let (leaf, second_leaf) = (LeafIndex::new(first.1), LeafIndex::new(second.1));
        Tie { leaf, second: second_leaf, regret: (second.0 - first.0) as f32 }
    };
    units.par_iter().map_init(|| vec![0.0; leaves], tie).collect()
}

/// About `count` units with the least regret: as many of those that each leaf would lose first, and of those that it
/// would gain first, as there is no telling which leaves the prices will have to fill.
fn nearest(ties: &[Tie], units: &[UnitIndex], count: usize, leaves: usize) -> Vec<UnitIndex> {
    let quota = count.div_ceil(leaves);
    let side = |leaf_of: fn(&Tie) -> LeafIndex| {
        let mut by: Vec<Vec<(f32, UnitIndex)>> = vec![Vec::new(); leaves];
        let finite = ties.iter().zip(units).filter(|(t, _)| t.regret.is_finite());
        finite.for_each(|(t, &u)| by[leaf_of(t).get()].push((t.regret, u)));
        by.par_iter_mut().for_each(|list| {
            if quota < list.len() {
                list.select_nth_unstable_by(quota, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                list.truncate(quota);
            }
        });
        by.into_iter().flatten().map(|t| t.1)
    };
    side(|t| t.leaf).chain(side(|t| t.second)).collect()
}
