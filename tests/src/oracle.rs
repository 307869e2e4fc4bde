//! Tries every assignment of a small book. Shares no code with the solver: it reads the input itself, sums in whole
//! numbers of 128 bits, and holds shares and tolerances as exact ratios.

pub mod criterion;

pub mod expression;

pub mod filter;

pub mod hard;

pub mod measure;

pub mod model;

pub mod pool;

pub mod ratio;

pub mod reading;

pub mod split;

use carve_solver::input::Input;
use criterion::{Sums, Tier};
use hard::Hard;
use model::Model;
use reading::Reading;

/// What comparisons of values forgive: the last bits of a sum, and no more, as more would call a true bound false.
const LAST_BITS: f64 = 5e-13;

/// What every assignment that meets the hard rules is worth.
#[derive(Debug, Clone)]
pub struct Oracle {
    /// Relative and absolute give-back of each tier.
    give_back: Vec<(f64, f64)>,
    /// How many assignments meet the hard rules.
    count: usize,
    /// How many steps each tier has at most, with its first.
    steps: Vec<usize>,
    /// Values of one assignment after the other, one for each tier and step.
    values: Vec<f64>,
}

/// What tiers are held to, in their order: each one's first, then its further steps as far as they are.
pub type Limits = [Vec<f64>];

/// A request whose assignments can be valued.
pub struct Valued {
    tiers: Vec<Tier>,
    model: Model,
    give_back: Vec<(f64, f64)>,
    steps: Vec<usize>,
}

impl Valued {
    /// Of a reading, with an anchor for each node that has one.
    pub fn of(reading: &Reading, anchors: &[Option<(f64, f64)>]) -> Valued {
        let mut sums = Sums::default();
        let tiers = criterion::tiers(reading, anchors, &mut sums);
        let rules: Vec<Hard> = reading.input.rules.iter().map(|rule| Hard::of(reading, rule)).collect();
        let rules: Vec<&Hard> = rules.iter().chain(&reading.pools.kept).collect();
        let model = Model::of(reading, &rules, &reading.families(), &sums);
        let mut give_back = criterion::give_back(reading.input);
        give_back.resize(tiers.len(), (0.0, 0.0));
        let steps = criterion::steps(reading, &tiers);
        Valued { tiers, model, give_back, steps }
    }

    /// What each criterion of each tier is worth before its weight, and the tiers' values.
    pub fn value(&self, leaf_of: &[usize]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let (whole, real) = self.model.sums(leaf_of);
        let criterion = |(_, terms): &(f64, Vec<criterion::Term>)| terms.iter().map(|t| t.value(&whole, &real)).sum();
        let criteria = self.tiers.iter().map(|tier| tier.iter().map(criterion).collect()).collect();
        (criteria, self.tiers.iter().map(|tier| value(tier, 1, &whole, &real)).collect())
    }

    /// What each tier is worth by its largest excess of everything, by its two largest, and so on.
    pub fn stepped(&self, leaf_of: &[usize]) -> Vec<Vec<f64>> {
        let (whole, real) = self.model.sums(leaf_of);
        let of = |(tier, steps): (&Tier, &usize)| (1..=*steps).map(|count| value(tier, count, &whole, &real)).collect();
        self.tiers.iter().zip(&self.steps).map(of).collect()
    }

    /// Goes through all assignments.
    pub fn every(&self) -> Oracle {
        let (mut values, mut count) = (Vec::new(), 0);
        self.model.every(&mut |whole, real| {
            count += 1;
            for (tier, steps) in self.tiers.iter().zip(&self.steps) {
                values.extend((1..=*steps).map(|count| value(tier, count, whole, real)));
            }
        });
        Oracle { give_back: self.give_back.clone(), count, steps: self.steps.clone(), values }
    }
}

fn value(tier: &Tier, largest: usize, whole: &[i128], real: &[f64]) -> f64 {
    let criterion = |(weight, terms): &(f64, Vec<criterion::Term>)| {
        weight * terms.iter().map(|term| term.largest(largest, whole, real)).sum::<f64>()
    };
    tier.iter().map(criterion).sum()
}

impl Oracle {
    /// Goes through all assignments of a request that gives every anchor.
    pub fn of(input: &Input) -> Oracle {
        let reading = Reading::of(input, &[]);
        let anchors: Vec<Option<(f64, f64)>> = reading.split.nodes.iter().map(|n| n.given).collect();
        Valued::of(&reading, &anchors).every()
    }

    /// Whether no assignment meets the hard rules.
    pub fn is_infeasible(&self) -> bool {
        self.count == 0
    }

