//! PostgreSQL: any number of servers and of workers on one database.

use super::engine::futures::BoxFuture;
use super::engine::{Dialect, Engine, Mode, Record, Value, rows_of};
use sqlx::Error;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::str::FromStr;
use std::time::Duration;

/// How long a statement waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long a statement may take in the database.
const STATEMENT_TIMEOUT_MS: &str = "15000";
/// Connections of one process.
const CONNECTIONS: u32 = 10;

const DIALECT: Dialect = Dialect {
    name: "PostgreSQL",
    now: "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    find: "strpos",
    skip_locked: "FOR UPDATE SKIP LOCKED",
    bytes: "BYTEA",
};

/// A database of PostgreSQL.
pub struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// The database that the URL names.
    pub async fn connect(url: &str) -> Result<Postgres, Error> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("carve")
            .options([("statement_timeout", STATEMENT_TIMEOUT_MS)]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            // A call that was given up while it began a transaction would leave it open; there are none here, and this
            // ends one that something else left.
            .before_acquire(|connection, _| {
                Box::pin(async move {
                    sqlx::query("ROLLBACK").execute(connection).await?;
                    Ok(true)
                })
            });
        Ok(Postgres { pool: pool.connect_with(options).await? })
    }
}

impl Engine for Postgres {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn rows(&self, _mode: Mode, sql: String, values: Vec<Value>) -> BoxFuture<'_, Result<Vec<Record>, Error>> {
        Box::pin(async move { rows_of!(&self.pool, sql, values) })
    }

    fn reopen(&self) -> BoxFuture<'_, ()> {
        // The pool tests its connections, and what they hold is the database's.
        Box::pin(async {})
    }
}
