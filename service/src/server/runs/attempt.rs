//! One attempt at a run: a worker process searches, this process watches it, keeps the lease, and stores what came of it.

use super::Runs;
use crate::server::deadline::Deadline;
use crate::server::handlers::answered;
use crate::server::is_set;
use crate::server::worker_process::{self, Ends, Outcome, Workers};
use crate::store::{Claim, Finish, Lost, StoreError, Upload, digest};
use crate::worker::frames::Frame;
use carve_proto::v1 as proto;
use carve_solver::plan::Limit;
use carve_solver::{Patience, Problem};
use prost::Message;
use proto::run::State;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tracing::Instrument;

/// How long a claim holds without a sign of life; after that another worker takes the run.
pub const LEASE: Duration = Duration::from_secs(2);
/// How often there is a sign of life.
const BEAT: Duration = Duration::from_millis(400);
/// Attempts at one run: it may be unlucky with machines, but one that takes them down must not take all.
pub const ATTEMPTS_MAX: i64 = 20;
/// Worker processes that one run may kill.
const DEATHS_MAX: i64 = 2;
/// Time that a stopped worker has for its answer.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// A run that is begun anew though its stop was asked for is stopped when there is a plan, at the latest after this time.
const STOP_AGAIN: Duration = Duration::from_secs(5);
/// Pause before the store is asked again for something that must be stored.
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// One attempt.
pub struct Attempt {
    /// What all runs share.
    pub runs: Runs,
    /// What starts its worker.
    pub workers: Workers,
    /// The run.
    pub claim: Claim,
    /// Set when this process is to end: the run is given back.
    pub drain: watch::Receiver<bool>,
    /// The time of the last step that was kept, in milliseconds of the search.
    pub kept_ms: AtomicI64,
}

/// How an attempt ended.
enum Ended {
    /// With a plan, or none that was found.
    Answer(Box<proto::Plan>),
    /// It cannot be answered.
    Failed(proto::RunFailure),
    /// The worker died.
    Died,
}

impl Attempt {
    /// Works on the run until it ends, is given back, or is lost to another.
    pub async fn run(self) {
        let run = self.claim.run.clone();
        let (told, progress) = watch::channel(proto::RunProgress::default());
        let (stop, stopped) = watch::channel(false);
        let draining = is_set(self.drain.clone());
        let last = progress.clone();
        let work = async {
            let ended = self.solve(told, stopped).await;
            // Also of a search that was over before anybody could hear of it.
            let step = last.borrow().clone();
            // A claim that is lost shows when the end is stored.
            let _ = self.keep_step(&step).await;
            self.store(ended).await;
        };
        tokio::select! {
            () = work => {}
            // Dropping the work kills the worker.
            Lost = self.keep_lease(progress, &stop) => {
                tracing::info!(run_id = run.run_id, attempt = run.attempt, "run lost: cancelled, or taken by another");
            }
            () = draining => {
                // A store that fails now lets the lease run out instead.
                match self.runs.store.give_back(&run, false, i64::MAX, Vec::new()).await {
                    Ok(_) => tracing::info!(run_id = run.run_id, attempt = run.attempt, "run given back"),
                    Err(error) => self.runs.trouble("giving a run back", &error),
                }
            }
        }
        self.runs.news.happened(&run.run_id);
    }

