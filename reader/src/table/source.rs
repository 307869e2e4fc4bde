//! Where a file comes from.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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

    /// Its bytes, at most `bytes_max` and one more: then it is larger.
    pub(super) fn read(self, bytes_max: u64) -> io::Result<Vec<u8>> {
        let limit = bytes_max.saturating_add(1);
        let mut bytes = Vec::new();
        match self.origin {
            Origin::Bytes(bytes) => return Ok(bytes),
            Origin::Path(path) => {
                let file = std::fs::File::open(path)?;
                let size = file.metadata().map_or(0, |about| about.len()).min(limit);
                bytes.try_reserve_exact(size as usize + 1).map_err(|_| io::ErrorKind::OutOfMemory)?;
                file.take(limit).read_to_end(&mut bytes)?;
            }
            Origin::Stream(stream) => {
                stream.take(limit).read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }
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
            let from_path = Source::path(&path).read(bytes_max).expect("it can be read");
            let from_stream = Source::stream("-", io::Cursor::new(whole.clone())).read(bytes_max).expect("it is read");
            assert_eq!((from_path.len(), from_stream.len()), (read, read));
        }
        assert!(Source::path(&path.join("no")).read(1).is_err());
    }
}
