//! Processes from their start to their end: signals, faults that keep them from starting, and what they tell of both.

use super::{CARVE, request};
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_tests::postgres::Cluster;
use carve_tests::raw::{self, Raw, claiming, frame};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};
use tonic::transport::Channel;

/// A process of carve serve, whose lines are read as they come.
struct Process {
    child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Started, and as far as the line that has this text.
    fn start(arguments: &[&str], until: &str) -> Process {
        let mut command = Command::new(CARVE);
        command.arg("serve").args(arguments).env("PGPASSWORD", "secret");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut process = Process { child, stderr, told: String::new() };
        process.hear(until);
        process
    }

    /// The next line that has this text.
    fn hear(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).expect("text") > 0, "{text:?} is not in\n{}", self.told);
            self.told += &line;
            if line.contains(text) {
                return line;
            }
        }
    }

    fn addr(&self) -> SocketAddr {
        self.told.split([' ', ';']).find_map(|word| word.parse().ok()).expect("an address")
    }

    async fn client(&self) -> CarveServiceClient<Channel> {
        CarveServiceClient::connect(format!("http://{}", self.addr())).await.expect("it listens")
    }

    fn send(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Its exit code, and all that it wrote.
    fn ended(mut self) -> (Option<i32>, String) {
        self.stderr.read_to_string(&mut self.told).expect("text");
        (self.child.wait().expect("it ends").code(), std::mem::take(&mut self.told))
    }
}

/// What a process that cannot start says on one line, and its exit code.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(CARVE).arg("serve").args(arguments).output().expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).replace("\n  ", " "))
}

#[test]
fn a_hangup_ends_no_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("UTF-8");
    for (arguments, until) in [
        (&["--addr", "127.0.0.1:0"][..], "serves gRPC on"),
        (&["--workers-only", "--data", data], "works on the runs of"),
    ] {
        let process = Process::start(arguments, until);
        process.send("-HUP");
        process.send("-TERM");
        let (code, told) = process.ended();
        assert_eq!(code, Some(0), "{told}");
        for line in ["asked to end by=\"SIGTERM\"", "draining", "drained: all has ended"] {
            assert!(told.contains(line), "{line} is not in\n{told}");
        }
    }
}

#[tokio::test]
async fn a_second_signal_ends_a_drain_at_once() {
    let mut process = Process::start(&["--addr", "127.0.0.1:0", "--drain", "60s"], "serves gRPC on");
    // A message that never comes holds the drain up.
    let mut slow = Raw::open(process.addr(), &[]).await.expect("open");
    let headers = frame(raw::HEADERS, raw::END_HEADERS, 1, &raw::call("/carve.v1.CarveService/Validate"));
    slow.send(&[headers, frame(raw::DATA, 0, 1, &claiming(1_000, b""))].concat()).await.expect("sent");
    slow.seen().await.expect("seen");
    let started = Instant::now();
    process.send("-TERM");
    process.hear("draining");
    assert!(process.child.try_wait().expect("told").is_none());
    process.send("-INT");
    assert_eq!(process.ended().0, Some(130));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_worker_that_dies_is_told_with_how() {
    let mut process = Process::start(&["--addr", "127.0.0.1:0"], "serves gRPC on");
    let time_limit = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let options = proto::Options { time_limit, gap_target: Some(0.0), thorough: true, ..Default::default() };
    let account = |number: i64| proto::Account {
        account_id: format!("a{number}"),
        measures: [("pipeline".to_owned(), 1_000 + number * number % 977)].into(),
        ..Default::default()
    };
    let long = proto::SolveRequest { options: Some(options), accounts: (0..900).map(account).collect(), ..request() };
    let asked = proto::CreateRunRequest { solve_request: Some(long), ..Default::default() };
    let mut client = process.client().await;
    let run_id = client.create_run(asked).await.expect("accepted").into_inner().run.expect("a run").run_id;
    let children = format!("/proc/{0}/task", process.child.id());
    let worker = loop {
        let tasks = std::fs::read_dir(&children).expect("there").flatten();
        let found = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        // Before it is a worker it is a copy of the server.
        let is_worker = |pid: &String| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("\0worker\0")
        };
        if let Some(pid) = found.flat_map(|text| text.split(' ').map(String::from).collect::<Vec<_>>()).find(is_worker)
        {
            break pid;
        }
    };
    // What the server was started with is none of the worker's business.
    let environment = std::fs::read(format!("/proc/{worker}/environ")).unwrap_or_default();
    assert!(!String::from_utf8_lossy(&environment).contains("PGPASSWORD"));
    assert!(Command::new("kill").args(["-KILL", &worker]).status().expect("kill runs").success());
    let line = process.hear("worker died");
    assert!(line.contains(&run_id) && line.contains("signal: 9") && line.contains("WARN"), "{line}");
    drop(client);
    process.send("-TERM");
    process.ended();
}

