//! Runs over gRPC: a real server, real workers, a real client.

use carve_datasets::{GenerateOptions, Shape, generate};
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_service::plan_file::PlanFile;
use carve_service::server::ServeConfig;
use carve_tests::server::{Running, start};
use carve_tests::wire;
use proto::run::State;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio_stream::StreamExt;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

pub const CARVE: &str = env!("CARGO_BIN_EXE_carve-under-test");

pub type Client = CarveServiceClient<Channel>;

pub async fn carve(change: impl FnOnce(&mut ServeConfig)) -> Running {
    start(Path::new(CARVE), change).await
}

/// A book of so many accounts in four territories, as a request that counts work.
pub fn request(accounts: usize) -> proto::SolveRequest {
    let options =
        GenerateOptions { accounts, buckets: 4, seed: 1, shape: Shape::Plain, tolerance: 0.05, extra_measures: 0 };
    let made = generate(&options);
    let mut request = PlanFile::read("plan.yaml", made.plan_yaml.as_bytes()).expect("a good plan").request;
    request.accounts = wire::accounts(&made.book);
    request.options = Some(proto::Options { work_limit: 200_000, threads: 1, ..Default::default() });
    request
}

/// A search that goes on for a minute unless it is ended.
pub fn long() -> proto::SolveRequest {
    let time_limit = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let options = proto::Options { time_limit, gap_target: Some(0.0), thorough: true, ..Default::default() };
    proto::SolveRequest { options: Some(options), ..request(400) }
}

pub async fn create(client: &mut Client, request: proto::CreateRunRequest) -> proto::Run {
    client.create_run(request).await.expect("accepted").into_inner().run.expect("a run")
}

pub fn asked(solve_request: proto::SolveRequest) -> proto::CreateRunRequest {
    proto::CreateRunRequest { solve_request: Some(solve_request), ..Default::default() }
}

/// Watches a run to its end; what was told, the last one being the run as it ended.
pub async fn watched(client: &mut Client, run_id: &str, after_sequence: i64) -> Vec<proto::WatchRunResponse> {
    let request = proto::WatchRunRequest { run_id: run_id.into(), after_sequence };
    let told = client.watch_run(request).await.expect("watched").into_inner();
    told.map(|answer| answer.expect("told")).collect().await
}

async fn ended(client: &mut Client, run_id: &str) -> proto::Run {
    watched(client, run_id, 0).await.pop().and_then(|last| last.run).expect("the last answer is the run")
}

async fn get(client: &mut Client, run_id: &str, view: proto::RunView) -> proto::Run {
    let request = proto::GetRunRequest { run_id: run_id.into(), view: view.into() };
    client.get_run(request).await.expect("there").into_inner().run.expect("a run")
}

/// Waits until the run has a plan that a stop would keep, and is told so after this number; gives the number of that step.
async fn has_plan(client: &mut Client, run_id: &str, after_sequence: i64) -> i64 {
    let request = proto::WatchRunRequest { run_id: run_id.into(), after_sequence };
    let mut told = client.watch_run(request).await.expect("watched").into_inner();
    while let Some(answer) = told.message().await.expect("told") {
        if answer.step.is_some_and(|step| step.plan_in_hand) {
            return answer.sequence;
        }
    }
    panic!("it ended before");
}

#[tokio::test]
async fn a_run_gives_the_plan_that_solve_gives() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut plan = client.solve(request(400)).await.expect("solved").into_inner().plan.expect("a plan");
    let labels = BTreeMap::from([("team".to_owned(), "east".to_owned())]);
    let run = create(&mut client, proto::CreateRunRequest { labels: labels.clone(), ..asked(request(400)) }).await;
    assert!(!run.run_id.is_empty() && !run.durable);
    assert_eq!((run.account_count, &run.labels), (400, &labels));
    let told = watched(&mut client, &run.run_id, 0).await;
    assert!(told.windows(2).all(|two| two[0].sequence <= two[1].sequence), "numbers grow");
    let last = told.last().and_then(|last| last.run.clone()).expect("the run");
    assert_eq!(last.state(), State::Succeeded);
    assert_eq!(last.summary, plan.summary);
    assert!(last.end_time.is_some() && last.start_time.is_some() && last.stop_time.is_none());
    let mut whole = get(&mut client, &run.run_id, proto::RunView::Full).await.plan.expect("the plan");
    (plan.solve_time, whole.solve_time) = (None, None);
    assert_eq!(whole, plan);
    let part = get(&mut client, &run.run_id, proto::RunView::Summary).await.plan.expect("the plan");
    assert!(part.assignments.is_empty() && part.certificate.is_none() && part.nodes == plan.nodes);
    assert!(get(&mut client, &run.run_id, proto::RunView::Basic).await.plan.is_none());
    let stream = proto::StreamAssignmentsRequest { run_id: run.run_id, skip: 100 };
    let parts = client.stream_assignments(stream).await.expect("sent").into_inner();
    let rows: Vec<proto::Assignment> =
        parts.map(|part| part.expect("sent").assignments).collect::<Vec<_>>().await.into_iter().flatten().collect();
    assert_eq!(rows, plan.assignments[100..]);
    server.shut_down().await;
}

