//! The best plan is in the client's hands before its deadline, whatever the book, also while the machine has other work.
//! `CARVE_LONG=1` tries it a hundred times, with books of up to 200,000 accounts.

use super::*;
use std::time::Instant;

/// How a call ended.
#[derive(Debug, PartialEq)]
enum Ended {
    /// With a plan of every account, checked.
    Plan,
    /// With an answer that says that none was found in time.
    NoPlan,
    /// With this status.
    Refused(String),
}

async fn ended(
    client: &mut CarveServiceClient<Channel>,
    solve: &proto::SolveRequest,
    seconds: f64,
) -> (Ended, Duration) {
    let mut request = Request::new(solve.clone());
    request.set_timeout(Duration::from_secs_f64(seconds));
    let started = Instant::now();
    let answer = client.solve(request).await;
    let took = started.elapsed();
    let ended = match answer {
        Ok(answer) => {
            let plan = answer.into_inner().plan.expect("a plan or why there is none");
            let whole = plan.assignments.len() == solve.accounts.len() && plan.check.is_some_and(|check| check.ok);
            if whole { Ended::Plan } else { Ended::NoPlan }
        }
        Err(status) => Ended::Refused(format!("{:?}: {}", status.code(), status.message())),
    };
    (ended, took)
}

/// Calls of books of these accounts with these deadlines, `times` each, beside so many others of their kind.
async fn check(cases: &[(usize, f64)], times: usize, beside: usize) {
    let server = carve(|config| config.max_solves = 2 + beside).await;
    let mut others = Vec::new();
    for _ in 0..beside {
        let (mut client, (_, mut request)) = (server.client().await, made(20_000, 8, Shape::Crm));
        request.options = Some(proto::Options { gap_target: Some(0.0), ..Default::default() });
        others.push(tokio::spawn(async move {
            loop {
                ended(&mut client, &request, 5.0).await;
            }
        }));
    }
    let mut client = server.client().await;
    let mut missed = Vec::new();
    let mut all = 0;
    for &(accounts, seconds) in cases {
        let (_, mut request) = made(accounts, 8, Shape::Crm);
        let minute = Some(prost_types::Duration { seconds: 60, nanos: 0 });
        request.options = Some(proto::Options { time_limit: minute, gap_target: Some(0.0), ..Default::default() });
        for _ in 0..times {
            let (ended, took) = ended(&mut client, &request, seconds).await;
            println!("{accounts} accounts, {seconds} s: {ended:?} after {took:?}");
            all += 1;
            if ended != Ended::Plan || took > Duration::from_secs_f64(seconds) {
                missed.push((accounts, seconds, ended, took));
            }
        }
    }
    println!("{} of {all} with a plan in time", all - missed.len());
    others.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(missed.len() * 100 <= all, "{missed:?}");
    server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_come_before_their_deadlines() {
    if std::env::var_os("CARVE_LONG").is_none() {
        return check(&[(1_000, 2.0), (10_000, 3.0)], 2, 1).await;
    }
    let cases =
        [(1_000, 2.0), (10_000, 3.0), (50_000, 3.0), (50_000, 10.0), (100_000, 10.0), (200_000, 10.0), (200_000, 20.0)];
    check(&cases, 15, 1).await;
}
