//! Servers and workers killed at random moments.

use super::process::{Served, is_alive, signal, started};
use super::{Book, Ends, PATIENCE, pause};
use carve_service::store::{Filter, Store};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::time::{Duration, Instant};

/// What came of it.
#[derive(Debug, Default)]
pub struct Killed {
    /// Servers killed.
    pub servers: usize,
    /// Workers killed.
    pub workers: usize,
    /// How the runs ended.
    pub ends: Ends,
    /// Runs beyond one for each request id.
    pub twice: usize,
    /// Workers that were there still when their server had been killed.
    pub orphans: usize,
}

/// Kills a server or one of its workers so often, while runs are asked for.
pub async fn kills(program: &Path, count: usize, seed: u64) -> Killed {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain name").to_owned();
    let start = || Served::start(program, &["--addr", "127.0.0.1:0", "--data", &path], &[]);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut server, mut book, mut killed) = (start(), Book::default(), Killed::default());
    let mut client = server.client().await;
    let (mut number, mut left) = (0, Vec::new());
    while killed.servers + killed.workers < count {
        let again: Vec<u64> = std::mem::take(&mut book.open);
        let new = [number, number + 1];
        number += 2;
        for asked in again.into_iter().chain(new) {
            // A server that was killed meanwhile acknowledges nothing; the id is asked for again.
            let _ = book.ask(&mut client, asked).await;
        }
        pause(Duration::from_micros(random.random_range(0..80_000))).await;
        let workers = server.workers();
        if random.random_bool(0.5) {
            let was: Vec<(u32, Option<u64>)> = workers.into_iter().map(started).collect();
            server.kill();
            killed.servers += 1;
            left.extend(was);
            server = start();
            client = server.client().await;
        } else if let Some(worker) = workers.get(random.random_range(0..workers.len().max(1))) {
            signal(*worker, "KILL");
            killed.workers += 1;
        }
    }
    for asked in std::mem::take(&mut book.open) {
        book.ask(&mut client, asked).await.expect("nothing is killed any more");
    }
    killed.ends = book.end(&mut client).await;
    let store = Store::in_folder(folder.path()).await.expect("opened beside the server");
    let all = store.runs(&Filter { most: i64::MAX, ..Filter::default() }).await.expect("listed");
    killed.twice = all.len().saturating_sub(book.acknowledged.len());
    killed.orphans =
        left.into_iter().filter(|was| was.1.is_some() && is_alive(was.0) && started(was.0) == *was).count();
    killed
}

/// How long it takes until a run whose process was killed goes on in another: one time for each of `count`.
pub async fn going_on(program: &Path, count: usize) -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain name").to_owned();
    let front = Served::start(program, &["--addr", "127.0.0.1:0", "--data", &path, "--no-workers"], &[]);
    let node = || Served::start(program, &["--workers-only", "--max-solves", "1", "--data", &path], &[]);
    let mut client = front.client().await;
    let mut times = Vec::new();
    let mut at_work = node();
    for number in 0..count {
        let mut asked = super::request(number as u64);
        asked.options.get_or_insert_default().work_limit = 0;
        let create = carve_proto::v1::CreateRunRequest { solve_request: Some(long(asked)), ..Default::default() };
        let run = client.create_run(create).await.expect("accepted").into_inner().run.expect("a run");
        begun(&mut client, &run.run_id, 1).await;
        let next = node();
        at_work.kill();
        let from = Instant::now();
        tokio::time::timeout(PATIENCE, begun(&mut client, &run.run_id, 2)).await.expect("it goes on");
        times.push(from.elapsed());
        at_work = next;
        let cancel = carve_proto::v1::CancelRunRequest { run_id: run.run_id };
        client.cancel_run(cancel).await.expect("cancelled");
    }
    times.sort();
    times
}

/// The request with a search that does not end by itself within a minute.
pub fn long(mut request: carve_proto::v1::SolveRequest) -> carve_proto::v1::SolveRequest {
    let time_limit = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let options = carve_proto::v1::Options { time_limit, gap_target: Some(0.0), thorough: true, ..Default::default() };
    request.options = Some(options);
    request
}

/// Waits until this attempt at the run has told of a step.
async fn begun(client: &mut super::Client, run_id: &str, attempt: i32) {
    loop {
        let get = carve_proto::v1::GetRunRequest { run_id: run_id.into(), view: 0 };
        let run = client.get_run(get).await.expect("there").into_inner().run.expect("a run");
        if run.attempt >= attempt && run.state() == carve_proto::v1::run::State::Running {
            return;
        }
        pause(Duration::from_millis(20)).await;
    }
}

/// How long a cancelled run takes to be final, and how long until its worker is gone: two times for each of `count`.
pub async fn cancelled(program: &Path, count: usize) -> (Vec<Duration>, Vec<Duration>) {
    let server = Served::start(program, &["--addr", "127.0.0.1:0", "--max-solves", "1"], &[]);
    let mut client = server.client().await;
    let (mut finals, mut gone) = (Vec::new(), Vec::new());
    for number in 0..count {
        let solve_request = Some(long(super::request(number as u64)));
        let create = carve_proto::v1::CreateRunRequest { solve_request, ..Default::default() };
        let run = client.create_run(create).await.expect("accepted").into_inner().run.expect("a run");
        begun(&mut client, &run.run_id, 1).await;
        let mut workers = server.workers();
        while workers.is_empty() {
            pause(Duration::from_millis(2)).await;
            workers = server.workers();
        }
        let from = Instant::now();
        let cancel = carve_proto::v1::CancelRunRequest { run_id: run.run_id };
        let run = client.cancel_run(cancel).await.expect("cancelled").into_inner().run.expect("a run");
        assert_eq!(run.state(), carve_proto::v1::run::State::Cancelled);
        finals.push(from.elapsed());
        while workers.iter().any(|worker| is_alive(*worker)) {
            pause(Duration::from_millis(1)).await;
        }
        gone.push(from.elapsed());
    }
    finals.sort();
    gone.sort();
    (finals, gone)
}
