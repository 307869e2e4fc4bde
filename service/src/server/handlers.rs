//! The calls of `carve.v1.CarveService`: thin, over what the command line uses too.

use super::comparing::{Answered, Cases};
use super::deadline::Deadline;
use super::identity::Identity;
use super::intake::Large;
use super::limits::UNARY_TIMEOUT;
use super::room::{Place, Room};
use super::runs::{Answers, Executor, Runs};
use super::threads::on_thread;
use super::worker_process::{self, Ends, Outcome, Workers};
use super::{ServeConfig, evaluation, explaining, status};
use crate::comparison::Shared;
use crate::findings::printable;
use crate::store::Store;
use crate::worker::frames::Frame;
use crate::{decode, decode_plan, encode, findings};
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_server::CarveService;
use carve_solver::plan::Limit;
use carve_solver::{Patience, Problem};
use proto::termination::Reason;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tonic::{Request, Response, Status, Streaming};

/// What the calls share.
#[derive(Debug, Clone)]
pub struct Handlers {
    workers: Workers,
    /// Solves that go on by themselves.
    runs: Runs,
    max_time_limit: Duration,
    /// Room for solves.
    solves: Room,
    /// Small requests that may be read on this process's own threads at one time.
    small: Arc<Semaphore>,
    /// Large ones; they leave room for the small ones.
    large: Arc<Semaphore>,
    drain: watch::Receiver<bool>,
    /// What a solve has to answer in once the drain began.
    grace: Duration,
    log: fn(&str),
}

/// A place among the large requests; `None`: the request is small.
#[derive(Debug)]
pub(super) struct Lane(Option<Large>);

impl Lane {
    /// Takes it from a request.
    pub fn of<T>(request: &mut Request<T>) -> Lane {
        Lane(request.extensions_mut().remove())
    }
}

/// Small requests that are read at one time, at least.
const SMALL_CALLS_MIN: usize = 4;

/// Faults of a refused plan that the log names; the rest is counted.
const FAULTS_LOGGED_MAX: usize = 10;

