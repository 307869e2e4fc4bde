//! Files that appear whole, and together: the one writer of all results.
//!
//! A run writes into a hidden folder beside the folder for results. When all is there, whatever else lies in the folder for
//! results is linked into the hidden one, and the two change places in one step, so that whoever looks, and whatever ends the
//! program, finds the whole answer before or the whole answer after. Where folders cannot change places (the folder is the
//! one that the program runs in, or a mount of its own) the old files go first, and then the new ones come: what is ended in
//! between is incomplete, and never a mixture.
//!
//! A hidden folder is locked while its run lives. One that nobody holds is of a run that was killed, and the next run into
//! the same folder removes it.

mod place;

use crate::ReportError;
use place::{gone, link_all, permit};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::cell::RefCell;
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

/// In a folder of results: the files that carve wrote there, a line each. A later run removes these and no others.
const LIST: &str = ".carve-files";
/// What an answer is told from to be whole, where files come one after the other.
const PLAN: &str = "plan.json";
/// What names of hidden folders hold before the number of their process.
const MARK: &str = ".carve-";
/// Names that are tried for a hidden folder.
const HIDDEN_MAX: u32 = 100;

/// A hidden folder where files are written before they are put in place. Dropped, it takes what it still holds with it.
#[derive(Debug)]
pub struct Staging {
    /// The folder for results, as it was named.
    out: PathBuf,
    /// The same, wherever links lead.
    real: PathBuf,
    hidden: PathBuf,
    /// Whether the hidden folder stands beside the folder for results, so that the two can change places.
    beside: bool,
    /// Held as long as the run lives.
    _lock: Option<File>,
    /// What was written so far, from the folder for results.
    written: RefCell<Vec<PathBuf>>,
    notes: RefCell<Vec<String>>,
    /// Steps until a test ends the run as a kill would.
    #[cfg(test)]
    steps: std::cell::Cell<usize>,
}

