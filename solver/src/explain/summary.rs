//! What was reached and proved, in words: pure functions of the problem and of a plan's figures, so that a checker says
//! the same sentences again from figures that it has recomputed.

use super::decided::{ROUNDING, decided, decided_gap, gave_back, step_gap};
use super::steps;
use super::wording::{figures, is_nothing, percent, terms};
use crate::counting::many;
use crate::index::{Keyed, MeasureIndex, NodeIndex, Number, TierIndex};
use crate::plan::{CriterionResult, Limit, NodeResult, Plan, Reason, Termination, TierResult, gap};
use crate::problem::Problem;
use crate::problem::criteria::{Criterion, Kind};
use crate::problem::tiers::Tier;
use crate::problem::tree::Node;

/// Distances below a millimetre are none, in km.
const NO_DISTANCE_KM: f64 = 1e-6;

/// Why the work ended, from what the tiers were decided at, their bounds and the gap target that was asked for.
pub(crate) fn reason(problem: &Problem, tiers: &[TierResult], nodes: &[NodeResult], gap_target: f64) -> Reason {
    let both = || problem.tiers.iter().zip(tiers);
    let firsts = both().map(|(tier, result)| decided_gap(tier, result));
    let steps = both().flat_map(|(tier, result)| result.steps.iter().map(|step| step_gap(tier, step)));
    let gaps: Vec<f64> = firsts.chain(steps).collect();
    let within = |most: f64| gaps.iter().all(|gap| *gap <= most);
    if within(ROUNDING) && !anchors_found(problem, nodes, problem.tiers.len()) {
        Reason::Optimal
    } else if within(gap_target.max(ROUNDING)) {
        Reason::WithinGap
    } else {
        Reason::Feasible
    }
}

/// How the work on a plan ended, in one sentence.
pub(crate) fn detail(reason: Reason, limit: Option<Limit>, gap_target: f64, anchors_found: bool) -> String {
    match reason {
        Reason::Optimal => "Every tier was decided at its proved bound, but for rounding.".into(),
        Reason::WithinGap => {
            let anchors = if anchors_found { ", for the anchors found" } else { "" };
            format!("Every tier is within {} of its proved bound{anchors}.", percent(gap_target))
        }
        _ => ended(limit).into(),
    }
}

/// What ended a search whose tiers are not all within the gap target. `None`: there was no search.
pub fn ended(limit: Option<Limit>) -> &'static str {
    match limit {
        Some(Limit::Time) => "The time limit ended the search; the best plan found is here.",
        Some(Limit::Work) => {
            "The work limit, the one given or else the one for a book of this size, ended the search; the best plan found is here."
        }
        Some(Limit::Stopped) => "The search was stopped; the best plan found is here.",
        Some(Limit::WorkerLost) => "The process that searched was lost; the best plan that it had sent is here.",
        Some(Limit::Stalled) => {
            "The search finds no further improvement; the gaps say how much better a plan might still be."
        }
        Some(Limit::DiminishingReturns) => {
            "More work gained little, so the search ended; a time limit or `thorough` makes it go on."
        }
        None => "The plan was given and is valued here; nothing was searched or proved.",
    }
}

/// A detail with the time that a server allows where a longer one was asked for.
pub fn shortened(detail: &str, asked_s: u64, allowed_s: u64) -> String {
    format!("{detail} (asked for {asked_s} s; this server allows {allowed_s} s)")
}

/// The detail without what [`shortened`] has added to it, where the time limit ended the search.
pub(crate) fn unshortened(detail: &str, limit: Option<Limit>) -> &str {
    let added = || -> Option<&str> {
        let (before, after) = detail.split_once(" (asked for ")?;
        let (asked, allowed) = after.strip_suffix(" s)")?.split_once(" s; this server allows ")?;
        let (asked, allowed): (u64, u64) = (asked.parse().ok()?, allowed.parse().ok()?);
        (limit == Some(Limit::Time) && allowed <= asked).then_some(before)
    };
    added().unwrap_or(detail)
}

