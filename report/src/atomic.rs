//! Files that appear whole.

use crate::ReportError;
use carve_solver::Plan;
use carve_solver::space::Point;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes what an output says of a plan. There is one place for each of the plan's assignments.
pub(crate) type Fill = fn(&Plan, &[Option<Point>], &mut BufWriter<File>) -> io::Result<()>;

/// A file that a plan is written to.
pub(crate) struct Output {
    pub name: &'static str,
    pub write: Fill,
}

/// Writes a file under a temporary name in the same folder, makes sure that it is on the disk, and renames it.
pub(crate) fn write(
    dir: &Path,
    name: &str,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<PathBuf, ReportError> {
    let path = dir.join(name);
    // The process's number keeps two runs into one folder from writing into each other's file.
    let temporary = dir.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = fill_and_sync(&temporary, fill).and_then(|()| fs::rename(&temporary, &path));
    match written {
        Ok(()) => Ok(path),
        Err(source) => {
            // What failed is worth telling; that its rest could not be removed is not.
            let _ = fs::remove_file(&temporary);
            Err(ReportError { path, source })
        }
    }
}

fn fill_and_sync(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::new(File::create(path)?);
    fill(&mut writer)?;
    writer.flush()?;
    writer.get_ref().sync_all()
}
