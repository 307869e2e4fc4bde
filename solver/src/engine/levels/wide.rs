//! A start for trees with many leaves over large books: upper splits first, with room to spare for those below; then every
//! subtree of up to 64 leaves jointly, siblings in parallel. Tiers then go on from there with the whole tree in one model,
//! whose relaxations are solved by ascent.

use crate::answer::Nothing;
use crate::engine::clock::Clock;
use crate::engine::levels::nest::{is_better, top_down, values};
use crate::engine::starts::anchors::{find, recentred};
use crate::engine::starts::first::{Start, any_plan, broken_rules};
use crate::engine::starts::greedy::{as_given, at_owners};
use crate::index::{Keyed, LeafIndex, NodeIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::costs::Costs;
use crate::score::{Model, State};

/// Leaves that one part may have; of trees that have no more the whole is one.
const PART_LEAVES: usize = 64;
/// Leaves that a book may have that is not large.
const SMALL_LEAVES: usize = 320;
/// Units times leaves of such a book, at most.
const SMALL_CELLS: usize = 4_000_000;
/// Part of the time for the start; the rest is for all tiers.
const START_PART: f64 = 0.4;

/// Whether a book starts from parts.
pub(crate) fn is_wide(problem: &Problem) -> bool {
    let leaves = problem.tree.leaves.len();
    let small = leaves <= SMALL_LEAVES && problem.units.count().saturating_mul(leaves) <= SMALL_CELLS;
    leaves > PART_LEAVES && !small
}

/// A plan from the top down.
///
/// # Errors
/// When none is found that meets the hard rules; none is proved not to exist.
pub(crate) fn start_wide(problem: &Problem, clock: &Clock) -> Result<Start, Nothing> {
    let all: Vec<UnitIndex> = problem.units.all().iter().collect();
    let part = clock.slice(START_PART);
    let found = top_down(problem, NodeIndex::ROOT, all, PART_LEAVES, &part);
    clock.absorb(&part);
    let leaf_of = best_of(problem, found, clock)?;
    let anchors = recentred(problem, &leaf_of, &find(problem, 0));
    let costs = Costs::of(problem, &anchors);
    Ok(Start { anchors, costs, leaf_of, priced: None })
}

/// The better of the plan found and of nobody moving, each at its own centres, of those that meet the hard rules; where
/// neither does, any plan that does.
fn best_of(
    problem: &Problem,
    found: Option<Keyed<UnitIndex, LeafIndex>>,
    clock: &Clock,
) -> Result<Keyed<UnitIndex, LeafIndex>, Nothing> {
    let valued = |leaf_of: Keyed<UnitIndex, LeafIndex>| {
        let costs = Costs::of(problem, &recentred(problem, &leaf_of, &find(problem, 0)));
        (values(problem, &costs, &leaf_of), leaf_of)
    };
    let plans = found.into_iter().chain(as_given(problem)).chain([at_owners(problem)]).map(valued);
    let best = plans.reduce(|a, b| if is_better(problem, &b.0, &a.0) { b } else { a });
    match best {
        Some((values, leaf_of)) if values[0] == [0.0] => Ok(leaf_of),
        Some((_, leaf_of)) => {
            let costs = Costs::none(problem);
            let state = State::new(&Model::new(problem, &costs), leaf_of);
            any_plan(problem, broken_rules(problem, &state), clock)
        }
        None => any_plan(problem, Vec::new(), clock),
    }
}
