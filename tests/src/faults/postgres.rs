//! A database that goes away under servers and workers, and workers that sleep past their lease.

use super::process::Served;
use super::{Book, Ends, pause};
use crate::postgres::Cluster;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::time::Duration;

/// What came of it.
#[derive(Debug, Default)]
pub struct Away {
    /// Times that the database was killed and started again.
    pub killed: usize,
    /// Times that all its connections were cut.
    pub cut: usize,
    /// Times that a worker was stopped past its lease.
    pub stopped: usize,
    /// How the runs ended.
    pub ends: Ends,
    /// Runs beyond one for each request id.
    pub twice: i64,
}

/// Lets so many faults come over two servers and two workers on one database, while runs are asked for.
pub async fn away(program: &Path, count: usize, seed: u64) -> Away {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cluster = Cluster::start(folder.path());
    cluster.create("runs");
    let url = cluster.url("runs");
    let front = || Served::start(program, &["--addr", "127.0.0.1:0", "--database", &url, "--no-workers"], &[]);
    let node = || Served::start(program, &["--workers-only", "--max-solves", "1", "--database", &url], &[]);
    let (fronts, nodes) = ([front(), front()], [node(), node()]);
    let mut clients = [fronts[0].client().await, fronts[1].client().await];
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut book, mut away, mut number) = (Book::default(), Away::default(), 0);
    while away.killed + away.cut + away.stopped < count {
        let again: Vec<u64> = std::mem::take(&mut book.open);
        for asked in again.into_iter().chain([number, number + 1]) {
            let client = &mut clients[random.random_range(0..2_usize)];
            // A database that is away acknowledges nothing; the id is asked for again.
            let _ = book.ask(client, asked).await;
        }
        number += 2;
        pause(Duration::from_millis(random.random_range(0..200))).await;
        match random.random_range(0..3) {
            0 => {
                cluster.kill_and_restart();
                away.killed += 1;
            }
            1 => {
                cluster.cut_connections("runs");
                away.cut += 1;
            }
            _ => {
                let node = &nodes[random.random_range(0..2_usize)];
                node.signal("STOP");
                pause(Duration::from_millis(random.random_range(1_500..3_500))).await;
                node.signal("CONT");
                away.stopped += 1;
            }
        }
    }
    let mut tries = 0;
    while !book.open.is_empty() {
        tries += 1;
        assert!(tries < 600, "the database is there, and nothing is accepted");
        for asked in std::mem::take(&mut book.open) {
            let _ = book.ask(&mut clients[0], asked).await;
        }
        pause(Duration::from_millis(50)).await;
    }
    away.ends = book.end(&mut clients[1]).await;
    away.twice = cluster.count("runs", "SELECT COUNT(*) FROM runs") - book.acknowledged.len() as i64;
    away
}
