//! The independent checker: recomputes rules, totals, deviations, values, nesting and bounds from the problem's
//! accounts and the plan alone, in whole numbers, sharing no code with the engine.

use crate::bound::Frame;
use crate::costs::Costs;
use crate::evidence::Reader;
use crate::plan::{CheckResult, NodeResult, Plan};
use crate::problem::Problem;
use crate::problem::rules::{Rule, RuleKind};
use crate::problem::tiers::{Criterion, Kind};
use crate::space::Point;
use std::collections::HashMap;

/// Values are sums of floats in different orders; they must agree to this, relative.
const AGREE: f64 = 1e-9;
/// Faults listed, at most; the rest is counted in the last one.
const FAULTS_MAX: usize = 100;

struct Checker<'a> {
    problem: &'a Problem,
    plan: &'a Plan,
    /// Leaf of each account, read from the plan's paths.
    leaf_of: Vec<usize>,
    anchors: Vec<Option<Point>>,
    result: CheckResult,
}

/// Checks the plan. A plan without assignments has nothing to check and is fine.
pub fn check(problem: &Problem, plan: &Plan) -> CheckResult {
    if !plan.has_assignments() {
        return CheckResult::default();
    }
    let mut checker =
        Checker { problem, plan, leaf_of: Vec::new(), anchors: Vec::new(), result: CheckResult::default() };
    if checker.read_assignments() {
        checker.totals();
        checker.families();
        problem.rules.iter().for_each(|rule| checker.rule(rule));
        checker.moves();
        checker.values();
        checker.bounds();
    }
    let faults = &mut checker.result.faults;
    if faults.len() > FAULTS_MAX {
        let more = faults.len() - FAULTS_MAX;
        faults.truncate(FAULTS_MAX);
        faults.push(format!("and {more} more"));
    }
    checker.result
}

