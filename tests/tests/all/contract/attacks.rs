//! What a hostile or broken client sends costs its own call: others are answered meanwhile, and the server goes on.

use super::*;
use carve_tests::raw::{self, Raw, claiming, frame};
use prost::Message;
use std::time::Instant;

/// Time that honest calls, and refusals, have on a machine with other work.
const SOON: Duration = Duration::from_secs(5);

fn validation(request: proto::SolveRequest) -> proto::ValidateRequest {
    proto::ValidateRequest { solve_request: Some(request) }
}

/// An honest call is answered soon; gives the time that it took.
pub(super) async fn honest(client: &mut CarveServiceClient<Channel>) -> Duration {
    let started = Instant::now();
    let answer = tokio::time::timeout(SOON, client.validate(validation(small()))).await.expect("in time");
    assert!(answer.expect("answered").into_inner().valid);
    started.elapsed()
}

fn filtered(filters: Vec<String>) -> proto::SolveRequest {
    let rule = |(number, filter): (usize, String)| {
        let accounts = proto::AccountSelector { filter, ..Default::default() };
        let kind = proto::KeepTogether { accounts: Some(accounts) };
        proto::Rule { rule_id: format!("r{number}"), kind: Some(proto::rule::Kind::KeepTogether(kind)) }
    };
    proto::SolveRequest { rules: filters.into_iter().enumerate().map(rule).collect(), ..small() }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_cannot_stop_the_server() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let chain = format!("{} > 0", vec!["1"; 1_402].join("+"));
    let nested = |depth: usize| {
        let opened: String = (0..depth).map(|d| format!("[1,2,3,4,5,6,7,8].all(x{d}, ")).collect();
        format!("{opened}true{}", ")".repeat(depth))
    };
    let doubled = format!("[[1]]{} == []", ".map(name, name + name)".repeat(24));
    for (filters, count) in [(vec![chain], 3), (vec![nested(12), nested(12)], 4), (vec![doubled], 3)] {
        for _ in 0..count {
            let request = filtered(filters.clone());
            let answer = client.validate(validation(request.clone())).await.expect("answered").into_inner();
            let codes: Vec<&str> = answer.findings.iter().map(|found| found.code.as_str()).collect();
            assert!(!answer.valid && codes.iter().all(|code| *code == "formula_too_large"), "{codes:?}");
            let refused = client.solve(request.clone()).await.expect_err("refused");
            assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::InvalidArgument, "FORMULA_TOO_LARGE"));
            let request = proto::EvaluatePlanRequest { solve_request: Some(request), ..Default::default() };
            assert_eq!(client.evaluate_plan(request).await.expect_err("refused").code(), Code::InvalidArgument);
            honest(&mut client).await;
        }
    }
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_takes_the_reading_of_the_request_along() {
    let server = carve(|_| {}).await;
    let (_, mut request) = made(20_000, 4, Shape::Crm);
    request.rules = filtered((0..2_000).map(|r| format!("size(name) + {r} > 100000")).collect()).rules;
    let mut left = Vec::new();
    for _ in 0..8 {
        let (mut client, mut request) = (server.client().await, Request::new(validation(request.clone())));
        request.set_timeout(Duration::from_millis(300));
        left.push(tokio::spawn(async move { client.validate(request).await }));
    }
    for call in left {
        let status = call.await.expect("no panic").expect_err("too late");
        assert!([Code::DeadlineExceeded, Code::Cancelled].contains(&status.code()), "{status:?}");
    }
    // Without an end to the reading, those before this would have the threads for minutes.
    let mut client = server.client().await;
    let (_, large) = made(20_000, 4, Shape::Crm);
    let answer = tokio::time::timeout(Duration::from_secs(20), client.validate(validation(large))).await;
    assert!(answer.expect("in time").expect("answered").into_inner().valid);
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_that_are_claimed_and_never_sent_hold_nothing() {
    let server = carve(|config| config.request_bytes_max = 8 << 20).await;
    let mut streams = Raw::open(server.addr, &[]).await.expect("open");
    for stream in 0..16 {
        let id = 1 + 2 * stream;
        let headers = frame(raw::HEADERS, raw::END_HEADERS, id, &raw::call("/carve.v1.CarveService/Validate"));
        let claim = frame(raw::DATA, 0, id, &claiming((8 << 20) - 1, b""));
        streams.send(&[headers, claim].concat()).await.expect("sent");
    }
    let mut client = server.client().await;
    for _ in 0..10 {
        honest(&mut client).await;
    }
    let started = Instant::now();
    for _ in 0..16 {
        streams.answered().await.expect("refused");
    }
    let took = started.elapsed();
    println!("16 claims of 8 MiB were refused after {took:?}");
    assert!(took < Duration::from_secs(15), "{took:?}");
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_peer_does_not_take_what_all_share() {
    let server = carve(|config| config.request_bytes_per_peer_max = 64 << 10).await;
    let (mut client, mut request) = (server.client().await, small());
    request.accounts[0].name = "n".repeat(100 << 10);
    let refused = client.validate(validation(request)).await.expect_err("refused");
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::ResourceExhausted, "MESSAGE_NEVER_FITS"));
    honest(&mut server.client().await).await;
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_counted_before_they_are_held_and_before_they_are_decoded() {
    let server = carve(|_| {}).await;
    let encoded = validation(small()).encode_to_vec();
    let mut client = server.client().await;
    let nested = |depth: usize| {
        let mut node = proto::Node::default();
        for _ in 0..depth {
            node = proto::Node { children: vec![node], ..Default::default() };
        }
        let shape = Some(proto::split::Shape::Tree(node));
        let request = proto::SolveRequest { split: Some(proto::Split { shape }), ..Default::default() };
        validation(request).encode_to_vec()
    };
    // Fields of a request inside a validation: its length is four bytes.
    let inside = |field: &[u8], times: usize| {
        let inner = field.repeat(times);
        proto::ValidateRequest::default().encode_to_vec();
        let mut bytes = vec![0x0a];
        prost::encoding::encode_varint(inner.len() as u64, &mut bytes);
        bytes.extend(inner);
        bytes
    };
    let cases: Vec<(&str, Vec<Vec<u8>>, &str)> = vec![
        ("a second message", vec![encoded.clone(), encoded.clone()], "MESSAGES_TOO_MANY"),
        ("a second message of 40 MiB", vec![encoded.clone(), vec![0; 40 << 20]], "MESSAGES_TOO_MANY"),
        ("no message", Vec::new(), "MESSAGE_INVALID"),
        ("rubbish", vec![vec![0xff; 100]], "MESSAGE_INVALID"),
        ("a message cut short", vec![encoded[..encoded.len() - 1].to_vec()], "MESSAGE_INVALID"),
        ("text that is no UTF-8", vec![inside(&[0x0a, 3, 0x0a, 1, 0xff], 1)], "MESSAGE_INVALID"),
        ("a tree of 90 levels", vec![nested(97)], "MESSAGE_TOO_DEEP"),
        ("a tree of 1,000 levels", vec![nested(1_000)], "MESSAGE_TOO_DEEP"),
        ("33 million empty accounts", vec![inside(&[0x0a, 0], 33_000_000)], "ACCOUNTS_TOO_MANY"),
        ("33 million empty rules", vec![inside(&[0x22, 0], 33_000_000)], "MESSAGE_GROWS_TOO_LARGE"),
    ];
    for (name, messages, reason) in cases {
        let refused = raw::send(server.channel().await, "Validate", messages).await.expect_err(name);
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::InvalidArgument, reason), "{name}");
        honest(&mut client).await;
    }
    // What the limits allow.
    assert!(raw::send(server.channel().await, "Validate", vec![encoded]).await.is_ok());
    let answer = raw::send(server.channel().await, "Validate", vec![nested(40)]).await.expect("answered");
    assert!(!proto::ValidateResponse::decode(answer.as_slice()).expect("an answer").valid);
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_calls_do_not_wait_for_large_ones() {
    let server = carve(|_| {}).await;
    let (_, mut request) = made(60_000, 8, Shape::Crm);
    // As many bytes more as make it a message of some 40 MiB.
    request.accounts.iter_mut().for_each(|account| account.name = format!("{:0600}", account.account_id.len()));
    let bytes = validation(request).encode_to_vec();
    let size = bytes.len() >> 20;
    let mut large = Vec::new();
    for _ in 0..4 {
        let (channel, bytes) = (server.channel().await, bytes.clone());
        large.push(tokio::spawn(async move { raw::send(channel, "Validate", vec![bytes]).await }));
    }
    let mut client = server.client().await;
    let mut took = Vec::new();
    while large.iter().any(|call| !call.is_finished()) {
        took.push(honest(&mut client).await);
    }
    for call in large {
        call.await.expect("no panic").expect("answered");
    }
    took.sort_unstable();
    let (median, most) = (took[took.len() / 2], took[took.len() - 1]);
    println!("{} small calls beside 4 of {size} MiB: median {median:?}, longest {most:?}", took.len());
    assert!(median < Duration::from_millis(500), "{median:?}");
    server.shut_down().await;
}

