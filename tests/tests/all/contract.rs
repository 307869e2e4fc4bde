//! The contract: a real server on a free port, real worker processes, a real client.

use carve_datasets::{GenerateOptions, Generated, Shape, generate};
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_service::decode;
use carve_service::plan_file::PlanFile;
use carve_service::server::{ServeConfig, ServeError, serve};
use carve_service::worker::frames::Frame;
use carve_solver::{Problem, findings};
use carve_tests::server::{Running, start};
use carve_tests::wire;
use proto::termination::{Limit, Reason};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

mod attacks;

mod floods;

mod in_time;

mod comparison;

mod evaluation;

mod explanation;

const CARVE: &str = env!("CARGO_BIN_EXE_carve-under-test");

async fn carve(change: impl FnOnce(&mut ServeConfig)) -> Running {
    start(Path::new(CARVE), change).await
}

/// A made book with its plan, as a request that counts work.
fn made(accounts: usize, buckets: usize, shape: Shape) -> (Generated, proto::SolveRequest) {
    let made = generate(&GenerateOptions { accounts, buckets, seed: 1, shape, tolerance: 0.05, extra_measures: 0 });
    let mut request = PlanFile::read("plan.yaml", made.plan_yaml.as_bytes()).expect("a good plan").request;
    request.accounts = wire::accounts(&made.book);
    request.options = Some(proto::Options { work_limit: 100_000, threads: 1, ..Default::default() });
    (made, request)
}

fn account(id: &str) -> proto::Account {
    proto::Account { account_id: id.into(), ..Default::default() }
}

/// Four accounts into two territories; two of the accounts are a family.
fn small() -> proto::SolveRequest {
    let node = |id: &str| proto::Node { node_id: id.into(), ..Default::default() };
    let root = proto::Node { children: vec![node("t0"), node("t1")], ..node("root") };
    let mut accounts: Vec<proto::Account> = ["a", "b", "c", "d"].map(account).to_vec();
    accounts[1].parent_account_id = "a".into();
    proto::SolveRequest {
        accounts,
        split: Some(proto::Split { shape: Some(proto::split::Shape::Tree(root)) }),
        options: Some(proto::Options { work_limit: 1_000_000, ..Default::default() }),
        ..Default::default()
    }
}

fn pinned(rule_id: &str, account: &str, node: &str) -> proto::Rule {
    let accounts = proto::AccountSelector { account_ids: vec![account.into()], ..Default::default() };
    let pin = proto::Pin { accounts: Some(accounts), node_id: node.into() };
    proto::Rule { rule_id: rule_id.into(), kind: Some(proto::rule::Kind::Pin(pin)) }
}

async fn solve(client: &mut CarveServiceClient<Channel>, request: proto::SolveRequest) -> proto::Plan {
    client.solve(request).await.expect("answered").into_inner().plan.expect("a plan")
}

fn reason_of(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().expect("an ErrorInfo");
    assert_eq!(info.domain, "carve.v1");
    info.reason.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn solve_answers_what_the_solver_does() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    for shape in [Shape::Plain, Shape::Owned, Shape::Families] {
        let (made, request) = made(300, 5, shape);
        let plan = solve(&mut client, request.clone()).await;
        let check = plan.check.as_ref().expect("checked");
        assert!(check.ok && check.faults.is_empty() && check.statements > 0, "{check:?}");
        // The way of the command line: the book from its columns, only the plan from the wire.
        let (mut input, faults) = decode::input(proto::SolveRequest { accounts: Vec::new(), ..request.clone() });
        assert!(faults.is_empty());
        input.book = made.book;
        let (_, expected) = carve_tests::solve(&input);
        let ids: Vec<&str> = plan.assignments.iter().map(|a| a.account_id.as_str()).collect();
        assert_eq!(ids, input.book.account_ids, "the order is the request's");
        let nodes: Vec<&str> = plan.assignments.iter().map(|a| a.node_id.as_str()).collect();
        assert_eq!(nodes, carve_tests::territories(&expected), "{}", shape.name());
        let values: Vec<f64> = plan.tiers.iter().map(|t| t.value).collect();
        assert_eq!(values, expected.tiers.iter().map(|t| t.value).collect::<Vec<f64>>());
    }
    server.shut_down().await;
}

