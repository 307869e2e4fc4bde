//! What files say, read anew when they change: by looking at them every second, and when the process is sent SIGHUP.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The value of files, as of the last time that they were good. Clones follow the same files.
#[derive(Debug)]
pub struct Reloaded<T> {
    now: watch::Receiver<Arc<T>>,
}

impl<T> Clone for Reloaded<T> {
    fn clone(&self) -> Reloaded<T> {
        Reloaded { now: self.now.clone() }
    }
}

impl<T> Reloaded<T> {
    /// The value now.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.now.borrow())
    }
}

/// Files, and what reads them.
pub struct Files<T> {
    /// Read in this order.
    pub paths: Vec<PathBuf>,
    /// Makes the value of their bytes.
    pub read: Box<Reader<T>>,
}

/// Makes a value of the bytes of files, or says what is wrong with them.
pub type Reader<T> = dyn Fn(&[Vec<u8>]) -> Result<T, String> + Send + Sync;

/// Why files have no value.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// One cannot be read.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// One is larger than any such file.
    #[error("{0} has more than {FILE_BYTES_MAX} bytes")]
    TooLarge(PathBuf),
    /// They are not what they should be.
    #[error("{0}")]
    Content(String),
}

impl<T: Send + Sync + 'static> Files<T> {
    fn bytes(&self) -> Result<Vec<Vec<u8>>, ReloadError> {
        let read = |path: &PathBuf| {
            use std::io::Read;
            let mut bytes = Vec::new();
            let file = std::fs::File::open(path).and_then(|f| f.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
            file.map_err(|error| ReloadError::File(path.clone(), error))?;
            if bytes.len() as u64 > FILE_BYTES_MAX {
                return Err(ReloadError::TooLarge(path.clone()));
            }
            Ok(bytes)
        };
        self.paths.iter().map(read).collect()
    }

    /// Reads the files now, and gives what reads them again until it is dropped.
    ///
    /// # Errors
    /// When they have no value now.
    pub fn open(self) -> Result<(Reloaded<T>, impl Future<Output = ()> + Send + 'static), ReloadError> {
        let bytes = self.bytes()?;
        let value = (self.read)(&bytes).map_err(ReloadError::Content)?;
        let (sender, now) = watch::channel(Arc::new(value));
        Ok((Reloaded { now }, self.follow(bytes, sender)))
    }

    /// Files that are bad now leave the value as it was, and are tried again.
    async fn follow(self, mut known: Vec<Vec<u8>>, sender: watch::Sender<Arc<T>>) {
        let mut hangup = Hangup::new();
        let mut told = String::new();
        let this = Arc::new(self);
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = hangup.heard() => {}
            }
            let (files, before) = (Arc::clone(&this), known.clone());
            let look = move || {
                let bytes = files.bytes()?;
                if bytes == before {
                    return Ok(None);
                }
                let value = (files.read)(&bytes).map_err(ReloadError::Content)?;
                Ok::<_, ReloadError>(Some((bytes, value)))
            };
            match tokio::task::spawn_blocking(look).await {
                Ok(Ok(None)) => told.clear(),
                Ok(Ok(Some((bytes, value)))) => {
                    known = bytes;
                    told.clear();
                    sender.send_replace(Arc::new(value));
                    tracing::info!(files = %this.names(), "files were read anew");
                }
                Ok(Err(error)) => {
                    // The same fault is told once.
                    let text = error.to_string();
                    if text != told {
                        tracing::error!(files = %this.names(), error = %text, "files cannot be read anew; what they said holds");
                        told = text;
                    }
                }
                // The runtime goes down.
                Err(_) => return,
            }
        }
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        names.join(", ")
    }
}

/// The signal that asks for files to be read.
struct Hangup {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    fn new() -> Hangup {
        Hangup {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Ends when it was sent.
    async fn heard(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_is_seen_and_a_bad_file_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("number");
        std::fs::write(&path, "1").expect("written");
        let number = |bytes: &[Vec<u8>]| {
            let text = String::from_utf8_lossy(&bytes[0]).into_owned();
            text.trim().parse::<u32>().map_err(|error| error.to_string())
        };
        let files = Files { paths: vec![path.clone()], read: Box::new(number) };
        let (mut value, follow) = files.open().expect("good");
        let following = tokio::spawn(follow);
        assert_eq!(*value.get(), 1);
        std::fs::write(&path, "bad").expect("written");
        assert!(Files { paths: vec![path.clone()], read: Box::new(number) }.open().is_err());
        assert_eq!(*value.get(), 1);
        std::fs::write(&path, "2").expect("written");
        value.now.changed().await.expect("followed");
        assert_eq!(*value.get(), 2);
        following.abort();
    }
}
