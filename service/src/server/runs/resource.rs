//! A run as clients see it.

use super::Runs;
use crate::store::RunRow;
use carve_proto::v1 as proto;
use prost::Message;
use prost_types::Timestamp;
use proto::run::State;
use tonic::Status;

impl Runs {
    /// The run, without its plan.
    pub(super) fn resource(&self, row: &RunRow) -> proto::Run {
        let outcome = proto::Run::decode(row.outcome.as_slice()).unwrap_or_default();
        // The store says FAILED without an outcome where the claim itself refused another attempt.
        let lost = (row.state == State::Failed && outcome.failure.is_none()).then(|| attempts_too_many(row.attempt));
        let priority = if row.priority == 2 { proto::Priority::Batch } else { proto::Priority::Interactive };
        let progress = Some(row.progress.as_slice()).filter(|bytes| !bytes.is_empty());
        proto::Run {
            run_id: row.run_id.clone(),
            state: row.state.into(),
            labels: row.labels.clone(),
            priority: priority.into(),
            book_digest: row.book_digest.clone(),
            account_count: row.account_count,
            create_time: Some(moment(row.created_ms)),
            start_time: row.started_ms.map(moment),
            stop_time: row.stopped_ms.map(moment),
            end_time: row.ended_ms.map(moment),
            attempt: i32::try_from(row.attempt).unwrap_or(i32::MAX),
            progress: progress.and_then(|bytes| proto::RunProgress::decode(bytes).ok()),
            sequence: row.sequence,
            summary: outcome.summary,
            termination: outcome.termination,
            failure: outcome.failure.or(lost),
            answer_digest: row.answer_digest.clone(),
            answer_byte_count: row.answer_bytes,
            durable: self.store.is_durable(),
            plan: None,
        }
    }

    /// The run with as much of its plan as the view has.
    pub(super) async fn viewed(&self, row: &RunRow, view: proto::RunView) -> Result<proto::Run, Status> {
        let mut run = self.resource(row);
        if matches!(view, proto::RunView::Summary | proto::RunView::Full)
            && let Some(plan) = self.answer(row).await?
        {
            run.plan = Some(match view {
                proto::RunView::Full => plan,
                _ => proto::Plan { assignments: Vec::new(), certificate: None, ..plan },
            });
        }
        Ok(run)
    }

    /// The plan of a run that succeeded.
    pub(super) async fn answer(&self, row: &RunRow) -> Result<Option<proto::Plan>, Status> {
        let Some(content) = &row.answer_content else { return Ok(None) };
        let bytes = self.store.bytes_of(content).await.map_err(|error| self.store_fault(&error))?;
        let plan = self.blocking(move |_| proto::Plan::decode(bytes.as_slice())).await?;
        plan.map(Some).map_err(|_| crate::server::status::our_fault())
    }
}

fn attempts_too_many(attempts: i64) -> proto::RunFailure {
    proto::RunFailure {
        reason: "ATTEMPTS_TOO_MANY".into(),
        detail: format!("{attempts} processes that worked on it were lost; it is not tried again"),
    }
}

fn moment(ms: i64) -> Timestamp {
    Timestamp { seconds: ms.div_euclid(1_000), nanos: (ms.rem_euclid(1_000) * 1_000_000) as i32 }
}
