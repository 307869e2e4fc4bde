//! Who waits for news of a run, and who brings it: this process at once, others through the store.

use super::Runs;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often the store is asked for what other processes did, while anybody waits.
const POLL: Duration = Duration::from_millis(250);
/// How far back it is asked, in milliseconds: longer than a poll may be late.
const BACK_MS: i64 = 10_000;

/// The sequences of runs that somebody waits for news of.
#[derive(Debug, Default)]
pub struct News {
    known: Mutex<HashMap<String, watch::Sender<i64>>>,
}

impl News {
    /// Hears of a run from now on.
    pub fn subscribe(&self, run_id: &str) -> watch::Receiver<i64> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(run_id.to_owned()).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// Something happened to the run in this process: whoever waits is to look.
    pub fn happened(&self, run_id: &str) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = known.get(run_id) {
            // The value says what the store had; what is new to this process is so whatever the number.
            sender.send_modify(|_| {});
        }
    }

    /// What the store says of runs; those that nobody waits for any more are forgotten.
    fn read(&self, changed: &[(String, i64)]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, sender| sender.receiver_count() > 0);
        for (run_id, sequence) in changed {
            if let Some(sender) = known.get(run_id) {
                sender.send_if_modified(|last| std::mem::replace(last, *sequence) != *sequence);
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// Brings news from the store until the task is dropped.
pub async fn bring(runs: Runs) {
    loop {
        tokio::time::sleep(POLL).await;
        if runs.news.is_idle() {
            continue;
        }
        // A store that fails now is asked again.
        match runs.store.changed(BACK_MS).await {
            Ok(changed) => runs.news.read(&changed),
            Err(error) => runs.trouble("hearing of changes", &error),
        }
    }
}
