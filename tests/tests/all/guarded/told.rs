//! The program as whoever runs it knows it: its settings, its tokens, and its log, which has nothing of what clients send.

use super::{CARVE, bearing, request};
use carve_proto::v1 as proto;
use carve_service::config::{SETTINGS, printed};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Uri};
use tonic::transport::Channel;

fn run(arguments: &[&str]) -> Output {
    Command::new(CARVE).args(arguments).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server in a process of its own, with JSON lines.
struct Serving {
    process: Child,
    stderr: BufReader<std::process::ChildStderr>,
    addr: SocketAddr,
    /// Lines up to the one that says where it listens.
    before: String,
}

impl Serving {
    fn start(arguments: &[&str]) -> Serving {
        let mut command = Command::new(CARVE);
        command.args(["serve", "--addr", "127.0.0.1:0", "--log-format", "json", "--log-level", "debug"]);
        let mut process = command.args(arguments).stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = BufReader::new(process.stderr.take().expect("piped"));
        let mut serving = Serving { process, stderr, addr: SocketAddr::from(([0, 0, 0, 0], 0)), before: String::new() };
        while serving.addr.port() == 0 {
            let mut line = String::new();
            assert!(serving.stderr.read_line(&mut line).expect("text") > 0, "it ended: {}", serving.before);
            serving.before += &line;
            let words = line.split([' ', ';', '"']).filter(|_| line.contains("serves gRPC on"));
            serving.addr = words.into_iter().find_map(|word| word.parse().ok()).unwrap_or(serving.addr);
        }
        serving
    }

    async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.addr)).expect("an address");
        endpoint.connect().await.expect("it listens")
    }

    /// Ends it; all that it wrote.
    fn end(mut self) -> String {
        let killed = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().expect("kill runs");
        assert!(killed.success());
        let mut rest = self.before;
        self.stderr.read_to_string(&mut rest).expect("text");
        assert_eq!(self.process.wait().expect("it ends").code(), Some(0), "{rest}");
        rest
    }
}

/// What is in every place where a client can put something, and nowhere else.
const MARK: &str = "zzsecretzz";
/// An amount that nobody else has.
const AMOUNT: i64 = 918_273_645;

/// The request, marked everywhere.
fn marked(bad: bool) -> proto::SolveRequest {
    let mut request = request();
    for (index, account) in request.accounts.iter_mut().enumerate() {
        account.account_id = format!("{MARK}-id-{index}");
        account.name = format!("{MARK} name");
        account.current_owner = format!("{MARK} owner");
        account.attributes.insert(format!("{MARK}_attribute"), format!("{MARK} value"));
        account.measures = [("pipeline".to_owned(), AMOUNT)].into();
    }
    if bad {
        let filter = format!("{MARK} == '{MARK}' &&& {AMOUNT}");
        let accounts = Some(proto::AccountSelector { filter, ..Default::default() });
        let pin = proto::Pin { accounts, node_id: format!("{MARK}-node") };
        let kind = Some(proto::rule::Kind::Pin(pin));
        request.rules.push(proto::Rule { rule_id: format!("{MARK}-rule"), kind });
    }
    request
}

async fn hostile(channel: &mut Channel, path: &str, body: String) {
    let uri = Uri::builder().scheme("http").authority("carve").path_and_query(path).build().expect("a path");
    let request = Request::post(uri)
        .header("content-type", "application/grpc")
        .header("authorization", format!("Bearer {MARK}"))
        .header(format!("{MARK}-header"), MARK)
        .header("user-agent", MARK)
        .header("grpc-timeout", format!("{MARK}S"));
    let request = request.body(Body::new(body)).expect("a request");
    std::future::poll_fn(|context| channel.poll_ready(context)).await.expect("connected");
    // Whatever is answered.
    let _ = channel.call(request).await;
}

#[tokio::test]
async fn the_log_has_ids_and_nothing_that_clients_send() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tokens");
    let file = file.to_str().expect("UTF-8");
    let made = run(&["token", "new", "--tenant", "acme", "--rights", "read,solve", "--file", file]);
    let token = text(&made.stdout).trim().to_owned();
    let data = folder.path().join("runs");
    let serving = Serving::start(&["--tokens", file, "--data", data.to_str().expect("UTF-8")]);
    let mut channel = serving.channel().await;
    let mut client = bearing(channel.clone(), &token);
    let mut count = 0;
    for bad in [false, true] {
        let solve_request = Some(marked(bad));
        let refused = [
            client.solve(marked(bad)).await.is_err(),
            client.validate(proto::ValidateRequest { solve_request: solve_request.clone() }).await.is_err(),
        ];
        assert_eq!(refused, [bad, false]);
        let labels = [(format!("{MARK}-label"), MARK.to_owned())].into();
        let request_id = format!("{MARK}-request-{bad}");
        let asked = proto::CreateRunRequest { request_id, solve_request, labels, ..Default::default() };
        let created = client.create_run(asked).await;
        count += 3;
        let Ok(created) = created else { continue };
        let id = created.metadata().get("carve-call-id").expect("a number").to_str().expect("ASCII").to_owned();
        assert_eq!(id.len(), 32);
        let run_id = created.into_inner().run.expect("a run").run_id;
        let watch = proto::WatchRunRequest { run_id, after_sequence: 0 };
        let mut told = client.watch_run(watch).await.expect("watched").into_inner();
        while told.message().await.expect("told").is_some() {}
        count += 1;
    }
    let path = "/carve.v1.CarveService/Solve";
    for path in [path.to_owned(), format!("{path}?{MARK}"), format!("/{MARK}/{MARK}"), format!("{path}/{MARK}")] {
        for body in ["", MARK, "\0\0\0\0\u{a}zzsecretzz", "\u{1}\0\0\0\u{4}zzzz", "\0\u{7f}\0\0\0"] {
            hostile(&mut channel, &path, body.to_owned()).await;
            count += 1;
        }
    }
    drop((client, channel));
    let log = serving.end();
    println!("{count} calls, {} lines", log.lines().count());
    for secret in [MARK, &AMOUNT.to_string(), &token, &token[6..]] {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let calls: Vec<&Value> = lines.iter().filter(|line| line["message"] == "call ended").collect();
    assert_eq!(calls.len(), count, "{log}");
    assert!(calls.iter().all(|line| line["span"]["call_id"].is_string() && line["code"].is_string()));
    let accepted = lines.iter().find(|line| line["message"] == "run accepted").expect("told");
    assert!(accepted["run_id"].is_string() && accepted["span"]["tenant"] == "acme", "{accepted}");
    let ended = lines.iter().find(|line| line["message"] == "run ended").expect("told");
    assert_eq!((&ended["run_id"], &ended["state"]), (&accepted["run_id"], &Value::from("succeeded")));
}

