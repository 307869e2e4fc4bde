//! Results into a folder, each file whole or not at all, and text to standard output.

use crate::exit::CommandError;
use crate::json::JsonError;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The names of the results that are written here; those of a plan's outputs are [`carve_report::names`].
pub const NAMES: [&str; 2] = ["plan.json", "certificate.json"];

/// A hidden folder inside the folder for results, where files are written before they are put in place by
/// renaming. Dropped, it takes what it still holds with it.
#[derive(Debug)]
pub struct Staging {
    out: PathBuf,
    hidden: PathBuf,
}

impl Staging {
    /// Makes both folders; the outer one may be there already.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn new(out: &Path) -> Result<Staging, CommandError> {
        let unusable = |source| CommandError::OutUnusable { path: out.to_owned(), source };
        fs::create_dir_all(out).map_err(unusable)?;
        let hidden = out.join(format!(".carve-{}", std::process::id()));
        fs::create_dir_all(&hidden).map_err(unusable)?;
        Ok(Staging { out: out.to_owned(), hidden })
    }

    /// Where files are written before they are published.
    pub fn folder(&self) -> &Path {
        &self.hidden
    }

    /// Writes one file into the hidden folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let path = self.hidden.join(name);
        let failed = |source| CommandError::NotWritten { path: self.out.join(name), source };
        let mut file = BufWriter::new(File::create(&path).map_err(failed)?);
        content(&mut file)?;
        file.flush().map_err(failed)
    }

    /// Puts every file in place and removes results in `stale`, and outputs of a plan, that were not written this time,
    /// so that a folder never holds answers of two runs.
    ///
    /// # Errors
    /// When a file cannot be put in place; those before it are.
    pub fn publish(self, stale: &[&'static str]) -> Result<(), CommandError> {
        let results = stale.iter().copied().chain(carve_report::names());
        for name in results.filter(|name| !self.hidden.join(name).exists()) {
            let path = self.out.join(name);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(CommandError::NotWritten { path, source });
                }
                _ => {}
            }
        }
        let failed = |source| CommandError::NotWritten { path: self.out.clone(), source };
        let mut written: Vec<PathBuf> = fs::read_dir(&self.hidden)
            .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect())
            .map_err(failed)?;
        written.sort();
        for from in written {
            let path = self.out.join(from.file_name().unwrap_or_default());
            // On the disk before it is renamed, or a power loss could leave an empty file under the final name.
            let moved = File::open(&from).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&from, &path));
            moved.map_err(|source| CommandError::NotWritten { path, source })?;
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Nothing can be done here when it fails, and nothing depends on it.
        let _ = fs::remove_dir_all(&self.hidden);
    }
}

/// Prints to standard output. A reader that has gone away (`| head`) is no error.
///
/// # Errors
/// Any other failure.
pub fn print(content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    match content(&mut stdout).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(CommandError::Stdout),
    }
}

/// Prints JSON to standard output, like [`print`].
///
/// # Errors
/// Any failure but a reader that has gone away.
pub fn print_json(content: impl FnOnce(&mut dyn Write) -> Result<(), JsonError>) -> Result<(), CommandError> {
    let mut failed = None;
    print(|out| match content(out) {
        Err(JsonError::Write(error)) => Err(error),
        // A writer's failure may also come out of the JSON library.
        Err(JsonError::Json(error)) if error.is_io() => Err(error.into()),
        result => {
            failed = result.err();
            Ok(())
        }
    })?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .expect("a folder")
            .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn written(staging: &Staging, name: &str) -> Result<(), CommandError> {
        staging.write(name, |out| out.write_all(b"x").map_err(CommandError::Stdout))
    }

    #[test]
    fn files_appear_together_and_old_results_go() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("deep/out");
        let staging = Staging::new(&out).expect("usable");
        written(&staging, "plan.json").expect("written");
        assert!(!out.join("plan.json").exists());
        staging.publish(&NAMES).expect("published");
        assert_eq!(names(&out), ["plan.json"]);

        fs::write(out.join("notes.txt"), "mine").expect("written");
        fs::write(out.join("assignments.csv"), "of an earlier plan").expect("written");
        let staging = Staging::new(&out).expect("usable again");
        written(&staging, "certificate.json").expect("written");
        staging.publish(&NAMES).expect("published");
        assert_eq!(names(&out), ["certificate.json", "notes.txt"]);
    }

    #[test]
    fn an_abandoned_run_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let staging = Staging::new(dir.path()).expect("usable");
        written(&staging, "plan.json").expect("written");
        drop(staging);
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_the_callers_fault() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        let error = Staging::new(&file).expect_err("refused");
        assert_eq!(error.exit(), crate::exit::Exit::BadInput);
    }
}
