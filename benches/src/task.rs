//! One method on one case: what is asked of a child process and what it answers.

use crate::baseline::nearest_with_room;
use crate::case::Case;
use crate::kmeans::balanced_kmeans;
use crate::model::Model;
use crate::peer::{self, Goal, PeerFailed, Settings};
use crate::score::{Score, score};
use crate::span::{Span, Spent};
use crate::watch::Watch;
use carve_solver::plan::{Plan, Reason};
use carve_solver::{Control, Finding, Problem, carve, check};
use serde_derive::{Deserialize, Serialize};
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

/// How far carve's own values may be from those of the book and the assignment alone, relative.
const AGREE: f64 = 1e-6;

/// A way to make a plan or a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// carve, with the given anchors.
    Carve,
    /// carve, which finds the anchors.
    CarveFree,
    /// Nearest anchor with room.
    Greedy,
    /// The capacity assignment of balanced k-means to the given anchors.
    Kmeans,
    /// Balanced k-means, which finds the anchors.
    KmeansFree,
    /// HiGHS on the whole model, with tier 1 handed over.
    Highs,
    /// HiGHS on tier 1 alone.
    HighsExcess,
    /// HiGHS on the relaxation of the whole model, with tier 1 handed over.
    HighsLp,
}

impl Method {
    /// Every method, in the order of the tables.
    pub const ALL: [Method; 8] = [
        Method::Carve,
        Method::Greedy,
        Method::Kmeans,
        Method::Highs,
        Method::HighsExcess,
        Method::HighsLp,
        Method::CarveFree,
        Method::KmeansFree,
    ];

    /// Its name, which [`FromStr`] reads.
    pub fn name(self) -> &'static str {
        match self {
            Method::Carve => "carve",
            Method::CarveFree => "carve-free",
            Method::Greedy => "greedy",
            Method::Kmeans => "kmeans",
            Method::KmeansFree => "kmeans-free",
            Method::Highs => "highs",
            Method::HighsExcess => "highs-excess",
            Method::HighsLp => "highs-lp",
        }
    }

    /// Whether the anchors are given.
    pub fn has_anchors(self) -> bool {
        !matches!(self, Method::CarveFree | Method::KmeansFree)
    }

    /// Whether it is a general solver, which has no row for owners.
    pub fn is_peer(self) -> bool {
        matches!(self, Method::Highs | Method::HighsExcess | Method::HighsLp)
    }
}

/// A text is no method's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no method; choose among {list}", list = Method::ALL.map(Method::name).join(", "))]
pub struct MethodUnknown(pub String);

impl FromStr for Method {
    type Err = MethodUnknown;

    fn from_str(text: &str) -> Result<Method, MethodUnknown> {
        let found = Method::ALL.into_iter().find(|method| method.name() == text);
        found.ok_or_else(|| MethodUnknown(text.to_owned()))
    }
}

/// One method on one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// How.
    pub method: Method,
    /// What.
    pub case: Case,
    /// What tier 1 reached, for general solvers; 0: every band is hard.
    pub excess_limit: f64,
}

/// What came of a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// In the method's own words.
    pub status: String,
    /// Seconds to make the book.
    pub made_s: f64,
    /// Seconds to read the request, or to state the model.
    pub prepared_s: f64,
    /// The method's run alone; carve's with its check.
    pub spent: Spent,
    /// Seconds until carve knew the last tier to be within the gap target.
    pub reached_s: Option<f64>,
    /// The plan's worth, if there is one.
    pub score: Option<Score>,
    /// Proved: no plan has less excess.
    pub excess_bound: Option<f64>,
    /// What the last tier was held to in tier 1.
    pub excess_limit: Option<f64>,
    /// Proved: no plan within that limit has less in the last tier.
    pub bound: Option<f64>,
}

/// Why nothing came of a task.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The book or its plan is no good.
    #[error("the input is refused: {0:?}")]
    Input(Vec<Finding>),
    /// The checker refuses carve's plan.
    #[error("the checker refuses the plan: {0:?}")]
    Plan(Vec<String>),
    /// carve says otherwise than the book and the assignment.
    #[error("carve tells {told} where book and assignment give {found}")]
    Value {
        /// What carve tells.
        told: f64,
        /// What the plan is worth.
        found: f64,
    },
    /// The method has no model of this.
    #[error("the method does not know this kind of book")]
    Unsupported,
    /// HiGHS failed.
    #[error(transparent)]
    Peer(#[from] PeerFailed),
}

/// Makes the book, calls `ready` when the method's own time begins, and values what it found.
///
/// # Errors
/// When nothing came of it.
pub fn perform(task: &Task, ready: &dyn Fn()) -> Result<Outcome, TaskError> {
    match task.method {
        Method::Carve | Method::CarveFree => by_carve(task, ready),
        _ => by_model(task, ready),
    }
}

