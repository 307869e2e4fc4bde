//! The rows that couple the units, shared by the engine, the certificate and its check.
//!
//! Sets      units u, leaves l, nodes n (a node holds the units at its leaves)
//! Loads     a(u): whole amounts of one measure, of a rule's accounts, or a count
//! Rows      lo <= sum of a(u) over the units at node n <= hi; hard, or soft in a group (one criterion,
//!           one measure, one level), where the band widens by excess x target
//! Budgets   sum over u of what unit u adds by going to its leaf <= most

use super::budget::Budget;
use super::origin::{Origin, Side};
use super::whole::WholeLimits;
use crate::index::{
    BudgetIndex, GroupIndex, Keyed, LineIndex, LoadIndex, MeasureIndex, NodeIndex, Number, RowIndex, RuleIndex, Span,
    TierIndex, UnitIndex,
};
use std::sync::Arc;

/// Amounts of one thing by unit.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// The measure that it holds all of; `None`: it is what a rule counts.
    pub measure: Option<MeasureIndex>,
    pub amounts: Arc<Keyed<UnitIndex, i64>>,
    pub total: i64,
    /// What pools take away from it before it is shared.
    pub outside: i64,
    /// Every sum of amounts is a multiple of this; at least 1.
    pub step: i64,
}

impl Load {
    pub fn of(measure: Option<MeasureIndex>, amounts: Keyed<UnitIndex, i64>) -> Load {
        Load {
            measure,
            total: amounts.iter().sum(),
            outside: 0,
            step: common_divisor(amounts.as_slice()),
            amounts: Arc::new(amounts),
        }
    }

    /// What the nodes of the balance share of it.
    pub fn shared(&self) -> i64 {
        self.total - self.outside
    }
}

fn common_divisor(amounts: &[i64]) -> i64 {
    let mut divisor = 0_i64;
    for &amount in amounts {
        let (mut a, mut b) = (divisor, amount.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        divisor = a;
        if divisor == 1 {
            break;
        }
    }
    divisor.max(1)
}

/// One node's limits on one load, in the load's unit.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// With the node it tells the row from every other.
    pub origin: Origin,
    pub load: LoadIndex,
    pub node: NodeIndex,
    /// The limits as whole amounts: they decide whether an amount is inside.
    pub limits: WholeLimits,
    /// The limits rounded once, for relaxations; infinite: none.
    pub lo: f64,
    pub hi: f64,
    /// What excess is relative to; above 0.
    pub target: f64,
    /// The group the row is soft in; `None`: hard.
    pub group: Option<GroupIndex>,
}

impl Row {
    /// How far an amount is beyond the limits, relative to the target: the excess of soft rows, the breach of hard ones.
    pub fn beyond(&self, amount: i64) -> f64 {
        self.limits.beyond(amount) / self.target
    }
}

/// Rows whose worst excess is one term of a tier.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub tier: TierIndex,
    pub criterion: usize,
    /// Criterion weight × level weight; above 0.
    pub weight: f64,
    pub tolerance: f64,
    pub level: usize,
    pub measure: MeasureIndex,
    /// The measure's.
    pub load: LoadIndex,
    pub rows: Span<RowIndex>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowOrBudget {
    Row(RowIndex),
    Budget(BudgetIndex),
}

/// All that couples the units.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    /// Those of measures first, then those that rules count.
    pub loads: Keyed<LoadIndex, Load>,
    load_of: Keyed<MeasureIndex, LoadIndex>,
    pub rows: Keyed<RowIndex, Row>,
    pub groups: Keyed<GroupIndex, Group>,
    pub budgets: Keyed<BudgetIndex, Budget>,
}

impl Rows {
    /// Adds a load, and gives its number. Those of measures come in the order of measures.
    pub fn push_load(&mut self, load: Load) -> LoadIndex {
        let measure = load.measure;
        let at = self.loads.push(load);
        if let Some(measure) = measure {
            debug_assert_eq!(measure.get(), self.load_of.len(), "measures come in their order");
            self.load_of.push(at);
        }
        at
    }

    /// The same with other groups over the same rows.
    pub fn with_groups(&self, groups: Keyed<GroupIndex, Group>) -> Rows {
        Rows { groups, ..self.clone() }
    }

    /// What tells each line from every other: where it comes from, and its node.
    pub fn keys(&self) -> Keyed<LineIndex, (Origin, Option<NodeIndex>)> {
        let rows = self.rows.iter().map(|row| (row.origin, Some(row.node)));
        rows.chain(self.budgets.iter().map(|budget| (budget.origin, budget.node))).collect()
    }

    /// What tells a line from every other.
    pub fn key(&self, line: LineIndex) -> (Origin, Option<NodeIndex>) {
        match self.row_or_budget(line) {
            RowOrBudget::Row(row) => (self.rows[row].origin, Some(self.rows[row].node)),
            RowOrBudget::Budget(budget) => (self.budgets[budget].origin, self.budgets[budget].node),
        }
    }

    /// What a line is.
    pub fn row_or_budget(&self, line: LineIndex) -> RowOrBudget {
        match line.get().checked_sub(self.rows.len()) {
            None => RowOrBudget::Row(RowIndex::new(line.get())),
            Some(budget) => RowOrBudget::Budget(BudgetIndex::new(budget)),
        }
    }

    /// The load that holds all of a measure.
    pub fn load_of(&self, measure: MeasureIndex) -> LoadIndex {
        self.load_of[measure]
    }

    /// Adds the only row that rule `rule` has at the node.
    pub fn push_hard(&mut self, rule: RuleIndex, load: LoadIndex, node: NodeIndex, limits: WholeLimits) {
        let target = (self.loads[load].total as f64).max(1.0);
        let origin = Origin::Rule(rule, Side::Only);
        self.rows.push(Row { origin, load, node, limits, lo: limits.lo(), hi: limits.hi(), target, group: None });
    }
}
