//! Where a file comes from.

use super::in_parallel;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes that a thread reads at a time.
const PIECE_BYTES: usize = 4_194_304;

/// A file to be read: its name, and where its bytes are. What its name ends with says nothing.
pub struct Source {
    name: String,
    origin: Origin,
}

enum Origin {
    Bytes(Vec<u8>),
    Path(PathBuf),
    Stream(Box<dyn Read + Send>),
}

impl Source {
    /// Bytes in memory; `name` is what messages call them.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Source {
        Source { name: name.into(), origin: Origin::Bytes(bytes.into()) }
    }

    /// A file on disk.
    pub fn path(path: &Path) -> Source {
        Source { name: path.display().to_string(), origin: Origin::Path(path.to_owned()) }
    }

    /// A stream that is read once, such as standard input; `name` is what messages call it.
    pub fn stream(name: impl Into<String>, stream: impl Read + Send + 'static) -> Source {
        Source { name: name.into(), origin: Origin::Stream(Box::new(stream)) }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes, at most `bytes_max` and one more: then it is larger. A file on disk is read by several threads.
    pub(super) fn read(self, bytes_max: u64, threads: usize) -> io::Result<Vec<u8>> {
        let limit = bytes_max.saturating_add(1);
        let mut bytes = Vec::new();
        match self.origin {
            Origin::Bytes(bytes) => return Ok(bytes),
            Origin::Path(path) => {
                let mut file = File::open(path)?;
                let size = file.metadata().map_or(0, |about| about.len()).min(limit);
                bytes.try_reserve_exact(size as usize + 1).map_err(|_| io::ErrorKind::OutOfMemory)?;
                if let Some(whole) = whole(&file, size as usize, threads) {
                    bytes = whole;
                    file.seek(SeekFrom::Start(size))?;
                }
                file.take(limit - bytes.len() as u64).read_to_end(&mut bytes)?;
            }
            Origin::Stream(stream) => {
                stream.take(limit).read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }
}

/// The first `size` bytes of a file, read by pieces. `None`: it has fewer, or cannot be read from everywhere.
#[cfg(unix)]
fn whole(file: &File, size: usize, threads: usize) -> Option<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    // Memory that is all zeros is made where it is first written, by each thread for itself.
    let mut bytes = vec![0; size];
    let pieces: Vec<Mutex<(usize, &mut [u8])>> =
        (0..).step_by(PIECE_BYTES).zip(bytes.chunks_mut(PIECE_BYTES)).map(Mutex::new).collect();
    let read = in_parallel(&pieces, threads, |piece| {
        let (start, piece) = &mut *piece.lock().unwrap_or_else(PoisonError::into_inner);
        file.read_exact_at(piece, *start as u64).is_ok()
    });
    read.into_iter().all(|is_read| is_read).then_some(bytes)
}

/// Files are read from their beginning on where no way is known to read them by pieces.
#[cfg(not(unix))]
fn whole(_: &File, _: usize, _: usize) -> Option<Vec<u8>> {
    None
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_streams_are_read_up_to_the_limit_and_one_byte_more() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let whole = std::fs::read(&path).expect("it is there");
        let size = whole.len() as u64;
        for (bytes_max, read) in [(size, whole.len()), (size - 1, whole.len()), (size - 2, whole.len() - 1), (0, 1)] {
            let from_path = Source::path(&path).read(bytes_max, 2).expect("it can be read");
            let from_stream =
                Source::stream("-", io::Cursor::new(whole.clone())).read(bytes_max, 2).expect("it is read");
            assert_eq!((from_path.len(), from_stream.len()), (read, read));
        }
        assert!(Source::path(&path.join("no")).read(1, 1).is_err());
    }
}