    /// How many assignments meet the hard rules.
    pub fn count(&self) -> usize {
        self.count
    }

    /// What the lexicographic best assignment reaches in each tier when that is decided; `None` when there is none.
    pub fn best(&self) -> Option<Vec<f64>> {
        Some(self.best_steps()?.iter().map(|steps| steps[0]).collect())
    }

    /// The same in each step of each tier: none after one that adds nothing, nor after a first of 0.
    pub fn best_steps(&self) -> Option<Vec<Vec<f64>>> {
        let (mut best, mut limits): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        for tier in 0..self.give_back.len() {
            limits.push(Vec::new());
            for step in 0..self.steps[tier] {
                let least = self.least_of((tier, step), &limits)?;
                let before = limits[tier].last().copied().unwrap_or(0.0);
                limits[tier].push(least);
                if least <= before + LAST_BITS * (1.0 + before) {
                    break;
                }
            }
            best.push(limits[tier].clone());
            for (step, limit) in limits[tier].iter_mut().enumerate() {
                *limit = self.limit_of((tier, step), *limit);
            }
        }
        (!self.is_infeasible()).then_some(best)
    }

    /// What later tiers are held to when tier `tier` is decided at `value`.
    pub fn limit(&self, tier: usize, value: f64) -> f64 {
        self.limit_of((tier, 0), value)
    }

    /// The same of a step, from 0 on: every excess that it adds up may rise by what is given back absolutely.
    pub fn limit_of(&self, (tier, step): (usize, usize), value: f64) -> f64 {
        let (relative, absolute) = self.give_back[tier];
        value + (value * relative).max(absolute * (step + 1) as f64)
    }

    /// The least value of the tier whatever the others are worth; infinite where there is no assignment.
    pub fn lowest(&self, tier: usize) -> f64 {
        let at = self.at(tier, 0);
        self.values.chunks(self.width()).map(|row| row[at]).fold(f64::INFINITY, f64::min)
    }

    fn width(&self) -> usize {
        self.steps.iter().sum::<usize>().max(1)
    }

    /// Where a step of a tier stands in a row.
    fn at(&self, tier: usize, step: usize) -> usize {
        self.steps[..tier].iter().sum::<usize>() + step
    }

    /// The least value of the tier after those that are held to `limits`; `None` when no assignment is within them.
    pub fn least(&self, limits: &[f64]) -> Option<f64> {
        let limits: Vec<Vec<f64>> = limits.iter().map(|limit| vec![*limit]).collect();
        self.least_of((limits.len(), 0), &limits)
    }

    /// The least value of a step of a tier, from 0 on, where everything in `limits` holds; `None` when no assignment is
    /// within them.
    pub fn least_of(&self, at: (usize, usize), limits: &Limits) -> Option<f64> {
        let forgiving = |limit: &f64| limit + LAST_BITS * (1.0 + limit.abs());
        let limits: Vec<Vec<f64>> = limits.iter().map(|of| of.iter().map(forgiving).collect()).collect();
        self.least_within(at, &limits)
    }

    /// As [`Oracle::least_of`], to the last bit.
    pub fn least_within(&self, (tier, step): (usize, usize), limits: &Limits) -> Option<f64> {
        if tier >= self.steps.len() {
            return None;
        }
        let each =
            limits.iter().enumerate().flat_map(|(s, of)| of.iter().enumerate().map(move |(i, limit)| (s, i, *limit)));
        let each: Vec<(usize, f64)> = each.map(|(s, i, limit)| (self.at(s, i), limit)).collect();
        let within = |row: &&[f64]| each.iter().all(|(at, limit)| row[*at] <= *limit);
        let at = self.at(tier, step);
        self.values.chunks(self.width()).filter(within).map(|row| row[at]).reduce(f64::min)
    }
}

/// What a certificate holds everything before it to: of the tiers in order, then of their further steps, of which there are
/// `steps` for each tier. The last of the tiers may be the one that a step belongs to.
pub fn held(tiers: &[f64], further: &[f64], steps: &[usize]) -> Vec<Vec<f64>> {
    let mut further = further.iter().copied();
    let of = |(tier, steps): (&f64, &usize)| std::iter::once(*tier).chain(further.by_ref().take(*steps)).collect();
    tiers.iter().zip(steps).map(of).collect()
}

/// What the best assignment reaches in each tier; `None` when no assignment meets the hard rules.
pub fn best(input: &Input) -> Option<Vec<f64>> {
    Oracle::of(input).best()
}
