//! A budget of bytes over all calls under way, with a part for each peer. Requests take of it as their bytes arrive and are
//! refused when it is spent; answers take of it whatever is left, until their client has them.

use super::status;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::Status;

/// What is taken, by whom.
#[derive(Debug)]
pub struct Budget {
    all_max: usize,
    peer_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
}

impl Budget {
    /// `all_max` bytes for everybody together, `peer_max` for one peer.
    pub fn new(all_max: usize, peer_max: usize) -> Arc<Budget> {
        Arc::new(Budget { all_max, peer_max, taken: Mutex::default() })
    }

    /// What a call takes, nothing yet.
    pub fn claim(self: &Arc<Budget>, peer: IpAddr) -> Claim {
        Claim { budget: Arc::clone(self), peer, bytes: 0 }
    }
}

/// What a call has taken; it is given back when this is dropped.
#[derive(Debug)]
pub struct Claim {
    budget: Arc<Budget>,
    peer: IpAddr,
    bytes: usize,
}

impl Claim {
    /// Whether a message of so many bytes can ever come, however little others take.
    ///
    /// # Errors
    /// When it cannot.
    #[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
    pub fn fits(&self, bytes: usize) -> Result<(), Status> {
        let (all, peer) = (self.budget.all_max, self.budget.peer_max);
        let (most, setting) =
            if all <= peer { (all, "max-request-bytes") } else { (peer, "max-request-bytes-per-peer") };
        if bytes > most { Err(status::message_never_fits(bytes, most, setting)) } else { Ok(()) }
    }

    /// Takes so many bytes more.
    ///
    /// # Errors
    /// When they are not left.
    #[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
    pub fn take(&mut self, bytes: usize) -> Result<(), Status> {
        self.fits(self.bytes + bytes)?;
        let budget = &self.budget;
        let taken = budget.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = taken.by_peer.get(&self.peer).copied().unwrap_or(0);
        if bytes > budget.all_max.saturating_sub(taken.all) {
            return Err(status::too_many_bytes());
        }
        if bytes > budget.peer_max.saturating_sub(of_peer) {
            return Err(status::too_many_bytes_of_peer());
        }
        drop(taken);
        self.add(bytes);
        Ok(())
    }

    /// Takes so many bytes more, left or not: they are held already.
    pub fn add(&mut self, bytes: usize) {
        let mut taken = self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all += bytes;
        *taken.by_peer.entry(self.peer).or_default() += bytes;
        self.bytes += bytes;
    }

    /// Gives so many bytes back.
    pub fn give(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        let mut taken = self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= bytes;
        if let Some(of_peer) = taken.by_peer.get_mut(&self.peer) {
            *of_peer -= bytes;
            if *of_peer == 0 {
                taken.by_peer.remove(&self.peer);
            }
        }
        self.bytes -= bytes;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.give(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tonic_types::StatusExt;

    #[test]
    fn what_is_taken_is_given_back_and_no_peer_takes_all() {
        let (one, other) = (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)));
        let budget = Budget::new(100, 60);
        let mut first = budget.claim(one);
        assert!(first.take(60).is_ok() && first.take(1).is_err());
        let mut second = budget.claim(other);
        assert!(second.take(40).is_ok() && second.take(1).is_err());
        // An answer is held whatever is left.
        second.add(30);
        assert!(budget.claim(other).take(1).is_err());
        drop(first);
        assert!(second.take(30).is_err() && budget.claim(one).take(30).is_ok());
        second.give(30);
        drop(second);
        // What is more than one peer may ever have is told apart from what may come later.
        let never = budget.claim(one).take(61).expect_err("more than there is");
        assert!(
            never.get_error_details().retry_info().is_none() && never.message().contains("max-request-bytes-per-peer")
        );
        let busy = budget.claim(one);
        let (mut holder, mut waits) = (budget.claim(one), busy);
        assert!(holder.take(50).is_ok());
        assert!(waits.take(20).expect_err("later").get_error_details().retry_info().is_some());
        assert!(waits.fits(60).is_ok() && waits.fits(61).is_err());
        drop((holder, waits));
        let taken = budget.taken.lock().expect("no panic");
        assert!(taken.all == 0 && taken.by_peer.is_empty());
    }
}