#[tokio::test]
async fn what_is_no_call_over_grpc_is_refused() {
    let server = carve(|config| config.reflection = true).await;
    for path in ["/carve.v1.CarveService/Validate", "/grpc.health.v1.Health/Check"] {
        // 405 and 415, as HPACK writes these digits.
        for (method, kind, status) in [
            ("GET", "application/grpc", [0x68, 0x0d, 0xff]),
            ("PUT", "application/grpc", [0x68, 0x0d, 0xff]),
            ("POST", "text/plain", [0x68, 0x2d, 0xff]),
            ("POST", "application/json", [0x68, 0x2d, 0xff]),
            ("POST", "application/grpc-web", [0x68, 0x2d, 0xff]),
            ("POST", "", [0x68, 0x2d, 0xff]),
        ] {
            let mut raw = Raw::open(server.addr, &[]).await.expect("open");
            let headers = frame(raw::HEADERS, raw::END_HEADERS, 1, &raw::request(method, path, kind));
            let data = frame(raw::DATA, raw::END_STREAM, 1, &claiming(0, b""));
            raw.send(&[headers, data].concat()).await.expect("sent");
            let answered = raw.answered().await.expect("answered");
            assert!(answered.windows(3).any(|bytes| bytes == status), "{method} {kind} {path}: {answered:x?}");
        }
    }
    honest(&mut server.client().await).await;
    server.shut_down().await;
}

