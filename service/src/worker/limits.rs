//! What a worker may use: set by itself before it reads its request, so that a book that needs more costs one call.

use super::frames::Frame;
use rustix::process::{Resource, Rlimit, nice, setrlimit};

/// How much less often a worker runs than the server where both want to: the server hears of it and of others.
const NICE: i32 = 5;

/// The limits of one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads that it uses at most; 1 or more.
    pub threads: usize,
    /// Bytes of address space; an allocation beyond them fails and ends the process. `None`: no limit.
    pub memory_bytes: Option<u64>,
}

impl Limits {
    /// Holds this process to them. A system that refuses is one without limits.
    pub fn hold(&self) {
        if let Some(bytes) = self.memory_bytes {
            let _ = setrlimit(Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) });
        }
        let _ = nice(NICE);
    }

    /// The request with no more threads than these. What the plan is does not depend on them.
    pub fn cap_threads(&self, asked: &mut Frame) {
        let request = match asked {
            Frame::Request(request) => Some(request),
            Frame::Account(asked) => asked.solve_request.as_mut(),
            Frame::Rules(asked) => asked.solve_request.as_mut(),
            Frame::Infeasible(asked) => asked.solve_request.as_mut(),
            Frame::Explained(_) | Frame::Progress(_) | Frame::Improved(_) | Frame::Final(_) | Frame::Refused(_) => None,
        };
        let Some(request) = request else { return };
        let options = request.options.get_or_insert_default();
        let most = i32::try_from(self.threads).unwrap_or(i32::MAX);
        // What is below 0 is refused later.
        if options.threads == 0 || options.threads > most {
            options.threads = most;
        }
    }
}
