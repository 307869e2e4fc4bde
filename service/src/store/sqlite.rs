//! SQLite: one connection writes, others read beside it. A write is on the disk before it is answered.

use super::engine::futures::BoxFuture;
use super::engine::{Dialect, Engine, Mode, Record, Value, rows_of};
use sqlx::Error;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
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
    /// In memory there is one connection, and with it ends what it holds.
    in_memory: bool,
}

impl Sqlite {
    /// In memory.
    pub async fn in_memory() -> Result<Sqlite, Error> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let writer = one_connection().connect_with(options).await?;
        Ok(Sqlite { readers: writer.clone(), writer, in_memory: true })
    }

    /// In a file, which is made if it is missing.
    pub async fn in_file(path: &Path) -> Result<Sqlite, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
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
        Ok(Sqlite { writer, readers: readers.connect_lazy_with(options), in_memory: false })
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
        Box::pin(async move { rows_of!(pool, sql, values) })
    }

    fn reopen(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if !self.in_memory
                && let Ok(connection) = self.writer.acquire().await
            {
                // A connection that cannot be closed well is gone all the same.
                let _ = connection.close().await;
            }
        })
    }
}
