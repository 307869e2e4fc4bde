//! Several plans are solved: side by side where there are cores, and sharing the time.

use carve_solver::{Control, Plan, Problem, carve};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How solves share the cores and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// Solves at one time.
    pub side_by_side: usize,
    /// Threads of each.
    pub threads: usize,
    /// One after the other.
    pub rounds: usize,
}

impl Shared {
    /// So many solves on so many cores.
    pub fn of(solves: usize, cores: usize) -> Shared {
        let side_by_side = solves.clamp(1, cores.max(1));
        Shared { side_by_side, threads: (cores / side_by_side).max(1), rounds: solves.div_ceil(side_by_side).max(1) }
    }

    /// What each solve has of a time that all of them share.
    pub fn time(&self, whole: Duration) -> Duration {
        whole / u32::try_from(self.rounds).unwrap_or(u32::MAX)
    }
}

/// Solves all of them, in order where there are more than side by side. Each problem has its own limit of work and its
/// threads, so what comes out does not depend on how they share; `whole` is the time of all together (`None`: each has its
/// own). `told` hears of every plan as it is there.
pub fn solve_all(
    problems: &[&Problem],
    shared: Shared,
    whole: Option<Duration>,
    stop: &AtomicBool,
    told: &(dyn Fn(usize, &Plan) + Sync),
) -> Vec<Plan> {
    let next = AtomicUsize::new(0);
    let solved: Vec<Mutex<Option<Plan>>> = problems.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < problems.len()) {
            let problem = problems[at];
            let time = whole.map_or(problem.time_limit(), |whole| shared.time(whole));
            let plan = carve(problem, &Control { deadline: Instant::now() + time, stop }, &());
            told(at, &plan);
            *solved[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..shared.side_by_side {
            scope.spawn(work);
        }
        work();
    });
    let plan = |slot: Mutex<Option<Plan>>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
    solved.into_iter().map(|slot| plan(slot).expect("every one was taken and solved")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_share_cores_and_time() {
        let shared = |solves, cores| {
            let Shared { side_by_side, threads, rounds } = Shared::of(solves, cores);
            (side_by_side, threads, rounds)
        };
        assert_eq!(shared(1, 2), (1, 2, 1));
        assert_eq!(shared(2, 2), (2, 1, 1));
        assert_eq!(shared(5, 2), (2, 1, 3));
        assert_eq!(shared(3, 16), (3, 5, 1));
        assert_eq!(shared(0, 4), (1, 4, 1));
        assert_eq!(Shared::of(5, 2).time(Duration::from_secs(30)), Duration::from_secs(10));
    }
}
