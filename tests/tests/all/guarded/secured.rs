//! TLS, certificates of clients, and sockets in folders.

use super::{Tokens, bearing, carve};
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_service::server::listening::Address;
use carve_service::server::tls::TlsFiles;
use carve_service::server::tokens::TokenFile;
use carve_service::server::{ServeConfig, ServeError, serve};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tonic::Code;
use tonic::codegen::Service;
use tonic::codegen::http::Uri;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// An authority with its files.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
struct Pair {
    chain: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("signed");
        Authority { certificate: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    fn sign(&self, name: &str) -> Pair {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("params");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        Pair { chain: certificate.der().clone(), pem: certificate.pem(), key }
    }

    fn pem(&self) -> String {
        let base64 = |bytes: &[u8]| {
            let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let mut text = String::new();
            for three in bytes.chunks(3) {
                let number = three.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - three.len()));
                for place in 0..4 {
                    let digit = digits[(number >> (18 - 6 * place)) as usize & 63] as char;
                    text.push(if place <= three.len() { digit } else { '=' });
                }
            }
            text
        };
        let text = base64(&self.certificate);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).expect("ASCII")).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// A client that trusts this authority, and shows a certificate where it has one.
    fn client(&self, own: Option<&Pair>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a certificate");
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots);
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let key = PrivateKeyDer::try_from(pair.key.serialize_der()).expect("a key");
                builder.with_client_auth_cert(vec![pair.chain.clone()], key).expect("they fit")
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(config)
    }
}

/// The files of a server, in a folder of their own.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new(pair: &Pair) -> Files {
        let files = Files { folder: tempfile::tempdir().expect("a folder") };
        files.write(pair);
        files
    }

    fn write(&self, pair: &Pair) {
        std::fs::write(self.path("cert.pem"), &pair.pem).expect("written");
        std::fs::write(self.path("key.pem"), pair.key.serialize_pem()).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tls(&self, authorities: Option<&Authority>) -> Option<TlsFiles> {
        if let Some(authority) = authorities {
            std::fs::write(self.path("clients.pem"), authority.pem()).expect("written");
        }
        let client_authorities = authorities.map(|_| self.path("clients.pem"));
        Some(TlsFiles { certificate: self.path("cert.pem"), key: self.path("key.pem"), client_authorities })
    }
}

async fn shaken(addr: SocketAddr, client: &Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(addr).await?;
    let name = ServerName::try_from("carve.test").expect("a name");
    TlsConnector::from(Arc::clone(client)).connect(name, stream).await
}

/// Connects somehow.
struct Connector<F>(F);

impl<F, T, C> Service<Uri> for Connector<F>
where
    F: Fn() -> T,
    T: Future<Output = io::Result<C>> + Send + 'static,
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Response = TokioIo<C>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<C>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connected = (self.0)();
        Box::pin(async move { connected.await.map(TokioIo::new) })
    }
}

async fn channel(addr: SocketAddr, client: &Arc<ClientConfig>) -> Result<Channel, tonic::transport::Error> {
    let client = Arc::clone(client);
    let connect = Connector(move || {
        let client = Arc::clone(&client);
        async move { shaken(addr, &client).await }
    });
    Endpoint::from_static("http://carve.test").connect_with_connector(connect).await
}

async fn list<T>(client: &mut CarveServiceClient<T>) -> Result<(), Code>
where
    T: tonic::client::GrpcService<tonic::body::Body>,
    T::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    T::ResponseBody: tonic::codegen::Body<Data = tonic::codegen::Bytes> + Send + 'static,
    <T::ResponseBody as tonic::codegen::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    client.list_runs(proto::ListRunsRequest::default()).await.map(|_| ()).map_err(|status| status.code())
}

/// Whether the server closes the connection; waits until it does.
async fn is_closed(mut stream: impl AsyncRead + Unpin) -> bool {
    let mut rest = Vec::new();
    // A reset is a close too.
    let _ = stream.read_to_end(&mut rest).await;
    true
}

#[tokio::test]
async fn calls_go_through_tls_and_nothing_else_does() {
    let (authority, tokens) = (Authority::new(), Tokens::new());
    let files = Files::new(&authority.sign("carve.test"));
    let token = tokens.make("acme", "read");
    let server = carve(|config| (config.tls, config.tokens) = (files.tls(None), Some(tokens.path()))).await;
    let client = authority.client(None);
    let stream = shaken(server.addr, &client).await.expect("a handshake");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    drop(stream);
    let connected = channel(server.addr, &client).await.expect("connected");
    assert_eq!(list(&mut bearing(connected.clone(), &token)).await, Ok(()));
    assert_eq!(list(&mut CarveServiceClient::new(connected)).await, Err(Code::Unauthenticated));
    // Without TLS, and with another authority's word, nobody gets in.
    let plain = Channel::from_shared(format!("http://{}", server.addr)).expect("an address").connect_lazy();
    assert!(list(&mut bearing(plain, &token)).await.is_err());
    assert!(shaken(server.addr, &Authority::new().client(None)).await.is_err());
    let mut other = ClientConfig::clone(&client);
    other.alpn_protocols = vec![b"http/1.1".to_vec()];
    assert!(shaken(server.addr, &Arc::new(other)).await.is_err(), "only h2 is spoken");
    server.shut_down().await;
}

