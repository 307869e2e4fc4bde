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
    /// Values of one assignment after the other, one for each tier.
    values: Vec<f64>,
}

/// A request whose assignments can be valued.
pub struct Valued {
    tiers: Vec<Tier>,
    model: Model,
    give_back: Vec<(f64, f64)>,
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
        Valued { tiers, model, give_back }
    }

    /// What each criterion of each tier is worth before its weight, and the tiers' values.
    pub fn value(&self, leaf_of: &[usize]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let (whole, real) = self.model.sums(leaf_of);
        let criterion = |(_, terms): &(f64, Vec<criterion::Term>)| terms.iter().map(|t| t.value(&whole, &real)).sum();
        let criteria = self.tiers.iter().map(|tier| tier.iter().map(criterion).collect()).collect();
        (criteria, self.tiers.iter().map(|tier| value(tier, &whole, &real)).collect())
    }

    /// Goes through all assignments.
    pub fn every(&self) -> Oracle {
        let (mut values, mut count) = (Vec::new(), 0);
        self.model.every(&mut |whole, real| {
            count += 1;
            values.extend(self.tiers.iter().map(|tier| value(tier, whole, real)));
        });
        Oracle { give_back: self.give_back.clone(), count, values }
    }
}

fn value(tier: &Tier, whole: &[i128], real: &[f64]) -> f64 {
    let criterion = |(weight, terms): &(f64, Vec<criterion::Term>)| {
        weight * terms.iter().map(|term| term.value(whole, real)).sum::<f64>()
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
        let (mut best, mut limits) = (Vec::new(), Vec::new());
        for tier in 0..self.give_back.len() {
            best.push(self.least(&limits)?);
            limits.push(self.limit(tier, best[tier]));
        }
        (!self.is_infeasible()).then_some(best)
    }

    /// What later tiers are held to when tier `tier` is decided at `value`.
    pub fn limit(&self, tier: usize, value: f64) -> f64 {
        let (relative, absolute) = self.give_back[tier];
        value + (value * relative).max(absolute)
    }

    /// The least value of the tier whatever the others are worth; infinite where there is no assignment.
    pub fn lowest(&self, tier: usize) -> f64 {
        self.values.chunks(self.give_back.len().max(1)).map(|row| row[tier]).fold(f64::INFINITY, f64::min)
    }

    /// The least value of the tier after those that are held to `limits`; `None` when no assignment is within them.
    pub fn least(&self, limits: &[f64]) -> Option<f64> {
        let forgiving: Vec<f64> = limits.iter().map(|limit| limit + LAST_BITS * (1.0 + limit.abs())).collect();
        self.least_within(&forgiving)
    }

    /// As [`Oracle::least`], to the last bit.
    pub fn least_within(&self, limits: &[f64]) -> Option<f64> {
        let within = |row: &&[f64]| row.iter().zip(limits).all(|(value, limit)| value <= limit);
        self.values.chunks(self.give_back.len().max(1)).filter(within).map(|row| row[limits.len()]).reduce(f64::min)
    }
}

/// What the best assignment reaches in each tier; `None` when no assignment meets the hard rules.
pub fn best(input: &Input) -> Option<Vec<f64>> {
    Oracle::of(input).best()
}
