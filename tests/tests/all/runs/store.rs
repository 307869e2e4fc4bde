//! The store's laws, each on all three kinds.

use super::stores;
use carve_proto::v1::run::State;
use carve_service::store::{Claim, Created, Filter, Finish, Lost, NewRun, Retention, RunRow, Store, Upload, digest};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Longer than any test.
const LONG_MS: i64 = 600_000;

fn new(tenant: &str, number: usize) -> NewRun {
    NewRun {
        run_id: format!("{tenant}-{number:05}"),
        tenant: tenant.into(),
        request_id: None,
        request_digest: "digest".into(),
        priority: 1,
        cost_ms: 1_000,
        cost_ms_max: i64::MAX / 8,
        book_digest: "book".into(),
        account_count: 4,
        labels: BTreeMap::new(),
        request: vec![1, 2, 3],
    }
}

async fn created(store: &Store, run: &NewRun) -> RunRow {
    match store.create(run).await.expect("stored") {
        Created::New(row) => *row,
        other => panic!("{other:?}"),
    }
}

async fn claimed(store: &Store, lease_ms: i64) -> Option<Claim> {
    store.claim("worker", lease_ms, 3).await.expect("answered")
}

fn succeeded() -> Finish {
    Finish { state: State::Succeeded, outcome: vec![7], answer: None }
}

#[tokio::test]
async fn a_run_is_made_worked_on_and_ended_once() {
    for (store, _folder) in stores().await {
        let row = created(&store, &new("", 1)).await;
        assert_eq!((row.state, row.attempt, row.sequence), (State::Queued, 0, 1));
        assert!(row.created_ms > 1_700_000_000_000, "milliseconds since 1970");
        let claim = claimed(&store, LONG_MS).await.expect("it waits");
        assert_eq!((claim.run.state, claim.run.attempt, claim.request.as_slice()), (State::Running, 1, &[1, 2, 3][..]));
        assert_eq!(claimed(&store, LONG_MS).await, None, "nobody else gets it");
        assert_eq!(store.heartbeat(&claim.run, LONG_MS, vec![9]).await.expect("answered"), Ok(State::Running));
        assert_eq!(store.finish(&claim.run, &succeeded()).await.expect("answered"), Ok(()));
        assert_eq!(store.finish(&claim.run, &succeeded()).await.expect("answered"), Err(Lost), "the first result wins");
        assert_eq!(store.heartbeat(&claim.run, LONG_MS, vec![]).await.expect("answered"), Err(Lost));
        let row = store.run("", &row.run_id).await.expect("answered").expect("there");
        assert_eq!((row.state, row.outcome, row.progress), (State::Succeeded, vec![7], vec![9]));
        assert!(row.ended_ms >= row.started_ms && row.started_ms >= Some(row.created_ms));
    }
}

#[tokio::test]
async fn many_who_look_at_once_are_each_told_of_their_own_run() {
    for (store, _folder) in stores().await {
        for number in 0..300 {
            created(&store, &new(["a", "b"][number % 2], number)).await;
        }
        // Those who came first leave before they are answered.
        for number in 0..3 {
            let left = tokio::time::timeout(std::time::Duration::ZERO, store.run("a", &format!("a-{number:05}"))).await;
            drop(left);
        }
        let mut calls = JoinSet::new();
        for number in 0..600 {
            let store = store.clone();
            calls.spawn(async move {
                let (tenant, asked) = (["a", "b"][number % 2], ["a", "b"][number / 300]);
                let run_id = format!("{asked}-{:05}", number % 300);
                let found = store.run(tenant, &run_id).await.expect("answered").map(|row| row.run_id);
                // A run is its tenant's alone, and half of these ids are nobody's.
                (found, Some(run_id).filter(|_| tenant == asked))
            });
        }
        for (found, expected) in calls.join_all().await {
            assert_eq!(found, expected);
        }
    }
}

