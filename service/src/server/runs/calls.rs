//! The calls about runs that answer at once.

use super::{PAGE_RUNS_DEFAULT, PAGE_RUNS_MAX, Runs, names, uploads};
use crate::decode::{self, ReadBook};
use crate::findings;
use crate::server::status;
use crate::store::{Created, Filter, NewRun, RunRow, StoreError, Upload, digest};
use carve_proto::v1 as proto;
use carve_solver::{Code, Patience, Problem};
use prost::Message;
use proto::run::State;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tonic::Status;
use uuid::Uuid;

/// A request that was judged.
struct Judged {
    problem: Problem,
    /// The request without its accounts.
    rest: proto::SolveRequest,
    book_digest: String,
    account_count: i64,
    /// The accounts that are not kept yet, as they will be.
    new_book: Option<Vec<u8>>,
}

impl Runs {
    /// Accepts a run: it is stored when this answers.
    pub async fn create(
        &self,
        tenant: &str,
        request: proto::CreateRunRequest,
    ) -> Result<proto::CreateRunResponse, Status> {
        names::judge(&request)?;
        let proto::CreateRunRequest { request_id, solve_request, book_digest, validate_only, labels, priority } =
            request;
        let judged = self.judged(tenant, solve_request.unwrap_or_default(), book_digest).await?;
        let found = findings::response(true, &carve_solver::findings(&judged.problem), &[]);
        let answer = |run| proto::CreateRunResponse {
            run: Some(run),
            findings: found.findings.clone(),
            findings_omitted: found.findings_omitted,
        };
        if validate_only {
            let (book_digest, account_count) = (judged.book_digest, judged.account_count);
            return Ok(answer(proto::Run { labels, priority, book_digest, account_count, ..Default::default() }));
        }
        if self.store.is_failing() {
            return Err(status::store_unavailable(false));
        }
        let new = self.new_run(tenant, request_id, labels, priority, &judged);
        let most = room_of(tenant, new.cost_ms_max);
        if new.cost_ms > most {
            return Err(status::run_never_fits(new.cost_ms, most));
        }
        if let Some(bytes) = judged.new_book {
            self.keep(tenant, &judged.book_digest, bytes, judged.account_count).await?;
        }
        match self.store.create(&new).await.map_err(|error| self.store_fault(&error))? {
            Created::New(row) => {
                tracing::info!(run_id = row.run_id, accounts = row.account_count, "run accepted");
                self.work.notify_one();
                Ok(answer(self.resource(&row)))
            }
            Created::Before(row) => {
                Ok(proto::CreateRunResponse { run: Some(self.resource(&row)), ..Default::default() })
            }
            Created::Other => Err(status::request_id_taken()),
            Created::NoRoom => Err(self.no_room(new.cost_ms).await),
        }
    }

    fn new_run(
        &self,
        tenant: &str,
        request_id: String,
        labels: BTreeMap<String, String>,
        priority: i32,
        judged: &Judged,
    ) -> NewRun {
        let request = judged.rest.encode_to_vec();
        let priority = if priority == proto::Priority::Batch as i32 { 2 } else { 1 };
        // What the client asked for, in one encoding.
        let asked = proto::CreateRunRequest {
            solve_request: Some(judged.rest.clone()),
            book_digest: judged.book_digest.clone(),
            labels: labels.clone(),
            priority,
            ..Default::default()
        };
        let limit = judged.problem.time_limit().min(self.settings.max_time_limit);
        let threads = judged.problem.threads().min(self.settings.threads_per_solve) as i64;
        NewRun {
            run_id: Uuid::now_v7().to_string(),
            tenant: tenant.to_owned(),
            request_id: Some(request_id).filter(|id| !id.is_empty()),
            request_digest: digest(&asked.encode_to_vec()),
            priority: i64::from(priority),
            cost_ms: i64::try_from(limit.as_millis()).unwrap_or(i64::MAX).saturating_mul(threads),
            cost_ms_max: self.settings.queue_ms_max,
            book_digest: judged.book_digest.clone(),
            account_count: judged.account_count,
            labels,
            request,
        }
    }

