//! The second port, for whoever runs the server: whether it lives, whether it is ready, and what it counts. Plain HTTP; it
//! answers nothing about books and runs but their number.

use super::connections::{Connection, Gate};
use super::metrics::{CONTENT_TYPE, Metrics};
use super::{ServeConfig, ServeError};
use crate::store::Store;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::Listener;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

/// Connections of the second port.
const CONNECTIONS_MAX: usize = 64;
/// Time that the store has to show that it is there.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long what the store said holds, however often it is asked for.
const STORE_FRESH: Duration = Duration::from_secs(1);

/// What the second port knows.
#[derive(Debug, Clone)]
pub struct Operations {
    store: Store,
    metrics: Metrics,
    /// Set when the process goes down.
    drain: watch::Receiver<bool>,
    /// When the store was last asked, and whether it answered.
    asked: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Operations {
    /// Over this store.
    pub fn new(store: Store, metrics: Metrics, drain: watch::Receiver<bool>) -> Operations {
        Operations { store, metrics, drain, asked: Arc::default() }
    }

    /// Answers at the second port, where the settings have one, until it is dropped.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn serve(self, config: &ServeConfig) -> Result<impl Future<Output = ()> + Send + 'static, ServeError> {
        let listener = match &config.operations {
            None => None,
            Some(listener) => {
                let own = listener.try_clone().map_err(ServeError::Listener)?;
                own.set_nonblocking(true).map_err(ServeError::Listener)?;
                Some(TcpListener::from_std(own).map_err(ServeError::Listener)?)
            }
        };
        // Counted apart: these are no connections of clients.
        let limits = ServeConfig {
            connections_max: CONNECTIONS_MAX,
            connections_per_peer_max: CONNECTIONS_MAX,
            metrics: Metrics::new(),
            ..config.clone()
        };
        Ok(async move {
            let Some(listener) = listener else { return };
            let (_open, close) = watch::channel(false);
            let Ok(address) = listener.local_addr() else { return };
            let incoming = Gate::new(&limits, close).admit(listener.into());
            let app = Router::new()
                .route("/healthz", get(|| async { "alive\n" }))
                .route("/readyz", get(ready))
                .route("/metrics", get(metrics))
                .with_state(self);
            if let Err(error) = axum::serve(Admitted { incoming, address }, app).await {
                tracing::error!(error = %error, "the operations port ended");
            }
        })
    }

    /// Whether the store answers; asks it for what waits.
    async fn ask_store(&self) -> bool {
        let mut asked = self.asked.lock().await;
        let answered = match *asked {
            Some((at, answered)) if at.elapsed() < STORE_FRESH => answered,
            _ => {
                let queue = tokio::time::timeout(STORE_TIMEOUT, self.store.queue()).await;
                let queue = queue.ok().and_then(Result::ok);
                if let Some(queue) = queue {
                    let cost = Duration::from_millis(queue.waiting_cost_ms.max(0) as u64);
                    self.metrics.queue(queue.waiting, queue.running, cost);
                }
                *asked = Some((Instant::now(), queue.is_some()));
                queue.is_some()
            }
        };
        // A write may have failed since it was asked.
        let up = answered && !self.store.is_failing();
        self.metrics.store_up(up);
        up
    }
}

async fn ready(State(operations): State<Operations>) -> (StatusCode, &'static str) {
    if *operations.drain.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match operations.ask_store().await {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the store fails\n"),
    }
}

async fn metrics(State(operations): State<Operations>) -> impl IntoResponse {
    operations.ask_store().await;
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], operations.metrics.text())
}

/// Connections that the gate let in.
struct Admitted {
    incoming: ReceiverStream<io::Result<Connection>>,
    address: SocketAddr,
}

impl Listener for Admitted {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.incoming.next().await {
                Some(Ok(connection)) => return (connection, self.address),
                Some(Err(_)) => {}
                // The gate has gone, and with it all that could come.
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
