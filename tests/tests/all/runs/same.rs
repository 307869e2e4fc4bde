//! One request under a work limit has one answer: on one worker and on two, in memory, in SQLite and in PostgreSQL, on nodes of
//! their own, and on the command line. That Python's is the command line's is held in python/tests/test_solve.py.

use super::calls::CARVE;
use carve_datasets::{GenerateOptions, Shape, generate};
use carve_proto::v1 as proto;
use carve_service::json;
use carve_tests::faults::Client;
use carve_tests::faults::process::Served;
use prost::Message;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use tokio_stream::StreamExt;

/// Accounts and a plan file in a folder of their own.
fn files() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let options =
        GenerateOptions { accounts: 500, buckets: 5, seed: 3, shape: Shape::Owned, tolerance: 0.05, extra_measures: 1 };
    let made = generate(&options);
    let file = fs::File::create(folder.path().join("accounts.csv")).expect("made");
    carve_datasets::write_accounts(&made.book, file).expect("written");
    fs::write(folder.path().join("plan.yaml"), made.plan_yaml).expect("written");
    folder
}

/// The command line's words for both.
fn words(folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).to_str().expect("a plain name").to_owned();
    let words = [&path("accounts.csv"), "--plan", &path("plan.yaml"), "--work-limit", "150000", "--threads", "1"];
    words.map(str::to_owned).to_vec()
}

/// The request that these files are, as `carve request` sends it.
fn request(folder: &Path) -> proto::SolveRequest {
    let done = Command::new(CARVE).arg("request").args(words(folder)).output().expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut rest = done.stdout.as_slice();
    let told = proto::ValidateResponse::decode_length_delimited(&mut rest).expect("a message");
    assert!(told.valid, "{:?}", told.findings);
    let mut request = proto::SolveRequest::decode_length_delimited(&mut rest).expect("a message");
    proto::UploadBookResponse::decode_length_delimited(&mut rest).expect("a message");
    while !rest.is_empty() {
        let part = proto::UploadBookRequest::decode_length_delimited(&mut rest).expect("a message");
        request.accounts.extend(part.accounts);
    }
    request
}

/// The answers of two runs of the request, made one after the other and so worked on beside each other where there is room.
async fn answers(mut client: Client, request: &proto::SolveRequest) -> Vec<proto::Plan> {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let asked = proto::CreateRunRequest { solve_request: Some(request.clone()), ..Default::default() };
        ids.push(client.create_run(asked).await.expect("accepted").into_inner().run.expect("a run").run_id);
    }
    let mut plans = Vec::new();
    for run_id in ids {
        let watch = proto::WatchRunRequest { run_id: run_id.clone(), after_sequence: 0 };
        let told = client.watch_run(watch).await.expect("watched").into_inner();
        assert!(told.collect::<Vec<_>>().await.iter().all(Result::is_ok));
        let get = proto::GetRunRequest { run_id, view: proto::RunView::Full.into() };
        let run = client.get_run(get).await.expect("there").into_inner().run.expect("a run");
        plans.push(run.plan.unwrap_or_else(|| panic!("no plan: {:?}", run.failure)));
    }
    plans
}

/// What all answers of one request share: all but the time.
fn timeless(mut plan: proto::Plan) -> Vec<u8> {
    plan.solve_time = None;
    plan.encode_to_vec()
}

#[tokio::test]
async fn one_request_has_one_answer_wherever_it_is_worked_on() {
    let (files, stored) = (files(), tempfile::tempdir().expect("a folder"));
    let request = request(files.path());
    let program = Path::new(CARVE);
    let (data, url) = (stored.path().to_str().expect("a plain name"), carve_tests::postgres::database());
    let served = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["--addr", "127.0.0.1:0"].iter().chain(arguments).copied().collect();
        Served::start(program, &arguments, &[])
    };
    let mut all: Vec<(&str, proto::Plan)> = Vec::new();
    for (place, server) in [
        ("one worker", served(&["--max-solves", "1"])),
        ("two workers", served(&["--max-solves", "2"])),
        ("SQLite", served(&["--data", data])),
        ("PostgreSQL", served(&["--database", &url, "--max-solves", "2"])),
    ] {
        let plans = answers(server.client().await, &request).await;
        all.extend(plans.into_iter().map(|plan| (place, plan)));
    }
    let front = served(&["--database", &url, "--no-workers"]);
    let node = ["--workers-only", "--max-solves", "1", "--database", &url];
    let _nodes = [Served::start(program, &node, &[]), Served::start(program, &node, &[])];
    let plans = answers(front.client().await, &request).await;
    all.extend(plans.into_iter().map(|plan| ("two nodes", plan)));
    let solved = front.client().await.solve(request.clone()).await.expect("solved").into_inner().plan.expect("a plan");
    all.push(("Solve", solved));

    let out = files.path().join("out");
    let done = Command::new(CARVE).arg("solve").args(words(files.path())).arg("--out").arg(&out).output();
    let done = done.expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = |name: &str| fs::read_to_string(out.join(name)).expect("written");
    let mut typed = json::read_plan(&text("plan.json")).expect("a plan");
    typed.certificate = Some(json::read_certificate(&text("certificate.json")).expect("a certificate"));
    let expected = all[0].1.clone();
    assert!(expected.assignments.len() == 500 && expected.check.is_some_and(|check| check.ok));
    // The command line says where accounts were read from, which a server does not know.
    typed.columns = all[0].1.columns.clone();
    typed.findings = all[0].1.findings.clone();
    all.push(("the command line", typed));
    let bytes = timeless(all[0].1.clone());
    for (place, plan) in all {
        assert!(timeless(plan.clone()) == bytes, "{place} has another answer:\n{}", differs(&plan, &bytes));
    }
}

/// The fields in which a plan is not the first one.
fn differs(plan: &proto::Plan, first: &[u8]) -> String {
    let first = proto::Plan::decode(first).expect("encoded above");
    let json = |plan: &proto::Plan| json::text("carve.v1.Plan", plan).expect("a plan");
    let (one, other) = (json(&first), json(plan));
    let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other).take(20);
    lines.map(|(one, other)| format!("- {one}\n+ {other}\n")).collect()
}

/// An upgrade puts another file in the program's place while a server of the old one runs.
#[tokio::test]
async fn a_server_whose_program_is_gone_still_works() {
    let (files, folder) = (files(), tempfile::tempdir().expect("a folder"));
    let program = folder.path().join("carve");
    fs::copy(CARVE, &program).expect("copied");
    let server = Served::start(&program, &["--addr", "127.0.0.1:0"], &[]);
    fs::remove_file(&program).expect("removed");
    let plans = answers(server.client().await, &request(files.path())).await;
    assert!(plans.iter().all(|plan| plan.assignments.len() == 500));
}