/// The sentence of an answer without a plan.
pub(crate) fn no_plan(termination: &Termination) -> String {
    match termination.reason {
        Reason::Infeasible => format!("There is no plan: {}", termination.detail),
        _ => termination.detail.clone(),
    }
}

/// Whether one of the first `tiers` tiers counts distances to an anchor that was found: what is proved of it and of the
/// tiers after it then holds for these anchors alone.
pub(crate) fn anchors_found(problem: &Problem, nodes: &[NodeResult], tiers: usize) -> bool {
    let criteria = problem.tiers.iter().take(tiers).flat_map(|tier| &tier.criteria);
    criteria.filter_map(|criterion| criterion.kind.compactness()).any(|(_, weights)| {
        nodes.iter().zip(weights).any(|(node, weight)| *weight > 0.0 && node.anchor_found && node.anchor.is_some())
    })
}

/// One tier in planner units: each criterion in its own words, then what is proved of them together.
pub(crate) fn tier(problem: &Problem, t: TierIndex, result: &TierResult, nodes: &[NodeResult]) -> String {
    let tier = &problem.tiers[t];
    let facts: Vec<String> = tier.criteria.iter().zip(&result.criteria).map(|(c, r)| in_full(problem, c, r)).collect();
    let anchors_found = anchors_found(problem, nodes, t.get() + 1);
    let proof = if is_nothing(result.value) {
        "nothing can be better".into()
    } else {
        let proved = Proved::of(tier, result, anchors_found).in_full(t > TierIndex::FIRST);
        match gave_back(tier, result) {
            true => {
                let decided = whole(tier, decided(tier, result));
                format!("decided at {decided}, {proved}; later tiers used its give-back")
            }
            false => proved,
        }
    };
    let others = steps::others(tier, result, anchors_found).map_or(String::new(), |others| format!("; {others}"));
    format!("{}; {proof}{others}", facts.join("; "))
}

/// One sentence, the first that people read: how the territories stand to their bands, what changes owner and how little
/// would do, how far accounts are from their anchors.
pub(crate) fn plan(problem: &Problem, plan: &Plan) -> String {
    let territories = plan.nodes.iter().filter(|n| n.territory && !n.outside_balance).count();
    let outside = outside(problem, &plan.nodes);
    let opens = problem.tiers.iter().zip(&plan.tiers).next().is_some_and(|(tier, result)| is_met(tier, result));
    let tiers = problem.tiers.iter().zip(&plan.tiers).enumerate();
    let parts: Vec<String> = tiers
        .map(|(t, (tier, result))| {
            let met = match (opens && t == 0, territories) {
                (false, _) => "every band is met".into(),
                (true, 1) => "The territory is within its bands".into(),
                (true, count) => format!("All {count} territories are within their bands"),
            };
            let clauses = clauses(problem, tier, result, &met);
            if is_nothing(result.value) {
                return clauses.join(" and ");
            }
            let proof = Proved::of(tier, result, anchors_found(problem, &plan.nodes, t + 1)).in_short();
            let together = if clauses.len() > 1 { "together " } else { "" };
            let before = if gave_back(tier, result) { " before its give-back" } else { "" };
            let more = [
                steps::helpless(problem, tier, result, plan),
                steps::others(tier, result, anchors_found(problem, &plan.nodes, t + 1)),
            ];
            let more: String = more.into_iter().flatten().map(|more| format!("; {more}")).collect();
            match least(tier, result) {
                Some(least) => format!("{}, {least}", clauses.join(" and ")),
                None => format!("{}, {together}{proof}{before}{more}", clauses.join(" and ")),
            }
        })
        .collect();
    match opens {
        true => format!("{}{outside}.", parts.join("; ")),
        false => {
            let inside = plan.assignments.len().saturating_sub(usize::try_from(held_outside(&plan.nodes)).unwrap_or(0));
            let (accounts, territories) = (many(inside, "account"), many(territories, "territory"));
            format!("{accounts} in {territories}: {}{outside}.", parts.join("; "))
        }
    }
}

