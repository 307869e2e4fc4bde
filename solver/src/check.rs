//! The independent checker: recomputes rules, totals, deviations, values and nesting from the problem's accounts and
//! the plan alone, bands in whole numbers; proves every bound anew from its certificate. Uses nothing of the engine;
//! what a certificate means (`evidence`, `bound`, `whales`, `costs`) is stated once, for both.

mod tally;

mod rule;

mod stage;

mod cover;

mod pool;

mod said;

mod nothing;

mod told;

mod bounds;

mod steps;

use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex, Number, TierIndex};
use crate::plan::{CheckResult, CriterionResult, MeasureDescription, NodeResult, Plan, SeatResult, gap};
use crate::problem::Problem;
use crate::problem::criteria::{Band, Criterion, Kind};
use crate::problem::tree::{Anchors, Node};
use crate::problem::whole::WholeLimits;
use crate::proof::costs::Costs;
use tally::Tally;

pub use told::{TOLD, Told};

/// Values are sums of floats in different orders; they must agree to this, relative.
const AGREE: f64 = 1e-9;
/// Centres are such sums too; distances to them must agree to this, km.
const AGREE_KM: f64 = 1e-6;
/// Faults listed, at most; the rest is counted in the last one.
const FAULTS_MAX: usize = 100;

struct Checker<'a> {
    problem: &'a Problem,
    plan: &'a Plan,
    /// Leaf of each account, read from the plan's paths.
    leaf_of: Keyed<AccountIndex, LeafIndex>,
    anchors: Anchors,
    /// What the assignments amount to.
    tally: Tally,
    /// Value of each tier.
    values: Keyed<TierIndex, f64>,
    /// Of each tier that can have steps, the sum of one excess of each group, of two, and so on.
    sums: Keyed<TierIndex, Vec<f64>>,
    result: CheckResult,
}

/// Checks an answer from outside: the plan, and that the check it carries is the one found here.
pub fn check_answer(problem: &Problem, plan: &Plan) -> CheckResult {
    let mut result = check(problem, plan);
    let carried = plan.check == result;
    result.statements += 1;
    if !carried {
        result.faults.push("the check that the plan carries is not what this check finds".into());
    }
    result
}

