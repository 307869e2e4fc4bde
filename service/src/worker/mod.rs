//! The worker process: one request in on standard input, plans or an explanation out on standard output. A crash, an allocation
//! failure or a hang here costs one call and not the server.
//!
//! After the request, any byte or the end of standard input asks the worker to stop with its best plan; so a
//! worker never outlives its server.

pub mod frames;

mod explaining;

mod watch;

pub mod limits;

pub mod packing;

use crate::exit::{CommandError, Exit};
use crate::{decode, encode, findings};
use carve_proto::v1 as proto;
use carve_solver::{Control, Finding, carve};
use frames::Frame;
use std::io::{Read, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use watch::Watch;

/// The time that a worker has, from its start on.
#[derive(Debug)]
pub struct Budget {
    /// Its work is to end after this.
    pub work: Duration,
    /// What is kept after that for packing the plan and sending it: it grows with what the worker takes to read the request.
    /// Zero: it does not grow, nobody waits for a call.
    pub packing: Duration,
}

impl Budget {
    /// When the search is to end.
    fn deadline(&self, started: Instant, read: Duration, now: Instant) -> Instant {
        let work = started + self.work;
        if self.packing.is_zero() {
            return work;
        }
        let end = work + self.packing;
        let kept = packing::kept(self.packing, read, end.saturating_duration_since(now));
        end.checked_sub(kept).unwrap_or(now)
    }
}

/// Answers the request on standard input within the budget, with at most so many threads.
///
/// # Errors
/// When the pipes fail.
pub fn run(budget: &Budget, limits: limits::Limits) -> Result<Exit, CommandError> {
    let started = Instant::now();
    limits.hold();
    let mut asked = Frame::read(&mut stdin().lock()).map_err(CommandError::Worker)?;
    limits.cap_threads(&mut asked);
    let stop = stop_when_stdin_speaks();
    let control = Control { deadline: started + budget.work, stop: &stop };
    let answer = match asked {
        Frame::Request(request) => solved(request, started, budget, &stop).map(Frame::Final),
        Frame::Account(request) => explaining::account(request, &control).map(Frame::Explained),
        Frame::Rules(request) => explaining::rules(request, &control).map(Frame::Explained),
        Frame::Infeasible(request) => explaining::infeasible(request, &control).map(Frame::Explained),
        Frame::Explained(_) | Frame::Progress(_) | Frame::Improved(_) | Frame::Final(_) | Frame::Refused(_) => {
            return Err(CommandError::Worker(std::io::ErrorKind::InvalidData.into()));
        }
    };
    let answer = answer.unwrap_or_else(|found| Frame::Refused(findings::response(false, &found, &[])));
    answer.write(&mut stdout().lock()).map_err(CommandError::Worker)?;
    Ok(Exit::Done)
}

/// The plan, as good as it gets in time.
fn solved(
    request: proto::SolveRequest,
    started: Instant,
    budget: &Budget,
    stop: &AtomicBool,
) -> Result<proto::Plan, Vec<Finding>> {
    let read = Instant::now();
    let problem = decode::problem(request)?;
    let deadline = budget.deadline(started, read.elapsed(), Instant::now());
    let watch = Watch::new(stop, deadline);
    let plan = carve(&problem, &Control { deadline, stop }, &watch);
    watch.end();
    Ok(encode::plan(&plan))
}

fn stop_when_stdin_speaks() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    thread::spawn(move || {
        // A byte, the end and a failure all mean: stop.
        let _ = stdin().lock().read(&mut [0]);
        flag.store(true, Ordering::SeqCst);
    });
    stop
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_read_for_long_keeps_more_time_for_packing() {
        let (start, s) = (Instant::now(), Duration::from_secs);
        let budget = |packing| Budget { work: s(9), packing };
        let ends = |budget: Budget, read| budget.deadline(start, read, start + read) - start;
        assert_eq!(ends(budget(s(1)), Duration::ZERO), s(9));
        assert_eq!(ends(budget(s(1)), s(1)), s(7));
        // Two fifths of what is left are worked in, however long it took.
        assert_eq!(ends(budget(s(1)), s(5)), s(7));
        assert_eq!(ends(budget(Duration::ZERO), s(5)), s(9));
    }
}
