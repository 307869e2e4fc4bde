//! The server over a real socket: what needs no solver.

use super::*;
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

struct Running {
    addr: SocketAddr,
    end: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ServeError>>,
}

async fn start(change: impl FnOnce(&mut ServeConfig)) -> Running {
    let mut config = ServeConfig::new().expect("a program");
    change(&mut config);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("bound");
    let (end, ends) = oneshot::channel();
    let ended = tokio::spawn(serve(listener, config, async move {
        let _ = ends.await;
    }));
    Running { addr, end, ended }
}

impl Running {
    async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.addr)).expect("an address");
        endpoint.connect().await.expect("connected")
    }

    async fn end(self) {
        self.end.send(()).expect("runs");
        self.ended.await.expect("no panic").expect("ended well");
    }
}

/// Whether the server closes the connection; waits until it does.
async fn is_closed(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    // A reset is a close too.
    let _ = stream.read_to_end(&mut rest).await;
    true
}

#[tokio::test]
async fn health_answers_and_the_server_ends() {
    let server = start(|_| {}).await;
    let mut health = HealthClient::new(server.channel().await);
    for service in ["", "carve.v1.CarveService"] {
        let request = HealthCheckRequest { service: service.into() };
        let answer = health.check(request).await.expect("answered").into_inner();
        assert_eq!(answer.status, 1, "{service:?} is SERVING");
    }
    server.end().await;
}

#[tokio::test]
async fn a_watcher_hears_of_the_shutdown_and_cannot_hold_it_up() {
    let server = start(|config| config.drain = Duration::from_millis(200)).await;
    let mut health = HealthClient::new(server.channel().await);
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("watched").into_inner();
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 1);
    server.end.send(()).expect("runs");
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 2, "NOT_SERVING");
    server.ended.await.expect("no panic").expect("ended well");
    // The stream, which would never end by itself, is closed.
    while let Ok(Some(_)) = watch.message().await {}
}

#[tokio::test]
async fn silent_and_slow_clients_are_closed() {
    let server = start(|config| config.first_frame_timeout = Duration::from_millis(100)).await;
    let silent = TcpStream::connect(server.addr).await.expect("connected");
    let mut slow = TcpStream::connect(server.addr).await.expect("connected");
    slow.write_all(b"PRI * HTTP/2.0\r\n").await.expect("sent");
    assert!(is_closed(silent).await && is_closed(slow).await);
    server.end().await;
}

#[tokio::test]
async fn a_peer_has_its_number_of_connections_and_gets_them_back() {
    let server = start(|config| config.connections_per_peer_max = 1).await;
    let first = server.channel().await;
    let mut health = HealthClient::new(first);
    health.check(HealthCheckRequest::default()).await.expect("answered");
    assert!(is_closed(TcpStream::connect(server.addr).await.expect("accepted by the system")).await);
    drop(health);
    // The place is free again as soon as the server has seen the close.
    loop {
        let channel = Channel::from_shared(format!("http://{}", server.addr)).expect("an address").connect_lazy();
        if HealthClient::new(channel).check(HealthCheckRequest::default()).await.is_ok() {
            break;
        }
    }
    server.end().await;
}

#[tokio::test]
async fn a_request_beyond_the_byte_budget_is_refused() {
    let server = start(|config| config.request_bytes_max = 4 << 10).await;
    let mut carve = CarveServiceClient::new(server.channel().await);
    let account = proto::Account { account_id: "a".repeat(8 << 10), ..Default::default() };
    let request = proto::SolveRequest { accounts: vec![account], ..Default::default() };
    let status = carve.solve(request).await.expect_err("refused");
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert!(status.message().contains("max-request-bytes is 4096"), "{status:?}");
    server.end().await;
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused() {
    let server = start(|_| {}).await;
    let mut carve = CarveServiceClient::new(server.channel().await);
    let account = proto::Account { account_id: "a".repeat(MESSAGE_BYTES_MAX), ..Default::default() };
    let request = proto::SolveRequest { accounts: vec![account], ..Default::default() };
    assert_eq!(carve.solve(request).await.expect_err("refused").code(), Code::OutOfRange);
    server.end().await;
}
