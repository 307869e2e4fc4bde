//! The hard rules as limits on whole-number sums: what they shut, and what multipliers of them prove.

use super::open::{Open, bits_of};
use crate::index::{Keyed, LeafIndex, LineIndex, LoadIndex, NodeIndex, Number, RowIndex, RuleIndex, Span, UnitIndex};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Budget};
use crate::problem::origin::{Origin, Side};
use crate::problem::whole::WholeLimits;
use crate::proof::prices::{Prices, Restriction};

/// Passes over all lines that shut leaves, at most. Each pass is valid by itself; more find less and less.
const PASSES_MAX: usize = 24;
/// Products and sums of multipliers stay below this, far from the end of 128 bits.
const SUM_MAX: i128 = 1 << 124;
/// Multipliers are whole numbers below this.
const MULTIPLIER_MAX: f64 = (1_u128 << 120) as f64;

/// The hard rules of a problem as whole-number lines: its hard rows, then its budgets.
pub(crate) struct Hard<'a> {
    pub problem: &'a Problem,
    pub lines: Keyed<LineIndex, Line<'a>>,
}

/// One limit on a sum over all units.
pub(crate) struct Line<'a> {
    pub counts: Counts<'a>,
    pub lo: Option<i128>,
    pub hi: Option<i128>,
    /// No sum is larger than this in size.
    pub reach: i128,
}

/// What a unit adds to a line.
#[derive(Clone)]
pub(crate) enum Counts<'a> {
    /// Its amount of a load, at the leaves of a node; `inside` holds them as bits.
    Node { load: LoadIndex, amounts: &'a Keyed<UnitIndex, i64>, leaves: Span<LeafIndex>, inside: Vec<u64> },
    /// As the budget has it.
    Budget(&'a Budget),
}

/// What a pass over a line did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// The line cannot hold.
    Fails,
    /// It shut leaves.
    Shut,
    Nothing,
}

