//! Runs looked up by their ids: those that are asked for while a statement is under way are looked up together by the next one,
//! so that many who look at runs cost the database little.

use super::runs::{COLUMNS, run_row};
use super::{Record, RunRow, Store, StoreError, Value};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// Runs that one statement looks up.
const TOGETHER_MAX: usize = 128;

/// Who waits for a run.
struct Asked {
    run_id: String,
    answer: oneshot::Sender<Result<Option<RunRow>, StoreError>>,
}

/// All who wait.
#[derive(Default)]
pub(super) struct Lookups(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    asked: Vec<Asked>,
    /// Whether somebody looks runs up, and will look up all that are asked for until none is.
    under_way: bool,
}

impl Lookups {
    /// Joins those who wait. Whether nobody looks runs up yet.
    fn join(&self, asked: Asked) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.asked.push(asked);
        !std::mem::replace(&mut waiting.under_way, true)
    }

    /// The next to be looked up; none: it is over.
    fn next(&self) -> Vec<Asked> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.asked.len().min(TOGETHER_MAX);
        waiting.under_way = count > 0;
        waiting.asked.drain(..count).collect()
    }
}

/// Whoever looks runs up; one that ends before it is over, as by a panic, lets the next who asks go on.
struct UnderWay<'a>(&'a Lookups);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        // Where somebody else has begun meanwhile there are two for a while, who share those that wait.
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).under_way = false;
    }
}

impl Store {
    /// The tenant's run of this id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(&self, tenant: &str, run_id: &str) -> Result<Option<RunRow>, StoreError> {
        let (answer, told) = oneshot::channel();
        if self.lookups.join(Asked { run_id: run_id.to_owned(), answer }) {
            // In a task of its own: whoever came first may leave.
            tokio::spawn(self.clone().look_up());
        }
        let row = told.await.map_err(|_| StoreError::Unexpected("a lookup that ended without an answer"))??;
        Ok(row.filter(|row| row.tenant == tenant))
    }

    /// Answers all who wait, until nobody does.
    async fn look_up(self) {
        let _under_way = UnderWay(&self.lookups);
        loop {
            let asked = self.lookups.next();
            if asked.is_empty() {
                return;
            }
            let found = self.rows_of(&asked).await;
            for Asked { run_id, answer } in asked {
                let row = found.as_ref().map_err(StoreError::clone);
                let row = row.and_then(|rows| rows.get(&run_id).cloned().transpose());
                // Whoever asked may have left.
                let _ = answer.send(row);
            }
        }
    }

    /// The rows of those that are there. One that cannot be understood is no fault of the others.
    async fn rows_of(&self, asked: &[Asked]) -> Result<HashMap<String, Result<RunRow, StoreError>>, StoreError> {
        // Few lengths, so that few statements are prepared: the last id stands for those that are missing.
        let count = asked.len().next_power_of_two();
        let ids = asked.iter().chain(std::iter::repeat(&asked[asked.len() - 1])).take(count);
        let values: Vec<Value> = ids.map(|asked| asked.run_id.as_str().into()).collect();
        let places: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE run_id IN ({})", places.join(", "));
        let id = |row: &Record| match row.0.first() {
            Some(Value::Text(id)) => id.clone(),
            _ => String::new(),
        };
        Ok(self.read(&sql, values).await?.into_iter().map(|row| (id(&row), run_row(row))).collect())
    }
}
