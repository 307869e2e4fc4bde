//! An assignment with its row amounts, and what a change would do to it.

use crate::index::{
    BudgetIndex, GroupIndex, Keyed, LeafIndex, LoadIndex, NodeIndex, Number, RowIndex, Span, TierIndex, UnitIndex,
};
use crate::problem::Problem;
use crate::problem::rows::Group;
pub(crate) use crate::proof::bound::slack;
use crate::proof::costs::Costs;
use std::sync::OnceLock;

/// The problem as the search sees it: who goes where, at what cost, counting toward which rows.
pub(crate) struct Model<'a> {
    pub problem: &'a Problem,
    pub costs: &'a Costs,
    pub units: usize,
    pub leaves: usize,
    /// Amounts, units × loads.
    amounts: Vec<i64>,
    loads: usize,
    /// Rows of each node.
    rows_of_node: Keyed<NodeIndex, Vec<RowIndex>>,
    /// Nodes from level 1 down to each leaf.
    paths: Keyed<LeafIndex, Vec<NodeIndex>>,
}

impl<'a> Model<'a> {
    pub fn new(problem: &'a Problem, costs: &'a Costs) -> Model<'a> {
        let (units, loads) = (problem.units.count(), problem.rows.loads.len());
        let mut amounts = vec![0; units * loads];
        for (l, load) in problem.rows.loads.pairs() {
            for (u, &amount) in load.amounts.pairs() {
                amounts[u.get() * loads + l.get()] = amount;
            }
        }
        let mut rows_of_node = problem.tree.nodes.map(|_| Vec::new());
        for (r, row) in problem.rows.rows.pairs() {
            rows_of_node[row.node].push(r);
        }
        let leaves = problem.tree.leaves.len();
        // The root counts too: a rule may bound the whole book.
        let path = |leaf: LeafIndex| {
            let mut path = problem.tree.path(leaf);
            path.retain(|&n| n != NodeIndex::ROOT);
            path.insert(0, NodeIndex::ROOT);
            path
        };
        let paths = problem.tree.leaves.keys().iter().map(path).collect();
        Model { problem, costs, units, leaves, amounts, loads, rows_of_node, paths }
    }

    /// All units.
    pub fn all_units(&self) -> Span<UnitIndex> {
        self.problem.units.all()
    }

    /// All leaves.
    pub fn all_leaves(&self) -> Span<LeafIndex> {
        self.paths.keys()
    }

    pub fn amount(&self, unit: UnitIndex, load: LoadIndex) -> i64 {
        self.amounts[unit.get() * self.loads + load.get()]
    }

    /// Rows that a leaf's units count toward.
    pub fn rows_at(&self, leaf: LeafIndex) -> impl Iterator<Item = RowIndex> + '_ {
        self.paths[leaf].iter().flat_map(|&node| self.rows_of_node[node].iter().copied())
    }

    /// Rows that units leave and enter by going from leaf `from` to leaf `to`; shared nodes are passed over.
    pub fn rows_between(&self, from: LeafIndex, to: LeafIndex) -> impl Iterator<Item = (RowIndex, bool)> + '_ {
        let (a, b) = (&self.paths[from], &self.paths[to]);
        let shared = a.iter().zip(b).take_while(|(x, y)| x == y).count();
        let rows = |nodes: &'_ [NodeIndex], enters| {
            nodes.iter().flat_map(move |&n| self.rows_of_node[n].iter().map(move |&r| (r, enters))).collect::<Vec<_>>()
        };
        rows(&a[shared..], false).into_iter().chain(rows(&b[shared..], true))
    }

    /// Nodes from the root down to a leaf.
    pub fn path(&self, leaf: LeafIndex) -> &[NodeIndex] {
        &self.paths[leaf]
    }

    /// The rows, for every pair of leaves, to be looked up.
    pub fn pairs(&self) -> Pairs {
        Pairs { table: (0..self.leaves * self.leaves).map(|_| OnceLock::new()).collect(), leaves: self.leaves }
    }
}

/// Rows that change between two leaves, and whether units enter them: written down when first asked for, as trees of many
/// leaves have more pairs than are ever looked at.
pub(crate) struct Pairs {
    table: Vec<OnceLock<Vec<(RowIndex, bool)>>>,
    leaves: usize,
}

impl Pairs {
    pub fn rows(&self, model: &Model, from: LeafIndex, to: LeafIndex) -> &[(RowIndex, bool)] {
        let pair = &self.table[from.get() * self.leaves + to.get()];
        pair.get_or_init(|| model.rows_between(from, to).collect())
    }
}

/// Who goes where.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Leaf of each unit.
    pub leaf_of: Keyed<UnitIndex, LeafIndex>,
    /// Amount in each row.
    pub rows: Keyed<RowIndex, i64>,
    /// What each budget has used.
    pub budgets: Keyed<BudgetIndex, i64>,
}