impl Staging {
    /// Makes both folders; the outer one may be there already. Hidden folders that runs left behind which were killed are
    /// removed.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn new(out: &Path) -> Result<Staging, ReportError> {
        let unusable = |source| ReportError { path: out.to_owned(), source };
        fs::create_dir_all(out).map_err(unusable)?;
        let real = fs::canonicalize(out).map_err(unusable)?;
        remove_abandoned(&real);
        // A shell, or this program, in the folder would find itself in the old one.
        let lived_in = fs::canonicalize(".").is_ok_and(|here| here.starts_with(&real));
        match beside(&real).filter(|_| !lived_in).and_then(|stem| hidden(&stem).ok()) {
            Some(held) => Ok(Staging::at(out, real, held, true)),
            None => Staging::inside(out, real),
        }
    }

    /// With the hidden folder inside the folder for results.
    fn inside(out: &Path, real: PathBuf) -> Result<Staging, ReportError> {
        let held = hidden(&real.join(MARK)).map_err(|source| ReportError { path: out.to_owned(), source })?;
        Ok(Staging::at(out, real, held, false))
    }

    fn at(out: &Path, real: PathBuf, (hidden, lock): (PathBuf, Option<File>), beside: bool) -> Staging {
        Staging {
            out: out.to_owned(),
            real,
            hidden,
            beside,
            _lock: lock,
            written: RefCell::default(),
            notes: RefCell::default(),
            #[cfg(test)]
            steps: std::cell::Cell::new(usize::MAX),
        }
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
        let created = File::options().write(true).create_new(true).open(&path);
        let mut file = BufWriter::new(created.map_err(failed)?);
        fill(&mut file)?;
        file.flush().map_err(failed)?;
        self.written.borrow_mut().push(PathBuf::from(name));
        Ok(())
    }

    /// Puts every file in place, all at once, and removes those in `stale`, files or folders of results, that were not
    /// written this time, so that a folder never holds answers of two runs. Of a folder only what carve wrote is removed.
    ///
    /// # Errors
    /// When the files cannot be put in place.
    pub fn publish<'a>(self, stale: impl IntoIterator<Item = &'a str>) -> Result<(), ReportError> {
        let mut written = self.written.take();
        written.sort();
        let results: Vec<&str> = stale.into_iter().collect();
        let lists = self.list(&written)?;
        let files: Vec<PathBuf> = written.into_iter().chain(lists).collect();
        for file in &files {
            // On the disk before it is renamed, or a power loss could leave an empty file under the final name.
            let path = self.hidden.join(file);
            File::open(&path).and_then(|file| file.sync_all()).map_err(|source| ReportError { path, source })?;
        }
        self.check_room(&files)?;
        let failed = |source| ReportError { path: self.out.clone(), source };
        if self.beside {
            self.carry(&results).map_err(failed)?;
            if self.change_places().map_err(failed)? {
                return Ok(());
            }
        }
        self.replace(&results, &files)
    }

    /// Every file must have room in the folder for results before the first is put there: no folder where it is to be, and no
    /// file where its folder is.
    fn check_room(&self, files: &[PathBuf]) -> Result<(), ReportError> {
        for file in files {
            let path = self.real.join(file);
            let kind = |path: &Path| fs::symlink_metadata(path).map(|about| about.is_dir());
            if kind(&path).is_ok_and(|is_folder| is_folder) {
                return Err(ReportError { path, source: ErrorKind::IsADirectory.into() });
            }
            for folder in file.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
                let path = self.real.join(folder);
                if fs::metadata(&path).is_ok_and(|about| !about.is_dir()) {
                    return Err(ReportError { path, source: ErrorKind::NotADirectory.into() });
                }
            }
        }
        Ok(())
    }

    /// Links into the hidden folder what lies in the folder for results and is none of these: it is somebody else's.
    fn carry(&self, results: &[&str]) -> io::Result<()> {
        for entry in fs::read_dir(&self.real)? {
            let entry = entry?;
            let (from, name) = (entry.path(), entry.file_name());
            let to = self.hidden.join(&name);
            let is_result = results.iter().any(|result| name == *result);
            self.step()?;
            match is_result && !from.is_dir() || is_hidden(&name) {
                true => {}
                false if is_result => {
                    let mut ours = listed(&from)?;
                    ours.push(PathBuf::from(LIST));
                    link_all(&from, &to, &|path| ours.iter().any(|file| path == from.join(file)))?;
                }
                false => link_all(&from, &to, &|_| false)?,
            }
        }
        permit(&self.hidden, &self.real)
    }

    /// Puts the hidden folder in the place of the folder for results, in one step; `false` where that cannot be done.
    fn change_places(&self) -> io::Result<bool> {
        File::open(&self.hidden)?.sync_all()?;
        self.step()?;
        if renameat_with(CWD, &self.hidden, CWD, &self.real, RenameFlags::EXCHANGE).is_err() {
            return Ok(false);
        }
        self.step()?;
        Ok(true)
    }

    /// Removes the results of the run before, then puts the new ones in their places. plan.json goes first and comes last:
    /// where it is, all is.
    fn replace(&self, results: &[&str], files: &[PathBuf]) -> Result<(), ReportError> {
        let is_plan = |name: &Path| name == Path::new(PLAN);
        let mut old: Vec<&str> = results.to_vec();
        old.sort_by_key(|name| !is_plan(Path::new(name)));
        for name in old {
            let path = self.real.join(name);
            self.step().and_then(|()| forget(&path)).map_err(|source| ReportError { path, source })?;
        }
        let mut new: Vec<&PathBuf> = files.iter().collect();
        new.sort_by_key(|file| is_plan(file));
        for file in new {
            let (from, path) = (self.hidden.join(file), self.real.join(file));
            self.step().and_then(|()| put(&from, &path)).map_err(|source| ReportError { path, source })?;
        }
        Ok(())
    }

    /// Where a test ends the run as a kill would.
    fn step(&self) -> io::Result<()> {
        #[cfg(test)]
        {
            let left = self.steps.get();
            if left == 0 {
                return Err(io::Error::other("killed"));
            }
            self.steps.set(left - 1);
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
        #[cfg(test)]
        if self.steps.get() == 0 {
            return;
        }
        // Nothing can be done here when it fails, and nothing depends on it.
        let _ = fs::remove_dir_all(&self.hidden);
    }
}

