//! The rows that couple the units, shared by the engine, the certificate and its check.
//!
//! Sets      units u, leaves l, nodes n (a node holds the units at its leaves)
//! Loads     a(u): whole amounts of one measure, of a rule's accounts, or a count
//! Rows      lo <= sum of a(u) over the units at node n <= hi; hard, or soft in a group (one criterion,
//!           one measure, one level), where the band widens by excess x target
//! Budgets   sum over u of what unit u adds by going to its leaf <= most

use super::Problem;
use super::budget::{Adds, Budget, Keep, Moves, Weighted};
use super::ratio::Ratio;
use super::rules::{CoverMost, RuleKind};
use super::tiers::Kind;
use super::tree::Cover;
use std::sync::Arc;

/// Amounts of one thing by unit.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub amounts: Arc<Vec<i64>>,
    pub total: i64,
    /// Every sum of amounts is a multiple of this; at least 1.
    pub step: i64,
}

impl Load {
    pub fn of(amounts: Vec<i64>) -> Load {
        Load { total: amounts.iter().sum(), step: common_divisor(&amounts), amounts: Arc::new(amounts) }
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
        for measure in problem.measures.iter() {
            rows.loads.push(Load::of(problem.units.sum(&measure.amounts)));
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
                    let mut amounts = vec![0; problem.units.count()];
                    // Two that move as one are two at every leaf.
                    accounts.iter().for_each(|&a| amounts[problem.units.of[a]] += 1);
                    self.loads.push(Load::of(amounts));
                    for node in problem.tree.territories() {
                        self.push_hard(&rule.id, self.loads.len() - 1, node, f64::NEG_INFINITY, 1.0);
                    }
                }
                RuleKind::MoveLimit { accounts, measure, most, per_owner } => {
                    let all = Moves::of(problem, &problem.measures[*measure].amounts, accounts.as_deref());
                    let each: Vec<(Option<usize>, Moves)> = match *per_owner {
                        true => all.by_owner(&problem.tree).into_iter().map(|(o, moves)| (Some(o), moves)).collect(),
                        false => vec![(None, all)],
                    };
                    for (owner, moves) in each.into_iter().filter(|(_, moves)| moves.total > 0) {
                        self.budgets.push(Budget {
                            rule: rule.id.clone(),
                            name: format!("rule {}", rule.id),
                            node: owner,
                            keep: None,
                            most: most.of(moves.total),
                            whole: moves.total as f64,
                            adds: Adds::Moves(moves),
                        });
                    }
                }
                RuleKind::Keep { nodes, measure, min, max } => {
                    for &node in nodes {
                        self.keep(problem, &rule.id, node, *measure, (*min, *max));
                    }
                }
                RuleKind::CoverLimit { covers, measure, most } => {
                    for cover in covers.iter().filter(|_| problem.measures[*measure].total > 0) {
                        self.cover_limit(problem, &rule.id, cover, *measure, *most);
                    }
                }
                RuleKind::Allow { .. } | RuleKind::Together { .. } => {}
            }
        }
    }

    /// With child c of node n and the share p/q: at least is p·n - q·c <= 0, at most is q·c - p·n <= 0.
    fn keep(
        &mut self,
        problem: &Problem,
        rule: &str,
        node: usize,
        load: usize,
        (min, max): (Option<Ratio>, Option<Ratio>),
    ) {
        let tree = &problem.tree;
        let incumbents = tree.nodes[tree.nodes[node].children[0]].leaves.clone();
        let total = self.loads[load].total;
        for (which, share, sign) in [("min", min, 1), ("max", max, -1)] {
            let Some(share) = share.filter(|_| total > 0) else { continue };
            let Ratio { numerator, denominator } = share;
            let mut factors = vec![0; tree.leaves.len()];
            factors[tree.nodes[node].leaves.clone()].fill(sign * numerator);
            factors[incumbents.clone()].fill(sign * (numerator - denominator));
            self.budgets.push(Budget {
                rule: rule.to_string(),
                name: format!("{which} rule {rule}"),
                node: Some(node),
                adds: Adds::Weighted(Weighted { load, amounts: Arc::clone(&self.loads[load].amounts), factors }),
                most: 0,
                keep: Some(Keep { share, least: sign > 0 }),
                whole: total as f64 * denominator as f64,
            });
        }
    }

    fn cover_limit(&mut self, problem: &Problem, rule: &str, cover: &Cover, load: usize, most: CoverMost) {
        let tree = &problem.tree;
        let total = self.loads[load].total;
        let mut factors = vec![0; tree.leaves.len()];
        for &node in cover.covered.iter().chain([&cover.seat]) {
            factors[tree.nodes[node].leaves.clone()].fill(1);
        }
        self.budgets.push(Budget {
            rule: rule.to_string(),
            name: format!("rule {rule}"),
            node: Some(cover.seat),
            keep: None,
            adds: Adds::Weighted(Weighted { load, amounts: Arc::clone(&self.loads[load].amounts), factors }),
            most: most.of(tree, cover.seat, total),
            whole: total as f64,
        });
    }

    fn load_over(&mut self, problem: &Problem, measure: usize, accounts: Option<&[usize]>) -> usize {
        let Some(accounts) = accounts else { return measure };
        let mut amounts = vec![0; problem.units.count()];
        accounts.iter().for_each(|&a| amounts[problem.units.of[a]] += problem.measures[measure].amounts[a]);
        self.loads.push(Load::of(amounts));
        self.loads.len() - 1
    }

    fn push_hard(&mut self, rule: &str, load: usize, node: usize, lo: f64, hi: f64) {
        let target = (self.loads[load].total as f64).max(1.0);
        self.rows.push(Row { name: format!("rule {rule}"), load, node, lo, hi, target, group: None });
    }
}