#[tokio::test]
async fn an_uploaded_book_serves_several_plans_on_every_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let folders = carve_service::server::Storage::Folder(folder.path().to_owned());
    let databases = carve_service::server::Storage::Database(carve_tests::postgres::database());
    let mut digests = Vec::new();
    for storage in [carve_service::server::Storage::Memory, folders, databases] {
        let server = carve(|config| config.storage = storage).await;
        let mut client = server.client().await;
        let mut request = request(800);
        let accounts = std::mem::take(&mut request.accounts);
        let upload = |parts: usize| {
            let part = |accounts: &[proto::Account]| proto::UploadBookRequest { accounts: accounts.to_vec() };
            tokio_stream::iter(accounts.chunks(parts).map(part).collect::<Vec<_>>())
        };
        let book = client.upload_book(upload(333)).await.expect("kept").into_inner();
        let again = client.upload_book(upload(500)).await.expect("kept").into_inner();
        assert_eq!((&book.book_digest, book.account_count), (&again.book_digest, 800));
        let of_book = |request: proto::SolveRequest| proto::CreateRunRequest {
            book_digest: book.book_digest.clone(),
            ..asked(request)
        };
        let run = create(&mut client, of_book(request.clone())).await;
        let other = proto::SolveRequest { families: 2, ..request.clone() };
        let other = create(&mut client, of_book(other)).await;
        let whole = create(&mut client, asked(proto::SolveRequest { accounts, ..request })).await;
        assert_eq!(whole.book_digest, book.book_digest, "the same book, sent otherwise");
        let ends = [ended(&mut client, &run.run_id).await, ended(&mut client, &whole.run_id).await];
        assert!(ends.iter().all(|run| run.state() == State::Succeeded), "{ends:?}");
        assert_eq!(ends[0].answer_digest, ends[1].answer_digest);
        assert_eq!(ended(&mut client, &other.run_id).await.state(), State::Succeeded);
        digests.push(ends[0].answer_digest.clone());
        server.shut_down().await;
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "the same bytes, wherever runs are kept");
}

#[tokio::test]
async fn stop_keeps_the_best_plan_and_cancel_discards_it() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let stopped = create(&mut client, asked(long())).await;
    has_plan(&mut client, &stopped.run_id, 0).await;
    let request = proto::StopRunRequest { run_id: stopped.run_id.clone() };
    let run = client.stop_run(request.clone()).await.expect("stopped").into_inner().run.expect("a run");
    assert_eq!(run.state(), State::Stopping);
    let run = ended(&mut client, &stopped.run_id).await;
    assert_eq!(run.state(), State::Succeeded);
    assert_eq!(run.termination.expect("set").limit(), proto::termination::Limit::Stopped);
    assert!(run.stop_time.is_some());
    assert_eq!(
        client.stop_run(request).await.expect("told").into_inner().run.expect("a run").state(),
        State::Succeeded
    );

    let cancelled = create(&mut client, asked(long())).await;
    has_plan(&mut client, &cancelled.run_id, 0).await;
    let request = proto::CancelRunRequest { run_id: cancelled.run_id.clone() };
    let delete = proto::DeleteRunRequest { run_id: cancelled.run_id.clone() };
    let refused = client.delete_run(delete.clone()).await.expect_err("it runs");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let run = client.cancel_run(request).await.expect("cancelled").into_inner().run.expect("a run");
    assert_eq!(run.state(), State::Cancelled);
    let stream = proto::StreamAssignmentsRequest { run_id: cancelled.run_id.clone(), skip: 0 };
    assert_eq!(client.stream_assignments(stream).await.expect_err("no plan").code(), Code::FailedPrecondition);
    client.delete_run(delete.clone()).await.expect("forgotten");
    assert_eq!(client.delete_run(delete).await.expect_err("gone").code(), Code::NotFound);
    server.shut_down().await;
}