/// A request with five faults.
fn faulty() -> proto::SolveRequest {
    let mut request = small();
    request.accounts[1].account_id = "a".into();
    request.accounts[2].place = Some(proto::Place { latitude: 91.0, longitude: f64::NAN, typical_error_km: None });
    request.tiers = vec![proto::Tier { give_back: -1.0, ..Default::default() }];
    request.rules = vec![pinned("r", "zz", "t9")];
    request
}

#[tokio::test]
async fn validate_returns_every_finding() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut validate = async |solve_request| {
        let request = proto::ValidateRequest { solve_request: Some(solve_request) };
        client.validate(request).await.expect("answered").into_inner()
    };
    let answer = validate(faulty()).await;
    assert!(!answer.valid && answer.findings_omitted == 0);
    let mut found: Vec<String> = answer.findings.iter().map(|f| format!("{} {}", f.code, f.path)).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "account_id_duplicate accounts[1].account_id",
            "give_back_invalid tiers[0].give_back",
            "latitude_out_of_range accounts[2].place.latitude",
            "node_unknown rules[0].pin.node_id",
            "number_not_finite accounts[2].place.longitude",
            "rule_account_unknown rules[0].pin.accounts.account_ids[0]",
            "tier_empty tiers[0].criteria",
        ]
    );
    let mut measured = small();
    for account in &mut measured.accounts {
        account.measures.insert("open_pipeline".into(), 5);
    }
    let answer = validate(measured).await;
    let columns: Vec<(&str, bool)> = answer.columns.iter().map(|c| (c.name.as_str(), c.balanced_by_default)).collect();
    assert_eq!(columns, [("open_pipeline", true)]);
    assert_eq!((answer.valid, answer.findings.len()), (true, 0));
    let mut orphan = small();
    orphan.accounts[0].parent_account_id = "gone".into();
    let answer = validate(orphan).await;
    assert!(answer.valid && answer.findings[0].severity() == proto::Severity::Warning, "{answer:?}");
    let mut doubled = small();
    doubled.accounts = vec![account("a"); 151];
    let answer = validate(doubled).await;
    assert_eq!((answer.findings.len(), answer.findings[0].code.as_str()), (1, "account_id_duplicate"));
    let mut many = small();
    let rule = |number: u32| proto::Rule { rule_id: format!("r{number}"), ..proto::Rule::default() };
    many.rules = (0..150).map(rule).collect();
    let answer = validate(many).await;
    assert_eq!((answer.findings.len(), answer.findings_omitted), (100, 50));
    server.shut_down().await;
}

#[tokio::test]
async fn invalid_requests_are_refused_with_every_violation() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let refused = client.solve(faulty()).await.expect_err("refused");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(reason_of(&refused), "ACCOUNT_ID_DUPLICATE");
    let details = refused.get_error_details();
    let violations = &details.bad_request().expect("violations").field_violations;
    assert_eq!(violations.len(), 7, "{violations:?}");
    assert!(violations.iter().any(|v| v.field == "rules[0].pin.node_id"), "{violations:?}");
    let nothing = Request::new(proto::EvaluatePlanRequest::default());
    for refused in [
        client.solve(proto::SolveRequest::default()).await.expect_err("refused"),
        client.evaluate_plan(nothing).await.expect_err("refused"),
    ] {
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(reason_of(&refused), "BOOK_EMPTY");
    }
    let answer = client.validate(proto::ValidateRequest::default()).await.expect("answered").into_inner();
    assert!(!answer.valid && answer.findings.iter().any(|f| f.code == "book_empty"), "{answer:?}");
    // A message in which every submessage is there and empty.
    let mut request = proto::SolveRequest {
        accounts: vec![proto::Account { place: Some(proto::Place::default()), ..Default::default() }],
        split: Some(proto::Split::default()),
        tiers: vec![proto::Tier { criteria: vec![proto::Criterion::default()], ..Default::default() }],
        rules: vec![proto::Rule::default()],
        options: Some(proto::Options::default()),
        measures: vec![proto::Measure::default()],
        families: 0,
    };
    assert_eq!(client.solve(request.clone()).await.expect_err("refused").code(), Code::InvalidArgument);
    request.split = Some(proto::Split { shape: Some(proto::split::Shape::Tree(proto::Node::default())) });
    assert_eq!(client.solve(request).await.expect_err("refused").code(), Code::InvalidArgument);
    solve(&mut client, small()).await;
    server.shut_down().await;
}