impl<'a> Hard<'a> {
    /// Of a problem without tiers.
    pub fn of(problem: &'a Problem) -> Hard<'a> {
        Hard::within(problem, &problem.rows.rows.map(|row| row.limits))
    }

    /// The rows within `limits`, and the budgets.
    pub fn within(problem: &'a Problem, limits: &Keyed<RowIndex, WholeLimits>) -> Hard<'a> {
        let rows = problem.rows.rows.iter().zip(limits).map(|(row, limits)| {
            let load = &problem.rows.loads[row.load];
            let step = i128::from(load.step);
            // Sums are multiples of the step: the limits nearest inside are as good.
            let lo = limited(limits.least, i64::MIN).map(|lo| -(-lo).div_euclid(step) * step);
            let hi = limited(limits.most, i64::MAX).map(|hi| hi.div_euclid(step) * step);
            let leaves = problem.tree.nodes[row.node].leaves;
            let reach = load.amounts.iter().map(|a| i128::from(a.unsigned_abs())).sum();
            let inside = bits_of(leaves, problem.tree.leaves.len());
            Line { counts: Counts::Node { load: row.load, amounts: &load.amounts, leaves, inside }, lo, hi, reach }
        });
        let budgets = problem.rows.budgets.iter().map(|budget| {
            let leaves = problem.tree.leaves.keys();
            let most = |unit| leaves.iter().map(|l| i128::from(budget.amount(unit, l)).abs()).max().unwrap_or(0);
            let reach = problem.units.all().iter().map(most).sum();
            Line { counts: Counts::Budget(budget), lo: None, hi: Some(i128::from(budget.most)), reach }
        });
        Hard { problem, lines: rows.chain(budgets).collect() }
    }

    /// The rule that sets a line.
    pub fn rule(&self, line: LineIndex) -> RuleIndex {
        self.key(line).0
    }

    /// What tells a line from every other: rule, side and node.
    pub fn key(&self, line: LineIndex) -> (RuleIndex, Side, Option<NodeIndex>) {
        let (origin, node) = self.problem.rows.key(line);
        match origin {
            Origin::Rule(rule, side) => (rule, side, node),
            Origin::Band { .. } => unreachable!("a problem without tiers has no bands"),
        }
    }

    /// The least and the most that all units together add to a line at open leaves.
    pub fn activity(&self, line: LineIndex, open: &Open) -> (i128, i128) {
        let each = self.problem.units.all().iter().map(|unit| self.lines[line].extremes(unit, open));
        each.fold((0, 0), |sum, (low, high)| (sum.0 + low, sum.1 + high))
    }

    /// The leaves open to each unit; `None` when that shows that there is no plan.
    pub fn open(&self) -> Option<Open> {
        let mut open = self.allowed();
        self.shut(&mut open, &mut |_| {}).then_some(open)
    }

    /// The leaves that rules over where units go allow.
    pub fn allowed(&self) -> Open {
        Open::allowed(&self.problem.units, self.problem.tree.leaves.len())
    }

    /// The same where some units keep to some leaves.
    pub fn open_under(&self, root: &Open, restrictions: &[Restriction]) -> Option<Open> {
        let mut open = root.clone();
        restrictions.iter().for_each(|(unit, leaves)| open.keep(*unit, |word| leaves.word(word)));
        (restrictions.is_empty() || self.shut(&mut open, &mut |_| {})).then_some(open)
    }

    /// Shuts leaves until nothing more is found, and notes the lines that do. False: there is no plan.
    pub fn shut(&self, open: &mut Open, note: &mut dyn FnMut(LineIndex)) -> bool {
        if self.problem.units.all().iter().any(|unit| open.is_shut(unit)) {
            return false;
        }
        for _ in 0..PASSES_MAX {
            let mut shut = false;
            for line in self.lines.keys() {
                let passed = self.pass(line, open);
                if passed != Pass::Nothing {
                    note(line);
                    shut = true;
                }
                if passed == Pass::Fails {
                    return false;
                }
            }
            if !shut {
                break;
            }
        }
        true
    }

    /// Shuts the leaves at which one line cannot hold.
    fn pass(&self, line: LineIndex, open: &mut Open) -> Pass {
        let (least, most) = self.activity(line, open);
        let line = &self.lines[line];
        if line.hi.is_some_and(|hi| least > hi) || line.lo.is_some_and(|lo| most < lo) {
            return Pass::Fails;
        }
        let over = |added: i128, low: i128| line.hi.is_some_and(|hi| least - low + added > hi);
        let under = |added: i128, high: i128| line.lo.is_some_and(|lo| most - high + added < lo);
        let mut shut = false;
        for unit in self.problem.units.all() {
            let (low, high) = line.extremes(unit, open);
            if low == high || !(over(high, low) || under(low, high)) {
                continue;
            }
            shut = true;
            let fails = |added: i128| over(added, low) || under(added, high);
            match &line.counts {
                Counts::Node { amounts, inside, .. } => {
                    if fails(i128::from(amounts[unit])) {
                        open.keep(unit, |word| !inside[word]);
                    }
                    if fails(0) {
                        open.keep(unit, |word| inside[word]);
                    }
                }
                Counts::Budget(budget) => {
                    let leaves: Vec<LeafIndex> = open.leaves(unit).collect();
                    for leaf in leaves.into_iter().filter(|&l| fails(i128::from(budget.amount(unit, l)))) {
                        open.shut(unit, leaf);
                    }
                }
            }
            if open.is_shut(unit) {
                return Pass::Fails;
            }
        }
        if shut { Pass::Shut } else { Pass::Nothing }
    }

    /// Whether an assignment meets every line. Where units may go is not looked at.
    pub fn holds(&self, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> bool {
        self.lines.iter().all(|line| line.holds(leaf_of))
    }

    /// Whether the multipliers, whole numbers, prove that no plan keeps to the open leaves.
    pub fn refutes(&self, prices: &Prices, open: &Open) -> bool {
        self.weighed(prices, open).is_some_and(|(most, asked)| most < asked)
    }

    /// The largest sum of the multipliers' lines that units at open leaves can have, and what limits ask of it; `None`
    /// when a multiplier is no whole number, or one for a side without a limit, or sums could overflow.
    pub fn weighed(&self, prices: &Prices, open: &Open) -> Option<(i128, i128)> {
        let (leaves, loads) = (self.problem.tree.leaves.len(), self.problem.rows.loads.len());
        let mut worth = vec![0_i128; leaves * loads];
        let mut budgets: Vec<(&Budget, i128)> = Vec::new();
        let (mut asked, mut size) = (0_i128, 0_i128);
        for (line, &price) in self.lines.iter().zip(prices.rows.iter().chain(&prices.budgets)) {
            let by = whole(price)?;
            if by == 0 {
                continue;
            }
            let limit = if by > 0 { line.lo? } else { line.hi? };
            size = size.checked_add(by.abs().checked_mul(line.reach.max(limit.abs()).max(1))?)?;
            if size > SUM_MAX {
                return None;
            }
            asked += by * limit;
            match &line.counts {
                Counts::Node { load, leaves: inside, .. } => {
                    inside.iter().for_each(|l| worth[l.get() * loads + load.get()] += by)
                }
                Counts::Budget(budget) => budgets.push((budget, by)),
            }
        }
        let weighed = |m: &LoadIndex| (0..leaves).any(|l| worth[l * loads + m.get()] != 0);
        let used: Vec<LoadIndex> = self.problem.rows.loads.keys().iter().filter(weighed).collect();
        let most = |unit: UnitIndex| {
            let at = |leaf: LeafIndex| {
                let amount = |&load: &LoadIndex| i128::from(self.problem.rows.loads[load].amounts[unit]);
                let rows: i128 = used.iter().map(|m| worth[leaf.get() * loads + m.get()] * amount(m)).sum();
                rows + budgets.iter().map(|(b, by)| by * i128::from(b.amount(unit, leaf))).sum::<i128>()
            };
            open.leaves(unit).map(at).max().unwrap_or(0)
        };
        Some((self.problem.units.all().iter().map(most).sum(), asked))
    }
}

impl Line<'_> {
    /// Whether it holds in an assignment.
    pub fn holds(&self, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> bool {
        let sum = self.sum(leaf_of);
        self.lo.is_none_or(|lo| lo <= sum) && self.hi.is_none_or(|hi| sum <= hi)
    }

    /// How far an assignment is beyond it, as a part of what it counts; 0: it holds.
    pub fn beyond(&self, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> f64 {
        let sum = self.sum(leaf_of);
        let below = self.lo.map_or(0, |lo| (lo - sum).max(0));
        let above = self.hi.map_or(0, |hi| (sum - hi).max(0));
        below.max(above) as f64 / (self.reach as f64).max(1.0)
    }

    fn sum(&self, leaf_of: &Keyed<UnitIndex, LeafIndex>) -> i128 {
        leaf_of.pairs().map(|(unit, &leaf)| self.amount(unit, leaf)).sum()
    }

    /// The least and the most that a unit adds at its open leaves.
    pub fn extremes(&self, unit: UnitIndex, open: &Open) -> (i128, i128) {
        match &self.counts {
            Counts::Node { amounts, inside, .. } => {
                let amount = i128::from(amounts[unit]);
                if amount == 0 {
                    return (0, 0);
                }
                match open.sides(unit, inside) {
                    (true, true) => (amount.min(0), amount.max(0)),
                    (true, false) => (amount, amount),
                    _ => (0, 0),
                }
            }
            Counts::Budget(budget) => {
                let mut amounts = open.leaves(unit).map(|l| i128::from(budget.amount(unit, l)));
                let first = amounts.next().unwrap_or(0);
                amounts.fold((first, first), |(low, high), a| (low.min(a), high.max(a)))
            }
        }
    }

    /// What a unit adds at a leaf.
    pub fn amount(&self, unit: UnitIndex, leaf: LeafIndex) -> i128 {
        match &self.counts {
            Counts::Node { amounts, leaves, .. } if leaves.contains(leaf) => i128::from(amounts[unit]),
            Counts::Node { .. } => 0,
            Counts::Budget(budget) => i128::from(budget.amount(unit, leaf)),
        }
    }

    /// Whether it is over what leaves its owner.
    pub fn counts_moves(&self) -> bool {
        matches!(&self.counts, Counts::Budget(Budget { adds: Adds::Moves(_), .. }))
    }
}

fn limited(limit: i64, none: i64) -> Option<i128> {
    (limit != none).then(|| i128::from(limit))
}

fn whole(price: f64) -> Option<i128> {
    (price.fract() == 0.0 && price.abs() < MULTIPLIER_MAX).then_some(price as i128)
}