#[tokio::test]
async fn a_watcher_that_comes_back_misses_nothing() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let run = create(&mut client, asked(long())).await;
    let first = has_plan(&mut client, &run.run_id, 0).await;
    has_plan(&mut client, &run.run_id, first).await;
    client.stop_run(proto::StopRunRequest { run_id: run.run_id.clone() }).await.expect("stopped");
    let all = watched(&mut client, &run.run_id, 0).await;
    let steps = |told: &[proto::WatchRunResponse]| -> Vec<i64> {
        told.iter().filter(|answer| answer.step.is_some()).map(|answer| answer.sequence).collect()
    };
    let numbers = steps(&all);
    assert!(numbers.len() > 1 && numbers.windows(2).all(|two| two[0] < two[1]), "{numbers:?}");
    let middle = numbers[numbers.len() / 2];
    let later = watched(&mut client, &run.run_id, middle).await;
    assert_eq!(steps(&later), numbers[numbers.len() / 2 + 1..]);
    assert_eq!(later.last().map(|last| last.run.is_some()), Some(true));
    server.shut_down().await;
}

#[tokio::test]
async fn a_request_id_makes_one_run_and_what_is_wrong_is_told() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let named = proto::CreateRunRequest { request_id: "nightly".into(), ..asked(request(100)) };
    let first = create(&mut client, named.clone()).await;
    assert_eq!(create(&mut client, named.clone()).await.run_id, first.run_id);
    let other = proto::CreateRunRequest { request_id: "nightly".into(), ..asked(request(101)) };
    assert_eq!(client.create_run(other).await.expect_err("another request").code(), Code::AlreadyExists);
    let dry = proto::CreateRunRequest { validate_only: true, request_id: String::new(), ..named.clone() };
    assert!(create(&mut client, dry).await.run_id.is_empty());

    let label = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let unknown = "blake3:0000000000000000000000000000000000000000000000000000000000000000";
    for (wrong, code, reason) in [
        (
            proto::CreateRunRequest { request_id: "x".repeat(129), ..asked(request(9)) },
            Code::InvalidArgument,
            "REQUEST_ID_INVALID",
        ),
        (
            proto::CreateRunRequest { labels: label("a\nb", ""), ..asked(request(9)) },
            Code::InvalidArgument,
            "LABEL_INVALID",
        ),
        (
            proto::CreateRunRequest { labels: label("", "x"), ..asked(request(9)) },
            Code::InvalidArgument,
            "LABEL_INVALID",
        ),
        (proto::CreateRunRequest { priority: 7, ..asked(request(9)) }, Code::InvalidArgument, "PRIORITY_UNKNOWN"),
        (
            proto::CreateRunRequest { book_digest: unknown.into(), ..asked(request(9)) },
            Code::InvalidArgument,
            "BOOK_TWICE",
        ),
        (
            proto::CreateRunRequest { book_digest: unknown.into(), ..asked(proto::SolveRequest::default()) },
            Code::NotFound,
            "BOOK_UNKNOWN",
        ),
        (asked(proto::SolveRequest::default()), Code::InvalidArgument, "BOOK_EMPTY"),
    ] {
        let refused = client.create_run(wrong).await.expect_err("refused");
        let told = refused.get_error_details().error_info().map(|info| info.reason.clone());
        assert_eq!((refused.code(), told.as_deref()), (code, Some(reason)));
    }
    let get = proto::GetRunRequest { run_id: "nothing".into(), view: 0 };
    assert_eq!(client.get_run(get).await.expect_err("none").code(), Code::NotFound);
    let watch = proto::WatchRunRequest { run_id: "nothing".into(), after_sequence: 0 };
    assert_eq!(client.watch_run(watch).await.expect_err("none").code(), Code::NotFound);
    let none = tokio_stream::iter(Vec::<proto::UploadBookRequest>::new());
    assert_eq!(client.upload_book(none).await.expect_err("empty").code(), Code::InvalidArgument);
    server.shut_down().await;
}

