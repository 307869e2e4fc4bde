//! What lies beside results is somebody else's, and comes along.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Links a file, or all that lies in a folder, to another place, but for what `leave` names and for what is there already;
/// where files cannot be linked they are copied. A folder of which nothing is to come is not made.
pub(super) fn link_all(from: &Path, to: &Path, leave: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    if leave(from) {
        return Ok(());
    }
    let about = fs::symlink_metadata(from)?;
    if about.is_dir() {
        let entries: Vec<_> = fs::read_dir(from)?.collect::<io::Result<_>>()?;
        if entries.is_empty() {
            fs::create_dir_all(to)?;
        }
        for entry in entries {
            link_all(&entry.path(), &to.join(entry.file_name()), leave)?;
        }
        return if to.is_dir() { permit(to, from) } else { Ok(()) };
    }
    if fs::symlink_metadata(to).is_ok() {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    match about.is_symlink() {
        true => link_to(&fs::read_link(from)?, to),
        false => fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop)),
    }
}

/// Lets those use a folder who may use the other.
pub(super) fn permit(folder: &Path, other: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::metadata(other)?.permissions())
}

#[cfg(unix)]
fn link_to(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// That something is gone is no error.
pub(super) fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
