//! The tables, and what is done when a store is opened.

use super::{Store, StoreError};
use sqlx::error::DatabaseError;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The file of SQLite in the folder of the store.
pub const FILE: &str = "carve.sqlite3";
/// The format that this version writes. A store of an older one is brought to it when it is opened.
const FORMAT: i64 = 1;

/// Makes the tables that are missing. Each is one statement, and two processes may do this at once.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS format (one BIGINT PRIMARY KEY, format BIGINT NOT NULL, probed_ms BIGINT)",
    "CREATE TABLE IF NOT EXISTS runs (
        run_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, request_id TEXT, request_digest TEXT NOT NULL,
        state BIGINT NOT NULL, priority BIGINT NOT NULL, cost_ms BIGINT NOT NULL,
        book_digest TEXT NOT NULL, account_count BIGINT NOT NULL, labels TEXT NOT NULL,
        created_ms BIGINT NOT NULL, started_ms BIGINT, stopped_ms BIGINT, ended_ms BIGINT, updated_ms BIGINT NOT NULL,
        attempt BIGINT NOT NULL, deaths BIGINT NOT NULL, lease_ms BIGINT, worker TEXT, sequence BIGINT NOT NULL,
        answer_content TEXT, answer_digest TEXT, answer_bytes BIGINT NOT NULL,
        progress {bytes}, outcome {bytes}, request {bytes} NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS runs_request_id ON runs (tenant, request_id) WHERE request_id IS NOT NULL",
    "DROP INDEX IF EXISTS runs_active",
    // Statements repeat the conditions of these word for word, which SQLite asks for.
    "CREATE INDEX IF NOT EXISTS runs_asked ON runs (tenant, state, cost_ms) WHERE state <= 3",
    "CREATE INDEX IF NOT EXISTS runs_waiting ON runs (priority, tenant, created_ms, run_id) WHERE state = 1",
    "CREATE INDEX IF NOT EXISTS runs_held ON runs (tenant, lease_ms) WHERE state IN (2, 3)",
    "CREATE INDEX IF NOT EXISTS runs_tenant ON runs (tenant, run_id)",
    "CREATE INDEX IF NOT EXISTS runs_updated ON runs (updated_ms)",
    "CREATE INDEX IF NOT EXISTS runs_book ON runs (tenant, book_digest)",
    "CREATE INDEX IF NOT EXISTS runs_answer ON runs (answer_content)",
    "CREATE TABLE IF NOT EXISTS steps (
        run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE, sequence BIGINT NOT NULL, step {bytes} NOT NULL,
        PRIMARY KEY (run_id, sequence))",
    "CREATE TABLE IF NOT EXISTS books (
        tenant TEXT NOT NULL, digest TEXT NOT NULL, content TEXT NOT NULL, byte_count BIGINT NOT NULL,
        account_count BIGINT NOT NULL, used_ms BIGINT NOT NULL, PRIMARY KEY (tenant, digest))",
    "CREATE INDEX IF NOT EXISTS books_content ON books (content)",
    "CREATE TABLE IF NOT EXISTS chunks (
        content TEXT NOT NULL, number BIGINT NOT NULL, body {bytes} NOT NULL, PRIMARY KEY (content, number))",
    "INSERT INTO format (one, format) VALUES (1, 1) ON CONFLICT DO NOTHING",
];

/// Times that a table is tried to be made, and a file to be opened: where two processes do the same at once, PostgreSQL and
/// SQLite refuse one of them.
pub const TRIES: usize = 20;
/// Pause before the next try.
pub const TRY_AGAIN: Duration = Duration::from_millis(100);

impl Store {
    /// Makes what is missing, and refuses what a newer version wrote.
    pub(super) async fn prepare(&self) -> Result<(), StoreError> {
        for table in TABLES {
            let mut tried = 0;
            while let Err(error) = self.write(table, Vec::new()).await {
                tried += 1;
                if tried == TRIES {
                    return Err(error);
                }
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
        let found = self.read("SELECT format FROM format", Vec::new()).await?;
        match found.first().and_then(|row| row.int(0)) {
            Some(found) if found > FORMAT => Err(StoreError::TooNew { found, known: FORMAT }),
            Some(_) => Ok(()),
            None => Err(StoreError::Unexpected("no format")),
        }
    }
}

/// Makes the folder where it is missing, for its owner alone.
pub fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| StoreError::Folder(folder.to_owned(), error.into()))
}

/// What is told of a file that cannot be opened, with what to do.
pub fn file_fault(file: &Path, source: Arc<sqlx::Error>) -> StoreError {
    let code = source.as_database_error().and_then(DatabaseError::code);
    // What stands above the lowest byte says more of the same.
    let primary = code.and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff);
    let hint = match primary {
        Some(5 | 6) => "another process has it locked: end that one, or give each its own folder",
        Some(8) => "it cannot be written: the folder, its files and the disk have to be writable for the server's user",
        Some(10 | 13) => "see whether the disk is full or broken",
        Some(11 | 26) => "it is no database of SQLite, or damaged: put a copy in its place, or give another folder",
        Some(14) => "the folder has to be there, and writable for the server's user with all its files",
        _ => "see whether the folder and its files can be read and written by the server's user",
    };
    StoreError::File { file: file.to_owned(), source, hint }
}

/// Waits until the disk has the folder's entries as they are.
pub fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let synced = fs::File::open(folder).and_then(|opened| opened.sync_all());
    synced.map_err(|error| StoreError::Folder(folder.to_owned(), error.into()))
}