/// What stands outside the balance, as the last part of a sentence; empty where nothing does.
fn outside(problem: &Problem, nodes: &[NodeResult]) -> String {
    let pools: Vec<&str> = problem.tree.nodes.iter().filter(|n| n.is_pool).map(|n| n.id.as_str()).collect();
    let (held, hold) = (held_outside(nodes), if pools.len() == 1 { "holds" } else { "hold" });
    let accounts = if held == 1 { "account" } else { "accounts" };
    match pools.is_empty() {
        true => String::new(),
        false => format!("; {} {hold} {held} {accounts} outside the balance", pools.join(", ")),
    }
}

/// Accounts outside the balance.
fn held_outside(nodes: &[NodeResult]) -> i64 {
    let pools = nodes.iter().filter(|node| node.outside_balance);
    pools.filter_map(|node| node.measures.get(MeasureIndex::ACCOUNT_COUNT.get())).map(|measure| measure.amount).sum()
}

/// Where a tier only counts what changes owner, and less might: how little is proved to be needed.
fn least(tier: &Tier, result: &TierResult) -> Option<String> {
    let [Criterion { kind: Kind::Continuity { .. }, weight, .. }] = tier.criteria.as_slice() else { return None };
    let (part, least) = (percent(result.value / weight), percent(result.bound / weight));
    let open = !is_nothing(result.bound) && gap(result.value, result.bound) > ROUNDING && part != least;
    open.then(|| format!("and at best {least} would have to"))
}

/// What a tier's bound says of the value that it was decided at.
struct Proved<'a> {
    tier: &'a Tier,
    bound: f64,
    gap: f64,
    anchors_found: bool,
    /// The plan's own value is above the one that was decided, so the plan is not the best in this tier.
    gave_back: bool,
}

impl Proved<'_> {
    fn of<'a>(tier: &'a Tier, result: &TierResult, anchors_found: bool) -> Proved<'a> {
        let (gap, gave_back) = (decided_gap(tier, result), gave_back(tier, result));
        Proved { tier, bound: result.bound, gap, anchors_found, gave_back }
    }

    /// With the bound; a tier after others is proved for plans within their limits.
    fn in_full(&self, after_others: bool) -> String {
        let limits = if after_others { " under the limits of the tiers before" } else { "" };
        let anchors = if self.anchors_found { " for the anchors found" } else { "" };
        match (self.gap <= ROUNDING, is_nothing(self.bound)) {
            (true, _) => format!("{}{limits}", self.in_short()),
            (_, true) => "no bound above 0 is proved".into(),
            _ => format!(
                "at most {} less is possible{anchors}{limits}: the proved bound is {}",
                percent(self.gap),
                whole(self.tier, self.bound)
            ),
        }
    }

    fn in_short(&self) -> String {
        match (self.gap <= ROUNDING, is_nothing(self.bound), self.anchors_found) {
            (true, _, false) if self.gave_back => "at its proved bound".into(),
            (true, _, true) if self.gave_back => "at its bound for the anchors found".into(),
            (true, _, false) => "proved best possible".into(),
            (true, _, true) => "best for the anchors found".into(),
            (_, true, _) => "with no bound above 0 proved".into(),
            (_, _, found) => {
                let anchors = if found { " for the anchors found" } else { "" };
                match self.root() {
                    Some(least) => format!("at best {least}{anchors}"),
                    None => format!("at most {} less is possible{anchors}", percent(self.gap)),
                }
            }
        }
    }

    /// The bound of a tier of squared distances alone, as a distance: people are told its value so too.
    fn root(&self) -> Option<String> {
        let [Criterion { kind: Kind::Compactness { distance: false, .. }, weight, .. }] = self.tier.criteria.as_slice()
        else {
            return None;
        };
        Some(km((self.bound / weight).max(0.0).sqrt()))
    }
}

