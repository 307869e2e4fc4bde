//! SQLite: one connection writes, others read beside it. A write is on the disk before it is answered.

use super::engine::futures::BoxFuture;
use super::engine::{Dialect, Engine, Mode, Record, Value, rows_of};
use sqlx::Error;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a write waits for one of another process.
const BUSY: Duration = Duration::from_secs(5);
/// How long a statement waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// Connections that read.
const READERS: u32 = 4;

const DIALECT: Dialect = Dialect {
    name: "SQLite",
    now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    find: "instr",
    skip_locked: "",
    bytes: "BLOB",
};

/// A database of SQLite.
pub struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
    /// `None`: in memory there is one connection, and with it ends what it holds.
    file: Option<File>,
}

/// The file that is open, known again by what the system calls it.
struct File {
    path: PathBuf,
    identity: Identity,
    /// Set for good once another file, or none, was found at the path: what is written then is found by nobody.
    is_lost: AtomicBool,
}

/// Device and number of a file; where the system has no such thing, any file is the same.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map(|there| (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    std::fs::metadata(path).map(|_| (0, 0))
}

impl File {
    /// Makes the file where it is missing, for its owner alone; the files that SQLite has beside it take that from it. One that
    /// is there is not opened: when a process closes a file, the locks go that SQLite has on it in the same process.
    fn made(path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(_) | Err(_) => {}
        }
        Ok(File { path: path.to_owned(), identity: identity(path)?, is_lost: AtomicBool::new(false) })
    }

    /// Whether the file at the path is the one that is open.
    fn still_there(&self) -> Result<(), Error> {
        if identity(&self.path).ok() != Some(self.identity) {
            self.is_lost.store(true, Ordering::Relaxed);
        }
        if !self.is_lost.load(Ordering::Relaxed) {
            return Ok(());
        }
        let text = format!(
            "{} was removed or replaced while it was open, and nothing more is written; put the right file in place and start \
             every process over it again",
            self.path.display()
        );
        Err(Error::Io(io::Error::other(text)))
    }
}

impl Sqlite {
    /// In memory.
    pub async fn in_memory() -> Result<Sqlite, Error> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let writer = one_connection().connect_with(options).await?;
        Ok(Sqlite { readers: writer.clone(), writer, file: None })
    }

    /// In a file, which is made if it is missing.
    pub async fn in_file(path: &Path) -> Result<Sqlite, Error> {
        let file = File::made(path).map_err(Error::Io)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            // It is there; one that has gone is not made anew.
            .create_if_missing(false)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .journal_mode(SqliteJournalMode::Wal)
            // Each commit waits for the disk: what was acknowledged outlives the power.
            .synchronous(SqliteSynchronous::Full);
        let writer = one_connection().connect_with(options.clone()).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(ACQUIRE);
        // A connection to a file of this machine is not lost from one statement to the next.
        let readers = readers.test_before_acquire(false);
        // They could write, but no statement that they are given does.
        Ok(Sqlite { writer, readers: readers.connect_lazy_with(options), file: Some(file) })
    }
}

fn one_connection() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

impl Engine for Sqlite {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn rows(&self, mode: Mode, sql: String, values: Vec<Value>) -> BoxFuture<'_, Result<Vec<Record>, Error>> {
        let pool = if mode == Mode::Write { &self.writer } else { &self.readers };
        Box::pin(async move {
            self.file.as_ref().map_or(Ok(()), File::still_there)?;
            rows_of!(pool, sql, values)
        })
    }

    fn reopen(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if self.file.as_ref().is_some_and(|file| file.still_there().is_ok())
                && let Ok(connection) = self.writer.acquire().await
            {
                // A connection that cannot be closed well is gone all the same.
                let _ = connection.close().await;
            }
        })
    }
}
