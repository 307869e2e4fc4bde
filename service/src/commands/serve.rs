//! `carve serve`: binds, and drains on Ctrl-C or SIGTERM.

use crate::cli::ServeArgs;
use crate::exit::{CommandError, Exit};
use crate::server::{self, ServeConfig, ServeError, Storage};
use crate::store::Store;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Time that calls under way have to end once standard input has closed: whoever made them is gone.
const DRAIN_WITHOUT_CLIENT: Duration = Duration::from_secs(1);

/// Serves until a signal.
///
/// # Errors
/// When the address is not this machine's own or cannot be bound, or the server fails.
pub fn run(args: &ServeArgs) -> Result<Exit, CommandError> {
    let mut config = config(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)?;
    runtime.block_on(async {
        let (signal, closed) = (signal().map_err(CommandError::Signal)?, stdin_closes(args.until_stdin_closes));
        let shutdown = async {
            tokio::select! {
                () = signal => {}
                () = closed => {}
            }
        };
        // A store that cannot be opened is told before anything else is promised.
        let store = config.storage.open().await.map_err(ServeError::Store)?;
        let kept = kept_in(&config.storage, &store);
        config.storage = Storage::Opened(store);
        if args.workers_only {
            eprintln!("carve works on the runs of {}; Ctrl-C to end", kept);
            return Ok(server::work(config, shutdown).await?);
        }
        server::loopback_only(args.addr)?;
        let bind = |source| ServeError::Bind { addr: args.addr, source };
        let listener = TcpListener::bind(args.addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        eprintln!("carve serves gRPC on {addr}; runs are kept in {}; Ctrl-C to end", kept);
        Ok::<(), CommandError>(server::serve(listener, config, shutdown).await?)
    })?;
    // What still runs after the drain is not waited for.
    runtime.shutdown_background();
    Ok(Exit::Done)
}

fn config(args: &ServeArgs) -> Result<ServeConfig, CommandError> {
    let mut config = ServeConfig::new().map_err(ServeError::Program)?;
    config.max_solves = args.max_solves.map_or(config.max_solves, |n| n as usize);
    config.max_time_limit = args.max_time_limit;
    config.reflection = args.reflection;
    config.works = !args.no_workers;
    if args.until_stdin_closes {
        config.drain = DRAIN_WITHOUT_CLIENT;
    }
    config.storage = match (&args.data, &args.database) {
        (Some(folder), _) => Storage::Folder(folder.clone()),
        (None, Some(url)) => Storage::Database(url.clone()),
        (None, None) if args.no_workers || args.workers_only => return Err(ServeError::NothingShared.into()),
        (None, None) => Storage::Memory,
    };
    Ok(config)
}

/// Where runs are kept, for people; no password.
fn kept_in(storage: &Storage, store: &Store) -> String {
    match storage {
        Storage::Folder(folder) => folder.display().to_string(),
        _ if store.is_durable() => store.kind().into(),
        _ => "memory and end with this process (--data DIR keeps them)".into(),
    }
}

/// Ends when standard input closes, if that is asked for; else never. A thread of its own reads it: the runtime would wait for
/// one of its own.
fn stdin_closes(asked: bool) -> impl Future<Output = ()> {
    let closed = asked.then(|| {
        let (closes, closed) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            // An input that cannot be read has closed too.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            drop(closes);
        });
        closed
    });
    async {
        match closed {
            // Nothing is ever sent: that the sender is gone is what is waited for.
            Some(closed) => drop(closed.await),
            None => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a signal to wait for, the server ends with its process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
