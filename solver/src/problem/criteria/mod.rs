//! Criteria: a file for each kind, with its reading, its name, and what its rows, costs and weights are made of. What
//! is done for every kind is done here, once a task.

pub(crate) mod scope;

pub(crate) mod bands;

mod balance;

mod mix;

pub(crate) mod continuity;

pub(crate) mod incumbent;

mod compactness;

use super::facts::Facts;
use super::measures::Measure;
use super::rows::Rows;
use crate::finding::{Code, Finding, Place};
use crate::index::{Keyed, MeasureIndex, NodeIndex, TierIndex};
use crate::input::CriterionInput;
use scope::{Read, Scope};

pub(crate) use bands::Band;
pub use mix::{Mix, MixValue};

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
    Continuity { measure: MeasureIndex },
    /// The measure that incumbents keep on planned splits.
    Incumbent { measure: MeasureIndex },
    /// The mean of distances (or of their squares), weighted by node: what the distance to its anchor counts for
    /// the accounts below it. The root has 0.
    Compactness { distance: bool, weights: Keyed<NodeIndex, f64> },
}

/// What a value is a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueUnit {
    /// Parts of a target that lie outside bands, added up.
    Excess,
    /// A part of what is counted.
    Part,
    /// Kilometres.
    Km,
    /// Square kilometres.
    SquareKm,
    /// Several things in weighted sum.
    Sum,
}

impl ValueUnit {
    pub(crate) fn of(criterion: &Criterion) -> ValueUnit {
        match &criterion.kind {
            Kind::Bands(_) => ValueUnit::Excess,
            Kind::Continuity { .. } | Kind::Incumbent { .. } => ValueUnit::Part,
            Kind::Compactness { distance: true, .. } => ValueUnit::Km,
            Kind::Compactness { distance: false, .. } => ValueUnit::SquareKm,
        }
    }
}

/// Reads a criterion; measures that mix counts are appended to `all`.
pub(super) fn read(
    input: Option<&CriterionInput>,
    path: &str,
    scope: &Scope,
    all: &mut Keyed<MeasureIndex, Measure>,
    findings: &mut Vec<Finding>,
) -> Option<Criterion> {
    match input {
        None => {
            findings.push(Finding::new(
                Code::CriterionEmpty,
                Place::Plan(path.to_string()),
                "the criterion has no kind; give balance, mix, continuity, incumbent or compactness",
            ));
            None
        }
        Some(CriterionInput::Balance(band)) => {
            balance::read(band, path, scope, all, findings).map(|read| Criterion::of(read, Kind::Bands))
        }
        Some(CriterionInput::Mix(band)) => {
            mix::read(band, path, scope, all, findings).map(|read| Criterion::of(read, Kind::Bands))
        }
        Some(CriterionInput::Continuity { measure, weight }) => {
            let read = continuity::read((measure, *weight), path, scope, all, findings)?;
            Some(Criterion::of(read, |measure| Kind::Continuity { measure }))
        }
        Some(CriterionInput::Incumbent { measure, weight }) => {
            let read = incumbent::read((measure, *weight), path, scope, all, findings)?;
            Some(Criterion::of(read, |measure| Kind::Incumbent { measure }))
        }
        Some(CriterionInput::Compactness { distance, weight, level_weights }) => {
            let read = compactness::read((*distance, *weight, level_weights), path, scope, findings);
            Some(Criterion::of(read, |weights| Kind::Compactness { distance: *distance, weights }))
        }
    }
}

impl Criterion {
    fn of<T>(read: Read<T>, kind: impl FnOnce(T) -> Kind) -> Criterion {
        Criterion { name: read.name, weight: read.weight, kind: kind(read.holds) }
    }

    /// Writes its soft rows, if it has any. `number` is the tier's and its own in the tier.
    pub(super) fn write(&self, rows: &mut Rows, facts: &Facts, number: (TierIndex, usize)) {
        match &self.kind {
            Kind::Bands(bands) => bands::write(rows, facts, number, self.weight, bands),
            Kind::Continuity { .. } | Kind::Incumbent { .. } | Kind::Compactness { .. } => {}
        }
    }

    /// Leaves out the bands of measures of which pools leave nothing to share.
    pub(super) fn without_bands_of_nothing(&mut self, shared: impl Fn(MeasureIndex) -> i64) {
        match &mut self.kind {
            Kind::Bands(bands) => bands.retain(|band| shared(band.measure) > 0),
            Kind::Continuity { .. } | Kind::Incumbent { .. } | Kind::Compactness { .. } => {}
        }
    }

    /// Makes its value in a part of a problem a part of its value in the whole. The part's nodes stand for the whole's
    /// nodes `origin`.
    pub(super) fn weigh(&mut self, part: &Facts, whole: &Facts, origin: &Keyed<NodeIndex, NodeIndex>) {
        match &mut self.kind {
            Kind::Bands(_) => {}
            Kind::Continuity { measure } => self.weight *= continuity::fraction_in_part(part, whole, *measure),
            Kind::Incumbent { measure } => self.weight *= incumbent::fraction_in_part(part, whole, *measure),
            Kind::Compactness { weights, .. } => {
                self.weight *= compactness::fraction_in_part(part, whole, origin, weights)
            }
        }
    }
}

impl Kind {
    /// The measure that stays with its owners, if the criterion is continuity.
    pub fn continuity(&self) -> Option<MeasureIndex> {
        match self {
            Kind::Continuity { measure } => Some(*measure),
            Kind::Bands(_) | Kind::Incumbent { .. } | Kind::Compactness { .. } => None,
        }
    }

    /// Whether distances count rather than their squares, and what each node's counts, if the criterion is compactness.
    pub fn compactness(&self) -> Option<(bool, &Keyed<NodeIndex, f64>)> {
        match self {
            Kind::Compactness { distance, weights } => Some((*distance, weights)),
            Kind::Bands(_) | Kind::Continuity { .. } | Kind::Incumbent { .. } => None,
        }
    }

    /// Its bands, if the criterion is balance or mix; `None`: it is a cost of each unit at each leaf.
    pub fn bands(&self) -> Option<&[Band]> {
        match self {
            Kind::Bands(bands) => Some(bands),
            Kind::Continuity { .. } | Kind::Incumbent { .. } | Kind::Compactness { .. } => None,
        }
    }

    /// Whether it speaks of what incumbents keep.
    pub fn speaks_of_incumbents(&self) -> bool {
        match self {
            Kind::Incumbent { .. } => true,
            Kind::Bands(_) | Kind::Continuity { .. } | Kind::Compactness { .. } => false,
        }
    }
}
