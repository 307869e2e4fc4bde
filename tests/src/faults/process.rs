//! The program as a process of its own, to be killed, stopped and started again.

use super::Client;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tonic::transport::Channel;

/// A `carve serve` that runs; killed when it is dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// Where it listens; empty: it works only.
    pub addr: String,
}

impl Served {
    /// Starts the program with these arguments and variables, and waits until it says that it serves or works.
    pub fn start(program: &Path, arguments: &[&str], variables: &[(&str, OsString)]) -> Served {
        let mut command = Command::new(program);
        command.arg("serve").args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok);
        let line = lines.by_ref().find(|line| line.starts_with("carve serves") || line.starts_with("carve works"));
        let line = line.expect("it says where it serves");
        let addr = line.split(';').next().and_then(|head| head.rsplit(' ').next()).filter(|addr| addr.contains(':'));
        let addr = addr.unwrap_or_default().to_owned();
        // What it says later is let go, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Served { child, addr }
    }

    /// A client of it.
    pub async fn client(&self) -> Client {
        let endpoint = Channel::from_shared(format!("http://{}", self.addr)).expect("an address");
        let endpoint = endpoint.connect_timeout(Duration::from_secs(20));
        CarveServiceClient::new(endpoint.connect().await.expect("it listens")).max_decoding_message_size(64 << 20)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        // One that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it a signal, such as STOP.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Its worker processes.
    pub fn workers(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let tasks = tasks.into_iter().flatten().map_while(Result::ok);
        let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        children
            .flat_map(|line| line.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>())
            .collect()
    }

    /// Its resident memory, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).unwrap_or_default() * 1_024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a process that may have ended.
pub fn signal(id: u32, name: &str) {
    let _ = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).stderr(Stdio::null()).status();
}

/// A process by its id and when it started, in ticks: ids are given again to others.
pub fn started(id: u32) -> (u32, Option<u64>) {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // Behind the name, which may have anything in it, the twentieth field.
    (id, stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(19)?.parse().ok()))
}

/// Whether the process is there.
pub fn is_alive(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // One that has ended and was not waited for is a Z.
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
}