/// What the names of hidden folders beside a folder begin with; `None`: nothing can stand beside it.
fn beside(real: &Path) -> Option<PathBuf> {
    let (parent, name) = (real.parent()?, real.file_name()?.to_str()?);
    Some(parent.join(format!(".{name}{MARK}")))
}

/// Makes a hidden folder that nobody has, that nobody else may look into and whose name nobody can guess, and locks it where
/// folders can be locked: the stem, the process's number, which keeps two runs into one folder from writing into each other's
/// files, and a number drawn at random.
fn hidden(stem: &Path) -> io::Result<(PathBuf, Option<File>)> {
    let mut last = ErrorKind::AlreadyExists.into();
    for _ in 0..HIDDEN_MAX {
        let mut name = stem.as_os_str().to_owned();
        let drawn = RandomState::new().build_hasher().finish();
        name.push(format!("{}-{drawn}", std::process::id()));
        match make(Path::new(&name)) {
            Ok(()) => {
                let path = PathBuf::from(name);
                // Before it is locked another run may take it for abandoned: then it is that run's to remove.
                let Ok(folder) = File::open(&path) else { continue };
                match folder.try_lock() {
                    Err(TryLockError::WouldBlock) => {}
                    Ok(()) if path.is_dir() => return Ok((path, Some(folder))),
                    Ok(()) => {}
                    Err(TryLockError::Error(_)) => return Ok((path, None)),
                }
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Makes a folder for this user alone; one that is there, or a link in its place, is an error.
fn make(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

/// Whether a name is that of a hidden folder: `.carve-17`, `.out.carve-17`, `.carve-17-1`.
fn is_hidden(name: &std::ffi::OsStr) -> bool {
    let number = name.to_str().filter(|name| name.starts_with('.')).and_then(|name| name.rsplit_once(MARK));
    number.is_some_and(|(_, number)| {
        number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '-')
    })
}

/// Removes hidden folders for this folder of results whose runs were killed: nobody holds their locks. What cannot be
/// removed stays.
fn remove_abandoned(real: &Path) {
    let stem = beside(real);
    let of_this = |path: &Path| {
        let name = path.to_string_lossy();
        path.parent() == Some(real) || stem.as_ref().is_some_and(|stem| name.starts_with(&*stem.to_string_lossy()))
    };
    let folders = [Some(real), real.parent()].into_iter().flatten();
    for entry in folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        let path = entry.path();
        if is_hidden(&entry.file_name()) && of_this(&path) && path.is_dir() {
            // The lock is held until the folder is gone, so that no run that only just made it goes on in it.
            let Ok(folder) = File::open(&path) else { continue };
            if folder.try_lock().is_ok() {
                let _ = fs::remove_dir_all(&path);
            }
        }
    }
}

fn put(from: &Path, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::rename(from, path)
}

/// The files that carve wrote into a folder of results, by its list; none where there is no list.
fn listed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let list = match fs::read_to_string(folder.join(LIST)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        list => list?,
    };
    let inside = |file: &&Path| file.components().all(|part| matches!(part, Component::Normal(_)));
    Ok(list.lines().map(Path::new).filter(inside).map(Path::to_owned).collect())
}

/// Removes a file of an earlier run; of a folder the files in its list, and the folders that then are empty. What is not
/// there is no error.
fn forget(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        return gone(fs::remove_file(path));
    }
    let files = listed(path)?;
    files.iter().try_for_each(|file| gone(fs::remove_file(path.join(file))))?;
    gone(fs::remove_file(path.join(LIST)))?;
    let mut folders: Vec<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
    // The deepest first; one that still holds something, such as a user's own file, stays.
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    folders.dedup();
    folders.iter().for_each(|folder| drop(fs::remove_dir(path.join(folder))));
    Ok(())
}

#[cfg(test)]
mod tests;
