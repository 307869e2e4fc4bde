//! What a plan says in words, and what rides along with it: recomputed from the figures that are checked elsewhere.

use super::{AGREE, Checker};
use crate::explain::{moves, summary, whales};
use crate::finding::{Finding, Place};
use crate::index::Number;
use crate::plan::{MoveReason, Nesting, Reason, StageResult, Termination, Whale};
use crate::proof::costs::Costs;
use crate::score::{Model, State};

impl Checker<'_> {
    /// Reason, detail and every sentence are what the plan's figures say.
    pub(super) fn words(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let said = &plan.termination;
        let reason = summary::reason(problem, &plan.tiers, &plan.nodes, plan.gap_target);
        // A plan that was given and only valued claims nothing, however good it is.
        let valued = said.reason == Reason::Feasible && said.limit.is_none();
        self.require(said.reason == reason || valued, || {
            format!("the work is said to have ended as {:?}; by the tiers' gaps it is {reason:?}", said.reason)
        });
        self.require(said.limit.is_none() || said.reason == Reason::Feasible, || {
            format!("{:?} needs no limit that ended the search", said.reason)
        });
        let anchors_found = summary::anchors_found(problem, &plan.nodes, problem.tiers.len());
        let detail = summary::detail(said.reason, said.limit, plan.gap_target, anchors_found);
        self.text(
            || "the detail of how the work ended".into(),
            summary::unshortened(&said.detail, said.limit),
            &detail,
        );
        let conflicts = conflicts(said) || plan.certificate.infeasibility.is_some();
        self.require(!conflicts, || "a plan is there, and rules are said to conflict".into());
        for (t, tier) in problem.tiers.keys().iter().zip(&plan.tiers) {
            let expected = summary::tier(problem, t, tier, &plan.nodes);
            self.text(|| format!("the summary of tier {}", t.get()), &tier.summary, &expected);
        }
        self.text(|| "the summary".into(), &plan.summary, &summary::plan(problem, plan));
        for (start, said) in plan.starts.iter().enumerate() {
            self.require(said.values.len() == problem.tiers.len(), || {
                format!("start {start}: {} values for {} tiers", said.values.len(), problem.tiers.len())
            });
        }
    }

    /// Of no plan nothing is said but how the work ended, and what rides along.
    pub(super) fn no_plan(&mut self) {
        let plan = self.plan;
        let bare = plan.tiers.is_empty()
            && plan.nodes.is_empty()
            && plan.assignments.is_empty()
            && plan.stages.is_empty()
            && plan.covers.is_empty()
            && plan.starts.is_empty()
            && plan.certificate.tiers.is_empty()
            && plan.certificate.steps.is_empty();
        self.require(bare, || format!("{:?} has no plan, and parts of one are there", plan.termination.reason));
        self.text(|| "the summary".into(), &plan.summary, &summary::no_plan(&plan.termination));
        if plan.termination.reason == Reason::NoPlanFound {
            self.require(plan.termination.limit.is_some(), || "no plan was found, and nothing ended the search".into());
        }
        let proved = plan.termination.reason == Reason::Infeasible;
        self.require(!proved || plan.termination.limit.is_none(), || {
            "that no plan exists is proved, and a limit is said to have ended the search".into()
        });
        self.riders();
    }

    /// Findings, whales and how the accounts were read, which depend on the request alone.
    pub(super) fn riders(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let findings = whales::findings(problem);
        self.require(plan.findings.len() == findings.len(), || {
            format!("{} findings, where the request has {}", plan.findings.len(), findings.len())
        });
        for (said, expected) in plan.findings.iter().zip(&findings) {
            let alike = self.alike(said, expected);
            self.require(alike, || format!("finding {} is not that of the request: {}", said.code, expected.message));
        }
        self.require(plan.columns == *problem.columns, || "the columns are not those of the request".into());
        let whales = whales::named(problem);
        let same = |(a, b): (&Whale, &Whale)| {
            let forced = (a.forced_deviation - b.forced_deviation).abs() <= AGREE * b.forced_deviation.abs().max(1.0);
            forced && Whale { forced_deviation: b.forced_deviation, ..a.clone() } == *b
        };
        let all = plan.whales.len() == whales.len() && plan.whales.iter().zip(&whales).all(same);
        self.require(all, || "the units too large for a fair share are not those of the request".into());
    }

    /// Whether a finding is the one expected. Without a plan the order of the accounts it was made of is not known, so
    /// there its place among them says nothing.
    fn alike(&self, said: &Finding, expected: &Finding) -> bool {
        let place = match (&said.place, &expected.place) {
            (Place::Account(_, a), Place::Account(_, b)) if !self.plan.has_assignments() => a == b,
            (a, b) => a.to_string() == b.to_string(),
        };
        place && said.code == expected.code && said.severity == expected.severity && said.message == expected.message
    }

    /// Every reason to move is what putting the account back, alone, would do. Where accounts that must move together do
    /// not, which is a fault of its own, there are no units to put back.
    pub(super) fn reasons(&mut self, costs: &Costs) {
        let (problem, plan) = (self.problem, self.plan);
        let leaf_of = &self.leaf_of;
        let whole = problem.units.all_members().all(|m| m.iter().all(|&a| leaf_of[a] == leaf_of[m[0]]));
        if !whole {
            return;
        }
        let model = Model::new(problem, costs);
        let state = State::new(&model, problem.units.all_members().map(|m| leaf_of[m[0]]).collect());
        let found = moves::reasons(&model, &state);
        for (said, found) in plan.assignments.iter().zip(&found) {
            self.require(said.move_reason == *found, || {
                let id = &said.account_id;
                format!("account {id:?}: {} is not why it moves or stays: {}", shown(&said.move_reason), shown(found))
            });
        }
    }

    /// What nesting costs is the plan's distance over the two that are told.
    pub(super) fn nesting(&mut self, said: &StageResult) {
        let Some(Nesting { independent, independent_bound, price, price_against_bound }) = said.nesting else { return };
        let mut criteria = self.problem.tiers.iter().flat_map(|tier| &tier.criteria);
        let first = criteria.find_map(|criterion| criterion.kind.compactness().map(|(distance, _)| distance));
        self.require(first.is_some(), || format!("stage {}: nesting has a price, and no distance counts", said.count));
        let nested = if first == Some(true) { said.mean_distance_km } else { said.mean_squared_distance_km2 };
        let over = |by: f64| if by > 0.0 { nested / by } else { 0.0 };
        self.same(|| format!("price of nesting stage {}", said.count), price, over(independent));
        self.same(
            || format!("price of nesting stage {} against its bound", said.count),
            price_against_bound,
            over(independent_bound),
        );
        self.require((0.0..=independent).contains(&independent_bound), || {
            format!("stage {}: nothing nested is below {independent_bound}, and {independent} was found", said.count)
        });
    }

    fn text(&mut self, what: impl FnOnce() -> String, said: &str, found: &str) {
        self.require(said == found, || format!("{}: the plan says {said:?}, its figures say {found:?}", what()));
    }
}

/// Whether an end speaks of a conflict.
pub(super) fn conflicts(termination: &Termination) -> bool {
    let Termination { conflicting_rule_ids, conflicting_defaults, conflicting_account_ids, .. } = termination;
    let named =
        !(conflicting_rule_ids.is_empty() && conflicting_defaults.is_empty() && conflicting_account_ids.is_empty());
    named || termination.conflict_irreducible
}

fn shown(reason: &Option<MoveReason>) -> String {
    reason.as_ref().map_or("no reason".into(), |reason| format!("{}: {}", reason.code.as_str(), reason.detail))
}
