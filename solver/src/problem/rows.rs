//! The rows that couple the units, shared by the engine, the certificate and its check.
//!
//! Sets      units u, leaves l, nodes n (a node holds the units at its leaves)
//! Loads     a(u): whole amounts of one measure, of a rule's accounts, or a count
//! Rows      lo <= sum of a(u) over the units at node n <= hi; hard, or soft in a group (one criterion,
//!           one measure, one level), where the band widens by excess x target
//! Budgets   sum over u of what unit u adds by going to its leaf <= most

use super::Accounts;
use super::budget::{Adds, Budget, Keep, Moves, Weighted};
use super::measures::Measure;
use super::origin::{Origin, Side};
use super::ratio::Ratio;
use super::rules::{CoverMost, Rule, RuleKind};
use super::tiers::{Kind, Tier};
use super::tree::{Cover, Tree};
use super::units::Units;
use super::whole::WholeLimits;
use crate::index::{Number, RuleIndex};
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
    /// With the node it tells the row from every other.
    pub origin: Origin,
    pub load: usize,
    pub node: usize,
    /// The limits as whole amounts: they decide whether an amount is inside.
    pub limits: WholeLimits,
    /// The limits rounded once, for relaxations; infinite: none.
    pub lo: f64,
    pub hi: f64,
    /// What excess is relative to; above 0.
    pub target: f64,
    /// The group the row is soft in; `None`: hard.
    pub group: Option<usize>,
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

/// What the rows are made of.
pub(crate) struct Facts<'a> {
    pub accounts: &'a Accounts,
    pub measures: &'a [Measure],
    pub tree: &'a Tree,
    pub tiers: &'a [Tier],
    pub rules: &'a [Rule],
    pub units: &'a Units,
}

impl Rows {
    /// Writes out the rows: soft ones by tier, criterion, measure, level and node; then rules in order.
    pub fn of(facts: &Facts) -> Rows {
        let mut rows = Rows::default();
        for measure in facts.measures {
            rows.loads.push(Load::of(facts.units.sum(&measure.amounts)));
        }
        rows.soft(facts);
        for (r, rule) in facts.rules.iter().enumerate() {
            rows.hard(facts, RuleIndex::new(r), &rule.kind);
        }
        rows
    }

