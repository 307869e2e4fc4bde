//! What a rule costs, tier by tier: what the tier would be without it, earlier tiers held to what they are held to now. So it
//! is never less than nothing, and never what somebody else gains.
//!
//! At once by the certificate's prices: without the rule they prove another bound, and the plan's value less that bound is the
//! most that the rule can cost; what the bound falls by is the estimate. Exactly by solving without it.

use super::asked::Asked;
use super::without::Part;
use super::words::{listed, much_of, tier_name};
use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::engine::context::Context;
use crate::engine::starts::first::guide;
use crate::engine::tier::{Known, solve_tier};
use crate::index::{Keyed, LeafIndex, LineIndex, NodeIndex, Number, TierIndex, UnitIndex};
use crate::plan::NOTHING;
use crate::problem::Problem;
use crate::problem::origin::Origin;
use crate::problem::rows::RowOrBudget;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::Evidence;
use crate::proof::prices::{CutPrices, Prices};
use crate::score::{Model, State};
use rayon::prelude::*;
use std::collections::HashMap;

/// Prices of a certificate with branches that are tried.
const SETS_MAX: usize = 4;
/// Parts of the prices that are tried where all of them prove less than the whole: what is left out was what they pulled against.
const SCALES: [f64; 5] = [1.0, 0.75, 0.5, 0.25, 0.0];
/// Costs below this part of a tier's value are none.
const NO_COST: f64 = 1e-9;

/// What every rule costs, the dearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct RulesExplained {
    /// One for each rule, and for what holds by default.
    pub costs: Vec<RuleCost>,
    /// How many of them were solved without, every tier of them.
    pub solved: usize,
}

/// What one rule costs.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleCost {
    /// The rule's id, `families`, `shares`, or the name of a criterion whose bands it is.
    pub rule_id: String,
    /// Whether it is a default, or a tier's band, and no rule.
    pub is_default: bool,
    /// What it costs each tier that it can cost anything.
    pub tiers: Vec<TierCost>,
    /// All of it in a sentence.
    pub summary: String,
}

/// What a rule costs one tier.
#[derive(Debug, Clone, PartialEq)]
pub struct TierCost {
    /// The tier, from 0.
    pub tier: usize,
    /// Its criteria, or where they are many their kinds.
    pub name: String,
    /// What the tier came to with the rule, before later tiers took what it gives back.
    pub value: f64,
    /// At once, by prices.
    pub estimate: Cost,
    /// By solving without the rule; `None`: it was not solved.
    pub exact: Option<Cost>,
}

/// A cost, and what is proved of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// What it is taken to be.
    pub cost: f64,
    /// It is no less.
    pub least: f64,
    /// It is no more.
    pub most: f64,
}

impl TierCost {
    /// What it is taken to be: solved, else by prices.
    pub fn cost(&self) -> Cost {
        self.exact.unwrap_or(self.estimate)
    }
}

/// Explains what rules cost: all of them, or the one called `only`. With `solved` they are solved without, the dearest first,
/// until the time is over. `None`: nothing is called so.
pub fn explain_rules(asked: &Asked, only: Option<&str>, solved: bool, control: &Control) -> Option<RulesExplained> {
    let problem = asked.problem;
    let clock = Clock::new(control.deadline, control.stop, None, 0);
    let mut parts = Part::all(problem);
    if let Some(only) = only {
        let at = parts.iter().position(|part| part.name(problem) == only)?;
        parts = vec![parts[at]];
    }
    let known = Priced::of(asked);
    let mut costs: Vec<(Part, RuleCost)> =
        parts.par_iter().map(|&part| (part, estimated(asked, &known, part))).collect();
    costs.sort_by(|a, b| dearer(&a.1, &b.1));
    let mut done = 0;
    if solved {
        done = solve_all(asked, &known, &mut costs, &clock);
        costs.sort_by(|a, b| dearer(&a.1, &b.1));
    }
    let told = |(_, cost): (Part, RuleCost)| RuleCost { summary: summary(problem, &cost), ..cost };
    Some(RulesExplained { costs: costs.into_iter().map(told).collect(), solved: done })
}

/// The names of all that can be asked about.
pub fn names(problem: &Problem) -> Vec<String> {
    Part::all(problem).into_iter().map(|part| part.name(problem)).collect()
}

/// Tier by tier as a part of its value; what costs more in an earlier tier comes first.
fn dearer(a: &RuleCost, b: &RuleCost) -> std::cmp::Ordering {
    let of = |cost: &RuleCost, tier: usize| {
        let one = cost.tiers.iter().find(|one| one.tier == tier);
        one.map_or(0.0, |one| one.cost().cost)
    };
    let tiers = a.tiers.iter().chain(&b.tiers).map(|one| one.tier).max().map_or(0, |last| last + 1);
    let orders = (0..tiers).map(|tier| of(b, tier).total_cmp(&of(a, tier)));
    orders.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.rule_id.cmp(&b.rule_id))
}

