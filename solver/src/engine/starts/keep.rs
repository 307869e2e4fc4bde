//! What keep rules can reach when no plan meets all hard rules: for each demand in the way the best share of any plan
//! that the others allow.
//!
//! The largest ratio of what the child holds to what its parent holds (Dinkelbach 1967): with the best ratio r found so
//! far, HiGHS looks for the least r · parent - child. Below 0 it is a plan with a better ratio; when nothing is below 0,
//! r is the best possible.

use crate::engine::clock::Clock;
use crate::engine::search::mip::{self, Goal, Task};
use crate::index::{BudgetIndex, Keyed, LeafIndex, Span, UnitIndex};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Keep};
use crate::score::{Model, State};

/// Demands looked at.
const TRIED_MAX: usize = 8;
/// Ratios tried for one demand: each step more than doubles the digits that are right.
const ROUNDS: u32 = 8;
/// Part of the time left for one demand.
const PART: f64 = 0.4;
/// What HiGHS may be off, as part of the measure's total.
const NEAR: f64 = 1e-9;

/// Units with the leaves they may go to.
type Free = [(UnitIndex, Vec<LeafIndex>)];

/// The keep budgets that one of the states breaks.
pub(super) fn broken<'a>(problem: &Problem, states: impl Iterator<Item = &'a State> + Clone) -> Vec<BudgetIndex> {
    let budgets = problem.rows.budgets.pairs().filter(|(_, budget)| budget.keep.is_some());
    budgets.filter(|(b, budget)| states.clone().any(|s| s.budgets[*b] > budget.most)).map(|(b, _)| b).collect()
}

/// What one keep demand can reach.
pub(super) struct Reach {
    pub sentence: String,
}

/// What demands can reach that stand against other hard rules: those of `broken` first, then others that alone keep
/// every plan out.
pub(super) fn reaches(model: &Model, start: &State, broken: &[BudgetIndex], free: &Free, clock: &Clock) -> Vec<Reach> {
    let problem = model.problem;
    let others = problem.rows.budgets.pairs().filter(|(_, budget)| budget.keep.is_some()).map(|(b, _)| b);
    let others = others.filter(|b| !broken.contains(b));
    let mut told = Vec::new();
    for b in broken.iter().copied().chain(others).take(TRIED_MAX) {
        let part = clock.slice(PART);
        let found = best(model, start, b, &[b], free, &part).or_else(|| match broken.contains(&b) {
            true => best(model, start, b, broken, free, &part),
            false => None,
        });
        clock.absorb(&part);
        told.extend(found.map(|best| Reach { sentence: sentence(problem, b, &best) }));
    }
    told
}

/// The best share found, and whether no plan has a better one.
struct Best {
    share: f64,
    proved: bool,
}

/// Without the budgets in `without`; `None` when no plan was found.
fn best(
    model: &Model,
    start: &State,
    b: BudgetIndex,
    without: &[BudgetIndex],
    free: &Free,
    clock: &Clock,
) -> Option<Best> {
    let problem = model.problem;
    let budget = &problem.rows.budgets[b];
    let (Adds::Weighted(weighted), Some(keep)) = (&budget.adds, budget.keep) else { return None };
    let node = &problem.tree.nodes[budget.node?];
    let child = &problem.tree.nodes[node.children[0]];
    let sign = if keep.least { 1.0 } else { -1.0 };
    let mut at = keep.share.numerator as f64 / keep.share.denominator as f64;
    let mut best: Option<Best> = None;
    let mut state = start.clone();
    for _ in 0..ROUNDS {
        let factor = |leaf: LeafIndex| {
            let parent = if node.leaves.contains(leaf) { at } else { 0.0 };
            sign * (parent - f64::from(u8::from(child.leaves.contains(leaf))))
        };
        let factors: Keyed<LeafIndex, f64> = model.all_leaves().iter().map(factor).collect();
        let task = Task {
            goal: Goal::Sum { load: weighted.load, factors: &factors, without },
            limits: &Keyed::new(),
            free,
            limit: clock.left(),
            nodes: clock.is_counted().then_some(mip::HARD_NODES),
            gap: 1e-9,
        };
        let Some(answer) = mip::solve(model, &state, &task, clock) else { break };
        let found = answer.leaves.map(|leaves| State::new(model, leaves.into()));
        let Some(found) = found.filter(|found| found.broken_without(model, without) == 0.0) else { break };
        let held = |leaves: Span<LeafIndex>| -> i128 {
            let inside = found.leaf_of.zip(&weighted.amounts).filter(|(leaf, _)| leaves.contains(**leaf));
            inside.map(|(_, &amount)| i128::from(amount)).sum()
        };
        let share = held(child.leaves) as f64 / (held(node.leaves) as f64).max(1.0);
        let nothing_better = best.is_some() && answer.bound >= -NEAR;
        if best.as_ref().is_none_or(|best| sign * (share - best.share) > 0.0) {
            (at, state) = (share, found);
            best = Some(Best { share, proved: nothing_better });
        } else {
            best.iter_mut().for_each(|best| best.proved |= nothing_better);
            break;
        }
        if nothing_better || clock.is_over() {
            break;
        }
    }
    best
}

fn sentence(problem: &Problem, b: BudgetIndex, best: &Best) -> String {
    let budget = &problem.rows.budgets[b];
    let (Some(Keep { share, least }), Some(node), Adds::Weighted(weighted)) = (budget.keep, budget.node, &budget.adds)
    else {
        return String::new();
    };
    let Some(measure) = problem.rows.loads[weighted.load].measure else { return String::new() };
    let asked = share.numerator as f64 * 100.0 / share.denominator as f64;
    // As many decimals as tell the two apart.
    let decimals = if (best.share * 100.0 - asked).abs() < 0.5 { 4 } else { 1 };
    let found = format!("{:.decimals$} %", best.share * 100.0);
    let measure = &problem.measures[measure].name;
    let (rule, node) = (problem.rule_id(budget.origin).unwrap_or_default(), &problem.tree.nodes[node].id);
    match (best.proved, least) {
        (true, true) => format!(
            "A general solver finds: rule {rule}: {node} can keep at most {found} of {measure} ({asked} % asked)."
        ),
        (true, false) => format!(
            "A general solver finds: rule {rule}: {node} must keep at least {found} of {measure} ({asked} % asked)."
        ),
        (false, _) => {
            let limit = if least { "at least" } else { "at most" };
            format!(
                "Rule {rule}: {node} keeps {found} of {measure} in the best plan found ({limit} {asked} % asked), and no better one is proved impossible."
            )
        }
    }
}
