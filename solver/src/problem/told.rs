//! What a problem tells those who show a plan, or compare one with what is asked for now.

use super::Problem;
use super::criteria::{Band, Criterion, Mix, MixValue, ValueUnit};
use crate::index::{AccountIndex, Number};

impl Problem {
    /// Every mix criterion, in the order of tiers.
    pub fn mixes(&self) -> Vec<Mix<'_>> {
        let criteria = self.tiers.iter().flat_map(|tier| &tier.criteria);
        let mix = |criterion| -> Option<Mix<'_>> {
            let criterion: &Criterion = criterion;
            let (attribute, bands) = (criterion.name.strip_prefix("mix ")?, criterion.kind.bands()?);
            let value = |band: &Band| {
                let (measure, shared) = (&self.measures[band.measure], self.facts().shared(band.measure));
                MixValue {
                    value: measure.name.strip_prefix(attribute).and_then(|name| name.strip_prefix('=')).unwrap_or(""),
                    counts: measure.amounts.as_slice(),
                    targets: self.tree.nodes.keys().iter().map(|node| self.tree.target(node, shared)).collect(),
                    tolerances: band.levels.iter().map(|(tolerance, _)| *tolerance).collect(),
                }
            };
            Some(Mix { attribute, values: bands.iter().map(value).collect() })
        };
        criteria.filter_map(mix).collect()
    }

    /// The criteria of each tier, in order: what they are called, and what their values are numbers of.
    pub fn tier_criteria(&self) -> impl Iterator<Item = Vec<(&str, ValueUnit)>> {
        let named = |criterion| -> (&str, ValueUnit) {
            let criterion: &Criterion = criterion;
            (criterion.name.as_str(), ValueUnit::of(criterion))
        };
        self.tiers.iter().map(move |tier| tier.criteria.iter().map(named).collect())
    }

    /// The criteria of all tiers by their names, in order.
    pub fn criteria(&self) -> impl Iterator<Item = &str> {
        self.tiers.iter().flat_map(|tier| &tier.criteria).map(|criterion| criterion.name.as_str())
    }

    /// Measures that are balanced, each with its tolerance at levels 1, 2, …; one that several criteria balance is there
    /// several times.
    pub fn bands(&self) -> impl Iterator<Item = (&str, Vec<f64>)> {
        let bands = self.tiers.iter().flat_map(|tier| &tier.criteria).filter_map(|criterion| criterion.kind.bands());
        bands.flatten().filter(|band| self.is_reported(band.measure)).map(|band| {
            let tolerances = band.levels.iter().map(|(tolerance, _)| *tolerance).collect();
            (self.measures[band.measure].name.as_str(), tolerances)
        })
    }

    /// Who owns an account today, in the plan or not; empty: nobody.
    pub fn current_owner(&self, account: usize) -> &str {
        self.accounts.owner_id(AccountIndex::new(account))
    }
}