#[tokio::test]
async fn a_request_id_makes_one_run() {
    for (store, _folder) in stores().await {
        let first = NewRun { request_id: Some("mine".into()), ..new("a", 1) };
        let row = created(&store, &first).await;
        let again = NewRun { run_id: "other".into(), ..first.clone() };
        assert_eq!(store.create(&again).await.expect("answered"), Created::Before(Box::new(row.clone())));
        // However little room there is.
        let full = NewRun { cost_ms_max: 0, ..again.clone() };
        assert_eq!(store.create(&full).await.expect("answered"), Created::Before(Box::new(row)));
        let changed = NewRun { request_digest: "another".into(), ..again };
        assert_eq!(store.create(&changed).await.expect("answered"), Created::Other);
        let somebody = NewRun { request_id: Some("mine".into()), ..new("b", 1) };
        created(&store, &somebody).await;
    }
}

#[tokio::test]
async fn many_clients_with_one_request_id_make_one_run() {
    for (store, _folder) in stores().await {
        let mut calls = JoinSet::new();
        for number in 0..20 {
            let store = store.clone();
            let run = NewRun { request_id: Some("mine".into()), ..new("a", number) };
            calls.spawn(async move { store.create(&run).await.expect("answered") });
        }
        let made = calls.join_all().await;
        let new = made.iter().filter(|created| matches!(created, Created::New(_))).count();
        assert_eq!((new, made.iter().filter(|c| matches!(c, Created::Before(_))).count()), (1, 19));
    }
}

#[tokio::test]
async fn what_waits_is_limited_by_what_it_asks_for() {
    for (store, _folder) in stores().await {
        let of = |tenant: &str, number| NewRun { cost_ms_max: 5_000, ..new(tenant, number) };
        for number in 0..5 {
            created(&store, &of("", number)).await;
        }
        assert_eq!(store.create(&of("", 5)).await.expect("answered"), Created::NoRoom);
        store.cancel("", "-00000").await.expect("answered").expect("there");
        // A tenant has four fifths of the room for itself.
        let large = NewRun { cost_ms: 1_000, ..of("a", 6) };
        created(&store, &large).await;
        assert_eq!(store.create(&of("", 7)).await.expect("answered"), Created::NoRoom);
        for number in 1..5 {
            store.cancel("", &format!("-{number:05}")).await.expect("answered").expect("there");
        }
        for number in 8..11 {
            created(&store, &of("a", number)).await;
        }
        assert_eq!(store.create(&of("a", 12)).await.expect("answered"), Created::NoRoom, "its four fifths");
        created(&store, &of("b", 12)).await;
        let queue = store.queue().await.expect("answered");
        assert_eq!((queue.waiting, queue.waiting_cost_ms, queue.running), (5, 5_000, 0));
    }
}

#[tokio::test]
async fn interactive_runs_go_first_and_tenants_take_turns() {
    for (store, _folder) in stores().await {
        created(&store, &NewRun { priority: 2, ..new("a", 0) }).await;
        for number in 1..4 {
            created(&store, &new("a", number)).await;
        }
        created(&store, &new("b", 1)).await;
        let mut order = Vec::new();
        while let Some(claim) = claimed(&store, LONG_MS).await {
            order.push(claim.run.run_id);
        }
        assert_eq!(order, ["a-00001", "b-00001", "a-00002", "a-00003", "a-00000"]);
    }
}

#[tokio::test]
async fn many_workers_take_each_run_once() {
    for (store, _folder) in stores().await {
        for number in 0..40 {
            created(&store, &new("", number)).await;
        }
        let mut workers = JoinSet::new();
        for _ in 0..8 {
            let store = store.clone();
            workers.spawn(async move {
                let mut taken = Vec::new();
                while let Some(claim) = claimed(&store, LONG_MS).await {
                    taken.push(claim.run.run_id);
                }
                taken
            });
        }
        let taken: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
        assert_eq!((taken.len(), taken.iter().collect::<HashSet<_>>().len()), (40, 40));
    }
}