impl Handlers {
    /// Ready to answer. `drain` asks solves under way to end.
    pub fn new(config: &ServeConfig, store: Store, drain: watch::Receiver<bool>) -> Handlers {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let blocking = Arc::new(Semaphore::new(config.max_solves.clamp(2, Semaphore::MAX_PERMITS)));
        Handlers {
            workers: config.workers(),
            runs: Runs::new(store, config, Arc::clone(&blocking)),
            max_time_limit: config.max_time_limit,
            solves: Room::new(config.max_solves, config.queue_wait),
            small: Arc::new(Semaphore::new((2 * cores).max(SMALL_CALLS_MIN))),
            large: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))),
            drain,
            grace: config.drain.mul_f64(0.8),
            log: config.log,
        }
    }

    /// What works on runs in this process.
    pub fn executor(&self, name: String) -> Executor {
        let (runs, workers) = (self.runs.clone(), self.workers.clone());
        Executor { runs, workers, room: self.solves.places(), name, drain: self.drain.clone() }
    }

    /// What runs share.
    pub fn runs(&self) -> Runs {
        self.runs.clone()
    }

    /// Places of large requests.
    pub fn large_places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.large)
    }

    /// Work that reads a request, on a thread for it, in the place of a large request or in one for small ones. It is told
    /// when nobody waits for it any more, and holds its place to its end.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        lane: Lane,
        end: Instant,
        work: impl FnOnce(Patience) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let done = async {
            let permit = match lane.0 {
                Some(_) => None,
                None => Some(Arc::clone(&self.small).acquire_owned().await.map_err(|_| status::our_fault())?),
            };
            on_thread((lane, permit), Some(end), work).await
        };
        tokio::time::timeout_at(end.into(), done).await.map_err(|_| status::too_late())?
    }

    /// Work that keeps a thread busy at the end of a call that has had its place.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        end: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Status> {
        let done = tokio::task::spawn_blocking(work);
        let done = tokio::time::timeout_at(end.into(), done).await.map_err(|_| status::too_late())?;
        done.map_err(|_| status::our_fault())
    }

    /// A place for one solve or explanation of at most `limit`, until it is dropped.
    pub(super) async fn room(&self, deadline: Deadline, limit: Duration) -> Result<Place, Status> {
        let takes = limit.min(deadline.work.saturating_duration_since(Instant::now()));
        self.solves.enter(takes, deadline.latest(limit)).await
    }

    /// What starts a worker: the program, what asks it to end, and how long it has then.
    pub(super) fn worker(&self) -> (&Workers, watch::Receiver<bool>, Duration) {
        (&self.workers, self.drain.clone(), self.grace)
    }

    /// Solves several requests, as many side by side as there is room for now, at least one. They share the time.
    async fn solve_all(&self, frames: Vec<Vec<u8>>, deadline: Deadline) -> Result<Vec<Answered>, Status> {
        let whole = deadline.work.saturating_duration_since(Instant::now());
        let mut permits = vec![self.room(deadline, whole).await?];
        while permits.len() < frames.len()
            && let Some(another) = self.solves.another(whole)
        {
            permits.push(another);
        }
        let shared = Shared::of(frames.len(), permits.len());
        let mut answered: Vec<(usize, Answered)> = Vec::with_capacity(frames.len());
        let mut waiting = frames.into_iter().enumerate();
        // Dropped when the client has gone, it ends the solves that are under way.
        let mut solves = JoinSet::new();
        loop {
            while solves.len() < shared.side_by_side
                && let Some((number, frame)) = waiting.next()
            {
                let (handlers, deadline) = (self.clone(), deadline.anew(shared.time(whole)));
                solves.spawn(async move { handlers.answered(frame, deadline).await.map(|answer| (number, answer)) });
            }
            match solves.join_next().await {
                Some(solved) => answered.push(solved.map_err(|_| status::our_fault())??),
                None => break,
            }
        }
        answered.sort_by_key(|(number, _)| *number);
        Ok(answered.into_iter().map(|(_, answer)| answer).collect())
    }

    /// One of several solves; the caller holds the permits.
    async fn answered(&self, frame: Vec<u8>, deadline: Deadline) -> Result<Answered, Status> {
        if deadline.work <= Instant::now() {
            return Ok(Answered::None(Limit::Time));
        }
        match worker_process::solve(&self.workers, frame, self.ends(deadline, None), |_| {}).await {
            Ok(Outcome::Plan(plan)) => Ok(Answered::Plan(Box::new(plan))),
            Ok(Outcome::NoPlan(limit)) => Ok(Answered::None(limit)),
            Ok(Outcome::Refused(found)) => Err(status::invalid(&found)),
            Ok(Outcome::Died) => Err(status::worker_died()),
            Err(_) => Err(status::worker_not_started()),
        }
    }

    /// The plan of a request whose bytes come as soon as a worker may have them, or why there is none. The worker starts then,
    /// also where this process is still reading the same request.
    async fn search(
        &self,
        frame: oneshot::Receiver<Vec<u8>>,
        deadline: Deadline,
        asked: Duration,
        read: oneshot::Receiver<Duration>,
    ) -> Result<Result<proto::Plan, Limit>, Status> {
        let Ok(frame) = frame.await else {
            // The request is at fault, as the reading says.
            return std::future::pending().await;
        };
        let queued = Instant::now();
        let _place = self.room(deadline, asked).await?;
        let deadline = deadline.after_waiting(queued.elapsed()).within(asked);
        if deadline.work <= Instant::now() {
            return Ok(Err(Limit::Time));
        }
        match worker_process::solve(&self.workers, frame, self.ends(deadline, Some(read)), |_| {}).await {
            Ok(Outcome::Plan(plan)) => Ok(Ok(plan)),
            Ok(Outcome::NoPlan(limit)) => Ok(Err(limit)),
            Ok(Outcome::Refused(found)) => Err(status::invalid(&found)),
            Ok(Outcome::Died) => Err(status::worker_died()),
            Err(_) => Err(status::worker_not_started()),
        }
    }

    /// When a solve ends: by its deadline, or in the drain.
    fn ends(&self, deadline: Deadline, read: Option<oneshot::Receiver<Duration>>) -> Ends {
        Ends { deadline, read, drain: self.drain.clone(), grace: self.grace }
    }

    /// What the client is told of a plan that did not pass the check, and the log what was wrong with it.
    fn refused(&self, faults: &[String]) -> Status {
        let reference = reference();
        let shown: Vec<String> = faults.iter().take(FAULTS_LOGGED_MAX).map(|fault| printable(fault)).collect();
        (self.log)(&format!(
            "carve: plan check failed, reference {reference}, {} faults: {}",
            faults.len(),
            shown.join("; ")
        ));
        status::check_failed(&reference)
    }
}

