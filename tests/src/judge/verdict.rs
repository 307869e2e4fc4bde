//! One answer beside every assignment of its book.

use super::answer::{Answer, Ended, Step, Tier, Worst};
use super::{Fault, Kind, conflict};
use crate::oracle::criterion::counted;
use crate::oracle::hard::Hard;
use crate::oracle::reading::Reading;
use crate::oracle::{Oracle, Valued, held};
use carve_solver::input::{BandInput, CriterionInput, Input, LevelInput, TierInput};

/// What a value may be off by where all is whole numbers but a few last steps, relative to it and to 1.
const WHOLE_NEAR: f64 = 1e-13;
/// The same where distances count, which are worked out in another order.
const DISTANCES_NEAR: f64 = 1e-11;
/// What "optimal" may be off by: rounding.
const OPTIMAL_NEAR: f64 = 1e-9;
/// Totals up to which plans of different value differ by more than `WHOLE_NEAR`.
const TOTAL_TOLD: i128 = 1 << 36;
/// What a summary says of a value that nothing improves.
const WORDS: [&str; 3] = ["best possible", "no plan comes nearer", "proved optimal"];

/// What is known of a case.
struct Case<'a> {
    reading: Reading<'a>,
    answer: &'a Answer,
    /// What each tier's values may be off by, relative to them and to 1.
    near: Vec<f64>,
    /// Whether plans may differ by less than floating-point numbers can say.
    huge: bool,
}

/// What the answer says that isn't so, and how many assignments meet the hard rules.
pub fn judge(input: &Input, answer: &Answer) -> (Vec<Fault>, usize) {
    let found: Vec<(String, Option<usize>)> = answer.nodes.iter().map(|n| (n.id.clone(), n.parent)).collect();
    let reading = Reading::of(input, &found);
    let mut faults: Vec<Fault> = answer.own_faults.iter().map(|f| Fault::new(Kind::OwnCheck, f)).collect();
    let mut anchors: Vec<Option<(f64, f64)>> = reading.split.nodes.iter().map(|n| n.given).collect();
    let planned = matches!(answer.ended, Ended::Optimal | Ended::Plan);
    if planned {
        faults.extend(tree(&reading, answer));
        if faults.iter().any(|f| f.kind == Kind::Tree) {
            return (faults, Valued::of(&reading, &anchors).every().count());
        }
        let open = anchors.iter_mut().zip(&answer.nodes).filter(|(given, _)| given.is_none());
        open.for_each(|(anchor, node)| *anchor = node.anchor);
    }
    let valued = Valued::of(&reading, &anchors);
    let oracle = valued.every();
    let count = oracle.count();
    match answer.ended {
        Ended::Optimal | Ended::Plan => {
            let case = Case::of(reading, answer);
            faults.extend(case.plan(&valued));
            match oracle.is_infeasible() {
                true => faults.push(Fault::new(Kind::FalsePlan, "no assignment meets the hard rules")),
                false => {
                    faults.extend(case.proofs(&oracle));
                    faults.extend(case.stages());
                }
            }
        }
        Ended::Infeasible if count > 0 => {
            faults.push(Fault::new(Kind::FalseInfeasible, format!("{count} assignments meet the hard rules")));
        }
        Ended::Infeasible => faults.extend(conflict::judge(&reading, &answer.conflict)),
        Ended::NoneFound => {}
    }
    (faults, count)
}

/// Whether the tree is the one asked for, and every share is right.
fn tree(reading: &Reading, answer: &Answer) -> Vec<Fault> {
    let nodes = &reading.split.nodes;
    if nodes.len() != answer.nodes.len() || answer.leaves.len() != reading.accounts() {
        return vec![Fault::new(Kind::Tree, format!("{} nodes for {}", answer.nodes.len(), nodes.len()))];
    }
    let mut faults = Vec::new();
    for (asked, said) in nodes.iter().zip(&answer.nodes) {
        let named = asked.id == said.id || asked.parent.is_none() && asked.id.is_empty();
        if !named || asked.parent != said.parent {
            faults.push(Fault::new(Kind::Tree, format!("{:?} for {:?}", said.id, asked.id)));
        }
        let share = asked.share.real();
        if (said.share - share).abs() > WHOLE_NEAR * share {
            faults.push(Fault::new(Kind::Share, format!("{:?} has {}, asked is {share}", said.id, said.share)));
        }
    }
    let at_leaf = |n: &usize| nodes.get(*n).is_some_and(|node| node.children.is_empty());
    if !answer.leaves.iter().all(at_leaf) {
        faults.push(Fault::new(Kind::Tree, "an account is at no leaf"));
    }
    faults
}

