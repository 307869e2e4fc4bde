//! Tiers: what to be good at, in order of priority.

use super::measures::{self, ACCOUNT_COUNT, Measure};
use super::tree::Tree;
use crate::finding::{Code, Finding, Place};
use crate::input::{BandInput, CriterionInput, Input, TierInput};
use crate::limits::{TIERS_MAX, TOLERANCE_DEFAULT};

/// Criteria of one priority.
#[derive(Debug, Clone)]
pub(crate) struct Tier {
    pub criteria: Vec<Criterion>,
    pub give_back: f64,
    pub give_back_absolute: f64,
}

impl Tier {
    /// What later tiers are held to when this one ends at `value`.
    pub fn limit(&self, value: f64) -> f64 {
        value + (value * self.give_back).max(self.give_back_absolute)
    }
}

/// One thing to be good at.
#[derive(Debug, Clone)]
pub(crate) struct Criterion {
    /// `balance open_pipeline`, `mix role`, `continuity open_pipeline`, `incumbent open_pipeline`,
    /// `compactness squared distance`.
    pub name: String,
    pub weight: f64,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Balance (one measure) or mix (one for each value of the attribute).
    Bands(Vec<Band>),
    /// The measure that is kept.
    Continuity { measure: usize },
    /// The measure that incumbents keep on planned splits.
    Incumbent { measure: usize },
    /// The mean of distances (or of their squares), weighted by node: what the distance to its anchor counts for
    /// the accounts below it. The root has 0.
    Compactness { distance: bool, weights: Vec<f64> },
}

/// A measure with its band at every level.
#[derive(Debug, Clone)]
pub(crate) struct Band {
    /// For mix the number of the value among the attribute's different values; 0 for balance.
    pub part: usize,
    /// Index into the problem's measures.
    pub measure: usize,
    /// Tolerance and weight of level 1, 2, …
    pub levels: Vec<(f64, f64)>,
}

/// What the tiers need to know of the book.
pub(crate) struct Scope<'a> {
    pub input: &'a Input,
    pub tree: &'a Tree,
    /// Some account has an owner in the plan.
    pub owners: bool,
    /// Some account has a place.
    pub places: bool,
}

/// Reads the tiers; measures that mix counts are appended to `all`.
pub(crate) fn read(scope: &Scope, all: &mut Vec<Measure>, findings: &mut Vec<Finding>) -> Vec<Tier> {
    let defaults = defaults(scope, all);
    let inputs = if scope.input.tiers.is_empty() { &defaults } else { &scope.input.tiers };
    if inputs.len() > TIERS_MAX {
        findings.push(Finding::new(
            Code::TiersTooMany,
            Place::Plan("tiers".into()),
            format!("{} tiers; at most {TIERS_MAX}", inputs.len()),
        ));
    }
    (inputs.iter().enumerate()).map(|(t, tier)| read_tier(tier, &format!("tiers[{t}]"), scope, all, findings)).collect()
}

