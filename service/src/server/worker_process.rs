//! One solve in a process of its own, seen from the server.

use super::deadline::Deadline;
use super::metrics::Metrics;
use crate::encode;
use crate::worker::frames::{Frame, Packed};
use crate::worker::limits::Limits;
use carve_proto::v1 as proto;
use carve_solver::plan::Limit;
use proto::termination::Reason;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot, watch};

/// Time that a worker which has closed its pipe has to end, to be told how.
const DEATH_TIMEOUT: Duration = Duration::from_secs(1);
/// Variables of the environment that a worker is given: where programs, libraries and folders for a while are. Whatever else
/// the server was started with, as a password of the database, is none of its business.
const ENVIRONMENT: [&str; 9] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SystemRoot",
    "LANG",
    "LLVM_PROFILE_FILE",
];

/// What starts workers.
#[derive(Debug, Clone)]
pub struct Workers {
    /// The program, started as `worker`.
    pub program: PathBuf,
    /// What each of them may use.
    pub limits: Limits,
    /// Counts what becomes of them.
    pub metrics: Metrics,
}

impl Workers {
    /// Counts a worker that died, and tells how it ended.
    async fn tell_death(&self, mut child: Child) {
        self.metrics.worker_died();
        let how = match tokio::time::timeout(DEATH_TIMEOUT, child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it sent what is no answer, and is ended".to_owned(),
        };
        tracing::warn!(how, "worker died");
    }
}

/// This program. Where the system has a name for what runs, workers are of that also when its file is replaced meanwhile, as
/// by an upgrade.
///
/// # Errors
/// When the system does not tell where this program is.
pub fn this_program() -> std::io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { std::env::current_exe() }
}

/// How a worker ended.
#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one for each solve")]
pub enum Outcome {
    /// With an answer, or ended by force with the best plan it had sent.
    Plan(proto::Plan),
    /// Ended by force, by this limit, before it had sent a plan.
    NoPlan(Limit),
    /// It refused the request.
    Refused(proto::ValidateResponse),
    /// It died and had sent no plan.
    Died,
}

/// When a solve is to end.
#[derive(Debug)]
pub struct Ends {
    /// What its client waits to.
    pub deadline: Deadline,
    /// Tells how long this process took to read the request, once it has: a plan that the worker had sent before it was ended
    /// by force takes as much again. `None`: the deadline knows of it.
    pub read: Option<oneshot::Receiver<Duration>>,
    /// Once set, the worker is asked to stop.
    pub drain: watch::Receiver<bool>,
    /// What it has to answer in then.
    pub grace: Duration,
}

/// Ends when a solve is ended by force, which is earlier once more is known of how long reading takes.
async fn forced(deadline: Deadline, read: Option<oneshot::Receiver<Duration>>) {
    let mut force = deadline.force;
    if let Some(read) = read
        && let Ok(Ok(took)) = tokio::time::timeout_at(force.into(), read).await
    {
        force = deadline.after_reading(took, Instant::now()).force;
    }
    tokio::time::sleep_until(force.into()).await;
}

/// Solves in a worker. Dropped before its end (the client has gone), it kills the worker. `told` hears how far it is.
///
/// # Errors
/// When the worker cannot be started.
pub async fn solve(
    workers: &Workers,
    request: Vec<u8>,
    ends: Ends,
    told: impl FnMut(proto::RunProgress),
) -> io::Result<Outcome> {
    let started = Instant::now();
    let outcome = search(workers, request, ends, told).await?;
    let gaps = |plan: &proto::Plan| plan.tiers.iter().map(|tier| tier.gap).reduce(f64::max);
    let plan = if let Outcome::Plan(plan) = &outcome { Some(plan) } else { None };
    workers.metrics.solve(started.elapsed(), plan.and_then(gaps));
    Ok(outcome)
}

