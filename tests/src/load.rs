//! Servers under load: how much is taken in, read and watched, and what is left of it when ten times as much comes.

use crate::faults::process::Served;
use crate::faults::{Client, kills, pause, request};
use crate::postgres::Cluster;
use carve_datasets::{GenerateOptions, Shape, generate};
use carve_proto::v1 as proto;
use carve_service::plan_file::PlanFile;
use carve_service::store::{NewRun, Store};
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

impl Rate {
    fn count(&mut self, (well, time): (bool, Duration)) {
        if well {
            self.answered += 1;
        } else {
            self.failed += 1;
        }
        self.times.push(time);
    }
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
    let (mut calls, from, mut rate) = (JoinSet::new(), Instant::now(), Rate::default());
    for number in 0..(a_second * seconds) as usize {
        let due = from + Duration::from_secs_f64(number as f64 / f64::from(a_second));
        // A pause is at least a millisecond long: whoever is late makes up for it.
        if due > Instant::now() {
            pause(due.saturating_duration_since(Instant::now())).await;
        }
        let called = call(number);
        calls.spawn(async move { (called.await, due.elapsed()) });
        while let Some(Ok(answer)) = calls.try_join_next() {
            rate.count(answer);
        }
    }
    while let Some(Ok(answer)) = calls.join_next().await {
        rate.count(answer);
    }
    rate.took = from.elapsed();
    rate.times.sort();
    rate
}

