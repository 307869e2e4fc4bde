//! What a request can be asked without: each of its rules, families, each criterion's bands, and all shares together.

use crate::index::{RuleIndex, TierIndex};
use crate::problem::Problem;

/// One thing that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Rule(RuleIndex),
    /// Accounts joined by parent move as one.
    Families,
    /// The bands of one criterion.
    Band(TierIndex, usize),
    /// The bands of all: that every territory has its share.
    Shares,
}

impl Part {
    /// All that a request has: rules first, then what holds by default or by tiers.
    pub fn all(problem: &Problem) -> Vec<Part> {
        let mut parts: Vec<Part> = problem.rules.keys().iter().map(Part::Rule).collect();
        if problem.units.count() < problem.account_count() && !problem.families().is_empty() {
            parts.push(Part::Families);
        }
        let bands: Vec<Part> = problem
            .tiers
            .pairs()
            .flat_map(|(t, tier)| {
                let banded =
                    tier.criteria.iter().enumerate().filter(|(_, c)| c.kind.bands().is_some_and(|b| !b.is_empty()));
                banded.map(move |(number, _)| Part::Band(t, number))
            })
            .collect();
        let is_before_costs = |part: &Part| part.affects(problem).next().is_some();
        if bands.len() > 1 && Part::Shares.affects(problem).next().is_some() {
            parts.push(Part::Shares);
        }
        parts.extend(bands.into_iter().filter(is_before_costs));
        parts
    }

    /// What it is called.
    pub fn name(self, problem: &Problem) -> String {
        match self {
            Part::Rule(rule) => problem.rules[rule].id.clone(),
            Part::Families => "families".into(),
            Part::Band(tier, number) => problem.tiers[tier].criteria[number].name.clone(),
            Part::Shares => "shares".into(),
        }
    }

    /// Whether nobody has to write it for it to hold, or it is a tier's.
    pub fn is_default(self) -> bool {
        !matches!(self, Part::Rule(_))
    }

    /// The tiers that may be better without it. Of bands these are the tiers after their own: in its own a band is what is
    /// counted, and costs nothing there.
    pub fn affects(self, problem: &Problem) -> impl Iterator<Item = TierIndex> + '_ {
        let counts_more = |t: TierIndex| problem.tiers[t].criteria.iter().any(|c| c.kind.bands().is_none());
        problem.tiers.keys().iter().filter(move |&t| match self {
            Part::Rule(_) | Part::Families => true,
            Part::Band(tier, _) => t > tier,
            Part::Shares => t > TierIndex::FIRST && counts_more(t),
        })
    }

    /// The problem without it.
    pub fn left_out(self, problem: &Problem) -> Problem {
        match self {
            Part::Rule(rule) => problem.without_rule(rule),
            Part::Families => problem.without_families(),
            Part::Band(tier, number) => problem.without_bands(|t, n| (t, n) == (tier, number)),
            Part::Shares => problem.without_bands(|_, _| true),
        }
    }
}
