//! Thousands of random small books beside all their assignments: the same optimum in every tier and the same verdict
//! on infeasibility where there is time enough, and no bound above the optimum wherever the work ends.

mod books;

mod certificates;

mod cuts;

mod nested;

mod trees;

use books::{Kind, draw};
use carve_solver::certificate::TierCertificate;
use carve_solver::input::{CriterionInput, Input, RuleKindInput, SelectorInput};
use carve_solver::plan::{Reason, StepResult};
use carve_solver::{Control, Observer, Plan, Problem, carve, check};
use carve_tests::oracle::{Oracle, held};
use carve_tests::{WORK, balance, book, exact, flat, ids, rule, solve, tier, with_measure};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

/// Books of each kind that are solved to the end.
const EACH: u64 = 250;
/// Books of mixed kinds whose work ends anywhere.
const MIXED: u64 = 3_000;
/// Work of theirs, in turn.
const WORK_LIMITS: [i64; 6] = [1, 100, 1_000, 5_000, 20_000, WORK];
/// Books worked on side by side.
const SIDE_BY_SIDE: usize = 2;
/// What values may differ by that were summed in another order, relative to the larger of the optimum and 1.
const NEAR: f64 = 1e-9;

/// Panics of HiGHS's threads. A solve leaves those behind, so that no plan would tell.
static PANICS: AtomicU64 = AtomicU64::new(0);

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_solver = std::thread::current().name() == Some("highs");
            PANICS.fetch_add(u64::from(is_solver), Ordering::Relaxed);
            usual(panic);
        }));
    });
}

/// What became of the books of a test.
#[derive(Debug, Default)]
struct Tally {
    faults: Vec<String>,
    solved: u64,
    infeasible: u64,
    /// Tiers whose bound is below the optimum though the floor is below the bound.
    unfinished: u64,
    /// Tiers whose certificate has branches.
    branched: u64,
    /// Steps whose bound is above their tier's, and the least there is.
    steps: u64,
    /// Books in which more than two steps are to be decided.
    stepped: u64,
    /// Books with a step that is not proved.
    open: u64,
}

/// The least value of a step of a tier under the limits of its certificate.
fn least(oracle: &Oracle, plan: &Plan, (t, step): (usize, usize), said: &TierCertificate) -> Option<f64> {
    let mut counts: Vec<usize> = plan.tiers[..t].iter().map(|tier| tier.steps.len()).collect();
    counts.extend(step.checked_sub(1));
    assert_eq!((said.tier_limits.len(), said.step_limits.len()), (counts.len(), counts.iter().sum()));
    oracle.least_of((t, step), &held(&said.tier_limits, &said.step_limits, &counts))
}

/// Draws, solves and judges the books of a kind.
fn tally(
    kind: &str,
    draw: impl Fn(u64) -> Input + Sync,
    books: u64,
    judge: impl Fn(&Case, &mut Tally) + Sync,
) -> Tally {
    count_panics();
    let (next, all) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= books {
                        break;
                    }
                    let mut input = draw(seed);
                    input.options.threads = 1;
                    let case = Case::of(format!("{kind} {seed}"), &input);
                    judge(&case, &mut all.lock().expect("no judge panics"));
                }
            });
        }
    });
    all.into_inner().expect("no judge panics")
}

/// A book with all its assignments and the plans made of it.
struct Case {
    name: String,
    oracle: Oracle,
    plan: Plan,
    /// Plans shown before the last one.
    early: Vec<Plan>,
    /// What the checker finds.
    faults: Vec<String>,
}

#[derive(Default)]
struct Shown(Mutex<Vec<Plan>>);

impl Observer for Shown {
    fn improved(&self, plan: &dyn Fn() -> Plan) {
        self.0.lock().expect("nobody panics").push(plan());
    }
}

