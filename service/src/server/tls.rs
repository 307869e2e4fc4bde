//! TLS over connections that were let in: a handshake in time, then a first frame in time, as without TLS. Clients may have
//! to show a certificate; whose it is, the file of tokens says.

use super::connections::Connection;
use super::metrics::Metrics;
use super::reload::{Files, Reloaded};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

/// The HTTP/2 preface and the head of the frame after it.
const FIRST_FRAME_BYTES: usize = 24 + 9;

/// How TLS is spoken.
pub type TlsConfig = ServerConfig;

/// The files that TLS is made of, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Authorities of clients: one of them must have signed the certificate of every client. `None`: clients show none.
    pub client_authorities: Option<PathBuf>,
}

impl TlsFiles {
    /// What reads them.
    pub fn files(&self) -> Files<ServerConfig> {
        let mut paths = vec![self.certificate.clone(), self.key.clone()];
        paths.extend(self.client_authorities.clone());
        let files = self.clone();
        Files { paths, read: Box::new(move |bytes| configured(&files, bytes)) }
    }
}

/// The certificates of a PEM.
///
/// # Errors
/// What is wrong with it.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|error| error.to_string())?;
    if read.is_empty() { Err("there is no certificate in it".into()) } else { Ok(read) }
}

fn configured(names: &TlsFiles, files: &[Vec<u8>]) -> Result<ServerConfig, String> {
    let (of_chain, of_key) = (names.certificate.display(), names.key.display());
    let (chain, key, authorities) = match files {
        [chain, key] => (chain, key, None),
        [chain, key, authorities] => (chain, key, Some(authorities)),
        _ => return Err("TLS needs a certificate and a key".into()),
    };
    let chain = certificates(chain).map_err(|error| format!("the certificate of TLS {of_chain}: {error}"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        pem::Error::NoItemsFound => format!("the key of TLS {of_key}: there is no private key in PEM in it"),
        error => format!("the key of TLS {of_key}: {error}"),
    })?;
    if let Some(own) = chain.first() {
        warn_of_validity(&names.certificate, own);
    }
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let builder = match authorities {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let of = names.client_authorities.as_deref().unwrap_or(Path::new("")).display();
            let fault = |error: String| format!("the authorities of clients {of}: {error}");
            let mut roots = RootCertStore::empty();
            for authority in certificates(pem).map_err(fault)? {
                roots.add(authority).map_err(|error| fault(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| error.to_string())?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => format!("the key {of_key} is not that of the certificate {of_chain}"),
        error => format!("the certificate {of_chain} with the key {of_key}: {error}"),
    })?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Tells of a certificate whose time has not come or is over: clients refuse it, and nobody else would say why.
fn warn_of_validity(path: &Path, certificate: &CertificateDer<'_>) {
    let Ok((_, read)) = x509_parser::parse_x509_certificate(certificate) else { return };
    let validity = read.validity();
    let what = match SystemTime::now().duration_since(UNIX_EPOCH).map(|now| now.as_secs() as i64) {
        Ok(now) if now < validity.not_before.timestamp() => "is not valid yet",
        Ok(now) if now > validity.not_after.timestamp() => "has run out",
        _ => return,
    };
    let (file, from, to) = (path.display(), validity.not_before, validity.not_after);
    tracing::warn!(%file, valid_from = %from, valid_to = %to, "the server's certificate {what}: clients will refuse it");
}

/// Who is at the other end: found among the extensions of every request.
#[derive(Debug, Clone)]
pub struct PeerInfo {
    /// What is known of the connection below TLS.
    pub connection: <Connection as Connected>::ConnectInfo,
    /// The certificate that the client has shown and proved to have the key of, in DER.
    pub certificate: Option<Arc<[u8]>>,
}

/// A connection, secured or not.
pub enum Transport {
    /// Without TLS.
    Plain(Box<Connection>),
    /// With TLS.
    Secured(Box<Secured>),
}

/// A connection with TLS.
pub struct Secured {
    stream: TlsStream<Connection>,
    certificate: Option<Arc<[u8]>>,
    /// The timer, and the bytes of the first frame still to come; `None` once they came.
    first_frame: Option<(Pin<Box<Sleep>>, usize)>,
}

/// The same connections after their handshakes, which do not wait for one another. Those that fail or take longer than
/// `timeout` are closed.
pub fn secured(
    mut incoming: ReceiverStream<io::Result<Connection>>,
    tls: Option<Reloaded<ServerConfig>>,
    timeout: Duration,
    metrics: Metrics,
) -> ReceiverStream<io::Result<Transport>> {
    let (sender, stream) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let connection = tokio::select! {
                connection = incoming.next() => connection,
                () = sender.closed() => return,
            };
            let Some(Ok(connection)) = connection else { return };
            let Some(tls) = &tls else {
                if sender.send(Ok(Transport::Plain(Box::new(connection)))).await.is_err() {
                    return;
                }
                continue;
            };
            let (acceptor, sender, metrics) = (TlsAcceptor::from(tls.get()), sender.clone(), metrics.clone());
            tokio::spawn(async move {
                let shaken = tokio::select! {
                    shaken = tokio::time::timeout(timeout, acceptor.accept(connection)) => shaken,
                    () = sender.closed() => return,
                };
                match shaken {
                    Ok(Ok(stream)) => {
                        // A server that has gone meanwhile wants no more connections.
                        let _ = sender.send(Ok(Transport::Secured(Box::new(Secured::new(stream, timeout))))).await;
                    }
                    Ok(Err(_)) | Err(_) => metrics.handshake_failed(),
                }
            });
        }
    });
    ReceiverStream::new(stream)
}

impl Secured {
    fn new(stream: TlsStream<Connection>, timeout: Duration) -> Secured {
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = shown.map(|certificate| Arc::from(certificate.as_ref()));
        Secured { stream, certificate, first_frame: Some((Box::pin(tokio::time::sleep(timeout)), FIRST_FRAME_BYTES)) }
    }

    fn count(&mut self, bytes: usize) {
        self.first_frame = self.first_frame.take().and_then(|(timer, missing)| {
            let missing = missing.saturating_sub(bytes);
            (missing > 0).then_some((timer, missing))
        });
    }
}

impl AsyncRead for Secured {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.first_frame.as_mut().is_some_and(|(timer, _)| timer.as_mut().poll(context).is_ready()) {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let before = into.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, into);
        this.count(into.filled().len() - before);
        polled
    }
}

/// Calls the same method of what is inside.
macro_rules! inside {
    ($self:ident, $method:ident ( $($argument:expr),* )) => {
        match $self.get_mut() {
            Transport::Plain(connection) => Pin::new(connection.as_mut()).$method($($argument),*),
            Transport::Secured(secured) => Pin::new(&mut secured.stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Transport::Plain(connection) => Pin::new(connection.as_mut()).poll_read(context, into),
            Transport::Secured(secured) => Pin::new(secured.as_mut()).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        inside!(self, poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self, poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self, poll_shutdown(context))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        inside!(self, poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Transport::Plain(connection) => connection.is_write_vectored(),
            Transport::Secured(secured) => secured.stream.is_write_vectored(),
        }
    }
}

impl Connected for Transport {
    type ConnectInfo = PeerInfo;

    fn connect_info(&self) -> PeerInfo {
        match self {
            Transport::Plain(connection) => PeerInfo { connection: connection.connect_info(), certificate: None },
            Transport::Secured(secured) => PeerInfo {
                connection: secured.stream.get_ref().0.connect_info(),
                certificate: secured.certificate.clone(),
            },
        }
    }
}