#[tokio::test]
async fn infeasible_is_an_answer() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut request = small();
    request.rules = vec![pinned("here", "a", "t0"), pinned("there", "b", "t1")];
    let plan = solve(&mut client, request.clone()).await;
    let termination = plan.termination.expect("a termination");
    assert_eq!(termination.reason(), Reason::Infeasible);
    assert_eq!(termination.conflicting_rule_ids, ["here", "there"]);
    assert!(plan.assignments.is_empty() && plan.nodes.is_empty() && plan.tiers.is_empty());
    request.rules[1] = pinned("there", "b", "t0");
    let plan = solve(&mut client, request).await;
    assert_eq!(plan.termination.expect("a termination").reason(), Reason::Optimal);
    server.shut_down().await;
}

#[tokio::test]
async fn a_deadline_brings_the_best_plan_in_time() {
    let server = carve(|_| {}).await;
    let (_, mut solve) = made(1_000, 8, Shape::Crm);
    let minute = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    solve.options = Some(proto::Options { time_limit: minute, gap_target: Some(0.0), ..Default::default() });
    let mut request = Request::new(solve);
    request.set_timeout(Duration::from_secs(2));
    let plan = server.client().await.solve(request).await.expect("in time").into_inner().plan.expect("a plan");
    assert_eq!(plan.assignments.len(), 1_000);
    assert!(plan.check.expect("checked").ok);
    server.shut_down().await;
}

/// A folder with one of the workers of `tests/workers` and `carve` in it.
struct Worker {
    dir: TempDir,
    program: PathBuf,
}

impl Worker {
    fn new(name: &str) -> Worker {
        let dir = tempfile::tempdir().expect("a folder");
        let workers = Path::new(env!("CARGO_MANIFEST_DIR")).join("workers");
        let program = dir.path().join(name);
        std::os::unix::fs::symlink(workers.join(name), &program).expect("linked");
        std::os::unix::fs::symlink(CARVE, dir.path().join("carve")).expect("linked");
        let made = Command::new("mkfifo").arg(dir.path().join("started")).status().expect("mkfifo runs");
        assert!(made.success());
        Worker { dir, program }
    }

    /// Waits until a worker has started; gives its process.
    async fn started(&self) -> String {
        let pipe = self.dir.path().join("started");
        let read = move || {
            let mut line = String::new();
            BufReader::new(std::fs::File::open(pipe)?).read_line(&mut line).map(|_| line.trim().to_owned())
        };
        tokio::task::spawn_blocking(read).await.expect("no panic").expect("a process")
    }
}

