//! The steps of a tier after its first.

/// What a step reached: the weighted sum over a tier's groups (one measure, or one value of an attribute, at one level)
/// of each one's largest excesses.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    /// How many of the largest.
    pub largest: usize,
    /// Their sum.
    pub value: f64,
    /// Proved: no plan that holds the steps before at what they were decided at has less.
    pub bound: f64,
    /// What later tiers were held to.
    pub limit: f64,
    /// Whether what it was decided at is within the gap target of the bound.
    pub finished: bool,
}
