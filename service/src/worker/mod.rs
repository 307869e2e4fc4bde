//! The worker process: one request in on standard input, plans or an explanation out on standard output. A crash, an allocation
//! failure or a hang here costs one call and not the server.
//!
//! After the request, any byte or the end of standard input asks the worker to stop with its best plan; so a
//! worker never outlives its server.

pub mod frames;

mod explaining;

mod watch;

pub mod limits;

use crate::exit::{CommandError, Exit};
use crate::{decode, encode, findings};
use carve_solver::{Control, carve};
use frames::Frame;
use std::io::{Read, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use watch::Watch;

/// Answers the request on standard input within the budget, with at most so many threads.
///
/// # Errors
/// When the pipes fail.
pub fn run(budget_ms: u64, limits: limits::Limits) -> Result<Exit, CommandError> {
    let deadline = Instant::now() + Duration::from_millis(budget_ms);
    limits.hold();
    let mut asked = Frame::read(&mut stdin().lock()).map_err(CommandError::Worker)?;
    limits.cap_threads(&mut asked);
    let stop = stop_when_stdin_speaks();
    let control = Control { deadline, stop: &stop };
    let answer = match asked {
        Frame::Request(request) => decode::problem(request).map(|problem| {
            let watch = Watch::new(&stop, deadline);
            let plan = carve(&problem, &control, &watch);
            watch.end();
            Frame::Final(encode::plan(&plan))
        }),
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
