//! The gRPC server. The caller owns socket and signal, so tests bind port 0 and end the server when they like.

pub mod limits;

mod open;

pub mod listening;

mod connections;

pub mod tls;

mod reload;

pub mod policy;

pub mod tokens;

mod auth;

mod calls;

pub mod metrics;

pub mod logs;

mod operations;

mod budget;

mod deadline;

mod room;

mod threads;

pub mod identity;

pub mod runs;

mod arriving;

mod leaving;

mod wire_size;

mod intake;

mod explaining;

mod evaluation;

mod comparing;

mod handlers;

mod status;

mod worker_process;

use crate::store::{Retention, Store, StoreError};
use crate::worker::limits::Limits;
use auth::Guard;
use budget::Budget;
use calls::Calls;
use carve_proto::DESCRIPTOR_SET;
use carve_proto::v1::carve_service_server::CarveServiceServer;
use connections::Gate;
use handlers::Handlers;
use intake::Intake;
pub use limits::MESSAGE_BYTES_MAX;
use limits::*;
use listening::{Address, Listener};
use metrics::Metrics;
use operations::Operations;
use reload::{Files, ReloadError, Reloaded};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tls::{TlsConfig, TlsFiles};
use tokens::Tokens;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::server::NamedService;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic_health::{ServingStatus, server::HealthReporter};
use uuid::Uuid;
use worker_process::Workers;

/// What a server may do.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// The program that is started as `worker` for each solve; must be `carve`.
    pub worker_program: PathBuf,
    /// Solves at one time; 1 or more. Default: one a core.
    pub max_solves: usize,
    /// Longest time that a call waits for a place among them. Default: 10 s.
    pub queue_wait: Duration,
    /// Threads of one solve, however many it asks for. Default: 1, or what cores there are for each solve.
    pub threads_per_solve: usize,
    /// Bytes of address space of one worker. Default: none where the system does not tell how much there is, else its part of
    /// four fifths of the memory.
    pub worker_memory_bytes: Option<u64>,
    /// Where runs are kept. Default: memory.
    pub storage: Storage,
    /// Whether this process works on runs. Default: yes.
    pub works: bool,
    /// Solve time, times threads, that runs which have not ended may ask for together. Default: 500 h.
    pub queue_max: Duration,
    /// How long runs, answers and books are kept. Default: a run 30 days after its end, answers 16 GiB together, a book
    /// that no run uses 7 days.
    pub retention: Retention,
    /// Bytes of memory for books that were read once. Default: 256 MiB.
    pub book_cache_bytes: usize,
    /// Longest time limit of a solve; a longer one is shortened and the answer says so. Default: 10 min.
    pub max_time_limit: Duration,
    /// Whether server reflection v1 answers. Default: no.
    pub reflection: bool,
    /// Bytes of all requests under way together, and of answers that are not taken yet. Default: 1 GiB.
    pub request_bytes_max: usize,
    /// The same of one peer. Default: three quarters of it.
    pub request_bytes_per_peer_max: usize,
    /// The file of tokens. Without it everybody who can connect may do everything. Default: none.
    pub tokens: Option<PathBuf>,
    /// Files for TLS. Default: none, there is no TLS.
    pub tls: Option<TlsFiles>,
    /// Where the second port listens. Default: there is none.
    pub operations: Option<Arc<std::net::TcpListener>>,
    /// What is counted.
    pub metrics: Metrics,
    /// Connections in all. Default: 1,024.
    pub connections_max: usize,
    /// Connections of one peer. Default: 32.
    pub connections_per_peer_max: usize,
    /// Time a new connection has to send its first frame. Default: 5 s.
    pub first_frame_timeout: Duration,
    /// Time without a call after which a connection is closed. Default: 10 min.
    pub idle_timeout: Duration,
    /// The same where its peer, or anybody, opens more connections than there may be. Default: 10 s.
    pub idle_spared: Duration,
    /// Time that an answer, or a part of one, waits to be taken before the connection is closed. Default: 60 s.
    pub answer_timeout: Duration,
    /// Time that calls under way have to end after shutdown began. Default: 10 s.
    pub drain: Duration,
    /// Takes a line for whoever runs the server: the faults of a plan that is not sent, with the reference that the
    /// client has. Default: standard error.
    pub log: fn(&str),
}

