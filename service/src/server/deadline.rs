//! When a call must be answered: its own deadline or its time limit, counted from its arrival, less a slice for packing the
//! answer, checking it and sending it.

use super::limits::UNARY_TIMEOUT;
use crate::worker::packing::{kept, kept_when_forced};
use std::time::{Duration, Instant};
use tonic::codegen::http;
use tonic::{Request, Status};

/// The least time kept for packing an answer.
const PACK_MIN: Duration = Duration::from_millis(100);
/// One part in so many of the call's time is kept for packing.
const PACK_PART: u32 = 10;
/// When the head of a request arrived: its body may take long, and the client's clock runs meanwhile.
#[derive(Debug, Clone, Copy)]
struct Arrived(Instant);

/// Marks a request with the time of its arrival.
///
/// # Errors
/// Never.
#[allow(clippy::result_large_err, reason = "the shape of an interceptor")]
pub fn stamp(mut request: Request<()>) -> Result<Request<()>, Status> {
    request.extensions_mut().insert(Arrived(Instant::now()));
    Ok(request)
}

/// When a call that is not decoded yet is given up: at its own deadline, at the latest when one without a deadline is.
pub fn of_parts(parts: &http::request::Parts) -> Instant {
    let arrived = parts.extensions.get::<Arrived>().map_or_else(Instant::now, |a| a.0);
    let timeout = parts.headers.get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(timeout);
    let now = Instant::now();
    timeout.and_then(|timeout| arrived.checked_add(timeout)).unwrap_or(now + UNARY_TIMEOUT).min(now + UNARY_TIMEOUT)
}

/// The ends of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    arrived: Instant,
    /// What the call's client waits to; `None`: it says nothing.
    end: Option<Instant>,
    /// Its time limit.
    limit: Duration,
    /// What is kept at least for packing the answer after the work; none where nobody waits for a call.
    pub packing: Duration,
    /// The work is to end here.
    pub work: Instant,
    /// Whatever has not ended by now is ended by force.
    pub force: Instant,
}

impl Deadline {
    /// By the call's `grpc-timeout`; without one, `otherwise` from its arrival. Never later than `otherwise` from then.
    pub fn of<T>(request: &Request<T>, otherwise: Duration) -> Deadline {
        let arrived = request.extensions().get::<Arrived>().map_or_else(Instant::now, |a| a.0);
        let timeout = request.metadata().get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(timeout);
        Deadline::new(arrived, timeout, otherwise)
    }

    fn new(arrived: Instant, timeout: Option<Duration>, otherwise: Duration) -> Deadline {
        let end = timeout.and_then(|timeout| arrived.checked_add(timeout));
        let none = Deadline { arrived, end, limit: otherwise, packing: Duration::ZERO, work: arrived, force: arrived };
        none.after_reading(Duration::ZERO, arrived)
    }

    /// When work of at most `limit` must have begun: so that it can take all its time, or half of what time there is.
    pub fn latest(self, limit: Duration) -> Instant {
        let now = Instant::now();
        let half = now + self.work.saturating_duration_since(now) / 2;
        self.work.checked_sub(limit).unwrap_or(now).max(half)
    }

    /// `limit` from `start` on, with nobody who waits for a call.
    pub fn from(start: Instant, limit: Duration) -> Deadline {
        let (work, force) = (start + limit, start + limit + pack(limit) * 2);
        Deadline { arrived: start, end: None, limit, packing: Duration::ZERO, work, force }
    }

    /// The same, but ending at the latest when its time limit is over.
    pub fn within(self, limit: Duration) -> Deadline {
        Deadline { limit: self.limit.min(limit), ..self }.after_reading(Duration::ZERO, self.arrived)
    }

    /// The same, but with a time limit that counts without the time that the call waited for its turn.
    pub fn after_waiting(self, waited: Duration) -> Deadline {
        Deadline { arrived: self.arrived + waited, ..self }
    }

    /// The same for work that begins now and has so much time.
    pub fn anew(self, limit: Duration) -> Deadline {
        let now = Instant::now();
        let left = (self.arrived + self.limit).saturating_duration_since(now);
        Deadline { arrived: now, limit: limit.min(left), ..self }.after_reading(Duration::ZERO, now)
    }

    /// The same, once it is `now` and known how long the request took to be read.
    pub fn after_reading(self, read: Duration, now: Instant) -> Deadline {
        let limited = self.arrived + self.limit;
        let end = self.end.map_or(limited, |end| end.min(limited));
        let least = pack(end.saturating_duration_since(self.arrived));
        let left = end.saturating_duration_since(now.max(self.arrived));
        let forced = kept_when_forced(least, read, left);
        let own = limited + pack(self.limit) * 2;
        let force = self.end.map_or(own, |client| own.min(earlier(client, forced)));
        Deadline { packing: least, work: earlier(end, kept(least, read, left)), force, ..self }
    }

    /// With everything ending at one time.
    #[cfg(test)]
    pub fn ending(at: Instant) -> Deadline {
        Deadline { arrived: at, end: None, limit: Duration::ZERO, packing: Duration::ZERO, work: at, force: at }
    }
}

fn pack(time: Duration) -> Duration {
    PACK_MIN.max(time / PACK_PART)
}

fn earlier(end: Instant, by: Duration) -> Instant {
    end.checked_sub(by).unwrap_or(end)
}

/// `grpc-timeout`: at most eight digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_as_the_protocol_says() {
        for (text, expected) in [
            ("1H", Some(3_600_000)),
            ("2M", Some(120_000)),
            ("30S", Some(30_000)),
            ("250m", Some(250)),
            ("99999999H", Some(99_999_999 * 3_600_000)),
            ("", None),
            ("S", None),
            ("-1S", None),
            ("123456789S", None),
            ("5s", None),
            ("1é", None),
        ] {
            assert_eq!(timeout(text), expected.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn the_shorter_limit_holds_and_a_slice_is_kept() {
        let at = Instant::now();
        let s = Duration::from_secs;
        let ms = Duration::from_millis;
        let ends = |deadline: Deadline| (deadline.work - at, deadline.force - at);
        assert_eq!(ends(Deadline::new(at, Some(s(10)), s(60))), (ms(9_000), ms(9_500)));
        assert_eq!(ends(Deadline::new(at, Some(ms(200)), s(60))), (ms(100), ms(150)));
        assert_eq!(ends(Deadline::new(at, Some(s(60)), s(10))), (s(9), s(12)));
        assert_eq!(ends(Deadline::new(at, None, s(10))), (s(9), s(12)));
        assert_eq!(ends(Deadline::new(at, Some(s(60)), s(600)).within(s(10))), (s(9), s(12)));
    }

    #[test]
    fn what_is_kept_grows_with_what_reading_took_and_leaves_time_to_work() {
        let at = Instant::now();
        let s = Duration::from_secs;
        let ends = |read: u64, now: u64| {
            let deadline = Deadline::new(at, Some(s(10)), s(60)).after_reading(s(read), at + s(now));
            (deadline.work - at, deadline.force - at)
        };
        assert_eq!(ends(1, 2), (s(7), Duration::from_millis(8_500)));
        let (work, force) = ends(4, 5);
        assert!(work >= s(7) && work < force && force < s(9), "{work:?} {force:?}");
        // Nothing is left to work in.
        let (work, force) = ends(20, 11);
        assert!(work <= s(10) && force <= s(10), "{work:?} {force:?}");
    }
}