#[tokio::test]
async fn a_lease_that_ran_out_lets_another_worker_in_and_the_first_changes_nothing() {
    for (store, _folder) in stores().await {
        created(&store, &new("", 1)).await;
        // A lease in the past has run out at once.
        let first = claimed(&store, -1).await.expect("it waits");
        let second = claimed(&store, LONG_MS).await.expect("its lease ran out");
        assert_eq!((first.run.attempt, second.run.attempt), (1, 2));
        assert_eq!(store.heartbeat(&first.run, LONG_MS, vec![]).await.expect("answered"), Err(Lost));
        assert_eq!(store.step(&first.run, vec![1]).await.expect("answered"), Err(Lost));
        assert_eq!(store.finish(&first.run, &succeeded()).await.expect("answered"), Err(Lost));
        assert_eq!(store.give_back(&first.run, true, 2, vec![]).await.expect("answered"), Err(Lost));
        assert_eq!(store.finish(&second.run, &succeeded()).await.expect("answered"), Ok(()));
    }
}

#[tokio::test]
async fn a_run_that_loses_its_processes_fails_in_the_end() {
    for (store, _folder) in stores().await {
        let row = created(&store, &new("", 1)).await;
        for _ in 0..3 {
            assert_eq!(claimed(&store, -1).await.expect("again").run.state, State::Running);
        }
        assert_eq!(claimed(&store, -1).await.expect("told").run.state, State::Failed);
        assert_eq!(claimed(&store, -1).await, None);
        let row = store.run("", &row.run_id).await.expect("answered").expect("there");
        assert_eq!((row.state, row.attempt), (State::Failed, 3));
        assert!(row.ended_ms.is_some());
    }
}

#[tokio::test]
async fn a_run_that_kills_two_workers_fails_with_the_cause() {
    for (store, _folder) in stores().await {
        created(&store, &new("", 1)).await;
        let first = claimed(&store, LONG_MS).await.expect("it waits");
        assert_eq!(store.give_back(&first.run, true, 2, vec![5]).await.expect("answered"), Ok(State::Queued));
        let second = claimed(&store, LONG_MS).await.expect("at once");
        // One that is given back for another reason counts as nothing.
        assert_eq!(store.give_back(&second.run, false, i64::MAX, vec![]).await.expect("answered"), Ok(State::Queued));
        let third = claimed(&store, LONG_MS).await.expect("at once");
        assert_eq!(store.give_back(&third.run, true, 2, vec![5]).await.expect("answered"), Ok(State::Failed));
        let row = store.run("", &third.run.run_id).await.expect("answered").expect("there");
        assert_eq!((row.state, row.outcome), (State::Failed, vec![5]));
    }
}

#[tokio::test]
async fn stop_and_cancel_are_final_and_can_be_said_twice() {
    for (store, _folder) in stores().await {
        created(&store, &new("", 1)).await;
        let stopped = store.stop("", "-00001").await.expect("answered").expect("it waited");
        assert_eq!(stopped.state, State::Cancelled, "no worker had begun");
        assert_eq!(store.stop("", "-00001").await.expect("answered"), None);
        created(&store, &new("", 2)).await;
        let claim = claimed(&store, LONG_MS).await.expect("it waits");
        let stopping = store.stop("", "-00002").await.expect("answered").expect("it ran");
        assert_eq!(stopping.state, State::Stopping);
        assert_eq!(store.heartbeat(&claim.run, LONG_MS, vec![]).await.expect("answered"), Ok(State::Stopping));
        assert_eq!(store.finish(&claim.run, &succeeded()).await.expect("answered"), Ok(()));
        created(&store, &new("", 3)).await;
        let claim = claimed(&store, LONG_MS).await.expect("it waits");
        let cancelled = store.cancel("", "-00003").await.expect("answered").expect("it ran");
        assert_eq!((cancelled.state, cancelled.ended_ms.is_some()), (State::Cancelled, true));
        assert_eq!(store.finish(&claim.run, &succeeded()).await.expect("answered"), Err(Lost));
        // A stop outlives the worker that it was asked of.
        created(&store, &new("", 4)).await;
        claimed(&store, -1).await.expect("it waits");
        store.stop("", "-00004").await.expect("answered").expect("it ran");
        assert_eq!(claimed(&store, LONG_MS).await.expect("its lease ran out").run.state, State::Stopping);
    }
}

