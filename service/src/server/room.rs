//! Room for solves: so many at one time, and a queue in the order of arrival. Most solves end long before the time that they
//! may take, so who comes waits for a while; who had no turn by then is told when there will be room at the latest, by what
//! those before it have declared.

use super::status;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

/// Calls that wait at one time: each holds its request.
const WAITING_MAX: usize = 64;
/// Shortest time after which a refused call is told to come again.
const RETRY_MIN: Duration = Duration::from_secs(1);

/// Room for solves. Clones are the same room.
#[derive(Debug, Clone)]
pub struct Room {
    places: Arc<Semaphore>,
    count: usize,
    wait_max: Duration,
    declared: Arc<Mutex<Declared>>,
}

/// What was declared by those who have a place or wait for one.
#[derive(Debug, Default)]
struct Declared {
    next: u64,
    /// When each that has a place ends at the latest.
    ends: BTreeMap<u64, Instant>,
    /// How long each that waits takes at most.
    waiting: BTreeMap<u64, Duration>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    permit: Option<OwnedSemaphorePermit>,
    declared: Arc<Mutex<Declared>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        declared.ends.remove(&self.number);
        declared.waiting.remove(&self.number);
        drop(declared);
        // Whoever waits goes in now.
        self.permit = None;
    }
}

impl Room {
    /// For so many solves at one time, at least one; whoever comes waits for so long at most.
    pub fn new(count: usize, wait_max: Duration) -> Room {
        let count = count.clamp(1, Semaphore::MAX_PERMITS);
        Room { places: Arc::new(Semaphore::new(count)), count, wait_max, declared: Arc::default() }
    }

    /// The places themselves, for runs, which wait in the store.
    pub fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.places)
    }

    /// A place for work of at most `takes` that is worth nothing unless it begins by `latest`.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED with when there will be room, where there was none in time or too many wait.
    pub async fn enter(&self, takes: Duration, latest: Instant) -> Result<Place, Status> {
        let latest = latest.min(Instant::now() + self.wait_max);
        let mut place = self.queue(takes)?;
        let permit = tokio::time::timeout_at(latest.into(), Arc::clone(&self.places).acquire_owned()).await;
        let permit = permit.map_err(|_| self.refused(Some(place.number)))?.map_err(|_| status::our_fault())?;
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        declared.waiting.remove(&place.number);
        declared.ends.insert(place.number, Instant::now() + takes);
        drop(declared);
        place.permit = Some(permit);
        Ok(place)
    }

    /// One more place, if there is one now.
    pub fn another(&self, takes: Duration) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        let number = declared.number();
        declared.ends.insert(number, Instant::now() + takes);
        Some(Place { number, permit: Some(permit), declared: Arc::clone(&self.declared) })
    }

    #[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
    fn queue(&self, takes: Duration) -> Result<Place, Status> {
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        if declared.waiting.len() >= WAITING_MAX {
            drop(declared);
            return Err(self.refused(None));
        }
        let number = declared.number();
        declared.waiting.insert(number, takes);
        Ok(Place { number, permit: None, declared: Arc::clone(&self.declared) })
    }

    /// What one is told who has no place, and need not count itself among those who wait.
    fn refused(&self, number: Option<u64>) -> Status {
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        number.and_then(|number| declared.waiting.remove(&number));
        let now = Instant::now();
        let begins = declared.begins(self.count, now);
        status::overloaded(begins.saturating_duration_since(now).max(RETRY_MIN))
    }
}

impl Declared {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// When the next who comes would begin, if all take as long as they may: each who waits takes the place that is free first.
    fn begins(&self, places: usize, now: Instant) -> Instant {
        let mut free: Vec<Instant> = self.ends.values().map(|end| (*end).max(now)).collect();
        // Places that runs have are told nothing of here; they end when they end.
        free.resize(places.max(free.len()), now);
        for takes in self.waiting.values() {
            free.sort_unstable();
            if let Some(first) = free.first_mut() {
                *first += *takes;
            }
        }
        free.into_iter().min().unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt;

    const SECOND: Duration = Duration::from_secs(1);

    fn retry(status: &Status) -> Duration {
        status.get_error_details().retry_info().and_then(|info| info.retry_delay).expect("it says when")
    }

    #[tokio::test]
    async fn who_has_no_turn_is_told_when_there_is_room() {
        let room = Room::new(2, SECOND * 100);
        let now = Instant::now();
        let first = room.enter(SECOND * 600, now + SECOND).await.expect("there is room");
        let second = room.enter(SECOND * 300, now + SECOND).await.expect("there is room");
        assert!(room.another(SECOND).is_none());
        let refused = room.enter(SECOND, now).await.expect_err("both go on");
        assert!(retry(&refused) > SECOND * 290 && retry(&refused) <= SECOND * 300, "{refused:?}");
        // One that waits goes in when a place is free, and those behind it are told so.
        let waits = room.clone();
        let waiting = tokio::spawn(async move { waits.enter(SECOND * 100, now + SECOND * 100).await });
        while room.declared.lock().expect("no panic").waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        let refused = room.enter(SECOND, now).await.expect_err("that one comes before");
        assert!(retry(&refused) > SECOND * 390 && retry(&refused) <= SECOND * 400, "{refused:?}");
        drop(second);
        let third = waiting.await.expect("no panic").expect("a place is free");
        drop((first, third));
        assert!(room.declared.lock().expect("no panic").ends.is_empty());
        assert!(room.another(SECOND).is_some());
    }

    #[tokio::test]
    async fn who_leaves_while_waiting_leaves_the_queue_and_it_has_an_end() {
        let room = Room::new(1, SECOND * 100);
        let latest = Instant::now() + SECOND * 1_000;
        let _first = room.another(SECOND).expect("there is room");
        for _ in 0..2 * WAITING_MAX {
            let left = tokio::time::timeout(Duration::ZERO, room.enter(SECOND, latest)).await;
            assert!(left.is_err(), "it waits");
        }
        assert!(room.declared.lock().expect("no panic").waiting.is_empty());
        let waiting: Vec<Place> = (0..WAITING_MAX).map(|_| room.queue(SECOND).expect("it waits")).collect();
        assert!(room.queue(SECOND).is_err());
        drop(waiting);
        assert!(room.queue(SECOND).is_ok());
    }
}
