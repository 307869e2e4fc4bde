//! Writes out all that couples the units.

use super::facts::Facts;
use super::rows::{Load, Rows};
use super::rules::Rule;
use super::tiers::Tier;
use crate::index::{Keyed, RuleIndex, TierIndex};

impl Rows {
    /// The rows and budgets: soft ones by tier, criterion, measure, level and node; then rules in order.
    pub fn of(facts: &Facts, tiers: &Keyed<TierIndex, Tier>, rules: &Keyed<RuleIndex, Rule>) -> Rows {
        let mut rows = Rows::default();
        for (m, measure) in facts.measures.pairs() {
            let load = Load::of(Some(m), facts.units.sum(&measure.amounts));
            rows.push_load(Load { outside: facts.pools.outside(m), ..load });
        }
        for (t, tier) in tiers.pairs() {
            for (c, criterion) in tier.criteria.iter().enumerate() {
                criterion.write(&mut rows, facts, (t, c));
            }
        }
        for (r, rule) in rules.pairs() {
            rule.kind.write(&mut rows, facts, r);
        }
        rows
    }
}