/// A tier's value in the unit of its only criterion; of several bands what is outside them, else the weighted sum.
fn whole(tier: &Tier, value: f64) -> String {
    let [Criterion { kind, weight, .. }] = tier.criteria.as_slice() else {
        let bands = tier.criteria.iter().all(|criterion| matches!(criterion.kind, Kind::Bands(_)));
        return match (bands, steps::are_weighted(tier)) {
            (true, false) => format!("{} outside the bands, the worst of each added up", percent(value)),
            (true, true) => format!("{} outside the bands, the worst of each added up by weight", percent(value)),
            (false, _) => format!("{} in weighted sum", figures(value)),
        };
    };
    let value = value / weight;
    match kind {
        Kind::Bands(_) => format!("{} outside its band", percent(value)),
        Kind::Continuity { .. } | Kind::Incumbent { .. } => percent(value),
        Kind::Compactness { distance: true, .. } => format!("{} km", figures(value)),
        Kind::Compactness { distance: false, .. } => format!("{} km2", figures(value)),
    }
}

/// A criterion with all its figures.
pub(crate) fn in_full(problem: &Problem, criterion: &Criterion, result: &CriterionResult) -> String {
    let name = &criterion.name;
    match &criterion.kind {
        Kind::Bands(_) => format!("{name}: {}", banded(problem, criterion, result)),
        Kind::Continuity { .. } => format!("{name}: {} changes owner", percent(result.value)),
        Kind::Incumbent { .. } => format!("{name}: {} leaves its incumbent on planned splits", percent(result.value)),
        Kind::Compactness { distance, weights } => {
            let levels = if counts_once(problem, weights) { "" } else { ", weighted by level" };
            match distance {
                true => format!("mean distance to the anchor {}{levels}", km(result.value)),
                false => format!(
                    "mean squared distance to the anchor {} km2 (root {}){levels}",
                    figures(result.value),
                    km(result.value.sqrt())
                ),
            }
        }
    }
}

/// How a balance or mix criterion stands to its bands.
fn banded(problem: &Problem, criterion: &Criterion, result: &CriterionResult) -> String {
    let worst = match is_nothing(result.worst_deviation) {
        true => "all on target".into(),
        false => {
            format!("worst deviation {} at {}", percent(result.worst_deviation), called(problem, &result.worst_node_id))
        }
    };
    let of = if criterion.kind.bands().is_some_and(|bands| bands.len() > 1) { "value" } else { "level" };
    match (terms(criterion), is_nothing(result.value)) {
        (0, _) => "nothing to balance".into(),
        (_, true) => format!("every band is met ({worst})"),
        (1, _) => format!("{} outside its band ({worst})", percent(result.value)),
        _ => format!("{} outside its bands, the worst of each {of} added up ({worst})", percent(result.value)),
    }
}

/// What people call a node.
pub(crate) fn called(problem: &Problem, node_id: &str) -> String {
    let node = problem.node(node_id).map(NodeIndex::new);
    node.map_or_else(|| node_id.to_owned(), |node| problem.tree.nodes[node].called())
}

/// A tier's criteria as parts of a sentence: its bands together where all are met, every other one by itself.
/// `met` says that they are.
fn clauses(problem: &Problem, tier: &Tier, result: &TierResult, met: &str) -> Vec<String> {
    let both = || tier.criteria.iter().zip(&result.criteria);
    let in_bands = || in_bands(tier, result);
    let mut clauses = Vec::new();
    if in_bands().all(|(_, result)| is_nothing(result.value)) {
        let worse = |a: &CriterionResult, b: &CriterionResult| b.worst_deviation > a.worst_deviation;
        let worst = in_bands().map(|(_, result)| result).reduce(|a, b| if worse(a, b) { b } else { a });
        clauses.extend(worst.map(|worst| match is_nothing(worst.worst_deviation) {
            true => format!("{met} (all on target)"),
            false => format!(
                "{met} (worst deviation {}, {} at {})",
                percent(worst.worst_deviation),
                worst.criterion,
                called(problem, &worst.worst_node_id)
            ),
        }));
    } else {
        clauses.extend(
            in_bands().map(|(criterion, result)| format!("{}: {}", criterion.name, banded(problem, criterion, result))),
        );
    }
    clauses.extend(both().filter_map(|(criterion, result)| clause(problem, criterion, result)));
    if clauses.is_empty() {
        clauses.push("nothing to balance".into());
    }
    clauses
}