#[tokio::test]
async fn runs_are_listed_page_by_page() {
    let server = carve(|config| config.works = false).await;
    let mut client = server.client().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        let labels = BTreeMap::from([("odd".to_owned(), (number % 2).to_string())]);
        ids.push(create(&mut client, proto::CreateRunRequest { labels, ..asked(request(8)) }).await.run_id);
    }
    ids.reverse();
    let mut found = Vec::new();
    let mut list = proto::ListRunsRequest { page_size: 3, ..Default::default() };
    loop {
        let page = client.list_runs(list.clone()).await.expect("listed").into_inner();
        found.extend(page.runs.into_iter().map(|run| run.run_id));
        if page.next_page_token.is_empty() {
            break;
        }
        list.page_token = page.next_page_token;
    }
    assert_eq!(found, ids);
    let other = proto::ListRunsRequest { states: vec![State::Queued as i32], ..list.clone() };
    assert_eq!(client.list_runs(other).await.expect_err("a token of another list").code(), Code::InvalidArgument);
    for wrong in [
        proto::ListRunsRequest { page_size: -1, ..Default::default() },
        proto::ListRunsRequest { page_token: "x".into(), ..Default::default() },
        proto::ListRunsRequest { states: vec![99], ..Default::default() },
    ] {
        assert_eq!(client.list_runs(wrong).await.expect_err("refused").code(), Code::InvalidArgument);
    }
    let labels = BTreeMap::from([("odd".to_owned(), "1".to_owned())]);
    let odd = proto::ListRunsRequest { labels, states: vec![State::Queued as i32], ..Default::default() };
    assert_eq!(client.list_runs(odd).await.expect("listed").into_inner().runs.len(), 3);
    server.shut_down().await;
}

#[tokio::test]
async fn a_server_that_went_down_goes_on_with_its_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = || carve_service::server::Storage::Folder(folder.path().to_owned());
    let server = carve(|config| config.storage = kept()).await;
    let mut client = server.client().await;
    let run = create(&mut client, asked(long())).await;
    has_plan(&mut client, &run.run_id, 0).await;
    server.shut_down().await;
    let server = carve(|config| config.storage = kept()).await;
    let mut client = server.client().await;
    let before = get(&mut client, &run.run_id, proto::RunView::Basic).await.sequence;
    has_plan(&mut client, &run.run_id, before).await;
    let seen = get(&mut client, &run.run_id, proto::RunView::Basic).await;
    assert!(seen.durable && seen.attempt == 2, "{seen:?}");
    client.stop_run(proto::StopRunRequest { run_id: run.run_id.clone() }).await.expect("stopped");
    assert_eq!(ended(&mut client, &run.run_id).await.state(), State::Succeeded);
    server.shut_down().await;
}

#[tokio::test]
async fn too_much_is_refused_with_when_there_will_be_room() {
    let change = |config: &mut ServeConfig| {
        config.works = false;
        config.queue_max = Duration::from_secs(700);
    };
    let server = carve(change).await;
    let mut client = server.client().await;
    // 300 s each, as they count work and say no time.
    for _ in 0..2 {
        create(&mut client, asked(request(8))).await;
    }
    let refused = client.create_run(asked(request(8))).await.expect_err("700 s are less than 900");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let retry = refused.get_error_details().retry_info().and_then(|info| info.retry_delay).expect("it says when");
    assert!(retry >= Duration::from_secs(50), "{retry:?}");
    server.shut_down().await;
}

#[tokio::test]
async fn runs_of_an_older_version_are_read_for_ever() {
    // Stores as versions wrote them, one for each format; none is ever changed.
    for name in ["format-1"] {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(format!("{name}.sqlite3"));
        std::fs::copy(kept, folder.path().join("carve.sqlite3")).expect("copied");
        let storage = carve_service::server::Storage::Folder(folder.path().to_owned());
        // What ended long ago is not forgotten meanwhile.
        let server = carve(|config| {
            config.storage = storage;
            config.retention.run_ms = i64::MAX / 4;
        })
        .await;
        let mut client = server.client().await;
        let all = client.list_runs(proto::ListRunsRequest::default()).await.expect("listed").into_inner().runs;
        let states: Vec<State> = all.iter().map(proto::Run::state).collect();
        assert_eq!(states, [State::Cancelled, State::Succeeded]);
        let run = get(&mut client, &all[1].run_id, proto::RunView::Full).await;
        assert_eq!(run.labels["team"], "east");
        let plan = run.plan.expect("its plan");
        assert_eq!((plan.assignments.len(), &plan.summary), (24, &run.summary));
        assert!(plan.check.is_some_and(|check| check.ok) && plan.certificate.is_some());
        assert!(!watched(&mut client, &run.run_id, 0).await.is_empty());
        server.shut_down().await;
    }
}
