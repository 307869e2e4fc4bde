//! Where runs, books and answers are kept: one file of SQLite in a folder, PostgreSQL, or memory.
//!
//! The table of runs is the queue. Every change of a run is one statement, so a process may end between any two: a claim
//! takes a lease and counts an attempt, and whoever works on the run names that attempt with all it writes, so an attempt
//! that lost its lease changes nothing. Time is the database's.

mod engine;

mod schema;

mod sqlite;

mod postgres;

mod books;

mod queue;

mod runs;

mod lookups;

mod admission;

mod retention;

pub use books::{BookRow, Upload, digest};
pub use queue::{Claim, Finish, Lost};
pub use retention::{Retention, Swept};
pub use runs::{Created, Filter, NewRun, Queue, RunRow, StepRow};

use engine::{Engine, Mode, Record, Value};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Bytes of one part of a book or of an answer.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Why something cannot be stored or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database failed at a write, or cannot be reached: what was to be written may be there or not.
    #[error("the store failed: {0}")]
    Failed(#[source] Arc<sqlx::Error>),
    /// The database failed at a read, or cannot be reached.
    #[error("the store failed at a read: {0}")]
    Unread(#[source] Arc<sqlx::Error>),
    /// The database refuses a value for what it is, and is well.
    #[error("the store refuses a value: {0}")]
    Refused(#[source] Arc<sqlx::Error>),
    /// What is stored cannot be understood: it was changed from outside, or by a newer version.
    #[error("the store holds something unexpected: {0}")]
    Unexpected(&'static str),
    /// The store is of a newer version.
    #[error(
        "the store has format {found}, and this version of carve knows {known}; use the version that wrote it, or newer"
    )]
    TooNew {
        /// As it is stored.
        found: i64,
        /// What this version writes.
        known: i64,
    },
    /// The file of the store cannot be opened.
    #[error("{file} cannot be opened: {source}; {hint}")]
    File {
        /// The file.
        file: std::path::PathBuf,
        /// Why.
        source: Arc<sqlx::Error>,
        /// What to do.
        hint: &'static str,
    },
    /// The database cannot be reached.
    #[error("PostgreSQL at {place} cannot be used: {source}")]
    Database {
        /// Host, port and database.
        place: String,
        /// Why.
        source: Arc<sqlx::Error>,
    },
    /// The folder of the store cannot be made.
    #[error("the folder {0} cannot be used: {1}")]
    Folder(std::path::PathBuf, #[source] Arc<std::io::Error>),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        StoreError::Failed(Arc::new(error))
    }
}

impl StoreError {
    /// The error of a statement, `failed` where the database is not well.
    fn of(error: sqlx::Error, failed: fn(Arc<sqlx::Error>) -> StoreError) -> StoreError {
        let is_data = engine::is_data_fault(&error);
        let error = Arc::new(error);
        if is_data { StoreError::Refused(error) } else { failed(error) }
    }
}

/// The store. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    durable: bool,
    /// Set when a write failed, until one succeeds.
    failing: Arc<AtomicBool>,
    /// Hears of every statement.
    observer: Arc<Observer>,
    lookups: Arc<lookups::Lookups>,
    asked: Arc<admission::Asked>,
}

/// Hears whether a statement was a read or a write, how long it took, and whether the store failed at it.
type Observer = dyn Fn(&'static str, Duration, bool) + Send + Sync;

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl Store {
    /// In memory, for as long as the store lives.
    ///
    /// # Errors
    /// When memory is short.
    pub async fn in_memory() -> Result<Store, StoreError> {
        Store::opened(Arc::new(sqlite::Sqlite::in_memory().await?), false).await
    }

    /// In one file of SQLite in `folder`, which is made if it is missing. Other processes of this machine may use the same
    /// folder at the same time.
    ///
    /// # Errors
    /// When the folder cannot be made or the file cannot be opened, or a newer version wrote it.
    pub async fn in_folder(folder: &Path) -> Result<Store, StoreError> {
        schema::make_folder(folder)?;
        let file = folder.join(schema::FILE);
        let mut tried = 0;
        let sqlite = loop {
            tried += 1;
            match sqlite::Sqlite::in_file(&file).await {
                Err(_) if tried < schema::TRIES => tokio::time::sleep(schema::TRY_AGAIN).await,
                opened => break opened.map_err(|error| schema::file_fault(&file, Arc::new(error)))?,
            }
        };
        let store = Store::opened(Arc::new(sqlite), true).await.map_err(|error| match error {
            StoreError::Failed(error) | StoreError::Unread(error) => schema::file_fault(&file, error),
            other => other,
        })?;
        // Files that were made and removed on the way are so after a power cut too, before anything is acknowledged.
        schema::sync_folder(folder)?;
        Ok(store)
    }

    /// In PostgreSQL: `postgres://user:password@host:port/database`.
    ///
    /// # Errors
    /// When it cannot be reached, or a newer version wrote it.
    pub async fn at(url: &str) -> Result<Store, StoreError> {
        Store::opened(Arc::new(postgres::Postgres::connect(url).await?), true).await
    }

    async fn opened(engine: Arc<dyn Engine>, durable: bool) -> Result<Store, StoreError> {
        let store = Store {
            engine,
            durable,
            failing: Arc::default(),
            observer: Arc::new(|_, _, _| {}),
            lookups: Arc::default(),
            asked: Arc::default(),
        };
        store.prepare().await?;
        Ok(store)
    }

    /// The same store, with somebody who hears of its statements.
    #[must_use]
    pub fn observed(self, observer: impl Fn(&'static str, Duration, bool) + Send + Sync + 'static) -> Store {
        Store { observer: Arc::new(observer), ..self }
    }

    /// Whether what is stored outlives the process.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// What it is kept in, for people.
    pub fn kind(&self) -> &'static str {
        if self.durable { self.engine.dialect().name } else { "memory" }
    }

    /// Whether the last write failed: nothing new is accepted until one succeeds.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Tries to write where the last write failed.
    ///
    /// # Errors
    /// When it fails again.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.write("UPDATE format SET probed_ms = {now}", Vec::new()).await.map(|_| ())
    }

    async fn read(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Record>, StoreError> {
        let started = Instant::now();
        let read = self.engine.rows(Mode::Read, self.engine.dialect().spelt(sql), values).await;
        // What is refused for what it says is no fault of the store.
        let broke = read.as_ref().is_err_and(|error| !engine::is_refusal(error));
        (self.observer)("read", started.elapsed(), broke);
        read.map_err(|error| StoreError::of(error, StoreError::Unread))
    }

    async fn write(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Record>, StoreError> {
        let started = Instant::now();
        let written = self.engine.rows(Mode::Write, self.engine.dialect().spelt(sql), values).await;
        let broke = written.as_ref().is_err_and(|error| !engine::is_refusal(error));
        (self.observer)("write", started.elapsed(), broke);
        if broke {
            self.engine.reopen().await;
        }
        if broke || written.is_ok() {
            self.failing.store(broke, Ordering::Relaxed);
        }
        written.map_err(|error| StoreError::of(error, StoreError::Failed))
    }
}
