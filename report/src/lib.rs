//! A plan as files a person opens.
//!
//! - `assignments.csv`: where each account goes; see [`assignments_csv`].
//! - `territories.geojson`: the territories of today on a map; see [`territories_geojson`].

mod assignments;
pub use assignments::{AssignmentColumns, assignments_csv};

mod geojson;
pub use geojson::territories_geojson;

mod outline;

mod text;
pub use text::neutralise;

mod atomic;

use atomic::Output;
use carve_solver::space::Point;
use carve_solver::{Plan, Problem};
use std::io;
use std::path::{Path, PathBuf};

/// Every output, in the order in which they are written.
const OUTPUTS: [Output; 2] = [assignments::OUTPUT, geojson::OUTPUT];

/// The names of all outputs.
pub fn names() -> impl Iterator<Item = &'static str> {
    OUTPUTS.iter().map(|output| output.name)
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

/// Writes every output into `dir`, which is made if it is not there; gives their paths.
/// Each file appears whole or, on failure, not at all: one of the same name stays as it was until then.
///
/// A plan without assignments writes nothing.
///
/// # Errors
/// When a file cannot be written. Files already in place stay.
pub fn write_outputs(problem: &Problem, plan: &Plan, dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let places: Vec<Option<Point>> = match plan.has_assignments() {
        true => (0..problem.account_count()).map(|account| problem.place(account)).collect(),
        false => Vec::new(),
    };
    write_files(plan, &places, dir)
}

fn write_files(plan: &Plan, places: &[Option<Point>], dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    if !plan.has_assignments() {
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(dir).map_err(|source| ReportError { path: dir.to_owned(), source })?;
    let write = |output: &Output| atomic::write(dir, output.name, |out| (output.write)(plan, places, out));
    OUTPUTS.iter().map(write).collect()
}

#[cfg(test)]
mod tests;