/// What the certificate says of every tier.
struct Priced {
    problem: Problem,
    lines: HashMap<(Origin, Option<NodeIndex>), LineIndex>,
    /// By tier; `None`: it has no certificate.
    tiers: Vec<Option<(Evidence, Frame, Vec<f64>)>>,
    costs: Costs,
}

impl Priced {
    fn of(asked: &Asked) -> Priced {
        let (problem, costs) = asked.stepped();
        let lines = problem.rows.keys().pairs().map(|(line, key)| (*key, line)).collect();
        let of = |t: TierIndex| {
            let evidence = asked.evidence(&problem, t)?;
            let frame = Frame::of(&problem, &costs, asked.steps.at(t, 0), &asked.held(t));
            // Cuts are of this problem's rows and say nothing of others: without them here, too, the two compare.
            let prove = |set: &Prices| {
                let plain = Prices { cuts: CutPrices::default(), ..set.clone() };
                frame.prove(&problem, &costs, &plain.repaired(&problem, frame.tier))
            };
            let bounds = evidence.sets.iter().take(SETS_MAX).map(prove).collect();
            Some((evidence, frame, bounds))
        };
        let tiers = asked.problem.tiers.keys().iter().map(of).collect();
        Priced { problem, lines, tiers, costs }
    }

    /// The prices of this problem's lines for those lines that another has, too.
    fn carried(&self, prices: &Prices, to: &Problem, scale: f64) -> Prices {
        let mut carried = Prices::none(to, TierIndex::new(prices.tiers.len()));
        carried.tiers = prices.tiers.iter().map(|price| price * scale).collect();
        for (line, key) in to.rows.keys().pairs() {
            let Some(&own) = self.lines.get(key) else { continue };
            let price = match self.problem.rows.row_or_budget(own) {
                RowOrBudget::Row(row) => prices.rows[row],
                RowOrBudget::Budget(budget) => prices.budgets[budget],
            };
            match to.rows.row_or_budget(line) {
                RowOrBudget::Row(row) => carried.rows[row] = price * scale,
                RowOrBudget::Budget(budget) => carried.budgets[budget] = price * scale,
            }
        }
        carried
    }
}

/// The problem without something, with the plan's steps as tiers.
struct Changed {
    problem: Problem,
    costs: Costs,
    leaf_of: Keyed<UnitIndex, LeafIndex>,
}

impl Changed {
    fn of(asked: &Asked, part: Part) -> Changed {
        let changed = part.left_out(asked.problem);
        let costs = Costs::of(&changed, &asked.anchors).with_steps(&asked.steps);
        let leaf_of = changed.units.all_members().map(|members| asked.account_leaf[members[0]]).collect();
        Changed { problem: changed.with_steps(&asked.steps), costs, leaf_of }
    }
}

fn estimated(asked: &Asked, known: &Priced, part: Part) -> RuleCost {
    let changed = Changed::of(asked, part);
    let one = |t: TierIndex| TierCost {
        tier: asked.problem.number(t),
        name: tier_name(asked.problem, t),
        value: asked.decided[t],
        estimate: estimate(asked, known, &changed, t),
        exact: None,
    };
    RuleCost {
        rule_id: part.name(asked.problem),
        is_default: part.is_default(),
        tiers: part.affects(asked.problem).map(one).collect(),
        summary: String::new(),
    }
}

/// What the certificate's prices say of a tier without something.
fn estimate(asked: &Asked, known: &Priced, changed: &Changed, t: TierIndex) -> Cost {
    let value = asked.decided[t];
    if value <= NOTHING {
        return Cost { cost: 0.0, least: 0.0, most: 0.0 };
    }
    let frame = Frame::of(&changed.problem, &changed.costs, asked.steps.at(t, 0), &asked.held(t));
    let floor = frame.floor(&changed.problem).max(0.0);
    let (mut most, mut fall) = (floor, None::<f64>);
    if let Some((evidence, _, bounds)) = &known.tiers[t.get()] {
        for (set, bound) in evidence.sets.iter().zip(bounds) {
            for scale in SCALES {
                let prices = known.carried(set, &changed.problem, scale).repaired(&changed.problem, frame.tier);
                let proved = frame.prove(&changed.problem, &changed.costs, &prices).max(floor);
                if !proved.is_nan() && (proved > most || fall.is_none()) {
                    most = most.max(proved.min(value));
                    fall = Some((bound - proved).max(0.0));
                }
                // Nothing was lost: other parts of the prices prove no more.
                if scale == 1.0 && proved >= bound - NO_COST * bound.abs() {
                    break;
                }
            }
        }
    }
    let most = (value - most).max(0.0);
    let most = if most <= NO_COST * value { 0.0 } else { most };
    Cost { cost: fall.unwrap_or(most).clamp(0.0, most), least: 0.0, most }
}

