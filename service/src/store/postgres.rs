//! PostgreSQL: any number of servers and of workers on one database.

use super::StoreError;
use super::engine::futures::BoxFuture;
use super::engine::{Dialect, Engine, Mode, Record, Value, rows_of};
use super::schema::TRY_AGAIN;
use sqlx::Connection;
use sqlx::Error;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    pub async fn connect(url: &str) -> Result<Postgres, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Database { place: "the URL of database".into(), source: Arc::new(error) })?;
        let place = place(&options);
        Postgres::open(options).await.map_err(|error| StoreError::Database { place, source: Arc::new(error) })
    }

    async fn open(options: PgConnectOptions) -> Result<Postgres, Error> {
        let options = options.application_name("carve").options([("statement_timeout", STATEMENT_TIMEOUT_MS)]);
        reached(&options).await?;
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

/// Host, port and database; no password.
fn place(options: &PgConnectOptions) -> String {
    let host = options.get_socket().map_or(options.get_host().to_owned(), |socket| socket.display().to_string());
    // PostgreSQL takes the user's name where none is given.
    let database = options.get_database().unwrap_or(options.get_username());
    format!("{host}:{}, database {database},", options.get_port())
}

/// Whether the database can be reached: a pool would tell of its own time alone, not of what keeps it from connecting.
async fn reached(options: &PgConnectOptions) -> Result<(), Error> {
    let end = Instant::now() + ACQUIRE;
    loop {
        let tried = tokio::time::timeout_at(end.into(), PgConnection::connect_with(options)).await;
        match tried {
            Ok(Ok(connection)) => return connection.close().await,
            // One that is being started is waited for.
            Ok(Err(Error::Io(_))) if Instant::now() + TRY_AGAIN < end => tokio::time::sleep(TRY_AGAIN).await,
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let text = format!("it does not answer within {} s", ACQUIRE.as_secs());
                return Err(Error::Io(io::Error::new(io::ErrorKind::TimedOut, text)));
            }
        }
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