    fn soft(&mut self, facts: &Facts) {
        for (t, tier) in facts.tiers.iter().enumerate() {
            for (c, criterion) in tier.criteria.iter().enumerate() {
                let Kind::Bands(bands) = &criterion.kind else { continue };
                for band in bands {
                    let origin = Origin::Band { tier: t, criterion: c, part: band.part };
                    for (i, &(tolerance, weight)) in band.levels.iter().enumerate().filter(|(_, l)| l.1 > 0.0) {
                        let first = self.rows.len();
                        for node in facts.tree.level(i + 1) {
                            self.push_soft(facts, origin, band.measure, node, tolerance);
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

    fn push_soft(&mut self, facts: &Facts, origin: Origin, measure: usize, node: usize, tolerance: f64) {
        let (tree, total) = (facts.tree, facts.measures[measure].total);
        let target = tree.target(node, total);
        self.rows.push(Row {
            origin,
            load: measure,
            node,
            limits: WholeLimits::band(total, tree.nodes[node].share, tree.nodes[0].share, tolerance),
            lo: target * (1.0 - tolerance),
            hi: target * (1.0 + tolerance),
            target,
            group: Some(self.groups.len()),
        });
    }

    fn hard(&mut self, facts: &Facts, rule: RuleIndex, kind: &RuleKind) {
        match kind {
            RuleKind::Bounds { accounts, nodes, measure, min, max } => {
                let load = self.load_over(facts, *measure, accounts.as_deref());
                for &node in nodes {
                    self.push_hard(rule, load, node, WholeLimits::stated(*min, *max));
                }
            }
            RuleKind::Apart { accounts } => {
                let mut amounts = vec![0; facts.units.count()];
                accounts.iter().for_each(|&a| amounts[facts.units.of[a]] += 1);
                self.loads.push(Load::of(amounts));
                for node in facts.tree.territories() {
                    self.push_hard(rule, self.loads.len() - 1, node, WholeLimits::stated(None, Some(1)));
                }
            }
            RuleKind::MoveLimit { accounts, measure, most, per_owner } => {
                let Facts { units, tree, .. } = facts;
                let amounts = &facts.measures[*measure].amounts;
                let all = Moves::of(&facts.accounts.owners, units, tree, amounts, accounts.as_deref());
                let each: Vec<(Option<usize>, Moves)> = match *per_owner {
                    true => all.by_owner(tree).into_iter().map(|(o, moves)| (Some(o), moves)).collect(),
                    false => vec![(None, all)],
                };
                for (owner, moves) in each.into_iter().filter(|(_, moves)| moves.total > 0) {
                    self.budgets.push(Budget {
                        origin: Origin::Rule(rule, Side::Only),
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
                    self.keep(facts.tree, rule, node, *measure, (*min, *max));
                }
            }
            RuleKind::CoverLimit { covers, measure, most } => {
                for cover in covers.iter().filter(|_| facts.measures[*measure].total > 0) {
                    self.cover_limit(facts.tree, rule, cover, *measure, *most);
                }
            }
            RuleKind::Allow { .. } | RuleKind::Together { .. } => {}
        }
    }

    /// With child c of node n and the share p/q: at least is p·n - q·c <= 0, at most is q·c - p·n <= 0.
    fn keep(
        &mut self,
        tree: &Tree,
        rule: RuleIndex,
        node: usize,
        load: usize,
        (min, max): (Option<Ratio>, Option<Ratio>),
    ) {
        let incumbents = tree.nodes[tree.nodes[node].children[0]].leaves.clone();
        let total = self.loads[load].total;
        for (side, share, sign) in [(Side::Min, min, 1), (Side::Max, max, -1)] {
            let Some(share) = share.filter(|_| total > 0) else { continue };
            let Ratio { numerator, denominator } = share;
            let mut factors = vec![0; tree.leaves.len()];
            factors[tree.nodes[node].leaves.clone()].fill(sign * numerator);
            factors[incumbents.clone()].fill(sign * (numerator - denominator));
            self.budgets.push(Budget {
                origin: Origin::Rule(rule, side),
                node: Some(node),
                adds: Adds::Weighted(Weighted { load, amounts: Arc::clone(&self.loads[load].amounts), factors }),
                most: 0,
                keep: Some(Keep { share, least: sign > 0 }),
                whole: total as f64 * denominator as f64,
            });
        }
    }

    fn cover_limit(&mut self, tree: &Tree, rule: RuleIndex, cover: &Cover, load: usize, most: CoverMost) {
        let total = self.loads[load].total;
        let mut factors = vec![0; tree.leaves.len()];
        for &node in cover.covered.iter().chain([&cover.seat]) {
            factors[tree.nodes[node].leaves.clone()].fill(1);
        }
        self.budgets.push(Budget {
            origin: Origin::Rule(rule, Side::Only),
            node: Some(cover.seat),
            keep: None,
            adds: Adds::Weighted(Weighted { load, amounts: Arc::clone(&self.loads[load].amounts), factors }),
            most: most.of(tree, cover.seat, total),
            whole: total as f64,
        });
    }

    fn load_over(&mut self, facts: &Facts, measure: usize, accounts: Option<&[usize]>) -> usize {
        let Some(accounts) = accounts else { return measure };
        let mut amounts = vec![0; facts.units.count()];
        accounts.iter().for_each(|&a| amounts[facts.units.of[a]] += facts.measures[measure].amounts[a]);
        self.loads.push(Load::of(amounts));
        self.loads.len() - 1
    }

    fn push_hard(&mut self, rule: RuleIndex, load: usize, node: usize, limits: WholeLimits) {
        let target = (self.loads[load].total as f64).max(1.0);
        let origin = Origin::Rule(rule, Side::Only);
        self.rows.push(Row { origin, load, node, limits, lo: limits.lo(), hi: limits.hi(), target, group: None });
    }
}
