//! Tiers: what to be good at, in order of priority.

use super::criteria::scope::Scope;
use super::criteria::{self, Criterion};
use super::measures::{Measure, Source};
use crate::finding::{Code, Finding, Place};
use crate::index::{Keyed, MeasureIndex, TierIndex};
use crate::input::{BandInput, CriterionInput, TierInput};
use crate::limits::{CRITERIA_MAX, ROWS_MAX, TIERS_MAX};

/// Criteria of one priority.
#[derive(Debug, Clone)]
pub(crate) struct Tier {
    pub criteria: Vec<Criterion>,
    pub give_back: f64,
    pub give_back_absolute: f64,
    /// Where it is a step of a tier before it, and none of the request's own.
    pub step: Option<Step>,
}

/// What makes a tier a step of one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The tier whose groups it counts.
    pub of: TierIndex,
    /// How many of a group's largest excesses it adds up; 2 or more.
    pub largest: usize,
}

impl Tier {
    /// What later tiers are held to when this one ends at `value`.
    pub fn limit(&self, value: f64) -> f64 {
        self.limit_of(value, 1)
    }

    /// The same of a step that adds up so many excesses: each may rise by what is given back absolutely.
    pub fn limit_of(&self, value: f64, largest: usize) -> f64 {
        value + (value * self.give_back).max(self.give_back_absolute * largest as f64)
    }
}

/// Reads the tiers; measures that mix counts are appended to `all`.
pub(crate) fn read(
    scope: &Scope,
    all: &mut Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Keyed<TierIndex, Tier> {
    let defaults = defaults(scope, all, findings);
    let inputs = if scope.input.tiers.is_empty() { &defaults } else { &scope.input.tiers };
    if inputs.len() > TIERS_MAX {
        findings.push(Finding::new(
            Code::TiersTooMany,
            Place::Plan("tiers".into()),
            format!("{} tiers; at most {TIERS_MAX}", inputs.len()),
        ));
    }
    let read = |(t, tier)| read_tier(tier, &format!("tiers[{t}]"), scope, all, findings);
    let tiers: Keyed<TierIndex, Tier> = inputs.iter().take(TIERS_MAX).enumerate().map(read).collect();
    let bands = tiers.iter().flat_map(|tier| &tier.criteria).filter_map(|c| c.kind.bands()).map(<[_]>::len);
    let rows = bands.sum::<usize>().saturating_mul(scope.tree.nodes.len());
    if rows > ROWS_MAX {
        let message = format!("the criteria set {rows} limits at nodes; at most {ROWS_MAX}: use fewer of them");
        findings.push(Finding::new(Code::LimitsTooMany, Place::Plan("tiers".into()), message));
    }
    tiers
}

/// Balance of the measures that need no naming, then continuity, then compactness, as far as the book knows of them.
pub(super) fn defaults(
    scope: &Scope,
    all: &Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Vec<TierInput> {
    let only_by_name = |source| matches!(source, Source::Column(c) if scope.input.book.measures[c].only_by_name);
    let by_default = || all.iter().filter(|m| !only_by_name(m.source) && !m.report_only);
    if scope.input.tiers.is_empty() {
        for zero in by_default().filter(|m| m.total == 0 && m.source != Source::Accounts) {
            findings.push(Finding::new(
                Code::MeasureAllZero,
                Place::Account(0, zero.name.clone()),
                format!("{} is 0 on every account; it is not balanced", zero.name),
            ));
        }
    }
    let balance = (by_default().filter(|m| m.total > 0 || m.source == Source::Accounts))
        .map(|m| Some(CriterionInput::Balance(BandInput { column: m.name.clone(), ..BandInput::default() })));
    let mut tiers = vec![TierInput { criteria: balance.collect(), ..TierInput::default() }];
    if scope.owners {
        let continuity = CriterionInput::Continuity { measure: String::new(), weight: None };
        tiers.push(TierInput { criteria: vec![Some(continuity)], ..TierInput::default() });
    }
    if scope.places {
        let compactness = CriterionInput::Compactness { distance: false, weight: None, level_weights: Vec::new() };
        tiers.push(TierInput { criteria: vec![Some(compactness)], ..TierInput::default() });
    }
    tiers
}

fn read_tier(
    tier: &TierInput,
    path: &str,
    scope: &Scope,
    all: &mut Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Tier {
    let mut fault = |code, path: String, message: String| findings.push(Finding::new(code, Place::Plan(path), message));
    if tier.criteria.is_empty() {
        fault(
            Code::TierEmpty,
            format!("{path}.criteria"),
            "the tier has no criteria; give at least one or leave the tier out".into(),
        );
    }
    if tier.criteria.len() > CRITERIA_MAX {
        let message = format!("{} criteria in one tier; at most {CRITERIA_MAX}", tier.criteria.len());
        fault(Code::CriteriaTooMany, format!("{path}.criteria"), message);
    }
    for (value, name) in [(tier.give_back, "give_back"), (tier.give_back_absolute, "give_back_absolute")] {
        if !(value.is_finite() && value >= 0.0) {
            fault(Code::GiveBackInvalid, format!("{path}.{name}"), format!("{name} is {value}; give 0 or more"));
        }
    }
    let criteria = (tier.criteria.iter().take(CRITERIA_MAX).enumerate())
        .filter_map(|(i, c)| criteria::read(c.as_ref(), &format!("{path}.criteria[{i}]"), scope, all, findings))
        .collect();
    Tier { criteria, give_back: tier.give_back, give_back_absolute: tier.give_back_absolute, step: None }
}
