//! A criterion as it was read, and the kinds there are.

use super::bands::Band;

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

impl Kind {
    /// The measure that stays with its owners, if the criterion is continuity.
    pub fn continuity(&self) -> Option<usize> {
        match self {
            Kind::Continuity { measure } => Some(*measure),
            Kind::Bands(_) | Kind::Incumbent { .. } | Kind::Compactness { .. } => None,
        }
    }

    /// Whether distances count rather than their squares, and what each node's counts, if the criterion is compactness.
    pub fn compactness(&self) -> Option<(bool, &[f64])> {
        match self {
            Kind::Compactness { distance, weights } => Some((*distance, weights)),
            Kind::Bands(_) | Kind::Continuity { .. } | Kind::Incumbent { .. } => None,
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