#[tokio::test]
async fn bytes_that_are_no_message_are_no_fault_of_ours_on_any_service() {
    let server = carve(|config| config.reflection = true).await;
    for path in [
        "/carve.v1.CarveService/Validate",
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        for bytes in [vec![0xff; 9], vec![0x0a, 0x7f, 0x00], vec![0x0a, 0x02, 0xff, 0xfe]] {
            let answer = raw::send_to(server.channel().await, path, vec![bytes.clone()]).await;
            let code = answer.as_ref().err().map_or(Code::Ok, tonic::Status::code);
            // Reflection ends its stream without a word, which this client takes for a fault.
            let silent = answer.as_ref().is_err_and(|status| status.message() == "Missing response message.");
            let is_well = code == Code::InvalidArgument || (path.contains("reflection") && silent);
            assert!(is_well, "{path} {bytes:x?}: {answer:?}");
        }
    }
    honest(&mut server.client().await).await;
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_takes_end_with_their_connection() {
    let server = carve(|config| config.answer_timeout = Duration::from_millis(500)).await;
    // A window of no bytes: nothing of an answer may be sent.
    let mut deaf = Raw::open(server.addr, &[(4, 0)]).await.expect("open");
    let message = claiming(0, b"");
    for stream in 0..50 {
        let id = 1 + 2 * stream;
        let headers = frame(raw::HEADERS, raw::END_HEADERS, id, &raw::call("/carve.v1.CarveService/Validate"));
        deaf.send(&[headers, frame(raw::DATA, raw::END_STREAM, id, &message)].concat()).await.expect("sent");
    }
    tokio::time::timeout(SOON, deaf.closed()).await.expect("closed in time");
    honest(&mut server.client().await).await;
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_nobody_uses_make_room_and_end() {
    let server = carve(|config| {
        config.connections_per_peer_max = 32;
        config.idle_spared = Duration::ZERO;
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..32 {
        idle.push(Raw::open(server.addr, &[]).await.expect("open"));
    }
    for _ in 0..4 {
        honest(&mut server.client().await).await;
    }
    server.shut_down().await;
    let server = carve(|config| config.idle_timeout = Duration::from_millis(300)).await;
    let mut idle = Raw::open(server.addr, &[]).await.expect("open");
    tokio::time::timeout(SOON, idle.closed()).await.expect("closed in time");
    server.shut_down().await;
}
