//! Runs as clients know them: made, looked at, stopped, cancelled, deleted.

use super::admission::TENANT_PART;
use super::{Record, Store, StoreError, Value};
use carve_proto::v1::run::State;
use std::collections::BTreeMap;

/// What a new run is.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id, which nobody else has.
    pub run_id: String,
    /// Whose it is.
    pub tenant: String,
    /// What the client calls it, if it does.
    pub request_id: Option<String>,
    /// The digest of all that the client asked for.
    pub request_digest: String,
    /// 1: interactive, 2: batch.
    pub priority: i64,
    /// Solve-milliseconds times threads that it asks for.
    pub cost_ms: i64,
    /// The most that all runs that have not ended may ask for together; those of one tenant, where there are tenants, four
    /// fifths of it.
    pub cost_ms_max: i64,
    /// The book, which the store has.
    pub book_digest: String,
    /// Its accounts.
    pub account_count: i64,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// The encoded SolveRequest without its accounts.
    pub request: Vec<u8>,
}

/// What came of a new run.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// It is stored.
    New(Box<RunRow>),
    /// The client made it before.
    Before(Box<RunRow>),
    /// The client made another run by this request id.
    Other,
    /// Too much is waiting.
    NoRoom,
}

/// A run as it is stored, without its request.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its id.
    pub run_id: String,
    /// Whose it is.
    pub tenant: String,
    /// The digest of all that the client asked for.
    pub request_digest: String,
    /// Where it is in its life.
    pub state: State,
    /// 1: interactive, 2: batch.
    pub priority: i64,
    /// The book.
    pub book_digest: String,
    /// Its accounts.
    pub account_count: i64,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made, in milliseconds since 1970, as all moments are.
    pub created_ms: i64,
    /// When a worker first began on it.
    pub started_ms: Option<i64>,
    /// When a stop was first asked for.
    pub stopped_ms: Option<i64>,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// How often a worker began on it.
    pub attempt: i64,
    /// Grows with everything that happens to it.
    pub sequence: i64,
    /// The name of its answer's chunks.
    pub answer_content: Option<String>,
    /// The digest of its answer.
    pub answer_digest: String,
    /// Bytes of its answer.
    pub answer_bytes: i64,
    /// The encoded RunProgress; empty: none.
    pub progress: Vec<u8>,
    /// Of a run that ended: an encoded Run with summary, termination or failure. Empty: none.
    pub outcome: Vec<u8>,
}

/// Which runs are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose.
    pub tenant: String,
    /// Those made before this one; empty: from the newest on.
    pub before: String,
    /// In one of these states; none: all.
    pub states: Vec<State>,
    /// With all of these labels.
    pub labels: BTreeMap<String, String>,
    /// So many at most.
    pub most: i64,
}

/// One step of a run's search.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    /// Its number.
    pub sequence: i64,
    /// The encoded RunProgress.
    pub step: Vec<u8>,
}

/// What waits and what is worked on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queue {
    /// Runs that wait.
    pub waiting: i64,
    /// What they ask for together, in milliseconds times threads.
    pub waiting_cost_ms: i64,
    /// Runs that are worked on.
    pub running: i64,
    /// What those ask for together.
    pub running_cost_ms: i64,
}

/// The columns of a [`RunRow`], in its order.
pub(super) const COLUMNS: &str = "run_id, tenant, request_digest, state, priority, book_digest, account_count, labels, \
     created_ms, started_ms, stopped_ms, ended_ms, attempt, sequence, answer_content, answer_digest, answer_bytes, \
     progress, outcome";

