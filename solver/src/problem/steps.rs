//! Steps: a tier of bands compares plans by the worst excess of each group, then by the two worst together, and so on
//! (leximin), so that one account too large for anybody excuses nobody else. Each step after the first is a tier by
//! itself, right behind its own, that counts the same groups again by more of their excesses.

use super::Problem;
use super::rows::Group;
use super::tiers::{Step, Tier};
use crate::index::{Keyed, Number, TierIndex};
use crate::limits::STEPS_MAX;
use std::sync::Arc;

/// How many steps each tier of a request has after its first, and so where tiers and steps stand among each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Steps(Keyed<TierIndex, usize>);

impl Steps {
    /// Of `counts` steps after the first, by tier.
    pub fn of(counts: impl IntoIterator<Item = usize>) -> Steps {
        Steps(counts.into_iter().collect())
    }

    /// Where a tier stands, or its step after `step` others.
    pub fn at(&self, tier: TierIndex, step: usize) -> TierIndex {
        let before: usize = self.0.iter().take(tier.get()).sum();
        TierIndex::new(tier.get() + before + step)
    }

    /// How many a tier has after its first.
    pub fn count(&self, tier: TierIndex) -> usize {
        self.0.get(tier).copied().unwrap_or(0)
    }

    /// Whether every tier is one step alone.
    pub fn is_none(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }

    /// Tiers and steps in the order they stand in: the tier, and how many steps of it come before.
    pub fn order(&self) -> impl Iterator<Item = (TierIndex, usize)> + '_ {
        self.0.pairs().flat_map(|(t, &count)| (0..=count).map(move |step| (t, step)))
    }
}

impl Problem {
    /// The tier whose groups a tier counts, and how many of a group's largest excesses it adds up.
    pub(crate) fn bands_of(&self, tier: TierIndex) -> (TierIndex, usize) {
        match self.tiers.get(tier).and_then(|t| t.step) {
            Some(Step { of, largest }) => (of, largest),
            None => (tier, 1),
        }
    }

    /// Whether a group is part of the value of a tier.
    pub(crate) fn counts(&self, tier: TierIndex, group: &Group) -> bool {
        self.bands_of(tier).0 == group.tier
    }

    /// Whether a tier is a step after the first of one before it.
    pub(crate) fn is_step(&self, tier: TierIndex) -> bool {
        self.bands_of(tier).0 != tier
    }

    /// The number that a tier has in the request; that of a step is its tier's.
    pub(crate) fn number(&self, tier: TierIndex) -> usize {
        let of = self.bands_of(tier).0;
        self.tiers.iter().take(of.get()).filter(|before| before.step.is_none()).count()
    }

    /// Whether a tier has steps after its first here.
    pub(crate) fn has_steps(&self, tier: TierIndex) -> bool {
        self.tiers.get(TierIndex::new(tier.get() + 1)).is_some_and(|next| next.step.is_some())
    }

    /// How many steps after its first a tier can have: none where it counts anything but bands.
    pub(crate) fn steps_max(&self, tier: TierIndex) -> usize {
        let bands_alone = self.tiers[tier].criteria.iter().all(|criterion| criterion.kind.bands().is_some());
        let groups = self.rows.groups.iter().filter(|group| group.tier == tier && bands_alone);
        groups.map(|group| group.rows.len()).max().map_or(0, |most| most.min(STEPS_MAX).saturating_sub(1))
    }

    /// The same problem with these steps as tiers.
    pub(crate) fn with_steps(&self, steps: &Steps) -> Problem {
        let mut tiers: Keyed<TierIndex, Tier> = Keyed::new();
        for (t, step) in steps.order() {
            let own = &self.tiers[t];
            tiers.push(match step {
                0 => own.clone(),
                _ => Tier {
                    criteria: Vec::new(),
                    step: Some(Step { of: steps.at(t, 0), largest: step + 1 }),
                    give_back_absolute: own.give_back_absolute * (step + 1) as f64,
                    ..own.clone()
                },
            });
        }
        let groups = self.rows.groups.map(|group| Group { tier: steps.at(group.tier, 0), ..group.clone() });
        let rows = self.rows.with_groups(groups);
        Problem {
            tiers,
            columns: Arc::clone(&self.columns),
            ..self.without_tiers(self.rules.clone(), self.units.clone(), rows)
        }
    }
}
