//! What breaks around a server, in any number: processes killed, disks that fail or lose what was not synced, databases that
//! go away. Each gives the counts that it is asked for; tests ask for few, `cargo run --example faults` for many.

pub mod kills;

pub mod disk;

pub mod power;

pub mod postgres;

pub mod process;

use carve_datasets::{GenerateOptions, Shape, generate};
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_service::plan_file::PlanFile;
use proto::run::State;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// A client.
pub type Client = CarveServiceClient<Channel>;

/// Longest wait for anything; no test comes near it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A small request of its own for each number, which takes some hundredths of a second.
pub fn request(number: u64) -> proto::SolveRequest {
    static MADE: OnceLock<Vec<proto::SolveRequest>> = OnceLock::new();
    let made = MADE.get_or_init(|| (0..5).map(made).collect());
    let mut request = made[(number % 5) as usize].clone();
    let time_limit = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    request.options =
        Some(proto::Options { work_limit: 10_000, threads: 1, seed: number, time_limit, ..Default::default() });
    request
}

fn made(seed: u64) -> proto::SolveRequest {
    let options =
        GenerateOptions { accounts: 60, buckets: 4, seed, shape: Shape::Plain, tolerance: 0.05, extra_measures: 0 };
    let made = generate(&options);
    let mut request = PlanFile::read("plan.yaml", made.plan_yaml.as_bytes()).expect("a good plan").request;
    request.accounts = crate::wire::accounts(&made.book);
    request
}

/// Runs that were asked for, by their own ids, and what was acknowledged.
#[derive(Debug, Default)]
pub struct Book {
    /// The run of each request id that was acknowledged.
    pub acknowledged: BTreeMap<String, String>,
    /// Request ids that were not.
    pub open: Vec<u64>,
}

impl Book {
    /// Asks for a run; whether it was acknowledged.
    pub async fn ask(&mut self, client: &mut Client, number: u64) -> Result<(), Status> {
        let request_id = format!("r{number}");
        let asked = proto::CreateRunRequest {
            request_id: request_id.clone(),
            solve_request: Some(request(number)),
            ..Default::default()
        };
        match tokio::time::timeout(Duration::from_secs(20), client.create_run(asked)).await {
            Ok(Ok(answer)) => {
                let run_id = answer.into_inner().run.map(|run| run.run_id).unwrap_or_default();
                let before = self.acknowledged.insert(request_id, run_id.clone());
                assert!(before.is_none_or(|before| before == run_id), "one request id made two runs");
                Ok(())
            }
            Ok(Err(status)) => {
                self.open.push(number);
                Err(status)
            }
            Err(_) => {
                self.open.push(number);
                Err(Status::deadline_exceeded("the test's own patience"))
            }
        }
    }

    /// Waits for the end of every acknowledged run, and counts how they ended.
    pub async fn end(&self, client: &mut Client) -> Ends {
        let mut ends = Ends { acknowledged: self.acknowledged.len(), ..Ends::default() };
        for (request_id, run_id) in &self.acknowledged {
            let run = tokio::time::timeout(PATIENCE, ended(client, run_id)).await.ok().flatten();
            match run.as_ref().map(|run| (run.state(), run.failure.clone().unwrap_or_default().reason)) {
                Some((State::Succeeded, _)) => ends.succeeded += 1,
                Some((State::Failed, reason)) if ["WORKER_DIED", "ATTEMPTS_TOO_MANY"].contains(&reason.as_str()) => {
                    ends.told += 1
                }
                other => ends.lost.push(format!("{request_id} {run_id}: {other:?}")),
            }
        }
        ends
    }
}

/// How acknowledged runs ended.
#[derive(Debug, Default)]
pub struct Ends {
    /// How many there were.
    pub acknowledged: usize,
    /// With an answer.
    pub succeeded: usize,
    /// Failed because two worker processes were killed over them, or servers more often than a run is tried, as it is promised.
    pub told: usize,
    /// Gone, or ended in any other way.
    pub lost: Vec<String>,
}

/// The run when it has ended. `None`: it is not there.
pub async fn ended(client: &mut Client, run_id: &str) -> Option<proto::Run> {
    loop {
        let request = proto::WatchRunRequest { run_id: run_id.into(), after_sequence: 0 };
        let mut told = match client.watch_run(request).await {
            Ok(told) => told.into_inner(),
            Err(status) if status.code() == Code::NotFound => return None,
            Err(_) => {
                pause(Duration::from_millis(50)).await;
                continue;
            }
        };
        let mut last = None;
        while let Ok(Some(answer)) = told.message().await {
            last = answer.run.or(last);
        }
        if let Some(run) = last.filter(|run| run.end_time.is_some()) {
            return Some(run);
        }
    }
}

/// Lets so much time go by: a fault comes at a random moment, and nobody waits for it.
pub async fn pause(time: Duration) {
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}
