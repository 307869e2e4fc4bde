//! Servers under load: how much is taken in, read and watched, and what is left of it when ten times as much comes.

use crate::faults::process::Served;
use crate::faults::{Client, kills, pause, request};
use carve_proto::v1 as proto;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::Code;

/// What came of calls at a rate.
#[derive(Debug, Default)]
pub struct Rate {
    /// Calls that were answered well.
    pub answered: usize,
    /// Those that were not.
    pub failed: usize,
    /// Time from the first to the last answer.
    pub took: Duration,
    /// How long each took, sorted; from the moment that it was due.
    pub times: Vec<Duration>,
    /// Memory of the server before and after, in bytes.
    pub memory: (u64, u64),
}

/// Clients, each with a connection of its own.
const CLIENTS: usize = 16;

async fn clients(server: &Served) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(server.client().await);
    }
    clients
}

/// So many calls a second for so long, each made when it is due whatever became of those before.
async fn at_rate<F>(a_second: u32, seconds: u32, call: impl Fn(usize) -> F) -> Rate
where
    F: Future<Output = bool> + Send + 'static,
{
    let (mut calls, from) = (JoinSet::new(), Instant::now());
    for number in 0..(a_second * seconds) as usize {
        let due = from + Duration::from_secs_f64(number as f64 / f64::from(a_second));
        pause(due.saturating_duration_since(Instant::now())).await;
        let called = call(number);
        calls.spawn(async move { (called.await, due.elapsed()) });
    }
    let mut rate = Rate::default();
    while let Some(Ok((well, time))) = calls.join_next().await {
        if well {
            rate.answered += 1;
        } else {
            rate.failed += 1;
        }
        rate.times.push(time);
    }
    rate.took = from.elapsed();
    rate.times.sort();
    rate
}

/// Runs asked for at a rate; each is stored before it is answered.
pub async fn submits(program: &Path, a_second: u32, seconds: u32) -> Rate {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain name").to_owned();
    let server = Served::start(program, &["--addr", "127.0.0.1:0", "--data", &path, "--no-workers"], &[]);
    let clients = clients(&server).await;
    let before = server.memory();
    let mut rate = at_rate(a_second, seconds, |number| {
        let mut client = clients[number % CLIENTS].clone();
        let asked = proto::CreateRunRequest { solve_request: Some(request(number as u64)), ..Default::default() };
        async move { client.create_run(asked).await.is_ok() }
    })
    .await;
    rate.memory = (before, server.memory());
    rate
}

/// States read at a rate, of a hundred runs.
pub async fn reads(program: &Path, a_second: u32, seconds: u32) -> Rate {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain name").to_owned();
    let server = Served::start(program, &["--addr", "127.0.0.1:0", "--data", &path, "--no-workers"], &[]);
    let mut clients = clients(&server).await;
    let mut runs = Vec::new();
    for number in 0..100 {
        let asked = proto::CreateRunRequest { solve_request: Some(request(number)), ..Default::default() };
        let run = clients[0].create_run(asked).await.expect("accepted").into_inner().run.expect("a run");
        runs.push(run.run_id);
    }
    let before = server.memory();
    let mut rate = at_rate(a_second, seconds, |number| {
        let mut client = clients[number % CLIENTS].clone();
        let get = proto::GetRunRequest { run_id: runs[number % runs.len()].clone(), view: 0 };
        async move { client.get_run(get).await.is_ok() }
    })
    .await;
    rate.memory = (before, server.memory());
    rate
}

/// So many watchers of one run, which is then cancelled: those who heard the end, and how long the last of them took.
pub async fn watchers(program: &Path, count: usize) -> (usize, Duration) {
    let server = Served::start(program, &["--addr", "127.0.0.1:0"], &[]);
    // A connection has at most 64 calls at one time, and a peer 32 connections.
    let mut clients = Vec::new();
    for _ in 0..count.div_ceil(64).max(1) {
        clients.push(server.client().await);
    }
    let asked = proto::CreateRunRequest { solve_request: Some(kills::long(request(1))), ..Default::default() };
    let run = clients[0].create_run(asked).await.expect("accepted").into_inner().run.expect("a run");
    let mut watching = JoinSet::new();
    let (begun, mut all_begun) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..count {
        let mut client = clients[number % clients.len()].clone();
        let watch = proto::WatchRunRequest { run_id: run.run_id.clone(), after_sequence: 0 };
        let begun = begun.clone();
        watching.spawn(async move {
            let mut told = client.watch_run(watch).await.expect("watched").into_inner();
            let mut last = None;
            while let Ok(Some(answer)) = told.message().await {
                if last.is_none() {
                    let _ = begun.send(());
                }
                last = answer.run.or(last);
            }
            (last.is_some_and(|run| run.end_time.is_some()), Instant::now())
        });
    }
    for _ in 0..count {
        let _ = all_begun.recv().await;
    }
    let from = Instant::now();
    let cancel = proto::CancelRunRequest { run_id: run.run_id };
    clients[0].cancel_run(cancel).await.expect("cancelled");
    let ends = watching.join_all().await;
    let last = ends.iter().map(|(_, at)| at.saturating_duration_since(from)).max().unwrap_or_default();
    (ends.iter().filter(|(heard, _)| *heard).count(), last)
}

/// Solves answered in so many seconds by so many clients, each of which asks again at once, or when it is told to; and the
/// server's memory at the end.
pub async fn goodput(program: &Path, clients: usize, seconds: u64) -> (usize, u64) {
    let server = Served::start(program, &["--addr", "127.0.0.1:0"], &[]);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut calls = JoinSet::new();
    let mut connections = Vec::new();
    for _ in 0..clients.min(CLIENTS) {
        connections.push(server.client().await);
    }
    for number in 0..clients {
        let mut client = connections[number % connections.len()].clone();
        calls.spawn(async move {
            let mut answered = 0;
            while Instant::now() < until {
                let mut call = tonic::Request::new(request(number as u64));
                call.set_timeout(Duration::from_secs(10));
                match client.solve(call).await {
                    Ok(_) => answered += usize::from(Instant::now() < until),
                    Err(status) if status.code() == Code::ResourceExhausted => pause(Duration::from_millis(200)).await,
                    Err(_) => {}
                }
            }
            answered
        });
    }
    let answered = calls.join_all().await.into_iter().sum();
    (answered, server.memory())
}
