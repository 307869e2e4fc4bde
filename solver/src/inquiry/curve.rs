//! What balance costs in moves: the best balance, and then the least travel, with at most so many accounts moved, from none to
//! all. Each point is a solve of its own, from the plan of the one before; those that are not near their bound are solved again.

use super::words::{listed, tier_name, unit_of};
use crate::counting::many;
use crate::engine::clock::Clock;
use crate::engine::{Control, Observer, carve};
use crate::index::{AccountIndex, Keyed, NodeIndex, Number, TierIndex};
use crate::plan::{DefaultKind, Plan, Reason};
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

/// Part of the time for balance alone at every point, where travel is told, too: balance comes first, and what is left of it
/// at one point is seen at all that move more.
const BALANCE_PART: f64 = 0.7;
/// The gap at which a point's balance is good enough while others are not.
const GOOD_GAP: f64 = 0.01;
/// A value so near to its bound, as a part of it, is not solved again.
const NEAR_PART: f64 = 0.02;
/// The same of excesses that are added up, one for each measure or value: five points of a percent.
const NEAR_EXCESS: f64 = 0.05;

/// Draws the curve with so many points, at least two. They share the time (or the work); `told` hears of each as it is there.
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
    let clock = Clock::new(control.deadline, control.stop, None, 0);
    let drafts: Vec<Draft> = budgets(owned, points.max(2)).into_iter().map(Draft::new).collect();
    let mut drawing = Drawing { problem, observer, drafts };
    if tiers.len() > 1 {
        let slice = clock.slice(BALANCE_PART);
        drawing.first(&tiers[..1], GOOD_GAP, &slice, &|_| {});
        drawing.again(&tiers[..1], &slice);
        clock.absorb(&slice);
        drawing.first(&tiers, 0.0, &clock, told);
    } else {
        drawing.first(&tiers, 0.0, &clock, told);
        drawing.again(&tiers, &clock);
    }
    let mut drawn: Vec<CurvePoint> = drawing.drafts.iter().map(|draft| draft.point(problem)).collect();
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

/// The points as far as they are solved.
struct Drawing<'a> {
    problem: &'a Problem,
    observer: &'a dyn Observer,
    drafts: Vec<Draft>,
}

/// One point as far as it is solved.
struct Draft {
    most: i64,
    /// The last plan; `None`: none was looked for.
    plan: Option<Plan>,
    /// The best that is proved of the first tier.
    bound: f64,
}

impl Draft {
    fn new(most: i64) -> Draft {
        Draft { most, plan: None, bound: 0.0 }
    }

    fn is_infeasible(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.termination.reason == Reason::Infeasible)
    }

    /// Where the accounts are; `None`: there is no plan.
    fn starts(&self) -> Option<Keyed<AccountIndex, Option<NodeIndex>>> {
        let plan = self.plan.as_ref().filter(|plan| plan.has_assignments())?;
        let node = |path: &Vec<usize>| path.last().map(|&node| Number::new(node));
        Some(plan.assignments.iter().map(|assignment| node(&assignment.path)).collect())
    }

    /// Whether its first tier is near what is proved, of it or of those that move more.
    fn is_near(&self, bound: f64) -> bool {
        let value = self.plan.as_ref().and_then(|plan| plan.tiers.first()).map(|tier| tier.value);
        value.is_some_and(|value| value - bound <= NEAR_EXCESS.max(NEAR_PART * bound))
    }

    fn point(&self, problem: &Problem) -> CurvePoint {
        let Some(plan) = &self.plan else {
            let detail = "The time did not suffice to look for a plan.".to_owned();
            return CurvePoint { most_moved: self.most, moved: 0, tiers: Vec::new(), detail, is_infeasible: false };
        };
        let mut point = point(problem, plan, self.most);
        if let Some(first) = point.tiers.first_mut() {
            first.bound = first.bound.max(self.bound).min(first.value);
        }
        point
    }
}

impl Drawing<'_> {
    /// Solves every point, each from its own plan or the one before.
    fn first(&mut self, tiers: &[TierIndex], gap: f64, clock: &Clock, told: &dyn Fn(&CurvePoint)) {
        let count = self.drafts.len();
        for number in 0..count {
            if !self.drafts[number].is_infeasible() {
                self.solve(number, tiers, gap, 1.0 / (count - number) as f64, clock);
            }
            told(&self.drafts[number].point(self.problem));
        }
    }

    /// Solves those again that are not near what is proved, as long as there is time. Not where work is counted.
    fn again(&mut self, tiers: &[TierIndex], clock: &Clock) {
        if self.problem.options.work_limit.is_some() {
            return;
        }
        let mut bound = 0.0_f64;
        let mut far: Vec<usize> = Vec::new();
        for (number, draft) in self.drafts.iter().enumerate().rev() {
            bound = bound.max(draft.bound);
            if !draft.is_infeasible() && !draft.is_near(bound) {
                far.push(number);
            }
        }
        while let Some(number) = far.pop() {
            self.solve(number, tiers, GOOD_GAP, 1.0 / (far.len() + 1) as f64, clock);
        }
    }

    fn solve(&mut self, number: usize, tiers: &[TierIndex], gap: f64, part: f64, clock: &Clock) {
        if clock.is_over() && self.drafts[number].plan.is_some() {
            return;
        }
        let draft = &self.drafts[number];
        let mut changed = self.problem.with_moves(draft.most, tiers);
        let before = self.drafts[..number].last().and_then(Draft::starts);
        if let Some(starts) = draft.starts().or(before) {
            changed = changed.starting_at(starts);
        }
        let work = |work: u64| work / (2 * self.drafts.len()) as u64;
        changed.options.work_limit = self.problem.options.work_limit.map(work);
        changed.options.gap_target = self.problem.options.gap_target.max(gap);
        let slice = clock.slice(part);
        let plan = carve(&changed, &slice.control(), self.observer);
        clock.absorb(&slice);
        let draft = &mut self.drafts[number];
        draft.bound = plan.tiers.first().map_or(draft.bound, |tier| draft.bound.max(tier.bound));
        let value = |plan: &Plan| plan.tiers.first().map(|tier| tier.value);
        let is_worse = |old: &Plan| old.tiers.len() >= plan.tiers.len() && value(old) < value(&plan);
        if plan.has_assignments() && !draft.plan.as_ref().is_some_and(is_worse)
            || draft.plan.as_ref().is_none_or(|old| !old.has_assignments())
        {
            draft.plan = Some(plan);
        }
    }
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
        detail: detail(problem, plan, most),
        is_infeasible: plan.termination.reason == Reason::Infeasible,
    }
}

/// How the solve ended. The limit on moves is no rule of the request, so that what conflicts with it is named alone.
fn detail(problem: &Problem, plan: &Plan, most: i64) -> String {
    let ended = &plan.termination;
    if ended.reason != Reason::Infeasible {
        return ended.detail.clone();
    }
    let own = |id: &&String| problem.rules.iter().any(|rule| rule.id == **id);
    let rules = ended.conflicting_rule_ids.iter().filter(own).map(|id| format!("rule {id}"));
    let families = ended.conflicting_defaults.iter().any(|default| default.kind == DefaultKind::Families);
    let with = listed(rules.chain(families.then(|| "families, which move as one".to_owned())));
    let with = if with.is_empty() { with } else { format!(" with {with}") };
    format!("No plan{with} moves at most {} (proved).", many(usize::try_from(most).unwrap_or(0), "account"))
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
