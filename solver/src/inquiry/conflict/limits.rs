//! The limits of a rule that can be loosened: what each is now, what it would have to be for a plan at hand, and the rule with
//! another value of it.
//!
//! A limit is counted in steps, so that halving ends: what divides every amount that the rule counts, or for shares the hundredth
//! of a percent, which is as fine as a rule can say.

use crate::amount::Amount;
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex, Number, RuleIndex};
use crate::problem::Problem;
use crate::problem::budget::{Adds, Budget};
use crate::problem::ratio::{Part, Ratio};
use crate::problem::rules::{CoverMost, Most, RuleKind};
use crate::problem::tree::Cover;

/// Steps of one whole that shares are told in, the finest that amounts leave room for.
const SHARE_STEPS: [i64; 4] = [10_000, 1_000, 100, 10];
/// The largest share of a target that a rule can say.
const TARGETS_MAX: i64 = 1_000_000;

/// Leaf of each account in a plan.
pub(super) type Near = Keyed<AccountIndex, LeafIndex>;

/// The steps that a plan needs; `None`: no limit can be so loose.
type Needs<'p> = Box<dyn Fn(&Near) -> Option<i64> + 'p>;
/// The rule with so many steps, or without this limit.
type With<'p> = Box<dyn Fn(Option<i64>) -> RuleKind + 'p>;

/// A limit of a rule.
pub(super) struct Limit<'p> {
    /// What it is a limit of, as it stands after "of rule r".
    pub of: String,
    pub unit: LimitUnit,
    /// The limit now.
    pub from: Amount,
    /// The same in steps, rounded to where it is as good.
    pub steps: i64,
    /// Whether more is looser.
    pub raises: bool,
    pub needs: Needs<'p>,
    pub with: With<'p>,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LimitUnit {
    /// So many whole units of a measure.
    Amount(MeasureIndex, i64),
    /// One part in so many.
    Share(i64),
    /// One of the accounts that are kept apart.
    Together,
}

impl Limit<'_> {
    /// So many steps as people write them.
    pub fn amount(&self, problem: &Problem, steps: i64) -> Amount {
        match self.unit {
            LimitUnit::Amount(measure, step) => problem.measures[measure].amount(i128::from(steps) * i128::from(step)),
            LimitUnit::Share(whole) => Amount::computed(steps as f64 / whole as f64, 0),
            LimitUnit::Together => Amount::new(steps, 0),
        }
    }
}

/// The limits of a rule that have a value.
pub(super) fn limits(problem: &Problem, rule: RuleIndex) -> Vec<Limit<'_>> {
    match &problem.rules[rule].kind {
        RuleKind::Bounds { .. } => bounds(problem, rule),
        RuleKind::MoveLimit { most: Most::Amount(most), .. } => moved(problem, rule, *most).into_iter().collect(),
        RuleKind::MoveLimit { most: Most::Share(share), .. } => vec![moved_share(problem, rule, *share)],
        RuleKind::Keep { nodes, measure, min, max } => kept(problem, (nodes, *measure), (*min, *max)),
        RuleKind::CoverLimit { covers, measure, most } => vec![covered(problem, (covers, *measure), *most)],
        RuleKind::Apart { accounts } => vec![apart(problem, accounts)],
        RuleKind::Allow { .. } | RuleKind::Together { .. } => Vec::new(),
    }
}

/// Steps at or beyond a value: below it where more is looser, above it where less is.
fn steps(value: i64, step: i64, raises: bool) -> i64 {
    if raises { value.div_euclid(step) } else { -(-value).div_euclid(step) }
}

/// How often `part` is in `whole`, rounded up.
fn parts(part: i128, whole: i128) -> Option<i64> {
    if whole <= 0 {
        return (part <= 0).then_some(0);
    }
    i64::try_from((part + whole - 1).div_euclid(whole)).ok()
}

fn bounds(problem: &Problem, rule: RuleIndex) -> Vec<Limit<'_>> {
    let RuleKind::Bounds { accounts, nodes, measure, min, max } = &problem.rules[rule].kind else { return Vec::new() };
    let among = accounts.as_deref();
    let step = step(problem, among, *measure);
    let one = |limit: i64, raises: bool| Limit {
        of: format!(" on {}", problem.measures[*measure].name),
        unit: LimitUnit::Amount(*measure, step),
        from: problem.measures[*measure].amount(limit),
        steps: steps(limit, step, raises),
        raises,
        needs: Box::new(move |near: &Near| {
            let held = nodes.iter().map(|&node| held(problem, near, among, node, *measure) / step);
            if raises { held.max() } else { held.min() }
        }),
        with: Box::new(move |steps: Option<i64>| {
            let limit = steps.map(|steps| steps.saturating_mul(step));
            let (min, max) = if raises { (*min, limit) } else { (limit, *max) };
            RuleKind::Bounds { accounts: accounts.clone(), nodes: nodes.clone(), measure: *measure, min, max }
        }),
    };
    let most = max.map(|max| one(max, true));
    most.into_iter().chain(min.map(|min| one(min, false))).collect()
}