#[tokio::test]
async fn a_tenant_sees_its_own_runs_and_books_alone() {
    for (store, _folder) in stores().await {
        created(&store, &new("a", 1)).await;
        assert!(store.run("b", "a-00001").await.expect("answered").is_none());
        assert!(store.stop("b", "a-00001").await.expect("answered").is_none());
        assert!(store.cancel("b", "a-00001").await.expect("answered").is_none());
        assert!(
            store.runs(&Filter { tenant: "b".into(), most: 10, ..Filter::default() }).await.expect("listed").is_empty()
        );
        store.cancel("a", "a-00001").await.expect("answered").expect("there");
        assert!(!store.delete("b", "a-00001").await.expect("answered"));
        let book = kept(&store, "a", b"accounts").await;
        assert!(store.book("b", &book).await.expect("answered").is_none());
        assert!(store.book("a", &book).await.expect("answered").is_some());
    }
}

async fn kept(store: &Store, tenant: &str, bytes: &[u8]) -> String {
    let mut upload = Upload::new();
    store.add(&mut upload, bytes).await.expect("stored");
    store.keep_book(tenant, upload, 1).await.expect("stored")
}

#[tokio::test]
async fn a_book_is_kept_once_whatever_its_parts() {
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|i| (i % 251) as u8).collect();
    for (store, _folder) in stores().await {
        let mut upload = Upload::new();
        for part in bytes.chunks(700_001) {
            store.add(&mut upload, part).await.expect("stored");
        }
        let name = store.keep_book("", upload, 9).await.expect("stored");
        assert_eq!(name, digest(&bytes));
        assert_eq!(kept(&store, "", &bytes).await, name);
        let row = store.book("", &name).await.expect("answered").expect("there");
        assert_eq!((row.byte_count, row.account_count), (5_000_000, 9));
        assert_eq!(store.chunk_count(&row.content).await.expect("answered"), 5);
        assert!(store.bytes_of(&row.content).await.expect("there") == bytes);
        // What came the second time is gone, or goes with the next sweep.
        let keep = Retention { run_ms: LONG_MS, answer_bytes: i64::MAX, book_ms: LONG_MS, orphan_ms: -1_000 };
        assert_eq!(store.sweep(&keep).await.expect("swept").chunks, 0);
        assert!(store.bytes_of("nothing").await.is_err());
    }
}

#[tokio::test]
async fn runs_are_listed_in_pages_by_state_and_label() {
    for (store, _folder) in stores().await {
        for number in 0..25 {
            let mut run = new("a", number);
            run.labels =
                BTreeMap::from([("team".into(), format!("t{}", number % 3)), ("odd = name".into(), "ü, %".into())]);
            created(&store, &run).await;
        }
        store.cancel("a", "a-00003").await.expect("answered").expect("there");
        let list = async |filter: Filter| -> Vec<String> {
            let rows = store.runs(&filter).await.expect("listed");
            rows.into_iter().map(|row| row.run_id).collect()
        };
        let of = Filter { tenant: "a".into(), most: 10, ..Filter::default() };
        let first = list(of.clone()).await;
        assert_eq!((first.len(), first[0].as_str(), first[9].as_str()), (10, "a-00024", "a-00015"));
        assert_eq!(list(Filter { before: first[9].clone(), ..of.clone() }).await[0], "a-00014");
        let labels = BTreeMap::from([("team".into(), "t0".into()), ("odd = name".into(), "ü, %".into())]);
        assert_eq!(list(Filter { labels, ..of.clone() }).await.len(), 9);
        let part = BTreeMap::from([("team".into(), "t".into())]);
        assert!(list(Filter { labels: part, ..of.clone() }).await.is_empty(), "a part of a value is another value");
        let cancelled = Filter { states: vec![State::Cancelled, State::Failed], ..of };
        assert_eq!(list(cancelled).await, ["a-00003"]);
        let row = store.run("a", "a-00004").await.expect("answered").expect("there");
        assert_eq!(row.labels["odd = name"], "ü, %");
    }
}

