//! Runs as workers know them: claimed for a while, told of, ended by whoever holds the claim.

use super::runs::{COLUMNS, run_row};
use super::{Record, RunRow, Store, StoreError};
use carve_proto::v1::run::State;

/// A run that a worker took.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The run. FAILED where it had been tried too often: then there is nothing to do.
    pub run: RunRow,
    /// The encoded SolveRequest without its accounts.
    pub request: Vec<u8>,
}

/// How a run ends.
#[derive(Debug, Clone)]
pub struct Finish {
    /// SUCCEEDED or FAILED.
    pub state: State,
    /// An encoded Run with summary, termination or failure.
    pub outcome: Vec<u8>,
    /// The answer's chunks, digest and bytes.
    pub answer: Option<(String, String, i64)>,
}

/// The claim is lost: the run was cancelled, or its lease ran out and another worker has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

/// Whether somebody holds the run and the statement's attempt is theirs.
const HELD: &str = "run_id = $1 AND attempt = $2 AND state IN (2, 3)";

/// The run that was tried least of those whose leases ran out.
const LOST: &str = "SELECT run_id FROM runs WHERE state IN (2, 3) AND lease_ms < {now}
    ORDER BY priority, attempt, created_ms, run_id LIMIT 1 {skip_locked}";

/// The run whose turn it is of those that wait. Tenants that wait are found one after the other from an index: however many runs
/// wait, few rows are looked at.
const WAITING: &str = "WITH RECURSIVE
        first (priority) AS (SELECT MIN(priority) FROM runs WHERE state = 1),
        waits (tenant) AS (
            SELECT MIN(tenant) FROM runs WHERE state = 1 AND priority = (SELECT priority FROM first)
            UNION ALL
            SELECT (SELECT MIN(r.tenant) FROM runs r
                    WHERE r.state = 1 AND r.priority = (SELECT priority FROM first) AND r.tenant > waits.tenant)
            FROM waits WHERE waits.tenant IS NOT NULL)
    SELECT run_id FROM runs
    WHERE state = 1 AND priority = (SELECT priority FROM first) AND tenant = (
        SELECT tenant FROM waits WHERE tenant IS NOT NULL
        ORDER BY (SELECT COUNT(*) FROM runs o WHERE o.tenant = waits.tenant AND o.state IN (2, 3) AND o.lease_ms >= {now}),
            (SELECT MIN(r.created_ms) FROM runs r
             WHERE r.state = 1 AND r.priority = (SELECT priority FROM first) AND r.tenant = waits.tenant), tenant
        LIMIT 1)
    ORDER BY created_ms, run_id LIMIT 1 {skip_locked}";

