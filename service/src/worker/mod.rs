//! The worker process: one request in on standard input, plans or an explanation out on standard output. A crash, an allocation
//! failure or a hang here costs one call and not the server.
//!
//! After the request, any byte or the end of standard input asks the worker to stop with its best plan; so a
//! worker never outlives its server.

pub mod frames;

mod explaining;

use crate::exit::{CommandError, Exit};
use crate::{decode, encode, findings};
use carve_solver::{Control, Observer, Plan, carve};
use frames::Frame;
use std::io::{Read, stdin, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Shortest time between two improved plans sent.
const SEND_EVERY: Duration = Duration::from_millis(250);
/// Sending improved plans takes at most this part of the time.
const SEND_PART: u32 = 20;

/// Answers the request on standard input within the budget.
///
/// # Errors
/// When the pipes fail.
pub fn run(budget_ms: u64) -> Result<Exit, CommandError> {
    let deadline = Instant::now() + Duration::from_millis(budget_ms);
    let asked = Frame::read(&mut stdin().lock()).map_err(CommandError::Worker)?;
    let stop = stop_when_stdin_speaks();
    let control = Control { deadline, stop: &stop };
    let answer = match asked {
        Frame::Request(request) => decode::problem(request).map(|problem| {
            let watch = Watch { stop: &stop, sent: Mutex::new((Instant::now(), Duration::ZERO)) };
            Frame::Final(encode::plan(&carve(&problem, &control, &watch)))
        }),
        Frame::Account(request) => explaining::account(request, &control).map(Frame::Explained),
        Frame::Rules(request) => explaining::rules(request, &control).map(Frame::Explained),
        Frame::Infeasible(request) => explaining::infeasible(request, &control).map(Frame::Explained),
        Frame::Explained(_) | Frame::Improved(_) | Frame::Final(_) | Frame::Refused(_) => {
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

/// Sends improved plans, but not so often that it slows the search.
struct Watch<'a> {
    stop: &'a AtomicBool,
    /// When the last was sent and how long that took.
    sent: Mutex<(Instant, Duration)>,
}

impl Observer for Watch<'_> {
    fn improved(&self, plan: &dyn Fn() -> Plan) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let first = sent.1 == Duration::ZERO;
        if !first && sent.0.elapsed() < SEND_EVERY.max(sent.1 * SEND_PART) {
            return;
        }
        let started = Instant::now();
        let plan = plan();
        // A plan that does not pass its own check is no plan to fall back to.
        let wrong = !plan.check.ok();
        if !wrong && Frame::Improved(encode::plan(&plan)).write(&mut stdout().lock()).is_err() {
            // Nobody reads any more.
            self.stop.store(true, Ordering::SeqCst);
        }
        *sent = (Instant::now(), started.elapsed().max(Duration::from_nanos(1)));
    }
}
