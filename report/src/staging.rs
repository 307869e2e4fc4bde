//! Files that appear whole, and together: the one writer of all results.

use crate::ReportError;
use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

/// In a folder of results: the files that carve wrote there, a line each. A later run removes these and no others.
const LIST: &str = ".carve-files";

/// A hidden folder inside the folder for results, where files are written before they are put in place by
/// renaming. Dropped, it takes what it still holds with it.
#[derive(Debug)]
pub struct Staging {
    out: PathBuf,
    hidden: PathBuf,
    /// What was written so far, from the folder for results.
    written: RefCell<Vec<PathBuf>>,
    notes: RefCell<Vec<String>>,
}

impl Staging {
    /// Makes both folders; the outer one may be there already.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn new(out: &Path) -> Result<Staging, ReportError> {
        let unusable = |source| ReportError { path: out.to_owned(), source };
        fs::create_dir_all(out).map_err(unusable)?;
        // The process's number keeps two runs into one folder from writing into each other's files.
        let hidden = out.join(format!(".carve-{}", std::process::id()));
        fs::create_dir_all(&hidden).map_err(unusable)?;
        Ok(Staging { out: out.to_owned(), hidden, written: RefCell::default(), notes: RefCell::default() })
    }

    /// The hidden folder, for what a writer keeps on the disk meanwhile.
    pub(crate) fn hidden(&self) -> &Path {
        &self.hidden
    }

    /// Keeps what somebody should know of a file beside what stands in it: what was cut, or is missing.
    pub(crate) fn note(&self, file: &str, text: &str) {
        self.notes.borrow_mut().push(format!("{file}: {text}"));
    }

    /// What there is to know of files, in the order in which they were written.
    pub fn notes(&self) -> Vec<String> {
        self.notes.borrow().clone()
    }

    /// Writes one file into the hidden folder; a name with folders in it makes them.
    ///
    /// # Errors
    /// When it cannot be written, or what `fill` says.
    pub fn write<E: From<ReportError>>(
        &self,
        name: &str,
        fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.hidden.join(name);
        let failed = |source| ReportError { path: self.out.join(name), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = BufWriter::new(File::create(&path).map_err(failed)?);
        fill(&mut file)?;
        file.flush().map_err(failed)?;
        self.written.borrow_mut().push(PathBuf::from(name));
        Ok(())
    }

    /// Puts every file in place and removes those in `stale`, files or folders of results, that were not written this
    /// time, so that a folder never holds answers of two runs. Of a folder only what carve wrote is removed.
    ///
    /// # Errors
    /// When a file cannot be put in place; those before it are.
    pub fn publish<'a>(self, stale: impl IntoIterator<Item = &'a str>) -> Result<(), ReportError> {
        let mut written = self.written.take();
        written.sort();
        for name in stale {
            if !written.iter().any(|file| file == Path::new(name)) {
                let path = self.out.join(name);
                forget(&path, &written, name).map_err(|source| ReportError { path, source })?;
            }
        }
        let lists = self.list(&written)?;
        for file in written.iter().chain(&lists) {
            let (from, path) = (self.hidden.join(file), self.out.join(file));
            put(&from, &path).map_err(|source| ReportError { path, source })?;
        }
        Ok(())
    }

    /// Writes into each folder of results the list of its files; gives the lists.
    fn list(&self, written: &[PathBuf]) -> Result<Vec<PathBuf>, ReportError> {
        let mut lists: Vec<PathBuf> = Vec::new();
        for file in written {
            let mut parts = file.components();
            let (Some(top), rest) = (parts.next(), parts.as_path()) else { continue };
            if rest.as_os_str().is_empty() {
                continue;
            }
            let list = Path::new(top.as_os_str()).join(LIST);
            let path = self.hidden.join(&list);
            let line = format!("{}\n", rest.display());
            let opened = File::options().create(true).append(true).open(&path);
            let added = opened.and_then(|mut out| out.write_all(line.as_bytes()));
            added.map_err(|source| ReportError { path, source })?;
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        Ok(lists)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Nothing can be done here when it fails, and nothing depends on it.
        let _ = fs::remove_dir_all(&self.hidden);
    }
}