impl Store {
    /// Whether a worker would find something to do.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_work(&self) -> Result<bool, StoreError> {
        let sql = "SELECT run_id FROM (SELECT run_id FROM runs WHERE state = 1 LIMIT 1) AS waiting
             UNION ALL
             SELECT run_id FROM (SELECT run_id FROM runs WHERE state IN (2, 3) AND lease_ms < {now} LIMIT 1) AS lost";
        Ok(!self.read(sql, Vec::new()).await?.is_empty())
    }

    /// Takes the run that is next: one whose lease ran out, which is taken again; else interactive ones first, of the tenant
    /// that has fewest under way, the oldest. After `attempts_max` attempts a run is FAILED instead.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim(&self, worker: &str, lease_ms: i64, attempts_max: i64) -> Result<Option<Claim>, StoreError> {
        let sql = format!(
            "UPDATE runs SET
                 state = CASE WHEN attempt >= $3 THEN 5 WHEN state = 3 THEN 3 ELSE 2 END,
                 ended_ms = CASE WHEN attempt >= $3 THEN {{now}} ELSE NULL END,
                 lease_ms = CASE WHEN attempt >= $3 THEN NULL ELSE {{now}} + $2 END,
                 attempt = CASE WHEN attempt >= $3 THEN attempt ELSE attempt + 1 END,
                 worker = $1, started_ms = COALESCE(started_ms, {{now}}), updated_ms = {{now}}, sequence = sequence + 1
             WHERE run_id = COALESCE(({LOST}), ({WAITING}))
             RETURNING {COLUMNS}, request"
        );
        let rows = self.write(&sql, vec![worker.into(), lease_ms.into(), attempts_max.into()]).await?;
        rows.into_iter().next().map(claimed).transpose()
    }

    /// Prolongs the lease and tells how far the run is (an encoded RunProgress; empty: nothing is known); says its state, which
    /// may have become STOPPING.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn heartbeat(
        &self,
        run: &RunRow,
        lease_ms: i64,
        progress: Vec<u8>,
    ) -> Result<Result<State, Lost>, StoreError> {
        let sql = format!(
            "UPDATE runs SET lease_ms = {{now}} + $3, progress = $4, updated_ms = {{now}} WHERE {HELD} RETURNING state"
        );
        let values = vec![run.run_id.as_str().into(), run.attempt.into(), lease_ms.into(), progress.into()];
        let state = self.write(&sql, values).await?.first().and_then(|row| row.int(0));
        Ok(state.and_then(|state| State::try_from(state as i32).ok()).ok_or(Lost))
    }

    /// Keeps a step of the search for those who watch.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(&self, run: &RunRow, step: Vec<u8>) -> Result<Result<i64, Lost>, StoreError> {
        let numbered =
            format!("UPDATE runs SET sequence = sequence + 1, updated_ms = {{now}} WHERE {HELD} RETURNING sequence");
        let key = || vec![run.run_id.as_str().into(), run.attempt.into()];
        let Some(sequence) = self.write(&numbered, key()).await?.first().and_then(|row| row.int(0)) else {
            return Ok(Err(Lost));
        };
        let kept = format!(
            "INSERT INTO steps (run_id, sequence, step) SELECT run_id, $3, $4 FROM runs WHERE {HELD} RETURNING sequence"
        );
        let mut values = key();
        values.extend([sequence.into(), step.into()]);
        let rows = self.write(&kept, values).await?;
        Ok(if rows.is_empty() { Err(Lost) } else { Ok(sequence) })
    }

    /// Ends the run, if the claim still holds: the first result wins.
    ///
    /// # Errors
    /// When the store fails; then it is known to have ended or not once the store answers again.
    pub async fn finish(&self, run: &RunRow, finish: &Finish) -> Result<Result<(), Lost>, StoreError> {
        let sql = format!(
            "UPDATE runs SET state = $3, outcome = $4, answer_content = $5, answer_digest = $6, answer_bytes = $7,
                 ended_ms = {{now}}, updated_ms = {{now}}, lease_ms = NULL, sequence = sequence + 1
             WHERE {HELD} RETURNING run_id"
        );
        let (content, digest, bytes) = match &finish.answer {
            Some((content, digest, bytes)) => (Some(content.clone()), Some(digest.clone()), *bytes),
            None => (None, None, 0),
        };
        let values = vec![
            run.run_id.as_str().into(),
            run.attempt.into(),
            i64::from(finish.state as i32).into(),
            finish.outcome.clone().into(),
            content.into(),
            digest.into(),
            bytes.into(),
        ];
        let ended = !self.write(&sql, values).await?.is_empty();
        Ok(if ended { Ok(()) } else { Err(Lost) })
    }

    /// Gives the run back, to be begun anew: another worker takes it at once. `died` counts a worker that it killed; at
    /// `deaths_max` of them the run is FAILED, with `outcome`. Says the state that it has now.
    ///
    /// # Errors
    /// When the store fails; then the lease runs out.
    pub async fn give_back(
        &self,
        run: &RunRow,
        died: bool,
        deaths_max: i64,
        outcome: Vec<u8>,
    ) -> Result<Result<State, Lost>, StoreError> {
        let sql = format!(
            "UPDATE runs SET deaths = deaths + $3,
                 state = CASE WHEN deaths + $3 >= $4 THEN 5 WHEN state = 3 THEN 3 ELSE 1 END,
                 outcome = CASE WHEN deaths + $3 >= $4 THEN $5 ELSE outcome END,
                 ended_ms = CASE WHEN deaths + $3 >= $4 THEN {{now}} ELSE NULL END,
                 lease_ms = 0, updated_ms = {{now}}, sequence = sequence + 1
             WHERE {HELD} RETURNING state"
        );
        let values = vec![
            run.run_id.as_str().into(),
            run.attempt.into(),
            i64::from(died).into(),
            deaths_max.into(),
            outcome.into(),
        ];
        let state = self.write(&sql, values).await?.first().and_then(|row| row.int(0));
        Ok(state.and_then(|state| State::try_from(state as i32).ok()).ok_or(Lost))
    }
}

fn claimed(mut row: Record) -> Result<Claim, StoreError> {
    // The request is the last column.
    let request = row.bytes(row.0.len() - 1);
    Ok(Claim { run: run_row(row)?, request })
}
