//! The calls of `carve.v1.CarveService`: thin, over what the command line uses too.

use super::comparing::{Answered, Cases};
use super::deadline::Deadline;
use super::identity::Identity;
use super::room::{Place, Room};
use super::runs::{Answers, Executor, Runs};
use super::worker_process::{self, Outcome, Workers};
use super::{ServeConfig, UNARY_TIMEOUT, evaluation, explaining, status};
use crate::comparison::Shared;
use crate::findings::printable;
use crate::store::Store;
use crate::worker::frames::Frame;
use crate::{decode, decode_plan, encode, findings};
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_server::CarveService;
use carve_solver::Problem;
use carve_solver::plan::Limit;
use proto::termination::Reason;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};
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
    /// Validations, evaluations and checks that may run on this process's own threads.
    blocking: Arc<Semaphore>,
    drain: watch::Receiver<bool>,
    /// What a solve has to answer in once the drain began.
    grace: Duration,
    log: fn(&str),
}

/// Faults of a refused plan that the log names; the rest is counted.
const FAULTS_LOGGED_MAX: usize = 10;

impl Handlers {
    /// Ready to answer. `drain` asks solves under way to end.
    pub fn new(config: &ServeConfig, store: Store, drain: watch::Receiver<bool>) -> Handlers {
        let blocking = Arc::new(Semaphore::new(config.max_solves.clamp(2, Semaphore::MAX_PERMITS)));
        Handlers {
            workers: config.workers(),
            runs: Runs::new(store, config, Arc::clone(&blocking)),
            max_time_limit: config.max_time_limit,
            solves: Room::new(config.max_solves, config.queue_wait),
            blocking,
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

    /// Work that keeps a thread busy, on a thread for it. It holds its permit to its end, even when nobody waits
    /// for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        end: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Status> {
        let done = async {
            let permit = Arc::clone(&self.blocking).acquire_owned().await.map_err(|_| status::our_fault())?;
            let work = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                work()
            });
            work.await.map_err(|_| status::our_fault())
        };
        tokio::time::timeout_at(end.into(), done).await.map_err(|_| status::too_late())?
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
                let (handlers, deadline) = (self.clone(), deadline.within(shared.time(whole)));
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
        let drain = self.drain.clone();
        match worker_process::solve(&self.workers, frame, deadline, drain, self.grace, |_| {}).await {
            Ok(Outcome::Plan(plan)) => Ok(Answered::Plan(Box::new(plan))),
            Ok(Outcome::NoPlan(limit)) => Ok(Answered::None(limit)),
            Ok(Outcome::Refused(found)) => Err(status::invalid(&found)),
            Ok(Outcome::Died) => Err(status::worker_died()),
            Err(_) => Err(status::worker_not_started()),
        }
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
        request: Request<proto::ValidateRequest>,
    ) -> Result<Response<proto::ValidateResponse>, Status> {
        let deadline = Deadline::of(&request, UNARY_TIMEOUT);
        let request = request.into_inner().solve_request.unwrap_or_default();
        let response = self.run(deadline.force, move || {
            let (input, faults) = decode::input(request);
            let columns = input.book.columns.clone();
            match decode::judged(input, faults) {
                Ok(problem) => findings::response(true, &carve_solver::findings(&problem), &columns),
                Err(found) => findings::response(false, &found, &columns),
            }
        });
        response.await.map(Response::new)
    }

    async fn solve(&self, request: Request<proto::SolveRequest>) -> Result<Response<proto::SolveResponse>, Status> {
        let deadline = Deadline::of(&request, self.max_time_limit);
        let request = request.into_inner();
        let (problem, frame) = self.run(deadline.force, move || prepare(request)).await??;
        let asked = problem.time_limit();
        let permit = self.room(deadline, asked).await?;
        let deadline = deadline.within(asked);
        let outcome = if deadline.work <= Instant::now() {
            Ok(Outcome::NoPlan(Limit::Time))
        } else {
            let drain = self.drain.clone();
            worker_process::solve(&self.workers, frame, deadline, drain, self.grace, |_| {}).await
        };
        drop(permit);
        let plan = match outcome {
            Ok(Outcome::Plan(plan)) => Ok(plan),
            Ok(Outcome::NoPlan(limit)) => Err(limit),
            Ok(Outcome::Refused(found)) => return Err(status::invalid(&found)),
            Ok(Outcome::Died) => return Err(status::worker_died()),
            Err(_) => return Err(status::worker_not_started()),
        };
        // The check is the last step and must not be cut off by a deadline that is only about the search.
        let end = deadline.force + UNARY_TIMEOUT;
        let most = self.max_time_limit;
        let answer = move || match plan {
            Ok(plan) => checked(&problem, plan),
            Err(limit) => Ok(encode::plan(&carve_solver::none_found(&problem, limit, asked.min(most)))),
        };
        let mut plan = self.run(end, answer).await?.map_err(|faults| self.refused(&faults))?;
        say_when_shortened(&mut plan, asked, most);
        Ok(Response::new(proto::SolveResponse { plan: Some(plan) }))
    }

    async fn evaluate_plan(
        &self,
        request: Request<proto::EvaluatePlanRequest>,
    ) -> Result<Response<proto::EvaluatePlanResponse>, Status> {
        let deadline = Deadline::of(&request, UNARY_TIMEOUT);
        let request = request.into_inner();
        let answer = self.run(deadline.force, move || evaluation::evaluate(request)).await?;
        answer.map(Response::new).map_err(|found| status::invalid(&findings::response(false, &found, &[])))
    }

    async fn compare_plans(
        &self,
        request: Request<proto::ComparePlansRequest>,
    ) -> Result<Response<proto::ComparePlansResponse>, Status> {
        let deadline = Deadline::of(&request, self.max_time_limit);
        let request = request.into_inner();
        let cases = self.run(deadline.force, move || Cases::read(request)).await?;
        let cases = cases.map_err(|found| status::invalid(&findings::response(false, &found, &[])))?;
        let answered = self.solve_all(cases.frames(), deadline.within(cases.time())).await?;
        let end = deadline.force + UNARY_TIMEOUT;
        let answer = self.run(end, move || cases.answer(answered)).await?;
        answer.map(Response::new).map_err(|faults| self.refused(&faults))
    }

    async fn explain_account(
        &self,
        request: Request<proto::ExplainAccountRequest>,
    ) -> Result<Response<proto::ExplainAccountResponse>, Status> {
        let (deadline, request) = (Deadline::of(&request, self.max_time_limit), request.into_inner());
        let limit = request.time_limit;
        explaining::explain(self, Frame::Account(request), deadline, limit, explaining::ACCOUNT_TIME).await
    }

    async fn explain_rules(
        &self,
        request: Request<proto::ExplainRulesRequest>,
    ) -> Result<Response<proto::ExplainRulesResponse>, Status> {
        let (deadline, request) = (Deadline::of(&request, self.max_time_limit), request.into_inner());
        let limit = request.time_limit;
        explaining::explain(self, Frame::Rules(request), deadline, limit, explaining::OTHER_TIME).await
    }

    async fn explain_infeasible(
        &self,
        request: Request<proto::ExplainInfeasibleRequest>,
    ) -> Result<Response<proto::ExplainInfeasibleResponse>, Status> {
        let (deadline, request) = (Deadline::of(&request, self.max_time_limit), request.into_inner());
        let limit = request.time_limit;
        explaining::explain(self, Frame::Infeasible(request), deadline, limit, explaining::OTHER_TIME).await
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

#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
fn prepare(request: proto::SolveRequest) -> Result<(Problem, Vec<u8>), Status> {
    let frame = Frame::Request(request);
    let bytes = frame.bytes().map_err(|_| status::our_fault())?;
    let Frame::Request(request) = frame else {
        return Err(status::our_fault());
    };
    let problem = decode::problem(request).map_err(|found| status::invalid(&findings::response(false, &found, &[])))?;
    Ok((problem, bytes))
}

/// The plan, checked here, or what is wrong with it: the worker's word is not enough. The check that it carries may be
/// that of a plan whose search was ended later; the one made here takes its place.
pub(super) fn checked(problem: &Problem, mut wire: proto::Plan) -> Result<proto::Plan, Vec<String>> {
    let plan = decode_plan::plan(wire.clone()).map_err(|fault| vec![fault.to_string()])?;
    let check = carve_solver::check(problem, &plan);
    if !check.ok() {
        return Err(check.faults);
    }
    wire.check = Some(encode::check(&check));
    Ok(wire)
}

/// What finds a refused plan in the log: sixteen digits drawn at random.
fn reference() -> String {
    format!("{:016x}", std::hash::RandomState::new().build_hasher().finish())
}

pub(super) fn say_when_shortened(plan: &mut proto::Plan, asked: Duration, most: Duration) {
    if asked > most
        && let Some(termination) = plan
            .termination
            .as_mut()
            .filter(|t| t.limit() == proto::termination::Limit::Time && t.reason() == Reason::Feasible)
    {
        termination.detail = carve_solver::shortened(&termination.detail, asked.as_secs(), most.as_secs());
    }
}
