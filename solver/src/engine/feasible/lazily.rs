//! Whether any plan meets the hard rules, asked of few limits at a time (constraint generation; Dantzig, Fulkerson and Johnson
//! 1954): a plan for those limits breaks others, which are added, until a plan breaks none or those that are there allow none.
//!
//! Of fifty rules a conflict is of a few, and nodes of a tree over these cost a hundredth of nodes over all. What is refuted
//! is small already, so that little is left to take away. Rules that say where accounts go are always there: they only narrow.

use super::{Found, decide};
use crate::engine::clock::Clock;
use crate::index::{AccountIndex, Keyed, LeafIndex, RuleIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::evidence::Evidence;
use crate::proof::lines::Hard;

/// Part of the time left that one set of limits may take.
const SET_PART: f64 = 0.5;

/// What a search came to.
pub(crate) enum Lazily {
    /// Leaf of each unit.
    Plan(Keyed<UnitIndex, LeafIndex>),
    /// These rules, ascending, allow no plan, with the evidence: it is of the problem cut down to them.
    Refuted(Vec<RuleIndex>, Evidence),
    /// Neither in time.
    Open,
}

/// Decides whether any plan meets the hard rules of a problem, in which the accounts of each of `families` move as one. `near`
/// is a plan to start from, which may break rules.
pub(crate) fn decide_lazily(
    problem: &Problem,
    families: &[Vec<AccountIndex>],
    near: &Keyed<UnitIndex, LeafIndex>,
    clock: &Clock,
) -> Lazily {
    let hard = Hard::of(problem);
    let mut near = near.clone();
    let mut kept: Keyed<RuleIndex, bool> = problem.rules.map(|rule| rule.kind.speaks_of_places());
    if let Some(rule) = most_broken(&hard, &near) {
        kept[rule] = true;
    }
    let all = |kept: &Keyed<RuleIndex, bool>| kept.iter().all(|is| *is);
    while !all(&kept) && !clock.is_over() {
        let rules: Vec<RuleIndex> = kept.pairs().filter(|(_, is)| **is).map(|(rule, _)| rule).collect();
        let slice = clock.slice(SET_PART);
        let found = decide(&problem.subset(&rules, families), Some(&near), &slice);
        clock.absorb(&slice);
        match found {
            Found::Refuted(evidence) => return Lazily::Refuted(rules, evidence),
            Found::Open => break,
            Found::Plan(leaf_of) => {
                let Some(rule) = most_broken(&hard, &leaf_of) else { return Lazily::Plan(leaf_of) };
                kept[rule] = true;
                near = leaf_of;
            }
        }
    }
    match decide(problem, Some(&near), clock) {
        Found::Plan(leaf_of) => Lazily::Plan(leaf_of),
        Found::Refuted(evidence) => Lazily::Refuted(problem.rules.keys().iter().collect(), evidence),
        Found::Open => Lazily::Open,
    }
}

/// The rule whose limits a plan breaks most, as a part of what they count; `None`: it breaks none.
fn most_broken(hard: &Hard, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> Option<RuleIndex> {
    let beyond =
        hard.lines.pairs().map(|(line, data)| (data.beyond(leaf_of), line)).filter(|(beyond, _)| *beyond > 0.0);
    beyond.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, line)| hard.rule(line))
}
