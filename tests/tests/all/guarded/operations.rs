//! The second port.

use super::{CARVE, carve, request};
use carve_proto::v1 as proto;
use carve_service::server::{ServeConfig, Storage, work};
use carve_tests::postgres::Cluster;
use carve_tests::raw::{self, Raw, claiming, frame};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// A listener for the second port, and where it listens.
fn second_port(config: &mut ServeConfig) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    config.operations = Some(Arc::new(listener));
    addr
}

/// The head's first line, and the body.
async fn get(addr: SocketAddr, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(addr).await.expect("connected");
    let request = format!("GET {path} HTTP/1.1\r\nHost: carve\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

/// The value of a line of metrics; 0 where it is not told.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().expect("a number"))
}

#[tokio::test]
async fn what_happens_is_counted() {
    let mut second = None;
    let server = carve(|config| second = Some(second_port(config))).await;
    let addr = second.expect("a port");
    assert_eq!(get(addr, "/healthz").await, ("HTTP/1.1 200 OK".into(), "alive\n".into()));
    assert_eq!(get(addr, "/readyz").await, ("HTTP/1.1 200 OK".into(), "ready\n".into()));
    assert_eq!(get(addr, "/secret").await.0, "HTTP/1.1 404 Not Found");
    let mut client = server.client().await;
    client.solve(request()).await.expect("solved");
    client.solve(proto::SolveRequest::default()).await.expect_err("refused");
    let asked = proto::CreateRunRequest { solve_request: Some(request()), ..Default::default() };
    let run = client.create_run(asked).await.expect("accepted").into_inner().run.expect("a run");
    let watch = proto::WatchRunRequest { run_id: run.run_id, after_sequence: 0 };
    let mut told = client.watch_run(watch).await.expect("watched").into_inner();
    while told.message().await.expect("told").is_some() {}
    // The run's end is told to its watcher before it is counted.
    let text = loop {
        let (_, text) = get(addr, "/metrics").await;
        if value(&text, "carve_runs_ended_total{state=\"succeeded\"}") == 1.0 {
            break text;
        }
    };
    for (name, expected) in [
        ("carve_calls_total{method=\"Solve\",code=\"OK\"}", 1.0),
        ("carve_calls_total{method=\"Solve\",code=\"INVALID_ARGUMENT\"}", 1.0),
        ("carve_calls_total{method=\"CreateRun\",code=\"OK\"}", 1.0),
        ("carve_call_seconds_count{method=\"Solve\"}", 2.0),
        ("carve_solve_seconds_count", 2.0),
        ("carve_solve_gap_ratio_count", 2.0),
        ("carve_connections", 1.0),
        ("carve_runs{state=\"queued\"}", 0.0),
        ("carve_worker_deaths_total", 0.0),
        ("carve_store_up", 1.0),
        ("carve_store_failures_total{operation=\"write\"}", 0.0),
    ] {
        assert_eq!(value(&text, name), expected, "{name} in\n{text}");
    }
    assert!(value(&text, "carve_store_seconds_count{operation=\"write\"}") > 2.0);
    assert!(value(&text, "carve_request_bytes_total{method=\"Solve\"}") > 20.0);
    // Told from the start, so that an alarm sees the first.
    assert!(text.contains("carve_store_failures_total{operation=\"read\"} 0"), "{text}");
    drop((client, told));
    server.shut_down().await;
}

#[tokio::test]
async fn a_server_that_drains_is_alive_and_not_ready() {
    let mut second = None;
    let server = carve(|config| (second, config.drain) = (Some(second_port(config)), Duration::from_secs(3))).await;
    let addr = second.expect("a port");
    let mut health = HealthClient::new(server.channel().await);
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("watched").into_inner();
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 1);
    // A message that does not come holds the drain up.
    let mut slow = Raw::open(server.addr, &[]).await.expect("open");
    let headers = frame(raw::HEADERS, raw::END_HEADERS, 1, &raw::call("/carve.v1.CarveService/Validate"));
    slow.send(&[headers, frame(raw::DATA, 0, 1, &claiming(1_000, b""))].concat()).await.expect("sent");
    slow.seen().await.expect("seen");
    let ended = server.shut_down();
    let (mut ready, mut alive) = (get(addr, "/readyz").await, None);
    while ready.0.ends_with("200 OK") {
        ready = get(addr, "/readyz").await;
        alive = Some(get(addr, "/healthz").await.0);
    }
    assert_eq!(ready, ("HTTP/1.1 503 Service Unavailable".into(), "draining\n".into()));
    assert!(alive.is_none_or(|alive| alive.ends_with("200 OK")));
    // Who watches its health is told, and let go.
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 2);
    assert!(watch.message().await.is_ok_and(|more| more.is_none()));
    drop((watch, health, slow));
    ended.await;
}

#[tokio::test]
async fn who_watches_the_health_does_not_hold_a_drain_up() {
    let server = carve(|config| config.drain = Duration::from_secs(60)).await;
    let mut health = HealthClient::new(server.channel().await);
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("watched").into_inner();
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 1);
    tokio::time::timeout(Duration::from_secs(20), server.shut_down()).await.expect("long before the drain is over");
    drop((watch, health));
}

#[tokio::test]
async fn who_only_works_has_a_second_port_too_and_a_store_that_is_gone_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = ServeConfig::new().expect("a program");
    config.worker_program = CARVE.into();
    let mut cluster = Cluster::start(folder.path());
    cluster.create("runs");
    config.storage = Storage::Database(cluster.url("runs"));
    let addr = second_port(&mut config);
    let (end, ends) = tokio::sync::oneshot::channel::<()>();
    let working = tokio::spawn(work(config, || {}, async move {
        let _ = ends.await;
    }));
    assert_eq!(get(addr, "/readyz").await.1, "ready\n");
    assert!(get(addr, "/metrics").await.1.contains("carve_store_up 1"));
    cluster.kill();
    while get(addr, "/readyz").await.0.ends_with("200 OK") {}
    assert_eq!(get(addr, "/readyz").await.1, "the store fails\n");
    assert!(get(addr, "/metrics").await.1.contains("carve_store_up 0"));
    end.send(()).expect("it runs");
    working.await.expect("no panic").expect("it ends well");
}