#[tonic::async_trait]
impl CarveService for Handlers {
    async fn validate(
        &self,
        mut request: Request<proto::ValidateRequest>,
    ) -> Result<Response<proto::ValidateResponse>, Status> {
        let (deadline, lane) = (Deadline::of(&request, UNARY_TIMEOUT), Lane::of(&mut request));
        let request = request.into_inner().solve_request.unwrap_or_default();
        let response = self.read(lane, deadline.force, move |patience| {
            let (input, faults) = decode::input(request);
            let columns = input.book.columns.clone();
            match decode::judged_within(input, faults, patience) {
                Ok(problem) => findings::response(true, &carve_solver::findings(&problem), &columns),
                Err(found) => findings::response(false, &found, &columns),
            }
        });
        response.await.map(Response::new)
    }

    async fn solve(&self, mut request: Request<proto::SolveRequest>) -> Result<Response<proto::SolveResponse>, Status> {
        let (deadline, lane) = (Deadline::of(&request, self.max_time_limit), Lane::of(&mut request));
        let request = request.into_inner();
        let (asked, most) = (decode::time_limit(request.options.as_ref()), self.max_time_limit);
        let at_once = lane.0.is_some();
        let (frame, worker) = oneshot::channel();
        let (took, read) = oneshot::channel();
        let reading = self.read(lane, deadline.force, move |patience| prepare(request, at_once, frame, patience));
        let reading = async {
            let (problem, reading_took) = reading.await??;
            // A search that has ended does not ask.
            let _ = took.send(reading_took);
            Ok(problem)
        };
        let (problem, plan) = tokio::try_join!(reading, self.search(worker, deadline, asked, read))?;
        // The check is the last step and must not be cut off by a deadline that is only about the search.
        let end = deadline.force + UNARY_TIMEOUT;
        let answer = move || answered(&problem, plan, asked, most);
        let plan = self.run(end, answer).await?.map_err(|faults| self.refused(&faults))?;
        Ok(Response::new(proto::SolveResponse { plan: Some(plan) }))
    }

    async fn evaluate_plan(
        &self,
        mut request: Request<proto::EvaluatePlanRequest>,
    ) -> Result<Response<proto::EvaluatePlanResponse>, Status> {
        let (deadline, lane) = (Deadline::of(&request, UNARY_TIMEOUT), Lane::of(&mut request));
        let request = request.into_inner();
        let answer = self.read(lane, deadline.force, move |patience| evaluation::evaluate(request, patience)).await?;
        answer.map(Response::new).map_err(|found| status::invalid(&findings::response(false, &found, &[])))
    }

    async fn compare_plans(
        &self,
        mut request: Request<proto::ComparePlansRequest>,
    ) -> Result<Response<proto::ComparePlansResponse>, Status> {
        let (deadline, lane) = (Deadline::of(&request, self.max_time_limit), Lane::of(&mut request));
        let request = request.into_inner();
        let cases = self.read(lane, deadline.force, move |patience| Cases::read(request, patience)).await?;
        let cases = cases.map_err(|found| status::invalid(&findings::response(false, &found, &[])))?;
        let answered = self.solve_all(cases.frames(), deadline.within(cases.time())).await?;
        let end = deadline.force + UNARY_TIMEOUT;
        let answer = self.run(end, move || cases.answer(answered)).await?;
        answer.map(Response::new).map_err(|faults| self.refused(&faults))
    }

