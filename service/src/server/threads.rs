//! Work that keeps a thread busy for somebody who may leave.

use super::status;
use carve_solver::Patience;
use std::cell::Cell;
use std::time::Instant;
use tokio::sync::oneshot;
use tonic::Status;

/// Does the work on a thread for it, which holds `held` to its end. The work is told when nobody waits for it any more, as
/// the future was dropped or it is past `end`.
///
/// # Errors
/// When the work panics.
pub async fn on_thread<T: Send + 'static>(
    held: impl Send + 'static,
    end: Option<Instant>,
    work: impl FnOnce(Patience) -> T + Send + 'static,
) -> Result<T, Status> {
    let (left, waits) = oneshot::channel::<()>();
    let work = tokio::task::spawn_blocking(move || {
        let _held = held;
        let left = Cell::new(waits);
        let goes_on = || end.is_none_or(|end| Instant::now() < end) && !gone(&left);
        work(Patience { goes_on: &goes_on, ..Patience::default() })
    });
    let done = work.await.map_err(|_| status::our_fault());
    drop(left);
    done
}

/// Whether whoever waited has gone.
fn gone(waits: &Cell<oneshot::Receiver<()>>) -> bool {
    let (_, none) = oneshot::channel();
    let mut waiting = waits.replace(none);
    let gone = matches!(waiting.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    waits.set(waiting);
    gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread")]
    async fn work_hears_that_nobody_waits() {
        let (begun, begins) = oneshot::channel();
        let (told, heard) = oneshot::channel();
        let work = on_thread((), None, move |patience| {
            let _ = begun.send(());
            while (patience.goes_on)() {
                std::thread::yield_now();
            }
            let _ = told.send(());
        });
        let waiting = tokio::spawn(work);
        begins.await.expect("it begins");
        waiting.abort();
        heard.await.expect("it ends");
        // What is waited for goes on to its end, or to the time that was said.
        assert!(on_thread((), None, |patience| (patience.goes_on)()).await.expect("done"));
        let past = Instant::now() - Duration::from_millis(1);
        assert!(!on_thread((), Some(past), |patience| (patience.goes_on)()).await.expect("done"));
    }
}
