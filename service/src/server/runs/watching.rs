//! What happens to a run, as a stream; and answers in parts.

use super::{Runs, names};
use crate::server::{is_set, status};
use crate::store::RunRow;
use carve_proto::v1 as proto;
use prost::Message;
use proto::run::State;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Answers that wait for a slow reader.
const WAITING_MAX: usize = 8;
/// Steps that are read from the store at a time.
const STEPS_READ_MAX: i64 = 500;
/// The run is looked at again after this time, though nothing was heard of it.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Bytes of the assignments in one message: every client takes so much.
const PART_BYTES: usize = 1 << 20;

/// A stream of answers.
pub type Answers<T> = ReceiverStream<Result<T, Status>>;

/// Whether the run has come to its end.
pub fn has_ended(state: State) -> bool {
    matches!(state, State::Succeeded | State::Failed | State::Cancelled)
}

impl Runs {
    /// Tells what happens to the run until it ends, or until the server goes down.
    pub async fn watch(
        &self,
        tenant: String,
        request: proto::WatchRunRequest,
        drain: watch::Receiver<bool>,
    ) -> Result<Answers<proto::WatchRunResponse>, Status> {
        if request.after_sequence < 0 {
            let text = "it is below 0; give the sequence of the last answer that was seen, or 0";
            return Err(status::argument("after_sequence", "AFTER_SEQUENCE_INVALID", text));
        }
        // Heard from before the first look, so that nothing is missed between.
        let news = self.news.subscribe(names::run_id(&request.run_id)?);
        let first = self.row(&tenant, &request.run_id).await?;
        let (sender, stream) = mpsc::channel(WAITING_MAX);
        // Nobody has seen more than there was.
        let sent = request.after_sequence.min(first.sequence);
        let watcher = Watcher { runs: self.clone(), tenant, sender, sent, state: None };
        tokio::spawn(watcher.tell(first, news, drain));
        Ok(ReceiverStream::new(stream))
    }

    /// The assignments of an answer, in parts.
    pub async fn stream_assignments(
        &self,
        tenant: &str,
        request: proto::StreamAssignmentsRequest,
    ) -> Result<Answers<proto::StreamAssignmentsResponse>, Status> {
        let row = self.row(tenant, &request.run_id).await?;
        if !has_ended(row.state) {
            return Err(status::run_not_ended());
        }
        let skip = usize::try_from(request.skip);
        let skip = skip.map_err(|_| status::argument("skip", "SKIP_INVALID", "it is below 0"))?;
        let plan = self.answer(&row).await?.ok_or_else(status::run_without_answer)?;
        let (sender, stream) = mpsc::channel(WAITING_MAX);
        tokio::spawn(async move {
            let mut part = proto::StreamAssignmentsResponse::default();
            let mut bytes = 0;
            for assignment in plan.assignments.into_iter().skip(skip) {
                // Tag and length are at most this long.
                let size = assignment.encoded_len() + 6;
                if bytes + size > PART_BYTES && !part.assignments.is_empty() {
                    if sender.send(Ok(std::mem::take(&mut part))).await.is_err() {
                        return;
                    }
                    bytes = 0;
                }
                bytes += size;
                part.assignments.push(assignment);
            }
            // A reader that has gone needs no last part.
            let _ = sender.send(Ok(part)).await;
        });
        Ok(ReceiverStream::new(stream))
    }
}

/// One reader of a run.
struct Watcher {
    runs: Runs,
    tenant: String,
    sender: mpsc::Sender<Result<proto::WatchRunResponse, Status>>,
    /// The number that the reader has seen.
    sent: i64,
    /// The state that the reader was told; `None`: nothing yet.
    state: Option<State>,
}

/// The reader has gone.
struct Gone;

impl Watcher {
    async fn tell(mut self, first: RunRow, mut news: watch::Receiver<i64>, drain: watch::Receiver<bool>) {
        let mut row = first;
        let mut draining = pin!(is_set(drain));
        loop {
            match self.tell_what_is_new(&row).await {
                Ok(false) => {}
                // It ended, or nobody listens.
                Ok(true) | Err(Gone) => return,
            }
            tokio::select! {
                _ = news.changed() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = self.sender.closed() => return,
                () = &mut draining => {
                    let _ = self.sender.send(Err(status::going_down())).await;
                    return;
                }
            }
            news.mark_unchanged();
            row = match self.runs.row(&self.tenant, &row.run_id).await {
                Ok(row) => row,
                Err(status) => {
                    let _ = self.sender.send(Err(status)).await;
                    return;
                }
            };
        }
    }

    /// Sends what the reader has not seen, the run last. Whether the run has ended.
    async fn tell_what_is_new(&mut self, row: &RunRow) -> Result<bool, Gone> {
        let ended = has_ended(row.state);
        if self.state.is_none() && !ended {
            self.tell_run(row).await?;
        }
        if row.sequence > self.sent {
            self.tell_steps(row).await?;
        }
        if self.state != Some(row.state) {
            self.tell_run(row).await?;
        }
        Ok(ended)
    }

    async fn tell_run(&mut self, row: &RunRow) -> Result<(), Gone> {
        // At the beginning the steps before this number are still to come.
        let sequence = if self.state.is_none() && !has_ended(row.state) { self.sent } else { row.sequence };
        self.state = Some(row.state);
        let run = Some(self.runs.resource(row));
        self.send(proto::WatchRunResponse { sequence, run, step: None }).await
    }

    async fn tell_steps(&mut self, row: &RunRow) -> Result<(), Gone> {
        loop {
            let Ok(steps) = self.runs.store.steps(&row.run_id, self.sent, STEPS_READ_MAX).await else {
                // The next look asks again.
                return Ok(());
            };
            let all = (steps.len() as i64) < STEPS_READ_MAX;
            for step in steps {
                let told = proto::RunProgress::decode(step.step.as_slice()).ok();
                self.send(proto::WatchRunResponse { sequence: step.sequence, run: None, step: told }).await?;
            }
            if all {
                return Ok(());
            }
        }
    }

    async fn send(&mut self, answer: proto::WatchRunResponse) -> Result<(), Gone> {
        self.sent = self.sent.max(answer.sequence);
        self.sender.send(Ok(answer)).await.map_err(|_| Gone)
    }
}
