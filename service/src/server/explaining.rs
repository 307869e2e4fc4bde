//! `ExplainAccount`, `ExplainRules`, `ExplainInfeasible`: a worker for each, with the room, deadline and drain of a solve.

use super::deadline::Deadline;
use super::handlers::{Handlers, Lane};
use super::status;
use super::worker_process::{self, Explained};
use crate::worker::frames::Frame;
use carve_proto::v1 as proto;
use prost::Message;
use std::time::Duration;
use tonic::{Response, Status};

/// Time for the repairs of an account where the request says nothing.
pub const ACCOUNT_TIME: Duration = Duration::from_secs(5);
/// Time for a conflict where the request says nothing; and for estimates, which take less.
pub const OTHER_TIME: Duration = Duration::from_secs(10);

/// Asks a worker, and reads its answer.
pub async fn explain<T: Message + Default>(
    handlers: &Handlers,
    lane: Lane,
    frame: Frame,
    deadline: Deadline,
    (asked, unless_said): (Option<prost_types::Duration>, Duration),
) -> Result<Response<T>, Status> {
    let limit = match asked {
        None => unless_said,
        Some(given) => Duration::try_from(given).map_err(|_| status::invalid(&negative()))?,
    };
    let bytes = handlers.read(lane, deadline.force, move |_| frame.bytes()).await?.map_err(|_| status::our_fault())?;
    let _permit = handlers.room(deadline, limit).await?;
    let deadline = deadline.anew(limit);
    match handlers.explained(bytes, deadline).await {
        Ok(Explained::Answer(bytes)) => T::decode(bytes.as_slice()).map(Response::new).map_err(|_| status::our_fault()),
        Ok(Explained::Refused(found)) => Err(status::invalid(&found)),
        Ok(Explained::TooLate) => Err(status::too_late()),
        Ok(Explained::Died) => Err(status::worker_died()),
        Err(_) => Err(status::worker_not_started()),
    }
}

/// What a time limit below 0 is told.
fn negative() -> proto::ValidateResponse {
    use carve_solver::{Code, Finding, Place};
    let text = "time_limit is below 0; give 0 s or more";
    crate::findings::response(false, &[Finding::new(Code::OptionInvalid, Place::Plan("time_limit".into()), text)], &[])
}

impl Handlers {
    async fn explained(&self, bytes: Vec<u8>, deadline: Deadline) -> std::io::Result<Explained> {
        let (workers, drain, grace) = self.worker();
        worker_process::explain(workers, bytes, deadline, drain, grace).await
    }
}
