//! What is lost when something breaks: nothing that was acknowledged. The counts are printed; `cargo run --release --workspace
//! --example faults` asks for more of them.

use super::calls::CARVE;
use carve_tests::faults::{disk, kills, postgres, power};
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn no_kill_loses_a_run_or_does_one_twice() {
    let killed = kills::kills(Path::new(CARVE), 200, 1).await;
    println!("{killed:?}");
    assert!(killed.ends.lost.is_empty() && killed.twice == 0 && killed.orphans == 0, "{killed:#?}");
    assert!(killed.ends.succeeded > 100 && killed.servers > 50 && killed.workers > 50, "{killed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_acknowledges_nothing_and_recovers() {
    let broken = disk::broken(Path::new(CARVE)).await;
    println!("{broken:?}");
    assert!(broken.lost.is_empty() && broken.wrong.is_empty() && broken.acknowledged_beside == 0, "{broken:#?}");
    assert!(broken.met >= 8, "writes and syncs of a creation were met: {broken:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let cut = power::cut(Path::new(CARVE), 40, 500, 1).await;
    println!("{} images, {} promises, {} lost", cut.images, cut.promised, cut.lost.len());
    assert!(cut.lost.is_empty(), "{:#?}", cut.lost);
    assert!(cut.promised > 5_000, "{}", cut.promised);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_loses_nothing() {
    let away = postgres::away(Path::new(CARVE), 50, 1).await;
    println!("{away:?}");
    assert!(away.ends.lost.is_empty() && away.twice == 0, "{away:#?}");
    assert!(away.killed > 5 && away.cut > 5 && away.stopped > 5, "{away:#?}");
}
