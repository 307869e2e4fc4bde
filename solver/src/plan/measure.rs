//! A measure of an answer.

use crate::problem::measures::Measure;

/// A measure of the plan, and how its amounts are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeasureDescription {
    /// Its name.
    pub measure: String,
    /// All amounts of it are whole numbers of 10^-decimals.
    pub decimals: u8,
    /// What is counted, such as USD; empty: not known.
    pub unit: String,
    /// Whether it is only told: its targets and deviations ask for nothing.
    pub report_only: bool,
}

impl From<&Measure> for MeasureDescription {
    fn from(measure: &Measure) -> MeasureDescription {
        let &Measure { ref name, decimals, ref unit, report_only, .. } = measure;
        MeasureDescription { measure: name.clone(), decimals, unit: unit.clone(), report_only }
    }
}
