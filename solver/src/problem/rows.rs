//! The rows that couple the units, shared by the engine, the certificate and its check.
//!
//! Sets      units u, leaves l, nodes n (a node holds the units at its leaves)
//! Loads     a(u): whole amounts of one measure, of a rule's accounts, or a count
//! Rows      lo <= sum of a(u) over the units at node n <= hi; hard, or soft in a group (one criterion,
//!           one measure, one level), where the band widens by excess x target
//! Budgets   sum over u of what unit u moves by going to its leaf <= most

use super::rules::RuleKind;
use super::tiers::Kind;
use super::{Accounts, Problem};

/// Amounts of one thing by unit.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub amounts: Vec<i64>,
    pub total: i64,
}

/// One node's limits on one load, in the load's unit.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What it counts, unique with its node: a measure's name or `attribute=value` (`#2` when balanced a second
    /// time), or `rule` with the rule's id.
    pub name: String,
    pub load: usize,
    pub node: usize,
    pub lo: f64,
    pub hi: f64,
    /// What excess is relative to; above 0.
    pub target: f64,
    /// The group the row is soft in; `None`: hard.
    pub group: Option<usize>,
}

/// Rows whose worst excess is one term of a tier.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub tier: usize,
    pub criterion: usize,
    /// Criterion weight × level weight; above 0.
    pub weight: f64,
    pub tolerance: f64,
    pub level: usize,
    /// Index into the problem's measures.
    pub measure: usize,
    pub rows: std::ops::Range<usize>,
}

/// What units move by going to a territory other than their owner's.
#[derive(Debug, Clone)]
pub(crate) struct Moves {
    /// Owned amount of each unit.
    pub owned: Vec<i64>,
    /// For each unit the territories that own some of it, with the amount.
    pub kept: Vec<Vec<(usize, i64)>>,
    pub total: i64,
}

impl Moves {
    /// What unit `unit` moves by going to territory `territory`.
    pub fn amount(&self, unit: usize, territory: usize) -> i64 {
        self.owned[unit] - self.kept[unit].iter().find(|(t, _)| *t == territory).map_or(0, |(_, a)| *a)
    }

    /// Over `accounts` (`None`: all) whose owner satisfies `owner`.
    pub fn of(
        accounts: &Accounts,
        problem_units: &super::units::Units,
        amounts: &[i64],
        among: Option<&[usize]>,
        owner: Option<usize>,
    ) -> Moves {
        let count = problem_units.members.len();
        let mut moves = Moves { owned: vec![0; count], kept: vec![Vec::new(); count], total: 0 };
        let mut add = |account: usize| {
            let Some(by) = accounts.owners[account] else { return };
            if owner.is_some_and(|o| o != by) || amounts[account] == 0 {
                return;
            }
            let unit = problem_units.of[account];
            moves.owned[unit] += amounts[account];
            moves.total += amounts[account];
            match moves.kept[unit].iter_mut().find(|(t, _)| *t == by) {
                Some((_, amount)) => *amount += amounts[account],
                None => moves.kept[unit].push((by, amounts[account])),
            }
        };
        match among {
            Some(list) => list.iter().for_each(|&a| add(a)),
            None => (0..amounts.len()).for_each(&mut add),
        }
        moves
    }
}

/// A limit on moves.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    pub rule: String,
    /// The owner it holds for; `None`: all together.
    pub owner: Option<usize>,
    pub moves: Moves,
    pub most: i64,
}

/// All that couples the units.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub loads: Vec<Load>,
    pub rows: Vec<Row>,
    pub groups: Vec<Group>,
    pub budgets: Vec<Budget>,
}

impl Rows {
    /// Writes out the rows: soft ones by tier, criterion, measure, level and node; then rules in order.
    pub fn of(problem: &Problem) -> Rows {
        let mut rows = Rows::default();
        for measure in &problem.measures {
            rows.loads.push(Load { amounts: problem.units.sum(&measure.amounts), total: measure.total });
        }
        rows.soft(problem);
        rows.hard(problem);
        rows
    }

