//! What each rule did in a plan: whom it speaks of, whom it made move, and how near the plan is to its limits.

use crate::amount::Amount;
use crate::index::{AccountIndex, Keyed, LeafIndex, Number, UnitIndex};
use crate::plan::{MoveCode, Plan};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Budget};
use crate::problem::origin::Origin;
use crate::problem::rows::Row;

/// What a rule did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEffect {
    /// Its id.
    pub rule_id: String,
    /// The accounts it picks; `None`: it speaks of all.
    pub accounts: Option<usize>,
    /// Those of them that leave their owner because a rule asks for it.
    pub moved: usize,
    /// What it limits, and what the plan has of it.
    pub limits: Vec<LimitEffect>,
}

/// A limit and what the plan has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitEffect {
    /// The node it speaks of; empty: the whole book.
    pub node_id: String,
    /// The measure, or what else is counted.
    pub measure: String,
    /// What the plan has.
    pub amount: Amount,
    /// The least; `None`: any.
    pub least: Option<Amount>,
    /// The most; `None`: any.
    pub most: Option<Amount>,
    /// Whether one more of the measure's smallest unit would pass it.
    pub reached: bool,
}

/// What every rule did in a plan of this problem, in the order of the request. Budgets of keep and cover limits, which count
/// in units of their own, are left out. Empty where the plan has no assignments.
pub fn rule_effects(problem: &Problem, plan: &Plan) -> Vec<RuleEffect> {
    if problem.rules.is_empty() || plan.assignments.len() != problem.account_count() {
        return Vec::new();
    }
    let leaves = leaves(problem, plan);
    let effect = |(index, rule): (_, &crate::problem::rules::Rule)| {
        let moved = |account: &&AccountIndex| {
            let reason = plan.assignments[account.get()].move_reason.as_ref();
            reason.is_some_and(|reason| reason.code == MoveCode::Rule)
        };
        let picked = rule.kind.picked();
        let is_own = |origin: Origin| matches!(origin, Origin::Rule(of, _) if of == index);
        let rows = problem.rows.rows.iter().filter(|row| is_own(row.origin));
        let budgets = problem.rows.budgets.iter().filter(|budget| is_own(budget.origin));
        let mut limits: Vec<LimitEffect> = rows.map(|row| of_row(problem, row, &leaves)).collect();
        limits.extend(budgets.filter_map(|budget| of_budget(problem, budget, rule.kind.measure(), &leaves)));
        RuleEffect {
            rule_id: rule.id.clone(),
            accounts: picked.map(<[AccountIndex]>::len),
            moved: picked.map_or(0, |accounts| accounts.iter().filter(moved).count()),
            limits,
        }
    };
    problem.rules.pairs().map(effect).collect()
}

/// The leaf of each unit in a plan.
fn leaves(problem: &Problem, plan: &Plan) -> Keyed<UnitIndex, LeafIndex> {
    let mut leaf_of_node = vec![LeafIndex::new(0); problem.tree.nodes.len()];
    problem.tree.leaves.pairs().for_each(|(leaf, node)| leaf_of_node[node.get()] = leaf);
    let leaf = |members: &[AccountIndex]| {
        let assignment = members.first().map(|first| &plan.assignments[first.get()]);
        let node = assignment.map_or(0, |a| a.path.last().copied().unwrap_or(a.territory));
        leaf_of_node.get(node).copied().unwrap_or(LeafIndex::new(0))
    };
    problem.units.all_members().map(leaf).collect()
}

fn of_row(problem: &Problem, row: &Row, leaves: &Keyed<UnitIndex, LeafIndex>) -> LimitEffect {
    let (load, node) = (&problem.rows.loads[row.load], &problem.tree.nodes[row.node]);
    let inside = |leaf: LeafIndex| node.leaves.start <= leaf && leaf < node.leaves.end;
    let held: i64 = load.amounts.pairs().filter(|(unit, _)| inside(leaves[*unit])).map(|(_, amount)| amount).sum();
    let limits = row.limits;
    let shown = |limit: i64, none: i64| (limit != none).then(|| problem.amount(row, limit));
    LimitEffect {
        node_id: if node.parent.is_none() { String::new() } else { node.id.clone() },
        measure: load.measure.map_or_else(|| "its accounts".into(), |measure| problem.measures[measure].name.clone()),
        amount: problem.amount(row, held),
        least: shown(limits.least, i64::MIN),
        most: shown(limits.most, i64::MAX),
        reached: held == limits.least || held == limits.most,
    }
}

fn of_budget(
    problem: &Problem,
    budget: &Budget,
    measure: Option<crate::index::MeasureIndex>,
    leaves: &Keyed<UnitIndex, LeafIndex>,
) -> Option<LimitEffect> {
    if !matches!(budget.adds, Adds::Moves(_)) {
        return None;
    }
    let used: i64 = leaves.pairs().map(|(unit, &leaf)| budget.amount(unit, leaf)).sum();
    let measure = measure.map(|measure| &problem.measures[measure]);
    let amount = |whole: i64| measure.map_or(Amount::new(whole, 0), |measure| measure.amount(whole));
    Some(LimitEffect {
        node_id: budget.node.map_or_else(String::new, |node| problem.tree.nodes[node].id.clone()),
        measure: format!("{} that moves", measure.map_or("", |measure| measure.name.as_str())),
        amount: amount(used),
        least: None,
        most: Some(amount(budget.most)),
        reached: used == budget.most,
    })
}
