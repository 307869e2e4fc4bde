//! Tries every assignment of a small book. Shares no code with the solver: it reads the input itself.

mod criterion;

mod hard;

mod split;

use carve_solver::input::Input;
use split::Split;

/// What comparisons of values forgive: the last bits of a sum, and no more, as more would call a true bound false.
const LAST_BITS: f64 = 5e-13;

/// What every assignment that meets the hard rules is worth.
#[derive(Debug, Clone)]
pub struct Oracle {
    /// Relative and absolute give-back of each tier.
    give_back: Vec<(f64, f64)>,
    /// One row for each assignment, with a value for each tier.
    values: Vec<Vec<f64>>,
}

impl Oracle {
    /// Goes through all assignments.
    pub fn of(input: &Input) -> Oracle {
        let split = Split::of(input);
        let rules: Vec<hard::Rule> = input.rules.iter().map(|rule| hard::rule(&split, rule)).collect();
        let tiers: Vec<Vec<criterion::Value>> = (input.tiers.iter())
            .map(|tier| tier.criteria.iter().map(|c| criterion::value(&split, c.as_ref())).collect())
            .collect();
        let mut values = Vec::new();
        split.every_assignment(|to| {
            if rules.iter().all(|holds| holds(to)) {
                values.push(tiers.iter().map(|criteria| criteria.iter().map(|value| value(to)).sum()).collect());
            }
        });
        let give_back = input.tiers.iter().map(|tier| (tier.give_back, tier.give_back_absolute)).collect();
        Oracle { give_back, values }
    }

    /// Whether no assignment meets the hard rules.
    pub fn is_infeasible(&self) -> bool {
        self.values.is_empty()
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

    /// The least value of the tier after those that are held to `limits`; `None` when no assignment is within them.
    pub fn least(&self, limits: &[f64]) -> Option<f64> {
        let within = |row: &&Vec<f64>| {
            row.iter().zip(limits).all(|(value, limit)| *value <= limit + LAST_BITS * (1.0 + limit.abs()))
        };
        self.values.iter().filter(within).map(|row| row[limits.len()]).reduce(f64::min)
    }
}

/// What the best assignment reaches in each tier; `None` when no assignment meets the hard rules.
pub fn best(input: &Input) -> Option<Vec<f64>> {
    Oracle::of(input).best()
}
