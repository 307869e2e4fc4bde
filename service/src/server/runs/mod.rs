//! Runs: solves with a life of their own. Clients make and watch them (`calls`, `watching`, `uploads`), an executor works on
//! them (`executor`, `attempt`); both know of each other by the store alone, so they may be in different processes.

mod books;

mod calls;

mod attempt;

mod executor;

mod names;

mod news;

mod resource;

mod uploads;

mod watching;

pub use executor::Executor;
pub use watching::Answers;

use super::ServeConfig;
use super::logs::Troubles;
use super::metrics::Metrics;
use crate::store::{Retention, Store, StoreError};
use books::BookCache;
use news::News;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

/// Bytes of a client's own id of a run.
pub const REQUEST_ID_BYTES_MAX: usize = 128;
/// Labels of a run.
pub const LABELS_MAX: usize = 32;
/// Bytes of a label's name, and of its value.
pub const LABEL_BYTES_MAX: usize = 63;
/// Runs of a page that is not told how many it is to have.
pub const PAGE_RUNS_DEFAULT: i32 = 50;
/// Runs of a page.
pub const PAGE_RUNS_MAX: i32 = 1_000;
/// Bytes of one message of an upload.
pub const UPLOAD_MESSAGE_BYTES_MAX: usize = 1 << 20;

/// What all that has to do with runs shares. Clones are the same.
#[derive(Debug, Clone)]
pub struct Runs {
    /// Where they are kept.
    pub store: Store,
    books: Arc<BookCache>,
    news: Arc<News>,
    /// Rung when there is a new run.
    work: Arc<Notify>,
    blocking: Arc<Semaphore>,
    settings: Settings,
    troubles: Arc<Troubles>,
    metrics: Metrics,
}

/// What runs may ask for.
#[derive(Debug, Clone, Copy)]
struct Settings {
    max_time_limit: Duration,
    threads_per_solve: usize,
    slots: usize,
    queue_ms_max: i64,
    retention: Retention,
}

impl Runs {
    /// Over this store. `blocking` is room for work that keeps a thread busy.
    pub fn new(store: Store, config: &ServeConfig, blocking: Arc<Semaphore>) -> Runs {
        Runs {
            store,
            books: Arc::new(BookCache::new(config.book_cache_bytes)),
            news: Arc::default(),
            work: Arc::default(),
            blocking,
            troubles: Arc::default(),
            metrics: config.metrics.clone(),
            settings: Settings {
                max_time_limit: config.max_time_limit,
                threads_per_solve: config.threads_per_solve,
                slots: config.max_solves,
                queue_ms_max: i64::try_from(config.queue_max.as_millis()).unwrap_or(i64::MAX),
                retention: config.retention,
            },
        }
    }

    /// Tells whoever runs the server that the store failed.
    fn trouble(&self, doing: &'static str, error: &StoreError) {
        self.troubles.tell(doing, error);
    }
}
