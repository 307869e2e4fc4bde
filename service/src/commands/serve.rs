//! `carve serve`: binds, and drains on Ctrl-C or SIGTERM.

use crate::cli::ServeArgs;
use crate::exit::{CommandError, Exit};
use crate::server::{self, ServeConfig, ServeError};
use tokio::net::TcpListener;

/// Serves until a signal.
///
/// # Errors
/// When the address is not this machine's own or cannot be bound, or the server fails.
pub fn run(args: &ServeArgs) -> Result<Exit, CommandError> {
    server::loopback_only(args.addr)?;
    let mut config = ServeConfig::new().map_err(ServeError::Program)?;
    config.max_solves = args.max_solves.map_or(config.max_solves, |n| n as usize);
    config.max_time_limit = args.max_time_limit;
    config.reflection = args.reflection;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)?;
    runtime.block_on(async {
        let bind = |source| ServeError::Bind { addr: args.addr, source };
        let listener = TcpListener::bind(args.addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        eprintln!("carve serves gRPC on {addr}; Ctrl-C to end");
        let shutdown = signal().map_err(CommandError::Signal)?;
        Ok::<(), CommandError>(server::serve(listener, config, shutdown).await?)
    })?;
    // What still runs after the drain is not waited for.
    runtime.shutdown_background();
    Ok(Exit::Done)
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