async fn search(
    workers: &Workers,
    request: Vec<u8>,
    ends: Ends,
    mut told: impl FnMut(proto::RunProgress),
) -> io::Result<Outcome> {
    let Ends { deadline, read, mut drain, grace } = ends;
    let mut child = start(workers, deadline)?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(feed(stdin, request, stopped));
    let (sender, mut frames) = mpsc::channel(1);
    tokio::spawn(receive(stdout, sender));

    let forced = forced(deadline, read);
    tokio::pin!(forced);
    let mut stop = Some(stop);
    // Heeded once it was asked to stop.
    let mut given_up = deadline.force;
    let mut best: Option<Packed> = None;
    let last = loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) if frame.is_improved() => best = Some(frame),
                Some(frame) if frame.is_progress() => frame.progress().into_iter().for_each(&mut told),
                last => break Ok(last),
            },
            () = &mut forced => break Err(if stop.is_some() { Limit::Time } else { Limit::Stopped }),
            () = tokio::time::sleep_until(given_up.into()), if stop.is_none() => break Err(Limit::Stopped),
            _ = drain.wait_for(|set| *set), if stop.is_some() => {
                // Dropping the sender closes the worker's standard input, which asks it to stop.
                stop = None;
                given_up = Instant::now() + grace;
            }
        }
    };
    let last = match last {
        Ok(Some(last)) => last.open().await.ok(),
        Ok(None) => None,
        Err(limit) => {
            // The worker has no more use for the processor.
            drop(child);
            return Ok(ended(opened(best).await, limit));
        }
    };
    Ok(match last {
        Some(Frame::Final(plan)) => Outcome::Plan(plan),
        Some(Frame::Refused(response)) => Outcome::Refused(response),
        _ => {
            workers.tell_death(child).await;
            died(opened(best).await)
        }
    })
}

/// The best plan that the worker had sent.
async fn opened(best: Option<Packed>) -> Option<proto::Plan> {
    match best?.open().await {
        Ok(Frame::Improved(plan)) => Some(plan),
        Ok(_) | Err(_) => None,
    }
}

/// How an explanation ended.
#[derive(Debug, PartialEq)]
pub enum Explained {
    /// With this answer, encoded.
    Answer(Vec<u8>),
    /// It refused the request.
    Refused(proto::ValidateResponse),
    /// It had not ended by the call's end.
    TooLate,
    /// It died.
    Died,
}