impl Store {
    /// Stores a new run, unless too much is waiting or the client has made it before.
    ///
    /// # Errors
    /// When the store fails; then the run may be there or not, and the client may ask again by the same request id.
    pub async fn create(&self, run: &NewRun) -> Result<Created, StoreError> {
        // A client that asks again gets its run, however much is waiting.
        if let Some(before) = self.made_before(run).await? {
            return Ok(before);
        }
        let plenty = self.has_plenty_of_room(run).await?;
        // Sums by tenant are read from an index alone.
        let sums = "SELECT tenant, SUM(cost_ms) AS asked FROM runs WHERE state <= 3 GROUP BY tenant";
        let room = match plenty {
            true => "1 = 1".to_owned(),
            false => format!(
                "(SELECT COALESCE(SUM(asked), 0) FROM ({sums}) AS every) + $6 <= $11
                 AND ($2 = '' OR (SELECT COALESCE(SUM(asked), 0) FROM ({sums}) AS own WHERE tenant = $2) + $6
                     <= $11 * {} / {})",
                TENANT_PART.0, TENANT_PART.1
            ),
        };
        let sql = format!(
            "INSERT INTO runs (run_id, tenant, request_id, request_digest, state, priority, cost_ms, book_digest,
                 account_count, labels, created_ms, updated_ms, attempt, deaths, sequence, answer_bytes, request)
             SELECT $1, $2, $3, $4, 1, $5, $6, $7, $8, $9, {{now}}, {{now}}, 0, 0, 1, 0, $10
             WHERE {room} ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
        );
        let mut values = vec![
            run.run_id.as_str().into(),
            run.tenant.as_str().into(),
            run.request_id.clone().into(),
            run.request_digest.as_str().into(),
            run.priority.into(),
            run.cost_ms.into(),
            run.book_digest.as_str().into(),
            run.account_count.into(),
            written(&run.labels).into(),
            run.request.clone().into(),
        ];
        if !plenty {
            values.push(run.cost_ms_max.into());
        }
        if let Some(row) = self.write(&sql, values).await?.into_iter().next() {
            return Ok(Created::New(Box::new(run_row(row)?)));
        }
        Ok(self.made_before(run).await?.unwrap_or(Created::NoRoom))
    }

    async fn made_before(&self, run: &NewRun) -> Result<Option<Created>, StoreError> {
        let Some(request_id) = &run.request_id else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE tenant = $1 AND request_id = $2");
        let values = vec![run.tenant.as_str().into(), request_id.as_str().into()];
        let found = self.read(&sql, values).await?.into_iter().next().map(run_row).transpose()?;
        Ok(found.map(|row| match row.request_digest == run.request_digest {
            true => Created::Before(Box::new(row)),
            false => Created::Other,
        }))
    }

    /// The runs that are asked for, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn runs(&self, filter: &Filter) -> Result<Vec<RunRow>, StoreError> {
        let states: String = filter.states.iter().map(|state| format!(",{},", *state as i32)).collect();
        let mut values: Vec<Value> =
            vec![filter.tenant.as_str().into(), filter.before.as_str().into(), states.into(), filter.most.into()];
        let mut labelled = String::new();
        for (name, value) in &filter.labels {
            values.push(line(name, value).into());
            labelled += &format!(" AND {{find}}(labels, ${}) > 0", values.len());
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM runs WHERE tenant = $1 AND ($2 = '' OR run_id < $2)
             AND ($3 = '' OR {{find}}($3, ',' || state || ',') > 0){labelled} ORDER BY run_id DESC LIMIT $4"
        );
        self.read(&sql, values).await?.into_iter().map(run_row).collect()
    }

    /// Asks for the end of a run, its best plan kept. `None`: there is no such run, or it had ended or been asked already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stop(&self, tenant: &str, run_id: &str) -> Result<Option<RunRow>, StoreError> {
        let sql = format!(
            "UPDATE runs SET state = CASE state WHEN 1 THEN 6 ELSE 3 END, stopped_ms = {{now}}, updated_ms = {{now}},
                 ended_ms = CASE state WHEN 1 THEN {{now}} ELSE NULL END, sequence = sequence + 1
             WHERE run_id = $1 AND tenant = $2 AND state IN (1, 2) RETURNING {COLUMNS}"
        );
        self.one(self.write(&sql, vec![run_id.into(), tenant.into()]).await?)
    }

    /// Ends a run, whatever it has. `None`: there is no such run, or it had ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cancel(&self, tenant: &str, run_id: &str) -> Result<Option<RunRow>, StoreError> {
        let sql = format!(
            "UPDATE runs SET state = 6, ended_ms = {{now}}, updated_ms = {{now}}, lease_ms = NULL, sequence = sequence + 1
             WHERE run_id = $1 AND tenant = $2 AND state <= 3 RETURNING {COLUMNS}"
        );
        self.one(self.write(&sql, vec![run_id.into(), tenant.into()]).await?)
    }

    /// Forgets a run that has ended. Whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, tenant: &str, run_id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM runs WHERE run_id = $1 AND tenant = $2 AND state > 3 RETURNING run_id";
        Ok(!self.write(sql, vec![run_id.into(), tenant.into()]).await?.is_empty())
    }

    /// The steps of a run after this number, at most so many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn steps(&self, run_id: &str, after: i64, most: i64) -> Result<Vec<StepRow>, StoreError> {
        let sql = "SELECT sequence, step FROM steps WHERE run_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
        let rows = self.read(sql, vec![run_id.into(), after.into(), most.into()]).await?;
        let step = |mut row: Record| StepRow { sequence: row.int(0).unwrap_or_default(), step: row.bytes(1) };
        Ok(rows.into_iter().map(step).collect())
    }

    /// The runs that anything happened to in the last so many milliseconds, with their sequences.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn changed(&self, within_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT run_id, sequence FROM runs WHERE updated_ms >= {now} - $1";
        let rows = self.read(sql, vec![within_ms.into()]).await?;
        Ok(rows.into_iter().map(|mut row| (row.text(0), row.int(1).unwrap_or_default())).collect())
    }

    /// What waits and what is worked on, of all tenants.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn queue(&self) -> Result<Queue, StoreError> {
        // By tenant first, which is read from an index alone.
        let sql = "SELECT state, CAST(SUM(number) AS BIGINT), CAST(SUM(asked) AS BIGINT) FROM (
                SELECT tenant, state, COUNT(*) AS number, SUM(cost_ms) AS asked FROM runs WHERE state <= 3
                GROUP BY tenant, state) AS each GROUP BY state";
        let mut queue = Queue::default();
        for row in self.read(sql, Vec::new()).await? {
            let (count, cost) = (row.int(1).unwrap_or_default(), row.int(2).unwrap_or_default());
            match row.int(0) {
                Some(1) => (queue.waiting, queue.waiting_cost_ms) = (count, cost),
                _ => (queue.running, queue.running_cost_ms) = (queue.running + count, queue.running_cost_ms + cost),
            }
        }
        Ok(queue)
    }

    pub(super) fn one(&self, rows: Vec<Record>) -> Result<Option<RunRow>, StoreError> {
        rows.into_iter().next().map(run_row).transpose()
    }
}