impl State {
    pub fn new(model: &Model, leaf_of: Keyed<UnitIndex, LeafIndex>) -> State {
        let rows = &model.problem.rows;
        let mut state = State { leaf_of: Keyed::new(), rows: rows.rows.map(|_| 0), budgets: rows.budgets.map(|_| 0) };
        for (unit, &leaf) in leaf_of.pairs() {
            for row in model.rows_at(leaf) {
                state.rows[row] += model.amount(unit, rows.rows[row].load);
            }
            for (used, budget) in state.budgets.iter_mut().zip(&rows.budgets) {
                *used += budget.amount(unit, leaf);
            }
        }
        state.leaf_of = leaf_of;
        state
    }

    pub fn shift(&mut self, model: &Model, pairs: &Pairs, unit: UnitIndex, to: LeafIndex) {
        let from = self.leaf_of[unit];
        let rows = &model.problem.rows;
        for &(row, enters) in pairs.rows(model, from, to) {
            let amount = model.amount(unit, rows.rows[row].load);
            self.rows[row] += if enters { amount } else { -amount };
        }
        for (used, budget) in self.budgets.iter_mut().zip(&rows.budgets) {
            *used += budget.amount(unit, to) - budget.amount(unit, from);
        }
        self.leaf_of[unit] = to;
    }

    /// How far hard rows and budgets are broken, each relative to its target; 0 when none is.
    pub fn broken(&self, model: &Model) -> f64 {
        self.broken_without(model, &[])
    }

    /// The same, some budgets left out.
    pub fn broken_without(&self, model: &Model, budgets: &[BudgetIndex]) -> f64 {
        let rows = &model.problem.rows;
        let hard = rows.rows.zip(&self.rows).filter(|(r, _)| r.group.is_none());
        let over_rows: f64 = hard.map(|(r, &a)| r.beyond(a)).sum();
        let counted = rows.budgets.pairs().zip(&self.budgets).filter(|((b, _), _)| !budgets.contains(b));
        let over_budgets: f64 = counted.map(|((_, budget), &used)| budget.over(used)).sum();
        over_rows + over_budgets
    }

    /// Worst excess in each group.
    pub fn excess(&self, model: &Model) -> Keyed<GroupIndex, f64> {
        let groups = &model.problem.rows.groups;
        groups
            .iter()
            .map(|g| g.rows.iter().map(|r| excess(model.problem, r, self.rows[r])).fold(0.0, f64::max))
            .collect()
    }

    /// Whether every amount is inside its band. Without bands, false.
    pub fn meets_bands(&self, problem: &Problem) -> bool {
        let rows = &problem.rows;
        let met = |row: RowIndex| rows.rows[row].limits.hold(self.rows[row]);
        !rows.groups.is_empty() && rows.groups.iter().all(|group| group.rows.iter().all(met))
    }

    /// The separable part of a tier's value, added up in the order of units.
    pub fn cost(&self, model: &Model, tier: TierIndex) -> f64 {
        if !model.costs.has(tier) {
            return 0.0;
        }
        self.leaf_of.pairs().map(|(u, &l)| model.costs.at(tier, u, l)).sum()
    }

    /// The value of a tier.
    pub fn value(&self, model: &Model, tier: TierIndex) -> f64 {
        let (of, largest) = model.problem.bands_of(tier);
        self.step(model.problem, of, largest) + self.cost(model, tier)
    }

    /// The weighted sum over a tier's groups of so many of each one's largest excesses.
    pub fn step(&self, problem: &Problem, tier: TierIndex, largest: usize) -> f64 {
        let groups = problem.rows.groups.iter().filter(|g| g.tier == tier);
        groups.map(|g| g.weight * self.largest(problem, g, largest)).sum()
    }

    /// Sum of a group's largest excesses, so many of them.
    pub fn largest(&self, problem: &Problem, group: &Group, count: usize) -> f64 {
        let all = group.rows.iter().map(|r| excess(problem, r, self.rows[r]));
        if count == 1 {
            return all.fold(0.0, f64::max);
        }
        let mut all: Vec<f64> = all.collect();
        all.sort_by(|a, b| b.total_cmp(a));
        all.iter().take(count).sum()
    }

    /// How many steps after its first a tier of the request comes to here: one more for each row of a group that is
    /// outside its band. In the last of them nothing is added any more, unless there are more than can be.
    pub fn steps(&self, problem: &Problem, tier: TierIndex) -> usize {
        let groups = problem.rows.groups.iter().filter(|g| g.tier == tier);
        let outside = |g: &Group| g.rows.iter().filter(|&r| !problem.rows.rows[r].limits.hold(self.rows[r])).count();
        groups.map(outside).max().unwrap_or(0).min(problem.steps_max(tier))
    }

    /// Whether hard rules hold and every tier before `tier` is within its limit.
    pub fn is_within(&self, model: &Model, limits: &Keyed<TierIndex, f64>) -> bool {
        self.broken(model) == 0.0 && limits.pairs().all(|(s, &limit)| self.value(model, s) <= limit + slack(limit))
    }
}

/// How far an amount lies outside the band of soft row `row`, relative to its target.
pub(crate) fn excess(problem: &Problem, row: RowIndex, amount: i64) -> f64 {
    problem.rows.rows[row].beyond(amount)
}
