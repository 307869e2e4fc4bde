//! What balance costs in moves: the best balance, and then the least travel, with at most so many accounts moved, from none to
//! all. Each point is a solve of its own, from the plan of the one before.

use super::words::{tier_name, unit_of};
use crate::engine::clock::Clock;
use crate::engine::{Control, Observer, carve};
use crate::index::{AccountIndex, Keyed, NodeIndex, Number, TierIndex};
use crate::plan::{Plan, Reason};
use crate::problem::Problem;
use crate::problem::criteria::ValueUnit;
use crate::problem::tiers::Tier;

/// What a curve shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// Balance: the first tier with bands.
    Balance,
    /// Travel: the first tier that counts distances, after balance.
    Travel,
}

/// The curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The tiers that each point was solved for, in order.
    pub tiers: Vec<String>,
    /// Which of them the curve is of.
    pub shown: usize,
    /// The place of that one among the tiers of the request.
    pub place: usize,
    /// What its values are numbers of.
    pub unit: ValueUnit,
    /// From no move to all.
    pub points: Vec<CurvePoint>,
    /// The point after which moves gain least for what they cost: the one farthest below the line from the first to the last
    /// (Satopää et al. 2011). `None`: nothing is gained by moving, or there are fewer than three points.
    pub knee: Option<usize>,
    /// Accounts that a territory of the plan owns: at most these can move.
    pub owned: i64,
}

/// One point.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePoint {
    /// Accounts that may leave their owners at most.
    pub most_moved: i64,
    /// Accounts that do.
    pub moved: i64,
    /// Value and bound of each tier; empty where there is no plan.
    pub tiers: Vec<PointTier>,
    /// How the solve ended, in words.
    pub detail: String,
    /// Whether it is proved that no plan moves so few.
    pub is_infeasible: bool,
}

/// A tier at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointTier {
    /// What the plan comes to.
    pub value: f64,
    /// No plan that moves so few is better, earlier tiers within their limits.
    pub bound: f64,
}

/// Why there is no curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCurve {
    /// No account has an owner who is a territory of the plan, so none can move.
    NobodyOwns,
    /// No tier is of that.
    NoSuchTier,
}

impl std::fmt::Display for NoCurve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NoCurve::NobodyOwns => "no account is owned by a territory of the plan, so there are no moves to count",
            NoCurve::NoSuchTier => "no tier of the plan counts that",
        })
    }
}

impl std::error::Error for NoCurve {}

/// Draws the curve with so many points, at least two. They share the time (or the work) evenly; `told` hears of each as it is
/// there.
///
/// # Errors
/// Where there is nothing to draw.
pub fn curve(
    problem: &Problem,
    against: Against,
    points: usize,
    control: &Control,
    observer: &dyn Observer,
    told: &dyn Fn(&CurvePoint),
) -> Result<Curve, NoCurve> {
    let find = |is: &dyn Fn(&Tier) -> bool| problem.tiers.pairs().find(|(_, tier)| is(tier)).map(|(t, _)| t);
    let bands = find(&|tier| tier.criteria.iter().any(|c| c.kind.bands().is_some()));
    let travel = find(&|tier| tier.criteria.iter().any(|c| c.kind.compactness().is_some()));
    let mut tiers: Vec<TierIndex> = bands.into_iter().chain(travel).collect();
    tiers.dedup();
    let shown = match against {
        Against::Balance => bands,
        Against::Travel => travel,
    };
    let shown = shown.and_then(|t| tiers.iter().position(|&one| one == t)).ok_or(NoCurve::NoSuchTier)?;
    let owned = problem.accounts.owners.iter().filter(|owner| owner.is_some()).count() as i64;
    if owned == 0 {
        return Err(NoCurve::NobodyOwns);
    }
    let mut drawn: Vec<CurvePoint> = Vec::new();
    let mut starts: Option<Keyed<AccountIndex, Option<NodeIndex>>> = None;
    let budgets = budgets(owned, points.max(2));
    let clock = Clock::new(control.deadline, control.stop, None, 0);
    for (number, &most) in budgets.iter().enumerate() {
        let mut changed = problem.with_moves(most, &tiers);
        if let Some(starts) = &starts {
            changed = changed.starting_at(starts.clone());
        }
        changed.options.work_limit = problem.options.work_limit.map(|work| work / budgets.len() as u64);
        let slice = clock.slice(1.0 / (budgets.len() - number) as f64);
        let plan = carve(&changed, &slice.control(), observer);
        if plan.has_assignments() {
            let node = |path: &Vec<usize>| path.last().map(|&node| Number::new(node));
            starts = Some(plan.assignments.iter().map(|assignment| node(&assignment.path)).collect());
        }
        let point = point(problem, &plan, most);
        told(&point);
        drawn.push(point);
    }
    settle(&mut drawn);
    let knee = knee(&drawn, shown);
    let unit = unit_of(problem, tiers[shown]);
    let place = tiers[shown].get();
    Ok(Curve {
        tiers: tiers.iter().map(|&t| tier_name(problem, t)).collect(),
        shown,
        place,
        unit,
        points: drawn,
        knee,
        owned,
    })
}

