//! What is forgotten: runs that ended long ago or whose answers are too large together, books that nobody uses, and what is
//! left of uploads that never ended.

use super::{Store, StoreError};
use uuid::{NoContext, Timestamp, Uuid};

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// A run after its end, in milliseconds.
    pub run_ms: i64,
    /// The answers of all runs together, in bytes; the oldest go first.
    pub answer_bytes: i64,
    /// A book that no run uses, after its last use, in milliseconds.
    pub book_ms: i64,
    /// Chunks that belong to nothing, after they came, in milliseconds: longer than any upload takes.
    pub orphan_ms: i64,
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs that ended too long ago.
    pub runs: usize,
    /// Runs whose answers were more than there is room for, the oldest.
    pub runs_for_room: usize,
    /// Books.
    pub books: usize,
    /// Chunks that belonged to nothing.
    pub chunks: usize,
}

impl Store {
    /// Forgets what is due.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self, keep: &Retention) -> Result<Swept, StoreError> {
        let old = "DELETE FROM runs WHERE state > 3 AND ended_ms < {now} - $1 RETURNING run_id";
        let large = "DELETE FROM runs WHERE run_id IN (
                SELECT run_id FROM (
                    SELECT run_id, SUM(answer_bytes) OVER (ORDER BY ended_ms DESC, run_id DESC) AS total
                    FROM runs WHERE state > 3) AS kept
                WHERE total > $1) RETURNING run_id";
        let books = "DELETE FROM books WHERE used_ms < {now} - $1 AND NOT EXISTS (
                SELECT 1 FROM runs WHERE runs.tenant = books.tenant AND runs.book_digest = books.digest) RETURNING digest";
        let orphans = "DELETE FROM chunks WHERE content < $1
                AND NOT EXISTS (SELECT 1 FROM books WHERE books.content = chunks.content)
                AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.answer_content = chunks.content) RETURNING content";
        let mut swept = Swept { runs: self.write(old, vec![keep.run_ms.into()]).await?.len(), ..Swept::default() };
        swept.runs_for_room = self.write(large, vec![keep.answer_bytes.into()]).await?.len();
        swept.books = self.write(books, vec![keep.book_ms.into()]).await?.len();
        let before = self.id_of_time(keep.orphan_ms).await?;
        swept.chunks = self.write(orphans, vec![before.into()]).await?.len();
        Ok(swept)
    }

    /// The least id that could have been made so long ago: ids of chunks begin with the time.
    async fn id_of_time(&self, ago_ms: i64) -> Result<String, StoreError> {
        let rows = self.read("SELECT {now} - $1", vec![ago_ms.into()]).await?;
        let then = rows.first().and_then(|row| row.int(0)).unwrap_or_default().max(0) as u64;
        let moment = Timestamp::from_unix(NoContext, then / 1_000, (then % 1_000) as u32 * 1_000_000);
        Ok(Uuid::new_v7(moment).to_string())
    }
}