impl Case {
    fn of(name: String, input: &Input) -> Case {
        let problem = Problem::new(input).unwrap_or_else(|findings| panic!("{name} is refused: {findings:#?}"));
        let (stop, shown) = (AtomicBool::new(false), Shown::default());
        let control = Control { deadline: Instant::now() + Duration::from_secs(120), stop: &stop };
        let plan = carve(&problem, &control, &shown);
        let early = shown.0.into_inner().expect("nobody panics");
        let faults = early.iter().chain([&plan]).flat_map(|plan| check(&problem, plan).faults).collect();
        Case { name, oracle: Oracle::of(input), plan, early, faults }
    }

    /// No bound is above what is least under the limits that it holds for.
    fn bounds(&self, plan: &Plan, tally: &mut Tally) {
        for (t, (tier, said)) in plan.tiers.iter().zip(&plan.certificate.tiers).enumerate() {
            let Some(least) = self.bound(plan, (t, 0), tier.bound, said, tally) else { continue };
            let before: usize = plan.tiers[..t].iter().map(|tier| tier.steps.len()).sum();
            for (step, (of, said)) in tier.steps.iter().zip(&plan.certificate.steps[before..]).enumerate() {
                let Some(least) = self.bound(plan, (t, step + 1), of.bound, said, tally) else { continue };
                tally.steps += u64::from(said.bound > tier.bound && of.bound > least - NEAR * least);
            }
            tally.unfinished += u64::from(said.bound > said.lumpiness_floor && tier.bound < least - NEAR * least);
            tally.branched += u64::from(!said.branches.is_empty());
        }
    }

    /// No bound of a step of a tier is above the least under its limits, which it gives.
    fn bound(
        &self,
        plan: &Plan,
        (t, step): (usize, usize),
        bound: f64,
        said: &TierCertificate,
        tally: &mut Tally,
    ) -> Option<f64> {
        let Some(least) = least(&self.oracle, plan, (t, step), said) else {
            tally
                .faults
                .push(format!("{}: nothing is within {:?} and {:?}", self.name, said.tier_limits, said.step_limits));
            return None;
        };
        let most = least + NEAR * least.max(1.0);
        if bound > most || said.bound > most || said.lumpiness_floor > most {
            tally.faults.push(format!("{}, {t}.{step}: {bound} or {said:?} is above the least, {least}", self.name));
        }
        Some(least)
    }

    /// The verdict is true, the checker agrees, and every plan's bounds hold.
    fn holds(&self, tally: &mut Tally) {
        let reason = self.plan.termination.reason;
        let truly = self.oracle.is_infeasible();
        if self.plan.has_assignments() && truly || reason == Reason::Infeasible && !truly {
            tally.faults.push(format!("{}: {:?}", self.name, self.plan.termination));
        }
        tally.faults.extend(self.faults.iter().map(|fault| format!("{}: {fault}", self.name)));
        tally.solved += u64::from(self.plan.has_assignments());
        tally.infeasible += u64::from(reason == Reason::Infeasible);
        self.early.iter().chain([&self.plan]).for_each(|plan| self.bounds(plan, tally));
    }

    /// Each tier is decided at the oracle's optimum, or infeasibility is proved.
    fn is_best(&self, tally: &mut Tally) {
        let Some(best) = self.oracle.best_steps() else {
            if self.plan.termination.reason != Reason::Infeasible {
                tally.faults.push(format!("{}: there is no plan, {:?}", self.name, self.plan.termination));
            }
            return;
        };
        let near = |found: f64, best: f64| (found - best).abs() <= NEAR * best.max(1.0);
        // Later tiers may take what a tier gives back: what they were held to tells where it was decided.
        let held = self.plan.certificate.tiers.last().map_or(&[][..], |last| &last.tier_limits);
        let decided =
            held.iter().zip(&best).enumerate().all(|(t, (held, best))| near(*held, self.oracle.limit(t, best[0])));
        let last = self.plan.tiers.last().zip(best.last()).is_some_and(|(tier, best)| near(tier.value, best[0]));
        let count = self.plan.tiers.len();
        let steps = self.plan.tiers.iter().zip(&best).enumerate().all(|(t, (tier, best))| {
            let said = |step: &StepResult| if t + 1 < count { step.limit } else { step.value };
            let due = |step: usize, best: f64| if t + 1 < count { self.oracle.limit_of((t, step), best) } else { best };
            let pairs = tier.steps.iter().zip(best.iter().enumerate().skip(1));
            let all = pairs.into_iter().all(|(of, (step, best))| near(said(of), due(step, *best)));
            all && tier.steps.len() + 1 >= best.len()
        });
        tally.stepped += u64::from(best.iter().any(|steps| steps.len() > 2));
        // What whole units force on the next worst is proved by branches alone, and trees have an end.
        tally.open += u64::from(self.plan.tiers.iter().any(|tier| tier.steps.iter().any(|step| !step.finished)));
        if !decided || !last || !steps {
            tally.faults.push(format!("{}: best is {best:?}, held {held:?}, {:?}", self.name, self.plan.tiers));
        }
    }
}