#[tokio::test]
async fn what_is_forgotten_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("UTF-8");
    let process = Process::start(&["--addr", "127.0.0.1:0", "--data", data], "serves gRPC on");
    let mut client = process.client().await;
    let asked = proto::CreateRunRequest { solve_request: Some(request()), ..Default::default() };
    let run_id = client.create_run(asked).await.expect("accepted").into_inner().run.expect("a run").run_id;
    let watch = proto::WatchRunRequest { run_id, after_sequence: 0 };
    let mut told = client.watch_run(watch).await.expect("watched").into_inner();
    while told.message().await.expect("told").is_some() {}
    drop((client, told));
    process.send("-TERM");
    process.ended();
    let mut process =
        Process::start(&["--addr", "127.0.0.1:0", "--data", data, "--keep-answers", "1"], "serves gRPC on");
    let line = process.hear("forgotten");
    assert!(line.contains("runs_past_keep_answers=1") && line.contains("runs_past_keep_runs=0"), "{line}");
    process.send("-TERM");
    process.ended();
}

#[test]
fn a_store_that_answers_again_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cluster = Cluster::start(folder.path());
    cluster.create("runs");
    let url = cluster.url("runs");
    let mut process = Process::start(&["--addr", "127.0.0.1:0", "--database", &url], "serves gRPC on");
    cluster.kill();
    process.hear("the store failed");
    cluster.kill_and_restart();
    process.hear("the store answers again");
    process.send("-TERM");
    process.ended();
}

/// A certificate of its own signature that is valid until this year, and its key, in files of this name.
fn certificate(folder: &Path, name: &str, until: i32) -> [String; 2] {
    let mut params = rcgen::CertificateParams::new(vec!["carve.test".to_owned()]).expect("a name");
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key = rcgen::KeyPair::generate().expect("a key");
    let made = params.self_signed(&key).expect("signed");
    [("cert", made.pem()), ("key", key.serialize_pem())].map(|(kind, pem)| {
        let path = folder.join(format!("{name}-{kind}.pem"));
        std::fs::write(&path, pem).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    })
}

#[test]
fn files_of_tls_are_named_and_one_that_has_run_out_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let ([cert, key], [_, other]) = (certificate(folder.path(), "a", 2020), certificate(folder.path(), "b", 2020));
    let with = |cert: &str, key: &str| refused(&["--addr", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key]);
    for ((cert, key), told) in [
        ((&cert, &cert), format!("the key of TLS {cert}: there is no private key")),
        ((&key, &key), format!("the certificate of TLS {key}: there is no certificate")),
        ((&cert, &other), format!("the key {other} is not that of the certificate {cert}")),
    ] {
        let (code, text) = with(cert, key);
        assert!(code == Some(2) && text.replace('\n', " ").contains(&told), "{told}: {text}");
        assert!(!text.contains("serves gRPC on"), "it is said before it is true: {text}");
    }
    let process = Process::start(&["--addr", "127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &key], "serves gRPC on");
    process.send("-TERM");
    let (_, told) = process.ended();
    let line = told.lines().find(|line| line.contains("has run out")).expect("it is told");
    assert!(line.contains("WARN") && line.contains(&cert), "{line}");
}

#[test]
fn what_keeps_a_server_from_starting_says_where_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken");
    std::fs::create_dir(&broken).expect("made");
    std::fs::write(broken.join("carve.sqlite3"), "x".repeat(4_096)).expect("written");
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "# first\nbearer\n").expect("written");
    let (broken, tokens) = (broken.to_str().expect("UTF-8"), tokens.to_str().expect("UTF-8"));
    for (arguments, told) in [
        (&["--data", broken][..], &["carve.sqlite3 cannot be opened", "is no database of SQLite"][..]),
        (&["--tokens", tokens], &[tokens, "line 2"]),
        (&["--database", "postgres://u:secret@127.0.0.1:1/x"], &["127.0.0.1:1, database x", "refused"]),
        (&["--database", "mysql://u:secret@h/x"], &["database: mysql:// is no database"]),
        (&["--data", ""], &["data: it is empty"]),
    ] {
        for format in ["text", "json"] {
            let (code, text) = refused(&[arguments, &["--addr", "127.0.0.1:0", "--log-format", format]].concat());
            assert_eq!(code, Some(2), "{arguments:?}: {text}");
            assert!(!text.contains("secret") && !text.contains("serves gRPC on"), "{text}");
            if format == "json" {
                let lines = text.lines().map(serde_json::from_str::<serde_json::Value>);
                let lines: Vec<_> = lines.map(|line| line.unwrap_or_else(|_| panic!("{text}"))).collect();
                let last = lines.last().expect("a line");
                assert_eq!(last["level"], "ERROR", "{text}");
            }
            let text = text.replace('\n', " ");
            assert!(told.iter().all(|words| text.contains(words)), "{told:?}: {text}");
        }
    }
}

#[test]
fn settings_that_say_nothing_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("UTF-8");
    let arguments = ["--workers-only", "--data", data, "--addr", "127.0.0.1:0", "--tokens", "/none", "--drain", "1s"];
    let process = Process::start(&arguments, "works on the runs of");
    process.send("-TERM");
    let (_, told) = process.ended();
    assert!(told.contains("settings=\"addr, tokens\""), "{told}");
}