impl Case<'_> {
    fn of<'a>(reading: Reading<'a>, answer: &'a Answer) -> Case<'a> {
        let far = |c: &Option<CriterionInput>| matches!(c, Some(CriterionInput::Compactness { .. }));
        let tiers = &reading.input.tiers;
        let near = (0..answer.tiers.len()).map(|t| match tiers.get(t) {
            Some(tier) if !tier.criteria.iter().any(far) => WHOLE_NEAR,
            _ => DISTANCES_NEAR,
        });
        let near = near.collect();
        let totals = reading.input.book.measures.iter().map(|m| m.amounts.iter().map(|&a| i128::from(a)).sum());
        let huge = totals.max().is_some_and(|total: i128| total > TOTAL_TOLD);
        Case { reading, answer, near, huge }
    }

    fn off(&self, tier: usize, value: f64) -> f64 {
        self.near[tier] * value.abs().max(1.0)
    }

    /// The plan keeps the rules, and is worth what it says.
    fn plan(&self, valued: &Valued) -> Vec<Fault> {
        let (mut faults, Reading { input, split, .. }) = (Vec::new(), &self.reading);
        let leaf_of = self.leaf_of();
        for rule in &input.rules {
            if !Hard::of(&self.reading, rule).keeps(&leaf_of) {
                faults.push(Fault::new(Kind::RuleBroken, format!("rule {:?}", rule.rule_id)));
            }
        }
        if let Some(broken) = self.reading.pools.kept.iter().find(|kept| !kept.keeps(&leaf_of)) {
            faults.push(Fault::new(Kind::RuleBroken, format!("outside the balance: {broken:?}")));
        }
        for family in self.reading.families() {
            if family.iter().any(|&a| leaf_of[a] != leaf_of[family[0]]) {
                faults.push(Fault::new(Kind::RuleBroken, format!("the family of account {}", family[0])));
            }
        }
        if !faults.is_empty() {
            return faults;
        }
        for (node, said) in split.nodes.iter().zip(&self.answer.nodes) {
            for (measure, amount) in &said.amounts {
                let amounts = self.reading.amounts(measure).into_iter().zip(&leaf_of);
                let held: i128 = amounts.filter(|(_, leaf)| node.leaves.contains(leaf)).map(|(amount, _)| amount).sum();
                if i128::from(*amount) != held {
                    let detail = format!("{:?} holds {held} of {measure:?}, the answer says {amount}", node.id);
                    faults.push(Fault::new(Kind::Amount, detail));
                }
            }
        }
        let (mut criteria, values) = valued.value(&leaf_of);
        let mut told: Vec<Vec<f64>> = self.answer.tiers.iter().map(|tier| tier.criteria.clone()).collect();
        if input.tiers.is_empty() {
            // Nobody asked for an order of the measures.
            criteria.iter_mut().chain(&mut told).for_each(|values| values.sort_by(f64::total_cmp));
        }
        for (t, (said, value)) in self.answer.tiers.iter().zip(&values).enumerate() {
            let same = |a: f64, b: f64| (a - b).abs() <= self.off(t, b);
            let each = told[t].len() == criteria[t].len()
                && told[t].iter().zip(&criteria[t]).all(|(said, found)| same(*said, *found));
            if !each || !same(said.value, *value) {
                let detail =
                    format!("tier {t}: {} of {:?} is said, it is {value} of {:?}", said.value, told[t], criteria[t]);
                faults.push(Fault::new(Kind::Value, detail));
            }
        }
        for (t, (said, sums)) in self.answer.tiers.iter().zip(valued.stepped(&leaf_of)).enumerate() {
            // One more for each that adds something, and one in which nothing is added any more.
            let due = sums.windows(2).take_while(|two| two[1] > two[0]).count();
            let due = if sums[0] > 0.0 { (due + 1).min(sums.len() - 1) } else { 0 };
            let fits = (due..sums.len()).contains(&said.steps.len());
            let same = |(step, sum): (&Step, &f64)| (step.value - sum).abs() <= self.off(t, *sum);
            let numbered = said.steps.iter().zip(2..).all(|(step, largest)| step.largest == largest);
            if !(fits && numbered && said.steps.iter().zip(&sums[1..]).all(same)) {
                faults.push(Fault::new(Kind::Value, format!("tier {t}: steps {:?} are said of {sums:?}", said.steps)));
            }
        }
        if values.len() != self.answer.tiers.len() {
            faults.push(Fault::new(Kind::Value, format!("{} tiers for {}", self.answer.tiers.len(), values.len())));
        }
        faults
    }

    /// No bound is above what some plan reaches, and what is called optimal is.
    fn proofs(&self, oracle: &Oracle) -> Vec<Fault> {
        let (mut faults, tiers) = (Vec::new(), &self.answer.tiers);
        for (t, tier) in tiers.iter().enumerate() {
            let limits = self.limits((t, 0), &tier.tier_limits, &tier.step_limits);
            let Some(least) = self.bound(oracle, (t, 0), &tier.bounds, &limits, &mut faults) else { continue };
            for (i, step) in tier.steps.iter().enumerate() {
                let limits = self.limits((t, i + 1), &step.tier_limits, &step.step_limits);
                let Some(least) = self.bound(oracle, (t, i + 1), &step.bounds, &limits, &mut faults) else { continue };
                let forgiven = self.off(t, least).max(OPTIMAL_NEAR * least.abs());
                let most =
                    if t + 1 < tiers.len() { oracle.limit_of((t, i + 1), least + forgiven) } else { least + forgiven };
                if self.answer.ended == Ended::Optimal && step.limit.min(step.value) > most * (1.0 + OPTIMAL_NEAR) {
                    let detail = format!("tier {t}, step {}: {step:?}, {least} can be had", i + 2);
                    faults.push(Fault::new(Kind::NotOptimal, detail));
                }
            }
            let held = tiers.get(t + 1..).unwrap_or_default();
            let held: Vec<f64> = held.iter().filter_map(|later| later.tier_limits.get(t)).copied().collect();
            faults.extend(self.held(t, oracle.limit(t, least), &held));
            faults.extend(self.words(t, tier, least, &held, oracle));
        }
        if self.answer.ended == Ended::Optimal && self.finds_anchors() {
            faults.push(Fault::new(Kind::OptimalForFoundAnchors, "anchors were found"));
        }
        faults
    }

    /// The worst deviation of a measure in a stage is what it is, and no plan is below its bound.
    fn stages(&self) -> Vec<Fault> {
        let said = &self.answer.stages;
        if said.is_empty() {
            return Vec::new();
        }
        let level =
            |at: usize, level: usize| LevelInput { weight: Some(f64::from(u8::from(at == level))), tolerance: None };
        let tier = |of: &Worst| {
            let levels = (1..=self.reading.split.depth()).map(|at| level(at, of.level)).collect();
            let band = BandInput { column: of.measure.clone(), tolerance: Some(0.0), weight: None, levels };
            TierInput { criteria: vec![Some(CriterionInput::Balance(band))], ..TierInput::default() }
        };
        let input = Input { tiers: said.iter().map(tier).collect(), ..self.reading.input.clone() };
        let reading = Reading::of(&input, &[]);
        let valued = Valued::of(&reading, &vec![None; reading.split.nodes.len()]);
        let (_, values) = valued.value(&self.leaf_of());
        let oracle = valued.every();
        let mut faults = Vec::new();
        for (t, (of, value)) in said.iter().zip(values).enumerate() {
            if (of.deviation - value).abs() > WHOLE_NEAR * value.max(1.0) {
                faults.push(Fault::new(Kind::Value, format!("{of:?}: the deviation is {value}")));
            }
            let lowest = oracle.lowest(t);
            if of.bound > lowest + WHOLE_NEAR * lowest.max(1.0) {
                faults.push(Fault::new(Kind::Bound, format!("{of:?}: {lowest} can be had")));
            }
        }
        faults
    }

    fn leaf_of(&self) -> Vec<usize> {
        self.answer.leaves.iter().map(|&n| self.reading.split.nodes[n].leaves.start).collect()
    }

    /// What a certificate of a tier and step holds everything before to.
    fn limits(&self, (t, step): (usize, usize), tiers: &[f64], steps: &[f64]) -> Vec<Vec<f64>> {
        let mut counts: Vec<usize> = self.answer.tiers[..t].iter().map(|tier| tier.steps.len()).collect();
        if step > 0 {
            counts.push(step - 1);
        }
        let whole = tiers.len() == counts.len() && steps.len() == counts.iter().sum::<usize>();
        if whole { held(tiers, steps, &counts) } else { vec![vec![f64::NEG_INFINITY]] }
    }

    /// Sees whether no bound of a step of a tier is above what some plan within its limits reaches; gives the least of those.
    fn bound(
        &self,
        oracle: &Oracle,
        (t, step): (usize, usize),
        bounds: &[f64],
        limits: &[Vec<f64>],
        faults: &mut Vec<Fault>,
    ) -> Option<f64> {
        let Some((least, surely)) = self.least(oracle, (t, step), limits) else {
            faults.push(Fault::new(Kind::HeldToLess, format!("tier {t}, step {step}: nothing is within {limits:?}")));
            return None;
        };
        let bound = bounds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if bound > least + self.off(t, least) || bound.is_nan() {
            let sure = !self.huge || surely.is_some_and(|surely| bound > surely + self.off(t, surely));
            let kind = if sure { Kind::Bound } else { Kind::BoundByLastBits };
            let detail = format!("tier {t}, step {step}: {bounds:?} are said, {least} can be had within {limits:?}");
            faults.push(Fault::new(kind, detail));
        }
        Some(least)
    }

    /// The least value of a step of a tier after those limits, forgiving the last bits, and not forgiving them.
    fn least(&self, oracle: &Oracle, at: (usize, usize), limits: &[Vec<f64>]) -> Option<(f64, Option<f64>)> {
        let with = |sign: f64| -> Vec<Vec<f64>> {
            let of = |(s, of): (usize, &Vec<f64>)| of.iter().map(|limit| limit + sign * self.off(s, *limit)).collect();
            limits.iter().enumerate().map(of).collect()
        };
        Some((oracle.least_within(at, &with(1.0))?, oracle.least_within(at, &with(-1.0))))
    }

    /// Later tiers are held to no less than the best value with what it gives back, and the field says to what.
    fn held(&self, t: usize, least: f64, held: &[f64]) -> Vec<Fault> {
        let (mut faults, tier) = (Vec::new(), &self.answer.tiers[t]);
        if let Some(limit) = held.iter().find(|limit| **limit < least - self.off(t, least)) {
            faults.push(Fault::new(
                Kind::HeldToLess,
                format!("tier {t} is held to {limit}, its best is {least} with give-back"),
            ));
        }
        if held.iter().any(|limit| (limit - tier.limit).abs() > OPTIMAL_NEAR * limit.abs().max(1.0)) {
            let detail = format!("tier {t}: limit {} is said, later tiers were held to {held:?}", tier.limit);
            faults.push(Fault::new(Kind::LimitField, detail));
        }
        faults
    }

    /// "Optimal" is said of an answer whose tiers were decided at their best, "best possible" of a best value. A tier that
    /// was decided higher and ended within the limit that its best value sets is as good: what later tiers reached under
    /// the looser limit, they reached under this one.
    fn words(&self, t: usize, tier: &Tier, least: f64, held: &[f64], oracle: &Oracle) -> Vec<Fault> {
        let (mut faults, forgiven) = (Vec::new(), self.off(t, least).max(OPTIMAL_NEAR * least.abs()));
        let decided = match held.first() {
            Some(limit) => {
                let near = OPTIMAL_NEAR * limit.abs();
                limit.min(tier.value) <= oracle.limit(t, least + forgiven) + near
            }
            None => tier.value <= least + forgiven,
        };
        if self.answer.ended == Ended::Optimal && !decided {
            let detail = format!(
                "tier {t}: {} with bound {} and limits {held:?}, {least} can be had",
                tier.value, tier.bounds[0]
            );
            faults.push(Fault::new(Kind::NotOptimal, detail));
        }
        if tier.value > least + forgiven && WORDS.iter().any(|words| tier.summary.contains(words)) {
            let detail = format!("tier {t}: {} where {least} can be had: {:?}", tier.value, tier.summary);
            faults.push(Fault::new(Kind::Words, detail));
        }
        faults
    }

    /// Whether a distance counts to an anchor that the request does not give, and is not 0, which no anchor betters.
    fn finds_anchors(&self) -> bool {
        let Reading { input, split, .. } = &self.reading;
        let open = |weights: Vec<f64>| {
            weights.iter().zip(&split.nodes).any(|(weight, node)| *weight > 0.0 && node.given.is_none())
        };
        let far = |criterion: &Option<CriterionInput>, value: f64| match criterion {
            Some(CriterionInput::Compactness { level_weights, .. }) => {
                value > OPTIMAL_NEAR && open(counted(&self.reading, level_weights))
            }
            _ => false,
        };
        if input.tiers.is_empty() {
            // Compactness is the last of the tiers that nobody asked for, if it is one.
            let last = self.answer.tiers.last().map_or(0.0, |tier| tier.value);
            return input.book.places.iter().any(Option::is_some)
                && last > OPTIMAL_NEAR
                && open(counted(&self.reading, &[]));
        }
        let tiers = input.tiers.iter().zip(&self.answer.tiers);
        tiers.into_iter().any(|(tier, said)| tier.criteria.iter().zip(&said.criteria).any(|(c, value)| far(c, *value)))
    }
}
