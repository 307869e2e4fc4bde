//! Runs: what the store keeps, on SQLite and on PostgreSQL alike, and what clients see of it.

mod store;

mod calls;

mod faults;

mod load;

mod same;

mod odd;

mod folder;

use carve_service::store::Store;
use carve_tests::postgres;
use tempfile::TempDir;

/// A store of each kind, empty.
async fn stores() -> Vec<(Store, Option<TempDir>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = Store::in_folder(folder.path()).await.expect("opened");
    let postgres = Store::at(&postgres::database()).await.expect("opened");
    let memory = Store::in_memory().await.expect("opened");
    vec![(sqlite, Some(folder)), (postgres, None), (memory, None)]
}
