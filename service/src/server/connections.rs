//! Which connections come in, and how they end: a number in all, a number a peer, a first frame in time, writes and
//! answers that are taken, and the close after the drain. One that has been idle long is closed, sooner where another peer or
//! program waits for its place.

use super::listening::{Listener, Socket};
use super::metrics::Metrics;
use super::open::Open;
use super::{ServeConfig, is_set};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

/// The HTTP/2 preface and the head of the frame after it.
const FIRST_FRAME_BYTES: usize = 24 + 9;
/// Pause after the system refused to accept, as when it is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Time between two looks whether a connection is idle or does not take its answers, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Counts who is in.
#[derive(Debug, Clone)]
pub struct Gate {
    config: Arc<ServeConfig>,
    close: watch::Receiver<bool>,
    inside: Arc<Mutex<HashMap<IpAddr, Vec<Arc<Open>>>>>,
}

impl Gate {
    /// Nobody is in. `close` ends all connections when it is set.
    pub fn new(config: &ServeConfig, close: watch::Receiver<bool>) -> Gate {
        Gate { config: Arc::new(config.clone()), close, inside: Arc::default() }
    }

    /// Connections that were let in; the others are closed at once. Accepts until the stream is dropped.
    pub fn admit(self, listener: Listener) -> ReceiverStream<io::Result<Connection>> {
        let (admitted, stream) = mpsc::channel(1);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = admitted.closed() => return,
                };
                match accepted {
                    Ok((stream, peer)) => {
                        let Some(place) = self.place(peer) else {
                            self.config.metrics.connection_refused();
                            continue;
                        };
                        // Small frames go out at once; a socket that refuses is as good without.
                        let _ = stream.set_nodelay(true);
                        if admitted.send(Ok(self.connection(stream, place))).await.is_err() {
                            return;
                        }
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
            }
        });
        ReceiverStream::new(stream)
    }

    /// A place for a peer, if need be that of a connection that nobody uses.
    fn place(&self, peer: SocketAddr) -> Option<Place> {
        let ip = peer.ip().to_canonical();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = inside.values().map(Vec::len).sum();
        let of_peer = inside.get(&ip).map_or(0, Vec::len);
        if of_peer >= self.config.connections_per_peer_max {
            self.make_room(inside.get_mut(&ip)?)?;
        } else if all >= self.config.connections_max {
            let most = inside.values_mut().max_by_key(|open| open.len())?;
            self.make_room(most)?;
        }
        let open = Arc::new(Open::new(ip));
        inside.entry(ip).or_default().push(Arc::clone(&open));
        self.config.metrics.connection_opened();
        Some(Place { open, inside: Arc::clone(&self.inside), metrics: self.config.metrics.clone() })
    }

    /// Closes the connection that has been idle longest; `None`: each has been in use of late.
    fn make_room(&self, open: &mut Vec<Arc<Open>>) -> Option<()> {
        let idle = open.iter().enumerate().filter_map(|(at, open)| Some((open.idle()?, at)));
        let (_, at) = idle.filter(|(idle, _)| *idle >= self.config.idle_spared).max()?;
        open.swap_remove(at).close();
        Some(())
    }

    fn connection(&self, stream: Socket, place: Place) -> Connection {
        let (open, config) = (&place.open, &self.config);
        Connection {
            stream,
            first_frame: Some((Box::pin(tokio::time::sleep(config.first_frame_timeout)), FIRST_FRAME_BYTES)),
            close: Some(Box::pin(is_set(self.close.clone()))),
            closed: Some(Box::pin(Arc::clone(open).closed())),
            look: Box::pin(tokio::time::sleep(LOOK_EVERY.min(config.answer_timeout))),
            written: None,
            idle_timeout: config.idle_timeout,
            answer_timeout: config.answer_timeout,
            place,
        }
    }
}

/// One counted connection.
#[derive(Debug)]
struct Place {
    open: Arc<Open>,
    inside: Arc<Mutex<HashMap<IpAddr, Vec<Arc<Open>>>>>,
    metrics: Metrics,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.connection_closed();
        let ip = self.open.peer();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = inside.get_mut(&ip) {
            open.retain(|open| !Arc::ptr_eq(open, &self.open));
            if open.is_empty() {
                inside.remove(&ip);
            }
        }
    }
}

/// A connection that was let in.
pub struct Connection {
    stream: Socket,
    place: Place,
    /// The timer, and the bytes of the first frame still to come; `None` once they came.
    first_frame: Option<(Pin<Box<Sleep>>, usize)>,
    /// `None` once it is to be closed, with all others or alone.
    close: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    closed: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// When to look next whether it is of use.
    look: Pin<Box<Sleep>>,
    /// When a write that does not get on is given up; `None`: none waits.
    written: Option<Pin<Box<Sleep>>>,
    idle_timeout: Duration,
    answer_timeout: Duration,
}

impl Connection {
    /// An error once the connection is to be closed; else wakes the reader when it is.
    fn check_open(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let closing = self.close.as_mut().is_none_or(|close| close.as_mut().poll(context).is_ready());
        if closing {
            // Polled to its end, it must not be polled again.
            self.close = None;
            return Err(ErrorKind::ConnectionAborted.into());
        }
        let closed = self.closed.as_mut().is_none_or(|closed| closed.as_mut().poll(context).is_ready());
        if closed {
            self.closed = None;
            return Err(ErrorKind::ConnectionAborted.into());
        }
        while self.look.as_mut().poll(context).is_ready() {
            let open = &self.place.open;
            if open.idle().is_some_and(|idle| idle >= self.idle_timeout)
                || open.unread_for().is_some_and(|unread| unread >= self.answer_timeout)
            {
                return Err(ErrorKind::TimedOut.into());
            }
            self.look.as_mut().reset(Instant::now() + LOOK_EVERY.min(self.answer_timeout).min(self.idle_timeout));
        }
        let timer = self.first_frame.as_mut().map(|(timer, _)| timer.as_mut().poll(context));
        if timer.is_some_and(|polled| polled.is_ready()) {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(())
    }

    /// Gives up a write that has not got on for too long.
    fn write_in_time<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.written = None;
            return written;
        }
        let timeout = self.answer_timeout;
        let timer = self.written.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }

    fn count(&mut self, bytes: usize) {
        self.first_frame = self.first_frame.take().and_then(|(timer, missing)| {
            let missing = missing.saturating_sub(bytes);
            (missing > 0).then_some((timer, missing))
        });
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check_open(context)?;
        let before = into.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, into);
        this.count(into.filled().len() - before);
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.write_in_time(written, context)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        this.write_in_time(flushed, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let shut = Pin::new(&mut this.stream).poll_shutdown(context);
        this.write_in_time(shut, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, parts);
        this.write_in_time(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Connected for Connection {
    type ConnectInfo = Arc<Open>;

    fn connect_info(&self) -> Arc<Open> {
        Arc::clone(&self.place.open)
    }
}
