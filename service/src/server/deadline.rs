//! When a call must be answered: its own deadline, less a slice for packing the answer.

use std::time::{Duration, Instant};
use tonic::{Request, Status};

/// The least time kept for packing an answer.
const PACK_MIN: Duration = Duration::from_millis(50);
/// One part in so many of the call's time is kept for packing.
const PACK_PART: u32 = 20;

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

/// The ends of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The work is to end here.
    pub work: Instant,
    /// Whatever has not ended by now is ended by force.
    pub force: Instant,
}

impl Deadline {
    /// By the call's `grpc-timeout`; without one, `otherwise` from now. Never later than `otherwise` from now.
    pub fn of<T>(request: &Request<T>, otherwise: Duration) -> Deadline {
        let now = Instant::now();
        let arrived = request.extensions().get::<Arrived>().map_or(now, |a| a.0);
        let timeout = request.metadata().get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(timeout);
        Deadline::new(arrived, timeout, now, otherwise)
    }

    fn new(arrived: Instant, timeout: Option<Duration>, now: Instant, otherwise: Duration) -> Deadline {
        let own = Deadline { work: now + otherwise, force: now + otherwise + pack(otherwise) * 2 };
        match timeout.and_then(|timeout| Some((arrived.checked_add(timeout)?, pack(timeout)))) {
            None => own,
            Some((end, pack)) => {
                Deadline { work: own.work.min(earlier(end, pack)), force: own.force.min(earlier(end, pack / 2)) }
            }
        }
    }

    /// When work of at most `limit` must have begun: so that it can take all its time, or half of what time there is.
    pub fn latest(self, limit: Duration) -> Instant {
        let now = Instant::now();
        let half = now + self.work.saturating_duration_since(now) / 2;
        self.work.checked_sub(limit).unwrap_or(now).max(half)
    }

    /// `limit` from `start` on, with nobody who waits for a call.
    pub fn from(start: Instant, limit: Duration) -> Deadline {
        Deadline { work: start + limit, force: start + limit + pack(limit) * 2 }
    }

    /// The same, but with the work ending `limit` from now at the latest.
    pub fn within(self, limit: Duration) -> Deadline {
        let now = Instant::now();
        Deadline { work: self.work.min(now + limit), force: self.force.min(now + limit + pack(limit) * 2) }
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
        let now = Instant::now();
        let s = Duration::from_secs;
        let ms = Duration::from_millis;
        let deadline = Deadline::new(now, Some(s(10)), now, s(60));
        assert_eq!(deadline, Deadline { work: now + ms(9_500), force: now + ms(9_750) });
        let deadline = Deadline::new(now, Some(ms(200)), now, s(60));
        assert_eq!(deadline, Deadline { work: now + ms(150), force: now + ms(175) });
        let deadline = Deadline::new(now, Some(s(60)), now, s(10));
        assert_eq!(deadline, Deadline { work: now + s(10), force: now + s(11) });
        let deadline = Deadline::new(now, None, now, s(10));
        assert_eq!(deadline, Deadline { work: now + s(10), force: now + s(11) });
    }
}
