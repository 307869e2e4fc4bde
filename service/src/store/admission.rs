//! Whether there is room for a run by what all that have not ended ask for. Adding that up takes longer the more runs wait, so
//! it is done once a while, and for each run only where there might be no room.

use super::runs::NewRun;
use super::{Store, StoreError};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a sum is believed. Other processes over the same store may have added to it meanwhile.
const BELIEVED: Duration = Duration::from_secs(1);
/// A run that leaves this part of the room is let in by such a sum: so much is not asked for in that time.
const PLENTY: (i64, i64) = (1, 2);
/// The part of the room that one tenant may take, where there are tenants.
pub(super) const TENANT_PART: (i64, i64) = (4, 5);

/// What runs that have not ended asked for when it was last added up, with what was let in since.
#[derive(Debug, Default)]
pub(super) struct Asked(Mutex<Sum>);

#[derive(Debug, Default)]
struct Sum {
    /// `None`: it was never added up.
    at: Option<Instant>,
    all_ms: i64,
    by_tenant: HashMap<String, i64>,
}

impl Asked {
    /// Takes a run in if there is plenty of room for it by a sum that can be believed; `None`: there is no such sum.
    fn take(&self, run: &NewRun) -> Option<bool> {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sum.at.is_none_or(|at| at.elapsed() > BELIEVED) {
            return None;
        }
        let part = |(of, whole): (i64, i64), ms: i64| ms / whole * of;
        let plenty = part(PLENTY, run.cost_ms_max);
        let of_tenant = sum.by_tenant.get(&run.tenant).copied().unwrap_or(0);
        let fits = sum.all_ms.saturating_add(run.cost_ms) <= plenty
            && (run.tenant.is_empty() || of_tenant.saturating_add(run.cost_ms) <= part(TENANT_PART, plenty));
        if fits {
            sum.all_ms += run.cost_ms;
            *sum.by_tenant.entry(run.tenant.clone()).or_default() += run.cost_ms;
        }
        Some(fits)
    }

    fn learn(&self, by_tenant: HashMap<String, i64>) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all_ms = by_tenant.values().fold(0_i64, |all, ms| all.saturating_add(*ms));
        *sum = Sum { at: Some(Instant::now()), all_ms, by_tenant };
    }
}

impl Store {
    /// Whether there is so much room that a run needs no exact sum.
    pub(super) async fn has_plenty_of_room(&self, run: &NewRun) -> Result<bool, StoreError> {
        if let Some(plenty) = self.asked.take(run) {
            return Ok(plenty);
        }
        let sql = "SELECT tenant, CAST(SUM(cost_ms) AS BIGINT) FROM runs WHERE state <= 3 GROUP BY tenant";
        let rows = self.read(sql, Vec::new()).await?;
        self.asked.learn(rows.into_iter().map(|mut row| (row.text(0), row.int(1).unwrap_or_default())).collect());
        Ok(self.asked.take(run).unwrap_or(false))
    }
}