/// Checks the plan, all but the check that it carries; where none is said to exist, that is proved anew. The accounts
/// must stand in the order of the plan's assignments.
pub fn check(problem: &Problem, plan: &Plan) -> CheckResult {
    let mut checker = Checker {
        problem,
        plan,
        leaf_of: Keyed::new(),
        anchors: Anchors::new(),
        tally: Tally::default(),
        values: Keyed::new(),
        sums: Keyed::new(),
        result: CheckResult::default(),
    };
    checker.measures();
    if !plan.has_assignments() {
        checker.nothing();
    } else if checker.read_shape() && checker.read_assignments() {
        checker.tally = Tally::of(problem, &checker.leaf_of, &plan.nodes);
        checker.totals();
        checker.places();
        checker.stages();
        checker.covers();
        checker.families();
        checker.pools();
        problem.rules.iter().for_each(|rule| checker.rule(rule));
        checker.moves();
        checker.values();
        let costs = Costs::of(problem, &checker.anchors);
        checker.bounds(&costs);
        checker.reasons(&costs);
        // Words need a figure for everything they speak of.
        if plan.tiers.len() == problem.tiers.len() {
            checker.words();
        }
        checker.riders();
    }
    let faults = &mut checker.result.faults;
    if faults.len() > FAULTS_MAX {
        let more = faults.len() - FAULTS_MAX;
        faults.truncate(FAULTS_MAX);
        faults.push(format!("and {more} more"));
    }
    checker.result.told = told::of(plan);
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

    fn same_km(&mut self, what: impl FnOnce() -> String, said: f64, found: f64) {
        let holds = (said - found).abs() <= AGREE_KM + AGREE * found.abs();
        self.require(holds, || format!("{}: the plan says {said} km, it is {found} km", what()));
    }

    /// The plan describes the problem's measures, in their order.
    fn measures(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let found = problem.reported_measures().map(|(_, measure)| MeasureDescription::from(measure));
        self.require(plan.measures.iter().cloned().eq(found), || {
            "the measures, their decimals or their units are not those of the request".into()
        });
    }

    /// The plan's nodes are those of the tree. False when the rest makes no sense.
    fn read_shape(&mut self) -> bool {
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
            let share = node.share as f64 / tree.whole_share() as f64;
            self.same(|| format!("share of {}", node.id), said.share, share);
            let parent = node.parent.map_or("", |p| tree.nodes[p].id.as_str());
            self.require(said.level == node.level && said.parent_node_id == parent, || {
                format!("{} is not where the tree has it", node.id)
            });
            self.require(said.seat == node.seat.as_ref().map(SeatResult::from), || {
                format!("the seat of {} is not the one given", node.id)
            });
            let names = said.measures.iter().map(|m| &m.measure);
            self.require(names.eq(problem.reported_measures().map(|(_, m)| &m.name)), || {
                format!("the measures of {} are not those of the problem", node.id)
            });
        }
        let mut territory = tree.nodes.map(|_| false);
        tree.territory_of_leaf.iter().for_each(|&n| territory[n] = true);
        for (node, territory) in plan.nodes.iter().zip(territory) {
            self.require(node.territory == territory, || {
                format!("{}: whether it is a territory is not as in the tree", node.node_id)
            });
        }
        self.require(plan.certificate.tiers.len() == problem.tiers.len(), || {
            format!("{} certificates for {} tiers", plan.certificate.tiers.len(), problem.tiers.len())
        });
        self.result.faults.is_empty()
    }

    /// Every account once, in order, on a path of the tree that ends in a leaf. False when the rest makes no sense.
    fn read_assignments(&mut self) -> bool {
        let (problem, plan) = (self.problem, self.plan);
        let tree = &problem.tree;
        for (assignment, id) in plan.assignments.iter().zip(&problem.accounts.ids) {
            self.require(assignment.account_id == *id, || {
                format!("account {id:?} is assigned as {:?}", assignment.account_id)
            });
            let mut at = NodeIndex::ROOT;
            let mut nested = !assignment.path.is_empty();
            for &node in assignment.path.iter().take_while(|node| **node < tree.nodes.len()) {
                let node = NodeIndex::new(node);
                nested &= tree.nodes[node].parent == Some(at) || tree.nodes.len() == 1;
                at = node;
            }
            nested &= assignment.path.iter().all(|node| *node < tree.nodes.len()) && tree.nodes[at].children.is_empty();
            self.require(nested, || format!("account {id:?} is on no path from the root to a leaf"));
            if !nested {
                return false;
            }
            let leaf = tree.nodes[at].leaves.start;
            self.require(assignment.territory == tree.territory_of_leaf[leaf].get(), || {
                format!("account {id:?}: its territory is not on its path")
            });
            self.leaf_of.push(leaf);
        }
        self.anchors = plan.nodes.iter().map(|node| node.anchor).collect();
        for (said, node) in plan.nodes.iter().zip(&tree.nodes) {
            if node.anchor.is_some() {
                self.require(said.anchor == node.anchor, || format!("the anchor of {} is not the one given", node.id));
            }
        }
        true
    }

    fn totals(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        for (n, node) in problem.tree.nodes.keys().iter().zip(&plan.nodes) {
            for ((m, measure), said) in problem.reported_measures().zip(&node.measures) {
                let found = self.tally.amount(n, m);
                let name = || format!("{} of {}", said.measure, node.node_id);
                let shown = |whole: i128| measure.amount(whole);
                self.require(i128::from(said.amount) == found, || {
                    format!("{}: the plan says {}, it is {}", name(), shown(said.amount.into()), shown(found))
                });
                let target = self.target(n, m);
                self.same(|| format!("target of {}", name()), said.target, target);
                let deviation = if target > 0.0 { (found as f64 - target) / target } else { 0.0 };
                self.same(|| format!("deviation of {}", name()), said.deviation, deviation);
            }
            let children: Vec<&NodeResult> =
                problem.tree.nodes[n].children.iter().map(|c| &plan.nodes[c.get()]).collect();
            let both = problem.reported_measures().zip(&node.measures).filter(|_| !children.is_empty());
            for ((m, measure), said) in both {
                let sum: i128 = children.iter().map(|c| i128::from(c.measures[m.get()].amount)).sum();
                self.require(sum == i128::from(said.amount), || {
                    let (sum, held) = (measure.amount(sum), measure.amount(said.amount));
                    format!("{} of {}: its children hold {sum}, it holds {held}", said.measure, node.node_id)
                });
            }
        }
    }

    /// Nodes that no distance is counted to stand at the centre of their accounts, and mean distances are what they are.
    fn places(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let book_has_places = self.tally.places[NodeIndex::ROOT].located > 0.0;
        for ((n, node), said) in problem.tree.nodes.pairs().zip(&plan.nodes) {
            let found = &self.tally.places[n];
            let located = found.located > 0.0;
            let (centre, mean_km) = (found.centre(), found.mean(found.to_anchor_km));
            let free = node.anchor.is_none() && !problem.is_anchored(n);
            if let Some(centre) = centre.filter(|_| free) {
                let holds = said.anchor.is_some_and(|anchor| anchor.distance_km(centre) <= AGREE_KM);
                self.require(holds, || format!("the anchor of {} is not the centre of its accounts", node.id));
            }
            // Where nobody is, there is no centre; and no place at all, where no account of the book has one.
            let nowhere = node.anchor.is_none() && (free && !located || !book_has_places);
            self.require(!nowhere || said.anchor.is_none(), || format!("the anchor of {} is of no account", node.id));
            self.require(said.anchor_found == node.anchor.is_none(), || {
                format!("{}: whether its anchor was found is not as in the tree", node.id)
            });
            self.same_km(|| format!("mean distance of {}", node.id), said.mean_distance_km, mean_km);
        }
    }

    fn families(&mut self) {
        let problem = self.problem;
        for (account, parent) in problem.accounts.parents.pairs() {
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

    fn moves(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let node_by_id = problem.tree.by_id();
        let mut came = problem.tree.nodes.map(|_| 0);
        let mut left = came.clone();
        for (a, said) in problem.accounts.ids.keys().iter().zip(&plan.assignments) {
            let owner = problem.accounts.owner_id(a);
            let by = node_by_id.get(&**owner).copied();
            let territory = problem.tree.territory_of_leaf[self.leaf_of[a]];
            let moved = !owner.is_empty() && by != Some(territory);
            self.require(said.moved == moved && said.current_owner == *owner, || {
                format!("account {:?}: moved and current_owner are not as in the book", said.account_id)
            });
            if moved {
                came[territory] += 1;
                by.into_iter().for_each(|by| left[by] += 1);
            }
        }
        for ((came, left), node) in came.into_iter().zip(left).zip(&plan.nodes) {
            let (came, left) = if node.territory { (came, left) } else { (0, 0) };
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
                if let Some(said) = said.criteria.get(c) {
                    self.require(said.criterion == criterion.name, || {
                        format!("tier {t}: {:?} is said of criterion {}", said.criterion, criterion.name)
                    });
                    self.worst(t, criterion, said);
                }
                value += criterion.weight * found;
            }
            self.same(|| format!("value of tier {t}"), said.value, value);
            self.values.push(value);
            self.limit(|| format!("tier {t}"), (t, &|value| tier.limit(value)), (said.value, said.bound, said.limit));
            self.steps(t, tier, said);
            self.require(said.bound <= said.value * (1.0 + AGREE) + 1e-12, || {
                format!("tier {t}: the bound {} is above the value {}", said.bound, said.value)
            });
            self.same(|| format!("gap of tier {t}"), said.gap, gap(said.value, said.bound));
        }
    }

    /// What later tiers were held to is no less than the plan has, nor than what the tier gives back from its bound; no
    /// tier comes after the last one, so there it is what the plan has plus what the tier gives back. That later tiers'
    /// certificates have the same number is checked with them.
    fn limit(
        &mut self,
        what: impl Fn() -> String,
        (t, of): (usize, &dyn Fn(f64) -> f64),
        (value, bound, limit): (f64, f64, f64),
    ) {
        if t + 1 == self.problem.tiers.len() {
            return self.same(|| format!("limit of {}", what()), limit, of(value));
        }
        // What a tier was decided at is no lower than its bound.
        let least = value.max(of(bound));
        self.require(limit.is_finite() && least <= limit + AGREE * limit + AGREE, || {
            format!("limit of {}: the plan says {limit}, which is less than {least}", what())
        });
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
                            .sharing(i + 1)
                            .map(|n| self.excess(n, band.measure, tolerance))
                            .fold(0.0, f64::max);
                        sum += weight * worst;
                    }
                }
                sum
            }
            Kind::Continuity { measure } => {
                let moved = self.moved(*measure, None);
                let (owned, moved) = moved.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
                if owned == 0 { 0.0 } else { moved as f64 / owned as f64 }
            }
            Kind::Incumbent { measure } => {
                let tree = &problem.tree;
                let leaves = |node: NodeIndex| {
                    self.tally.amount(node, *measure) - self.tally.amount(tree.nodes[node].children[0], *measure)
                };
                let lost: i128 = tree.planned_splits().into_iter().map(leaves).sum();
                let total = problem.measures[*measure].total;
                if total == 0 { 0.0 } else { lost as f64 / total as f64 }
            }
            Kind::Compactness { distance, weights } => {
                let places = || self.tally.places.zip(weights).filter(|(_, weight)| **weight > 0.0);
                let km = |p: &tally::Places| if *distance { p.to_anchor_km } else { p.to_anchor_km2 };
                let sum: f64 = places().map(|(p, weight)| weight * km(p)).sum();
                self.tally.mean(sum)
            }
        }
    }

    /// The worst deviation a criterion claims is there, and no node has a worse one.
    fn worst(&mut self, tier: usize, criterion: &Criterion, said: &CriterionResult) {
        let problem = self.problem;
        let Kind::Bands(bands) = &criterion.kind else {
            self.require(said.worst_deviation == 0.0 && said.worst_node_id.is_empty(), || {
                format!("tier {tier}, {}: it has no bands, and the plan names a worst deviation", criterion.name)
            });
            return;
        };
        let counts = |band: &Band, level: usize| level > 0 && band.levels.get(level - 1).is_some_and(|l| l.1 > 0.0);
        let worst_at = |(n, node): (NodeIndex, &Node)| {
            bands
                .iter()
                .filter(|b| counts(b, node.level) && !node.is_pool)
                .map(|b| self.deviation(n, b.measure))
                .fold(0.0, f64::max)
        };
        let worst: Keyed<NodeIndex, f64> = problem.tree.nodes.pairs().map(worst_at).collect();
        let found = worst.iter().copied().fold(0.0, f64::max);
        let named = problem.tree.nodes.pairs().find(|(_, node)| node.id == said.worst_node_id).map(|(n, _)| n);
        // Rounding may give a node on its target a deviation, or not.
        let there = named.map_or(0.0, |n| worst[n]) >= found - AGREE * found.max(1e-3);
        self.same(|| format!("worst deviation of tier {tier}, {}", criterion.name), said.worst_deviation, found);
        self.require(there && (named.is_some() || said.worst_node_id.is_empty()), || {
            format!("tier {tier}, {}: the worst deviation is not at {:?}", criterion.name, said.worst_node_id)
        });
    }

    /// |amount − target| ÷ target of a measure at a node; 0 when the target is 0.
    fn deviation(&self, node: NodeIndex, measure: MeasureIndex) -> f64 {
        let (off, target) = self.off_target(node, measure);
        if target > 0 { off as f64 / target as f64 } else { 0.0 }
    }

    /// |amount·S − total·s| and total·s, in whole numbers.
    fn off_target(&self, node: NodeIndex, measure: MeasureIndex) -> (i128, i128) {
        let tree = &self.problem.tree;
        let (share, whole) = (i128::from(tree.nodes[node].share), i128::from(tree.whole_share()));
        let target = i128::from(self.problem.facts().shared(measure)) * share;
        ((self.tally.amount(node, measure) * whole - target).abs(), target)
    }

    /// Whether an amount is inside its band is decided in whole numbers: the tolerance is held in whole billionths.
    fn excess(&self, node: NodeIndex, measure: MeasureIndex, tolerance: f64) -> f64 {
        let tree = &self.problem.tree;
        let shared = self.problem.facts().shared(measure);
        let limits = WholeLimits::band(shared, tree.nodes[node].share, tree.whole_share(), tolerance);
        let amount = i64::try_from(self.tally.amount(node, measure)).unwrap_or(i64::MAX);
        limits.beyond(amount) / tree.target(node, shared)
    }
}