/// On the disk before it is renamed, or a power loss could leave an empty file under the final name.
fn put(from: &Path, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::open(from)?.sync_all()?;
    fs::rename(from, path)
}

/// Removes a file of an earlier run; of a folder the files in its list but for those in `keep`, and the folders that
/// then are empty. What is not there is no error.
fn forget(path: &Path, keep: &[PathBuf], name: &str) -> io::Result<()> {
    if !path.is_dir() {
        return gone(fs::remove_file(path));
    }
    let list = match fs::read_to_string(path.join(LIST)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        list => list?,
    };
    let inside = |file: &&Path| file.components().all(|part| matches!(part, Component::Normal(_)));
    let files: Vec<&Path> = list.lines().map(Path::new).filter(inside).collect();
    for file in &files {
        if !keep.iter().any(|kept| kept == &Path::new(name).join(file)) {
            gone(fs::remove_file(path.join(file)))?;
        }
    }
    gone(fs::remove_file(path.join(LIST)))?;
    let mut folders: Vec<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
    // The deepest first; one that still holds something, such as a user's own file, stays.
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    folders.dedup();
    folders.iter().for_each(|folder| drop(fs::remove_dir(path.join(folder))));
    Ok(())
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALE: [&str; 3] = ["plan.json", "certificate.json", "crm"];

    /// Every file below a folder.
    fn names(dir: &Path) -> Vec<String> {
        let (mut names, mut folders) = (Vec::new(), vec![dir.to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => names.push(path.strip_prefix(dir).expect("below").display().to_string()),
                }
            }
        }
        names.sort();
        names
    }

    fn written(staging: &Staging, name: &str) {
        let fill = |out: &mut BufWriter<File>| {
            out.write_all(b"x").map_err(|source| ReportError { path: PathBuf::new(), source })
        };
        staging.write(name, fill).expect("written");
    }

    #[test]
    fn files_appear_together_and_old_results_go() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("deep/out");
        let staging = Staging::new(&out).expect("usable");
        written(&staging, "plan.json");
        assert!(!out.join("plan.json").exists());
        staging.publish(STALE).expect("published");
        assert_eq!(names(&out), ["plan.json"]);

        fs::write(out.join("notes.txt"), "mine").expect("written");
        let staging = Staging::new(&out).expect("usable again");
        written(&staging, "certificate.json");
        staging.publish(STALE).expect("published");
        assert_eq!(names(&out), ["certificate.json", "notes.txt"]);
    }

    #[test]
    fn of_a_folder_only_what_was_written_goes() {
        let dir = tempfile::tempdir().expect("a folder");
        let run = |files: &[&str]| {
            let staging = Staging::new(dir.path()).expect("usable");
            files.iter().for_each(|file| written(&staging, file));
            staging.publish(STALE).expect("published");
        };
        run(&["crm/now/a.csv", "crm/now/b.csv", "crm/2027-02-01/a.csv"]);
        fs::write(dir.path().join("crm/now/notes.txt"), "mine").expect("written");
        run(&["crm/now/a.csv"]);
        assert_eq!(names(dir.path()), ["crm/.carve-files", "crm/now/a.csv", "crm/now/notes.txt"]);
        assert!(!dir.path().join("crm/2027-02-01").exists());
        run(&["plan.json"]);
        assert_eq!(names(dir.path()), ["crm/now/notes.txt", "plan.json"]);
        // A list that points elsewhere, and a folder that is not of carve, take nothing with them.
        fs::write(dir.path().join("crm/.carve-files"), "../plan.json\n/plan.json\nnow/../../plan.json\n")
            .expect("written");
        run(&["plan.json"]);
        run(&[]);
        assert_eq!(names(dir.path()), ["crm/now/notes.txt"]);
    }

    #[test]
    fn an_abandoned_run_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let staging = Staging::new(dir.path()).expect("usable");
        written(&staging, "crm/now/a.csv");
        drop(staging);
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_folder_that_is_a_file_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        assert_eq!(Staging::new(&file).expect_err("refused").path, file);
    }
}