    async fn explain_account(
        &self,
        mut request: Request<proto::ExplainAccountRequest>,
    ) -> Result<Response<proto::ExplainAccountResponse>, Status> {
        let (deadline, lane) = (Deadline::of(&request, self.max_time_limit), Lane::of(&mut request));
        let request = request.into_inner();
        let limit = request.time_limit;
        explaining::explain(self, lane, Frame::Account(request), deadline, (limit, explaining::ACCOUNT_TIME)).await
    }

    async fn explain_rules(
        &self,
        mut request: Request<proto::ExplainRulesRequest>,
    ) -> Result<Response<proto::ExplainRulesResponse>, Status> {
        let (deadline, lane) = (Deadline::of(&request, self.max_time_limit), Lane::of(&mut request));
        let request = request.into_inner();
        let limit = request.time_limit;
        explaining::explain(self, lane, Frame::Rules(request), deadline, (limit, explaining::OTHER_TIME)).await
    }

    async fn explain_infeasible(
        &self,
        mut request: Request<proto::ExplainInfeasibleRequest>,
    ) -> Result<Response<proto::ExplainInfeasibleResponse>, Status> {
        let (deadline, lane) = (Deadline::of(&request, self.max_time_limit), Lane::of(&mut request));
        let request = request.into_inner();
        let limit = request.time_limit;
        explaining::explain(self, lane, Frame::Infeasible(request), deadline, (limit, explaining::OTHER_TIME)).await
    }

    async fn upload_book(
        &self,
        request: Request<Streaming<proto::UploadBookRequest>>,
    ) -> Result<Response<proto::UploadBookResponse>, Status> {
        self.runs.upload(request).await.map(Response::new)
    }

    async fn create_run(
        &self,
        request: Request<proto::CreateRunRequest>,
    ) -> Result<Response<proto::CreateRunResponse>, Status> {
        let (deadline, identity) = (Deadline::of(&request, UNARY_TIMEOUT), Identity::of(&request));
        let created = self.runs.create(&identity.tenant, request.into_inner());
        in_time(deadline, created).await.map(Response::new)
    }

    async fn get_run(&self, request: Request<proto::GetRunRequest>) -> Result<Response<proto::GetRunResponse>, Status> {
        let (deadline, identity) = (Deadline::of(&request, UNARY_TIMEOUT), Identity::of(&request));
        let run = in_time(deadline, self.runs.get(&identity.tenant, request.into_inner())).await?;
        Ok(Response::new(proto::GetRunResponse { run: Some(run) }))
    }

    async fn list_runs(
        &self,
        request: Request<proto::ListRunsRequest>,
    ) -> Result<Response<proto::ListRunsResponse>, Status> {
        let (deadline, identity) = (Deadline::of(&request, UNARY_TIMEOUT), Identity::of(&request));
        in_time(deadline, self.runs.list(&identity.tenant, request.into_inner())).await.map(Response::new)
    }

    type WatchRunStream = Answers<proto::WatchRunResponse>;

    async fn watch_run(
        &self,
        request: Request<proto::WatchRunRequest>,
    ) -> Result<Response<Self::WatchRunStream>, Status> {
        let tenant = Identity::of(&request).tenant;
        self.runs.watch(tenant, request.into_inner(), self.drain.clone()).await.map(Response::new)
    }

    async fn stop_run(
        &self,
        request: Request<proto::StopRunRequest>,
    ) -> Result<Response<proto::StopRunResponse>, Status> {
        let (deadline, identity) = (Deadline::of(&request, UNARY_TIMEOUT), Identity::of(&request));
        let run = in_time(deadline, self.runs.stop(&identity.tenant, &request.get_ref().run_id)).await?;
        Ok(Response::new(proto::StopRunResponse { run: Some(run) }))
    }

    async fn cancel_run(
        &self,
        request: Request<proto::CancelRunRequest>,
    ) -> Result<Response<proto::CancelRunResponse>, Status> {
        let (deadline, identity) = (Deadline::of(&request, UNARY_TIMEOUT), Identity::of(&request));
        let run = in_time(deadline, self.runs.cancel(&identity.tenant, &request.get_ref().run_id)).await?;
        Ok(Response::new(proto::CancelRunResponse { run: Some(run) }))
    }