/// The budgets of a rule, one for each owner or one.
fn budgets(problem: &Problem, rule: RuleIndex) -> impl Iterator<Item = &Budget> {
    let id = &problem.rules[rule].id;
    problem.rows.budgets.iter().filter(move |budget| problem.rule_id(budget.origin) == Some(id))
}

/// A move limit with another value.
fn with_most(kind: &RuleKind, to: Most) -> RuleKind {
    let mut changed = kind.clone();
    if let RuleKind::MoveLimit { most, .. } = &mut changed {
        *most = to;
    }
    changed
}

/// What a move limit counts, as it stands after "of rule r".
fn counted(problem: &Problem, kind: &RuleKind) -> String {
    let RuleKind::MoveLimit { measure, per_owner, .. } = kind else { return String::new() };
    format!(" on {}{}", problem.measures[*measure].name, if *per_owner { " of each owner" } else { "" })
}

fn moved(problem: &Problem, rule: RuleIndex, most: i64) -> Option<Limit<'_>> {
    let kind = &problem.rules[rule].kind;
    let step = budgets(problem, rule).fold(0, |step, budget| match &budget.adds {
        Adds::Moves(moves) => divisor(step, moves.step()),
        Adds::Weighted(_) => step,
    });
    let step = step.max(1);
    let measure = kind.measure()?;
    Some(Limit {
        of: counted(problem, kind),
        unit: LimitUnit::Amount(measure, step),
        from: problem.measures[measure].amount(most),
        steps: steps(most, step, true),
        raises: true,
        needs: Box::new(move |near| budgets(problem, rule).map(|budget| leaving(problem, near, budget) / step).max()),
        with: Box::new(move |steps| {
            with_most(kind, Most::Amount(steps.map_or(i64::MAX, |steps| steps.saturating_mul(step))))
        }),
    })
}

fn moved_share(problem: &Problem, rule: RuleIndex, share: Part) -> Limit<'_> {
    let kind = &problem.rules[rule].kind;
    let whole = SHARE_STEPS[0];
    let needs = move |near: &Near| {
        let each = budgets(problem, rule).map(|budget| {
            let all = if let Adds::Moves(moves) = &budget.adds { moves.total } else { 0 };
            parts(i128::from(leaving(problem, near, budget)) * i128::from(whole), i128::from(all))
        });
        each.max().flatten()
    };
    Limit {
        of: counted(problem, kind),
        unit: LimitUnit::Share(whole),
        from: Amount::computed(share.value(), 0),
        steps: share.of_whole(whole),
        raises: true,
        needs: Box::new(needs),
        with: Box::new(move |steps| {
            with_most(kind, Most::Share(Part::of(steps.unwrap_or(whole) as f64 / whole as f64)))
        }),
    }
}

fn kept<'p>(
    problem: &'p Problem,
    (nodes, measure): (&'p [NodeIndex], MeasureIndex),
    (min, max): (Option<Ratio>, Option<Ratio>),
) -> Vec<Limit<'p>> {
    // Amounts times the share's parts are below 2^63.
    let total = problem.measures[measure].total;
    let Some(whole) = SHARE_STEPS.into_iter().find(|whole| total.checked_mul(*whole).is_some()) else {
        return Vec::new();
    };
    let needs = move |near: &Near, raises: bool| {
        let holds = |node| i128::from(held(problem, near, None, node, measure));
        let part = |&node: &NodeIndex| {
            let (all, first) = (holds(node), holds(problem.tree.nodes[node].children[0]));
            let parts = first * i128::from(whole);
            // Of nothing every part is kept.
            (all > 0).then(|| if raises { (parts + all - 1) / all } else { parts / all })
        };
        let parts = nodes.iter().filter_map(part);
        let part = if raises { parts.max().unwrap_or(0) } else { parts.min().unwrap_or(i128::from(whole)) };
        i64::try_from(part).ok()
    };
    let one = |share: Ratio, raises: bool| Limit {
        of: format!(" on {} kept", problem.measures[measure].name),
        unit: LimitUnit::Share(whole),
        from: Amount::computed(share.numerator as f64 / share.denominator as f64, 0),
        steps: steps(share.numerator * whole, share.denominator, raises),
        raises,
        needs: Box::new(move |near| needs(near, raises)),
        with: Box::new(move |steps| {
            let share = steps.map(|numerator| Ratio { numerator, denominator: whole });
            let (min, max) = if raises { (min, share) } else { (share, max) };
            RuleKind::Keep { nodes: nodes.to_vec(), measure, min, max }
        }),
    };
    let most = max.map(|max| one(max, true));
    most.into_iter().chain(min.map(|min| one(min, false))).collect()
}

