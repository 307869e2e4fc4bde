//! What SQLite and PostgreSQL have in common: statements with numbered values, and rows of plain values.

use futures::BoxFuture;
use sqlx::Error;
use sqlx::error::DatabaseError;

/// Futures in boxes, so that the trait can be an object.
pub mod futures {
    use std::pin::Pin;

    /// What an engine's methods give.
    pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
}

/// A value of a statement or a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Bytes(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// A row, its values in the order of the statement.
#[derive(Debug)]
pub struct Record(pub Vec<Value>);

impl Record {
    /// The whole number at `column`; nothing where there is none.
    pub fn int(&self, column: usize) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Int(value)) => Some(*value),
            _ => None,
        }
    }

    /// The text at `column`; empty where there is none.
    pub fn text(&mut self, column: usize) -> String {
        match self.0.get_mut(column) {
            Some(Value::Text(value)) => std::mem::take(value),
            _ => String::new(),
        }
    }

    /// The bytes at `column`; none where there are none.
    pub fn bytes(&mut self, column: usize) -> Vec<u8> {
        match self.0.get_mut(column) {
            Some(Value::Bytes(value)) => std::mem::take(value),
            _ => Vec::new(),
        }
    }
}

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It changes nothing.
    Read,
    /// It changes something, and is lost only where it is not answered.
    Write,
}

/// Where the two write the same thing differently.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// What it is called.
    pub name: &'static str,
    /// Now, in milliseconds since 1970.
    pub now: &'static str,
    /// The place of a text in a text, from 1; 0 where it is not there.
    pub find: &'static str,
    /// Rows that are looked for to be changed, less those that somebody else is changing.
    pub skip_locked: &'static str,
    /// The type of bytes.
    pub bytes: &'static str,
}

impl Dialect {
    /// A statement in this dialect.
    pub fn spelt(&self, sql: &str) -> String {
        sql.replace("{now}", self.now)
            .replace("{find}", self.find)
            .replace("{skip_locked}", self.skip_locked)
            .replace("{bytes}", self.bytes)
    }
}

/// One of the two databases.
pub trait Engine: Send + Sync {
    /// How it writes.
    fn dialect(&self) -> Dialect;

    /// The rows of one statement; what it changes is on the disk when this answers.
    fn rows(&self, mode: Mode, sql: String, values: Vec<Value>) -> BoxFuture<'_, Result<Vec<Record>, Error>>;

    /// Lets go of the connection that writes, after a write that failed: what it holds in memory may not be on the disk.
    fn reopen(&self) -> BoxFuture<'_, ()>;
}

/// The class of PostgreSQL's data exceptions, among them texts with a NUL character.
const DATA_EXCEPTION: &str = "22";
/// Characters of a code of PostgreSQL; those of SQLite are numbers, and shorter.
const SQLSTATE_LEN: usize = 5;
/// What SQLite says of a value that is too large, or of another type.
const SQLITE_DATA: [&str; 2] = ["18", "20"];

/// Whether the database understood the statement and refused it for what it says, as a key that is there already.
pub fn is_refusal(error: &Error) -> bool {
    let key = |e: &dyn DatabaseError| e.is_unique_violation() || e.is_foreign_key_violation() || e.is_check_violation();
    error.as_database_error().is_some_and(key) || is_data_fault(error)
}

/// Whether the database refuses a value for what it is.
pub fn is_data_fault(error: &Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| {
        (code.len() == SQLSTATE_LEN && code.starts_with(DATA_EXCEPTION)) || SQLITE_DATA.contains(&code.as_ref())
    })
}

/// Binds values to a query, and reads rows of it: the same words for two databases, whose types differ. Whole numbers are of
/// 64 bits in both; a statement that gives others is refused when it is read.
macro_rules! rows_of {
    ($executor:expr, $sql:expr, $values:expr) => {{
        use sqlx::{Row, TypeInfo, ValueRef};
        let mut query = sqlx::query(sqlx::AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Null => query.bind(None::<String>),
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        let rows = query.fetch_all($executor).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let mut values = Vec::with_capacity(row.len());
            for column in 0..row.len() {
                let raw = row.try_get_raw(column)?;
                let is_null = raw.is_null();
                let kind = raw.type_info().name().to_owned();
                values.push(match kind.as_str() {
                    _ if is_null => Value::Null,
                    "BLOB" | "BYTEA" => Value::Bytes(row.try_get(column)?),
                    "INTEGER" | "INT8" | "BIGINT" => Value::Int(row.try_get(column)?),
                    _ => Value::Text(row.try_get(column)?),
                });
            }
            records.push(Record(values));
        }
        Ok(records)
    }};
}
pub(super) use rows_of;