    async fn delete_run(
        &self,
        request: Request<proto::DeleteRunRequest>,
    ) -> Result<Response<proto::DeleteRunResponse>, Status> {
        let (deadline, identity) = (Deadline::of(&request, UNARY_TIMEOUT), Identity::of(&request));
        in_time(deadline, self.runs.delete(&identity.tenant, &request.get_ref().run_id)).await?;
        Ok(Response::new(proto::DeleteRunResponse {}))
    }

    type StreamAssignmentsStream = Answers<proto::StreamAssignmentsResponse>;

    async fn stream_assignments(
        &self,
        request: Request<proto::StreamAssignmentsRequest>,
    ) -> Result<Response<Self::StreamAssignmentsStream>, Status> {
        let tenant = Identity::of(&request).tenant;
        self.runs.stream_assignments(&tenant, request.into_inner()).await.map(Response::new)
    }
}

/// A call's answer, or that its time is over.
async fn in_time<T>(deadline: Deadline, answer: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    tokio::time::timeout_at(deadline.force.into(), answer).await.map_err(|_| status::too_late())?
}

/// Reads a request, and tells how long that took. `frame` gets what the worker is sent: at once, as for a large request, or once
/// it is known that nothing is wrong with it, so that no worker is started for a small one in vain.
#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
fn prepare(
    request: proto::SolveRequest,
    at_once: bool,
    frame: oneshot::Sender<Vec<u8>>,
    patience: Patience,
) -> Result<(Problem, Duration), Status> {
    let started = Instant::now();
    let asked = Frame::Request(request);
    let bytes = asked.bytes().map_err(|_| status::our_fault())?;
    let Frame::Request(request) = asked else {
        return Err(status::our_fault());
    };
    let problem = || {
        let problem = decode::problem_within(request, patience);
        problem.map_err(|found| status::invalid(&findings::response(false, &found, &[])))
    };
    // Where nobody takes it, nobody waits for the answer.
    let problem = if at_once {
        let _ = frame.send(bytes);
        problem()?
    } else {
        let problem = problem()?;
        let _ = frame.send(bytes);
        problem
    };
    Ok((problem, started.elapsed()))
}

/// The plan, checked here, or what is wrong with it: the worker's word is not enough. The check that it carries may be
/// that of a plan whose search was ended later; the one made here takes its place.
fn checked(problem: &Problem, mut wire: proto::Plan) -> Result<proto::Plan, Vec<String>> {
    let plan = decode_plan::plan(wire.clone()).map_err(|fault| vec![fault.to_string()])?;
    let check = carve_solver::check(problem, &plan);
    if !check.ok() {
        return Err(check.faults);
    }
    wire.check = Some(encode::check(&check));
    Ok(wire)
}

/// What a solve answers: the worker's plan, checked, or that none was found before this limit; said where the server allowed
/// less time than was asked for.
pub(super) fn answered(
    problem: &Problem,
    plan: Result<proto::Plan, Limit>,
    asked: Duration,
    most: Duration,
) -> Result<proto::Plan, Vec<String>> {
    let mut plan = match plan {
        Ok(plan) => checked(problem, plan)?,
        Err(limit) => encode::plan(&carve_solver::none_found(problem, limit, asked.min(most))),
    };
    say_when_shortened(&mut plan, asked, most);
    Ok(plan)
}

/// What finds a refused plan in the log: sixteen digits drawn at random.
fn reference() -> String {
    format!("{:016x}", std::hash::RandomState::new().build_hasher().finish())
}

fn say_when_shortened(plan: &mut proto::Plan, asked: Duration, most: Duration) {
    if asked > most
        && let Some(termination) = plan
            .termination
            .as_mut()
            .filter(|t| t.limit() == proto::termination::Limit::Time && t.reason() == Reason::Feasible)
    {
        termination.detail = carve_solver::shortened(&termination.detail, asked.as_secs(), most.as_secs());
    }
}
