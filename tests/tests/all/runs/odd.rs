//! Ids, digests, labels and numbers that can be of nothing, and requests that can never fit: told as such, and no fault of the store.

use super::calls::{Client, asked, carve, create, request, watched};
use super::stores;
use carve_proto::v1 as proto;
use carve_service::server::{ServeConfig, Storage};
use carve_service::store::Filter;
use carve_tests::postgres;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt;

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test]
async fn a_value_that_is_refused_is_no_failing_store() {
    for (store, _folder) in stores().await {
        let failures = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&failures);
        let store = store.observed(move |_, _, failed| _ = counted.fetch_add(usize::from(failed), Ordering::Relaxed));
        // Whatever the store says of them: SQLite takes such texts.
        let (nul, labels) = ("\0", [("\0".to_owned(), "\0".to_owned())].into());
        let _ = (store.stop("", nul).await, store.cancel("", nul).await, store.delete("", nul).await);
        let _ = (store.run("", nul).await, store.book("", nul).await, store.steps(nul, 0, 1).await);
        let _ = store.runs(&Filter { labels, most: 1, ..Filter::default() }).await;
        assert!(!store.is_failing(), "{store:?}");
        assert_eq!(failures.load(Ordering::Relaxed), 0, "{store:?}");
        store.probe().await.expect("it is well");
    }
}

/// The codes of all calls that name a run, a book or labels, with this text.
async fn codes(client: &mut Client, text: &str) -> Vec<Code> {
    let run_id = || text.to_owned();
    let book = proto::CreateRunRequest {
        book_digest: text.into(),
        ..asked(proto::SolveRequest { accounts: Vec::new(), ..request(4) })
    };
    let labels = || [(text.to_owned(), String::new())].into();
    let labelled = proto::CreateRunRequest { labels: labels(), ..asked(request(4)) };
    let list = proto::ListRunsRequest { labels: labels(), ..Default::default() };
    let answers = [
        client.stop_run(proto::StopRunRequest { run_id: run_id() }).await.map(drop),
        client.cancel_run(proto::CancelRunRequest { run_id: run_id() }).await.map(drop),
        client.delete_run(proto::DeleteRunRequest { run_id: run_id() }).await.map(drop),
        client.get_run(proto::GetRunRequest { run_id: run_id(), view: 0 }).await.map(drop),
        client.watch_run(proto::WatchRunRequest { run_id: run_id(), after_sequence: 0 }).await.map(drop),
        client.stream_assignments(proto::StreamAssignmentsRequest { run_id: run_id(), skip: 0 }).await.map(drop),
        client.create_run(book).await.map(drop),
        client.create_run(labelled).await.map(drop),
        client.list_runs(list).await.map(drop),
    ];
    answers.into_iter().map(|answer| answer.expect_err("refused").code()).collect()
}

#[tokio::test]
async fn what_can_be_no_id_is_unknown_on_every_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = postgres::database();
    for storage in [Storage::Memory, Storage::Folder(folder.path().into()), Storage::Database(database)] {
        let server = carve(|config| (config.storage, config.works) = (storage.clone(), false)).await;
        let mut client = server.client().await;
        for text in ["\0", "blake3:\0", "\u{1b}[31m"] {
            let expected = [vec![Code::NotFound; 7], vec![Code::InvalidArgument; 2]].concat();
            assert_eq!(codes(&mut client, text).await, expected, "{text:?} in {storage:?}");
        }
        // Nobody else is harmed.
        let run = create(&mut client, asked(request(4))).await;
        client.cancel_run(proto::CancelRunRequest { run_id: run.run_id }).await.expect("cancelled");
        server.shut_down().await;
    }
}

#[tokio::test]
async fn what_is_left_out_is_named() {
    let server = carve(|config| config.works = false).await;
    let mut client = server.client().await;
    let empty = client.get_run(proto::GetRunRequest::default()).await.expect_err("refused");
    assert_eq!((empty.code(), reason(&empty).as_str()), (Code::InvalidArgument, "RUN_ID_MISSING"), "{empty}");
    let no_book = client.create_run(proto::CreateRunRequest::default()).await.expect_err("refused");
    assert!(no_book.message().contains("no book_digest"), "{no_book}");
    let accounts = vec![proto::Account { account_id: "x".repeat(2 << 20), ..Default::default() }];
    let parts = tokio_stream::iter([proto::UploadBookRequest { accounts }]);
    let large = client.upload_book(parts).await.expect_err("refused");
    assert_eq!((large.code(), reason(&large).as_str()), (Code::InvalidArgument, "PART_TOO_LARGE"), "{large}");
    server.shut_down().await;
}

#[tokio::test]
async fn a_watcher_is_told_no_number_that_there_is_not() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let run = create(&mut client, asked(request(40))).await;
    let last = watched(&mut client, &run.run_id, 0).await.pop().expect("its end").sequence;
    let below = client.watch_run(proto::WatchRunRequest { run_id: run.run_id.clone(), after_sequence: -1 }).await;
    assert_eq!(below.expect_err("refused").code(), Code::InvalidArgument);
    let told = watched(&mut client, &run.run_id, i64::MAX).await;
    assert_eq!(told.iter().map(|answer| answer.sequence).collect::<Vec<_>>(), [last]);
    // Of one that goes on too.
    let run = create(&mut client, asked(super::calls::long())).await;
    let request = proto::WatchRunRequest { run_id: run.run_id.clone(), after_sequence: i64::MAX };
    let mut told = client.watch_run(request).await.expect("watched").into_inner();
    let first = told.message().await.expect("told").expect("the run");
    assert!(first.sequence < 1_000, "{}", first.sequence);
    client.cancel_run(proto::CancelRunRequest { run_id: run.run_id }).await.expect("cancelled");
    server.shut_down().await;
}

#[tokio::test]
async fn what_never_fits_is_not_told_to_come_again() {
    let change = |config: &mut ServeConfig| {
        config.works = false;
        config.queue_max = Duration::from_secs(200);
        (config.request_bytes_max, config.request_bytes_per_peer_max) = (60_000, 40_000);
    };
    let server = carve(change).await;
    let mut client = server.client().await;
    let costly = client.create_run(asked(request(8))).await.expect_err("300 s are more than 200 s");
    assert_eq!((costly.code(), reason(&costly).as_str()), (Code::ResourceExhausted, "RUN_NEVER_FITS"), "{costly}");
    assert!(costly.message().contains("max-queue"), "{costly}");
    let large = client.create_run(asked(request(3_000))).await.expect_err("it is larger than all may be");
    assert_eq!((large.code(), reason(&large).as_str()), (Code::ResourceExhausted, "MESSAGE_NEVER_FITS"), "{large}");
    assert!(large.message().contains("max-request-bytes-per-peer is 40000"), "{large}");
    for status in [costly, large] {
        assert!(status.get_error_details().retry_info().is_none(), "{status}");
    }
    server.shut_down().await;
}
