//! Books and answers, in chunks. A book is named by its digest and kept once for each tenant.

use super::{CHUNK_BYTES, Record, Store, StoreError};
use uuid::Uuid;

/// A use of a book is noted again after this time: what nobody used for long is forgotten, and notes are writes.
const NOTED_EVERY_MS: i64 = 60_000;

/// A book that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRow {
    /// The name of its chunks.
    pub content: String,
    /// Bytes.
    pub byte_count: i64,
    /// Accounts.
    pub account_count: i64,
}

/// Bytes on their way into the store, chunk by chunk.
#[derive(Debug)]
pub struct Upload {
    content: String,
    chunks: i64,
    held: Vec<u8>,
    bytes: i64,
    hasher: blake3::Hasher,
}

impl Upload {
    /// Nothing has come yet.
    #[allow(clippy::new_without_default, reason = "each one has a name of its own")]
    pub fn new() -> Upload {
        Upload {
            content: Uuid::now_v7().to_string(),
            chunks: 0,
            held: Vec::new(),
            bytes: 0,
            hasher: blake3::Hasher::new(),
        }
    }

    /// Bytes so far.
    pub fn byte_count(&self) -> i64 {
        self.bytes
    }

    /// `blake3:` and the digest of all bytes so far.
    pub fn digest(&self) -> String {
        named(&self.hasher.finalize())
    }
}

/// A digest as it is written.
fn named(digest: &blake3::Hash) -> String {
    format!("blake3:{digest}")
}

/// `blake3:` and the digest of these bytes.
pub fn digest(bytes: &[u8]) -> String {
    named(&blake3::hash(bytes))
}

impl Store {
    /// Takes more of an upload; whole chunks go to the store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add(&self, upload: &mut Upload, bytes: &[u8]) -> Result<(), StoreError> {
        upload.hasher.update(bytes);
        upload.bytes += bytes.len() as i64;
        upload.held.extend_from_slice(bytes);
        while upload.held.len() >= CHUNK_BYTES {
            let rest = upload.held.split_off(CHUNK_BYTES);
            let full = std::mem::replace(&mut upload.held, rest);
            self.chunk(upload, full).await?;
        }
        Ok(())
    }

    async fn chunk(&self, upload: &mut Upload, bytes: Vec<u8>) -> Result<(), StoreError> {
        let values = vec![upload.content.as_str().into(), upload.chunks.into(), bytes.into()];
        self.write("INSERT INTO chunks (content, number, body) VALUES ($1, $2, $3)", values).await?;
        upload.chunks += 1;
        Ok(())
    }

    /// Stores what is left of an upload, and gives the name of its chunks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn complete(&self, upload: &mut Upload) -> Result<String, StoreError> {
        let rest = std::mem::take(&mut upload.held);
        if !rest.is_empty() {
            self.chunk(upload, rest).await?;
        }
        Ok(upload.content.clone())
    }

    /// Keeps an upload as a book, and gives its digest; where the tenant has the same book already, this one is let go.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_book(&self, tenant: &str, mut upload: Upload, accounts: i64) -> Result<String, StoreError> {
        let digest = upload.digest();
        let content = self.complete(&mut upload).await?;
        let kept = self
            .write(
                "INSERT INTO books (tenant, digest, content, byte_count, account_count, used_ms)
                 VALUES ($1, $2, $3, $4, $5, {now})
                 ON CONFLICT (tenant, digest) DO UPDATE SET used_ms = {now} RETURNING content",
                vec![
                    tenant.into(),
                    digest.as_str().into(),
                    content.as_str().into(),
                    upload.bytes.into(),
                    accounts.into(),
                ],
            )
            .await?;
        if kept.into_iter().next().map(|mut row| row.text(0)).as_deref() != Some(content.as_str()) {
            self.write("DELETE FROM chunks WHERE content = $1", vec![content.into()]).await?;
        }
        Ok(digest)
    }

    /// The tenant's book of this digest, and notes that it is used.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn book(&self, tenant: &str, digest: &str) -> Result<Option<BookRow>, StoreError> {
        let row = |mut row: Record| BookRow {
            content: row.text(0),
            byte_count: row.int(1).unwrap_or_default(),
            account_count: row.int(2).unwrap_or_default(),
        };
        let key = || vec![tenant.into(), digest.into()];
        let fresh = "SELECT content, byte_count, account_count FROM books
                     WHERE tenant = $1 AND digest = $2 AND used_ms > {now} - $3";
        let mut recently = key();
        recently.push(NOTED_EVERY_MS.into());
        if let Some(found) = self.read(fresh, recently).await?.into_iter().next() {
            return Ok(Some(row(found)));
        }
        let noted = "UPDATE books SET used_ms = {now} WHERE tenant = $1 AND digest = $2
                     RETURNING content, byte_count, account_count";
        Ok(self.write(noted, key()).await?.into_iter().next().map(row))
    }

    /// How many chunks the content has.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn chunk_count(&self, content: &str) -> Result<i64, StoreError> {
        let rows = self.read("SELECT COUNT(*) FROM chunks WHERE content = $1", vec![content.into()]).await?;
        Ok(rows.first().and_then(|row| row.int(0)).unwrap_or_default())
    }

    /// One chunk.
    ///
    /// # Errors
    /// When the store fails, or the chunk is not there.
    pub async fn chunk_of(&self, content: &str, number: i64) -> Result<Vec<u8>, StoreError> {
        let sql = "SELECT body FROM chunks WHERE content = $1 AND number = $2";
        let rows = self.read(sql, vec![content.into(), number.into()]).await?;
        rows.into_iter().next().map(|mut row| row.bytes(0)).ok_or(StoreError::Unexpected("a chunk is missing"))
    }

    /// All chunks, one after the other.
    ///
    /// # Errors
    /// When the store fails, or there is nothing of that name.
    pub async fn bytes_of(&self, content: &str) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        for number in 0..self.chunk_count(content).await?.max(1) {
            bytes.extend(self.chunk_of(content, number).await?);
        }
        Ok(bytes)
    }
}