fn check_kind(kind: &str, draw: impl Fn(u64) -> Input + Sync) {
    let found = tally(kind, draw, EACH, |case, tally| {
        case.holds(tally);
        case.is_best(tally);
    });
    assert!(found.faults.is_empty(), "{} faults: {:#?}", found.faults.len(), found.faults);
    assert!(kind != "whales" || found.stepped >= EACH / 4 && found.steps >= EACH / 4, "too few steps: {found:?}");
    assert!(found.open <= EACH / 10, "too many steps are not proved: {found:?}");
    assert!(found.solved >= EACH / 2 && found.infeasible >= EACH / 50, "too few to tell: {found:?}");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}

#[test]
fn books_with_whales_reach_the_optimum_of_all_assignments() {
    check_kind("whales", |seed| draw(Kind::Whales, seed));
}

#[test]
fn books_of_families_reach_the_optimum_of_all_assignments() {
    check_kind("families", |seed| draw(Kind::Families, seed));
}

#[test]
fn books_with_move_limits_reach_the_optimum_of_all_assignments() {
    check_kind("move limits", |seed| draw(Kind::MoveLimits, seed));
}

#[test]
fn trees_reach_the_optimum_of_all_assignments() {
    check_kind("trees", nested::tree);
}

#[test]
fn stages_reach_the_optimum_of_all_assignments() {
    check_kind("stages", nested::stages);
}

#[test]
fn no_bound_of_thousands_of_books_is_above_the_optimum() {
    let mixed = |seed: u64| {
        let mut input = draw(Kind::Mixed, seed);
        input.options.work_limit = WORK_LIMITS[seed as usize % WORK_LIMITS.len()];
        input
    };
    let found = tally("mixed", mixed, MIXED, Case::holds);
    assert!(found.faults.is_empty(), "{} faults: {:#?}", found.faults.len(), found.faults);
    let told = found.solved >= 2_000 && found.infeasible >= 200 && found.unfinished >= 100 && found.branched >= 1_000;
    assert!(told, "too few to tell: {found:?}");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}

#[test]
fn a_part_in_which_nothing_is_free_is_no_model() {
    count_panics();
    // Nothing goes between t2 and the others, and t1 takes exactly half of what t0 owns, as cheaply as can be.
    let mut book = with_measure(book(13), "closed_won", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 39]);
    book = with_measure(book, "open_pipeline", &[17, 23, 38, 41, 57, 66, 61, 83, 97, 89, 113, 131, 0]);
    book.current_owners.fill("t0".into());
    let movable = SelectorInput { account_ids: book.account_ids[..12].to_vec(), filter: String::new() };
    let halves = RuleKindInput::Restrict { accounts: movable, node_ids: vec!["t0".into(), "t1".into()] };
    let fixed = RuleKindInput::Pin { accounts: ids(&["a12"]), node_id: "t2".into() };
    let continuity = CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None };
    let mut input = Input {
        book,
        split: Some(flat(&[1.0, 1.0, 1.0])),
        tiers: vec![tier(vec![balance("closed_won", 0.0)]), tier(vec![Some(continuity)])],
        rules: vec![rule("halves", halves), rule("fixed", fixed)],
        options: exact(),
        ..Input::default()
    };
    for seed in 0..20 {
        input.options.seed = seed;
        solve(&input);
    }
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