fn by_carve(task: &Task, ready: &dyn Fn()) -> Result<Outcome, TaskError> {
    let making = Span::begin();
    let input = task.case.input(task.method.has_anchors());
    let made_s = making.end().seconds;
    let preparing = Span::begin();
    let problem = Problem::new(&input).map_err(TaskError::Input)?;
    // As the program does: what was read is not kept while the plan is sought.
    drop(input);
    let prepared_s = preparing.end().seconds;

    ready();
    let span = Span::begin();
    let watch = Watch::new(None);
    let stop = AtomicBool::new(false);
    let deadline = watch.started() + task.case.time_limit;
    let plan = carve(&problem, &Control { deadline, stop: &stop }, &watch);
    let spent = span.end();
    let status = match plan.termination.limit {
        Some(limit) => format!("{:?} ({limit:?})", plan.termination.reason),
        None => format!("{:?}", plan.termination.reason),
    };
    let mut outcome = Outcome { status, made_s, prepared_s, spent, ..Outcome::default() };
    if !plan.has_assignments() {
        return Ok(outcome);
    }
    let again = check(&problem, &plan);
    if !again.ok() {
        return Err(TaskError::Plan(again.faults));
    }
    let model = model(task)?;
    let score = score(&model, &leaves(&problem, &plan));
    if let (Some(first), Some(last)) = (plan.tiers.first(), plan.tiers.last()) {
        agree(first.value, score.excess)?;
        if task.method.has_anchors() {
            agree(last.value, score.compactness)?;
        }
        outcome.excess_bound = Some(first.bound);
        outcome.excess_limit = Some(first.limit);
        // The bound of found anchors holds for those, not for the centres that the score takes.
        outcome.bound = Some(last.bound).filter(|_| task.method.has_anchors());
    }
    let (last, moments) = (plan.tiers.len().saturating_sub(1), watch.moments());
    let within = |gap: f64| gap <= task.case.gap_target;
    let reached = moments.iter().find(|moment| moment.tier == last && moment.gap().is_some_and(within));
    let proved = matches!(plan.termination.reason, Reason::Optimal | Reason::WithinGap);
    let at_the_end = Some(outcome.spent.seconds).filter(|_| proved);
    outcome.reached_s = reached.map(|moment| moment.at.as_secs_f64()).or(at_the_end);
    outcome.score = Some(score);
    Ok(outcome)
}

fn by_model(task: &Task, ready: &dyn Fn()) -> Result<Outcome, TaskError> {
    let making = Span::begin();
    let model = model(task)?;
    let mut outcome = Outcome { made_s: making.end().seconds, ..Outcome::default() };
    let case = &task.case;
    let settings = Settings {
        relaxed: task.method == Method::HighsLp,
        time_limit: case.time_limit,
        gap: case.gap_target,
        threads: case.threads,
    };
    let goal = match task.method {
        Method::HighsExcess => Goal::Excess,
        _ => Goal::Compactness { excess_limit: task.excess_limit },
    };
    let leaf_of;
    if task.method.is_peer() {
        if model.owners.iter().any(Option::is_some) {
            return Err(TaskError::Unsupported);
        }
        let found = peer::solve(&model, goal, settings, ready)?;
        (outcome.status, outcome.prepared_s, outcome.spent) = (found.status, found.stated_s, found.spent);
        match goal {
            Goal::Excess => outcome.excess_bound = found.bound,
            Goal::Compactness { .. } => outcome.bound = found.bound,
        }
        // A relaxation that happens to be whole is a plan nobody asked it for.
        leaf_of = found.leaf_of.filter(|_| !settings.relaxed);
    } else {
        ready();
        let span = Span::begin();
        leaf_of = Some(match task.method {
            Method::Greedy => nearest_with_room(&model),
            _ => balanced_kmeans(&model, case.seed),
        });
        (outcome.status, outcome.spent) = ("done".into(), span.end());
    }
    outcome.score = leaf_of.map(|leaf_of| score(&model, &leaf_of));
    Ok(outcome)
}

fn model(task: &Task) -> Result<Model, TaskError> {
    Model::of(&task.case.input(task.method.has_anchors())).ok_or(TaskError::Unsupported)
}

/// The leaf of each account, in the order of the book.
fn leaves(problem: &Problem, plan: &Plan) -> Vec<usize> {
    let leaf_of_node: Vec<Option<usize>> = plan.nodes.iter().map(|node| problem.leaf(&node.node_id)).collect();
    let leaf = |path: &[usize]| path.last().and_then(|&node| leaf_of_node[node]).unwrap_or_default();
    plan.assignments.iter().map(|assignment| leaf(&assignment.path)).collect()
}

fn agree(told: f64, found: f64) -> Result<(), TaskError> {
    let near = (told - found).abs() <= AGREE * told.abs().max(1.0);
    if near { Ok(()) } else { Err(TaskError::Value { told, found }) }
}
