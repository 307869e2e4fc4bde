//! Floods of frames, each of some thousands: honest calls are answered meanwhile and after, and the server ends when it is
//! asked to.

use super::attacks::honest;
use super::*;
use carve_tests::raw::{self, Raw, claiming, frame};

/// Frames of a flood.
const FRAMES: u32 = 5_000;

/// Sends a flood, of which the server may end the connection; honest calls are answered before, beside and after.
async fn flooded(name: &str, frames: impl Fn(u32) -> Vec<u8>) {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    honest(&mut client).await;
    let mut flood = Raw::open(server.addr, &[]).await.expect("open");
    let mut sent = 0;
    let mut longest = Duration::ZERO;
    for number in 0..FRAMES {
        if flood.send(&frames(number)).await.is_err() {
            break;
        }
        sent = number + 1;
        if number % 500 == 0 {
            longest = longest.max(honest(&mut client).await);
        }
    }
    longest = longest.max(honest(&mut client).await);
    println!("{name}: {sent} of {FRAMES} sent, the longest honest call beside them took {longest:?}");
    drop(flood);
    server.shut_down().await;
}

fn begun(number: u32) -> (u32, Vec<u8>) {
    let id = 1 + 2 * number;
    (id, frame(raw::HEADERS, raw::END_HEADERS, id, &raw::call("/carve.v1.CarveService/Validate")))
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_reset_at_once() {
    flooded("rapid reset", |number| {
        let (id, headers) = begun(number);
        [headers, frame(raw::RST_STREAM, 0, id, &8_u32.to_be_bytes())].concat()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_the_server_is_made_to_reset() {
    flooded("streams made to be reset", |number| {
        let (id, headers) = begun(number);
        // A window that grows by nothing is an error of the stream.
        [headers, frame(raw::WINDOW_UPDATE, 0, id, &[0; 4])].concat()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_never_end() {
    flooded("CONTINUATION", |number| match number {
        0 => frame(raw::HEADERS, 0, 1, &raw::call("/carve.v1.CarveService/Validate")),
        _ => frame(raw::CONTINUATION, 0, 1, &raw::headers(&[("x", "y")])),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pings() {
    flooded("PING", |_| frame(raw::PING, 0, 0, &[0; 8])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings() {
    flooded("SETTINGS", |_| frame(raw::SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_without_bytes() {
    flooded("empty DATA", |number| match number {
        0 => begun(0).1,
        _ => frame(raw::DATA, 0, 1, b""),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_too_long() {
    let long = "v".repeat(12_000);
    flooded("long headers", |number| {
        let mut block = raw::call("/carve.v1.CarveService/Validate");
        block.extend(raw::headers(&[("x-long", &long)]));
        frame(raw::HEADERS, raw::END_HEADERS | raw::END_STREAM, 1 + 2 * number, &block)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_of_four_gigabytes() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    for _ in 0..4 {
        let mut claims = Raw::open(server.addr, &[]).await.expect("open");
        for number in 0..64 {
            let (id, headers) = begun(number);
            let data = frame(raw::DATA, 0, id, &claiming(u32::MAX, b""));
            claims.send(&[headers, data].concat()).await.expect("sent");
            claims.answered().await.expect("refused");
        }
        honest(&mut client).await;
    }
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_say_they_are_compressed() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut bombs = Raw::open(server.addr, &[]).await.expect("open");
    for number in 0..30 {
        let (id, headers) = begun(number);
        let mut message = claiming(10_000, &[0x1f; 10_000]);
        message[0] = 1;
        bombs.send(&[headers, frame(raw::DATA, raw::END_STREAM, id, &message)].concat()).await.expect("sent");
        bombs.answered().await.expect("refused");
    }
    honest(&mut client).await;
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_silent_clients_do_not_hold_up_the_end() {
    let server = carve(|config| {
        config.connections_per_peer_max = 600;
        config.drain = Duration::from_millis(300);
    })
    .await;
    let mut silent = Vec::new();
    for number in 0..500 {
        let mut raw = Raw::open(server.addr, &[]).await.expect("open");
        // Some have begun a call, and say no more.
        if number % 2 == 0 {
            raw.send(&begun(0).1).await.expect("sent");
        }
        silent.push(raw);
    }
    honest(&mut server.client().await).await;
    let started = std::time::Instant::now();
    server.shut_down().await;
    println!("500 silent clients: down after {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_costs_its_call_alone() {
    let worker = Worker::new("waits");
    let server = start(&worker.program, |config| config.max_solves = 1).await;
    let mut request = Request::new(small());
    request.set_timeout(Duration::from_secs(1));
    let mut first = server.client().await;
    let under_way = tokio::spawn(async move { first.solve(request).await });
    let process = worker.started().await;
    assert!(Command::new("kill").args(["-STOP", &process]).status().expect("kill runs").success());
    let mut client = server.client().await;
    honest(&mut client).await;
    let answer = under_way.await.expect("no panic").expect("an answer in time").into_inner().plan.expect("a plan");
    assert_eq!(answer.termination.expect("a termination").reason(), Reason::NoPlanFound);
    while Path::new("/proc").join(&process).exists() {
        tokio::task::yield_now().await;
    }
    server.shut_down().await;
}