#[tokio::test]
async fn too_many_solves_are_refused_with_a_time_to_wait() {
    let worker = Worker::new("waits");
    let server = start(&worker.program, |config| {
        config.max_solves = 1;
        config.queue_wait = Duration::from_millis(200);
        config.drain = Duration::from_millis(100);
    })
    .await;
    let mut first = server.client().await;
    let under_way = tokio::spawn(async move { first.solve(small()).await });
    worker.started().await;
    let mut client = server.client().await;
    let refused = client.solve(small()).await.expect_err("refused");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(reason_of(&refused), "SOLVES_IN_FLIGHT_TOO_MANY");
    let details = refused.get_error_details();
    // The one under way may take five minutes.
    let after = details.retry_info().and_then(|r| r.retry_delay).unwrap_or_default();
    assert!(after > Duration::from_secs(200) && after < Duration::from_secs(400), "{after:?}");
    // What is no solve is answered meanwhile.
    let request = proto::ValidateRequest { solve_request: Some(small()) };
    assert!(client.validate(request).await.expect("answered").into_inner().valid);
    under_way.abort();
    server.shut_down().await;
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_place_and_ends_its_worker() {
    let worker = Worker::new("waits");
    let server = start(&worker.program, |config| {
        config.max_solves = 1;
        config.drain = Duration::from_millis(100);
    })
    .await;
    let mut first = server.client().await;
    let left = tokio::spawn(async move { first.solve(small()).await });
    let process = worker.started().await;
    left.abort();
    let mut second = server.client().await;
    let next = tokio::spawn(async move {
        loop {
            match second.solve(small()).await {
                // Until the server has seen that the first has gone.
                Err(status) if status.code() == Code::ResourceExhausted => {}
                answer => return answer,
            }
        }
    });
    assert_ne!(worker.started().await, process, "a second worker has started");
    while Path::new("/proc").join(&process).exists() {
        tokio::task::yield_now().await;
    }
    next.abort();
    server.shut_down().await;
}

#[tokio::test]
async fn a_worker_that_crashes_costs_its_call_alone() {
    let server = start(Path::new("/bin/false"), |_| {}).await;
    let mut client = server.client().await;
    for _ in 0..3 {
        let lost = client.solve(small()).await.expect_err("lost");
        assert_eq!((lost.code(), reason_of(&lost).as_str()), (Code::Internal, "WORKER_DIED"));
    }
    let request = proto::ValidateRequest { solve_request: Some(small()) };
    assert!(client.validate(request).await.expect("answered").into_inner().valid);
    server.shut_down().await;
    let server = start(Path::new("/no/such/worker"), |_| {}).await;
    let lost = server.client().await.solve(small()).await.expect_err("lost");
    assert_eq!((lost.code(), reason_of(&lost).as_str()), (Code::Internal, "WORKER_NOT_STARTED"));
    server.shut_down().await;
    let worker = Worker::new("crashes_once");
    let server = start(&worker.program, |config| config.max_solves = 1).await;
    let mut client = server.client().await;
    assert_eq!(client.solve(small()).await.expect_err("lost").code(), Code::Internal);
    assert_eq!(solve(&mut client, small()).await.assignments.len(), 4);
    server.shut_down().await;
}

/// What the server of [`a_plan_that_fails_the_check_is_not_sent_and_the_log_says_why`] has logged.
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[tokio::test]
async fn a_plan_that_fails_the_check_is_not_sent_and_the_log_says_why() {
    let server = carve(|_| {}).await;
    let mut plan = solve(&mut server.client().await, small()).await;
    server.shut_down().await;
    let worker = Worker::new("lies");
    let answer = |plan: &proto::Plan| {
        let bytes = Frame::Final(plan.clone()).bytes().expect("small");
        std::fs::write(worker.dir.path().join("answer"), bytes).expect("written");
    };
    let log = |line: &str| LOGGED.lock().expect("no panic").push(line.to_owned());
    let server = start(&worker.program, |config| config.log = log).await;
    let mut client = server.client().await;
    // The worker's word is taken where it holds, and a check that it lacks is made.
    plan.check = None;
    answer(&plan);
    assert!(solve(&mut client, small()).await.check.expect("checked").ok);
    plan.nodes[1].measures[0].amount += 1;
    answer(&plan);
    let refused = client.solve(small()).await.expect_err("refused");
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::Internal, "PLAN_CHECK_FAILED"));
    let details = refused.get_error_details();
    let reference = &details.error_info().expect("set").metadata["reference"];
    assert!(refused.message().contains(reference.as_str()), "{}", refused.message());
    let logged = LOGGED.lock().expect("no panic").clone();
    let [line] = logged.as_slice() else { panic!("{logged:?}") };
    assert!(line.contains(reference.as_str()) && line.contains("account_count of t0: the plan says"), "{line}");
    server.shut_down().await;
}

