//! Books in memory: decoded once, kept by digest while there is room.

use super::Runs;
use crate::decode::ReadBook;
use crate::server::status;
use crate::server::threads::on_thread;
use crate::store::{BookRow, StoreError};
use carve_proto::v1 as proto;
use carve_solver::Patience;
use prost::Message;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use tonic::Status;

/// How much larger a book is in memory than as a message, roughly: as sent and as read.
const IN_MEMORY: usize = 4;

/// A book, as it was sent and as it is read.
#[derive(Debug)]
pub struct KnownBook {
    /// The encoded SolveRequest that has its accounts alone.
    pub sent: Vec<u8>,
    /// Its accounts.
    pub read: ReadBook,
}

/// A place for a book, filled once.
type Place = Arc<OnceCell<Arc<KnownBook>>>;

/// Books by tenant and digest.
#[derive(Debug)]
pub struct BookCache {
    bytes_max: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    places: HashMap<(String, String), (Place, usize, u64)>,
    /// Counts uses: the book with the least was used longest ago.
    clock: u64,
}

impl BookCache {
    /// With room for so many bytes.
    pub fn new(bytes_max: usize) -> BookCache {
        BookCache { bytes_max, kept: Mutex::default() }
    }

    /// The place of a book; those that were used longest ago make room for it. A book that is larger than all the room is
    /// kept by whoever uses it alone.
    fn place(&self, key: (String, String), bytes: usize) -> Place {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let clock = kept.clock;
        if let Some((place, _, used)) = kept.places.get_mut(&key) {
            *used = clock;
            return Arc::clone(place);
        }
        let place = Place::default();
        let size = bytes.saturating_mul(IN_MEMORY);
        if size > self.bytes_max {
            return place;
        }
        let mut held: usize = kept.places.values().map(|(_, size, _)| size).sum();
        while held + size > self.bytes_max {
            let Some(oldest) = kept.places.iter().min_by_key(|(_, (_, _, used))| *used).map(|(key, _)| key.clone())
            else {
                break;
            };
            held -= kept.places.remove(&oldest).map_or(0, |(_, size, _)| size);
        }
        kept.places.insert(key, (Arc::clone(&place), size, clock));
        place
    }
}

impl Runs {
    /// The tenant's book, read.
    ///
    /// # Errors
    /// When the store fails, or what it holds is no book.
    pub(super) async fn known_book(
        &self,
        tenant: &str,
        digest: &str,
        row: &BookRow,
    ) -> Result<Arc<KnownBook>, StoreError> {
        let bytes = usize::try_from(row.byte_count).unwrap_or(usize::MAX);
        let place = self.books.place((tenant.to_owned(), digest.to_owned()), bytes);
        let fill = || async {
            let sent = self.store.bytes_of(&row.content).await?;
            let read = self.blocking(move |_| {
                let read = proto::SolveRequest::decode(sent.as_slice()).ok()?;
                Some(Arc::new(KnownBook { read: ReadBook::of(read.accounts), sent }))
            });
            read.await.ok().flatten().ok_or(StoreError::Unexpected("a book that cannot be read"))
        };
        place.get_or_try_init(fill).await.cloned()
    }

    /// Work that keeps a thread busy, on a thread for it, when there is room. It is told when nobody waits for it any more.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Patience) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let permit = Arc::clone(&self.blocking).acquire_owned().await.map_err(|_| status::our_fault())?;
        on_thread(permit, None, work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_that_was_used_longest_ago_makes_room() {
        let cache = BookCache::new(10 * IN_MEMORY);
        let key = |name: &str| (String::new(), name.to_owned());
        let known =
            |cache: &BookCache, name: &str| cache.kept.lock().expect("no panic").places.contains_key(&key(name));
        let (a, _) = (cache.place(key("a"), 4), cache.place(key("b"), 4));
        assert!(Arc::ptr_eq(&a, &cache.place(key("a"), 4)));
        cache.place(key("c"), 4);
        assert!(known(&cache, "a") && !known(&cache, "b") && known(&cache, "c"));
        cache.place(key("too large"), 11);
        assert!(known(&cache, "a") && !known(&cache, "too large"));
    }
}
