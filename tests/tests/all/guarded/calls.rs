//! Every call, made by everybody, spelt in every way; and what one tenant sees of another.

use super::{Tokens, bearing, carve, request};
use carve_proto::v1 as proto;
use carve_service::server::policy::{POLICIES, Policy, Right};
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Uri};
use tonic::transport::Channel;
use tonic::{Code, Status};

/// A request of no bytes, as gRPC frames it.
const EMPTY: &str = "\0\0\0\0\0";

/// The code of the answer's head; `None`: an answer or a stream has begun. Bodies are not read.
async fn code(channel: &mut Channel, path: &str, authorization: &[String]) -> Option<Code> {
    let uri = Uri::builder().scheme("http").authority("carve").path_and_query(path).build().expect("a path");
    let mut request = Request::post(uri).header("content-type", "application/grpc").header("te", "trailers");
    for value in authorization {
        request = request.header("authorization", value);
    }
    let request = request.body(Body::new(EMPTY.to_owned())).expect("a request");
    std::future::poll_fn(|context| channel.poll_ready(context)).await.expect("connected");
    let answer = channel.call(request).await.expect("an answer");
    if !answer.status().is_success() {
        return Some(Code::Unknown);
    }
    Status::from_header_map(answer.headers()).map(|status| status.code())
}

/// Ways to write a path that are not the path.
fn spellings(path: &str) -> Vec<String> {
    let (service, method) = path[1..].split_once('/').expect("a method");
    let (first, rest) = method.split_at(1);
    let hex = format!("%{:02X}", first.as_bytes()[0]);
    let mut all = vec![
        format!("/{path}"),
        format!("/{service}//{method}"),
        format!("{path}/"),
        format!("{path}//"),
        path.to_lowercase(),
        path.to_uppercase(),
        format!("/{}/{method}", service.to_lowercase()),
        format!("/{service}/{hex}{rest}"),
        format!("/{service}%2F{method}"),
        format!("/{}/{method}", service.replace('.', "%2E")),
        format!("/./{service}/{method}"),
        format!("/x/../{service}/{method}"),
        format!("/grpc.health.v1.Health/Check/../../{service}/{method}"),
        format!("{path}%00"),
        format!("{path};a=b"),
        format!("/{service}/{method}x"),
        format!("/{service}/"),
        format!("/{}/{method}", service.rsplit('.').next().expect("a name")),
    ];
    // Where the spelling changes nothing, there is nothing to test.
    all.retain(|other| other != path);
    all
}

/// Somebody: what they are called here, the headers that they send, and the rights that these give.
type Identity<'a> = (&'a str, Vec<String>, Option<&'a [Right]>);

/// Whether whoever has these rights may make this call.
fn may(policy: &Policy, rights: Option<&[Right]>) -> bool {
    match (policy.needs, rights) {
        (None, _) => true,
        (Some(right), Some(rights)) => rights.contains(&right),
        (Some(_), None) => false,
    }
}

#[tokio::test]
async fn no_call_passes_without_its_right_however_it_is_spelt() {
    let tokens = Tokens::new();
    let bearer = |token: String| vec![format!("Bearer {token}")];
    let owner = tokens.make("acme", "read,solve");
    let (reader, other) = (tokens.make("acme", "read"), tokens.make("other", "read,solve"));
    let (admin, all) = (tokens.make("acme", "admin"), tokens.make("acme", "read,solve,admin"));
    let revoked = tokens.make("acme", "read,solve,admin");
    tokens.revoke(&revoked);
    let (read, solve, adm) = (Right::Read, Right::Solve, Right::Admin);
    let wrong = format!("{}0", &owner[..owner.len() - 1]);
    let both = vec![format!("Bearer {wrong}"), format!("Bearer {all}")];
    let identities: [Identity<'_>; 12] = [
        ("none", Vec::new(), None),
        ("empty", vec![String::new()], None),
        ("wrong", bearer(wrong.clone()), None),
        ("revoked", bearer(revoked), None),
        ("two at once", both, None),
        ("another scheme", vec![format!("Basic {all}")], None),
        ("no scheme", vec![all.clone()], None),
        ("reader", bearer(reader), Some(&[read])),
        ("solver", bearer(owner), Some(&[read, solve])),
        ("another tenant", bearer(other), Some(&[read, solve])),
        ("admin", bearer(admin), Some(&[adm])),
        ("all rights", bearer(all), Some(&[read, solve, adm])),
    ];
    let server = carve(|config| (config.tokens, config.reflection) = (Some(tokens.path()), true)).await;
    let mut channel = server.channel().await;
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for policy in POLICIES {
        for (name, authorization, rights) in &identities {
            let told = code(&mut channel, policy.path, authorization).await;
            let expected = match (may(policy, *rights), rights) {
                (true, _) => {
                    let refused = [Code::Unauthenticated, Code::PermissionDenied, Code::Unimplemented, Code::Unknown];
                    assert!(told.is_none_or(|code| !refused.contains(&code)), "{name} {}: {told:?}", policy.path);
                    "passed"
                }
                (false, None) => {
                    assert_eq!(told, Some(Code::Unauthenticated), "{name} {}", policy.path);
                    "unauthenticated"
                }
                (false, Some(_)) => {
                    assert_eq!(told, Some(Code::PermissionDenied), "{name} {}", policy.path);
                    "not allowed"
                }
            };
            *counted.entry(expected.to_owned()).or_default() += 1;
            for path in spellings(policy.path) {
                let told = code(&mut channel, &path, authorization).await;
                let expected = if rights.is_some() { Code::Unimplemented } else { Code::Unauthenticated };
                assert_eq!(told, Some(expected), "{name} {path}");
                *counted.entry(format!("spelt otherwise: {expected:?}")).or_default() += 1;
            }
        }
    }
    println!("{} calls: {counted:?}", counted.values().sum::<usize>());
    assert!(counted.values().sum::<usize>() > 3_000, "{counted:?}");
    drop(channel);
    server.shut_down().await;
}