#[tokio::test]
async fn shutdown_lets_a_solve_end_with_its_plan() {
    let worker = Worker::new("tells");
    let server = start(&worker.program, |config| config.max_time_limit = Duration::from_secs(600)).await;
    let mut health = HealthClient::new(server.channel().await);
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("watched").into_inner();
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 1, "SERVING");
    let (_, mut request) = made(1_000, 8, Shape::Crm);
    let long = Some(prost_types::Duration { seconds: 600, nanos: 0 });
    request.options = Some(proto::Options { time_limit: long, gap_target: Some(0.0), ..Default::default() });
    let mut client = server.client().await;
    let under_way = tokio::spawn(async move { client.solve(request).await });
    worker.started().await;
    let addr = server.addr;
    let down = server.shut_down();
    assert_eq!(watch.message().await.expect("open").expect("a status").status, 2, "NOT_SERVING");
    let plan = under_way.await.expect("no panic").expect("answered").into_inner().plan.expect("a plan");
    let termination = plan.termination.expect("a termination");
    assert_eq!(termination.limit(), Limit::Stopped, "{termination:?}");
    down.await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn health_is_serving() {
    let server = carve(|_| {}).await;
    let mut health = HealthClient::new(server.channel().await);
    for service in ["", "carve.v1.CarveService"] {
        let answer = health.check(HealthCheckRequest { service: service.into() }).await.expect("answered");
        assert_eq!(answer.into_inner().status, 1, "{service:?}");
    }
    let unknown = health.check(HealthCheckRequest { service: "carve.v1.NoService".into() }).await;
    assert_eq!(unknown.expect_err("unknown").code(), Code::NotFound);
    server.shut_down().await;
}

#[tokio::test]
async fn reflection_answers_only_when_asked_for() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    use tonic_reflection::pb::v1::{ListServiceResponse, ServerReflectionRequest};
    let list = async |server: &Running| -> Result<ListServiceResponse, Status> {
        let mut client = ServerReflectionClient::new(server.channel().await);
        let message_request = Some(MessageRequest::ListServices(String::new()));
        let request = ServerReflectionRequest { host: String::new(), message_request };
        let mut answers = client.server_reflection_info(tokio_stream::once(request)).await?.into_inner();
        match answers.message().await?.and_then(|answer| answer.message_response) {
            Some(MessageResponse::ListServicesResponse(list)) => Ok(list),
            other => panic!("{other:?}"),
        }
    };
    let server = carve(|_| {}).await;
    assert_eq!(list(&server).await.expect_err("not there").code(), Code::Unimplemented);
    server.shut_down().await;
    let server = carve(|config| config.reflection = true).await;
    let names: Vec<String> = list(&server).await.expect("answered").service.into_iter().map(|s| s.name).collect();
    assert!(names.iter().any(|n| n == "carve.v1.CarveService"), "{names:?}");
    server.shut_down().await;
}

#[tokio::test]
async fn only_loopback_is_served() {
    let serve_on = async |addr: &str| {
        let listener = TcpListener::bind(addr).await.expect("a free port");
        serve(listener, ServeConfig::new().expect("a program"), std::future::ready(())).await
    };
    assert!(matches!(serve_on("0.0.0.0:0").await, Err(ServeError::NotLoopback(_))));
    assert!(serve_on("127.0.0.1:0").await.is_ok());
}

#[tokio::test]
async fn a_plan_from_the_wire_means_what_the_file_means() {
    let (made, request) = made(50, 3, Shape::Owned);
    let from_wire = decode::problem(request.clone()).expect("accepted");
    let (mut input, _) = decode::input(proto::SolveRequest { accounts: Vec::new(), ..request });
    input.book = made.book;
    let from_file = Problem::new(&input).expect("accepted");
    assert_eq!(format!("{:?}", findings(&from_wire)), format!("{:?}", findings(&from_file)));
}