    /// The request as the solver reads it, or what is wrong with it.
    async fn judged(&self, tenant: &str, mut rest: proto::SolveRequest, book_digest: String) -> Result<Judged, Status> {
        let mut accounts = std::mem::take(&mut rest.accounts);
        if book_digest.is_empty() {
            let request = rest.clone();
            let judge = move |patience: Patience<'_>| {
                let bytes = uploads::kept(&mut accounts);
                let (digest, count) = (digest(&bytes), accounts.len() as i64);
                let problem = judge(request, ReadBook::of(accounts), true, patience)?;
                Ok::<_, Status>((problem, digest, count, bytes))
            };
            let (problem, book_digest, account_count, bytes) = self.blocking(judge).await??;
            return Ok(Judged { problem, rest, book_digest, account_count, new_book: Some(bytes) });
        }
        if !accounts.is_empty() {
            let text = "there are accounts beside a book_digest; send one of the two";
            return Err(status::argument("solve_request.accounts", "BOOK_TWICE", text));
        }
        let row = self.store.book(tenant, &book_digest).await.map_err(|error| self.store_fault(&error))?;
        let row = row.ok_or_else(status::book_unknown)?;
        let known = self.known_book(tenant, &book_digest, &row).await;
        let known = known.map_err(|error| self.store_fault(&error))?;
        let (request, book) = (rest.clone(), Arc::clone(&known));
        let problem = self.blocking(move |patience| judge(request, book.read.clone(), false, patience)).await??;
        Ok(Judged { problem, rest, book_digest, account_count: row.account_count, new_book: None })
    }

    /// Keeps a book that came with its run, unless it is there already.
    async fn keep(&self, tenant: &str, digest: &str, bytes: Vec<u8>, accounts: i64) -> Result<(), Status> {
        let kept = async {
            if self.store.book(tenant, digest).await?.is_none() {
                let mut upload = Upload::new();
                self.store.add(&mut upload, &bytes).await?;
                self.store.keep_book(tenant, upload, accounts).await?;
            }
            Ok::<(), StoreError>(())
        };
        kept.await.map_err(|error| self.store_fault(&error))
    }

    /// How a run that there is no room for is refused.
    async fn no_room(&self, cost_ms: i64) -> Status {
        let queue = self.store.queue().await.unwrap_or_default();
        let over = (queue.waiting_cost_ms + queue.running_cost_ms + cost_ms - self.settings.queue_ms_max).max(1_000);
        status::queue_full(Duration::from_millis(over as u64 / self.settings.slots.max(1) as u64))
    }

    /// One run.
    pub async fn get(&self, tenant: &str, request: proto::GetRunRequest) -> Result<proto::Run, Status> {
        let view = proto::RunView::try_from(request.view);
        let view = view.map_err(|_| status::argument("view", "VIEW_UNKNOWN", "it is none of the views"))?;
        self.viewed(&self.row(tenant, &request.run_id).await?, view).await
    }

    /// The tenant's run of this id.
    pub(super) async fn row(&self, tenant: &str, run_id: &str) -> Result<RunRow, Status> {
        let run_id = names::run_id(run_id)?;
        let row = self.store.run(tenant, run_id).await.map_err(|error| self.store_fault(&error))?;
        row.ok_or_else(status::run_unknown)
    }

    /// A page of runs.
    pub async fn list(&self, tenant: &str, request: proto::ListRunsRequest) -> Result<proto::ListRunsResponse, Status> {
        let size = match request.page_size {
            ..0 => return Err(status::argument("page_size", "PAGE_SIZE_INVALID", "it is below 0; give 1 to 1,000")),
            0 => PAGE_RUNS_DEFAULT,
            size => size.min(PAGE_RUNS_MAX),
        };
        names::labels(request.labels.iter())?;
        let states: Result<Vec<State>, _> = request.states.iter().map(|state| State::try_from(*state)).collect();
        let states = states.map_err(|_| status::argument("states", "STATE_UNKNOWN", "one is none of the states"))?;
        // A token belongs to what was listed: the runs before this one, of the same filter.
        let whole = proto::ListRunsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let filter_digest = digest(&whole.encode_to_vec());
        let before = match request.page_token.split_once('.') {
            _ if request.page_token.is_empty() => "",
            Some((before, of)) if filter_digest.ends_with(of) && !of.is_empty() && Uuid::parse_str(before).is_ok() => {
                before
            }
            _ => {
                let text = "it is not of a page of these states and labels; begin without one";
                return Err(status::argument("page_token", "PAGE_TOKEN_INVALID", text));
            }
        };
        let filter = Filter {
            tenant: tenant.to_owned(),
            before: before.to_owned(),
            states,
            labels: request.labels,
            // One more says whether there is a next page.
            most: i64::from(size) + 1,
        };
        let mut rows = self.store.runs(&filter).await.map_err(|error| self.store_fault(&error))?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let last = rows.last().filter(|_| more).map(|row| row.run_id.clone());
        let token = last.map(|last| format!("{last}.{}", &filter_digest[filter_digest.len() - 16..]));
        Ok(proto::ListRunsResponse {
            runs: rows.iter().map(|row| self.resource(row)).collect(),
            next_page_token: token.unwrap_or_default(),
        })
    }

    /// Asks for the end of a run, its best plan kept.
    pub async fn stop(&self, tenant: &str, run_id: &str) -> Result<proto::Run, Status> {
        let run_id = names::run_id(run_id)?;
        let stopped = self.store.stop(tenant, run_id).await.map_err(|error| self.store_fault(&error))?;
        self.changed(tenant, run_id, stopped).await
    }

    /// Ends a run.
    pub async fn cancel(&self, tenant: &str, run_id: &str) -> Result<proto::Run, Status> {
        let run_id = names::run_id(run_id)?;
        let cancelled = self.store.cancel(tenant, run_id).await.map_err(|error| self.store_fault(&error))?;
        self.changed(tenant, run_id, cancelled).await
    }

    /// The run as a call left it, or as it was where there was nothing to do.
    async fn changed(&self, tenant: &str, run_id: &str, row: Option<RunRow>) -> Result<proto::Run, Status> {
        match row {
            Some(row) => {
                self.news.happened(run_id);
                if row.state == State::Cancelled {
                    self.ended(&row, row.state);
                }
                Ok(self.resource(&row))
            }
            None => Ok(self.resource(&self.row(tenant, run_id).await?)),
        }
    }

    /// Forgets a run that has ended.
    pub async fn delete(&self, tenant: &str, run_id: &str) -> Result<(), Status> {
        let run_id = names::run_id(run_id)?;
        if self.store.delete(tenant, run_id).await.map_err(|error| self.store_fault(&error))? {
            return Ok(());
        }
        self.row(tenant, run_id).await?;
        Err(status::run_not_ended())
    }

    /// What a client is told of a store that failed.
    pub(super) fn store_fault(&self, error: &StoreError) -> Status {
        if let StoreError::Refused(_) = error {
            tracing::warn!(error = %error, "the store refused what a call says");
            return status::value_refused();
        }
        self.trouble("answering a call", error);
        status::store_unavailable(!matches!(error, StoreError::Unread(_)))
    }
}

#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
fn judge(
    request: proto::SolveRequest,
    book: ReadBook,
    came_along: bool,
    patience: Patience,
) -> Result<Problem, Status> {
    let (input, faults) = decode::input_of(request, book);
    decode::judged_within(input, faults, patience).map_err(|mut found| {
        for finding in found.iter_mut().filter(|finding| came_along && finding.code == Code::BookEmpty) {
            finding.message = "there are no accounts and no book_digest; give accounts, or the digest of a book".into();
        }
        status::refused(&found)
    })
}

/// What the runs of one tenant may ask for together: of all that there is, the part that the store leaves to one.
fn room_of(tenant: &str, most: i64) -> i64 {
    if tenant.is_empty() { most } else { most.saturating_mul(4) / 5 }
}