/// Runs asked for at a rate; each is stored before it is answered.
pub async fn submits(program: &Path, a_second: u32, seconds: u32) -> Rate {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain name").to_owned();
    let server = Served::start(
        program,
        &["--addr", "127.0.0.1:0", "--data", &path, "--no-workers", "--max-queue", "1000000h"],
        &[],
    );
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

/// How long one run after the other takes to be made, and then to be claimed, where so many wait: of five tenants, in a folder
/// or in PostgreSQL. Both sorted; of the claims there are fifty.
pub async fn queue(count: usize, postgres: bool) -> (Vec<Duration>, Vec<Duration>) {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = postgres.then(|| Cluster::start(folder.path()));
    let store = match &cluster {
        Some(cluster) => {
            cluster.create("runs");
            Store::at(&cluster.url("runs")).await.expect("opened")
        }
        None => Store::in_folder(folder.path()).await.expect("opened"),
    };
    let (mut made, mut claimed) = (Vec::new(), Vec::new());
    for number in 0..count {
        let run = NewRun {
            run_id: format!("{number:09}"),
            tenant: format!("t{}", number % 5),
            request_id: None,
            request_digest: "digest".into(),
            priority: 1,
            cost_ms: 60_000,
            cost_ms_max: i64::MAX / 8,
            book_digest: "book".into(),
            account_count: 60,
            labels: Default::default(),
            request: vec![7; 1_500],
        };
        let from = Instant::now();
        store.create(&run).await.expect("stored");
        made.push(from.elapsed());
    }
    for _ in 0..50 {
        let from = Instant::now();
        store.claim("worker", 600_000, 3).await.expect("answered").expect("it waits");
        claimed.push(from.elapsed());
    }
    made.sort();
    claimed.sort();
    (made, claimed)
}

/// What came of a mixed load.
#[derive(Debug, Default)]
pub struct Mixed {
    /// Calls of each kind, and how many of them were not answered as they must be.
    pub calls: Vec<(&'static str, usize, usize)>,
    /// Seconds since the start and the server's memory in bytes then.
    pub memory: Vec<(f64, u64)>,
}

impl Mixed {
    /// Growth of the memory in bytes an hour once a tenth of the time is over, by the least squares.
    pub fn slope(&self) -> f64 {
        let warm = self.memory.last().map_or(0.0, |last| last.0 / 10.0);
        let points: Vec<(f64, f64)> =
            self.memory.iter().filter(|(at, _)| *at >= warm).map(|(at, bytes)| (*at, *bytes as f64)).collect();
        let count = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let (both, square) = points.iter().fold((0.0, 0.0), |(both, square), point| {
            (both + (point.0 - x) * (point.1 - y), square + (point.0 - x) * (point.0 - x))
        });
        if square > 0.0 { both / square * 3_600.0 } else { 0.0 }
    }
}

/// Kinds of calls of a mixed load.
const KINDS: [&str; 6] = ["solve", "run, watched to its end", "get", "validate", "refused", "cancelled"];
/// Time between two samples of the memory.
const SAMPLE_EVERY: Duration = Duration::from_secs(10);

/// All kinds of calls, some a second of each, for so many seconds, on a server that keeps its runs in a folder.
pub async fn mixed(program: &Path, seconds: u64) -> Mixed {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain name").to_owned();
    let server = Served::start(program, &["--addr", "127.0.0.1:0", "--data", &path], &[]);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut kinds = JoinSet::new();
    for (kind, name) in KINDS.into_iter().enumerate() {
        let client = server.client().await;
        kinds.spawn(async move {
            let (mut calls, mut failed) = (0, 0);
            while Instant::now() < until {
                let well = one_of(kind, client.clone(), calls as u64).await;
                calls += 1;
                failed += usize::from(!well);
                pause(Duration::from_millis(500)).await;
            }
            (name, calls, failed)
        });
    }
    let from = Instant::now();
    let mut mixed = Mixed::default();
    while Instant::now() < until {
        pause(SAMPLE_EVERY.min(until.saturating_duration_since(Instant::now()))).await;
        mixed.memory.push((from.elapsed().as_secs_f64(), server.memory()));
    }
    mixed.calls = kinds.join_all().await;
    mixed
}

/// One call of a kind, or a few that belong together; whether all was as it must be.
async fn one_of(kind: usize, mut client: Client, number: u64) -> bool {
    let solve_request = Some(request(number));
    let create = |solve_request| proto::CreateRunRequest { solve_request, ..Default::default() };
    match kind {
        0 => client.solve(request(number)).await.is_ok(),
        1 => {
            let Some(run_id) = created(&mut client, create(solve_request)).await else { return false };
            let watch = proto::WatchRunRequest { run_id: run_id.clone(), after_sequence: 0 };
            let Ok(told) = client.watch_run(watch).await else { return false };
            let mut told = told.into_inner();
            let mut last = None;
            while let Ok(Some(answer)) = told.message().await {
                last = answer.run.or(last);
            }
            let deleted = client.delete_run(proto::DeleteRunRequest { run_id }).await.is_ok();
            deleted && last.is_some_and(|run| run.state() == proto::run::State::Succeeded)
        }
        2 => {
            let list = proto::ListRunsRequest { page_size: 5, ..Default::default() };
            client.list_runs(list).await.is_ok()
        }
        3 => client.validate(proto::ValidateRequest { solve_request }).await.is_ok(),
        4 => client.solve(proto::SolveRequest::default()).await.is_err_and(|s| s.code() == Code::InvalidArgument),
        _ => {
            let Some(run_id) = created(&mut client, create(Some(kills::long(request(number))))).await else {
                return false;
            };
            let cancelled = client.cancel_run(proto::CancelRunRequest { run_id: run_id.clone() }).await.is_ok();
            cancelled && client.delete_run(proto::DeleteRunRequest { run_id }).await.is_ok()
        }
    }
}

async fn created(client: &mut Client, asked: proto::CreateRunRequest) -> Option<String> {
    client.create_run(asked).await.ok()?.into_inner().run.map(|run| run.run_id)
}

/// Time that so many nodes of one thread each take over a batch of runs on PostgreSQL, all of which wait before they start.
pub async fn batch(program: &Path, nodes: usize, runs: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::start(folder.path());
    cluster.create("runs");
    let url = cluster.url("runs");
    let front = Served::start(program, &["--addr", "127.0.0.1:0", "--database", &url, "--no-workers"], &[]);
    let mut client = front.client().await;
    for number in 0..runs {
        let asked = proto::CreateRunRequest {
            solve_request: Some(batch_request(number as u64)),
            priority: proto::Priority::Batch.into(),
            ..Default::default()
        };
        client.create_run(asked).await.expect("accepted");
    }
    let from = Instant::now();
    let node = ["--workers-only", "--max-solves", "1", "--threads-per-solve", "1", "--database", &url];
    let _nodes: Vec<Served> = (0..nodes).map(|_| Served::start(program, &node, &[])).collect();
    let ended = proto::ListRunsRequest {
        page_size: 1_000,
        states: vec![proto::run::State::Succeeded.into(), proto::run::State::Failed.into()],
        ..Default::default()
    };
    loop {
        let list = client.list_runs(ended.clone()).await.expect("listed").into_inner().runs;
        assert!(list.iter().all(|run| run.state() == proto::run::State::Succeeded), "a run failed");
        if list.len() == runs {
            return from.elapsed();
        }
        pause(Duration::from_millis(50)).await;
    }
}

/// A request that takes about a second.
fn batch_request(seed: u64) -> proto::SolveRequest {
    let options =
        GenerateOptions { accounts: 600, buckets: 6, seed, shape: Shape::Crm, tolerance: 0.05, extra_measures: 0 };
    let made = generate(&options);
    let mut request = PlanFile::read("plan.yaml", made.plan_yaml.as_bytes()).expect("a good plan").request;
    request.accounts = crate::wire::accounts(&made.book);
    let time_limit = Some(prost_types::Duration { seconds: 120, nanos: 0 });
    request.options = Some(proto::Options { work_limit: 300_000, threads: 1, time_limit, ..Default::default() });
    request
}