/// The criteria of a tier that have bands, with their results.
fn in_bands<'a>(
    tier: &'a Tier,
    result: &'a TierResult,
) -> impl Iterator<Item = (&'a Criterion, &'a CriterionResult)> + 'a {
    tier.criteria.iter().zip(&result.criteria).filter(|(criterion, _)| terms(criterion) > 0)
}

/// Whether a tier has bands, and all of them are met.
fn is_met(tier: &Tier, result: &TierResult) -> bool {
    in_bands(tier, result).next().is_some() && in_bands(tier, result).all(|(_, result)| is_nothing(result.value))
}

/// A criterion that has no bands as a part of a sentence.
fn clause(problem: &Problem, criterion: &Criterion, result: &CriterionResult) -> Option<String> {
    let measure = |measure: MeasureIndex| match measure {
        MeasureIndex::ACCOUNT_COUNT => "accounts",
        other => problem.measures[other].name.as_str(),
    };
    let part = percent(result.value);
    let accounts = |kept: MeasureIndex| kept == MeasureIndex::ACCOUNT_COUNT;
    match &criterion.kind {
        Kind::Bands(_) => None,
        Kind::Continuity { measure: kept } => {
            let verb = if accounts(*kept) { "change" } else { "changes" };
            Some(format!("{part} of {} {verb} owner{}", measure(*kept), among(problem)))
        }
        Kind::Incumbent { measure: kept } => {
            let verb = if accounts(*kept) { "leave their" } else { "leaves its" };
            Some(format!("{part} of {} {verb} incumbent on planned splits", measure(*kept)))
        }
        Kind::Compactness { distance, weights } => {
            let distance_km = if *distance { result.value } else { result.value.sqrt() };
            let mean = if *distance { "mean" } else { "root mean square" };
            let levels = if counts_once(problem, weights) { "" } else { ", weighted by level" };
            Some(match distance_km < NO_DISTANCE_KM {
                true => "every account is at its anchor".into(),
                false => format!("accounts are {} from their anchor ({mean}{levels})", km(distance_km)),
            })
        }
    }
}

/// Which accounts are meant where not all of them have an owner in the plan: only those can stay or leave.
fn among(problem: &Problem) -> String {
    let owners = &problem.accounts.owners;
    let (owned, all) = (owners.iter().filter(|owner| owner.is_some()).count(), owners.iter().count());
    let free = problem.accounts.ids.keys().iter().filter(|&account| !problem.accounts.has_owner(account)).count();
    let given = match free {
        0 => String::new(),
        1 => "; 1 account had no owner and gets one".into(),
        free => format!("; {free} accounts had no owner and get one"),
    };
    match owned == all {
        true => String::new(),
        false => format!(" (of the {owned} of {} whose owner is in the plan{given})", many(all, "account")),
    }
}

/// Whether the distance of each account counts once, to its leaf's anchor.
fn counts_once(problem: &Problem, weights: &Keyed<NodeIndex, f64>) -> bool {
    let counts =
        |(node, data): (NodeIndex, &Node)| data.children.is_empty() && node != NodeIndex::ROOT && !data.is_pool;
    problem.tree.nodes.pairs().map(counts).zip(weights).all(|(counts, weight)| *weight == f64::from(u8::from(counts)))
}

/// Kilometres; what is no distance is 0.
fn km(distance_km: f64) -> String {
    if distance_km < NO_DISTANCE_KM { "0 km".into() } else { format!("{} km", figures(distance_km)) }
}
