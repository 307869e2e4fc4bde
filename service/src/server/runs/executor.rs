//! What works on runs: as many at a time as there is room for solves.

use super::attempt::{ATTEMPTS_MAX, Attempt, LEASE};
use super::{Runs, news};
use crate::server::is_set;
use crate::server::worker_process::Workers;
use crate::store::{RunRow, Swept};
use carve_proto::v1 as proto;
use proto::run::State;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// How often the store is asked for runs that other processes took in or lost.
const POLL: Duration = Duration::from_millis(250);
/// How often a store whose last write failed is tried.
const PROBE: Duration = Duration::from_millis(500);
/// How often what is due is forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// Works on runs until the process is to end.
#[derive(Debug, Clone)]
pub struct Executor {
    /// What all runs share.
    pub runs: Runs,
    /// What starts workers.
    pub workers: Workers,
    /// Room for solves, those of unary calls among them.
    pub room: Arc<Semaphore>,
    /// What this process is called in the store.
    pub name: String,
    /// Set when the process is to end.
    pub drain: watch::Receiver<bool>,
}

impl Executor {
    /// Takes runs and works on them until the process is to end; then gives back those it holds. Ends when all are given back.
    pub async fn run(self) {
        let mut attempts = JoinSet::new();
        let mut draining = pin!(is_set(self.drain.clone()));
        'working: loop {
            tokio::select! {
                () = &mut draining => break 'working,
                () = self.runs.work.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(_) = attempts.join_next() => {}
            }
            // A store that fails now is asked again.
            while self.has_work().await {
                let permit = tokio::select! {
                    permit = Arc::clone(&self.room).acquire_owned() => permit,
                    () = &mut draining => break 'working,
                };
                let Ok(permit) = permit else { break };
                if !self.begin(&mut attempts, permit).await {
                    break;
                }
            }
        }
        while attempts.join_next().await.is_some() {}
    }

    async fn has_work(&self) -> bool {
        let work = self.runs.store.has_work().await;
        work.inspect_err(|error| self.runs.trouble("looking for runs", error)).unwrap_or(false)
    }

    /// Takes the next run, if there is one still. Whether there was.
    async fn begin(&self, attempts: &mut JoinSet<()>, permit: OwnedSemaphorePermit) -> bool {
        let claim = match self.runs.store.claim(&self.name, LEASE.as_millis() as i64, ATTEMPTS_MAX).await {
            Ok(Some(claim)) => claim,
            Ok(None) => return false,
            Err(error) => {
                self.runs.trouble("taking a run", &error);
                return false;
            }
        };
        self.runs.news.happened(&claim.run.run_id);
        if claim.run.state == State::Failed {
            self.runs.ended(&claim.run, State::Failed);
        } else {
            tracing::info!(run_id = claim.run.run_id, attempt = claim.run.attempt, "run begun");
            let (runs, workers, drain) = (self.runs.clone(), self.workers.clone(), self.drain.clone());
            let attempt = Attempt { runs, workers, claim, drain, kept_ms: AtomicI64::new(0) };
            attempts.spawn(async move {
                attempt.run().await;
                drop(permit);
            });
        }
        true
    }
}

/// Tells what was forgotten, if anything was.
fn tell_forgotten(swept: Swept) {
    let Swept { runs, runs_for_room, books, chunks } = swept;
    if swept != Swept::default() {
        tracing::info!(
            runs_past_keep_runs = runs,
            runs_past_keep_answers = runs_for_room,
            books,
            chunks,
            "forgotten with their answers: what is kept no longer"
        );
    }
}

impl Runs {
    /// Tells that a run has come to its end.
    pub(super) fn ended(&self, run: &RunRow, state: State) {
        let name = match state {
            State::Succeeded => "succeeded",
            State::Cancelled => "cancelled",
            _ => "failed",
        };
        self.metrics.run_ended(name);
        tracing::info!(run_id = run.run_id, attempt = run.attempt, state = name, "run ended");
    }

    /// Brings news, tries a store that failed, and forgets what is due; until the task is dropped.
    pub async fn keep_house(self) {
        let probe = async {
            loop {
                tokio::time::sleep(PROBE).await;
                if !self.store.is_failing() && !self.troubles.is_open() {
                    continue;
                }
                // It says by itself whether it is failing still.
                match self.store.probe().await {
                    Err(error) => self.trouble("trying the store", &error),
                    Ok(()) => self.troubles.close(),
                }
            }
        };
        let sweep = async {
            loop {
                match self.store.sweep(&self.settings.retention).await {
                    Ok(swept) => tell_forgotten(swept),
                    // What cannot be forgotten now is forgotten later.
                    Err(error) => self.trouble("forgetting what is due", &error),
                }
                tokio::time::sleep(SWEEP).await;
            }
        };
        tokio::join!(probe, sweep, news::bring(self.clone()));
    }
}