/// Explains something in a worker. Dropped before its end (the client has gone), it kills the worker. Once `drain` is set the
/// worker is asked to end, with `grace` to answer.
///
/// # Errors
/// When the worker cannot be started.
pub async fn explain(
    workers: &Workers,
    request: Vec<u8>,
    deadline: Deadline,
    mut drain: watch::Receiver<bool>,
    grace: Duration,
) -> io::Result<Explained> {
    let mut child = start(workers, deadline)?;
    let (Some(stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(feed(stdin, request, stopped));
    let answer = async { Packed::read(&mut stdout).await?.open().await };
    tokio::pin!(answer);
    let mut stop = Some(stop);
    let mut force = deadline.force;
    let frame = loop {
        tokio::select! {
            frame = &mut answer => break frame,
            () = tokio::time::sleep_until(force.into()) => return Ok(Explained::TooLate),
            _ = drain.wait_for(|set| *set), if stop.is_some() => {
                stop = None;
                force = force.min(Instant::now() + grace);
            }
        }
    };
    Ok(match frame {
        Ok(Frame::Explained(answer)) => Explained::Answer(answer),
        Ok(Frame::Refused(response)) => Explained::Refused(response),
        Ok(_) | Err(_) => {
            workers.tell_death(child).await;
            Explained::Died
        }
    })
}

/// Starts a worker that has until the work is to end.
fn start(workers: &Workers, deadline: Deadline) -> io::Result<Child> {
    let budget = deadline.work.saturating_duration_since(Instant::now());
    let mut command = Command::new(&workers.program);
    command.env_clear().envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.arg("worker").arg("--budget-ms").arg(budget.as_millis().to_string());
    command.arg("--packing-ms").arg(deadline.packing.as_millis().to_string());
    command.arg("--threads").arg(workers.limits.threads.to_string());
    if let Some(bytes) = workers.limits.memory_bytes {
        command.arg("--memory-bytes").arg(bytes.to_string());
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // What a dying worker prints may hold the client's data; no log gets it.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// Sends the request, then keeps the pipe open until the worker is to stop.
async fn feed(mut stdin: ChildStdin, request: Vec<u8>, stopped: oneshot::Receiver<()>) {
    // A worker that died shows on the other pipe.
    if stdin.write_all(&request).await.is_ok() && stdin.flush().await.is_ok() {
        let _ = stopped.await;
    }
}

/// Passes frames on until the pipe ends or nobody listens.
async fn receive(mut stdout: ChildStdout, sender: mpsc::Sender<Packed>) {
    while let Ok(frame) = Packed::read(&mut stdout).await {
        if sender.send(frame).await.is_err() {
            return;
        }
    }
}

fn died(best: Option<proto::Plan>) -> Outcome {
    match best {
        None => Outcome::Died,
        Some(plan) => Outcome::Plan(cut_short(plan, Limit::WorkerLost)),
    }
}

/// The answer of a call whose time is over: the best plan so far, or that none was found.
fn ended(best: Option<proto::Plan>, limit: Limit) -> Outcome {
    best.map_or(Outcome::NoPlan(limit), |plan| Outcome::Plan(cut_short(plan, limit)))
}

/// A plan whose search was ended from outside. One that is within the gap target needed no more of it.
fn cut_short(mut plan: proto::Plan, limit: Limit) -> proto::Plan {
    let within = |t: &proto::Termination| matches!(t.reason(), Reason::Optimal | Reason::WithinGap);
    if !plan.termination.as_ref().is_some_and(within) {
        plan.termination = Some(proto::Termination {
            reason: Reason::Feasible.into(),
            limit: encode::limit(Some(limit)).into(),
            detail: carve_solver::ended(Some(limit)).into(),
            ..Default::default()
        });
    }
    plan
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn workers(program: PathBuf) -> Workers {
        Workers { program, limits: Limits { threads: 1, memory_bytes: None }, metrics: Metrics::new() }
    }

    /// Ended by this deadline alone.
    fn ends(deadline: Deadline) -> Ends {
        // Whoever could ask it to stop never does.
        let drain = watch::Sender::new(false);
        let draining = drain.subscribe();
        std::mem::forget(drain);
        Ends { deadline, read: None, drain: draining, grace: Duration::ZERO }
    }

    /// Runs a script in the worker's place; it reads its arguments and standard input as the worker does.
    async fn run(script: &str, limit: Duration) -> io::Result<Outcome> {
        let dir = tempfile::tempdir()?;
        let program = dir.path().join("worker");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n"))?;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700))?;
        let now = Instant::now();
        let deadline = Deadline::ending(now + limit);
        solve(&workers(program), vec![0; 1 << 20], ends(deadline), |_| {}).await
    }

    fn frame(frame: &Frame) -> String {
        let octal: String = frame.bytes().expect("small").iter().map(|b| format!("\\{b:03o}")).collect();
        format!("printf '{octal}'")
    }

    fn plan(summary: &str) -> proto::Plan {
        proto::Plan { summary: summary.into(), ..Default::default() }
    }

    fn reason(outcome: io::Result<Outcome>) -> (String, i32) {
        match outcome.expect("started") {
            Outcome::Plan(plan) => (plan.summary, plan.termination.map(|t| t.reason).unwrap_or_default()),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_answer_is_passed_on() {
        let script = format!("{}\n{}", frame(&Frame::Improved(plan("a"))), frame(&Frame::Final(plan("b"))));
        assert_eq!(run(&script, Duration::from_secs(60)).await.expect("started"), Outcome::Plan(plan("b")));
    }

    #[tokio::test]
    async fn a_worker_that_dies_or_talks_rubbish_costs_one_call() {
        for script in ["exit 1", "kill -9 $$", "echo rubbish", "printf 'F\\377\\377\\377\\377'"] {
            let outcome = run(script, Duration::from_secs(60)).await.expect("started");
            assert_eq!(outcome, Outcome::Died, "{script}");
        }
        let script = format!("{}\nkill -9 $$", frame(&Frame::Improved(plan("best"))));
        let outcome = run(&script, Duration::from_secs(60)).await;
        assert_eq!(reason(outcome), ("best".into(), Reason::Feasible as i32));
    }

    #[tokio::test]
    async fn a_worker_has_nothing_of_the_environment_that_it_does_not_need() {
        assert!(std::env::var_os("HOME").is_some(), "the test has one");
        let script = format!("[ -z \"$HOME\" ] && [ -n \"$PATH\" ] && {}", frame(&Frame::Final(plan("a"))));
        assert_eq!(run(&script, Duration::from_secs(60)).await.expect("started"), Outcome::Plan(plan("a")));
    }

    #[tokio::test]
    async fn a_worker_that_hangs_is_ended_in_time() {
        let outcome = run("exec sleep 3600", Duration::from_millis(100)).await;
        assert_eq!(outcome.expect("started"), Outcome::NoPlan(Limit::Time));
        let script = format!("{}\nexec sleep 3600", frame(&Frame::Improved(plan("best"))));
        let outcome = run(&script, Duration::from_secs(2)).await;
        assert_eq!(reason(outcome), ("best".into(), Reason::Feasible as i32));
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_an_error() {
        let now = Instant::now();
        let workers = workers("no/such/program".into());
        assert!(solve(&workers, Vec::new(), ends(Deadline::ending(now)), |_| {}).await.is_err());
    }
}