/// Numbers of moves from none to all, closer together where they are few: the first moves gain most.
fn budgets(owned: i64, points: usize) -> Vec<i64> {
    let last = (points - 1) as f64;
    let at = |i: usize| ((i as f64 / last).powi(2) * owned as f64).round() as i64;
    let mut budgets: Vec<i64> = (0..points).map(at).collect();
    budgets.dedup();
    budgets
}

fn point(problem: &Problem, plan: &Plan, most: i64) -> CurvePoint {
    let owned_by_territory = |number: usize| problem.accounts.owners.as_slice()[number].is_some();
    let moved =
        plan.assignments.iter().enumerate().filter(|(number, a)| a.moved && owned_by_territory(*number)).count();
    CurvePoint {
        most_moved: most,
        moved: moved as i64,
        tiers: plan.tiers.iter().map(|tier| PointTier { value: tier.value, bound: tier.bound }).collect(),
        detail: plan.termination.detail.clone(),
        is_infeasible: plan.termination.reason == Reason::Infeasible,
    }
}

/// A plan that moves few is a plan where more may move, and a bound of many holds for few.
fn settle(points: &mut [CurvePoint]) {
    let mut bound = 0.0_f64;
    for point in points.iter_mut().rev() {
        if let Some(first) = point.tiers.first_mut() {
            bound = bound.max(first.bound);
            first.bound = bound.min(first.value);
        }
    }
}

fn knee(points: &[CurvePoint], shown: usize) -> Option<usize> {
    let known: Vec<(usize, f64, f64)> = points
        .iter()
        .enumerate()
        .filter_map(|(number, point)| Some((number, point.most_moved as f64, point.tiers.get(shown)?.value)))
        .collect();
    let (first, last) = (known.first()?, known.last()?);
    let (width, height) = (last.1 - first.1, first.2 - last.2);
    if known.len() < 3 || width <= 0.0 || height <= 0.0 {
        return None;
    }
    // How far below the line from the first point to the last, both made 1 wide and high.
    let below = |&(number, moves, value): &(usize, f64, f64)| {
        let along = (moves - first.1) / width;
        (number, (first.2 - value) / height - along)
    };
    let inner = known[1..known.len() - 1].iter().map(below).filter(|(_, below)| *below > 0.0);
    inner.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(most_moved: i64, value: f64, bound: f64) -> CurvePoint {
        let tiers = vec![PointTier { value, bound }];
        CurvePoint { most_moved, moved: most_moved, tiers, detail: String::new(), is_infeasible: false }
    }

    #[test]
    fn budgets_go_from_none_to_all() {
        assert_eq!(budgets(100, 5), [0, 6, 25, 56, 100]);
        assert_eq!(budgets(2, 9), [0, 1, 2]);
        assert_eq!(budgets(1, 2), [0, 1]);
    }

    #[test]
    fn the_knee_is_farthest_below_the_line() {
        let points = [at(0, 1.0, 0.0), at(10, 0.3, 0.0), at(50, 0.2, 0.0), at(100, 0.1, 0.0)];
        assert_eq!(knee(&points, 0), Some(1));
        assert_eq!(knee(&points[..2], 0), None);
        assert_eq!(knee(&[at(0, 0.0, 0.0), at(5, 0.0, 0.0), at(9, 0.0, 0.0)], 0), None);
        let straight = [at(0, 1.0, 0.0), at(50, 0.5, 0.0), at(100, 0.0, 0.0)];
        assert_eq!(knee(&straight, 0), None);
    }

    #[test]
    fn a_bound_of_many_moves_holds_for_few() {
        let mut points = [at(0, 1.0, 0.1), at(10, 0.5, 0.4), at(50, 0.4, 0.2)];
        settle(&mut points);
        let bounds: Vec<f64> = points.iter().map(|point| point.tiers[0].bound).collect();
        assert_eq!(bounds, [0.4, 0.4, 0.2]);
    }
}