/// The first columns of a row as a run.
pub(super) fn run_row(mut row: Record) -> Result<RunRow, StoreError> {
    let state = row.int(3).and_then(|state| State::try_from(state as i32).ok());
    let whole = |row: &Record, column| row.int(column).unwrap_or_default();
    Ok(RunRow {
        run_id: row.text(0),
        tenant: row.text(1),
        request_digest: row.text(2),
        state: state.ok_or(StoreError::Unexpected("a state that is none"))?,
        priority: whole(&row, 4),
        book_digest: row.text(5),
        account_count: whole(&row, 6),
        labels: read_labels(&row.text(7)),
        created_ms: whole(&row, 8),
        started_ms: row.int(9),
        stopped_ms: row.int(10),
        ended_ms: row.int(11),
        attempt: whole(&row, 12),
        sequence: whole(&row, 13),
        answer_content: Some(row.text(14)).filter(|content| !content.is_empty()),
        answer_digest: row.text(15),
        answer_bytes: whole(&row, 16),
        progress: row.bytes(17),
        outcome: row.bytes(18),
    })
}

/// Labels as one text: a line for each, beginning and ending with a line break, so that a label is found as a text.
fn written(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(name, value)| line(name, value)).collect()
}

/// The line of one label. A tab stands between name and value, neither of which has control characters.
fn line(name: &str, value: &str) -> String {
    format!("\n{name}\t{value}\n")
}

fn read_labels(text: &str) -> BTreeMap<String, String> {
    text.lines().filter_map(|line| line.split_once('\t')).map(|(name, value)| (name.into(), value.into())).collect()
}
