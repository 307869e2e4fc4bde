//! What a connection is in use for: its calls, and answers that its client has not taken. Calls find it among the extensions
//! of their requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// An open connection.
#[derive(Debug)]
pub struct Open {
    peer: IpAddr,
    used: Mutex<Used>,
    closing: watch::Sender<bool>,
}

#[derive(Debug)]
struct Used {
    calls: usize,
    /// When it had its last call, or was opened.
    last: Instant,
    /// Since when answers wait to be taken, by their numbers.
    unread: HashMap<u64, Instant>,
    next: u64,
}

impl Open {
    /// A connection of this peer, without calls.
    pub fn new(peer: IpAddr) -> Open {
        let used = Used { calls: 0, last: Instant::now(), unread: HashMap::new(), next: 0 };
        Open { peer, used: Mutex::new(used), closing: watch::Sender::new(false) }
    }

    /// Who has opened it.
    pub fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Closes it.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Ends when it is to be closed.
    pub async fn closed(self: Arc<Open>) {
        let mut closing = self.closing.subscribe();
        // The sender is here, so this cannot fail.
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// How long it has had no calls; `None`: it has some.
    pub fn idle(&self) -> Option<Duration> {
        let used = self.used();
        (used.calls == 0).then(|| used.last.elapsed())
    }

    /// How long the answer that has waited longest has not been taken.
    pub fn unread_for(&self) -> Option<Duration> {
        self.used().unread.values().map(Instant::elapsed).max()
    }

    fn used(&self) -> std::sync::MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way; dropped, it has ended.
#[derive(Debug)]
pub struct Call(Arc<Open>);

impl Call {
    /// Begins one.
    pub fn begin(open: &Arc<Open>) -> Call {
        open.used().calls += 1;
        Call(Arc::clone(open))
    }

    /// An answer, or a piece of one, that is there to be taken.
    pub fn unread(&self) -> Unread {
        let mut used = self.0.used();
        let number = used.next;
        used.next += 1;
        used.unread.insert(number, Instant::now());
        Unread { open: Arc::clone(&self.0), number }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut used = self.0.used();
        used.calls -= 1;
        used.last = Instant::now();
    }
}

/// Waits to be taken; dropped, it has been.
#[derive(Debug)]
pub struct Unread {
    open: Arc<Open>,
    number: u64,
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.open.used().unread.remove(&self.number);
    }
}
