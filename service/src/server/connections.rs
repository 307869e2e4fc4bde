//! Which connections come in, and how they end: a number in all, a number a peer, a first frame in time, and
//! the close after the drain.

use super::{ServeConfig, is_set};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Sleep;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::{Connected, TcpConnectInfo};

/// The HTTP/2 preface and the head of the frame after it.
const FIRST_FRAME_BYTES: usize = 24 + 9;
/// Pause after the system refused to accept, as when it is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Counts who is in.
#[derive(Debug, Clone)]
pub struct Gate {
    all_max: usize,
    peer_max: usize,
    first_frame_timeout: Duration,
    close: watch::Receiver<bool>,
    inside: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Gate {
    /// Nobody is in. `close` ends all connections when it is set.
    pub fn new(config: &ServeConfig, close: watch::Receiver<bool>) -> Gate {
        Gate {
            all_max: config.connections_max,
            peer_max: config.connections_per_peer_max,
            first_frame_timeout: config.first_frame_timeout,
            close,
            inside: Arc::default(),
        }
    }

    /// Connections that were let in; the others are closed at once. Accepts until the stream is dropped.
    pub fn admit(self, listener: TcpListener) -> ReceiverStream<io::Result<Connection>> {
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

    fn place(&self, peer: SocketAddr) -> Option<Place> {
        let ip = peer.ip().to_canonical();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = inside.values().sum();
        let of_peer = inside.get(&ip).copied().unwrap_or_default();
        if all >= self.all_max || of_peer >= self.peer_max {
            return None;
        }
        inside.insert(ip, of_peer + 1);
        Some(Place { ip, inside: Arc::clone(&self.inside) })
    }

    fn connection(&self, stream: TcpStream, place: Place) -> Connection {
        Connection {
            stream,
            _place: place,
            first_frame: Some((Box::pin(tokio::time::sleep(self.first_frame_timeout)), FIRST_FRAME_BYTES)),
            close: Some(Box::pin(is_set(self.close.clone()))),
        }
    }
}

/// One counted connection.
#[derive(Debug)]
struct Place {
    ip: IpAddr,
    inside: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        match inside.get_mut(&self.ip) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                inside.remove(&self.ip);
            }
        }
    }
}

/// A connection that was let in.
pub struct Connection {
    stream: TcpStream,
    _place: Place,
    /// The timer, and the bytes of the first frame still to come; `None` once they came.
    first_frame: Option<(Pin<Box<Sleep>>, usize)>,
    /// `None` once it is to be closed.
    close: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
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
        let timer = self.first_frame.as_mut().map(|(timer, _)| timer.as_mut().poll(context));
        if timer.is_some_and(|polled| polled.is_ready()) {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(())
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
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