#[test]
fn tokens_are_made_shown_and_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tokens");
    let file = file.to_str().expect("UTF-8");
    let made = run(&["token", "new", "--tenant", "acme", "--file", file]);
    let token = text(&made.stdout).trim().to_owned();
    assert!(made.status.success() && token.starts_with("carve_") && !token.contains(' '));
    let listed = || text(&run(&["token", "list", "--file", file]).stdout);
    let id = listed().split(' ').next().expect("an id").to_owned();
    assert!(listed().contains("  token  acme  read,solve  20") && !listed().contains(&token[6..]));
    for (arguments, told) in [
        (&["token", "revoke", "zz", "--file", file][..], "0 tokens of the file begin with \"zz\""),
        (&["token", "new", "--tenant", "a b", "--file", file], "is no name of a tenant"),
        (&["token", "new", "--tenant", "a", "--rights", "all", "--file", file], "is no right"),
        (&["token", "list", "--file", "/no/such/file"], "cannot be used"),
        (&["token", "new", "--tenant", "a", "--certificate", file, "--file", file], "is no certificate"),
    ] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(text(&refused.stderr).replace("\n  ", " ").contains(told), "{}", text(&refused.stderr));
    }
    assert!(run(&["token", "revoke", &id[..6], "--file", file]).status.success());
    assert_eq!(listed(), "");
}

#[test]
fn settings_are_told_and_flags_win() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("carve.toml");
    let path = path.to_str().expect("UTF-8");
    std::fs::write(path, "max-solves = 3\ndrain = \"2s\"\ndata = \"/var/lib/carve\"\n").expect("written");
    let shown = run(&["serve", "--config", path, "--print-config", "--drain", "7s", "--database", "postgres://db"]);
    let shown = text(&shown.stdout);
    for line in [
        "max-solves = 3",
        "drain = \"7s\"",
        "database = \"postgres://db\"",
        "# data = \"\"",
        "# max-time-limit = \"10m\"",
    ] {
        assert!(shown.lines().any(|told| told == line), "{line} is not in\n{shown}");
    }
    assert_eq!(text(&run(&["serve", "--print-config"]).stdout), printed(&Vec::new()));
    let help = text(&run(&["serve", "--help"]).stdout);
    for setting in SETTINGS {
        assert!(help.contains(&format!("--{}", setting.name)), "{}", setting.name);
    }
    std::fs::write(path, "max_solve = 3\n").expect("written");
    let refused = run(&["serve", "--config", path]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).replace("\n  ", " ").contains("is max-solves meant?"), "{}", text(&refused.stderr));
    for (arguments, told) in [
        (&["serve", "--data", "a", "--database", "b"][..], "cannot be used with"),
        (&["serve", "--max-solves", "0"], "not a whole number from 1 to 1024"),
        (&["serve", "--tls-cert", "a"], "tls-cert needs tls-key"),
        (&["serve", "--no-workers"], "need a store that several processes share"),
        (&["serve", "--addr", "0.0.0.0:0"], "--tls-cert, --tls-key and --tokens"),
        (&["serve", "--tokens", "/no/such/file"], "cannot be read"),
    ] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(text(&refused.stderr).replace("\n  ", " ").contains(told), "{}", text(&refused.stderr));
    }
}

#[test]
fn the_docs_have_every_setting_with_its_default() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let docs = std::fs::read_to_string(root.join("docs/operating.md")).expect("the page is there");
    let row = |setting: &carve_service::config::Setting| {
        let default = setting.default.map(|default| format!("`{default}`")).unwrap_or_default();
        format!("| `{}` | {default} | {} |", setting.name, setting.text.replace('\n', " ")).replace("|  |", "| |")
    };
    let rows: Vec<String> = SETTINGS.iter().map(row).collect();
    let lacking: Vec<&String> = rows.iter().filter(|row| !docs.lines().any(|line| line == *row)).collect();
    assert!(lacking.is_empty(), "docs/operating.md lacks these rows:\n{}", rows.join("\n"));
    let told = docs.lines().filter(|line| SETTINGS.iter().any(|s| line.starts_with(&format!("| `{}` |", s.name))));
    assert_eq!(told.count(), SETTINGS.len(), "a setting stands twice");
}