/// Where runs are kept.
#[derive(Debug, Clone)]
pub enum Storage {
    /// In a store that is open.
    Opened(Store),
    /// In memory: they end with the process.
    Memory,
    /// In a folder.
    Folder(PathBuf),
    /// In PostgreSQL, by its URL.
    Database(String),
}

impl Storage {
    /// Opens it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(&self) -> Result<Store, StoreError> {
        match self {
            Storage::Opened(store) => Ok(store.clone()),
            Storage::Memory => Store::in_memory().await,
            Storage::Folder(folder) => Store::in_folder(folder).await,
            Storage::Database(url) => Store::at(url).await,
        }
    }
}

/// A part of the memory that workers may have together.
const WORKER_MEMORY: (u64, u64) = (4, 5);
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// Bytes of memory, where the system tells.
fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1_024)
}

impl ServeConfig {
    /// The defaults, with this program as worker.
    ///
    /// # Errors
    /// When the system does not tell where this program is.
    pub fn new() -> std::io::Result<ServeConfig> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(ServeConfig {
            worker_program: worker_process::this_program()?,
            max_solves: cores,
            queue_wait: Duration::from_secs(10),
            threads_per_solve: 1,
            worker_memory_bytes: memory_bytes().map(|all| all / WORKER_MEMORY.1 * WORKER_MEMORY.0 / cores as u64),
            storage: Storage::Memory,
            works: true,
            queue_max: Duration::from_secs(500 * 3_600),
            retention: Retention {
                run_ms: 30 * DAY_MS,
                answer_bytes: 16 << 30,
                book_ms: 7 * DAY_MS,
                orphan_ms: DAY_MS,
            },
            book_cache_bytes: 256 << 20,
            max_time_limit: Duration::from_secs(600),
            reflection: false,
            request_bytes_max: 1 << 30,
            request_bytes_per_peer_max: 3 << 28,
            tokens: None,
            tls: None,
            operations: None,
            metrics: Metrics::new(),
            connections_max: 1_024,
            connections_per_peer_max: 32,
            first_frame_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(600),
            idle_spared: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            log: |line| eprintln!("{line}"),
        })
    }

    /// What starts workers.
    fn workers(&self) -> Workers {
        let limits = Limits { threads: self.threads_per_solve.max(1), memory_bytes: self.worker_memory_bytes };
        Workers { program: self.worker_program.clone(), limits, metrics: self.metrics.clone() }
    }
}