#[tokio::test]
async fn steps_come_in_their_order_and_go_with_their_run() {
    for (store, _folder) in stores().await {
        created(&store, &new("", 1)).await;
        let claim = claimed(&store, LONG_MS).await.expect("it waits");
        let mut numbers = Vec::new();
        for step in 0..5_u8 {
            numbers.push(store.step(&claim.run, vec![step]).await.expect("stored").expect("held"));
        }
        assert!(numbers.is_sorted() && numbers[0] > claim.run.sequence);
        let later = store.steps("-00001", numbers[1], 10).await.expect("read");
        assert_eq!(later.iter().map(|s| s.step[0]).collect::<Vec<u8>>(), [2, 3, 4]);
        let row = store.run("", "-00001").await.expect("answered").expect("there");
        assert_eq!(row.sequence, numbers[4]);
        let changed = store.changed(LONG_MS).await.expect("read");
        assert_eq!(changed, [("-00001".to_owned(), numbers[4])]);
        store.finish(&claim.run, &succeeded()).await.expect("stored").expect("held");
        assert!(store.delete("", "-00001").await.expect("answered"));
        assert!(store.steps("-00001", 0, 10).await.expect("read").is_empty());
    }
}

#[tokio::test]
async fn what_is_due_is_forgotten_and_nothing_else() {
    for (store, _folder) in stores().await {
        let used = kept(&store, "", b"used").await;
        let unused = kept(&store, "", b"unused").await;
        for number in 0..4 {
            created(&store, &NewRun { book_digest: used.clone(), ..new("", number) }).await;
        }
        for _ in 0..3 {
            let claim = claimed(&store, LONG_MS).await.expect("it waits");
            let mut upload = Upload::new();
            store.add(&mut upload, b"answer").await.expect("stored");
            let content = store.complete(&mut upload).await.expect("stored");
            let finish = Finish { answer: Some((content, "digest".into(), 6)), ..succeeded() };
            store.finish(&claim.run, &finish).await.expect("stored").expect("held");
        }
        let keep = Retention { run_ms: LONG_MS, answer_bytes: 12, book_ms: -1, orphan_ms: -1_000 };
        let swept = store.sweep(&keep).await.expect("swept");
        assert_eq!(
            (swept.runs, swept.runs_for_room, swept.books, swept.chunks),
            (0, 1, 1, 2),
            "the oldest answer, the book, and their chunks"
        );
        assert!(store.book("", &used).await.expect("answered").is_some());
        assert!(store.book("", &unused).await.expect("answered").is_none());
        let swept = store.sweep(&Retention { run_ms: -1, ..keep }).await.expect("swept");
        assert_eq!(swept.runs, 2, "those that have ended");
        assert!(store.run("", "-00003").await.expect("answered").is_some(), "it waits still");
    }
}

#[tokio::test]
async fn two_processes_may_open_one_store_at_once() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let url = carve_tests::postgres::database();
    let mut opened = JoinSet::new();
    for _ in 0..4 {
        let (folder, url) = (Arc::clone(&folder), url.clone());
        opened.spawn(async move {
            Store::in_folder(folder.path()).await.expect("opened");
            Store::at(&url).await.expect("opened");
        });
    }
    opened.join_all().await;
    let store = Store::in_folder(folder.path()).await.expect("opened");
    assert!(store.is_durable() && !store.is_failing());
    assert!(!Store::in_memory().await.expect("opened").is_durable());
}