/// Solves without each, the dearest first, and gives how many were solved.
fn solve_all(asked: &Asked, known: &Priced, costs: &mut [(Part, RuleCost)], clock: &Clock) -> usize {
    let proved: Vec<f64> = asked
        .problem
        .tiers
        .keys()
        .iter()
        .map(|t| {
            let whole = known.tiers[t.get()]
                .as_ref()
                .map(|(evidence, frame, _)| evidence.prove(&known.problem, &known.costs, frame));
            whole.unwrap_or(0.0)
        })
        .collect();
    let is_open = |cost: &TierCost| cost.estimate.most > 0.0;
    let mut left: usize = costs.iter().map(|(_, cost)| cost.tiers.iter().filter(|one| is_open(one)).count()).sum();
    let mut done = 0;
    for (part, cost) in costs.iter_mut() {
        let mut changed = None;
        for one in &mut cost.tiers {
            if !is_open(one) {
                one.exact = Some(Cost { cost: 0.0, least: 0.0, most: 0.0 });
                continue;
            }
            if clock.is_over() {
                continue;
            }
            let changed = changed.get_or_insert_with(|| Changed::of(asked, *part));
            let slice = clock.slice(1.0 / left.max(1) as f64);
            let t = part.affects(asked.problem).find(|&t| asked.problem.number(t) == one.tier);
            one.exact = t.map(|t| solved(asked, changed, t, (proved[t.get()], one.estimate.most), &slice));
            clock.absorb(&slice);
            left -= 1;
        }
        done += usize::from(cost.tiers.iter().all(|one| one.exact.is_some()));
    }
    done
}

/// What a tier comes to without something, solved from the plan.
fn solved(asked: &Asked, changed: &Changed, t: TierIndex, (bound, most): (f64, f64), clock: &Clock) -> Cost {
    let (problem, costs, tier) = (&changed.problem, &changed.costs, asked.steps.at(t, 0));
    let limits = asked.held(t);
    let model = Model::new(problem, costs);
    let pairs = model.pairs();
    let frame = Frame::of(problem, costs, tier, &limits);
    let start = State::new(&model, changed.leaf_of.clone());
    let context = Context {
        model: &model,
        pairs: &pairs,
        clock,
        observer: &(),
        tier,
        limits: &limits,
        floor: frame.floor(problem),
        frame: &frame,
        start: Some(&start),
        near: 0.0,
    };
    let reached = solve_tier(&context, start.clone(), guide(problem, costs, tier), Known::default());
    let with = asked.decided[t];
    let without = reached.state.value(&model, tier).min(with);
    let most = most.min((with - reached.bound).max(0.0));
    let least = (bound.min(with) - without).clamp(0.0, most);
    Cost { cost: (with - without).clamp(least, most), least, most }
}

fn summary(problem: &Problem, cost: &RuleCost) -> String {
    let mut parts = Vec::new();
    for one in &cost.tiers {
        let t = TierIndex::new(one.tier);
        let much = |value: f64| much_of(problem, t, value);
        match one.exact {
            Some(exact) if exact.most <= NO_COST * one.value => {}
            Some(exact) if exact.most - exact.least <= NO_COST * one.value.max(NOTHING) => parts.push(much(exact.cost)),
            Some(exact) => {
                parts.push(format!(
                    "{} (solved; proved: {} to {})",
                    much(exact.cost),
                    short(problem, t, exact.least),
                    short(problem, t, exact.most)
                ));
            }
            None if one.estimate.most <= 0.0 => {}
            None if one.estimate.cost <= 0.0 => parts
                .push(format!("up to {} for all that is proved (the prices show no cost)", much(one.estimate.most))),
            None => parts.push(format!(
                "about {} (an estimate; proved: 0 to {})",
                much(one.estimate.cost),
                short(problem, t, one.estimate.most)
            )),
        }
    }
    match parts.is_empty() {
        true => "costs nothing (proved)".into(),
        false => format!("costs {}", listed(parts.into_iter())),
    }
}

fn short(problem: &Problem, tier: TierIndex, value: f64) -> String {
    let full = much_of(problem, tier, value);
    full.split(" of ").next().unwrap_or(&full).to_owned()
}