/// Balance of everything, then continuity, then compactness, as far as the book knows of them.
fn defaults(scope: &Scope, all: &[Measure]) -> Vec<TierInput> {
    let balance = (all.iter().filter(|m| m.total > 0 || m.name == ACCOUNT_COUNT))
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

fn read_tier(tier: &TierInput, path: &str, scope: &Scope, all: &mut Vec<Measure>, findings: &mut Vec<Finding>) -> Tier {
    let mut fault = |code, path: String, message: String| findings.push(Finding::new(code, Place::Plan(path), message));
    if tier.criteria.is_empty() {
        fault(
            Code::TierEmpty,
            format!("{path}.criteria"),
            "the tier has no criteria; give at least one or leave the tier out".into(),
        );
    }
    for (value, name) in [(tier.give_back, "give_back"), (tier.give_back_absolute, "give_back_absolute")] {
        if !(value.is_finite() && value >= 0.0) {
            fault(Code::GiveBackInvalid, format!("{path}.{name}"), format!("{name} is {value}; give 0 or more"));
        }
    }
    let criteria = (tier.criteria.iter().enumerate())
        .filter_map(|(i, c)| read_criterion(c.as_ref(), &format!("{path}.criteria[{i}]"), scope, all, findings))
        .collect();
    Tier { criteria, give_back: tier.give_back, give_back_absolute: tier.give_back_absolute }
}

fn read_criterion(
    input: Option<&CriterionInput>,
    path: &str,
    scope: &Scope,
    all: &mut Vec<Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Criterion> {
    let warn = |findings: &mut Vec<Finding>, code, message: String| {
        findings.push(Finding::new(code, Place::Plan(path.to_string()), message))
    };
    match input {
        None => {
            warn(
                findings,
                Code::CriterionEmpty,
                "the criterion has no kind; give balance, mix, continuity, incumbent or compactness".into(),
            );
            None
        }
        Some(CriterionInput::Balance(band)) => {
            let path = format!("{path}.balance");
            let measure = measures::find(&band.column, &format!("{path}.measure"), all, scope.input, findings);
            let (weight, levels) = read_band(band, &path, scope, findings);
            let measure = measure?;
            if all[measure].total == 0 {
                findings.push(Finding::new(
                    Code::MeasureAllZero,
                    Place::Plan(path),
                    format!("{} is 0 on every account; its balance is left out", all[measure].name),
                ));
            }
            let name = format!("balance {}", all[measure].name);
            Some(Criterion { name, weight, kind: Kind::Bands(bands_over(&[measure], &levels, all)) })
        }
        Some(CriterionInput::Mix(band)) => {
            let path = format!("{path}.mix");
            let counts = measures::mix(&band.column, &format!("{path}.attribute"), scope.input, findings);
            let (weight, levels) = read_band(band, &path, scope, findings);
            let counts = counts?;
            let indices: Vec<usize> = counts.into_iter().map(|count| known_or_new(all, count)).collect();
            Some(Criterion {
                name: format!("mix {}", band.column),
                weight,
                kind: Kind::Bands(bands_over(&indices, &levels, all)),
            })
        }
        Some(CriterionInput::Continuity { measure, weight }) => {
            let found = measures::find(measure, &format!("{path}.continuity.measure"), all, scope.input, findings);
            let weight = positive_weight(*weight, &format!("{path}.continuity.weight"), findings);
            if !scope.owners {
                warn(findings, Code::ContinuityWithoutOwners, "continuity is asked for, but no account has a current_owner that is a territory of the plan; the criterion is always 0".into());
            }
            let measure = found?;
            Some(Criterion { name: kept("continuity", &all[measure]), weight, kind: Kind::Continuity { measure } })
        }
        Some(CriterionInput::Incumbent { measure, weight }) => {
            let found = measures::find(measure, &format!("{path}.incumbent.measure"), all, scope.input, findings);
            let weight = positive_weight(*weight, &format!("{path}.incumbent.weight"), findings);
            if scope.tree.planned_splits().is_empty() {
                warn(findings, Code::IncumbentWithoutSplits, "what incumbents keep is asked for, but no later stage splits a territory; the criterion is always 0".into());
            }
            let measure = found?;
            Some(Criterion { name: kept("incumbent", &all[measure]), weight, kind: Kind::Incumbent { measure } })
        }
        Some(CriterionInput::Compactness { distance, weight, level_weights }) => {
            let weight = positive_weight(*weight, &format!("{path}.compactness.weight"), findings);
            if !scope.places {
                warn(
                    findings,
                    Code::CompactnessWithoutPlaces,
                    "compactness is asked for, but no account has a place; the criterion is always 0".into(),
                );
            }
            let name = if *distance { "compactness distance" } else { "compactness squared distance" };
            let weights = node_weights(level_weights, &format!("{path}.compactness"), scope.tree, findings);
            Some(Criterion { name: name.into(), weight, kind: Kind::Compactness { distance: *distance, weights } })
        }
    }
}

/// The name of a criterion that keeps a measure.
fn kept(criterion: &str, measure: &Measure) -> String {
    format!("{criterion} {}", if measure.name == ACCOUNT_COUNT { "accounts" } else { &measure.name })
}

/// The number of the measure that counts the same, or of the new one.
fn known_or_new(all: &mut Vec<Measure>, measure: Measure) -> usize {
    all.iter().position(|m| m.source == measure.source).unwrap_or_else(|| {
        all.push(measure);
        all.len() - 1
    })
}

/// A band for each measure that is not 0 everywhere; parts are numbered with those left out.
fn bands_over(indices: &[usize], levels: &[(f64, f64)], all: &[Measure]) -> Vec<Band> {
    let present = indices.iter().enumerate().filter(|(_, m)| all[**m].total > 0);
    present.map(|(part, &measure)| Band { part, measure, levels: levels.to_vec() }).collect()
}

fn positive_weight(weight: Option<f64>, path: &str, findings: &mut Vec<Finding>) -> f64 {
    let weight = weight.unwrap_or(1.0);
    if !(weight.is_finite() && weight > 0.0) {
        findings.push(Finding::new(
            Code::WeightInvalid,
            Place::Plan(path.to_string()),
            format!("weight is {weight}; give a number above 0, or leave the criterion out"),
        ));
    }
    weight
}

/// What the distance to each node's anchor counts.
fn node_weights(levels: &[f64], path: &str, tree: &Tree, findings: &mut Vec<Finding>) -> Vec<f64> {
    let depth = tree.depth();
    let mut fault = |code, path: String, message: String| findings.push(Finding::new(code, Place::Plan(path), message));
    for (i, &weight) in levels.iter().enumerate().filter(|(_, w)| !(w.is_finite() && **w >= 0.0)) {
        let path = format!("{path}.level_weights[{i}]");
        fault(Code::WeightInvalid, path, format!("weight is {weight}; give 0 or more"));
    }
    if levels.len() > depth {
        let message = format!("{} levels are weighted; the tree has {depth}", levels.len());
        fault(Code::LevelsTooMany, format!("{path}.level_weights"), message);
    } else if !levels.is_empty() && levels.iter().all(|w| *w == 0.0) {
        let message = "every level has weight 0; give one a weight above 0, or leave the criterion out".into();
        fault(Code::WeightInvalid, format!("{path}.level_weights"), message);
    }
    let levels = match (levels.is_empty(), tree.stages.len()) {
        (true, 0) => vec![],
        (true, stages) => vec![1.0 / stages as f64; depth],
        (false, _) => levels.to_vec(),
    };
    let weight = |node: &super::tree::Node| match (node.level.checked_sub(1), node.children.is_empty()) {
        (None, _) => 0.0,
        (Some(_), leaf) if levels.is_empty() => f64::from(u8::from(leaf)),
        (Some(level), true) => levels.iter().skip(level).sum(),
        (Some(level), false) => levels.get(level).copied().unwrap_or(0.0),
    };
    tree.nodes.iter().map(weight).collect()
}

/// Weight and, for each level, tolerance and weight.
fn read_band(band: &BandInput, path: &str, scope: &Scope, findings: &mut Vec<Finding>) -> (f64, Vec<(f64, f64)>) {
    let weight = positive_weight(band.weight, &format!("{path}.weight"), findings);
    let mut tolerance_of = |value: Option<f64>, path: String| {
        let value = value?;
        if !(value.is_finite() && value >= 0.0) {
            findings.push(Finding::new(
                Code::ToleranceInvalid,
                Place::Plan(path),
                format!("tolerance is {value}; give 0 or more (0.05 is plus or minus 5 %)"),
            ));
        }
        // Whole billionths, as the checker compares bands in whole numbers.
        Some(if value < 1e6 { (value * 1e9).round() / 1e9 } else { value })
    };
    let overall = tolerance_of(band.tolerance, format!("{path}.tolerance")).unwrap_or(TOLERANCE_DEFAULT);
    let mut levels = vec![(overall, 1.0); scope.tree.depth()];
    for (i, level) in band.levels.iter().enumerate() {
        let tolerance = tolerance_of(level.tolerance, format!("{path}.levels[{i}].tolerance"));
        if let Some(setting) = levels.get_mut(i) {
            *setting = (tolerance.unwrap_or(overall), level.weight.unwrap_or(1.0));
        }
    }
    for (i, level) in band.levels.iter().enumerate() {
        let weight = level.weight.unwrap_or(1.0);
        if !(weight.is_finite() && weight >= 0.0) {
            findings.push(Finding::new(
                Code::WeightInvalid,
                Place::Plan(format!("{path}.levels[{i}].weight")),
                format!("weight is {weight}; give 0 or more"),
            ));
        }
    }
    if band.levels.len() > levels.len() {
        findings.push(Finding::new(
            Code::LevelsTooMany,
            Place::Plan(format!("{path}.levels")),
            format!("{} levels are set; the tree has {}", band.levels.len(), levels.len()),
        ));
    }
    (weight, levels)
}
