//! What another assignment does to tiers, bands and rules.

use super::words::{much_of, tier_name, value_of};
use crate::amount::Amount;
use crate::index::{Keyed, NodeIndex, TierIndex};
use crate::plan::NOTHING;
use crate::problem::Problem;
use crate::problem::origin::Origin;
use crate::score::{Model, State};

/// One tier before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct TierChange {
    /// The tier, from 0.
    pub tier: usize,
    /// Its criteria, or where they are many their kinds.
    pub name: String,
    /// Its value in the plan.
    pub before: f64,
    /// Its value with the change.
    pub after: f64,
    /// What changes, in a planner's units; empty where nothing does.
    pub words: String,
}

impl TierChange {
    /// How much worse it is; below 0: better.
    pub fn rise(&self) -> f64 {
        self.after - self.before
    }
}

/// A band or a limit of a rule that an amount would be outside of, and is not now, or farther than now.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The rule's id; empty: it is a band.
    pub rule_id: String,
    /// What is counted: a measure, a value of an attribute, or a rule with its id.
    pub what: String,
    /// The node; empty: all of them.
    pub node_id: String,
    /// What it would hold; `None`: the rule counts several things at once.
    pub amount: Option<Amount>,
    /// The least inside; `None`: no lower limit.
    pub least: Option<Amount>,
    /// The most inside; `None`: no upper limit.
    pub most: Option<Amount>,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = if self.node_id.is_empty() { String::new() } else { format!(" of {}", self.node_id) };
        let Some(amount) = self.amount else { return write!(f, "{}{place} would not hold", self.what) };
        write!(f, "{}{place} would be {amount}", self.what)?;
        match (self.least, self.most) {
            (Some(least), Some(most)) => write!(f, ", and should be {least} to {most}"),
            (Some(least), None) => write!(f, ", and should be {least} or more"),
            (None, Some(most)) => write!(f, ", and should be {most} or less"),
            (None, None) => Ok(()),
        }
    }
}

/// The tiers of two plans of a problem, by their values: what the second has more or less.
pub fn beside(problem: &Problem, before: &[f64], after: &[f64]) -> Vec<TierChange> {
    let all = problem.tiers.keys().iter().zip(before).zip(after);
    all.map(|((t, &before), &after)| one(problem, t, before, after)).collect()
}

fn one(problem: &Problem, t: TierIndex, before: f64, after: f64) -> TierChange {
    let words = changed(problem, t, before, after);
    TierChange { tier: problem.number(t), name: tier_name(problem, t), before, after, words }
}

/// The tiers of two states, before and after.
pub(super) fn tiers(
    problem: &Problem,
    before: &Keyed<TierIndex, f64>,
    model: &Model,
    after: &State,
) -> Vec<TierChange> {
    let change = |(t, &before): (TierIndex, &f64)| one(problem, t, before, after.value(model, t));
    before.pairs().map(change).collect()
}

fn changed(problem: &Problem, tier: TierIndex, before: f64, after: f64) -> String {
    let near = NOTHING.max(before.abs() * 1e-9);
    let (from, to) = (value_of(problem, tier, before), value_of(problem, tier, after));
    let much = |change: f64| much_of(problem, tier, change);
    if after - before > near {
        format!("{} more ({from} to {to})", much(after - before))
    } else if before - after > near {
        format!("{} less ({from} to {to})", much(before - after))
    } else {
        String::new()
    }
}

/// Bands and limits that `after` is outside of, and `before` is not, or less.
pub(super) fn broken(model: &Model, before: &State, after: &State) -> Vec<Broken> {
    let problem = model.problem;
    let rows = &problem.rows;
    let node_id = |node: NodeIndex| problem.tree.nodes[node].id.clone();
    let mut broken = Vec::new();
    for (r, row) in rows.rows.pairs() {
        let (was, is) = (row.beyond(before.rows[r]), row.beyond(after.rows[r]));
        if is <= was {
            continue;
        }
        let shown = |limit: i64| problem.amount(row, limit);
        broken.push(Broken {
            rule_id: problem.rule_id(row.origin).unwrap_or_default().to_owned(),
            what: problem.label(row),
            node_id: node_id(row.node),
            amount: Some(shown(after.rows[r])),
            least: (row.limits.least > 0).then(|| shown(row.limits.least)),
            most: (row.limits.most < i64::MAX).then(|| shown(row.limits.most)),
        });
    }
    for (b, budget) in rows.budgets.pairs() {
        if budget.over(after.budgets[b]) <= budget.over(before.budgets[b]) {
            continue;
        }
        let id = problem.rule_id(budget.origin).unwrap_or_default();
        let counted = match budget.origin {
            Origin::Rule(rule, _) if budget.keep.is_none() => {
                problem.rules.get(rule).and_then(|rule| rule.kind.measure())
            }
            Origin::Rule(..) | Origin::Band { .. } => None,
        };
        let shown = |whole: i64| counted.map(|measure| problem.measures[measure].amount(whole));
        broken.push(Broken {
            rule_id: id.to_owned(),
            what: format!("rule {id}"),
            node_id: budget.node.map_or_else(String::new, node_id),
            amount: shown(after.budgets[b]),
            least: None,
            most: shown(budget.most),
        });
    }
    broken
}

/// The rules whose limits a state breaks, by id.
pub(super) fn broken_rules(model: &Model, state: &State) -> Vec<String> {
    let rows = &model.problem.rows;
    let hard = rows.rows.pairs().filter(|(r, row)| row.group.is_none() && !row.limits.hold(state.rows[*r]));
    let over = rows.budgets.pairs().filter(|(b, budget)| state.budgets[*b] > budget.most);
    let origins = hard.map(|(_, row)| row.origin).chain(over.map(|(_, budget)| budget.origin));
    let mut ids: Vec<String> = origins.filter_map(|origin| model.problem.rule_id(origin)).map(String::from).collect();
    ids.sort();
    ids.dedup();
    ids
}
