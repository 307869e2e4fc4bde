//! A task in a process of its own, so that its memory is its own and what overshoots can be ended.
//!
//! The child writes `ready` when its method's own time begins, then one line of JSON.

use crate::memory;
use crate::span::Spent;
use crate::task::{Outcome, Task, TaskError, perform};
use crate::watch::Out;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// Longest time to make the book and state the model.
const PREPARATION_MAX: Duration = Duration::from_secs(3_600);
/// What a method gets beyond its time limit before it is ended: this part of the limit, and a little.
const OVERSHOOT_PART: f64 = 0.25;
const OVERSHOOT: Duration = Duration::from_secs(2);

const READY: &str = "ready";

/// The status of a method that was ended.
pub const KILLED: &str = "killed";

/// Why a child gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It cannot be started.
    #[error("the child process cannot be started: {0}")]
    NotStarted(#[from] io::Error),
    /// The task or the answer has no JSON.
    #[error("the child process is not understood: {0}")]
    NotUnderstood(#[from] serde_json::Error),
    /// It ended early; it has said why on standard error.
    #[error("the child process failed")]
    Failed,
}

/// Runs the task in a child process of `program`, which must be this crate's own. A method that is not back within
/// its time limit and a quarter more is ended: its status is `killed` and it has no plan.
///
/// # Errors
/// When the child cannot be started or fails.
pub fn run(program: &Path, task: &Task) -> Result<Outcome, ChildError> {
    let mut command = Command::new(program);
    let command = command.arg("child").arg(serde_json::to_string(task)?);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let outcome = listen(&mut child, task);
    // It may have ended by itself; either way it must be gone, and reaped, before the next is measured.
    let _ = child.kill();
    child.wait()?;
    outcome
}

fn listen(child: &mut Child, task: &Task) -> Result<Outcome, ChildError> {
    let lines = BufReader::new(child.stdout.take().ok_or(ChildError::Failed)?).lines();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| send.send(line)));
    let first = receive.recv_timeout(PREPARATION_MAX).map_err(|_| ChildError::Failed)?;
    if first != READY {
        return Err(ChildError::Failed);
    }
    let limit = task.case.time_limit;
    let most = limit + limit.mul_f64(OVERSHOOT_PART) + OVERSHOOT;
    match receive.recv_timeout(most) {
        Ok(line) => Ok(serde_json::from_str(&line)?),
        Err(RecvTimeoutError::Timeout) => {
            let peak_mb = memory::peak_mb_of(child.id());
            let spent = Spent { seconds: most.as_secs_f64(), before_mb: None, peak_mb };
            Ok(Outcome { status: KILLED.into(), spent, ..Outcome::default() })
        }
        Err(RecvTimeoutError::Disconnected) => Err(ChildError::Failed),
    }
}

/// Why the child's side failed.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The task is not understood, or the answer has no JSON.
    #[error("the task is not understood: {0}")]
    NotUnderstood(#[from] serde_json::Error),
    /// Nothing came of the task.
    #[error(transparent)]
    Task(#[from] TaskError),
}

/// The child's side: performs the task and writes what came of it.
///
/// # Errors
/// When the task is not understood or nothing came of it.
pub fn answer(task: &str, out: Out) -> Result<(), AnswerError> {
    let task = serde_json::from_str(task)?;
    let outcome = perform(&task, &|| out(READY))?;
    out(&serde_json::to_string(&outcome)?);
    Ok(())
}
