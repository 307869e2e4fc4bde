//! `carve serve`: binds, and drains on Ctrl-C or SIGTERM.

use crate::cli::ServeArgs;
use crate::config::{self, Given, Settings};
use crate::exit::{CommandError, Exit};
use crate::server::{self, ServeError, Storage, logs};
use crate::store::Store;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::panic;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Time that calls under way have to end once standard input has closed: whoever made them is gone.
const DRAIN_WITHOUT_CLIENT: Duration = Duration::from_secs(1);

/// Serves until a signal.
///
/// # Errors
/// When a setting cannot be, the address may not or cannot be listened on, or the server fails.
pub fn run(args: &ServeArgs) -> Result<Exit, CommandError> {
    let mut format = format_of(&args.given);
    let ended = run_told(args, &mut format);
    match ended {
        // Who reads lines of JSON alone is told of the end in one.
        Err(error) if format == logs::Format::Json => {
            logs::start(format, logs::Level::default());
            tracing::error!(error = %error, "carve cannot serve");
            Err(CommandError::Told(error.exit()))
        }
        ended => ended,
    }
}

/// How lines are written, as far as it can be known before settings are understood.
fn format_of(given: &Given) -> logs::Format {
    let format = given.iter().find(|(setting, _)| setting.name == "log-format");
    format.and_then(|(_, format)| format.parse().ok()).unwrap_or_default()
}

fn run_told(args: &ServeArgs, format: &mut logs::Format) -> Result<Exit, CommandError> {
    let mut given = args.config.as_deref().map(config::read).transpose()?.unwrap_or_default();
    let mut settings = Settings::new()?;
    if args.given.iter().all(|(setting, _)| setting.name != "log-format") {
        *format = format_of(&given);
    }
    settings.take(&given)?;
    settings.take(&args.given)?;
    *format = settings.log_format;
    let mut settings = settings.finished()?;
    if args.print_config {
        // Of two values the later one wins; of two that exclude one another too.
        given.retain(|(setting, _)| !args.given.iter().any(|(other, _)| setting.without == Some(other.name)));
        given.extend(args.given.iter().cloned());
        let mut stdout = std::io::stdout().lock();
        let text = config::printed(&given);
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(CommandError::Stdout)?;
        return Ok(Exit::Done);
    }
    if matches!(settings.server.storage, Storage::Memory) && (settings.workers_only || !settings.server.works) {
        return Err(ServeError::NothingShared.into());
    }
    if settings.until_stdin_closes {
        settings.server.drain = settings.server.drain.min(DRAIN_WITHOUT_CLIENT);
    }
    begin_log(&settings);
    let unused = config::unused_by_workers(given.iter().chain(&args.given));
    if settings.workers_only && !unused.is_empty() {
        tracing::warn!(settings = unused.join(", "), "these settings say nothing to a process with --workers-only");
    }
    settings.server.log = |line| {
        // What stands behind are the words of the check, with names and amounts.
        let head = line.split_once(" faults: ").map_or(line, |(head, _)| head);
        tracing::error!("{head}");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)?;
    let exit = runtime.block_on(serve(settings));
    // What still runs after the drain is not waited for.
    runtime.shutdown_background();
    exit
}

fn begin_log(settings: &Settings) {
    logs::start(settings.log_format, settings.log_level);
    // The text of a panic may hold what a client sent; its place does not.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "the program met a state it cannot be in: this is our fault");
    }));
}

/// Serves, or works, until it is asked to end; a second time, and it ends with all that is under way.
async fn serve(settings: Settings) -> Result<Exit, CommandError> {
    let signals = Signals::new().map_err(CommandError::Signal)?;
    let ends = ends(signals, stdin_closes(settings.until_stdin_closes));
    tokio::select! {
        served = serve_until(settings, asked(ends.clone(), 1)) => served.map(|()| Exit::Done),
        () = asked(ends, 2) => {
            tracing::warn!("asked to end again: calls under way are cut off, and runs are taken by others when their leases run out");
            Ok(Exit::Interrupted)
        }
    }
}

async fn serve_until(mut settings: Settings, shutdown: impl Future<Output = ()>) -> Result<(), CommandError> {
    // A store that cannot be opened is told before anything else is promised.
    let store = settings.server.storage.open().await.map_err(ServeError::Store)?;
    let kept = kept_in(&settings.server.storage, &store);
    settings.server.storage = Storage::Opened(store);
    let say = |text: &str| match settings.log_format {
        logs::Format::Text => eprintln!("{text}"),
        logs::Format::Json => tracing::info!("{text}"),
    };
    if let Some(addr) = settings.operations_addr {
        let (listener, addr) = operations(addr)?;
        settings.server.operations = Some(Arc::new(listener));
        say(&format!("carve answers operations on {addr}"));
    }
    if settings.workers_only {
        let ready = || say(&format!("carve works on the runs of {kept}; Ctrl-C to end"));
        return Ok(server::work(settings.server, ready, shutdown).await?);
    }
    server::may_listen(&settings.addr, &settings.server)?;
    let listener = settings.addr.listen().await?;
    let addr = listener.address()?;
    let tls = if settings.server.tls.is_some() { " with TLS" } else { "" };
    let ready = || say(&format!("carve serves gRPC on {addr}{tls}; runs are kept in {kept}; Ctrl-C to end"));
    Ok(server::serve_and_tell(listener, settings.server, ready, shutdown).await?)
}

/// Listens for whoever runs the server.
fn operations(addr: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), ServeError> {
    let bind = |source| ServeError::Bind { addr: server::listening::Address::Tcp(addr), source };
    let listener = std::net::TcpListener::bind(addr).map_err(bind)?;
    let addr = listener.local_addr().map_err(bind)?;
    Ok((listener, addr))
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
fn stdin_closes(asked: bool) -> impl Future<Output = ()> + Send + 'static {
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

/// Signals that end a server.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        // A hangup is heard by whoever reads files anew; to have asked for it once keeps it from ending the process.
        drop(signal(SignalKind::hangup())?);
        Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The next one, by its name.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// The next one, by its name.
    async fn next(&mut self) -> &'static str {
        // Without a signal to wait for, the server ends with its process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}

/// Counts what asks for the end, each told in the log: the first begins the drain, the second ends the process at once.
fn ends(mut signals: Signals, stdin: impl Future<Output = ()> + Send + 'static) -> watch::Receiver<u32> {
    let (asked, ends) = watch::channel(0);
    tokio::spawn(async move {
        let mut stdin = pin!(stdin);
        let mut is_open = true;
        loop {
            let by = tokio::select! {
                signal = signals.next() => signal,
                () = &mut stdin, if is_open => {
                    is_open = false;
                    "the end of standard input"
                }
            };
            asked.send_modify(|count| *count += 1);
            tracing::info!(by, "asked to end");
        }
    });
    ends
}

/// Ends once the end was asked for so many times.
async fn asked(mut ends: watch::Receiver<u32>, times: u32) {
    // Whoever counts goes with the runtime alone.
    let _ = ends.wait_for(|count| *count >= times).await;
}