    fn soft(&mut self, problem: &Problem) {
        for (t, tier) in problem.tiers.iter().enumerate() {
            for (c, criterion) in tier.criteria.iter().enumerate() {
                let Kind::Bands(bands) = &criterion.kind else { continue };
                for band in bands {
                    for (i, &(tolerance, weight)) in band.levels.iter().enumerate().filter(|(_, l)| l.1 > 0.0) {
                        let first = self.rows.len();
                        let before =
                            self.groups.iter().filter(|g| g.measure == band.measure && g.level == i + 1).count();
                        let again = if before > 0 { format!("#{}", before + 1) } else { String::new() };
                        for node in problem.tree.level(i + 1) {
                            let target = problem.tree.target(node, problem.measures[band.measure].total);
                            self.rows.push(Row {
                                name: format!("{}{again}", problem.measures[band.measure].name),
                                load: band.measure,
                                node,
                                lo: target * (1.0 - tolerance),
                                hi: target * (1.0 + tolerance),
                                target,
                                group: Some(self.groups.len()),
                            });
                        }
                        self.groups.push(Group {
                            tier: t,
                            criterion: c,
                            weight: criterion.weight * weight,
                            tolerance,
                            level: i + 1,
                            measure: band.measure,
                            rows: first..self.rows.len(),
                        });
                    }
                }
            }
        }
    }

    fn hard(&mut self, problem: &Problem) {
        for rule in &problem.rules {
            match &rule.kind {
                RuleKind::Bounds { accounts, nodes, measure, min, max } => {
                    let load = self.load_over(problem, *measure, accounts.as_deref());
                    for &node in nodes {
                        let lo = min.map_or(f64::NEG_INFINITY, |m| m as f64);
                        let hi = max.map_or(f64::INFINITY, |m| m as f64);
                        self.push_hard(&rule.id, load, node, lo, hi);
                    }
                }
                RuleKind::Apart { accounts } => {
                    let mut amounts = vec![0; problem.units.members.len()];
                    accounts.iter().for_each(|&a| amounts[problem.units.of[a]] = 1);
                    let total = amounts.iter().sum();
                    self.loads.push(Load { amounts, total });
                    for node in problem.tree.territories() {
                        self.push_hard(&rule.id, self.loads.len() - 1, node, f64::NEG_INFINITY, 1.0);
                    }
                }
                RuleKind::MoveLimit { accounts, measure, most, per_owner } => {
                    let amounts = &problem.measures[*measure].amounts;
                    let owners = if *per_owner {
                        problem.tree.territories().into_iter().map(Some).collect()
                    } else {
                        vec![None]
                    };
                    for owner in owners {
                        let moves = Moves::of(&problem.accounts, &problem.units, amounts, accounts.as_deref(), owner);
                        if moves.total > 0 {
                            self.budgets.push(Budget {
                                rule: rule.id.clone(),
                                owner,
                                most: most.of(moves.total),
                                moves,
                            });
                        }
                    }
                }
                RuleKind::Allow { .. } | RuleKind::Together { .. } => {}
            }
        }
    }

    fn load_over(&mut self, problem: &Problem, measure: usize, accounts: Option<&[usize]>) -> usize {
        let Some(accounts) = accounts else { return measure };
        let mut amounts = vec![0; problem.units.members.len()];
        accounts.iter().for_each(|&a| amounts[problem.units.of[a]] += problem.measures[measure].amounts[a]);
        let total = amounts.iter().sum();
        self.loads.push(Load { amounts, total });
        self.loads.len() - 1
    }

    fn push_hard(&mut self, rule: &str, load: usize, node: usize, lo: f64, hi: f64) {
        let target = (self.loads[load].total as f64).max(1.0);
        self.rows.push(Row { name: format!("rule {rule}"), load, node, lo, hi, target, group: None });
    }
}