#[tokio::test]
async fn other_protocols_are_not_answered() {
    let tokens = Tokens::new();
    let token = tokens.make("acme", "read");
    let server = carve(|config| config.tokens = Some(tokens.path())).await;
    let path = "/carve.v1.CarveService/ListRuns";
    let settings = "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n";
    for text in [
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n"),
        format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n{settings}\r\n"
        ),
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nUpgrade: h2c\r\n\r\n"),
        format!("GET {path} HTTP/0.9\r\n\r\n"),
    ] {
        let mut stream = TcpStream::connect(server.addr).await.expect("connected");
        stream.write_all(text.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        // A reset ends it too.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("HTTP/1.1 1") && !answer.contains("HTTP/1.1 2"), "{text}: {answer}");
        assert!(!answer.contains("grpc-status"), "{text}: {answer}");
    }
    server.shut_down().await;
}

/// All that a client sees of a refusal.
fn seen<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String, Vec<u8>) {
    let status = answer.expect_err("refused");
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

#[tokio::test]
async fn a_foreign_run_is_as_unknown_as_one_that_never_was() {
    let tokens = Tokens::new();
    let (a, b) = (tokens.make("a", "read,solve"), tokens.make("b", "read,solve"));
    let server = carve(|config| config.tokens = Some(tokens.path())).await;
    let mut owner = bearing(server.channel().await, &a);
    let mut stranger = bearing(server.channel().await, &b);
    let asked = proto::CreateRunRequest { solve_request: Some(request()), ..Default::default() };
    let run = owner.create_run(asked.clone()).await.expect("accepted").into_inner().run.expect("a run");
    // Watched to its end.
    let watch = proto::WatchRunRequest { run_id: run.run_id.clone(), after_sequence: 0 };
    let mut told = owner.watch_run(watch).await.expect("watched").into_inner();
    while told.message().await.expect("told").is_some() {}
    let never = "0193a0a0-0000-7000-8000-000000000000".to_owned();
    let mut answers = Vec::new();
    for run_id in [run.run_id.clone(), never] {
        let get = proto::GetRunRequest { run_id: run_id.clone(), view: 0 };
        let watch = proto::WatchRunRequest { run_id: run_id.clone(), after_sequence: 0 };
        let parts = proto::StreamAssignmentsRequest { run_id: run_id.clone(), skip: 0 };
        answers.push([
            seen(stranger.get_run(get).await),
            seen(stranger.watch_run(watch).await),
            seen(stranger.stream_assignments(parts).await),
            seen(stranger.stop_run(proto::StopRunRequest { run_id: run_id.clone() }).await),
            seen(stranger.cancel_run(proto::CancelRunRequest { run_id: run_id.clone() }).await),
            seen(stranger.delete_run(proto::DeleteRunRequest { run_id }).await),
        ]);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].iter().all(|(code, _, _)| *code == Code::NotFound), "{answers:?}");
    let mut by_digest = Vec::new();
    for book_digest in [run.book_digest.clone(), "0".repeat(run.book_digest.len())] {
        let solve_request = Some(proto::SolveRequest { accounts: Vec::new(), ..request() });
        let of_book = proto::CreateRunRequest { solve_request, book_digest, ..Default::default() };
        by_digest.push(seen(stranger.create_run(of_book).await));
    }
    assert_eq!(by_digest[0], by_digest[1]);
    let listed = stranger.list_runs(proto::ListRunsRequest::default()).await.expect("listed").into_inner();
    assert!(listed.runs.is_empty());
    // The same request id is another run for another tenant.
    let named = proto::CreateRunRequest { request_id: "nightly".into(), ..asked };
    let own = owner.create_run(named.clone()).await.expect("accepted").into_inner().run.expect("a run");
    let other = stranger.create_run(named).await.expect("accepted").into_inner().run.expect("a run");
    assert_ne!(own.run_id, other.run_id);
    let kept = owner.get_run(proto::GetRunRequest { run_id: run.run_id, view: 0 }).await.expect("still there");
    assert_eq!(kept.into_inner().run.expect("a run").state(), proto::run::State::Succeeded);
    drop((owner, stranger, told));
    server.shut_down().await;
}

#[tokio::test]
async fn tokens_come_and_go_without_a_restart() {
    let tokens = Tokens::new();
    let first = tokens.make("a", "read");
    let server = carve(|config| config.tokens = Some(tokens.path())).await;
    let channel = server.channel().await;
    let list = async |token: &str| {
        let listed = bearing(channel.clone(), token).list_runs(proto::ListRunsRequest::default()).await;
        listed.map(|_| ()).map_err(|status| status.code())
    };
    assert_eq!(list(&first).await, Ok(()));
    let second = tokens.make("a", "read");
    while list(&second).await.is_err() {}
    // A file that cannot be read changes nothing, and what stands after it does.
    let good = std::fs::read(tokens.path()).expect("read");
    std::fs::write(tokens.path(), "what is this").expect("written");
    assert_eq!(list(&first).await, Ok(()));
    std::fs::write(tokens.path(), good).expect("written");
    tokens.revoke(&first);
    while list(&first).await.is_ok() {}
    assert_eq!((list(&first).await, list(&second).await), (Err(Code::Unauthenticated), Ok(())));
    drop(channel);
    server.shut_down().await;
}