#[tokio::test]
async fn other_machines_are_served_with_tls_and_tokens_alone() {
    let (authority, tokens) = (Authority::new(), Tokens::new());
    let files = Files::new(&authority.sign("carve.test"));
    tokens.make("acme", "read");
    let serve_on = async |tls: bool, token_file: bool| {
        let mut config = ServeConfig::new().expect("a program");
        config.tls = files.tls(None).filter(|_| tls);
        config.tokens = Some(tokens.path()).filter(|_| token_file);
        let listener = TcpListener::bind("0.0.0.0:0").await.expect("a free port");
        serve(listener, config, std::future::ready(())).await
    };
    assert!(serve_on(true, true).await.is_ok());
    for (tls, token_file) in [(true, false), (false, true), (false, false)] {
        let refused = serve_on(tls, token_file).await;
        assert!(matches!(refused, Err(ServeError::NotLoopback(_))), "{tls} {token_file}: {refused:?}");
    }
}

#[tokio::test]
async fn limits_of_connections_hold_with_tls() {
    let authority = Authority::new();
    let files = Files::new(&authority.sign("carve.test"));
    let server = carve(|config| {
        config.tls = files.tls(None);
        config.first_frame_timeout = Duration::from_millis(1_500);
        config.connections_per_peer_max = 3;
        config.drain = Duration::from_millis(200);
    })
    .await;
    let client = authority.client(None);
    // One says nothing, one breaks off within the handshake, one is silent after it.
    let silent = TcpStream::connect(server.addr).await.expect("connected");
    let mut broken = TcpStream::connect(server.addr).await.expect("connected");
    broken.write_all(&[0x16, 3, 1, 2, 0, 1, 0]).await.expect("sent");
    let after = shaken(server.addr, &client).await.expect("a handshake");
    // They are as many as there may be: the next is closed at once.
    assert!(shaken(server.addr, &client).await.is_err());
    assert!(is_closed(silent).await && is_closed(broken).await && is_closed(after).await);
    // Their places are free again, and the drain closes what is left.
    let connected = loop {
        if let Ok(connected) = channel(server.addr, &client).await {
            break connected;
        }
    };
    let mut health = HealthClient::new(connected);
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("watched").into_inner();
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 1);
    server.shut_down().await;
    while let Ok(Some(_)) = watch.message().await {}
}

#[tokio::test]
async fn a_certificate_names_its_tenant() {
    let (authority, clients, tokens) = (Authority::new(), Authority::new(), Tokens::new());
    let files = Files::new(&authority.sign("carve.test"));
    let (known, unknown) = (clients.sign("known"), clients.sign("unknown"));
    let rights = "read".parse().expect("a right");
    TokenFile(&tokens.path()).new_certificate(&known.chain, "acme", rights).expect("made");
    let token = tokens.make("other", "read,solve");
    let server = carve(|config| (config.tls, config.tokens) = (files.tls(Some(&clients)), Some(tokens.path()))).await;
    let as_known = channel(server.addr, &authority.client(Some(&known))).await.expect("connected");
    let mut by_certificate = CarveServiceClient::new(as_known.clone());
    assert_eq!(list(&mut by_certificate).await, Ok(()));
    let created = by_certificate.create_run(proto::CreateRunRequest::default()).await;
    assert_eq!(created.expect_err("it may only read").code(), Code::PermissionDenied);
    // A token that is shown counts for what it is; one that is wrong is not made good by the certificate.
    assert_eq!(list(&mut bearing(as_known.clone(), &token)).await, Ok(()));
    assert_eq!(list(&mut bearing(as_known, "carve_0")).await, Err(Code::Unauthenticated));
    let as_unknown = channel(server.addr, &authority.client(Some(&unknown))).await.expect("connected");
    assert_eq!(list(&mut CarveServiceClient::new(as_unknown.clone())).await, Err(Code::Unauthenticated));
    assert_eq!(list(&mut bearing(as_unknown, &token)).await, Ok(()));
    // Without a certificate, or with one of another authority, not even a token helps.
    for stranger in [None, Some(&Authority::new().sign("known"))] {
        let refused = match channel(server.addr, &authority.client(stranger)).await {
            Ok(connected) => list(&mut bearing(connected, &token)).await.is_err(),
            Err(_) => true,
        };
        assert!(refused, "{}", stranger.is_some());
    }
    server.shut_down().await;
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let authority = Authority::new();
    let (first, second) = (authority.sign("carve.test"), authority.sign("carve.test"));
    let files = Files::new(&first);
    let server = carve(|config| config.tls = files.tls(None)).await;
    let client = authority.client(None);
    let shown = async || {
        let stream = shaken(server.addr, &client).await.expect("a handshake");
        stream.get_ref().1.peer_certificates().and_then(<[_]>::first).cloned().expect("a certificate").into_owned()
    };
    assert_eq!(shown().await, first.chain);
    let before = channel(server.addr, &client).await.expect("connected");
    // A certificate without its key is not taken.
    std::fs::write(files.path("cert.pem"), &second.pem).expect("written");
    assert_eq!(shown().await, first.chain);
    files.write(&second);
    while shown().await != second.chain {}
    // Connections that are open stay so.
    assert_eq!(list(&mut CarveServiceClient::new(before)).await, Ok(()));
    server.shut_down().await;
}

#[tokio::test]
async fn a_socket_in_a_folder_serves_its_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("carve.sock");
    let listener = Address::Unix(path.clone()).listen().await.expect("listens");
    let mut config = ServeConfig::new().expect("a program");
    config.connections_per_peer_max = 1;
    let (end, ends) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(serve(listener, config, async move {
        let _ = ends.await;
    }));
    let connect = |path: &Path| {
        let path = path.to_owned();
        Connector(move || UnixStream::connect(path.clone()))
    };
    let endpoint = Endpoint::from_static("http://carve.test");
    let connected = endpoint.connect_with_connector(connect(&path)).await.expect("connected");
    assert_eq!(list(&mut CarveServiceClient::new(connected)).await, Ok(()));
    end.send(()).expect("it runs");
    ended.await.expect("no panic").expect("it ends well");
    assert!(!path.exists());
}