impl Checker<'_> {
    fn require(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        self.result.statements += 1;
        if !holds {
            self.result.faults.push(fault());
        }
    }

    fn same(&mut self, what: impl FnOnce() -> String, said: f64, found: f64) {
        let holds = (said - found).abs() <= AGREE * said.abs().max(found.abs()).max(1e-3);
        self.require(holds, || format!("{}: the plan says {said}, it is {found}", what()));
    }

    /// Every account once, in order, on a path of the tree that ends in a leaf. False when the rest makes no sense.
    fn read_assignments(&mut self) -> bool {
        let (problem, plan) = (self.problem, self.plan);
        let tree = &problem.tree;
        self.require(plan.assignments.len() == problem.accounts.ids.len(), || {
            format!("{} assignments for {} accounts", plan.assignments.len(), problem.accounts.ids.len())
        });
        self.require(plan.nodes.len() == tree.nodes.len(), || {
            format!("{} nodes for a tree of {}", plan.nodes.len(), tree.nodes.len())
        });
        let node_ids = plan.nodes.iter().zip(&tree.nodes).all(|(a, b)| a.node_id == b.id);
        self.require(node_ids, || "the plan's nodes are not those of the tree, in its order".into());
        for (said, node) in plan.nodes.iter().zip(&tree.nodes) {
            let share = node.share as f64 / tree.nodes[0].share as f64;
            self.same(|| format!("share of {}", node.id), said.share, share);
            let parent = node.parent.map_or("", |p| tree.nodes[p].id.as_str());
            self.require(said.level == node.level && said.parent_node_id == parent, || {
                format!("{} is not where the tree has it", node.id)
            });
            let names = said.measures.iter().map(|m| &m.measure);
            self.require(names.eq(problem.measures[..problem.reported].iter().map(|m| &m.name)), || {
                format!("the measures of {} are not those of the problem", node.id)
            });
        }
        for (n, node) in plan.nodes.iter().enumerate() {
            self.require(node.territory == tree.territory_of_leaf.contains(&n), || {
                format!("{}: whether it is a territory is not as in the tree", node.node_id)
            });
        }
        self.require(plan.certificate.tiers.len() == problem.tiers.len(), || {
            format!("{} certificates for {} tiers", plan.certificate.tiers.len(), problem.tiers.len())
        });
        if !self.result.faults.is_empty() {
            return false;
        }
        for (assignment, id) in plan.assignments.iter().zip(&problem.accounts.ids) {
            self.require(assignment.account_id == *id, || {
                format!("account {id:?} is assigned as {:?}", assignment.account_id)
            });
            let mut at = 0;
            let mut nested = !assignment.path.is_empty();
            for &node in &assignment.path {
                nested &= node < tree.nodes.len() && (tree.nodes[node].parent == Some(at) || tree.nodes.len() == 1);
                at = node;
            }
            nested &= at < tree.nodes.len() && tree.nodes[at].children.is_empty();
            self.require(nested, || format!("account {id:?} is on no path from the root to a leaf"));
            if !nested {
                return false;
            }
            let leaf = tree.nodes[at].leaves.start;
            self.require(assignment.territory == tree.territory_of_leaf[leaf], || {
                format!("account {id:?}: its territory is not on its path")
            });
            self.leaf_of.push(leaf);
        }
        self.anchors = tree.leaves.iter().map(|&n| plan.nodes[n].anchor).collect();
        for &node in &tree.leaves {
            if let Some(given) = tree.nodes[node].anchor {
                self.require(plan.nodes[node].anchor == Some(given), || {
                    format!("the anchor of {} is not the one given", tree.nodes[node].id)
                });
            }
        }
        true
    }

    fn holds(&self, node: usize, account: usize) -> bool {
        self.problem.tree.nodes[node].leaves.contains(&self.leaf_of[account])
    }

    /// Amount of a measure at a node, over some accounts or all.
    fn amount(&self, node: usize, measure: usize, among: Option<&[usize]>) -> i128 {
        let amounts = &self.problem.measures[measure].amounts;
        let at = |a: usize| if self.holds(node, a) { i128::from(amounts[a]) } else { 0 };
        match among {
            Some(list) => list.iter().map(|&a| at(a)).sum(),
            None => (0..amounts.len()).map(at).sum(),
        }
    }

    fn totals(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        for (n, node) in plan.nodes.iter().enumerate() {
            for (m, said) in node.measures.iter().enumerate() {
                let found = self.amount(n, m, None);
                let name = || format!("{} of {}", said.measure, node.node_id);
                self.require(i128::from(said.amount) == found, || {
                    format!("{}: the plan says {}, it is {found}", name(), said.amount)
                });
                let target = problem.measures[m].total as f64 * problem.tree.nodes[n].share as f64
                    / problem.tree.nodes[0].share as f64;
                self.same(|| format!("target of {}", name()), said.target, target);
                let deviation = if target > 0.0 { (found as f64 - target) / target } else { 0.0 };
                self.same(|| format!("deviation of {}", name()), said.deviation, deviation);
            }
            let children: Vec<&NodeResult> = problem.tree.nodes[n].children.iter().map(|&c| &plan.nodes[c]).collect();
            for (m, said) in node.measures.iter().enumerate().filter(|_| !children.is_empty()) {
                let sum: i128 = children.iter().map(|c| i128::from(c.measures[m].amount)).sum();
                self.require(sum == i128::from(said.amount), || {
                    format!("{} of {}: its children hold {sum}, it holds {}", said.measure, node.node_id, said.amount)
                });
            }
        }
    }

    fn families(&mut self) {
        let problem = self.problem;
        for (account, parent) in problem.accounts.parents.iter().enumerate() {
            let Some(parent) = *parent else { continue };
            let whole = self.leaf_of[account] == self.leaf_of[parent];
            self.require(whole, || {
                format!(
                    "family torn: account {:?} is not with its parent {:?}",
                    problem.accounts.ids[account], problem.accounts.ids[parent]
                )
            });
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let problem = self.problem;
        let id = |a: usize| &problem.accounts.ids[a];
        match &rule.kind {
            RuleKind::Allow { accounts, leaves } => {
                for &a in accounts {
                    let holds = leaves[self.leaf_of[a]];
                    self.require(holds, || format!("rule {:?}: account {:?} is where it must not be", rule.id, id(a)));
                }
            }
            RuleKind::Together { accounts } => {
                let together = accounts.windows(2).all(|p| self.leaf_of[p[0]] == self.leaf_of[p[1]]);
                self.require(together, || format!("rule {:?}: its accounts are not together", rule.id));
            }
            RuleKind::Apart { accounts } => {
                let mut seen = HashMap::new();
                for &a in accounts {
                    let before = seen.insert(problem.tree.territory_of_leaf[self.leaf_of[a]], a);
                    self.require(before.is_none(), || {
                        format!(
                            "rule {:?}: accounts {:?} and {:?} are in one territory",
                            rule.id,
                            before.map(id),
                            id(a)
                        )
                    });
                }
            }
            RuleKind::Bounds { accounts, nodes, measure, min, max } => {
                for &node in nodes {
                    let amount = self.amount(node, *measure, accounts.as_deref());
                    let holds =
                        min.is_none_or(|m| amount >= i128::from(m)) && max.is_none_or(|m| amount <= i128::from(m));
                    self.require(holds, || {
                        format!(
                            "rule {:?}: {} holds {amount}, outside {min:?} to {max:?}",
                            rule.id, problem.tree.nodes[node].id
                        )
                    });
                }
            }
            RuleKind::MoveLimit { accounts, measure, most, per_owner } => {
                let owners: Vec<Option<usize>> =
                    if *per_owner { problem.tree.territories().into_iter().map(Some).collect() } else { vec![None] };
                for owner in owners {
                    let (owned, moved) = self.moved(*measure, accounts.as_deref(), owner);
                    let holds = moved <= i128::from(most.of(i64::try_from(owned).unwrap_or(i64::MAX)));
                    self.require(holds, || {
                        format!(
                            "rule {:?}: {moved} of {owned} moves{}",
                            rule.id,
                            owner.map_or(String::new(), |o| format!(" from {}", problem.tree.nodes[o].id))
                        )
                    });
                }
            }
        }
    }

    /// What is owned in the plan, and what of it leaves its owner.
    fn moved(&self, measure: usize, among: Option<&[usize]>, owner: Option<usize>) -> (i128, i128) {
        let problem = self.problem;
        let (mut owned, mut moved) = (0, 0);
        let mut count = |a: usize| {
            if let Some(by) = problem.accounts.owners[a].filter(|by| owner.is_none_or(|o| o == *by)) {
                let amount = i128::from(problem.measures[measure].amounts[a]);
                owned += amount;
                if !self.holds(by, a) {
                    moved += amount;
                }
            }
        };
        match among {
            Some(list) => list.iter().for_each(|&a| count(a)),
            None => (0..problem.accounts.ids.len()).for_each(&mut count),
        }
        (owned, moved)
    }

    fn moves(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        for (a, said) in plan.assignments.iter().enumerate() {
            let owner = &problem.accounts.owner_ids[a];
            let moved = !owner.is_empty() && *owner != problem.tree.nodes[said.territory].id;
            self.require(said.moved == moved && said.current_owner == *owner, || {
                format!("account {:?}: moved and current_owner are not as in the book", said.account_id)
            });
        }
        for (n, node) in plan.nodes.iter().enumerate().filter(|(_, n)| n.territory) {
            let came = plan.assignments.iter().filter(|a| a.territory == n && a.moved).count() as i64;
            let left =
                plan.assignments.iter().filter(|a| a.territory != n && a.current_owner == node.node_id).count() as i64;
            self.require(node.moved_in == came && node.moved_out == left, || {
                format!(
                    "{}: {came} came and {left} left, the plan says {} and {}",
                    node.node_id, node.moved_in, node.moved_out
                )
            });
        }
    }

    fn values(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        self.require(plan.tiers.len() == problem.tiers.len(), || {
            format!("{} tiers for {}", plan.tiers.len(), problem.tiers.len())
        });
        for (t, (tier, said)) in problem.tiers.iter().zip(&plan.tiers).enumerate() {
            let mut value = 0.0;
            self.require(said.criteria.len() == tier.criteria.len(), || {
                format!("tier {t}: {} criteria for {}", said.criteria.len(), tier.criteria.len())
            });
            for (c, criterion) in tier.criteria.iter().enumerate() {
                let found = self.criterion(criterion);
                let told = said.criteria.get(c).map_or(f64::NAN, |r| r.value);
                self.same(|| format!("tier {t}, {}", criterion.name), told, found);
                value += criterion.weight * found;
            }
            self.same(|| format!("value of tier {t}"), said.value, value);
            self.same(|| format!("limit of tier {t}"), said.limit, tier.limit(said.value));
            self.require(said.bound <= said.value * (1.0 + AGREE) + 1e-12, || {
                format!("tier {t}: the bound {} is above the value {}", said.bound, said.value)
            });
            let gap = if said.value > 0.0 { (said.value - said.bound) / said.value } else { 0.0 };
            self.same(|| format!("gap of tier {t}"), said.gap, gap);
        }
    }

    fn criterion(&self, criterion: &Criterion) -> f64 {
        let problem = self.problem;
        match &criterion.kind {
            Kind::Bands(bands) => {
                let mut sum = 0.0;
                for band in bands {
                    for (i, &(tolerance, weight)) in band.levels.iter().enumerate() {
                        let worst = problem
                            .tree
                            .level(i + 1)
                            .map(|n| self.excess(n, band.measure, tolerance))
                            .fold(0.0, f64::max);
                        sum += weight * worst;
                    }
                }
                sum
            }
            Kind::Continuity { measure } => match self.moved(*measure, None, None) {
                (0, _) => 0.0,
                (owned, moved) => moved as f64 / owned as f64,
            },
            Kind::Compactness { distance } => {
                let (mut sum, mut located) = (0.0, 0_u32);
                for (a, place) in problem.accounts.places.iter().enumerate() {
                    let Some(place) = place else { continue };
                    located += 1;
                    let km = self.anchors[self.leaf_of[a]].map_or(0.0, |anchor| place.distance_km(anchor));
                    sum += if *distance { km } else { km * km };
                }
                if located == 0 { 0.0 } else { sum / f64::from(located) }
            }
        }
    }

    /// Whether an amount is inside its band is decided in whole numbers: with the target total·s/S, the deviation
    /// is |amount·S − total·s| ÷ (total·s), and the tolerance is held in whole billionths.
    fn excess(&self, node: usize, measure: usize, tolerance: f64) -> f64 {
        let tree = &self.problem.tree;
        let (share, whole) = (i128::from(tree.nodes[node].share), i128::from(tree.nodes[0].share));
        let target = i128::from(self.problem.measures[measure].total) * share;
        let off = (self.amount(node, measure, None) * whole - target).abs();
        let deviation = off as f64 / target as f64;
        let inside = if tolerance < 100.0 {
            off * 1_000_000_000 <= (tolerance * 1e9).round() as i128 * target
        } else {
            deviation <= tolerance
        };
        if inside { 0.0 } else { (deviation - tolerance).max(0.0) }
    }

    /// The bound of each tier is what its certificate proves.
    fn bounds(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let costs = Costs::of(problem, &self.anchors);
        let reader = Reader::new(problem);
        for (t, (said, tier)) in plan.certificate.tiers.iter().zip(&plan.tiers).enumerate() {
            let limits_hold = said.tier_limits.len() == t
                && plan
                    .tiers
                    .iter()
                    .zip(&said.tier_limits)
                    .all(|(earlier, limit)| earlier.value <= limit + 1e-9 * limit.abs() + 1e-9);
            self.require(limits_hold, || format!("tier {t}: an earlier tier is above what it was held to"));
            if !limits_hold {
                continue;
            }
            let frame = Frame::of(problem, &costs, t, &said.tier_limits);
            let proved = match reader.read(t, said) {
                Ok(evidence) => evidence.prove(problem, &costs, &frame),
                Err(fault) => {
                    self.require(false, || format!("certificate of tier {t}: {fault}"));
                    continue;
                }
            };
            self.require(said.bound <= proved, || {
                format!("certificate of tier {t} claims {}, its prices prove {proved}", said.bound)
            });
            let floor = frame.floor(problem);
            self.same(|| format!("lumpiness floor of tier {t}"), said.lumpiness_floor, floor);
            self.require(tier.bound <= said.bound.max(0.0), || {
                format!("tier {t}: the bound {} is above its certificate's {}", tier.bound, said.bound)
            });
        }
    }
}