    /// Shows signs of life and keeps steps, until the claim is lost. Sets `stop` when a stop is asked for.
    async fn keep_lease(&self, mut progress: watch::Receiver<proto::RunProgress>, stop: &watch::Sender<bool>) -> Lost {
        let run = &self.claim.run;
        let store = &self.runs.store;
        let mut news = self.runs.news.subscribe(&run.run_id);
        let mut ticks = interval(BEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let begun_stopping = run.state == State::Stopping;
        let started = Instant::now();
        let mut stepped = true;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = news.changed() => {}
                // Once the worker has ended there is nothing more to come.
                changed = progress.changed(), if stepped => stepped = changed.is_ok(),
            }
            news.mark_unchanged();
            let now = progress.borrow_and_update().clone();
            let lease_ms = LEASE.as_millis() as i64;
            let bytes = now.encode_to_vec();
            if self.keep_step(&now).await.is_err() {
                return Lost;
            }
            match store.heartbeat(run, lease_ms, bytes).await {
                Ok(Err(Lost)) => return Lost,
                Ok(Ok(State::Stopping)) if !begun_stopping || now.plan_in_hand || started.elapsed() > STOP_AGAIN => {
                    stop.send_replace(true);
                }
                // A store that fails may be back in time; if not, another worker takes the run, and this one loses.
                Err(error) => self.runs.trouble("keeping the lease", &error),
                Ok(Ok(_)) => {}
            }
        }
    }

    /// Keeps a step for those who watch, unless it is known already: its worker sends nothing that says no more than the frame
    /// before.
    async fn keep_step(&self, step: &proto::RunProgress) -> Result<(), Lost> {
        if self.kept_ms.fetch_max(step.elapsed_ms, Ordering::Relaxed) >= step.elapsed_ms {
            return Ok(());
        }
        let run = &self.claim.run;
        match self.runs.store.step(run, step.encode_to_vec()).await {
            Ok(Err(Lost)) => return Err(Lost),
            Ok(Ok(_)) => self.runs.news.happened(&run.run_id),
            // Steps may be lost, the lease not: the next beat asks again.
            Err(error) => self.runs.trouble("keeping a step", &error),
        }
        Ok(())
    }

    async fn solve(&self, told: watch::Sender<proto::RunProgress>, stopped: watch::Receiver<bool>) -> Ended {
        let started = Instant::now();
        let (problem, frame) = match self.read().await {
            Ok(read) => read,
            Err(failure) => return Ended::Failed(failure),
        };
        let (asked, most) = (problem.time_limit(), self.runs.settings.max_time_limit);
        let deadline = Deadline::from(started, asked.min(most));
        let hear = |progress: proto::RunProgress| _ = told.send_replace(progress);
        let ends = Ends { deadline, read: None, drain: stopped, grace: STOP_GRACE };
        // What the worker's end is told under.
        let span = tracing::info_span!("run", run_id = self.claim.run.run_id, attempt = self.claim.run.attempt);
        let outcome = worker_process::solve(&self.workers, frame, ends, hear).instrument(span).await;
        let plan = match outcome {
            Ok(Outcome::Plan(plan)) => Ok(plan),
            Ok(Outcome::NoPlan(limit)) => Err(limit),
            Ok(Outcome::Refused(found)) => return Ended::Failed(refused(&found)),
            Ok(Outcome::Died) => return Ended::Died,
            Err(_) => return Ended::Failed(failure("WORKER_NOT_STARTED", "the worker process could not be started")),
        };
        self.answer(problem, plan, asked, most).await
    }

    /// The plan that is stored: checked here, as the worker's word is not enough.
    async fn answer(
        &self,
        problem: Problem,
        plan: Result<proto::Plan, Limit>,
        asked: Duration,
        most: Duration,
    ) -> Ended {
        match self.runs.blocking(move |_| answered(&problem, plan, asked, most)).await {
            Ok(Ok(plan)) => Ended::Answer(Box::new(plan)),
            Ok(Err(faults)) => Ended::Failed(failure(
                "PLAN_CHECK_FAILED",
                &format!("the plan did not pass the check and is not kept; {} statements do not hold", faults.len()),
            )),
            Err(_) => Ended::Failed(failure("OUR_FAULT", "the server met a state it cannot be in")),
        }
    }

    /// The problem, to check the plan against, and what the worker is sent.
    async fn read(&self) -> Result<(Problem, Vec<u8>), proto::RunFailure> {
        let (runs, run) = (&self.runs, &self.claim.run);
        let known = loop {
            let known = match runs.store.book(&run.tenant, &run.book_digest).await {
                Ok(Some(row)) => runs.known_book(&run.tenant, &run.book_digest, &row).await,
                Ok(None) => Err(StoreError::Unexpected("a book is missing")),
                Err(error) => Err(error),
            };
            match known {
                Ok(known) => break known,
                // The lease is kept meanwhile, or lost.
                Err(error @ (StoreError::Failed(_) | StoreError::Unread(_))) => {
                    self.wait_for_store("reading a book", &error).await
                }
                Err(_) => {
                    let detail = "the book of the run cannot be read from the store any more";
                    return Err(failure("REQUEST_LOST", detail));
                }
            }
        };
        let request = self.claim.request.clone();
        let read = move |_: Patience<'_>| {
            let frame = Frame::request_of(&known.sent, &request).map_err(|_| None)?;
            let rest = proto::SolveRequest::decode(request.as_slice()).map_err(|_| None)?;
            let (input, faults) = crate::decode::input_of(rest, known.read.clone());
            let problem = crate::decode::judged(input, faults).map_err(Some)?;
            Ok::<_, Option<Vec<carve_solver::Finding>>>((problem, frame))
        };
        match runs.blocking(read).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(Some(found))) => Err(refused(&crate::findings::response(false, &found, &[]))),
            Ok(Err(None)) | Err(_) => Err(failure("OUR_FAULT", "the request cannot be read back from the store")),
        }
    }

    /// Stores how the attempt ended, however often the store has to be asked; the claim may be lost meanwhile.
    async fn store(&self, ended: Ended) {
        let run = &self.claim.run;
        let finish = match ended {
            Ended::Died => {
                let outcome = proto::Run { failure: Some(died()), ..Default::default() }.encode_to_vec();
                let given = self.insist(|| self.runs.store.give_back(run, true, DEATHS_MAX, outcome.clone())).await;
                if given == Ok(State::Failed) {
                    self.runs.ended(run, State::Failed);
                }
                return;
            }
            Ended::Failed(failure) => {
                let outcome = proto::Run { failure: Some(failure), ..Default::default() }.encode_to_vec();
                Finish { state: State::Failed, outcome, answer: None }
            }
            Ended::Answer(plan) => {
                let outcome = proto::Run {
                    summary: plan.summary.clone(),
                    termination: plan.termination.clone(),
                    ..Default::default()
                };
                let bytes = plan.encode_to_vec();
                let content = loop {
                    match self.kept(&bytes).await {
                        Ok(content) => break content,
                        Err(error) => self.wait_for_store("storing an answer", &error).await,
                    }
                };
                let answer = Some((content, digest(&timeless(*plan)), bytes.len() as i64));
                Finish { state: State::Succeeded, outcome: outcome.encode_to_vec(), answer }
            }
        };
        if self.insist(|| self.runs.store.finish(run, &finish)).await.is_ok() {
            self.runs.ended(run, finish.state);
        }
    }

    async fn kept(&self, bytes: &[u8]) -> Result<String, StoreError> {
        let mut upload = Upload::new();
        self.runs.store.add(&mut upload, bytes).await?;
        self.runs.store.complete(&mut upload).await
    }

    async fn wait_for_store(&self, doing: &'static str, error: &StoreError) {
        self.runs.trouble(doing, error);
        tokio::time::sleep(STORE_PAUSE).await;
    }

    /// Asks the store until it answers, whatever the answer is.
    async fn insist<T, F: Future<Output = Result<T, StoreError>>>(&self, ask: impl Fn() -> F) -> T {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(error) => self.wait_for_store("storing the end of a run", &error).await,
            }
        }
    }
}

/// The plan without the time that it took, which is the only thing in it that two runs of one request do not share.
fn timeless(mut plan: proto::Plan) -> Vec<u8> {
    plan.solve_time = None;
    plan.encode_to_vec()
}

fn failure(reason: &str, detail: &str) -> proto::RunFailure {
    proto::RunFailure { reason: reason.into(), detail: detail.into() }
}

fn died() -> proto::RunFailure {
    failure("WORKER_DIED", "two worker processes died over this run, as when memory is short; it is not tried again")
}

/// A request that was good when the run was made and is not any more, as after an upgrade.
fn refused(found: &proto::ValidateResponse) -> proto::RunFailure {
    let first = found.findings.first().map(|f| format!("{}: {}: {}", f.path, f.code, f.message)).unwrap_or_default();
    failure("REQUEST_REFUSED", &format!("this version of carve refuses the request: {first}"))
}