fn covered<'p>(problem: &'p Problem, (covers, measure): (&'p [Cover], MeasureIndex), most: CoverMost) -> Limit<'p> {
    let holds = move |near: &Near, cover: &Cover| -> i64 {
        let nodes = cover.covered.iter().chain([&cover.seat]);
        nodes.map(|&node| held(problem, near, None, node, measure)).sum()
    };
    let with = move |most: CoverMost| RuleKind::CoverLimit { covers: covers.to_vec(), measure, most };
    let of = format!(" on {}", problem.measures[measure].name);
    match most {
        CoverMost::Amount(amount) => {
            let step = step(problem, None, measure);
            Limit {
                of,
                unit: LimitUnit::Amount(measure, step),
                from: problem.measures[measure].amount(amount),
                steps: steps(amount, step, true),
                raises: true,
                needs: Box::new(move |near| covers.iter().map(|cover| holds(near, cover) / step).max()),
                with: Box::new(move |steps| {
                    with(CoverMost::Amount(steps.map_or(i64::MAX, |steps| steps.saturating_mul(step))))
                }),
            }
        }
        CoverMost::OfTarget(share) => {
            let whole = SHARE_STEPS[0];
            let shared = i128::from(problem.facts().shared(measure));
            let needs = move |near: &Near| {
                let (tree, all) = (&problem.tree, i128::from(problem.tree.whole_share()));
                let each = covers.iter().map(|cover| {
                    let held = i128::from(holds(near, cover)) * i128::from(whole);
                    parts(held.checked_mul(all)?, shared * i128::from(tree.nodes[cover.seat].share))
                });
                each.collect::<Option<Vec<i64>>>()?.into_iter().max().filter(|steps| *steps <= TARGETS_MAX * whole)
            };
            Limit {
                of: format!("{of}, of its seat's target,"),
                unit: LimitUnit::Share(whole),
                from: Amount::computed(share.numerator as f64 / share.denominator as f64, 0),
                steps: steps(share.numerator * whole, share.denominator, true),
                raises: true,
                needs: Box::new(needs),
                with: Box::new(move |steps| {
                    let numerator = steps.unwrap_or(TARGETS_MAX * whole);
                    with(CoverMost::OfTarget(Ratio { numerator, denominator: whole }))
                }),
            }
        }
    }
}

/// How many of the accounts may be in one territory, where now one may.
fn apart<'p>(problem: &'p Problem, accounts: &'p [AccountIndex]) -> Limit<'p> {
    let measure = MeasureIndex::ACCOUNT_COUNT;
    let nodes = problem.tree.territories();
    let at = nodes.clone();
    Limit {
        of: String::new(),
        unit: LimitUnit::Together,
        from: Amount::new(1, 0),
        steps: 1,
        raises: true,
        needs: Box::new(move |near| at.iter().map(|&node| held(problem, near, Some(accounts), node, measure)).max()),
        with: Box::new(move |max| RuleKind::Bounds {
            accounts: Some(accounts.to_vec()),
            nodes: nodes.clone(),
            measure,
            min: None,
            max: Some(max.unwrap_or(i64::MAX)),
        }),
    }
}

/// What a node holds in a plan, of all accounts or some.
fn held(
    problem: &Problem,
    near: &Near,
    accounts: Option<&[AccountIndex]>,
    node: NodeIndex,
    measure: MeasureIndex,
) -> i64 {
    let leaves = problem.tree.nodes[node].leaves;
    let amounts = &problem.measures[measure].amounts;
    let of = |account: AccountIndex| if leaves.places().contains(&near[account].get()) { amounts[account] } else { 0 };
    match accounts {
        Some(accounts) => accounts.iter().map(|&account| of(account)).sum(),
        None => near.keys().iter().map(of).sum(),
    }
}

/// What leaves its owner in a plan, as far as a budget counts it. Units of the whole may be torn in it.
fn leaving(problem: &Problem, near: &Near, budget: &Budget) -> i64 {
    let each = problem.units.all().iter().map(|unit| budget.amount(unit, near[problem.units.members(unit)[0]]));
    each.sum()
}

/// What divides all amounts that a rule counts.
fn step(problem: &Problem, accounts: Option<&[AccountIndex]>, measure: MeasureIndex) -> i64 {
    let amounts = &problem.measures[measure].amounts;
    let step = match accounts {
        Some(accounts) => accounts.iter().fold(0, |step, &account| divisor(step, amounts[account])),
        None => amounts.iter().fold(0, |step, &amount| divisor(step, amount)),
    };
    step.max(1)
}

/// The greatest number that divides both.
fn divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}
