//! A plan as files a person or a CRM opens. `OUTPUTS` is the list of them; each says in its own file what it holds.

mod answer;
pub use answer::{Answer, FindingRow, FindingRows, OwnersInBook};

mod names;
pub use names::Names;

mod run;
pub use run::{Run, Sample};

mod staging;
pub use staging::Staging;

mod output;
pub use output::Format;

mod text;
pub use text::{folded, neutralise};

mod table;

mod assignments;
pub use assignments::{AssignmentColumns, assignments_csv};

mod chosen;
pub use chosen::{ChosenColumns, is_column};

mod moves;
pub use moves::moves_csv;

mod findings;
pub use findings::findings_csv;

mod standing;
pub use standing::standing_csv;

mod differences;
pub use differences::{Difference, differences_csv};

mod outline;

mod geojson;
pub use geojson::territories_geojson;

mod page;
pub use page::{
    ComparedBook, ComparedRow, ComparisonPage, CurveShown, compare_html, curve_html, is_anonymous, report_html,
    sha256_hex, with_curve, without_told,
};

mod crm;

mod workbook;

use output::Output;
use std::io;
use std::path::PathBuf;

/// Every output, in the order in which they are written.
const OUTPUTS: [Output; 8] = [
    assignments::OUTPUT,
    moves::OUTPUT,
    findings::OUTPUT,
    page::OUTPUT,
    geojson::OUTPUT,
    workbook::OUTPUT,
    crm::SALESFORCE,
    crm::HUBSPOT,
];

/// The names of all outputs in the folder for results; one may come twice.
pub fn names() -> impl Iterator<Item = &'static str> {
    OUTPUTS.iter().map(|output| output.name)
}

/// The names of what a format writes.
pub fn names_of(format: Format) -> impl Iterator<Item = &'static str> {
    OUTPUTS.iter().filter(move |output| output.format == format).map(|output| output.name)
}

/// A file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct ReportError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Writes the outputs of these formats into `staging`; they appear when it is published. Of an answer without assignments
/// there is `report.html` alone.
///
/// # Errors
/// When a file cannot be written.
pub fn write_outputs(answer: &Answer<'_>, formats: &[Format], staging: &Staging) -> Result<(), ReportError> {
    let has_plan = answer.plan.has_assignments();
    let wanted = OUTPUTS.iter().filter(|output| formats.contains(&output.format) && (has_plan || output.planless));
    wanted.into_iter().try_for_each(|output| output.write(answer, staging))
}

#[cfg(test)]
mod tests;