/// Why a server does not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from elsewhere.
    #[error(
        "{0} can be reached from other machines: give --tls-cert, --tls-key and --tokens, without which only addresses of \
         this machine are served, such as 127.0.0.1:7070 or unix:/run/carve/carve.sock"
    )]
    NotLoopback(SocketAddr),
    /// The address is taken or not allowed.
    #[error("{addr} cannot be listened on: {source}")]
    Bind {
        /// The address.
        addr: Address,
        /// Why.
        source: std::io::Error,
    },
    /// The listener does not know its address.
    #[error("the listener has no address: {0}")]
    Listener(#[source] std::io::Error),
    /// The worker program is not known.
    #[error("this program cannot find itself: {0}")]
    Program(#[source] std::io::Error),
    /// The threads cannot be started.
    #[error("the runtime cannot start: {0}")]
    Runtime(#[source] std::io::Error),
    /// The file of tokens, or a file of TLS, cannot be used.
    #[error(transparent)]
    Files(#[from] ReloadError),
    /// The contract's descriptors are refused.
    #[error("reflection cannot start: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Runs that are in memory cannot be worked on by another process.
    #[error(
        "--no-workers and --workers-only need a store that several processes share: give --data DIR or --database URL"
    )]
    NothingShared,
    /// The store cannot be opened.
    #[error("runs cannot be kept: {0}")]
    Store(#[from] StoreError),
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Refuses an address that other machines can reach.
///
/// # Errors
/// [`ServeError::NotLoopback`].
pub fn loopback_only(addr: SocketAddr) -> Result<(), ServeError> {
    if addr.ip().to_canonical().is_loopback() { Ok(()) } else { Err(ServeError::NotLoopback(addr)) }
}

/// Whether this address may be listened on: from other machines only with TLS and authentication.
///
/// # Errors
/// [`ServeError::NotLoopback`].
pub fn may_listen(address: &Address, config: &ServeConfig) -> Result<(), ServeError> {
    match address {
        Address::Tcp(addr) if config.tls.is_none() || config.tokens.is_none() => loopback_only(*addr),
        Address::Tcp(_) | Address::Unix(_) => Ok(()),
    }
}

/// What the files of the settings say, followed by `tasks`.
struct Followed {
    tokens: Option<Reloaded<Tokens>>,
    tls: Option<Reloaded<TlsConfig>>,
}

impl Followed {
    fn new(config: &ServeConfig, tasks: &mut JoinSet<()>) -> Result<Followed, ServeError> {
        let read = |files: &[Vec<u8>]| {
            let bytes = files.first().map(Vec::as_slice).unwrap_or_default();
            Tokens::parse(bytes)
        };
        let tokens = config.tokens.clone().map(|path| {
            let named = path.clone();
            let read = move |files: &[Vec<u8>]| read(files).map_err(|error| error.in_file(&named).to_string());
            Files { paths: vec![path], read: Box::new(read) }.open()
        });
        let tokens = tokens.transpose()?.map(|(tokens, follow)| {
            tasks.spawn(follow);
            tokens
        });
        let tls = config.tls.as_ref().map(|files| files.files().open()).transpose()?.map(|(tls, follow)| {
            tasks.spawn(follow);
            tls
        });
        Ok(Followed { tokens, tls })
    }
}

/// The store of the settings, its answers counted.
async fn open_store(config: &ServeConfig) -> Result<Store, ServeError> {
    let metrics = config.metrics.clone();
    let store = config.storage.open().await?;
    Ok(store.observed(move |what, took, failed| metrics.store(what, took, failed)))
}

/// As [`serve_and_tell`], with nobody to tell.
///
/// # Errors
/// As there.
pub async fn serve(
    listener: impl Into<Listener>,
    config: ServeConfig,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    serve_and_tell(listener, config, || {}, shutdown).await
}

/// Tells by `ready` that all is read and opened, serves until `shutdown`, then answers health checks with NOT_SERVING, lets calls under way end for
/// `config.drain`, and closes what is left.
///
/// # Errors
/// When the address may not be listened on, a file of the settings cannot be used, or the transport fails.
pub async fn serve_and_tell(
    listener: impl Into<Listener>,
    config: ServeConfig,
    ready: impl FnOnce(),
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let listener = listener.into();
    may_listen(&listener.address()?, &config)?;
    let (draining, drain) = watch::channel(false);
    let (closing, close) = watch::channel(false);
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<CarveServiceServer<Handlers>>().await;
    let reflection = config.reflection.then(|| {
        let builder = tonic_reflection::server::Builder::configure();
        builder.register_encoded_file_descriptor_set(DESCRIPTOR_SET).build_v1()
    });
    // All of them end with this future, or with the drain.
    let mut tasks = JoinSet::new();
    let followed = Followed::new(&config, &mut tasks)?;
    let store = open_store(&config).await?;
    tasks.spawn(Operations::new(store.clone(), config.metrics.clone(), drain.clone()).serve(&config)?);
    let handlers = Handlers::new(&config, store, drain.clone());
    tasks.spawn(handlers.runs().keep_house());
    let executor = config.works.then(|| tokio::spawn(handlers.executor(process_name()).run()));
    let large = handlers.large_places();
    let carve = CarveServiceServer::new(handlers).max_decoding_message_size(MESSAGE_BYTES_MAX);
    let budget = Budget::new(config.request_bytes_max, config.request_bytes_per_peer_max);
    let router = Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .http2_max_header_list_size(HEADER_LIST_BYTES_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_connection_age(CONNECTION_AGE_MAX)
        // Handlers keep their own deadlines; this ends a call whose request never arrives whole.
        .timeout(config.max_time_limit + UNARY_TIMEOUT)
        .layer(Calls(config.metrics.clone()))
        .layer(Guard::new(followed.tokens))
        .add_service(Intake::of_small_calls(health_service))
        .add_optional_service(reflection.transpose()?.map(Intake::of_small_calls))
        .add_service(InterceptedService::new(Intake::new(carve, budget, large), deadline::stamp));
    let incoming = Gate::new(&config, close).admit(listener);
    let incoming = tls::secured(incoming, followed.tls, config.first_frame_timeout, config.metrics.clone());
    let mut server = Box::pin(router.serve_with_incoming_shutdown(incoming, is_set(drain)));
    ready();
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = shutdown => {}
    }
    tell_health(health, &draining).await;
    let given_back = async {
        if let Some(executor) = executor {
            // One that failed gave nothing back; its leases run out.
            let _ = executor.await;
        }
    };
    let ended = drained(config.drain, async { tokio::join!(server, given_back).0 }).await;
    closing.send_replace(true);
    ended.unwrap_or(Ok(())).map_err(ServeError::from)
}

/// Tells everybody that the server goes down. Who watches its health is told last, and let go: they would hold the drain up.
async fn tell_health(mut health: HealthReporter, draining: &watch::Sender<bool>) {
    let service = CarveServiceServer::<Handlers>::NAME;
    for name in [service, ""] {
        health.set_service_status(name, ServingStatus::NotServing).await;
    }
    draining.send_replace(true);
    for name in [service, ""] {
        health.clear_service_status(name).await;
    }
}

/// What is under way, to its end or for so long; told of in the log. `None`: it was not over.
async fn drained<T>(most: Duration, under_way: impl Future<Output = T>) -> Option<T> {
    let started = Instant::now();
    tracing::info!(seconds = most.as_secs_f64(), "draining: calls and runs under way may end for so long");
    let ended = tokio::time::timeout(most, under_way).await.ok();
    let ms = started.elapsed().as_millis() as u64;
    match &ended {
        Some(_) => tracing::info!(ms, "drained: all has ended"),
        None => tracing::warn!(ms, "drained: what has not ended by now is closed"),
    }
    ended
}

/// Tells by `ready` that the store is open, and works on the runs of a store that others answer for, until `shutdown`; then gives back those it holds.
///
/// # Errors
/// When the store cannot be opened.
pub async fn work(
    config: ServeConfig,
    ready: impl FnOnce(),
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (draining, drain) = watch::channel(false);
    let store = open_store(&config).await?;
    let mut tasks = JoinSet::new();
    tasks.spawn(Operations::new(store.clone(), config.metrics.clone(), drain.clone()).serve(&config)?);
    let handlers = Handlers::new(&config, store, drain);
    tasks.spawn(handlers.runs().keep_house());
    let executor = tokio::spawn(handlers.executor(process_name()).run());
    ready();
    shutdown.await;
    draining.send_replace(true);
    // What is not given back by then is taken by others when its lease runs out.
    let _ = drained(config.drain, executor).await;
    Ok(())
}

/// What this process is called in the store, for people: no other has the same.
fn process_name() -> String {
    format!("{}-{}", std::process::id(), Uuid::now_v7().simple())
}

/// Ends when the flag is set or its owner is gone.
async fn is_set(mut flag: watch::Receiver<bool>) {
    // An owner that is gone means the same.
    let _ = flag.wait_for(|set| *set).await;
}

#[cfg(test)]
mod serving_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_call() {
        for (addr, accepted) in [
            ("127.0.0.1:7070", true),
            ("127.8.8.8:1", true),
            ("[::1]:7070", true),
            ("[::ffff:127.0.0.1]:7070", true),
            ("0.0.0.0:7070", false),
            ("[::]:7070", false),
            ("192.168.1.2:7070", false),
            ("[::ffff:10.0.0.1]:7070", false),
        ] {
            assert_eq!(loopback_only(addr.parse().expect("an address")).is_ok(), accepted, "{addr}");
        }
    }
}
