//! How much of a call's time is kept for packing its answer, checking it and sending it. How long that takes is told from how
//! long the request took to be read, on this machine with all that it has to do now. Worker and server both reckon so: each
//! knows how long it took to read itself.

use std::time::Duration;

/// What is kept is no less than this times what the request took to be read.
const KEPT_OF_READING: f64 = 3.0;
/// A plan of a worker that is ended by force takes no more than this times as much to be checked and sent.
const FORCED_OF_READING: f64 = 1.5;
/// The part of the time that is left which is never kept.
const WORK_PART_MIN: f64 = 0.4;

/// What is kept of the time that is `left`: at least `least`.
pub fn kept(least: Duration, read: Duration, left: Duration) -> Duration {
    least.max(read.mul_f64(KEPT_OF_READING)).min(left.mul_f64(1.0 - WORK_PART_MIN).max(least))
}

/// The same for a plan that was sent before, of a worker that is ended by force.
pub fn kept_when_forced(least: Duration, read: Duration, left: Duration) -> Duration {
    let forced = least.div_f64(2.0).max(read.mul_f64(FORCED_OF_READING));
    forced.min(kept(least, read, left).mul_f64(0.75))
}
